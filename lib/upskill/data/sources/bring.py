"""Import exports into a program folder: read all, place, check, merge, and only then write all."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from upskill.data.contract import TABLES
from upskill.data.folder import SETTINGS_FILE
from upskill.data.read import load
from upskill.data.schema import Fault, fault_lines
from upskill.data.settings import read_settings
from upskill.data.sources import place, write
from upskill.data.sources.check_rows import check_rows
from upskill.data.sources.exports import list_files, read_export
from upskill.data.sources.git import SourceError
from upskill.data.sources.link import link_deployments
from upskill.data.sources.merge import LOG, log_text, merge_table
from upskill.data.sources.registry import find_source
from upskill.data.sources.table import by_team
from upskill.data.team_level import CHANGES

BARE = ("ai_usage", "kpi_observations")  # tables of many small rows, whose source is told by tool or kpi
CHANGE = "pull_requests"
MAXIMUM_SET_ASIDE = 0.02


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
    record = _check_record(folder, context)
    crew = place.read_crew(folder, record)
    own = {person.casefold(): person for person in crew.people} if crew.is_own else {}
    context = replace(context, pseudonyms=replace(context.pseudonyms, own=own), program=_program(folder))
    read = _read_all(_by_source(paths, name), context)
    settings = read_settings(Path(folder, SETTINGS_FILE))[0] if Path(folder, SETTINGS_FILE).is_file() else None
    fresh, members = _rows_by_table(read)
    place.place_in_teams(fresh | {"people": members}, context, crew)
    texts, faults, withdrawn = {}, [], _withdrawn(folder, read, fresh)
    for table in list(fresh):
        _refuse_second_source(folder, table, fresh[table])
        fresh[table], wrong = _checked(folder, table, fresh[table], read, settings, context.now)
        faults += wrong
    notes = list(_strangers(fresh, crew))
    # Changes first: their authors are the people whom the rest may name.
    merged = {name: merge_table(folder, name, _even(fresh[name])) for name in fresh if name == CHANGE}
    changes = merged[CHANGE][1] if merged else write.read_rows(folder, CHANGE)[1]
    if not (settings and settings.team_only):
        members += _all_of_team(fresh, context, crew)
        columns, people = place.bring_people(folder, changes, members, record, crew)
        if people is not None:
            texts["people.csv"] = write.as_csv(columns, people)
            record[place.MADE_HERE] = True
            crew = place.Crew(frozenset(row["person_id"] for row in people), frozenset(row["team"] for row in people))
        fresh = {table: _of_known(table, rows, crew.people, notes) for table, rows in fresh.items()}
    place.refuse_unknown_teams(fresh, crew.teams)
    merged |= {name: merge_table(folder, name, _even(fresh.get(name, [])), withdrawn=withdrawn.get(name))
               for name in fresh | withdrawn if name != CHANGE}
    _refuse_two_grains(merged)
    merged = link_deployments(folder, merged)
    texts |= {f"{name}.csv": write.as_csv(columns, rows) for name, (columns, rows, _, _) in merged.items()}
    log = [(_files_of(read, name), name, *line) for name, (_, _, _, lines) in merged.items() for line in lines]
    record["person_key"] = context.pseudonyms.fingerprint
    record["exports"] = record.get("exports", {}) | _exports_of(read, fresh)
    texts[write.RECORD] = write.as_record(record)
    if log:
        texts[LOG] = log_text(Path(folder, LOG), [(context.now.strftime("%Y-%m-%d"), *line) for line in log])
    if settings is None:
        texts[SETTINGS_FILE] = write.as_program(" and ".join(source.title for source, _, _ in read))
    files = tuple(write.write_files(folder, texts))
    changed = {name: counts for name, (_, _, counts, _) in merged.items()}
    return Result(tuple(read), changed, files, tuple(faults), tuple(notes))


def _checked(folder, table, rows, read, settings, now):
    """Return (rows of canonical text, faults of the rows left out); too many faults are an error."""
    total, names = len(rows), {}
    for _, _, reading in read:
        names |= reading.names.get(table, {})
    rows, typed, faults, repaired = check_rows(table, rows, names, now)
    next(reading for _, _, reading in read if table in reading.tables).repaired.update(repaired)
    _refuse_many(table, total, faults, settings)
    if settings and settings.team_only and table in CHANGES:
        rows = by_team(folder, table, typed).fillna("").to_dict("records")
    return rows, faults


def _all_of_team(fresh, context, crew):
    """Return who is in the team of --team, where the folder has no list of people of its own."""
    if not context.team or crew.is_own:
        return []
    return [{"person_id": row["person_id"], "team": context.team} for row in fresh.get("ai_usage", ()) if row["person_id"]]


def _of_known(table, rows, known, notes):
    """Return the rows whose persons are in people; where a person may be empty it becomes so, else the row is left out.

    Without any people there is nothing to be in, but use by person, which counts for teams only, needs some.
    """
    if not known and table != "ai_usage":
        return rows
    columns = [column for column in TABLES[table].columns if column.refers_to == "people.person_id" and column.name != "author_id"]
    for column in columns:
        lost = {row[column.name] for row in rows if row.get(column.name) and row[column.name] not in known}
        if not lost:
            continue
        is_needed = column.required or table == "ai_usage"
        kept = [row for row in rows if row.get(column.name) not in lost] if is_needed else [
            row | ({column.name: ""} if row.get(column.name) in lost else {}) for row in rows]
        notes.append(f"{table}: {len(lost):,} persons are in no list of people" + (
            f", so {len(rows) - len(kept):,} of {len(rows):,} rows are left out. " if is_needed else ", so their work names nobody. ")
            + "Bring in who is in which team (people, or --team), and import again")
        if not kept:
            raise SourceError(notes[-1])
        rows = kept
    return rows


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


def _check_record(folder, context):
    record = write.read_record(folder)
    if record.get("person_key", context.pseudonyms.fingerprint) != context.pseudonyms.fingerprint:
        raise SourceError(f"{folder}: was made with another key, so people would get second ids; "
                          "name that key with --key-file, or import into a new folder")
    return record


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


def _refuse_many(table, total, faults, settings):
    """Raise SourceError with every fault where a column is missing, or more rows than the program allows are faulty."""
    allowed = settings.maximum_set_aside if settings else MAXIMUM_SET_ASIDE
    rows = {(fault.file, fault.row) for fault in faults}
    if any(fault.code == "missing_column" for fault in faults) or len(rows) > allowed * total:
        lines = "\n".join(f"- {line}" for line in fault_lines(faults))
        raise SourceError(f"{table}: {len(rows):,} of {total:,} rows have faults, more than {allowed:.1%}; nothing was written:\n"
                          f"{lines}")


def _refuse_second_source(folder, table, rows):
    """Raise SourceError where the folder has the same repository under another name: its changes would count twice."""
    _, old = write.read_rows(folder, table)
    known = {row["repository"]: row.get("source") or "another way" for row in old if row.get("repository")}
    fresh = {row["repository"]: row["source"] for row in rows if row.get("repository") and row.get("source")}
    wrong = [f"{table}: repository {old!r} came in by {source} before, {new!r} comes by {fresh[new]}: the same work would count "
             f"twice. Import into another folder, or remove its rows from {table}.csv first"
             for new in fresh for old, source in known.items() if source != fresh[new] and old.split("/")[-1] == new.split("/")[-1]]
    if wrong:
        raise SourceError("\n".join(wrong))


def _refuse_two_grains(merged):
    """Raise SourceError where the same use of a tool would stand there by team and by person: it would count twice."""
    seen = {}
    for row in merged["ai_usage"][1] if "ai_usage" in merged else ():
        seen.setdefault((row["tool"], row["measure"]), set()).add(bool(row.get("person_id")))
    both = sorted(measure for (_, measure), grains in seen.items() if len(grains) > 1)
    if both:
        raise SourceError(f"ai_usage: {', '.join(both[:4])} would be there by person and by team, so the same use would count twice. "
                          "Import one of the two into another folder, or remove the other's rows from ai_usage.csv")


def _even(rows):
    """Return rows that all have the same columns; what one does not tell is None."""
    columns = dict.fromkeys(name for row in rows for name in row)
    return [dict.fromkeys(columns) | row for row in rows]


def _files_of(read, table):
    names = [export.name for _, exports, reading in read if table in reading.tables for export in exports]
    names = names or [export.name for _, exports, _ in read for export in exports]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _exports_of(read, fresh):
    """Return what the record keeps of each export, under the beginning of its digest: no clock, no name of a person."""
    found = {}
    for source, exports, reading in read:
        for export in exports:
            found[export.digest[:16]] = {
                "source": source.name, "file": export.name, "extracted_at": reading.extracted_at, "records": len(export.records)}
        found[exports[0].digest[:16]] |= {
            "rows": {table: len(rows) for table, rows in reading.tables.items()}, "files_read_together": len(exports),
            "repaired": _counted(reading.repaired), "left_out": _counted(reading.left_out),
            "notes": list(reading.notes)}
    return found


def _counted(counts):
    return {what: count for what, count in sorted(counts.items()) if count}


def _strangers(fresh, crew):
    """Say how many persons of the rows are not among the company's own people: they count for no team."""
    if not crew.is_own:
        return
    for table, column in (("pull_requests", "author_id"), ("work_items", "person_id"), ("ai_usage", "person_id")):
        seen = {row[column] for row in fresh.get(table, ()) if row.get(column)}
        if seen - crew.people:
            yield (f"{table}: {len(seen - crew.people):,} of {len(seen):,} persons are not in people, so what has no team counts for "
                   "none; map their logins to ids of people, or to the e-mails that these were made of, with --identities")


def summarize(result, folder):
    """Return what an import did as text: read, repaired, left out, changed, and what these exports cannot tell."""
    lines = []
    for source, exports, reading in result.read:
        records = sum(len(export.records) for export in exports)
        names = ", ".join(export.name for export in exports[:5]) + (f" and {len(exports) - 5} more" if len(exports) > 5 else "")
        lines.append(f"{source.title}: {names}, {records:,} records"
                     + (f", exported {reading.extracted_at}" if reading.extracted_at else ""))
        lines += [f"  repaired: {count:,} {what}" for what, count in sorted(reading.repaired.items()) if count]
        lines += [f"  left out: {count:,} {what}" for what, count in sorted(reading.left_out.items()) if count]
        lines += [f"  note: {note}" for note in reading.notes]
    lines += [f"left out: {line}" for line in fault_lines([*result.faults, *(
        fault for _, _, reading in result.read for fault in reading.faults)])]
    lines += ["", f"{folder}: " + (f"wrote {', '.join(result.files)}" if result.files else "nothing changed")]
    lines += [f"  {table}: {counts['new']:,} new, {counts['restated']:,} restated, {counts['unchanged']:,} unchanged, "
              f"{counts['absent']:,} not in this export and kept"
              + (f", {counts['older']:,} older than what is there" if counts["older"] else "")
              + (f", {counts['gone']:,} withdrawn" if counts["gone"] else "")
              + (f"; {counts['dated']:,} dated by their deployment" if counts["dated"] else "")
              for table, counts in result.changed.items()]
    lines += [f"Warning: {note}" for note in result.notes]
    cannot = dict.fromkeys(words for source, _, _ in result.read for words in source.cannot_tell)
    return "\n".join([*lines, *(["", "These exports cannot tell:", *(f"- {words}" for words in cannot)] if cannot else [])])
