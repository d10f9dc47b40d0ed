"""The KPI report as a reader gets it: facts against the simulated truth, figures with words, doubt said."""

import json
import re
import shutil

import nbformat
import numpy as np
import pandas as pd
import papermill
import pytest

from upskill import show
from upskill.kpi import Tracked, charts
from upskill.kpi.definitions import BOARD, DEFINITIONS
from upskill.paths import NOTEBOOKS

NAMED = {definition.name: definition for definition in DEFINITIONS}

NOTEBOOK = NOTEBOOKS / "05_kpi_tracking.ipynb"


def run(tmp_path, **parameters):
    """Run the report; return its display data by kind: {"fact": [...], "figure": [...], ...}."""
    target = tmp_path / "report.ipynb"
    papermill.execute_notebook(str(NOTEBOOK), str(target), parameters, progress_bar=False, request_save_on_cell_execute=False)
    return shown(target)


def shown(path):
    """Return what an executed report shows, as `run` does."""
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", ()):
            for kind, content in output.get("data", {}).items():
                if kind.startswith("application/vnd.upskill."):
                    found.setdefault(kind.split(".")[-1].removesuffix("+json"), []).append(content)
    return found


def facts_of(found):
    return {fact["name"]: fact for fact in found["fact"]}


@pytest.fixture(scope="module")
def company(reports):
    return shown(reports / "05_kpi_tracking" / "company" / "report.ipynb")


def true_change(folder):
    """Mean over trained teams of the true log-ratio of median lead time, as a relative change."""
    truth = json.loads((folder / "truth.json").read_text())["delivery"]
    rollout = pd.read_csv(folder / "rollout.csv", parse_dates=["starts_on"]).query("event == 'training'")
    weeks = pd.to_datetime(truth["weeks"])
    logs = []
    for team, start in rollout.dropna(subset="starts_on").set_index("team")["starts_on"].items():
        course, since = np.log(truth["expected_median_lead_time_hours"][team]), np.asarray(weeks >= start)
        logs.append(course[since].mean() - course[~since].mean())
    return np.expm1(np.mean(logs))


def test_lead_time_change_covers_the_truth(company, example):
    fact = facts_of(company)["kpi.lead_time_change"]
    assert (fact["level"], fact["unit"], fact["better"]) == (0.9, "percent change", "lower")
    assert fact["low"] <= true_change(example) <= fact["high"]
    assert fact["high"] - fact["low"] < 0.35


def test_every_kpi_has_a_level_and_a_change(company):
    facts = facts_of(company)
    for name in ("lead_time_hours", "review_time_hours", "recovery_time_hours", "deployment_frequency",
                 "change_failure_rate", "throughput", "ai_use"):
        level = facts[f"kpi.{name}"]
        assert level["low"] <= level["value"] <= level["high"]
        assert level["better"] in ("lower", "higher")
        assert f"kpi.{name.removesuffix('_hours')}_change" in facts
    assert 0 < facts["kpi.change_failure_rate"]["value"] < 1


def test_answer_has_three_sentences_and_claims_no_cause(company):
    (answer,) = company["answer"]
    assert len(answer["sentences"]) == 3
    assert "not what caused it" in answer["sentences"][1]
    assert len(answer["sentences"][0]) < 200 and "delivery got better: change lead time fell" in answer["sentences"][0]
    assert len(company["cards"][0]["cards"]) == 3


def test_figures_say_their_message_and_their_numbers(company):
    assert {figure["name"] for figure in company["figure"]} == {f"kpi_{name}" for name in BOARD}
    for figure in company["figure"]:
        assert sum(character.isdigit() for character in figure["alt"]) >= 12
        assert "Before:" in figure["alt"] and figure["source"]
        assert len(figure["title"]) < 110


def test_what_to_do_does_not_decide_for_the_money_model(company):
    advice = company["answer"][0]["sentences"][2]
    assert "Do not book task automation rate as a gain yet" in advice and "error rate" in advice
    assert "pays" not in advice


def test_methods_are_named_under_how_we_know_only(company):
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    at = next(place for place, cell in enumerate(cells) if cell.source.startswith("## How we know"))
    assert "show_methods" in cells[at + 1].source and "## How sure are we?" in [cell.source for cell in cells[:at]]
    methods = [entry["markdown"] for entry in company["say"] if "Student" in entry["markdown"]]
    assert len(methods) == 1 and "jackknife" not in json.dumps(company["table"])


@pytest.mark.parametrize("levels", [[4.1, 3.2, 1.9], [0.0, 30.0, 45.0], [112.0, 118.0, 131.0]])
def test_ticks_of_durations_differ_and_no_point_is_lost(levels):
    figure, axes = show.new_figure(7.2, 2.9)
    series = pd.DataFrame({"period": pd.date_range("2025-01-06", periods=3, freq="W-MON"), "value": levels, "quality": "ok"})
    tracked = Tracked(NAMED["lead_time"], series, 1, None, "", None, pd.Timestamp("2025-01-13"))
    charts._draw_points(axes, tracked, 1.0)
    charts._decorate(axes, tracked, "hours")
    figure.canvas.draw()
    texts = [label.get_text() for label in axes.get_yticklabels()]
    assert len(texts) == len(set(texts)) >= 2
    low, high = axes.get_ylim()
    drawn = axes.lines[0].get_ydata()
    assert len(drawn) == 3 and (drawn >= low).all() and (drawn <= high).all()


def test_tables_are_complete(company):
    tables = {table["name"]: table for table in company["table"]}
    assert set(tables) == {"kpi_changes", "kpi_signals", "kpi_quality", "kpi_definitions", "kpi_targets", "kpi_pairs",
                           "kpi_people", "kpi_feedback", "kpi_themes", "kpi_parts", "kpi_dora", "data_used", "assumptions"}
    verdicts = {row[-1].split(",")[0] for row in tables["kpi_changes"]["rows"]}
    assert verdicts <= {"improved", "worsened", "no relevant change", "cannot tell", "more used"}


def test_a_share_is_said_from_to_and_never_as_a_percentage_of_a_percentage(company):
    titles = {figure["name"]: figure["title"] for figure in company["figure"]}
    assert re.match(r"AI tool use rose from \d+ % to \d+ % of licensed people \(\d\.\d to \d\.\d times\)", titles["kpi_ai_use"])
    assert not re.search(r"AI tool use rose \d", " ".join(company["answer"][0]["sentences"]))


def test_one_team_has_wider_intervals_than_the_company(company, reports):
    (path,) = (path for path in reports.glob("05_kpi_tracking/*/report.ipynb") if path.parent.name != "company")
    team = facts_of(shown(path))["kpi.lead_time_change"]
    whole = facts_of(company)["kpi.lead_time_change"]
    assert team["high"] - team["low"] > whole["high"] - whole["low"]


def test_without_deployments_the_others_are_shown_and_the_reason_named(example, tmp_path):
    folder = tmp_path / "thin"
    folder.mkdir()
    for name in ("program.yml", "people.csv", "pull_requests.csv"):
        shutil.copy(example / name, folder / name)
    found = run(tmp_path, program=str(folder))
    assert "kpi.lead_time_change" in facts_of(found) and "kpi.change_failure_rate" not in facts_of(found)
    said = " ".join(entry["markdown"] for entry in found["say"])
    assert "the table deployments is missing or empty" in said


def test_without_delivery_data_the_report_says_so(example, tmp_path):
    folder = tmp_path / "none"
    folder.mkdir()
    for name in ("program.yml", "people.csv"):
        shutil.copy(example / name, folder / name)
    with pytest.raises(papermill.PapermillExecutionError, match="NotEnoughData"):
        run(tmp_path, program=str(folder))


def test_targets_have_facts_and_speed_stands_beside_quality_and_people(company):
    facts = facts_of(company)
    for name in ("lead_time", "change_failure_rate", "satisfaction", "task_automation_rate"):
        now, chance = facts[f"kpi.target.{name}.now"], facts[f"kpi.target.{name}.chance"]
        assert now["low"] <= now["value"] <= now["high"] and 0 <= chance["value"] <= 1
        assert facts[f"kpi.target.{name}.distance"]["better"] == "lower"
    assert facts["kpi.people.confidence"]["low"] < facts["kpi.people.confidence"]["high"]
    tables = {table["name"]: table for table in company["table"]}
    pairs = {row[0]: row[-1] for row in tables["kpi_pairs"]["rows"]}
    assert pairs["Change lead time"].startswith("faster, shown safe; and people fare")
    assert pairs["Task automation rate"].startswith("better, safety not shown")
    hidden = [row for row in tables["kpi_themes"]["rows"] if row[0] == "Worry"]
    assert hidden[0][1] is None  # four people


def test_pieces_of_lead_time_and_doras_scale_are_shown(company):
    tables = {table["name"]: table for table in company["table"]}
    assert [row[0] for row in tables["kpi_parts"]["rows"]] == [
        "First commit to merge", "Coding", "Wait for a reviewer", "Review to merge", "Merge to production", "Commitment to done"]
    scores = {row[0]: float(row[2]) for row in tables["kpi_dora"]["rows"]}
    assert len(scores) == 5 and all(0 <= score <= 10 for score in scores.values())
    assert "2025" in tables["kpi_dora"]["caption"]
    assert facts_of(company)["kpi.tool_cost"]["value"] > 0
    assert any("name their deployment" in entry["markdown"] for entry in company["say"])
