"""A framework as a workbook that people edit, and back; every wrong cell named at once."""

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from upskill.framework.check import LEVELS
from upskill.framework.read import COLUMNS

HEAD = PatternFill("solid", fgColor="E9EEF4")
LONG_SHEETS = {"Prerequisites": "prerequisites", "Life cycle": "life_cycle", "Curriculum": "curriculum",
               "Examples": "role_examples"}
MATRICES = {"Targets": ("target_level", 0, 5), "Importance": ("importance", 1, 5)}
WIDTHS = {"competency": 30, "required competency": 30, "domain": 26, "example": 70, "topic": 34, "about": 100}
NOTES = (
    "How to edit",
    "Competencies: one row each, one sentence for each level. Say what can be seen, not what is known.",
    "Targets: level that a role needs, 0 to 5. Importance: 1 to 5. A column for each role; add or remove roles in both.",
    "Prerequisites: what must be reached before, and at which level.",
    "Then: upskill framework import THIS_FILE.xlsx --into PROGRAM_FOLDER. Every wrong cell is named.",
    "Nothing is written before all cells are right.",
    "The import takes Competencies, Targets, Importance and Prerequisites; the other sheets are to read.",
)


class WorkbookError(ValueError):
    """A workbook that cannot be imported; `problems` lists every wrong cell."""

    def __init__(self, problems):
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def write_workbook(framework, path):
    """Write a framework as an Excel workbook: one sheet each for what people edit."""
    book = Workbook()
    _about_sheet(book.active, framework.about)
    _sheet(book, "Competencies", _wide(framework["competencies"]))
    for name, (column, low, high) in MATRICES.items():
        sheet = _sheet(book, name, _matrix(framework, column))
        _validate(sheet, low, high)
    for name, table in LONG_SHEETS.items():
        _sheet(book, name, _titled(framework[table], framework.titles))
    _sheet(book, "Levels", pd.DataFrame(framework.about["levels"]))
    book.save(path)


def _about_sheet(sheet, about):
    sheet.title = "About"
    lines = [about["name"], f"Version {about['version']}" if about["version"] else "",
             f"License: {about['license']}. {about['license_note']}" if about["license"] else "",
             about["purpose"], "", *about["how_to_use"], "", *NOTES]
    for number, line in enumerate(lines, start=1):
        _put(sheet, number, 1, line)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = WIDTHS["about"]


def _wide(competencies):
    """Return one row per competency, one column per level."""
    keys = ["competency_id", "domain", "competency"]
    wide = competencies.pivot(index=keys, columns="level", values="anchor").reindex(columns=list(LEVELS))
    order = pd.MultiIndex.from_frame(competencies[keys].drop_duplicates())
    return wide.reindex(order).rename(columns="level {}".format).reset_index()


def _titled(table, titles):
    """Add the names of competencies behind their ids, for who reads; the import leaves them aside."""
    names = {"competency_id": "competency", "requires": "required competency"}
    return table.assign(**{name: table[column].map(titles) for column, name in names.items() if column in table})


def _matrix(framework, column):
    """Return one row per competency, one column per role."""
    table = framework["role_targets"].pivot(index="competency_id", columns="role", values=column)
    table = table.reindex(index=list(framework.titles), columns=framework.roles)
    table.insert(0, "competency", pd.Series(framework.titles))
    return table.rename_axis(index="competency_id", columns=None).reset_index()


def _sheet(book, name, frame):
    sheet = book.create_sheet(name)
    for place, heading in enumerate(frame, start=1):
        _put(sheet, 1, place, str(heading))
        cell = sheet.cell(1, place)
        cell.font, cell.fill = Font(bold=True), HEAD
        width = WIDTHS.get(str(heading), 38 if str(heading).startswith("level ") else max(14, len(str(heading)) + 2))
        sheet.column_dimensions[get_column_letter(place)].width = width
    for number, row in enumerate(frame.itertuples(index=False), start=2):
        for place, value in enumerate(row, start=1):
            _put(sheet, number, place, None if pd.isna(value) else value)
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr, sheet.print_title_rows = PageSetupProperties(fitToPage=True), "1:1"
    sheet.freeze_panes = "D2" if name == "Competencies" else "C2" if name in MATRICES else "A2"
    return sheet


def _put(sheet, row, column, value):
    """Write a value; text stays text, also where it begins like a formula."""
    value = value.item() if hasattr(value, "item") else value
    cell = sheet.cell(row, column, value)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(value, str):
        cell.data_type, cell.quotePrefix = "s", value.startswith(("=", "+", "-", "@"))


def _validate(sheet, low, high):
    rule = DataValidation("whole", operator="between", formula1=str(low), formula2=str(high), allow_blank=False)
    rule.error = f"A whole number from {low} to {high}"
    rule.add(f"C2:{get_column_letter(sheet.max_column)}{sheet.max_row + 50}")
    sheet.add_data_validation(rule)


def read_workbook(path):
    """Return the tables of an edited workbook that a program needs.

    competencies, role_targets and prerequisites, as in the data contract.
    Raises WorkbookError with every wrong cell, OSError where there is no file.
    """
    try:
        book = load_workbook(path)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises many kinds for what is no workbook
        raise WorkbookError([f"{path}: not an Excel workbook (.xlsx): {error}"]) from None
    problems = []
    sheets = {name: _rows(book, name, problems) for name in ("Competencies", "Targets", "Importance", "Prerequisites")}
    if any(rows is None for rows in sheets.values()):
        raise WorkbookError(problems)
    tables = {"competencies": _competencies(sheets["Competencies"], problems)}
    known = dict.fromkeys(tables["competencies"]["competency_id"])
    matrices = {name: _long(name, sheets[name], known, problems) for name in MATRICES}
    tables["role_targets"] = _role_targets(matrices, problems)
    tables["prerequisites"] = _requires(sheets["Prerequisites"], known, problems)
    if problems:
        raise WorkbookError(problems)
    return tables


def _rows(book, name, problems):
    """Return a sheet as a list of (row number, {heading: text or number}), or None."""
    if name not in book.sheetnames:
        problems.append(f"sheet {name}: not there; export again to see how it looks.")
        return None
    cells = list(book[name].iter_rows())
    headings = [str(cell.value).strip() if cell.value is not None else "" for cell in (cells[0] if cells else ())]
    for heading in sorted({heading for heading in headings if heading and headings.count(heading) > 1}):
        problems.append(f"sheet {name}: column {heading} stands there twice; remove one.")
    found = []
    for row in cells[1:]:
        values = {heading: _value(cell, name, problems) for heading, cell in zip(headings, row, strict=True) if heading}
        if any(value is not None for value in values.values()):
            found.append((row[0].row, values))
    return found


def _value(cell, sheet, problems):
    if cell.data_type == "f":
        problems.append(f"sheet {sheet}, cell {cell.coordinate}: a formula; write the words or the number itself.")
        return None
    if isinstance(cell.value, str):
        return " ".join(cell.value.split()) or None
    return cell.value


def _text(values, heading, where, problems):
    if values.get(heading) is None:
        problems.append(f"{where}, column {heading}: empty; expected text.")
        return ""
    return str(values[heading])


def _whole(values, heading, low, high, where, problems):
    value = values.get(heading)
    try:
        number = float("nan" if isinstance(value, bool) or value is None else value)
    except (TypeError, ValueError):
        number = float("nan")
    if not low <= number <= high or number % 1:
        found = "nothing" if value is None else repr(value)
        problems.append(f"{where}, column {heading}: found {found}; expected a whole number from {low} to {high}.")
        return low
    return int(number)


def _competencies(rows, problems):
    found, seen = [], {}
    for number, values in rows:
        where = f"sheet Competencies, row {number}"
        name, domain, title = (_text(values, heading, where, problems)
                               for heading in ("competency_id", "domain", "competency"))
        if name and name in seen:
            problems.append(f"{where}: {name} stands in row {seen[name]} already; give it another id.")
            continue
        seen[name] = number
        found += [(name, domain, title, level, _text(values, f"level {level}", where, problems)) for level in LEVELS]
    if not rows:
        problems.append("sheet Competencies: no rows; write at least one competency.")
    return pd.DataFrame(found, columns=list(COLUMNS["competencies"]))


def _long(name, rows, known, problems):
    """Return {(role, competency): number} of one matrix, roles first, in the order of the sheets."""
    _, low, high = MATRICES[name]
    roles = list(dict.fromkeys(role for _, values in rows for role in values
                               if role not in ("competency_id", "competency")))
    listed, cells = {}, {}
    for number, values in rows:
        where = f"sheet {name}, row {number}"
        competency = _text(values, "competency_id", where, problems)
        if competency and competency in listed:
            problems.append(f"{where}: {competency} stands in row {listed[competency]} already; remove one.")
        elif competency and competency not in known:
            problems.append(f"{where}: {competency} is not in sheet Competencies; add it there or remove this row.")
        else:
            cells |= {(role, competency): _whole(values, role, low, high, where, problems) for role in roles}
        listed[competency] = number
    problems += [f"sheet {name}: no row for {competency}; add one." for competency in known
                 if competency and competency not in listed]
    return {(role, competency): cells[role, competency] for role in roles for competency in known
            if (role, competency) in cells}


def _role_targets(matrices, problems):
    targets, importance = matrices["Targets"], matrices["Importance"]
    roles = {name: dict.fromkeys(role for role, _ in cells) for name, cells in matrices.items()}
    for one, other in (("Targets", "Importance"), ("Importance", "Targets")):
        problems += [f"sheet {one}: role {role} is not in sheet {other}; add or remove the column."
                     for role in roles[one] if role not in roles[other]]
    if not targets:
        problems.append("sheet Targets: no role; write at least one column.")
    return pd.DataFrame([(role, name, level, importance.get((role, name), 1)) for (role, name), level
                         in targets.items()], columns=list(COLUMNS["role_targets"]))


def _requires(rows, known, problems):
    found = {}
    for number, values in rows:
        where = f"sheet Prerequisites, row {number}"
        pair = tuple(_text(values, heading, where, problems) for heading in ("competency_id", "requires"))
        problems += [f"{where}: {name} is not in sheet Competencies." for name in pair if name and name not in known]
        if pair in found:
            problems.append(f"{where}: {pair[0]} needs {pair[1]} in an earlier row already; remove one.")
        found[pair] = _whole(values, "minimum_level", 1, 5, where, problems)
    return pd.DataFrame([(*pair, level) for pair, level in found.items()], columns=list(COLUMNS["prerequisites"]))
