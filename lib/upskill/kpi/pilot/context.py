"""What else happened: licenses and policies, people who changed team, spill-over to teams that had not started."""

from dataclasses import dataclass

import pandas as pd

from upskill.data.schema import NotEnoughData

# License and training closer than this came as a bundle: nothing tells their effects apart.
BUNDLE = pd.Timedelta(weeks=6)


@dataclass(frozen=True)
class Context:
    """What else could have moved the KPI.

    `events`: (event, first day, last day, teams), in order of time; `bundled`: teams
    whose license and training started within six weeks, while a team that had not started
    got no license at that time; `moved`: people who changed
    team since the first start; `carried`: of them, from a team that had started to one
    that had not; `trained_outside`: people who completed a course that the training
    consists of, in teams that had not started; None where the tables do not say.
    `holidays`: days without work in the time since the first start.
    """

    events: tuple = ()
    bundled: int = 0
    moved: int | None = None
    carried: int | None = None
    trained_outside: int | None = None
    holidays: int = 0


def what_else_happened(program, starts):
    """Return the Context of the training starts (Monday by team)."""
    if not len(starts):
        return Context()
    rows = program["rollout"]
    rows = rows[rows["starts_on"].notna() & (rows["starts_on"] <= program.as_of)]
    events = tuple((event, f"{group['starts_on'].min():%Y-%m-%d}", f"{group['starts_on'].max():%Y-%m-%d}",
                    int(group["team"].nunique()))
                   for event, group in sorted(rows[rows["event"] != "training"].groupby("event"),
                                              key=lambda pair: pair[1]["starts_on"].min()))
    licensed = rows[rows["event"] == "license"].groupby("team")["starts_on"].min()
    bundled = _bundled(licensed, starts, pd.Index(rows["team"].unique()))
    moved, carried = _moves(program, starts)
    return Context(events, bundled, moved, carried, _trained_outside(program, starts), _holidays(program, starts.min()))


def _bundled(licensed, starts, teams):
    """Count teams whose license came with the training, unless all teams that had not started got theirs then too.

    >>> day = pd.Timestamp("2026-03-02")
    >>> _bundled(pd.Series({"a": day}), pd.Series({"a": day}), ["a", "b"])
    1
    >>> _bundled(pd.Series({"a": day, "b": day}), pd.Series({"a": day}), ["a", "b"])
    0
    """
    count = 0
    for team, start in starts.items():
        license = licensed.get(team)
        if license is None or abs(start - license) > BUNDLE:
            continue
        others = [other for other in teams if other != team and not starts.get(other, pd.Timestamp.max) <= start + BUNDLE]
        count += any(other not in licensed.index or abs(licensed[other] - license) > BUNDLE for other in others)
    return count


def _moves(program, starts):
    """Count people who changed team since the first start, and those who came from a started team to one that had not."""
    if "memberships" not in program:
        return None, None
    history = program["memberships"].sort_values(["person_id", "starts_on"])
    before = history.groupby("person_id")["team"].shift()
    changed = history[before.notna() & (before != history["team"]) & (history["starts_on"] >= starts.min())
                      & (history["starts_on"] <= program.as_of)].assign(source=before)
    of_source, of_target = changed["source"].map(starts), changed["team"].map(starts)
    carried = (of_source <= changed["starts_on"]) & ~(of_target <= changed["starts_on"])
    return int(changed["person_id"].nunique()), int(changed.loc[carried, "person_id"].nunique())


def _trained_outside(program, starts):
    """Count people of teams that had not started who completed the course that most people of the started teams took."""
    try:
        program.require("enrolments", "people")
    except NotEnoughData:
        return None
    done = program["enrolments"].dropna(subset="completed_on")
    teams = done["person_id"].map(program["people"].drop_duplicates("person_id").set_index("person_id")["team"])
    inside = done[teams.isin(starts.index)]
    if inside.empty:
        return None
    course = inside["course_id"].value_counts().index[0]
    outside = done[(done["course_id"] == course) & teams.notna() & ~teams.isin(starts.index)]
    return int(outside["person_id"].nunique())


def _holidays(program, first):
    calendar = program.settings.calendar if isinstance(program.settings.calendar, dict) else {}
    days = pd.to_datetime(pd.Series([str(day) for day in calendar.get("holidays") or ()], dtype=object), errors="coerce")
    return int(((days >= first) & (days <= program.as_of)).sum())
