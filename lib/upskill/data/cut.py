"""Cuts of a program: one team, and the state of knowledge on one day."""

from dataclasses import replace
from datetime import date

import pandas as pd

from upskill.data.history import AUTHORS, team_at, with_history
from upskill.data.names import tidy
from upskill.data.near import nearest
from upskill.data.reads import Traced, level_of, traced, unnoted
from upskill.data.schema import NotEnoughData, ProgramError
from upskill.data.team_level import to_team_level

# The column that says when a row came to be known; other dates of the row are events that may lie later.
KNOWN_ON = {
    "people": "start_date", "memberships": "starts_on", "waves": "starts_on", "test_responses": "date",
    "enrolments": "started_on", "kpi_observations": "date", "pull_requests": "created_at",
    "deployments": "finished_at", "incidents": "started_at", "work_items": "created_at", "ai_usage": "date",
    "pilot_tasks": "date", "spend": "date",
}
# A start of the rollout that lies ahead is not yet a start; course sessions ahead stay on offer.
EVENTS = {
    "people": ("end_date",), "memberships": ("ends_on",), "enrolments": ("completed_on",),
    "pull_requests": ("first_commit_at", "first_review_at", "merged_at", "closed_at", "deployed_at"),
    "incidents": ("resolved_at",), "work_items": ("committed_at", "started_at", "done_at"),
    "rollout": ("starts_on",),
}
RECORDS = tuple(name for name in KNOWN_ON if name not in ("people", "memberships", "waves", "enrolments"))


def latest_date(tables):
    """Return the latest day that a record of these tables names; NaT without any.

    Plans (rollout, sessions, waves, ends of contracts) do not count where
    there is any record.
    """
    days = [tables[name][column].max() for name, column in KNOWN_ON.items() if name in RECORDS and name in tables]
    days += [tables[name][column].max() for name in EVENTS if name in tables and name in RECORDS
             for column in EVENTS[name]]
    days = [day for day in days if not pd.isna(day)]
    if not days:
        days = [day for name in ("enrolments", "waves", "rollout", "memberships") if name in tables
                for day in [tables[name][KNOWN_ON.get(name, "starts_on")].max()] if not pd.isna(day)]
    return max(days).normalize() if days else pd.NaT


def cut_program(program, team=None, as_of=None):
    """Return the program cut to a team and a day; "" and None leave it whole.

    What somebody did counts for the team that they were in on that day, where memberships say so; people, and
    what is known of them (tests, enrolments), belong to the team where they are now.
    """
    level = level_of(program.tables)
    with unnoted():
        cut = _cut(program, team, as_of)
    if isinstance(program.tables, Traced):
        cut = replace(cut, tables=traced(cut.tables, (cut.team or level[0], str(as_of or "").strip() or level[1])))
    return cut


def _cut(program, team, as_of):
    program = replace(program, tables=with_history(program.tables))
    if program.settings.team_only:
        program = replace(program, tables=to_team_level(program.tables))
    if as_of is not None and str(as_of).strip():
        program = _cut_time(program, _day(as_of))
    if team is not None and str(team).strip():
        program = _cut_team(program, tidy(str(team)))
    return program


def _day(as_of):
    try:
        return pd.Timestamp(date.fromisoformat(str(as_of).strip()[:10]))
    except ValueError as error:
        raise ProgramError(f"as_of is {as_of!r}; expected a date such as 2026-03-31.") from error


# --- time


def _cut_time(program, day):
    if not pd.isna(program.as_of) and day >= program.as_of:
        return replace(program, as_of=day)
    after = day + pd.Timedelta(days=1)
    tables = {name: _known_then(name, frame, after) for name, frame in program.tables.items()}
    _drop_later_waves(tables)
    _drop_unfinished(tables, program, day)
    _move_back(tables, day)
    return replace(program, tables=tables, as_of=day)


def _known_then(name, frame, after):
    if name in KNOWN_ON:
        frame = frame[~(frame[KNOWN_ON[name]] >= after)].reset_index(drop=True)
    later = {column: frame[column].where(~(frame[column] >= after)) for column in EVENTS.get(name, ())}
    if name == "enrolments":  # hours and status are those of the end
        open_still = frame["completed_on"] >= after
        later |= {column: frame[column].where(~open_still) for column in ("hours", "status")}
    return frame.assign(**later)


def _drop_later_waves(tables):
    if "waves" not in tables:
        return
    for name, frame in tables.items():
        if name != "waves" and "wave" in frame:
            tables[name] = frame[frame["wave"].isin(tables["waves"]["wave"])].reset_index(drop=True)


def _drop_unfinished(tables, program, day):
    """Drop figures of periods that were not over, and answers of weeks that had not come."""
    if "kpi_observations" in tables:
        frame = tables["kpi_observations"]
        week_end = frame["date"] + pd.Timedelta(days=6)
        ends = week_end.where(frame["period"] == "week", frame["date"] + pd.offsets.MonthEnd(0))
        tables["kpi_observations"] = frame[~(ends > day)].reset_index(drop=True)
    if "feedback" in tables and "rollout" in program:
        trained = program["rollout"].query("event == 'training'")
        starts = tables["feedback"]["cohort"].map(trained.groupby("cohort")["starts_on"].min())
        asked = starts.astype("datetime64[ns]") + pd.to_timedelta(tables["feedback"]["week"].astype("float64") * 7, unit="D")
        tables["feedback"] = tables["feedback"][~(asked > day)].reset_index(drop=True)


def _move_back(tables, day):
    """Give people the team that they were in on that day."""
    if "people" not in tables or "memberships" not in tables:
        return
    then = tables["memberships"].sort_values("starts_on").drop_duplicates("person_id", keep="last")
    teams = tables["people"]["person_id"].map(then.set_index("person_id")["team"])
    tables["people"] = tables["people"].assign(team=teams.fillna(tables["people"]["team"]))


# --- team


def _cut_team(program, team):
    _check_team(program, team)
    people = program.tables.get("people")
    members = set(people.loc[people["team"] == team, "person_id"]) if people is not None else set()
    cohorts = set()
    if "rollout" in program:
        cohorts = set(program["rollout"].query("team == @team")["cohort"])
    tables = {name: frame[_of_team(name, frame, team, members, cohorts, program.tables)].reset_index(drop=True)
              for name, frame in program.tables.items()}
    return replace(program, tables=tables, team=team, team_sizes=_team_sizes(people, program.as_of))


def _team_sizes(people, as_of):
    """Return {team: people who have not left}, for the gate, which must know the teams beside this one."""
    if people is None:
        return {}
    left = people["end_date"] < as_of
    return people["team"].where(~left).value_counts().reindex(people["team"].unique(), fill_value=0).to_dict()


def _check_team(program, team):
    known = sorted({one for frame in program.tables.values() if "team" in frame
                    for one in frame["team"].dropna().unique()})
    if not known:
        raise NotEnoughData(f"No table of {program.folder.name} says which team anything belongs to; "
                            "leave team empty, or add people.")
    if team not in known:
        near = nearest(team, known)
        hint = f" Did you mean {near}?" if near else ""
        raise ProgramError(f"There is no team {team!r} in {program.folder.name}.{hint} "
                           f"Teams: {', '.join(known)}.")


def _of_team(name, frame, team, members, cohorts, tables):
    """Return which rows belong to the team; people belong where they are now, their deeds where they were then."""
    if "team" in frame:
        own = (frame["team"] == team).fillna(False).astype(bool)
        person = next((column for column in ("person_id", "author_id") if column in frame), None)
        if name in ("people", "memberships") or person is None:
            return own
        theirs = frame[person].isin(members)
        if name in AUTHORS and "memberships" in tables:
            moved = frame[person].isin(tables["memberships"]["person_id"])
            theirs = theirs.where(~moved, team_at(tables, name) == team).fillna(False).astype(bool)
        return own | (frame["team"].isna() & theirs)
    if "person_id" in frame:
        return frame["person_id"].isin(members)
    if name == "feedback" and cohorts:
        return frame["cohort"].isin(cohorts)
    return pd.Series(True, index=frame.index)
