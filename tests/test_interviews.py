"""Quality of interviews and worth of self-ratings, held against the simulator's truth."""

import json

import numpy as np
import pandas as pd
import pytest
from test_assess_skills import with_table, without

from upskill import data, skills
from upskill.data import NotEnoughData
from upskill.skills import errors_in_variables, interview_quality, own_calibration, own_severity, self_against_tests
from upskill.skills.agreement import krippendorff_alpha
from upskill.skills.sources import self_ratings


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


@pytest.fixture(scope="module")
def truth(example):
    return json.loads((example / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def quality(company):
    return interview_quality(company)


def test_severity_of_each_rater_is_found_in_levels(quality, truth):
    """One level is about one unit of ability, in which the truth is given."""
    true = truth["raters"]["severity"]
    found = {rater: own_severity(quality, rater) for rater in true}
    assert np.corrcoef([found[rater][0] for rater in true], list(true.values()))[0, 1] > 0.9
    held = [low - 0.05 <= true[rater] <= high + 0.05 for rater, (_, low, high, _) in found.items()]
    assert np.mean(held) >= 0.6
    low, high = quality.spread[1:]
    assert low < np.std(list(true.values()), ddof=1) < high


def test_agreement_is_that_of_the_ratings(company, quality):
    assert quality.refused == {} and quality.raters_each == 2
    table = company["interview_ratings"]
    wide = table[table["wave"] == quality.wave].pivot(
        index=["person_id", "competency_id"], columns="rater_id", values="rating").astype(float)
    assert quality.alpha.value == pytest.approx(krippendorff_alpha(wide).value)
    plain = krippendorff_alpha(wide)
    assert quality.alpha.high - quality.alpha.low != plain.high - plain.low, "persons are drawn, not ratings"
    one, mean = quality.one_rating, quality.mean_of_raters
    assert one.low < one.value < one.high < 1 and mean.value == pytest.approx(2 * one.value / (1 + one.value))
    pairs = np.array([row[np.isfinite(row)] for row in wide.to_numpy()])
    assert one.value == pytest.approx(skills.intraclass_correlation(pairs).loc["ICC(1,1)", "value"])


def test_what_cannot_be_told_of_interviews_is_named(company):
    table = company["interview_ratings"]
    alone = interview_quality(with_table(company, "interview_ratings", table.drop_duplicates(["person_id", "wave", "competency_id"])))
    assert set(alone.refused) >= {"alpha", "intraclass correlation"} and alone.alpha is None
    one = interview_quality(with_table(company, "interview_ratings", table[table["rater_id"] == "r01"]))
    assert one.spread is None and "2 raters" in one.refused["severity"]
    with pytest.raises(NotEnoughData, match="2 raters"):
        own_severity(one, "r01")
    with pytest.raises(NotEnoughData, match="middle"):
        interview_quality(company, "middle")
    with pytest.raises(NotEnoughData, match="interview_ratings"):
        interview_quality(without(company, "interview_ratings"))


def test_unconnected_raters_are_refused_without_naming_them(company):
    table = company["interview_ratings"]
    few = table[table["wave"] == "end"].head(48)
    apart = pd.concat([few.assign(rater_id=few["rater_id"] + mark, person_id=few["person_id"] + mark) for mark in "xy"])
    found = interview_quality(with_table(company, "interview_ratings", apart))
    assert "not connected" in found.refused["severity"] and "r01" not in found.refused["severity"]


def test_self_ratings_follow_ability_as_they_were_made(company, truth):
    """What the table says of slope and correlation is what true abilities give, error of the tests taken out."""
    table = self_against_tests(company, "end")
    everybody = table[table["role"] == ""].iloc[0]
    known = {person: row for person, row in zip(truth["skills"]["persons"], truth["skills"]["waves"]["end"]["ability"]) if row}
    true = pd.DataFrame.from_dict(known, orient="index", columns=truth["skills"]["domains"]).stack().rename("true")
    items = company["items"].set_index("item_id")["competency_id"]
    home = company["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]
    own = company["survey_responses"].query("wave == 'end'").assign(domain=lambda frame: frame["item_id"].map(items).map(home))
    rating = own.groupby(["person_id", "domain"])["score"].mean()
    both = pd.concat([true.rename_axis(rating.index.names), rating], axis=1).dropna()
    both -= both.groupby("domain").transform("mean")
    slope = (both["true"] * both["score"]).sum() / (both["true"] ** 2).sum()
    assert everybody["slope_low"] < slope < everybody["slope_high"]
    assert everybody["correlation_low"] < both.corr().iloc[0, 1] < everybody["correlation_high"]
    assert everybody["slope_high"] < 0.6, "people differ far less in what they say than in what they can"
    assert everybody["shift_low"] < everybody["shift"] < everybody["shift_high"]
    assert (table["people"] >= 20).all() and len(table) > 1


def test_own_calibration_is_the_shift_of_the_person(company, truth):
    fused = skills.fuse_sources(company, "start")
    selves = self_ratings(company, "start", list(fused.data.domains))
    shift = pd.Series(truth["self_ratings"]["person_shift"])
    persons = [person for person in fused.data.persons if person in set(selves.table["person_id"])]
    found = pd.DataFrame([own_calibration(fused, selves, person) for person in persons], persons, ["value", "low", "high"])
    true = shift[persons] - shift[persons].mean()
    assert np.corrcoef(found["value"], true)[0, 1] > 0.8
    assert 0.8 < true.between(found["low"], found["high"]).mean() < 0.98
    with pytest.raises(KeyError):
        own_calibration(fused, selves, "nobody")


def test_errors_in_variables_takes_out_the_error_of_both():
    random = np.random.default_rng(3)
    held, ratios = [], []
    for _ in range(16):
        true = random.normal(0, 1, 300)
        x, y = true + random.normal(0, 0.8, 300), 1 + 0.5 * true + random.normal(0, 0.6, 300)
        loose, exact = errors_in_variables(x, y, 0.64), errors_in_variables(x, y, 0.64, 0.36)
        held += [one.slope[1] < 0.5 < one.slope[2] for one in (loose, exact)]
        held.append(loose.correlation[1] < 0.5 / np.sqrt(0.25 + 0.36) < loose.correlation[2])
        ratios.append(loose.slope[0])
    assert 0.78 < np.mean(held) < 1
    assert np.mean(ratios) == pytest.approx(0.5, abs=0.05)


def test_expected_values_need_no_correction():
    random = np.random.default_rng(4)
    true = random.normal(0, 1, 2000)
    expected = (true + random.normal(0, 1, 2000)) / 2  # posterior means; what is left has variance 1/2
    line = errors_in_variables(expected, 0.3 * true, 0.5, expected=True)
    assert line.slope[0] == pytest.approx(0.3, abs=0.04)
    assert line.correlation[0] == pytest.approx(1, abs=0.08)


def test_lines_that_cannot_be_told_are_refused():
    with pytest.raises(NotEnoughData, match="at least 5"):
        errors_in_variables([1, 2, np.nan], [1, 2, 3], 0.1)
    with pytest.raises(NotEnoughData, match="no more than its error"):
        errors_in_variables(np.arange(9.0), np.arange(9.0), 100.0)
    with pytest.raises(ValueError, match="below 0"):
        errors_in_variables(np.arange(9.0), np.arange(9.0), -1.0)
    with pytest.raises(ValueError, match="measured x"):
        errors_in_variables(np.arange(9.0), np.arange(9.0), 0.1, 0.1, expected=True)


def test_shares_of_sources_add_up(company):
    table = skills.assess_skills(company, "end")
    shares = skills.source_shares(table)
    assert shares["people"].sum() == table["person_id"].nunique() and shares["share"].sum() == pytest.approx(1)
    assert set(shares["sources"]) <= {"test", "test + self", "test + interview", "test + interview + self", "interview",
                                      "interview + self"}
