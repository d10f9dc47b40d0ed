"""Fingerprints of the tables of a database, taken by the server where it can, so that no row travels."""

import hashlib

import pandas as pd

from upskill.data.contract import TABLES
from upskill.data.database_rows import read_rows, theirs
from upskill.data.digest import digest_of
from upskill.data.folder import SETTINGS_FILE
from upskill.data.mapping import MAPPING_FILE, read_mapping
from upskill.data.source import Unreadable

GROUPS = ("team", "person_id", "author_id")  # what says whose a row is


def database_digest(database):
    """Return the SHA-256 of settings and rows of a program in a database, whatever the order of its rows."""
    return digest_of(settings_digests(database) | {name: digest_of_groups(groups)
                                                   for name, groups in group_hashes(database).items()})


def settings_digests(database):
    """Return {file: SHA-256} of program.yml and mapping.yml, wherever the program keeps them."""
    files = {name: database / name for name in (SETTINGS_FILE, MAPPING_FILE)}
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items() if file.is_file()}


def group_hashes(database):
    """Return {table: frame} of every table of the contract: rows and hash of each group of rows that belong together.

    The frame has those of the columns team, person_id, author_id that the table has, as they stand in it, `rows` and
    `total`, the sum of the hashes of the rows. A table that cannot be read has one group without rows.
    """
    sources, _ = database.sources(read_mapping(database / MAPPING_FILE)[0])
    hashed = _hashed_there if database.is_postgresql else _hashed_here
    return {name: hashed(source, TABLES[name]) for name, source in sorted(sources.items())}


def digest_of_groups(groups):
    """Return the SHA-256 of a frame of `group_hashes`; rows that were told twice count twice."""
    lines = sorted("\t".join(map(str, row)) for row in groups.itertuples(index=False))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _hashed_there(source, table):
    from sqlalchemy import Numeric, cast, column, func, literal_column, select

    database = source.path
    names = theirs(source, table, GROUPS)
    row = literal_column("hashtextextended(CAST(row_of AS text), 0)")
    keys = [column(name) for name in names.values()]
    query = select(*keys, func.count(), func.sum(cast(row, Numeric))).select_from(
        database.table(source.sheet).alias("row_of")).group_by(*keys)
    rows = database.connection.execute(query).fetchall()
    return pd.DataFrame(rows, columns=[*names, "rows", "total"], dtype=object)


def _hashed_here(source, table):
    try:
        raw, _ = read_rows(source, table)
    except Unreadable as error:
        return pd.DataFrame({"rows": [0], "total": [str(error)]}, dtype=object)
    return hashed_rows(raw.frame, list(theirs(source, table, GROUPS).items()))


def hashed_rows(frame, names):
    """Return the groups of a frame of text as `group_hashes` gives them; `names`: (name, its column) pairs."""
    plain = frame.astype(object).where(frame.notna(), "\0")
    keyed = pd.DataFrame({ours: plain[own] for ours, own in names}, index=plain.index, dtype=object)
    hashes = pd.util.hash_pandas_object(plain[sorted(plain)], index=False) if len(plain.columns) else 0
    if not names:
        return pd.DataFrame({"rows": [len(frame)], "total": [sum(map(int, hashes)) if len(frame) else 0]}, dtype=object)
    keyed["rows"], keyed["total"] = 1, hashes.astype(object)
    return keyed.groupby([ours for ours, _ in names], as_index=False, sort=True)[["rows", "total"]].sum().replace("\0", None)
