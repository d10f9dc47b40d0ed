"""Are a person's answers the kind that somebody of their ability gives? For computing only: reports show counts."""

import numpy as np
import pandas as pd

from upskill.skills import graded
from upskill.skills.abilities import matching
from upskill.skills.answers import encode
from upskill.skills.fit_of_items import FALSE_DISCOVERIES, flagged

SIMULATED = 10_000  # made-up people that say what is odd; of more people, as many as give each ten
ROUNDS = 10
STEPS = 12


def person_fit(calibration, responses, false_discoveries=FALSE_DISCOVERIES, seed=20261125):
    """Return how well each person's answers go with their ability; see `person_fit_across` for several scales.

    >>> from upskill.skills import calibrate
    >>> random = np.random.default_rng(3)
    >>> chance = 1 / (1 + np.exp(-1.5 * (random.normal(size=(300, 1)) - np.linspace(-2, 2, 25))))
    >>> answers = (random.random(chance.shape) < chance).astype(float)
    >>> answers[0] = np.arange(25) > 12  # easy ones wrong, hard ones right
    >>> found = person_fit(calibrate(answers), answers)
    >>> bool(found["odd"].iloc[0]), int(found["odd"].sum())
    (True, 1)
    """
    return person_fit_across([calibration], [responses], false_discoveries, seed)


def person_fit_across(calibrations, responses, false_discoveries=FALSE_DISCOVERIES, seed=20261125):
    """Return how well each person's answers go with their abilities, over one or more scales together.

    Parameters
    ----------
    calibrations, responses : one calibration, and persons × items with person ids as
        index, per scale.
    false_discoveries : expected share of wrong flags among the flagged people.
    seed : of the made-up people.

    Returns one row per person: fit (standardized log-likelihood, mean 0 and sd 1 for
    answers that follow the model; low = odd), items, p_value (share of made-up people
    with a lower fit), odd (p values judged together, Benjamini & Hochberg 1995).

    l = sum of log P(x_j), centered and scaled with the correction for an estimated
    ability of Snijders (2001, Psychometrika 66, 331-342), for posterior modes and
    ordered categories (Sinharay 2016, Psychometrika 81, 992-1013). In short tests it
    is skewed all the same, so p values come from answers drawn from the model for
    the same people and items, scored again.
    """
    frames = [matching(calibration, frame) for calibration, frame in zip(calibrations, responses, strict=True)]
    people = pd.Index(pd.unique(np.concatenate([frame.index.to_numpy() for frame in frames])))
    places = [people.get_indexer(frame.index) for frame in frames]
    coded = [encode(frame, calibration.codes)[0] for calibration, frame in zip(calibrations, frames)]
    parts = [_center(calibration, answers) for calibration, answers in zip(calibrations, coded)]
    fit = _standardized(parts, places, len(people))
    random = np.random.default_rng(seed)
    rounds = max(-(-SIMULATED // max(len(people), 1)), ROUNDS)
    made_up = [_standardized([_center(calibration, _drawn(calibration, part[0], answers, random))
                              for calibration, part, answers in zip(calibrations, parts, coded)], places, len(people))
               for _ in range(rounds)]
    made_up = np.sort(np.concatenate(made_up)[np.isfinite(np.concatenate(made_up))])
    p_value = np.where(np.isfinite(fit), (1 + np.searchsorted(made_up, fit, "right")) / (1 + len(made_up)), np.nan)
    items = np.zeros(len(people), dtype=int)
    for place, answers in zip(places, coded):
        np.add.at(items, place, (answers >= 0).sum(axis=1))
    return pd.DataFrame({"fit": fit, "items": items, "p_value": p_value, "odd": flagged(p_value, false_discoveries)},
                        index=people.rename(frames[0].index.name))


def _standardized(parts, places, people):
    """Add up centered log-likelihoods and variances over scales; NaN where nothing was answered."""
    total, variance = np.zeros((2, people))
    for (_, off, spread), place in zip(parts, places):
        np.add.at(total, place, off)
        np.add.at(variance, place, spread)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance > 1e-12, total / np.sqrt(variance), np.nan)


def _center(calibration, answers):
    """Return ability (posterior mode), corrected log-likelihood less its expectation, and its variance, per person."""
    ability = _mode(calibration, answers)
    chance, slope = _curves(calibration, ability)
    log_chance, asked = np.log(chance), (answers >= 0).T
    expected = (chance * log_chance).sum(axis=2)
    ratio = slope / chance
    share = ((slope * log_chance).sum(axis=2) * asked).sum(axis=0)
    share /= np.maximum(((slope * ratio).sum(axis=2) * asked).sum(axis=0), 1e-300)
    given = np.take_along_axis(log_chance, np.maximum(answers.T, 0)[:, :, None], axis=2)[:, :, 0]
    off = ((given - expected) * asked).sum(axis=0) - share * ability
    spread = (chance * (log_chance - expected[:, :, None] - share[:, None] * ratio) ** 2).sum(axis=2)
    return ability, off, (spread * asked).sum(axis=0)


def _curves(calibration, ability):
    """Return P(answer) and its derivative, shape (items, persons, K); an item that says nothing has one sure answer."""
    parameters = calibration.parameters()
    chance = np.maximum(graded.probabilities(*parameters, ability), graded.SMALLEST)
    return chance, graded.growth(*parameters, ability)


def _mode(calibration, answers):
    """Return the ability at which answers and a standard normal population are most probable, by Fisher scoring."""
    asked, given = (answers >= 0).T, np.maximum(answers.T, 0)[:, :, None]
    ability = np.zeros(len(answers))
    for _ in range(STEPS):
        chance, slope = _curves(calibration, ability)
        rise = (np.take_along_axis(slope / chance, given, axis=2)[:, :, 0] * asked).sum(axis=0)
        information = ((slope**2 / chance).sum(axis=2) * asked).sum(axis=0)
        step = np.clip((rise - ability) / (information + 1), -1, 1)
        ability += step
        if np.abs(step).max(initial=0) < 1e-6:
            break
    return ability


def _drawn(calibration, ability, answers, random):
    """Draw answers to the items that each person answered, at abilities around theirs."""
    chance, slope = _curves(calibration, ability)
    information = ((slope**2 / chance).sum(axis=2) * (answers >= 0).T).sum(axis=0)
    around = ability + random.standard_normal(len(ability)) / np.sqrt(information + 1)
    total = np.cumsum(_curves(calibration, around)[0], axis=2)
    drawn = (total < random.random(total.shape[:2])[:, :, None]).sum(axis=2).T
    return np.where(answers >= 0, np.minimum(drawn, chance.shape[2] - 1), -1)
