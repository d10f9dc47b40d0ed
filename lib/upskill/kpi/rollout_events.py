"""The effect by time since the start, with placebos before it."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from upskill.kpi.imputation import imputation_error, imputation_weights, patterns, usable_cells
from upskill.kpi.randomization import CohortScores, draw_assignments, is_studentized

MOST_PLACEBOS = 26
ROW_DRAWS = 499
COLUMNS = ("event_time", "value", "standard_error", "low", "high", "p_value", "units", "is_after")


def lead_count(panel):
    """Periods before the start that are tried as placebos: half of the longest time before, at most 26."""
    before = panel.first[panel.first < panel.periods]
    return int(min(before.max() // 2, MOST_PLACEBOS))


def event_study(ready, level=0.90, permute=True, published=False, seed=1):
    """Average imputed effect by event time (0 = first treated period), and placebos below 0.

    Placebos suppose that everyone had started earlier by `lead_count` periods and use
    data from before the true start alone: they should be zero. `permute`: intervals
    from the other assignments (few units), else t; `published`: errors of
    `imputation_error`. Columns event_time, value, standard_error, low, high, p_value,
    units, is_after.
    """
    leads = lead_count(ready.panel)
    after = _rows(ready, ready.panel.first, lambda event: event >= 0, level, permute, published, seed)
    parts = [after]
    if leads:
        early = np.where(ready.panel.first < ready.panel.periods, ready.panel.first - leads, ready.panel.periods)
        parts.insert(0, _rows(ready, early, lambda event: (event < leads) & (event >= 0), level, permute, False, seed, leads))
    return pd.concat([part for part in parts if part is not None], ignore_index=True)


def placebo(ready, level=0.90, permute=True, seed=1):
    """Average placebo of the periods before the start, as one row of `event_study`, or None without any."""
    leads = lead_count(ready.panel)
    if not leads:
        return None
    early = np.where(ready.panel.first < ready.panel.periods, ready.panel.first - leads, ready.panel.periods)
    found = _rows(ready, early, lambda event: (event < leads) & (event >= 0), level, permute, False, seed, leads, whole=True)
    return None if found is None else found.iloc[0]


def _rows(ready, first, chosen, level, permute, published, seed, leads=0, whole=False):
    panel = ready.panel
    observed = panel.observed & ((first == panel.first)[:, None] | ~panel.after)  # placebos: not a cell after the true start
    rows, group, sizes = patterns(observed, panel.first)
    usable = usable_cells(observed, first)
    event = panel.event_time(first)
    cells = usable & chosen(event)
    if not cells.any():
        return None
    times = np.array([0]) if whole else np.unique(event[cells])
    masks = np.array([cells[rows] if whole else cells[rows] & (event[rows] == time) for time in times])
    counts = np.einsum("r,krt->k", sizes, masks)
    targets = masks / counts[:, None, None]
    weights = imputation_weights(observed[rows], first[rows], targets, sizes)
    outcome = np.where(observed, np.nan_to_num(panel.outcome), 0.0)
    units = np.array([(cells & ((event == time) | whole)).any(axis=1).sum() for time in times])
    table = pd.DataFrame({"event_time": times - leads, "units": units})
    numbers = _numbers(ready, weights, group, outcome, level, permute, seed)
    if published:
        numbers = _by_t(numbers[0], imputation_error(weights[:, group], ready.fit, first), np.inf, level)
    for name, column in zip(("value", "standard_error", "low", "high", "p_value"), numbers):
        table[name] = column
    return table[list(COLUMNS)[:-1]].assign(is_after=leads == 0)


def _numbers(ready, weights, group, outcome, level, permute, seed):
    """Value, error, low, high and p value of each estimate."""
    panel = ready.panel
    parts = np.stack([(weight[group] * outcome).sum(axis=1) for weight in weights])
    value = parts.sum(axis=1)
    if permute and panel.balanced:  # with gaps each assignment would need its own weights for each row
        return _permuted(ready, weights, group, value, level, seed)
    variance = np.zeros(len(value))
    for code in np.unique(ready.codes):
        mine = parts[:, ready.codes == code]
        size = mine.shape[1]
        variance += size / max(size - 1, 1) * ((mine - mine.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return _by_t(value, np.sqrt(variance), max(len(ready.codes) - len(ready.starts), 1), level)


def _by_t(value, error, degrees, level):
    half = student.ppf(0.5 + level / 2, degrees) * error
    p = 2 * student.sf(np.abs(value) / np.maximum(error, 1e-300), degrees)
    return value, error, value - half, value + half, p


def _permuted(ready, weights, group, value, level, seed):
    """Intervals from what the other assignments say once the average effect is taken out."""
    panel = ready.panel
    labels = draw_assignments(ready.codes, panel.strata, ROW_DRAWS, seed)[0]
    by_cohort = weights[:, group[np.unique(ready.codes, return_index=True)[1]]]
    clean = panel.outcome - ready.fit.residual[ready.fit.usable].mean() * panel.after
    noise, variance = CohortScores(np.einsum("it,kct->cik", clean, by_cohort, optimize=True)).moments(labels)
    studentized = is_studentized(ready.codes)
    error = np.sqrt(variance[0]) if studentized else noise.std(axis=0)
    unit = error if studentized else np.ones(len(value))
    spread = noise / np.sqrt(np.maximum(variance, 1e-300)) if studentized else noise
    low, high = np.quantile(spread, [(1 - level) / 2, 0.5 + level / 2], axis=0)
    beyond = np.minimum((spread * unit >= value).sum(axis=0), (spread * unit <= value).sum(axis=0))
    return value, error, value - high * unit, value - low * unit, np.minimum(1, 2 * (1 + beyond) / (1 + len(spread)))
