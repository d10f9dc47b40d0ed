"""Shares of variance, one input at a time, Monte Carlo errors: against closed forms."""

import numpy as np
import pytest

from upskill import roi
from upskill.data import Assumption, RankCorrelation
from upskill.roi.shapley import MOST
from upskill.roi.uncertainty import draw, scrambled_points
from upskill.validation.sensitivity import g_function, unit_inputs

NORMALS = {name: Assumption(name, "normal", {"mean": 1, "sd": sd}) for name, sd in (("a", 1), ("b", 2), ("c", 3))}
INPUTS = NORMALS | {"fixed": Assumption("fixed", "constant", {"value": 5.0})}


def total(draws):
    return draws["a"] + draws["b"] + draws["c"] + draws["fixed"]


def test_shares_of_a_sum_are_its_variances_and_the_intervals_hold_them():
    table = roi.sobol_indices(total, INPUTS, seed=2).set_index("input")
    assert list(table.index) == ["c", "b", "a"]
    for name, share in (("a", 1 / 14), ("b", 4 / 14), ("c", 9 / 14)):
        assert table.loc[name, "alone"] == pytest.approx(share, abs=0.01)
        assert table.loc[name, "total_low"] - 0.005 <= share <= table.loc[name, "total_high"] + 0.005


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    weights, hits = (0, 1, 4.5, 9), 0
    parts = 1 / (3 * (1 + np.array(weights)) ** 2)
    truth = parts[0] * np.prod(1 + parts[1:]) / (np.prod(1 + parts) - 1)
    for seed in range(40):
        table = roi.sobol_indices(g_function(weights), unit_inputs(4), seed, points=64, scramblings=8).set_index("input")
        hits += table.loc["x1", "total_low"] <= truth <= table.loc["x1", "total_high"]
    assert hits >= 32


def test_groups_count_what_their_inputs_do_together():
    table = roi.sobol_indices(lambda draws: draws["a"] * draws["b"] + draws["c"], INPUTS, 1,
                              {"product": ["a", "b"], "rest": ["c", "fixed"]}).set_index("input")
    variance = (1 + 1) * (4 + 1) - 1 + 9
    assert table.loc["product", "alone"] == pytest.approx(9 / variance, abs=0.02)
    assert table.loc["product", "total"] == pytest.approx(table.loc["product", "alone"], abs=0.02)
    with pytest.raises(ValueError, match="groups name d"):
        roi.sobol_indices(total, INPUTS, 1, {"x": ["d"]})


def test_what_does_not_vary_has_no_shares():
    table = roi.sobol_indices(lambda draws: np.full(len(draws["a"]), 3.0), INPUTS, 1)
    assert (table[["alone", "total", "total_high"]] == 0).all().all()
    table = roi.shapley_effects(lambda draws: np.full(len(draws["a"]), 3.0), INPUTS)
    assert (table["share"] == 0).all()


def test_shapley_effects_of_three_correlated_normals_are_those_of_the_formula():
    """Owen and Prieur 2017: linear Gaussian, by the definition over all subsets."""
    asked = [RankCorrelation("a", "b", 0.6), RankCorrelation("b", "c", -0.3)]
    matrix = roi.correlation_matrix(["a", "b", "c"], asked)
    covariance = matrix * np.outer([1, 2, 3], [1, 2, 3])
    table = roi.shapley_effects(total, INPUTS, asked, seed=3, points=512).set_index("input")
    assert table["share"].sum() == pytest.approx(1) and (table["share"] > 0).all()

    def explained(members):
        cross = covariance[:, members].sum(axis=0)
        return float(cross @ np.linalg.solve(covariance[np.ix_(members, members)], cross)) if members else 0.0

    for at, name in enumerate("abc"):
        one, two = (other for other in range(3) if other != at)
        share = (explained([at]) / 3 + (explained([one, at]) - explained([one])) / 6
                 + (explained([two, at]) - explained([two])) / 6 + (explained([0, 1, 2]) - explained([one, two])) / 3)
        assert table.loc[name, "share"] == pytest.approx(share / covariance.sum(), abs=0.01)
        assert table.loc[name, "low"] <= table.loc[name, "share"] <= table.loc[name, "high"]


def test_many_inputs_are_put_together():
    inputs = unit_inputs(12)
    with pytest.raises(ValueError, match=f"{MOST} groups at most"):
        roi.shapley_effects(g_function((9,) * 12), inputs)
    groups = roi.one_by_one(inputs, ["x1", "x2"])
    table = roi.shapley_effects(g_function((0, 9, *(99,) * 10)), inputs, groups=groups, points=64).set_index("input")
    assert list(table.index) == ["x1", "x2", "all others"] and table["share"].sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="two groups"):
        roi.shapley_effects(total, INPUTS, groups={"x": ["a"], "y": ["a", "b"]})


def test_a_tornado_moves_one_input_and_holds_the_others_at_their_medians():
    table = roi.tornado(lambda draws: draws["a"] * draws["b"] + draws["c"], INPUTS)
    reach = 1.6448536
    assert table["input"].tolist() == ["c", "b", "a"]
    assert table["swing"].tolist() == pytest.approx([6 * reach, 4 * reach, 2 * reach], rel=1e-6)
    assert roi.tornado(total, {"fixed": INPUTS["fixed"]}).empty


def test_a_tornado_of_draws_lets_correlated_inputs_move_along():
    draws = draw(INPUTS, scrambled_points(2048, 4, 1, 4), [RankCorrelation("a", "b", 0.5)])
    table = roi.tornado_of_draws(draws, total(draws)).set_index("input")
    correlation = 2 * np.sin(np.pi * 0.5 / 6)
    assert table.loc["a", "swing"] == pytest.approx(2 * 1.645 * (1 + 2 * correlation), rel=0.05)
    assert table.loc["c", "swing"] == pytest.approx(2 * 1.645 * 3, rel=0.05)
    assert "fixed" not in table.index


def test_monte_carlo_errors_are_the_spread_over_seeds():
    estimates = []
    for seed in range(60):
        values = np.random.default_rng(seed).normal(1, 2, 3200)
        errors = roi.simulation_errors(values, blocks=16)
        estimates.append((errors["value"], errors["monte_carlo_error"]))
    spread = np.std([value for value, _ in estimates], axis=0, ddof=1)
    told = np.mean([error for _, error in estimates], axis=0)
    assert told == pytest.approx(spread, rel=0.35)
    assert np.isnan(roi.mean_error(np.ones(10), blocks=16))
    assert roi.mean_error(np.full(640, 2.0)) == 0


def test_more_draws_are_asked_for_only_where_the_verdict_needs_them():
    assert roi.draws_needed(100.0, 10.0, 0.0, 8192) is None
    assert roi.draws_needed(0.0, 10.0, 0.0, 8192) == np.inf
    assert roi.draws_needed(5.0, 10.0, 0.0, 8192) == 8192 * 16
    assert roi.draws_needed(5.0, float("nan"), 0.0, 8192) is None
