"""Charts with limits per point, of rare events and smoothed; named rules; constants by integration."""

import numpy as np
import pytest

from upskill.kpi import find_signals, process_limits
from upskill.kpi.attribute import ewma, ewma_chart, g_chart, p_chart, t_chart, u_chart
from upskill.kpi.constants import range_constants
from upskill.kpi.rules import RULE_SETS


def test_constants_of_two_values_have_a_closed_form():
    constants = range_constants(2)
    assert constants.d2 == pytest.approx(2 / np.sqrt(np.pi), abs=1e-9)
    assert constants.d3 == pytest.approx(np.sqrt(2 - 4 / np.pi), abs=1e-9)
    assert constants.d4 == pytest.approx(np.sqrt(2) * 0.6744897501960817, abs=1e-9)
    assert constants.limit_of_values == pytest.approx(2.6586807764, abs=1e-9)
    assert constants.limit_of_ranges == pytest.approx(3.2665319193, abs=1e-8)
    assert constants.limit_of_values_by_median == pytest.approx(3.1450742475, abs=1e-9)
    assert constants.limit_of_ranges_by_median == pytest.approx(3.8641289731, abs=1e-8)
    with pytest.raises(ValueError, match="at least two"):
        range_constants(1)


NHS = [
    ([0.5] * 7, "shift", [6]), ([0.5] * 6, "shift", []), ([0.5] * 3 + [0] + [0.5] * 3, "shift", []),
    (np.linspace(-1, 1, 7), "trend", [6]), (np.linspace(-1, 1, 6), "trend", []), (np.linspace(1, -1, 7), "trend", [6]),
    ([2.1, 0.1, 2.2], "two of three", [2]), ([2.1, -0.1, 2.2], "two of three", []), ([2.1, 0.1, 3.2], "two of three", []),
    ([2.1, 0.1, -2.2], "two of three", []), ([3.0, 0.1, 2.0001], "two of three", [2]),
    ([-2.1, -0.1, -2.2], "two of three", [2]), ([0, 3.2], "beyond limits", [1]),
]


@pytest.mark.parametrize(("scores", "rule", "places"), NHS)
def test_rules_of_plot_the_dots(scores, rule, places):
    assert [place for place, names in find_signals(scores, "nhs").items() if rule in names] == places


@pytest.mark.parametrize(("name", "scores", "rule", "places"), [
    ("western_electric", [0.5] * 9, "shift", [7, 8]), ("western_electric", [2.1, -0.1, 2.2], "two of three", [2]),
    ("xmrit", [0.1] * 8, "shift", [7]), ("xmrit", [1.6, 0, 1.7, 1.6], "three of four", [3]),
    ("xmrit", [1.5, 0, 1.7, 1.6], "three of four", []), ("xmrit", [1.6, 0, -1.7, 1.6], "three of four", [])])
def test_other_named_rules(name, scores, rule, places):
    assert [place for place, names in find_signals(scores, name).items() if rule in names] == places


@pytest.mark.parametrize("rules", RULE_SETS)
@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [0.0] * 20, [5.0]])
def test_no_rule_fails_on_what_is_short_empty_or_constant(rules, values):
    assert set(find_signals(values, rules)) <= set(range(len(values)))


def test_screening_leaves_out_a_moving_range_beyond_its_limit_once():
    values = [10, 11, 10, 12, 11, 10, 11, 40, 11, 10, 11, 12]
    ranges = np.abs(np.diff(values))
    kept = ranges[ranges <= 3.267 * ranges.mean()]
    chart = process_limits(values, rules="nhs", screen=True)
    assert len(kept) == 9
    assert chart.upper - chart.center == pytest.approx(2.66 * kept.mean())
    assert 7 in chart.signals and chart.upper < process_limits(values).upper


def test_limits_of_each_point_follow_its_base():
    chart = p_chart([5, 10, 2], [50, 100, 25])
    p = 17 / 175
    assert chart.center == pytest.approx(p)
    assert chart.upper[1] == pytest.approx(p + 3 * np.sqrt(p * (1 - p) / 100))
    assert chart.lower[2] == 0
    rates = u_chart([5, 10, 30], [1, 2, 1], baseline=2)
    assert rates.center == 5 and rates.signals == (2,)
    assert rates.upper.tolist() == pytest.approx([5 + 3 * 5**0.5, 5 + 3 * 2.5**0.5, 5 + 3 * 5**0.5])


def test_laneys_limits_are_those_of_p_where_only_chance_varies_and_wider_elsewhere():
    random = np.random.default_rng(1)
    bases = random.integers(500, 2000, 4000)
    chance = p_chart(random.binomial(bases, 0.3), bases, laney=True)
    assert chart_width(chance) == pytest.approx(chart_width(p_chart(chance.values * bases, bases)), rel=0.05)
    varied = random.binomial(bases, random.beta(30, 70, 4000))
    assert p_chart(varied, bases, laney=True).sigma_z > 3
    assert len(p_chart(varied, bases).signals) > 500
    assert len(p_chart(varied, bases, laney=True).signals) < 60
    rates = u_chart(random.poisson(bases * random.gamma(20, 0.05, 4000)), bases, laney=True)
    assert rates.sigma_z > 3 and len(rates.signals) < 80


def chart_width(chart):
    return float(np.mean(chart.upper - chart.lower))


def test_missing_points_and_empty_bases_are_no_signal():
    chart = p_chart([5, np.nan, 0, 4, 0], [20, 20, 0, 20, 20], laney=True)
    assert np.isnan(chart.values[[1, 2]]).all() and chart.signals == ()
    assert p_chart([0, 0, 0], 10).center == 0 and p_chart([10, 10], 10).signals == ()
    assert u_chart([0, 0, 0, 1], 1, baseline=3).signals == (3,)


@pytest.mark.parametrize(("counts", "bases", "words"), [
    ([11], [10], "exceed"), ([-1, 2], [5, 5], "negative"), ([np.inf], [1], "finite"), ([np.nan], [1], "no point"),
    ([], [], "no point"), ([[1, 2]], 5, "dimensions"), ([0, 0], [0, 0], "no point"), ([1, 2], [0, 2], "exceed")])
def test_impossible_counts_are_refused(counts, bases, words):
    with pytest.raises(ValueError, match=words):
        p_chart(counts, bases)


def test_rare_events():
    chart = g_chart([20, 22, 18, 25, 19, 16, 24, 16, 120])
    assert chart.center == pytest.approx(280 / 9)
    assert chart.upper[0] == pytest.approx(chart.center + 3 * np.sqrt(chart.center * (chart.center + 1)))
    times = t_chart(np.random.default_rng(3).exponential(5.0, 4000))
    assert len(times.signals) < 20 and times.lower[0] >= 0
    assert t_chart([1, 1, 1, 1]).signals == () and g_chart([0, 0, 0]).signals == ()
    for bad in ([3], [1, -1], [np.nan, 1], [1, np.inf]):
        with pytest.raises(ValueError):
            g_chart(bad)
        with pytest.raises(ValueError):
            t_chart(bad)


def test_smoothing_keeps_its_value_over_a_gap_and_its_variance():
    assert ewma([1.0, np.nan, 1.0], 0.5).tolist() == [0.5, 0.5, 0.75]
    smooth = ewma(np.random.default_rng(4).standard_normal((200, 300)), 0.2)[:, 100:]
    assert smooth.var() == pytest.approx(0.2 / 1.8, rel=0.05)
    assert ewma([2.0, np.nan, 4.0], 1.0).tolist() == [2.0, 2.0, 4.0] and ewma([], 0.3).tolist() == []
    assert ewma_chart([0, 0, 5, np.nan], 0, 1, 0.5, 2).signals == (2,)
    for weight in (0, 1.5, np.nan):
        with pytest.raises(ValueError, match="weight"):
            ewma([1.0], weight)
