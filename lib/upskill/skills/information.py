"""What a test can tell at which ability, and which levels it can tell apart."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from upskill.skills import graded


def test_information(calibration, abilities):
    """Return the information and the standard error of measurement at each ability.

    Returns one row per ability: ability, information, standard_error = 1 / sqrt(information)
    (infinite where the test says nothing).
    I(theta) = sum over items and answers of (dP / dtheta)² / P (Samejima 1969,
    Psychometrika monograph 17).
    """
    abilities = np.atleast_1d(np.asarray(abilities, dtype=float))
    parameters = calibration.parameters()
    chance = np.maximum(graded.probabilities(*parameters, abilities), graded.SMALLEST)
    total = (graded.growth(*parameters, abilities) ** 2 / chance).sum(axis=(0, 2))
    with np.errstate(divide="ignore"):
        error = 1 / np.sqrt(total)
    return pd.DataFrame({"ability": abilities, "information": total, "standard_error": error})


test_information.__test__ = False  # a name of the field, not a test to collect


def cut_precision(calibration, cuts, largest_error=0.1):
    """Return how well the test decides at each cut, and which neighboring levels it tells apart.

    Parameters
    ----------
    cuts : `Cuts` on the scale of the calibration.
    largest_error : share of wrong decisions up to which two levels count as told apart.

    Returns one row per cut: level, cut, standard_error (of measurement there),
    error_with_cut (with the error of the cut itself), wrong (chance that a person in
    the middle of the level above is placed below the cut; the outermost level is
    taken to be as wide as its neighbor), told_apart.
    wrong = Phi(-half the width of the level / error_with_cut).
    """
    at = test_information(calibration, cuts.places)["standard_error"].to_numpy()
    both = np.hypot(at, cuts.standard_errors)
    width = np.diff(cuts.places)
    half = np.append(width, width[-1:])[:len(cuts.places)] / 2 if len(width) else np.full(len(cuts.places), np.nan)
    wrong = ndtr(-half / both)
    return pd.DataFrame({"level": cuts.levels, "cut": cuts.places, "standard_error": at, "error_with_cut": both,
                         "wrong": wrong, "told_apart": wrong <= largest_error})
