"""Who starts when: drawn by lot, from a seed that is written down, so that anybody can draw it again."""

import numpy as np
import pandas as pd

DESIGNS = ("complete", "pairs", "stepped")


def draw_starts(teams, dates, design="complete", seed=0, before=None):
    """Draw which team starts when and return one row per team: team, starts_on (NaT = comparison), block, assignment.

    `teams`: names; `dates`: first days, in order. complete: half of the teams (rounded
    down where odd) start on the one date. pairs: teams that are alike in `before` (level
    of the KPI before, by team) are paired, one of each pair starts (the last of an odd
    number compares); analyze with strata = block. stepped: dates and a
    comparison get equally many teams (one more or less).
    The order of `teams` does not matter: names are sorted before the draw. Raises
    ValueError for arguments that do not fit.

    >>> drawn = draw_starts(["d", "b", "a", "c"], ["2026-03-02"], seed=7)
    >>> sorted(drawn["team"]), int(drawn["starts_on"].notna().sum())
    (['a', 'b', 'c', 'd'], 2)
    """
    names = sorted(str(team) for team in teams)
    days = [pd.Timestamp(day) for day in ([dates] if isinstance(dates, str) else dates)]
    _check(names, days, design, before)
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(7,)))
    if design == "pairs":
        starts, block = _paired(names, days[0], random, before)
    else:
        order = random.permutation(names)
        groups = [*days, pd.NaT] if design == "stepped" else [days[0], pd.NaT]
        parts = np.array_split(order, len(groups)) if design == "stepped" else np.split(order, [len(names) // 2])
        starts = {team: day for part, day in zip(parts, groups, strict=True) for team in part}
        block = dict.fromkeys(names, 1)
    return pd.DataFrame({"team": names, "starts_on": pd.to_datetime([starts[name] for name in names]),
                         "block": [block[name] for name in names], "assignment": "lottery"})


def _check(names, days, design, before):
    wrong = []
    if len(names) < 2 or len(set(names)) < len(names):
        wrong.append("teams: expected two or more, each once")
    if design not in DESIGNS:
        wrong.append(f"design is {design!r}; expected one of {', '.join(DESIGNS)}")
    if not days or any(pd.isna(day) for day in days) or days != sorted(set(days)):
        wrong.append("dates: expected one or more days, each once, in order")
    elif design in ("complete", "pairs") and len(days) != 1:
        wrong.append(f"{design}: expected one date; stepped takes several")
    if design == "stepped" and len(names) < len(days) + 1:
        wrong.append(f"{len(names)} teams for {len(days)} dates and a comparison: each needs at least one")
    if design == "pairs" and (before is None or not set(names) <= {str(team) for team in dict(before)}):
        wrong.append("pairs: `before` must give the level of every team")
    if wrong:
        raise ValueError("; ".join(wrong))


def _paired(names, day, random, before):
    """Pair neighbors by level and draw one of each pair."""
    level = {str(team): float(value) for team, value in dict(before).items()}
    ordered = sorted(names, key=lambda name: (level[name], name))
    starts, block = dict.fromkeys(names, pd.NaT), {}
    for number, place in enumerate(range(0, len(ordered), 2), 1):
        pair = ordered[place:place + 2]
        block |= dict.fromkeys(pair, number)
        if len(pair) == 2:
            starts[pair[int(random.integers(2))]] = day
    return starts, block
