"""The words of the data contract: columns, tables, faults.

Readers, checks, templates and the data dictionary are generated from these.
"""

from dataclasses import dataclass

EXAMPLE_MARK = "EXAMPLE "  # before the text of an example row, so that nobody takes it for data
KINDS = {
    "text": "text",
    "whole": "whole number",
    "number": "number",
    "share": "share from 0 to 1",
    "date": "date, ISO (2026-03-31)",
    "timestamp": "timestamp, UTC, ISO (2026-03-31T14:05:00Z)",
    "flag": "true or false",
    "choice": "one of the listed values",
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `required`: the column must be there. `may_be_empty`: single cells may be
    empty (optional columns always may). `refers_to`: `table.column` whose
    values these must be among, where that table exists.
    """

    name: str
    kind: str
    meaning: str
    required: bool = True
    may_be_empty: bool = False
    unit: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    refers_to: str = ""
    example: str = ""

    @property
    def allows_empty(self):
        return self.may_be_empty or not self.required

    @property
    def expectation(self):
        """What a cell of this column must look like, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        words = KINDS[self.kind]
        if self.kind != "share" and self.minimum is not None and self.maximum is not None:
            words += f" from {self.minimum:g} to {self.maximum:g}"
        elif self.kind != "share" and self.minimum is not None:
            words += f" of at least {self.minimum:g}"
        elif self.kind != "share" and self.maximum is not None:
            words += f" of at most {self.maximum:g}"
        return words + (f" ({self.unit})" if self.unit else "")


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    `key`: columns that together name a row once. `is_key_table`: other tables
    point to it, so reading refuses when it is broken. `ordered`: pairs of
    columns where the first may not be later than the second.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    is_key_table: bool = False
    ordered: tuple[tuple[str, str], ...] = ()

    def column(self, name):
        """Return the column of this name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def example_mark(self):
        """(column, cell) by which the example row of the template is known."""
        column = next(column for column in self.columns if column.required and column.kind == "text")
        return column.name, EXAMPLE_MARK + column.example

    @property
    def required(self):
        return tuple(column.name for column in self.columns if column.required)


FAULT_CODES = {
    "unknown_table": "a file or sheet that is not named like a table",
    "unread_file": "a file that this version does not read",
    "table_twice": "the same table in two files or sheets",
    "empty_file": "a file without a header",
    "not_text": "a file that is not text in UTF-8",
    "broken_quotes": "a quotation mark without its partner",
    "unreadable_file": "a file that cannot be opened",
    "ragged_row": "a row with more or fewer cells than the header",
    "repeated_column": "a column that stands there twice",
    "missing_column": "a required column that is not there",
    "similar_column": "a column named nearly like an optional one that is not there",
    "wrong_type": "a cell that is not of the column's type",
    "empty_cell": "an empty cell where a value is needed",
    "out_of_range": "a number outside what the column allows",
    "not_in_choices": "a word that is not among those listed",
    "impossible_date": "a date before 1990 (people: 1950), or more than 5 years after the data",
    "wrong_order": "an end before its start, or levels that do not rise",
    "duplicate_key": "a row with the key of an earlier one",
    "unknown_key": "a reference to what is not in the other table",
    "key_set_aside": "a reference to a row that was itself set aside",
    "example_row": "the example row of a template",
    "inconsistent": "two rows that contradict each other",
    "cycle": "prerequisites that lead back to their start",
    "overlap": "two memberships of one person at the same time",
    "one_of_two": "both or neither of team and person_id",
    "not_pseudonymous": "an id that tells who the person is",
    "too_many_set_aside": "more faulty rows in a table than maximum_set_aside allows",
    "broken_yaml": "settings that are not YAML",
    "setting_twice": "a setting that stands there twice",
    "bad_setting": "a setting that cannot be used",
    "unknown_setting": "a setting that does not exist",
    "unknown_assumption": "an assumption that the money model does not have",
    "group_too_small": "a minimum_group_size below 3",
    "unknown_kpi": "a target of a KPI that nothing defines or reports",
    "impossible_target": "a target or baseline that the KPI cannot have, or a target no better than its baseline",
    "target_passed": "a target whose day is before the end of the data",
}


# How a place in a file is called, by the file's ending.
PLACES = (((".yml", ".yaml"), ("line", "entry")), ((".json", ".ndjson", ".jsonl"), ("record", "field")))


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, said so that a person can mend it.

    `row` is the line as a spreadsheet counts it (the header is row 1), or
    None where the fault is of the whole file. `code` is the stable name that
    `accepted_faults` of `program.yml` uses (FAULT_CODES lists them);
    `accepted` says that it is among those. `original` is the column's name in
    the file, where mapping.yml gives it another; `key` names the row of a
    database, whose rows are counted in the order of their key.
    """

    code: str
    file: str
    expected: str
    cure: str
    row: int | None = None
    column: str = ""
    value: str = ""
    table: str = ""
    accepted: bool = False
    original: str = ""
    key: str = ""

    def __str__(self):
        row, column = next((words for ends, words in PLACES if self.file.endswith(ends)), ("row", "column"))
        place = self.file
        if self.row is not None:
            place += f", {row} {self.row}" + (f" ({self.key})" if self.key else "")
        if self.column:
            place += f", {column} {self.original or self.column}"
        if self.original:
            place += f" (read as {self.column})"
        found = f" found {self.value!r};" if self.value or self.column else ""
        return f"{place}:{found} expected {self.expected}. {self.cure} [{self.code}]"


def fault_lines(faults, limit=20):
    """Return one line per fault; a cause that repeats more than `limit` times is told by its first three rows."""
    groups = {}
    for fault in faults:
        groups.setdefault((fault.file, fault.column, fault.code), []).append(fault)
    lines = []
    for group in groups.values():
        shown = group if len(group) <= limit else group[:3]
        lines += [str(fault) for fault in shown]
        if len(group) > limit:
            lines.append(f"{group[0].file}: {len(group) - 3:,} more rows with this fault, up to row "
                         f"{max(fault.row or 0 for fault in group):,} [{group[0].code}]")
    return lines


class ProgramError(ValueError):
    """A program that cannot be read; `.faults` lists every reason at once."""

    def __init__(self, message, faults=()):
        self.faults = tuple(faults)
        super().__init__("\n".join([message, *(f"- {line}" for line in fault_lines(self.faults))]))


class NotEnoughData(ValueError):
    """The data cannot answer this question; the message says what is missing."""
