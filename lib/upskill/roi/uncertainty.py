"""From what is known about an input to draws of it.

`{low, mode, high}` read as 5 %, mode, 95 % becomes a two-piece normal
distribution: two half normals that meet at the mode, which hits all three
numbers exactly and always exists (Wallis 2014, Statistical Science 29(1); the
Bank of England's fan charts). With absolute ends it becomes PERT, a beta
distribution of mean (low + 4 mode + high) / 6 (Malcolm et al. 1959).
"""

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import ndtri

TAIL = 0.05


def quantiles(assumption, probabilities):
    """Return the values that an input stays below with these probabilities.

    assumption: has `kind` and `parameters` as in program.yml, and may have
    `minimum` and `maximum`; what lies beyond them is set to them.
    probabilities: in (0, 1), any shape; the result has the same shape.
    Raises ValueError for a kind that is not known or a mode outside its range.
    """
    shape = SHAPES.get(assumption.kind)
    if shape is None:
        raise ValueError(f"assumption {assumption.name}: kind {assumption.kind!r}; "
                         f"expected one of {', '.join(SHAPES)}")
    _check_order(assumption)
    values = shape(np.asarray(probabilities, dtype=float), **assumption.parameters)
    return np.clip(values, assumption.minimum, assumption.maximum)


def two_piece_normal(probabilities, low, mode, high):
    """Return quantiles of the two-piece normal with 5 % below low and 5 % above high.

    Equation: with w the probability below the mode and s, t the spreads on
    both sides, w = s / (s + t); low = mode + s z(0.05 / 2w) and
    high = mode - t z(0.05 / 2(1 - w)), z the normal quantile function.

    >>> two_piece_normal(np.array([0.05, 0.95]), -0.12, 0.03, 0.22).round(9).tolist()
    [-0.12, 0.22]
    """
    if not low < mode < high:
        return _one_sided(probabilities, low, mode, high)
    below = _share_below(mode - low, high - mode)
    left = mode - (mode - low) * _part_of_tail(probabilities, below)
    right = mode + (high - mode) * _part_of_tail(1 - probabilities, 1 - below)
    return np.where(probabilities < below, left, right)


def _part_of_tail(probabilities, side):
    """Return distances from the mode in units of the distance to the 5 % point of that side."""
    return ndtri(np.minimum(probabilities / (2 * side), 0.5)) / ndtri(TAIL / (2 * side))


def _share_below(left, right):
    """Solve for the probability below the mode; it rises with left / right from 5 % to 95 %."""
    def imbalance(share):
        spread_left = -left / ndtri(TAIL / (2 * share))
        spread_right = -right / ndtri(TAIL / (2 * (1 - share)))
        return spread_left * (1 - share) - spread_right * share

    edge = TAIL * (1 + 1e-9)
    return brentq(imbalance, edge, 1 - edge, xtol=1e-15)


def _one_sided(probabilities, low, mode, high):
    """Return quantiles where the mode is at one end: half of a normal distribution, or one value."""
    if low == high:
        return np.full(np.shape(probabilities), float(mode))
    tail = np.clip(1 - probabilities if mode == low else probabilities, 0, 1)
    size = (high - low) * ndtri(tail / 2) / ndtri(TAIL / 2)
    return mode + size if mode == low else mode - size


def pert(probabilities, low, mode, high):
    """Return quantiles of the PERT distribution from low to high.

    >>> pert(np.array([0.5]), 0.0, 0.5, 1.0).round(9).tolist()
    [0.5]
    """
    if low == high:
        return np.full(np.shape(probabilities), float(mode))
    rise, fall = (mode - low) / (high - low), (high - mode) / (high - low)
    return low + (high - low) * stats.beta.ppf(probabilities, 1 + 4 * rise, 1 + 4 * fall)


def _triangular(probabilities, low, mode, high):
    if low == high:
        return np.full(np.shape(probabilities), float(mode))
    return stats.triang.ppf(probabilities, (mode - low) / (high - low), low, high - low)


SHAPES = {
    "constant": lambda p, value: np.full(np.shape(p), float(value)),
    "quantiles": two_piece_normal,
    "bounded": pert,
    "normal": lambda p, mean, sd: mean + sd * ndtri(p),
    "lognormal": lambda p, median, sigma: median * np.exp(sigma * ndtri(p)),
    "beta": lambda p, a, b: stats.beta.ppf(p, a, b),
    "uniform": lambda p, low, high: low + (high - low) * p,
    "triangular": _triangular,
}


def _check_order(assumption):
    numbers = [assumption.parameters[key] for key in ("low", "mode", "high") if key in assumption.parameters]
    if numbers != sorted(numbers):
        raise ValueError(f"assumption {assumption.name}: low, mode, high are {numbers}; "
                         "expected in rising order")


def scrambled_points(count, dimensions, seed, scramblings=1):
    """Return points that fill the unit cube evenly, shape (scramblings * count, dimensions).

    Sobol points, each block of `count` scrambled anew (Owen 1997), so that the
    spread between blocks tells the Monte Carlo error. count: a power of two.
    Values lie strictly between 0 and 1.
    """
    streams = np.random.SeedSequence(seed).spawn(scramblings)
    blocks = [stats.qmc.Sobol(dimensions, rng=np.random.default_rng(stream)).random(count)
              for stream in streams]
    return np.clip(np.concatenate(blocks), 1e-12, 1 - 1e-12)


def draw(assumptions, points):
    """Return {name: draws} of these inputs; points has one column for each, in order of name.

    Every input keeps its column whatever the others are, so that changing one
    assumption leaves the draws of the others as they were.
    """
    columns = {name: column for column, name in enumerate(sorted(assumptions))}
    return {name: quantiles(each, points[:, columns[name]]) for name, each in assumptions.items()}
