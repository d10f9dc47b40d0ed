"""What is decided and claimed in made-up companies that mislead."""

from dataclasses import replace

import numpy as np
import pytest

from upskill.kpi import judge, pilot
from upskill.kpi.change import collapsed_change
from upskill.kpi.multiplicity import judge_together
from upskill.kpi.pilot.finding import HARMED, NOT_SHOWN, Finding, together
from upskill.kpi.pilot.words import caused_text
from upskill.simulate import simulate, write_program
from upskill.summary import Evidence
from upskill.summary import decision as rules
from upskill.validation.decisions import KINDS, outcome


def kind(preset):
    return next(kind for kind in KINDS if kind.preset == preset)


def test_there_are_the_kinds_of_company_that_mislead():
    assert {each.preset for each in KINDS} == {"worked", "nothing", "reckless", "eager", "licenses", "split", "halo", "heavy-tails"}
    assert [each.helps for each in KINDS].count(True) == 1


def indicators(rng, moved=()):
    """Thirteen indicators of eight teams that stand still, but for those moved by a tenth: as `judge_together` takes them."""
    for place in range(13):
        found = collapsed_change(rng.normal(0.1 if place in moved else 0.0, 0.05, 8))
        yield *np.expm1([found.value, found.low, found.high]).tolist(), "lower", 8


def test_of_many_indicators_that_stand_still_none_is_said_to_get_worse():
    rng = np.random.default_rng(3)
    companies = [list(indicators(rng)) for _ in range(300)]
    alone = [any(judge(low, high, better, 0.02) == "worsened" for _, low, high, better, _ in found) for found in companies]
    together_ = ["worsened" in judge_together(found, 0.02) for found in companies]
    assert np.mean(alone) > 0.3 and np.mean(together_) < 0.09  # wanted: 0.05, with a Monte Carlo error of 0.013


def test_an_indicator_that_moved_is_still_found_among_many():
    rng = np.random.default_rng(4)
    assert np.mean([judge_together(list(indicators(rng, moved=(5,))), 0.02)[5] == "worsened" for _ in range(100)]) > 0.7


def guardrail(p_value):
    return Finding("recovery_time", "Recovery time", "lower", "log", 0.1, 0.2, 0.01, 0.4, p_value)


def test_two_guardrails_share_one_chance_of_a_false_alarm():
    assert [one.safety for one in together([guardrail(0.08), guardrail(0.09)])] == [NOT_SHOWN, NOT_SHOWN]
    assert [one.safety for one in together([guardrail(0.04), guardrail(0.09)])] == [HARMED, HARMED]
    assert [one.safety for one in together([guardrail(0.08)])] == [HARMED]


def test_faster_work_that_breaks_more_is_not_gone_on_with():
    found = outcome(kind("reckless"), 11)
    assert found["guardrail worse"] and found["indicator worse"] and found["decision"] != rules.GO_ON and found["right"]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    from upskill.data import read_program
    return lambda preset, seed=11: read_program(write_program(simulate(84, 12, seed=seed, preset=preset, parts=("delivery",)),
                                                              tmp_path_factory.mktemp(preset) / "company"))


def test_licenses_that_come_with_the_training_are_no_cause_of_the_training(program):
    found = pilot.evaluate(program("licenses"), seed=11, alarm_draws=50)
    assert found.verdict == "improved" and found.context.bundled == 8
    assert not found.may_say_caused
    assert "the license came with the training" in caused_text(found)


def test_smaller_changes_are_no_gain_while_work_takes_as_long(program):
    found = pilot.evaluate(program("split"), seed=11, alarm_draws=50)
    assert found.primary.verdict == "improved" and found.changes.low > 0.1
    assert found.verdict == "cannot tell" and not found.may_say_caused and found.rule_met is None
    assert "smaller changes" in caused_text(found)


def test_training_that_works_is_not_taken_for_smaller_changes(program):
    found = pilot.evaluate(program("worked"), seed=11, alarm_draws=50)
    assert found.verdict == "improved" and not found.cut_smaller and found.may_say_caused


def test_eager_teams_that_were_improving_anyway_are_no_gain(program):
    found = pilot.evaluate(program("eager", 20261205), seed=20261205, alarm_draws=50)
    assert found.primary.verdict == "improved" and found.drift_explains
    assert found.verdict == "cannot tell" and found.rule_met is None and "drift" in found.headline
    assert not replace(found, assignment="lottery").drift_explains
    evidence = Evidence({fact.name: fact for fact in pilot.headline_facts(found)}, ("pilot",))
    assert rules.pilot_verdict(evidence) == "cannot tell"
