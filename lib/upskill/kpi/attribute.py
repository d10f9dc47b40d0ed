"""Charts of counts and shares with limits per point (p, u, and Laney's p', u'), of rare events (g, t), and EWMA."""

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from upskill.kpi.constants import SIGMAS, range_constants
from upskill.kpi.rules import find_signals

# Waiting times are close to normal as this power (Nelson 1994, Journal of Quality Technology 26).
TIME_POWER = 1 / 3.6
MOVING_RANGE = 2
ROUNDING = 1e-12


@dataclass(frozen=True)
class PointLimits:
    """A chart whose limits differ from point to point.

    `values`, `lower`, `upper`: arrays as long as the series, in the unit of the
    values; `center`: usual level; `sigma_z`: how many times as far as chance alone the
    values vary (1 for p and u charts); `signals`: positions that break a rule.
    """

    values: np.ndarray
    center: float
    lower: np.ndarray
    upper: np.ndarray
    sigma_z: float = 1.0
    signals: tuple[int, ...] = ()
    broken_rules: dict = field(default_factory=dict, compare=False)


def _checked(counts, bases, whole):
    counts, bases = np.asarray(counts, dtype=float), np.broadcast_to(np.asarray(bases, dtype=float), np.shape(counts)).copy()
    if counts.ndim != 1:
        raise ValueError(f"a chart needs one series in time order; this has {counts.ndim} dimensions")
    if np.isinf(counts).any() or np.isinf(bases).any():
        raise ValueError("counts and bases must be finite (NaN where one is missing)")
    if (counts < 0).any() or (bases < 0).any():
        raise ValueError("counts and bases cannot be negative")
    if whole and (counts > bases).any():
        raise ValueError("a share counts part of its base, so no count may exceed its base; use u_chart for rates")
    used = ~np.isnan(counts) & (bases > 0)
    if not used.any():
        raise ValueError("no point has a count and a base above zero")
    return np.where(used, counts, np.nan), np.where(used, bases, np.nan)


def _attribute_chart(counts, bases, baseline, rules, laney, whole):
    counts, bases = _checked(counts, bases, whole)
    old = np.arange(len(counts)) < (len(counts) if baseline is None else baseline)
    if not np.isfinite(counts[old]).any():
        raise ValueError("no point of the baseline has a count and a base above zero")
    center = np.nansum(counts[old]) / np.nansum(bases[old])
    values = counts / bases
    sigma = np.sqrt(center * ((1 - center) if whole else 1.0) / bases)
    z = _standardized(values - center, sigma)
    sigma_z = _sigma_z(z[old]) if laney else 1.0
    reach = SIGMAS * sigma * sigma_z
    broken = find_signals(_standardized(values - center, sigma * sigma_z), rules)
    most = 1.0 if whole else np.inf
    return PointLimits(values, float(center), np.maximum(center - reach, 0.0), np.minimum(center + reach, most),
                       float(sigma_z), tuple(broken), broken)


def _standardized(deviations, sigma):
    """Divide by sigma; where it is zero, any other value than the center lies infinitely far from it."""
    far = np.where(np.abs(deviations) > ROUNDING, np.copysign(np.inf, deviations), deviations * 0.0)
    return np.divide(deviations, sigma, out=far, where=np.broadcast_to(sigma, np.shape(deviations)) > 0)


def _sigma_z(z):
    ranges = np.abs(np.diff(z))
    ranges = ranges[~np.isnan(ranges)]
    if len(ranges) == 0:
        raise ValueError("Laney's charts need at least two neighboring values in the baseline")
    return ranges.mean() / range_constants(MOVING_RANGE).d2


def p_chart(counts, bases, baseline=None, rules="limits", laney=False):
    """Chart shares of varying bases: limits p +- 3 sqrt(p (1 - p) / n_i), or Laney's p'.

    `counts`, `bases`: per period, counts part of bases; NaN or a base of zero =
    missing. `baseline`: count of first points that set the level (None = all).
    `laney`: multiply the limits with sigma_z = mean moving range of z / 1.128, where
    z_i = (p_i - p) / sqrt(p (1 - p) / n_i), since shares of large bases vary by more
    than the binomial allows (Laney 2002, Quality Engineering 14). Raises ValueError
    for negative, infinite or excessive counts, and for an empty baseline.

    >>> chart = p_chart([12, 15, 8, 10], 50)
    >>> round(chart.center, 3), round(float(chart.upper[0]), 4)
    (0.225, 0.4022)
    """
    return _attribute_chart(counts, bases, baseline, rules, laney, whole=True)


def u_chart(counts, bases, baseline=None, rules="limits", laney=False):
    """Chart rates of varying exposure: limits u +- 3 sqrt(u / n_i), or Laney's u' with `laney`.

    Arguments and errors as in `p_chart`; counts may exceed bases.

    >>> u_chart([4, 9, 2], [1, 2, 1]).center
    3.75
    """
    return _attribute_chart(counts, bases, baseline, rules, laney, whole=False)


def g_chart(between, rules="limits"):
    """Chart how many things went well between two rare failures: limits of the geometric distribution.

    `between`: whole numbers from 0, in time order. Limits g +- 3 sqrt(g (g + 1)) around
    the mean g, lower limit not below zero (Benneyan 2001, Health Care Management
    Science 4). Raises ValueError for fewer than two or negative values.

    >>> chart = g_chart([4, 9, 0, 7])
    >>> chart.center, round(float(chart.upper[0]), 2)
    (5.0, 21.43)
    """
    between = _rare(between)
    center = float(np.nanmean(between))
    sigma = np.sqrt(center * (center + 1))
    broken = find_signals(_standardized(between - center, sigma), rules)
    everywhere = np.ones(len(between))
    return PointLimits(between, center, everywhere * max(center - SIGMAS * sigma, 0), everywhere * (center + SIGMAS * sigma),
                       1.0, tuple(broken), broken)


def t_chart(between, rules="limits"):
    """Chart the time between rare events: an individuals chart of its power 1/3.6, brought back.

    `between`: times above zero in any unit, in order. The power makes exponential times
    nearly normal (Nelson 1994). Raises ValueError for fewer than two values, or below 0.

    >>> chart = t_chart([3.0, 8.0, 1.0, 12.0, 5.0])
    >>> bool(chart.lower[0] < chart.center < chart.upper[0])
    True
    """
    between = _rare(between)
    scaled = between**TIME_POWER
    center, sigma = np.nanmean(scaled), _sigma_z(scaled)
    broken = find_signals(_standardized(scaled - center, sigma), rules)
    lower, middle, upper = (max(end, 0.0) ** (1 / TIME_POWER) for end in
                            (center - SIGMAS * sigma, center, center + SIGMAS * sigma))
    everywhere = np.ones(len(between))
    return PointLimits(between, float(middle), everywhere * lower, everywhere * upper, 1.0, tuple(broken), broken)


def _rare(between):
    between = np.asarray(between, dtype=float)
    if between.ndim != 1 or (~np.isnan(between)).sum() < 2:
        raise ValueError("a chart of rare events needs at least two intervals between them, in one series")
    if np.isinf(between).any() or (between < 0).any():
        raise ValueError("intervals between events must be finite and not negative")
    return between


def ewma(values, weight=0.2, start=0.0):
    """Smooth a series: z_t = weight * x_t + (1 - weight) * z_(t-1), z_0 = start.

    `values`: last axis is time, NaN = missing (the smoothed value stays). `weight`: of
    the latest value, above 0 up to 1 (Roberts 1959, Technometrics 1).

    >>> ewma([1.0, 1.0], 0.5).tolist()
    [0.5, 0.75]
    """
    _check_weight(weight)
    values = np.asarray(values, dtype=float)
    if values.shape[-1] == 0:
        return values.copy()
    first = np.full((*values.shape[:-1], 1), (1 - weight) * start)
    if not np.isnan(values).any():
        return lfilter([weight], [1, weight - 1], values, axis=-1, zi=first)[0]
    smooth, now = np.empty_like(values), first[..., 0] / (1 - weight) if weight < 1 else np.full(values.shape[:-1], start)
    for t in range(values.shape[-1]):
        now = np.where(np.isnan(values[..., t]), now, weight * values[..., t] + (1 - weight) * now)
        smooth[..., t] = now
    return smooth


def ewma_chart(values, center, sigma, weight=0.2, sigmas=SIGMAS):
    """Chart the smoothed series with limits center +- sigmas * sigma * sqrt(weight / (2 - weight)).

    `sigma`: standard deviation of one value, known or from a baseline
    (NIST/SEMATECH e-Handbook 6.3.2.4). Raises ValueError for a sigma below zero or a
    weight outside 0 to 1. `values` of the result are the smoothed ones.

    >>> chart = ewma_chart([52.0, 47.0, 53.0], 50, 2.0539, weight=0.3)
    >>> chart.values.round(2).tolist(), round(float(chart.upper[0]), 4)
    ([50.6, 49.52, 50.56], 52.5884)
    """
    _check_weight(weight)
    if not sigma >= 0:
        raise ValueError(f"a standard deviation is not below 0: {sigma}")
    smooth = ewma(values, weight, center)
    reach = sigmas * sigma * np.sqrt(weight / (2 - weight))
    outside = np.flatnonzero((np.abs(smooth - center) > reach) & ~np.isnan(np.asarray(values, dtype=float)))
    everywhere = np.ones(len(smooth))
    broken = {int(place): ("smoothed beyond limits",) for place in outside}
    return PointLimits(smooth, float(center), everywhere * (center - reach), everywhere * (center + reach), 1.0,
                       tuple(broken), broken)


def _check_weight(weight):
    if not 0 < weight <= 1:
        raise ValueError(f"the weight of the latest value is above 0 and at most 1, not {weight}")
