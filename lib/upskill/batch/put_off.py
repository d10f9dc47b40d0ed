"""JupyterLab brings a library that compiles forty grammars when imported, for seconds; it is put off until one is needed."""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

GRAMMARS = "rfc3987_syntax"  # jsonschema, which reads notebooks, takes it where it is, for addresses that no notebook has


def put_off_grammars():
    """Put a stand-in in the library's place, which loads it when anything of it is used."""
    if GRAMMARS in sys.modules or (spec := find_spec(GRAMMARS)) is None:
        return
    stand_in = ModuleType(GRAMMARS)
    stand_in.__spec__, stand_in.__path__ = spec, spec.submodule_search_locations  # `from … import` asks for them

    def attribute(name):
        if name.startswith("__"):  # who looks through all modules, as `inspect` does for their files, needs nothing of it
            raise AttributeError(name)
        return getattr(library(), name)

    def library():
        if sys.modules.get(GRAMMARS) is stand_in:
            del sys.modules[GRAMMARS]
        return import_module(GRAMMARS)

    stand_in.__getattr__ = attribute
    stand_in.is_valid_syntax = lambda term, value: library().is_valid_syntax(term, value)
    sys.modules[GRAMMARS] = stand_in
