"""Where a program folder is, and which of its files hold which table."""

import re
from dataclasses import dataclass
from pathlib import Path

from upskill.data.contract import TABLES
from upskill.data.near import did_you_mean, nearest
from upskill.data.schema import Fault, ProgramError
from upskill.paths import ROOT

SETTINGS_FILE = "program.yml"
TEXT_ENDINGS = {".csv", ".tsv"}


@dataclass(frozen=True)
class Source:
    """Where one table comes from; `label` is how messages name it."""

    table: str
    form: str  # text, parquet, folder, sheet
    path: Path
    label: str
    sheet: str = ""


def find_program(folder):
    """Return the path of a program folder.

    An absolute path is taken as it is; another is looked for under the working
    directory, then under the repository root. The folder must hold a
    program.yml. Raises ProgramError that names every place tried.
    """
    if not str(folder).strip():
        raise ProgramError("No program folder was given; name one, for example data/example.")
    given = Path(folder).expanduser()
    given = given.parent if given.name == SETTINGS_FILE else given
    tried = [given] if given.is_absolute() else [Path.cwd() / given, ROOT / given]
    for place in tried:
        if (place / SETTINGS_FILE).is_file():
            return place.resolve()
    places = " nor ".join(str(place / SETTINGS_FILE) for place in dict.fromkeys(tried))
    raise ProgramError(f"No program at {str(folder)!r}: there is no {places}. "
                       "A program folder holds a program.yml (name and currency) and its tables.")


def table_name(name):
    """Return the contract's spelling of a file's or sheet's name.

    >>> table_name(" Test Responses")
    'test_responses'
    """
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def list_sources(folder, sheet_names):
    """Return (sources by table, faults) of a program folder.

    `sheet_names(path)` returns the names of the sheets of a workbook, or
    raises ValueError with the reason why it cannot be opened.
    """
    found, faults = [], []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")):
            continue
        found += _sources_in(path, sheet_names, faults)
    known = {}
    for source in found:
        if source.table not in TABLES:
            faults.append(_unknown(source))
        elif source.table in known:
            faults.append(_twice(known[source.table], source))
        else:
            known[source.table] = source
    return known, faults


def _sources_in(path, sheet_names, faults):
    name, ending = table_name(path.stem), path.suffix.lower()
    if path.is_dir():
        parts = any(path.rglob("*.parquet"))
        return [Source(table_name(path.name), "folder", path, path.name + "/")] if parts else []
    if ending in TEXT_ENDINGS:
        return [Source(name, "text", path, path.name)]
    if ending == ".parquet":
        return [Source(name, "parquet", path, path.name)]
    if ending in (".xlsx", ".xlsm"):
        return _sheets_in(path, sheet_names, faults)
    if path.name == "mapping.yml":
        faults.append(Fault("unread_file", path.name, "tables that already have the columns of the contract",
                            "Rename the columns in the files; this version reads no mapping."))
    if ending == ".xls":
        faults.append(Fault("unreadable_file", path.name, "an .xlsx workbook", "Save it as .xlsx."))
    return []


def _sheets_in(path, sheet_names, faults):
    try:
        sheets = sheet_names(path)
    except ValueError as error:
        faults.append(Fault("unreadable_file", path.name, "an Excel workbook (.xlsx)", f"Save it anew: {error}."))
        return []
    # A sheet of notes is no fault; one that is nearly named like a table is.
    return [Source(table_name(sheet), "sheet", path, f"{path.name}, sheet {sheet}", sheet) for sheet in sheets
            if table_name(sheet) in TABLES or nearest(table_name(sheet), TABLES, 0.8)]


def _unknown(source):
    cure = did_you_mean(source.table, TABLES, "Rename it, or move it out of the program folder; it is not read.")
    return Fault("unknown_table", source.label, "the name of a table of the contract (data/README.md)", cure,
                 value=source.table)


def _twice(first, second):
    return Fault("table_twice", second.label, f"one source of {second.table}; {first.label} holds it too",
                 "Keep one of the two.", table=second.table)
