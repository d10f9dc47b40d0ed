"""Figures that come ready-made from another system: pooled over teams by what they rest on, their own period kept."""

import numpy as np
import pandas as pd

from upskill.data.kpis import kpi_name
from upskill.data.schema import NotEnoughData
from upskill.kpi.definitions import reported
from upskill.kpi.events import NOBODY, table_of

DAYS = {"week": 7.0, "month": 365.25 / 12}


def observed_names(program):
    """Return the names of the KPIs in kpi_observations, sorted; () where there is no such table."""
    if "kpi_observations" not in program:
        return ()
    return tuple(sorted({kpi_name(name) for name in program["kpi_observations"]["kpi"].dropna().unique()}))


def observed_rows(program, name):
    """Return the usable rows of one KPI: date, period, team, numerator, denominator, weight (what it rests on).

    `name` as `observed_names` gives it. Numerator and denominator as reported, where
    the denominator is above zero; else value × n and n (n = 1 where it is not known).
    Rows with neither are left out, and of rows of the same day, period and team all
    but the last. Where weeks and months are reported, the more frequent of the two.
    """
    frame = table_of(program, "kpi_observations")
    frame = frame[frame["kpi"].map(kpi_name, na_action="ignore") == name]
    frame = frame.drop_duplicates(["date", "period", "team"], keep="last").dropna(subset="date")
    if frame["period"].nunique() > 1:
        frame = frame[frame["period"] == frame["period"].value_counts().sort_index().idxmax()]
    both = frame["numerator"].notna() & (frame["denominator"] > 0)
    rests_on = frame["n"].astype("float64").fillna(1.0)
    weight = rests_on.where(~both, frame["denominator"].astype("float64"))
    numerator = frame["numerator"].where(both, frame["value"] * rests_on).astype("float64")
    rows = pd.DataFrame({"date": frame["date"], "period": frame["period"],
                         "team": frame["team"].astype(object).where(frame["team"].notna(), NOBODY).astype(str),
                         "numerator": numerator, "denominator": weight.where(weight > 0),
                         "weight": frame["n"].astype("float64").fillna(weight), "is_ratio": both})
    return rows[np.isfinite(rows["numerator"]) & rows["denominator"].notna()].sort_values(["date", "team"])


def observed_ratio(program, name):
    """Return a ready-made KPI as counts: team, week (first day of its period), numerator, denominator, days.

    Raises NotEnoughData where there is no row that can be used.
    """
    rows = observed_rows(program, name)
    if rows.empty:
        raise NotEnoughData(f"kpi_observations has no {name}")
    days = rows["period"].map(DAYS).astype("float64")
    return pd.DataFrame({"team": rows["team"], "week": rows["date"].dt.normalize(), "numerator": rows["numerator"],
                         "denominator": rows["denominator"], "days": days}).reset_index(drop=True)


def observed_definition(program, name):
    """Return the definition of a ready-made KPI; one of the company's own is a share where all its rows say so."""
    rows = observed_rows(program, name)
    is_share = len(rows) and rows["is_ratio"].all() and (rows["numerator"] <= rows["denominator"]).all() and (
        rows["numerator"] >= 0).all()
    return reported(name, "share" if is_share else "")


def without_straddling(frame, starts):
    """Leave out the periods in which a team started: they are neither before nor since."""
    start = pd.to_datetime(frame["team"].map(starts))
    inside = (frame["week"] < start) & (frame["week"] + pd.to_timedelta(frame["days"], unit="D") > start)
    return frame[~inside]
