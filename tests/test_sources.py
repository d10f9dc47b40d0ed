"""Tests, interviews and self-ratings together, held against the simulator's truth."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_assess_skills import PROBABILITIES, TESTS, beside_truth, with_table, without

from upskill import data, skills
from upskill.simulate import simulate, write_program
from upskill.skills import fusion, source_sums
from upskill.skills.scoring import GRID
from upskill.skills.sources import Ratings

KEYS = ["person_id", "scale", "scale_id", "sources"]


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


@pytest.fixture(scope="module")
def calibration(company):
    return skills.calibrate_program(company)


@pytest.fixture(scope="module")
def fused(company, calibration):
    return skills.assess_skills(company, "end", calibration)


@pytest.fixture(scope="module")
def tested(company, calibration):
    return skills.assess_skills(company, "end", calibration, TESTS)


def test_shape(fused, company):
    assert set(fused["scale"]) == {"domain", "competency"}
    assert not fused.duplicated(["person_id", "scale", "scale_id"]).any()
    assert fused[PROBABILITIES].sum(axis=1).to_numpy() == pytest.approx(1)
    assert (fused["level"] == fused[PROBABILITIES].to_numpy().argmax(axis=1)).all()
    assert set(fused.loc[fused["scale"] == "competency", "scale_id"]) <= set(company["competencies"]["competency_id"])
    assert {worth["source"] for worth in fused.attrs["sources"]} == {"interview", "self"}


def test_more_sources_bring_scores_nearer_to_the_truth(example, fused, tested):
    joined = beside_truth(example, fused[fused["scale"] == "domain"], "end")
    error, alone = joined["score"] - joined["true"], beside_truth(example, tested, "end").eval("score - true")
    assert (error**2).mean() < 0.75 * (alone**2).mean()
    assert abs(error.mean()) < 0.08
    assert 0.85 < (error.abs() < 1.645 * joined["standard_error"]).mean() < 0.97


def test_with_tests_only_domains_help_each_other(example, company, calibration, tested):
    bare = without(company, "interview_ratings", "survey_responses")
    together = skills.assess_skills(bare, "end", calibration)
    assert together[KEYS].equals(tested[KEYS]) and together.attrs["sources"] == []
    apart, joined = (beside_truth(example, table, "end").eval("score - true") for table in (tested, together))
    assert (joined**2).mean() < 0.95 * (apart**2).mean()


def test_interview_alone_gives_a_wide_score_and_self_rating_alone_none(company, calibration, fused):
    answers, talks = company["test_responses"], company["interview_ratings"]
    talked = set(talks.loc[talks["wave"] == "end", "person_id"])
    first, second = min(talked), min(set(company["people"]["person_id"]) - talked)
    untested = with_table(company, "test_responses", answers[~answers["person_id"].isin([first, second])])
    scored = skills.assess_skills(untested, "end", calibration)
    assert second not in set(scored["person_id"])
    rows = scored[(scored["person_id"] == first) & (scored["scale"] == "domain")]
    assert set(rows["sources"]) == {"interview + self"} and len(rows) == 6
    before = fused[(fused["person_id"] == first) & (fused["scale"] == "domain")]
    assert (rows["standard_error"].to_numpy() > before["standard_error"].to_numpy()).all()


def test_a_team_beside_the_company_gets_the_same_scores(example, company, calibration, fused):
    team = company["people"]["team"].iloc[0]
    own = skills.assess_skills(data.read_program(example, team=team), "end", calibration, company=company)
    both = own.merge(fused, on=["person_id", "scale", "scale_id"], suffixes=("", "_company"))
    assert len(both) == len(own) > 0
    assert both["score"].to_numpy() == pytest.approx(both["score_company"].to_numpy())


def test_without_cuts_interviews_count_in_points_and_there_are_no_levels(company, calibration, fused):
    bare = skills.assess_skills(without(company, "cuts"), "end", calibration)
    assert bare["level"].isna().all() and set(bare["scale"]) == {"domain", "competency"}
    assert np.corrcoef(bare["score"], fused["score"])[0, 1] > 0.99


def test_cuts_of_a_competency_come_before_those_of_its_domain(company, calibration, fused):
    competency = fused.loc[fused["scale"] == "competency", "scale_id"].iloc[0]
    own = company["cuts"].head(5).assign(scale="competency", scale_id=competency, cut=[-9.0, -8.5, -8.0, -7.5, -7.2])
    moved = skills.assess_skills(with_table(company, "cuts", pd.concat([company["cuts"], own])), "end", calibration)
    assert (moved.loc[moved["scale_id"] == competency, "level"] == 5).all()


def test_sources_that_do_not_exist_are_refused(company):
    with pytest.raises(ValueError, match="expected 'test'"):
        skills.assess_skills(company, sources=("interview",))
    with pytest.raises(ValueError, match="expected 'test'"):
        skills.assess_skills(company, sources=("test", "hearsay"))


def test_interviews_that_run_against_the_tests_are_not_turned_around(company, calibration, tested):
    turned = company["interview_ratings"].assign(rating=lambda frame: 5 - frame["rating"])
    program = without(with_table(company, "interview_ratings", turned), "survey_responses")
    scored = skills.assess_skills(program, "end", calibration)
    assert scored.attrs["sources"][0]["basis"] == "runs against the tests: not used"
    assert (scored["scale"] == "domain").all()
    both = scored.merge(tested, on=["person_id", "scale_id"], suffixes=("", "_tested"))
    assert np.corrcoef(both["score"], both["score_tested"])[0, 1] > 0.85


def one_domain(ratings):
    """Fifty tested people with hardly any information, and `ratings` agreeing ratings of the first by one rater."""
    random = np.random.default_rng(1)
    persons = [f"p{number:02d}" for number in range(50)]
    flat = {"D": pd.DataFrame(-0.01 * (GRID - 0) ** 2 * np.ones((50, 1)), persons)}
    rows = [("p00", f"c{number}", "D", 1.5, "r0") for number in range(ratings)]
    rows += [(person, "c0", "D", random.normal(), f"r{number % 5}")
             for person in persons[1:] for number in random.choice(5, 2, replace=False)]
    columns = ["person_id", "competency_id", "domain", "value", "rater_id"]
    nobody = Ratings(pd.DataFrame(columns=columns))
    gathered = source_sums.prepare({}, flat, Ratings(pd.DataFrame(rows, columns=columns)), nobody)
    return fusion.fit(gathered, np.array([1.0]))


def test_ten_ratings_of_one_rater_are_not_ten_witnesses():
    """The error of an ability goes to a floor that the halo sets, not to zero."""
    sds = []
    for ratings in (1, 10, 1000):
        found = one_domain(ratings)
        sds.append(np.sqrt(fusion.in_domain(found, 0, np.array([0]))[1][0]))
    found = one_domain(1000)
    halo, loading = found.parameters.variances["halo"], found.parameters.loadings["interview"]
    floor = 1 / np.sqrt(1 / found.parameters.covariance[0, 0] + loading**2 / halo)
    assert sds[0] > sds[1] > sds[2] > 0.8 * floor > 0.1


@pytest.mark.parametrize("preset", ["lottery", "hostile"])
def test_made_up_companies_of_sixty(preset):
    """Bias, error and coverage beside the tests alone, with a halo (hostile) and without."""
    simulated = simulate(engineers=60, teams=5, seed=11, preset=preset, parts=("learning", "skills"))
    with tempfile.TemporaryDirectory() as folder:
        program = data.read_program(write_program(simulated, Path(folder) / "company"))
    truth = simulated.truth["skills"]
    known = {person: row for person, row in zip(truth["persons"], truth["waves"]["end"]["ability"]) if row}
    true = pd.DataFrame.from_dict(known, orient="index", columns=truth["domains"]).stack().rename("true")
    calibration = skills.calibrate_program(program)
    errors = {}
    for sources in (skills.SOURCES, TESTS):
        scores = skills.assess_skills(program, "end", calibration, sources).query("scale == 'domain'")
        joined = scores.set_index(["person_id", "scale_id"]).join(true.rename_axis(["person_id", "scale_id"]), how="inner")
        errors[sources] = joined["score"] - joined["true"]
        assert 0.82 < (errors[sources].abs() < 1.645 * joined["standard_error"]).mean() < 0.99
    assert (errors[skills.SOURCES] ** 2).mean() < (errors[TESTS] ** 2).mean()
