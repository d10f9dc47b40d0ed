"""Process-behavior charts against published numbers, and calibrated limits against their promise."""

import numpy as np
import pandas as pd
import pytest

from upskill.kpi import calibrated_multiplier, find_signals, process_limits

# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: flow rate of ten batches.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def test_individuals_chart_of_nist():
    chart = process_limits(FLOW)
    assert chart.center == pytest.approx(50.81)
    assert chart.upper == pytest.approx(50.81 + 2.66 * 16.9 / 9)
    assert (chart.lower, chart.upper) == (pytest.approx(45.8159, abs=1e-3), pytest.approx(55.8041, abs=1e-3))
    assert chart.moving_range_limit == pytest.approx(6.13470, abs=1e-4)
    assert chart.signals == ()


def test_exact_constant_of_nist_and_median_ranges():
    chart = process_limits(FLOW, multiplier=3 / 1.128)
    assert (chart.lower, chart.upper) == (pytest.approx(45.81591017), pytest.approx(55.80408983))
    median = process_limits(FLOW, moving_range="median")
    assert (median.lower, median.upper) == (pytest.approx(46.0925), pytest.approx(55.5275))
    assert median.moving_range_limit == pytest.approx(5.7975)


NELSON = [
    ([0, 1, -1, 3.1, 0], "beyond limits", [3]), ([0, 1, -1, 3.0, 0], "beyond limits", []),
    ([0.5] * 9, "shift", [8]), ([0.5] * 8, "shift", []), ([0.5] * 4 + [0] + [0.5] * 5, "shift", []),
    ([-1, -0.6, -0.2, 0.2, 0.6, 1], "trend", [5]), ([-1, -0.6, -0.2, 0.2, 0.6], "trend", []),
    ([-1, -0.6, -0.2, -0.2, 0.2, 0.6], "trend", []),
    ([0.5, -0.5] * 7, "oscillation", [13]), (([0.5, -0.5] * 7)[:13], "oscillation", []),
    ([2.1, 0, 2.2], "two of three", [2]), ([2.1, 0, -2.2], "two of three", []),
    ([1.1, 1.2, 0, 1.3, 1.4], "four of five", [4]),
    ([0.2, -0.2] * 7 + [0.2], "stratification", [14]), ([0.2, -0.2] * 7 + [0.2], "oscillation", [13, 14]),
    ([1.2, -1.2] * 4, "mixture", [7]), ([1.2] * 8, "mixture", []), ([1.2] * 8, "four of five", [4, 5, 6, 7]),
]


@pytest.mark.parametrize(("scores", "rule", "places"), NELSON)
def test_nelson_rules(scores, rule, places):
    broken = find_signals(scores, "nelson")
    assert [place for place, names in broken.items() if rule in names] == places


def test_gaps_break_ranges_but_not_runs():
    gap = process_limits([1, 2, np.nan, 9, 10])
    assert gap.center == pytest.approx(5.5)
    assert gap.upper - gap.center == pytest.approx(2.66)
    assert find_signals([0.5] * 4 + [np.nan] + [0.5] * 5) == {9: ("shift",)}


def test_limits_come_from_the_baseline_alone():
    values = [1, 2] * 6 + [30]
    chart = process_limits(values, baseline=12)
    assert (chart.center, chart.baseline_points) == (1.5, 12)
    assert chart.signals == (12,)
    assert process_limits(values, baseline=slice(0, 12)) == chart
    assert process_limits(values, baseline=np.arange(13) < 12) == chart


def test_a_baseline_that_never_varied():
    chart = process_limits([4, 4, 4, 4, 5], baseline=4)
    assert (chart.lower, chart.upper, chart.signals) == (4, 4, (4,))


@pytest.mark.parametrize("value", [0.1, 0.7, 1 / 3, -2.2, 0.0])
def test_rounding_is_no_signal(value):
    chart = process_limits([value] * 7 + [value * 3 / 3])
    assert (chart.center, chart.lower, chart.upper, chart.signals) == (value, value, value, ())


@pytest.mark.parametrize("values", [[1, None, 3, 4], pd.Series([1, pd.NA, 3, 4], dtype="Int64"), np.array([1, np.nan, 3, 4]),
                                    pd.Series([1, np.nan, 3, 4], index=list("abcd"))])
def test_lists_arrays_and_series_are_the_same(values):
    assert process_limits(values) == process_limits([1, np.nan, 3, 4])


@pytest.mark.parametrize(("values", "words"), [
    ([], "two neighboring"), ([1.0], "two neighboring"), ([np.nan] * 9, "two neighboring"), (None, "one series"),
    ([[1, 2], [3, 4]], "one series"), ([1, 2, np.inf], r"positions \[2\]")])
def test_what_is_no_series_is_refused(values, words):
    with pytest.raises(ValueError, match=words):
        process_limits(values)


def test_unknown_options_are_refused():
    for options in ({"rules": "none such"}, {"moving_range": "mode"}):
        with pytest.raises(KeyError, match="there are"):
            process_limits([1, 2, 3], **options)
    for options in ({"multiplier": 0}, {"moving_range_multiplier": -1}, {"rules": 0}):
        with pytest.raises(ValueError):
            process_limits([1, 2, 3], **options)


def test_too_few_values_are_refused():
    with pytest.raises(ValueError, match="two neighboring values"):
        process_limits([1.0, np.nan, 2.0])
    with pytest.raises(KeyError):
        find_signals([0.0], "unheard of")


@pytest.mark.parametrize(("autocorrelation", "sigmas"), [(0, 3.60), (0.2, 4.05), (0.4, 4.60), (0.6, 5.70)])
def test_calibrated_multipliers_agree_with_an_earlier_simulation(autocorrelation, sigmas):
    assert calibrated_multiplier(26, 26, autocorrelation, 0.05) * 1.128 == pytest.approx(sigmas, rel=0.04)
