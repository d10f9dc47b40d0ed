"""Roadmap: hand-worked chances and dates, rules of gates, faults named at once."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

from upskill import roadmap
from upskill.data import Fact, NotEnoughData, read_program
from upskill.paths import ROOT
from upskill.roadmap import closing, strategy, words
from upskill.roi.uncertainty import two_piece_normal

PLAN = {"phases": [
    {"name": "pilot", "starts_on": "2026-01-05", "ends_on": "2026-03-02", "weeks": {"low": 6, "mode": 8, "high": 12},
     "goals": [{"fact": "pilot.effect", "at_most": 0, "chance": 0.8}]},
    {"name": "scale", "starts_on": "2026-03-02", "ends_on": "2026-06-01"}]}


def test_chances_by_hand():
    fact = Fact("pilot.effect", -0.10, -0.20, 0.06, better="lower")
    assert roadmap.chance_of(fact, 0.06, is_upper=True) == pytest.approx(0.95)
    assert roadmap.chance_of(fact, -0.20, is_upper=True) == pytest.approx(0.05)
    assert roadmap.chance_of(fact, -0.10, is_upper=True) == pytest.approx(0.5)
    assert roadmap.chance_of(Fact("a.b", 3.0), 3.0, is_upper=False) == 1.0
    assert roadmap.chance_of(None, 0, True) is None and roadmap.chance_of(Fact("a.b", None), 0, True) is None


def test_goals_are_reached_missed_or_not_yet():
    phases = roadmap.read_phases(PLAN)

    def state(low, high, today):
        value = (low + high) / 2
        return roadmap.judge_goals(phases, {"pilot.effect": Fact("pilot.effect", value, low, high)}, today)[0].state
    assert state(-0.3, -0.1, "2026-02-01") == "reached"
    assert state(-0.3, 0.2, "2026-02-01") == "not yet" and state(-0.3, 0.2, "2026-04-01") == "missed"
    assert roadmap.judge_goals(phases, {}, "2026-02-01")[0].state == "cannot be read"


def test_a_plan_without_doubt_keeps_its_dates():
    sure = {"phases": [{**PLAN["phases"][0], "weeks": {"low": 8, "mode": 8, "high": 8}, "goals": []},
                       {**PLAN["phases"][1], "weeks": {"low": 13, "mode": 13, "high": 13}}]}
    table = roadmap.simulate_schedule(roadmap.read_phases(sure), "2026-01-01").table()
    assert table["chance"].tolist() == [1.0, 1.0] and table["high"].iloc[-1] == pd.Timestamp("2026-06-01")


def test_chance_of_a_single_phase_is_that_of_its_length():
    phases = roadmap.read_phases({"phases": [PLAN["phases"][0]]})
    simulated = roadmap.simulate_schedule(phases, "2026-01-01", draws=20_000)
    assert simulated.chance_by(pd.Timestamp("2026-01-05") + pd.Timedelta(weeks=12), "pilot") == pytest.approx(0.95, abs=0.01)
    assert simulated.chance_by(pd.Timestamp("2026-01-05") + pd.Timedelta(weeks=6), "pilot") == pytest.approx(0.05, abs=0.01)


def test_what_follows_waits_and_what_runs_has_not_ended():
    phases = roadmap.read_phases(PLAN)
    simulated = roadmap.simulate_schedule(phases, "2026-03-20")
    first, second = simulated.ends.T
    assert (first >= (pd.Timestamp("2026-03-02") - simulated.first_day).days).all()
    assert (simulated.starts[:, 1] >= 0).all() and (second > simulated.starts[:, 1]).all()
    assert roadmap.simulate_schedule(phases, "2026-01-01").drivers().idxmax() == "scale"


def test_who_misses_a_session_waits_for_the_next():
    plan = {"phases": [{"name": "decide", "starts_on": "2026-01-05", "ends_on": "2026-03-02", "weeks": {"low": 6, "mode": 8, "high": 12}},
                       {"name": "train", "starts_on": "2026-03-02", "ends_on": "2026-03-30", "weeks": {"low": 1, "mode": 2, "high": 3},
                        "trains": [{"course": "c1", "people": 25}]}]}
    phases = roadmap.read_phases(plan)
    sessions = pd.DataFrame({"course_id": ["c1", "c1", "c2"], "starts_on": pd.to_datetime(["2026-03-09", "2026-06-01", "2026-03-09"]),
                             "seats": [20, 20, 99]})
    simulated = roadmap.simulate_schedule(phases, "2026-01-01", sessions=sessions)
    # Twenty seats in March are too few for 25 people: nobody ends before June; who decides after 9 March finds the June seats alone.
    june, missed = (pd.Timestamp("2026-06-01") - simulated.first_day).days, simulated.starts[:, 1] >= 64
    assert (simulated.ends[:, 1] >= june).all() and (simulated.is_short[:, 1] == missed).all() and 0.2 < missed.mean() < 0.8
    assert simulated.chance_by("2026-06-01", "train") == pytest.approx(1 - missed.mean(), abs=0.01)
    enough = roadmap.simulate_schedule(phases, "2026-01-01", sessions=sessions.assign(seats=30))
    assert enough.short_of_seats()["train"] == 0 and (enough.ends[missed, 1] >= june).all()
    none = roadmap.simulate_schedule(phases, "2026-01-01", sessions=sessions.query("course_id == 'c2'"))
    assert none.short_of_seats()["train"] == 1 and none.chance_by("2030-01-01", "train") == 0
    with pytest.raises(ValueError, match="trains must be a list"):
        roadmap.read_phases({"phases": [{**plan["phases"][1], "trains": [{"course": "c1"}]}]})


def test_chances_of_dates_by_hand():
    """Work fills its time: that a phase did not end early is no sign that it is late, so the chance of its date stands until that day."""
    phases = roadmap.read_phases({"phases": [PLAN["phases"][0]]})
    start, length = pd.Timestamp("2026-01-05"), 7 * two_piece_normal((np.arange(200_000) + 0.5) / 200_000, 6, 8, 12)
    for weeks in (-1, 5, 7.8):
        simulated = roadmap.simulate_schedule(phases, (start + pd.Timedelta(weeks=weeks)).normalize(), draws=40_000)
        for by in (8, 9, 12):
            assert simulated.chance_by(start + pd.Timedelta(weeks=by), "pilot") == pytest.approx((length <= 7 * by + 0.5).mean(), abs=0.01)
    # Two that run at once, half of whose spread is shared, both end in time: by quadrature over what they share.
    both = {"phases": [PLAN["phases"][0] | {"name": name, "needs": []} for name in ("a", "b")]}
    simulated = roadmap.simulate_schedule(roadmap.read_phases(both), "2026-01-01", draws=40_000)
    alone = ndtri(float((length <= 63.5).mean()))
    shared = ndtri((np.arange(4000) + 0.5) / 4000)
    assert simulated.chance_of_gate(start + pd.Timedelta(weeks=9)) == pytest.approx(
        (ndtr((alone - np.sqrt(0.5) * shared) / np.sqrt(0.5)) ** 2).mean(), abs=0.01)


def test_faults_are_named_all_at_once():
    wrong = {"phases": [{"name": "a", "starts_on": "2026-02-01", "ends_on": "2026-01-01", "goals": [{"fact": "x.y"}]},
                        {"name": "a", "starts_on": "2026-03-01", "ends_on": "2026-04-01", "needs": ["z"],
                         "weeks": {"low": 3, "mode": 2, "high": 1}}]}
    with pytest.raises(ValueError) as caught:
        roadmap.read_phases(wrong)
    for part in ("not after", "at_least or at_most", "'z'", "rise from low", "same name"):
        assert part in str(caught.value)
    with pytest.raises(NotEnoughData):
        roadmap.read_phases({})


def test_gates_and_risks_of_the_example_are_read():
    plan = read_program(ROOT / "data" / "example").settings.roadmap
    facts = {"kpi.change_failure_rate": Fact("kpi.change_failure_rate", 0.2, 0.18, 0.22, "share", "lower"),
             "roi.chance_of_loss": Fact("roi.chance_of_loss", 0.1, unit="share")}
    evidence = SimpleNamespace(facts=facts, value=lambda name: facts[name].value if name in facts else None)
    gates = roadmap.watched_gates(plan, evidence)
    assert [on for _, on, _ in gates] == sorted(on for _, on, _ in gates)
    assert {gate["name"]: watched.state for gate, _, watched in gates}["before the third cohort"] == "met"
    assert {risk["name"]: watched.state for risk, watched in roadmap.watched_risks(plan, evidence)}["more change failures"] == "met"
    assert len(roadmap.read_phases(plan)) == 6


@pytest.mark.parametrize(("rule", "state"), [
    # What equals the limit, and hundredths that binary numbers cannot hold.
    ("change failure rate above 15 %", "not met"), ("change failure rate below 15 %", "not met"),
    ("change failure rate at least 15 %", "met"), ("change failure rate at most 15 %", "met"), ("lead time over 45 hours", "not met"),
    ("lead time at least 45 hours", "cannot tell"), ("net value above zero in 70 of 100 futures", "met"),
    ("net value above zero in more than 70 of 100 futures", "not met"), ("net value above zero in 71 of 100 futures", "not met"),
    # What is turned around.
    ("change failure rate no more than 20 %", "met"), ("change failure rate not above 10 %", "not met"), ("change failure rate not below 10 %", "met"),
    ("change failure rate does not rise above 10 %", "not on this page"), ("no change failure rate above 10 %", "not on this page"),
    ("chance of a loss at most 30 of 100", "met"), ("a loss in fewer than 30 of 100 futures", "not met"),
    # What is no limit on a level of the company, or on the chance of any gain.
    ("change failure rate falls by more than 10 %", "not on this page"), ("change failure rate reduced at least 10 %", "not on this page"),
    ("change failure rate falls below 20 %", "met"), ("change failure rate below 20 % in every team", "not on this page"),
    ("net value above 100,000 in 60 of 100 futures", "not on this page"), ("productivity gain above 10 %", "not on this page"),
    ("AI used by at least 40 % of engineers", "met"), ("lead time below 2 days and change failure rate below 20 %", "met")])
def test_rules_say_what_they_say(rule, state):
    facts = {"kpi.change_failure_rate": Fact("kpi.change_failure_rate", 0.15, unit="share"), "roi.chance_of_loss": Fact("roi.chance_of_loss", 0.3, unit="share"),
             "kpi.lead_time_hours": Fact("kpi.lead_time_hours", 40.0, 35.0, 45.0, "hours"), "kpi.ai_use": Fact("kpi.ai_use", 0.5, 0.45, 0.55, "share")}
    evidence = SimpleNamespace(facts=facts, value=lambda name: facts[name].value if name in facts else None)
    assert roadmap.watch(rule, evidence).state == state


def test_what_moved_within_its_noise_is_said_to():
    before = {"a.b": Fact("a.b", 1.0, 0.8, 1.2), "a.c": Fact("a.c", 1.0, 0.9, 1.1)}
    now = {"a.b": Fact("a.b", 1.1, 0.9, 1.3), "a.c": Fact("a.c", 2.0, 1.8, 2.2), "a.d": Fact("a.d", 1.0)}
    moved = roadmap.moved_facts(before, now).set_index("name")["beyond_noise"]
    assert moved.to_dict() == {"a.c": True, "a.b": False}
    assert roadmap.moved_facts(before, before).empty and np.all(moved.index == ["a.c", "a.b"])
    bare = roadmap.moved_facts({"a.e": Fact("a.e", 0.2)} | before, {"a.e": Fact("a.e", 0.3)} | now)
    assert bare["name"].tolist() == ["a.c", "a.e", "a.b"] and bare["beyond_noise"].tolist() == [True, None, False]
    review = roadmap.Review("2026-09", "2026-09-30", before)
    assert words.read_moved(review, roadmap.moved_facts(before, now), now).startswith("2 of 2 facts moved since “2026-09”, 1 beyond the noise")
    assert words.moved_title(review, "2026-10-31") == "Facts that moved from “2026-09” (data to 2026-09-30) to now (data to 2026-10-31)"
    assert "same data" in words.read_moved(review, roadmap.moved_facts(before, before), before)
    assert "None of the facts" in words.read_moved(roadmap.Review("", "", {}), roadmap.moved_facts({}, now), now)


def test_the_goal_of_no_loss_has_the_chance_of_the_gate():
    phase = roadmap.Phase("decide", pd.Timestamp("2026-01-05"), pd.Timestamp("2026-12-28"), (10, 12, 16),
                          goals=(roadmap.Goal("roi.net_present_value", 0.0, is_upper=False),))
    facts = {"roi.net_present_value": Fact("roi.net_present_value", -364.0, -748.0, 78.0), "roi.chance_of_loss": Fact("roi.chance_of_loss", 0.92)}
    judged, = roadmap.judge_goals([phase], facts, "2026-06-28")
    assert judged.chance == pytest.approx(0.08) and judged.state == "not yet"


def test_a_gate_can_be_held_when_what_comes_before_has_ended():
    phases = roadmap.read_phases(PLAN)
    simulated = roadmap.simulate_schedule(phases, "2026-01-01", draws=20_000)
    assert simulated.chance_of_gate("2026-03-02") == simulated.chance_by("2026-03-02", "pilot")
    assert simulated.chance_of_gate(pd.Timestamp("2026-01-05") + pd.Timedelta(weeks=12)) == pytest.approx(0.95, abs=0.01)
    assert roadmap.simulate_schedule(phases, "2026-03-20").chance_of_gate("2026-04-01") == 1.0


def steps_for(**changed):
    """The next steps of a plan with one gate, one goal and one risk, as facts have them."""
    facts = {"pilot.effect": Fact("pilot.effect", -0.1, -0.2, 0.1, "percent change", "lower"),
             "kpi.change_failure_rate": Fact("kpi.change_failure_rate", 0.1, 0.09, 0.11, "share", "lower")} | changed
    evidence = SimpleNamespace(facts=facts, value=lambda name: facts[name].value if name in facts else None)
    plan = PLAN | {"gates": [{"name": "scale", "on": "2026-03-02", "rule": "change failure rate below 12 %"}],
                   "risks": [{"name": "failures", "trigger": "change failure rate above 8 %", "owner": "operations", "contingency": "two reviews"}]}
    phases = roadmap.read_phases(plan)
    simulated = roadmap.simulate_schedule(phases, "2026-02-01")
    judged, gates, risks = roadmap.judge_goals(phases, facts, "2026-02-01"), roadmap.watched_gates(plan, evidence), roadmap.watched_risks(plan, evidence)
    steps = closing.next_steps(phases, simulated, judged, gates, risks, "2026-02-01", lambda fact: str(fact.value), "boss")
    return steps, closing.how_sure(phases, simulated, judged, gates, risks)


def test_steps_differ_with_the_facts_and_name_who_and_when():
    steps, sure = steps_for()
    assert steps[0] == ("Two reviews: “failures” is triggered.", "operations", "now")
    assert steps[1] == ("Hold the gate: its rule is met today.", "boss", "the gate on 2026-03-02")
    assert any("effect of the pilot: at most 0" in what for what, *_ in steps) and "nobody gave a range" in sure
    calm, _ = steps_for(**{"kpi.change_failure_rate": Fact("kpi.change_failure_rate", 0.2, 0.18, 0.22, "share", "lower")})
    assert calm[1][0].startswith("Decide now what happens")
    blind, sure = steps_for(**{"kpi.change_failure_rate": Fact("kpi.change_failure_rate", None), "pilot.effect": Fact("pilot.effect", None)})
    assert any("no report gives it" in what for what, *_ in blind) and "**Missing.** 3 of 3" in sure


def test_providers_are_compared_by_the_price_of_a_promised_level():
    courses = pd.DataFrame({"course_id": ["a", "b", "c", "d"], "provider": ["x", "x", "y", None], "hours": [10.0, 5.0, 8.0, 1.0],
                            "price": [300.0, 100.0, 900.0, 5.0], "price_per": ["person", "person", "cohort", "person"]})
    gains = pd.DataFrame({"course_id": ["a", "a", "b", "c"], "competency_id": ["P", "Q", "P", "P"], "gain": [0.5, 0.25, 0.25, 1.0]})
    program = read_program(ROOT / "data" / "example")
    table = strategy.providers(replace(program, tables={"courses": courses, "course_gains": gains})).set_index("provider")
    assert table.loc["x", "price_per_level"] == pytest.approx(400.0) and table.loc["x", "competencies"] == 2
    assert np.isnan(table.loc["y", "price_per_level"]) and list(table.index) == ["x", "y"]
    with pytest.raises(NotEnoughData, match="provider"):
        strategy.providers(replace(program, tables={"courses": courses.assign(provider=None)}))
    texts = strategy.provider_texts(table.reset_index(), "{:.0f}".format)
    assert texts["Price of a level"].tolist() == ["400", "–"]


def test_value_is_where_gaps_are_clear_and_delivery_loses():
    facts = {"skills.role_shortfall.data.tester": Fact("skills.role_shortfall.data.tester", 0.8, 0.3, 1.2),
             "skills.role_shortfall.code.tester": Fact("skills.role_shortfall.code.tester", 0.9, -0.1, 1.9),
             "kpi.change_failure_rate": Fact("kpi.change_failure_rate", 0.1), "kpi.rework_rate": Fact("kpi.rework_rate", None)}
    rows = strategy.value_rows(facts, lambda fact: f"{fact.value}")
    assert rows["Where"].tolist() == ["tester: data", "deployments that need mending at once"]
    worth = {f"options.{name}.net_present_value": Fact("", value) for name, value in (("buy", 3.0), ("no_training", 1.0))}
    assert "buy has the highest net value, 3.0, but" in strategy.read_strategy(worth, lambda fact: f"{fact.value}")
