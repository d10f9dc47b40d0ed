"""Many questions asked at once: p values that keep the share of false discoveries, or the chance of a single one."""

import numpy as np
from scipy.stats import t as student

from upskill.kpi.change import judge

OPEN = "cannot tell"


def benjamini_hochberg(p_values):
    """Return p values adjusted so that rejecting those below q keeps the share of false discoveries at q.

    NaN stay NaN and are not counted. Adjusted p of rank i of n: the smallest of
    p_j n / j over j >= i (Benjamini and Hochberg 1995, JRSS B 57).

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    p_values = np.asarray(p_values, dtype=float)
    known = np.isfinite(p_values)
    if ((p_values[known] < 0) | (p_values[known] > 1)).any():
        raise ValueError("p values lie between 0 and 1")
    order = np.argsort(p_values[known])[::-1]
    ranks = np.arange(known.sum(), 0, -1)
    adjusted = np.full(len(p_values), np.nan)
    smallest = np.minimum.accumulate(p_values[known][order] * known.sum() / ranks) if known.any() else []
    adjusted[np.flatnonzero(known)[order]] = np.minimum(smallest, 1.0)
    return adjusted


def holm(p_values):
    """Return p values adjusted so that rejecting those below a keeps the chance of even one false rejection at a.

    NaN stay NaN and are not counted. Adjusted p of rank i of n: the largest of
    (n - j + 1) p_j over j <= i, at most 1 (Holm 1979, Scandinavian Journal of Statistics 6).

    >>> holm([0.01, 0.04, 0.03, float("nan")]).round(4).tolist()
    [0.03, 0.06, 0.06, nan]
    """
    p_values = np.asarray(p_values, dtype=float)
    known = np.flatnonzero(np.isfinite(p_values))
    if ((p_values[known] < 0) | (p_values[known] > 1)).any():
        raise ValueError("p values lie between 0 and 1")
    order = known[np.argsort(p_values[known], kind="stable")]
    adjusted = np.full(len(p_values), np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1)), 1.0)
    return adjusted


def tail_of_change(value, low, high, level=0.90, degrees_of_freedom=np.inf):
    """Return the one-sided p value of "no change", read back from the interval of a relative change.

    `value`, `low`, `high`: relative change (-0.2 = 20 % lower), the interval of Student's t around its logarithm.
    The side of the interval that faces no change counts. NaN where there is no interval.

    >>> round(tail_of_change(0.2, 0.0, 0.44), 3), round(tail_of_change(-0.2, -0.36, 0.0), 3)
    (0.05, 0.05)
    """
    center, near = np.log1p([value, low if value > 0 else high])
    if not np.isfinite([center, near]).all():
        return float("nan")
    if center == near:  # an interval without width, as where all teams moved alike
        return 0.0 if center else 1.0
    steps = student.ppf(0.5 + level / 2, degrees_of_freedom) * abs(center / (center - near))
    return float(student.sf(steps, degrees_of_freedom))


def moved_beyond_chance(tails, level=0.90):
    """Tell which of many changes in one direction are more than chance makes of that many: boolean, one per p value.

    `tails`: one-sided p values, 1 for what moved the other way. The chance that any of them is named although nothing
    moved is at most (1 - `level`) / 2, however many are looked at (`holm`).

    >>> moved_beyond_chance([0.001, 0.02, 0.03] + [1.0] * 10).tolist()[:3]
    [True, False, False]
    """
    return holm(tails) <= (1 - level) / 2


def judge_together(changes, margin, level=0.90):
    """Return the verdict of each of many changes that are looked at together.

    `changes`: (value, low, high, better, teams behind it) each; better: "lower" or "higher". As `judge` says of
    one alone; but "improved" and "worsened" only where the change is more than chance makes of that many: of
    thirteen indicators that all stand still, one seems to move.

    >>> slow = (0.2, 0.01, 0.43, "lower", 8)
    >>> judge_together([slow], 0.1), judge_together([slow] + [(0.0, -0.1, 0.1, "lower", 8)] * 12, 0.1)[0]
    (['worsened'], 'cannot tell')
    """
    alone = [judge(low, high, better, margin) for _, low, high, better, _ in changes]
    for direction in ("improved", "worsened"):
        tails = [_tail_towards(direction, *change, level) for change in changes]
        alone = [OPEN if verdict == direction and not is_beyond else verdict
                 for verdict, is_beyond in zip(alone, moved_beyond_chance(tails, level), strict=True)]
    return alone


def _tail_towards(direction, value, low, high, better, teams, level):
    if not np.isfinite([value, low, high]).all():
        return float("nan")
    is_better = (value > 0) == (better == "higher")
    degrees_of_freedom = teams - 1 if teams > 1 else np.inf  # one series has a normal interval
    return tail_of_change(value, low, high, level, degrees_of_freedom) if is_better == (direction == "improved") else 1.0
