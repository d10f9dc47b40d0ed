"""Samples of persons with replacement, as weights, and the levels of intervals."""

import numpy as np
from scipy.special import ndtr, stdtrit

RESAMPLES = 1000


def sample_counts(persons, seed, count=RESAMPLES):
    """Return how often each person is in each sample, shape (count, persons)."""
    return np.random.default_rng(seed).multinomial(persons, np.full(persons, 1 / persons), count).astype(float)


def covariances(values, counts):
    """Return two stacks of matrices items × items, one per sample: covariances and correlations, each pair of items
    from those who answered both, and the standard deviation of each item; NaN where a sample cannot tell.

    `values`: persons × items, NaN = missing; `counts`: samples × persons.
    """
    known = np.isfinite(values)
    center = np.where(known, values - np.nanmean(values, axis=0), 0.0)
    pairs = (known[:, :, None] & known[:, None, :]).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.tensordot(counts, pairs, 1)
        sums = np.tensordot(counts, center[:, :, None] * pairs, 1)
        squares = np.tensordot(counts, center[:, :, None] ** 2 * pairs, 1) - sums**2 / size
        product = np.tensordot(counts, center[:, :, None] * center[:, None, :], 1)
        product -= sums * sums.swapaxes(1, 2) / size
        correlations = product / np.sqrt(squares * squares.swapaxes(1, 2))
        spread = np.sqrt(np.einsum("bjj->bj", squares) / (np.einsum("bjj->bj", size) - 1))
        return product / (size - 1), correlations, spread


def tails(level, units):
    """Return the two quantiles of a bootstrap over so many units (at least 2) that make an interval.

    Percentiles alone are as if the spread of the units were known and computed with n: too narrow for few of
    them. So Phi(-t sqrt(n / (n - 1))) is cut off at each end, t of n - 1 degrees of freedom (expanded percentiles:
    Hesterberg 2015, The American Statistician 69, 371-386).

    >>> [round(float(end), 3) for units in (5, 20, 1000) for end in tails(0.90, units)]
    [0.009, 0.991, 0.038, 0.962, 0.05, 0.95]
    """
    cut = ndtr(-stdtrit(units - 1, (1 + level) / 2) * np.sqrt(units / (units - 1)))
    return cut, 1 - cut


def percentile_interval(values, level, units):
    """Return the interval of the finite values of a bootstrap over `units`, or (NaN, NaN) where there are none."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, tails(level, units))
    return float(low), float(high)


def check_level(level):
    """Raise ValueError unless `level` is a probability above 0 and below 1."""
    if not 0 < level < 1:
        raise ValueError(f"level={level!r}: expected a probability above 0 and below 1")
