"""Shares of variance of inputs that move together: Shapley effects, which are never negative and add up to 1.

An input's share is the mean, over all orders in which inputs become
known, of the variance that goes when it does (Owen 2014, SIAM/ASA Journal
on Uncertainty Quantification 2; Song, Nelson and Staum 2016, the same 4).
"""

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from upskill.roi.correlation import EDGE, correlation_matrix
from upskill.roi.indices import RESAMPLES, named_groups
from upskill.roi.uncertainty import quantiles, scrambled_points

POINTS, SCRAMBLINGS, MOST = 128, 16, 10


def shapley_effects(evaluate, assumptions, correlations=(), seed=0, groups=None, points=POINTS,
                    scramblings=SCRAMBLINGS, level=0.90):
    """Return the share of variance of each input or group, for inputs with rank correlations; largest first.

    Equation: with c(S) = E[Var(f | inputs outside S)] = E[(f(X) - f(X')) ** 2] /
    2, X' drawn anew for the inputs of S given the others (exact in the Gaussian copula),
    share(i) = sum over S without i of |S|! (g - |S| - 1)! / g! (c(S with i) -
    c(S)) / c(all), g the number of groups.

    evaluate: {input: shape (n,)} -> shape (n,), called 2 ** g times. groups:
    {label: [inputs]}, at most 10; without, each uncertain input by itself.
    Columns: input, share, low, high. Raises ValueError for more groups, unknown
    inputs or an input in two groups.
    """
    groups = _checked(assumptions, named_groups(assumptions, groups))
    names = sorted(assumptions)
    matrix = whole_matrix(names, assumptions, correlations)
    scores = ndtri(scrambled_points(points, 2 * len(names), seed, scramblings))
    known = scores[:, :len(names)] @ np.linalg.cholesky(matrix).T
    value = _outcome(evaluate, assumptions, names, known)
    costs = {(): np.zeros(scramblings)}
    for size in range(1, len(groups) + 1):
        for chosen in combinations(range(len(groups)), size):
            members = [names.index(name) for group in chosen for name in list(groups.values())[group]]
            anew = drawn_anew(known, scores[:, len(names):], matrix, members)
            gaps = (value - _outcome(evaluate, assumptions, names, anew)) ** 2 / 2
            costs[chosen] = gaps.reshape(scramblings, -1).mean(axis=1)
    shares = _shapley(costs, len(groups))
    return _table(list(groups), shares, costs[tuple(range(len(groups)))], seed, level)


def one_by_one(assumptions, names, others="all others"):
    """Return groups: each of these inputs by itself, and all other uncertain ones together."""
    rest = [name for name, each in assumptions.items() if each.kind != "constant" and name not in names]
    return {name: [name] for name in names} | ({others: rest} if rest else {})


def _checked(assumptions, groups):
    members = [name for names in groups.values() for name in names]
    if len(groups) > MOST:
        raise ValueError(f"{len(groups)} groups would take 2 ** {len(groups)} evaluations; put inputs together, "
                         f"{MOST} groups at most")
    if len(set(members)) < len(members):
        raise ValueError("an input stands in two groups; each belongs to one")
    left = [name for name, each in assumptions.items() if each.kind != "constant" and name not in members]
    return groups | ({"all others": left} if left else {})


def whole_matrix(names, assumptions, correlations):
    """Return the correlation matrix of the normal scores of these inputs; constants stand by themselves."""
    varying = {name for name in names if assumptions[name].kind != "constant"}
    return correlation_matrix(names, [one for one in correlations or () if {one.first, one.second} <= varying
                                      or not {one.first, one.second} <= set(names)])


def _outcome(evaluate, assumptions, names, scores):
    points = np.clip(ndtr(scores), EDGE, 1 - EDGE)
    drawn = {name: quantiles(assumptions[name], points[:, at]) for at, name in enumerate(names)}
    return np.asarray(evaluate(drawn), dtype=float)


def drawn_anew(known, noise, matrix, members):
    """Return normal scores with these columns drawn again, given the others as they are."""
    rest = [at for at in range(len(matrix)) if at not in members]
    pull = np.linalg.solve(matrix[np.ix_(rest, rest)], matrix[np.ix_(rest, members)])
    left = matrix[np.ix_(members, members)] - matrix[np.ix_(members, rest)] @ pull
    anew = known.copy()
    anew[:, members] = known[:, rest] @ pull + noise[:, members] @ np.linalg.cholesky(left).T
    return anew


def _shapley(costs, count):
    """Return the mean rise of the cost by each group, shape (groups, scramblings)."""
    shares = np.zeros((count, len(costs[()])))
    for subset, cost in costs.items():
        for group in set(range(count)) - set(subset):
            weight = factorial(len(subset)) * factorial(count - len(subset) - 1) / factorial(count)
            shares[group] += weight * (costs[tuple(sorted((*subset, group)))] - cost)
    return shares


def _table(labels, shares, whole, seed, level):
    if not whole.mean() > 0:
        return pd.DataFrame([(label, 0.0, 0.0, 0.0) for label in labels], columns=["input", "share", "low", "high"])
    picks = np.random.default_rng([seed, 4]).integers(0, len(whole), (RESAMPLES, len(whole)))
    spread = shares[:, picks].mean(axis=2) / whole[picks].mean(axis=1)
    low, high = np.quantile(spread, [(1 - level) / 2, (1 + level) / 2], axis=1)
    table = pd.DataFrame({"input": labels, "share": shares.mean(axis=1) / whole.mean(), "low": low, "high": high})
    return table.sort_values("share", ascending=False, ignore_index=True, kind="stable")
