"""Least squares with errors clustered by person or team, for few clusters."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

KINDS = ("CR1", "CR2", "CR3")
# A cluster whose leverage is one fits itself: nothing can be learned from its residual.
FULL_LEVERAGE = 1 - 1e-10


@dataclass(frozen=True)
class ClusterFit:
    """One coefficient: `estimate`, `standard_error`, and the `degrees` of freedom of Student's t for it."""

    estimate: float
    standard_error: float
    degrees: float

    def interval(self, level=0.90):
        """Return (low, high) at this level."""
        reach = student.ppf(0.5 + level / 2, self.degrees) * self.standard_error
        return self.estimate - reach, self.estimate + reach

    @property
    def p_value(self):
        """Two-sided p value of no effect."""
        return float(2 * student.sf(abs(self.estimate) / self.standard_error, self.degrees))


def clustered_fit(design, outcome, clusters, column, kind="CR2"):
    """Fit by least squares and return the ClusterFit of one column.

    `design`: rows × columns of full rank; `outcome`: one per row; `clusters`: label of
    each row; errors are correlated within a cluster in any way, not between.
    `kind`: CR2 corrects residuals by (I − H_gg)^(−1/2), with the degrees of freedom of
    Bell and McCaffrey (2002, Survey Methodology 28; Satterthwaite's moments under equal
    independent errors; Imbens and Kolesár 2016, Review of Economics and Statistics 98);
    CR3 by (I − H_gg)^(−1) and CR1 by G/(G−1) · (n−1)/(n−k), both with G − 1. One row a
    cluster makes CR2 the HC2 of MacKinnon and White (1985). Raises ValueError for an
    unknown kind or a design without full rank.

    >>> arm = np.repeat([1.0, 0.0], [3, 27])
    >>> fit = clustered_fit(np.column_stack([np.ones(30), arm]), np.arange(30.0), np.arange(30), 1)
    >>> round(fit.degrees, 1)
    2.5
    """
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
    design, outcome = np.asarray(design, dtype=float), np.asarray(outcome, dtype=float)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("The columns of the design are not independent of each other")
    _, labels = np.unique(np.asarray(clusters), return_inverse=True)
    order = np.argsort(labels, kind="stable")
    design, outcome, labels = design[order], outcome[order], labels[order]
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ outcome)
    residuals = outcome - design @ coefficients
    direction = design @ inverse[:, column]
    starts = np.flatnonzero(np.r_[True, np.diff(labels) > 0])
    if kind == "CR1":
        size, width, groups = *design.shape, len(starts)
        scores = np.add.reduceat(direction * residuals, starts)
        factor = groups / (groups - 1) * (size - 1) / (size - width)
        return ClusterFit(float(coefficients[column]), float(np.sqrt(factor * scores @ scores)), groups - 1)
    weights = _corrected(design, inverse, direction, starts, -0.5 if kind == "CR2" else -1.0)
    scores = np.add.reduceat(weights * residuals, starts)
    degrees = _degrees(design, inverse, weights, starts) if kind == "CR2" else len(starts) - 1
    scale = 1.0 if kind == "CR2" else (len(starts) - 1) / len(starts)
    return ClusterFit(float(coefficients[column]), float(np.sqrt(scale * scores @ scores)), float(degrees))


def _corrected(design, inverse, direction, starts, power):
    """Return (I − H_gg)^power times the direction of each cluster, rows in order.

    H_gg = Z Z' has as few eigenvalues above zero as the design has columns, so only these are corrected.
    """
    root = np.linalg.cholesky(inverse)
    corrected = direction.copy()
    for start, end in zip(starts, np.r_[starts[1:], len(design)], strict=True):
        block = design[start:end] @ root
        values, vectors = np.linalg.eigh(block.T @ block)
        real = values > 1e-12
        values, basis = values[real], block @ vectors[:, real] / np.sqrt(values[real])
        factors = np.where(values < FULL_LEVERAGE, np.maximum(1 - values, 1e-12) ** power, 0.0)
        corrected[start:end] += basis @ ((factors - 1) * (basis.T @ direction[start:end]))
    return corrected


def _degrees(design, inverse, weights, starts):
    """Return Satterthwaite's degrees: the estimated variance is a sum of squares of g_s' residuals.

    (Σ λ)² / Σ λ² over the eigenvalues of the matrix with entries g_s' (I − H) g_t.
    """
    sums = np.add.reduceat(design * weights[:, None], starts)
    products = np.diag(np.add.reduceat(weights**2, starts)) - sums @ inverse @ sums.T
    return np.trace(products) ** 2 / (products**2).sum()
