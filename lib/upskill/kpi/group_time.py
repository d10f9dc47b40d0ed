"""Group-time average effects and their aggregations, with analytic standard errors from influence functions.

Callaway and Sant'Anna 2021, Difference-in-Differences with Multiple Time Periods, Journal of Econometrics 225.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData

CONTROLS = ("not_yet", "never")


@dataclass(frozen=True)
class GroupTime:
    """Effects of each cohort in each period, and what aggregates them.

    `cohort`, `period`: positions; `value`: effects; `influence`: cells × units (the
    standard error is the root of the sum of squares over the number of units).
    """

    cohort: np.ndarray
    period: np.ndarray
    value: np.ndarray
    influence: np.ndarray = field(repr=False)
    first: np.ndarray = field(repr=False)
    clock: np.ndarray = field(repr=False)

    def error(self, influence):
        """Standard error by row of influences."""
        return np.sqrt((influence**2).sum(axis=-1)) / len(self.first)


def group_time_effects(panel, control="not_yet"):
    """Estimate the effect of each cohort in each period after the first (before its start: placebos).

    Each cell is a difference of differences: the cohort's change since the period
    before its start (before the start: since the period before), less that of units
    never treated, or not treated yet by then. Units must be observed at both ends.
    Covariates enter by outcome regression: the change that units of the same
    covariates would have had (Sant'Anna and Zhao 2020, equation 2.2). Raises
    NotEnoughData where no cell has a control.
    """
    if control not in CONTROLS:
        raise ValueError(f"control is one of {', '.join(CONTROLS)}, not {control!r}")
    cells = []
    for start in panel.cohorts:
        for period in range(1, panel.periods):
            base = min(period, start) - 1
            beyond = panel.periods - 1 if control == "never" else max(period, base)
            cell = _cell(panel, start, period, base, panel.first > beyond)
            if cell is not None:
                cells.append((start, period, *cell))
    if not cells:
        raise NotEnoughData(f"no {control.replace('_', '-')}-treated units to compare with")
    cohort, period, value, influence = (np.array(column) for column in zip(*cells))
    return GroupTime(cohort, period, value, influence, panel.first, panel.clock)


def _cell(panel, start, period, base, is_control):
    """Effect and influence by unit of one cohort in one period, or None without both sides."""
    change = panel.outcome[:, period] - panel.outcome[:, base]
    there = np.isfinite(change)
    treated, controls = there & (panel.first == start), there & is_control & (panel.first != start)
    n, ones, zeros = len(change), treated.sum(), controls.sum()
    if not ones or not zeros:
        return None
    change = np.where(there, change, 0.0)
    if panel.covariates is None:
        foretold, through = np.full(n, change[controls].mean()), None
    else:
        design = np.column_stack([np.ones(n), panel.covariates])
        gram = design[controls].T @ design[controls]
        if np.linalg.matrix_rank(gram) < len(gram):
            return None
        foretold = design @ np.linalg.solve(gram, design[controls].T @ change[controls])
        through = design @ np.linalg.solve(gram, design[treated].sum(axis=0))
    gap = change - foretold
    value = gap[treated].mean()
    influence = np.zeros(n)
    influence[treated] = n / ones * (gap[treated] - value)
    weight = 1 / zeros if through is None else through[controls] / ones
    influence[controls] -= n * weight * gap[controls]
    return float(value), influence


def aggregate(cells):
    """Average the cells in the four usual ways; return (table, influence of each row).

    Kinds: `simple` (all treated cells by cohort size), `group` (mean over each
    cohort's treated periods), `dynamic` (by event time), `calendar` (by period). The
    row without a label is the overall average of its kind. Influences include that
    cohort shares are estimated.
    """
    after = cells.period >= cells.cohort
    event = cells.clock[cells.period] - cells.clock[cells.cohort]
    rows = [("simple", np.nan, *_weighted(cells, after))]
    rows += _kind(cells, "group", cells.cohort, after, equal=True)
    rows += _kind(cells, "dynamic", event, np.ones(len(after), bool), overall=lambda e: e >= 0)
    rows += _kind(cells, "calendar", cells.period, after)
    influence = np.array([row[3] for row in rows])
    table = pd.DataFrame([row[:3] for row in rows], columns=["kind", "label", "value"])
    return table.assign(standard_error=cells.error(influence)), influence


def _kind(cells, kind, labels, chosen, equal=False, overall=lambda label: True):
    """Rows of one kind: the overall one, then each label."""
    parts = [(label, *_weighted(cells, chosen & (labels == label), equal)) for label in np.unique(labels[chosen])]
    used = [part for part in parts if overall(part[0])]
    if not used:
        return [(kind, *part) for part in parts]
    if kind == "group":  # cohorts by their size
        value, influence = _by_share(cells, np.array([p[0] for p in used]), np.array([p[1] for p in used]),
                                     np.array([p[2] for p in used]))
    else:
        value, influence = np.mean([p[1] for p in used]), np.mean([p[2] for p in used], axis=0)
    return [(kind, np.nan, value, influence), *((kind, *part) for part in parts)]


def _weighted(cells, chosen, equal=False):
    """Average of the chosen cells by cohort share, or plainly."""
    if equal:
        return cells.value[chosen].mean(), cells.influence[chosen].mean(axis=0)
    return _by_share(cells, cells.cohort[chosen], cells.value[chosen], cells.influence[chosen])


def _by_share(cells, cohorts, values, influences):
    member = cells.first == cohorts[:, None]
    share = member.mean(axis=1)
    weight = share / share.sum()
    average = float(weight @ values)
    # How the estimated shares move the average.
    of_shares = ((member - share[:, None]) * (values - average)[:, None]).sum(axis=0) / share.sum()
    return average, weight @ influences + of_shares
