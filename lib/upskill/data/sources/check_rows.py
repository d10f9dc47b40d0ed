"""Rows that a source made, checked against the contract before anything is written."""

from collections import Counter
from datetime import timedelta

import numpy as np
import pandas as pd

from upskill.data.contract import TABLES
from upskill.data.names import tidy
from upskill.data.rules import check_table
from upskill.data.source import TEXT, RawTable
from upskill.data.sources.framework import moment
from upskill.data.sources.merge import SEEN_AT, as_text

LATE = timedelta(days=2)  # zones and clocks
FUTURE_CURE = "Its clock was wrong, or a time zone is not one: correct it at the source, or leave the row out."


def check_rows(table, rows, names, now):
    """Return (rows of canonical text, typed frame of them, faults, Counter of repairs) of a table.

    Rows with the same key are joined: the later `updated_at` wins, else the later row. Rows with a fault are left out.
    `names`: {our column: its name in the export}.
    """
    contract = TABLES[table]
    rows, repaired = _joined(contract, rows)
    named = dict.fromkeys(name for row in rows for name in row if not name.startswith("_"))
    columns = list(named | dict.fromkeys(contract.key))
    own = {name: (_instant if contract.column(name) is None and name.endswith("_at") else _text) for name in columns}
    cells = {name: [own[name](row.get(name, None if name in named else "")) for row in rows] for name in columns}
    frame = pd.DataFrame({name: pd.Series([cell or None for cell in cells[name]], dtype=TEXT) for name in columns})
    untold = {name: np.array([cell is None for cell in cells[name]]) for name in columns}
    raw = RawTable(frame, np.array([row["_at"][1] for row in rows], dtype=np.int64), [row["_at"][0] for row in rows],
                   originals={ours: theirs for ours, theirs in names.items() if ours in frame})
    check = check_table(raw, contract)
    for column in contract.columns:
        if column.kind in ("date", "timestamp") and column.name in frame:
            times = check.frame[column.name]
            odd = (times < pd.Timestamp("1990-01-01")) | (times > pd.Timestamp((now + LATE).replace(tzinfo=None)))
            check.mark("impossible_date", odd.fillna(False), column.name, f"a time from 1990 to {now:%Y-%m-%d}", FUTURE_CURE)
    kept = ~check.bad
    # The typed values, not the cells again: whether 3/4 is in March or April is known of the whole column only.
    text = pd.DataFrame({name: frame[name] if contract.column(name) is None else as_text(check.frame[name], contract.column(name))
                         for name in columns}, dtype=object)[kept]
    text = text.where(text.notna(), "")
    for name in columns:
        text.loc[untold[name][kept], name] = None
    faults = [fault for fault in check.faults if fault.code != "similar_column"]
    weak = [row.get("_weak") or () for row, good in zip(rows, kept, strict=True) if good]
    found = [cells | {"_weak": names} if names else cells for cells, names in zip(text.to_dict("records"), weak, strict=True)]
    return found, check.frame[kept].reset_index(drop=True), faults, repaired


def _text(value):
    """Return a cell as text; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return tidy(str(value))


def _instant(value):
    """Return a time that the contract does not know, such as updated_at, in the one form that sorts; else the text."""
    found = moment(value) if value else None
    return found.strftime("%Y-%m-%dT%H:%M:%SZ") if found else _text(value)


def _joined(contract, rows):
    """Return (rows of which no two have the same key, Counter): a later row leaves what it does not tell as it was."""
    found, repaired = {}, Counter()
    for row in rows:
        key = tuple(_text(row.get(name)) or "" for name in contract.key)
        before = found.get(key)
        if before is None or not any(key):
            found[key if any(key) else (len(found),)] = row
            continue
        first, last = (row, before) if _seen(row) < _seen(before) else (before, row)
        differs = any(value is not None and not name.startswith("_") and first.get(name) not in (None, value)
                      for name, value in last.items())
        repaired[f"rows of {contract.name} that stood there twice with other values: the later one counts" if differs
                 else f"rows of {contract.name} that stood there twice"] += 1
        strong = {name: value for name, value in last.items() if value is not None and name != "_weak"
                  and not (name in (last.get("_weak") or ()) and first.get(name))}
        # What is firm in either of the two is firm.
        found[key] = first | strong | {"_weak": tuple(set(first.get("_weak") or ()) & set(last.get("_weak") or ()))}
    return list(found.values()), repaired


def _seen(row):
    seen = moment(row.get(SEEN_AT) or "")
    return seen.timestamp() if seen else 0.0
