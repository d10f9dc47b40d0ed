"""Bring an export into a table of the contract, month after month: new rows are added, restated ones replaced."""

import fnmatch
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from upskill.data.contract import TABLES
from upskill.data.folder import SETTINGS_FILE, TEXT_ENDINGS, WORKBOOKS, Source, table_name
from upskill.data.history import with_history
from upskill.data.leave_out import leave_out
from upskill.data.mapping import MAPPING_FILE, TableMapping, read_mapping
from upskill.data.read import load
from upskill.data.rules import check_table
from upskill.data.settings import read_settings
from upskill.data.source import TEXT, Unreadable, read_raw, sheet_names
from upskill.data.sources import write
from upskill.data.sources.git import SourceError
from upskill.data.sources.merge import LOG, as_text, canonical, log_text, merge_table
from upskill.data.team_level import CHANGES, to_team_level
from upskill.data.translate import name_as_contract, translate
from upskill.data.yaml_file import YamlFile

IMPORTS_FILE = "imports.yml"


@dataclass(frozen=True)
class Result:
    """What an import did, by table: rows new, restated, unchanged, absent from the export, gone; faults of rows left out."""

    changed: dict
    files: tuple
    faults: tuple = ()


def import_table(export, folder, tables=(), whole=False, today=None):
    """Import one export into a program folder and return the Result; on any SourceError the folder is untouched.

    `tables`: names of tables, else those that imports.yml describes for a file of this name, else the table that
    the file is named like. Rows are known by the key of the table. `whole`: the export holds all rows that there
    are, so rows that it lacks are removed; else they stay. The same export again changes nothing.
    """
    export, folder = Path(export), Path(folder)
    if not (folder / SETTINGS_FILE).is_file():
        raise SourceError(f"{folder} has no program.yml; start one with: upskill new {folder}")
    mappings = _mappings(export, folder, tables)
    texts, changed, faults, log = {}, {}, [], []
    for table, mapping in mappings.items():
        rows, wrong = _read(export, mapping, folder)
        faults += wrong
        columns, merged, changed[table], lines = merge_table(folder, table, rows, whole)
        texts[f"{table}.csv"] = write.as_csv(columns, merged)
        log += [(export.name, table, *line) for line in lines]
    if log:
        day = today or datetime.now(UTC).strftime("%Y-%m-%d")
        texts[LOG] = log_text(folder / LOG, [(day, *line) for line in log])
    return Result(changed, tuple(write.write_files(folder, texts)), tuple(faults))


def _mappings(export, folder, tables):
    """Return {table: TableMapping} of this export."""
    known, faults = read_mapping(folder / IMPORTS_FILE)
    read_as_is, _ = read_mapping(folder / MAPPING_FILE)
    wrong = list(map(str, faults))
    fitting = [name for name, mapping in known.items() if mapping.file and fnmatch.fnmatch(export.name, mapping.file)]
    own = table_name(export.stem)
    names = list(tables) or fitting or ([own] if own in TABLES else [name for name in known if not known[name].file])
    wrong += [f"no table {name!r}; data/README.md lists the tables" for name in names if name not in TABLES]
    wrong += [f"{MAPPING_FILE} describes {name} as it is read, and would be applied to the imported file again; move "
              f"that entry to {IMPORTS_FILE}" for name in names if name in read_as_is]
    wrong += [f"{name} has no key by which a row could be known again; put its export into the folder as it is, whole"
              for name in names if name in TABLES and not TABLES[name].key]
    if not names:
        wrong.append(f"{export.name} is not named like a table, and {folder / IMPORTS_FILE} does not say which table it "
                     "is (file: may hold *); name it with --table")
    if wrong:
        raise SourceError("\n".join(wrong))
    bare = YamlFile(IMPORTS_FILE, {}, {}, folder)
    return {name: known.get(name) or TableMapping(name, yaml=bare) for name in names}


def _read(export, mapping, folder):
    """Return (rows as dicts of canonical text, faults of the rows left out); too many faults are an error."""
    table = TABLES[mapping.table]
    try:
        raw, faults = read_raw(_source(export, mapping), table)
        raw, strange, _ = leave_out(raw, mapping)
        raw, wrong = translate(raw, mapping, table)
    except (Unreadable, OSError) as error:
        raise SourceError(str(error)) from error
    check = check_table(name_as_contract(raw, table), table)
    settings, _ = read_settings(folder / SETTINGS_FILE)
    header = [fault for fault in (*strange, *wrong, *check.faults) if fault.code in ("bad_setting", "missing_column")]
    rows_wrong = [fault for fault in (*faults, *check.faults) if fault not in header]
    total = len(raw.frame) + len(faults)
    if header or (total and (int(check.bad.sum()) + len(faults)) / total > settings.maximum_set_aside):
        lines = "\n".join(f"- {fault}" for fault in [*header, *rows_wrong][:20])
        raise SourceError(f"{export.name} was not imported; nothing was written:\n{lines}")
    kept = ~(check.bad | check.examples)
    frame = check.raw.frame[kept]
    names = [column.name for column in table.columns if column.name in frame]
    if settings.team_only and table.name in CHANGES:
        frame = by_team(folder, table, check.frame[kept].reset_index(drop=True))
        names = [column.name for column in table.columns if frame[column.name].notna().any()]
    frame = canonical(frame[names], table)
    return frame.fillna("").to_dict("records"), rows_wrong


def by_team(folder, table, typed):
    """Return typed rows as text with their team in the place of persons, so that nobody's work is kept."""
    known = load(folder).program.tables
    near = {name: known[name] for name in ("people", "memberships") if name in known}
    summed = to_team_level(with_history(near | {table.name: typed}))[table.name]
    return pd.DataFrame({column.name: as_text(summed[column.name], column) for column in table.columns}, dtype=TEXT)


def _source(export, mapping):
    ending = export.suffix.lower()
    if ending in WORKBOOKS:
        try:
            sheets = sheet_names(export)
        except ValueError as error:
            raise SourceError(f"{export.name}: cannot be opened: {error}") from error
        sheet = mapping.sheet or next((one for one in sheets if table_name(one) == mapping.table), sheets[0])
        if sheet not in sheets:
            raise SourceError(f"{export.name}: has no sheet {sheet!r}. It has: {', '.join(sheets)}")
        return Source(mapping.table, "sheet", export, f"{export.name}, sheet {sheet}", sheet, mapping)
    if ending not in TEXT_ENDINGS | {".parquet"}:
        raise SourceError(f"{export.name}: expected a .csv, .tsv, .txt, .xlsx, .xlsm or .parquet file")
    return Source(mapping.table, "parquet" if ending == ".parquet" else "text", export, export.name, mapping=mapping)


def summarize(result, export, folder):
    """Return the summary of a Result as text."""
    lines = [f"{table}: {counts['new']:,} new, {counts['restated']:,} restated, {counts['unchanged']:,} unchanged, "
             + (f"{counts['gone']:,} gone" if counts["gone"] else f"{counts['absent']:,} not in this export and kept")
             for table, counts in result.changed.items()]
    lines += [f"left out: {fault}" for fault in result.faults[:20]]
    wrote = f"wrote {', '.join(result.files)}" if result.files else "nothing changed"
    return "\n".join([f"{export.name} into {folder}: {wrote}", *lines])
