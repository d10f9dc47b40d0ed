"""Calibrated limits keep their budget of false alarms, and see what is there."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from upskill.kpi import calibration, process_limits
from upskill.kpi.definitions import DEFINITIONS
from upskill.kpi.limits import BEYOND, LASTING, Board, chart_limits, learn, short_weeks
from upskill.validation.boards import Kind, one_board, summary

MONDAY = pd.Timestamp("2024-01-15")
DURATION = next(d for d in DEFINITIONS if d.kind == "duration")
SHARE = next(d for d in DEFINITIONS if d.name == "change_failure_rate" and not d.from_history)


def series_of(rho, draws, points, seed, shift=0.0, after=26):
    noise = np.random.default_rng(seed).standard_normal((draws, points + 30))
    values = lfilter([np.sqrt(1 - rho**2)], [1, -rho], noise)[:, 30:]
    return values + shift * (np.arange(points) >= after)


def alarms_of(values, **options):
    chart = process_limits(values, 26, calibrated=True, **options)
    outside = np.isin(np.arange(len(values)), chart.signals)
    return int(calibration.alarms(outside[26:]).sum())


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_false_alarms_keep_their_budget(rho):
    """80 unchanged series, 26 + 52 points, 0.01 per point: 42 alarms expected at most; three-sigma limits give many more."""
    values = series_of(rho, 80, 78, seed=11)
    found = sum(alarms_of(row, alarms_per_point=0.01) for row in values)
    usual = sum(len([place for place in process_limits(row, 26, "nelson").signals if place >= 26]) for row in values)
    assert 5 <= found <= 60
    assert usual > 5 * found


def test_a_real_shift_is_seen():
    seen = [alarms_of(row) > 0 for row in series_of(0.2, 60, 52, seed=12, shift=2.5)]
    assert np.mean(seen) > 0.75


def test_limits_of_independent_normal_values_agree_with_theory():
    """1,000 baseline values leave no doubt: the limit of points is the normal quantile of its part of the budget."""
    values = np.random.default_rng(3).standard_normal(1000)
    limits = calibration.watch(calibration.learn(values / values.std()), alarms_per_point=0.02)
    assert limits.upper == pytest.approx(2.807, rel=0.03)  # 0.02 / 4 on two sides
    assert limits.lower == -limits.upper
    # Leaves the smoothed limits 0.015 times a point: simulated at 2.19 of its own standard deviations.
    random = np.random.default_rng(4).standard_normal((400, 600))
    smooth = lfilter([0.2], [1, -0.8], random)[:, 100:]
    rate = calibration.alarms(np.abs(smooth) > limits.smooth_upper).mean()
    assert rate == pytest.approx(0.015, rel=0.25)


def test_doubt_about_the_autocorrelation_and_a_short_baseline_widen_limits():
    calm, carried = (series_of(rho, 1, 400, seed=5)[0] for rho in (0.0, 0.7))
    smooth = [calibration.watch(calibration.learn(values / values.std())).smooth_upper for values in (calm, carried)]
    assert smooth[1] > 1.5 * smooth[0]
    short = calibration.watch(calibration.learn(calm[:15] / calm[:15].std()))
    assert short.upper > 1.3 * calibration.watch(calibration.learn(calm / calm.std())).upper


def test_skewed_values_have_their_moments_and_a_longer_tail():
    normal = np.random.default_rng(6).standard_normal(400_000)
    values = calibration.skewed(normal, 0.8)
    assert (values.mean(), values.std()) == (pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.01))
    assert ((values - values.mean()) ** 3).mean() == pytest.approx(0.8, abs=0.05)
    assert np.quantile(values, 0.999) > 3.5
    limits = calibration.watch(calibration.learn(normal[:60]), skewness=0.8)
    assert limits.upper > 1.3 * -limits.lower


def test_what_others_carry_over_informs_a_series():
    fits = [calibration.learn(row) for row in series_of(0.0, 8, 26, seed=8)]
    prior = calibration.shared_carry(fits)[0]
    assert prior.sum() == pytest.approx(1)
    shared = calibration.with_prior(fits[0], prior)
    assert abs(shared.autocorrelation) < 0.25 and shared.weights.max() > fits[0].weights.max()
    alone = calibration.shared_carry(fits[:1])[0]
    assert alone == pytest.approx(np.full(len(alone), 1 / len(alone)))


@pytest.mark.parametrize("values", [[5.0] * 10, [0.1] * 9 + [0.1 + 1e-17]])
def test_a_constant_baseline_has_limits_without_width(values):
    chart = process_limits([*values, 6.0], len(values), calibrated=True)
    assert chart.lower == chart.center == chart.upper and chart.signals == (len(values),)


def test_calibrated_limits_of_gaps_and_short_series():
    gap = process_limits([3, 5, np.nan, 4, 6, 2, np.nan, 4, 5, 3, 40], 10, calibrated=True)
    assert gap.signals[-1] == 10 and gap.baseline_points == 8
    assert process_limits([1, 2, 3], calibrated=True).upper > process_limits([1, 2, 3]).upper
    assert process_limits([1, 2, 3, 5], calibrated=True) == process_limits([1, 2, 3, 5], calibrated=True)
    for values, words in (([1, 2], "3 values"), ([np.nan] * 4, "two neighboring"), ([], "two neighboring")):
        with pytest.raises(ValueError, match=words):
            process_limits(values, calibrated=True)
    with pytest.raises(ValueError, match="of their own"):
        process_limits([1, 2, 3], calibrated=True, rules="nelson")
    with pytest.raises(ValueError, match="between 0 and 1"):
        process_limits([1, 2, 3, 5], calibrated=True, alarms_per_point=0)


def test_a_board_splits_one_alarm_a_quarter():
    assert 120 * 13 * Board(120).alarms_per_point() == pytest.approx(1)
    assert Board(120).alarms_per_point(4) == pytest.approx(4 * Board(120).alarms_per_point())
    assert Board(60, 0.5).alarms_per_point() == pytest.approx(Board(120).alarms_per_point())
    assert Board(1).alarms_per_point(13) == Board(1).most_per_point


def kpi_series(values, counts=None, bases=None):
    frame = pd.DataFrame({"period": pd.date_range(MONDAY, periods=len(values), freq="7D"), "value": values, "quality": "ok",
                          "n": 40})
    return frame.assign(numerator=counts, denominator=bases) if counts is not None else frame


def limits_of(series, definition, after=26, **options):
    baseline = series["period"].iloc[0], series["period"].iloc[after]
    lesson, reason = learn(series, definition, baseline, **options)
    return chart_limits(series, definition, baseline, lesson, board=Board(60)) if lesson else (None, reason)


def test_a_baseline_that_never_varies_or_is_short_gets_no_limits():
    assert limits_of(kpi_series([3.0] * 30), DURATION) == (None, "it did not vary before the start")
    _, reason = limits_of(kpi_series([1.0, 2.0] * 10), DURATION, after=4)
    assert reason == "only 4 periods with data before the start; limits need 6"
    _, reason = limits_of(kpi_series([0.01, 100.0] * 20), DURATION)
    assert "pass for noise" in reason


def test_a_lasting_fall_is_said_since_when_and_a_new_level_only_proposed():
    random = np.random.default_rng(9)
    hours = np.exp(3 + 0.15 * random.standard_normal(70) - 0.5 * (np.arange(70) >= 40))
    chart, _ = limits_of(kpi_series(hours), DURATION)
    assert chart.center == pytest.approx(np.exp(3), rel=0.1) and (chart.lower < chart.center).all()
    first = chart.alarm_starts[0]
    assert 40 <= first <= 46 and LASTING in chart.broken_rules[69]
    assert MONDAY + pd.Timedelta(weeks=40) <= chart.proposed <= MONDAY + pd.Timedelta(weeks=48)
    weeks = [sight.weeks for sight in chart.sights]
    chances = [sight.chance for sight in chart.sights]
    assert weeks == sorted(weeks, reverse=True) and chances == sorted(chances) and weeks[-1] <= 8
    calm, _ = limits_of(kpi_series(np.exp(3 + 0.15 * random.standard_normal(70))), DURATION)
    assert calm.signals == () and calm.proposed is None


def test_limits_of_shares_follow_their_base_and_stay_possible():
    random = np.random.default_rng(10)
    bases = np.where(np.arange(60) % 2, 100, 25).astype(float)
    counts = random.binomial(bases.astype(int), 0.1).astype(float)
    counts[44] = 15
    chart, _ = limits_of(kpi_series(counts / bases, counts, bases), SHARE)
    assert (chart.upper[::2] > chart.upper[1::2]).all() and (chart.lower >= 0).all() and (chart.upper <= 1).all()
    assert BEYOND in chart.broken_rules[44] and chart.alarm_starts == (44,)


def test_short_weeks_count_nowhere():
    periods = pd.DatetimeIndex(["2025-12-15", "2025-12-22", "2025-12-29", "2026-01-05", "2026-05-11"])
    assert short_weeks(periods).tolist() == [False, True, True, False, False]
    assert short_weeks(periods, ["2026-05-14", "2026-05-15", "2026-05-16"]).tolist()[-1]
    assert not short_weeks(periods, ["2026-05-14", "2026-05-16"])[-1]
    hours = np.exp(3 + 0.1 * np.random.default_rng(13).standard_normal(60))
    hours[50] = 500.0
    series = kpi_series(hours)
    series["period"] = pd.date_range("2025-01-13", periods=60, freq="7D")
    assert series["period"].iloc[50] == pd.Timestamp("2025-12-29")
    chart, _ = limits_of(series, DURATION)
    assert chart.signals == () and chart.skipped.sum() == 2


@pytest.mark.parametrize("kind", [Kind(0.3), Kind(0.0, 4.0)])
def test_a_small_board_cries_wolf_seldom_and_sees_what_is_planted(kind):
    """Two teams x 3 KPIs for a year: four alarms expected at most; Nelson's rules on three-sigma charts give far more."""
    frame = one_board(kind, seed=3, teams=2, kpis=3)
    assert len(frame) == 9 and frame["charts"].value_counts().to_dict() == {"team": 6, "company": 3}
    found = summary([frame])
    assert found["ours"] * 4 <= 10 and found["nelson"] > (2 if kind.autocorrelation else 1) * found["ours"]
    company = [found[f"company {shift}"] for shift in (0.1, 0.2, 0.4)]
    assert company[2][0] <= company[0][0] and company[2][1] > 0.6
    assert found["team 0.4"][1] <= company[2][1]
