"""Where a program is, opened: a folder or a database, with its settings, its sources, and a mark that it has not changed."""

import hashlib
import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from upskill.data.address import Address, is_address, read_address
from upskill.data.folder import find_program, list_sources
from upskill.data.source import sheet_names

VERSION = "UPSKILL_PROGRAM_VERSION"  # "address version": who set it vouches that the database stays as it is


@dataclass(frozen=True)
class Place:
    """An open program. `root / name` is a file of settings; `sources(mappings)` gives (sources by table, faults).

    `where`: the folder, or the address of the database without its password.
    """

    root: object
    where: object
    sources: Callable

    def signature(self):
        """Return a text that changes when the program does, or "" where nobody can tell; of files without reading them."""
        if not isinstance(self.where, Address):
            return _of_files(self.where.rglob("*"))
        pinned, _, version = os.environ.get(VERSION, "").rpartition(" ")
        if pinned == str(self.where):
            return version
        outside = Path(self.where.settings) if self.where.settings else None
        files = [] if outside is None else list(outside.glob("*.yml")) if outside.is_dir() else [outside]
        if self.where.is_sqlite:
            return _of_files([*self.where.file.parent.glob(self.where.file.name + "*"), *files])
        from upskill.data.database_digest import database_digest

        return database_digest(self.root) if self.root.is_postgresql else ""


@contextmanager
def opened_place(given):
    """Open a program folder or database; raises ProgramError that says why it cannot be."""
    if is_address(given):
        from upskill.data.database import opened  # few programs are in a database

        with opened(given) as database:
            yield Place(database, database.address, database.sources)
        return
    folder = find_program(given)
    yield Place(folder, folder, lambda mappings: list_sources(folder, sheet_names, mappings))


def pin_version(given):
    """Mark the database as it is now, for this process and those it starts, so that they need not ask again; else nothing.

    A run of many reports does this once: its reports then count the rows of the company as they were at its start.
    """
    if is_address(given):
        os.environ.pop(VERSION, None)
        with opened_place(given) as place:
            if version := place.signature():
                os.environ[VERSION] = f"{read_address(given)[0]} {version}"


def _of_files(paths):
    total = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            found = path.stat()
            total.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ctime_ns}\n".encode())
    return total.hexdigest()
