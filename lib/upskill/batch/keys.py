"""What a report depends on, part by part, so that an unchanged one is kept and a changed one can say what changed."""

import ast
import hashlib
import re
from functools import cache
from pathlib import Path

import nbformat

from upskill import paths
from upskill.batch.digests import digest
from upskill.batch.program import digest_folder, versions

LIBRARY = paths.ROOT / "lib" / "upskill"
PAGE = ("batch.execute", "batch.render", "batch.write", "show")  # what makes a page of any notebook
FROM = re.compile(r"^[ \t]*from\s+(upskill[\w.]*)\s+import\s+(\([^)]*\)|[^\n#]*)", re.MULTILINE)
IMPORT = re.compile(r"^[ \t]*import\s+([^\n#]*)", re.MULTILINE)
READERS = ("read_program", "read_beside")
COMMENT = re.compile(r"#[^\n]*")
HIDDEN_WAYS = ("importlib", "__import__", "exec(", "eval(", "open(", "%run")
SHORT = 10
CHANGED = {"cells": "the notebook", "code": "the library", "reference": "the reference data", "lock": "the environment",
           "parameters": "the parameters", "data": "the data", "facts": "facts of reports that it needs"}


class Keys:
    """Keys of the reports of one run: what they share is looked at once."""

    def __init__(self):
        self.notebooks, self.details = {}, {}

    def parts(self, job, reads=None, data=None):
        """Return the fingerprints of a report by what they are of.

        `reads`: what its run read, as (team, as_of, table), …; None = it may have read everything.
        `data`: the fingerprint of that, where it is known already.
        """
        cells, code = self._notebook(job.notebook)
        return {"cells": cells, "code": code, "reference": _reference(), "lock": _environment(),
                "parameters": digest(job.parameters), "data": data or self.data(job, reads), "facts": self._facts(job)}

    def data(self, job, reads):
        """Return the fingerprint of the data that a report has read."""
        if reads is None or job.program.tables is None or not reads_only_through_data(job.notebook):
            return job.program.digest
        try:
            return job.program.tables.of(reads)
        except TypeError:  # a column of their own that cannot be fingerprinted
            return job.program.digest

    def _notebook(self, path):
        if path not in self.notebooks:
            notebook = nbformat.read(path, as_version=4)
            cells = [[cell.cell_type, cell.source, cell.metadata.get("tags", [])] for cell in notebook.cells]
            self.notebooks[path] = digest(cells), digest_code(_sources(notebook))
        return self.notebooks[path]

    def notebook_details(self, path):
        """Return ([fingerprint of each cell but that of parameters], {module: fingerprint} of what it reaches)."""
        if path not in self.details:
            notebook = nbformat.read(path, as_version=4)
            cells = [digest([cell.cell_type, cell.source])[:SHORT] for cell in notebook.cells
                     if "parameters" not in cell.metadata.get("tags", [])]  # parameters are told by their values
            self.details[path] = cells, modules_of(_sources(notebook))
        return self.details[path]

    def _facts(self, job):
        """Return the fingerprint of the facts of needed reports, and of those of the last review; they may be made in this run, so it is not kept."""
        before = [Path(job.parameters["before"])] if job.parameters.get("before") else []
        folders = [job.folder.parents[1] / need for need in job.needs]
        return digest([hashlib.sha256(path.read_bytes()).hexdigest()
                       for path in [*(path for folder in folders for path in sorted(folder.glob("*/facts.json"))),
                                    *(path for path in before if path.is_file())]])


def key_of(parts):
    """Return one key of all parts."""
    return digest(parts)


def what_changed(before, now):
    """Say in words which parts differ."""
    changed = [CHANGED[name] for name in CHANGED if before.get(name) != now.get(name)]
    return ", ".join(changed) + " changed" if changed else ""


@cache
def reads_only_through_data(path):
    """Tell whether a notebook hands its program folder to `read_program` only, so that all that it reads is noted."""
    for source in _sources(nbformat.read(path, as_version=4)):
        try:
            tree = ast.parse(source)
        except SyntaxError:
            return False
        if any(way in source for way in HIDDEN_WAYS):
            return False
        handed = {id(argument) for node in ast.walk(tree) if isinstance(node, ast.Call)
                  and getattr(node.func, "attr", "") in READERS for argument in node.args}
        if any(isinstance(node, ast.Name) and node.id == "program" and isinstance(node.ctx, ast.Load)
               and id(node) not in handed for node in ast.walk(tree)):
            return False
    return True


def _sources(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def digest_code(sources):
    """Return the fingerprint of all modules of the library that these cells and the page can reach."""
    modules = reachable([*sources, *(f"import upskill.{name}" for name in PAGE)])
    return digest([[name, _file_digest(path)] for name, path in sorted(modules.items())]
                  + [digest_folder(LIBRARY / "batch" / "templates")])


def modules_of(sources):
    """Return {module: short fingerprint} of the modules of the library that these cells and the page can reach."""
    modules = reachable([*sources, *(f"import upskill.{name}" for name in PAGE)])
    return {name.removeprefix("upskill."): _file_digest(path)[:SHORT] for name, path in sorted(modules.items())}


def reachable(sources):
    """Return {name: path} of the modules of the library that sources import, in the end; all where nobody can tell."""
    found, new = {}, set()
    for source in sources:
        if any(way in source for way in HIDDEN_WAYS):
            return _every_module()
        new |= _imported(source)
    while new:
        found |= {name: path for name in new for path in [_path_of(name)] if path}
        new = {other for name in new if name in found for other in _imports_of(found[name])} - set(found)
        new = {name for name in new if _path_of(name)}
    return found


def _every_module():
    return {str(path.relative_to(LIBRARY)): path for path in LIBRARY.rglob("*.py")}


@cache
def _imports_of(path):
    return frozenset(_imported(path.read_text(encoding="utf-8")))


def _imported(source):
    """Return names of modules of upskill that a source may import, with the packages above them."""
    names = {part.split(" as ")[0].strip() for line in IMPORT.findall(source) for part in line.split(",")}
    for module, listed in FROM.findall(source):
        names |= {module, *(f"{module}.{name.split(' as ')[0].strip()}" for name in COMMENT.sub("", listed).strip("()").split(","))}
    names = {name for name in names if name.split(".")[0] == "upskill"}
    return {".".join(name.split(".")[:length]) for name in names for length in range(1, name.count(".") + 2)}


@cache
def _path_of(name):
    """Return the file of a module, or None where the name is of something in a module."""
    place = LIBRARY.parent.joinpath(*name.split("."))
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


@cache
def _file_digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _reference():
    return digest_folder(paths.REFERENCE)[:32]


@cache
def _environment():
    """Return the fingerprint of the locks and of the versions at work."""
    return digest([[digest_folder(lock) for lock in sorted(paths.ROOT.glob("requirements*.lock"))], versions()])
