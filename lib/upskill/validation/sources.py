"""How often the errors of scores from tests, interviews and self-ratings together hold the truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from upskill import skills
from upskill.data import Program
from upskill.data.settings import Settings
from upskill.simulate import abilities, company, items, responses
from upskill.simulate.framework import domains, read_framework
from upskill.simulate.presets import PRESETS, generator
from upskill.skills.assess import fused_table
from upskill.skills.self_ratings import own_calibration
from upskill.skills.sources import self_ratings

PEOPLE, TEAMS, HALO = 60, 5, 0.6


def intervals(seed, level):
    """Scores of persons at one wave, and what they add to their self-ratings; odd seeds have raters with a halo."""
    program, truth, shift = _company(seed)
    calibration = skills.calibrate_program(program)
    fused = skills.fuse_sources(program, calibration=calibration)
    scores = fused_table(program, fused)
    home = program["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]
    scores["domain"] = scores["scale_id"].map(home).fillna(scores["scale_id"])
    true = truth.stack().reindex(pd.MultiIndex.from_frame(scores[["person_id", "domain"]])).to_numpy()
    held = (scores["score"] - true).abs() <= ndtri((1 + level) / 2) * scores["standard_error"]
    of_domain, talked = scores["scale"] == "domain", scores["sources"].str.contains("interview")
    halo = "with" if seed % 2 else "without"
    return {
        "ability of a person in a domain, all sources": _share(held[of_domain]),
        "ability of a person in a domain, test and self-rating": _share(held[of_domain & ~talked]),
        **{f"ability of an interviewed person, raters {kind} halo": _share(held[of_domain & talked]) if kind == halo else np.nan
           for kind in ("without", "with")},
        "ability of an interviewed person in a competency": _share(held[~of_domain]),
        "how much higher people rate themselves than their like": _own(program, calibration, fused, shift, level)}


def _share(held):
    return float(held.mean()) if len(held) else np.nan


def _own(program, calibration, fused, shift, level):
    selves = self_ratings(program, "start", list(calibration.scales))
    found = {person: own_calibration(fused, selves, person, level) for person in set(selves.table["person_id"])
             if person in fused.data.persons}
    center = shift[list(found)].mean()  # among those who rated themselves: the common part is leniency
    return float(np.mean([low <= shift[person] - center <= high for person, (_, low, high) in found.items()]))


def _company(seed):
    """Return a program of one wave, true abilities (persons × domains) and the shifts of self-ratings."""
    preset = replace(PRESETS["lottery"], halo=HALO if seed % 2 else 0.0)
    calendar = company.make_calendar(18)
    people = company.make_people(seed, preset, company.make_teams(seed, preset, PEOPLE, TEAMS, calendar), calendar)
    random, waves = generator(seed, "abilities"), abilities.make_waves(calendar)
    cuts, assessed = abilities.make_cuts(random), abilities.attendance(random, people, waves)[:, :1]
    true = abilities.first_abilities(random, people, assessed[:, 0])
    asked = (seed, people, waves.iloc[:1], true[:, None], assessed)
    test_items = items.make_test_items(generator(seed, "items"))
    ratings, shift = responses.make_survey_responses(*asked, preset)
    both = np.hstack([assessed, np.zeros_like(assessed)])  # interviews come in a first and a last wave
    talks, _ = responses.make_interview_ratings(
        seed, people, waves.iloc[[0, -1]], true[:, None].repeat(2, axis=1), both, cuts, preset)
    tables = {**read_framework(), "people": people, "waves": waves.iloc[:1], "cuts": cuts,
              "items": items.items_table(test_items), "survey_responses": ratings, "interview_ratings": talks,
              "test_responses": responses.make_test_responses(*asked, test_items)}
    frame = pd.DataFrame(true, people["person_id"], domains())
    return Program(Path("company"), tables, Settings()), frame, pd.Series(shift, people["person_id"])
