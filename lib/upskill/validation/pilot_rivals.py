"""The usual tests of a rollout on many made-up panels at once, beside `rollout_effect`'s own choice.

Each test takes outcomes (draws × units × periods) and gives (estimate, error, degrees of freedom), or p values.
"""

import numpy as np
from scipy.stats import t as student

from upskill.kpi.group_time import aggregate, group_time_effects
from upskill.kpi.panel import Panel
from upskill.kpi.randomization import draw_assignments, overall_weights, p_values
from upskill.kpi.twoway import two_way_demean
from upskill.kpi.wild_bootstrap import WEBB


def _p(value, error, degrees):
    return 2 * student.sf(np.abs(value) / np.maximum(error, 1e-300), degrees)


def before_after(ready, outcomes):
    """Treated unit-weeks before against after, as if all were independent."""
    panel = ready.panel
    treated = panel.first < panel.periods
    values = outcomes[:, treated] - outcomes[:, treated].mean(axis=2, keepdims=True)
    sides = [values[:, side] for side in (~panel.after[treated], panel.after[treated])]
    parts = [side.var(axis=1, ddof=1) / side.shape[1] for side in sides]
    return _p(sides[1].mean(axis=1) - sides[0].mean(axis=1), np.sqrt(sum(parts)), min(side.shape[1] for side in sides))


def two_way_many(ready, outcomes):
    """Return estimate and the errors iid, CRV1, CRV3 of the two-way regression."""
    panel = ready.panel
    _, units, periods = outcomes.shape
    x = two_way_demean(panel.after.astype(float), panel.observed)
    y = outcomes - outcomes.mean(axis=2, keepdims=True)
    flat = y - y.mean(axis=1, keepdims=True)
    squares = (x**2).sum()
    value = np.einsum("kit,it->k", flat, x) / squares
    iid = np.sqrt(((flat**2).sum(axis=(1, 2)) - value**2 * squares) / (units * periods - units - periods) / squares)
    scores = np.einsum("kit,it->ki", flat, x) - value[:, None] * (x**2).sum(axis=1)
    factor = units / (units - 1) * (units * periods - 1) / (units * periods - periods - 1)
    crv1 = np.sqrt(factor * (scores**2).sum(axis=1)) / squares
    own = panel.after - panel.after.mean(axis=1, keepdims=True)
    rest_x, rest_y = own.sum(axis=0) - own, y.sum(axis=1, keepdims=True) - y
    cross = np.einsum("kit,it->ki", y, own)
    top = cross.sum(axis=1, keepdims=True) - cross - np.einsum("kit,it->ki", rest_y, rest_x) / (units - 1)
    bottom = (own**2).sum() - (own**2).sum(axis=1) - (rest_x**2).sum(axis=1) / (units - 1)
    without = np.where(bottom > 1e-10 * squares, top / np.maximum(bottom, 1e-12), value[:, None])  # the only treated one stays
    crv3 = np.sqrt((units - 1) / units * ((without - value[:, None]) ** 2).sum(axis=1))
    return value, iid, crv1, crv3


def wild(ready, outcomes, draws=399, seed=1):
    """Wild cluster restricted bootstrap with Webb's weights, p value by outcome."""
    panel = ready.panel
    x = two_way_demean(panel.after.astype(float), panel.observed)
    flat = outcomes - outcomes.mean(axis=2, keepdims=True)
    flat -= flat.mean(axis=1, keepdims=True)
    own = (x**2).sum(axis=1)
    signs = np.vstack([np.ones(len(x)), np.random.default_rng(seed).choice(WEBB, (draws, len(x)))])
    found = np.empty(len(outcomes))
    for row, residual in enumerate(flat):
        cross = (x * residual).sum(axis=1)
        value = signs @ cross / own.sum()
        scores = signs * cross - signs @ (x @ residual.T / len(x)).T - value[:, None] * own
        statistic = np.abs(value) / np.sqrt(np.maximum((scores**2).sum(axis=1), 1e-300))
        found[row] = (statistic[1:] >= statistic[0] * (1 - 1e-12)).mean()
    return found


def newey_west(ready, outcomes, lags=3):
    """Mean of treated units by week on a step at the first start, Newey-West errors, t with T - 2 degrees."""
    panel = ready.panel
    start, treated = panel.first.min(), panel.first < panel.periods
    series = outcomes[:, treated].mean(axis=1)
    design = np.column_stack([np.ones(panel.periods), np.arange(panel.periods) >= start])
    bread = np.linalg.inv(design.T @ design)
    fit = series @ design @ bread
    scores = design * (series - fit @ design.T)[:, :, None]
    meat = np.einsum("kti,ktj->kij", scores, scores)
    for lag in range(1, lags + 1):
        product = np.einsum("kti,ktj->kij", scores[:, lag:], scores[:, :-lag])
        meat += (1 - lag / (lags + 1)) * (product + product.transpose(0, 2, 1))
    return _p(fit[:, 1], np.sqrt((bread @ meat @ bread)[:, 1, 1]), panel.periods - 2)


def imputed_published(ready, outcomes):
    """Imputation with its published error and the normal distribution."""
    panel = ready.panel
    untreated = (~panel.after).astype(float)
    counts = untreated.sum(axis=1)
    share = untreated / counts[:, None]
    inverse = np.linalg.pinv(np.diag(untreated.sum(axis=0)) - untreated.T @ share, rcond=1e-11, hermitian=True)
    known = outcomes * untreated
    mean = known.sum(axis=2) / counts
    periods = (known.sum(axis=1) - mean @ untreated) @ inverse
    residual = outcomes - (mean - periods @ share.T)[:, :, None] - periods[:, None, :]
    residual = residual * ((untreated > 0) | ready.fit.usable)
    weights = overall_weights(panel.observed, panel.first)
    value = np.einsum("kit,it->k", residual, ready.target)
    for start in panel.cohorts:
        rows = np.flatnonzero(panel.first == start)
        residual[:, rows] -= residual[:, rows].mean(axis=1, keepdims=True) * panel.after[rows]
    return _p(value, np.sqrt((np.einsum("kit,it->ki", residual, weights) ** 2).sum(axis=1)), np.inf)


def group_time_simple(ready, outcomes):
    """Callaway and Sant'Anna's simple average, not-yet-treated controls, analytic error."""
    panel = ready.panel
    found = [aggregate(group_time_effects(Panel(one, panel.first, panel.clock, panel.units, panel.labels, panel.strata)))[0].iloc[0]
             for one in outcomes]
    return _p(np.array([row["value"] for row in found]), np.array([row["standard_error"] for row in found]), np.inf)


def plain_randomization(ready, outcomes, draws=999, seed=3):
    """Randomization inference on the imputation estimate itself, not studentized: the best valid rival in power."""
    labels = draw_assignments(ready.codes, ready.panel.strata, draws, seed)[0]
    return p_values(ready.scores(outcomes).moments(labels)[0])


def rivals(ready, outcomes, group_time=False):
    """Return {name: p values} of every rival; slow ones on the first 500 outcomes."""
    units = len(ready.panel.first)
    value, iid, crv1, crv3 = two_way_many(ready, outcomes)
    found = {
        "before and after, treated teams alone": before_after(ready, outcomes),
        "Newey-West, treated teams alone": newey_west(ready, outcomes),
        "two-way, independent errors": _p(value, iid, np.inf), "two-way, CRV1, normal": _p(value, crv1, np.inf),
        "two-way, CRV1, t": _p(value, crv1, units - 1), "two-way, CRV3, t": _p(value, crv3, units - 1),
        "wild cluster bootstrap": wild(ready, outcomes[:500]),
        "imputation, published error": imputed_published(ready, outcomes),
        "randomization of the plain estimate": plain_randomization(ready, outcomes)}
    if group_time:
        found["group-time, analytic error"] = group_time_simple(ready, outcomes[:500])
    return found
