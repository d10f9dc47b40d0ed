"""What the other usual methods would have said: shown beside, never used for a verdict."""

import numpy as np
import pandas as pd

from upskill.kpi.imputation import imputation_error
from upskill.kpi.randomization import overall_weights
from upskill.kpi.rollout_choice import TITLES
from upskill.kpi.rollout_methods import OVERALL, analytic
from upskill.kpi.twoway import two_way
from upskill.kpi.wild_bootstrap import wild_cluster_p

WILD_UNITS, WILD_DRAWS = 100, 999
WHY_NOT = {
    "before": "no comparison: everything else that changed counts as effect; weeks are taken as independent",
    "iid": "takes the weeks of a unit as independent; compares with units already treated where starts differ",
    "cluster": "too narrow with few units, half of all cases wrong with one treated; compares with units already treated",
    "jackknife": "compares with units already treated where starts differ",
    "wild": "test alone, no interval; never finds anything with one treated unit",
    "imputation": "its published error is too small with few units",
    "group_time": "twice the noise with few units: each cell rests on one period before"}


def others(ready, choice, control, level, averages, seed):
    """Return one row per method: method, value, standard_error, low, high, p_value, why_not."""
    panel = ready.panel
    units, rows = len(panel.first), []
    rows.append(("before and after, treated units alone", *_before_after(panel, level), WHY_NOT["before"]))
    both = two_way(panel.outcome, panel.observed, panel.after)
    name = TITLES["two_way"]
    rows.append((f"{name}, independent errors", *analytic(both.value, both.iid, np.inf, level), WHY_NOT["iid"]))
    rows.append((f"{name}, clustered (CRV1)", *analytic(both.value, both.cluster, units - 1, level), WHY_NOT["cluster"]))
    if np.isfinite(both.jackknife):
        rows.append((f"{name}, jackknife (CRV3)", *analytic(both.value, both.jackknife, units - 1, level), WHY_NOT["jackknife"]))
    if units <= WILD_UNITS:
        p = wild_cluster_p(panel.outcome, panel.observed, panel.after, WILD_DRAWS, seed)
        rows.append((f"{name}, wild cluster bootstrap", both.value, np.nan, np.nan, np.nan, p, WHY_NOT["wild"]))
    weights = overall_weights(panel.observed, panel.first)
    error = imputation_error(weights[None], ready.fit, panel.first)[0]
    rows.append((f"{TITLES['imputation']}, published error",
                 *analytic((ready.target * ready.fit.residual).sum(), error, np.inf, level), WHY_NOT["imputation"]))
    if len(averages):
        simple = averages.iloc[0]
        rows.append((f"{TITLES['group_time']}, {control.replace('_', '-')} treated", *simple[list(OVERALL)], WHY_NOT["group_time"]))
    return pd.DataFrame(rows, columns=["method", *OVERALL, "why_not"])


def _before_after(panel, level):
    """Unit-periods of treated units, each unit's mean taken out, before and after its start: Welch's t test."""
    treated = panel.first < panel.periods
    values = panel.outcome[treated]
    values = values - np.nanmean(values, axis=1, keepdims=True)
    sides = [values[side & np.isfinite(values)] for side in (~panel.after[treated], panel.after[treated])]
    if min(len(side) for side in sides) < 2:
        return (np.nan,) * 5
    parts = [side.var(ddof=1) / len(side) for side in sides]
    total = sum(parts)
    degrees = total**2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, sides)) if total > 0 else 0
    return analytic(sides[1].mean() - sides[0].mean(), np.sqrt(total), degrees, level)
