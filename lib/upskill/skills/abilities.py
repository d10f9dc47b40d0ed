"""Scores from a calibration: for answers, for sums on paper, and how reliable they are."""

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills import graded
from upskill.skills.answers import as_numbers
from upskill.skills.scoring import GRID, likelihood_on_grid, posterior_on_grid

FEWEST_PERSONS = 3


def ability_scores(calibration, responses, mean=0.0, sd=1.0):
    """Return the expected ability of each person given their answers, and its standard error.

    Parameters
    ----------
    calibration : from `calibrate`.
    responses : persons × items, the items in the order of the calibration; NaN =
        missing. A code that the calibration has not seen counts as the nearest one.
    mean, sd : population of abilities, on the scale of the calibration.

    Returns one row per person: score (posterior mean), standard_error (posterior
    sd), items (number answered that say something). Nobody's answers give 0 ± 1.
    score = integral of theta p(theta | x), p proportional to prod_j P(x_j | theta)
    phi(theta) (Bock & Mislevy 1982, Applied Psychological Measurement 6, 431-444).

    Raises ValueError where the number of items differs.
    """
    frame = matching(calibration, responses)
    posterior = posterior_on_grid(likelihood_on_grid(calibration, frame), np.full(len(frame), mean), sd)
    score, error = moments(posterior, GRID)
    answered = frame.notna().to_numpy()[:, telling(calibration)].sum(axis=1)
    return pd.DataFrame({"score": score, "standard_error": error, "items": answered}, index=frame.index)


def matching(calibration, responses):
    """Return answers as floats after checking that they are of the calibrated items."""
    frame = as_numbers(responses)
    if frame.shape[1] != len(calibration.items):
        raise ValueError(f"{frame.shape[1]} items answered, {len(calibration.items)} calibrated: give the same items")
    return frame


def moments(posterior, grid):
    """Return mean and sd of each row of weights on the grid."""
    mean = posterior @ grid
    return mean, np.sqrt(np.maximum(posterior @ grid**2 - mean**2, 0))


def telling(calibration):
    """Tell which items have two different answers."""
    return np.array([len(seen) > 1 for seen in calibration.codes])


def sum_score_table(calibration, mean=0.0, sd=1.0):
    """Return ability for each sum of scores, to read off on paper where nobody has a computer.

    Returns one row per possible sum: score, standard_error, probability (of that
    sum in the population). The sum is of the items with two different answers, all
    of them answered, in the codes of the data.

    P(sum | theta) by the recursion of Lord and Wingersky (1984, Applied Psychological
    Measurement 8, 453-461). Raises ValueError where codes are not whole numbers.
    """
    chance, lowest = sum_chances(calibration, GRID)
    weight = np.exp(-0.5 * ((GRID - mean) / sd) ** 2)
    joint = chance * weight / weight.sum()
    share = joint.sum(axis=1)
    possible = share > 0
    score, error = moments(joint[possible] / share[possible, None], GRID)
    sums = pd.Index(np.flatnonzero(possible) + lowest, name="sum")
    return pd.DataFrame({"score": score, "standard_error": error, "probability": share[possible]}, index=sums)


def sum_chances(calibration, grid, without=None, ranked=False):
    """Return P(sum | theta), shape (sums, points), and the lowest sum; item number `without` is left out.

    `ranked`: sums of 0, 1 … in place of the codes.
    """
    slopes, intercepts = calibration.parameters()
    chance = graded.probabilities(slopes, intercepts, grid)
    result, lowest = np.ones((1, len(grid))), 0
    for j in np.flatnonzero(telling(calibration)):
        if j != without:
            codes = np.arange(len(calibration.codes[j])) if ranked else whole(calibration.codes[j])
            wider = np.zeros((len(result) + int(codes[-1] - codes[0]), len(grid)))
            for k, step in enumerate(codes - codes[0]):
                wider[step:step + len(result)] += result * chance[j, :, k]
            result, lowest = wider, lowest + int(codes[0])
    return result, lowest


def whole(codes):
    """Return codes as whole numbers; raises ValueError where they are not."""
    if not np.array_equal(codes, np.round(codes)):
        raise ValueError(f"codes {codes} are not whole numbers: their sums cannot be listed")
    return codes.astype(int)


def marginal_reliability(scores):
    """Return the share of the spread of ability that scores catch, 0 to 1.

    scores : table with score and standard_error, one row per person, as from
        `ability_scores`, or one domain of `assess_skills`.

    var(score) / (var(score) + mean squared standard error), variance with n - 1: a
    posterior mean varies by as much less than ability as its error is large (Green,
    Bock, Humphreys, Linn & Reckase 1984, Journal of Educational Measurement 21, 347-360).
    Raises NotEnoughData for fewer than 3 people.

    >>> round(marginal_reliability(pd.DataFrame({"score": [-1, 0, 1], "standard_error": [0.5, 0.5, 0.5]})), 3)
    0.8
    """
    known = scores[["score", "standard_error"]].astype(float).dropna()
    if len(known) < FEWEST_PERSONS:
        raise NotEnoughData(f"{len(known)} people have a score; reliability needs at least {FEWEST_PERSONS}.")
    spread, error = known["score"].var(), (known["standard_error"] ** 2).mean()
    return float(spread / (spread + error)) if spread + error > 0 else 0.0
