"""All real zeros of a sum of decaying exponentials: what a rate of return is.

With y = log(1 + rate), the present value of flows c at times t is
f(y) = sum of c * exp(-t * y). Between two neighboring zeros of the derivative
f is monotone (Rolle), so the zeros of f follow from those of a sum with one
term less. The number of sign changes of c bounds their number (Laguerre 1883),
which ends the descent as soon as no sign changes are left.
"""

import numpy as np
from scipy.optimize import brentq

TOUCHES = 1e-12
"""A turning point whose relative height is below this counts as a (double) zero."""


def real_roots(coefficients, times):
    """Return all real y with sum(coefficients * exp(-times * y)) = 0, ascending.

    coefficients, times: shape (terms,). Terms at equal times are added up.
    Empty where there is no root, and for a sum that is zero everywhere.

    >>> import math
    >>> [round(math.exp(y), 9) for y in real_roots([6.0, -5.0, 1.0], [0.0, 1.0, 2.0])]
    [0.333333333, 0.5]
    """
    terms = _merge(np.asarray(coefficients, dtype=float), np.asarray(times, dtype=float))
    roots = np.empty(0)
    for each in reversed(_derivatives(*terms)):
        roots = _roots_between(*each, turning_points=roots)
    return roots


def _merge(coefficients, times):
    """Add up what falls on the same time, in order of time, without zeros, the largest 1."""
    coefficients = coefficients / (np.abs(coefficients).max(initial=0.0) or 1.0)
    unique, place = np.unique(times, return_inverse=True)
    summed = np.zeros(len(unique))
    np.add.at(summed, place, coefficients)
    return summed[summed != 0], unique[summed != 0]


def _derivatives(coefficients, times):
    """List the sum and its successive derivatives, each freed of its first term."""
    found = []
    while _sign_changes(coefficients) > 0:
        times = times - times[0]
        found.append((coefficients, times))
        coefficients, times = -coefficients[1:] * times[1:], times[1:]
        coefficients = coefficients / np.abs(coefficients).max()
    return found


def _sign_changes(coefficients):
    return int((np.diff(np.sign(coefficients)) != 0).sum())


def _roots_between(coefficients, times, turning_points):
    """Return the zeros, one at most between neighboring turning points."""
    def height(y):
        return _relative_height(y, coefficients, times)

    ends = [_far_end(height, turning_points, -1, np.sign(coefficients[-1])), *turning_points,
            _far_end(height, turning_points, +1, np.sign(coefficients[0]))]
    heights = [0.0 if abs(height(y)) < TOUCHES else height(y) for y in ends]
    roots = [y for y, at in zip(ends, heights, strict=True) if at == 0.0]
    roots += [brentq(height, *ends[i:i + 2], xtol=1e-15, rtol=1e-15, maxiter=500)
              for i in range(len(ends) - 1) if heights[i] * heights[i + 1] < 0]
    return np.array(sorted(roots))


def _relative_height(y, coefficients, times):
    """Return the sum at y as a share of the sum of its terms' sizes, from -1 to 1."""
    exponents = -times * y
    terms = coefficients * np.exp(exponents - exponents.max())
    return terms.sum() / np.abs(terms).sum()


def _far_end(height, turning_points, direction, sign):
    """Walk outward until the last or first term rules, so that no zero lies beyond."""
    start = (turning_points.max() if direction > 0 else turning_points.min()) if len(turning_points) else 0.0
    step = 1.0
    while np.sign(height(start + direction * step)) != sign:
        step *= 2.0
    return start + direction * step
