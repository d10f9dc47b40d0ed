"""What must hold for any input: readers never break, nothing is lost, every planted fault is named at its place."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from upskill import data
from upskill.data.names import guarded, tidy
from upskill.data.read import load

USUAL = {"deadline": None, "derandomize": True, "phases": [Phase.explicit, Phase.generate],
         "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
NAME = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="@"), min_size=1,
               max_size=8).map(tidy).filter(bool)
NUMBERS = st.none() | st.integers(-10**6, 10**6).map(lambda number: number / 100)
# Within three years: a single date far from all others is named as impossible, on purpose.
ROWS = st.lists(st.tuples(st.dates(pd.Timestamp("2024-01-01").date(), pd.Timestamp("2026-12-31").date()), NUMBERS),
                min_size=1, max_size=12, unique_by=lambda row: row[0])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "program.yml").write_text("name: Test\nmaximum_set_aside: 1\n")
    return tmp_path


def clear(folder):
    for path in folder.iterdir():
        if path.name != "program.yml":
            path.unlink()


def observations(rows, team="red"):
    return pd.DataFrame({"date": [day.isoformat() for day, _ in rows], "period": "week", "team": team, "kpi": "k",
                         "value": [number for _, number in rows]})


@settings(max_examples=60, **USUAL)
@given(st.binary(max_size=120) | st.builds(lambda head, tail: head + tail, st.sampled_from([
    b"person_id,team,role\n", b"\xef\xbb\xbfperson_id;team;role\r\n", b"\xff\xfep\0", b"sep=;\n", b"PK\x03\x04", b'"', b"PAR1"]),
    st.binary(max_size=60)), st.sampled_from(["people.csv", "people.tsv", "people.xlsx", "people.parquet", "mapping.yml"]))
def test_any_bytes_as_a_file_give_faults_or_a_program_and_nothing_else(folder, content, name):
    clear(folder)
    (folder / name).write_bytes(content)
    try:
        found = load(folder)
    except data.ProgramError:
        return
    assert all(fault.code in data.FAULT_CODES and fault.expected and fault.cure for fault in found.program.faults)
    for table, rows, aside in found.program.set_aside.itertuples(index=False):
        assert table not in found.program.tables or rows == aside + len(found.program.tables[table])


@settings(max_examples=15, **USUAL)
@given(ROWS, NAME, st.sampled_from([",", ";", "\t", "xlsx", "parquet"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
       st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_in_any_form_is_read_equal(folder, rows, team, form, encoding, line_end):
    clear(folder)
    frame = observations(rows, team)
    if form == "xlsx":
        frame.to_excel(folder / "kpi_observations.xlsx", index=False, sheet_name="kpi_observations")
    elif form == "parquet":
        frame.to_parquet(folder / "kpi_observations.parquet")
    else:
        text = frame.map(guarded).to_csv(index=False, sep=form, lineterminator=line_end)
        (folder / "kpi_observations.csv").write_bytes(text.encode(encoding))
    read = load(folder).program["kpi_observations"]
    assert read["date"].dt.strftime("%Y-%m-%d").tolist() == frame["date"].tolist()
    assert np.array_equal(read["value"], frame["value"].astype(float), equal_nan=True)
    assert set(read["team"]) == {team if form not in (",", ";", "\t") or team[0] != "'" else read["team"][0]}


@settings(max_examples=15, **USUAL)
@given(ROWS, st.sampled_from([",", "."]), st.sampled_from(["DD.MM.YYYY", "MM/DD/YYYY", "YYYY-MM-DD"]))
def test_a_mapped_export_is_the_same_program(folder, rows, decimal, form):
    clear(folder)
    plain = observations(rows)
    plain.to_csv(folder / "kpi_observations.csv", index=False)
    expected = load(folder).program["kpi_observations"]
    clear(folder)
    shape = {"DD.MM.YYYY": "%d.%m.%Y", "MM/DD/YYYY": "%m/%d/%Y", "YYYY-MM-DD": "%Y-%m-%d"}[form]
    theirs = pd.DataFrame({
        "Squad": "RED", "Day": pd.to_datetime(plain["date"]).dt.strftime(shape), "Metric": "k", "Kind": "Weekly",
        "Points": ["n/a" if pd.isna(number) else f"{number:.2f}".replace(".", decimal) for number in plain["value"]]})
    theirs.to_csv(folder / "export.csv", index=False, sep=";")
    (folder / "mapping.yml").write_text(
        "kpi_observations:\n  file: export.csv\n  columns: {date: Day, period: Kind, team: Squad, kpi: Metric, value: Points}\n"
        f"  values: {{period: {{Weekly: week}}, team: {{red: red}}}}\n  decimal: '{decimal}'\n  dates: {form}\n  empty: [n/a]\n")
    found = load(folder)
    assert found.program.faults == ()
    pd.testing.assert_frame_equal(found.program["kpi_observations"], expected)


PLANTED = {"value": ("many", "wrong_type"), "date": ("2026-02-30", "wrong_type"), "period": ("year", "not_in_choices"),
           "kpi": ("", "empty_cell"), "team": (" ", "empty_cell")}


@settings(max_examples=20, **USUAL)
@given(ROWS, st.data())
def test_each_planted_fault_is_named_at_its_row_and_column_and_nothing_else(folder, rows, draw):
    clear(folder)
    frame = observations(rows).astype(object)
    planted = draw.draw(st.dictionaries(st.integers(0, len(rows) - 1), st.sampled_from(sorted(PLANTED)), max_size=4))
    for at, column in planted.items():
        frame.loc[at, column] = PLANTED[column][0]
    frame.to_csv(folder / "kpi_observations.csv", index=False)
    found = load(folder).program
    assert {(fault.row, fault.column, fault.code) for fault in found.faults} == {
        (at + 2, column, PLANTED[column][1]) for at, column in planted.items()}
    assert found.set_aside.iloc[0].tolist() == ["kpi_observations", len(rows), len(planted)]
    assert len(found["kpi_observations"]) + len(planted) == len(rows)


@settings(max_examples=15, **USUAL)
@given(st.lists(st.lists(st.text(st.sampled_from("ab1,;\"\n\t '=-"), max_size=4), min_size=1, max_size=5), max_size=8))
def test_kept_rows_and_rows_set_aside_are_all_rows(folder, cells):
    clear(folder)
    text = io.StringIO()
    pd.DataFrame([["p0", "red", "dev"], *[[*row, *[""] * (3 - len(row))][:3] for row in cells]],
                 columns=["person_id", "team", "role"]).to_csv(text, index=False)
    (folder / "people.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    found = load(folder).program
    (_, rows, aside), = found.set_aside.itertuples(index=False)
    filled = [row for row in cells if any(tidy(cell) for cell in row[:3])]
    assert rows == 1 + len(filled) and len(found["people"]) == rows - aside


@settings(max_examples=15, **USUAL)
@given(st.lists(st.tuples(st.integers(0, 900), st.sampled_from(["red", "blue", "green"])), min_size=1, max_size=5,
                unique_by=lambda stay: stay[0]), st.lists(st.integers(-200, 1200), min_size=1, max_size=8))
def test_what_somebody_did_counts_for_the_team_of_that_day(folder, stays, days):
    clear(folder)
    start = pd.Timestamp("2023-01-02")
    stays = sorted(stays)
    lines = [f"p1,{team},{(start + pd.Timedelta(days=day)).date()}" for day, team in stays]
    (folder / "memberships.csv").write_text("\n".join(["person_id,team,starts_on", *lines, ""]))
    (folder / "people.csv").write_text(f"person_id,team,role\np1,{stays[-1][1]},dev\n")
    rows = [f"r,{number},p1,{(start + pd.Timedelta(days=day)).date()}T23:30:00Z" for number, day in enumerate(days)]
    (folder / "pull_requests.csv").write_text("\n".join(["repository,pull_request_id,author_id,created_at", *rows, ""]))
    expected = [next((team for since, team in reversed(stays) if since <= day), stays[0][1]) for day in days]
    assert data.read_program(folder)["pull_requests"]["team"].tolist() == expected
    for team in sorted({team for _, team in stays}):
        assert len(data.read_program(folder, team=team)["pull_requests"]) == expected.count(team)
