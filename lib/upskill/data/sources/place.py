"""Whose work imported rows are: teams by option, by a column or a map, or by repository; and the people that it makes known."""

import csv
from dataclasses import dataclass
from pathlib import Path

from upskill.data.contract import TABLES
from upskill.data.folder import SETTINGS_FILE
from upskill.data.read import load
from upskill.data.source import fold
from upskill.data.sources import write
from upskill.data.sources.git import SourceError

MADE_HERE = "people_from_git"  # the record's word for a list of people that imports made


@dataclass(frozen=True)
class Crew:
    """The people that a folder has: their ids and teams (past ones too); `is_own`: not made by imports."""

    people: frozenset = frozenset()
    teams: frozenset = frozenset()
    is_own: bool = False


def read_crew(folder, record):
    """Return the Crew of a folder."""
    try:
        _, rows = write.read_rows(folder, "people")
        _, past = write.read_rows(folder, "memberships")
    except SourceError:  # in another form, or under a mapping
        rows, past = [], []
    if not rows and Path(folder, SETTINGS_FILE).is_file():
        tables = load(folder).program.tables
        rows, past = (tables[name].to_dict("records") if name in tables else [] for name in ("people", "memberships"))
    teams = {row["team"] for row in [*rows, *past] if isinstance(row.get("team"), str) and row["team"]}
    return Crew(frozenset(row["person_id"] for row in rows), frozenset(teams), bool(rows) and not record.get(MADE_HERE))


def read_teams(path):
    """Return {folded word: team} of a CSV with two columns, such as repository and team; a header ends in `team`."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = [(number, [cell.strip() for cell in line]) for number, line in enumerate(csv.reader(file), 1)
                 if any(cell.strip() for cell in line)]
    if lines and lines[0][1][1:2] == ["team"]:
        lines = lines[1:]
    wrong = [f"row {number}: expected two cells, such as a repository and its team" for number, line in lines
             if len(line) != 2 or not all(line)]
    found = {}
    for number, line in lines:
        if len(line) == 2 and found.setdefault(fold(line[0]), line[1]) != line[1]:
            wrong.append(f"row {number}: {line[0]} has another team above")
    if wrong:
        raise SourceError(f"{path}:\n" + "\n".join("- " + line for line in wrong))
    return found


def place_in_teams(tables, context, crew):
    """Give each row its team, where its table has teams and the row names no person instead; every fault at once."""
    unmapped, homeless = {}, {}
    for table, rows in tables.items():
        column = TABLES[table].column("team")
        if column is None:
            continue
        for row in rows:
            if row.get("team") or (table == "ai_usage" and row.get("person_id")):
                continue
            word, row["team"] = _team(row, context, crew)
            if context.teams and not row["team"]:
                unmapped.setdefault(word, table)
            elif not row["team"] and column.required:
                homeless.setdefault(table, word)
    wrong = [f"--teams has no row for {word!r} ({table}); add {word},TEAM" for word, table in sorted(unmapped.items())]
    wrong += [f"{table}: nothing says whose {word!r} is; name the team with --team, or map it with --teams FILE (a row "
              f"{word},TEAM). The teams of people are {_listed(crew.teams)}" for table, word in homeless.items()]
    if wrong:
        raise SourceError("\n".join(wrong))


def _team(row, context, crew):
    """Return (the word that stood for the team, the team or "")."""
    named = row["_team"]
    if context.team_column:
        named = _value(row["_record"], context.team_column)
    word = str(named or row["_unit"] or "")
    if context.team:
        return word, context.team
    if context.teams:
        return word, context.teams.get(fold(word), "")
    # A list of people of the company's own says who works where; a repository's name would be no team of it.
    return word, word if named or not crew.is_own or word in crew.teams else ""


def _value(record, path):
    """Return what stands in a column, or in a nested key such as labels.name."""
    value = record.get(path, record)
    for part in path.split(".") if value is record else ():
        value = value.get(part, "") if isinstance(value, dict) else ""
    return value if isinstance(value, (str, int)) else ""


def refuse_unknown_teams(tables, teams):
    """Raise SourceError where rows name teams that people does not have: no report would find them."""
    lost = {}
    for table, rows in tables.items():
        for row in rows:
            if row.get("team") and row["team"] not in teams:
                lost.setdefault(row["team"], table)
    if teams and lost:
        raise SourceError("\n".join(
            f"{table}: team {team!r} is not among the teams of people ({_listed(teams)}); name one of these with --team or "
            f"--teams, or add the team to people" for team, table in sorted(lost.items())))


def _listed(teams):
    names = sorted(teams)
    return (", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")) or "not known"


def bring_people(folder, changes, members, record, crew):
    """Return (columns, rows) of people made of authors and of `members` (rows of person_id, team); rows None: left as it is."""
    columns, present = write.read_rows(folder, "people") if not crew.is_own else ([], [])
    if crew.is_own or not (changes or members):
        return columns, None
    listed = {row["person_id"]: row for row in present}
    listed |= {row["person_id"]: row for row in write.list_people(changes, present)}
    for row in members:
        listed.setdefault(row["person_id"], {"person_id": row["person_id"], "team": row["team"], "role": "developer"})
    rows = [listed[person] for person in sorted(listed)]
    return write.order_columns("people", columns, rows), rows
