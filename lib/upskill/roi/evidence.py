"""What several studies say together: a random-effects pool, and what a further place may expect.

Model: effect of study i = mean + u_i + e_i, u_i ~ Normal(0, tau_squared) between
studies, e_i ~ Normal(0, standard_error_i ** 2) within them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri, stdtrit

STEPS, CLOSE = 500, 1e-12


@dataclass(frozen=True)
class PooledEffect:
    """The mean effect, its standard error, the spread between studies, and two intervals (low, high).

    `interval` is about the mean, `prediction_interval` about the true effect
    in one further study.
    """

    mean: float
    standard_error: float
    tau_squared: float
    interval: tuple
    prediction_interval: tuple


def pool_effects(effects, standard_errors, method="REML", hartung_knapp=True, level=0.90,
                 prediction_degrees_of_freedom=None):
    """Pool the effects of several studies that may truly differ.

    Equations: with weights w = 1 / (standard_errors ** 2 + tau_squared), the
    mean is sum(w effects) / sum(w), and its variance 1 / sum(w), times
    q = sum(w (effects - mean) ** 2) / (studies - 1) by Hartung and Knapp
    (2001; q below 1 is kept). The prediction interval is mean ± t sqrt(tau_squared
    + variance of the mean). As Higgins, Thompson and Spiegelhalter (2009) write
    it, t has studies - 2 degrees of freedom and the variance is 1 / sum(w);
    with degrees of freedom given, it is standard_error ** 2, as in metafor.

    effects, standard_errors: shape (studies,), on one scale (log ratios, say).
    method, for tau_squared: "DL" (DerSimonian and Laird 1986), "PM" (Paule and
    Mandel 1982), "ML" or "REML" (see Viechtbauer 2005). hartung_knapp: t
    distribution with studies - 1 degrees of freedom instead of the normal.
    prediction_degrees_of_freedom: None for the interval of Higgins and others;
    else a number, infinite for the normal. Returns a PooledEffect; the prediction
    interval is infinite where no degrees of freedom are left. Raises
    ValueError for fewer than two studies or standard errors not above zero.

    Does a training help, if three trials say so and a fourth does not?

    >>> pool = pool_effects([0.20, 0.24, 0.23, -0.17], [0.10, 0.11, 0.08, 0.08])
    >>> round(pool.mean, 3), [round(end, 2) for end in pool.interval]
    (0.12, [-0.12, 0.36])
    """
    y, variances = _studies(effects, standard_errors)
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(METHODS)}")
    tau_squared = float(METHODS[method](y, variances))
    weights = 1.0 / (variances + tau_squared)
    mean = float(np.average(y, weights=weights))
    scale = _weighted_squares(y, weights) / (len(y) - 1) if hartung_knapp else 1.0
    error = float(np.sqrt(scale / weights.sum()))
    half = _quantile(len(y) - 1 if hartung_knapp else np.inf, level) * error
    if prediction_degrees_of_freedom is None:
        wide = _quantile(len(y) - 2, level) * np.sqrt(tau_squared + 1.0 / weights.sum())
    else:
        wide = _quantile(prediction_degrees_of_freedom, level) * np.sqrt(tau_squared + error**2)
    return PooledEffect(mean, error, tau_squared, (mean - half, mean + half),
                        (float(mean - wide), float(mean + wide)))


def _studies(effects, standard_errors):
    y, errors = np.asarray(effects, dtype=float), np.asarray(standard_errors, dtype=float)
    if y.ndim != 1 or y.shape != errors.shape or len(y) < 2:
        raise ValueError(f"effects {y.shape} and standard errors {errors.shape}; "
                         "expected two series of one length, two studies at least")
    if not (np.isfinite(y).all() and np.isfinite(errors).all() and (errors > 0).all()):
        raise ValueError("effects and standard errors must be finite numbers, standard errors above zero")
    return y, errors**2


def _quantile(degrees_of_freedom, level):
    """Return the two-sided quantile of the t distribution; normal where the degrees are infinite."""
    if degrees_of_freedom <= 0:
        return np.inf
    upper = (1 + level) / 2
    return float(ndtri(upper) if np.isinf(degrees_of_freedom) else stdtrit(degrees_of_freedom, upper))


def _weighted_squares(y, weights):
    """Return the weighted squared distances from the weighted mean: Cochran's Q at these weights."""
    return float((weights * (y - np.average(y, weights=weights)) ** 2).sum())


def _dersimonian_laird(y, variances):
    """Return the moment estimate: Q less its degrees of freedom, over what a unit of tau_squared adds to Q."""
    weights = 1.0 / variances
    added = weights.sum() - (weights**2).sum() / weights.sum()
    return max(0.0, (_weighted_squares(y, weights) - (len(y) - 1)) / added)


def _paule_mandel(y, variances):
    """Return the tau_squared at which Q equals its degrees of freedom; Q falls as it rises."""
    def excess(tau_squared):
        return _weighted_squares(y, 1.0 / (variances + tau_squared)) - (len(y) - 1)

    if excess(0.0) <= 0:
        return 0.0
    return brentq(excess, 0.0, ((y - y.mean()) ** 2).sum() + 1e-300, xtol=1e-14)


def _likelihood(y, variances, restricted):
    """Return the (restricted) maximum likelihood estimate by Fisher scoring (Viechtbauer 2005, eq. 11 and 14)."""
    found = _dersimonian_laird(y, variances)
    for _ in range(STEPS):
        weights = 1.0 / (variances + found)
        squares = weights**2
        gaps = (y - np.average(y, weights=weights)) ** 2
        own = 1.0 / weights.sum() if restricted else 0.0
        new = max(0.0, (squares * (gaps - variances)).sum() / squares.sum() + own)
        if abs(new - found) < CLOSE * (new + variances.min()):
            return new
        found = new
    raise ValueError(f"tau_squared does not settle within {STEPS} steps; use method PM")


METHODS = {
    "DL": _dersimonian_laird,
    "PM": _paule_mandel,
    "ML": lambda y, variances: _likelihood(y, variances, restricted=False),
    "REML": lambda y, variances: _likelihood(y, variances, restricted=True),
}
