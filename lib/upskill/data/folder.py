"""Where a program folder is, and which of its files hold which table."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from upskill.data.address import is_address, public_address
from upskill.data.contract import TABLES
from upskill.data.mapping import MAPPING_FILE, TableMapping
from upskill.data.names import tidy
from upskill.data.near import did_you_mean, nearest
from upskill.data.schema import Fault, ProgramError
from upskill.paths import ROOT

SETTINGS_FILE = "program.yml"
TEXT_ENDINGS = {".csv", ".tsv", ".txt"}
WORKBOOKS = {".xlsx", ".xlsm"}
# What these hold is likely meant as a table where the name is that of one.
OTHER_ENDINGS = {".xls", ".xlsb", ".ods", ".numbers", ".json", ".jsonl", ".gz", ".zip", ".sqlite", ".db", ".feather"}


@dataclass(frozen=True)
class Source:
    """Where one table comes from; `label` is how messages name it."""

    table: str
    form: str  # text, parquet, folder, sheet
    path: Path
    label: str
    sheet: str = ""
    mapping: TableMapping | None = None
    only: object = None  # the rows of one team (share.Only)


def find_program(folder):
    """Return the path of a program folder.

    An absolute path is taken as it is; another is looked for under the working
    directory, then under the repository root. The folder must hold a
    program.yml. Raises ProgramError that names every place tried.
    """
    if not str(folder).strip():
        raise ProgramError("No program folder was given; name one, for example data/example.")
    if is_address(folder):
        raise ProgramError(f"{public_address(folder)} is a database; this works on program folders only.")
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


def list_sources(folder, sheet_names, mappings=None):
    """Return (sources by table, faults) of a program folder.

    `sheet_names(path)` returns the names of the sheets of a workbook, or
    raises ValueError with the reason why it cannot be opened. `mappings`:
    TableMapping by table; what they name as the file of a table is it.
    """
    mappings = mappings or {}
    found, faults = _mapped_sources(folder, sheet_names, mappings)
    taken = {(source.path, source.sheet) for source in found}
    for path in sorted(folder.iterdir()):
        if not path.name.startswith((".", "~$")):
            sources = _sources_in(path, sheet_names, faults)
            found += [replace(source, mapping=mappings.get(source.table))
                      for source in sources if (source.path, source.sheet) not in taken]
            if not sources and path.suffix.lower() in WORKBOOKS and path not in {path for path, _ in taken}:
                faults.append(_no_table_in(path, sheet_names))
    known = {}
    for source in found:
        if source.table not in TABLES:
            faults.append(_unknown(source))
        elif source.table in known:
            faults.append(_twice(known[source.table], source))
        else:
            known[source.table] = source
    return known, faults


def _mapped_sources(folder, sheet_names, mappings):
    """Return (sources, faults) of the tables whose file mapping.yml names."""
    found, faults = [], []
    for table, mapping in mappings.items():
        if not mapping.file:
            continue
        path = _inside(folder, mapping.file)
        ending = path.suffix.lower()
        if not path.is_file():
            files = [one.name for one in sorted(folder.iterdir()) if one.is_file() and one.name != MAPPING_FILE]
            faults.append(mapping.fault(("file",), mapping.file, "the name of a file in the program folder",
                                        did_you_mean(mapping.file, files, "Put it there.")))
        elif ending in WORKBOOKS:
            found += _mapped_sheet(path, sheet_names, mapping, faults)
        elif ending in TEXT_ENDINGS or ending == ".parquet":
            form = "parquet" if ending == ".parquet" else "text"
            found.append(Source(table, form, path, mapping.file, mapping=mapping))
        else:
            faults.append(mapping.fault(("file",), mapping.file, "a .csv, .tsv, .txt, .xlsx, .xlsm or .parquet file",
                                        "Save it as one of these."))
    return found, faults


def _inside(folder, name):
    """Return the path of a file of the folder; names may be spelled with other code points, and may not lead out."""
    path = folder / name
    if not Path(os.path.normpath(path)).is_relative_to(folder):
        return folder / "outside the program folder"
    return path if path.is_file() else next((one for one in folder.iterdir() if tidy(one.name) == tidy(name)), path)


def _mapped_sheet(path, sheet_names, mapping, faults):
    try:
        sheets = sheet_names(path)
    except ValueError as error:
        faults.append(_no_workbook(path, error))
        return []
    sheet = mapping.sheet or (sheets[0] if len(sheets) == 1 else "")
    if sheet not in sheets:
        cure = did_you_mean(sheet, sheets, "It has: " + ", ".join(sheets) + ".")
        faults.append(mapping.fault(("sheet",), mapping.sheet, f"the name of a sheet of {path.name}", cure))
        return []
    return [Source(mapping.table, "sheet", path, f"{mapping.file}, sheet {sheet}", sheet, mapping)]


def _no_workbook(path, error):
    return Fault("unreadable_file", path.name, "an Excel workbook (.xlsx)", f"Save it anew: {error}.")


def _sources_in(path, sheet_names, faults):
    name, ending = table_name(path.stem), path.suffix.lower()
    if path.is_dir():
        parts = any(path.rglob("*.parquet"))
        if not parts and name in TABLES:
            faults.append(Fault("unread_file", path.name + "/", "a file, or a folder of .parquet files",
                                f"Take the file out of it: one {name}.csv in the program folder.", table=name))
        return [Source(table_name(path.name), "folder", path, path.name + "/")] if parts else []
    if path.exists() and not path.is_file():  # reading a pipe would wait for ever
        faults.append(Fault("unread_file", path.name, "a plain file", "Put a copy of what it gives in its place; pipes, "
                            "sockets and devices are not read."))
        return []
    if ending in TEXT_ENDINGS:
        return [Source(name, "text", path, path.name)] if ending != ".txt" or name in TABLES else []
    if ending == ".parquet":
        return [Source(name, "parquet", path, path.name)]
    if ending in WORKBOOKS:
        return _sheets_in(path, sheet_names, faults)
    if ending in (".yml", ".yaml"):
        faults += _other_settings(path)
    elif ending == ".xls" or (ending in OTHER_ENDINGS and table_name(path.name.split(".")[0]) in TABLES):
        faults.append(Fault("unread_file", path.name, "a .csv, .xlsx or .parquet file",
                            "Save it as .xlsx or as CSV UTF-8; it is not read."))
    return []


def _other_settings(path):
    """Return the fault of a YAML file whose name is nearly that of the settings or of the mapping."""
    near = nearest(path.name, (SETTINGS_FILE, MAPPING_FILE), 0.8)
    if not near or path.name == near:
        return []
    return [Fault("unread_file", path.name, f"{SETTINGS_FILE} and, if needed, {MAPPING_FILE}",
                  f"Rename it to {near} if it is that one; it is not read.")]


def _sheets_in(path, sheet_names, faults):
    try:
        sheets = sheet_names(path)
    except ValueError:
        return []  # who finds no table in the workbook says why
    # A sheet of notes is no fault; one that is nearly named like a table is.
    return [Source(table_name(sheet), "sheet", path, f"{path.name}, sheet {sheet}", sheet) for sheet in sheets
            if table_name(sheet) in TABLES or nearest(table_name(sheet), TABLES, 0.8)]


def _no_table_in(path, sheet_names):
    try:
        sheets = ", ".join(sheet_names(path))
    except ValueError as error:
        return _no_workbook(path, error)
    return Fault("unknown_table", path.name, "a sheet named like a table of the contract (data/README.md)",
                 "Rename a sheet, name the workbook in mapping.yml as the `file` of its table, or move it out of the "
                 "program folder; it is not read.", value=sheets)


def _unknown(source):
    cure = did_you_mean(source.table, TABLES, "Rename it, name it in mapping.yml as the "
                        "`file` of its table, or move it out of the program folder; it is not read.")
    return Fault("unknown_table", source.label, "the name of a table of the contract (data/README.md)", cure,
                 value=source.table)


def _twice(first, second):
    return Fault("table_twice", second.label, f"one source of {second.table}; {first.label} holds it too",
                 "Keep one of the two.", table=second.table)
