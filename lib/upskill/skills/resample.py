"""Samples of persons with replacement, as weights, and the levels of intervals."""

import numpy as np

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


def percentile_interval(values, level):
    """Return the central interval of the finite values, or (NaN, NaN) where there are none."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def check_level(level):
    """Raise ValueError unless `level` is a probability above 0 and below 1."""
    if not 0 < level < 1:
        raise ValueError(f"level={level!r}: expected a probability above 0 and below 1")
