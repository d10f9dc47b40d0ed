"""One input at a time: from its low end to its high end, the others held or averaged over."""

import numpy as np
import pandas as pd

from upskill.roi.regression import fitted_mean
from upskill.roi.uncertainty import quantiles

COLUMNS = ["input", "low", "high", "at_low", "at_high", "swing"]


def tornado(evaluate, assumptions, level=0.90):
    """Return the outcome at both ends of each uncertain input, the others at their medians; largest swing first.

    evaluate: {input: shape (n,)} -> shape (n,), called once. level: ends at
    (1 - level) / 2 and (1 + level) / 2. Columns: input, low and high (values of
    the input), at_low, at_high (outcomes), swing (distance between these).

    >>> from upskill.data import Assumption
    >>> inputs = {name: Assumption(name, "uniform", {"low": 0, "high": size}) for name, size in (("a", 1), ("b", 10))}
    >>> tornado(lambda draws: draws["a"] + draws["b"], inputs, 0.8)["swing"].round(6).tolist()
    [8.0, 0.8]
    """
    ends = [0.5, (1 - level) / 2, (1 + level) / 2]
    middle, low, high = ({name: float(quantiles(each, np.array([end]))[0]) for name, each in assumptions.items()}
                         for end in ends)
    names = [name for name in assumptions if high[name] != low[name]]
    table = {name: np.full(2 * len(names), value) for name, value in middle.items()}
    for row, name in enumerate(names):
        table[name][2 * row:2 * row + 2] = low[name], high[name]
    outcomes = np.asarray(evaluate(table), dtype=float) if names else np.empty(0)
    rows = [(name, low[name], high[name], *outcomes[2 * row:2 * row + 2]) for row, name in enumerate(names)]
    return _sorted(rows)


def tornado_of_draws(draws, outcome, level=0.90):
    """Return the same from draws: the mean outcome where an input is at its low or high end, the others as they come.

    draws: {input: shape (n,)}; outcome: shape (n,). The mean given the input
    is a fitted spline, so that correlated inputs move along with it. Columns as
    for `tornado`.
    """
    rows, outcome = [], np.asarray(outcome, dtype=float)
    for name, column in draws.items():
        column = np.asarray(column, dtype=float)
        if np.ptp(column) > 0:
            low, high = np.quantile(column, [(1 - level) / 2, (1 + level) / 2])
            order = np.argsort(column, kind="stable")
            at = np.interp([low, high], column[order], fitted_mean(column[:, np.newaxis], outcome)[order])
            rows.append((name, float(low), float(high), *at))
    return _sorted(rows)


def _sorted(rows):
    table = pd.DataFrame([(*row, abs(row[4] - row[3])) for row in rows], columns=COLUMNS)
    return table.sort_values("swing", ascending=False, ignore_index=True, kind="stable")
