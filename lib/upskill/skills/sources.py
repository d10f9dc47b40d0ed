"""Interviews and self-ratings of one wave, made ready to stand beside the tests."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.skills.levels import read_cuts

SOURCES = ("test", "interview", "self")


@dataclass(frozen=True)
class Ratings:
    """Ratings of one source in one wave.

    `table`: person_id, competency_id, domain, value (standardized), and rater_id
    for interviews. `unit`: what one sd of `value` is on the latent scale (where
    every domain has cuts) or in points of the rating; `in_levels` says which.
    """

    table: pd.DataFrame
    unit: float = 1.0
    in_levels: bool = False

    def __len__(self):
        return len(self.table)


def interview_ratings(program, wave, domains):
    """Return the interview ratings of a wave, placed on the latent scale where all their domains have cuts.

    A rating of l stands for the middle between the cuts of levels l and l + 1
    (half a level beyond the outer cuts). Values are then centered by domain and
    divided by their common sd. A rating given twice counts once, the last one.
    """
    columns = ["person_id", "competency_id", "domain", "value", "rater_id"]
    if "interview_ratings" not in program:
        return Ratings(pd.DataFrame(columns=columns))
    table = program["interview_ratings"]
    table = table[table["wave"] == wave].dropna(subset=["person_id", "rater_id", "rating"])
    table = table.drop_duplicates(["person_id", "competency_id", "rater_id"], keep="last")
    table = _with_domain(program, table, domains)
    cuts, own = read_cuts(program), read_cuts(program, "competency")
    placed = set(table["domain"]) <= set(cuts)
    value = table["rating"].astype(float)
    if placed:
        parts = table.groupby(["domain", "competency_id"], sort=False)
        for (domain, competency), rows in parts.groups.items():
            value.loc[rows] = place_of_level(value.loc[rows] + 0.5, own.get(competency, cuts[domain]))
    value, unit = _standardized(value, table["domain"])
    return Ratings(table.assign(value=value)[columns].reset_index(drop=True), unit, placed)


def self_ratings(program, wave, domains):
    """Return the self-ratings of a wave by person and competency, centered by item and divided by their common sd.

    Ratings are first set to shares of the item's range; reversed items are turned.
    """
    table = item_shares(program, wave, domains)
    value, unit = _standardized(table["share"], table["item_id"])
    points = float(table["width"].median()) if len(table) else 1.0
    columns = ["person_id", "competency_id", "domain", "value"]
    return Ratings(table.assign(value=value)[columns].reset_index(drop=True), unit * points)


def item_shares(program, wave, domains):
    """Return the self-ratings of a wave as they are: person_id, item_id, competency_id, domain, share, lowest, width.

    `share`: place in the item's range, 0 to 1, turned for reversed items. Empty without surveys on competencies.
    """
    columns = ["person_id", "item_id", "competency_id", "domain", "share", "lowest", "width"]
    if "survey_responses" not in program or "items" not in program:
        return pd.DataFrame(columns=columns).astype({"share": float, "lowest": float, "width": float})
    names = ["item_id", "competency_id", "minimum_score", "maximum_score", "reversed"]
    items = program["items"].query("instrument == 'survey'")[names]
    items = _with_domain(program, items.dropna(subset=["competency_id"]), domains)
    answers = program["survey_responses"][["person_id", "wave", "item_id", "score"]]
    answers = answers[answers["wave"] == wave].dropna(subset=["person_id", "score"])
    table = answers.drop_duplicates(["person_id", "item_id"], keep="last").merge(items, on="item_id")
    lowest = table["minimum_score"].fillna(0).astype(float)
    width = table["maximum_score"].astype(float) - lowest
    share = (table["score"].astype(float) - lowest) / width.where(width > 0)
    share = share.where(~table["reversed"].fillna(False).astype(bool), 1 - share)
    return table.assign(share=share, lowest=lowest, width=width)[columns][share.notna()].reset_index(drop=True)


def _with_domain(program, table, domains):
    domain = program["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]
    table = table.assign(domain=table["competency_id"].map(domain))
    return table[table["domain"].isin(domains)]


def _standardized(values, groups):
    """Return values less the mean of their group, in their common sd, and this sd (1 where they do not differ)."""
    centered = values - values.groupby(groups).transform("mean")
    free = max(len(values) - groups.nunique(), 1)
    sd = float(np.sqrt((centered**2).sum() / free)) if len(values) else 0.0
    return (centered / sd, sd) if sd > 1e-9 else (centered, 1.0)


def place_of_level(levels, cuts):
    """Return where levels (as numbers) stand on the latent scale: straight lines through the cuts, also beyond.

    >>> from upskill.skills.levels import Cuts
    >>> place_of_level(np.array([0.5, 1, 1.5, 3]), Cuts(np.array([1, 2]), np.array([0.0, 1.0]), np.zeros(2)))
    array([-0.5,  0. ,  0.5,  2. ])
    """
    levels = np.asarray(levels, dtype=float)
    left = np.clip(np.searchsorted(cuts.levels, levels, side="right") - 1, 0, len(cuts.levels) - 2)
    share = (levels - cuts.levels[left]) / (cuts.levels[left + 1] - cuts.levels[left])
    return cuts.places[left] + share * (cuts.places[left + 1] - cuts.places[left])
