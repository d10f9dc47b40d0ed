"""Files that only their owner can read, in `outputs/private/`."""

import os
import re
from hashlib import sha256
from pathlib import Path

FOLDER, OWNER_ONLY, OWNER_READS = "private", 0o700, 0o600


def private_folder(output, program_slug):
    """Make and return `output/private/<program>`, which only its owner can open."""
    folder = Path(output) / FOLDER / program_slug
    folder.mkdir(parents=True, exist_ok=True)
    for place in (folder.parent, folder):
        place.chmod(OWNER_ONLY)
    return folder


def write_private(path, text):
    """Write a file that only its owner can read, at no moment readable by others."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_READS), "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)
    return path


def file_name(identifier):
    """Return a file name for an id, two ids never the same.

    >>> file_name("p003"), file_name("../p003")
    ('p003.html', 'p003-c5772c98.html')
    """
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", identifier).strip("-")[:60] or "person"
    same = plain == identifier and plain == plain.lower()
    return f"{plain if same else f'{plain}-{sha256(identifier.encode()).hexdigest()[:8]}'}.html"
