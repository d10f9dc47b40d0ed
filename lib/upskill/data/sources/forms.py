"""The export of a forms tool, read: who answered each row, when, and the scores of each question."""

import re

import pandas as pd

from upskill.data.contract import TABLES
from upskill.data.folder import Source
from upskill.data.mapping import TableMapping
from upskill.data.source import Unreadable, column_key, fold, read_raw, sheet_names
from upskill.data.sources import when
from upskill.data.sources.beside import team_list
from upskill.data.sources.git import SourceError
from upskill.data.sources.surveys.scales import score_words
from upskill.data.sources.surveys.tools import Form, open_form
from upskill.data.translate import date_format

SCORE = re.compile(r"(-?\d+(?:[.,]\d+)?)(?:\s*/\s*(\d+(?:[.,]\d+)?))?")
TOTALS = {"score", "total score", "punkte", "total"}
DATES = ("Timestamp", "Submitted at", "Submission time", "Completion time", "Date")
FORMS = ("YYYY-MM-DD hh:mm:ss", "YYYY-MM-DDThh:mm:ss", "YYYY-MM-DD", "MM/DD/YYYY hh:mm:ss", "DD/MM/YYYY hh:mm:ss",
         "MM/DD/YYYY hh:mm", "DD/MM/YYYY hh:mm", "DD.MM.YYYY hh:mm:ss", "DD.MM.YYYY hh:mm", "MM/DD/YY hh:mm:ss",
         "MM/DD/YY hh:mm", "DD.MM.YYYY", "MM/DD/YYYY", "DD/MM/YYYY")


def open_export(path, options):
    """Return the Form in a file: of a tool that is known by its columns, or of any other; SourceError where none can be read."""
    form = None if options.encoding or options.header_row else open_form(path)
    return form or Form("", _read_any(path, options))


def _read_any(path, options):
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


def person_column(form, options):
    """Return the column that says who answered; SourceError where neither the option nor the tool names one."""
    if options.person:
        return _find(form.raw.frame, options.person, form.raw.file_of(0) if len(form.raw.rows) else "the export", "--person")
    if not form.person:
        raise SourceError("nothing says who answered, and tests and self-ratings count by person: name the column with --person, "
                          "or ask for climate (anonymous, by team) or feedback (--cohort, --week). "
                          f"The columns are {', '.join(form.raw.frame)}")
    return form.person


def persons(form, people, options):
    """Return the person_id of each row, missing where people has nobody of that word."""
    column = person_column(form, options)
    known = _find(people, options.known_as, "people", "--known-as") if options.known_as else "person_id"
    cells = form.raw.frame[column]
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


def teams(form, people, options):
    """Return the team of each row, in the spelling of people; SourceError where a row names none of its teams."""
    if options.team:
        words = pd.Series([options.team] * len(form.raw.rows))
    elif options.team_column:
        words = form.raw.frame[_find(form.raw.frame, options.team_column, "the export", "--team-column")].fillna("")
    else:
        raise SourceError("answers on the climate count by team: name the column of teams with --team-column, or the team of "
                          f"all with --team. The columns are {', '.join(form.raw.frame)}")
    usual = {fold(team): team for team in people["team"].dropna().unique()}
    lost = sorted({word or "(empty)" for word in words if fold(word) not in usual})
    if lost:
        raise SourceError(f"people has no team {', '.join(lost[:5])}; it has {team_list(usual.values())}. Write these in the "
                          "export, or leave the rows out")
    return words.map(fold).map(usual)


def days_of(form, options):
    """Return the day of each row as ISO text, or None without such a column; SourceError where the form is open."""
    frame, usual = form.raw.frame, {column_key(name) for name in DATES}
    name = (_find(frame, options.date, "the export", "--date") if options.date
            else form.date or next((one for one in frame if column_key(one) in usual), None))
    if name is None:
        return None
    is_order = options.dates in when.ORDERS
    if options.dates and not is_order and not date_format(options.dates):
        raise SourceError(f"--dates: {options.dates!r} names no day; write it as DD.MM.YYYY or MM/DD/YYYY hh:mm:ss, or as "
                          f"{' or '.join(when.ORDERS)}")
    found = {} if is_order else _fitting(frame[name], options)
    if len(found) == 1:
        return next(iter(found.values()))[1].rename(name)
    if found:
        raise SourceError(f"{name}: these dates can be read as {' or '.join(form for form, _ in found.values())}; "
                          "say which with --dates")
    return _in_any_form(frame[name], options.dates)


def _fitting(cells, options):
    forms = {}
    for form in (options.dates,) if options.dates else FORMS:
        days = pd.to_datetime(cells, format=date_format(form), errors="coerce").dt.strftime("%Y-%m-%d")
        if days.notna().sum() == cells.notna().sum():
            forms.setdefault(tuple(days.fillna("")), (form, days))
    return forms


def _in_any_form(cells, told):
    """Return days written with names of months, AM and PM or offsets, in the zone in which they stand there."""
    example = cells.dropna().iloc[0] if cells.notna().any() else ""
    if told and told not in when.ORDERS:
        raise SourceError(f"{cells.name}: not all dates have {told}, as {example!r}; name the form with --dates")
    local = cells.fillna("").str.replace(r"\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}|(?:GMT|UTC)[+-]\d{1,2}(?::?\d{2})?)$", "", regex=True)
    try:
        moments = when.read_times({cells.name: list(local)}, told).columns[cells.name]
    except SourceError as error:
        if "--dates day-first" in str(error):
            raise
        raise SourceError(f"{cells.name}: not all dates have any usual form, as {example!r}; name the form with --dates") from error
    return pd.Series([when.as_day(one) or None for one in moments], index=cells.index, dtype=object).rename(cells.name)


def scores_of(frame, told=None, highest=None, points=0):
    """Return ({column: (scores, lowest possible, highest possible or seen)}, columns that hold something else).

    Words of a usual scale count from 1 up; `told`: {folded word: score}; `highest`: {column: highest score of its item};
    `points`: how many points the scales of words have where no item says so, 0 = the words themselves must say it.
    """
    found, other = {}, []
    for name in frame:
        parts = frame[name].str.extract(f"^{SCORE.pattern}$")
        if frame[name].isna().all() or fold(bare_name(name)) in TOTALS:
            other.append(name)
        elif (parts[0].notna() == frame[name].notna()).all():
            values = parts.apply(lambda one: one.str.replace(",", ".", regex=False)).astype(float)
            found[name] = values[0], 0.0, values.max().max()
        else:
            scored = score_words(name, frame[name], told, (highest or {}).get(name) or float(points) or None)
            found |= {name: (scored.scores, 1.0, scored.highest)} if scored else {}
            other += [] if scored else [name]
    return found, tuple(other)


def bare_name(name):
    return re.sub(r"\s*\[(?:score|punkte)\]\s*$", "", str(name), flags=re.IGNORECASE).strip()


def heading(name):
    return fold(bare_name(name))
