"""How well raters agree, whatever they rate."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills.resample import check_level, tails

MEASUREMENTS = ("nominal", "ordinal", "interval", "ratio")
RESAMPLES = 2000


@dataclass(frozen=True)
class Agreement:
    """An agreement with its interval, and what it rests on; `units` are those with at least two ratings."""

    value: float
    low: float
    high: float
    units: int
    raters: int
    level: float = 0.90


def krippendorff_alpha(ratings, measurement="ordinal", level=0.90, seed=20261123, groups=None):
    """Return Krippendorff's alpha: 1 = full agreement, 0 = what chance would give.

    Parameters
    ----------
    ratings : units × raters, DataFrame or array of numbers; NaN = not rated.
        For "nominal" any labels; for "ordinal" also columns of ordered categories.
    measurement : "nominal", "ordinal", "interval" or "ratio" (numbers from 0 up).
    level : probability of the interval.
    seed : of the bootstrap.
    groups : label of each unit, where units hang together (all competencies of
        one person, say): the bootstrap then draws groups.

    alpha = 1 - D_o / D_e, the observed over the expected mean squared distance
    of pairs of ratings (Krippendorff 2004, Content Analysis, chapter 11); the
    distance of ordered categories is the number of ratings between their
    middles. The interval is that of a bootstrap over units (percentiles,
    widened for few of them); rough below about 8 units. Where all agree the bootstrap has nothing to
    say; the lower end then is ((1 - level) / 2)^(1 / units): if a larger share of
    units were rated by chance, so much agreement would be rarer than that.

    Raises NotEnoughData for fewer than 2 units with two ratings, or ratings
    that are all alike; ValueError for another measurement, a level outside 0 to 1,
    infinite ratings, text where numbers are needed, or units without a group.

    >>> found = krippendorff_alpha([[1, 1], [2, 2], [3, 3], [3, 2]])
    >>> round(found.value, 2)
    0.79
    """
    if measurement not in MEASUREMENTS:
        raise ValueError(f"measurement={measurement!r}: expected one of {', '.join(MEASUREMENTS)}")
    check_level(level)
    table = _as_table(ratings, measurement)
    rated = np.isfinite(table).sum(axis=1) >= 2
    table = table[rated]
    values = np.unique(table[np.isfinite(table)])
    if len(table) < 2 or len(values) < 2:
        raise NotEnoughData("Alpha needs at least 2 units rated twice, and ratings that differ.")
    counts = (table[:, :, None] == values).sum(axis=1).astype(float)
    member = _groups(groups, rated)
    count = member.max() + 1
    if count < 2:
        raise NotEnoughData("The interval of alpha needs units of at least 2 groups.")
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES)[:, member]
    low, high = np.nanquantile(_alphas(counts, values, draws, measurement), tails(level, count))
    (value,) = _alphas(counts, values, np.ones((1, len(table))), measurement)
    if ((counts > 0).sum(axis=1) == 1).all():
        low = ((1 - level) / 2) ** (1 / count)
    return Agreement(float(value), float(low), float(high), len(table), table.shape[1], level)


def _as_table(ratings, measurement):
    """Return ratings as floats, NaN = not rated; labels and ordered categories by number."""
    frame = pd.DataFrame(ratings)
    if measurement == "nominal":
        labels, _ = pd.factorize(frame.to_numpy(dtype=object).ravel())
        return np.where(labels < 0, np.nan, labels).reshape(frame.shape)
    orders = [column.dtype for _, column in frame.items() if isinstance(column.dtype, pd.CategoricalDtype)]
    if measurement == "ordinal" and len(orders) == frame.shape[1] > 0 and orders[0].ordered and len(set(orders)) == 1:
        numbers = np.column_stack([column.cat.codes for _, column in frame.items()])
        return np.where(numbers < 0, np.nan, numbers)
    table = numbers_of(frame)
    if measurement == "ratio" and (table < 0).any():
        raise ValueError("a rating is below 0: a ratio scale begins at 0")
    return table


def numbers_of(ratings):
    """Return a table as floats, NaN = missing; raises ValueError for text or infinite numbers."""
    try:
        table = pd.DataFrame(ratings).astype(float).to_numpy()
    except (TypeError, ValueError) as error:
        raise ValueError(f"ratings must be numbers, NaN where missing ({error}); labels without an order: "
                         "krippendorff_alpha with measurement='nominal'") from None
    if np.isinf(table).any():
        raise ValueError("a rating is infinite: expected numbers, or NaN where missing")
    return table


def _groups(groups, rated):
    """Return the number of each rated unit's group; each unit for itself where there are no groups."""
    if groups is None:
        return np.arange(rated.sum())
    labels = np.asarray(groups, dtype=object)
    if labels.shape != rated.shape or pd.isna(labels).any():
        raise ValueError(f"groups has {np.sum(~pd.isna(labels))} labels for {len(rated)} units: expected one each")
    return pd.factorize(labels[rated])[0]


def _alphas(counts, values, weights, measurement):
    """Return alpha for each row of `weights` (how often each unit counts); NaN where no ratings differ.

    `counts`: units × values, how often each value was given.
    """
    sums, size = weights @ counts, counts.sum(axis=1, keepdims=True)
    if measurement in ("nominal", "ratio"):
        squares = _squared_distances(values, measurement)
        within, expected = _sum_of_pairs(counts, squares)[:, None], _sum_of_pairs(sums, squares)
    else:
        places = _places(values, sums, measurement)
        within = 2 * (size * (counts @ (places**2).T) - (counts @ places.T) ** 2)
        expected = 2 * (sums.sum(axis=1) * (sums * places**2).sum(axis=1) - (sums * places).sum(axis=1) ** 2)
    observed = (weights.T * within / (size - 1)).sum(axis=0)
    differ = (sums > 0).sum(axis=1) > 1
    return np.where(differ, 1 - (sums.sum(axis=1) - 1) * observed / np.where(differ, expected, 1), np.nan)


def _sum_of_pairs(counts, squares):
    return ((counts @ squares) * counts).sum(axis=1)


def _squared_distances(values, measurement):
    if measurement == "nominal":
        return 1 - np.eye(len(values))
    total = np.add.outer(values, values)
    return (np.subtract.outer(values, values) / np.where(total == 0, 1, total)) ** 2


def _places(values, sums, measurement):
    """Return places on a line whose differences are the distances: of the values, or of the middles of their ranks."""
    if measurement == "ordinal":
        return np.cumsum(sums, axis=1) - sums / 2
    return np.broadcast_to(values - values.mean(), sums.shape)
