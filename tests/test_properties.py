"""What must hold for any input: readers never break, nothing is lost, movers count where they were."""

import io

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from upskill import data
from upskill.data.names import tidy
from upskill.data.read import load

USUAL = {"deadline": None, "derandomize": True, "phases": [Phase.explicit, Phase.generate],
         "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
@pytest.fixture
def folder(tmp_path):
    (tmp_path / "program.yml").write_text("name: Test\nmaximum_set_aside: 1\n")
    return tmp_path


def clear(folder):
    for path in folder.iterdir():
        if path.name != "program.yml":
            path.unlink()


@settings(max_examples=4, **USUAL)
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


@settings(max_examples=4, **USUAL)
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


@settings(max_examples=4, **USUAL)
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
