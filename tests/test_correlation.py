"""Correlated inputs, distributions given by two points, and correlations in program.yml."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from upskill.data import Assumption, RankCorrelation
from upskill.data.settings import read_settings
from upskill.roi.correlation import correlate, correlation_matrix, nearest_correlation, normal_scores, reorder
from upskill.roi.uncertainty import draw, quantiles, scrambled_points

POINTS = scrambled_points(4096, 3, 5)
INPUTS = {name: Assumption(name, kind, parameters) for name, kind, parameters in (
    ("a", "lognormal", {"median": 3.0, "sigma": 0.8}), ("b", "beta", {"a": 2, "b": 5}), ("c", "uniform", {"low": 0, "high": 1}))}


def spearman(draws, first, second):
    return stats.spearmanr(draws[first], draws[second]).statistic


@pytest.mark.parametrize("rank", [-0.9, -0.3, 0.5, 0.95])
def test_inputs_have_the_rank_correlation_asked_for_and_keep_their_distributions(rank):
    draws = draw(INPUTS, POINTS, [RankCorrelation("a", "b", rank)])
    assert spearman(draws, "a", "b") == pytest.approx(rank, abs=0.01)
    assert spearman(draws, "a", "c") == pytest.approx(0, abs=0.02)
    free = draw(INPUTS, POINTS)
    assert (draws["a"] == pytest.approx(free["a"], rel=1e-9)) and (draws["c"] == free["c"]).all()
    assert stats.kstest(draws["b"], stats.beta(2, 5).cdf).pvalue > 0.5


def test_reordering_gives_nearly_the_same_correlation_as_the_copula():
    matrix = correlation_matrix(["a", "b", "c"], [RankCorrelation("a", "b", 0.6), RankCorrelation("b", "c", -0.4)])
    copula = stats.spearmanr(correlate(POINTS, matrix)).statistic
    ordered = reorder(POINTS, matrix, normal_scores(len(POINTS), 3, 1))
    assert stats.spearmanr(ordered).statistic == pytest.approx(copula, abs=0.03)
    assert (np.sort(ordered, axis=0) == np.sort(POINTS, axis=0)).all()


def test_impossible_correlations_are_moved_and_the_change_is_named():
    asked = [RankCorrelation("a", "b", 0.9), RankCorrelation("b", "c", 0.9), RankCorrelation("a", "c", -0.5)]
    with pytest.warns(UserWarning, match="a and b 0.9, used 0.587"):
        matrix = correlation_matrix(["a", "b", "c"], asked)
    assert np.linalg.eigvalsh(matrix)[0] > 0 and (np.diag(matrix) == 1).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        correlation_matrix(["a", "b", "c"], [RankCorrelation("a", "b", 0.6), RankCorrelation("b", "c", 0.6)])


def test_the_nearest_matrix_is_nearer_than_its_neighbors():
    """Higham's example: of all correlation matrices, none near ours lies nearer to the one asked for."""
    asked = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], dtype=float)
    found = nearest_correlation(asked)
    assert found[0, 1] == pytest.approx(0.7607, abs=1e-4) and found[0, 2] == pytest.approx(0.1573, abs=1e-4)
    random = np.random.default_rng(1)
    for _ in range(200):
        moved = found + np.triu(random.normal(0, 1e-3, (3, 3)), 1)
        moved = np.triu(moved, 1) + np.triu(moved, 1).T + np.eye(3)
        if np.linalg.eigvalsh(moved)[0] >= 0:
            assert np.linalg.norm(moved - asked) >= np.linalg.norm(found - asked) - 1e-6


@pytest.mark.parametrize(("one", "said"), [
    (RankCorrelation("a", "z", 0.2), "z"), (RankCorrelation("a", "a", 0.2), "two inputs"),
    (RankCorrelation("a", "b", 1.0), "between -1 and 1")])
def test_correlations_that_make_no_sense_are_refused(one, said):
    with pytest.raises(ValueError, match=said):
        draw(INPUTS, POINTS, [one])


def test_a_constant_has_no_rank_and_stays_out():
    inputs = INPUTS | {"b": Assumption("b", "constant", {"value": 2.0})}
    draws = draw(inputs, POINTS, [RankCorrelation("a", "b", 0.9), RankCorrelation("a", "c", 0.5)])
    assert (draws["b"] == 2.0).all() and spearman(draws, "a", "c") == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("kind", "low", "high"), [
    ("lognormal", 8, 36), ("beta", 0.1, 0.5), ("beta", 0.9, 0.999), ("beta", 0.001, 0.9), ("beta", 0.49, 0.51)])
def test_two_points_give_a_distribution_that_hits_both(kind, low, high):
    found = quantiles(Assumption("x", kind, {"low": low, "high": high}), np.array([0.05, 0.5, 0.95]))
    assert found[[0, 2]] == pytest.approx([low, high], rel=1e-6) and low < found[1] < high


def test_a_table_of_quantiles_is_followed_and_goes_on_beyond_its_ends():
    p = np.array([0.1, 0.5, 0.9])
    table = Assumption("x", "tabulated", {"probabilities": tuple(p), "values": tuple(stats.norm(2, 3).ppf(p))})
    levels = np.array([0.001, 0.05, 0.3, 0.999])
    assert quantiles(table, levels) == pytest.approx(stats.norm(2, 3).ppf(levels))
    bounded = SimpleNamespace(**{**vars(table), "minimum": -1.0, "maximum": 4.0})
    assert quantiles(bounded, levels).min() == -1 and quantiles(bounded, levels).max() == 4


def settings(tmp_path, text):
    (tmp_path / "program.yml").write_text("name: x\n" + text)
    return read_settings(tmp_path / "program.yml")


def test_correlations_of_a_program_are_read(tmp_path):
    found, faults = settings(tmp_path, """
correlations:
  - {between: [completion_share, training_time_saving], rank: 0.4, source: two pilots}
  - {between: [build.price_per_engineer, program_cost], rank: -0.2}
""")
    assert not faults
    assert found.correlations[0] == RankCorrelation("completion_share", "training_time_saving", 0.4, "two pilots")
    assert found.correlations[1].first == "build.price_per_engineer"


@pytest.mark.parametrize(("entry", "said"), [
    ("{between: [completion_share, training_time_savin], rank: 0.4}", "Did you mean training_time_saving"),
    ("{between: [completion_share, attrition_per_year], rank: 1.4}", "between -1 and 1"),
    ("{between: [completion_share, attrition_per_year], rank: high}", "between -1 and 1"),
    ("{between: [completion_share, completion_share], rank: 0.4}", "two different inputs"),
    ("{between: completion_share, rank: 0.4}", "a list of two inputs"),
    ("{between: [attrition_per_year, engineers], rank: 0.4, strength: 2}", "one of between"),
    ("{between: [engineers, program_cost], rank: 0.1}", "Entry 1 has it already"),
    ("often", "an entry such as")])
def test_a_fault_of_a_correlation_is_named_with_its_line(tmp_path, entry, said):
    text = f"correlations:\n  - {{between: [program_cost, engineers], rank: 0.3}}\n  - {entry}\n"
    found, faults = settings(tmp_path, text)
    assert len(found.correlations) == 1
    assert any(said in str(fault) for fault in faults) and all("program.yml, line 4" in str(fault) for fault in faults)


def test_correlations_that_are_no_list_are_named(tmp_path):
    assert "a list" in str(settings(tmp_path, "correlations: {a: b}\n")[1][0])


@pytest.mark.parametrize(("entry", "said"), [
    ("{distribution: lognormal, low: -1, high: 4}", "lognormal with low, high"),
    ("{distribution: beta, low: 0.1, high: 1.4}", "beta with low, high"),
    ("{distribution: tabulated, probabilities: [0.1, 0.9], values: [5, 1]}", "tabulated with probabilities, values"),
    ("{distribution: tabulated, probabilities: [0.1, 0.1], values: [1, 5]}", "fit together"),
    ("{distribution: tabulated, probabilities: 0.1, values: [1, 5]}", "fit together"),
    ("{distribution: tabulated, probabilities: [0.1, 0.9], values: [0.1, 5]}", "values from 0 to 1")])
def test_faults_of_distributions_are_named(tmp_path, entry, said):
    faults = settings(tmp_path, f"assumptions:\n  completion_share: {entry}\n")[1]
    assert said in str(faults[0]) and "line 3" in str(faults[0])


def test_distributions_by_two_points_or_by_a_table_are_read(tmp_path):
    found, faults = settings(tmp_path, """
assumptions:
  completion_share: {distribution: beta, low: 0.4, high: 0.9}
  skill_half_life_months: {lognormal: {low: 8, high: 36}}
  ramp_months: {pert: {low: 1, mode: 2, high: 9}}
  training_time_saving: {distribution: tabulated, probabilities: [0.05, 0.5, 0.95], values: [-0.2, 0.05, 0.3]}
""")
    assert not faults
    for name, middle in (("completion_share", 0.689), ("skill_half_life_months", 17.0), ("ramp_months", 2.75),
                         ("training_time_saving", 0.05)):
        assert quantiles(found.assumptions[name], np.array([0.5]))[0] == pytest.approx(middle, rel=0.02)
