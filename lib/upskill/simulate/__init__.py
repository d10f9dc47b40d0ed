"""A made-up company whose truth is known: plain models, one seed, every table of the contract."""

from dataclasses import asdict, dataclass

import pandas as pd

from upskill.data.contract import TABLES
from upskill.simulate import company, learning, truth
from upskill.simulate.abilities import make_abilities, make_waves
from upskill.simulate.catalog import COURSES, NEEDS
from upskill.simulate.delivery import BURN_IN, make_panel, make_pull_requests
from upskill.simulate.faults import spoil
from upskill.simulate.first_wave import first_assessment
from upskill.simulate.framework import read_framework
from upskill.simulate.items import items_table, make_test_items
from upskill.simulate.operations import make_operations, make_work_items
from upskill.simulate.pilot import make_pilot
from upskill.simulate.presets import PRESETS, generator
from upskill.simulate.responses import (
    make_climate_responses,
    make_interview_ratings,
    make_survey_responses,
    make_test_responses,
)
from upskill.simulate.settings import make_settings
from upskill.simulate.usage import make_ai_usage, make_kpi_observations
from upskill.simulate.write import read_request, write_program

__all__ = ["SimulatedProgram", "first_assessment", "read_request", "simulate", "write_program"]


@dataclass(frozen=True)
class SimulatedProgram:
    """Tables by name as in the contract, the content of program.yml, and the truth."""

    tables: dict
    settings: dict
    truth: dict


PARTS = ("learning", "skills", "delivery", "pilot")


def simulate(engineers=120, teams=10, months=18, seed=20261123, preset="lottery", parts=PARTS):
    """Return a made-up company, the same for the same arguments.

    `engineers`: people over the whole time; `teams`; `months` that end on
    2026-06-28; `seed`: whole number; `preset`: "lottery" (starts drawn by
    lot, clean data), "hostile" (volunteers first, and everything else that
    misleads), "worked", "nothing", "harmed" or "one-team" (pilots to be told apart); `parts`: what to make beside people and framework, for studies
    that need one part of thousands of companies; each part is the same with
    and without the others, and "skills" needs "learning". Raises ValueError
    where the arguments do not fit together.
    """
    chosen = _checked(engineers, teams, months, seed, preset)
    calendar = company.make_calendar(months)
    team_rows = company.make_teams(seed, chosen, engineers, teams, calendar)
    people = company.make_people(seed, chosen, team_rows, calendar)
    memberships = company.make_memberships(seed, chosen, people, calendar)
    tables = {"people": people, "memberships": memberships, **read_framework(),
              "rollout": company.make_rollout(chosen, team_rows, calendar)}
    request = {"engineers": engineers, "teams": teams, "months": months, "seed": seed, "preset": preset}
    facts = {"request": request, "preset": asdict(chosen)}
    for part in (part for part in PARTS if part in parts):
        MAKERS[part](tables, facts, seed, chosen, team_rows, calendar)
    settings = make_settings(chosen, people, calendar, tables.get("pilot_tasks"))
    return SimulatedProgram(_in_contract_form(spoil(tables, chosen, seed, calendar)), settings, facts)


def _checked(engineers, teams, months, seed, preset):
    wrong = []
    if preset not in PRESETS:
        wrong.append(f"preset: {preset!r}; expected one of {', '.join(PRESETS)}")
    if teams < 3:
        wrong.append(f"teams: {teams}; expected at least 3, one per cohort")
    if engineers < 6 * teams:
        wrong.append(f"engineers: {engineers}; expected at least 6 per team ({6 * teams})")
    if not 9 <= months <= 120:
        wrong.append(f"months: {months}; expected 9 to 120")
    if seed < 0:
        wrong.append(f"seed: {seed}; expected 0 or more")
    if wrong:
        raise ValueError("Cannot make up this company. " + "; ".join(wrong) + ".")
    return PRESETS[preset]


def _add_learning(tables, facts, seed, preset, teams, calendar):
    random = generator(seed, "learning")
    people, memberships = tables["people"], tables["memberships"]
    tables["courses"] = COURSES
    tables["course_gains"], true_gains = learning.make_gains(random)
    tables["course_sessions"] = learning.make_sessions(len(people), calendar)
    tables["course_prerequisites"] = pd.DataFrame(NEEDS, columns=["course_id", "requires"])
    tables["enrolments"] = learning.make_enrolments(random, people, teams, memberships, calendar)
    tables["spend"] = learning.make_spend(random, teams, tables["enrolments"], memberships, calendar)
    tables["feedback"] = learning.make_feedback(seed, tables["enrolments"], teams, memberships, calendar)
    facts["true_course_gains"] = true_gains.to_dict("records")


def _add_skills(tables, facts, seed, preset, teams, calendar):
    people, waves = tables["people"], make_waves(calendar)
    true_gains = pd.DataFrame(facts["true_course_gains"])
    abilities, assessed, cuts = make_abilities(seed, people, waves, tables["enrolments"], true_gains)
    test_items = make_test_items(generator(seed, "items"))
    tables.update(waves=waves, cuts=cuts, items=items_table(test_items))
    asked = (seed, people, waves, abilities, assessed)
    tables["test_responses"] = make_test_responses(*asked, test_items)
    tables["survey_responses"], leniency = make_survey_responses(*asked, preset)
    tables["interview_ratings"], severity = make_interview_ratings(*asked, cuts, preset)
    tables["climate_responses"], climate = make_climate_responses(seed, people, waves, assessed, teams)
    facts["skills"] = truth.skills_truth(people, waves, abilities, assessed, cuts, true_gains)
    facts["items"] = truth.item_truth(test_items)
    facts["raters"] = {"severity": truth.rounded(severity)}
    facts["self_ratings"] = {"person_shift": truth.rounded(dict(zip(people["person_id"], leniency)), 4)}
    facts["climate"] = {"team_mean": truth.rounded(climate)}


def _add_delivery(tables, facts, seed, preset, teams, calendar):
    memberships = tables["memberships"]
    roster = company.Roster(memberships, teams, calendar, range(-BURN_IN, calendar.weeks))
    panel = make_panel(seed, preset, teams, roster, calendar)
    requests = make_pull_requests(seed, preset, panel, roster, calendar)
    names = ("pull_requests", "deployments", "incidents")
    tables.update(zip(names, make_operations(seed, requests, teams, roster, calendar)))
    tables["work_items"] = make_work_items(seed, preset, panel, roster, calendar)
    usage = make_ai_usage(seed, panel, teams)
    tables["ai_usage"] = usage.assign(date=[calendar.day(week) for week in usage["week"]])
    tables["kpi_observations"] = make_kpi_observations(seed, panel, memberships, teams, calendar)
    facts["delivery"] = truth.delivery_truth(preset, panel, teams, calendar)


def _add_pilot(tables, facts, seed, preset, teams, calendar):
    tables["pilot_tasks"] = make_pilot(seed, preset, tables["people"], tables["memberships"], calendar)
    facts["pilot"] = truth.pilot_truth(preset)


MAKERS = {"learning": _add_learning, "skills": _add_skills, "delivery": _add_delivery, "pilot": _add_pilot}


def _in_contract_form(tables):
    """Return the tables in the order of the contract, each with the columns of the contract that it has."""
    names = {name: [column.name for column in table.columns if column.name in tables[name]]
             for name, table in TABLES.items() if name in tables}
    return {name: tables[name][columns].reset_index(drop=True) for name, columns in names.items()}
