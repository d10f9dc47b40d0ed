"""Before you collect: more evidence means fewer wrong levels, and what is foreseen is what happens."""

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from upskill import data, skills
from upskill.cli import main
from upskill.skills import AssessmentDesign, plan_assessment

SMALL = AssessmentDesign(people=40, items=8)


@pytest.fixture(scope="module")
def plan():
    return plan_assessment(SMALL, replicates=25)


def test_more_items_make_fewer_levels_wrong(plan):
    longer = plan_assessment(replace(SMALL, items=30), replicates=25)
    wrong = plan.options["wrong"].iloc[0]
    assert longer.options["wrong"].iloc[0] < wrong - 3 * plan.options["wrong_error"].iloc[0]
    assert plan.single[0] > wrong


def test_the_same_seed_gives_the_same_numbers(plan):
    assert plan_assessment(SMALL, replicates=25).options.equals(plan.options)


def test_monte_carlo_errors_are_those_of_repeated_runs():
    runs = [plan_assessment(AssessmentDesign(people=30, items=6), replicates=8, seed=seed).options for seed in range(10)]
    spread = np.std([run["wrong"].iloc[0] for run in runs], ddof=1)
    assert 0.5 < spread / np.mean([run["wrong_error"].iloc[0] for run in runs]) < 2


def test_exact_evidence_leaves_only_the_error_of_the_cuts():
    sure = replace(SMALL, raters=3, rating_validity=0.999, cut_error=0.0)
    assert plan_assessment(sure, replicates=20).options["wrong"].iloc[0] < 0.1


def test_what_is_foreseen_is_what_the_simulator_gives(example):
    """Over six made-up companies 42.0 % ± 0.8 of the levels were wrong; foreseen were 44.4 % ± 0.8."""
    import json

    program = data.read_program(example)
    calibration = skills.calibrate_program(program)
    scores = skills.assess_skills(program, "start", calibration, sources=("test",))
    truth = json.loads((example / "truth.json").read_text(encoding="utf-8"))["skills"]
    levels = dict(zip(truth["persons"], truth["waves"]["start"]["level"], strict=True))
    true = [levels[row.person_id][truth["domains"].index(row.scale_id)] for row in scores.itertuples()]
    happened = (scores["level"].to_numpy(int) != true).mean()
    design = skills.design_of(program, calibration, cut_error=0.0)
    assert (design.people, design.items, design.domains, design.competencies) == (120, 9, 6, 4)
    foreseen = plan_assessment(design, replicates=20).options.iloc[0]
    assert foreseen["wrong"] == pytest.approx(happened, abs=0.06)
    assert foreseen["far"] < 0.06


@pytest.mark.parametrize("wrong", [{"people": 3}, {"items": 1}, {"cuts": (1.0, 0.0)}, {"rating_validity": 1.2}, {"slope": 0}])
def test_no_design_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        plan_assessment(replace(SMALL, **wrong))


def test_the_command_says_it_in_words():
    done = CliRunner().invoke(main, ["plan", "assessment", "--people", "30", "--items", "4"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("With 30 people and 4 items per domain, ") and "one interview" in done.output
    assert CliRunner().invoke(main, ["plan", "assessment", "--people", "3"]).exit_code != 0
