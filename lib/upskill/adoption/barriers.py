"""What holds people back, told apart: will and worry, want of skill, want of support, tools that do not fit."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from upskill.adoption.constructs import BARRIER, person_scores

CALLED = {"will": "resistance", "worry": "resistance", "safety": "resistance", "skill": "skill gap", "support": "support",
          "integration": "integration"}


def ranked_barriers(means):
    """Return constructs in the order of how much they hold back: construct, called, hindrance, low, high, people.

    `means`: as from `construct_means`. hindrance = 5 − mean, for worries mean − 1: 0 (none) to 4. Outcomes are no barriers.
    """
    table = means[means["kind"].isin(list(CALLED))].copy()
    worry = table["kind"].eq("worry")
    table["hindrance"] = np.where(worry, table["mean"] - 1, 5 - table["mean"])
    low, high = np.where(worry, table["low"] - 1, 5 - table["high"]), np.where(worry, table["high"] - 1, 5 - table["low"])
    table = table.assign(low=low, high=high, called=table["kind"].map(CALLED), holds_back=table["hindrance"] >= 5 - BARRIER)
    columns = ["construct", "called", "hindrance", "low", "high", "people", "holds_back"]
    return table[columns].sort_values("hindrance", ascending=False, ignore_index=True)


def goes_with_use(answers, use, smallest=5, wave=None, draws=999, seed=20261123):
    """Return, by construct, how teams' means go with their use of the tool: construct, teams, correlation, p_value.

    `use`: share of active people by team. Spearman's rank correlation over teams with `smallest` respondents; the p value by
    permutation. Correlational: teams that use it more may feel better for it, or the other way round. Empty below five teams.
    """
    wave = wave or answers.waves[-1]
    scores, random, rows = person_scores(answers, wave), np.random.default_rng(seed), []
    for construct in scores:
        known = scores[construct].dropna().groupby("team").agg(["mean", "size"])
        known = known[known["size"] >= smallest].join(use.rename("use"), how="inner").dropna()
        if len(known) < 5 or known["mean"].nunique() < 2 or known["use"].nunique() < 2:
            continue
        first, second = (_standard(rankdata(known[column])) for column in ("mean", "use"))
        value = first @ second
        chance = np.abs(random.permuted(np.tile(first, (draws, 1)), axis=1) @ second)
        p_value = (1 + (chance >= abs(value) - 1e-12).sum()) / (draws + 1)
        rows.append({"construct": construct, "teams": len(known), "correlation": float(value), "p_value": float(p_value)})
    return pd.DataFrame(rows, columns=["construct", "teams", "correlation", "p_value"])


def _standard(ranks):
    away = ranks - ranks.mean()
    return away / np.sqrt((away**2).sum())
