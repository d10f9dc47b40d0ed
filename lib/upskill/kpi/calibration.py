"""Limits that cry wolf as rarely as was agreed, for a series that carries over from point to point.

What a baseline says of later points is uncertain in three ways: its level, its
spread and its autocorrelation are estimates. All three go into the limits: later
points are drawn many times over, each time with a level, a spread and an
autocorrelation that the baseline supports (by their restricted likelihood, Harville
1974, as in `upskill.kpi.autoregression`), and limits are set where these unchanged
futures raise as many alarms as the budget allows. Two charts watch together: the
points themselves (large, sudden changes) and their smoothed course (EWMA, Roberts
1959: small, lasting ones). An alarm is the moment a chart leaves its limits; as
long as it stays outside, that is the same alarm.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.signal import lfilter
from scipy.stats import chi2

from upskill.kpi.attribute import ewma
from upskill.kpi.autoregression import AUTOCORRELATIONS, fit_levels

# Weight of the latest point in the smoothed course, and the part of the budget that single points get: of those
# tried, the fastest for shifts of one standard deviation at autocorrelations 0 and 0.4 (docs/methods/charts.md).
SMOOTHING, POINTS_SHARE = 0.2, 0.25
DRAWS, HORIZON = 4000, 52
FEWEST_VALUES = 3


@dataclass(frozen=True)
class Watch:
    """Limits of standardized deviations of unchanged points, and of their smoothed course.

    A point's deviation is (value - center) * sqrt(weight), in the unit of the values
    where weights are one. `lower` < 0 < `upper`: limits of single points;
    `smooth_lower`, `smooth_upper`: of the smoothed deviations; `paths`: unchanged
    futures, draws x points; `autocorrelation`: as estimated; `alarms_per_point`: the
    budget that the limits keep.
    """

    center: float
    lower: float
    upper: float
    smooth_lower: float
    smooth_upper: float
    autocorrelation: float
    scale: float
    alarms_per_point: float
    paths: np.ndarray | None = None


@lru_cache(maxsize=4)
def _innovations(draws, points, seed):
    random = np.random.default_rng(seed)
    ranks = (np.arange(draws) + 0.5) / draws
    return random.standard_normal((draws, points)), random.standard_normal(draws), random.permutation(ranks)


@lru_cache(maxsize=64)
def _spreads(draws, degrees, seed):
    """Factors of the standard deviation that a residual variance with these degrees of freedom supports."""
    return np.sqrt(degrees / chi2.ppf(_innovations(draws, HORIZON, seed)[2], degrees))


def shared_carry(fits):
    """Return, for each fit, what the other series of a board say of its autocorrelation: prior weights.

    Series of one team and company carry over alike, and 26 weeks say little about it.
    The prior is the average of the others' restricted likelihoods, and of one that
    knows nothing (one step of empirical Bayes from a flat prior).
    """
    weights = np.array([fit.weights for fit in fits]).reshape(-1, len(AUTOCORRELATIONS))
    flat = np.full(len(AUTOCORRELATIONS), 1 / len(AUTOCORRELATIONS))
    return (weights.sum(axis=0) - weights + flat) / max(len(fits), 1)


def with_prior(fit, prior):
    """Return a fit whose likelihood of each autocorrelation is weighed with a prior; None leaves it."""
    if prior is None:
        return fit
    weights = fit.weights * prior
    return replace(fit, weights=weights / weights.sum())


def unchanged_futures(fit, skewness=0.0, typical_weight=1.0, draws=DRAWS, seed=0):
    """Draw standardized deviations of the next points from the level of a baseline, were nothing to change.

    `fit`: of one level, as `fit_levels` gives; `skewness`: of a single point;
    `typical_weight`: of later points, on which the error of the level weighs. Returns
    draws x HORIZON, in the unit of a value of weight one.
    """
    noise, errors, _ = _innovations(draws, HORIZON, seed)
    places = np.searchsorted(np.cumsum(fit.weights), (np.arange(draws) + 0.5) / draws).clip(0, len(AUTOCORRELATIONS) - 1)
    paths = np.empty_like(noise)
    for place in np.unique(places):
        block = slice(*np.searchsorted(places, (place, place + 1)))
        paths[block] = _carried(noise[block], AUTOCORRELATIONS[place])
    spread = _spreads(draws, fit.degrees, seed)
    level = np.sqrt(fit.covariances[places, 0, 0] * typical_weight) * spread * errors
    return skewed(paths, skewness) * (fit.scales[places] * spread)[:, None] + level[:, None]


def _carried(noise, carry):
    """Turn independent standard normal rows into stationary AR(1) rows of variance one."""
    fresh = np.sqrt(1 - carry**2)
    first = (1 - fresh) * noise[:, :1]
    return lfilter([fresh], [1, -carry], noise, axis=1, zi=first)[0]


def skewed(normal, skewness):
    """Turn standard normal values into skewed ones of mean 0 and variance 1, by Wilson and Hilferty's cube.

    The gamma distribution (Pearson III) of this skewness: (2 / g) ((1 + g z / 6 - g^2 / 36)^3 - 1).
    """
    if abs(skewness) < 1e-6:
        return normal
    root = np.maximum(1 + skewness * normal / 6 - skewness**2 / 36, 0.0)
    return 2 / skewness * (root**3 - 1)


def alarms(outside):
    """Mark the first of each row of points outside: the alarm; the others repeat it. Last axis is time."""
    first = np.array(outside, dtype=bool)
    first[..., 1:] &= ~np.asarray(outside, dtype=bool)[..., :-1]
    return first


def _limit(deviations, alarms_per_point):
    """Find the upper limit that unchanged futures leave as often as allowed, by halving."""
    before = np.concatenate([np.full((len(deviations), 1), -np.inf), deviations[:, :-1]], axis=1)
    low, high = deviations.std() / 2, float(deviations.max())
    # A limit is left at a point where the course rises through it; what stays below the lowest limit tried cannot.
    rising = (deviations > before) & (deviations > low)
    start, end = before[rising], deviations[rising]
    for _ in range(20):
        middle = (low + high) / 2
        count = np.count_nonzero((start <= middle) & (end > middle))
        low, high = (middle, high) if count > alarms_per_point * deviations.size else (low, middle)
    return high


def _both_limits(deviations, alarms_per_point, is_symmetric):
    if is_symmetric:
        reach = _limit(np.abs(deviations), alarms_per_point)
        return -reach, reach
    return -_limit(-deviations, alarms_per_point / 2), _limit(deviations, alarms_per_point / 2)


def learn(values, positions=None, weights=None):
    """Fit level, spread and autocorrelation to a baseline; ValueError for fewer than three values, or all alike."""
    values = np.asarray(values, dtype=float)
    if len(values) < FEWEST_VALUES or np.ptp(values) == 0:
        raise ValueError(f"calibrated limits need a baseline of {FEWEST_VALUES} values or more that are not all alike")
    return fit_levels(values, np.zeros(len(values), dtype=bool), positions, weights)


def watch(fit, alarms_per_point=0.002, skewness=0.0, typical_weight=1.0, seed=0, keep_paths=False):
    """Calibrate the limits of points and of their smoothed course to what a baseline says.

    `fit`: from `learn`; `alarms_per_point`: false alarms expected at each later point
    (0.002: one in 500); `skewness`: of a single point; `typical_weight`: of later
    points; `seed`: of the futures; `keep_paths`: keep them, for `points_to_see`.

    >>> limits = watch(learn([3.0, 5.0, 4.0, 6.0, 2.0, 4.0, 5.0, 3.0]))
    >>> limits.center, bool(limits.upper > limits.smooth_upper > 0)
    (4.0, True)
    """
    paths = unchanged_futures(fit, skewness, typical_weight, seed=seed)
    is_symmetric = abs(skewness) < 1e-6
    lower, upper = _both_limits(paths, alarms_per_point * POINTS_SHARE, is_symmetric)
    smooth = _both_limits(ewma(paths, SMOOTHING), alarms_per_point * (1 - POINTS_SHARE), is_symmetric)
    return Watch(float(fit.levels[0]), lower, upper, *smooth, fit.autocorrelation, float(fit.weights @ fit.scales),
                 alarms_per_point, paths if keep_paths else None)


def skewness_of(deviations, weights=None):
    """Estimate the skewness of a baseline, shrunk to zero by its own uncertainty.

    A sample of n has a skewness with variance 6 / n; a series may have one with standard
    deviation 1/2, so the estimate is multiplied by 1 / (1 + 24 / n). Held within -2 and 2.
    """
    scaled = deviations * (1.0 if weights is None else np.sqrt(weights))
    spread = scaled.std()
    raw = float(((scaled - scaled.mean())**3).mean() / spread**3) if spread > 0 else 0.0
    return float(np.clip(raw / (1 + 24 / len(scaled)), -2, 2))


def smoothed(deviations):
    """Smooth standardized deviations since the start of watching; NaN = missing (the course stays)."""
    return ewma(deviations, SMOOTHING)


def outside(limits, deviations):
    """Tell at which points single points and the smoothed course lie outside: (points, course)."""
    course, known = smoothed(deviations), ~np.isnan(deviations)
    return ((deviations < limits.lower) | (deviations > limits.upper),
            known & ((course < limits.smooth_lower) | (course > limits.smooth_upper)))


def points_to_see(limits, shift, spread=1.0):
    """Draw after how many points a lasting shift is seen: one number per draw, infinity where not within a year of points.

    `shift`: standardized, its sign is the direction; `spread`: by which factor the
    noise changes with it. `limits`: with `keep_paths=True`.
    """
    moved, sign = limits.paths * spread + shift, np.sign(shift)
    points, course = (limits.upper, limits.smooth_upper) if sign > 0 else (-limits.lower, -limits.smooth_lower)
    seen = (sign * moved > points) | (sign * lfilter([SMOOTHING], [1, SMOOTHING - 1], moved, axis=1) > course)
    return np.where(seen.any(axis=1), seen.argmax(axis=1) + 1.0, np.inf)
