"""Small groups: what our defaults gain, and that the study of recovery is fair and published."""

import numpy as np
import pandas as pd
import pytest
from test_validation import published

from upskill import skills
from upskill.data import Program, Settings
from upskill.paths import ROOT
from upskill.simulate import first_assessment, simulate
from upskill.skills.scoring import _calibrated
from upskill.validation import recovery, recovery_page, rivals

ALONE, TOGETHER, ALL = recovery.OURS
TESTS = ("people", "competencies", "role_targets", "waves", "cuts", "items", "test_responses")


def error(scores, abilities):
    table = scores[scores["scale"] == "domain"].pivot(index="person_id", columns="scale_id", values="score")
    return float(np.sqrt(((table - abilities[table.columns].loc[table.index]) ** 2).to_numpy().mean()))


@pytest.fixture(scope="module")
def tests_only():
    tables, abilities = first_assessment(60, 6, seed=11)
    return Program(None, {name: tables[name] for name in TESTS}, Settings()), abilities


def test_the_first_assessment_is_that_of_the_whole_company():
    whole, (tables, abilities) = simulate(60, 6, seed=3, parts=("learning", "skills")), first_assessment(60, 6, seed=3)
    for name, table in tables.items():
        expected = whole.tables[name]
        if "wave" in expected:
            expected = expected[expected["wave"] == "start"]
        columns = list(expected)
        pd.testing.assert_frame_equal(*(frame.sort_values(columns)[columns].reset_index(drop=True)
                                        for frame in (table, expected)))
    known = [row for row in whole.truth["skills"]["waves"]["start"]["ability"] if row]
    assert np.allclose(abilities, known, atol=1e-4)


def test_with_tests_only_one_domain_helps_with_the_others(tests_only):
    program, abilities = tests_only
    together, apart = skills.assess_skills(program), skills.assess_skills(program, sources=("test",))
    assert error(together, abilities) < error(apart, abilities) - 0.01
    assert together["standard_error"].mean() < apart["standard_error"].mean()
    assert set(together["sources"]) == {"test"}


@pytest.mark.parametrize("slope", [0.6, 2.0])
def test_a_small_group_does_not_pull_slopes_to_a_fixed_place(slope):
    """With a prior at slope 1 a good test would look poor at 20 people, and a poor one good."""
    random = np.random.default_rng(4)
    found = []
    for _ in range(12):
        answers = random.random((20, 12)) < 1 / (1 + np.exp(-slope * (random.normal(size=(20, 1)) - np.linspace(-1.5, 1.5, 12))))
        found.append(_calibrated(pd.DataFrame(answers.astype(float))).items["a"].median())
    fixed = skills.calibrate(answers.astype(float)).items["a"].median()
    assert abs(np.log(np.median(found) / slope)) < 0.25
    assert abs(np.log(np.median(found) / slope)) < abs(np.log(fixed / slope)) + 0.1


def test_a_short_study_puts_us_first_and_self_ratings_last():
    """A few companies and wide bounds: that scores are near the truth, and the order of what differs most."""
    frame = recovery.run(range(5000, 5004), workers=1, sizes=(60,), groups=("rivals", "ours")).set_index("method")
    assert (frame["companies"] == 4).all()
    error, wrong = frame["error"], frame["wrong"]
    assert error[TOGETHER] < error["one parameter, with prior"] < error["percent correct"] < error["mean of self-ratings"]
    assert error[ALL] < error[TOGETHER] and wrong[ALL] < wrong["percent correct, shrunk (Kelley)"]
    assert error["nothing: everybody at the mean"] == pytest.approx(1, abs=0.03)
    assert frame.loc[list(recovery.OURS), "covered"].between(0.83, 0.97).all()
    assert frame["bias"].abs().max() < 0.05
    section = recovery_page.section(frame.reset_index())
    assert all(f"| 60 | {name} | 4 |" in section for name in frame.index)
    assert "No coverage is claimed" in section and "we win" in section


def test_the_reading_admits_when_another_wins():
    rows = [{"people": 20, "method": name, "companies": 1000, **dict.fromkeys(recovery.STATISTICS, value),
             **dict.fromkeys((f"{statistic}_error" for statistic in recovery.STATISTICS), 0.001)}
            for name, value in {"rival": 0.4, **dict.fromkeys(recovery.OURS, 0.5)}.items()]
    lines = recovery_page.reading(pd.DataFrame(rows))
    assert "the other wins" in lines[0] and "we win" not in lines[0]
    assert lines[1].startswith("- Coverage claimed")


def test_the_published_section_holds_every_method_and_size():
    rows = {(row[0], row[1]) for row in published() if len(row) == len(recovery_page.HEAD)}
    methods = [method for group in recovery.METHODS.values() for method in group]
    assert {*rivals.SIMPLE, *rivals.ONE_PARAMETER, *rivals.MAXIMUM_LIKELIHOOD, *recovery.OURS} < set(methods)
    assert {(f"{people:,}", method) for people in recovery.TEAMS for method in methods} <= rows
    text = (ROOT / "VALIDATION.md").read_text(encoding="utf-8")
    assert recovery_page.kept(text).startswith(recovery_page.INTRODUCTION)


def test_domains_together_help_percent_correct_only_in_large_groups():
    """The correlations of twenty people, taken as they are, do harm; those of two hundred help."""
    gain = {}
    for people, companies in ((20, 4), (200, 2)):
        rows = [recovery.replicate(people, group, seed) for seed in range(1, 1 + companies) for group in ("together", "rivals")]
        error = pd.DataFrame(rows).mean()
        gain[people] = error["percent correct, shrunk (Kelley): error"] - error[f"{rivals.AUGMENTED}: error"]
    assert gain[20] < 0 < gain[200]
