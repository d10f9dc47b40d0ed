"""How one sheet of a report's workbook looks: caption, headings that stay in sight, cells as wide and tall as they need."""

import datetime
import re

from upskill.batch.cells import DAY, is_number, text_cell
from upskill.data.names import guarded

HEADINGS_ROW = 3
NARROWEST, WIDEST = 9, 60  # characters
LINE, TALLEST = 15, 400  # points


def fill(sheet, caption, headings, rows, note=""):
    """Write one sheet: caption, note, headings that stay in sight, cells."""
    from openpyxl.styles import Font

    for row, text, font in ((1, caption, Font(bold=True, size=13)), (2, note, Font(color="5F6368"))):
        _write(sheet, row, 1, text_cell(text or "")).font = font
    widths = [max([len(heading) // 3, *map(len, heading.split())]) for heading in headings]
    for number, row in enumerate(rows, start=HEADINGS_ROW + 1):
        for place, content in enumerate(row, start=1):
            if content is None or content == "":
                continue
            value, form = content if isinstance(content, tuple) else (content, None)
            cell = _write(sheet, number, place, value)
            if form:
                cell.number_format = _apart(form)
            widths[place - 1] = max(widths[place - 1], _width(value, form))
    widths = [min(max(width, NARROWEST), WIDEST) + 2 for width in widths]
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[_letter(place)].width = width
    _wrap(sheet, widths)
    _head(sheet, headings, widths, rows)
    _set_view(sheet)


def _head(sheet, headings, widths, rows):
    """Write the headings, those of numbers on their side."""
    from openpyxl.styles import Alignment, Font, PatternFill

    fill, bold = PatternFill("solid", fgColor="DBE7F3"), Font(bold=True)
    for place, heading in enumerate(headings, start=1):
        has_numbers = any(isinstance(row[place - 1], tuple) for row in rows)
        cell = _write(sheet, HEADINGS_ROW, place, text_cell(heading))
        cell.font, cell.fill = bold, fill
        cell.alignment = Alignment(wrap_text=True, vertical="bottom", horizontal="right" if has_numbers else "left")
    sheet.row_dimensions[HEADINGS_ROW].height = LINE * max(map(_lines, headings, widths), default=1)


def _wrap(sheet, widths):
    """Give texts that are wider than their column as many lines as they need: not every program does on opening."""
    from openpyxl.styles import Alignment

    top, left = Alignment(wrap_text=True, vertical="top"), Alignment(horizontal="left", vertical="top")
    for row in sheet.iter_rows(min_row=HEADINGS_ROW + 1):
        lines = [_lines(cell.value, width) if isinstance(cell.value, str) else 1 for cell, width in zip(row, widths)]
        if max(lines, default=1) > 1:
            sheet.row_dimensions[row[0].row].height = min(LINE * max(lines), TALLEST)
        for cell, count in zip(row, lines):
            if count > 1:
                cell.alignment = top
            elif max(lines) > 1 or (cell.value is not None and sheet.title == "About"):
                cell.alignment = left if sheet.title == "About" or isinstance(cell.value, str) else Alignment(vertical="top")


def _apart(form):
    """Return a number format that leaves the width of a bracket behind the number, before a text in the next column."""
    return form if form == DAY else ";".join(f"{part}_)" for part in form.split(";"))


def _lines(text, width):
    """Return how many lines a text takes; words are not cut, so a line is never quite full."""
    return sum(1 if len(part) <= width else -(-len(part) * 10 // (9 * int(width))) for part in str(text).split("\n"))


def _letter(place):
    from openpyxl.utils import get_column_letter

    return get_column_letter(place)


def _set_view(sheet):
    sheet.freeze_panes = sheet.cell(HEADINGS_ROW + 1, 2)
    sheet.print_title_rows = f"{HEADINGS_ROW}:{HEADINGS_ROW}"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _write(sheet, row, column, value):
    """Write a value; a text stays a text, also where it looks like a formula or an error."""
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type, cell.quotePrefix = "s", guarded(value) != value
    return cell


def _width(value, form):
    if isinstance(value, str):
        return max(map(len, value.split("\n")))
    if isinstance(value, datetime.date) or not is_number(value):
        return 10
    digits = f"{value:,.0f}" if not form else f"{value:,.2f}"
    return len(digits) + len("".join(re.findall(r'"([^"]*)"', str(form).split(";")[0])))
