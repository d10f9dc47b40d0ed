"""Cohen's kappa of two raters, plain or weighted."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from upskill.data import NotEnoughData
from upskill.skills.agreement import Agreement
from upskill.skills.resample import check_level

WEIGHTS = ("unweighted", "linear", "quadratic")


def weighted_kappa(ratings, weights="quadratic", level=0.90):
    """Return Cohen's kappa of two raters with its interval: 1 = full agreement, 0 = what chance would give.

    Parameters
    ----------
    ratings : units × 2 raters, DataFrame or array; NaN = not rated, and the
        unit is left out. Numbers, or any labels with weights "unweighted".
    weights : "unweighted" (any difference counts alike), "linear", "quadratic"
        (difference of the two ratings, or its square), or an array of
        disagreements, categories × categories, first rater in rows, in the
        sorted order of the categories that occur.
    level : probability of the interval.

    kappa = 1 - sum(v p) / sum(v e), with the shares p of pairs of ratings, the
    shares e that chance would give, and the disagreements v (Cohen 1968,
    Psychological Bulletin 70, 213-220). Interval: normal, with the standard
    error for large samples (Fleiss, Cohen and Everitt 1969, Psychological
    Bulletin 72, 323-327); too narrow below about 30 units, and without width
    where all agree.

    Raises NotEnoughData for fewer than 2 units rated by both, or where chance
    alone leaves no disagreement; ValueError for other weights or shapes, or a
    level outside 0 to 1.

    >>> found = weighted_kappa([[1, 1], [2, 2], [3, 2], [3, 3]], weights="linear")
    >>> round(found.value, 3)
    0.714
    """
    table = pd.DataFrame(ratings).dropna()
    if table.shape[1] != 2:
        raise ValueError(f"kappa compares 2 raters, in 2 columns; here {table.shape[1]} columns")
    both = table.to_numpy()
    categories, codes = np.unique(both, return_inverse=True)
    first, second = codes.reshape(both.shape).T
    counts = np.zeros((len(categories), len(categories)))
    np.add.at(counts, (first, second), 1)
    return kappa_of_counts(counts, _disagreements(weights, categories), level)


def kappa_of_counts(counts, weights="quadratic", level=0.90):
    """Return kappa, as `weighted_kappa`, of a square table of counts: first rater in rows, second in columns.

    With named weights the categories are 0, 1, … in the order of the table.

    >>> round(kappa_of_counts([[20, 5], [10, 15]], "unweighted").value, 2)
    0.4
    """
    check_level(level)
    counts = np.asarray(counts, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or (counts < 0).any() or not np.isfinite(counts).all():
        raise ValueError("counts must be a square table of numbers not below 0")
    units = counts.sum()
    disagreements = _disagreements(weights, np.arange(len(counts)))
    shares = counts / max(units, 1)
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    chance = rows @ disagreements @ columns
    if units < 2 or chance <= 0:
        raise NotEnoughData("Kappa needs at least 2 units rated by both raters, and ratings that differ.")
    value = 1 - (shares * disagreements).sum() / chance
    error = _standard_error(shares, 1 - disagreements / disagreements.max(), value, units)
    wide = ndtri((1 + level) / 2) * error
    ends = np.clip([value - wide, value + wide], min(-1, value), 1)
    return Agreement(float(value), float(ends[0]), float(ends[1]), int(units), 2, level)


def _disagreements(weights, categories):
    if not isinstance(weights, str):
        table = np.asarray(weights, dtype=float)
        if table.shape != (len(categories), len(categories)) or (table < 0).any() or not np.isfinite(table).all():
            size = len(categories)
            raise ValueError(f"weights must be {size} × {size} disagreements not below 0: {size} categories occur")
        return table
    if weights not in WEIGHTS:
        raise ValueError(f"weights={weights!r}: expected one of {', '.join(WEIGHTS)}, or a table of disagreements")
    if weights == "unweighted":
        return 1 - np.eye(len(categories))
    apart = np.abs(np.subtract.outer(*2 * [np.asarray(categories, dtype=float)]))
    return apart if weights == "linear" else apart**2


def _standard_error(shares, agreements, value, units):
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    chance = rows @ agreements @ columns
    means = (agreements @ columns)[:, None] + (rows @ agreements)[None, :]
    squares = (shares * (agreements - means * (1 - value)) ** 2).sum() - (value - chance * (1 - value)) ** 2
    return np.sqrt(max(squares, 0) / units) / (1 - chance)
