"""What later exports changed of rows that were there: read from the log that imports keep, for reports to cite."""

import csv
from pathlib import Path

import pandas as pd

LOG = "restatements.log"
COLUMNS = ("imported_on", "export", "table", "rows", "cells")


def restatements(folder, since=""):
    """Return what was restated: imported_on (ISO date), export, table, rows and cells changed (at least 0), by import.

    `folder`: of the program; without a log, or in a database, the table is empty. `since`: ISO date; earlier imports
    are left out. Rows about persons are counted, never named.

    >>> len(restatements("/nowhere"))
    0
    """
    path = Path(str(folder), LOG)
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    with open(path, encoding="utf-8", newline="") as file:
        lines = [line for line in csv.DictReader(file, delimiter="\t") if line["imported_on"] >= since]
    found = {}
    for line in lines:
        counted = line["row"].removesuffix(" rows") if line["row"].endswith(" rows") else line["before"].removesuffix(" rows")
        many = int(counted) if counted.isdigit() and (line["row"] == "all" or line["row"].endswith(" rows")) else 0
        rows, most, cells = found.setdefault((line["imported_on"], line["export"], line["table"]), [set(), [0], [0]])
        rows |= set() if many else {line["row"]}
        most[0], cells[0] = max(most[0], many), cells[0] + max(many, 1)
    return pd.DataFrame([(*key, len(rows) + most[0], cells[0]) for key, (rows, most, cells) in found.items()], columns=list(COLUMNS))


def restated_sentence(folder, since=""):
    """Return what was restated in one sentence, such as `14 rows of pull_requests restated since 2026-11-02`; "" for nothing."""
    found = restatements(folder, since)
    if found.empty:
        return ""
    sums = found.groupby("table", sort=False)["rows"].sum()
    words = " and ".join(f"{count:,} row{'' if count == 1 else 's'} of {table}" for table, count in sums.items())
    return f"{words} restated since {found['imported_on'].min()} ({LOG} has each)"
