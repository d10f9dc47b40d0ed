"""How far studies truly differ: estimators of the variance between them, and its interval.

Model: y = X b + u + e, u ~ Normal(0, tau_squared) between studies and e ~
Normal(0, variances) within them; X is a column of ones, or holds moderators.
With W = diag(1 / (variances + tau_squared)), P = W - W X (X' W X)^-1 X' W and
r the weighted residuals, Q = y' P y = sum(w r ** 2), and all estimators follow
from y' P y, y' P P y, tr P and tr P P (Viechtbauer 2005, Journal of
Educational and Behavioral Statistics 30(3)).
"""

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2

STEPS, CLOSE = 200, 1e-12
GRID = 60  # starting points of the search where the usual steps do not settle


class Fit:
    """The weighted fit at one value of tau_squared."""

    def __init__(self, y, variances, design, tau_squared):
        self.weights = weights = 1.0 / (variances + tau_squared)
        root = np.sqrt(weights)[:, np.newaxis]
        self.factor = np.linalg.qr(design * root)
        self.coefficients = np.linalg.solve(self.factor.R, self.factor.Q.T @ (y * root[:, 0]))
        self.residuals = y - design @ self.coefficients
        self.q = float((weights * self.residuals**2).sum())

    @property
    def covariance(self):
        """Return the covariance of the coefficients, (X' W X)^-1."""
        half = np.linalg.inv(self.factor.R)
        return half @ half.T

    @property
    def trace(self):
        """Return (tr P, tr P P)."""
        hat = self.factor.Q
        inner = hat.T @ (hat * self.weights[:, np.newaxis])
        cubes = hat.T @ (hat * self.weights[:, np.newaxis] ** 2)
        return (float(self.weights.sum() - np.trace(inner)),
                float((self.weights**2).sum() - 2 * np.trace(cubes) + (inner * inner.T).sum()))

    def log_likelihood(self, restricted):
        """Return the log likelihood at these coefficients, up to a constant."""
        value = np.log(self.weights).sum() - self.q
        if restricted:
            value -= 2 * np.log(np.abs(np.diag(self.factor.R))).sum()
        return 0.5 * float(value)


def estimate_tau_squared(y, variances, design, method):
    """Return tau_squared by "DL", "PM", "ML" or "REML", at least zero.

    y, variances: shape (studies,); design: (studies, columns) of full rank.
    Works in units of the typical standard error, so that neither very large
    nor very small numbers lose digits. Raises ValueError for another method.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(METHODS)}")
    unit = float(np.median(variances))
    return unit * float(METHODS[method](y / np.sqrt(unit), variances / unit, design))


def tau_squared_interval(y, variances, design, level=0.90):
    """Return the Q-profile interval of tau_squared (Viechtbauer 2007, Statistics in Medicine 26).

    Equation: Q(tau_squared) has a chi-squared distribution with studies less
    columns degrees of freedom; the ends are where Q equals its upper and lower
    quantiles. Zero where Q at zero is below a quantile already.
    """
    unit = float(np.median(variances))
    freedom = len(y) - design.shape[1]
    ends = chi2.ppf([(1 + level) / 2, (1 - level) / 2], freedom)
    return tuple(unit * _where_q_is(end, y / np.sqrt(unit), variances / unit, design) for end in ends)


def tau_squared_error(y, variances, design, tau_squared, method):
    """Return the standard error of tau_squared from the expected information; NaN for moment estimates."""
    if method not in ("ML", "REML"):
        return float("nan")
    fit = Fit(y, variances, design, tau_squared)
    information = (fit.weights**2).sum() if method == "ML" else fit.trace[1]
    return float(np.sqrt(2 / information)) if information > 0 else float("nan")


def typical_variance(y, variances, design):
    """Return the variance within a typical study, (studies - columns) / tr P at tau_squared 0.

    Higgins and Thompson (2002), Statistics in Medicine 21: I squared is
    tau_squared / (tau_squared + this).
    """
    fit = Fit(y, variances, design, 0.0)
    return float((len(y) - design.shape[1]) / max(fit.trace[0], fit.weights.max() * CLOSE))


def _where_q_is(target, y, variances, design):
    """Return the tau_squared at which Q equals the target; Q falls as it rises."""
    def excess(tau_squared):
        return Fit(y, variances, design, tau_squared).q - target

    if excess(0.0) <= 0:
        return 0.0
    upper = 1.0 + float(np.ptp(y)) ** 2
    while excess(upper) > 0:
        upper *= 4
    return brentq(excess, 0.0, upper, xtol=1e-14, rtol=1e-13)


def _dersimonian_laird(y, variances, design):
    """Return the moment estimate: Q less its degrees of freedom, over what a unit of tau_squared adds to Q."""
    fit = Fit(y, variances, design, 0.0)
    added = fit.trace[0]
    if added <= fit.weights.max() * CLOSE:  # one study so precise that the others do not show beside it
        return _paule_mandel(y, variances, design)
    return max(0.0, (fit.q - (len(y) - design.shape[1])) / added)


def _paule_mandel(y, variances, design):
    return _where_q_is(len(y) - design.shape[1], y, variances, design)


def _likelihood(y, variances, design, restricted):
    """Return the (restricted) maximum likelihood estimate: Fisher scoring, else a search between bounds."""
    found = _dersimonian_laird(y, variances, design)
    for _ in range(STEPS):
        fit = Fit(y, variances, design, found)
        trace, square = fit.trace if restricted else (fit.weights.sum(), (fit.weights**2).sum())
        if square <= fit.weights.max() ** 2 * CLOSE:
            break
        new = max(0.0, found + ((fit.weights * fit.residuals) ** 2).sum() / square - trace / square)
        if abs(new - found) < CLOSE * (new + variances.min()):
            return new
        found = new
    return _search(y, variances, design, restricted)


def _search(y, variances, design, restricted):
    """Return the best tau_squared between zero and far beyond what the effects can show."""
    def loss(tau_squared):
        return -Fit(y, variances, design, tau_squared).log_likelihood(restricted)

    top = 10 * (float(np.ptp(y)) ** 2 + variances.min())
    grid = np.concatenate([[0.0], np.geomspace(1e-9 * variances.min(), top, GRID)])
    best = int(np.argmin([loss(value) for value in grid]))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-14}).x
    return min((found, 0.0), key=loss)


METHODS = {
    "DL": _dersimonian_laird,
    "PM": _paule_mandel,
    "ML": lambda y, variances, design: _likelihood(y, variances, design, restricted=False),
    "REML": lambda y, variances, design: _likelihood(y, variances, design, restricted=True),
    "EE": lambda y, variances, design: 0.0,
}
