"""Many questions asked at once: p values that keep the share of false discoveries."""

import numpy as np


def benjamini_hochberg(p_values):
    """Return p values adjusted so that rejecting those below q keeps the share of false discoveries at q.

    NaN stay NaN and are not counted. Adjusted p of rank i of n: the smallest of
    p_j n / j over j >= i (Benjamini and Hochberg 1995, JRSS B 57).

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    p_values = np.asarray(p_values, dtype=float)
    known = np.isfinite(p_values)
    if ((p_values[known] < 0) | (p_values[known] > 1)).any():
        raise ValueError("p values lie between 0 and 1")
    order = np.argsort(p_values[known])[::-1]
    ranks = np.arange(known.sum(), 0, -1)
    adjusted = np.full(len(p_values), np.nan)
    smallest = np.minimum.accumulate(p_values[known][order] * known.sum() / ranks) if known.any() else []
    adjusted[np.flatnonzero(known)[order]] = np.minimum(smallest, 1.0)
    return adjusted
