"""The rows that a report on one team needs, and no others: its files of a Parquet folder, its rows of a database."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from upskill.data.contract import TABLES
from upskill.data.convert import convert, empty
from upskill.data.names import tidy
from upskill.data.source import TEXT, partition_team

ALWAYS = ("people", "memberships", "rollout")  # whose team anybody is, and the sizes of the teams beside this one
PERSONS = ("person_id", "author_id")


class NotShared(Exception):
    """A share that does not fit what was counted of the company: read all instead."""


@dataclass(frozen=True)
class Only:
    """The rows of a source to read: those of `team`, and of nobody's team those of `persons`.

    `teams`: whose files may hold them: also those that the team's people came from or went to.
    """

    team: str
    persons: frozenset
    teams: frozenset


def person_column(table):
    """Return the column that says whose a row is, or None."""
    return next((name for name in PERSONS if table.column(name) is not None), None)


def is_shared(table):
    """Say whether rows of a table belong to teams, directly or through their people."""
    return table.name not in ALWAYS and (table.column("team") is not None or person_column(table) is not None)


def persons_and_teams(tables, team=""):
    """Return (persons who ever were in the team, frame of all pairs person_id, team ever)."""
    frames = [tables[name][["person_id", "team"]] for name in ("people", "memberships") if name in tables]
    homes = pd.concat([pd.DataFrame({"person_id": [], "team": []}, dtype=object), *(frame.astype(object) for frame in frames)])
    homes = homes.dropna().drop_duplicates()
    return frozenset(homes.loc[homes["team"] == team, "person_id"]), homes


def only_of(team, tables):
    """Return the Only of a team, from people and memberships."""
    persons, homes = persons_and_teams(tables, team)
    return Only(team, persons, frozenset(homes.loc[homes["person_id"].isin(persons), "team"]) | {team})


def must_be_whole(source, check, homes):
    """Say whether the rows of one team cannot be told before all are read.

    So it is where a mapping changes what says whose a row is, where a name is spelled with blanks, or where files lie
    by a team in which their people never were.
    """
    table, mapping = check.table, source.mapping
    if source.form not in ("folder", "table") or not is_shared(table):
        return True
    telling = [name for name in ("team", person_column(table)) if name]
    if mapping and (mapping.empty or mapping.pseudonyms
                    or any(name in changed for name in telling for changed in (mapping.values, mapping.constants))):
        return True
    if source.form == "table":
        return _has_odd_spellings(source, table, telling)
    return _lies_elsewhere(check, homes)


def _has_odd_spellings(source, table, telling):
    from sqlalchemy import column, select

    from upskill.data.database_rows import theirs

    for name in theirs(source, table, telling).values():
        asked = select(column(name)).select_from(source.path.table(source.sheet)).distinct()
        if any(value is not None and tidy(str(value)) != value for value, in source.path.connection.execute(asked)):
            return True
    return False


def _lies_elsewhere(check, homes):
    """Say whether any row of a person lies in the files of a team in which the person never was."""
    person = person_column(check.table)
    if person is None or person not in check.raw.frame or (check.table.column("team") and check.name != "ai_usage"):
        return False
    files = np.asarray(check.raw.files, dtype=object)
    known = {file: partition_team(file) for file in dict.fromkeys(files.tolist())}
    pairs = pd.DataFrame({"person_id": check.raw.frame[person].astype(object), "team": [known[file] for file in files]})
    pairs = pairs.dropna().drop_duplicates()
    pairs = pairs[pairs["person_id"].isin(homes["person_id"])]
    return len(pairs.merge(homes, on=["person_id", "team"])) < len(pairs)


# --- rows set aside, known by what is in them


def hashes_of(frame):
    """Return a hash of each row of text, whatever the order of the columns."""
    if frame.empty:
        return []
    plain = frame[sorted(frame)].astype(object)
    return pd.util.hash_pandas_object(plain.where(plain.notna(), "\0"), index=False).tolist()


def without_bad(frame, bad):
    """Return a frame of text without the rows that the company's check set aside; of alike rows the first ones stay."""
    left = Counter({int(key): count for key, count in bad.items()})
    hashes = hashes_of(frame) if left else []
    if not left.keys() & set(hashes):
        return frame
    total, seen, keep = Counter(hashes), Counter(), np.ones(len(frame), bool)
    for at, one in enumerate(hashes):
        seen[one] += 1
        keep[at] = seen[one] <= total[one] - left.get(one, 0)
    return frame[keep].reset_index(drop=True)


def converted(frame, columns, table, delimiter=","):
    """Return the frame with the types of the contract; raises NotShared where a cell cannot be read."""
    if set(frame) - set(columns):
        raise NotShared
    cells = {name: frame[name] if name in frame else pd.Series(None, index=frame.index, dtype=TEXT) for name in columns}
    values = {}
    for column in table.columns:
        if column.name not in cells:
            values[column.name] = empty(column.kind, frame.index)
            continue
        values[column.name], wrong = convert(cells[column.name], column, delimiter)
        if wrong.any():
            raise NotShared
    return pd.DataFrame(values | {name: cells[name] for name in cells if name not in values}, copy=False, index=frame.index)


def narrowed(source, only):
    """Return the source with only the rows of a team."""
    return replace(source, only=only) if is_shared(TABLES[source.table]) else source
