"""What a pilot entered in program.yml does to the money report: prior, pilot and both together, and which one counts."""

import json
import re

import numpy as np
import pytest
from test_roi_report import TEN_NUMBERS, facts, run, shown, write

from upskill import roi
from upskill.data import read_program, read_reference_assumptions
from upskill.paths import EXAMPLE
from upskill.roi.choice import words
from upskill.roi.figures import return_text
from upskill.roi.uncertainty import quantiles

DEFAULTS = read_reference_assumptions()
WITHOUT_SAVING = "\n".join(line for line in TEN_NUMBERS.splitlines() if "training_time_saving" not in line)
RESULT = "\npilot:\n  result: {{change_in_time: {change}, low: {low}, high: {high}, source: spring}}\n"


def program(folder, change, low, high, text=WITHOUT_SAVING):
    return read_program(write(folder, text + RESULT.format(change=change, low=low, high=high)))


def test_a_pilot_takes_the_place_of_the_default_and_of_nothing_that_was_entered(tmp_path):
    piloted = program(tmp_path, -0.12, -0.20, -0.03)
    found, meeting = roi.gather_inputs(piloted, DEFAULTS)["training_time_saving"], roi.meet_pilot(piloted)
    assert found.origin == roi.ENTERED and "weighed with published studies" in found.assumption.source
    low, middle, high = quantiles(found.assumption, np.array([0.05, 0.5, 0.95]))
    assert [middle, low, high] == pytest.approx(meeting.posterior[:3], abs=0.003)
    assert found.assumption.unit == DEFAULTS["training_time_saving"].unit
    entered = program(tmp_path, -0.12, -0.20, -0.03, TEN_NUMBERS.format(saving=0.3))
    assert roi.gather_inputs(entered, DEFAULTS)["training_time_saving"].assumption.parameters == {"value": 0.3}
    without = read_program(write(tmp_path, WITHOUT_SAVING))
    assert roi.meet_pilot(without) is None
    assert roi.gather_inputs(without, DEFAULTS)["training_time_saving"].assumption == DEFAULTS["training_time_saving"]


def test_how_far_the_pilot_moved_the_studies_is_said_with_its_direction(tmp_path):
    good, bad = (roi.meet_pilot(program(tmp_path, *ends)) for ends in ((-0.12, -0.20, -0.03), (0.12, 0.03, 0.20)))
    assert "up by" in roi.moved_text("a", "b", good) and "narrower" in roi.moved_text("a", "b", good)
    assert "down by" in roi.moved_text("a", "b", bad)
    assert "contradicts" not in roi.moved_text("a", "b", good) + roi.moved_text("a", "b", bad)


def test_a_pilot_that_contradicts_the_studies_is_said_to_and_leaves_more_doubt(tmp_path):
    odd, calm = (roi.meet_pilot(program(tmp_path, *ends)) for ends in ((-0.75, -0.78, -0.72), (-0.03, -0.06, 0.0)))
    text = roi.moved_text("a", "b", odd)
    assert "contradicts the studies" in text and odd.weight_after < odd.weight_before
    assert odd.conflict < 0.05 < calm.conflict
    assert np.ptp(np.log1p(-np.array(odd.posterior[1:3]))) > np.ptp(np.log1p(-np.array(calm.posterior[1:3])))


def test_the_result_of_the_example_is_what_it_assumes():
    settings = read_program(EXAMPLE).settings
    saving, result = settings.assumptions["training_time_saving"].parameters, settings.pilot["result"]
    assert [-result[name] for name in ("high", "change_in_time", "low")] == [saving[name] for name in ("low", "mode", "high")]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("piloted")
    text = WITHOUT_SAVING + "\n" + RESULT.format(change=-0.12, low=-0.20, high=-0.03)
    return run(folder, program=write(folder, text), seed=7)


def test_the_report_shows_studies_pilot_and_both_and_counts_with_both(report):
    found = facts(report)
    before, pilot, both = (found[f"roi.time_saving_by_{name}"] for name in ("studies", "pilot", "both"))
    assert before["value"] < both["value"] < pilot["value"] and pilot["low"] < 0 < pilot["high"]
    assert both["high"] - both["low"] < before["high"] - before["low"]
    assert found["roi.net_present_value_with_both"]["value"] == pytest.approx(found["roi.net_present_value"]["value"])
    assert found["roi.time_saving"]["value"] == pytest.approx(both["value"], abs=0.02)
    said = " ".join(entry["markdown"] for entry in shown(report, "say"))
    assert both["text"] in said and "counted with both together" in said
    assert "pilot_and_studies" in {figure["name"] for figure in shown(report, "figure")}
    assert not re.search(r"\bnan\b", json.dumps(shown(report, "table")).lower())


def test_a_team_is_told_what_is_its_own_and_what_is_the_company_s():
    """Worth grows in step with heads where nothing else differs: the same chance of loss is no finding about a team."""
    whole = roi.gather_inputs(read_program(EXAMPLE), DEFAULTS)
    team = roi.gather_inputs(read_program(EXAMPLE, team="checkout"), DEFAULTS, read_program(EXAMPLE))
    assert roi.appraise(team, 3).chance_of_loss == pytest.approx(roi.appraise(whole, 3).chance_of_loss, abs=0.002)
    assert "the same chance of loss" in roi.team_text(team, whole)
    dearer = roi.fix(team, loaded_cost_per_year=300_000.0)
    assert "cost of an engineer" in roi.team_text(dearer, whole) and "same chance" not in roi.team_text(dearer, whole)


@pytest.mark.parametrize(("changes", "said"), [
    ({"training_time_saving": -0.2}, "more is lost"), ({"training_time_saving": 0.6}, "come back")])
def test_what_comes_back_is_never_a_negative_amount(changes, said):
    case = roi.appraise(roi.fix(roi.gather_inputs(read_program(EXAMPLE), DEFAULTS), **changes), 3)
    text = return_text(case, "USD", "so much")
    assert said in text and "−" not in text


def test_break_even_says_of_which_time_it_is_a_share():
    case = roi.appraise(roi.gather_inputs(read_program(EXAMPLE), DEFAULTS), 3)
    text = roi.condition_text(case, roi.break_even_time_saving(case), "20 %", "7 %", "7 %")
    assert "20 % of the time spent on the work that it touches (7 % of all working time)" in text


def test_without_heads_and_without_gain_no_head_count_is_called_better():
    inputs, company = roi.gather_inputs(read_program(EXAMPLE), DEFAULTS), read_program(EXAMPLE)
    options = roi.gather_options(company, read_reference_assumptions("options"))
    nobody, losing = (roi.contest(roi.fix(inputs, **change), options, 3, scramblings=2)
                      for change in ({"engineers": 0.0}, {"training_time_saving": -0.2}))
    assert "Nobody is to be trained" in words.crossing_text(nobody)
    assert "no head count pays" in words.crossing_text(losing)
