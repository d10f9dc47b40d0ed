"""The program.yml of a made-up company."""

from pathlib import Path
from string import Template

import numpy as np
import yaml

from upskill.data.registration import plan_hash
from upskill.simulate.presets import PILOT

TEMPLATE = Path(__file__).with_name("program_template.yml")


def make_settings(preset, people, calendar, pilot_tasks=None):
    """Return the content of program.yml: the template, filled with heads, mean cost, dates and the pilot's result.

    pilot_tasks: the table of that name; without it the company enters no time saving.
    """
    text = TEMPLATE.read_text(encoding="utf-8")
    present = people.loc[people["end_date"].isna(), "role"]
    costs = {role: entry["loaded_cost_per_year"] for role, entry in _roles(text).items()}
    cost = int(round(present.map(costs).mean(), -2))
    settings = yaml.safe_load(Template(text).substitute(
        name="Example company" if preset.name == "lottery" else f"Example company ({preset.name})",
        assignment=preset.assignment, engineers=len(present), third_cohort=max(len(present) // 3, 1), cost=cost, cost_low=round(0.95 * cost),
        cost_high=round(1.06 * cost), pilot_people=PILOT.people, pilot_tasks=PILOT.tasks, **_dates(calendar)))
    for role, count in present.value_counts().items():
        settings["roles"][role]["heads"] = int(count)
    if pilot_tasks is not None:
        saved = _measured_saving(pilot_tasks)
        settings["assumptions"]["training_time_saving"] = saved | {
            "confirmed_by": "head of engineering", "confirmed_on": calendar.day(calendar.training[0]).date()}
        settings["pilot"]["result"] = {"change_in_time": -saved["mode"], "low": -saved["high"], "high": -saved["low"],
                                       "level": 0.90, "same_company": False, "source": saved["source"]}
    settings["pilot"]["registration"]["hash"] = plan_hash(settings["pilot"])
    return settings


def _measured_saving(pilot_tasks):
    """Return what the company reads off its pilot: low, mode, high of the share of minutes saved.

    Equation: least squares of log minutes of finished tasks on the arm and on
    the log forecast; saving = 1 - exp(effect), 90 % interval.
    """
    done = pilot_tasks[pilot_tasks["status"] == "done"]
    arm = (done["arm"] == "treatment").to_numpy(dtype=float)
    known = np.column_stack([np.ones(len(done)), arm, np.log(done["predicted_minutes"])])
    minutes = np.log(done["minutes"].to_numpy(dtype=float))
    fitted, (squares,), *_ = np.linalg.lstsq(known, minutes, rcond=None)
    error = np.sqrt(squares / (len(done) - 3) * np.linalg.inv(known.T @ known)[1, 1])
    low, mode, high = (round(float(-np.expm1(fitted[1] - z * error)), 3) for z in (-1.645, 0.0, 1.645))
    return {"low": low, "mode": mode, "high": high,
            "source": f"our pilot: {len(done)} finished tasks, drawn by lot, forecast as covariate, 90 % interval"}


def _roles(text):
    return yaml.safe_load(Template(text).safe_substitute())["roles"]


def _dates(calendar):
    weeks = {
        "first_day": 0, "registered": calendar.pilot[0] - 2, "pilot_start": calendar.pilot[0],
        "pilot_end": calendar.pilot[1], "training_first": calendar.training[0],
        "training_second": calendar.training[1], "last_day": calendar.weeks, "gate": calendar.weeks + 6,
        "decided": calendar.weeks + 13, "scaled": calendar.weeks + 39, "integrated": calendar.weeks + 57}
    return {name: calendar.day(week).date().isoformat() for name, week in weeks.items()}
