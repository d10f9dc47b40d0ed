"""Series of a KPI by period, for charts and for one series of change: values, bases, quality."""

import numpy as np
import pandas as pd

from upskill.kpi.events import WEEK, end_of_data, first_whole_week, monday, with_outcomes
from upskill.kpi.survival import ABANDONED, OPEN, value_given_event

# Period lengths in weeks: a week, about a month, about a quarter; and the month of figures that come ready-made.
LENGTHS = (1, 4, 13)
MONTH = 52 / 12
PERIODS = {1: "week", 4: "four weeks", 13: "thirteen weeks", MONTH: "month"}
# A period is thick enough when it typically rests on this many finished changes or counted things.
ENOUGH = 5
SETTLED_SHARE = 0.9


def choose_period(weekly, before):
    """Choose the shortest period on which a value typically rests on five things, from the weeks before only.

    `weekly`: things behind the value by week, zeros included; `before`: boolean, weeks
    before the first start. Returns weeks per period (1, 4 or 13).
    """
    counts = np.asarray(weekly, dtype=float)[np.asarray(before)]
    for length in LENGTHS:
        sums = [counts[i:i + length].sum() for i in range(0, len(counts) - length + 1, length)]
        if sums and np.median(sums) >= ENOUGH and np.mean(np.array(sums) == 0) <= 0.1:
            return length
    return max(LENGTHS)


def period_starts(weeks, anchor, length):
    """Return the first Monday of the period of each week; periods are counted from `anchor` both ways."""
    whole = ((weeks - anchor) // WEEK) // length
    return anchor + whole * length * WEEK


def settled_until(events, program, before_end):
    """Return the moment after which opened changes are too young to be judged.

    The data end less the time within which 90 % of the changes opened before
    `before_end` were finished: a property of the design period, not of the result.
    """
    events = with_outcomes(events)
    early = events[events["at"] < before_end]
    early = early if len(early) else events
    hours = value_given_event(early["hours"], early["outcome"], SETTLED_SHARE)
    if np.isnan(hours):
        hours = early["hours"].max()
    return end_of_data(program) - pd.Timedelta(hours=float(hours))


def duration_series(events, program, anchor, length):
    """Compute the median by period of opening: of what gets finished, the open ones counted.

    `events`: as `duration_events` gives. Returns one row per whole period: period,
    value (hours), n (without those that ended otherwise), censored_share (of these
    still open), quality ("ok", "too recent", "thin", "empty").
    """
    events = with_outcomes(events)
    end = end_of_data(program)
    starts = period_starts(monday(events["at"]), anchor, length)
    grid = _grid(first_whole_week(events["at"]), end, anchor, length)
    hours, outcomes = events["hours"].to_numpy(dtype=float), events["outcome"].to_numpy()
    rows = [_duration_row(period, hours[places], outcomes[places])
            for period, places in events.groupby(starts).indices.items() if period in grid]
    columns = ["period", "value", "n", "censored_share"]
    frame = pd.DataFrame(rows, columns=columns).set_index("period").reindex(grid).rename_axis("period").reset_index()
    frame["n"] = frame["n"].fillna(0).astype(int)
    settled = settled_until(events, program, anchor)
    young = frame["period"] + length * WEEK > settled
    frame["quality"] = np.select([frame["n"] == 0, young, frame["n"] < 2], ["empty", "too recent", "thin"], "ok")
    return frame


def _duration_row(period, hours, outcomes):
    counted = int((outcomes != ABANDONED).sum())
    return period, value_given_event(hours, outcomes), counted, float((outcomes == OPEN).sum() / max(counted, 1))


def _grid(first_week, end, anchor, length):
    """Starts of the whole periods between the first whole week and the end of the data."""
    first = period_starts(pd.Series([first_week]), anchor, length)[0]
    first = first if first >= first_week else first + length * WEEK
    return pd.date_range(first, end - length * WEEK, freq=f"{7 * length}D")


def ratio_series(weekly, anchor, length):
    """Sum numerators and denominators by period and divide.

    `weekly`: team, week, numerator, denominator. Returns period, value, numerator,
    denominator, n, censored_share (0), quality. Incomplete first and last periods are
    left out.
    """
    sums = weekly.groupby("week")[["numerator", "denominator"]].sum().reset_index()
    grid = _grid(sums["week"].min(), sums["week"].max() + WEEK, anchor, length)
    by = sums.groupby(period_starts(sums["week"], anchor, length))[["numerator", "denominator"]].sum()
    frame = by.reindex(grid).rename_axis("period").reset_index()
    frame["value"] = frame["numerator"] / frame["denominator"].where(frame["denominator"] > 0)
    frame["n"] = frame["denominator"].fillna(0).round().astype(int)
    frame["censored_share"] = 0.0
    frame["quality"] = np.where(frame["value"].isna(), "empty", "ok")
    return frame


def calendar_series(frame):
    """Pool figures that come ready-made by their own period and divide; columns as `ratio_series` gives.

    `frame`: team, week (first day of the period), numerator, denominator.
    """
    by = frame.groupby("week", as_index=False)[["numerator", "denominator"]].sum().rename(columns={"week": "period"})
    value = by["numerator"] / by["denominator"].where(by["denominator"] > 0)
    return by.assign(value=value, n=by["denominator"].round().astype(int), censored_share=0.0,
                     quality=np.where(value.isna(), "empty", "ok"))
