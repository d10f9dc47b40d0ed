"""How far the report can be trusted: what cannot be told says why, and words follow from intervals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from upskill import data, skills
from upskill.skills.agreement import Agreement
from upskill.skills.interviews import InterviewQuality
from upskill.skills.limits import limits
from upskill.skills.trust import assurance, words

METHODS = ("Krippendorff", "Haberman", "omega", "Mantel", "Rasch", "graded response", "Feldt", "plausible")


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


@pytest.fixture(scope="module")
def calibration(company):
    return skills.calibrate_program(company)


@pytest.fixture(scope="module")
def known(company, calibration):
    return assurance(company, calibration, "end", limits(company))


def test_every_topic_is_found_or_has_its_reason(known):
    topics = {"reliability", "weakest", "fairness", "instrument", "interviews", "self", "training", "counts", "drift"}
    assert topics <= set(known.found) | set(known.reasons) and not known.reasons
    said = words.read_trust(known) + words.read_improvement(known)
    assert not [name for name in METHODS if name.lower() in said.lower()] and "nan" not in said
    assert said.count("- **") == 11


def test_a_bare_program_says_what_is_missing(company, calibration):
    kept = ("people", "waves", "items", "test_responses", "competencies")
    bare = replace(company, tables={name: company[name] for name in kept})
    found = assurance(bare, calibration, "end", limits(bare))
    assert {"interviews", "self", "training"} <= set(found.reasons)
    said = words.read_trust(found)
    assert "**Interviews.** Cannot be told" in said and "interview_ratings" in said


def test_of_few_raters_nothing_is_told(company, calibration):
    ratings = company["interview_ratings"]
    few = ratings[ratings["rater_id"].isin(sorted(ratings["rater_id"].unique())[:4])]
    found = assurance(replace(company, tables=company.tables | {"interview_ratings": few}), calibration, "end", limits(company))
    assert "only 4 raters" in found.reasons["interviews"]


def test_one_wave_has_no_change(company, calibration):
    one = data.read_program(company.folder, as_of=str(company["waves"]["ends_on"].min().date()))
    found = assurance(one, skills.calibrate_program(one), "start", limits(one))
    assert "training" not in found.found and words.read_improvement(found) == ""


def test_the_report_on_a_team_leaves_it_to_the_company():
    assert "whole company" in words.read_improvement(None) and "whole company" in words.read_trust(None)


@pytest.mark.parametrize(("low", "said"), [(0.82, "enough to rely on"), (0.7, "tentative"), (0.4, "not shown to be enough")])
def test_agreement_is_judged_by_the_lower_end_of_its_interval(low, said):
    quality = InterviewQuality("end", 40, 8, 200, 2, Agreement(0.85, low, 0.9, 100, 8), None, None, (0.4, 0.2, 0.7), None, {})
    text = words.read_interviews(quality)
    assert said in text and "0.4 levels (0.2 to 0.7" in text


def test_a_shift_of_self_ratings_needs_its_whole_interval_on_one_side():
    row = {"correlation": 0.3, "correlation_low": 0.2, "correlation_high": 0.4, "people": 80}
    for shift, said in (((0.5, 0.3, 0.7), "0.5 levels higher than the test does (0.3 to 0.7)"),
                        ((-0.2, -0.3, -0.1), "0.2 levels lower than the test does (0.1 to 0.3)"),
                        ((0.1, -0.1, 0.3), "neither clearly higher nor lower"), ((np.nan,) * 3, "never a score.")):
        table = pd.DataFrame([row | dict(zip(("shift", "shift_low", "shift_high"), shift))])
        assert said in words.read_self(table)
