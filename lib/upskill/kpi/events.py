"""From the program's tables to what a KPI counts: durations of changes, and weekly numerators and denominators."""

import numpy as np
import pandas as pd

from upskill.data.schema import NotEnoughData
from upskill.kpi.incidents import link_incidents
from upskill.kpi.survival import ABANDONED, DONE, OPEN

WEEK = pd.Timedelta(weeks=1)
NOBODY = "(no team)"
# A column counts as filled when at least this share of the finished rows has it.
FILLED = 0.5
ACTIVE_WEEKS = 13
PERSON_OF = {"work_items": "person_id"}
# A way of landing that is rarer than this says nothing about the project.
LEAST_OF_KIND = 0.05


def monday(times):
    """Return the Monday that begins the ISO week of each time, at midnight."""
    days = times.dt.normalize()
    return days - pd.to_timedelta(days.dt.day_of_week, unit="D")


def first_whole_week(times):
    """Return the Monday of the first week that the times cover from its Monday on."""
    return monday(pd.Series([times.min().normalize() + pd.Timedelta(days=6)]))[0]


def table_of(program, name):
    """Return a table of the program; NotEnoughData when it is absent or empty."""
    if name not in program or len(program[name]) == 0:
        raise NotEnoughData(f"the table {name} is missing or empty")
    return program[name]


def _first_filled(frame, columns):
    times = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    for column in columns:
        if column in frame:
            times = times.fillna(frame[column])
    return times


def teams_of(program, frame, person="author_id", time="created_at"):
    """Team of each row: as given, else the author's team at that time."""
    teams = frame["team"].astype(object) if "team" in frame else pd.Series(np.nan, index=frame.index, dtype=object)
    if teams.isna().any() and "people" in program and person in frame:
        present = program["people"].drop_duplicates("person_id").set_index("person_id")["team"]
        teams = teams.where(teams.notna(), frame[person].map(present))
    return teams.where(teams.notna(), NOBODY).astype(str)


def duration_events(program, definition):
    """List what a duration KPI measures, finished or not.

    Returns team, at (when it opened), ended (NaT = not finished), hours so far, and
    outcome: 0 = still open at the end of the data, 1 = finished, 2 = ended otherwise
    (closed without merging; merged without the review that was waited for). Rows that
    end before they begin are left out. Raises NotEnoughData when the table is missing,
    or its start or end is hardly ever known.
    """
    frame = table_of(program, definition.table)
    if definition.table == "pull_requests":
        frame = _landed_as(frame, definition.landed_as)
        _refuse_unknown_opening(frame, definition)
    elif definition.table == "work_items" and definition.kinds:
        frame = frame[frame["kind"].isin(definition.kinds)]
    elif definition.table == "incidents" and frame["deployment_id"].notna().any():
        frame = frame[frame["deployment_id"].notna()]
    _refuse_unfilled(frame, definition)
    started, ended = _first_filled(frame, definition.start), frame[definition.end]
    otherwise = _ended_otherwise(frame, definition)
    events = pd.DataFrame({"team": teams_of(program, frame, PERSON_OF.get(definition.table, "author_id")),
                           "at": frame[opening_of(program, definition)], "ended": ended})
    events["hours"] = (ended.fillna(otherwise).fillna(end_of_data(program)) - started) / pd.Timedelta(hours=1)
    events["outcome"] = np.select([ended.notna(), otherwise.notna()], [DONE, ABANDONED], OPEN)
    return events[(events["hours"] >= 0) & events["at"].notna()].reset_index(drop=True)


def _ended_otherwise(frame, definition):
    """When a change that will never reach the end that is measured ended: closed unmerged, or merged without review."""
    never = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    if definition.table != "pull_requests":
        return never
    if definition.end == "first_review_at":
        never = frame["merged_at"].fillna(frame["closed_at"])
    elif definition.end in ("merged_at", "deployed_at"):
        never = frame["closed_at"].where(frame["merged_at"].isna())
    return never.where(frame[definition.end].isna())


def with_outcomes(events):
    """Return the events with the column `outcome`, where they have none: finished, or still open."""
    if "outcome" in events:
        return events
    return events.assign(outcome=np.where(events["ended"].notna(), DONE, OPEN))


def _landed_as(frame, kind):
    """Keep the changes that landed in this way, where only these record their beginning."""
    if not kind:
        return frame
    share = (frame["landed_as"] == kind).mean()
    if not share >= LEAST_OF_KIND:
        raise NotEnoughData(f"only {share:.1%} of the changes landed as a {kind}; of the others the history does not "
                            "record when they began".replace("%", " %"))
    return frame[frame["landed_as"] == kind]


def _refuse_unknown_opening(frame, definition):
    if definition.start == ("created_at",):
        merged = frame[frame["merged_at"].notna()]
        share = (merged["merged_at"] == merged["created_at"]).mean()
        if share > 1 - FILLED:
            raise NotEnoughData(f"in {share:.0%} of the changes opening and merge are the same moment, "
                                "so the source does not record when they were opened")


def is_git_history(program):
    """Tell whether the pull requests were read from a git history, where releases stand for deployments."""
    return "pull_requests" in program and "landed_as" in program["pull_requests"]


def opening_of(program, definition):
    """Name the column whose week a change belongs to.

    Its opening; but where only merged changes are recorded, recent weeks would hold
    the fast ones only, so there the week of the merge.
    """
    if definition.table == "pull_requests" and table_of(program, "pull_requests")["merged_at"].notna().all():
        return "merged_at"
    return definition.opened


def _refuse_unfilled(frame, definition):
    if definition.end == "deployed_at":
        share = frame.loc[frame["merged_at"].notna(), "deployed_at"].notna().mean()
        if not share >= FILLED:
            raise NotEnoughData(f"only {0 if np.isnan(share) else share:.0%} of the merged pull requests "
                                "have a time of deployment")
    elif frame[definition.end].notna().sum() == 0:
        raise NotEnoughData(f"no row of {definition.table} has {definition.end}")
    begins = _first_filled(frame, definition.start).notna().mean()
    if definition.place == "part" and not begins >= FILLED:
        raise NotEnoughData(f"only {begins:.0%} of the rows of {definition.table} have {definition.start[0]}"
                            .replace("%", " %"))


def end_of_data(program):
    """Return the moment up to which the program was observed: the end of its last day."""
    return program.as_of.normalize() + pd.Timedelta(days=1)


def week_counts(teams, times, numerator=None):
    """Sum per team and week: a frame of team, week, count."""
    frame = pd.DataFrame({"team": teams.to_numpy(), "week": monday(times).to_numpy(),
                          "count": 1.0 if numerator is None else np.asarray(numerator, dtype=float)})
    return frame.groupby(["team", "week"], as_index=False)["count"].sum()


def observed_weeks(program, teams, times):
    """List the whole weeks in which each team was observed: team, week.

    From the team's first event, but not before the first whole week of the table, to
    the last whole week of the data: a week without any event inside counts as zero.
    """
    first_of_all = first_whole_week(times)
    last = monday(pd.Series([end_of_data(program)]))[0] - WEEK
    firsts = monday(times.groupby(teams.to_numpy()).min()).clip(lower=first_of_all)
    rows = [(team, week) for team, first in firsts.items() for week in pd.date_range(first, last, freq="7D")]
    return pd.DataFrame(rows, columns=["team", "week"])


def ratio_frame(weeks, numerator, denominator):
    """Join counts onto observed weeks: team, week, numerator, denominator; absent counts are zero."""
    frame = weeks.merge(numerator.rename(columns={"count": "numerator"}), how="left")
    if denominator is None:
        return frame.assign(numerator=frame["numerator"].fillna(0.0), denominator=1.0)
    frame = frame.merge(denominator.rename(columns={"count": "denominator"}), how="left")
    return frame.fillna({"numerator": 0.0, "denominator": 0.0})


def deployments_per_week(program):
    """Count successful deployments per team and week."""
    frame = table_of(program, "deployments")
    teams, times = teams_of(program, frame), frame["finished_at"]
    good = (frame["status"] == "success").to_numpy(dtype=bool)
    return ratio_frame(observed_weeks(program, teams, times), week_counts(teams[good], times[good]), None)


def failures_per_deployment(program):
    """Count deployments that needed intervention, and all deployments, per team and week."""
    frame = table_of(program, "deployments")
    failed = _failed(program, frame)
    known = failed.notna().to_numpy()
    if known.mean() < FILLED:
        raise NotEnoughData("it is not recorded which deployments needed intervention, and no incident is linked to one")
    teams, times = teams_of(program, frame)[known], frame["finished_at"][known]
    return ratio_frame(observed_weeks(program, teams, times),
                        week_counts(teams, times, failed[known].astype(float)), week_counts(teams, times))


def _failed(program, deployments):
    if deployments["needed_intervention"].notna().any():
        return deployments["needed_intervention"]
    if "incidents" in program and program["incidents"]["deployment_id"].notna().any():
        return deployments["deployment_id"].isin(program["incidents"]["deployment_id"].dropna())
    return deployments["needed_intervention"]


def failures_by_time(program):
    """Count successful deployments that an incident followed soon, and all successful ones, per team and week.

    For data in which nobody wrote down what an incident was caused by; `link_incidents`
    says how they are linked.
    """
    deployments, incidents = table_of(program, "deployments"), table_of(program, "incidents")
    good = deployments[(deployments["status"] == "success").to_numpy(dtype=bool)]
    if good.empty:
        raise NotEnoughData("no deployment succeeded")
    linked = link_incidents(good.assign(team=teams_of(program, good)), incidents)["linked_to"].dropna()
    teams, times = teams_of(program, good), good["finished_at"]
    return ratio_frame(observed_weeks(program, teams, times),
                        week_counts(teams, times, good["deployment_id"].isin(linked)), week_counts(teams, times))


def rework_per_deployment(program):
    """Count unplanned deployments that mend an incident, and all successful ones, per team and week."""
    frame = table_of(program, "deployments")
    frame = frame[(frame["status"] == "success").to_numpy(dtype=bool)]
    known = frame["is_rework"].notna()
    if not known.mean() >= FILLED:
        raise NotEnoughData("it is not recorded which deployments were unplanned mending")
    frame = frame[known]
    teams, times = teams_of(program, frame), frame["finished_at"]
    return ratio_frame(observed_weeks(program, teams, times),
                        week_counts(teams, times, frame["is_rework"].astype(float)), week_counts(teams, times))


def reverts_per_merge(program):
    """Count merged pull requests that are reverts, and all merged ones, per team and week."""
    frame = table_of(program, "pull_requests")
    frame = frame[frame["merged_at"].notna() & frame["is_revert"].notna()]
    if frame.empty:
        raise NotEnoughData("it is not recorded which pull requests are reverts")
    teams, times = teams_of(program, frame), frame["merged_at"]
    return ratio_frame(observed_weeks(program, teams, times),
                        week_counts(teams, times, frame["is_revert"].astype(float)), week_counts(teams, times))


def merges_per_engineer_week(program):
    """Count merged pull requests, and full-time equivalents in the team, per team and week."""
    frame, people = table_of(program, "pull_requests"), table_of(program, "people")
    if people["start_date"].notna().mean() < FILLED and "memberships" not in program:
        raise NotEnoughData("people have no start dates, so engineer-weeks are not known")
    merged = frame[frame["merged_at"].notna()]
    teams = teams_of(program, frame)
    weeks = observed_weeks(program, teams, frame["created_at"])
    return ratio_frame(weeks, week_counts(teams[merged.index], merged["merged_at"]), engineer_weeks(program, weeks))


def merges_per_author_week(program):
    """Count merged pull requests, and authors active in the last 13 weeks, per team and week."""
    frame = table_of(program, "pull_requests")
    merged = frame[frame["merged_at"].notna()]
    teams = teams_of(program, frame)
    weeks = observed_weeks(program, teams, frame["created_at"])
    seen = pd.DataFrame({"team": teams, "author": frame["author_id"], "week": monday(frame["created_at"])})
    seen = seen.drop_duplicates()
    later = pd.concat([seen.assign(week=seen["week"] + step * WEEK) for step in range(ACTIVE_WEEKS)])
    active = later.drop_duplicates().groupby(["team", "week"]).size().rename("count").astype(float).reset_index()
    return ratio_frame(weeks, week_counts(teams[merged.index], merged["merged_at"]), active)


def _stays(program):
    """Who was in which team when: team, starts_on, ends_on, weight (full-time equivalents)."""
    people = program["people"].drop_duplicates("person_id").set_index("person_id")
    weight = people["full_time_equivalent"].fillna(1.0)
    stays = people.reset_index()[["person_id", "team", "start_date", "end_date"]]
    stays.columns = ["person_id", "team", "starts_on", "ends_on"]
    if "memberships" in program:
        history = program["memberships"][stays.columns]
        stays = pd.concat([history, stays[~stays["person_id"].isin(history["person_id"])]])
    left = stays["person_id"].map(people["end_date"])
    ends = stays["ends_on"].where(stays["ends_on"].notna(), left)
    return stays.assign(ends_on=ends, weight=stays["person_id"].map(weight).fillna(1.0).astype(float))


def engineer_weeks(program, weeks):
    """Sum full-time equivalents in each team at the middle of each week: team, week, count."""
    stays = _stays(program)
    joined = weeks.merge(stays, on="team")
    middle = joined["week"] + pd.Timedelta(days=3)
    present = ~(joined["starts_on"] > middle) & ~(joined["ends_on"] < middle)
    return joined[present].groupby(["team", "week"], as_index=False)["weight"].sum().rename(columns={"weight": "count"})
