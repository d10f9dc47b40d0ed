"""What several studies say together: a random-effects pool, and what a further place may expect.

Model: effect of study i = mean + u_i + e_i, u_i ~ Normal(0, tau_squared) between
studies, e_i ~ Normal(0, standard_error_i ** 2) within them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from upskill.roi.heterogeneity import (
    Fit,
    estimate_tau_squared,
    tau_squared_error,
    tau_squared_interval,
    typical_variance,
)

MODIFIED = "modified"


@dataclass(frozen=True)
class PooledEffect:
    """The mean effect, its standard error, the spread between studies, and two intervals (low, high).

    `interval` is about the mean, `prediction_interval` about the true effect
    in one further study, a t interval with
    `prediction_degrees_of_freedom`. `q`: Cochran's Q, with studies - 1 degrees of
    freedom; `i_squared`: share of the variance of an effect that lies between
    studies, 0 to 1; `h_squared`: 1 / (1 - i_squared);
    `tau_squared_interval`: Q-profile.
    """

    mean: float
    standard_error: float
    tau_squared: float
    interval: tuple
    prediction_interval: tuple
    prediction_degrees_of_freedom: float
    studies: int
    q: float
    i_squared: float
    h_squared: float
    tau_squared_interval: tuple
    tau_squared_standard_error: float


@dataclass(frozen=True)
class MetaRegression:
    """How effects go with what studies differ in: coefficients, intercept first, and what spread is left."""

    coefficients: np.ndarray
    standard_errors: np.ndarray
    tau_squared: float
    q: float
    degrees_of_freedom: int


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
    Mandel 1982), "ML" or "REML" (see Viechtbauer 2005), or "EE" for none (equal
    effects). hartung_knapp: True for
    the t distribution with studies - 1 degrees of freedom instead of the normal;
    "modified" for the same with q never below 1 and an interval never narrower
    than the normal one (Röver, Knapp and Friede 2015, BMC Medical Research
    Methodology 15, 99); False for the normal.
    prediction_degrees_of_freedom: None for the interval of Higgins and others;
    else a number, infinite for the normal. Returns a PooledEffect; the prediction
    interval is infinite where no degrees of freedom are left. Raises
    ValueError for fewer than two studies, standard errors not above zero,
    another method or an impossible level.

    Does a training help, if three trials say so and a fourth does not?

    >>> pool = pool_effects([0.20, 0.24, 0.23, -0.17], [0.10, 0.11, 0.08, 0.08])
    >>> round(pool.mean, 3), [round(end, 2) for end in pool.interval]
    (0.12, [-0.12, 0.36])
    """
    y, variances = check_studies(effects, standard_errors)
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a share between 0 and 1")
    if not (hartung_knapp in (True, False) or hartung_knapp == MODIFIED):
        raise ValueError(f"hartung_knapp is {hartung_knapp!r}; expected True, False or {MODIFIED!r}")
    design = np.ones((len(y), 1))
    tau_squared = estimate_tau_squared(y, variances, design, method)
    fit = Fit(y, variances, design, tau_squared)
    mean, plain = float(fit.coefficients[0]), float(1 / fit.weights.sum())
    error = float(np.sqrt(plain * _knapp_scale(fit.q / (len(y) - 1), hartung_knapp)))
    half = _quantile(len(y) - 1 if hartung_knapp else np.inf, level) * error
    if prediction_degrees_of_freedom is None:
        freedom, variance = len(y) - 2, tau_squared + plain
    else:
        freedom, variance = prediction_degrees_of_freedom, tau_squared + error**2
    wide = _quantile(freedom, level) * np.sqrt(variance)
    within = typical_variance(y, variances, design)
    return PooledEffect(mean, error, tau_squared, (mean - half, mean + half), (float(mean - wide), float(mean + wide)),
                        float(freedom), len(y), Fit(y, variances, design, 0.0).q,
                        tau_squared / (tau_squared + within), 1 + tau_squared / within,
                        tau_squared_interval(y, variances, design, level),
                        tau_squared_error(y, variances, design, tau_squared, method))


def regress_effects(effects, standard_errors, moderators, method="REML"):
    """Regress the effects of studies on what the studies differ in.

    moderators: shape (studies,) or (studies, moderators); an intercept is
    added. Standard errors are those of the normal theory, sqrt of the diagonal
    of (X' W X)^-1. Raises ValueError as pool_effects does, for moderators that are
    not finite, and where no study is left over or moderators say the same thing.

    >>> found = regress_effects([0.1, 0.2, 0.3, 0.4], [0.1] * 4, [0, 1, 2, 3])
    >>> found.coefficients.round(6).tolist()
    [0.1, 0.1]
    """
    y, variances = check_studies(effects, standard_errors)
    columns = np.asarray(moderators, dtype=float).reshape(len(y), -1)
    scale = np.abs(columns).max(axis=0) if columns.size else np.ones(0)
    scale = np.where(scale > 0, scale, 1.0)
    design = np.column_stack([np.ones(len(y)), columns / scale])
    if not np.isfinite(columns).all() or np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("moderators must be finite numbers, none of them constant or told by the others")
    if len(y) <= design.shape[1]:
        raise ValueError(f"{len(y)} studies cannot tell {design.shape[1]} coefficients and a spread; "
                         f"expected at least {design.shape[1] + 1}")
    tau_squared = estimate_tau_squared(y, variances, design, method)
    fit, back = Fit(y, variances, design, tau_squared), np.concatenate([[1.0], scale])
    return MetaRegression(fit.coefficients / back, np.sqrt(np.diag(fit.covariance)) / back, tau_squared,
                          Fit(y, variances, design, 0.0).q, len(y) - design.shape[1])


def check_studies(effects, standard_errors):
    """Return (effects, variances) as arrays; raises ValueError where they cannot be pooled."""
    y, errors = np.asarray(effects, dtype=float), np.asarray(standard_errors, dtype=float)
    if y.ndim != 1 or y.shape != errors.shape or len(y) < 2:
        raise ValueError(f"effects {y.shape} and standard errors {errors.shape}; "
                         "expected two series of one length, two studies at least: "
                         "one study cannot show how far studies differ")
    if not (np.isfinite(y).all() and np.isfinite(errors).all() and (errors > 0).all()):
        raise ValueError("effects and standard errors must be finite numbers, standard errors above zero")
    return y, errors**2


def _knapp_scale(q, hartung_knapp):
    """Return by what the variance of the mean is multiplied."""
    if hartung_knapp == MODIFIED:
        return max(1.0, q)
    return q if hartung_knapp else 1.0


def _quantile(degrees_of_freedom, level):
    """Return the two-sided quantile of the t distribution; normal where the degrees are infinite."""
    if degrees_of_freedom <= 0:
        return np.inf
    upper = (1 + level) / 2
    return float(ndtri(upper) if np.isinf(degrees_of_freedom) else stdtrit(degrees_of_freedom, upper))
