"""Inputs that move together: rank correlations through a Gaussian copula, and by reordering.

The copula turns uniform points into normal scores, mixes these with the
Cholesky factor of a correlation matrix, and turns them back: every input keeps
its own distribution. A rank correlation r becomes the correlation
2 sin(pi r / 6) of normal scores (Pearson 1907).
"""

import warnings

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from upskill.numerals import general, number

SMALLEST = 1e-8  # eigenvalue that a matrix keeps at least, so that it can be factored
STEPS, CLOSE = 500, 1e-12
EDGE = 1e-12


def spearman_to_pearson(rank):
    """Return the correlation of two normals whose rank correlation is this; from -1 to 1, any shape.

    >>> round(float(spearman_to_pearson(0.5)), 6)
    0.517638
    """
    return 2 * np.sin(np.pi * np.asarray(rank, dtype=float) / 6)


def correlation_matrix(names, correlations):
    """Return the correlation matrix of the normal scores of these inputs, in the order of `names`.

    correlations: each with `first`, `second` and `rank` as in program.yml.
    Correlations that cannot hold together are moved to the nearest set that
    can, and a warning names the change. Raises ValueError for an input that is not
    among the names, a pair that is named twice or a rank outside -1 to 1.
    """
    position, matrix, asked = {name: at for at, name in enumerate(names)}, np.eye(len(names)), {}
    for one in correlations:
        pair = frozenset((one.first, one.second))
        unknown = sorted(pair - position.keys())
        if unknown or len(pair) < 2 or pair in asked or not -1 < one.rank < 1:
            reason = (f"no input is named {', '.join(unknown)}" if unknown else
                      "expected two inputs, each pair once, and a rank between -1 and 1")
            raise ValueError(f"correlation between {one.first} and {one.second} ({one.rank}): {reason}")
        row, column = position[one.first], position[one.second]
        asked[pair] = one
        matrix[row, column] = matrix[column, row] = spearman_to_pearson(one.rank)
    nearest = nearest_correlation(matrix)
    _tell_changes(asked.values(), nearest, position)
    return nearest


def nearest_correlation(matrix):
    """Return the correlation matrix nearest to a symmetric one with a unit diagonal; itself where it is one already.

    Alternating projections with Dykstra's correction (Higham 2002, IMA Journal of
    Numerical Analysis 22(3)), to eigenvalues of at least 1e-8.
    """
    start = np.asarray(matrix, dtype=float)
    if np.linalg.eigvalsh(start)[0] >= SMALLEST:
        return start
    current, correction = start.copy(), np.zeros_like(start)
    for _ in range(STEPS):
        shifted = current - correction
        values, vectors = np.linalg.eigh(shifted)
        positive = (vectors * np.maximum(values, SMALLEST)) @ vectors.T
        correction = positive - shifted
        before, current = current, positive.copy()
        np.fill_diagonal(current, 1.0)
        if np.abs(current - before).max() < CLOSE:
            break
    values, vectors = np.linalg.eigh((current + current.T) / 2)
    positive = (vectors * np.maximum(values, SMALLEST)) @ vectors.T
    scale = 1 / np.sqrt(np.diag(positive))
    nearest = positive * np.outer(scale, scale)
    np.fill_diagonal(nearest, 1.0)
    return nearest


def correlate(points, matrix):
    """Return uniform points whose normal scores have this correlation, same shape (draws, inputs).

    Each column stays uniform; the first column is left as it is.
    """
    mixed = ndtri(points) @ np.linalg.cholesky(matrix).T
    return np.clip(ndtr(mixed), EDGE, 1 - EDGE)


def normal_scores(count, dimensions, seed):
    """Return shuffled normal scores of unit variance, shape (count, dimensions), for `reorder`."""
    scores = norm.ppf(np.arange(1, count + 1) / (count + 1))
    scores = scores / scores.std()
    random = np.random.default_rng(seed)
    return np.column_stack([scores, *(random.permutation(scores) for _ in range(dimensions - 1))])


def reorder(columns, matrix, scores):
    """Reorder each column so that the columns have about these rank correlations (Iman and Conover 1982).

    Equation: with E = M' M / n the correlation of the scores M, F and C the upper
    Cholesky factors of E and of `matrix`, T = M F^-1 C has exactly the
    correlations `matrix`; each column of the result has the values of its
    column in the order of the column of T. So the ranks agree with T; their
    correlations are near `matrix`, not equal to it.

    columns: shape (draws, inputs); scores: the same shape, columns of mean 0 and
    variance 1, as from `normal_scores`.
    """
    columns, scores = np.asarray(columns, dtype=float), np.asarray(scores, dtype=float)
    target = target_scores(matrix, scores)
    ranks = target.argsort(axis=0).argsort(axis=0)
    return np.take_along_axis(np.sort(columns, axis=0), ranks, axis=0)


def target_scores(matrix, scores):
    """Return scores mixed so that their correlation is `matrix`: T of Iman and Conover."""
    own = np.linalg.cholesky(scores.T @ scores / len(scores)).T
    return scores @ np.linalg.solve(own, np.linalg.cholesky(np.asarray(matrix, dtype=float)).T)


def _tell_changes(asked, nearest, position):
    moved = []
    for one in asked:
        used = 6 / np.pi * np.arcsin(nearest[position[one.first], position[one.second]] / 2)
        if abs(used - one.rank) > 5e-4:
            moved.append(f"{one.first} and {one.second} {general(one.rank)}, used {number(used, 3)}")
    if moved:
        warnings.warn("These rank correlations cannot hold together; the nearest possible are used: "
                      + "; ".join(moved), stacklevel=4)
