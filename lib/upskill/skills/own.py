"""What a person may learn about themselves: for that person's own page and nobody else's eyes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from upskill.data import NotEnoughData
from upskill.skills.assess import assess_skills
from upskill.skills.evidence import assessed_waves, test_answers
from upskill.skills.gaps import shortfall_of_draws
from upskill.skills.levels import LEVELS, continuous_level, domain_targets, read_cuts
from upskill.skills.scoring import calibrate_program

QUANTILES = ndtri((np.arange(399) + 0.5) / 399)


@dataclass(frozen=True)
class OwnResults:
    """One person's results.

    `domains`: one row per domain: domain, unit ("levels", or "sd" without
    cuts), reached, low, high (in that unit; 90 %), level (whole, or None) and
    chance (that it is the true one), target, meeting (chance), missing
    (expected shortfall), before, change, change_low, change_high (since the
    first wave; NaN where it was not taken), items answered, self_rating (mean,
    1 to 5), interview (mean rating, 0 to 5) and ratings (their number).
    `unknown`: sentences on what is not known.
    """

    wave: str
    first_wave: str
    role: str
    domains: pd.DataFrame
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class OwnSource:
    """What the whole company contributes to each own page: the scale, and everybody's scores in two waves."""

    program: object
    calibration: object
    scores: dict
    answers: pd.DataFrame


def own_source(program):
    """Calibrate and score once for any number of own pages; raises NotEnoughData as `calibrate_program` does."""
    calibration, answers = calibrate_program(program), test_answers(program)
    waves = assessed_waves(program, answers)
    scores = {wave: assess_skills(program, wave, calibration, sources=("test",)).set_index(["person_id", "scale_id"])
              for wave in dict.fromkeys([waves[0], waves[-1]])}
    return OwnSource(program, calibration, scores, answers)


def own_results(source, person, level=0.90):
    """Return the `OwnResults` of one person; raises NotEnoughData where that person was not assessed."""
    first, last = next(iter(source.scores)), list(source.scores)[-1]
    people = source.program["people"].drop_duplicates("person_id").set_index("person_id")
    if person not in people.index:
        raise NotEnoughData("There is no such person in the table people.")
    role = people.loc[person, "role"]
    now = source.scores[last]
    if person not in now.index.get_level_values(0):
        raise NotEnoughData(f"This person took no test in wave {last}.")
    then = source.scores[first] if first != last else None
    targets, cuts = _targets(source.program), read_cuts(source.program)
    rows = []
    for domain, row in now.loc[person].iterrows():
        before = then.loc[(person, domain)] if then is not None and (person, domain) in then.index else None
        rows.append({"domain": domain, **_standing(row, cuts.get(domain), targets.get((role, domain), np.nan), level),
                     **_change(row, before, cuts.get(domain), level), **_said(source, person, last, domain)})
    return OwnResults(last, first, "" if pd.isna(role) else str(role), pd.DataFrame(rows), _unknown(source, rows, last, first))


def _targets(program):
    return domain_targets(program).to_dict() if "role_targets" in program and "competencies" in program else {}


def _standing(row, cuts, target, level):
    """Return level, its chance, the interval and how the target is met, from one row of `assess_skills`."""
    ends = ndtri((1 + level) / 2) * np.array([-1, 0, 1])
    if cuts is None:
        low, reached, high = row["score"] + ends * row["standard_error"]
        return {"unit": "sd", "reached": reached, "low": low, "high": high, "level": None, "chance": np.nan,
                "target": np.nan, "meeting": np.nan, "missing": np.nan}
    error = np.hypot(row["standard_error"], cuts.standard_errors.mean())
    low, _, high = continuous_level(row["score"] + ends * error, cuts.levels, cuts.places)
    drawn = continuous_level(row["score"] + QUANTILES * error, cuts.levels, cuts.places)
    missing, meeting = shortfall_of_draws(drawn, target)
    chances = row[[f"probability_{step}" for step in LEVELS]].to_numpy(float)
    return {"unit": "levels", "reached": drawn.mean(), "low": low, "high": high, "level": int(chances.argmax()),
            "chance": chances.max(), "target": target, "meeting": float(meeting), "missing": float(missing)}


def _change(row, before, cuts, level):
    """Return the change since the first wave, in levels or sd; the errors of both waves count, that of the cuts hardly does."""
    if before is None:
        return dict.fromkeys(("before", "change", "change_low", "change_high"), np.nan)
    size, error = row["score"] - before["score"], np.hypot(row["standard_error"], before["standard_error"])
    away, start = ndtri((1 + level) / 2) * error, before["score"]
    scale = 1.0
    if cuts is not None:
        start = float(continuous_level(start, cuts.levels, cuts.places))
        scale = float(np.diff(cuts.levels).sum() / np.diff(cuts.places).sum()) if cuts.places[-1] > cuts.places[0] else np.nan
    return {"before": start, "change": scale * size, "change_low": scale * (size - away), "change_high": scale * (size + away)}


def _said(source, person, wave, domain):
    """Return how many items were answered, and what self-rating and interviews said, for one domain."""
    answers = source.answers
    own = answers[(answers["person_id"] == person) & (answers["wave"] == wave) & (answers["domain"] == domain)]
    found = {"items": len(own), "self_rating": np.nan, "interview": np.nan, "ratings": 0}
    domains = source.program["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]
    if "survey_responses" in source.program:
        said = _of(source.program["survey_responses"], person, wave)
        items = source.program["items"].drop_duplicates("item_id").set_index("item_id")
        asked = items[(items["instrument"] == "survey") & items["competency_id"].map(domains).eq(domain)]
        found["self_rating"] = said.loc[said["item_id"].isin(asked.index), "score"].astype(float).mean()
    if "interview_ratings" in source.program:
        rated = _of(source.program["interview_ratings"], person, wave)
        rated = rated[rated["competency_id"].map(domains).eq(domain)]["rating"].astype(float)
        found |= {"interview": rated.mean(), "ratings": int(rated.notna().sum())}
    return found


def _of(table, person, wave):
    return table[(table["person_id"] == person) & (table["wave"] == wave)]


def _unknown(source, rows, last, first):
    """Say what this page cannot tell."""
    found = [f"{domain}: {reason}" for domain, reason in source.calibration.refused.items()]
    if source.scores[last].empty or not rows or all(row["unit"] == "sd" for row in rows):
        found.append("No panel has said yet at which score each level begins, so there are scores and no levels.")
    elif all(np.isnan(row["target"]) for row in rows):
        found.append("Your role has no targets yet.")
    if first == last or all(np.isnan(row["change"]) for row in rows):
        found.append("You took one test so far, so no change can be shown.")
    missing = [domain for domain in source.calibration.scales if domain not in {row["domain"] for row in rows}]
    found += [f"{domain}: you answered none of its items." for domain in missing]
    found.append("Single competencies: the test has too few items on each to say anything about one of them.")
    return tuple(found)
