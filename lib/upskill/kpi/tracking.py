"""Everything that the KPI report shows: each KPI's series, limits and change, and what could not be computed."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from upskill.data.schema import NotEnoughData
from upskill.kpi import change as changes
from upskill.kpi.board import with_limits
from upskill.kpi.comparison import Comparison, compare_phases, rollout_marks
from upskill.kpi.definitions import BOARD, Definition, variants
from upskill.kpi.events import (
    WEEK,
    deployments_per_week,
    duration_events,
    end_of_data,
    failures_by_time,
    failures_per_deployment,
    first_whole_week,
    is_git_history,
    merges_per_author_week,
    merges_per_engineer_week,
    monday,
    reverts_per_merge,
    rework_per_deployment,
)
from upskill.kpi.limits import Board, ChartLimits
from upskill.kpi.multiplicity import judge_together
from upskill.kpi.observations import observed_definition, observed_names, observed_ratio, without_straddling
from upskill.kpi.series import MONTH, calendar_series, choose_period, duration_series, ratio_series
from upskill.kpi.usage import ai_use
from upskill.kpi.work import done_in_time, new_of_done

DELIVERY_TABLES = ("pull_requests", "deployments", "incidents", "ai_usage", "work_items", "kpi_observations")
RATIOS = {
    "Deployments per team": deployments_per_week, "Releases": deployments_per_week,
    "Change failure rate": failures_per_deployment, "Patched release rate": failures_per_deployment,
    "Merged pull requests per engineer": merges_per_engineer_week,
    "Change failure rate, incidents linked by time": failures_by_time,
    "Merged pull requests per active author": merges_per_author_week, "AI tool use": ai_use,
    "Deployment rework rate": rework_per_deployment, "Reverts": reverts_per_merge,
    "Delivery rate": done_in_time, "Share of new capabilities": new_of_done}


@dataclass(frozen=True)
class Tracked:
    """One KPI as the report shows it.

    `series`: one row per period (see `duration_series`, `ratio_series`);
    `period_weeks`: its length; `limits`: in the unit of the KPI, None when the
    baseline is too short (`limits_reason` says so); `baseline_end`: first Monday that
    is not baseline; `signals`: positions in the series.
    """

    definition: Definition
    series: pd.DataFrame = field(compare=False)
    period_weeks: int
    limits: ChartLimits | None
    limits_reason: str
    change: changes.Change
    baseline_end: pd.Timestamp


@dataclass(frozen=True)
class Tracking:
    """All KPIs of a program or a team; `missing` maps the title of each that cannot be computed to the reason."""

    comparison: Comparison
    kpis: tuple[Tracked, ...]
    missing: dict
    marks: dict
    teams: tuple[str, ...]
    margin: float
    level: float
    board: Board | None = None
    new_baseline: object = None

    def __getitem__(self, name):
        return next(tracked for tracked in self.kpis if tracked.definition.name == name)

    def __contains__(self, name):
        return any(tracked.definition.name == name for tracked in self.kpis)


def measure(program, definition):
    """Return what a definition counts: duration events or numerators and denominators per team and week (or month)."""
    if definition.is_reported:
        return observed_ratio(program, definition.name)
    if definition.kind == "duration":
        return duration_events(program, definition)
    if definition.title not in RATIOS:
        raise NotEnoughData(f"{definition.title} is not counted by team and week")
    return RATIOS[definition.title](program)


def ways_to_compute(program, name):
    """Return the definitions of a KPI, best first: from the tables, else as it comes ready-made in kpi_observations."""
    try:
        found = variants(name, is_git_history(program))
    except KeyError:
        found = ()
    is_there = name in observed_names(program)
    if is_there and not any(definition.is_reported for definition in found):
        found = (*found, observed_definition(program, name))
    return found or variants(name)


def first_possible(program, name):
    """Return (definition, measured frame) of the first way to compute a KPI that the data allow.

    Raises NotEnoughData with the reasons of every way; KeyError for a name that neither
    definitions.yml nor kpi_observations knows.
    """
    reasons = []
    for definition in ways_to_compute(program, name):
        try:
            frame = measure(program, definition)
            if len(frame) == 0:
                raise NotEnoughData("no whole week of data")
            return definition, frame
        except NotEnoughData as error:
            reasons.append(str(error))
    raise NotEnoughData("; ".join(dict.fromkeys(reasons)))


def _weekly_base(definition, frame):
    """Things behind the value per week: finished changes, counted events, or the base of a share; gaps are zero."""
    if definition.kind == "duration":
        counts = monday(frame.loc[frame["ended"].notna(), "at"]).value_counts()
    else:
        column = "denominator" if definition.kind == "share" else "numerator"
        counts = frame.groupby("week")[column].sum()
    return counts.reindex(pd.date_range(counts.index.min(), counts.index.max(), freq="7D"), fill_value=0)


def _window(frame, comparison):
    """Cut a measured frame to the weeks that are compared."""
    if comparison.first is None:
        return frame
    column = "at" if "at" in frame else "week"
    return frame[frame[column] >= comparison.first]


def track_kpi(program, name, comparison, margin=changes.MARGIN, level=0.90):
    """Compute series and change of one KPI, limits apart; NotEnoughData when the tables cannot give it."""
    definition, frame = first_possible(program, name)
    start = comparison.baseline_end
    if definition.is_reported:
        length = MONTH if frame["days"].max() > 7 else 1
        series = calendar_series(frame)
        return _tracked(definition, frame, series, length, comparison, margin, level)
    base = _weekly_base(definition, frame)
    inside = base.index < start if comparison.first is None else (base.index < start) & (base.index >= comparison.first)
    length = choose_period(base, inside)
    if definition.kind == "duration":
        series = duration_series(frame, program, start, length)
    else:
        series = ratio_series(frame, start, length)
    return _tracked(definition, frame, series, length, comparison, margin, level)


def _tracked(definition, frame, series, length, comparison, margin, level):
    start = comparison.baseline_end
    if comparison.first is not None:
        series = series[series["period"] >= comparison.first].reset_index(drop=True)
    change = _measure_change(definition, frame, series, comparison, margin, level)
    return Tracked(definition, series, length, None, "limits are set for the whole board", change, start)


def _measure_change(definition, frame, series, comparison, margin, level):
    frame = _window(frame, comparison)
    frame = without_straddling(frame, comparison.starts) if definition.is_reported else frame
    several = len(set(frame["team"]) & set(comparison.starts)) > 1
    duration = definition.kind == "duration"
    arguments = {"better": definition.better, "margin": margin, "level": level}
    if several and duration:
        change = changes.teams_duration_change(frame, comparison.starts, **arguments)
    elif several:
        change = changes.teams_ratio_change(frame, comparison.starts, **arguments)
    elif duration:
        change = changes.series_duration_change(series, comparison.baseline_end, **arguments)
        change = changes.with_enough_endings(change, frame, comparison.baseline_end)
    else:
        change = changes.series_ratio_change(frame, comparison.baseline_end, **arguments)
    change = changes.with_level_interval(change, series[series["period"] >= comparison.baseline_end], duration, level)
    return replace(change, since_high=np.minimum(change.since_high, 1.0)) if definition.kind == "share" else change


def track(program, margin=changes.MARGIN, level=0.90, seed=0, names=None, new_baseline=None):
    """Track every KPI that the program's tables allow.

    `program`: as `upskill.data.read_program` gives; `margin`: smallest relative change
    worth acting on; `seed`: of the simulated futures behind the limits; `names`: of the
    KPIs to track (all of the board); `new_baseline`: day from which a new usual level
    holds on the charts (None: the time before the start). Raises
    NotEnoughData when there is no delivery data at all, or no KPI can be computed.
    """
    present = [name for name in DELIVERY_TABLES if name in program]
    if present and program.team and not any(len(program[name]) for name in present):
        raise NotEnoughData(f"No row of {', '.join(present)} belongs to the team {program.team}: a row needs a team, or a "
                            "person who is in people. `upskill check` counts the rows that have neither.")
    if not any(len(program[name]) for name in present):
        raise NotEnoughData(f"KPIs need at least one of the tables {', '.join(DELIVERY_TABLES)}")
    teams, first = _delivery_teams(program)
    comparison = compare_phases(program, teams, first)
    tracked, missing = [], {}
    for name in names or board_names(program):
        try:
            tracked.append(track_kpi(program, name, comparison, margin, level))
        except NotEnoughData as error:
            missing[variants(name, is_git_history(program))[0].title] = str(error)
    if not tracked:
        raise NotEnoughData("; ".join(f"{title}: {reason}" for title, reason in missing.items()))
    kpis, board = with_limits(told_together(tracked, margin, level), program, teams, new_baseline, seed)
    marks = {event: rollout_marks(program, event) for event in ("policy", "license", "training")}
    return Tracking(comparison, kpis, missing, marks, teams, margin, level, board, new_baseline)


def told_together(kpis, margin=changes.MARGIN, level=0.90):
    """Return the KPIs with verdicts that count how many are looked at (`judge_together`)."""
    verdicts = judge_together([(one.change.relative, one.change.low, one.change.high, one.definition.better, one.change.teams)
                               for one in kpis], margin, level)
    return [replace(one, change=replace(one.change, verdict=verdict)) for one, verdict in zip(kpis, verdicts, strict=True)]


def board_names(program):
    """Return the names of the KPIs to track: those of the board, and others that come ready-made and have a direction."""
    known = [name for name in observed_names(program) if name not in BOARD]
    ready = [observed_definition(program, name) for name in known]
    return (*BOARD, *(one.name for one in ready if one.better and one.distribution != "score" and one.place == "other"))


def _delivery_teams(program):
    """Teams that appear in any delivery table, and the first whole week of the data."""
    teams, firsts = set(), []
    for name, column in (("pull_requests", "created_at"), ("deployments", "finished_at"), ("ai_usage", "date"),
                         ("incidents", "started_at"), ("work_items", "created_at"), ("kpi_observations", "date")):
        if name in program and len(program[name]):
            given = program[name]["team"].dropna().astype(str)
            teams |= set(given)
            firsts.append(program[name][column].min())
    if not teams and "people" in program:
        teams = set(program["people"]["team"].dropna().astype(str))
    first = first_whole_week(pd.Series(firsts))
    return tuple(sorted(teams)) or ("(no team)",), min(first, monday(pd.Series([end_of_data(program)]))[0] - WEEK)
