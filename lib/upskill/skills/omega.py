"""Coefficient omega: how much of a sum of items is one common factor."""

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills.reliability import Reliability
from upskill.skills.resample import check_level, covariances, percentile_interval, sample_counts

HEYWOOD = 0.005  # share of an item's variance below which its own error counts as none
STEPS, ENOUGH = 20_000, 1e-11
METHODS = ("ml", "minres")


def coefficient_omega(scores, level=0.90, missing="listwise", method="ml", standardized=False, seed=20261123):
    """Return coefficient omega of a sum of items, with a bootstrap interval.

    Parameters
    ----------
    scores : persons × items, DataFrame or array; NaN = missing.
    level : probability of the interval, above 0 and below 1.
    missing : "listwise" (default: persons who answered all items) or
        "pairwise" (each correlation from those who answered both).
    method : "ml" (maximum likelihood) or "minres" (least squares of the
        correlations off the diagonal).
    standardized : True = of the sum of standardized items.
    seed : of the bootstrap.

    One factor, each item with its own loading l and error variance e
    (congeneric; Jöreskog 1971, Psychometrika 36, 109-133):

    omega = (sum l)² / ((sum l)² + sum e)  (McDonald 1999, Test Theory, ch. 6)

    With "minres" the denominator is the observed variance of the sum, as in
    the R package psych; with "ml" it is that of the model.
    Percentile interval of 1,000 samples of persons, widened for few of them. Unlike alpha, omega does
    not suppose that all items measure equally well.

    Raises NotEnoughData for fewer than 3 items or not more persons than items,
    an item that everybody answered alike, or where the one-factor model does
    not hold: no convergence, or an item without error of its own (a Heywood
    case); ValueError for another `missing` or `method`, a level outside, or an
    infinite score.

    >>> random = np.random.default_rng(1)
    >>> answers = random.normal(size=(500, 1)) + random.normal(size=(500, 4))
    >>> round(coefficient_omega(answers).value, 2)  # truth: 16 / (16 + 4) = 0.8
    0.78
    """
    frame = _checked(scores, level, missing, method)
    spread = frame.std()
    value = omega_of_covariance(frame.corr().mul(spread, axis=0).mul(spread, axis=1), method, standardized)
    low, high = _bootstrap(frame.to_numpy(), method, standardized, level, seed)
    return Reliability(value, low, high, *frame.shape, level)


def omega_of_covariance(covariance, method="ml", standardized=False):
    """Return coefficient omega from the covariances of items (items × items), as `coefficient_omega` does from scores.

    Raises NotEnoughData where the one-factor model does not hold, ValueError for another `method`.

    >>> round(omega_of_covariance(np.full((4, 4), 1.0) + np.eye(4)), 6)
    0.8
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r}: expected one of {', '.join(METHODS)}")
    table = pd.DataFrame(covariance).astype(float)
    _check_covariance(table.to_numpy(), method)
    value, uniqueness, converged = _omega(table.to_numpy()[None], method, standardized, STEPS)
    _refuse_improper(table.columns, uniqueness[0], bool(converged[0]))
    return float(value[0])


def _checked(scores, level, missing, method):
    if missing not in ("listwise", "pairwise"):
        raise ValueError(f"missing={missing!r}: expected 'listwise' or 'pairwise'")
    if method not in METHODS:
        raise ValueError(f"method={method!r}: expected one of {', '.join(METHODS)}")
    check_level(level)
    frame = pd.DataFrame(scores).astype(float)
    if np.isinf(frame.to_numpy()).any():
        raise ValueError("a score is infinite: expected numbers, or NaN where missing")
    frame = frame.dropna() if missing == "listwise" else frame.dropna(how="all")
    persons, items = frame.shape
    if items < 3 or persons <= items:
        raise NotEnoughData(f"Omega needs at least 3 items and more people than items; here {items} items and "
                            f"{persons} people.")
    alike = [str(name) for name, varies in zip(frame.columns, frame.var() > 0, strict=True) if not varies]
    if alike:
        raise NotEnoughData(f"Omega needs items that tell people apart; all answered alike: {', '.join(alike)}.")
    return frame


def _check_covariance(covariance, method):
    if not (np.isfinite(covariance).all() and (np.diag(covariance) > 0).all()):
        raise NotEnoughData("An item does not vary, or some pairs of items were answered by fewer than two people in common.")
    if method == "ml" and np.linalg.eigvalsh(covariance)[0] < 1e-10 * np.trace(covariance):
        raise NotEnoughData("The covariances contradict each other or items repeat one another: maximum likelihood "
                            "has no answer; use method='minres' or leave an item out.")


def _refuse_improper(names, uniqueness, converged):
    if (uniqueness < HEYWOOD).any():
        item = names[int(uniqueness.argmin())]
        raise NotEnoughData(f"One common factor does not fit: item {item} would have no error of its own.")
    if not converged:
        raise NotEnoughData("One common factor does not fit: the estimation found no end.")


def _omega(matrices, method, standardized, steps):
    """Return omega, the uniqueness of each item as a share of its variance, and whether the fit converged, by matrix."""
    spread = np.sqrt(np.einsum("bjj->bj", matrices))
    correlations = matrices / (spread[:, :, None] * spread[:, None, :])
    loadings, uniqueness, converged = (_maximum_likelihood if method == "ml" else _least_squares)(correlations, steps)
    weights = np.ones_like(spread) if standardized else spread
    common = (weights * loadings).sum(axis=1) ** 2
    if method == "minres":
        total = np.einsum("bi,bij,bj->b", weights, correlations, weights)
    else:
        total = common + (weights**2 * uniqueness).sum(axis=1)
    return common / total, uniqueness, converged


def _start(correlations):
    return np.clip(correlations.mean(axis=2), 0.2, 0.9)


def _maximum_likelihood(correlations, steps):
    """Fit one factor to each correlation matrix by EM (Rubin and Thayer 1982, Psychometrika 47, 69-76)."""
    loadings = _start(correlations)
    uniqueness = 1 - loadings**2
    for _ in range(steps):
        precision = loadings / uniqueness
        weights = precision / (1 + (loadings * precision).sum(axis=1, keepdims=True))
        shared = np.einsum("bij,bj->bi", correlations, weights)
        size = 1 + ((shared - loadings) * weights).sum(axis=1, keepdims=True)
        moved, loadings = loadings, shared / size
        uniqueness = np.maximum(1 - loadings * shared, HEYWOOD / 10)
        change = np.abs(loadings - moved).max(axis=1)
        if (change < ENOUGH).all():
            break
    return loadings, uniqueness, change < ENOUGH


def _least_squares(correlations, steps):
    """Fit one factor to the correlations off the diagonal, one loading after the other (Harman and Jones 1966)."""
    loadings = _start(correlations)
    items = loadings.shape[1]
    for _ in range(steps):
        before = loadings.copy()
        for j in range(items):
            others = np.arange(items) != j
            rest = loadings[:, others]
            loadings[:, j] = (correlations[:, j, others] * rest).sum(axis=1) / (rest**2).sum(axis=1)
        change = np.abs(loadings - before).max(axis=1)
        if (change < ENOUGH).all():
            break
    return loadings, 1 - loadings**2, change < ENOUGH


def _bootstrap(values, method, standardized, level, seed, steps=500):
    """Return the percentile interval over samples of persons, without samples in which an item is constant."""
    _, correlations, spread = covariances(values, sample_counts(len(values), seed))
    usable = np.isfinite(correlations).all(axis=(1, 2)) & (spread > 0).all(axis=1)
    made = correlations[usable] * spread[usable, :, None] * spread[usable, None, :]
    return percentile_interval(_omega(made, method, standardized, steps)[0], level, len(values))


def schmid_leiman(first_order, second_order):
    """Return what a general factor and group factors contribute to a sum of standardized items.

    Parameters
    ----------
    first_order : items × group factors, loadings of items on correlated groups.
    second_order : one loading of each group factor on the general factor, below 1 in size.

    Returns a Series: omega_hierarchical (general factor alone), omega_total
    (general and group factors), omega_limit (omega_hierarchical of endlessly
    many such items), alpha, lambda_6 (Guttman 1945), of the correlations that
    the loadings imply. General loading of an item = sum over groups of
    first_order × second_order, group loading = first_order × sqrt(1 -
    second_order²) (Schmid and Leiman 1957, Psychometrika 22, 53-61).

    Raises ValueError where shapes do not fit or an item would have no variance of its own.

    >>> result = schmid_leiman([[0.8, 0], [0.7, 0], [0, 0.6], [0, 0.5]], [0.9, 0.8])
    >>> bool(result["omega_hierarchical"] < result["omega_total"])
    True
    """
    first, second = np.asarray(first_order, dtype=float), np.asarray(second_order, dtype=float)
    if first.ndim != 2 or second.shape != first.shape[1:]:
        raise ValueError(f"loadings {first.shape} and {second.shape} do not fit: expected items × groups, and groups")
    if (np.abs(second) >= 1).any():
        raise ValueError("a group factor loads 1 or more on the general factor: expected below 1")
    general, groups = first @ second, first * np.sqrt(1 - second**2)
    uniqueness = 1 - general**2 - (groups**2).sum(axis=1)
    if (uniqueness <= 0).any():
        raise ValueError("an item has no variance of its own: loadings too large")
    matrix = np.outer(general, general) + groups @ groups.T + np.diag(uniqueness)
    total, items = matrix.sum(), len(matrix)
    common = total - uniqueness.sum()
    return pd.Series({
        "omega_hierarchical": general.sum() ** 2 / total,
        "omega_total": common / total,
        "omega_limit": general.sum() ** 2 / common,
        "alpha": items / (items - 1) * (1 - items / total),
        "lambda_6": 1 - (1 / np.diag(np.linalg.inv(matrix))).sum() / total,
    })
