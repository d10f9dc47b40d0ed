"""Levels before and since in one autocorrelated series, with intervals that are honest about few weeks."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

# Delivery series carry over from week to week; strongly alternating ones are not seen.
AUTOCORRELATIONS = np.arange(-0.3, 0.951, 0.05)


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval, on the scale of the analysis."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class LevelFit:
    """Fits of one series at each autocorrelation, weighted by their restricted likelihood.

    `levels`: (autocorrelations, phases); `covariances`: (autocorrelations, phases,
    phases), in squared units of the values; `weights` sum to one; `degrees`: residual
    degrees of freedom.
    """

    levels: np.ndarray
    covariances: np.ndarray
    weights: np.ndarray
    degrees: int

    @property
    def autocorrelation(self):
        """Lag-one autocorrelation, averaged over its likelihood."""
        return float(self.weights @ AUTOCORRELATIONS)


def _whiten(rows, carry):
    """Turn rows of an autocorrelated process of unit variance into independent ones.

    `carry`: correlation of each row with the one before (0 for the first).
    """
    before = np.vstack([np.zeros(rows.shape[1]), rows[:-1]])
    return (rows - carry[:, None] * before) / np.sqrt(1 - carry**2)[:, None]


def _fit_one(rows, carry):
    """Least squares on whitened rows: (coefficients, inverse of X'X, log restricted likelihood, variance)."""
    white = _whiten(rows, carry)
    design, outcome = white[:, :-1], white[:, -1]
    inverse = np.linalg.inv(design.T @ design)
    levels = inverse @ design.T @ outcome
    degrees = len(outcome) - design.shape[1]
    squares = max(float(((outcome - design @ levels) ** 2).sum()), 1e-24)
    likelihood = 0.5 * (np.linalg.slogdet(inverse)[1] - np.log(1 - carry**2).sum() - degrees * np.log(squares))
    return levels, inverse * squares / degrees, likelihood


def fit_levels(values, since, positions=None, weights=None):
    """Fit one level before and one since to a series with AR(1) noise.

    `values`: one-dimensional, no gaps filled in: `positions` gives each value's place
    in time (whole periods). `since`: boolean, True after the start; all of one kind
    gives one level. `weights`: precision of each value. The autocorrelation is not
    guessed: every value from -0.3 to 0.95 counts with its restricted likelihood
    (REML; Harville 1974, Biometrika 61), so that the interval carries its
    uncertainty, which Newey-West and Cochrane-Orcutt leave out.
    """
    values, since = np.asarray(values, dtype=float), np.asarray(since, dtype=bool)
    positions = np.arange(len(values)) if positions is None else np.asarray(positions)
    scale = np.ones(len(values)) if weights is None else np.sqrt(np.asarray(weights, dtype=float))
    phases = [column for column in (~since, since) if column.any()]
    rows = np.column_stack([*phases, values]) * scale[:, None]
    gaps = np.diff(positions)
    fits = [_fit_one(rows, np.concatenate([[0.0], rho**gaps])) for rho in AUTOCORRELATIONS.round(10)]
    levels, covariances, likelihoods = (np.array(part) for part in zip(*fits, strict=True))
    likelihood = np.exp(likelihoods - likelihoods.max())
    return LevelFit(levels, covariances, likelihood / likelihood.sum(), len(values) - len(phases))


def contrast(fit, logarithm=False, level=0.90):
    """Estimate since minus before, or the logarithm of since over before.

    `logarithm=True` is for levels on their natural scale (rates, shares): the
    log-ratio by the delta method; its levels must be positive. A fit with one level
    gives that level (or its logarithm).
    """
    # Far-off autocorrelations can push a small rate below zero, where it has no logarithm.
    levels = np.maximum(fit.levels, 0.02 * np.abs(fit.levels).max()) if logarithm else fit.levels
    signs = np.array([-1.0, 1.0])[-levels.shape[1]:]
    gradient = signs / levels if logarithm else np.broadcast_to(signs, levels.shape)
    centers = ((np.log(levels) if logarithm else levels) * signs).sum(axis=1)
    variances = np.einsum("ri,rij,rj->r", gradient, fit.covariances, gradient)
    return mixture_interval(centers, np.sqrt(variances), fit.weights, fit.degrees, level)


def mixture_interval(centers, errors, weights, degrees, level=0.90):
    """Give mean and equal-tailed interval of a weighted mixture of t distributions.

    >>> estimate = mixture_interval(np.array([0.0]), np.array([1.0]), np.array([1.0]), 10)
    >>> round(estimate.low, 3), round(estimate.high, 3)
    (-1.812, 1.812)
    """
    errors = np.maximum(errors, 1e-12)
    far = student.ppf(0.5 + level / 2, degrees) * errors
    tails = ((1 - level) / 2, (1 + level) / 2)
    bounds = (centers - far).min() - 1e-9, (centers + far).max() + 1e-9
    ends = [brentq(lambda x, tail=tail: weights @ student.cdf((x - centers) / errors, degrees) - tail, *bounds)
            for tail in tails]
    return Estimate(float(weights @ centers), *ends)
