"""From what is known about an input to draws of it.

`{low, mode, high}` read as 5 %, mode, 95 % becomes a two-piece normal
distribution: two half normals that meet at the mode, which hits all three
numbers exactly and always exists (Wallis 2014, Statistical Science 29(1); the
Bank of England's fan charts). With absolute ends it becomes PERT, a beta
distribution of mean (low + 4 mode + high) / 6 (Malcolm et al. 1959).
"""

from functools import lru_cache

import numpy as np
from scipy import stats
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq, root
from scipy.special import ndtr, ndtri

from upskill.roi.correlation import correlate, correlation_matrix

TAIL = 0.05
SPLINE_FROM, SPLINE_REACH, SPLINE_POINTS = 256, 7.05, 1201


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
    return low + (high - low) * _beta_quantiles(np.asarray(probabilities, dtype=float), 1 + 4 * rise, 1 + 4 * fall)


def _beta_quantiles(probabilities, a, b):
    """Return quantiles of Beta(a, b), a and b at least 1: for many of them by a curve through exact ones.

    The curve is a cubic spline in the normal score, within 1e-7 of the exact
    quantile; scipy's own takes a hundred times as long.
    """
    scores = ndtri(probabilities)
    if probabilities.size < SPLINE_FROM or not (np.abs(scores) <= SPLINE_REACH).all():
        return stats.beta.ppf(probabilities, a, b)
    return np.clip(_beta_curve(a, b)(scores), 0.0, 1.0)


@lru_cache(maxsize=256)
def _beta_curve(a, b):
    scores = np.linspace(-SPLINE_REACH, SPLINE_REACH, SPLINE_POINTS)
    return CubicSpline(scores, stats.beta.ppf(ndtr(scores), a, b))


def _triangular(probabilities, low, mode, high):
    if low == high:
        return np.full(np.shape(probabilities), float(mode))
    return stats.triang.ppf(probabilities, (mode - low) / (high - low), low, high - low)


def tabulated(probabilities, table, values):
    """Return quantiles between those of a table, on straight lines in normal scores, which go on beyond its ends.

    A table of a normal distribution, however short, gives that distribution.

    >>> tabulated(np.array([0.5]), (0.05, 0.95), (-1.0, 3.0)).round(9).tolist()
    [1.0]
    """
    scores, known, values = ndtri(probabilities), ndtri(np.asarray(table, dtype=float)), np.asarray(values, dtype=float)
    inside = np.interp(scores, known, values)
    slopes = np.diff(values)[[0, -1]] / np.diff(known)[[0, -1]]
    return inside + slopes[0] * np.minimum(scores - known[0], 0) + slopes[1] * np.maximum(scores - known[-1], 0)


def lognormal_from(low, high):
    """Return {median, sigma} of the lognormal with 5 % below low and 5 % above high, both above 0."""
    return {"median": float(np.sqrt(low * high)), "sigma": float(np.log(high / low) / (2 * ndtri(1 - TAIL)))}


def beta_from(low, high):
    """Return {a, b} of the beta distribution with 5 % below low and 5 % above high, 0 < low < high < 1.

    Solved in logs of a and b from a start at the logit-normal of the same ends;
    raises ValueError where none is found.
    """
    logits = np.log([low / (1 - low), high / (1 - high)])
    center, size = 1 / (1 + np.exp(-logits.mean())), (2 * ndtri(1 - TAIL) / np.ptp(logits)) ** 2
    start = np.log(np.maximum([size / (1 - center), size / center], 1e-3))

    def misses(logs):
        a, b = np.exp(np.clip(logs, -12, 25))
        return stats.beta.cdf([low, high], a, b) - [TAIL, 1 - TAIL]

    found = root(misses, start, tol=1e-12)
    if not np.abs(misses(found.x)).max() < 1e-6:
        raise ValueError(f"no beta distribution has 5 % below {low} and 5 % above {high}")
    return dict(zip(("a", "b"), np.exp(found.x).tolist(), strict=True))


def _lognormal(probabilities, median=None, sigma=None, low=None, high=None):
    if low is not None:
        return _lognormal(probabilities, **lognormal_from(low, high))
    return median * np.exp(sigma * ndtri(probabilities))


def _beta(probabilities, a=None, b=None, low=None, high=None):
    if low is not None:
        return _beta(probabilities, **beta_from(low, high))
    return stats.beta.ppf(probabilities, a, b)


SHAPES = {
    "constant": lambda p, value: np.full(np.shape(p), float(value)),
    "quantiles": two_piece_normal,
    "bounded": pert,
    "normal": lambda p, mean, sd: mean + sd * ndtri(p),
    "lognormal": _lognormal,
    "beta": _beta,
    "uniform": lambda p, low, high: low + (high - low) * p,
    "triangular": _triangular,
    "pert": pert,
    "tabulated": lambda p, probabilities, values: tabulated(p, probabilities, values),
}


def _check_order(assumption):
    numbers = [assumption.parameters[key] for key in ("low", "mode", "high") if key in assumption.parameters]
    if numbers != sorted(numbers):
        raise ValueError(f"assumption {assumption.name}: low, mode, high are {numbers}; "
                         "expected in rising order")


def scrambled_points(count, dimensions, seed, scramblings=1, first=0):
    """Return points that fill the unit cube evenly, shape (scramblings * count, dimensions).

    Sobol points, each block of `count` scrambled anew (Owen 1997), so that the
    spread between blocks tells the Monte Carlo error. count: a power of two.
    first: number of the first scrambling, so that many can be had in parts. Values lie strictly between 0 and 1.
    """
    streams = [np.random.SeedSequence(seed, spawn_key=(first + number,)) for number in range(scramblings)]
    blocks = [stats.qmc.Sobol(dimensions, rng=np.random.default_rng(stream)).random(count)
              for stream in streams]
    return np.clip(np.concatenate(blocks), 1e-12, 1 - 1e-12)


def draw(assumptions, points, correlations=None):
    """Return {name: draws} of these inputs; points has one column for each, in order of name.

    Every input keeps its column whatever the others are, so that changing one
    assumption leaves the draws of the others as they were. correlations: each with
    `first`, `second` and `rank`, as in program.yml; constants have no
    rank and stay out. Raises ValueError for a correlation of an input that is
    not there.
    """
    columns = {name: column for column, name in enumerate(sorted(assumptions))}
    if correlations:
        points = _correlated(assumptions, points, columns, correlations)
    return {name: quantiles(each, points[:, columns[name]]) for name, each in assumptions.items()}


def _correlated(assumptions, points, columns, correlations):
    """Return the points with the columns of correlated inputs mixed; the other columns are as they were."""
    unknown = sorted({name for one in correlations for name in (one.first, one.second)} - columns.keys())
    if unknown:
        raise ValueError(f"correlations name {', '.join(unknown)}; no input has that name")
    constant = {name for name, each in assumptions.items() if each.kind == "constant"}
    kept = [one for one in correlations if not {one.first, one.second} & constant]
    names = [name for name in columns if any(name in (one.first, one.second) for one in kept)]
    matrix = correlation_matrix(names, kept)
    chosen = [columns[name] for name in names]
    points = np.array(points, dtype=float)
    points[:, chosen] = correlate(points[:, chosen], matrix)
    return points
