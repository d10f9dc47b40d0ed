"""How much is missing to the target, how probably it is met, and which gaps matter most."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from upskill.skills.groups import interval

FIVE = 5
COLUMNS = ["role", "domain", "people", "importance", "shortfall", "low", "high", "weight", "weight_low", "weight_high",
           "among_first", "may_be_first"]


def chance_of_meeting(mean, standard_error, target):
    """Return P(ability >= target) for a normal posterior of ability.

    P(theta >= c) = 1 - Phi((c - m) / s). All three in one unit (levels, or sd of the scale); arrays broadcast.
    Where the target is itself an estimate, put sqrt(s² + error of the target²) for s.

    >>> round(float(chance_of_meeting(0.80, 0.35, 0.5)), 5)
    0.80432
    """
    mean, standard_error, target = (np.asarray(values, dtype=float) for values in (mean, standard_error, target))
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = ndtr((mean - target) / standard_error)
    return np.where(standard_error > 0, chance, np.where(np.isnan(mean - target), np.nan, mean >= target))


def expected_shortfall(mean, standard_error, target):
    """Return the expected value of max(target - ability, 0) for a normal posterior of ability.

    (c - m) Phi(z) + s phi(z) with z = (c - m) / s, in the unit of the scale and
    never below zero. Unlike target minus score it counts what may be missing
    of those whose score is just enough. Arrays broadcast.

    >>> round(float(expected_shortfall(0.80, 0.35, 1.0)), 5)
    0.26183
    """
    mean, standard_error, target = (np.asarray(values, dtype=float) for values in (mean, standard_error, target))
    short = target - mean
    with np.errstate(divide="ignore", invalid="ignore"):
        z = short / standard_error
        expected = short * ndtr(z) + standard_error * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.where(standard_error > 0, np.maximum(expected, 0), np.maximum(short, 0))


def shortfall_of_draws(draws, target):
    """Return the mean of max(target - draw, 0) and the share of draws that meet the target, over the last axis.

    >>> shortfall, meeting = shortfall_of_draws(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([3.0]))
    >>> shortfall.tolist(), meeting.tolist()
    ([0.75], [0.5])
    """
    gap = np.asarray(target, dtype=float)[..., None] - np.asarray(draws, dtype=float)
    return np.maximum(gap, 0).mean(axis=-1), np.where(np.isnan(gap), np.nan, gap <= 0).mean(axis=-1)


def domain_importance(program):
    """Return the mean importance (1 to 5) of a domain's competencies by (role, domain); 0 where a role needs none."""
    domains = program["competencies"][["competency_id", "domain"]].drop_duplicates("competency_id")
    table = program["role_targets"][["role", "competency_id", "importance"]].merge(domains, on="competency_id")
    return table.groupby(["role", "domain"])["importance"].mean().astype(float).rename("importance")


def group_importance(labels, importance):
    """Return the mean importance of its domain to each person of `labels` (role, domain); NaN where none is known."""
    return importance.reindex(pd.MultiIndex.from_frame(labels[["role", "domain"]])).to_numpy(float)


def priorities(labels, reached, importance, shown=None, level=0.90):
    """Return groups (role × domain) by importance × levels to gain × people, widest first.

    Parameters
    ----------
    labels, reached : as from `levels_reached`: one row per person and domain; levels, rows × draws.
    importance : as from `domain_importance`.
    shown : (role, domain) pairs that may be shown; None = all.
    level : probability of the intervals.

    Columns: role, domain, people, importance, shortfall (expected levels to
    gain per person), low, high, weight (importance / 5 × levels × people,
    so levels of the highest importance), weight_low, weight_high, among_first:
    share of draws in which the group is one of the five largest, and
    may_be_first: whether its interval reaches the largest estimate's. Groups
    without targets are left out; empty where there is none.
    """
    rows, totals = [], []
    weights = group_importance(labels, importance)
    for (role, domain), places in labels.groupby(["role", "domain"]).indices.items():
        if (shown is not None and (role, domain) not in shown) or np.isnan(
                labels["target"].to_numpy(float)[places[0]] + weights[places[0]]):
            continue
        short = np.maximum(labels["target"].to_numpy(float)[places, None] - reached[places], 0)
        total = weights[places[0]] / 5 * short.sum(axis=0)
        low, high = interval(short.mean(axis=0), level)
        weight_low, weight_high = interval(total, level)
        totals.append(total)
        rows.append({"role": role, "domain": domain, "people": len(places), "importance": weights[places[0]],
                     "shortfall": short.mean(), "low": low, "high": high, "weight": total.mean(),
                     "weight_low": weight_low, "weight_high": weight_high})
    if not rows:
        return pd.DataFrame(columns=COLUMNS)
    order = np.argsort(np.argsort(-np.array(totals), axis=0, kind="stable"), axis=0)
    table = pd.DataFrame(rows).assign(among_first=(order < FIVE).mean(axis=1))
    table = table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)
    return table.assign(may_be_first=table["weight_high"] >= table["weight_low"].iloc[0])[COLUMNS]


def shares_at_levels(reached, level=0.90):
    """Return the share of people at each level 0 … 5 with its interval, from levels (people × draws).

    A person is at the highest level that they reach, so 2.9 is level 2.
    Columns: level, share, low, high (shares 0 to 1).

    >>> shares_at_levels(np.array([[1.2, 1.4], [2.5, 3.1]]))["share"].tolist()
    [0.0, 0.5, 0.25, 0.25, 0.0, 0.0]
    """
    whole = np.floor(np.clip(reached, 0, 5) + 1e-12)
    rows = []
    for step in range(6):
        share = (whole == step).mean(axis=0)
        low, high = interval(share, level)
        rows.append({"level": step, "share": share.mean(), "low": low, "high": high})
    return pd.DataFrame(rows)
