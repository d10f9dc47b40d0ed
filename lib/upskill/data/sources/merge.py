"""Merge imported rows into a table by its key: new ones added, restated ones replaced and logged, the same twice is nothing."""

import csv
import io
from collections import Counter

import pandas as pd

from upskill.data.contract import TABLES
from upskill.data.convert import convert
from upskill.data.pseudonyms import PERSONS
from upskill.data.restated import LOG
from upskill.data.source import TEXT
from upskill.data.sources import write
from upskill.data.sources.git import SourceError

__all__ = ["LOG", "SEEN_AT", "as_text", "canonical", "log_text", "merge_table"]
LOG_HEAD = "imported_on\texport\ttable\trow\tcolumn\tbefore\tafter\n"
FORMS = {"date": "%Y-%m-%d", "timestamp": "%Y-%m-%dT%H:%M:%SZ"}
SEEN_AT = "updated_at"  # when the source last changed a row; an older export does not undo a newer one


def merge_table(folder, table, fresh, whole=False, withdrawn=None):
    """Return (columns, rows, Counter, log lines) of a table into which `fresh` rows came, known by the table's key.

    `fresh`: dicts of canonical text; a cell None is one that the export does not tell: what is there stays; a cell
    `_weak` names columns that fill empty cells and replace nothing. Rows that `fresh` lacks stay, or go with
    `whole`. Where both rows have `updated_at` and that of the fresh one is earlier, the row stays as it is and counts
    as `older`. `withdrawn`: {key: updated_at, or ""} of rows that go, unless the row is younger.
    The Counter has new, restated, unchanged, older, absent and gone.
    """
    columns, old = write.read_rows(folder, table)
    key = TABLES[table].key
    weak = [row.get("_weak") or () for row in fresh]
    fresh = [{name: value for name, value in row.items() if name != "_weak"} for row in fresh]
    before = dict(zip(_keys(old, table), old, strict=True))
    names = _keys(fresh, table)
    after, weak = dict(zip(names, fresh, strict=True)), dict(zip(names, weak, strict=True))
    if len(before) < len(old):
        raise SourceError(f"{table}.csv: has rows with the same {', '.join(key)}; mend it first: upskill check {folder}")
    same_form = canonical(pd.DataFrame(old, columns=columns, dtype=TEXT).replace("", None), TABLES[table]).fillna("")
    known = dict(zip(before, same_form.to_dict("records"), strict=True))
    counts, log, merged = Counter(), [], {}
    for name, row in before.items():
        if name not in after:
            seen = (withdrawn or {}).get(name)
            goes = whole if seen is None else not seen or seen >= known[name].get(SEEN_AT, "")
            counts["gone" if goes else "absent"] += 1
            merged |= {} if goes else {name: row}
            continue
        if after[name].get(SEEN_AT) and after[name][SEEN_AT] < known[name].get(SEEN_AT, ""):
            counts["older"] += 1
            merged[name] = row
            continue
        differs = [column for column, value in after[name].items() if value is not None
                   and known[name].get(column, "") != value and not (column in weak[name] and known[name].get(column, ""))]
        # A source touches its rows without changing what is read here; that is no restatement.
        said = [column for column in differs if column != SEEN_AT]
        counts["restated" if said else "unchanged"] += 1
        merged[name] = row | {column: after[name][column] for column in differs}
        log += [(name, column, known[name].get(column, ""), after[name][column]) for column in said]
    added = [name for name in after if name not in before]
    counts["new"] = len(added)
    merged |= {name: {column: value for column, value in after[name].items() if value is not None} for name in added}
    return write.order_columns(table, columns, fresh), list(merged.values()), counts, _log_lines(table, log, counts["gone"])


def canonical(frame, table):
    """Return a frame of text in which equal values are equal texts: 3.50 is 3.5, Yes is true, times are in UTC.

    Cells that cannot be read stay as they are.
    """
    return pd.DataFrame({name: _one_form(frame[name], table.column(name)) for name in frame}, index=frame.index, dtype=TEXT)


def _one_form(cells, column):
    if column is None or column.kind in ("text", "choice"):
        return cells
    values, _ = convert(cells, column, ",")
    return as_text(values, column).where(values.notna(), cells).astype(TEXT)


def as_text(values, column):
    """Return converted values as text, in the one form of their kind; missing ones stay missing."""
    if column.kind in FORMS:
        text = values.dt.strftime(FORMS[column.kind])
    elif column.kind == "flag":
        text = values.map({True: "true", False: "false"})
    elif column.kind in ("text", "choice"):
        text = values
    else:
        text = values.map(lambda value: str(int(value)) if value % 1 == 0 else repr(float(value)), na_action="ignore")
    return text.astype(object)


def _keys(rows, table):
    frame = canonical(pd.DataFrame(rows, columns=list(TABLES[table].key), dtype=TEXT).replace("", None), TABLES[table])
    return list(frame.fillna("").itertuples(index=False, name=None))


def _log_lines(table, changes, gone):
    """Return what to log: (row, column, before, after); of rows and columns about persons the number only.

    What is kept about a person must go when the person is purged, so the log keeps nothing of anybody.
    """
    lines = [("all", "", f"{gone} rows", "not in the export, or withdrawn by it")] if gone else []
    if any(name in PERSONS for name in TABLES[table].key):
        counts = Counter(column for _, column, *_ in changes)
        return lines + [(f"{count} rows", column, "", "") for column, count in sorted(counts.items())]
    return lines + [(" / ".join(key), column, *(("", "") if column in PERSONS else (before, after)))
                    for key, column, before, after in changes]


def log_text(path, lines):
    """Return the text of the log at `path` with lines added: (imported_on, export, table, row, column, before, after)."""
    text = path.read_text(encoding="utf-8") if path.is_file() else LOG_HEAD
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows(lines)
    return text + out.getvalue()
