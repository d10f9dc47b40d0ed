"""What is decided and claimed in made-up companies that mislead."""

import pytest

from upskill.kpi import pilot
from upskill.kpi.pilot.words import caused_text
from upskill.simulate import simulate, write_program
from upskill.summary import decision as rules
from upskill.validation.decisions import KINDS, outcome


def kind(preset):
    return next(kind for kind in KINDS if kind.preset == preset)


def test_there_are_the_kinds_of_company_that_mislead():
    assert {each.preset for each in KINDS} == {"worked", "nothing", "reckless", "eager", "licenses", "split", "halo", "heavy-tails"}
    assert [each.helps for each in KINDS].count(True) == 1


def test_faster_work_that_breaks_more_is_not_gone_on_with():
    found = outcome(kind("reckless"), 11)
    assert found["harm seen"] and found["decision"] != rules.GO_ON and found["right"]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    from upskill.data import read_program
    return lambda preset: read_program(write_program(simulate(84, 12, seed=11, preset=preset, parts=("delivery",)),
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
