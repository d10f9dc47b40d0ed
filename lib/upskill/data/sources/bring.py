"""Import exports into a program folder: read all, place, check, merge, and only then write all."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from upskill.data.contract import TABLES
from upskill.data.folder import SETTINGS_FILE
from upskill.data.read import load
from upskill.data.schema import Fault
from upskill.data.settings import read_settings
from upskill.data.sources import place, write
from upskill.data.sources.bring_words import exports_of, files_of
from upskill.data.sources.check_rows import check_rows
from upskill.data.sources.exports import list_files, read_export
from upskill.data.sources.git import SourceError
from upskill.data.sources.guards import (
    check_record,
    of_known,
    refuse_many,
    refuse_second_source,
    refuse_two_grains,
    strangers,
)
from upskill.data.sources.link import link_deployments
from upskill.data.sources.merge import LOG, log_text, merge_table
from upskill.data.sources.registry import find_source
from upskill.data.sources.table import by_team
from upskill.data.team_level import CHANGES

BARE = ("ai_usage", "kpi_observations")  # tables of many small rows, whose source is told by tool or kpi
CHANGE = "pull_requests"


@dataclass(frozen=True)
class Result:
    """What an import did: (Source, exports, Reading) each, rows by table (new, restated …), files changed, faults, notes."""

    read: tuple
    changed: dict
    files: tuple
    faults: tuple = ()
    notes: tuple = ()


def import_exports(paths, folder, context, name=""):
    """Import exports into a program folder and return the Result; on any SourceError the folder is untouched.

    `paths`: files, or folders of files, each recognized by its columns, or all of the source `name`. The same files
    again change nothing; rows that came before are known by the key of their table, and what changed of them is logged.
    """
    record = check_record(folder, context)
    crew = place.read_crew(folder, record)
    own = {person.casefold(): person for person in crew.people} if crew.is_own else {}
    context = replace(context, pseudonyms=replace(context.pseudonyms, own=own), program=_program(folder))
    read = _read_all(_by_source(paths, name), context)
    settings = read_settings(Path(folder, SETTINGS_FILE))[0] if Path(folder, SETTINGS_FILE).is_file() else None
    fresh, members = _rows_by_table(read)
    place.place_in_teams(fresh | {"people": members}, context, crew)
    withdrawn, faults = _withdrawn(folder, read, fresh), []
    for table in list(fresh):
        refuse_second_source(folder, table, fresh[table])
        fresh[table], wrong = _checked(folder, table, fresh[table], read, settings, context.now)
        faults += wrong
    notes, texts = list(strangers(fresh, crew)), {}
    # Changes first: their authors are the people whom the rest may name.
    merged = {CHANGE: merge_table(folder, CHANGE, _even(fresh[CHANGE]))} if CHANGE in fresh else {}
    if not (settings and settings.team_only):
        changes = merged[CHANGE][1] if merged else write.read_rows(folder, CHANGE)[1]
        members += _all_of_team(fresh, context, crew)
        crew = _bring_people(folder, changes, members, record, crew, texts)
        fresh = {table: of_known(table, rows, crew.people, notes) for table, rows in fresh.items()}
    place.refuse_unknown_teams(fresh, crew.teams)
    merged |= {name: merge_table(folder, name, _even(fresh.get(name, [])), withdrawn=withdrawn.get(name))
               for name in fresh | withdrawn if name != CHANGE}
    refuse_two_grains(merged)
    merged = link_deployments(folder, merged)
    _write_down(folder, read, merged, record, context, settings, texts)
    changed = {name: counts for name, (_, _, counts, _) in merged.items()}
    return Result(tuple(read), changed, tuple(write.write_files(folder, texts)), tuple(faults), tuple(notes))


def _bring_people(folder, changes, members, record, crew, texts):
    """Add people to the texts where imports make their list, and return who there is then."""
    columns, people = place.bring_people(folder, changes, members, record, crew)
    if people is None:
        return crew
    texts["people.csv"] = write.as_csv(columns, people)
    record[place.MADE_HERE] = True
    return place.Crew(frozenset(row["person_id"] for row in people), frozenset(row["team"] for row in people))


def _write_down(folder, read, merged, record, context, settings, texts):
    """Add tables, log, record and, where there are none, settings to the texts."""
    texts |= {f"{name}.csv": write.as_csv(columns, rows) for name, (columns, rows, _, _) in merged.items()}
    log = [(files_of(read, name), name, *line) for name, (_, _, _, lines) in merged.items() for line in lines]
    record["person_key"] = context.pseudonyms.fingerprint
    record["exports"] = record.get("exports", {}) | exports_of(read)
    texts[write.RECORD] = write.as_record(record)
    if log:
        texts[LOG] = log_text(Path(folder, LOG), [(context.now.strftime("%Y-%m-%d"), *line) for line in log])
    if settings is None:
        texts[SETTINGS_FILE] = write.as_program(" and ".join(source.title for source, _, _ in read))


def _checked(folder, table, rows, read, settings, now):
    """Return (rows of canonical text, faults of the rows left out); too many faults are an error."""
    total, names = len(rows), {}
    for _, _, reading in read:
        names |= reading.names.get(table, {})
    rows, typed, faults, repaired = check_rows(table, rows, names, now)
    next(reading for _, _, reading in read if table in reading.tables).repaired.update(repaired)
    refuse_many(table, total, faults, settings)
    if settings and settings.team_only and table in CHANGES:
        rows = _of_teams(table, rows, by_team(folder, TABLES[table], typed).fillna("").to_dict("records"))
    return rows, faults


def _of_teams(table, rows, placed):
    """Return rows with their team in the place of persons; use of tools is summed, all else stays as the export told it."""
    if table == "ai_usage":
        return placed
    return [row | {name: team[name] for name in ("team", "author_id", "person_id") if name in row}
            for row, team in zip(rows, placed, strict=True)]


def _all_of_team(fresh, context, crew):
    """Return who is in the team of --team, where the folder has no list of people of its own."""
    if not context.team or crew.is_own:
        return []
    return [{"person_id": row["person_id"], "team": context.team} for row in fresh.get("ai_usage", ()) if row["person_id"]]


def _withdrawn(folder, read, fresh):
    """Return {table: {key: as of when}} of rows that exports withdraw, of tables that are there."""
    found = {}
    for _, _, reading in read:
        for table, keys in reading.withdrawn.items():
            if table in fresh or Path(folder, f"{table}.csv").is_file():
                found[table] = found.get(table, {}) | keys
    return found


def _program(folder):
    """Return a function that gives the tables of the folder, read when first called; {} where it has none."""
    @cache
    def tables():
        return load(folder).program.tables if Path(folder, SETTINGS_FILE).is_file() else {}
    return tables


def _by_source(paths, name):
    """Return [(Source, exports), …] of files; every file that cannot be read or recognized at once (SourceError)."""
    found, wrong, digests = {}, [], {}
    for path in list_files(paths):
        try:
            export = read_export(path)
            source = find_source(export, name)
        except SourceError as error:
            wrong.append(str(error))
            continue
        if digests.setdefault(export.digest, export.name) == export.name:
            found.setdefault(source.name, (source, []))[1].append(export)
    if wrong:
        raise SourceError("\n".join(wrong))
    return list(found.values())


def _read_all(groups, context):
    read, wrong = [], []
    for source, exports in groups:
        try:
            reading = source.read(exports, context)
        except SourceError as error:
            wrong.append(str(error))
            continue
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            names = ", ".join(export.name for export in exports)
            raise SourceError(f"{names}: a record is not of the form that {source.title} has ({type(error).__name__}: {error}). Export "
                              f"it again: {source.how}") from error
        if not source.takes_ragged:
            reading.faults += [Fault("ragged_row", export.name, f"{len(export.columns)} cells as in the header",
                                     "Export it again; a line break or delimiter was not quoted.", at, value=f"{count} cells")
                               for export in exports for at, count in export.ragged.items()]
        read.append((source, exports, reading))
    if wrong:
        raise SourceError("\n".join(wrong))
    return read


def _rows_by_table(read):
    """Return ({table: rows}, members): rows of people only say who is in which team, where the folder has no list of its own."""
    tables, members = {}, []
    for source, _, reading in read:
        for table, rows in reading.tables.items():
            if table == "people":
                members += rows
                continue
            ragged = {(fault.file, fault.row) for fault in reading.faults}
            kept = [row | ({} if table in BARE else {"source": source.name}) for row in rows if row["_at"] not in ragged]
            tables.setdefault(table, []).extend(kept)
    return {table: rows for table, rows in tables.items() if rows}, members


def _even(rows):
    """Return rows that all have the same columns; what one does not tell is None."""
    columns = dict.fromkeys(name for row in rows for name in row)
    return [dict.fromkeys(columns) | row for row in rows]


