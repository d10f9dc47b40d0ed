"""Fingerprints of the rows that may be of each team."""

import hashlib

import pandas as pd

from upskill.data.address import is_address
from upskill.data.contract import TABLES
from upskill.data.database_digest import GROUPS, digest_of_groups, group_hashes, hashed_rows
from upskill.data.digest import Digests, digest_of
from upskill.data.folder import SETTINGS_FILE
from upskill.data.mapping import MAPPING_FILE, read_mapping
from upskill.data.names import tidy
from upskill.data.place import opened_place
from upskill.data.read import aggregates_of, read_mapped
from upskill.data.share import is_shared, persons_and_teams
from upskill.data.source import Unreadable, partition_team


def digests_of_place(given):
    """Return the Digests of a program."""
    with opened_place(given) as place:
        aggregates = aggregates_of(place)
        files = {name: place.root / name for name in (SETTINGS_FILE, MAPPING_FILE)}
        settings = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items() if file.is_file()}
        company = digest_of(settings | {"aggregates": aggregates.digest})
        groups = group_hashes(place.root) if is_address(place.where) else _of_folder(place)
    homes = _homes(groups)
    tables = {name: digest_of_groups(found) for name, found in groups.items()}
    shares = {name: _by_team(found, homes) for name, found in groups.items()
              if is_shared(TABLES[name]) and set(found) & {"team", *GROUPS}}
    return Digests(company, tables, shares)


def _of_folder(place):
    sources, _ = place.sources(read_mapping(place.root / MAPPING_FILE)[0])
    found = {}
    for name, source in sorted(sources.items()):
        if source.form == "folder" and is_shared(TABLES[name]):
            found[name] = _of_files(source)
            continue
        try:
            frame = read_mapped(source, TABLES[name]).frame
            found[name] = hashed_rows(frame, [(group, group) for group in GROUPS if group in frame])
        except Unreadable as error:
            found[name] = pd.DataFrame({"rows": [0], "total": [str(error)]}, dtype=object)
    return found


def _of_files(source):
    """Return the groups of a folder of Parquet: its files by team, each told by its bytes; without a team, of every team."""
    paths = sorted(source.path.rglob("*.parquet"))
    names = [path.relative_to(source.path.parent).as_posix() for path in paths]
    return pd.DataFrame({"team": [partition_team(name) for name in names], "rows": names,
                         "total": [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths],
                         "lies": True}, dtype=object)


def _homes(groups):
    """Return {person: teams ever} from people and memberships, whose groups have both."""
    tables = {name: groups[name] for name in ("people", "memberships") if {"person_id", "team"} <= set(groups.get(name, ()))}
    _, homes = persons_and_teams(tables)
    homes = homes.astype(str).map(tidy)
    return homes.groupby("person_id")["team"].agg(set).to_dict()


def _by_team(groups, homes):
    """Return {team: SHA-256} of the groups that may be of it: those that name it, and those of its people."""
    lines = {}
    persons = [name for name in GROUPS if name != "team" and name in groups]
    for row in groups.to_dict("records"):
        team = row.get("team")
        known = [tidy(str(team))] if not pd.isna(team) and str(team).strip() else [
            home for name in persons if not pd.isna(row[name]) for home in homes.get(tidy(str(row[name])), ())]
        if not known and "lies" in row:
            known = {home for teams in homes.values() for home in teams}
        for one in dict.fromkeys(known):
            lines.setdefault(one, []).append(repr(sorted((name, str(value)) for name, value in row.items())))
    return {team: hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest() for team, found in lines.items()}
