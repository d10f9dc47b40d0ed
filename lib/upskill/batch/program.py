"""What the batch knows about a program: where it is, its teams, and ids that must not leak."""

import hashlib
import importlib.metadata
import platform
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from upskill.privacy import personal_texts

RESERVED = re.compile("con|prn|aux|nul|com[0-9]|lpt[0-9]")  # no file of Windows may be called so
PACKAGES = ("ipykernel", "matplotlib", "nbclient", "numpy", "pandas", "papermill", "scipy")


@dataclass(frozen=True)
class ProgramFacts:
    """A program as far as the batch needs it; `set_aside`: faults of rows that no report counts.

    `folder`: a path, or the address of a database without its password.
    """

    given: str
    folder: object
    slug: str
    name: str
    teams: tuple
    personal_ids: frozenset
    digest: str
    set_aside: tuple = ()
    tables: object = field(default=None, repr=False, compare=False)  # its DataDigests, to tell what changed
    locale: str = ""


def describe_program(given):
    """Read a program and return its ProgramFacts; raises what `read_program` raises."""
    from upskill import data
    from upskill.batch.digests import DataDigests

    given = data.keep_password(given)
    data.pin_version(given)  # else the database would hash all its rows for each report of a team
    program = data.read_program(given)
    return ProgramFacts(given, program.folder, safe_name(program.slug), program.settings.name,
                        _teams(program.tables), personal_texts(program.tables, program.faults),
                        data.program_digest(program.folder), _row_faults(program.faults), DataDigests(program),
                        program.settings.locale)


def _row_faults(faults):
    """Return the faults for which a row was set aside, not those of headers, settings and whole files."""
    return tuple(fault for fault in faults if fault.row is not None and fault.table
                 and fault.code not in ("missing_column", "similar_column", "repeated_column"))


def _teams(tables):
    frames = [tables["people"]] if "people" in tables else tables.values()
    names = {str(team) for frame in frames if "team" in frame for team in frame["team"].dropna().unique()}
    return tuple(sorted(names - {""}))


def safe_name(text):
    """Turn any text into a name that is safe as a folder: lower case letters, digits, hyphens.

    >>> safe_name("../../Data & AI")
    'data-ai'
    """
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")
    return f"{name}-name" if RESERVED.fullmatch(name) else name


def team_slugs(teams):
    """Return a distinct folder name per team; "company" stands for no team.

    Names that would fall together get a short hash of the full name.

    >>> team_slugs(["Web", "web!", "data"])
    {'': 'company', 'Web': 'web-297510', 'web!': 'web-51f72a', 'data': 'data'}
    """
    plain = {team: safe_name(team) for team in teams if team}
    taken = list(plain.values())

    def distinct(team, slug):
        # What looks like a mark, or like the company with other parameters, could be taken for it.
        is_clear = taken.count(slug) == 1 and slug and not re.search("^company(-|$)|-[0-9a-f]{6}$", slug)
        return slug if is_clear else f"{slug or 'team'}-{hashlib.sha256(team.encode()).hexdigest()[:6]}"
    return {"": "company"} | {team: distinct(team, slug) for team, slug in plain.items()}


def digest_folder(folder, pattern="*"):
    """Return the SHA-256 of names and contents of all files below a folder that match; hidden ones left out."""
    folder, total = Path(folder), hashlib.sha256()
    files = [folder] if folder.is_file() else sorted(path for path in folder.rglob(pattern) if path.is_file())
    for path in files:
        relative = path.relative_to(folder)
        if not any(part.startswith((".", "__pycache__")) for part in relative.parts):
            total.update(f"{relative.as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@cache
def versions():
    """Return the versions that made a report, by name."""
    found = {"upskill": importlib.metadata.version("upskill"), "python": platform.python_version()}
    return found | {name: importlib.metadata.version(name) for name in PACKAGES}
