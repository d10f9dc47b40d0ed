"""What may be said of teams: only where enough answered, and agree more than chance would have it."""

import numpy as np
import pandas as pd

from upskill.adoption.agreement import chance_agreement, group_correlations, shrunken_means, within_group_agreement
from upskill.adoption.constructs import person_scores
from upskill.data import NotEnoughData
from upskill.privacy import hidden_rows

CONSENSUS, DIVIDED, FEW = "shown", "no consensus", "too few"


def team_climate(answers, construct, smallest=5, wave=None, level=0.90):
    """Return one row per team: team, people, state, agreement, by_chance, value, low, high (shrunken mean), favorable.

    `state`: "too few" (fewer than `smallest` respondents, nothing is given), "no consensus" (agreement not above what 95 of
    100 groups answering at random stay below: a mean would describe nobody) or "shown". `attrs`: correlations (table
    of `group_correlations`, None where it cannot be had).
    """
    wave = wave or answers.waves[-1]
    rows = answers.table[(answers.table["wave"] == wave) & (answers.table["construct"] == construct)]
    if rows.empty:
        raise NotEnoughData(f"no answers on {construct} in wave {wave}")
    scores = person_scores(answers, wave)[construct].dropna()
    enough = scores.groupby("team").size()
    enough = enough[enough >= smallest].index
    kept = scores[scores.index.get_level_values("team").isin(enough)]
    means, correlations = _between(kept, level)
    table = pd.DataFrame([_team(rows[rows["team"] == team], team, scores.xs(team, level="team"), smallest, answers.categories)
                          for team in sorted(scores.index.get_level_values("team").unique())])
    if means is not None:
        table = table.merge(means[["value", "low", "high"]], left_on="team", right_index=True, how="left")
    for column in ("value", "low", "high"):
        table[column] = table[column].where(table["state"] == CONSENSUS) if column in table else np.nan
    table.attrs["correlations"] = correlations
    return table


def hidden_teams(answers, smallest=5, wave=None):
    """Return (teams of which fewer than `smallest` answered on some construct, teams hidden to protect these), two sets.

    The company minus all other teams would show a small team, so the next smallest gets no report either.
    """
    scores, few, beside = person_scores(answers, wave or answers.waves[-1]), set(), set()
    for construct in scores:
        sizes = scores[construct].dropna().groupby("team").size()
        small, with_them = hidden_rows(sizes, smallest)
        few, beside = few | set(sizes.index[small]), beside | set(sizes.index[with_them])
    return few, beside - few


def _between(kept, level):
    try:
        teams = kept.index.get_level_values("team")
        return shrunken_means(kept, teams, level), group_correlations(kept, teams, level)
    except NotEnoughData:
        return None, None


def _team(rows, team, scores, smallest, categories):
    people = len(scores)
    found = {"team": team, "people": people, "state": FEW, "agreement": np.nan, "by_chance": np.nan, "favorable": np.nan}
    if people < smallest:
        return found
    wide = rows.pivot_table(index="respondent_id", columns="item_id", values="score")
    wide = wide.loc[:, wide.notna().sum() >= smallest]
    if wide.empty:
        return found
    steps = categories.reindex(wide.columns).to_numpy()
    agreement = within_group_agreement((wide - 1) * (steps - 1) / 4, steps)  # counted in steps from one answer to the next
    # Items that not everybody answered agree more by chance: as in a group of those who did.
    people = int(wide.notna().sum().min())
    by_chance = chance_agreement(people, int(steps[0]) if len(set(steps)) == 1 else tuple(int(one) for one in steps), wide.shape[1])
    return found | {"state": CONSENSUS if agreement > by_chance else DIVIDED, "agreement": agreement, "by_chance": by_chance,
                    "favorable": float((scores >= 4).mean())}
