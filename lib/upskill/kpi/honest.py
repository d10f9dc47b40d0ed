"""How far comparison teams may have drifted away before an effect is in doubt.

Rambachan and Roth 2023, A More Credible Approach to Parallel Trends, Review of Economic Studies 90: the gap between
treated and comparison units may change from one block of periods to the next by at most M times the largest change seen
between blocks before the start.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from upskill.data import NotEnoughData

BOUNDS = (0.0, 0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class Sensitivity:
    """Bounds on the mean effect after the start.

    `table`: by M: low and high of the mean effect. `breakdown`: smallest M at which
    the interval holds zero (0 if it does already, infinite if never below 100).
    `block`: periods per block; `value`, `standard_error`: mean gap after the start less the
    gap in the last block before it. `gaps`: block (0 = first since the start), value,
    standard_error.
    """

    table: pd.DataFrame = field(repr=False)
    breakdown: float
    block: int
    value: float
    standard_error: float
    gaps: pd.DataFrame = field(repr=False)


def sensitivity_bounds(panel, bounds=BOUNDS, critical=None, level=0.90, block=None):
    """Bound the mean effect when drift after the start is at most M times the largest drift before.

    panel: `Panel`; critical: of the interval in standard errors (normal by default).
    With a the blocks since the start, the bias of their mean is at most M times the
    largest earlier change times the mean of a = 1, 2, …. The interval is the union
    over earlier changes and signs of the interval of value - M * mean(a) * change, which
    covers whichever change is the largest: exact for normal errors, on the safe
    side. Raises NotEnoughData with fewer than three blocks before the start.
    """
    block = block or _block_length(panel)
    sums, covariance, blocks = _gaps(panel, block)
    before, after = blocks < 0, blocks >= 0
    if before.sum() < 2 or not after.any():
        raise NotEnoughData("drift before the start cannot be measured: it needs three blocks of periods before")
    critical = norm.ppf(0.5 + level / 2) if critical is None else critical
    mean = after / after.sum()
    # Changes between neighboring blocks before the start; the gap in the last one is zero by definition.
    steps = np.diff(np.eye(len(blocks))[before], axis=0, append=np.zeros((1, len(blocks))))
    reach = float((blocks[after] + 1).mean())

    def ends(bound):
        ways = np.concatenate([mean + sign * bound * reach * steps for sign in (-1, 1)])
        center, error = ways @ sums, np.sqrt(np.einsum("wi,ij,wj->w", ways, covariance, ways))
        return float((center - critical * error).min()), float((center + critical * error).max())

    table = pd.DataFrame([(bound, *ends(bound)) for bound in bounds], columns=["M", "low", "high"])
    errors = np.sqrt(np.diag(covariance))
    return Sensitivity(table, _breakdown(ends), block, float(mean @ sums), float(np.sqrt(mean @ covariance @ mean)),
                       pd.DataFrame({"block": blocks, "value": sums, "standard_error": errors}))


def _breakdown(ends):
    def margin(bound):
        low, high = ends(bound)
        return max(low, -high)

    if margin(0.0) <= 0:
        return 0.0
    return float(brentq(margin, 0.0, 100.0)) if margin(100.0) < 0 else np.inf


def _block_length(panel):
    """Periods per block: four in the time that most treated units have before their start, three in the shortest if it can be."""
    starts = panel.first[panel.first < panel.periods]
    return max(1, min(int(np.median(starts)) // 4, starts.min() // 3 if starts.min() >= 3 else starts.max()))


def _gaps(panel, block):
    """Mean gap by block less the gap in the last block before, with covariances from the spread within cohorts.

    Each cohort is compared with the units that are not treated until the end of its
    last block; the blocks are those that every cohort of the comparison has, after the start.
    """
    event = panel.event_time()
    longest = {start: _blocks_after(panel, start, block) for start in panel.cohorts}
    longest = {start: count for start, count in longest.items() if count > 0 and start >= 3 * block}
    if not longest:
        raise NotEnoughData("no cohort has three blocks of periods before its start and comparison units over one since")
    last = min(longest.values())
    first = -min(min(start // block for start in longest), 8)
    blocks = np.array([number for number in range(first, last) if number != -1])
    total = sum((panel.first == start).sum() for start in longest)
    parts = np.zeros((len(blocks), len(panel.first)))
    for start in longest:
        mine = panel.first == start
        controls = panel.first >= min(start + last * block, panel.periods)
        clock = event[np.flatnonzero(mine)[0]] // block
        means = _block_means(panel.outcome, clock, np.append(blocks, -1))
        change = means[:-1] - means[-1]
        there = np.isfinite(change)
        for sign, side in ((1, mine), (-1, controls & ~mine)):
            count = (there & side).sum(axis=1)
            if (count == 0).any():
                raise NotEnoughData("a block of periods has no values")
            parts += sign * mine.sum() / total * np.where(there & side, change, 0) / count[:, None]
    return parts.sum(axis=1), _within_cohorts(parts, panel.first), blocks


def _blocks_after(panel, start, block):
    """Whole blocks since the start with comparison units throughout."""
    ends = panel.first[panel.first > start]
    room = (min(ends.max(), panel.periods) - start) if len(ends) else 0
    return int(room // block)


def _block_means(outcome, clock, blocks):
    """Blocks × units: mean of the observed values; NaN where there is none."""
    rows = []
    for number in blocks:
        values = outcome[:, clock == number]
        count = np.isfinite(values).sum(axis=1)
        rows.append(np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan))
    return np.array(rows)


def _within_cohorts(parts, first):
    covariance = np.zeros((len(parts), len(parts)))
    for cohort in np.unique(first):
        mine = parts[:, first == cohort]
        size = mine.shape[1]
        if size > 1:
            off = mine - mine.mean(axis=1, keepdims=True)
            covariance += size / (size - 1) * off @ off.T
    return covariance
