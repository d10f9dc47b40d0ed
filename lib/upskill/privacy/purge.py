"""Remove a person or a period from a program's own files: text as it stands, row by row, all files or none."""

import csv
import io
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from upskill.data import TABLES, ProgramError
from upskill.data.convert import convert
from upskill.data.cut import KNOWN_ON
from upskill.data.folder import SETTINGS_FILE, find_program, list_sources
from upskill.data.mapping import MAPPING_FILE, read_mapping
from upskill.data.source import Unreadable, read_raw, sheet_names
from upskill.data.translate import translate
from upskill.privacy.names import PERSON_COLUMNS

# Tables about people whose rows carry no date of their own get that of their wave.
PERSONAL_TABLES = tuple(name for name, table in TABLES.items()
                        if any(table.column(column) for column in PERSON_COLUMNS))
CLOSED_BY = {"people": "end_date", "memberships": "ends_on"}


@dataclass(frozen=True)
class Part:
    """One table as read: its Source, the frame of texts in the contract's names, and the row of each record."""

    source: object
    frame: pd.DataFrame
    rows: np.ndarray
    files: object
    delimiter: str


def read_parts(folder):
    """Return (folder, Parts by table) of a program; raises ProgramError where a table cannot be read."""
    place = find_program(folder)
    mappings, _ = read_mapping(place / MAPPING_FILE)
    sources, _ = list_sources(place, sheet_names, mappings)
    parts, faults = {}, []
    for name, source in sources.items():
        try:
            raw, more = read_raw(source, TABLES[name])
        except Unreadable as error:
            faults.append(error.fault)
            continue
        faults += [fault for fault in more if fault.code == "ragged_row"]
        if source.mapping:
            raw, _ = translate(raw, source.mapping, TABLES[name])
        parts[name] = Part(source, raw.frame, raw.rows, raw.files, raw.delimiter)
    if faults:
        raise ProgramError("Nothing was removed: rows that cannot be read could hide the person. Mend these first.",
                           faults)
    return place, parts


def of_person(parts, person):
    """Return {table: boolean array of the rows to remove} for one person's id, wherever it stands."""
    person = str(person).strip()
    return {name: _any(part.frame, _of({person}, part.frame))
            for name, part in parts.items() if name in PERSONAL_TABLES}


def before_day(parts, day):
    """Return {table: boolean array of the rows to remove} for all that was recorded before a day (Timestamp).

    Rows about people only. Answers without a date go with the end of their
    wave; feedback with the start of its cohort and its week; people go when
    they left before the day, with all of their rows.
    """
    gone = _left(parts, day)
    return {name: _any(part.frame, [_earlier(name, part, parts, day), *_of(gone, part.frame)])
            for name, part in parts.items() if name in PERSONAL_TABLES}


def _of(people, frame):
    return [frame[column].isin(people) for column in PERSON_COLUMNS if column in frame]


def _any(frame, masks):
    return np.logical_or.reduce([np.asarray(mask.fillna(False), dtype=bool) for mask in masks]
                                or [np.zeros(len(frame), dtype=bool)])


def _left(parts, day):
    if "people" not in parts or "end_date" not in parts["people"].frame:
        return set()
    left = _days("people", "end_date", parts["people"]) < day
    return set(parts["people"].frame.loc[left, "person_id"].dropna())


def _earlier(name, part, parts, day):
    """Tell which rows of one table were recorded before the day; rows without a readable date stay."""
    if name in CLOSED_BY:
        column = CLOSED_BY[name]
        return _days(name, column, part) < day if column in part.frame else pd.Series(False, index=part.frame.index)
    dates = pd.Series(pd.NaT, index=part.frame.index)
    if KNOWN_ON.get(name) in part.frame:
        dates = _days(name, KNOWN_ON[name], part)
    if "wave" in part.frame and "waves" in parts:
        ends = _days("waves", "ends_on", parts["waves"]).set_axis(parts["waves"].frame["wave"])
        dates = dates.fillna(part.frame["wave"].map(ends[~ends.index.duplicated()]))
    if name == "feedback" and "rollout" in parts:
        dates = dates.fillna(_asked(part.frame, parts["rollout"]))
    return dates < day


def _asked(frame, rollout):
    trained = rollout.frame["event"] == "training"
    starts = _days("rollout", "starts_on", rollout)[trained].groupby(rollout.frame.loc[trained, "cohort"]).min()
    weeks = pd.to_numeric(frame["week"], errors="coerce")
    return frame["cohort"].map(starts) + pd.to_timedelta(weeks.astype("float64") * 7, unit="D")


def _days(table, column, part):
    values, _ = convert(part.frame[column], TABLES[table].column(column), part.delimiter)
    return values.astype("datetime64[ns]")


def remove(folder, parts, masks):
    """Remove the marked rows from the program's files.

    All new files are written beside the old ones first, then put in their
    places; on an error before that, nothing has changed.
    """
    drafts = {}
    try:
        for path, chosen in _by_file(parts, masks).items():
            handle, draft = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.", suffix=path.suffix)
            os.close(handle)
            drafts[path] = Path(draft)
            shutil.copymode(path, draft)
            _rewrite(path, chosen, drafts[path])
        for path, draft in drafts.items():
            os.replace(draft, path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _by_file(parts, masks):
    """Return {file: [(Part, rows to remove), …]} of the files that change."""
    files = {}
    for name, mask in masks.items():
        part = parts[name]
        names = [part.files] * len(mask) if isinstance(part.files, str) else part.files
        for file in dict.fromkeys(name for name, is_gone in zip(names, mask, strict=True) if is_gone):
            rows = {int(row) for row, label, is_gone in zip(part.rows, names, mask, strict=True)
                    if is_gone and label == file}
            path = part.source.path.parent / file if part.source.form == "folder" else part.source.path
            files.setdefault(path, []).append((part, rows))
    return files


def _rewrite(path, chosen, draft):
    (part, rows), form = chosen[0], chosen[0][0].source.form
    if form == "text":
        draft.write_bytes(without_records(path.read_bytes(), rows, part.delimiter, part.source.mapping))
    elif form == "sheet":
        _rewrite_workbook(path, chosen, draft)
    else:
        import pyarrow.parquet as pq  # only here, for few programs have Parquet

        table = pq.ParquetFile(path).read()
        pq.write_table(table.take([place for place in range(len(table)) if place + 2 not in rows]), draft)


def without_records(content, rows, delimiter=",", mapping=None):
    """Return the bytes of a CSV file without these records (counted as a spreadsheet does); the rest stays as it is.

    >>> without_records(b'id;note\\na;"two\\nlines"\\nb;x\\n', {2}, ";")
    b'id;note\\nb;x\\n'
    """
    encoding = (mapping and mapping.encoding) or ("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    lines = io.StringIO(content.decode(encoding), newline="").readlines()
    reader, kept, done = csv.reader(lines, delimiter=delimiter), [], 0
    for number, _ in enumerate(reader, start=1):
        kept += lines[done:reader.line_num] if number not in rows else []
        done = reader.line_num
    return "".join(kept).encode(encoding)


def _rewrite_workbook(path, chosen, draft):
    import openpyxl  # slow to import, and few programs need it

    book = openpyxl.load_workbook(path, keep_vba=path.suffix.lower() == ".xlsm")
    if any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row):
        raise ProgramError(f"{path.name} holds formulas, whose values would be lost. Nothing was removed: save it with "
                           "values only, or as CSV.")
    for part, rows in chosen:
        for first, count in _runs(rows):
            book[part.source.sheet].delete_rows(first, count)
    book.save(draft)


def _runs(rows):
    """Return (first, count) of each run of neighboring rows, last one first, so that the others keep their places."""
    runs = []
    for row in sorted(rows):
        if runs and row == sum(runs[-1]):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((row, 1))
    return runs[::-1]


def settings_mention(folder, person):
    """Tell whether program.yml names this id, for example as the owner of a target."""
    text = (Path(folder) / SETTINGS_FILE).read_text(encoding="utf-8", errors="replace")
    return bool(re.search(rf"(?<![\w-]){re.escape(str(person))}(?![\w-])", text))
