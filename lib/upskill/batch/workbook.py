"""One Excel workbook per report: what it is about, its facts, its tables, and what they rest on."""

import datetime
import io
import re
import zipfile

from upskill.batch.cells import DAY, day_in, interval_in, is_mixed, is_number, number_format, number_in, text_cell
from upskill.batch.sheet import HEADINGS_ROW, fill
from upskill.batch.sources import source_rows, words_of
from upskill.numerals import english, marks_of

MOST_ROWS, MOST_COLUMNS = 1_048_576 - HEADINGS_ROW, 16_384
LONGEST_NAME = 31
NOT_IN_NAMES = re.compile(r"[\\/*?:\[\]]")
EPOCH = (1980, 1, 1, 0, 0, 0)
ENDS = (", low", ", high")
HOW_TO_READ = ("Intervals say where the number probably lies: 90 % unless a heading says otherwise. Words in the place of a number "
               "say why there is none: groups too small to show stay hidden here as in the report. "
               f"Headings of every sheet stand in row {HEADINGS_ROW}.")


def as_workbook(outcome, record, tables, data_as_of=None):
    """Return the workbook of a report as bytes, the same for the same report.

    `tables`: (name, table as it was published) each, in order. It holds nothing that the report did not publish;
    numbers are those of facts.json and of the CSV files, to 16 digits, in formats that follow their units.
    """
    from openpyxl import Workbook  # slow to import, and only reports that went well need it

    book = Workbook()
    book.remove(book.active)
    names = sheet_names(["About", "Facts", *(name for name, _ in tables), "Sources"])
    about, facts, *sheets, sources = (book.create_sheet(name) for name in names)
    for sheet, (name, table) in zip(sheets, tables):
        fill(sheet, table.get("caption"), *_cells_of(table, name, marks_of(outcome.report.get("locale") or "en_US")))
    fill(about, words_of(outcome.title), ["What", "Value"], _about(outcome, record, tables, data_as_of, names[2:-1]))
    fill(facts, "Headline numbers of this report", ["Name", "Value", "Low", "High", "Level", "Unit", "Better", "Text"],
          [_fact(fact) for fact in outcome.facts], "Low and high: ends of the interval; level: its probability.")
    fill(sources, "What the numbers rest on", ["Kind", "About", "What it says"],
          [[*map(text_cell, row)] for row in source_rows(outcome, record)])
    _set_properties(book, outcome, record, data_as_of)
    return _steady_bytes(book)


def sheet_names(names):
    """Return legal sheet names: at most 31 letters, distinct whatever their case.

    >>> sheet_names(["About", "a/b", "ABOUT", "x" * 40, "x" * 50])[1:3]
    ['a b', 'ABOUT (2)']
    """
    used, found = {"history"}, []
    reserved = {"about": 0, "facts": 1, "sources": len(names) - 1}
    for place, name in enumerate(names):
        plain = NOT_IN_NAMES.sub(" ", text_cell(name)).strip(" '")[:LONGEST_NAME].strip(" '") or "table"
        number, chosen = 1, plain
        while chosen.lower() in used or reserved.get(chosen.lower(), place) != place:
            number += 1
            end = f" ({number})"
            chosen = plain[:LONGEST_NAME - len(end)].rstrip() + end
        used.add(chosen.lower())
        found.append(chosen)
    return found


def _about(outcome, record, tables, data_as_of, names):
    """Return the rows of the first sheet."""
    team = str(record["parameters"].get("team") or "")
    program, title = str(record.get("program_name") or record.get("program") or ""), words_of(outcome.title)
    version, key = record["versions"].get("upskill", ""), str(record.get("key") or "")[:16]
    cite = (f"“{title}”, report on {program}{f', team {team}' if team else ''}"
            f"{f', data as of {data_as_of}' if data_as_of else ''}. Made by upskill {version}"
            f"{f' from inputs {key}' if key else ''}.")
    rows = [["Title", title], ["Question", words_of(outcome.question)]]
    rows += [["Answer" if not place else "", words_of(text)] for place, text in enumerate(outcome.answer)]
    rows += [["Program", program], ["Team", team or "whole company"], ["Data as of", day_in(str(data_as_of)) or "not dated"]]
    rows += [["Currency", outcome.report["currency"]]] if outcome.report.get("currency") else []
    rows += [["Covers", outcome.report["scope"]]] if outcome.report.get("scope") else []
    rows += [[f"Parameter {name}", "(empty)" if value == "" else value] for name, value in record["parameters"].items()]
    rows += [["Key of its inputs", record.get("key") or ""], ["How to cite", cite], ["How to read", HOW_TO_READ]]
    rows += [[f"Sheet {name}", str(table.get("caption") or "")] for name, (_, table) in zip(names, tables)]
    return [[text_cell(head), text_cell(value) if isinstance(value, str) else _plain(value)] for head, value in rows]


def _fact(fact):
    numbers = [fact.get(key) for key in ("value", "low", "high")]
    form = number_format(str(fact.get("unit") or ""), [number for number in numbers if number is not None])
    words = [text_cell(fact.get(key) or "") for key in ("unit", "better", "text")]
    cells = [(number, form) if number is not None else None for number in numbers]
    return [text_cell(fact["name"]), *cells, (fact["level"], "0 %") if fact.get("level") is not None else None, *words]


def _cells_of(table, name, marks):
    """Return (headings, rows of cells, note) of a published table; a cell is a value or (value, number format)."""
    columns, rows = table["columns"], table["rows"]
    units = table.get("units") if isinstance(table.get("units"), dict) else {}
    hidden = table.get("hidden") if isinstance(table.get("hidden"), dict) else {}
    headings, filled = [], [[] for _ in rows]
    for place, heading in enumerate(columns):
        values = [hidden.get(str(number), "") if row[place] is None and place else row[place] for number, row in enumerate(rows)]
        more, cells = _column(values, str(units.get(str(heading)) or ""), is_label=not place, marks=marks)
        headings += [str(heading) + end for end in ("", *more)]
        for row, cell in zip(filled, cells):
            row += cell
    note = words_of(str(table.get("note") or ""))
    if len(filled) > MOST_ROWS or len(headings) > MOST_COLUMNS:
        note = f"Cut to what a sheet can hold; all of it is in tables/{name}.csv. {note}"
    return headings[:MOST_COLUMNS], [row[:MOST_COLUMNS] for row in filled[:MOST_ROWS]], note


def _column(values, unit, is_label, marks):
    """Return (further headings, one list of cells per row): an interval in words becomes three numbers."""
    texts = [english(value, marks) for value in values if isinstance(value, str)]
    readable = not is_label and not is_mixed(texts)
    intervals = [interval_in(english(value, marks)) if readable and isinstance(value, str) else None for value in values]
    number = number_format(unit, [value for value in values if is_number(value)])
    if any(intervals):
        return ENDS, [[*found] if found else [_cell(value, number, readable, marks), None, None] for value, found in zip(values, intervals)]
    return (), [[_cell(value, number, readable, marks)] for value in values]


def _cell(value, form, readable, marks):
    if is_number(value):
        return value, form
    if not isinstance(value, str):
        return _plain(value)
    day = day_in(value)
    return (day, DAY) if day else (number_in(english(value, marks)) if readable else None) or text_cell(value)


def _plain(value):
    return value if value is None or is_number(value) or isinstance(value, (bool, datetime.date)) else text_cell(value)


def _set_properties(book, outcome, record, data_as_of):
    """Say what the file is, with the day of its data in the place of any clock."""
    day = day_in(str(data_as_of)) or datetime.date(2000, 1, 1)
    book.properties.title = text_cell(words_of(outcome.title))[:255]
    book.properties.creator = f"upskill {record['versions'].get('upskill', '')}".strip()
    book.properties.created = datetime.datetime.combine(day, datetime.time())


def _steady_bytes(book):
    """Return the file with fixed times, which openpyxl takes from the clock, and densely packed."""
    from openpyxl.writer.excel import ExcelWriter
    from openpyxl.xml.functions import tostring

    loose, packed = io.BytesIO(), io.BytesIO()
    ExcelWriter(book, zipfile.ZipFile(loose, "w", zipfile.ZIP_STORED)).save()
    book.properties.modified = book.properties.created
    fixed = {"docProps/core.xml": tostring(book.properties.to_tree())}
    with zipfile.ZipFile(loose) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, fixed.get(name) or source.read(name))
    return packed.getvalue()
