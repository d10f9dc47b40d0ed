"""Mean ability of teams, not drawn toward each other: marginal maximum likelihood with items held fixed."""

import numpy as np

POINTS = np.linspace(-6, 6, 61)
WIDE = 3.0  # sd of the prior of a team's mean: nothing but a stop for teams with all answers right or wrong
NARROWEST = 0.1
STEPS, ENOUGH = 200, 1e-5


def fit_team_means(likelihood, codes):
    """Return means (draws × teams), the common spread within teams (draws) and posteriors (draws × persons × points).

    `likelihood`: P(answers | theta) of each draw at `POINTS`, up to a factor
    per person, shape (draws, persons, points); `codes`: team of each person,
    0 … G - 1. theta ~ normal(mean of the team, spread²), by EM.

    >>> likelihood = np.exp(-0.5 * ((POINTS - np.array([[0.0], [1.0], [2.0], [3.0]])) / 0.1) ** 2)[None]
    >>> mean, spread, _ = fit_team_means(likelihood, np.array([0, 0, 1, 1]))
    >>> mean.round(1).tolist(), spread.round(1).tolist()
    ([[0.5, 2.5]], [0.5])
    """
    teams = np.eye(codes.max() + 1)[codes]
    mean, spread = _climb(likelihood[:1], teams, np.zeros((1, teams.shape[1])), np.ones(1))
    mean, spread = _climb(likelihood, teams, np.repeat(mean, len(likelihood), 0), np.repeat(spread, len(likelihood)))
    return mean, spread, _posterior(likelihood, teams, mean, spread)


def _posterior(likelihood, teams, mean, spread):
    distance = (POINTS - (mean @ teams.T)[..., None]) / spread[:, None, None]
    joint = likelihood * np.exp(-0.5 * distance**2)
    return joint / joint.sum(axis=2, keepdims=True)


def _climb(likelihood, teams, mean, spread):
    """Repeat EM steps until no mean or spread moves by more than `ENOUGH`."""
    size = teams.sum(axis=0)
    powers = np.stack([POINTS, POINTS**2], axis=1)
    for _ in range(STEPS):
        first, second = np.moveaxis(_posterior(likelihood, teams, mean, spread) @ powers, 2, 0)
        weight = size * (WIDE / spread[:, None]) ** 2
        moved = weight / (weight + 1) * (first @ teams) / size
        center = moved @ teams.T
        wide = np.maximum(np.sqrt((second - 2 * first * center + center**2).mean(axis=1)), NARROWEST)
        apart = max(np.abs(moved - mean).max(), np.abs(wide - spread).max())
        mean, spread = moved, wide
        if apart < ENOUGH:
            break
    return mean, spread
