"""The exports of Qualtrics, Microsoft Forms and Google Forms: which rows are answers, and which columns are questions."""

import html
import re
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from upskill.data.source import TEXT, RawTable, fold
from upskill.data.sources import when
from upskill.data.sources.exports import read_export
from upskill.data.sources.git import SourceError
from upskill.data.sources.sheet import sheet_of, uneven

QUALTRICS = {fold(name): name for name in (
    "StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate", "ResponseId",
    "RecipientLastName", "RecipientFirstName", "RecipientEmail", "ExternalReference", "LocationLatitude", "LocationLongitude",
    "DistributionChannel", "UserLanguage")}
QUALTRICS_OWN = re.compile(r"Q_\w+|SC\d+|.*_(?:First Click|Last Click|Page Submit|Click Count)|.*_DO(?:_.*)?")
# Previews, tests and spam, in words and as numbers.
NO_ANSWERS = {"survey preview", "survey test", "spam", "possible spam", "preview", "offline preview", "1", "2", "8", "9", "12",
              "17", "40"}
STARTS = {"start time", "startzeit", "heure de début", "hora de inicio", "hora de início", "ora di inizio", "begintijd",
          "starttid", "godzina rozpoczęcia"}
GOOGLE_TIMES = {"timestamp", "zeitstempel", "horodateur", "marca temporal", "carimbo de data/hora", "tijdstempel",
                "informazioni cronologiche", "sygnatura czasowa"}
MICROSOFT_OWN = {"total points", "quiz feedback", "last modified time", "grade posted time", "gesamtpunktzahl",
                 "quizfeedback", "zeit der letzten änderung", "uhrzeit der letzten änderung", "language", "sprache"}


@dataclass(frozen=True)
class Form:
    """Answers of one form: `raw` has one row per person who finished, the columns of questions and of who and when.

    `wording`: {column: question}, where a column has a short name; `beside`: columns that are no questions; `points`: {column of
    points: column of words that they judge}; `response`: a name of each response, to know it again.
    """

    tool: str
    raw: RawTable
    person: str = ""
    date: str = ""
    beside: tuple = ()
    wording: dict = field(default_factory=dict)
    points: dict = field(default_factory=dict)
    response: pd.Series | None = None
    left_out: Counter = field(default_factory=Counter)
    notes: tuple = ()


def open_form(path):
    """Return the Form in a file, None where it is of none of these tools (or no file that they write)."""
    try:
        export = read_export(path)
    except SourceError:
        return None  # the general reader says what is wrong, and has more options
    form = _form_of(export)
    return form and replace(form, left_out=+(form.left_out + uneven(export)))


def tool_of(export):
    """Return the name of the survey tool that wrote an Export, "" for none of these."""
    form = _form_of(export)
    return form.tool if form else ""


def _form_of(export):
    if export.form != "csv" or not export.columns:
        return None
    found = (tool(sheet_of(export)) for tool in (_qualtrics, _microsoft, _google))
    return next((form for form in found if form is not None), None)


def _raw(sheet, keep):
    at = [number for number, kept in enumerate(keep) if kept]
    records = [sheet.export.records[number] for number in at]
    frame = pd.DataFrame({name: pd.Series([record.get(name) or None for record in records], dtype=TEXT)
                          for name in sheet.export.columns})
    return RawTable(frame, np.array([sheet.numbers[number] for number in at], dtype=np.int64), sheet.name)


# --- Qualtrics


def _qualtrics(sheet):
    if not sheet.has("ResponseId", "StartDate", "Finished"):
        return None
    heads = [bool(re.match(r'\{\s*"ImportId"', next((cell for cell in (record.values()) if cell), "") or ""))
             for record in sheet.export.records[:3]]
    head = heads.index(True) + 1 if True in heads else 0  # rows of wording and of ids below the names
    wording = sheet.export.records[0] if head > 1 else {}
    keep, left_out = [False] * head, Counter()
    for status, finished, channel in list(zip(sheet.cells("Status"), sheet.cells("Finished"),
                                              sheet.cells("DistributionChannel"), strict=True))[head:]:
        is_test = fold(status) in NO_ANSWERS or fold(channel) in ("preview", "test")
        is_open = fold(finished) in ("false", "0")
        left_out["previews, tests and spam"] += is_test
        left_out["not finished"] += is_open and not is_test
        keep.append(not is_test and not is_open)
    raw = _raw(sheet, keep)
    own = tuple(name for name in sheet.export.columns if fold(name) in QUALTRICS or QUALTRICS_OWN.fullmatch(name))
    person = next((QUALTRICS[fold(name)] for name in ("RecipientEmail", "ExternalReference")
                   if name in raw.frame and raw.frame[name].notna().any()), "")
    zone = re.search(r'"timeZone"\s*:\s*"([^"]+)"', " ".join(str(cell) for cell in sheet.export.records[head - 1].values())
                     if head else "")
    notes = (f"its times are those of {zone[1]}",) if zone else ()
    if not head:
        notes += ("the two rows below the header are gone, so questions are known by their short names only",)
    return Form("Qualtrics", raw, person, "RecordedDate" if "RecordedDate" in raw.frame else "StartDate", own,
                {name: _plain(text) for name, text in wording.items() if name not in own and text}, {},
                raw.frame["ResponseId"], left_out, notes)


def _plain(text):
    """Return the wording of a question without the markup that the survey tool keeps."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text or "")).split())


# --- Microsoft Forms


def _microsoft(sheet):
    columns = list(sheet.export.columns)
    if len(columns) < 5 or fold(columns[0]).rstrip(".") != "id" or not _is_microsoft(sheet, columns):
        return None
    number, start, end, address, name = columns[:5]
    raw = _raw(sheet, [True] * len(sheet))
    points, beside = {}, [number, start, end, address, name]
    beside += [one for one in columns[5:] if fold(one) in MICROSOFT_OWN]
    for question in columns[5:]:
        # A quiz has two columns more per question: its points, and feedback on it, in the language of the form.
        after = [one for one in columns[columns.index(question) + 1:][:2] if fold(one).endswith(f"- {fold(question)}")]
        if after:
            points[after[0]] = question
            beside += after[1:]
    known = raw.frame[address].str.contains("@", na=False)
    notes = () if known.any() else ("this form was anonymous: nobody can be told from its answers",)
    return Form("Microsoft Forms", raw, address if known.any() else "", end, tuple(beside), {}, points, raw.frame[number],
                notes=notes)


def _is_microsoft(sheet, columns):
    """Say whether the first columns are those of Microsoft Forms: by name, or, in other languages, by what they hold."""
    if fold(columns[1]) in STARTS:
        return True
    cells = list(zip(*(sheet.cells(name) for name in columns[1:4]), strict=True))
    return bool(cells) and all(_is_time(first) and _is_time(last) and ("@" in who or re.fullmatch(r"an[oó]n\w*", fold(who)))
                               for first, last, who in cells)


def _is_time(cell):
    return any(form.fullmatch(cell) for form in (when.YEAR_FIRST, when.NUMBERS, when.NAMED))


# --- Google Forms


def _google(sheet):
    first = sheet.export.columns[0]
    if fold(first) not in GOOGLE_TIMES:
        return None
    raw = _raw(sheet, [True] * len(sheet))
    address = next((name for name in sheet.export.columns[1:3] if re.search(r"e-?mail|correo", name, re.IGNORECASE)
                    and raw.frame[name].str.contains("@", na=False).any()), "")
    again = raw.frame[first].groupby(raw.frame[first]).cumcount().astype(str)
    return Form("Google Forms", raw, address, first, (first, *([address] if address else [])), {}, {},
                raw.frame[first] + " " + again)
