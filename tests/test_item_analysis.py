"""Scores, fit of items and people, dependence, information and subscores: closed forms and made-up truth."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from upskill import data, paths, skills
from upskill.data import NotEnoughData
from upskill.skills import abilities, fit_of_items, instrument
from upskill.validation.items import lsat7
from upskill.validation.skills import lsat6


def made_up(persons, slopes, places, seed, missing=0.0):
    random = np.random.default_rng(seed)
    chance = expit(np.asarray(slopes) * (random.normal(size=(persons, 1)) - np.asarray(places)))
    answers = (random.random(chance.shape) < chance).astype(float)
    return np.where(random.random(chance.shape) < missing, np.nan, answers)


@pytest.fixture(scope="module")
def lsat6_fit():
    return skills.calibrate(lsat6(), "2PL", None)


@pytest.fixture(scope="module")
def graded():
    """A calibration of mixed items, one of them the same for all, and its answers."""
    two, other = made_up(300, [1.2] * 4, [-1, 0, 0.5, 1], 1), made_up(300, [1.5] * 4, [-1, 0, 0, 1], 2)
    answers = np.column_stack([two, other[:, :2].sum(axis=1), other.sum(axis=1), np.ones(300)])
    return skills.calibrate(answers, "graded"), answers


# --- scores


def test_scores_of_nobody_and_of_missing_answers(lsat6_fit):
    found = skills.ability_scores(lsat6_fit, np.full((1, 5), np.nan))
    assert found.iloc[0].tolist() == pytest.approx([0, 1, 0], abs=1e-6)
    shifted = skills.ability_scores(lsat6_fit, np.full((1, 5), np.nan), mean=0.5, sd=0.8)
    assert shifted.iloc[0].tolist() == pytest.approx([0.5, 0.8, 0], abs=1e-6)
    with pytest.raises(ValueError, match="4 items answered, 5 calibrated"):
        skills.ability_scores(lsat6_fit, np.ones((3, 4)))


def test_scores_hold_the_truth_as_often_as_they_say():
    random = np.random.default_rng(5)
    truth = random.normal(size=2000)
    answers = (random.random((2000, 20)) < expit(1.3 * (truth[:, None] - np.linspace(-2, 2, 20)))).astype(float)
    found = skills.ability_scores(skills.calibrate(answers), answers)
    off = (found["score"] - truth) / found["standard_error"]
    assert abs(off.mean()) < 0.1 and off.std() == pytest.approx(1, abs=0.05)
    assert skills.marginal_reliability(found) == pytest.approx(np.corrcoef(found["score"], truth)[0, 1] ** 2, abs=0.03)


def test_sum_scores_are_the_mean_over_their_patterns(graded):
    calibration, _ = graded
    patterns = np.array(list(itertools.product(*calibration.codes)))
    chance = abilities.posterior_on_grid(abilities.likelihood_on_grid(calibration, pd.DataFrame(patterns)),
                                         np.zeros(len(patterns)), 1.0)
    likelihood = np.exp(abilities.likelihood_on_grid(calibration, pd.DataFrame(patterns)))
    prior = np.exp(-abilities.GRID**2 / 2) / np.exp(-abilities.GRID**2 / 2).sum()
    weight, score = likelihood @ prior, chance @ abilities.GRID
    sums = patterns[:, :6].sum(axis=1)
    table = skills.sum_score_table(calibration)
    assert table["probability"].sum() == pytest.approx(1)
    assert table["score"].is_monotonic_increasing and list(table.index) == list(range(11))
    assert table.loc[4, "score"] == pytest.approx(np.average(score[sums == 4], weights=weight[sums == 4]))
    assert table.loc[4, "probability"] == pytest.approx(weight[sums == 4].sum())


def test_sums_of_codes_with_gaps_and_of_fractions():
    answers = made_up(200, [1.5] * 5, np.linspace(-1, 1, 5), 3)
    assert list(skills.sum_score_table(skills.calibrate(answers * 3 + 1)).index) == [5, 8, 11, 14, 17, 20]
    with pytest.raises(ValueError, match="not whole numbers"):
        skills.sum_score_table(skills.calibrate(answers / 2))


# --- fit of items


@pytest.mark.parametrize("statistic", ["residual", "S-X2"])
def test_items_that_follow_the_model_are_rarely_flagged(statistic):
    """40 data sets of 100 people × 10 items: 5 % of p values below 5 %, within four Monte Carlo errors."""
    random = np.random.default_rng(11)
    p_values = []
    for seed in range(40):
        answers = made_up(100, random.lognormal(0, 0.3, 10), random.normal(0, 1, 10), seed)
        p_values += skills.item_fit(skills.calibrate(answers), answers, statistic)["p_value"].dropna().tolist()
    assert len(p_values) > 300 and 0.02 < np.mean(np.array(p_values) < 0.05) < 0.10


def test_an_item_with_the_wrong_key_is_found_in_a_small_group_with_missing_answers():
    answers = made_up(110, [1.5] * 12, np.linspace(-1.5, 1.5, 12), 4, missing=0.15)
    answers[:, 5] = 1 - answers[:, 5]
    found = skills.item_fit(skills.calibrate(answers), answers)
    assert list(found.index[found["misfits"]]) == [5] and found.loc[5, "largest_gap"] > 0.2


def test_a_curve_that_bends_is_found():
    """A lucky guess in half of the cases: the weak do better than the curve says."""
    random = np.random.default_rng(6)
    answers = made_up(1500, [1.5] * 15, np.linspace(-2, 2, 15), 6)
    answers[:, 14] = np.maximum(answers[:, 14], random.random(1500) < 0.35)
    answers[:, 14] = np.where(answers[:, :14].sum(axis=1) < 5, random.random(1500) < 0.7, answers[:, 14])
    fit = skills.calibrate(answers)
    for statistic in fit_of_items.STATISTICS:
        found = skills.item_fit(fit, answers, statistic)
        assert found.loc[14, "misfits"] and found["p_value"].idxmin() == 14 and found["misfits"].sum() <= 3


def test_the_order_of_people_does_not_matter():
    fit = skills.calibrate(lsat7(), "2PL", None)
    mixed = np.random.default_rng(1).permutation(lsat7())
    pd.testing.assert_frame_equal(skills.item_fit(fit, lsat7()), skills.item_fit(fit, mixed))


def test_item_fit_where_little_is_known(graded):
    calibration, answers = graded
    found = skills.item_fit(calibration, answers)
    assert found.iloc[6][["statistic", "p_value"]].isna().all() and not found.iloc[6]["misfits"]
    assert found.iloc[:6]["p_value"].between(0.001, 1).all()
    few = skills.item_fit(calibration, answers[:30])
    assert few["p_value"].isna().all() and not few["misfits"].any()
    with pytest.raises(ValueError, match="two-category"):
        skills.item_fit(calibration, answers, "S-X2")
    with pytest.raises(ValueError, match="expected one of residual, S-X2"):
        skills.item_fit(calibration, answers, "infit")


def test_s_x2_knows_ranks_only_and_needs_complete_answers():
    fit, again = (skills.calibrate(data, "2PL", None) for data in (lsat7(), 8 * lsat7() + 1))
    found = skills.item_fit(fit, lsat7(), "S-X2")
    assert skills.item_fit(again, 8 * lsat7() + 1, "S-X2")["statistic"].to_numpy() == pytest.approx(found["statistic"])
    holed = np.where(np.arange(5) == np.arange(1000)[:, None] % 5, np.nan, lsat7())
    assert skills.item_fit(fit, holed, "S-X2")["statistic"].isna().all()


# --- dependence between items


def test_an_item_that_repeats_another_is_found_and_chance_is_not():
    answers = made_up(120, [1.2] * 10, np.linspace(-1, 1, 10), 8)
    plain = skills.local_dependence(skills.calibrate(answers), answers)
    assert len(plain) == 45 and not plain["dependent"].any() and plain["q3"].mean() < 0
    random = np.random.default_rng(8)
    answers[:, 9] = np.where(random.random(120) < 0.7, answers[:, 8], answers[:, 9])
    found = skills.local_dependence(skills.calibrate(answers), answers)
    assert found.loc[0, ["first", "second", "dependent"]].tolist() == [8, 9, True] and found["dependent"].sum() <= 3
    with pytest.raises(NotEnoughData, match="at least 3 items"):
        skills.local_dependence(skills.calibrate(answers[:, :2]), answers[:, :2])


# --- fit of people


def test_people_who_follow_the_model_are_rarely_odd():
    answers = made_up(400, [1.2] * 9, np.linspace(-2, 2, 9), 9, missing=0.1)
    found = skills.person_fit(skills.calibrate(answers), answers)
    assert abs(found["fit"].mean()) < 0.2 and found["fit"].std() == pytest.approx(1, abs=0.15)
    assert 0.02 < (found["p_value"] < 0.05).mean() < 0.09 and not found["odd"].any()


def test_someone_who_answers_at_random_is_found_over_several_scales():
    places = np.linspace(-2, 2, 12)
    parts = [pd.DataFrame(made_up(200, [1.8] * 12, places, seed)) for seed in (21, 22, 23)]
    for part in parts:
        part.loc[7] = (places > 0).astype(float)  # hard ones right, easy ones wrong
    fits = [skills.calibrate(part) for part in parts]
    found = skills.person_fit_across(fits, parts)
    assert list(found.index[found["odd"]]) == [7] and found.loc[7, "items"] == 36
    pd.testing.assert_frame_equal(found, skills.person_fit_across(fits, parts))


def test_person_fit_of_nobody():
    answers = made_up(60, [1] * 6, np.linspace(-1, 1, 6), 10)
    found = skills.person_fit(skills.calibrate(answers), np.vstack([answers, np.full((1, 6), np.nan)]))
    assert np.isnan(found["fit"].iloc[-1]) and not found["odd"].iloc[-1]


# --- information and cuts


def test_information_of_a_two_parameter_item_in_closed_form():
    fit = skills.calibrate(lsat7(), "2PL", None)
    ability = np.array([-1.0, 0.5])
    chance = expit(fit.items["a"].to_numpy() * ability[:, None] + fit.items["d"].to_numpy())
    found = skills.test_information(fit, ability)
    assert found["information"].to_numpy() == pytest.approx(
        (fit.items["a"].to_numpy() ** 2 * chance * (1 - chance)).sum(axis=1))
    assert found["standard_error"].to_numpy() == pytest.approx(found["information"].to_numpy() ** -0.5)


def test_levels_that_a_test_tells_apart():
    answers = made_up(500, [2.5] * 60, np.linspace(-2, 2, 60), 12)
    fit = skills.calibrate(answers)
    wide = skills.Cuts(np.array([1, 2]), np.array([-1.0, 1.0]), np.zeros(2))
    close = skills.Cuts(np.array([1, 2]), np.array([-0.05, 0.05]), np.zeros(2))
    assert skills.cut_precision(fit, wide)["told_apart"].all()
    assert not skills.cut_precision(fit, close)["told_apart"].any()
    vague = skills.Cuts(wide.levels, wide.places, np.array([2.0, 2.0]))
    assert not skills.cut_precision(fit, vague)["told_apart"].any()
    alone = skills.Cuts(np.array([3]), np.array([0.0]), np.zeros(1))
    assert skills.cut_precision(fit, alone)["wrong"].isna().all()


# --- subscores


def normal_parts(persons, correlation, seed=0, noise=1.0, items=6):
    """Two parts of parallel items whose true scores correlate as given."""
    random = np.random.default_rng(seed)
    true = random.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], persons)
    return np.repeat(true, items, axis=1) + noise * random.standard_normal((persons, 2 * items))


PARTS = ["x"] * 6 + ["y"] * 6


@pytest.mark.parametrize("correlation", [0.3, 0.9])
def test_subscores_match_their_closed_form(correlation):
    """Items of variance 1 + 1, true correlation rho: reliability 6/7, from_total = 36 (1 + rho)² / var(total)."""
    found = skills.subscore_value(normal_parts(40_000, correlation), PARTS, draws=20).set_index("part")
    total = 2 * (36 + 6) + 2 * 36 * correlation
    assert found["from_part"].to_numpy() == pytest.approx([6 / 7] * 2, abs=0.01)
    assert found["from_total"].to_numpy() == pytest.approx([(36 + 36 * correlation) ** 2 / (36 * total)] * 2, abs=0.015)
    observed = np.array([[42, 36 * correlation], [36 * correlation, 42]])
    shared = np.array([36, 36 * correlation])
    both = shared @ np.linalg.solve(observed, shared) / 36
    assert found["from_both"].to_numpy() == pytest.approx([both] * 2, abs=0.01)


def test_which_subscores_add_something():
    assert set(skills.subscore_value(normal_parts(400, 0.2), PARTS)["verdict"]) == {"own score"}
    assert set(skills.subscore_value(normal_parts(400, 1.0, noise=2), PARTS)["verdict"]) == {"no own score"}
    assert "cannot tell" in set(skills.subscore_value(normal_parts(25, 0.7), PARTS)["verdict"])


def test_missing_answers_and_parts_of_one_item():
    answers = normal_parts(600, 0.3, seed=1)
    holed = np.where(np.random.default_rng(2).random(answers.shape) < 0.2, np.nan, answers)
    full, part = (skills.subscore_value(data, PARTS, draws=50) for data in (answers, holed))
    assert part["from_part"].to_numpy() == pytest.approx(full["from_part"].to_numpy(), abs=0.04)
    found = skills.subscore_value(answers, ["x"] * 11 + ["z"]).set_index("part")
    assert found.loc["z", "verdict"] == "too few items" and np.isnan(found.loc["z", "gain"])
    with pytest.raises(ValueError, match="one per item"):
        skills.subscore_value(answers, ["x"] * 3)
    with pytest.raises(NotEnoughData, match="one part"):
        skills.subscore_value(answers, ["x"] * 12)
    with pytest.raises(NotEnoughData, match="at least 10"):
        skills.subscore_value(answers[:9], PARTS)


def test_the_interval_of_a_gain_holds_the_truth():
    """80 groups of 100 people; nominal 90 %, Monte Carlo error 3 %."""
    correlation = 0.7
    total = 2 * (36 + 6) + 2 * 36 * correlation
    truth = 6 / 7 - (36 + 36 * correlation) ** 2 / (36 * total)
    held = [skills.subscore_value(normal_parts(100, correlation, seed), PARTS, draws=100).iloc[0] for seed in range(80)]
    assert 0.80 < np.mean([row["low"] <= truth <= row["high"] for row in held]) <= 1


# --- what the report shows


@pytest.fixture(scope="module")
def example():
    program = data.read_program(paths.ROOT / "data" / "example")
    return program, skills.instrument_quality(program)


def test_the_test_of_the_example_scores_domains_and_no_competency(example):
    program, quality = example
    assert len(quality.domains) == 6 and len(quality.parts) == 24 and len(quality.cuts) == 30
    assert quality.domains["own_scores"].eq("").all()
    assert "no competency that deserves" in skills.read_parts(quality)
    told = quality.cuts["told_apart"].sum()
    assert skills.read_levels(quality).startswith(f"For a single person the test tells {told} of 30 levels")
    assert list(skills.instrument_rows(quality)["Domain"]) == quality.domains["domain"].tolist()
    assert not any(set(program["people"]["person_id"]) & set(table.astype(str).to_numpy().ravel())
                   for table in (quality.domains, quality.items, quality.pairs, quality.cuts, quality.parts))


def test_items_that_repeat_each_other_and_one_with_the_wrong_key_reach_the_reader(example):
    program, _ = example
    answers = program["test_responses"]
    item = sorted(set(answers["item_id"]))
    same = answers[answers["item_id"] == item[0]].set_index(["person_id", "wave"])["score"]
    copied = same.reindex(pd.MultiIndex.from_frame(answers[["person_id", "wave"]])).to_numpy()
    score = answers["score"].where(answers["item_id"] != item[1], copied)
    turned = dataclasses.replace(program, tables=program.tables | {"test_responses": answers.assign(score=score)})
    quality = skills.instrument_quality(turned)
    assert item[0] in skills.read_items(quality) and "repeat each other" in skills.read_items(quality)
    assert quality.domains["dependent_pairs"].sum() >= 1


@pytest.mark.parametrize(("odd", "people", "told"),
                         [(0, 109, 0), (1, 109, None), (4, 109, None), (5, 109, 5), (0, 19, None)])
def test_few_odd_people_are_not_counted_aloud(example, odd, people, told):
    shown = instrument._may_be_told(odd, people, 5)
    assert shown == told
    quality = dataclasses.replace(example[1], odd=shown, judged=people)
    assert (skills.read_people(quality) == "") == (told is None)
