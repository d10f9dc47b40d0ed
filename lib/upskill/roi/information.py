"""What it is worth to know more before deciding.

A decision takes the option of highest expected worth. Knowing more is worth
what it raises the expected worth of the best choice by: with `worth` the value
of each option in each draw,

    perfect   E[max over options of worth] - max over options of E[worth]
    partial   E[max of E[worth | inputs]]  - max of E[worth]
    sample    E[max of E[worth | study]]   - max of E[worth]

(Raiffa and Schlaifer 1961; E[worth | inputs] by regression as in Strong,
Oakley and Brennan 2014, Medical Decision Making 34(3)). All are in the unit
of the worth and never below zero.
"""

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import norm

from upskill.roi.appraisal import Estimate
from upskill.roi.monte_carlo import BLOCKS, error_range, mean_error
from upskill.roi.regression import basis, fitted_mean, solve

CELLS, GRID, STEPS_PER_ERROR, REACH = 512, 4001, 4, 6.0


def gain_of_knowing(mean, standard_deviation):
    """Return what it is worth to know a normal difference between two options, shape of the arguments.

    Equation: s phi(m / s) + m Phi(m / s) - max(0, m), with m the mean of the
    difference and s the standard deviation that knowing takes away.

    >>> round(float(gain_of_knowing(0.0, 1.0)), 4), float(gain_of_knowing(-3.0, 0.0))
    (0.3989, 0.0)
    """
    mean, spread = np.asarray(mean, dtype=float), np.asarray(standard_deviation, dtype=float)
    ratio = np.divide(np.abs(mean), spread, out=np.full(np.broadcast(mean, spread).shape, np.inf), where=spread > 0)
    return spread * norm.pdf(ratio) - np.where(np.isfinite(ratio), np.abs(mean) * ndtr(-ratio), 0.0)


def perfect_information(worth, level=0.90, blocks=BLOCKS):
    """Return what it would be worth to know everything before choosing, as an Estimate.

    worth: shape (draws, options), the same draws for all. The range is that of
    the simulation alone. Raises ValueError where worth is not finite numbers.

    >>> perfect_information(np.array([[0.0, 1.0], [0.0, -1.0]])).value
    0.5
    """
    worth = _checked(worth)
    gain = worth.max(axis=1) - worth[:, _best(worth)]
    return _estimate(gain.mean(), mean_error(gain, blocks), level)


def partial_information(draws, worth, names, level=0.90, blocks=BLOCKS):
    """Return what it would be worth to know these inputs exactly before choosing, as an Estimate.

    draws: {input: shape (draws,)}; names: one input or several. The lower end
    of the range counts the value of the fitted rule on draws that it was not
    fitted to, so that a fit of noise shows as a wide range. Raises KeyError for
    an unknown input, ValueError where worth is not finite numbers.
    """
    worth = _checked(worth)
    columns = _columns(draws, names)
    if columns.shape[1] == 0 or worth.shape[1] < 2:
        return Estimate(0.0, 0.0, 0.0, 0.0)
    return _partial(columns, worth - worth[:, [_best(worth)]], level, blocks)[0]


def sample_information(draws, worth, name, standard_error, level=0.90, blocks=BLOCKS):
    """Return what a study of one input would be worth before choosing, as an Estimate.

    The study's result is Normal(input, standard_error ** 2). E[worth | input]
    is fitted to the draws and integrated over the input given each result.
    standard_error: above 0, in the unit of the input. Raises ValueError else.
    """
    worth = _checked(worth)
    if not (np.isfinite(standard_error) and standard_error > 0):
        raise ValueError(f"standard_error is {standard_error}; expected a number above 0")
    columns = _columns(draws, name)
    if columns.shape[1] == 0 or worth.shape[1] < 2:
        return Estimate(0.0, 0.0, 0.0, 0.0)
    ahead = worth - worth[:, [_best(worth)]]
    known = fitted_mean(columns, ahead)
    order = np.array_split(np.argsort(columns[:, 0], kind="stable"), min(CELLS, len(columns)))
    at = np.array([columns[rows, 0].mean() for rows in order])
    if standard_error * GRID < np.ptp(at) * STEPS_PER_ERROR:  # the study tells all there is
        return partial_information(draws, worth, name, level, blocks)
    sizes = np.array([len(rows) for rows in order]) / len(columns)
    value, choices = _after_study(at, sizes, np.array([known[rows].mean(axis=0) for rows in order]), standard_error)
    cell = np.empty(len(columns), dtype=int)
    for number, rows in enumerate(order):
        cell[rows] = number
    return _estimate(value, mean_error((choices[cell] * ahead).sum(axis=1), blocks), level)


def measure_next(draws, worth, costs=None, level=0.90, blocks=BLOCKS):
    """Return what to measure next: each uncertain input with the worth of knowing it, most useful first.

    costs: {input: money that measuring it takes}. Columns: input, worth,
    monte_carlo_error, share_of_perfect (of knowing everything, 0 to 1), cost,
    net (worth - cost; NaN without cost), is_clear (worth is above twice its
    Monte Carlo error). Sorted by net where a cost is given, else by worth;
    among equals the one that moves the expected worth most comes first.
    """
    worth = _checked(worth)
    whole, costs = perfect_information(worth, level, blocks).value, costs or {}
    ahead, rows = worth - worth[:, [_best(worth)]], []
    for name in draws:
        columns = _columns(draws, name)
        if columns.shape[1] == 0:
            continue
        found, moved = _partial(columns, ahead, level, blocks)
        error = found.monte_carlo_error if found.monte_carlo_error > 0 else 0.0
        cost = float(costs.get(name, np.nan))
        share = min(found.value / whole, 1.0) if whole > 0 else 0.0
        rows.append((name, found.value, found.monte_carlo_error, share, cost, found.value - cost,
                     found.value > 2 * error, moved))
    table = pd.DataFrame(rows, columns=["input", "worth", "monte_carlo_error", "share_of_perfect", "cost", "net",
                                        "is_clear", "moved"])
    table["left"] = table["net"].fillna(table["worth"])
    table = table.sort_values(["left", "moved"], ascending=False, ignore_index=True, kind="stable")
    return table.drop(columns=["left", "moved"])


def _partial(columns, ahead, level, blocks):
    """Return (worth of knowing the columns, how far they move what is expected: largest standard deviation)."""
    known = fitted_mean(columns, ahead)
    value = max(0.0, known.max(axis=1).mean() - known.mean(axis=0).max())
    chosen = np.take_along_axis(ahead, known.argmax(axis=1)[:, np.newaxis], axis=1)[:, 0]
    found = _estimate(value, mean_error(chosen, blocks), level)
    fair = min(value, _value_of_rule(columns, ahead, blocks))
    return found._replace(low=max(0.0, float(found.low - (value - fair)))), float(known.std(axis=0).max())


def _after_study(at, sizes, known, error):
    """Return (worth of the study, chance of each choice given the input) from cells of the input.

    Equation: the integral over results x of max over options of
    sum over cells of size phi((x - at) / error) / error known, less max of the mean.
    """
    low, high = at.min() - REACH * error, at.max() + REACH * error
    count = int(np.clip(np.ceil((high - low) / error * STEPS_PER_ERROR), 65, 2 * GRID))
    results, step = np.linspace(low, high, count, retstep=True)
    density = norm.pdf((results[:, np.newaxis] - at) / error) * (step / error)
    expected = density @ (sizes[:, np.newaxis] * known)
    best = expected.argmax(axis=1)
    choices = density.T @ np.eye(known.shape[1])[best]
    choices /= choices.sum(axis=1, keepdims=True)
    return max(0.0, expected.max(axis=1).sum() - (sizes @ known).max()), choices


def _value_of_rule(columns, ahead, blocks):
    """Return the mean worth of choosing by a fit to the other half of the blocks."""
    half = np.arange(len(columns)) * max(blocks, 2) // len(columns) % 2
    terms, value = basis(columns), 0.0
    for side in (0, 1):
        fit = solve(terms[half != side], ahead[half != side])
        choice = (terms[half == side] @ fit).argmax(axis=1)
        value += np.take_along_axis(ahead[half == side], choice[:, np.newaxis], axis=1).sum()
    return value / len(columns)


def _columns(draws, names):
    """Return the draws of the named inputs that vary, shape (draws, inputs)."""
    names = [names] if isinstance(names, str) else list(names)
    found = [np.asarray(draws[name], dtype=float) for name in names]
    varying = [column for column in found if column.size and np.ptp(column) > 0]
    return np.column_stack(varying) if varying else np.empty((len(found[0]) if found else 0, 0))


def _best(worth):
    return int(worth.mean(axis=0).argmax())


def _checked(worth):
    worth = np.asarray(worth, dtype=float)
    if worth.ndim != 2 or worth.size == 0 or not np.isfinite(worth).all():
        raise ValueError(f"worth of shape {worth.shape}; expected finite numbers, draws in rows and options in columns")
    return worth


def _estimate(value, error, level):
    low, high = error_range(value, error, level)
    return Estimate(float(value), max(0.0, float(low)), float(high), float(error))
