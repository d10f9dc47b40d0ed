"""Reading a program folder: every fault named, faulty rows set aside, refusal where nothing can be trusted."""

from contextlib import suppress
from dataclasses import dataclass, field, replace

import pandas as pd

from upskill.data.address import is_address
from upskill.data.aggregates import company_aggregates, count_aggregates, faults_of
from upskill.data.computed_once import computed_once, state_of
from upskill.data.contract import TABLES
from upskill.data.cut import cut_program, latest_date
from upskill.data.folder import SETTINGS_FILE, find_program
from upskill.data.leave_out import leave_out
from upskill.data.mapping import MAPPING_FILE, read_mapping
from upskill.data.names import tidy
from upskill.data.place import opened_place
from upskill.data.program import Program
from upskill.data.reads import traced
from upskill.data.relations import check_relations
from upskill.data.rules import check_table, missing_columns
from upskill.data.schema import Fault, ProgramError
from upskill.data.settings import read_settings
from upskill.data.share import ALWAYS, NotShared, converted, narrowed, only_of, without_bad
from upskill.data.source import Unreadable, is_by_team, read_raw
from upskill.data.targets import target_faults
from upskill.data.translate import name_as_contract, translate

# Where one of these stands, the numbers would rest on something that nobody wrote.
FATAL = {"table_twice", "broken_yaml", "bad_setting", "setting_twice", "too_many_set_aside"}
# Any other table with one of these is left out, as if it were absent, and named.
FATAL_IN_KEY_TABLES = {"empty_file", "not_text", "broken_quotes", "unreadable_file", "missing_column",
                       "duplicate_key", "repeated_column"}


@dataclass(frozen=True)
class Loaded:
    """What a folder holds before anything is refused; `left_out`: rows by table that mapping.yml calls no data."""

    program: Program
    broken: tuple[Fault, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    checks: dict = field(default_factory=dict, repr=False)
    sources: dict = field(default_factory=dict, repr=False)


def _state(folder, *arguments, **options):
    """Say what a program's content depends on; of a database nobody can tell without reading it."""
    if is_address(folder):
        return None
    return state_of(find_program(folder)) + repr((str(folder), arguments, sorted(options.items()))).encode()


@computed_once(key=_state)
def read_program(folder, team=None, strict=False, as_of=None):
    """Return the Program in a folder.

    `folder`: absolute, or under the working directory if it has a program.yml
    there, else under the repository root; or the address of a database, such as
    postgresql://user@host/database?schema=… (docs/database.md). `team`: cut every table to this team
    ("" or None = all). `as_of`: ISO date; later rows are dropped and later
    events set to missing ("" or None = the latest date in the data).

    With a team, Parquet by team and databases are read only as far as that team needs (docs/scale.md).
    A table that cannot be used (empty, no text, a column missing) is left out
    and named (`Program.left_out`), unless others point to it.

    Raises ProgramError with every fault where a table has a larger share of
    faulty rows than `maximum_set_aside`, a key table or a setting is broken,
    or, with `strict`, where there is any fault that program.yml does not accept.
    """
    share = None if strict else _share(folder, tidy(str(team or "")))
    if share is not None:
        return _noting(cut_program(share, team, as_of), team, as_of)
    loaded = load(folder)
    open_faults = [fault for fault in loaded.program.faults if not fault.accepted]
    if loaded.broken or (strict and open_faults):
        raise ProgramError(f"{loaded.program.settings.name} cannot be read "
                           f"({len(open_faults)} {'fault' if len(open_faults) == 1 else 'faults'}). Mend them, or "
                           "move a broken table out of the folder to go on without it.",
                           loaded.program.faults)
    return _noting(cut_program(loaded.program, team, as_of), team, as_of)


def _noting(program, team, as_of):
    """Return a program that notes what is read of it, where a batch wants to know."""
    return replace(program, tables=traced(program.tables, (str(team or "").strip(), str(as_of or "").strip())))


def check_program(folder):
    """Return every fault of a program folder, accepted ones too; raises ProgramError where there is no program."""
    return load(folder).program.faults


@computed_once(key=_state)
def load(folder):
    """Return the Loaded content of a program folder, or of a database at its address, with all faults and no refusal."""
    with opened_place(folder) as place:
        return replace(_load(place), checks={}, sources={})


def read_beside(folder, team, whole=(), as_of=None):
    """Return the Program that stands beside a team's report: not cut to the team, and read only as far as that needs.

    people, memberships, rollout and tables without teams are there with all their rows, so are those that `whole`
    names; of the others only the rows that `cut_program(…, team)` would leave are sure to be there. Without a team,
    and where a program cannot be read by team (docs/scale.md), all rows are there. Raises what `read_program` does.
    """
    program = _share(folder, tidy(str(team or "")), tuple(whole))
    if program is None:
        return read_program(folder, as_of=as_of)
    return _noting(cut_program(program, as_of=as_of), "", as_of)


def _share(folder, team, whole=()):
    """Return the uncut Program with the rows of one team, or None where all must be read."""
    if not team:
        return None
    with opened_place(folder) as place:
        if is_address(place.where) or any(is_by_team(path) for path in place.where.iterdir()):
            aggregates = company_aggregates(place, _load)
            if aggregates is not None and not aggregates.is_refused and team in aggregates.teams:
                with suppress(NotShared, Unreadable):
                    return _read_share(place, aggregates, team, whole)
    return None


def _read_share(place, aggregates, team, whole):
    settings, _ = read_settings(place.root / SETTINGS_FILE)
    sources, _ = place.sources(read_mapping(place.root / MAPPING_FILE)[0])
    tables, only = {}, None
    for name in sorted(aggregates.columns, key=lambda name: name not in ALWAYS):
        if only is None and name not in ALWAYS:
            only = only_of(team, tables)
        is_whole = name in ALWAYS or name in whole or name in aggregates.whole
        raw = read_mapped(sources[name] if is_whole else narrowed(sources[name], only), TABLES[name])
        frame = without_bad(raw.frame, aggregates.bad.get(name, {}))
        tables[name] = converted(frame, aggregates.columns[name], TABLES[name], raw.delimiter)
    aside = pd.DataFrame(list(aggregates.set_aside), columns=["table", "rows", "set_aside"])
    return Program(place.where, _in_contract_order(tables), settings, faults_of(aggregates), aside, "",
                   pd.Timestamp(aggregates.as_of) if aggregates.as_of else pd.NaT)


def aggregates_of(place):
    """Return the company aggregates of an open Place, counted anew where nobody can tell whether it changed."""
    return company_aggregates(place, _load) or count_aggregates("", _load(place))


def read_mapped(source, table):
    """Return the RawTable of a source under the contract's names; raises Unreadable."""
    raw, _ = read_raw(source, table)
    if source.mapping:
        raw, _, _ = leave_out(raw, source.mapping)
        raw, _ = translate(raw, source.mapping, table)
    return name_as_contract(raw, table)


def _load(place):
    settings, faults = read_settings(place.root / SETTINGS_FILE)
    mappings, wrong = read_mapping(place.root / MAPPING_FILE)
    sources, more = place.sources(mappings)
    more = [*wrong, *more]
    checks, unreadable = _read_tables(sources)
    check_relations(checks)
    more += [*unreadable, *(fault for check in checks.values() for fault in check.faults)]
    faults += sorted(more, key=lambda fault: (fault.file, fault.row or 0, fault.column))
    as_of = latest_date({name: check.good for name, check in checks.items()})
    faults += target_faults(place.root / SETTINGS_FILE, settings.targets, {name: check.good for name, check in checks.items()
                            if not missing_columns(check.raw, check.table)}, as_of)
    if settings.accepted_faults:
        faults = [_with_acceptance(fault, settings, as_of) for fault in faults]
    faults += _excess(checks, faults, settings)
    tables = {name: check.good for name, check in checks.items() if not missing_columns(check.raw, check.table)}
    program = Program(place.where, _in_contract_order(tables), settings, tuple(faults), _set_aside(checks), "", as_of)
    return Loaded(program, tuple(fault for fault in faults if _breaks(fault)),
                  {name: check.left_out for name, check in checks.items() if check.left_out}, checks, sources)


def _read_tables(sources):
    checks, faults = {}, []
    for name, source in sources.items():
        left_out = 0
        try:
            raw, more = read_raw(source, TABLES[name])
            if source.mapping:
                raw, strange, left_out = leave_out(raw, source.mapping)
                raw, wrong = translate(raw, source.mapping, TABLES[name])
                more = [*more, *strange, *wrong]
            raw = name_as_contract(raw, TABLES[name])
        except Unreadable as error:
            faults.append(error.fault)
            continue
        checks[name] = check_table(raw, TABLES[name])
        checks[name].faults += more
        checks[name].left_out = left_out
        checks[name].lost = sum(fault.code == "ragged_row" for fault in more)
    return checks, faults


def _in_contract_order(tables):
    return {name: tables[name] for name in TABLES if name in tables}


def _with_acceptance(fault, settings, as_of):
    accepted = any(_accepts(entry, fault, as_of) for entry in settings.accepted_faults)
    return replace(fault, accepted=True) if accepted else fault


def _accepts(entry, fault, as_of):
    if entry["until"] and not pd.isna(as_of) and as_of > pd.Timestamp(entry["until"]):
        return False
    return all(not entry[key] or entry[key] == getattr(fault, key) for key in ("code", "table", "column"))


def _breaks(fault):
    if fault.accepted:
        return False
    # A fault of no table is of program.yml or of a workbook, on which every table may rest.
    key_table = not fault.table or (fault.table in TABLES and TABLES[fault.table].is_key_table)
    in_key = key_table and (fault.code in FATAL_IN_KEY_TABLES or (
        fault.code == "empty_cell" and fault.table and fault.column in TABLES[fault.table].key))
    return fault.code in FATAL or in_key


def _excess(checks, faults, settings):
    """Return a fault for each table with too large a share of rows that nobody accepted as faulty."""
    rows = pd.DataFrame([(fault.table, fault.file, fault.row) for fault in faults
                         if not fault.accepted and fault.row is not None and fault.code not in HEADER_FAULTS],
                        columns=["table", "file", "row"]).drop_duplicates()
    counts = rows["table"].value_counts()
    excess = []
    for name, check in checks.items():
        total, wrong = len(check.raw.frame) + check.lost, int(counts.get(name, 0))
        if wrong > settings.maximum_set_aside * total:
            excess.append(Fault("too_many_set_aside", check.file, f"at most {settings.maximum_set_aside:.1%} of rows "
                                f"with faults, not {wrong:,} of {total:,} ({wrong / total:.1%})",
                                "Mend the faults of this file that are listed here.", table=name))
    return excess


HEADER_FAULTS = {"missing_column", "similar_column", "repeated_column"}


def _set_aside(checks):
    records = [(name, len(check.raw.frame) + check.lost, int(check.bad.sum()) + check.lost)
               for name, check in _in_contract_order(checks).items()]
    return pd.DataFrame(records, columns=["table", "rows", "set_aside"])
