"""The study of false alarms, in short: our choice keeps its promise, the usual tests do not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from upskill.kpi import rollout_effect
from upskill.paths import ROOT
from upskill.validation import pilot_study as study


def in_short(name, draws=1000):
    made = next(made for made in study.DESIGNS if made.name == name)
    table = study.one_design(replace(made, group_time=False), draws, 77)
    return table.set_index("method")


@pytest.mark.parametrize("name", ["6 of 12 teams", "three waves, teams drift", "three waves, 2 of 12 never", "6 of 12 teams, counts with zeros"])
def test_our_choice_keeps_its_promise_where_usual_tests_do_not(name):
    found = in_short(name)
    assert found.loc[study.OURS, "false_alarms"] == pytest.approx(0.05, abs=0.03)
    assert found.loc[study.OURS, "covered"] == pytest.approx(0.90, abs=0.04)
    assert found.loc["before and after, treated teams alone", "false_alarms"] > 0.08


def test_one_team_is_never_found_and_clustered_errors_cry_wolf():
    found = in_short("1 of 12 teams", 400)
    assert found.loc[study.OURS, "false_alarms"] == 0 and found.loc["two-way, CRV1, t", "false_alarms"] > 0.3


def test_volunteers_who_were_improving_are_not_called_caused():
    made = study.DESIGNS[-1]
    outcome = study.outcomes(made, 1, 5)[0][0]
    frame = pd.DataFrame([(team, week, made.first[team] if made.first[team] < 52 else np.nan, outcome[team, week])
                          for team in range(12) for week in range(52)], columns=["team", "week", "start", "y"])
    found = rollout_effect(frame, "y", "team", "week", "start", assignment="volunteered", registered=True, draws=499)
    assert not found.may_say_caused and "volunteered" in found.reasons[0]


def test_the_study_and_the_call_use_the_same_test():
    """Whether the interval of the call holds the truth is whether the study's test does not reject it."""
    made = study.DESIGNS[0]
    none, effect, truth = study.outcomes(made, 10, 9)
    inside = []
    for one, added, value in zip(none, effect, truth):
        frame = pd.DataFrame({"y": (one + added).ravel(), "team": np.repeat(np.arange(12), 52), "week": np.tile(np.arange(52), 12)})
        frame["start"] = np.array([start if start < 52 else np.nan for start in made.first])[frame["team"]]
        overall = rollout_effect(frame, "y", "team", "week", "start", assignment="lottery", false_alarm_draws=0).overall
        inside.append(overall["low"] <= value <= overall["high"])
    assert np.mean(inside) == study.one_design(made, 10, 9).set_index("method").loc[study.OURS, "covered"]


def test_the_published_study_is_complete_and_within_its_promise():
    frame = pd.read_csv(study.FILE)
    assert set(frame["design"]) == {made.name for made in study.DESIGNS}
    assert frame.loc[frame["design"] == "6 of 12 teams", "draws"].max() == study.DRAWS
    assert study.section() in (ROOT / "VALIDATION.md").read_text(encoding="utf-8")
    assert study.summary_table(frame) in (ROOT / "docs" / "methods" / "pilot-evaluation.md").read_text(encoding="utf-8")
