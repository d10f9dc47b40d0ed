"""How much raters differ, beyond what chance makes of them."""

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2

WIDEST = 1e3


def spread_of(estimates, covariance, level=0.90):
    """Return the sd of true values behind estimates that sum to zero, with its interval: (value, low, high).

    estimates : (raters,); covariance : of their errors, (raters, raters).

    Restricted maximum likelihood under estimates ~ normal(mean, sd^2 I + covariance);
    the interval holds the sd for which z' (sd^2 I + V)^-1 z is between the quantiles of
    chi-squared with raters - 1 degrees of freedom, z the contrasts (Viechtbauer 2007,
    Statistics in Medicine 26, 37-52). Zero is a possible end.

    >>> value, low, high = spread_of(np.array([-0.5, 0.0, 0.5]), 1e-6 * np.eye(3))
    >>> round(value, 2), round(low, 2), round(high, 2)
    (0.5, 0.29, 2.21)
    """
    basis = np.linalg.svd(np.ones((1, len(estimates))))[2][1:]
    values, axes = np.linalg.eigh(basis @ covariance @ basis.T)
    values, squares = np.maximum(values, 0), (axes.T @ basis @ estimates) ** 2

    def excess(sd, target):
        return np.sum(squares / np.maximum(sd**2 + values, 1e-12)) - target

    def end(target):
        if excess(0.0, target) <= 0:
            return 0.0
        return float(brentq(excess, 0.0, WIDEST, args=(target,)))

    def misfit(sd):
        total = np.maximum(sd**2 + values, 1e-12)
        return np.sum(np.log(total) + squares / total)

    top = max(np.sqrt(squares.max()) * 2, 1e-6)
    value = float(minimize_scalar(misfit, bounds=(0, top), method="bounded", options={"xatol": 1e-9}).x)
    if misfit(0.0) <= misfit(value):
        value = 0.0
    low, high = (end(chi2.ppf(q, len(estimates) - 1)) for q in ((1 + level) / 2, (1 - level) / 2))
    return value, min(low, value), max(high, value)
