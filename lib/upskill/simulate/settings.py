"""The program.yml of a made-up company."""

from pathlib import Path
from string import Template

import yaml

from upskill.simulate.catalog import CORE, COURSES
from upskill.simulate.presets import PILOT

TEMPLATE = Path(__file__).with_name("program_template.yml")


def make_settings(preset, people, calendar):
    """Return the content of program.yml: the template, filled with heads, mean cost and dates."""
    text = TEMPLATE.read_text(encoding="utf-8")
    present = people.loc[people["end_date"].isna(), "role"]
    costs = {role: entry["loaded_cost_per_year"] for role, entry in _roles(text).items()}
    core = COURSES.set_index("course_id").loc[CORE]
    cost = int(round(present.map(costs).mean(), -2))
    settings = yaml.safe_load(Template(text).substitute(
        name="Example company" if preset.name == "lottery" else f"Example company ({preset.name})",
        assignment=preset.assignment, engineers=len(present), cost=cost, cost_low=round(0.95 * cost),
        cost_high=round(1.06 * cost), hours=core["hours"], price=core["price"], pilot_people=PILOT.people,
        pilot_tasks=PILOT.tasks, **_dates(calendar)))
    for role, count in present.value_counts().items():
        settings["roles"][role]["heads"] = int(count)
    return settings


def _roles(text):
    return yaml.safe_load(Template(text).safe_substitute())["roles"]


def _dates(calendar):
    weeks = {
        "first_day": 0, "registered": calendar.pilot[0] - 2, "pilot_start": calendar.pilot[0],
        "pilot_end": calendar.pilot[1], "training_first": calendar.training[0],
        "training_second": calendar.training[1], "last_day": calendar.weeks, "gate": calendar.weeks + 6,
        "decided": calendar.weeks + 13}
    return {name: calendar.day(week).date().isoformat() for name, week in weeks.items()}
