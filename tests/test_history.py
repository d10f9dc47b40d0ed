"""History: points of labelled runs, what a report is compared with, and what of a change is noise."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from sample_reports import FACT, PARAMETERS, make_notebook, make_program, make_spec
from test_batch import digests, record, run

from upskill.batch import history
from upskill.batch.change import is_beyond_noise
from upskill.batch.history import fact_change, previous_point, series, write_points
from upskill.batch.plan import make_plan
from upskill.batch.spec import read_spec
from upskill.data import read_facts
from upskill.privacy.cli import privacy_command

HEADS = 'from upskill import data\nseed = len(data.read_program(program)["people"])\n'
Z = 1.6448536269514722


def fact(value, low=None, high=None, unit="share", better="higher", name="test.fact", **more):
    return {"name": name, "value": value, "low": low, "high": high, "level": 0.9, "unit": unit, "better": better,
            "text": f"{value}"} | more


def points(output, report="moving", name="test.seed"):
    return [(point.label, point.facts[name]["value"]) for point in series(output, "sample", report, "company")]


# --- whole runs ---------------------------------------------------------------------------------------------------


def hire(folder, person):
    with open(folder / "sample/people.csv", "a", encoding="utf-8") as file:
        file.write(f"{person},core,developer\n")


def test_the_months_of_a_company(tmp_path, monkeypatch):
    """Labelled runs add points, others do not; what a report is compared with stays with it, and is found anew."""
    monkeypatch.setenv("UPSKILL_LEDGER", str(tmp_path / "ledger.jsonl"))
    make_program(tmp_path / "sample")
    make_notebook(tmp_path / "moving.ipynb", HEADS + FACT)
    make_notebook(tmp_path / "failing.ipynb", FACT, "1/0")
    make_spec(tmp_path / "reports.yml", tmp_path / "sample", "moving")
    out = tmp_path / "out"
    assert run(tmp_path).exit_code == 0 and not (out / "sample/history").exists()
    assert "1 kept" in run(tmp_path, "--label", "2026-09").output
    assert points(out) == [("2026-09", 12.0)] and record(tmp_path, "moving")["compared_with"] is None
    hire(tmp_path, "person900")
    run(tmp_path)  # without a label: read, not written
    assert points(out) == [("2026-09", 12.0)]
    assert record(tmp_path, "moving")["compared_with"]["label"] == "2026-09"
    assert "1 kept" in run(tmp_path, "--label", "2026-10").output
    before = digests(out)
    assert "1 kept" in run(tmp_path, "--label", "2026-10").output and digests(out) == before
    assert "1 kept" in run(tmp_path, "--label", "2026-11").output
    changed = {name for name, content in digests(out).items() if before.get(name) != content}
    page = "sample/moving/company/report.html"  # which says its new label
    assert changed <= {"sample/history/2026-11.json", "index.html", page}
    assert points(out) == [("2026-09", 12.0), ("2026-10", 13.0)]  # 2026-11 said the same
    assert record(tmp_path, "moving")["compared_with"]["label"] == "2026-09"
    said = CliRunner().invoke(privacy_command, [str(tmp_path / "sample"), "--forget", "2026-09", "--reports", str(out)])
    assert "Forgot what 1 reports said under 2026-09" in said.output, said.output
    assert "(what it is compared with changed)" in run(tmp_path, "--dry-run").output
    make_spec(tmp_path / "reports.yml", tmp_path / "sample", "moving", "failing")
    broken = out / "sample/history/2026-11.json"
    broken.write_text("{", encoding="utf-8")
    result = run(tmp_path, "--label", "2026-12")
    assert f"The history file {broken} cannot be read" in result.output and "Restore it from a backup" in result.output
    assert record(tmp_path, "moving")["compared_with"] is None
    assert points(out) == [("2026-10", 13.0)] and points(out, "failing") == []
    again = run(tmp_path, "--label", "2026-11", "--only", "moving")
    assert again.exit_code == 1 and "2026-11 was not added to the history" in again.output
    assert broken.read_text(encoding="utf-8") == "{"


# --- files --------------------------------------------------------------------------------------------------------


def made(output, label, value, key="", report="moving", made_under="", **more):
    """Make the folder of a report by hand and write it to the history."""
    folder = output / "sample" / report / "company"
    folder.mkdir(parents=True, exist_ok=True)
    said = {"status": "ok", "label": made_under or label, "key": key or str(value), "title": "Heads", "parts": {"data": str(value)}}
    (folder / "run.json").write_text(json.dumps(said | more), encoding="utf-8")
    facts = {"report": report, "data_as_of": "2026-09-30", "facts": [fact(value, name="test.seed")]}
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    write_points(output, "sample", label, [folder])


def test_a_label_made_again_replaces_its_point_and_later_ones_keep_theirs(tmp_path):
    made(tmp_path, "2026-09", 12)
    made(tmp_path, "2026-10", 12)
    before = previous_point(tmp_path, "sample", "moving", "company", "13", "2026-09")
    made(tmp_path, "2026-09", 13)
    assert points(tmp_path) == [("2026-09", 13), ("2026-10", 12)]  # 2026-10 said 12 and still says so
    assert (before.label, before.key) == ("2026-10", "12")
    assert previous_point(tmp_path, "sample", "moving", "company", "13") == before


def test_a_point_is_that_of_another_key(tmp_path):
    for label, value in (("a", 1), ("b", 2), ("c", 2), ("d", 1)):
        made(tmp_path, label, value)
    assert points(tmp_path) == [("a", 1), ("b", 2), ("d", 1)]
    keys = [previous_point(tmp_path, "sample", "moving", "company", key).label for key in ("1", "2", "3")]
    assert keys == ["b", "d", "d"]
    assert previous_point(tmp_path, "sample", "renamed", "company", "1") is None
    assert history.points_of(tmp_path, "sample", "c")["moving/company"].facts["test.seed"]["value"] == 2
    with pytest.raises(KeyError):
        history.points_of(tmp_path, "sample", "e")


def test_a_forgotten_label_leaves_its_points_to_those_that_said_the_same(tmp_path):
    for label in ("a", "b", "c"):
        made(tmp_path, label, 1)
    assert history.forget_label(tmp_path, "sample", "a") == 1 and history.forget_label(tmp_path, "sample", "a") == 0
    assert points(tmp_path) == [("b", 1)]
    assert history.points_of(tmp_path, "sample", "c")["moving/company"].key == "1"


def test_the_last_review_is_read_from_history_and_given_to_reports_that_ask_for_it(tmp_path):
    out = tmp_path / "out"
    for label, value in (("2026-08", 1.0), ("2026-09", 2.0), ("2026-10", 2.0)):
        made(out, label, value)
    assert [history.last_label(out, "sample", label) for label in ("", "2026-10", "2026-08", "new")] == ["2026-10", "2026-09", "", "2026-10"]
    read, = read_facts(out / "sample/history/2026-10.json")  # which only names the label that said the same
    assert (read.report, read.label, read.facts["test.seed"].value) == ("moving", "2026-10", 2.0)
    make_program(tmp_path / "sample")
    make_notebook(tmp_path / "moving.ipynb", FACT, parameters=PARAMETERS + '\nbefore: str = ""  # facts at the last review')
    spec = read_spec(make_spec(tmp_path / "reports.yml", tmp_path / "sample", "moving"))
    assert [make_plan(spec, out, label=label)[0].parameters["before"].endswith(end) for label, end in
            (("", "history/2026-10.json"), ("2026-09", "history/2026-08.json"))] == [True, True]
    assert make_plan(spec, out, label="2026-08")[0].parameters["before"] == ""
    (out / "sample/history/2026-09.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="not what a labelled run remembered"):
        read_facts(out / "sample/history/2026-09.json")


def test_failed_reports_and_those_of_other_labels_add_nothing(tmp_path):
    made(tmp_path, "a", 1, status="failed")
    made(tmp_path, "b", 1, made_under="c")
    assert history.labels(tmp_path, "sample") == []


def test_parts_of_a_batch_add_to_one_file(tmp_path):
    for number in range(4):
        made(tmp_path, "a", number, report=f"report_{number}")
    assert history.labels(tmp_path, "sample") == ["a"] and len(history.points_of(tmp_path, "sample", "a")) == 4


HALF = '{"label": "2026-09", "number": 1, "reports": {"a/b": {}}, "unchanged": {}, "shared": {}}'


@pytest.mark.parametrize("content", ["[]", HALF, '{"label": "other"}', "\x00", "null"])
def test_files_of_any_other_form_are_passed_over(tmp_path, content):
    (tmp_path / "p/history").mkdir(parents=True)
    (tmp_path / "p/history/2026-09.json").write_text(content, encoding="utf-8")
    assert previous_point(tmp_path, "p", "a", "b", "key") is None
    assert len(history.problems(tmp_path, "p")) == 1


# --- noise --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new", "direction", "beyond", "words"), [
    (fact(.60, .55, .65), fact(.70, .66, .74), "better", True, "+10 points since 2026-09, beyond the noise"),
    (fact(.60, .55, .65), fact(.631, .58, .68), "better", False, "+3.1 points since 2026-09, within the noise"),
    (fact(40, 38, 42, "hours", "lower"), fact(44.5, 43, 46, "hours", "lower"), "worse", True,
     "+4.5 hours since 2026-09, beyond the noise"),
    (fact(-.20, -.26, -.14, "percent change", "lower"), fact(-.10, -.2, .01, "percent change", "lower"), "worse", False,
     "+10 points since 2026-09, within the noise"),
    (fact(250000, unit="USD"), fact(238000, unit="USD"), "worse", None,
     "−$12,000 since 2026-09, how much is noise is not known"),
    (fact(114, unit="people"), fact(118, unit="people"), "better", True, "+4 people since 2026-09, beyond the noise"),
    (fact(13, unit="", better="lower"), fact(12, unit="", better="lower"), "better", None,
     "−1 since 2026-09, how much is noise is not known"),
    (fact(.5, .4, .6), fact(.5, .4, .6), "neither", False, "no change since 2026-09"),
    (fact(0, text="no", unit="", better=""), fact(1, text="yes", unit="", better=""), "neither", None,
     "yes since 2026-09; was no"),
    (fact(None, text="not within 36 months", unit="months", better="lower"), fact(20, 15, 30, "months", "lower"), "neither",
     None, "20 since 2026-09; was not within 36 months"),
    (fact(3, unit="hours"), fact(3, unit="days"), "neither", None, "not comparable since 2026-09: in days, before in hours"),
    (None, fact(3), "neither", None, "new since 2026-09"),
    (fact(3), None, "neither", None, "not reported any more; was 3"),
])
def test_change_of_a_fact(old, new, direction, beyond, words):
    change = fact_change(old, new, "2026-09")
    assert (change.direction, change.is_beyond_noise, change.text) == (direction, beyond, words)


def test_unequal_arms_count_on_the_side_of_the_difference():
    near_zero = fact(.02, .015, .10)
    assert is_beyond_noise(near_zero, fact(.06, .055, .15)) is False  # the old one may well be higher
    assert is_beyond_noise(near_zero, fact(.005, .0, .007)) is True


def of_mean(x):
    half = Z * x.std(ddof=1) / np.sqrt(len(x))
    return fact(x.mean(), x.mean() - half, x.mean() + half, "levels")


def of_hours(x):
    center, half = x.mean(), Z * x.std(ddof=1) / np.sqrt(len(x))
    return fact(*np.exp([center, center - half, center + half]), "hours")


def of_share(x):
    """Score interval of Wilson (1927)."""
    share, size = (x < -1.3).mean(), len(x)
    center, half = (share + Z * Z / 2 / size), Z * np.sqrt(share * (1 - share) / size + Z * Z / 4 / size ** 2)
    return fact(share, *np.clip((np.array([center - half, center + half])) / (1 + Z * Z / size), 0, 1))


@pytest.mark.parametrize("estimate", [of_mean, of_hours, of_share])
def test_how_often_the_same_truth_is_called_beyond_noise(estimate):
    """1,000 pairs of runs of the same truth; Monte Carlo error of the share: 0.95 points."""
    draw = np.random.default_rng(20261126)
    apart = [is_beyond_noise(estimate(draw.normal(size=60)), estimate(draw.normal(size=60))) for _ in range(1000)]
    assert 0.04 <= np.mean(apart) <= 0.10 + 2 * 0.0095
    common = []
    for _ in range(1000):
        old, new = draw.normal(size=(2, 60))
        new[:30] = old[:30]
        common.append(is_beyond_noise(estimate(old), estimate(new)))
    assert np.mean(common) <= 0.04  # half of the rows in both: about 2 %


def test_a_real_difference_is_seen():
    draw = np.random.default_rng(20261126)
    found = [is_beyond_noise(of_mean(draw.normal(size=60)), of_mean(draw.normal(0.6, size=60))) for _ in range(300)]
    assert np.mean(found) > 0.9  # 0.6 standard deviations: power 0.95
