"""History: points of labelled runs, what a report is compared with, and what of a change is noise."""

import pytest
from sample_reports import FACT, SHOWN, make_notebook, make_program, make_spec
from test_batch import digests, record, run

from upskill.batch import history
from upskill.batch.history import previous_point, series


@pytest.fixture(autouse=True)
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("UPSKILL_LEDGER", str(tmp_path / "ledger.jsonl"))


def fact(value, low=None, high=None, unit="share", better="higher", name="test.fact", **more):
    return {"name": name, "value": value, "low": low, "high": high, "level": 0.9, "unit": unit, "better": better,
            "text": f"{value}"} | more


@pytest.fixture
def company(tmp_path):
    """A program with one report that never changes and one that follows a table."""
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "still.ipynb", FACT, SHOWN)
    moving = ('from upskill import data\nheads = len(data.read_program(program)["people"])\nseed = heads\n' + FACT)
    make_notebook(tmp_path / "moving.ipynb", moving)
    make_spec(tmp_path / "reports.yml", program, "moving", "{notebook: still, needs: [moving]}")
    return tmp_path


def hire(folder, person):
    with open(folder / "sample/people.csv", "a", encoding="utf-8") as file:
        file.write(f"{person},core,developer\n")


def points(folder, report, slug="company"):
    return [(point.label, point.facts["test.seed"]["value"]) for point in series(folder / "out", "sample", report, slug)]


def test_points_grow_with_labelled_runs_only(company):
    assert run(company).exit_code == 0
    assert not (company / "out/sample/history").exists()
    assert run(company, "--label", "2026-09").exit_code == 0
    assert points(company, "moving") == [("2026-09", 12.0)]
    before = digests(company / "out")
    assert run(company, "--label", "2026-09").exit_code == 0
    assert digests(company / "out") == before
    hire(company, "person900")
    assert run(company).exit_code == 0  # without a label: read, not written
    assert points(company, "moving") == [("2026-09", 12.0)]
    assert record(company, "moving")["compared_with"]["label"] == "2026-09"
    assert run(company, "--label", "2026-10").exit_code == 0
    assert points(company, "moving") == [("2026-09", 12.0), ("2026-10", 13.0)]


def test_a_kept_report_keeps_what_it_is_compared_with(company):
    run(company, "--label", "2026-09")
    hire(company, "person900")
    run(company, "--label", "2026-10")
    before = digests(company / "out")
    result = run(company, "--label", "2026-11")
    assert "kept" in result.output
    assert record(company, "moving")["compared_with"]["label"] == "2026-09"
    assert points(company, "moving") == [("2026-09", 12.0), ("2026-10", 13.0)]
    after = digests(company / "out")
    assert {name for name in after if before.get(name) != after[name]} <= {"sample/history/2026-11.json", "index.html"}
    at = history.points_of(company / "out", "sample", "2026-11")["moving/company"]
    assert (at.label, at.facts["test.seed"]["value"]) == ("2026-11", 13.0)


def test_a_label_made_again_with_other_data_replaces_its_points(company):
    run(company, "--label", "2026-09")
    run(company, "--label", "2026-10")  # nothing new: names the point of 2026-09
    hire(company, "person900")
    run(company, "--label", "2026-09")
    assert points(company, "moving") == [("2026-09", 13.0), ("2026-10", 12.0)]  # 2026-10 said 12 and still says so
    assert record(company, "moving")["compared_with"]["label"] == "2026-10"


def test_a_report_is_made_again_when_what_it_is_compared_with_is_forgotten(company):
    run(company, "--label", "2026-09")
    hire(company, "person900")
    run(company, "--label", "2026-10")
    assert history.forget_label(company / "out", "sample", "2026-09") == 2
    result = run(company, "--dry-run")
    assert "run   moving/company  (what it is compared with changed)" in result.output
    run(company)
    assert record(company, "moving")["compared_with"] is None
    assert history.forget_label(company / "out", "sample", "2026-09") == 0


def test_a_forgotten_label_leaves_its_points_to_later_ones(company):
    run(company, "--label", "2026-09")
    run(company, "--label", "2026-10")
    history.forget_label(company / "out", "sample", "2026-09")
    assert points(company, "moving") == [("2026-10", 12.0)]


def test_failed_reports_add_no_point(company):
    make_notebook(company / "moving.ipynb", FACT, "1/0")
    assert run(company, "--label", "2026-09").exit_code == 1
    assert points(company, "moving") == points(company, "still") == []


def test_a_broken_file_is_named_and_the_reports_are_made(company):
    run(company, "--label", "2026-09")
    broken = company / "out/sample/history/2026-09.json"
    broken.write_text("{", encoding="utf-8")
    hire(company, "person900")
    result = run(company, "--label", "2026-10")
    assert result.exit_code == 0 and f"The history file {broken} cannot be read" in result.output
    assert points(company, "moving") == [("2026-10", 13.0)]
    again = run(company, "--label", "2026-09")
    assert again.exit_code == 1 and "was not added to the history" in again.output
    assert broken.read_text(encoding="utf-8") == "{"
    assert history.labels(company / "out", "sample") == ["2026-10"]


HALF = '{"label": "2026-09", "number": 1, "reports": {"a/b": {}}, "unchanged": {}, "shared": {}}'


@pytest.mark.parametrize("content", ["[]", HALF, '{"label": "other"}', "\x00", "null"])
def test_files_of_any_other_form_are_passed_over(tmp_path, content):
    (tmp_path / "p/history").mkdir(parents=True)
    (tmp_path / "p/history/2026-09.json").write_text(content, encoding="utf-8")
    assert previous_point(tmp_path, "p", "a", "b", "key") is None
    assert len(history.problems(tmp_path, "p")) == 1
