"""What a team's report must know of the other teams, counted once for each state of a program and kept in a cache.

No id of a person and no row is in it: dates, names of teams, counts, faults of whole tables, and hashes of faulty rows.
"""

import hashlib
import json
import os
import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from upskill.data.schema import Fault
from upskill.data.share import hashes_of, must_be_whole, persons_and_teams


@dataclass(frozen=True)
class Aggregates:
    """Company aggregates of one state of a program.

    `as_of`: latest day, ISO. `columns`: the columns of each usable table. `bad`: hashes of the rows set aside, with
    how often. `whole`: tables of which a team's rows cannot be told beforehand. `is_refused`: reading them raises.
    """

    signature: str
    as_of: str
    teams: list
    columns: dict
    bad: dict
    set_aside: list
    faults: list
    whole: list
    is_refused: bool

    @property
    def digest(self):
        """SHA-256 of all that shows in a team's report; counts of rows only where some are set aside."""
        shown = [self.as_of, self.teams, self.faults, self.is_refused, self.bad,
                 [entry for entry in self.set_aside if entry[2]] and self.set_aside]
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def company_aggregates(place, load):
    """Return the Aggregates of an open Place, from the cache or counted by `load(place)`; None where nobody can tell changes."""
    signature = place.signature()
    if not signature:
        return None
    signature = f"{signature}-{_code()}"
    path = _cache_path(place)
    with _alone(path):
        found = _cached(path, signature)
        if found is None:
            found = count_aggregates(signature, load(place))
            _keep(path, found)
    return found


def count_aggregates(signature, loaded):
    """Return the Aggregates of a Loaded program."""
    program, checks = loaded.program, loaded.checks
    teams = {str(team) for frame in program.tables.values() if "team" in frame for team in frame["team"].dropna().unique()}
    usable = {name: checks[name] for name in program.tables}
    bad = {name: dict(Counter(hashes_of(check.raw.frame[check.bad]))) for name, check in usable.items() if check.bad.any()}
    _, homes = persons_and_teams(program.tables)
    found = Aggregates(
        signature, "" if pd.isna(program.as_of) else program.as_of.isoformat(), sorted(teams),
        {name: list(check.raw.frame) for name, check in usable.items()}, bad,
        program.set_aside.to_numpy(object).tolist(), list(map(asdict, _of_tables(program.faults))),
        [name for name, check in usable.items() if must_be_whole(loaded.sources[name], check, homes)],
        bool(loaded.broken))
    return Aggregates(**json.loads(json.dumps(asdict(found))))  # the same whether counted or from the cache


def _of_tables(faults):
    """Faults of whole files and of settings; those of single rows may quote people, and are for `upskill check`."""
    return [fault for fault in faults if fault.row is None or fault.file.endswith((".yml", ".yaml"))
            or fault.code in ("missing_column", "similar_column", "repeated_column")]


def faults_of(aggregates):
    """Return the faults of whole tables as Fault."""
    return tuple(Fault(**entry) for entry in aggregates.faults)


# --- cache


@cache
def _code():
    """Other checks set other rows aside: what was counted by another version does not count."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _cache_path(place):
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "upskill" / "aggregates"
    return home / f"{hashlib.sha256(str(place.where).encode()).hexdigest()[:32]}.json"


@contextmanager
def _alone(path):
    """Let one process count while the others wait; without a place to write, each counts for itself."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.with_suffix(".lock").open("w") as lock:
            with suppress(ImportError):
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except PermissionError:
        yield


def _cached(path, signature):
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = Aggregates(**content)
    except (OSError, ValueError, TypeError):
        return None
    return found if found.signature == signature else None


def _keep(path, aggregates):
    with suppress(OSError):
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(aggregates), file, sort_keys=True)
        os.replace(draft, path)
