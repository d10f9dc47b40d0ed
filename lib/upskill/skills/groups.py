"""Where groups stand against their targets, with intervals."""

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills.evidence import roles_and_teams
from upskill.skills.levels import continuous_level, domain_targets

BELOW, MET, UNKNOWN = "probably below target", "probably at or above target", "cannot tell"
NO_TARGET = "no target"


def shortfalls(program, draws, by=("domain",), wave=None, level=0.90):
    """Return how far groups of the program's people are from their targets.

    Parameters
    ----------
    program : whose people are reported (a team, say).
    draws : `PlausibleValues` of the whole company.
    by : any of "domain", "role", "team".
    wave : None = the latest wave drawn.
    level : probability of the intervals.

    Returns one row per group: the columns of `by`, unit, people, target,
    reached (mean level, 0 to 5), reached_low, reached_high, shortfall (mean of
    target minus level, in levels; negative = above target), low, high, expected
    (mean over all of what those below their target lack, so those above make
    up for nobody) with expected_low, expected_high, share_below (share of
    people below target) with share_low, share_high, and verdict. Intervals hold measurement error, error of items and of cuts; the
    group is these people, not a sample. Where cuts are missing, unit is "sd":
    reached is the mean score (0 and 1 are mean and sd of those assessed
    first). Without cuts or role targets there is no shortfall.
    Raises NotEnoughData where nobody was assessed.
    """
    return summarize(*levels_reached(program, draws, wave), by, level)


def summarize(labels, reached, by, level):
    """Return one row per group, as `shortfalls` does, from the result of `levels_reached`."""
    gap = labels["target"].to_numpy()[:, None] - reached
    groups = [*by, "unit"]
    rows = []
    for places in sorted(labels.groupby(groups).indices.values(), key=min):
        part = labels.iloc[places]
        rows.append(
            part[groups].iloc[0].to_dict()
            | {"people": part["person_id"].nunique(), "target": part["target"].mean()}
            | _summary(reached[places], gap[places], level)
        )
    return pd.DataFrame(rows)


def levels_reached(program, draws, wave=None):
    """Return labels (person_id, domain, role, team, unit, target) and levels, rows × draws."""
    program.require("people")
    wave = wave or draws.waves[-1]
    targets = domain_targets(program) if "role_targets" in program else None
    parts = [
        _domain_levels(program, draws, draws.abilities[key], key[1], targets)
        for key in draws.abilities
        if key[0] == wave
    ]
    parts = [part for part in parts if len(part[0])]
    if not parts:
        raise NotEnoughData(f"Nobody with a role that has targets was assessed in wave {wave}.")
    return pd.concat([part[0] for part in parts], ignore_index=True), np.vstack([part[1] for part in parts])


def _domain_levels(program, draws, values, domain, targets):
    values = values[values.index.isin(program["people"]["person_id"])]
    labels = (
        roles_and_teams(program, values.index).rename_axis("person_id").reset_index().assign(domain=domain)
    )
    if domain not in draws.cuts or targets is None:
        unit, reached = in_levels(draws, domain, values)
        return labels.assign(unit=unit, target=np.nan), reached
    labels["target"] = targets.reindex(pd.MultiIndex.from_frame(labels[["role", "domain"]])).to_numpy(float)
    known = labels["target"].notna().to_numpy()
    unit, reached = in_levels(draws, domain, values[known])
    return labels[known].assign(unit=unit), reached


def in_levels(draws, domain, values):
    """Return the unit and the draws (persons × draws) in it: levels where the domain has cuts, else sd."""
    if domain not in draws.cuts:
        return "sd", values.to_numpy()
    return "levels", continuous_level(values.to_numpy(), *draws.cuts[domain])


def _summary(reached, gap, level):
    """Summarize draws (people × draws) of levels and gaps of one group."""
    result = {"reached": reached.mean()}
    result["reached_low"], result["reached_high"] = interval(reached.mean(axis=0), level)
    mean, below = gap.mean(axis=0), np.where(np.isnan(gap), np.nan, gap > 0).mean(axis=0)
    low, high = interval(mean, level)
    share_low, share_high = interval(below, level)
    expected = np.maximum(gap, 0).mean(axis=0)
    expected_low, expected_high = interval(expected, level)
    return result | {
        "expected": expected.mean(),
        "expected_low": expected_low,
        "expected_high": expected_high,
        "shortfall": mean.mean(),
        "low": low,
        "high": high,
        "share_below": below.mean(),
        "share_low": share_low,
        "share_high": share_high,
        "verdict": verdict(low, high),
    }


def interval(draws, level=0.90):
    """Return the ends of the central interval of draws, at the places k / (draws + 1).

    These places hold the level on average over sets of draws, however few; the
    more usual (k - 1) / (draws - 1) make an interval of 300 draws cover 0.6 points
    too little (Hyndman and Fan 1996, The American Statistician 50, 361-365, type 6).

    >>> [round(end, 6) for end in interval(np.arange(1, 100))]
    [5.0, 95.0]
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], method="weibull")
    return float(low), float(high)


def verdict(low, high):
    """Say what an interval of a shortfall allows to say.

    >>> verdict(0.1, 0.6), verdict(-0.5, 0.2)
    ('probably below target', 'cannot tell')
    """
    if np.isnan(low):
        return NO_TARGET
    return BELOW if low > 0 else MET if high <= 0 else UNKNOWN


def changes(program, draws, level=0.90):
    """Return the mean change since the first wave by domain, of the people assessed in both waves.

    Columns: domain, people, change, low, high, unit ("levels", or "sd" of the
    first wave where a domain has no cuts). Both waves are on one scale, with
    items and cuts of the same draw, so their error mostly cancels. A change is
    not an effect: it holds practice with the test and everything else that
    happened. Empty with fewer than two waves.
    """
    first, last = draws.waves[0], draws.waves[-1]
    rows = [_change(program, draws, domain, first, last, level) for domain in draws.domains if first != last]
    return pd.DataFrame(
        [row for row in rows if row], columns=["domain", "people", "change", "low", "high", "unit"]
    )


def _change(program, draws, domain, first, last, level):
    before, after = draws.abilities.get((first, domain)), draws.abilities.get((last, domain))
    if before is None or after is None:
        return None
    both = before.index.intersection(after.index).intersection(program["people"]["person_id"])
    unit, before = in_levels(draws, domain, before.loc[both])
    unit, after = in_levels(draws, domain, after.loc[both])
    if not len(both):
        return None
    mean = (after - before).mean(axis=0)
    low, high = interval(mean, level)
    return {
        "domain": domain,
        "people": len(both),
        "change": mean.mean(),
        "low": low,
        "high": high,
        "unit": unit,
    }


def hide_small(sizes, minimum):
    """Return which groups to hide (bool array), so that none can be had by subtraction from the total.

    Groups below `minimum` are hidden, then the next smallest until at least
    two groups with `minimum` people together are hidden.

    >>> hide_small([3, 9, 6, 20], 5)
    array([ True, False,  True, False])
    """
    sizes = np.asarray(sizes)
    hidden = sizes < minimum
    for place in np.argsort(sizes, kind="stable"):
        if not hidden.any() or (hidden.sum() >= 2 and sizes[hidden].sum() >= minimum):
            break
        hidden[place] = True
    return hidden


def hidden_roles(table, minimum):
    """Return the roles to hide in a table role × domain: small in any domain, or needed to protect those."""
    sizes = table.groupby("role")["people"].min().sort_index()
    return set(sizes.index[hide_small(sizes.to_numpy(), minimum)])
