"""The board: all charts of a report, with limits that share one budget of false alarms."""

from dataclasses import replace

import pandas as pd

from upskill.kpi.calibration import shared_carry
from upskill.kpi.events import WEEK, monday
from upskill.kpi.limits import Board, chart_limits, learn

# Of the budget of false alarms, the part for the charts of the company; the other is for those of its teams.
COMPANY_SHARE = 0.5
RESET_WEEKS = 26


def with_limits(kpis, program, teams, new_baseline=None, seed=0):
    """Return the KPIs with their limits, which share one budget of false alarms; nothing else of them changes.

    The charts of a company may give half a false alarm a quarter together, those of all
    its teams the other half, so that who reads every page meets one. `new_baseline`:
    day from which a new usual level holds; limits are set from the half year that
    follows it, and watch from then on.
    """
    baselines, holidays = [_baseline(tracked, new_baseline) for tracked in kpis], holidays_of(program)
    lessons = [learn(tracked.series, tracked.definition, baseline, tracked.period_weeks, holidays)
               for tracked, baseline in zip(kpis, baselines, strict=True)]
    board = board_of(program, teams, sum(lesson is not None for lesson, _ in lessons))
    priors = _shared_priors(kpis, [lesson for lesson, _ in lessons])
    limited = []
    for tracked, baseline, (lesson, reason), prior in zip(kpis, baselines, lessons, priors, strict=True):
        limits = None
        if lesson is not None:
            limits, reason = chart_limits(tracked.series, tracked.definition, baseline, lesson, tracked.period_weeks, board,
                                          prior, seed)
        limited.append(replace(tracked, limits=limits, limits_reason=reason))
    return tuple(limited), board


def _shared_priors(kpis, lessons):
    """What the other charts with points as long say of the autocorrelation of each KPI; None where there are no limits."""
    priors = [None] * len(kpis)
    for length in {tracked.period_weeks for tracked in kpis}:
        places = [i for i, tracked in enumerate(kpis) if tracked.period_weeks == length and lessons[i] is not None]
        for place, prior in zip(places, shared_carry([lessons[i].fit for i in places]), strict=True):
            priors[place] = prior
    return priors


def board_of(program, teams, charts):
    """Return the board that a report's charts belong to: those of the company, or those of all teams."""
    if program.team:
        return Board(charts * max(len(program.team_sizes), 1), 1 - COMPANY_SHARE, "all teams")
    return Board(charts, COMPANY_SHARE if len(teams) > 1 else 1.0, "the company")


def holidays_of(program):
    """Return the days off that program.yml names, as text; those that are no dates are left out."""
    calendar = getattr(program.settings, "calendar", None) or {}
    days = pd.to_datetime(pd.Series([str(day) for day in calendar.get("holidays") or ()], dtype=object), errors="coerce")
    return tuple(days.dropna())


def _baseline(tracked, new_baseline):
    """First Monday of the baseline, and the first that is watched."""
    if new_baseline is None:
        return tracked.series["period"].iloc[0], tracked.baseline_end
    try:
        day = pd.Timestamp(new_baseline)
    except ValueError as error:
        raise ValueError(f"new_baseline is an ISO date such as 2026-03-02, not {new_baseline!r}") from error
    first = monday(pd.Series([day]))[0]
    return first, first + RESET_WEEKS * WEEK
