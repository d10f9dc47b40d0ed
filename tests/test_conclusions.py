"""How sure and what next: different results give different words, and nobody is named who is not in the data."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from upskill import data, roi
from upskill.data import decision_by, decision_owner, numbered, read_program
from upskill.learning import conclusion as of_plan
from upskill.roi import conclusion
from upskill.roi.explore.figures import turning, turning_text

DAY = pd.Timestamp("2026-06-28")


def program(roadmap, as_of=DAY):
    return SimpleNamespace(settings=SimpleNamespace(roadmap=roadmap), as_of=as_of)


@pytest.mark.parametrize("roadmap", [None, {}, [], "soon", {"phases": ["x"], "gates": [3]}, {"phases": [{"owner": "a"}]}])
def test_without_a_roadmap_nobody_is_named_and_no_day(roadmap):
    assert decision_by(program(roadmap)) == decision_owner(program(roadmap)) == ""


def test_owner_and_gate_come_from_the_roadmap_on_the_day_of_the_data():
    roadmap = {"phases": [{"owner": "late", "starts_on": "2026-07-01", "ends_on": "2026-09-01"},
                          {"owner": "now\n# x", "starts_on": "2026-06-01", "ends_on": "2026-06-28"}],
               "gates": [{"name": "scale", "on": "2026-08-10"}]}
    assert decision_owner(program(roadmap)) == "now # x"
    assert decision_owner(program(roadmap, DAY + pd.Timedelta(days=1))) == "late"
    assert decision_by(program(roadmap)) == "the gate “scale” on 2026-08-10"
    assert decision_by(program(roadmap, pd.NaT)) == decision_owner(program(roadmap, pd.NaT)) == ""


def test_steps_are_numbered_and_at_most_five():
    text = numbered([("Do.", "me", "")] + [("More.", "", "")] * 9)
    assert text.splitlines()[0] == "1. Do. (Who: me.)" and len(text.splitlines()) == 5


@pytest.fixture(scope="module")
def inputs():
    return roi.gather_inputs(read_program("data/example"), data.read_reference_assumptions())


def saving(inputs, **parameters):
    name = "training_time_saving"
    assumed = replace(inputs[name].assumption, kind="quantiles" if len(parameters) > 1 else "constant", parameters=parameters)
    return roi.appraise(inputs | {name: replace(inputs[name], assumption=assumed)}, 1)


@pytest.fixture(scope="module")
def cases(inputs):
    """One case for each verdict: pays, loses, cannot tell with a loss likelier, cannot tell with a gain likelier."""
    return [saving(inputs, low=0.6, mode=0.7, high=0.8), saving(inputs, low=-0.5, mode=-0.4, high=-0.3),
            saving(inputs, low=-0.05, mode=0.07, high=0.18), saving(inputs, low=0.1, mode=0.3, high=0.5)]


def test_each_verdict_on_money_has_its_own_steps_and_meaning(cases):
    assert [case.verdict for case in cases] == [roi.PAYS, roi.LOSES, roi.CANNOT_TELL, roi.CANNOT_TELL]
    loose, ranked = ["realized_share"], ["training_time_saving", "realized_share"]
    steps = [conclusion.next_steps(case, ranked[0], loose, ranked, "20 %", False, "board", "May") for case in cases]
    starts = ["**Go ahead**", "**Do not train** in this form", "**Do not train everybody yet**", "**Train a first group only**"]
    assert all(text.startswith(f"1. {start}") for text, start in zip(steps, starts, strict=True))
    assert all(2 <= len(text.splitlines()) <= 5 and "Who: board. By: May." in text for text in steps)
    assert "drawn by lot" in conclusion.next_steps(cases[2], ranked[0], loose, ranked, "20 %", True)
    said = [conclusion.sureness(case, loose, "5 %", ranked[0], "53 %", "$1", True) for case in cases]
    assert len({text.split("**Weakest")[0] for text in said}) == 4
    assert "above zero" in said[0] and "below zero" in said[1] and "loss is likelier" in said[2] and "gain is likelier" in said[3]
    assert "No pilot" in conclusion.sureness(cases[0], loose, "5 %", ranked[0], "53 %", "$1", False) and "No pilot" not in said[0]


def test_single_numbers_show_no_doubt_and_that_is_said(inputs):
    fixed = {name: replace(each, assumption=replace(each.assumption, kind="constant", parameters={"value": 1.0}))
             for name, each in inputs.items()}
    case = roi.appraise(fixed, 1)
    assert "not the same as being sure" in conclusion.sureness(case, [], "0 %", "engineers", "0 %", "$0", False)


def test_inputs_that_turn_the_result_are_named():
    tried = {"engineers": pd.DataFrame({"mean": [-1.0, 2.0]}), "discount_rate": pd.DataFrame({"mean": [1.0, 2.0]})}
    assert turning(tried) == ["engineers"] and "the engineers trained." in turning_text(["engineers"])
    assert "several at once" in turning_text([])


def plan(seats=(10.0, np.inf), first=DAY, ten=1.0, own=("a",), gap=0.0, share=(0.2, 0.1, 0.3)):
    """A learning plan of four people and two courses, as far as its last sections look at it."""
    courses = pd.DataFrame({"course_id": ["a", "b"], "title": ["Course A", "Course B"], "seats": seats})
    gains = pd.DataFrame({"course_id": ["a", "b"], "source": ["own people" if each in own else "catalogue" for each in "ab"]})
    return SimpleNamespace(
        wishes=SimpleNamespace(hours_per_person=40.0, weeks=26, budget=np.inf, floor=0.5, caution=0.25), courses=courses, gains=gains,
        problem=SimpleNamespace(hours=np.array([10.0, 30.0])), basis=SimpleNamespace(left_out={"courses without a date to come": 2}),
        choice=SimpleNamespace(taken=np.ones((4, 2), bool), gap=gap, worth=np.array([10.0]), unmet=()),
        schedule=SimpleNamespace(rows=pd.DataFrame({"course_id": ["a"], "starts_on": [first]}), late=0),
        margins=SimpleNamespace(hour=0.1, ten_hours=ten, seats=pd.Series({"a": 0.5})), outcome=SimpleNamespace(share=lambda mask: share))


def test_the_plan_says_what_rests_on_promises_alone():
    everybody = np.ones(4, bool)
    text = of_plan.sureness(plan(), everybody, 3)
    assert "75 % of the planned hours" in text and "“Course B”" in text and "70 % stays open" in text
    assert "2 courses without a date" in text and "No other choice" in text
    proven = of_plan.sureness(plan(own=("a", "b"), gap=0.02), everybody, 3)
    assert "catalogue says" not in proven and "within 2.0 %" in proven


def test_the_plan_has_steps_for_what_limits_it():
    everybody = np.ones(4, bool)
    text = of_plan.next_steps(plan(), everybody, 3, "board", "May")
    assert "“Course A”" in text.splitlines()[0] and "2026-06-28" in text and "10 % more" in text and "Ask for more seats" in text
    undated = of_plan.next_steps(plan(seats=(np.inf, np.inf), ten=0.1, own=("a", "b")), everybody, 3)
    assert undated.startswith("1. **Book nothing yet**") and "ten more hours" not in undated and "Build what" in undated
    few = of_plan.next_steps(plan(), everybody, 5)
    assert few.startswith("1. **Book nothing yet**") and "Course B" not in few + of_plan.sureness(plan(), everybody, 5)
    rows = of_plan.assumed(plan(), "$5")
    assert set(rows["Assumption"]) >= {"Completion", "Hours that each person may learn"} and "no limit" in set(rows["Value"])
