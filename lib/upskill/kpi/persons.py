"""Use of AI tools that is recorded by person: counted by team and week, and kept as it was counted first."""

from dataclasses import replace

import pandas as pd

from upskill.data.schema import NotEnoughData
from upskill.kpi.events import WEEK, monday
from upskill.kpi.usage import ACTIVE, LICENSED


def active_weeks(program, after=""):
    """Return who was active when: index = person_id; team (the present one), `parts`: Mondays of the weeks, as text.

    Whole weeks only, later than the one that begins `after` (ISO date). Empty
    where no person is recorded, or active users are reported by team anyway.
    """
    nobody = pd.DataFrame({"team": [], "parts": []}, dtype=object)
    if "ai_usage" not in program or "people" not in program:
        return nobody
    usage = program["ai_usage"]
    if (usage["team"].notna() & usage["measure"].isin(ACTIVE)).any():
        return nobody
    rows = usage[usage["person_id"].notna() & (usage["value"] > 0) & ~usage["measure"].isin(LICENSED)]
    rows = rows.assign(week=monday(rows["date"]).dt.strftime("%Y-%m-%d"))
    rows = rows[(rows["week"] > after) & (rows["week"] <= _last_whole_week(program))]
    parts = rows.groupby("person_id")["week"].agg(frozenset)
    teams = program["people"].drop_duplicates("person_id").set_index("person_id")["team"].dropna().astype(str)
    parts = parts[parts.index.isin(teams.index)]
    return pd.DataFrame({"team": teams.reindex(parts.index), "parts": parts}) if len(parts) else nobody


def _last_whole_week(program):
    return f"{monday(pd.Series([program.as_of + pd.Timedelta(days=1)]))[0] - WEEK:%Y-%m-%d}"


def with_counts(program, counted):
    """Return the program with active users by team and week besides those by person; `counted`: as from `active_weeks`."""
    pairs = pd.concat([people.explode("parts") for people in counted])
    pairs = pairs[pairs["parts"] <= _last_whole_week(program)]
    counts = pairs.groupby(["team", "parts"]).size()
    teams, weeks = counts.index.get_level_values(0), pd.to_datetime(counts.index.get_level_values(1))
    usage = program["ai_usage"]
    fresh = pd.DataFrame({"date": weeks, "team": teams, "tool": "any", "measure": ACTIVE[0], "value": counts.to_numpy(float)})
    fresh = fresh.reindex(columns=usage.columns).astype(usage.dtypes.to_dict())
    return replace(program, tables=program.tables | {"ai_usage": pd.concat([usage, fresh], ignore_index=True)})


def without_few(tracked, minimum):
    """Return a KPI of people without the points that would say of each of a few what they do.

    Points of fewer than `minimum` people, and of all or none of fewer than
    twice as many. Raises NotEnoughData where the levels themselves are such.
    """
    series, change = tracked.series, tracked.change
    people = series["n"] / tracked.period_weeks
    known = people[series["value"].notna()]
    last = known.iloc[-1] if len(known) else 0
    if last < minimum:
        raise NotEnoughData(f"fewer than {minimum} people have a license")
    if last < 2 * minimum and {change.before, change.since} & {0.0, 1.0}:
        raise NotEnoughData(f"it would say of each of fewer than {2 * minimum} people what holds for all or none of them")
    bare = (people < minimum) | (series["value"].isin((0.0, 1.0)) & (people < 2 * minimum))
    hidden = series.assign(value=series["value"].mask(bare), quality=series["quality"].mask(bare, "empty"))
    return replace(tracked, series=hidden)


def people_behind(tracked):
    """Return the number of people behind a KPI of people at the end of the data, else False."""
    if tracked.definition.base != "licensed people":
        return False
    known = tracked.series[tracked.series["value"].notna()]
    return round(known["n"].iloc[-1] / tracked.period_weeks) if len(known) else 0
