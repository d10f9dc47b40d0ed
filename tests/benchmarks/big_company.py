"""A company of 10,000 engineers in 800 teams over three years, made in seconds: as Parquet by team, and in PostgreSQL."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from upskill.data import TABLES

SETTINGS = "name: Big company\ncurrency: USD\n"
FIRST = np.datetime64("2023-01-02T00:00:00")
WHOLE = ("people", "memberships", "rollout")
TYPES = {"text": "text", "choice": "text", "number": "double precision", "share": "double precision", "whole": "bigint",
         "date": "date", "timestamp": "timestamptz", "flag": "boolean"}


def make(engineers=10_000, teams=800, years=3, changes=12, seed=1):
    """Return {table: frame}: people of whom a tenth moved once, changes to code, deployments, incidents, work, usage, rollout.

    `changes`: per engineer and year.
    """
    random, weeks = np.random.default_rng(seed), 52 * years
    names = np.array([f"team {number:03d}" for number in range(teams)])
    first, now = random.integers(teams, size=(2, engineers))
    moved = random.random(engineers) < 0.1
    now = np.where(moved, now, first)
    persons = np.array([f"p{number:06d}" for number in range(engineers)])
    start, change = FIRST - np.timedelta64(400, "D"), FIRST + np.timedelta64(7 * (weeks // 2), "D")
    people = pd.DataFrame({"person_id": persons, "team": names[now], "role": random.choice(["developer", "tester"], engineers),
                           "start_date": start.astype("datetime64[s]")})
    memberships = pd.concat([
        pd.DataFrame({"person_id": persons, "team": names[first], "starts_on": start}),
        pd.DataFrame({"person_id": persons[moved], "team": names[now[moved]], "starts_on": change})], ignore_index=True)
    tables = {"people": people, "memberships": memberships, "rollout": _rollout(random, names, weeks)}
    tables["pull_requests"] = _changes(random, persons, names, first, now, change, weeks, changes * years)
    tables["deployments"] = _deployments(random, names, weeks)
    tables["incidents"] = _incidents(random, tables["deployments"])
    tables["work_items"] = _work(random, persons, names, first, now, change, weeks, 8 * years)
    tables["ai_usage"] = _usage(random, names, weeks)
    return tables


def _times(random, count, weeks):
    return FIRST + (random.random(count) * weeks * 7 * 86_400).astype("timedelta64[s]")


def _later(random, times, hours):
    return times + (random.lognormal(np.log(hours), 1.0, len(times)) * 3_600).astype("timedelta64[s]")


def _rollout(random, names, weeks):
    starts = FIRST + (7 * random.integers(weeks // 3, weeks, len(names))).astype("timedelta64[D]")
    return pd.DataFrame({"team": names, "cohort": "c1", "event": "license", "starts_on": starts, "assignment": "chosen"})


def _changes(random, persons, names, first, now, change, weeks, each):
    who = np.repeat(np.arange(len(persons)), random.poisson(each, len(persons)))
    created = _times(random, len(who), weeks)
    team = names[np.where(created < change, first[who], now[who])]
    merged = pd.Series(_later(random, created, 20.0)).mask(random.random(len(who)) < 0.08)
    return pd.DataFrame({
        "repository": np.char.add("r-", team), "pull_request_id": np.arange(len(who)).astype(str), "team": team,
        "author_id": persons[who], "created_at": created, "first_review_at": _later(random, created, 5.0), "merged_at": merged,
        "additions": random.poisson(60, len(who)), "deletions": random.poisson(25, len(who))})


def _deployments(random, names, weeks):
    team = np.repeat(names, 2 * weeks)
    return pd.DataFrame({
        "deployment_id": np.char.add("d", np.arange(len(team)).astype(str)), "team": team,
        "finished_at": _times(random, len(team), weeks), "status": np.where(random.random(len(team)) < 0.95, "success", "failure"),
        "needed_intervention": random.random(len(team)) < 0.1})


def _incidents(random, deployments):
    hit = deployments[deployments["needed_intervention"]].sample(frac=0.5, random_state=1)
    return pd.DataFrame({
        "incident_id": np.char.add("i", np.arange(len(hit)).astype(str)), "team": hit["team"].to_numpy(),
        "started_at": hit["finished_at"].to_numpy(), "resolved_at": _later(random, hit["finished_at"].to_numpy(), 3.0),
        "deployment_id": hit["deployment_id"].to_numpy(), "severity": "2"})


def _work(random, persons, names, first, now, change, weeks, each):
    who = np.repeat(np.arange(len(persons)), random.poisson(each, len(persons)))
    created = _times(random, len(who), weeks)
    return pd.DataFrame({
        "work_item_id": np.char.add("w", np.arange(len(who)).astype(str)),
        "team": names[np.where(created < change, first[who], now[who])], "person_id": persons[who],
        "kind": random.choice(["feature", "bug", "task"], len(who)), "created_at": created,
        "done_at": _later(random, created, 60.0)})


def _usage(random, names, weeks):
    days = FIRST.astype("datetime64[s]") + 7 * np.arange(weeks).astype("timedelta64[D]")
    return pd.DataFrame({"date": np.tile(days, len(names)), "team": np.repeat(names, weeks), "tool": "assistant",
                         "measure": "active_users", "value": random.poisson(6, weeks * len(names)).astype(float)})


def write_parquet(tables, folder):
    """Write the tables as files by team, those that are always read whole as one file each."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    (folder / "program.yml").write_text(SETTINGS, encoding="utf-8")
    for name, frame in tables.items():
        if name in WHOLE:
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / f"{name}.parquet")
            continue
        ordered = frame.sort_values("team", kind="stable")
        table = pa.Table.from_pandas(ordered.drop(columns="team"), preserve_index=False)
        names, starts = np.unique(ordered["team"].to_numpy(str), return_index=True)
        for team, start, stop in zip(names, starts, [*starts[1:], len(ordered)], strict=True):
            place = folder / name / f"team={team.replace(' ', '%20')}"
            place.mkdir(parents=True)
            pq.write_table(table.slice(start, stop - start), place / "part-0.parquet")


def write_postgresql(tables, engine):
    """Write the tables with the types of the contract, and an index on the columns that say whose a row is."""
    with engine.begin() as connection:
        connection.exec_driver_sql("SET TIME ZONE 'UTC'")
        connection.exec_driver_sql("CREATE TABLE program_settings (file text, content text)")
        connection.exec_driver_sql(f"INSERT INTO program_settings VALUES ('program.yml', '{SETTINGS}')")
        for name, frame in tables.items():
            kinds = {column.name: TYPES[column.kind] for column in TABLES[name].columns}
            connection.exec_driver_sql(f"CREATE TABLE {name} ({', '.join(f'{one} {kinds[one]}' for one in frame)})")
            buffer = io.BytesIO()
            arrow_csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), buffer,
                                arrow_csv.WriteOptions(include_header=False))
            buffer.seek(0)
            connection.connection.cursor().execute(f"COPY {name} FROM STDIN WITH (FORMAT csv)", stream=buffer)
            for column in {"team", "person_id", "author_id"} & set(frame):
                connection.exec_driver_sql(f"CREATE INDEX ON {name} ({column})")
            connection.exec_driver_sql(f"ANALYZE {name}")
