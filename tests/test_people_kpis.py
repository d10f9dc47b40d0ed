"""People beside speed: survey constructs by wave, feedback by theme, words for a gain beside quality and people."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from test_kpi import program

from upskill.data import NotEnoughData
from upskill.kpi.people.surveys import (
    constructs,
    feedback_levels,
    feedback_themes,
    felt_speed,
    mean_interval,
    promoter_score,
    share_interval,
    wave_levels,
    wave_order,
    wave_shift,
)
from upskill.kpi.people.words import people_state, reading


def items(*rows):
    columns = ["item_id", "instrument", "construct", "minimum_score", "maximum_score", "reversed"]
    return pd.DataFrame([(*row, *(None,) * (6 - len(row))) for row in rows], columns=columns).assign(competency_id=None)


def answers(scores, wave="start", item="q1", team="a", prefix="r"):
    return pd.DataFrame({"respondent_id": [f"{prefix}{i}" for i in range(len(scores))], "team": team, "wave": wave,
                         "item_id": item, "score": scores})


SAFE = (("q1", "climate", "psychological safety", 1.0, 5.0, False), ("q2", "climate", "psychological safety", 1.0, 5.0, True))


def test_reversed_items_are_turned_and_half_answers_left_out():
    rows = pd.concat([answers([5.0, 4.0, np.nan]), answers([1.0, np.nan, np.nan], item="q2"), answers([9.0], item="q2", prefix="s")])
    three = items(*SAFE, ("q3", "climate", "psychological safety", 1.0, 5.0, False))
    (two,) = constructs(program(items=items(*SAFE), climate_responses=rows))
    assert two.name == "psychological_safety" and two.answers["score"].tolist() == [5.0, 4.0]
    (found,) = constructs(program(items=three, climate_responses=rows))
    assert found.answers["respondent"].tolist() == ["r0"]  # one of three items is less than half


def test_duplicates_count_once_and_the_last_holds():
    rows = pd.concat([answers([1.0] * 6), answers([5.0] * 6)])
    (found,) = constructs(program(items=items(SAFE[0]), climate_responses=rows))
    assert len(found.answers) == 6 and (found.answers["score"] == 5).all()


def test_items_without_a_construct_or_table_give_nothing():
    assert constructs(program()) == ()
    assert constructs(program(items=items(SAFE[0]))) == ()
    assert constructs(program(items=items(("t1", "test", "x", 0.0, 1.0)), climate_responses=answers([1.0]))) == ()


def test_waves_follow_their_dates_not_their_names():
    waves = pd.DataFrame({"wave": ["b", "a"], "starts_on": pd.to_datetime(["2025-01-01", "2025-06-01"]), "ends_on": pd.NaT})
    assert wave_order(program(waves=waves), ["a", "x", "b"]) == ["b", "a", "x"]


def test_levels_and_change_by_hand():
    rows = pd.concat([answers([2.0, 3.0, 4.0] * 10), answers([3.0, 4.0, 5.0] * 10, wave="end")])
    (found,) = constructs(program(items=items(SAFE[0]), climate_responses=rows))
    levels = wave_levels(found, ["start", "end"])
    assert levels["value"].tolist() == [3.0, 4.0] and levels["top"].tolist() == pytest.approx([1 / 3, 2 / 3])
    shift = wave_shift(found, ["start", "end"])
    assert shift.value == pytest.approx(1.0) and shift.low > 0.6 and shift.verdict == "improved"
    assert wave_shift(found, ["start"]).reason == "only one wave asked"


def test_answers_that_are_all_alike_have_no_interval():
    assert np.isnan(mean_interval([4, 4, 4])[1]) and np.isnan(mean_interval([])[0]) and np.isnan(mean_interval([3])[1])
    assert np.isnan(share_interval(0, 0)[0]) and share_interval(0, 10)[1] == pytest.approx(0, abs=1e-12)


def test_mean_interval_covers():
    random = np.random.default_rng(8)
    draws = random.integers(1, 6, (1000, 30))
    hits = [low <= 3 <= high for _, low, high in map(mean_interval, draws)]
    assert 0.87 <= np.mean(hits) <= 0.93


def test_promoters_minus_detractors():
    scores = [10] * 5 + [8] * 3 + [2] * 2
    points, low, high = promoter_score(scores)
    error = np.sqrt((0.5 + 0.2 - 0.3**2) / 10)
    assert points == pytest.approx(30) and (high - low) / 2 == pytest.approx(164.485 * error, rel=1e-4)
    rows = answers(scores).rename(columns={"respondent_id": "person_id"}).drop(columns="team")
    (found,) = constructs(program(items=items(("q1", "survey", "eNPS", 0.0, 10.0)), survey_responses=rows))
    assert found.name == "enps" and wave_levels(found, ["start"])["value"].tolist() == pytest.approx([30])


def feedback(**columns):
    frame = {"respondent_id": ["a", "a", "b", "c"], "cohort": "one", "week": [2, 4, 2, 2], "question": "q",
             "score": [5.0, 3.0, 4.0, np.nan], "comment": ["secret", None, "words", None], "theme": ["time", None, None, "tools"]}
    return pd.DataFrame({**frame, **columns})


def test_feedback_counts_a_person_once_and_comments_by_theme():
    levels = feedback_levels(program(feedback=feedback()))
    assert levels[["people", "mean"]].to_numpy().tolist() == [[2, 4.0]]
    themes = feedback_themes(program(feedback=feedback()))
    assert dict(zip(themes["theme"], themes["people"], strict=True)) == {"time": 1, "not coded": 1, "tools": 1}
    assert "secret" not in themes.to_string()
    with pytest.raises(NotEnoughData):
        feedback_levels(program(feedback=feedback(score=np.nan)))


def test_felt_speed_is_one_mean_per_person_with_the_tool():
    tasks = pd.DataFrame({"task_id": list("abcd"), "person_id": ["x", "x", "y", "z"],
                          "arm": ["treatment"] * 3 + ["control"], "perceived_change": [-0.4, -0.2, -0.1, 0.9]})
    assert felt_speed(program(pilot_tasks=tasks))[:2] == (2, pytest.approx(-0.2))
    with pytest.raises(NotEnoughData):
        felt_speed(program())


def shift(verdict, low=-0.1):
    return SimpleNamespace(verdict=verdict, low=low)


@pytest.mark.parametrize("verdicts, state", [
    ([], "unknown"), (["improved", "worsened"], "worse"), (["improved", "no relevant change"], "better"),
    (["no relevant change"], "not worse"), (["improved", "cannot tell"], "better in part"), (["cannot tell"], "unknown")])
def test_people_in_one_word(verdicts, state):
    assert people_state([shift(verdict) for verdict in verdicts]) == state


def tracked(verdict, low, high, name="lead_time", better="lower", family="speed"):
    definition = SimpleNamespace(name=name, counter="change_failure_rate", better=better, family=family, title=name.capitalize())
    return SimpleNamespace(definition=definition, change=SimpleNamespace(verdict=verdict, low=low, high=high))


@pytest.mark.parametrize("verdict, counter, people, words", [
    ("improved", ("no relevant change", -0.05, 0.05), ["improved"], "faster, shown safe; and people fare better"),
    ("improved", ("cannot tell", -0.2, 0.3), ["worsened"], "faster, safety not shown; but people fare worse"),
    ("improved", ("worsened", 0.1, 0.3), [], "faster, at the cost of change_failure_rate"),
    ("cannot tell", ("improved", -0.3, -0.1), [], "no gain shown"), ("worsened", ("improved", -0.3, -0.1), [], "worse")])
def test_a_gain_is_read_with_quality_and_people(verdict, counter, people, words):
    fast, safe = tracked(verdict, -0.3, -0.1), tracked(*counter, name="change_failure_rate", family="quality")
    tracking = SimpleNamespace(kpis=(fast, safe), margin=0.10)
    assert reading(fast, safe, tracking, [shift(one) for one in people]) == words
