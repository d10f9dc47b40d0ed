"""The constants of range charts, by integration, and the rounded ones that textbooks print: stated here and nowhere else.

The range W of n standard normal values has mean d2, standard deviation d3 and
median d4. Sigma is estimated by mean range / d2 or median range / d4, so limits
at three sigma lie 3 / d2 mean ranges from the center, and a range itself is
unusual above (1 + 3 d3 / d2) mean ranges.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

# Multipliers of the (mean, or median) moving range: distance of the limits, limit of the ranges. As printed in
# Wheeler, Understanding Variation (1993): 3 / 1.128, 3.267; for the median 3.145, 3.865.
CONSTANTS = {"mean": (2.66, 3.267), "median": (3.145, 3.865)}
SIGMAS = 3.0
NODES, FARTHEST = 200, 9.0


class RangeConstants(NamedTuple):
    """Mean, standard deviation and median of the range of `size` standard normal values."""

    size: int
    d2: float
    d3: float
    d4: float

    @property
    def limit_of_values(self):
        """Distance of three-sigma limits in mean ranges, E2 = 3 / d2."""
        return SIGMAS / self.d2

    @property
    def limit_of_ranges(self):
        """Upper limit of ranges in mean ranges, D4 = 1 + 3 d3 / d2."""
        return 1 + SIGMAS * self.d3 / self.d2

    @property
    def limit_of_values_by_median(self):
        """Distance of three-sigma limits in median ranges, 3 / d4."""
        return SIGMAS / self.d4

    @property
    def limit_of_ranges_by_median(self):
        """Upper limit of ranges in median ranges, (d2 + 3 d3) / d4."""
        return (self.d2 + SIGMAS * self.d3) / self.d4


def _nodes(low, high):
    places, weights = np.polynomial.legendre.leggauss(NODES)
    return low + (places + 1) * (high - low) / 2, weights * (high - low) / 2


def _share_above(widths, size):
    """P(W > w) = 1 - n * integral of phi(x) (Phi(x + w) - Phi(x))^(n - 1)."""
    x, weights = _nodes(-FARTHEST, FARTHEST)
    inside = norm.cdf(x + np.atleast_1d(widths)[:, None]) - norm.cdf(x)
    return 1 - size * (norm.pdf(x) * inside ** (size - 1)) @ weights


@cache
def range_constants(size=2):
    """Integrate the constants of ranges of `size` values (2 or more), to about ten digits.

    Equations: d2 = E(W), d3^2 = E(W^2) - d2^2, P(W > d4) = 1/2. Raises ValueError for
    fewer than two values.

    >>> constants = range_constants(2)
    >>> round(constants.d2, 9), round(constants.limit_of_values, 6), round(constants.limit_of_ranges, 6)
    (1.128379167, 2.658681, 3.266532)
    """
    if size < 2:
        raise ValueError(f"a range needs at least two values, not {size}")
    width, weights = _nodes(0.0, 2 * FARTHEST)
    above = _share_above(width, size)
    mean, square = above @ weights, 2 * (width * above) @ weights
    median = brentq(lambda w: _share_above(w, size)[0] - 0.5, 0.01, FARTHEST, xtol=1e-12)
    return RangeConstants(size, float(mean), float(np.sqrt(square - mean**2)), float(median))
