"""Use of AI tools: who is active among those who have a license."""

import numpy as np
import pandas as pd

from upskill.data.schema import NotEnoughData
from upskill.kpi.events import engineer_weeks, monday, table_of
from upskill.kpi.people.surveys import share_interval

LICENSED = ("licensed_users", "licenses", "seats")
ACTIVE = ("active_users", "weekly_active_users")
# Of a closed interface, which counted otherwise: read only where nothing else is there, never beside the others.
LEGACY = ("legacy_active_users",)


def ai_use(program):
    """Count active users and licensed people per team and week: team, week, numerator, denominator.

    Active: as reported per team, else distinct persons with any use in the week.
    Licensed: as reported, else persons with a license in the week, else full-time equivalents
    of teams from the week in which `rollout` gives them licenses. Raises NotEnoughData when neither is known.
    """
    usage = table_of(program, "ai_usage").assign(week=lambda frame: monday(frame["date"]))
    active = _reported(usage, ACTIVE)
    active = _active_persons(program, usage) if active.empty else active
    licensed = _reported(usage, LICENSED)
    if licensed.empty:
        licensed = _persons(program, usage[usage["measure"].isin(LICENSED)])
    if licensed.empty:
        licensed = _licensed(program, usage)
    frame = licensed.rename(columns={"count": "denominator"}).merge(
        active.rename(columns={"count": "numerator"}), on=["team", "week"], how="left")
    frame = frame.fillna({"numerator": 0.0})
    # Full-time equivalents and movers can leave fewer licensed than active people.
    frame["denominator"] = frame[["numerator", "denominator"]].max(axis=1)
    last_whole = monday(pd.Series([program.as_of + pd.Timedelta(days=1)]))[0] - pd.Timedelta(weeks=1)
    return frame[frame["week"] <= last_whole].reset_index(drop=True)


def adoption_course(series, period_weeks=1, level=0.90):
    """Return the share of people who use a tool by period, its course, and how sure that is.

    `series`: one row per period (period, value = share or NaN, n = people
    times weeks). Returns period, share, course (mean of the periods within
    four weeks, NaN for less than half of them), low, high: Wilson's interval
    of the course for the mean number of people of these periods. They are
    mostly the same people in each, so more weeks make it no narrower.

    >>> table = pd.DataFrame({"period": pd.date_range("2026-01-05", periods=12, freq="7D"), "value": 0.5, "n": 40.0})
    >>> adoption_course(table)[["course", "low", "high"]].iloc[6].round(2).tolist()
    [0.5, 0.37, 0.63]
    """
    half = max(1, round(4 / period_weeks))
    weight = series["n"].where(series["value"].notna(), 0.0)
    sums = pd.DataFrame({"used": (series["value"] * weight).fillna(0.0), "n": weight, "periods": (weight > 0).astype(float)})
    sums = sums.rolling(2 * half + 1, center=True, min_periods=1).sum()
    enough = sums["periods"] > half
    people = sums["n"] / sums["periods"] / period_weeks
    course = (sums["used"] / sums["n"]).where(enough).clip(0, 1)
    intervals = [share_interval(share * count, count, level)[1:] if np.isfinite(share) else (float("nan"),) * 2
                 for share, count in zip(course, people, strict=True)]
    low, high = zip(*intervals, strict=True) if intervals else ((), ())
    return pd.DataFrame({"period": series["period"], "share": series["value"], "course": course, "low": low, "high": high})


def _reported(usage, measures):
    """Weekly team values of the first of these measures that is there, averaged over the days of a week."""
    rows = usage[usage["team"].notna()]
    found = [measure for measure in measures if (rows["measure"] == measure).any()]
    rows = rows[rows["measure"] == found[0]] if found else rows.iloc[:0]
    daily = rows.groupby(["team", "week", "date"], as_index=False)["value"].sum()
    return daily.groupby(["team", "week"], as_index=False)["value"].mean().rename(columns={"value": "count"})


def _active_persons(program, usage):
    used = _persons(program, usage[~usage["measure"].isin(LICENSED)])
    found = _reported(usage, LEGACY) if used.empty else used
    if found.empty:
        raise NotEnoughData("ai_usage counts neither active users per team nor use per person of the table people")
    return found


def _persons(program, usage):
    """Distinct persons with a value above zero per team and week; empty where there are none in people."""
    rows = usage[usage["person_id"].notna() & (usage["value"] > 0)]
    if "people" not in program:
        rows = rows.iloc[:0]
        return rows.assign(count=0.0)[["team", "week", "count"]]
    teams = program["people"].drop_duplicates("person_id").set_index("person_id")["team"]
    rows = rows.assign(team=rows["person_id"].map(teams)).dropna(subset="team")
    return rows.groupby(["team", "week"], as_index=False)["person_id"].nunique().rename(columns={"person_id": "count"})


def _licensed(program, usage):
    if "rollout" not in program or "people" not in program:
        raise NotEnoughData("ai_usage has no licensed users, and without rollout and people they cannot be counted")
    starts = program["rollout"].query("event == 'license'").dropna(subset="starts_on").groupby("team")["starts_on"].min()
    if starts.empty:
        raise NotEnoughData("rollout has no date from which a team had licenses")
    weeks = pd.date_range(usage["week"].min(), usage["week"].max(), freq="7D")
    grid = pd.DataFrame([(team, week) for team, start in starts.items() for week in weeks if week >= start],
                        columns=["team", "week"])
    return engineer_weeks(program, grid)
