"""Two-way fixed effects with one treatment indicator: what most tools print. Shown beside, never used for a verdict."""

from dataclasses import dataclass, field

import numpy as np

from upskill.kpi.imputation import period_effects


@dataclass(frozen=True)
class TwoWay:
    """Estimate and standard errors: `iid`, `cluster` (CRV1), `jackknife` (CRV3), with G - 1 degrees of freedom.

    `treatment`, `residual`: units × periods after unit and period effects are out.
    """

    value: float
    iid: float
    cluster: float
    jackknife: float
    treatment: np.ndarray = field(repr=False)
    residual: np.ndarray = field(repr=False)


def two_way_demean(values, observed):
    """Take unit and period means out of the observed cells (exactly when nothing is missing)."""
    values = np.where(observed, np.nan_to_num(values), 0.0)
    if observed.all():
        return values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    by_unit, by_period = np.maximum(observed.sum(axis=1), 1), np.maximum(observed.sum(axis=0), 1)
    share = observed / by_unit[:, None]
    normal = np.diag(by_period.astype(float)) - observed.T.astype(float) @ share
    mean = values.sum(axis=1) / by_unit
    periods = period_effects(normal, values.sum(axis=0) - observed.T @ mean)
    return np.where(observed, values - (mean - share @ periods)[:, None] - periods, 0.0)


def two_way(outcome, observed, after):
    """Regress the outcome on treatment, unit and period effects.

    CRV1 counts G/(G-1) (N-1)/(N-K) with K = 1 + periods, without the
    units, which are nested in the clusters; CRV3 is the jackknife over units
    (MacKinnon, Nielsen and Webb 2023), here around the estimate.
    """
    treatment = two_way_demean(after.astype(float), observed)
    flat = two_way_demean(np.nan_to_num(outcome), observed)
    squares = float((treatment**2).sum())
    value = float((treatment * flat).sum() / squares)
    residual = flat - value * treatment
    units, cells = len(outcome), int(observed.sum())
    periods = int(observed.any(axis=0).sum())
    degrees = cells - units - periods
    iid = np.sqrt((residual**2).sum() / degrees / squares) if degrees > 0 else np.nan
    scores = (treatment * residual).sum(axis=1)
    adjust = units / (units - 1) * (cells - 1) / (cells - periods - 1) if cells > periods + 1 else np.nan
    cluster = np.sqrt(adjust * (scores**2).sum()) / squares
    return TwoWay(value, float(iid), float(cluster), _jackknife(outcome, observed, after, value), treatment, residual)


def _jackknife(outcome, observed, after, value):
    """Standard error from leaving out one unit at a time; NaN where one unit is the only treated one."""
    if observed.all():
        x = after - after.mean(axis=1, keepdims=True)
        y = outcome - outcome.mean(axis=1, keepdims=True)
        n, sum_x, sum_y = len(y), x.sum(axis=0), y.sum(axis=0)
        rest_x, rest_y = sum_x - x, sum_y - y
        top = (x * y).sum() - (x * y).sum(axis=1) - (rest_x * rest_y).sum(axis=1) / (n - 1)
        bottom = (x * x).sum() - (x * x).sum(axis=1) - (rest_x**2).sum(axis=1) / (n - 1)
    else:
        top, bottom = np.array([_without(outcome, observed, after, unit) for unit in range(len(outcome))]).T
    if (bottom < 1e-10 * max(bottom.max(), 1e-300)).any():
        return np.nan
    return float(np.sqrt((len(top) - 1) / len(top) * ((top / bottom - value) ** 2).sum()))


def _without(outcome, observed, after, unit):
    rows = np.arange(len(outcome)) != unit
    x = two_way_demean(after[rows].astype(float), observed[rows])
    return (x * np.nan_to_num(outcome[rows])).sum(), (x * x).sum()
