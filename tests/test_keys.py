"""Only what changed is made again: by what a report reads, reaches and is told, and it says why."""

import json
import os

import nbformat
import pytest
from sample_reports import FACT, make_notebook, make_program, make_spec
from test_batch import record, run

from upskill import data
from upskill.batch.keys import reachable, reads_only_through_data
from upskill.data import computed_once, reads

COUNT = """from upskill import data, show
company = data.read_program(program, team=team)
show.scope(company)
show.fact("test.merged", len(company["pull_requests"]), 0, 9)"""
ROWS = "repository,pull_request_id,team,author_id,created_at\n" + "".join(
    f"web,{number},{team},person{first + number % 6},2026-03-0{1 + number % 9}T10:00:00Z\n"
    for first, team in ((100, "core"), (110, "web")) for number in range(first, first + 10))


def verdicts(result):
    """Return {report: (verdict, why)} of a dry run."""
    lines = [line.split(None, 2) for line in result.output.splitlines() if line.startswith(("run ", "kept"))]
    return {name: (verdict, why.strip("()")) for verdict, name, why in lines}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Reports of two teams and the company that read changes, one that reads people, and one that needs them."""
    folder = tmp_path_factory.mktemp("made")
    program = make_program(folder / "sample")
    (program / "pull_requests.csv").write_text(ROWS, encoding="utf-8")
    make_notebook(folder / "changes.ipynb", COUNT)
    people = COUNT.replace('"pull_requests"', '"people"').replace("show.scope(company)\n", "")
    make_notebook(folder / "people.ipynb", people)
    make_notebook(folder / "after.ipynb", FACT)
    make_spec(folder / "reports.yml", program, '{notebook: changes, grid: {team: ["", "*"]}}', "people",
              "{notebook: after, needs: [changes]}")
    done = run(folder)
    assert done.exit_code == 0, done.output
    return folder


def test_nothing_changed_nothing_runs(made):
    assert set(verdicts(run(made, "--dry-run")).values()) == {("kept", "unchanged")}


def test_what_was_read_is_written_down(made):
    tables = {(team, table) for team, _, table in record(made, "changes", "core")["reads"]}
    assert ("core", "pull_requests") in tables and {team for team, _ in tables} == {"core"}
    assert record(made, "people")["reads"] == [["", "", "people"]]
    assert record(made, "after")["reads"] is None  # nobody knows what it read


def test_one_teams_data_changed_only_its_reports_and_those_above_run(made):
    path = made / "sample" / "pull_requests.csv"
    path.write_text(ROWS.replace("web,113,web,person115", "web,113,web,person114"), encoding="utf-8")
    try:
        found = verdicts(run(made, "--dry-run"))
        assert found["changes/web"] == found["changes/company"] == ("run", "the data changed")
        assert found["changes/core"] == found["people/company"] == ("kept", "what it reads has not changed")
        assert found["after/company"][0] == "run"
    finally:
        path.write_text(ROWS, encoding="utf-8")


def test_older_times_of_files_hide_no_change(made):
    """A clock that was moved back."""
    path = made / "sample" / "pull_requests.csv"
    path.write_text(ROWS.replace("web,113,web,person115", "web,113,web,person114"), encoding="utf-8")
    os.utime(path, (1, 1))
    assert verdicts(run(made, "--dry-run"))["changes/web"][0] == "run"
    path.write_text(ROWS, encoding="utf-8")
    os.utime(path, (1, 1))
    written = made / "out/sample/changes/web/run.json"
    text = written.read_text(encoding="utf-8")
    later = json.loads(text) | {"started_at": "2099-01-01T00:00:00+00:00"}
    written.write_text(json.dumps(later), encoding="utf-8")
    assert verdicts(run(made, "--dry-run"))["changes/web"] == ("kept", "unchanged")
    written.write_text(text, encoding="utf-8")


def test_a_changed_notebook_runs_alone_with_what_needs_it(made):
    path = made / "people.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Some words.", "Other words."), encoding="utf-8")
    found = verdicts(run(made, "--dry-run"))
    path.write_text(text, encoding="utf-8")
    assert found.pop("people/company") == ("run", "the notebook changed")
    assert {verdict for verdict, _ in found.values()} == {"kept"}


def test_reachable_modules_are_those_imported_in_the_end():
    found = set(reachable(["from upskill import data, show\nfrom upskill.kpi import figures"]))
    assert {"upskill", "upskill.data.read", "upskill.kpi.figures", "upskill.kpi.tracking", "upskill.show.facts"} <= found
    assert not {name for name in found if name.startswith(("upskill.roi", "upskill.batch", "upskill.simulate"))}
    everything = set(reachable(["import importlib"]))
    assert len(everything) > 2 * len(found)


@pytest.mark.parametrize(("code", "is_sure"), [
    ("company = data.read_program(program, team=team)", True), ("print(program)", False), ("%run other.ipynb", False),
    ("people = pd.read_csv(program + '/people.csv')", False), ("open('x')", False)])
def test_notes_count_only_where_nothing_is_read_past_them(tmp_path, code, is_sure):
    assert reads_only_through_data(make_notebook(tmp_path / "n.ipynb", code)) is is_sure


def test_all_reports_of_the_workbook_read_through_data(root):
    assert all(reads_only_through_data(path) for path in (root / "notebooks").glob("*.ipynb"))


def test_every_way_of_reading_a_table_is_noted(tmp_path, monkeypatch):
    monkeypatch.setenv(reads.PLACE, str(tmp_path / "reads"))
    program = data.read_program(make_program(tmp_path / "sample"))
    ways = [lambda tables: tables["people"], lambda tables: "people" in tables, lambda tables: tables.get("people"),
            lambda tables: list(tables), lambda tables: {**tables}, dict, lambda tables: tables.copy(),
            lambda tables: list(tables.items()), lambda tables: tables | {"waves": 1} and (tables | {})["people"],
            lambda tables: {"a": 1} | tables, len, lambda tables: sorted(tables.values(), key=len)]
    for way in ways:
        with reads.collected() as taken:
            way(program.tables)
        assert ("", "", "people") in taken
    with reads.collected() as taken:
        cut = data.read.cut_program(program, "core")
    assert not taken and cut.tables.level == ("core", "")


def test_a_result_is_computed_once_and_given_as_a_copy(tmp_path, monkeypatch):
    calls = []

    @computed_once.computed_once
    def doubled(values, times=1):
        calls.append(times)
        return [value * 2 for value in values] * times

    assert doubled([1]) == doubled([1]) == [2] and len(calls) == 2
    tmp_path.chmod(0o700)
    monkeypatch.setenv(computed_once.PLACE, str(tmp_path))
    doubled([1]).append(7)
    assert doubled([1]) == [2] and len(calls) == 3
    assert doubled([1], times=2) == [2, 2] and len(calls) == 4
    tmp_path.chmod(0o755)
    assert doubled([1]) == [2] and len(calls) == 5  # not ours alone


def test_a_changed_program_is_read_anew(tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o700)
    monkeypatch.setenv(computed_once.PLACE, str(kept))
    folder = make_program(tmp_path / "sample")
    assert len(data.read_program(folder)["people"]) == len(data.read_program(folder)["people"]) == 12
    make_program(folder, people=7)
    assert len(data.read_program(folder)["people"]) == 14
    assert list(kept.iterdir())


def test_notebooks_are_read_once_per_run(made, monkeypatch):
    count = []
    real = nbformat.read
    monkeypatch.setattr("upskill.batch.keys.nbformat.read", lambda *a, **k: count.append(a) or real(*a, **k))
    run(made, "--dry-run")
    assert len(count) <= 2 * 3 + 3
