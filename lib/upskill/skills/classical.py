"""Classical test theory: items, errors of scores, true scores."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills.reliability import coefficient_alpha

UPPER_LOWER = 0.27  # share of people at each end whose difference is the discrimination index (Kelley 1939)


@dataclass(frozen=True)
class TrueScore:
    """A true score estimated from one observed score, with its standard error."""

    value: float
    standard_error: float


def item_statistics(scores, missing="pairwise"):
    """Return one row per item: how hard it is and how well it goes with the others.

    Parameters
    ----------
    scores : persons × items, DataFrame or array; NaN = missing.
    missing : "pairwise" (default: an item from those who answered it, beside
        the mean of the other items that they answered, standardized first
        where anything is missing) or "listwise" (those who answered all).

    Columns: people (who answered), difficulty (mean share of the way from the
    lowest to the highest score seen; high = easy), standard_deviation,
    item_rest_correlation (with the sum of the other items; corrected, as the
    item itself is left out), discrimination_index (difficulty among the 27 %
    with the highest rest score less that among the lowest 27 %),
    alpha_if_dropped (coefficient alpha without the item). NaN where it cannot
    be told: an item that everybody answered alike, fewer than 3 people.

    Raises NotEnoughData for fewer than 2 items or 3 people, ValueError for
    another `missing`.

    >>> table = item_statistics([[0, 0, 1], [0, 1, 0], [1, 1, 1], [1, 1, 0], [0, 0, 0]])
    >>> table["item_rest_correlation"].round(2).tolist()
    [0.65, 0.33, 0.0]
    """
    if missing not in ("listwise", "pairwise"):
        raise ValueError(f"missing={missing!r}: expected 'listwise' or 'pairwise'")
    frame = pd.DataFrame(scores).astype(float)
    frame = frame.dropna() if missing == "listwise" else frame.dropna(how="all")
    if frame.shape[1] < 2 or len(frame) < 3:
        raise NotEnoughData(f"Item statistics need at least 2 items and 3 people; here {frame.shape[1]} items and "
                            f"{len(frame)} people.")
    complete = frame if not frame.isna().any(axis=None) else (frame - frame.mean()) / frame.std()
    places = np.arange(frame.shape[1])
    rows = [_item(frame.iloc[:, j], complete.iloc[:, places != j].mean(axis=1), frame.iloc[:, places != j], missing)
            for j in places]
    return pd.DataFrame(rows, index=frame.columns)


def _item(own, rest, others, missing):
    known = own.notna() & rest.notna()
    low, high = own.min(), own.max()
    share = (own - low) / (high - low) if high > low else own * np.nan
    return {
        "people": int(own.notna().sum()),
        "difficulty": share.mean(),
        "standard_deviation": own.std(),
        "item_rest_correlation": _correlation(own[known], rest[known]),
        "discrimination_index": _index(share[known], rest[known]),
        "alpha_if_dropped": _alpha(others, missing),
    }


def _correlation(first, second):
    if len(first) < 3 or not (first.std() > 0 and second.std() > 0):
        return np.nan
    return float(np.corrcoef(first, second)[0, 1])


def _index(share, rest):
    count = max(round(UPPER_LOWER * len(rest)), 1)
    order = np.argsort(rest.to_numpy(), kind="stable")
    return float(share.iloc[order[-count:]].mean() - share.iloc[order[:count]].mean()) if len(rest) else np.nan


def _alpha(others, missing):
    try:
        return coefficient_alpha(others, missing=missing).value
    except NotEnoughData:
        return np.nan


def standard_error_of_measurement(standard_deviation, reliability):
    """Return how far observed scores of one person spread: s × sqrt(1 - r).

    `standard_deviation` of observed scores, at least 0; `reliability` from 0
    to 1. Raises ValueError outside (Lord and Novick 1968, section 3.7).

    >>> round(standard_error_of_measurement(10, 0.80), 6)
    4.472136
    """
    _check_reliability(reliability, standard_deviation)
    return float(standard_deviation * np.sqrt(1 - reliability))


def true_score(score, mean, standard_deviation, reliability):
    """Return Kelley's estimate of a true score: drawn toward the mean of the group as far as the test is unreliable.

    T = r x + (1 - r) mean, standard error s × sqrt(r (1 - r)) (Kelley 1947,
    Fundamentals of Statistics). `reliability` from 0 to 1, `standard_deviation`
    of observed scores. Raises ValueError outside.

    >>> found = true_score(30, 50, 10, 0.80)
    >>> round(found.value, 6), round(found.standard_error, 6)
    (34.0, 4.0)
    """
    _check_reliability(reliability, standard_deviation)
    value = reliability * score + (1 - reliability) * mean
    return TrueScore(float(value), float(standard_deviation * np.sqrt(reliability * (1 - reliability))))


def spearman_brown(reliability, times):
    """Return the reliability of a test made `times` as long with items of the same kind.

    n r / (1 + (n - 1) r) (Spearman 1910, Brown 1910, British Journal of
    Psychology 3). `reliability` below 1 and above -1 / (n - 1), `times` above 0.
    Raises ValueError outside.

    >>> round(spearman_brown(0.70, 2), 6), round(spearman_brown(0.70, 0.5), 6)
    (0.823529, 0.538462)
    """
    if not times > 0:
        raise ValueError(f"times={times!r}: expected a number above 0")
    spread = 1 + (times - 1) * reliability
    if not (reliability <= 1 and spread > 0):
        raise ValueError(f"reliability={reliability!r}: out of range for a test made {times} times as long")
    return float(times * reliability / spread)


def _check_reliability(reliability, standard_deviation):
    if not 0 <= reliability <= 1:
        raise ValueError(f"reliability={reliability!r}: expected 0 to 1")
    if not standard_deviation >= 0:
        raise ValueError(f"standard_deviation={standard_deviation!r}: expected at least 0")
