"""How far a simulated number would move with other random draws, and when to draw more.

Draws come in blocks that were scrambled independently; the spread between the
blocks tells the error, whatever the statistic is.
"""

import math

import numpy as np
import pandas as pd
from scipy.special import ndtri

BLOCKS = 16
SHARP = 2.0  # errors by which a number must keep away from a threshold


def block_error(per_draw, statistic, blocks=BLOCKS):
    """Return the Monte Carlo standard error of a statistic of the draws, NaN with fewer than two blocks.

    per_draw: shape (draws, …), blocks one after the other, as many draws in
    each. statistic: takes the draws of one block. Equation: standard deviation
    between blocks / sqrt(blocks).
    """
    per_draw = np.asarray(per_draw, dtype=float)
    if blocks < 2 or len(per_draw) < 2 * blocks:
        return float("nan")
    values = [statistic(block) for block in np.array_split(per_draw, blocks)]
    return float(np.std(values, ddof=1) / math.sqrt(blocks))


def mean_error(per_draw, blocks=BLOCKS):
    """Return the Monte Carlo error of the mean."""
    return block_error(per_draw, np.mean, blocks)


def quantile_error(per_draw, probability, blocks=BLOCKS):
    """Return the Monte Carlo error of a quantile."""
    return block_error(per_draw, lambda block: np.quantile(block, probability), blocks)


def probability_error(happens, blocks=BLOCKS):
    """Return the Monte Carlo error of a probability; happens: true or false for each draw."""
    return block_error(happens, np.mean, blocks)


def draws_needed(value, error, threshold, draws):
    """Return how many draws would tell the value from a threshold, or None where these do.

    A verdict stands when the value is two Monte Carlo errors away from the
    threshold. The error falls at least with the square root of the draws, so that
    draws (2 error / distance) ** 2 are enough; rounded up to a power of two,
    infinite where the value is the threshold.

    >>> draws_needed(10.0, 3.0, 0.0, 8192) is None, draws_needed(2.0, 3.0, 0.0, 8192)
    (True, 131072)
    """
    distance = abs(value - threshold)
    if not error > 0 or distance >= SHARP * error:
        return None
    if distance == 0:
        return math.inf
    return 2 ** math.ceil(math.log2(draws * (SHARP * error / distance) ** 2))


def simulation_errors(per_draw, level=0.90, blocks=BLOCKS):
    """Return number, value and Monte Carlo error of the mean, both ends of the interval, and the chance of loss."""
    tail = (1 - level) / 2
    rows = [("mean", np.mean(per_draw), mean_error(per_draw, blocks)),
            ("low", np.quantile(per_draw, tail), quantile_error(per_draw, tail, blocks)),
            ("high", np.quantile(per_draw, 1 - tail), quantile_error(per_draw, 1 - tail, blocks)),
            ("chance of loss", np.mean(np.asarray(per_draw) < 0), probability_error(np.asarray(per_draw) < 0, blocks))]
    return pd.DataFrame(rows, columns=["number", "value", "monte_carlo_error"])


def error_range(value, error, level=0.90):
    """Return (low, high) of a simulated number by its Monte Carlo error alone; the number itself without one."""
    if not error > 0:
        return float(value), float(value)
    half = float(ndtri((1 + level) / 2)) * error
    return float(value - half), float(value + half)
