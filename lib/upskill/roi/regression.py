"""The mean of an outcome given some of its inputs, fitted to draws.

One input: a cubic spline in its normal scores, so that no tail pulls the fit;
several: a spline each, and products of their values up to the third order.
"""

from itertools import combinations_with_replacement

import numpy as np
from scipy.interpolate import BSpline
from scipy.special import ndtri
from scipy.stats import rankdata

FEW_VALUES, KNOTS, DRAWS_PER_COLUMN, REACH = 12, 5, 20, 4.0
CUBIC_INPUTS = 5  # with more inputs, products of two only


def basis(columns):
    """Return what is regressed on, shape (draws, terms), an intercept first; columns: shape (draws, inputs)."""
    columns = np.asarray(columns, dtype=float).reshape(len(columns), -1)
    alone = [_terms(column) for column in columns.T]
    terms = np.column_stack([np.ones(len(columns)), *alone, *_products(columns)])
    return terms[:, :max(2, len(columns) // DRAWS_PER_COLUMN)]


def fitted_mean(columns, outcomes):
    """Return the mean of each outcome given the columns, at each draw; shapes (draws, …) in, outcomes' out."""
    terms = basis(columns)
    return terms @ solve(terms, outcomes)


def solve(terms, outcomes):
    """Return the least-squares coefficients; terms that say the same as others share theirs."""
    return np.linalg.lstsq(terms, outcomes, rcond=1e-10)[0]


def _terms(column):
    """Return the spline of one input without intercept, or flags where it has few values."""
    values, index = np.unique(column, return_inverse=True)
    if len(values) <= FEW_VALUES:
        return np.eye(len(values))[index][:, 1:]
    scores = ndtri((rankdata(column) - 0.5) / len(column))
    inner = np.quantile(scores, np.arange(1, KNOTS + 1) / (KNOTS + 1))
    knots = np.concatenate([[scores.min()] * 4, inner, [scores.max()] * 4])
    return BSpline.design_matrix(scores, knots, 3).toarray()[:, 1:]


def _products(columns):
    """Return products of two and three standardized inputs."""
    inputs = columns.shape[1]
    if inputs < 2:
        return []
    spread = columns.std(axis=0)
    scaled = np.clip((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1), -REACH, REACH)
    orders = (2, 3) if inputs <= CUBIC_INPUTS else (2,)
    return [np.prod(scaled[:, chosen], axis=1) for order in orders
            for chosen in map(list, combinations_with_replacement(range(inputs), order)) if len(set(chosen)) > 1]
