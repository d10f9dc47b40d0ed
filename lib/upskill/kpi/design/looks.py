"""Planned looks at a pilot that is still running: limits that keep the chance of a false alarm where it was promised."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

SPENDING = ("obrien_fleming", "pocock")
POINTS = 801


def look_boundaries(shares, level=0.90, spending="obrien_fleming"):
    """Return the two-sided limit of the test statistic at each planned look.

    `shares`: of the information (about: of the weeks) there is at each look, rising, the last 1;
    `level`: of the interval at the end, so that 1 − level is spent in all. Lan and DeMets
    (1983, Biometrika 70): spent by share t is 2 (1 − Φ(z / √t)) with z at 1 − α/2
    (O'Brien-Fleming: hardly anything early), or α log(1 + (e − 1) t) (Pocock: evenly),
    each half on one side. The chance of crossing is integrated step by step (Armitage, McPherson and
    Rowe 1969, JRSS A 132). Raises ValueError for shares that do not rise to 1.

    >>> look_boundaries([0.5, 1.0], level=0.95).round(3).tolist()
    [2.963, 1.969]
    """
    shares = np.asarray(shares, dtype=float)
    if not (len(shares) and shares[0] > 0 and np.isclose(shares[-1], 1) and (np.diff(shares) > 0).all()):
        raise ValueError(f"shares are {shares.tolist()}; expected shares of the information that rise to 1")
    if spending not in SPENDING:
        raise ValueError(f"spending is {spending!r}; expected one of {', '.join(SPENDING)}")
    spent = _spent(shares, 1 - level, spending)
    limits, grid, density = [], np.zeros(1), np.ones(1)
    for step, share, alpha in zip(np.diff(shares, prepend=0.0), shares, np.diff(spent, prepend=0.0), strict=True):
        limit = brentq(lambda x, *given: _crossing(x, *given) - given[-1], 0.1, 12.0, args=(share, step, grid, density, alpha))
        limits.append(limit)
        inside = np.linspace(-limit, limit, POINTS) * np.sqrt(share)
        density = _summed(norm.pdf(inside[:, None] - grid, scale=np.sqrt(step)) * density, grid)
        grid = inside
    return np.array(limits)


def _crossing(limit, share, step, grid, density, _):
    """Return the chance of first crossing here; sums have variance `share`, of which `step` since the last look."""
    edge = limit * np.sqrt(share)
    beyond = norm.sf((edge - grid) / np.sqrt(step)) + norm.cdf((-edge - grid) / np.sqrt(step))
    return float(_summed(beyond * density, grid))


def _summed(values, grid):
    """Integrate along the last axis; before the first look all mass is at zero."""
    return values[..., 0] if len(grid) == 1 else np.trapezoid(values, grid, axis=-1)


def _spent(shares, alpha, spending):
    """Return the two-sided chance of an alarm spent up to each share."""
    if spending == "pocock":
        return alpha * np.log1p((np.e - 1) * shares)
    return 2 * (2 - 2 * norm.cdf(norm.ppf(1 - alpha / 4) / np.sqrt(shares)))
