"""Planned work: what was promised and done in time, and how much of it was new."""

import pandas as pd

from upskill.data.schema import NotEnoughData
from upskill.kpi.events import FILLED, WEEK, end_of_data, observed_weeks, ratio_frame, table_of, teams_of, week_counts
from upskill.kpi.usage import ai_use

PROMISED_DAYS = 14
NEW_KINDS = ("feature", "experiment")


def done_in_time(program, days=PROMISED_DAYS):
    """Count work items done within `days` of their commitment, and those committed, per team and week of commitment.

    Each item is followed equally long; weeks whose items are younger than that are
    left out. Raises NotEnoughData where commitments are hardly recorded.
    """
    frame = table_of(program, "work_items")
    share = frame["committed_at"].notna().mean()
    if not share >= FILLED:
        raise NotEnoughData(f"only {share:.0%} of the work items have a time of commitment".replace("%", " %"))
    frame = frame[frame["committed_at"].notna()]
    reach = pd.Timedelta(days=days)
    in_time = frame["done_at"].notna() & (frame["done_at"] <= frame["committed_at"] + reach)
    teams, times = teams_of(program, frame, "person_id"), frame["committed_at"]
    weeks = observed_weeks(program, teams, times)
    weeks = weeks[weeks["week"] + WEEK + reach <= end_of_data(program)]
    return ratio_frame(weeks, week_counts(teams, times, in_time), week_counts(teams, times))


def new_of_done(program):
    """Count finished features and experiments, and all finished work items, per team and week."""
    frame = table_of(program, "work_items")
    frame = frame[frame["done_at"].notna() & frame["kind"].notna()]
    if frame.empty:
        raise NotEnoughData("no work item is done")
    teams, times = teams_of(program, frame, "person_id"), frame["done_at"]
    weeks = observed_weeks(program, teams, times)
    return ratio_frame(weeks, week_counts(teams, times, frame["kind"].isin(NEW_KINDS)), week_counts(teams, times))


def license_cost(program, months=3):
    """Return (spend on licenses, person-months of active people) of the last whole months with both; NotEnoughData if none.

    Active people of a month: mean over its weeks. Spend without a team counts where
    the whole company is asked.
    """
    spend = table_of(program, "spend")
    spend = spend[spend["category"].str.contains("licen[sc]e", case=False, na=False)]
    active = ai_use(program).groupby("week")["numerator"].sum()
    by_month = active.groupby(active.index.to_period("M")).mean()
    paid = spend.groupby(spend["date"].dt.to_period("M"))["amount"].sum()
    whole = [month for month in by_month.index.intersection(paid.index) if month.end_time < end_of_data(program)]
    last = sorted(whole)[-months:]
    if not last or not by_month[last].sum() > 0:
        raise NotEnoughData("no month has both spend on licenses and active people")
    return float(paid[last].sum()), float(by_month[last].sum())

