"""Scores and levels of persons, held against the simulator's truth."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from upskill import data, skills
from upskill.data import NotEnoughData

TESTS = ("test",)
PROBABILITIES = [f"probability_{level}" for level in range(6)]


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


@pytest.fixture(scope="module")
def calibration(company):
    return skills.calibrate_program(company)


@pytest.fixture(scope="module")
def scores(company, calibration):
    return skills.assess_skills(company, calibration=calibration, sources=TESTS)


def without(program, *tables):
    return replace(program, tables={name: frame for name, frame in program.tables.items() if name not in tables})


def with_table(program, name, frame):
    return replace(program, tables={**program.tables, name: frame})


def true_abilities(example, wave):
    truth = json.loads((example / "truth.json").read_text(encoding="utf-8"))["skills"]
    rows = truth["waves"][wave]["ability"]
    known = {person: row for person, row in zip(truth["persons"], rows, strict=True) if row is not None}
    return pd.DataFrame.from_dict(known, orient="index", columns=truth["domains"])


def beside_truth(example, scores, wave):
    true = true_abilities(example, wave).stack().rename("true")
    return scores.set_index(["person_id", "scale_id"]).join(true.rename_axis(["person_id", "scale_id"]))


def test_shape_of_the_result(scores):
    assert list(scores.columns) == ["person_id", "scale", "scale_id", "score", "standard_error", "level",
                                    *PROBABILITIES, "sources"]
    assert not scores.duplicated(["person_id", "scale_id"]).any()
    assert (scores["scale"] == "domain").all() and scores["level"].dtype == "Int64"
    assert scores[PROBABILITIES].sum(axis=1).to_numpy() == pytest.approx(1)
    assert (scores["level"] == scores[PROBABILITIES].to_numpy().argmax(axis=1)).all()


@pytest.mark.parametrize("wave", ["start", "end"])
def test_scores_find_the_truth(example, company, calibration, wave):
    joined = beside_truth(example, skills.assess_skills(company, wave, calibration, TESTS), wave)
    error = joined["score"] - joined["true"]
    assert joined[["score", "true"]].corr().iloc[0, 1] ** 2 > 0.55
    assert abs(error.mean()) < 0.08
    covered = (error.abs() < 1.645 * joined["standard_error"]).mean()
    assert 0.85 < covered < 0.95


def test_level_chances_are_honest(example, company, calibration):
    """The chance of the most probable level is how often it is right, within Monte Carlo error."""
    joined = beside_truth(example, skills.assess_skills(company, "end", calibration, TESTS), "end")
    cuts = skills.read_cuts(company)
    true_level = [np.searchsorted(cuts[domain].places, ability, side="right")
                  for (_, domain), ability in joined["true"].items()]
    right = (joined["level"].to_numpy(int) == true_level).mean()
    assert right == pytest.approx(joined[PROBABILITIES].max(axis=1).mean(), abs=0.06)


def test_latest_wave_is_the_default(company, calibration, scores):
    pd.testing.assert_frame_equal(scores, skills.assess_skills(company, "end", calibration, TESTS))
    with pytest.raises(ValueError, match="start, middle, end"):
        skills.assess_skills(company, "autumn", calibration)


def test_first_wave_has_mean_0_and_sd_1(calibration):
    for scale in calibration.scales.values():
        assert scale.populations["start"] == (0.0, 1.0)
        assert scale.calibration.converged


def test_a_team_scored_on_the_companys_scale_gets_the_same_scores(company, calibration, scores, example):
    team = company["people"]["team"].iloc[0]
    part = skills.assess_skills(data.read_program(example, team=team), "end", calibration, TESTS)
    both = part.merge(scores, on=["person_id", "scale_id"], suffixes=("", "_company"))
    assert len(both) == len(part) > 0
    assert both["score"].to_numpy() == pytest.approx(both["score_company"].to_numpy())


def test_without_cuts_there_are_scores_and_no_levels(company, calibration, scores):
    bare = skills.assess_skills(without(company, "cuts"), calibration=calibration, sources=TESTS)
    assert bare["level"].isna().all() and bare[PROBABILITIES].isna().all(axis=None)
    assert bare["score"].to_numpy() == pytest.approx(scores["score"].to_numpy())


def test_error_of_cuts_widens_the_chances(company, calibration, scores):
    unsure = company["cuts"].assign(standard_error=0.8)
    blurred = skills.assess_skills(with_table(company, "cuts", unsure), calibration=calibration, sources=TESTS)
    assert blurred[PROBABILITIES].max(axis=1).mean() < scores[PROBABILITIES].max(axis=1).mean() - 0.05


def test_what_is_missing_is_named(company):
    with pytest.raises(NotEnoughData, match="test_responses"):
        skills.assess_skills(without(company, "test_responses"))
    few = company["test_responses"][company["test_responses"]["person_id"].isin(company["people"]["person_id"][:10])]
    with pytest.raises(NotEnoughData, match="at least 15 are needed"):
        skills.assess_skills(with_table(company, "test_responses", few))


def test_a_domain_with_too_few_items_is_left_out_with_a_reason(company):
    domains = company["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]
    items = company["items"][company["items"]["instrument"] == "test"]
    first = domains.iloc[0]
    gone = items.loc[items["competency_id"].map(domains) == first, "item_id"].iloc[2:]
    answers = company["test_responses"]
    poor = with_table(company, "test_responses", answers[~answers["item_id"].isin(gone)])
    scored = skills.assess_skills(poor, sources=TESTS)
    assert first not in set(scored["scale_id"]) and "items" in scored.attrs["refused"][first]


def test_answers_with_ai_do_not_count_as_own_skill(company, calibration, scores):
    answers = company["test_responses"]
    helped = answers[answers["wave"] == "end"].head(500).assign(person_id="helped", with_ai=True, score=1.0)
    helped = helped.drop_duplicates("item_id").astype(answers.dtypes.to_dict())
    more = skills.assess_skills(with_table(company, "test_responses", pd.concat([answers, helped])),
                                calibration=calibration, sources=TESTS)
    assert "helped" not in set(more["person_id"]) and len(more) == len(scores)


def test_a_wave_that_nothing_ties_to_the_scale_is_refused(company, calibration):
    """New items only: no person's change could be told from the items' difficulty."""
    answers = company["test_responses"]
    last = answers["wave"] == "end"
    first_domain = next(iter(calibration.scales))
    other = answers["item_id"].isin(calibration.scales[first_domain].items)
    gone = with_table(company, "test_responses", answers[~(last & other)])
    found = skills.assess_skills(gone, calibration=calibration)
    assert first_domain not in set(found["scale_id"]) and "was asked in wave “end”" in found.attrs["refused"][first_domain]
    swapped = with_table(company, "test_responses", answers[last ^ other])
    with pytest.raises(NotEnoughData, match="nothing ties it to the scale"):
        skills.assess_skills(swapped)


def test_probabilities_are_never_below_zero():
    """Rounding makes the sum of a posterior a little more than 1."""
    cuts = skills.Cuts(np.array([1, 2]), np.array([0.0, 1.0]), np.zeros(2))
    posterior = np.array([[0.5 + 1e-15, 0.5]])
    assert (skills.level_probabilities(posterior, np.array([3.0, 4.0]), cuts) >= 0).all()
