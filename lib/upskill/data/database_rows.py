"""Tables of a database as text: the same columns of strings that a file gives, in an order that does not change."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from upskill.data.database import reason
from upskill.data.schema import Fault
from upskill.data.source import RawTable, Unreadable, cell_text, clean, column_as_text, column_key

# What stands in no cell of a table; a column of the contract may not have it, another one is passed over.
NESTED = {"ARRAY", "BLOB", "BYTEA", "BINARY", "VARBINARY", "JSON", "JSONB", "HSTORE", "LARGEBINARY"}
NUMBERS = {"DOUBLE", "DOUBLE_PRECISION", "FLOAT", "NUMERIC", "DECIMAL", "REAL"}


def read_rows(source, table):
    """Return (RawTable, []) of a table of a database, of one team where the source says so.

    Raises Unreadable where it cannot be read.
    """
    try:
        columns = source.path.inspector.get_columns(source.sheet, source.path.schema)
        kinds = {column["name"]: type(column["type"]).__name__.upper() for column in columns}
        kinds = _plain(kinds, source, table)
        query, key = _query(source, table, kinds)
        fetch = _copy if source.path.connection.dialect.driver == "pg8000" else _fetch
        arrow = fetch(source.path, query, list(kinds))
    except Unreadable:
        raise
    except Exception as error:  # each driver has kinds of its own
        raise Unreadable(Fault("unreadable_file", source.label, "a table that can be read", f"{reason(error)}.",
                               table=source.table)) from error
    frame = clean({name: _tidy_kind(column, kinds[name]) for name, column in arrow.items()})
    return RawTable(frame, np.arange(1, len(frame) + 1), source.label, keys=key), []


def theirs(source, table, names):
    """Return {column of the contract: column of the table} of those that are there."""
    known = {column["name"] for column in source.path.inspector.get_columns(source.sheet, source.path.schema)}
    mapped = source.mapping.columns if source.mapping else {}
    folded = {column_key(name): name for name in sorted(known)}
    found = {name: folded.get(column_key(mapped.get(name, name))) for name in names}
    return {ours: name for ours, name in found.items() if name is not None}


def _plain(kinds, source, table):
    nested = [name for name, kind in kinds.items() if kind in NESTED]
    needed = set(theirs(source, table, [column.name for column in table.columns]).values())
    wrong = next((name for name in nested if name in needed), None)
    if wrong is not None:
        raise Unreadable(Fault("unreadable_file", source.label, "a table of plain columns", "Write one value per cell, not a "
                               "list, a record or bytes.", column=wrong, value=kinds[wrong].lower(), table=source.table))
    return {name: kind for name, kind in kinds.items() if name not in nested}


def _query(source, table, kinds):
    """Return (the SELECT of all plain columns in the order of the key, the contract's names of the key's columns)."""
    from sqlalchemy import column, select

    own = theirs(source, table, table.key)
    key = list(own.values()) if len(own) == len(table.key) else []
    order = [*key, *(name for name in kinds if name not in key)]
    query = select(*(column(name) for name in kinds)).select_from(source.path.table(source.sheet))
    if source.only:
        query = query.where(_of_team(source, table, kinds))
    return query.order_by(*(column(name) for name in order)), tuple(own) if key else ()


def _of_team(source, table, kinds):
    """Return the condition under which a row may be of a team: it names the team, or no team and one of its people."""
    from sqlalchemy import Text, and_, cast, column, false, func, or_

    def text(name):
        return column(name) if kinds[name] in ("TEXT", "VARCHAR", "STRING") else cast(column(name), Text)

    names = theirs(source, table, ("team", "person_id", "author_id"))
    team, persons = names.pop("team", None), sorted(source.only.persons)
    theirs_too = or_(false(), *(text(name).in_(persons) for name in names.values())) if persons else false()
    if team is None:
        return theirs_too
    return or_(text(team) == source.only.team, and_(or_(text(team).is_(None), func.trim(text(team)) == ""), theirs_too))


def _copy(database, query, names):
    """Read through COPY: the server writes text, Arrow reads it, and no Python object stands in between."""
    from sqlalchemy.dialects import postgresql

    text = str(query.compile(dialect=postgresql.dialect(paramstyle="named"), compile_kwargs={"literal_binds": True}))
    buffer = io.BytesIO()
    database.connection.connection.cursor().execute(f"COPY ({text}) TO STDOUT WITH (FORMAT csv)", stream=buffer)
    if not buffer.tell():
        return {name: pa.array([], pa.large_string()) for name in names}
    buffer.seek(0)
    table = arrow_csv.read_csv(buffer, arrow_csv.ReadOptions(column_names=names, block_size=1 << 24),
                               arrow_csv.ParseOptions(newlines_in_values=True),
                               arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string())))
    return dict(zip(names, table.columns, strict=True))


def _fetch(database, query, names):
    rows = database.connection.execute(query).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return {name: _as_text(values) for name, values in zip(names, columns, strict=True)}


def _as_text(values):
    try:
        return column_as_text(pa.array(values))
    except (pa.ArrowException, OverflowError):  # a column of SQLite may hold any mixture
        return pa.array([None if value is None else cell_text(value) for value in values], pa.large_string())


def _tidy_kind(column, kind):
    """Return a column of text with UTC marked as Z, and no NaN for a number that is not known."""
    if kind in ("TIMESTAMP", "DATETIME"):
        return pc.replace_substring_regex(column, r"\+00(:?00)?$", "Z")
    if kind in NUMBERS:
        return pc.if_else(pc.equal(column, "NaN"), None, column)
    return column
