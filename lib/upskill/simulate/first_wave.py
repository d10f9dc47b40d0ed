"""The first assessment of a made-up company and nothing else, for studies of thousands of companies."""

import numpy as np
import pandas as pd

from upskill.simulate import company
from upskill.simulate.abilities import attendance, first_abilities, make_cuts, make_waves
from upskill.simulate.framework import domains, read_framework
from upskill.simulate.items import items_table, make_test_items
from upskill.simulate.presets import PRESETS, generator
from upskill.simulate.responses import make_interview_ratings, make_survey_responses, make_test_responses

MONTHS = 18


def first_assessment(people, teams, seed, preset="lottery"):
    """Return the tables of the first assessment, and the true abilities of those assessed (persons × domains).

    `people`, `teams`: numbers, as `engineers` and `teams` of `simulate`, whose
    company of the same seed gives the same answers in its first wave.
    Abilities have mean 0 and sd 1 over those assessed.
    """
    chosen, calendar = PRESETS[preset], company.make_calendar(MONTHS)
    staff = company.make_people(seed, chosen, company.make_teams(seed, chosen, people, teams, calendar), calendar)
    waves, random = make_waves(calendar), generator(seed, "abilities")
    cuts = make_cuts(random)
    there = attendance(random, staff, waves)[:, 0]
    abilities = first_abilities(random, staff, there)
    items = make_test_items(generator(seed, "items"))
    asked = (seed, staff, waves[:1], abilities[:, None], there[:, None])
    tables = {
        "people": staff, **read_framework(), "waves": waves[:1], "cuts": cuts, "items": items_table(items),
        "test_responses": make_test_responses(*asked, items),
        "survey_responses": make_survey_responses(*asked, chosen)[0],
        "interview_ratings": make_interview_ratings(*asked, cuts, chosen)[0]}
    persons = pd.Index(staff["person_id"][there], name="person_id")
    return tables, pd.DataFrame(np.asarray(abilities[there]), persons, pd.Index(domains(), name="domain"))
