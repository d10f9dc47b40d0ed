"""Fingerprints of a program: of all of it, and of what a report on one team depends on."""

import hashlib
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Digests:
    """Fingerprints of a program by table and team.

    `company`: settings, and what every team's report says of the company (latest day, teams, rows set aside).
    `tables`: of all rows of each table. `shares`: of the rows that may be of each team, by table; tables without teams,
    and those that say whose team anybody is (people, memberships, rollout), have none.
    """

    company: str
    tables: dict
    shares: dict

    def of(self, team="", whole=None):
        """Return the SHA-256 of what a report depends on.

        `team`: "" = the company: everything. `whole`: tables of which a team's report reads all rows (`read_beside`);
        None = it reads the whole company.
        """
        if not team or whole is None:
            return digest_of({"company": self.company} | self.tables)
        own = {name: self.tables[name] if name in whole or name not in self.shares else self.shares[name].get(team, "")
               for name in self.tables}
        return digest_of({"company": self.company, "team": team} | own)


def program_digests(place):
    """Return the Digests of a program, all teams at once; raises ProgramError where it cannot be read.

    Parquet by team is told by the bytes of its files, all other tables by their rows: those of one file of CSV, too.
    The company's part comes from the same aggregates that a team's report reads, counted once for a state of the program.
    """
    from upskill.data.digest_teams import digests_of_place  # which reads tables, and would lead back here

    return digests_of_place(place)


def team_digest(place, team, whole=()):
    """Return the SHA-256 of what a report on one team depends on, as `program_digests(place).of(team, whole)`.

    For many teams call `program_digests` once. Changed rows of another team leave it as it is, but for those that
    change what is said of the company, such as the latest day of the data.
    """
    return program_digests(place).of(team, whole)


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
