"""The export of a forms tool, read: who answered each row, when, and the scores of each question."""

import re

import pandas as pd

from upskill.data.contract import TABLES
from upskill.data.folder import Source
from upskill.data.mapping import TableMapping
from upskill.data.source import Unreadable, column_key, fold, read_raw, sheet_names
from upskill.data.sources.git import SourceError
from upskill.data.translate import date_format

SCORE = re.compile(r"(-?\d+(?:[.,]\d+)?)(?:\s*/\s*(\d+(?:[.,]\d+)?))?")
TOTALS = {"score", "total score", "punkte", "total"}
DATES = ("Timestamp", "Submitted at", "Submission time", "Completion time", "Date")
FORMS = ("YYYY-MM-DD hh:mm:ss", "YYYY-MM-DDThh:mm:ss", "YYYY-MM-DD", "MM/DD/YYYY hh:mm:ss", "DD/MM/YYYY hh:mm:ss",
         "MM/DD/YYYY hh:mm", "DD/MM/YYYY hh:mm", "DD.MM.YYYY hh:mm:ss", "DD.MM.YYYY hh:mm", "MM/DD/YY hh:mm:ss",
         "MM/DD/YY hh:mm", "DD.MM.YYYY", "MM/DD/YYYY", "DD/MM/YYYY")


def read_export(path, options):
    """Return the RawTable of a CSV or of the first sheet of a workbook."""
    mapping = TableMapping("test_responses", encoding=options.encoding, header_row=options.header_row)
    is_book = path.suffix.lower() in (".xlsx", ".xlsm")
    try:
        sheet = sheet_names(path)[0] if is_book else ""
        source = Source("test_responses", "sheet" if is_book else "text", path, path.name, sheet, mapping)
        raw, faults = read_raw(source, TABLES["test_responses"])
    except Unreadable as error:
        hint = " (here: --encoding windows-1252)" if error.fault.code == "not_text" else ""
        raise SourceError(f"{error.fault}{hint}") from error
    except ValueError as error:
        raise SourceError(f"{path.name}: cannot be opened: {error}") from error
    if faults:
        raise SourceError("\n".join(map(str, faults)))
    return raw


def _find(frame, name, label, option):
    found = next((one for one in frame if column_key(str(one)) == column_key(name)), None)
    if found is None:
        raise SourceError(f"{label}: has no column {name!r} ({option}). It has: {', '.join(map(str, frame))}")
    return found


def persons(raw, people, options):
    """Return the person_id of each row, missing where people has nobody of that word."""
    column = _find(raw.frame, options.person, raw.file_of(0) if len(raw.rows) else "the export", "--person")
    known = _find(people, options.known_as, "people", "--known-as") if options.known_as else "person_id"
    cells = raw.frame[column]
    if options.pseudonyms:  # of a name or an e-mail, as an import of git and mapping.yml make them
        cells = cells.map(lambda cell: options.pseudonyms.person_id(*(("", cell) if "@" in cell else (cell, ""))),
                          na_action="ignore")
    table = people.dropna(subset=[known])
    words = table[known].astype(str).map(fold)
    if words.duplicated().any():
        raise SourceError(f"people: {int(words.duplicated(keep=False).sum())} rows share their {known} with another")
    found = cells.map(fold, na_action="ignore").map(dict(zip(words, table["person_id"], strict=True)))
    if len(found) and found.isna().all():
        cure = "name another with --known-as" if options.known_as else "name the column of people that has, with --known-as"
        raise SourceError(f"{column}: people has none of these under {known}; {cure}. "
                          f"It has: {', '.join(map(str, people))}")
    return found


def days_of(raw, options):
    """Return the day of each row as ISO text, or None without such a column; SourceError where the form is open."""
    usual = {column_key(name) for name in DATES}
    name = (_find(raw.frame, options.date, "the export", "--date") if options.date
            else next((one for one in raw.frame if column_key(one) in usual), None))
    if name is None:
        return None
    cells, forms = raw.frame[name], {}
    if options.dates and not date_format(options.dates):
        raise SourceError(f"--dates: {options.dates!r} names no day; write it as DD.MM.YYYY or MM/DD/YYYY hh:mm:ss")
    for form in (options.dates,) if options.dates else FORMS:
        days = pd.to_datetime(cells, format=date_format(form), errors="coerce").dt.strftime("%Y-%m-%d")
        if days.notna().sum() == cells.notna().sum():
            forms.setdefault(tuple(days.fillna("")), (form, days))
    if len(forms) == 1:
        return next(iter(forms.values()))[1].rename(name)
    if forms:
        raise SourceError(f"{name}: these dates can be read as {' or '.join(form for form, _ in forms.values())}; "
                          "say which with --dates")
    tried = options.dates or "any usual form"
    example = cells.dropna().iloc[0] if cells.notna().any() else ""
    raise SourceError(f"{name}: not all dates have {tried}, as {example!r}; name the form with --dates")


def scores_of(frame):
    """Return ({column: (scores as text, highest possible or seen)}, columns that hold something else)."""
    found, other = {}, []
    for name in frame:
        parts = frame[name].str.extract(f"^{SCORE.pattern}$")
        if frame[name].isna().all() or fold(bare_name(name)) in TOTALS:
            other.append(name)
        elif (parts[0].notna() == frame[name].notna()).all():
            values = parts.apply(lambda one: one.str.replace(",", ".", regex=False)).astype(float)
            found[name] = values[0], values.max().max()
        else:
            other.append(name)
    return found, tuple(other)


def bare_name(name):
    return re.sub(r"\s*\[(?:score|punkte)\]\s*$", "", str(name), flags=re.IGNORECASE).strip()


def heading(name):
    return fold(bare_name(name))
