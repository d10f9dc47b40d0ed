"""Fingerprints of a program: of all of it, and of what a report on one team depends on."""

import hashlib
from pathlib import Path

from upskill.data.address import is_address
from upskill.data.folder import find_program


def program_digest(place):
    """Return the SHA-256 of everything that a program holds: names and contents of files, or rows of tables.

    `place`: a folder, or the address of a database. Hidden files do not count, nor does the order of rows in a database.
    """
    if is_address(place):
        from upskill.data.database import opened
        from upskill.data.database_digest import database_digest

        with opened(place) as database:
            return database_digest(database)
    return digest_of(file_digests(find_program(place)))


def file_digests(folder):
    """Return {relative path: SHA-256 of its bytes} of the files of a folder, hidden ones left out."""
    folder = Path(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    relative = [(path, path.relative_to(folder)) for path in files]
    return {name.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path, name in relative
            if not any(part.startswith((".", "__pycache__")) for part in name.parts)}


def digest_of(parts):
    """Return the SHA-256 of a mapping of texts, whatever its order.

    >>> digest_of({"a": "1", "b": "2"}) == digest_of({"b": "2", "a": "1"})
    True
    """
    return hashlib.sha256("\n".join(f"{name!r}: {parts[name]!r}" for name in sorted(parts)).encode()).hexdigest()
