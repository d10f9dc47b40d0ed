"""How well raters agree."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import fdtri

from upskill.data import NotEnoughData

MEASUREMENTS = ("nominal", "ordinal", "interval", "ratio")
RESAMPLES = 2000
FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")


@dataclass(frozen=True)
class Agreement:
    """An agreement with its interval, and what it rests on; `units` are those with at least two ratings."""

    value: float
    low: float
    high: float
    units: int
    raters: int
    level: float = 0.90


def krippendorff_alpha(ratings, measurement="ordinal", level=0.90, seed=20261123, groups=None):
    """Return Krippendorff's alpha: 1 = full agreement, 0 = what chance would give.

    Parameters
    ----------
    ratings : units × raters, DataFrame or array of numbers; NaN = not rated.
    measurement : "nominal", "ordinal", "interval" or "ratio".
    level : probability of the interval.
    seed : of the bootstrap.
    groups : label of each unit, where units hang together (all competencies of
        one person, say): the bootstrap then draws groups.

    alpha = 1 - D_o / D_e, the observed over the expected mean squared distance
    of pairs of ratings (Krippendorff 2004, Content Analysis, chapter 11); the
    distance of ordered categories is the number of ratings between their
    middles. The interval is that of a bootstrap over units (percentiles), so
    it is rough below about 20 units.

    Raises NotEnoughData for fewer than 2 units with two ratings, or ratings
    that are all alike; ValueError for another measurement.

    >>> found = krippendorff_alpha([[1, 1], [2, 2], [3, 3], [3, 2]])
    >>> round(found.value, 2)
    0.79
    """
    if measurement not in MEASUREMENTS:
        raise ValueError(f"measurement={measurement!r}: expected one of {', '.join(MEASUREMENTS)}")
    table = pd.DataFrame(ratings).astype(float).to_numpy()
    rated = np.isfinite(table).sum(axis=1) >= 2
    table = table[rated]
    values = np.unique(table[np.isfinite(table)])
    if len(table) < 2 or len(values) < 2:
        raise NotEnoughData("Alpha needs at least 2 units rated twice, and ratings that differ.")
    counts = (table[:, :, None] == values).sum(axis=1).astype(float)
    member = np.arange(len(table)) if groups is None else pd.factorize(np.asarray(groups)[rated])[0]
    count = member.max() + 1
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES)[:, member]
    low, high = np.nanquantile(_alphas(counts, values, draws, measurement), [(1 - level) / 2, (1 + level) / 2])
    (value,) = _alphas(counts, values, np.ones((1, len(table))), measurement)
    return Agreement(float(value), float(low), float(high), len(table), table.shape[1], level)


def _alphas(counts, values, weights, measurement):
    """Return alpha for each row of `weights` (how often each unit counts); NaN where no ratings differ.

    `counts`: units × values, how often each value was given.
    """
    sums, size = weights @ counts, counts.sum(axis=1, keepdims=True)
    if measurement in ("nominal", "ratio"):
        squares = _squared_distances(values, measurement)
        within, expected = _sum_of_pairs(counts, squares)[:, None], _sum_of_pairs(sums, squares)
    else:
        places = _places(values, sums, measurement)
        within = 2 * (size * (counts @ (places**2).T) - (counts @ places.T) ** 2)
        expected = 2 * (sums.sum(axis=1) * (sums * places**2).sum(axis=1) - (sums * places).sum(axis=1) ** 2)
    observed = (weights.T * within / (size - 1)).sum(axis=0)
    differ = (sums > 0).sum(axis=1) > 1
    return np.where(differ, 1 - (sums.sum(axis=1) - 1) * observed / np.where(differ, expected, 1), np.nan)


def _sum_of_pairs(counts, squares):
    return ((counts @ squares) * counts).sum(axis=1)


def _squared_distances(values, measurement):
    if measurement == "nominal":
        return 1 - np.eye(len(values))
    total = np.add.outer(values, values)
    return (np.subtract.outer(values, values) / np.where(total == 0, 1, total)) ** 2


def _places(values, sums, measurement):
    """Return places on a line whose differences are the distances: of the values, or of the middles of their ranks."""
    if measurement == "ordinal":
        return np.cumsum(sums, axis=1) - sums / 2
    return np.broadcast_to(values - values.mean(), sums.shape)


def intraclass_correlation(ratings, level=0.90):
    """Return the six intraclass correlations of Shrout and Fleiss, with intervals.

    Parameters
    ----------
    ratings : subjects × raters, DataFrame or array of numbers. Subjects with a
        missing rating are left out.
    level : probability of the intervals, which suppose normal errors.

    Returns a table with the index "ICC(1,1)", "ICC(2,1)", "ICC(3,1)" (one
    rater) and "ICC(1,k)", "ICC(2,k)", "ICC(3,k)" (mean of the k raters), and
    the columns value, low, high. Form 1: other raters for each subject; 2:
    the same raters, drawn from many, agreement; 3: just these raters,
    consistency (Shrout & Fleiss 1979, Psychological Bulletin 86, 420-428):

    ICC(1,1) = (B - W) / (B + (k - 1) W), ICC(3,1) = (B - E) / (B + (k - 1) E),
    ICC(2,1) = (B - E) / (B + (k - 1) E + k (J - E) / n), with the mean squares
    between subjects B, within subjects W, of raters J and of the rest E.

    Raises NotEnoughData for fewer than 2 raters or 2 complete subjects, or
    subjects that do not differ.

    >>> table = intraclass_correlation([[9, 8], [6, 6], [8, 9], [7, 6]])
    >>> round(float(table.loc["ICC(2,1)", "value"]), 2)
    0.8
    """
    table = pd.DataFrame(ratings).astype(float).dropna().to_numpy()
    if min(table.shape) < 2 or np.ptp(table.mean(axis=1)) == 0:
        raise NotEnoughData("Intraclass correlations need 2 raters, 2 subjects rated by all, and subjects that differ.")
    squares = _mean_squares(table)
    one = np.array([_one_way(*squares[:2], *table.shape, level), _agreement(squares, *table.shape, level),
                    _consistency(squares, *table.shape, level)])
    several = table.shape[1] * one / (1 + (table.shape[1] - 1) * one)
    return pd.DataFrame(np.vstack([one, several]), pd.Index(FORMS, name="form"), ["value", "low", "high"])


def _mean_squares(table):
    """Return the mean squares between subjects, within subjects, of raters, and of the rest."""
    subjects, raters = table.shape
    within = table.var(axis=1, ddof=1).mean()
    of_raters = subjects * table.mean(axis=0).var(ddof=1)
    rest = (within * subjects * (raters - 1) - of_raters * (raters - 1)) / ((subjects - 1) * (raters - 1))
    return raters * table.mean(axis=1).var(ddof=1), within, of_raters, max(rest, 0.0)


def _one_way(between, error, subjects, raters, level, free=None):
    """Return value, low, high of a ratio of two mean squares; `free`: degrees of freedom of the error."""
    free = free or subjects * (raters - 1)
    upper = (1 + level) / 2
    ratio = error / between * np.array([1, fdtri(subjects - 1, free, upper), 1 / fdtri(free, subjects - 1, upper)])
    return (1 - ratio) / (1 + (raters - 1) * ratio)


def _consistency(squares, subjects, raters, level):
    return _one_way(squares[0], squares[3], subjects, raters, level, (subjects - 1) * (raters - 1))


def _agreement(squares, n, k, level):
    """Return value, low, high of ICC(2,1), with Satterthwaite's degrees of freedom for the interval."""
    between, _, of_raters, rest = squares
    value = (between - rest) / (between + (k - 1) * rest + k * (of_raters - rest) / n)
    a, b = k * value, n * (1 - value) + k * value * (n - 1)
    bottom = (a * of_raters) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1))
    free = (a * of_raters + b * rest) ** 2 / bottom if bottom > 0 else np.inf
    if not np.isfinite(free):
        return value, value, value
    error = k * of_raters + (k * n - k - n) * rest
    upper, lower = fdtri(n - 1, free, (1 + level) / 2), fdtri(free, n - 1, (1 + level) / 2)
    low = n * (between - upper * rest) / (upper * error + n * between)
    return value, low, n * (lower * between - rest) / (error + n * lower * between)
