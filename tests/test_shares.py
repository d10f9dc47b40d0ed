"""A team's report reads its share only, and sees what it would see if it read everything."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import postgres
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from test_database import in_sqlite, port  # noqa: F401 - port is a fixture

from upskill import data
from upskill.data import place as places
from upskill.data import read, source
from upskill.data.cut import cut_program
from upskill.data.read import load
from upskill.simulate import simulate
from upskill.simulate.write import table_text

WHOLE = ("people", "memberships", "rollout")
TEAMS = ("checkout", "platform")


@dataclass(frozen=True)
class Company:
    """One company as text, faulty rows included, and where it lies in each form."""

    tables: dict
    settings: str
    parquet: Path
    sqlite: str


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A hostile company: people move between teams, changes name no team, rows are faulty within and across teams."""
    folder, simulated = tmp_path_factory.mktemp("shares"), simulate(60, 5, 12, 5, "hostile")
    (folder / "plain").mkdir()
    for name, frame in simulated.tables.items():
        (folder / "plain" / f"{name}.csv").write_text(table_text(name, frame), encoding="utf-8")
    tables = {name: spoiled(name, pd.read_csv(folder / "plain" / f"{name}.csv", dtype=str, keep_default_na=False,
                                              na_values=[""])) for name in simulated.tables}
    settings = yaml.safe_dump(simulated.settings)
    by_team(tables, folder / "by-team", settings)
    return Company(tables, settings, folder / "by-team", in_sqlite(folder / "company.db", tables, settings))


def spoiled(name, frame):
    """Break rows: keys twice across teams, exact copies, ends before starts, persons that nobody knows."""
    frame = frame.copy()
    if name == "pull_requests":
        frame.loc[7, "merged_at"] = "2019-01-01T00:00Z"
        frame.loc[11, "author_id"] = "nobody1"
        frame.loc[frame.index[::9], "team"] = None
        return pd.concat([frame, frame.iloc[[5, 5, 30]], frame.iloc[[40]].assign(team="platform")], ignore_index=True)
    if name == "deployments":
        frame.loc[3, "status"] = "well"
        return pd.concat([frame, frame.iloc[[2]].assign(team="checkout")], ignore_index=True)
    if name == "test_responses":
        frame.loc[20, "score"] = "many"
    return frame


def by_team(tables, folder, settings):
    """Write tables as Parquet with a folder for each team; rows by person lie where the person is now."""
    folder.mkdir(parents=True)
    (folder / "program.yml").write_text(settings, encoding="utf-8")
    now = tables["people"].set_index("person_id")["team"]
    for name, frame in tables.items():
        person = next((column for column in ("person_id", "author_id") if column in frame), None)
        lies = frame["team"].astype(object) if "team" in frame else pd.Series(None, frame.index, dtype=object)
        if person and name != "pull_requests":
            lies = lies.fillna(frame[person].map(now))
        if name in WHOLE or not lies.notna().any():
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / f"{name}.parquet")
            continue
        for team, rows in frame.groupby(lies.fillna("__HIVE_DEFAULT_PARTITION__")):
            place = folder / name / f"team={team}"
            place.mkdir(parents=True)
            left = rows if name == "ai_usage" or "team" not in rows else rows.drop(columns="team")
            pq.write_table(pa.Table.from_pandas(left, preserve_index=False), place / "part-0.parquet")


@pytest.fixture(scope="module")
def stored(company, port):  # noqa: F811 - the fixture
    postgres.fill(postgres.address(port), company.tables, company.settings, "shares", typed=False)
    return postgres.address(port, schema="shares")


@pytest.fixture(params=["parquet", "sqlite", "postgresql"])
def given(request, company):
    return request.getfixturevalue("stored") if request.param == "postgresql" else getattr(company, request.param)


def assert_same(first, second):
    assert first.as_of == second.as_of and first.team_sizes == second.team_sizes
    pd.testing.assert_frame_equal(first.set_aside, second.set_aside, check_dtype=False)
    assert list(first.tables) == list(second.tables)
    for name in first.tables:
        pd.testing.assert_frame_equal(first[name], second[name], obj=name)


def test_a_team_sees_what_it_sees_when_everything_is_read(given, monkeypatch):
    whole = load(given).program
    assert whole.set_aside["set_aside"].sum() >= 8  # there is something to set aside
    data.read_program(given, team=TEAMS[0])  # now the aggregates are in the cache
    monkeypatch.setattr(read, "_load", lambda place: pytest.fail("all was read"))
    for team, as_of in zip(TEAMS, ("", "2026-02-28"), strict=True):
        assert_same(cut_program(whole, team, as_of), data.read_program(given, team=team, as_of=as_of))


def test_tables_read_whole_beside_a_team(given, company):
    team, whole = TEAMS[0], data.read_program(given)
    beside = data.read_beside(given, team, whole=("ai_usage",))
    pd.testing.assert_frame_equal(beside["ai_usage"], whole["ai_usage"])
    assert len(beside["pull_requests"]) < len(whole["pull_requests"]) / 2
    assert_same(cut_program(whole, team), cut_program(beside, team))


def test_a_team_opens_its_own_files_and_those_its_people_came_from(company, monkeypatch):
    data.read_program(company.parquet, team=TEAMS[0])
    opened, read_file = [], source._arrow_columns
    monkeypatch.setattr(source, "_arrow_columns", lambda path, *rest: opened.append(path) or read_file(path, *rest))
    data.read_program(company.parquet, team=TEAMS[0])
    lie = [path.relative_to(company.parquet).parts for path in opened]
    named = {(parts[0], parts[1]) for parts in lie if len(parts) > 1 and parts[0] in ("deployments", "incidents", "work_items")}
    assert {team for _, team in named} == {f"team={TEAMS[0]}"}
    changes = {parts[1] for parts in lie if parts[0] == "pull_requests"}
    assert changes == {f"team={TEAMS[0]}", "team=__HIVE_DEFAULT_PARTITION__"}


def test_files_in_a_team_where_their_people_never_were_are_all_read(company, tmp_path):
    tables = {"people": pd.DataFrame({"person_id": ["a", "b"], "team": ["x", "y"], "role": "dev"}, dtype=str),
              "work_items": None}
    by_team({"people": tables["people"]}, tmp_path / "c", "name: c\ncurrency: EUR\n")
    for team, person in (("x", "b"), ("y", "a")):
        place = tmp_path / "c" / "enrolments" / f"team={team}"
        place.mkdir(parents=True)
        pq.write_table(pa.table({"person_id": [person], "course_id": ["k"], "started_on": ["2026-01-01"]}), place / "p.parquet")
    frame = data.read_program(tmp_path / "c", team="x")["enrolments"]
    assert frame["person_id"].tolist() == ["a"] and "team" not in frame


def test_what_was_counted_is_counted_again_after_a_change(company, tmp_path):
    tables = {"people": pd.DataFrame({"person_id": ["a", "b"], "team": ["x", "y"], "role": "dev"}, dtype=str),
              "spend": pd.DataFrame({"date": ["2026-01-01", "2026-02-01"], "category": "t", "amount": "1", "team": ["x", "y"]})}
    by_team(tables, tmp_path / "c", "name: c\ncurrency: EUR\n")
    assert data.read_program(tmp_path / "c", team="x").as_of == pd.Timestamp("2026-02-01")
    late = pa.table({"date": ["2026-03-01"], "category": ["t"], "amount": ["2"]})
    pq.write_table(late, tmp_path / "c" / "spend" / "team=y" / "part-1.parquet")
    assert data.read_program(tmp_path / "c", team="x").as_of == pd.Timestamp("2026-03-01")


def test_a_cell_that_only_the_whole_column_explains_is_read_with_the_whole(tmp_path):
    tables = {"people": pd.DataFrame({"person_id": ["a", "b"], "team": ["x", "y"], "role": "dev"}, dtype=str),
              "spend": pd.DataFrame({"date": ["02/03/2026", "31/01/2026"], "category": "t", "amount": "1", "team": ["x", "y"]})}
    by_team(tables, tmp_path / "c", "name: c\ncurrency: EUR\n")
    assert data.read_program(tmp_path / "c", team="x")["spend"]["date"].tolist() == [pd.Timestamp("2026-03-02")]


def test_the_cache_holds_no_id(company, stored, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for place in (company.parquet, stored):
        data.read_program(place, team=TEAMS[0])
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert TEAMS[1] in kept and postgres.PASSWORD not in kept
    assert not [one for one in company.tables["people"]["person_id"] if f'"{one}"' in kept or f" {one}" in kept]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.rglob("*.json"))


def test_an_unknown_team_is_named_with_its_neighbors(given):
    with pytest.raises(data.ProgramError, match="Did you mean checkout"):
        data.read_program(given, team="chekout")


# --- fingerprints


def copy_with(company, tmp_path, name, change):
    tables = company.tables | {name: change(company.tables[name].copy())}
    by_team(tables, tmp_path / "by-team", company.settings)
    return tmp_path / "by-team"


def test_changing_one_team_changes_its_digest_only(company, tmp_path):
    before = data.program_digests(company.parquet)

    def more_lines(frame):
        own = frame.index[(frame["team"] == TEAMS[1]) & frame["additions"].notna()][3:6]
        frame.loc[own, "additions"] = "4711"
        return frame
    after = data.program_digests(copy_with(company, tmp_path, "pull_requests", more_lines))
    teams = sorted(company.tables["people"]["team"].unique())
    changed = [team for team in teams if before.of(team, ()) != after.of(team, ())]
    assert changed == [TEAMS[1]]
    assert before.of() != after.of() and before.of(TEAMS[0]) != after.of(TEAMS[0])
    assert before.of(TEAMS[0], ("ai_usage",)) == after.of(TEAMS[0], ("ai_usage",))
    assert before.of(TEAMS[0], ("pull_requests",)) != after.of(TEAMS[0], ("pull_requests",))


def test_a_later_day_changes_the_digest_of_every_team(company, tmp_path):
    before = data.program_digests(company.parquet)

    def one_later(frame):
        return pd.concat([frame, frame.iloc[[0]].assign(deployment_id="late", finished_at="2026-12-01T10:00Z", team=TEAMS[1])])
    after = data.program_digests(copy_with(company, tmp_path, "deployments", one_later))
    assert before.of(TEAMS[0], ()) != after.of(TEAMS[0], ())


def test_rows_of_a_database_change_the_digest_of_their_team(stored, port):  # noqa: F811
    import sqlalchemy as sa

    before = data.program_digests(stored)
    engine = sa.create_engine(postgres.address(port))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE shares.deployments SET repository = 'moved' WHERE ctid = "
                                   f"(SELECT min(ctid) FROM shares.deployments WHERE team = '{TEAMS[0]}')")
    after = data.program_digests(stored)
    engine.dispose()
    assert data.team_digest(stored, TEAMS[0]) == after.of(TEAMS[0], ())
    assert before.of(TEAMS[0], ()) != after.of(TEAMS[0], ()) and before.of(TEAMS[1], ()) == after.of(TEAMS[1], ())


def test_a_pinned_database_is_not_asked_again(stored, monkeypatch):
    monkeypatch.setenv(places.VERSION, "")
    data.pin_version(stored)
    data.read_program(stored, team=TEAMS[0])
    from upskill.data import database_digest

    monkeypatch.setattr(database_digest, "database_digest", lambda database: pytest.fail("asked again"))
    assert data.read_program(stored, team=TEAMS[0]).team == TEAMS[0]


def test_the_release_plan_of_a_team_is_that_of_reading_everything(company):
    from upskill import show
    from upskill.kpi import figures

    team, released = TEAMS[0], []
    for whole in (data.read_program(company.parquet), data.read_beside(company.parquet, team, ("ai_usage",))):
        show.scope(cut_program(whole, team), "How is delivery moving?")
        released.append(figures.release(whole, team))
    assert_same(*released)
