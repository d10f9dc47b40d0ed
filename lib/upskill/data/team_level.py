"""`team_only: true`: delivery and usage of single persons become those of their team before anything sees them."""

import pandas as pd

from upskill.data.history import team_at

AUTHOR = "team "  # what stands before a team's name in place of an author


def to_team_level(tables):
    """Return the tables without a person in pull_requests, work_items and ai_usage.

    Authors become their team (rows of nobody's team: "team unknown"), work
    items lose their person, and usage is summed by day, team, tool and
    measure; usage of people without a team is left out.

    >>> people = pd.DataFrame({"person_id": ["a", "b"], "team": ["x", "x"]})
    >>> usage = pd.DataFrame({"date": ["1", "1"], "team": [None, None], "person_id": ["a", "b"],
    ...                       "tool": "t", "measure": "m", "value": [1.0, 2.0]})
    >>> to_team_level({"people": people, "ai_usage": usage})["ai_usage"].value.tolist()
    [3.0]
    """
    people = tables.get("people")
    teams = pd.Series(dtype=object)
    if people is not None:
        teams = people.drop_duplicates("person_id").set_index("person_id")["team"]
    if "memberships" in tables and "ai_usage" in tables:
        tables = tables | {"ai_usage": _placed_usage(tables)}
    changed = {name: CHANGES[name](frame, teams) for name, frame in tables.items() if name in CHANGES}
    return {name: changed.get(name, frame) for name, frame in tables.items()}


def _pull_requests(frame, teams):
    team = frame["team"].fillna(frame["author_id"].map(teams))
    return frame.assign(team=team, author_id=AUTHOR + team.fillna("unknown").astype(frame["author_id"].dtype))


def _work_items(frame, teams):
    return frame.assign(person_id=pd.Series([None] * len(frame), index=frame.index, dtype=frame["person_id"].dtype))


def _ai_usage(frame, teams):
    of_persons = frame["person_id"].notna()
    if not of_persons.any():
        return frame
    placed = frame[of_persons]
    placed = placed.assign(team=placed["team"].fillna(placed["person_id"].map(teams)))
    keys = ["date", "team", "tool", "measure"]
    summed = placed.dropna(subset=["team"]).groupby(keys, as_index=False, sort=True)["value"].sum()
    whole = pd.concat([frame[~of_persons], summed], ignore_index=True)
    return whole.astype(frame.dtypes.to_dict())[list(frame.columns)]


def _placed_usage(tables):
    """Give usage of persons with a history the team of the day; on days without one it is nobody's."""
    frame = tables["ai_usage"]
    then = team_at(tables, "ai_usage")
    moved = frame["person_id"].isin(tables["memberships"]["person_id"])
    return frame.assign(team=frame["team"].where(~moved, then))[~(moved & then.isna())].reset_index(drop=True)


CHANGES = {"pull_requests": _pull_requests, "work_items": _work_items, "ai_usage": _ai_usage}
