"""The task-level pilot: the coin is thrown for each task after its time was forecast."""

import numpy as np
import pandas as pd

from upskill.simulate.company import members
from upskill.simulate.presets import PILOT, generator


def make_pilot(seed, preset, people, memberships, calendar):
    """Return the table `pilot_tasks`.

    Equation: log minutes = log(95) + person + task + effect * treated + e,
    with person ~ Normal(0, 0.25), task ~ Normal(0, 0.7), e ~ Normal(0, 0.45);
    log forecast = log(95) + person + task + Normal(0, 0.35), made before the
    draw. Arms are drawn in balanced pairs within a person. The felt change
    is Normal(-0.22, 0.15) and does not know the true one. Tasks are withheld
    or unfinished by chance; when `selective`, half of the slow control tasks are withheld.
    """
    random = generator(seed, "pilot")
    chosen = _participants(random, people, memberships, calendar.day(calendar.pilot[0]))
    who = np.sort(np.arange(PILOT.tasks) % len(chosen))
    n = len(who)
    treated = _balanced(random, who)
    person, task = random.normal(0, PILOT.person_sd, len(chosen))[who], random.normal(0, PILOT.task_sd, n)
    common = np.log(PILOT.median_minutes) + person + task
    minutes = np.exp(common + preset.task_effect * treated + random.normal(0, PILOT.noise_sd, n))
    forecast = np.exp(common + random.normal(0, PILOT.forecast_sd, n))
    felt = random.normal(PILOT.felt_mean, PILOT.felt_sd, n).round(2).clip(-0.9)
    weeks = random.integers(calendar.pilot[0], calendar.pilot[1], n)
    frame = pd.DataFrame({
        "person_id": chosen["person_id"].to_numpy()[who], "team": chosen["team"].to_numpy()[who],
        "arm": np.where(treated, "treatment", "control"),
        "minutes": _to_step(minutes, 15 if preset.round_hours else 1),
        "predicted_minutes": _to_step(forecast, 5),
        "perceived_change": np.where(treated, felt, np.nan),
        "date": [calendar.day(week, day) for week, day in zip(weeks, random.integers(0, 5, n))]})
    return _numbered(_with_status(random, frame, preset.selective))


def _participants(random, people, memberships, day):
    """Draw the people of the pilot among those present, managers aside."""
    there = people["person_id"].isin(members(memberships, day)["person_id"])
    able = people[there & (people["role"] != "engineering manager")]
    return able.iloc[np.sort(random.permutation(len(able))[: PILOT.people])].reset_index(drop=True)


def _to_step(minutes, step):
    return (minutes / step).round().clip(1) * step


def _balanced(random, who):
    """Draw arms in pairs: of two tasks of a person that follow each other, one is treated."""
    treated = np.zeros(len(who), dtype=bool)
    for person in np.unique(who):
        rows = np.flatnonzero(who == person)
        pairs = np.tile([True, False], len(rows) // 2 + 1).reshape(-1, 2)
        treated[rows] = random.permuted(pairs, axis=1).ravel()[: len(rows)]
    return treated


def _with_status(random, frame, selective):
    """Add the status, and empty what is not known of tasks that were not done."""
    shares = [1 - PILOT.unfinished_share - PILOT.withheld_share, PILOT.unfinished_share, PILOT.withheld_share]
    status = random.choice(["done", "unfinished", "withheld"], len(frame), p=shares)
    if selective:
        slow = (frame["arm"] == "control") & (frame["minutes"] > frame["minutes"].quantile(0.75))
        status = np.where(slow & (random.random(len(frame)) < 0.5), "withheld", status)
    known = pd.Series(status == "done")
    return frame.assign(status=status, minutes=frame["minutes"].where(known),
                        perceived_change=frame["perceived_change"].where(known))


def _numbered(frame):
    frame = frame.sort_values(["date", "person_id", "predicted_minutes"], ignore_index=True, kind="stable")
    return frame.assign(task_id=[f"k{number:04d}" for number in range(1, len(frame) + 1)])
