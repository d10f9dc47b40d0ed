"""Which tables of a program a report has read, so that a batch makes it again only when one of these has changed.

Nothing is noted unless the environment names a file for it. Too much may be noted, never too little: whoever copies
or walks through all tables has read all of them.
"""

import contextlib
import json
import os

PLACE = "UPSKILL_READS"  # environment variable: the file
_open = []  # sets that take in what is read now; None: nothing counts
_noted = set()


class Traced(dict):
    """The tables of a program at one level, (team, as_of), that note who asks for them."""

    def __init__(self, tables, level):
        super().__init__(tables)
        self.level = tuple(level)

    def _all(self):
        note((*self.level, name) for name in dict.keys(self))

    def __getitem__(self, name):
        note([(*self.level, name)])
        return super().__getitem__(name)

    def __contains__(self, name):
        note([(*self.level, name)])
        return super().__contains__(name)

    def get(self, name, default=None):
        """Return a table, or the default."""
        note([(*self.level, name)])
        return super().get(name, default)

    def __or__(self, others):
        return Traced(dict(dict.items(self)) | dict(others), self.level)

    def __reduce_ex__(self, protocol):
        return traced, (dict(dict.items(self)), self.level)


def _walks(name):
    def walk(self, *arguments):
        self._all()
        return getattr(dict, name)(self, *arguments)
    return walk


for _name in ("__iter__", "__len__", "__eq__", "__ror__", "copy", "items", "keys", "pop", "popitem", "values"):
    setattr(Traced, _name, _walks(_name))


def traced(tables, level):
    """Return tables that note what is read of them, where somebody wants to know."""
    with unnoted():
        return Traced(tables, level) if os.environ.get(PLACE) else dict(tables)


def level_of(tables):
    """Return (team, as_of) of tables."""
    return getattr(tables, "level", ("", ""))


def note(reads):
    """Note that tables were read: (team, as_of, table), …"""
    if _open and _open[-1] is None:
        return
    reads = set(reads)
    for taken in _open:
        if taken is not None:
            taken |= reads
    new = reads - _noted
    if new and os.environ.get(PLACE):
        _noted.update(new)
        with contextlib.suppress(OSError), open(os.environ[PLACE], "a", encoding="utf-8") as file:
            file.writelines(json.dumps(read) + "\n" for read in sorted(new))


@contextlib.contextmanager
def unnoted():
    """Let what is read within not count."""
    _open.append(None)
    try:
        yield
    finally:
        _open.pop()


@contextlib.contextmanager
def collected():
    """Give a set that takes in what is read within."""
    taken = set()
    _open.append(taken)
    try:
        yield taken
    finally:
        _open.pop()


def read_notes(path):
    """Return what a file of notes says: a sorted list of (team, as_of, table); None where there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return sorted({tuple(json.loads(line)) for line in lines})
    except (OSError, ValueError):
        return None
