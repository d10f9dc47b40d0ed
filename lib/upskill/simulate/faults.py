"""What goes wrong in the data of a hostile company: gaps and empty cells."""

import numpy as np
import pandas as pd

from upskill.data.contract import TABLES
from upskill.simulate.presets import generator

GAPPED = {"pull_requests": "created_at", "deployments": "finished_at", "ai_usage": "date"}
SPARED = {
    "people": ("start_date", "end_date"), "memberships": ("ends_on",), "rollout": ("assignment",),
    "pull_requests": ("merged_at", "closed_at", "deployed_at"), "incidents": ("resolved_at", "deployment_id"),
    "work_items": ("started_at", "done_at", "committed_at"), "pilot_tasks": ("status",),
    "enrolments": ("completed_on", "status"), "ai_usage": ("team", "person_id"), "spend": ("one_off",)}
LEFT_WHOLE = {
    "waves", "competencies", "cuts", "prerequisites", "role_targets", "items", "courses", "course_sessions",
    "course_gains", "course_prerequisites", "survey_responses"}


def spoil(tables, preset, seed, calendar):
    """Return the tables with blocks of three weeks of a team missing, and optional cells emptied by chance.

    Cells whose emptiness has a meaning (an open change, a person who stays)
    are spared, so that the data become poorer but not false.
    """
    if not preset.gaps and not preset.empty_cells:
        return tables
    random = generator(seed, "faults")
    teams = tables["people"]["team"].unique()
    blocks = [(random.choice(teams), calendar.day(random.integers(4, calendar.weeks - 8)))
              for _ in range(max(1, round(preset.gaps * len(teams) * calendar.weeks / 3)))]
    result = {name: _cut(frame, GAPPED.get(name), blocks) for name, frame in tables.items()}
    if "incidents" in result:
        cause = result["incidents"]["deployment_id"]
        known = cause.isin(result["deployments"]["deployment_id"])
        result["incidents"] = result["incidents"].assign(deployment_id=cause.where(known))
    return {name: frame if name in LEFT_WHOLE else _empty_cells(random, name, frame, preset.empty_cells)
            for name, frame in result.items()}


def _cut(frame, column, blocks):
    if column is None:
        return frame
    lost = np.zeros(len(frame), dtype=bool)
    for team, day in blocks:
        within = (frame[column] >= day) & (frame[column] < day + pd.Timedelta(days=21))
        lost |= ((frame["team"] == team) & within).to_numpy()
    return frame[~lost].reset_index(drop=True)


def _empty_cells(random, name, frame, share):
    frame = frame.copy()
    spared = {*SPARED.get(name, ()), *TABLES[name].key}
    for column in TABLES[name].columns:
        if column.allows_empty and column.name in frame and column.name not in spared:
            frame[column.name] = frame[column.name].where(random.random(len(frame)) >= share)
    return frame
