"""Write imported rows into a program folder: other sources' rows stay, nothing is left half written."""

import csv
import io
import os
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from upskill.data.contract import TABLES
from upskill.data.folder import table_name
from upskill.data.names import guarded, unguarded
from upskill.data.sources.git import SourceError
from upskill.data.sources.record import RECORD, read_record

__all__ = ["RECORD", "as_csv", "as_program", "as_record", "in_order", "list_people", "order_columns", "read_record",
           "read_rows", "write_files"]
ENDINGS = (".csv", ".tsv", ".parquet")
RECORD_NOTE = """\
# Written by `upskill import`, anew at every import: what was read, repaired and left out.
# Counts only; no names, addresses or messages of people.
"""
PROGRAM_NOTE = """\
# Made once by `upskill import`; later imports leave it as it is, so it is yours to edit.
# How the tables came about is in provenance.yml.
"""
GIT_NOTE = """\
# Releases of a library are not deployments: read lead times here as release lead times.
"""


def read_rows(folder, table):
    """Return (columns, rows as dicts of text) of a table's CSV; nothing where there is none.

    Raises SourceError where the folder holds the table in another form, which an import cannot update.
    """
    others = [path.name for path in sorted(Path(folder).glob("[!.]*")) if path.name != f"{table}.csv"
              and table_name(path.stem) == table and (path.is_dir() or path.suffix.lower() in ENDINGS)]
    if others:
        raise SourceError(f"{folder}: {others[0]} holds {table} already; an import only updates {table}.csv")
    path = Path(folder, f"{table}.csv")
    if not path.is_file():
        return [], []
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = [{name: unguarded(value or "") for name, value in row.items() if name is not None} for row in reader]
    missing = [name for name in TABLES[table].key if name not in (reader.fieldnames or [])
               and TABLES[table].column(name).required]
    if missing:
        raise SourceError(f"{path}: has no column {', '.join(missing)}, so it cannot be updated; "
                          "save it as comma-separated CSV with the contract's columns")
    return list(reader.fieldnames), rows


def order_columns(table, old, rows):
    """The contract's columns first and in its order, then those of the import, then any others."""
    present = dict.fromkeys([*(name for row in rows[:1] for name in row), *old])
    contract = [column.name for column in TABLES[table].columns if column.name in present]
    return contract + [name for name in present if name not in contract]


def in_order(table, rows):
    """Return the rows of a git history in order of repository and time."""
    times = {"pull_requests": "merged_at", "deployments": "finished_at", "incidents": "started_at"}
    names = ("repository", times.get(table, ""), *TABLES[table].key)
    return sorted(rows, key=lambda row: tuple(row.get(name, "") for name in names))


def list_people(changes, present=()):
    """Return rows of people: each author with the team of their latest change.

    `present`: earlier rows, of which all columns but the team are kept. A team that would have nobody
    gets back its most frequent author from a team that has others left; SourceError where that cannot be.
    """
    changes = [row for row in changes if row.get("is_bot") != "true" and row["author_id"] and row.get("team")]
    by_time = sorted(changes, key=lambda row: row.get("merged_at", ""))
    latest = {row["author_id"]: row["team"] for row in by_time}
    sizes = Counter(latest.values())
    frequent = Counter((row["team"], row["author_id"]) for row in changes)
    for team in sorted({row["team"] for row in changes} - sizes.keys()):
        free = [(-count, author) for (name, author), count in frequent.items()
                if name == team and sizes[latest[author]] > 1]
        if not free:
            raise SourceError(f"all who worked in {team!r} also make up another team; join them with --team")
        author = min(free)[1]
        sizes[latest[author]] -= 1
        latest[author] = team
        sizes[team] = 1
    known = {row["person_id"]: {name: value for name, value in row.items() if value} for row in present}
    return [{"role": "developer"} | known.get(person, {}) | {"person_id": person, "team": team}
            for person, team in sorted(latest.items())]


def as_csv(columns, rows):
    """Return rows as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: guarded(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def as_program(name, note=""):
    """Return the text of a first program.yml."""
    settings = {"name": name, "currency": "USD", "minimum_group_size": 5}
    return PROGRAM_NOTE + note + yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def as_record(record):
    return RECORD_NOTE + yaml.safe_dump(record, sort_keys=True, allow_unicode=True)


def write_files(folder, texts):
    """Write all texts ({file name: text}) beside their places, then put each in place; same text, same file.

    Returns the names of the files that changed. On an error no file is touched.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    drafts = {}
    try:
        for name, text in texts.items():
            if not (folder / name).is_file() or (folder / name).read_bytes() != text.encode():
                drafts[name] = _draft(folder, name, text)
        for name, draft in drafts.items():
            os.replace(draft, folder / name)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return list(drafts)


def _draft(folder, name, text):
    handle, draft = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode())
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(draft, 0o666 & ~umask)
    return Path(draft)
