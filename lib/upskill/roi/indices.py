"""Shares of variance of independent inputs, with their uncertainty.

With A and B independent sets of draws and AB the draws A with the columns of
a group from B (Saltelli and others 2010; Jansen 1999):

    alone = E[(f(B) - E f) (f(AB) - f(A))] / Var f
    total = E[(f(A) - f(AB)) ** 2] / (2 Var f)

Intervals: bootstrap of blocks of points.
"""

import numpy as np
import pandas as pd

from upskill.roi.uncertainty import draw, scrambled_points

POINTS, SCRAMBLINGS, BLOCKS, RESAMPLES = 512, 16, 64, 500
COLUMNS = ["input", "alone", "alone_low", "alone_high", "total", "total_low", "total_high"]


def sobol_indices(evaluate, assumptions, seed, groups=None, points=POINTS, scramblings=SCRAMBLINGS, level=0.90):
    """Return the share of variance of each input or group, alone and with its interactions, largest total first.

    evaluate: {input: shape (n,)} -> shape (n,), called once per group and
    twice more. assumptions: {input: assumption}, independent of each other
    (else see shapley_effects). groups: {label: [inputs]}; without, each
    uncertain input by itself. Draws: scramblings * points, points a power of two.
    Columns: input, alone, alone_low, alone_high, total, total_low,
    total_high. Raises ValueError for a group with an unknown input.

    >>> from upskill.data import Assumption
    >>> inputs = {name: Assumption(name, "normal", {"mean": 0, "sd": sd}) for name, sd in (("a", 1), ("b", 2))}
    >>> sobol_indices(lambda draws: draws["a"] + draws["b"], inputs, seed=1)["total"].round(2).tolist()
    [0.8, 0.2]
    """
    groups = named_groups(assumptions, groups)
    both = scrambled_points(points, 2 * len(assumptions), seed, scramblings)
    first, second = (draw(assumptions, half) for half in np.split(both, 2, axis=1))
    value, other = (np.asarray(evaluate(each), dtype=float) for each in (first, second))
    rows = []
    for label, names in groups.items():
        swapped = np.asarray(evaluate(first | {name: second[name] for name in names}), dtype=float)
        rows.append((label, *shares_with_intervals(value, other, swapped, seed, level)))
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("total", ascending=False, ignore_index=True, kind="stable")


def named_groups(assumptions, groups=None):
    """Return {label: [inputs]}; without groups each uncertain input by itself. Raises ValueError for unknown inputs."""
    if groups is None:
        return {name: [name] for name, each in assumptions.items() if each.kind != "constant"}
    unknown = sorted({name for names in groups.values() for name in names} - assumptions.keys())
    if unknown:
        raise ValueError(f"groups name {', '.join(unknown)}; no input has that name")
    return {label: list(names) for label, names in groups.items()}


def shares_with_intervals(value, other, swapped, seed, level=0.90):
    """Return (alone, low, high, total, low, high) from f(A), f(B) and f(AB), each of shape (n,).

    All are zero where f does not vary.
    """
    center = (value.mean() + other.mean()) / 2
    value, other, swapped = value - center, other - center, swapped - center
    moments = np.column_stack([other * (swapped - value), other, swapped - value, (swapped - value) ** 2,
                               value, value**2, other**2])
    blocks = np.array([block.mean(axis=0) for block in np.array_split(moments, min(BLOCKS, len(moments)))])
    random = np.random.default_rng([seed, 3])
    picks = random.integers(0, len(blocks), (RESAMPLES, len(blocks)))
    spread = _shares(blocks[picks].mean(axis=1))
    ends = np.quantile(spread, [(1 - level) / 2, (1 + level) / 2], axis=1)
    alone, total = _shares(blocks.mean(axis=0, keepdims=True))[:, 0]
    return float(alone), *map(float, ends[:, 0]), float(total), *map(float, ends[:, 1])


def _shares(moments):
    """Return (alone, total), each of shape (n,), from means of products."""
    product, other, moved, squared, value, value_squared, other_squared = moments.T
    variance = (value_squared + other_squared) / 2 - ((value + other) / 2) ** 2
    safe = np.where(variance > 0, variance, 1.0)
    return np.where(variance > 0, [(product - other * moved) / safe, squared / (2 * safe)], 0.0)
