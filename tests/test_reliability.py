"""Alpha, omega, item statistics and true scores: closed forms, simulated truth, and what must be refused."""

import doctest

import numpy as np
import pandas as pd
import pytest

from upskill import skills
from upskill.data import NotEnoughData
from upskill.skills import classical, omega, reliability


def congeneric(persons, loadings, seed):
    """Scores of one factor; each item has variance 1, so omega = (sum l)² / ((sum l)² + sum (1 - l²))."""
    random, loadings = np.random.default_rng(seed), np.asarray(loadings)
    return random.normal(size=(persons, 1)) * loadings + random.normal(size=(persons, len(loadings))) * np.sqrt(1 - loadings**2)


def true_omega(loadings):
    common = np.sum(loadings) ** 2
    return common / (common + np.sum(1 - np.square(loadings)))


LOADINGS = (0.8, 0.7, 0.6, 0.5, 0.3)


@pytest.mark.parametrize("method", ["ml", "minres"])
def test_omega_finds_the_truth_where_alpha_is_too_low(method):
    scores = congeneric(4000, LOADINGS, 1)
    found = skills.coefficient_omega(scores, method=method)
    assert found.value == pytest.approx(true_omega(LOADINGS), abs=0.02)
    assert found.low < true_omega(LOADINGS) < found.high
    assert skills.coefficient_alpha(scores).value < true_omega(LOADINGS) - 0.005


@pytest.mark.parametrize("method", ["ml", "minres"])
def test_omega_of_a_perfect_matrix_is_exact(method):
    matrix = np.outer(LOADINGS, LOADINGS) + np.diag(1 - np.square(LOADINGS))
    assert skills.omega_of_covariance(matrix, method) == pytest.approx(true_omega(LOADINGS), abs=1e-8)
    scale = np.array([1, 2, 3, 4, 5])
    weighted = scale * np.array(LOADINGS)
    expected = weighted.sum() ** 2 / (weighted.sum() ** 2 + (scale**2 * (1 - np.square(LOADINGS))).sum())
    assert skills.omega_of_covariance(matrix * np.outer(scale, scale), method) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("estimate", [skills.coefficient_omega,
                                      lambda scores, level: skills.coefficient_alpha(scores, level, interval="bootstrap")])
def test_bootstrap_intervals_hold_the_truth_about_as_often_as_they_say(estimate):
    """20 samples: fewer than 13 would be a chance of less than 1 in 1,000 at a coverage of 88 %."""
    loadings = (0.6, 0.6, 0.6, 0.6)
    held = 0
    for seed in range(20):
        found = estimate(congeneric(120, loadings, seed), 0.90)
        held += found.low <= true_omega(loadings) <= found.high
    assert held >= 13


def test_alpha_equals_omega_for_equal_items_and_the_interval_widens_with_the_level():
    matrix = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    assert skills.omega_of_covariance(matrix) == pytest.approx(4 * 0.4 / (1 + 3 * 0.4), abs=1e-9)
    scores = congeneric(80, (0.6, 0.6, 0.6), 3)
    narrow, wide = (skills.coefficient_omega(scores, level) for level in (0.5, 0.95))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert skills.coefficient_omega(scores, 0.5) == narrow


def test_missing_answers_listwise_and_pairwise():
    scores = congeneric(300, LOADINGS, 4)
    scores[np.random.default_rng(5).random(scores.shape) < 0.1] = np.nan
    complete = scores[np.isfinite(scores).all(axis=1)]
    assert skills.coefficient_omega(scores).value == skills.coefficient_omega(complete).value
    assert skills.coefficient_omega(scores, missing="pairwise").persons > len(complete)
    for found in (skills.coefficient_omega(scores, missing="pairwise"),
                  skills.coefficient_alpha(scores, missing="pairwise", interval="bootstrap")):
        assert found.low < found.value < found.high


@pytest.mark.parametrize(("scores", "reason"), [
    (np.random.default_rng(0).normal(size=(50, 2)), "at least 3 items"),
    (np.random.default_rng(0).normal(size=(4, 5)), "more people than items"),
    (np.c_[np.random.default_rng(0).normal(size=(30, 3)), np.ones(30)], "answered alike: 3"),
    (np.repeat(np.random.default_rng(0).normal(size=(30, 1)), 4, axis=1), "repeat one another"),
    (np.full((30, 4), np.nan), "more people than items"),
])
def test_omega_is_refused_with_a_reason(scores, reason):
    with pytest.raises(NotEnoughData, match=reason):
        skills.coefficient_omega(scores)


def test_an_item_without_error_of_its_own_is_refused():
    heywood = np.array([[1, 0.9, 0.8], [0.9, 1, 0.5], [0.8, 0.5, 1]])  # 0.9 × 0.8 / 0.5 > 1
    with pytest.raises(NotEnoughData, match="item 0 would have no error of its own"):
        skills.omega_of_covariance(heywood)


def test_alpha_of_two_constant_and_contradicting_items():
    assert skills.coefficient_alpha([[1, 2], [2, 4], [3, 6]]).value == pytest.approx(2 * (1 - 5 / 9))
    with_constant = skills.coefficient_alpha([[1, 1, 5], [2, 2, 5], [3, 3, 5]])
    assert with_constant.value == pytest.approx(1.5 * (1 - 2 / 4)) and with_constant.items == 3
    assert skills.coefficient_alpha([[1, 4], [2, 3.5], [3, 2.5], [4, 2]]).value < 0
    for scores in ([[1, 4], [2, 3], [3, 2]], [[1, 1], [1, 1], [1, 1]]):
        with pytest.raises(NotEnoughData, match="differ between people"):
            skills.coefficient_alpha(scores)


def test_alpha_with_missing_answers():
    scores = [[1, 1], [2, np.nan], [2, 3], [3, 2], [np.nan, np.nan], [4, 4]]
    assert skills.coefficient_alpha(scores).persons == 4
    assert skills.coefficient_alpha(scores, missing="pairwise").persons == 5
    with pytest.raises(NotEnoughData, match="at least 2 items and 3 people; here 2 items and 0 people"):
        skills.coefficient_alpha([[1, np.nan], [np.nan, 2]])
    with pytest.raises(NotEnoughData, match="people in common"):
        skills.coefficient_alpha([[1, np.nan], [2, np.nan], [np.nan, 2], [np.nan, 3]], missing="pairwise")


@pytest.mark.parametrize("options", [{"missing": "drop"}, {"interval": "normal"}, {"level": 0}, {"level": 90}])
def test_wrong_options_are_named(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        skills.coefficient_alpha([[1, 2], [2, 4], [3, 6]], **options)
    if "interval" not in options:
        with pytest.raises(ValueError, match=next(iter(options))):
            skills.coefficient_omega(congeneric(20, (0.5, 0.5, 0.5), 1), **options)


def test_item_statistics_by_hand():
    scores = pd.DataFrame({"x": [0, 0, 1, 1], "y": [0, 1, 0, 2], "z": [1, 1, 1, 1]})
    table = skills.item_statistics(scores)
    assert table.loc["x", "difficulty"] == 0.5 and table.loc["y", "difficulty"] == 3 / 8
    rest = scores["y"] + scores["z"]
    assert table.loc["x", "item_rest_correlation"] == pytest.approx(np.corrcoef(scores["x"], rest)[0, 1])
    assert table.loc["y", "alpha_if_dropped"] == skills.coefficient_alpha(scores[["x", "z"]]).value
    assert table.loc["z", ["difficulty", "item_rest_correlation"]].isna().all()
    assert table["people"].tolist() == [4, 4, 4]


def test_item_statistics_with_missing_answers_stay_near_the_full_ones():
    scores = congeneric(3000, LOADINGS, 6)
    full = skills.item_statistics(scores)
    scores[np.random.default_rng(7).random(scores.shape) < 0.1] = np.nan
    for missing in ("pairwise", "listwise"):
        table = skills.item_statistics(scores, missing=missing)
        assert (table["item_rest_correlation"] - full["item_rest_correlation"]).abs().max() < 0.06
    assert skills.item_statistics(scores)["people"].max() > 2600


def test_two_items_of_one_name_are_two_items():
    scores = pd.DataFrame(congeneric(60, (0.6, 0.6, 0.6), 8), columns=["x", "x", "y"])
    assert skills.coefficient_omega(scores).value == skills.coefficient_omega(scores.to_numpy()).value
    table = skills.item_statistics(scores)
    assert table["item_rest_correlation"].tolist() == skills.item_statistics(scores.to_numpy())["item_rest_correlation"].tolist()
    with pytest.raises(ValueError, match="infinite"):
        skills.coefficient_omega(scores.assign(y=np.inf))


def test_what_is_out_of_range_is_refused():
    for call in (lambda: skills.true_score(1, 0, 1, 1.2), lambda: skills.standard_error_of_measurement(-1, 0.5),
                 lambda: skills.spearman_brown(0.5, 0), lambda: skills.spearman_brown(-0.9, 3),
                 lambda: skills.schmid_leiman([[0.9]], [1.0]), lambda: skills.schmid_leiman([[1.2]], [0.9]),
                 lambda: skills.schmid_leiman([[0.5]], [0.5, 0.5])):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(NotEnoughData):
        skills.item_statistics([[1], [2], [3]])


@pytest.mark.parametrize("module", [classical, omega, reliability])
def test_examples_in_docstrings(module):
    assert doctest.testmod(module).failed == 0
