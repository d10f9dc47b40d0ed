"""What a source of exports is: how its files are recognized, and how their records become rows of the contract.

**To add a source** write one module with a `Source` and name it in `registry.py`. Its `read(exports, context)` gets all
files of one command that the source recognized and returns a `Reading`: rows by table, each made with `row(...)`, whose
cells are the text of the export (ISO times keep their offset, numbers their digits), `""` where the export says that there
is nothing, and None (or no such cell) where it does not say, so that an earlier import's value stays. Persons go through
`context.person(login, host)`. Teams are given by the framework, from `unit` (repository, project) or `team` of the row.
Count what was mended in `repaired` and what was dropped in `left_out`, in plain words; raise `SourceError` with the way
out where the export cannot answer. Merging, checks against the contract, log, record and people are done for you.
Fixtures in the exact shape of the real export go to `tests/exports/`; add a row to the table of `docs/sources.md`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from upskill.data.source import column_key, fold
from upskill.data.sources.git import SourceError
from upskill.data.sources.people import Pseudonyms


@dataclass(frozen=True)
class Option:
    """A choice of one source, `--name` at the command line; `many`: may be given several times (a tuple)."""

    name: str
    help: str
    default: object = ""
    is_flag: bool = False
    many: bool = False


@dataclass(frozen=True)
class Context:
    """What the one who imports says besides the files.

    `teams`: {folded word: team} of the file of --teams; `now`: UTC; `options`: of the sources, by name; `program()`: the tables
    that the folder has already, read when first asked for; `known_as`: columns of people with logins, e-mails or names.
    """

    pseudonyms: Pseudonyms
    team: str = ""
    teams: dict = field(default_factory=dict)
    team_column: str = ""
    repository: str = ""
    keep_bots: bool = False
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    options: dict = field(default_factory=dict)
    known: dict = field(default_factory=dict, repr=False)
    program: Callable = dict
    known_as: tuple = ()

    def person(self, login, host="github.com"):
        """Return the pseudonym of a login, or of an e-mail; joined by the identity map."""
        listed = self.listed(login)
        if listed:
            return listed
        if (login, host) not in self.known:
            by = self.pseudonyms
            self.known[login, host] = by.person_id("", login) if "@" in login else by.login_id(login, host)
        return self.known[login, host]

    def listed(self, word):
        """Return the person_id of the one whom people lists under a login, e-mail or name in a column of `known_as`; else "".

        Raises SourceError for a column that people does not have, and for a word that two share.
        """
        if self.known_as and LISTED not in self.known:
            self.known[LISTED] = _listed(self.program().get("people"), self.known_as)
        return self.known[LISTED].get(fold(word), "") if self.known_as else ""


LISTED = "people by the words of known_as"


def _listed(people, columns):
    if people is None:
        raise SourceError("--known-as: there is no table people yet; bring it in first")
    found = {}
    for name in columns:
        column = next((one for one in people if column_key(one) == column_key(name)), None)
        if column is None:
            raise SourceError(f"--known-as {name}: people has no such column. It has: {', '.join(map(str, people))}")
        for word, one in zip(people[column], people["person_id"], strict=True):
            if isinstance(word, str) and found.setdefault(fold(word), one) != one:
                raise SourceError(f"--known-as {name}: two persons of people share one entry there; mend it first")
    return found


@dataclass
class Reading:
    """What a source read.

    `tables`: rows by table of the contract; `repaired`, `left_out`: counts by what it was, in words; `faults`: of
    single rows; `notes`: sentences that must be known; `names`: {table: {our column: its name in the export}} for
    messages; `withdrawn`: {table: {key: as of when}}; `extracted_at`: ISO, or "".
    """

    tables: dict = field(default_factory=dict)
    repaired: Counter = field(default_factory=Counter)
    left_out: Counter = field(default_factory=Counter)
    faults: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    names: dict = field(default_factory=dict)
    withdrawn: dict = field(default_factory=dict)
    extracted_at: str = ""

    def add(self, table, row):
        """Add a row to a table."""
        self.tables.setdefault(table, []).append(row)

    def withdraw(self, table, key, seen=""):
        """Say that a row which an earlier export may have brought is no data any more, as of `seen` (`updated_at`, or "")."""
        self.withdrawn.setdefault(table, {})[tuple(map(str, key))] = seen


@dataclass(frozen=True)
class Source:
    """A system whose exports can be read.

    `recognizes(export)` says whether a file is its export, by columns alone; `needs`: columns by which a file that is
    not quite one is told what it lacks; `tables`: what it can fill; `how`: how to export; `cannot_tell`: sentences.
    `takes_ragged`: rows with more or fewer cells than the header are the source's own to mend.
    """

    name: str
    title: str
    tables: tuple
    recognizes: object
    read: object
    needs: tuple
    how: str
    cannot_tell: tuple = ()
    options: tuple = ()
    takes_ragged: bool = False


def row(export, at, unit="", team="", **cells):
    """Return a row of a table that stands in record `at` of an export.

    `unit`: what --teams may map to a team, such as the repository; `team`: the team where the export names it. A cell
    `_weak` names columns of this row that fill empty cells and replace nothing, such as bounds of a time.
    """
    return {"_at": (export.name, export.rows[at]), "_record": export.records[at], "_unit": unit, "_team": team, **cells}


def where(export, at):
    """Return the place of a record in words, for messages."""
    return f"{export.name}, {'record' if export.form == 'json' else 'row'} {export.rows[at]}"


def moment(text):
    """Return an ISO time as a datetime in UTC; None where there is none or it cannot be read.

    >>> moment("2026-03-04T10:11:12.5+02:00").isoformat(), moment("0001-01-01T00:00:00Z")
    ('2026-03-04T08:11:12.500000+00:00', None)
    """
    try:
        found = datetime.fromisoformat(str(text).strip().replace(" UTC", "Z"))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year > 1 else None


def earliest(texts):
    """Return the earliest of ISO times, as it stands; "" where none can be read."""
    known = [(moment(text), str(text)) for text in texts if text]
    return min((pair for pair in known if pair[0] is not None), default=(None, ""))[1]
