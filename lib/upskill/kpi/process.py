"""Process-behavior charts: individuals, moving range, and the rules that call a signal."""

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from upskill.kpi import calibration
from upskill.kpi.constants import CONSTANTS
from upskill.kpi.rules import RULE_SETS, find_signals

# Differences below this share of the level are rounding, not variation.
ROUNDING = 1e-12


@dataclass(frozen=True)
class ProcessLimits:
    """Limits of an individuals chart, in the unit of the values.

    `signals`: positions (from 0) of the values that break a rule; `broken_rules`:
    position to names of the rules; `baseline_points`: values behind the limits.
    """

    center: float
    lower: float
    upper: float
    moving_range_limit: float
    signals: tuple[int, ...]
    broken_rules: dict = field(default_factory=dict, compare=False)
    baseline_points: int = 0
    multiplier: float = CONSTANTS["mean"][0]
    rules: str | int = "default"


def _one_series(values):
    """Return values as floats; ValueError for a table, a single number, or infinite values."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 1:
        raise ValueError(f"limits need one series in time order; this has {values.ndim} dimensions")
    if np.isinf(values).any():
        places = np.flatnonzero(np.isinf(values)).tolist()
        raise ValueError(f"limits need finite values (NaN where one is missing); infinite at positions {places}")
    return values


def _check_options(multipliers, rules, moving_range):
    for multiplier in multipliers:
        if multiplier is not None and not multiplier > 0:
            raise ValueError(f"a multiplier of the moving range must be above 0, not {multiplier}")
    if not isinstance(rules, int) and rules not in RULE_SETS:
        raise KeyError(f"no rules named {rules!r}; there are {', '.join(RULE_SETS)}, or a whole number of points")
    if isinstance(rules, int) and rules < 1:
        raise ValueError(f"a run has at least 1 point, not {rules}")
    if moving_range not in CONSTANTS:
        raise KeyError(f"no moving range named {moving_range!r}; there are {' and '.join(CONSTANTS)}")


def _baseline_mask(count, baseline):
    mask = np.zeros(count, dtype=bool)
    if baseline is None:
        mask[:] = True
    elif isinstance(baseline, (int, np.integer)):
        mask[:baseline] = True
    else:
        mask[baseline] = True
    return mask


def process_limits(values, baseline=None, rules="default", multiplier=None, moving_range_multiplier=None,
                   moving_range="mean", screen=False, calibrated=False, alarms_per_point=0.002):
    """Compute the individuals and moving-range (XmR) chart of a series.

    `values`: one-dimensional, in time order, NaN = missing; ranges are taken only
    between neighbors, never across a gap. `baseline`: values that set the limits (a
    count from the start, a slice or a mask; None = all). `multiplier`: distance of
    the limits in mean moving ranges (2.66; `calibrated_multiplier` gives others).
    `moving_range`: "mean" or "median". `screen`: leave out, once, the moving ranges
    above their own limit, as the NHS does. Limits are center +- multiplier * range
    (NIST/SEMATECH e-Handbook 6.3.2.2).

    `calibrated`: set the limits where an unchanged series, with the spread, skewness and
    autocorrelation that the baseline supports and the doubt about all three, raises
    `alarms_per_point` false alarms at each later point (0.002: one in 500, 5 % in half
    a year of weeks); see `upskill.kpi.calibration`. Signals are then "beyond limits"
    (the point) and "lasting shift" (the smoothed course of the points after the
    baseline, or of all without one). Durations and other skewed values: give their
    logarithms.

    Raises ValueError with fewer than two neighboring values in the baseline (three
    values where calibrated), for infinite values, for more than one dimension, and
    for `calibrated` with rules or multipliers of its own; KeyError for unknown rules.

    >>> chart = process_limits([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    >>> round(chart.center, 2), round(chart.lower, 3), round(chart.upper, 3), chart.signals
    (50.81, 45.815, 55.805, ())
    """
    values = _one_series(values)
    _check_options((multiplier, moving_range_multiplier), rules, moving_range)
    mask = _baseline_mask(len(values), baseline)
    level = values[mask & ~np.isnan(values)]
    usual = CONSTANTS[moving_range]
    typical_range = _typical_range(np.where(mask, values, np.nan), moving_range, usual[1] if screen else None)
    center = float(level.mean())
    if typical_range <= ROUNDING * abs(center):
        center, typical_range = float(np.median(level)), 0.0
    range_limit = (moving_range_multiplier or usual[1]) * typical_range
    if calibrated:
        if rules != "default" or multiplier is not None or screen:
            raise ValueError("calibrated limits come with rules and a multiplier of their own")
        if typical_range > 0:
            return _calibrated(values, mask, baseline is None, alarms_per_point, range_limit)
    reach = (multiplier or usual[0]) * typical_range
    broken = find_signals(_standardize(values, center, reach / 3), rules)
    return ProcessLimits(center, center - reach, center + reach, range_limit, tuple(broken), broken, len(level),
                         multiplier or usual[0], rules)


def _calibrated(values, mask, is_all, alarms_per_point, range_limit):
    """Make the chart of calibrated limits; what is smoothed begins behind the baseline, if anything does."""
    if not 0 < alarms_per_point < 1:
        raise ValueError(f"false alarms per point lie between 0 and 1, not {alarms_per_point}")
    used = np.flatnonzero(mask & ~np.isnan(values))
    fit = calibration.learn(values[used], used)
    limits = calibration.watch(fit, alarms_per_point, calibration.skewness_of(values[used] - fit.levels[0]))
    deviations = values - limits.center
    points, _ = calibration.outside(limits, deviations)
    behind = np.arange(len(values)) > (-1 if is_all else used[-1])
    _, course = calibration.outside(limits, np.where(behind, deviations, np.nan))
    broken = {int(place): tuple(name for name, hit in (("beyond limits", points[place]), ("lasting shift", course[place]))
                                if hit) for place in np.flatnonzero(points | course)}
    typical = np.abs(np.diff(values[used])).mean()
    return ProcessLimits(limits.center, limits.center + limits.lower, limits.center + limits.upper, range_limit,
                         tuple(broken), broken, len(used), (limits.upper - limits.lower) / 2 / typical, "calibrated")


def _typical_range(values, moving_range, screen=None):
    ranges = np.abs(np.diff(values))
    ranges = ranges[~np.isnan(ranges)]
    if len(ranges) == 0:
        raise ValueError("limits need at least two neighboring values in the baseline")
    average = {"mean": np.mean, "median": np.median}[moving_range]
    return float(average(ranges if screen is None else ranges[ranges <= screen * average(ranges)]))


def _standardize(values, center, sigma):
    deviations = values - center
    if sigma > 0:
        return deviations / sigma
    # A baseline that never varied: any other value lies outside.
    deviations = np.where(np.abs(deviations) <= ROUNDING * abs(center), 0.0, deviations)
    return np.where(deviations > 0, np.inf, np.where(deviations < 0, -np.inf, deviations))


def calibrated_multiplier(baseline_points, later_points, autocorrelation=0.0, chance=0.05, draws=4000, seed=0):
    """Give the multiplier at which an unchanged series rarely leaves its limits.

    Simulates normal series with lag-one `autocorrelation`, sets limits from the first
    `baseline_points`, and returns the multiplier (in mean moving ranges) that any of
    the `later_points` exceeds with probability `chance`. With 2.66, 26 + 26 points
    cry wolf on 16 % of unchanged series, and on 47 % at autocorrelation 0.4.

    >>> bool(calibrated_multiplier(26, 26) > 2.66)
    True
    """
    before, later = _unchanged_series(baseline_points, later_points, autocorrelation, draws, seed)
    ranges = np.abs(np.diff(before, axis=1)).mean(axis=1)
    worst = np.abs(later - before.mean(axis=1, keepdims=True)).max(axis=1) / ranges
    return float(np.quantile(worst, 1 - chance))


def _unchanged_series(baseline_points, later_points, autocorrelation, draws, seed):
    """Simulate stationary AR(1) series with normal noise, cut into baseline and later points."""
    noise = np.random.default_rng(seed).standard_normal((draws, baseline_points + later_points))
    noise[:, 0] /= np.sqrt(1 - autocorrelation**2)
    series = lfilter([1.0], [1.0, -autocorrelation], noise, axis=1)
    return series[:, :baseline_points], series[:, baseline_points:]
