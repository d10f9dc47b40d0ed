"""Where groups stand against their targets, with intervals."""

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills.evidence import roles_and_teams
from upskill.skills.levels import continuous_level, domain_targets

BELOW, MET, UNKNOWN = "probably below target", "probably at or above target", "cannot tell"


def shortfalls(program, draws, by=("domain",), wave=None, level=0.90):
    """Return how far groups of the program's people are from their targets.

    Parameters
    ----------
    program : whose people are reported (a team, say).
    draws : `PlausibleValues` of the whole company.
    by : any of "domain", "role", "team".
    wave : None = the latest wave drawn.
    level : probability of the intervals.

    Returns one row per group: the columns of `by`, people, target, reached
    (mean level, 0 to 5), shortfall (mean of target minus level, in levels;
    negative = above target), low, high, share_below (share of people below
    target) with share_low, share_high, and verdict. Intervals hold measurement
    error, error of items and of cuts; the group is these people, not a sample.
    Raises NotEnoughData without cuts, targets or assessed people.
    """
    labels, reached = _levels_of(program, draws, wave or draws.waves[-1])
    gap = labels["target"].to_numpy()[:, None] - reached
    rows = []
    numbers = labels.groupby(list(by), sort=False).ngroup()
    for number in range(numbers.max() + 1):
        places = np.flatnonzero(numbers == number)
        rows.append(labels[list(by)].iloc[places[0]].to_dict() | {"people": labels["person_id"].iloc[places].nunique(),
                                            "target": labels["target"].iloc[places].mean()}
                    | _summary(reached[places], gap[places], level))
    return pd.DataFrame(rows)


def _levels_of(program, draws, wave):
    """Return labels (person_id, domain, role, team, target) and levels, rows × draws."""
    program.require("people", "role_targets", "cuts")
    targets = domain_targets(program)
    parts = [_domain_levels(program, draws, wave, domain, targets) for domain in draws.domains]
    parts = [part for part in parts if part is not None and len(part[0])]
    if not parts:
        raise NotEnoughData("Nobody with a role target was assessed in a domain that has cuts.")
    return pd.concat([part[0] for part in parts], ignore_index=True), np.vstack([part[1] for part in parts])


def _domain_levels(program, draws, wave, domain, targets):
    values = draws.abilities.get((wave, domain))
    if values is None or domain not in draws.cuts:
        return None
    values = values[values.index.isin(program["people"]["person_id"])]
    labels = roles_and_teams(program, values.index).rename_axis("person_id").reset_index().assign(domain=domain)
    labels["target"] = targets.reindex(pd.MultiIndex.from_frame(labels[["role", "domain"]])).to_numpy(float)
    known = labels["target"].notna().to_numpy()
    return labels[known], to_levels(values.to_numpy(), *draws.cuts[domain])[known]


def to_levels(abilities, levels, places):
    """Return levels of draws of abilities (persons × draws), each draw with its own cuts (draws × cuts)."""
    return np.column_stack([continuous_level(abilities[:, number], levels, places[number])
                            for number in range(abilities.shape[1])])


def _summary(reached, gap, level):
    mean, below = gap.mean(axis=0), (gap > 0).mean(axis=0)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(mean, tails)
    share_low, share_high = np.quantile(below, tails)
    return {"reached": reached.mean(), "shortfall": mean.mean(), "low": low, "high": high, "share_below": below.mean(),
            "share_low": share_low, "share_high": share_high, "verdict": verdict(low, high)}


def verdict(low, high):
    """Say what an interval of a shortfall allows to say.

    >>> verdict(0.1, 0.6), verdict(-0.5, 0.2)
    ('probably below target', 'cannot tell')
    """
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
    return pd.DataFrame([row for row in rows if row], columns=["domain", "people", "change", "low", "high", "unit"])


def _change(program, draws, domain, first, last, level):
    before, after = draws.abilities.get((first, domain)), draws.abilities.get((last, domain))
    if before is None or after is None:
        return None
    both = before.index.intersection(after.index).intersection(program["people"]["person_id"])
    before, after = before.loc[both].to_numpy(), after.loc[both].to_numpy()
    if domain in draws.cuts:
        before, after = (to_levels(values, *draws.cuts[domain]) for values in (before, after))
    if not len(both):
        return None
    mean = (after - before).mean(axis=0)
    low, high = np.quantile(mean, [(1 - level) / 2, (1 + level) / 2])
    return {"domain": domain, "people": len(both), "change": mean.mean(), "low": low, "high": high,
            "unit": "levels" if domain in draws.cuts else "sd"}


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
