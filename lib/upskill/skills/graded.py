"""The graded response model: probabilities of ordered answers and their derivatives.

Arrays are padded to the item with most categories: an intercept of minus
infinity is a category that the item does not have.
"""

import numpy as np
from scipy.special import expit

SMALLEST = 1e-300  # keeps the logarithm finite where a probability underflows


def cumulative(slopes, intercepts, theta):
    """Return P(answer >= k) for k = 0 … K, shape (items, points, K + 1).

    P(X >= k | theta) = 1 / (1 + exp(-(a theta + d_k))), with d_1 > d_2 > …
    (Samejima 1969, Psychometrika monograph 17). With one intercept this is
    the two-parameter logistic model.
    """
    inner = expit(slopes[:, None, None] * theta[None, :, None] + intercepts[:, None, :])
    ones = np.ones(inner.shape[:2] + (1,))
    return np.concatenate([ones, inner, 0 * ones], axis=2)


def probabilities(slopes, intercepts, theta):
    """Return P(answer = k | theta), shape (items, points, K)."""
    return -np.diff(cumulative(slopes, intercepts, theta), axis=2)


def log_probabilities(slopes, intercepts, theta):
    """Return log P(answer = k | theta); categories that an item lacks get a very low value."""
    return np.log(np.maximum(probabilities(slopes, intercepts, theta), SMALLEST))


def _predictor_derivatives(theta, categories):
    """Return d(a theta + d_k) / d(a, d_1 …) for k = 0 … K, shape (points, K + 1, parameters)."""
    derivatives = np.zeros((len(theta), categories + 1, categories))
    derivatives[:, 1:-1, 0] = theta[:, None]
    for k in range(1, categories):
        derivatives[:, k, k] = 1
    return derivatives


def score(slopes, intercepts, theta):
    """Return the gradient of log P(answer = k | theta), shape (items, points, K, parameters)."""
    bounds = cumulative(slopes, intercepts, theta)
    density = (bounds * (1 - bounds))[..., None] * _predictor_derivatives(theta, intercepts.shape[1] + 1)
    return -np.diff(density, axis=2) / np.maximum(-np.diff(bounds, axis=2), SMALLEST)[..., None]


def curvature(slopes, intercepts, theta, weights):
    """Return the weighted sum of second derivatives of log P, shape (items, parameters, parameters).

    `weights` has the shape of `probabilities`: expected number of answers.
    """
    bounds = cumulative(slopes, intercepts, theta)
    bend = bounds * (1 - bounds) * (1 - 2 * bounds)
    share = weights / np.maximum(-np.diff(bounds, axis=2), SMALLEST)
    share = np.pad(share, ((0, 0), (0, 0), (1, 1)))
    design = _predictor_derivatives(theta, intercepts.shape[1] + 1)
    second = np.einsum("jqk,qkp,qkr->jpr", bend * np.diff(share, axis=2), design, design, optimize=True)
    first = score(slopes, intercepts, theta)
    return second - np.einsum("jqk,jqkp,jqkr->jpr", weights, first, first, optimize=True)


def fisher_information(slopes, intercepts, theta, weights):
    """Return the expected information of `weights` (items, points) answers, shape (items, parameters, parameters).

    sum over points of weight × sum over k of P_k (d log P_k / dp) (d log P_k / dr)
    """
    chance = probabilities(slopes, intercepts, theta) * weights[:, :, None]
    first = score(slopes, intercepts, theta)
    rows = first.reshape(len(slopes), -1, first.shape[3])
    return (rows * chance.reshape(len(slopes), -1, 1)).transpose(0, 2, 1) @ rows


def growth(slopes, intercepts, theta):
    """Return dP(answer = k | theta) / dtheta, shape (items, points, K)."""
    bounds = cumulative(slopes, intercepts, theta)
    return -np.diff(slopes[:, None, None] * bounds * (1 - bounds), axis=2)
