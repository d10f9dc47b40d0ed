"""Recorded use of AI tools: by team, and by the stage of the life cycle that each tool is made for."""

import numpy as np
import pandas as pd

from upskill.adoption.practice import STAGES

WEEKS = 8
ACTIVE, LICENSED = ("active_users", "weekly_active_users"), ("licensed_users", "licenses", "seats")


def use_by_team(program, weeks=WEEKS):
    """Return the share of licensed people who were active, by team, over the last weeks of the data; empty where unknown."""
    if "ai_usage" not in program:
        return pd.Series(dtype=float)
    table = program["ai_usage"]
    table = table[table["team"].notna() & (table["date"] > program.as_of - pd.Timedelta(weeks=weeks))]
    sums = table[table["measure"].isin(["active_users", "licensed_users"])].groupby(["team", "measure"])["value"].sum().unstack()
    if not {"active_users", "licensed_users"} <= set(sums.columns):
        return pd.Series(dtype=float)
    return (sums["active_users"] / sums["licensed_users"].where(sums["licensed_users"] > 0)).dropna()


def use_of_persons(program, weeks=WEEKS):
    """Return who used what when: index person_id; team (the present one), `parts`: texts "week number|tool" of the last weeks.

    Weeks are counted back from the end of the data, 1 the last. Empty where no use is recorded by person.
    """
    nobody = pd.DataFrame({"team": [], "parts": []}, dtype=object)
    if "ai_usage" not in program or "people" not in program:
        return nobody
    rows = _recent(program, weeks)
    rows = rows[rows["person_id"].notna() & (rows["value"] > 0) & ~rows["measure"].isin(LICENSED)]
    parts = (rows["back"].astype(str) + "|" + rows["tool"].astype(str)).groupby(rows["person_id"]).agg(frozenset)
    teams = program["people"].drop_duplicates("person_id").set_index("person_id")["team"].dropna().astype(str)
    parts = parts[parts.index.isin(teams.index)]
    return pd.DataFrame({"team": teams.reindex(parts.index), "parts": parts}) if len(parts) else nobody


def use_by_stage(program, tools, persons=None, smallest=5, weeks=WEEKS):
    """Return one row per stage that a tool is made for: stage, tools, people, users, share.

    `tools`: {tool: stages}, as in program.yml; `persons`: as from `use_of_persons`, those who may be counted (None = all).
    users: people with recorded use of such a tool in a mean week of the last weeks, teams that are recorded by person and
    teams recorded as a whole together. Of several tools recorded as a whole the one with most users counts, as their users
    may be the same people; so users are a lower bound. people: those present. share = users ÷ people, NaN where fewer than
    `smallest` people (but some) use one, or do not. Use says which tool, not at which stage it was used. Empty without
    tools, people or rows of them.
    """
    columns = ["stage", "tools", "people", "users", "share"]
    if not tools or "ai_usage" not in program or "people" not in program:
        return pd.DataFrame(columns=columns)
    people = program["people"].drop_duplicates("person_id")
    people = people[~(people["end_date"] < program.as_of)] if "end_date" in people else people
    sizes = people["team"].astype(str).value_counts()
    recent, persons = _recent(program, weeks), use_of_persons(program, weeks) if persons is None else persons
    rows = []
    for stage in (stage for stage in STAGES if any(stage in stages for stages in tools.values())):
        made_for = [tool for tool, stages in tools.items() if stage in stages and tool in set(recent["tool"])]
        if made_for:
            users = _users(recent, persons, made_for, sizes, weeks)
            rows.append((stage, tuple(made_for), int(sizes.sum()), users, _share(users, int(sizes.sum()), smallest)))
    return pd.DataFrame(rows, columns=columns)


def _recent(program, weeks):
    """Return the rows of the last weeks with the number of the week, counted back."""
    table = program["ai_usage"]
    back = (program.as_of.normalize() - table["date"].dt.normalize()).dt.days // 7 + 1
    return table.assign(back=back, team=table["team"].astype(object))[back.between(1, weeks)]


def _users(recent, persons, tools, sizes, weeks):
    """Return the mean number of people who use one of these tools in a week."""
    weekly = pd.Series([team for team, parts in zip(persons["team"], persons["parts"], strict=True)
                        for _ in {part.split("|", 1)[0] for part in parts if part.split("|", 1)[1] in tools}], dtype=object)
    by_person = weekly.value_counts() / weeks
    rows = recent[recent["team"].notna() & recent["measure"].isin(ACTIVE) & recent["tool"].isin(tools)]
    daily = rows.groupby(["team", "tool", "back", "date"])["value"].sum().groupby(["team", "tool", "back"]).mean()
    by_team = (daily.groupby(["team", "tool"]).sum() / weeks).groupby("team").max()
    counted = by_person.reindex(sizes.index).fillna(by_team.reindex(sizes.index)).fillna(0.0)
    return float(np.minimum(counted, sizes).sum())


def _share(users, people, smallest):
    few = any(0 < count < smallest for count in (users, people - users))
    return np.nan if people < smallest or few else users / people
