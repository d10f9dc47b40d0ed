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
    or unfinished by chance; when `selective`, the longest control tasks are withheld.
    """
    random = generator(seed, "pilot")
    first, last = (calendar.day(week) for week in calendar.pilot)
    there = members(memberships, first)
    able = people[people["person_id"].isin(there["person_id"]) & ~people["role"].isin(["engineering manager"])]
    chosen = able.iloc[np.sort(random.permutation(len(able))[: PILOT.people])].reset_index(drop=True)
    who = np.sort(np.arange(PILOT.tasks) % len(chosen))
    treated = _balanced(random, who)
    common = np.log(PILOT.median_minutes) + random.normal(0, PILOT.person_sd, len(chosen))[who] + random.normal(0, PILOT.task_sd, len(who))
    minutes = np.exp(common + PILOT.effect * treated + random.normal(0, PILOT.noise_sd, len(who)))
    frame = pd.DataFrame({
        "person_id": chosen["person_id"].to_numpy()[who], "team": chosen["team"].to_numpy()[who],
        "arm": np.where(treated, "treatment", "control"), "minutes": minutes.round().clip(1),
        "predicted_minutes": (np.exp(common + random.normal(0, PILOT.forecast_sd, len(who))) / 5).round().clip(1) * 5,
        "perceived_change": np.where(treated, random.normal(PILOT.felt_mean, PILOT.felt_sd, len(who)).round(2).clip(-0.9), np.nan),
        "date": first + pd.to_timedelta(random.integers(0, (last - first).days // 7, len(who)) * 7 + random.integers(0, 5, len(who)), "D")})
    frame["status"] = _statuses(random, frame, preset.selective)
    frame.loc[frame["status"] != "done", "minutes"] = np.nan
    frame.loc[frame["status"] != "done", "perceived_change"] = np.nan
    frame = frame.sort_values(["date", "person_id", "predicted_minutes"], ignore_index=True)
    return frame.assign(task_id=[f"k{i + 1:04d}" for i in range(len(frame))])


def _balanced(random, who):
    """Draw arms in pairs: of two tasks of a person that follow each other, one is treated."""
    treated = np.zeros(len(who), dtype=bool)
    for person in np.unique(who):
        rows = np.flatnonzero(who == person)
        pairs = np.tile([True, False], len(rows) // 2 + 1).reshape(-1, 2)
        treated[rows] = random.permuted(pairs, axis=1).ravel()[: len(rows)]
    return treated


def _statuses(random, frame, selective):
    status = random.choice(["done", "unfinished", "withheld"], len(frame), p=[
        1 - PILOT.unfinished_share - PILOT.withheld_share, PILOT.unfinished_share, PILOT.withheld_share])
    if selective:
        long = (frame["arm"] == "control") & (frame["minutes"] > frame["minutes"].quantile(0.75))
        status = np.where(long & (random.random(len(frame)) < 0.5), "withheld", status)
    return status
