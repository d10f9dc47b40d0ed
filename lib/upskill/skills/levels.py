"""From the latent scale to levels: cuts, their error, and the targets of roles."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

LEVELS = np.arange(6)
NARROWEST = 1e-9  # between two cuts that a draw has put on one place


@dataclass(frozen=True)
class Cuts:
    """Where levels begin on one scale, lowest first; `standard_errors` are 0 where not given."""

    levels: np.ndarray
    places: np.ndarray
    standard_errors: np.ndarray


def read_cuts(program, scale="domain"):
    """Return `Cuts` by scale_id; empty without the table or where only one cut is known."""
    if "cuts" not in program:
        return {}
    table = program["cuts"].query("scale == @scale").sort_values(["scale_id", "level"])
    return {
        name: Cuts(
            rows["level"].to_numpy(int),
            np.maximum.accumulate(rows["cut"].to_numpy(float)),
            rows["standard_error"].fillna(0).to_numpy(float),
        )
        for name, rows in table.groupby("scale_id")
        if len(rows) > 1
    }


def level_probabilities(posterior, grid, cuts):
    """Return P(level = 0 … 5), shape (persons, 6), over ability and over the error of the cuts.

    P(level >= l) = integral of Phi((theta - c_l) / se_l) under the posterior.
    A level without a cut of its own belongs to the one below.

    >>> cuts = Cuts(np.array([1, 2]), np.array([0.0, 1.0]), np.array([0.0, 0.0]))
    >>> level_probabilities(np.array([[0.25, 0.5, 0.25]]), np.array([-1.0, 0.5, 2.0]), cuts)[0, :3]
    array([0.25, 0.5 , 0.25])
    """
    distance = grid[:, None] - cuts.places
    reached = np.where(
        cuts.standard_errors > 0, ndtr(distance / np.maximum(cuts.standard_errors, 1e-9)), distance >= 0
    )
    at_least = np.minimum.accumulate(posterior @ reached, axis=1)
    bounds = np.concatenate([np.ones((len(posterior), 1)), at_least, np.zeros((len(posterior), 1))], axis=1)
    result = np.zeros((len(posterior), len(LEVELS)))
    result[:, np.concatenate([[0], cuts.levels])] = np.maximum(-np.diff(bounds, axis=1), 0)  # rounding: a little above 1
    return result


def continuous_level(ability, levels, places):
    """Return the level as a number: l at the cut of level l, straight lines between, 0 to 5.

    Beyond the outer cuts the nearest line goes on. Without it a person just
    short of a level and one far from it would count alike. `places`: the cuts,
    or in its last axis the cuts of each draw (then abilities are persons × draws).

    >>> continuous_level(np.array([-9, 0, 0.5, 1.5]), np.array([1, 2]), np.array([0.0, 1.0]))
    array([0. , 1. , 1.5, 2.5])
    """
    ability, places = np.asarray(ability, dtype=float), np.asarray(places, dtype=float)
    last = len(levels) - 2
    result = np.full(np.broadcast_shapes(ability.shape, places.shape[:-1]), float(levels[0]))
    for k in range(last + 1):
        start, width = places[..., k], np.maximum(places[..., k + 1] - places[..., k], NARROWEST)
        share = (ability - start) / width
        share = np.clip(share, None if k == 0 else 0, None if k == last else 1)
        result += share * (levels[k + 1] - levels[k])
    return np.clip(result, LEVELS[0], LEVELS[-1])


def draw_cuts(cuts, count, generator):
    """Return `count` draws of the cuts, shape (count, cuts), kept in order."""
    drawn = generator.normal(cuts.places, cuts.standard_errors, (count, len(cuts.places)))
    return np.sort(drawn, axis=1)


def domain_targets(program):
    """Return the target level by (role, domain): the mean over competencies, weighted by importance.

    target = sum(importance × target_level) / sum(importance)
    """
    domains = program["competencies"][["competency_id", "domain"]].drop_duplicates("competency_id")
    columns = ["role", "competency_id", "target_level", "importance"]
    table = program["role_targets"][columns].merge(domains, on="competency_id")
    weight = table["importance"].astype(float)
    table = table.assign(weight=weight, total=weight * table["target_level"].astype(float))
    sums = table.groupby(["role", "domain"])[["total", "weight"]].sum()
    return (sums["total"] / sums["weight"]).rename("target")
