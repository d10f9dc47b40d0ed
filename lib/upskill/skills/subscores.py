"""Whether a part of a test deserves a score of its own, or is better told by the whole (Haberman 2008)."""

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills.answers import as_numbers
from upskill.skills.resample import tails

FEWEST_PERSONS = 10
FEW_PERSONS = 100  # below which the answer is often just "cannot tell": Haberman's numbers come from thousands
VERDICTS = ("own score", "no own score", "cannot tell", "too few items")


def subscore_value(responses, parts, level=0.90, draws=500, seed=20261125):
    """Tell for each part of a test whether its own score says more about it than the total score does.

    Parameters
    ----------
    responses : persons × items; NaN = missing (each covariance from those who answered both).
    parts : name of the part of each item, in the order of the columns; every item is in one.
    level : probability of the interval of `gain`.
    draws, seed : bootstrap over people.

    Returns one row per part: part, items, people, from_part, from_total, from_both
    (proportional reduction in mean squared error when the true part score is estimated
    from the part score, the total, or both; 0 = no better than everybody's mean, 1 =
    perfect; null where a part has one item), gain = from_part - from_total with low
    and high, and verdict: "own score" (the interval of gain is above 0), "no own
    score" (nowhere above 0), "cannot tell", or "too few items".

    With s the part, x the total, t the true part score (variance r var(s), r =
    coefficient alpha): cov(t, x) = cov(s, x) - (1 - r) var(s); from_part = r,
    from_total = cov(t, x)² / (var(t) var(x)), from_both = R² of t on s and x
    (Haberman 2008, Journal of Educational and Behavioral Statistics 33, 204-229).

    Raises NotEnoughData for fewer than 10 people or one part only; ValueError where
    `parts` does not match.
    """
    frame = as_numbers(responses)
    names, member = _members(frame, parts)
    values = frame[frame.notna().any(axis=1)].to_numpy()
    if len(values) < FEWEST_PERSONS:
        raise NotEnoughData(f"{len(values)} people answered; subscores need at least {FEWEST_PERSONS}.")
    spread = np.nanmax(values, axis=0, initial=-np.inf) > np.nanmin(values, axis=0, initial=np.inf)
    found = _reductions(covariance(values), member & spread[:, None])
    random = np.random.default_rng(seed)
    again = np.array([_reductions(covariance(values, weight), member & spread[:, None])
                      for weight in random.multinomial(len(values), np.full(len(values), 1 / len(values)), draws)])
    gain = again[:, 0] - again[:, 1]
    low, high = np.full((2, len(names)), np.nan)
    known = np.isfinite(found[0])
    low[known], high[known] = np.nanquantile(gain[:, known], tails(level, len(values)), axis=0)
    table = pd.DataFrame({
        "part": names, "items": (member & spread[:, None]).sum(axis=0), "people": len(values),
        "from_part": found[0], "from_total": found[1], "from_both": found[2],
        "gain": found[0] - found[1], "low": low, "high": high})
    return table.assign(verdict=np.select([~known, low > 0, high <= 0], ["too few items", *VERDICTS[:2]], VERDICTS[2]))


def _members(frame, parts):
    parts = pd.Series(list(parts), dtype=object)
    if len(parts) != frame.shape[1] or parts.isna().any():
        raise ValueError(f"parts has {parts.notna().sum()} names for {frame.shape[1]} items: give one per item")
    names = list(dict.fromkeys(parts))
    if len(names) < 2:
        raise NotEnoughData("All items are of one part: there is nothing to compare it with.")
    return names, np.array([[part == name for name in names] for part in parts])


def covariance(values, weights=None):
    """Return the covariances of items, each from the people who answered both (n - 1); `weights` count people."""
    asked = np.isfinite(values).astype(float)
    weights = np.ones(len(values)) if weights is None else weights
    centered = np.where(asked > 0, values - np.nanmean(values, axis=0), 0.0)
    counted = asked * weights[:, None]
    pairs = counted.T @ asked
    sums = (centered * weights[:, None]).T @ asked
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((centered * weights[:, None]).T @ centered - sums * sums.T / pairs) / (pairs - 1)


def _reductions(matrix, member):
    """Return from_part, from_total and from_both, shape (3, parts), from item covariances."""
    member = member.astype(float)
    matrix = np.where(np.isfinite(matrix), matrix, 0.0)
    count = member.sum(axis=0)
    within = member.T @ matrix @ member
    variance, with_total, total = np.diag(within), within.sum(axis=1), within.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = count / (count - 1) * (1 - member.T @ np.diag(matrix) / variance)
        alpha = np.where((count > 1) & (alpha > 0), np.minimum(alpha, 1), np.where(count > 1, 0.0, np.nan))
        true = alpha * variance
        shared = with_total - (variance - true)
        from_total = np.where(true > 0, np.clip(shared**2 / (true * total), 0, 1), np.where(count > 1, 0.0, np.nan))
        spare = variance * total - with_total**2
        explained = (true**2 * total - 2 * true * shared * with_total + shared**2 * variance) / (spare * true)
    from_both = np.where((spare > 1e-12 * variance * total) & (true > 0), explained, from_total)
    return np.array([alpha, from_total, np.clip(from_both, 0, 1)])
