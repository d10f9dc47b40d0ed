"""Who was in which team when: what somebody did counts for the team of that day, also after a change of team."""

import pandas as pd

AUTHORS = {"pull_requests": ("author_id", "created_at"), "work_items": ("person_id", "created_at"),
           "ai_usage": ("person_id", "date")}
# Usage of a person stays the person's; its table has one of team and person_id.
NAMED_BY_TEAM = ("pull_requests", "work_items")


def with_history(tables):
    """Return tables in which memberships have their ends, and rows of a person without a team that of their day.

    A membership without an end lasts until the day before the person's next one. Without memberships nothing changes.
    """
    if "memberships" not in tables:
        return tables
    tables = tables | {"memberships": _closed(tables["memberships"])}
    placed = {name: tables[name].assign(team=tables[name]["team"].fillna(team_at(tables, name)))
              for name in NAMED_BY_TEAM if name in tables and tables[name]["team"].isna().any()}
    return tables | placed


def _closed(memberships):
    order = memberships.sort_values(["person_id", "starts_on"])
    until = order.groupby("person_id")["starts_on"].shift(-1) - pd.Timedelta(days=1)
    ends = memberships["ends_on"].fillna(until.reindex(memberships.index)).astype("datetime64[ns]")
    return memberships.assign(ends_on=ends)


def team_at(tables, name):
    """Return the team of the person of each row on the day of the row: a column of text, missing where nobody says.

    Before the first membership of a person the first one counts; after the end of the last one, and between two,
    no team does. Nobody's team is taken from people here: that is where they are now.
    """
    frame, (person, time) = tables[name], AUTHORS[name]
    rows = pd.DataFrame({"person_id": frame[person].astype(object), "day": frame[time].dt.normalize(),
                         "place": range(len(frame))}).dropna(subset=["person_id", "day"]).sort_values("day")
    known = tables["memberships"][["person_id", "team", "starts_on", "ends_on"]].dropna(subset="starts_on")
    known = known.astype({"person_id": object, "team": object}).sort_values("starts_on")
    known["starts_on"] = known["starts_on"].where(known["person_id"].duplicated(), pd.Timestamp("1700-01-01"))
    found = pd.merge_asof(rows, known.sort_values("starts_on"), left_on="day", right_on="starts_on", by="person_id")
    inside = found[~(found["day"] > found["ends_on"])].set_index("place")["team"]
    return inside.reindex(range(len(frame))).set_axis(frame.index).astype(frame["team"].dtype)
