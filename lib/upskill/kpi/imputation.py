"""Effects by imputation: what treated cells would have been, foretold from untreated ones (two-way fixed effects).

Borusyak, Jaravel and Spiess 2024, Revisiting Event-Study Designs, Review of Economic Studies 91.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from upskill.data import NotEnoughData

RANK = 1e-11  # period effects are free up to a constant in each connected part: eigenvalues below this share are zero
ONE_PART = 1e-9


@dataclass(frozen=True)
class Imputation:
    """Counterfactuals of every cell that can be foretold.

    `residual`: outcome minus unit and period effects of the untreated cells; of treated
    cells this is the estimated effect. `usable`: treated cells that can be foretold.
    """

    residual: np.ndarray
    usable: np.ndarray


def patterns(observed, first):
    """Group units with the same gaps and start: (rows of the groups, group of each unit, size of each group)."""
    keys = np.column_stack([np.packbits(observed, axis=1), first.astype(np.int64).view(np.uint8).reshape(len(first), -1)])
    _, rows, inverse, sizes = np.unique(keys, axis=0, return_index=True, return_inverse=True, return_counts=True)
    return rows, inverse.ravel(), sizes


def usable_cells(observed, first):
    """Return treated cells whose unit and period are tied together by untreated cells."""
    cells = np.arange(observed.shape[1])
    untreated = observed & (cells < first[:, None])
    unit, period = np.nonzero(untreated)
    n, t = observed.shape
    graph = coo_matrix((np.ones(len(unit)), (unit, n + period)), shape=(n + t, n + t))
    part = connected_components(graph, directed=False)[1]
    return observed & ~untreated & (part[:n, None] == part[None, n:])


def period_effects(normal, right):
    """Solve for period effects: periods × columns, or one column; where parts hang together by nothing, the shortest solution.

    `normal` is a Laplacian (its null vectors are constant on each connected part) and `right` sums to zero on each
    part. With one part, a constant added to it makes it regular, and a triangular solve takes a hundredth of the time
    of its eigenvalues.
    """
    tied = np.diag(normal) > 0
    try:
        factor = cho_factor(normal + np.outer(tied, tied) * normal.trace() / max(tied.sum(), 1) ** 2 + np.diag(~tied * 1.0),
                            lower=True, check_finite=False)
        pivots = np.diag(factor[0])
        if pivots.min() ** 2 > ONE_PART * pivots.max() ** 2:
            return cho_solve(factor, right, check_finite=False)
    except np.linalg.LinAlgError:
        pass
    return np.linalg.pinv(normal, rcond=RANK, hermitian=True) @ right


def imputation_weights(observed, first, targets, sizes=None):
    """Weights on outcomes whose sum is the wanted average of imputed effects.

    `observed`: rows × periods; `first`: first treated position by row; `targets`:
    (estimands, rows, periods), weights on usable treated cells per unit; `sizes`:
    units per row. Returns (estimands, rows, periods), per unit: the targets on treated
    cells and -Z0 (Z0'Z0)^-1 Z1' targets on untreated ones.
    """
    sizes = np.ones(len(observed)) if sizes is None else np.asarray(sizes, dtype=float)
    untreated = (observed & (np.arange(observed.shape[1]) < first[:, None])).astype(float)
    counts = untreated.sum(axis=1)
    share = untreated / np.maximum(counts, 1)[:, None]
    normal = np.diag(sizes @ untreated) - (untreated * sizes[:, None]).T @ share
    of_unit = targets.sum(axis=2)
    right = np.einsum("r,krt->kt", sizes, targets) - (of_unit * sizes) @ share
    of_period = period_effects(normal, right.T).T
    unit_effects = of_unit / np.maximum(counts, 1) - of_period @ share.T
    return targets - untreated * (unit_effects[:, :, None] + of_period[:, None, :])


def impute(outcome, observed, first):
    """Fit unit and period effects to untreated cells and return the `Imputation` of all."""
    usable = usable_cells(observed, first)
    if not usable.any():
        raise NotEnoughData("no treated period can be compared: it needs a unit with periods before its start "
                            "and, at the same time, units that are not treated yet")
    untreated = observed & (np.arange(observed.shape[1]) < first[:, None])
    known = np.where(untreated, np.nan_to_num(outcome), 0.0)
    counts = np.maximum(untreated.sum(axis=1), 1)
    share = untreated / counts[:, None]
    normal = np.diag(untreated.sum(axis=0).astype(float)) - untreated.T.astype(float) @ share
    mean = known.sum(axis=1) / counts
    periods = period_effects(normal, known.sum(axis=0) - untreated.T @ mean)
    units = mean - share @ periods
    residual = np.where(observed, np.nan_to_num(outcome) - units[:, None] - periods, 0.0)
    return Imputation(np.where(untreated | usable, residual, 0.0), usable)


def imputation_error(weights, fit, first):
    """Conservative standard error of estimates (estimands, units, periods): effects may differ by cohort and period.

    Equation 8 there: the square root of the sum over units of (sum of weight times
    residual) squared; the residual of a treated cell is its effect less the mean of
    its cohort in that period.
    """
    residual = fit.residual.copy()
    for cohort in np.unique(first):
        rows = np.flatnonzero(first == cohort)
        cells = fit.usable[rows]
        mean = (residual[rows] * cells).sum(axis=0) / np.maximum(cells.sum(axis=0), 1)
        residual[rows] -= cells * mean
    return np.sqrt((np.einsum("kit,it->ki", weights, residual) ** 2).sum(axis=1))
