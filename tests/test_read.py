"""Programs are read alike from every form of file, and cut to teams and days."""

import codecs

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from upskill import data
from upskill.data.convert import convert
from upskill.data.names import tidy
from upskill.data.schema import Column
from upskill.data.source import TEXT

SETTINGS = "name: Test company\ncurrency: EUR\nmaximum_set_aside: 0.5\n"
PEOPLE = "person_id,team,role,start_date,full_time_equivalent\n007,red,dev,2020-01-01,0.5\nNA,blue,None,,1\n"
PULLS = ("repository,pull_request_id,team,author_id,created_at,merged_at,additions,is_revert,note\n"
         "r,1,red,007,2026-01-05T09:00:00Z,2026-01-06T09:00:00Z,12,false,\n"
         "r,2,,NA,2026-01-07T09:00:00+02:00,,,true,mine\n"
         'r,3,,x,2026-02-01 10:30,2026-03-01T00:00:00Z,0,,"two\nlines"\n')


@pytest.fixture
def program(tmp_path):
    """Return a function that writes files into a program folder and returns the folder."""
    def write(settings=SETTINGS, **files):
        (tmp_path / "program.yml").write_text(settings, encoding="utf-8")
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name.replace("__", ".")).write_bytes(raw)
        return tmp_path
    return write


def same(left, right):
    assert list(left) == list(right)
    for name, frame in left.items():
        pd.testing.assert_frame_equal(frame, right[name], check_like=True)


# --- reading


def test_types_of_the_contract(program):
    company = data.read_program(program(people__csv=PEOPLE, pull_requests__csv=PULLS), strict=True)
    people, pulls = company["people"], company["pull_requests"]
    assert people["person_id"].tolist() == ["007", "NA"] and people["role"].tolist() == ["dev", "None"]
    assert people["start_date"].dtype == pulls["created_at"].dtype == "datetime64[ns]"
    assert pulls["additions"].dtype == "Int64" and pulls["is_revert"].dtype == "boolean"
    assert pulls["created_at"].tolist() == list(pd.to_datetime(
        ["2026-01-05 09:00", "2026-01-07 07:00", "2026-02-01 10:30"]))
    assert pulls["note"].tolist()[1:] == ["mine", "two lines"] and pd.isna(pulls["note"][0])
    assert people["end_date"].isna().all() and people["end_date"].dtype == "datetime64[ns]"
    assert people["full_time_equivalent"].tolist() == [0.5, 1.0]


def test_a_program_without_tables_is_readable(program):
    company = data.read_program(program(), strict=True)
    assert company.tables == {} and company.settings.name == "Test company" and pd.isna(company.as_of)
    assert "people" not in company
    with pytest.raises(data.NotEnoughData, match="people, waves"):
        company.require("people", "waves")
    with pytest.raises(data.NotEnoughData, match="people"):
        company["people"]


def quoted(text, delimiter):
    lines = text.replace('"two\nlines"', "two lines").split("\n")
    return "\n".join(delimiter.join(f'"{cell}"' for cell in line.split(",")) if line else "" for line in lines)


@pytest.mark.parametrize("change", [
    lambda text: codecs.BOM_UTF8 + text.encode(),
    lambda text: text.encode("utf-16"),
    lambda text: text.replace(",", ";").encode(),
    lambda text: text.replace(",", "\t").encode(),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.replace(",", " , ").encode(),
    lambda text: ("sep=;\n" + text.replace(",", ";")).encode(),
    lambda text: (text + "\n,,,,\n\n").encode(),
    lambda text: text.rstrip("\n").encode(),
    lambda text: quoted(text, ",").encode(),
    lambda text: quoted(text, ";").encode(),
    lambda text: text.replace("\n", ",\n").encode(),
], ids=["bom", "utf-16", "semicolon", "tab", "crlf", "blanks", "sep=", "blank lines", "no last newline",
        "quoted", "quoted semicolon", "comma at the end"])
def test_dialects_of_csv_give_the_same_table(program, change):
    folder = program(people__csv=PEOPLE)
    plain = data.read_program(folder, strict=True)
    program(people__csv=change(PEOPLE))
    same(plain.tables, data.read_program(folder, strict=True).tables)


def test_quoted_and_plain_readers_agree(program):
    plain = PULLS.replace('"two\nlines"', "two lines")
    folder = program(people__csv=PEOPLE, pull_requests__csv=plain)
    first = data.read_program(folder)
    program(pull_requests__csv=quoted(plain, ","))
    same(first.tables, data.read_program(folder).tables)


def frames():
    people = pd.DataFrame({"person_id": ["007", "NA"], "team": ["red", "blue"], "role": ["dev", "None"],
                           "start_date": [pd.Timestamp("2020-01-01"), pd.NaT], "full_time_equivalent": [0.5, 1.0]})
    pulls = pd.DataFrame({
        "repository": "r", "pull_request_id": ["1", "2", "3"], "team": ["red", None, None],
        "author_id": ["007", "NA", "x"], "additions": pd.array([12, None, 0], "Int64"),
        "created_at": pd.to_datetime(["2026-01-05 09:00", "2026-01-07 07:00", "2026-02-01 10:30"]),
        "merged_at": pd.to_datetime(["2026-01-06 09:00", None, "2026-03-01 00:00"]),
        "is_revert": pd.array([False, True, None], "boolean"), "note": [None, "mine", "two\nlines"]})
    return people, pulls


def test_excel_gives_the_same_tables(program, tmp_path):
    same_as = data.read_program(program(people__csv=PEOPLE, pull_requests__csv=PULLS)).tables
    for name in ("people.csv", "pull_requests.csv"):
        (tmp_path / name).unlink()
    people, pulls = frames()
    with pd.ExcelWriter(tmp_path / "Our data.xlsx") as book:
        people.to_excel(book, sheet_name="people", index=False)
        pulls.to_excel(book, sheet_name="Pull requests", index=False)
        pd.DataFrame({"read": ["me"]}).to_excel(book, sheet_name="Notes")
    company = data.read_program(tmp_path, strict=True)
    same(same_as, company.tables)


def test_parquet_gives_the_same_tables(program, tmp_path):
    same_as = data.read_program(program(people__csv=PEOPLE, pull_requests__csv=PULLS)).tables
    for name in ("people.csv", "pull_requests.csv"):
        (tmp_path / name).unlink()
    people, pulls = frames()
    people.astype({"team": "category"}).to_parquet(tmp_path / "people.parquet")
    pulls.assign(created_at=pulls["created_at"].dt.tz_localize("UTC")).to_parquet(tmp_path / "pull_requests.parquet")
    same(same_as, data.read_program(tmp_path, strict=True).tables)


def test_a_folder_of_parquet_by_team(program, tmp_path):
    people, _ = frames()
    for team, part in people.groupby("team"):
        place = program() / "people" / f"team={team}"
        place.mkdir(parents=True)
        part.drop(columns="team").to_parquet(place / "part-0.parquet")
    read = data.read_program(tmp_path, strict=True)["people"].sort_values("person_id", ignore_index=True)
    assert read["team"].tolist() == ["red", "blue"] and read["start_date"][0] == pd.Timestamp("2020-01-01")


def test_faults_in_a_folder_name_the_file(program, tmp_path):
    people, _ = frames()
    place = program() / "people" / "team=red"
    place.mkdir(parents=True)
    people.drop(columns="team").assign(full_time_equivalent=[0.5, 3]).to_parquet(place / "part-0.parquet")
    fault, = data.read_program(tmp_path).faults
    assert (fault.file, fault.row, fault.value) == ("people/team=red/part-0.parquet", 3, "3")


# --- numbers and dates


def values(kind, cells, delimiter=","):
    read, bad = convert(pd.Series(cells, dtype=TEXT), Column("x", kind, "x"), delimiter)
    return ["fault" if wrong else None if pd.isna(value) else value
            for value, wrong in zip(read.tolist(), bad, strict=True)]


def days(kind, cells):
    return [value if value in ("fault", None) else value.isoformat() for value in values(kind, cells)]


@pytest.mark.parametrize(("cells", "delimiter", "expected"), [
    (["1", "1.5", "1e3", "-2", ".5", None], ",", [1, 1.5, 1000, -2, .5, None]),
    (["nan", "inf", "-Infinity", "0x10", "1_0", "1,5", "$3", "3 h", "45%"], ",", ["fault"] * 9),
    (["1,5", "2", "1.234,50"], ";", [1.5, 2, 1234.5]),
    (["1,5", "1.234"], ";", [1.5, "fault"]),
    (["1,234", "2,345"], ";", ["fault", "fault"]),
    (["0,234"], ";", [0.234]),
    (["1,5", "2.5"], ";", ["fault", 2.5]),
])
def test_numbers(cells, delimiter, expected):
    assert values("number", cells, delimiter) == expected


def test_whole_numbers_and_flags():
    assert values("whole", ["3", "3.0", "3.5", "1e30", "x"]) == [3, 3, "fault", "fault", "fault"]
    assert values("flag", ["TRUE", "no", "1", "0", "perhaps", None]) == [True, False, True, False, "fault", None]


@pytest.mark.parametrize(("cells", "expected"), [
    (["2026-03-31", "2026-02-30", "2026", "20260331"], ["2026-03-31T00:00:00", "fault", "fault", "fault"]),
    (["1/2/2026", "31/1/2026"], ["2026-02-01T00:00:00", "2026-01-31T00:00:00"]),
    (["1/2/2026", "1/31/2026"], ["2026-01-02T00:00:00", "2026-01-31T00:00:00"]),
    (["1/2/2026", "3/4/2026"], ["fault", "fault"]),
    (["31/1/2026", "1/31/2026"], ["fault", "fault"]),
    (["31.01.2026", "soon"], ["2026-01-31T00:00:00", "fault"]),
    (["2026-03-31", "31/1/2026"], ["2026-03-31T00:00:00", "fault"]),
    (["2026/3/1"], ["2026-03-01T00:00:00"]),
    (["1/2/26"], ["fault"]),
])
def test_dates(cells, expected):
    assert days("date", cells) == expected


def test_timestamps_become_utc():
    cells = ["2026-01-06T09:12:00Z", "2026-01-06T09:12:00+02:00", "2026-01-06 09:12", "2026-01-06 09:12:00 UTC",
             "2026-01-06T00:12:00.5-0130", "2026-01-06", "2026-01-06T25:00:00Z"]
    assert days("timestamp", cells) == [
        "2026-01-06T09:12:00", "2026-01-06T07:12:00", "2026-01-06T09:12:00", "2026-01-06T09:12:00",
        "2026-01-06T01:42:00.500000", "2026-01-06T00:00:00", "fault"]


ID = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="@"),
             min_size=1).map(tidy).filter(bool)


@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ID, ID, st.none() | st.dates(pd.Timestamp("1960-01-01").date(), pd.Timestamp(
    "2026-12-31").date()), st.none() | st.floats(0, 1), st.none() | ID), min_size=1, unique_by=lambda row: row[0]),
    st.sampled_from([",", ";", "\t"]))
def test_what_is_written_is_read(program, rows, delimiter):
    frame = pd.DataFrame(rows, columns=["person_id", "team", "start_date", "full_time_equivalent", "own"])
    usual = {}  # spellings that differ in case only would be faults
    frame["team"] = [usual.setdefault(team.casefold(), team) for team in frame["team"]]
    frame = frame.assign(role="dev", start_date=pd.to_datetime(frame["start_date"]))
    text = frame.to_csv(index=False, sep=delimiter)
    read = data.read_program(program(people__csv=text), strict=True)["people"][list(frame)]
    for name in ("person_id", "team", "own"):
        assert read[name].astype(object).fillna("").tolist() == frame[name].fillna("").tolist()
    assert np.array_equal(read["full_time_equivalent"], frame["full_time_equivalent"].astype(float), equal_nan=True)
    pd.testing.assert_series_equal(read["start_date"], frame["start_date"].astype("datetime64[ns]"))


# --- where


def test_absolute_working_directory_then_repository(program, tmp_path, monkeypatch):
    folder = program()
    assert data.read_program(str(folder)).folder == folder.resolve()
    monkeypatch.chdir(tmp_path.parent)
    assert data.read_program(tmp_path.name).folder == folder.resolve()
    assert data.read_program("data/example").settings.name


def test_the_error_names_all_places_tried(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(data.ProgramError) as caught:
        data.read_program("nowhere/here")
    assert str(tmp_path / "nowhere/here") in str(caught.value)
    assert str(data.folder.ROOT / "nowhere/here") in str(caught.value)


def test_the_slug_is_safe(program):
    company = data.read_program(program())
    assert company.slug == company.folder.name.replace("_", "-").lower()


# --- cuts


@pytest.fixture(scope="module")
def company():
    return data.read_program("data/example")


def test_the_example_is_clean(company):
    assert company.faults == () and not company.set_aside["set_aside"].any()
    assert set(company.tables) == set(data.TABLES)
    assert company.as_of < pd.Timestamp("2027-01-01")


def test_a_team_takes_only_its_rows(company):
    team = company["people"]["team"].iloc[0]
    part = data.read_program("data/example", team=team)
    members = set(company["people"].query("team == @team")["person_id"])
    assert set(part["people"]["person_id"]) == members and part.team == team
    for name, frame in part.tables.items():
        if "team" in frame and name != "ai_usage":
            assert set(frame["team"].dropna()) <= {team}, name
        if "person_id" in frame and name != "memberships":
            assert set(frame["person_id"].dropna()) <= members, name
    for name in ("waves", "competencies", "items", "courses", "role_targets"):
        pd.testing.assert_frame_equal(part[name], company[name])


def test_an_unknown_team_is_refused_with_the_nearest(company):
    team = company["people"]["team"].iloc[0]
    with pytest.raises(data.ProgramError, match=rf"Did you mean {team}\?"):
        data.read_program("data/example", team=team + "x")


def test_rows_without_team_follow_their_person(program):
    folder = program(people__csv=PEOPLE, pull_requests__csv=PULLS)
    assert data.read_program(folder, team="blue")["pull_requests"]["pull_request_id"].tolist() == ["2"]


def test_as_of_hides_what_came_later(program):
    folder = program(people__csv=PEOPLE, pull_requests__csv=PULLS)
    then = data.read_program(folder, as_of="2026-01-05")["pull_requests"]
    assert then["pull_request_id"].tolist() == ["1"] and then["merged_at"].isna().all()
    assert data.read_program(folder).as_of == pd.Timestamp("2026-03-01")
    with pytest.raises(data.ProgramError, match="2026-03-31"):
        data.read_program(folder, as_of="yesterday")


def test_nothing_after_as_of_remains(company):
    day = company.as_of - pd.Timedelta(days=200)
    then = data.read_program("data/example", as_of=f"{day:%Y-%m-%d}")
    assert then.as_of == day
    for name, frame in then.tables.items():
        for column in frame.select_dtypes("datetime64[ns]"):
            if (name, column) not in (("waves", "ends_on"), ("course_sessions", "starts_on")):
                assert not (frame[column] >= day + pd.Timedelta(days=1)).any(), (name, column)
    assert len(then["rollout"]) == len(company["rollout"])


def test_people_go_back_to_their_former_team(program):
    folder = program(people__csv=PEOPLE, memberships__csv=(
        "person_id,team,starts_on,ends_on\n007,blue,2020-01-01,2025-12-31\n007,red,2026-01-01,\n"))
    assert data.read_program(folder)["people"]["team"].tolist() == ["red", "blue"]
    assert data.read_program(folder, as_of="2025-06-01")["people"]["team"].tolist() == ["blue", "blue"]


def test_case_and_blanks_of_column_names_do_not_matter(program):
    folder = program(people__csv=PEOPLE.replace("person_id,team", "Person ID,TEAM"))
    assert data.read_program(folder, strict=True)["people"]["person_id"].tolist() == ["007", "NA"]
    program(people__csv=PEOPLE.replace("person_id,team", "Person ID,TEAM").replace("NA,blue", ",blue"))
    with pytest.raises(data.ProgramError, match=r"row 3, column Person ID \(read as person_id\)"):
        data.read_program(folder)


@pytest.mark.parametrize(("kind", "cells"), [
    ("date", ["2026-03-31", None, "2024-02-29"]), ("date", ["9999-12-31", "2026-01-01"]), ("date", [None, None]),
    ("date", ["2026-02-30"]), ("timestamp", ["2026-01-06T09:12:00Z", "2026-01-06 09:12:30Z"]),
    ("timestamp", ["2026-01-06T09:12Z"]), ("timestamp", ["2026-01-06 09:12", None]), ("timestamp", ["2026-01-06T09:12:59"]),
    ("timestamp", ["2026-01-06T09+02:00"]), ("timestamp", ["2026-01-06T24:00Z"]), ("timestamp", ["2026-01-06T09:12:60Z"]),
    ("number", ["1", None, "2.5", "1e3", "-0.5"]), ("number", ["nan", "inf"]), ("number", ["1", "x"]),
])
def test_all_at_once_and_cell_by_cell_agree(monkeypatch, kind, cells):
    """The quick way for whole columns gives what the careful way gives."""
    from upskill.data import convert as module
    quick = days(kind, cells) if kind != "number" else values(kind, cells)
    monkeypatch.setattr(module, "_cast", lambda series, form: None)
    assert quick == (days(kind, cells) if kind != "number" else values(kind, cells))
