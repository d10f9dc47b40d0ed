"""Tables as text: CSV, Parquet and Excel read into columns of strings, with the row each came from."""

import codecs
import csv
import io
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from upskill.data.names import ODD, tidy, unguarded
from upskill.data.schema import Fault

TEXT = "str" if int(pd.__version__.split(".")[0]) >= 3 else object
DELIMITERS = (",", ";", "\t")
HEADER_WITHIN = 20  # titles above a header
csv.field_size_limit(2**24)


@dataclass(frozen=True)
class RawTable:
    """A table before conversion: every cell text, empty cells missing.

    `rows`: the row of each record as a spreadsheet counts it (header = 1); a
    quoted line break does not begin a row. `files`: the name of the file, or
    one name per record where there are several files.
    """

    frame: pd.DataFrame
    rows: np.ndarray
    files: object
    delimiter: str = ","
    shown: dict = field(default_factory=dict)  # columns that a mapping changed: their cells as they stand in the file
    originals: dict = field(default_factory=dict)  # columns that a mapping renamed: their names in the file
    notes: dict = field(default_factory=dict)  # what else to say to those who mend a column
    keys: tuple = ()  # columns by which a row of a database is found again

    def file_of(self, position):
        return self.files if isinstance(self.files, str) else self.files[position]

    def key_of(self, position):
        """Return the key of a record in words, "" where rows are found by their number."""
        row = self.frame.iloc[position] if self.keys else None
        return ", ".join(f"{name}={row[name]}" for name in self.keys)


class Unreadable(ValueError):
    """A source that cannot be read at all; `.fault` says why."""

    def __init__(self, fault):
        self.fault = fault
        super().__init__(str(fault))


def read_raw(source, table):
    """Return (RawTable, faults) of a source; raises Unreadable where nothing can be read."""
    if source.form == "table":
        from upskill.data.database_rows import read_rows  # few programs are in a database

        return read_rows(source, table)
    reader = {"text": _read_text, "parquet": _read_parquet, "folder": _read_folder, "sheet": _read_sheet}
    return reader[source.form](source, table)


def sheet_names(path):
    """Return the names of the sheets of a workbook; raises ValueError with the reason."""
    try:
        return _open_workbook(path).sheetnames
    except Exception as error:  # openpyxl raises many kinds for a damaged file
        if path.is_file() and path.open("rb").read(4) == b"\xd0\xcf\x11\xe0":
            raise ValueError("it is locked by a password, or an old workbook under a new name") from error
        raise ValueError(str(error) or type(error).__name__) from error


def clean(columns, is_csv=False):
    """Return a frame of text from Arrow columns: texts tidy, empty cells missing; of a CSV without guards of formulas."""
    trimmed = {tidy(name): _tidy_cells(pc.utf8_trim_whitespace(column), is_csv) for name, column in columns.items()}
    filled = {name: pc.if_else(pc.equal(column, ""), None, column) for name, column in trimmed.items()}
    return pa.table(filled).to_pandas()


def _tidy_cells(column, is_csv):
    """Return a column of tidy texts; almost all columns are so already, and cost one look."""
    guards = is_csv and pc.any(pc.match_substring(column, "'")).as_py()
    if not guards and not pc.any(pc.match_substring_regex(column, ODD)).as_py():
        return column
    words = pc.unique(column)
    better = [word if word is None else tidy(unguarded(word) if is_csv else word) for word in words.to_pylist()]
    return pc.take(pa.array(better, pa.large_string()), pc.index_in(column, words))


# --- CSV


def _read_text(source, table):
    lines = _decode(_bytes(source), source)
    skipped = 0
    if re.match(r"sep=.\r?\n", lines):  # Excel's own hint, which is not a record
        lines, skipped = lines.split("\n", 1)[1], 1
    known = _known_names(source, table)
    delimiter = (source.mapping and source.mapping.delimiter) or _delimiter(lines, known)
    plain = _read_plain(lines, delimiter, known) if not (source.mapping and source.mapping.header_row) else None
    if plain is not None:
        frame = clean(plain, is_csv=True)
        rows = np.arange(skipped + 2, skipped + 2 + len(frame))
        return _without_blank(RawTable(frame, rows, source.label, delimiter)), []
    return _from_records(_records(lines, delimiter, source), skipped, source, table, delimiter)


def _bytes(source):
    try:
        return source.path.read_bytes()
    except OSError as error:
        raise Unreadable(Fault("unreadable_file", source.label, "a file that can be opened",
                               f"{error.strerror}: let this user read it, or close it elsewhere.",
                               table=source.table)) from error


def _known_names(source, table):
    """Return the names of columns that a header may have, as they are compared."""
    names = [column.name for column in table.columns]
    return {column_key(name) for name in [*names, *(source.mapping.columns.values() if source.mapping else ())]}


def _heading(name):
    return tidy(unguarded(name.strip()))


def fold(word):
    """Return a word without what people vary: case and blanks."""
    return " ".join(word.split()).casefold()


def column_key(name):
    """Return a column's name as it is compared.

    >>> column_key("Person ID") == column_key("person_id")
    True
    """
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def _read_plain(text, delimiter, known):
    """Read a file without quotation marks or irregular lines fast; None where it is not so plain."""
    if '"' in text:
        return None
    header = [_heading(name) for name in text.split("\n", 1)[0].split(delimiter)]
    if len(set(header)) < len(header) or not all(header) or len(header) < 2 or known.isdisjoint(map(column_key, header)):
        return None
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text.encode()),
            arrow_csv.ReadOptions(column_names=header, skip_rows=1),
            arrow_csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(check_utf8=False, column_types=dict.fromkeys(header, pa.large_string())))
    except pa.ArrowInvalid:
        return None  # the careful reader names what is wrong
    return dict(zip(header, table.columns, strict=True))


def _without_blank(raw):
    """Leave out rows without any value, as spreadsheets write them below a table."""
    filled = raw.frame.notna().any(axis=1).to_numpy()
    if filled.all():
        return raw
    return replace(raw, frame=raw.frame[filled].reset_index(drop=True), rows=raw.rows[filled])


def _decode(raw, source):
    if not raw.strip():
        raise Unreadable(_empty(source))
    named = source.mapping.encoding if source.mapping else ""
    try:
        text = raw.decode(named or next((name for mark, name in MARKS if raw.startswith(mark)), "utf-8-sig"))
    except UnicodeDecodeError as error:
        row = raw[:error.start].count(b"\n") + 1
        raise Unreadable(Fault("not_text", source.label, f"text in {named or 'UTF-8'}", _what_it_is(raw), row,
                               value=repr(raw[error.start:error.start + 1])[2:-1], table=source.table)) from error
    if "\0" in text:
        row = text[:text.index("\0")].count("\n") + 1
        raise Unreadable(Fault("not_text", source.label, f"text in {named or 'UTF-8'}", _what_it_is(raw), row,
                               value="\\x00", table=source.table))
    return text if "\n" in text else text.replace("\r", "\n")  # old line ends of the Macintosh


# UTF-32 first: its mark begins with that of UTF-16.
MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NOT_TEXT_CURE = "Save it as CSV UTF-8, or write its encoding into mapping.yml (encoding: windows-1252)."


def _what_it_is(raw):
    """Return the cure of a file that is no text, after the marks by which other formats begin."""
    kinds = {b"PK\x03\x04": "an Excel workbook or a zip archive; name it .xlsx if it is a workbook",
             b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as .xlsx", b"%PDF": "a PDF; export the table as CSV",
             b"PAR1": "Parquet; name it .parquet", b"\x1f\x8b": "compressed; unpack it"}
    found = next((words for mark, words in kinds.items() if raw.startswith(mark)), "")
    if found:
        return f"It seems to be {found}."
    # Text in Latin letters has a zero in every other byte of UTF-16.
    zeros = [raw[at:2000:2].count(0) / len(raw[at:2000:2]) for at in (0, 1) if raw[at:2000:2]]
    wide = next((name for name, share in zip(("utf-16-be", "utf-16-le"), zeros, strict=False) if share > 0.7), "")
    return NOT_TEXT_CURE.replace("windows-1252", wide) if wide and min(zeros) < 0.1 else NOT_TEXT_CURE


def _empty(source):
    return Fault("empty_file", source.label, "a header and rows",
                 "Fill it, or remove it where there is nothing to say.", table=source.table)


def _delimiter(text, known):
    """Return the delimiter under which one of the first lines names the most columns that we know."""
    top = re.split(r"\r\n?|\n", text[:65536])[:HEADER_WITHIN]

    def found(delimiter):
        rows = [row for line in top for row in csv.reader([line], delimiter=delimiter) if row]
        return max((sum(column_key(name) in known for name in row) for row in rows), default=0), max(map(len, rows), default=0)
    return max(DELIMITERS, key=found)


def _records(text, delimiter, source):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records = []
    try:
        records.extend(reader)
    except csv.Error as error:
        raise Unreadable(Fault(
            "broken_quotes", source.label, f"quotation marks in pairs ({error})",
            "Close the mark, and double marks within quoted text.", len(records) + 1, table=source.table)) from error
    return records


def _header_at(records, source, table, skipped):
    """Return the position of the header: as mapped, else the first filled record, unless only a later one is it.

    Exports have titles above their header. A later record is the header where
    it has every required column and the first filled one has none.
    """
    filled = [at for at, record in enumerate(records) if any(map(str.strip, record))]
    if not filled:
        raise Unreadable(_empty(source))
    if source.mapping and source.mapping.header_row:
        at = source.mapping.header_row - 1 - skipped
        if at not in filled:
            raise Unreadable(source.mapping.fault(("header_row",), str(at + 1 + skipped),
                                                  f"a row of {source.label} with names of columns", "Count again."))
        return at
    theirs = source.mapping.columns if source.mapping else {}
    given = source.mapping.constants if source.mapping else {}
    needed = {column_key(theirs.get(name, name)) for name in table.required if name not in given}
    names = [set(map(column_key, records[at])) for at in filled[:HEADER_WITHIN]]
    later = [at for at, found in zip(filled, names, strict=False) if needed <= found]
    return later[0] if later and needed.isdisjoint(names[0]) else filled[0]


def _from_records(records, skipped, source, table, delimiter):
    at = _header_at(records, source, table, skipped)
    header_row, records = at + 1 + skipped, records[at:]
    header = [_heading(name) for name in records[0]]
    faults, width = [], len(header)
    kept, rows = _even(records[1:], header_row + 1, width, source, faults)
    columns = list(zip(*kept, strict=True)) if kept else [()] * width
    frame = clean(_columns(header, columns, source, table, faults), is_csv=source.form == "text")
    return _without_blank(RawTable(frame, rows, source.label, delimiter)), faults


def _even(records, first_row, width, source, faults):
    """Return (records as wide as the header, their rows); each other record is a fault."""
    rows = np.arange(first_row, first_row + len(records))
    if set(map(len, records)) <= {width}:
        return records, rows
    kept, at = [], []
    for row, record in zip(rows, records, strict=True):
        if len(record) == width or (len(record) > width and not any(map(str.strip, record[width:]))):
            kept.append(record[:width])
            at.append(row)
        elif any(map(str.strip, record)):
            faults.append(_ragged(source, int(row), record, width))
    return kept, np.array(at, dtype=np.int64)


def _columns(header, columns, source, table, faults):
    named = {}
    for name, values in zip(header, columns, strict=True):
        if not name and not any(str(value).strip() for value in values if value is not None):
            continue  # a delimiter at the end of every line
        if name in named:
            faults.append(_repeated(source, name))
            continue
        named[name or f"column_{len(named) + 1}"] = pa.array(values, pa.large_string())
    return named


def _ragged(source, row, record, width):
    cure = "Add what is missing, or quote cells that contain the delimiter."
    if record[0].startswith(("<<<<<<<", "=======", ">>>>>>>")):
        cure = "It is a mark of two versions that git could not merge: choose one, and remove the marks."
    return Fault("ragged_row", source.label, f"{_cells(width)} as in the header", cure, row, value=_cells(len(record)),
                 table=source.table)


def _cells(number):
    return f"{number} cell{'' if number == 1 else 's'}"


def _repeated(source, name):
    return Fault("repeated_column", source.label, "each column once", "Rename or remove one; the first is read.",
                 1, name, name, source.table)


# --- Parquet


def _read_parquet(source, table):
    frame = clean(_arrow_columns(source.path, source, source.label))
    return RawTable(frame, np.arange(2, len(frame) + 2), source.label), []


NO_TEAM = ("", "__HIVE_DEFAULT_PARTITION__")  # how writers of Parquet name the folder of rows without a value


def partition_team(name):
    """Return the team of a file of a Parquet folder, or None.

    >>> partition_team("spend/team=data%20platform/part-0.parquet"), partition_team("spend/year=2026/part-0.parquet")
    ('data platform', None)
    """
    values = [unquote(part.partition("=")[2]) for part in name.split("/")[:-1] if part.startswith("team=")]
    return values[-1] if values and values[-1] not in NO_TEAM else None


def is_by_team(path):
    """Say whether this is a folder of Parquet with a folder for each team."""
    return path.is_dir() and next(path.glob("team=*/*.parquet"), None) is not None


def _read_folder(source, table):
    frames, files, rows = [], [], []
    for path in sorted(source.path.rglob("*.parquet")):
        name = path.relative_to(source.path.parent).as_posix()
        if source.only and (partition_team(name) or source.only.team) not in _teams_of(source, table):
            continue
        frame = clean(_arrow_columns(path, source, name))
        for part in path.relative_to(source.path).parts[:-1]:
            key, _, value = part.partition("=")
            _place(frame, key, None if unquote(value) in NO_TEAM else unquote(value), table)
        frames.append(frame)
        files += [name] * len(frame)
        rows.append(np.arange(2, len(frame) + 2))
    if not frames:
        return RawTable(pd.DataFrame(), np.array([], int), []), []
    return RawTable(pd.concat(frames, ignore_index=True), np.concatenate(rows), files), []


def _teams_of(source, table):
    """Return the teams whose files may hold rows of one team: rows that name their team lie there, those of persons move."""
    has_team = table.column("team") is not None and table.name != "ai_usage"
    return {source.only.team} if has_team else source.only.teams


def _place(frame, key, value, table):
    """Add what the name of a folder says of its rows; of rows by person, `team=` says where they lie and nothing else."""
    if key == "team" and table.column("team") is None:
        return
    cells = pd.Series([value] * len(frame), dtype=TEXT)
    if key == "team" and table.name == "ai_usage" and "person_id" in frame:
        cells = cells.where(frame["person_id"].isna())
    frame[key] = cells


def _arrow_columns(path, source, label):
    try:
        arrow = pq.ParquetFile(path).read()
        nested = next((name for name in arrow.column_names if pa.types.is_nested(arrow.column(name).type)), None)
        if nested is not None:
            raise Unreadable(Fault("unreadable_file", label, "a Parquet file of plain columns", "Write one value per cell, "
                                   "not a list or a record.", column=nested, value=str(arrow.column(nested).type),
                                   table=source.table))
        return {name: column_as_text(arrow.column(name)) for name in arrow.column_names}
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(Fault("unreadable_file", label, "a Parquet file of plain columns",
                               f"Write it anew: {str(error).splitlines()[0]}", table=source.table)) from error


def column_as_text(column):
    """Return an Arrow column as text; NaN is missing."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
    return column.cast(pa.large_string())


# --- Excel


def _open_workbook(path):
    import openpyxl  # slow to import, and few programs need it

    return openpyxl.load_workbook(path, read_only=True, data_only=True)


def _read_sheet(source, table):
    return _from_records(sheet_records(source.path, source.sheet), 0, source, table, ",")


def sheet_records(path, sheet):
    """Return the rows of a sheet of a workbook as lists of text."""
    rows = _open_workbook(path)[sheet].iter_rows(values_only=True)
    return [[cell_text(cell) for cell in row] for row in rows]


def cell_text(cell):
    """Return one Python value as the text of a cell."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
