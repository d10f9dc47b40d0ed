"""Levels before and since in one autocorrelated series, with intervals that are honest about few weeks."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

# Delivery series carry over from week to week; strongly alternating ones are not seen.
AUTOCORRELATIONS = np.arange(-0.3, 0.951, 0.05).round(2)


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval, on the scale of the analysis."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class LevelFit:
    """Levels of a series, and how sure they are at each possible autocorrelation.

    `levels`: weighted mean of each phase, in the unit of the values;
    `covariances`: (autocorrelations, phases, phases), in squared units; `weights`:
    restricted likelihood of each autocorrelation, sums to one; `degrees`: residual
    degrees of freedom; `scales`: standard deviation of a value of weight one at each
    autocorrelation.
    """

    levels: np.ndarray
    covariances: np.ndarray
    weights: np.ndarray
    degrees: int
    scales: np.ndarray | None = None

    @property
    def autocorrelation(self):
        """Lag-one autocorrelation, averaged over its likelihood."""
        return float(self.weights @ AUTOCORRELATIONS)


def _restricted_fit(rows, carry):
    """Fit by generalized least squares: (variance of one value, log restricted likelihood).

    `rows`: design and, last, outcome. `carry`: correlation of each row with the one
    before (0 for the first); rows are whitened to unit variance with it.
    """
    before = np.vstack([np.zeros(rows.shape[1]), rows[:-1]])
    white = (rows - carry[:, None] * before) / np.sqrt(1 - carry**2)[:, None]
    design, outcome = white[:, :-1], white[:, -1]
    gram = design.T @ design
    residual = outcome - design @ np.linalg.solve(gram, design.T @ outcome)
    degrees = len(outcome) - design.shape[1]
    squares = max(float(residual @ residual), 1e-24)
    likelihood = -0.5 * (np.linalg.slogdet(gram)[1] + np.log(1 - carry**2).sum() + degrees * np.log(squares))
    return squares / degrees, likelihood


def fit_levels(values, since, positions=None, weights=None):
    """Fit one level before and one since to a series with AR(1) noise.

    `values`: one-dimensional, no gaps filled in: `positions` gives each value's place
    in time (whole periods). `since`: boolean, True after the start; all of one kind
    gives one level. `weights`: precision of each value. Levels are plain weighted
    means. The autocorrelation is not guessed: every value from -0.3 to 0.95 counts
    with its restricted likelihood (REML; Harville 1974, Biometrika 61), so that the
    interval carries its uncertainty, which Newey-West and Cochrane-Orcutt leave out.
    """
    values, since = np.asarray(values, dtype=float), np.asarray(since, dtype=bool)
    positions = np.arange(len(values)) if positions is None else np.asarray(positions)
    scale = np.ones(len(values)) if weights is None else np.sqrt(np.asarray(weights, dtype=float))
    design = np.column_stack([phase for phase in (~since, since) if phase.any()]) * scale[:, None]
    rows = np.column_stack([design, values * scale])
    fits = [_restricted_fit(rows, np.concatenate([[0.0], rho**np.diff(positions)])) for rho in AUTOCORRELATIONS]
    variances, likelihoods = np.array(fits).T
    likelihood = np.exp(likelihoods - likelihoods.max())
    means = np.linalg.solve(design.T @ design, design.T)
    distances = np.abs(np.subtract.outer(positions, positions))
    covariances = [variance * means @ rho**distances @ means.T
                   for rho, variance in zip(AUTOCORRELATIONS, variances, strict=True)]
    return LevelFit(means @ rows[:, -1], np.array(covariances), likelihood / likelihood.sum(),
                    len(values) - design.shape[1], np.sqrt(variances))


def contrast(fit, logarithm=False, level=0.90):
    """Estimate since minus before, or the logarithm of since over before.

    `logarithm=True` is for levels on their natural scale (rates, shares): the
    log-ratio by the delta method; its levels must be positive. A fit with one level
    gives that level (or its logarithm).
    """
    signs = np.array([-1.0, 1.0])[-len(fit.levels):]
    gradient = signs / fit.levels if logarithm else signs
    center = signs @ (np.log(fit.levels) if logarithm else fit.levels)
    errors = np.sqrt(np.einsum("i,rij,j->r", gradient, fit.covariances, gradient))
    return mixture_interval(center, errors, fit.weights, fit.degrees, level)


def mixture_interval(center, errors, weights, degrees, level=0.90):
    """Give the equal-tailed interval of a weighted mixture of t distributions around one center.

    >>> estimate = mixture_interval(0.0, np.array([1.0]), np.array([1.0]), 10)
    >>> round(estimate.low, 3), round(estimate.high, 3)
    (-1.812, 1.812)
    """
    errors = np.maximum(errors, 1e-12)
    farthest = student.ppf(0.5 + level / 2, degrees) * errors.max() + 1e-9
    reach = brentq(lambda x: weights @ student.cdf(x / errors, degrees) - 0.5 - level / 2, 0.0, farthest)
    return Estimate(float(center), float(center - reach), float(center + reach))
