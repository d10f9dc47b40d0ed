"""How much of what ratings differ in is due to those who were rated."""

import numpy as np
import pandas as pd
from scipy.special import fdtri

from upskill.data import NotEnoughData
from upskill.skills.agreement import numbers_of
from upskill.skills.resample import check_level

FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")


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

    An end of the mean of k raters is minus infinity where that of one rater is
    at or below -1 / (k - 1), the least that k ratings can have in common.

    Raises NotEnoughData for fewer than 2 raters or 2 complete subjects, or
    subjects that do not differ; ValueError for text or infinite ratings, or a
    level outside 0 to 1.

    >>> table = intraclass_correlation([[9, 8], [6, 6], [8, 9], [7, 6]])
    >>> round(float(table.loc["ICC(2,1)", "value"]), 2)
    0.8
    """
    check_level(level)
    table = numbers_of(ratings)
    table = table[np.isfinite(table).all(axis=1)]
    if min(table.shape) < 2 or np.ptp(table.mean(axis=1)) == 0:
        raise NotEnoughData("Intraclass correlations need 2 raters, 2 subjects rated by all, and subjects that differ.")
    squares = _mean_squares(table)
    one = np.array([_one_way(*squares[:2], *table.shape, level), _agreement(squares, *table.shape, level),
                    _consistency(squares, *table.shape, level)])
    several = _of_the_mean(one, table.shape[1])
    return pd.DataFrame(np.vstack([one, several]), pd.Index(FORMS, name="form"), ["value", "low", "high"])


def _of_the_mean(one, raters):
    """Return the correlation of the mean of `raters` ratings, given that of one (Spearman and Brown 1910)."""
    possible = 1 + (raters - 1) * one > 0
    return np.where(possible, raters * one / np.where(possible, 1 + (raters - 1) * one, 1), -np.inf)


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
    with np.errstate(divide="ignore", invalid="ignore"):
        low = n * (between - upper * rest) / (upper * error + n * between)
        high = n * (lower * between - rest) / (error + n * lower * between)
    # Where subjects differ less than chance would have it, so few degrees of freedom may be left that no end is known.
    return value, min(low, value) if np.isfinite(low) else -np.inf, max(high, value) if np.isfinite(high) else 1.0
