"""AI in the life cycle: which practice has arrived at which stage, held against what roles need."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from upskill.data import NotEnoughData

STAGES = ("discover", "design", "build", "test", "release", "deploy", "operate", "maintain", "govern")


def practice_by_stage(program, assessed, life_cycle, level=0.90):
    """Return one row per stage: stage, people, at_target (share of person × competency at or above the role's target), low, high, said.

    `assessed`: result of `assess_skills`; `life_cycle`: stage, competency_id. `at_target` is an expectation over the chances of
    levels (competencies that no interview asked about take their domain). low, high: 90 % interval of the share among these very
    people, whose levels are known with error; what is wrong with the levels of one person is taken to be wrong together:
    s² = Σ over people (Σ over their competencies √(p (1 − p)))² ÷ n². `said`: the same share from self-ratings alone, NaN without.
    Raises NotEnoughData without targets or people.
    """
    program.require("people", "role_targets", "competencies")
    targets = program["role_targets"].drop_duplicates(["role", "competency_id"])
    roles = program["people"].drop_duplicates("person_id").set_index("person_id")["role"]
    domains = program["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]
    chances = {scale: rows.set_index(["person_id", "scale_id"])[[f"probability_{k}" for k in range(6)]]
               for scale, rows in assessed.groupby("scale")}
    if "domain" not in chances:
        raise NotEnoughData("nobody was assessed")
    people = chances["domain"].index.get_level_values(0).unique()
    aims = pd.DataFrame({"person_id": people, "role": roles.reindex(people).to_numpy()}).merge(targets, on="role")
    aims = aims[aims["target_level"] > 0].assign(domain=lambda table: table["competency_id"].map(domains))
    aims["met"] = _met(chances, aims)
    aims = aims.merge(_said(program), on=["person_id", "competency_id"], how="left")
    aims["said_met"] = (aims["said"] >= aims["target_level"]).where(aims["said"].notna()).astype(float)
    rows = life_cycle.merge(aims.dropna(subset=["met"]), on="competency_id")
    table = rows.groupby("stage").agg(people=("person_id", "nunique"), at_target=("met", "mean"), said=("said_met", "mean"))
    half = ndtri((1 + level) / 2) * _errors(rows)
    table = table.assign(low=(table["at_target"] - half).clip(0, 1), high=(table["at_target"] + half).clip(0, 1))
    return table.reindex([stage for stage in STAGES if stage in table.index]).reset_index()


def _errors(rows):
    """Return the standard error of each stage's share, from the chances of single people and competencies."""
    spread = np.sqrt(rows["met"] * (1 - rows["met"]))
    own = spread.groupby([rows["stage"], rows["person_id"]]).sum()
    return np.sqrt((own**2).groupby("stage").sum()) / rows.groupby("stage").size()


def _met(chances, aims):
    """Return P(level ≥ target) of each person and competency; NaN where nothing is known."""
    values = np.full((len(aims), 6), np.nan)
    for scale, name in (("competency", "competency_id"), ("domain", "domain")):
        if scale in chances:
            found = chances[scale].reindex(pd.MultiIndex.from_arrays([aims["person_id"], aims[name]])).to_numpy(float)
            values = np.where(np.isnan(values), found, values)
    at_least = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
    return at_least[np.arange(len(aims)), aims["target_level"].astype(int).to_numpy()]


def _said(program):
    """Return the latest self-rating of each person and competency: person_id, competency_id, said."""
    empty = pd.DataFrame({"person_id": pd.Series(dtype=str), "competency_id": pd.Series(dtype=str), "said": pd.Series(dtype=float)})
    if "survey_responses" not in program or "items" not in program:
        return empty
    items = program["items"].query("instrument == 'survey'").dropna(subset=["competency_id"])[["item_id", "competency_id"]]
    rows = program["survey_responses"].dropna(subset=["score"]).merge(items, on="item_id")
    if rows.empty:
        return empty
    order = {wave: place for place, wave in enumerate(program["waves"].sort_values("starts_on")["wave"])} if "waves" in program else {}
    rows = rows.assign(order=rows["wave"].map(order).fillna(-1)).sort_values("order")
    return rows.groupby(["person_id", "competency_id"], as_index=False)["score"].last().rename(columns={"score": "said"})
