"""mapping.yml: what an export of another system calls its columns, values and units, said once and for all."""

import codecs
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from upskill.data.contract import TABLES
from upskill.data.near import did_you_mean
from upskill.data.pseudonyms import PERSONS
from upskill.data.schema import Fault
from upskill.data.translate import date_format, units_for
from upskill.data.yaml_file import TEXT_LOADER, YamlFile, read_yaml

MAPPING_FILE = "mapping.yml"
KEYS = {
    "file": "file of the table, where it is not named like it; several tables may share one",
    "sheet": "sheet of a workbook",
    "header_row": "row that holds the names of the columns, where it is not the first one filled",
    "encoding": "encoding of a CSV that is not UTF-8, such as windows-1252",
    "delimiter": "delimiter of a CSV, where it is none of comma, semicolon and tab",
    "leave_out": "rows that are no data: {column of the file: word or words that stand there}, such as {Item: Total}",
    "columns": "our name of a column: its name in the file",
    "constants": "column that the file lacks: its value in every row",
    "empty": "list of words that stand for an empty cell, such as n/a",
    "values": "column: {word in the file: our word}",
    "units": "column: unit in the file",
    "decimal": "decimal mark of all numbers, `,` or `.`; the other one, blanks and ' then mark thousands",
    "dates": "form of all dates, or column: form. DD MM MMM YYYY YY hh mm ss AM, `excel` for its day numbers, or `epoch`",
    "timezone": "zone of times without offset, such as Europe/Berlin",
    "pseudonyms": "columns that name people by e-mail or name, which keyed hashes replace: [person_id]",
}
NESTED = ("columns", "constants", "values", "units")


@dataclass(frozen=True)
class TableMapping:
    """How one table's file differs from the contract; columns are named as in the contract.

    `yaml` is the file that says so, for messages; `line` of an entry comes from it.
    """

    table: str
    file: str = ""
    sheet: str = ""
    header_row: int = 0
    encoding: str = ""
    delimiter: str = ""
    leave_out: dict = field(default_factory=dict)
    columns: dict = field(default_factory=dict)
    constants: dict = field(default_factory=dict)
    empty: tuple = ()
    values: dict = field(default_factory=dict)
    units: dict = field(default_factory=dict)
    decimal: str = ""
    dates: dict = field(default_factory=dict)
    timezone: str = ""
    pseudonyms: tuple = ()
    yaml: YamlFile = None

    def fault(self, path, value, expected, cure="Write it so."):
        """Return the fault of one entry of this table's mapping."""
        return entry_fault(self.yaml, (self.table, *path), value, expected, cure)


def entry_fault(file, path, value, expected, cure="Write it so."):
    """Return the fault of an entry: a mapping that is half understood would give wrong numbers."""
    shown = value if isinstance(value, str) else "" if value is None else str(value)
    return Fault("bad_setting", file.file, expected, cure, file.line(*path), ".".join(map(str, path)), shown)


def read_mapping(path):
    """Return ({table: TableMapping}, faults) of a mapping.yml; ({}, []) where there is none.

    Every cell of the YAML is text: Yes, 007 and 1e3 stand for themselves.
    """
    if not path.is_file():
        return {}, []
    file, faults = read_yaml(path, TEXT_LOADER)
    content = {} if file.content in ("", None) else file.content
    if not isinstance(content, dict):
        return {}, [*faults, entry_fault(file, (), content, "a mapping of tables")]
    found = {}
    for table, entry in content.items():
        if table not in TABLES:
            cure = did_you_mean(table, TABLES, "data/README.md lists the tables.")
            faults.append(entry_fault(file, (table,), table, "the name of a table", cure))
        elif not isinstance(entry, dict):
            faults.append(entry_fault(file, (table,), entry, "a mapping with " + ", ".join(KEYS)))
        else:
            found[table], more = _table_mapping(TABLES[table], entry, file)
            faults += more
    return found, faults


def _table_mapping(table, entry, file):
    faults = [entry_fault(file, (table.name, key), key, "one of " + ", ".join(KEYS),
                          did_you_mean(key, KEYS, "Remove it.")) for key in entry if key not in KEYS]
    values = {}
    for key in KEYS:
        if entry.get(key) not in (None, "", {}, []):
            value, wrong = PARSERS[key](entry[key], table)
            faults += [entry_fault(file, (table.name, key, *path), *rest) for path, *rest in wrong]
            values |= {} if value is None else {key: value}
    both = set(values.get("columns", {})) & set(values.get("constants", {}))
    faults += [entry_fault(file, (table.name, "constants", name), name, "a column that is not under columns too",
                           "Keep one of the two.") for name in sorted(both)]
    if values.get("sheet") and not values.get("file"):
        faults.append(entry_fault(file, (table.name, "sheet"), values["sheet"], "file: beside sheet:",
                                  "Name the workbook with file:."))
    return TableMapping(table.name, **values, yaml=file), faults


# --- one parser for each key: (content, table) -> (value or None, [(path, value, expected, cure), …])


def _text(value, table):
    return (value.strip(), []) if isinstance(value, str) else (None, [((), value, "text", "Write it so.")])


def _row(value, table):
    if isinstance(value, str) and value.isdigit() and int(value) > 0:
        return int(value), []
    return None, [((), value, "the number of a row, 1 or more", "Count as the spreadsheet does.")]


def _encoding(value, table):
    try:
        return codecs.lookup(value).name, []
    except (LookupError, TypeError):
        return None, [((), value, "an encoding such as windows-1252 or utf-16", "Write it so.")]


def _delimiter(value, table):
    if isinstance(value, str) and len(value) == 1:
        return value, []
    return None, [((), value, "one character", 'Put it between quotation marks: "|".')]


def _decimal(value, table):
    return (value, []) if value in (",", ".") else (None, [((), value, '"," or "."', "Write it so.")])


def _zone(value, table):
    try:
        return ZoneInfo(value).key, []
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        return None, [((), value, "a time zone such as Europe/Berlin or UTC", "Write it so.")]


def _words(value, table):
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(one.strip() for one in value), []
    return None, [((), value, "a list of words", "Write it as [n/a, none].")]


def _persons(value, table):
    allowed = [column.name for column in table.columns if column.name in PERSONS]
    found, wrong = _words(value, table)
    wrong = wrong or [((), name, "one of " + ", ".join(allowed) if allowed else "a table that names people",
                       did_you_mean(name, allowed, "Remove it.")) for name in found if name not in allowed]
    return (None, wrong) if wrong else (found, [])


def _rows_to_leave_out(value, table):
    """Columns are those of the file: the cells that tell a row of totals are seldom those that a table needs."""
    if not isinstance(value, dict):
        return None, [((), value, "lines of `column of the file: word`", "Write it as {Item: Total}.")]
    parsed = {column: _words(words, table) for column, words in value.items()}
    wrong = [((column,), value[column], "a word or a list of words", "Write it as {Item: [Total, Sum]}.")
             for column, (words, faults) in parsed.items() if faults or not words or not all(words)]
    refused = {path[0] for path, *_ in wrong}
    return {column: words for column, (words, _) in parsed.items() if column not in refused}, wrong


def _by_column(check):
    """Return a parser of `column: entry` lines; `check(column, entry)` returns (path, value, expected, cure) faults."""
    def parse(value, table):
        if not isinstance(value, dict):
            return None, [((), value, "lines of `column: …`", "Write it so.")]
        names = [column.name for column in table.columns]
        wrong = [((name,), name, f"a column of {table.name}",
                  did_you_mean(name, names, f"Its columns: {', '.join(names)}.")) for name in value if name not in names]
        good = {name: entry for name, entry in value.items() if name in names}
        for name, entry in good.items():
            wrong += [((name, *path), *rest) for path, *rest in check(table.column(name), entry)]
        refused = {path[0] for path, *_ in wrong}
        return {name: entry for name, entry in good.items() if name not in refused}, wrong
    return parse


def _check_text(column, entry):
    return [] if isinstance(entry, str) and entry else [((), entry, "text", "Write it so.")]


def _check_values(column, entry):
    if not isinstance(entry, dict) or not all(isinstance(one, str) for one in entry.values()):
        return [((), entry, "pairs such as {Yes: true, No: false}", "Write it so.")]
    allowed = column.choices or (("true", "false") if column.kind == "flag" else ())
    return [((word,), ours, "one of " + ", ".join(allowed), did_you_mean(ours, allowed, "Use one of these words."))
            for word, ours in entry.items() if allowed and ours and ours not in allowed]


def _check_unit(column, entry):
    allowed = units_for(column)
    if entry in allowed:
        return []
    if not allowed:
        return [((), entry, "a column of numbers that have a unit", "Remove it; only those can be converted.")]
    return [((), entry, "one of " + ", ".join(allowed), "Write the unit that the file has.")]


def _check_date(column, entry):
    if column.kind not in ("date", "timestamp"):
        return [((), entry, "a column of dates", "Remove it.")]
    if isinstance(entry, str) and (entry in ("excel", "epoch") or date_format(entry)):
        return []
    return [((), entry, "a form such as DD.MM.YYYY, MM/DD/YY hh:mm, excel or epoch",
             "Write it with DD MM MMM YYYY YY hh mm ss AM.")]


def _dates(value, table):
    if isinstance(value, str):
        columns = [column for column in table.columns if column.kind in ("date", "timestamp")]
        if not columns:
            return None, [((), value, "a table with dates", f"Remove it: {table.name} has none.")]
        wrong = _check_date(columns[0], value)
        return (None, wrong) if wrong else ({column.name: value for column in columns}, [])
    return _by_column(_check_date)(value, table)


PARSERS = {"file": _text, "sheet": _text, "header_row": _row, "encoding": _encoding, "delimiter": _delimiter,
           "leave_out": _rows_to_leave_out, "columns": _by_column(_check_text), "constants": _by_column(_check_text), "empty": _words,
           "values": _by_column(_check_values), "units": _by_column(_check_unit), "decimal": _decimal,
           "dates": _dates, "timezone": _zone, "pseudonyms": _persons}
