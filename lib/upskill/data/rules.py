"""Checks of one converted table: cells, keys and rows against the contract."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa

from upskill.data.convert import convert, empty
from upskill.data.near import did_you_mean, nearest
from upskill.data.schema import Fault

NUMBER_CURE = ("Write plain digits with a decimal point, without units or thousands separators; or say the decimal mark "
               "in mapping.yml.")
SHARE_CURE = "Write 0.45 for 45 %, or say in mapping.yml that the unit is percent."
CURES = {"whole": NUMBER_CURE, "number": NUMBER_CURE, "share": SHARE_CURE, "flag": "Write true or false."}
DAY_NUMBER = ("It looks like a day number of Excel: format the cells as dates, or write dates: excel in "
              "mapping.yml.")
OTHER_ORDER = ("Write it as 2026-03-31, or say in mapping.yml how dates are written here (dates: DD/MM/YYYY); without "
               "that, they are read where the whole column shows which number is the day.")
NOTHING = r"(n\.?/?a\.?|nan|nat|null|none|nil|unknown|tbd|[-–—?.]+)$"  # what people write for nothing
NOTHING_CURE = "Leave it empty where it is not known."
ZONE = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})? ?[A-Za-z]{2,5}$"
DATE_CURES = (
    (ZONE, "Write the offset from UTC for the zone (+01:00), or Z for UTC."),
    (r"\d{4}-\d{2}-\d{2}([T ].*)?$", "There is no such day or time."),
    (r"\d{5}(\.\d+)?$", DAY_NUMBER),
    (r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", OTHER_ORDER),
    ("", "Write it as 2026-03-31."),
)
SHEET_CURE = (" A formula counts once the spreadsheet program has saved its value; of merged cells only the first has "
              "one.")
TOTAL = r"(((grand|sub)[ -]?)?totals?|sum|((gesamt|zwischen)-?)?summe|gesamt|somme|suma|totale)\s*:?"
FEW = 100  # rows of totals are few; each that is looked for takes a moment


class Check:
    """Faults of one table, collected with the rows that they set aside."""

    def __init__(self, raw, table):
        self.raw, self.table = raw, table
        self.faults, self.bad = [], np.zeros(len(raw.frame), bool)
        self.lost = 0  # rows that could not even be split into cells
        self.left_out = 0  # rows that a mapping calls no data
        self.frame = pd.DataFrame(index=raw.frame.index)
        self.examples = _examples(raw, table)

    @property
    def good(self):
        """The rows without fault, in the order of the file."""
        return self.frame[~self.bad].reset_index(drop=True) if self.bad.any() else self.frame

    @property
    def name(self):
        return self.table.name

    @property
    def file(self):
        """How messages name the whole file or folder."""
        files = self.raw.files
        return files if isinstance(files, str) else f"{self.name}/"

    def cell(self, name, position):
        """Return the text of one cell as it stands in the file."""
        value = self._column(name).iat[position] if name in self.raw.frame else ""
        return "" if pd.isna(value) else str(value)

    def mark(self, code, mask, name, expected, cure, value=None):
        """Add a fault for every row of the mask; expected, cure and value may be functions of the position."""
        positions = np.flatnonzero(np.asarray(mask, bool) & ~self.examples)
        if not len(positions):
            return
        self.bad[positions] = True
        found = [value(at) for at in positions] if value else self._cells(name, positions)
        for at, row, cell in zip(positions, self.raw.rows[positions].tolist(), found, strict=True):
            self.faults.append(Fault(code, self.raw.file_of(at), expected(at) if callable(expected) else expected,
                                     cure(at) if callable(cure) else cure, row, name, cell, self.name,
                                     original=self._names(name), key=self.raw.key_of(at)))

    def _cells(self, name, positions):
        if name not in self.raw.frame:
            return [""] * len(positions)
        return self._column(name).iloc[positions].astype(object).fillna("").tolist()

    def _column(self, name):
        """Return the cells of a column as they stand in the file."""
        return self.raw.shown.get(name, self.raw.frame[name])

    def _names(self, name):
        """Return the names in the file of columns, joined as `name` is, or "" where they are the same."""
        parts = [self.raw.originals.get(part, part) for part in name.split(", ")]
        return "" if ", ".join(parts) == name else ", ".join(parts)

    def mark_file(self, code, name, expected, cure, value=""):
        self.faults.append(Fault(code, self.file, expected, cure, 1, name, value, self.name))


def check_table(raw, table):
    """Return the Check of one table: converted cells, and each fault that shows without other tables."""
    check = Check(raw, table)
    _check_header(check)
    _check_examples(check)
    cells = dict(raw.frame.items())
    values = {column.name: _check_column(check, column, cells.get(column.name)) for column in table.columns}
    check.frame = pd.DataFrame(values | {name: cells[name] for name in cells if name not in values}, copy=False,
                               index=raw.frame.index)
    _check_order(check)
    _check_key(check)
    return check


def missing_columns(raw, table):
    """Return the names of required columns that are not there."""
    return [name for name in table.required if name not in raw.frame]


def _check_header(check):
    raw, table = check.raw, check.table
    known = [column.name for column in table.columns]
    extra = [name for name in raw.frame if name not in known]
    whole = len(raw.frame.columns) == 1 and any(mark in extra[0] for mark in ",;\t") if extra else False
    for name in missing_columns(raw, table):
        if name in raw.originals:
            continue  # the mapping names it, and its fault says so
        near = nearest(name, extra)
        cure = f"Is it the column {near}? Rename it, or name it" if near else "Add it, or name the column that holds it"
        cure = "Each line is quoted as a whole: remove those marks." if whole else f"{cure} in mapping.yml."
        check.mark_file("missing_column", name, f"a column {name}: {table.column(name).meaning}", cure,
                        ", ".join(raw.originals.get(one, str(one)) for one in raw.frame))
    absent = [column.name for column in table.columns if not column.required and column.name not in raw.frame]
    for name in extra:
        near = nearest(name, absent, 0.85)
        if near:
            check.mark_file("similar_column", name, f"a column of the contract, perhaps {near}",
                            f"Rename it to {near} if it is that one.", name)


def _examples(raw, table):
    """Return which rows are the example of a template; no other fault of theirs is worth a word."""
    column, cell = table.example_mark
    return (raw.frame[column] == cell).fillna(False).to_numpy(bool) if column in raw.frame else np.zeros(len(raw.frame), bool)


def _check_examples(check):
    if check.examples.any():
        examples, check.examples = check.examples, np.zeros(len(check.examples), bool)
        check.mark("example_row", examples, check.table.example_mark[0], "rows of your own",
                   "Replace the example row of the template, or remove it.")
        check.examples = examples


def _check_column(check, column, text):
    """Return the converted values of one column, `text` None where the file lacks it; marks each cell that is wrong."""
    raw = check.raw
    if text is None:
        return empty(column.kind, raw.frame.index)
    values, bad = convert(text, column, raw.delimiter)
    check.mark("wrong_type", bad, column.name, column.expectation, lambda at: _type_cure(check, column, at))
    if not column.allows_empty:
        are_few = text.isna().sum() <= FEW
        cure = (lambda at: _empty_cure(check, at)) if are_few else _fill_cure(check)
        check.mark("empty_cell", text.isna(), column.name, column.expectation, cure)
    _check_values(check, column, values)
    return values


def _type_cure(check, column, position):
    cell = check.cell(column.name, position)
    if column.allows_empty and re.match(NOTHING, cell, re.IGNORECASE):
        return NOTHING_CURE
    return check.raw.notes.get(column.name) or CURES.get(column.kind) or _date_cure(cell)


def _empty_cure(check, position):
    row = check.raw.frame.iloc[position].dropna()
    total = next((name for name, cell in row.items() if re.fullmatch(TOTAL, str(cell), re.IGNORECASE)), None)
    if total is not None:
        column = check.raw.originals.get(total, total)
        return (f"This looks like a row of totals: remove it, or say in mapping.yml that it is no data "
                f"(leave_out: {{{column}: {row[total]}}}).")
    return _fill_cure(check)


def _fill_cure(check):
    return "Fill it in, or remove the row." + (SHEET_CURE if ", sheet " in check.file else "")


def _date_cure(cell):
    return next(cure for form, cure in DATE_CURES if re.match(form, cell))


def _check_values(check, column, values):
    if column.kind == "choice":
        wrong = values.notna() & ~values.isin(column.choices)
        check.mark("not_in_choices", wrong, column.name, column.expectation,
                   lambda at: did_you_mean(values.iat[at], column.choices, "Use one of these words."))
    if column.kind in ("whole", "number", "share"):
        low, high = (0, 1) if column.kind == "share" else (column.minimum, column.maximum)
        numbers = values.to_numpy("float64", na_value=np.nan)
        wrong = (numbers < (-np.inf if low is None else low)) | (numbers > (np.inf if high is None else high))
        check.mark("out_of_range", wrong, column.name, column.expectation,
                   SHARE_CURE if column.kind == "share" else "Correct it.")
    if column.kind == "text" and column.name in ("person_id", "author_id", "rater_id", "respondent_id"):
        check.mark("not_pseudonymous", values.str.contains("@", regex=False, na=False), column.name,
                   "a pseudonymous id, never an e-mail address", "Replace it by an id that tells nothing.")


def _check_order(check):
    for first, second in check.table.ordered:
        begin, end = check.frame[first], check.frame[second]
        strict = check.table.column(first).kind == "whole"
        wrong = (begin >= end) if strict else (begin > end)
        check.mark("wrong_order", wrong.fillna(False), second,
                   lambda at, first=first, strict=strict: f"{'more than' if strict else 'no earlier than'} {first} "
                   f"({check.cell(first, at)})", f"Correct {first} or {second}.")


def _check_key(check):
    key = [name for name in check.table.key if name in check.raw.frame]
    if not key or len(key) < len([name for name in check.table.key if check.table.column(name).required]):
        return
    values = check.frame[key]
    if _all_differ(values):
        return
    needed = [name for name in key if not check.table.column(name).allows_empty]
    complete = values[needed].notna().all(axis=1)
    again = (values.duplicated() & complete).to_numpy()
    if not again.any():
        return
    first_rows = _first_rows(check, values)
    check.mark("duplicate_key", again, ", ".join(key), "each key once",
               lambda at: f"Row {first_rows[at]} has the same {'key' if len(key) > 1 else key[0]}; keep one.",
               lambda at: _key_text(values, at))


def _all_differ(values):
    """Say whether no two rows are alike (several times as fast as pandas over several columns)."""
    table = pa.Table.from_pandas(values, preserve_index=False)
    return len(table.group_by(list(values.columns), use_threads=False).aggregate([])) == len(values)


def _first_rows(check, values):
    groups = values.groupby(list(values.columns), dropna=False, sort=False).ngroup()
    first = ~groups.duplicated().to_numpy()
    return groups.map(dict(zip(groups[first], check.raw.rows[first], strict=True))).to_numpy()


def _key_text(values, at):
    return ", ".join("" if pd.isna(one) else str(one) for one in values.iloc[at])
