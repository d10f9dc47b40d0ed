"""Data whose truth is known, and what an estimate is worth on it. Needs NumPy alone."""

import numpy as np

SEED = 20261122
CASES = {"2PL": (5000, 60, 2), "graded": (2000, 40, 5)}  # people, items, categories


def made_up(case, shrink=1):
    """Return answers (people × items), true slopes and true difficulties (items × categories - 1)."""
    people, items, categories = CASES[case]
    people, items = people // shrink, max(items // shrink, 5)
    random = np.random.default_rng(SEED)
    slopes = random.lognormal(0.1 if case == "2PL" else 0.2, 0.3, items)
    places = np.sort(random.normal(size=(items, categories - 1)), axis=1)
    ability = random.normal(size=people)
    chance = 1 / (1 + np.exp(-slopes[:, None] * (ability[:, None, None] - places)))
    answers = (random.random((people, items, 1)) < chance).sum(axis=2)
    return answers.astype(float), slopes, places, ability


def log_likelihood(answers, slopes, places, points=201, widest=8.0):
    """Return the marginal log-likelihood on one fine grid, the same for every library."""
    grid = np.linspace(-widest, widest, points)
    weight = np.exp(-grid**2 / 2)
    joint = np.log(weight / weight.sum()) + np.zeros((len(answers), 1))
    for item, (slope, place) in enumerate(zip(slopes, places)):
        above = 1 / (1 + np.exp(-slope * (grid - place[:, None])))
        bounds = np.vstack([np.ones(points), above, np.zeros(points)])
        joint += np.log(np.maximum(-np.diff(bounds, axis=0), 1e-300))[answers[:, item].astype(int)]
    largest = joint.max(axis=1)
    return float((largest + np.log(np.exp(joint - largest[:, None]).sum(axis=1))).sum())


def errors(estimate, truth):
    """Return root mean square error and bias."""
    off = np.asarray(estimate, dtype=float) - truth
    return float(np.sqrt(np.mean(off**2))), float(np.mean(off))
