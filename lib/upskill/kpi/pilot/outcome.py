"""The weekly course of a KPI in each team, ready to compare teams that started with teams that did not."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from upskill.data.schema import NotEnoughData
from upskill.kpi.definitions import Definition
from upskill.kpi.events import NOBODY, WEEK, monday
from upskill.kpi.series import ENOUGH, calendar_series, duration_series, ratio_series
from upskill.kpi.tracking import first_possible

LENGTHS, MONTH = (1, 2, 4), 4


@dataclass(frozen=True)
class Outcome:
    """One KPI by team and period.

    `frame`: team, period (Monday), outcome (log of hours or of a rate; points for shares;
    NaN where unknown), start (Monday of the team's training, NaT = not yet); `scale`:
    "log" or "points"; `before`: typical level before the first start, in the KPI's
    unit; `length`: weeks per period, chosen from the time before the first start.
    """

    definition: Definition
    frame: pd.DataFrame = field(compare=False)
    scale: str
    before: float
    length: int

    @property
    def is_log(self):
        return self.scale == "log"


def starts_of(program, event="training"):
    """Return the Monday of each team's first training up to the end of the data, by team."""
    if "rollout" not in program:
        raise NotEnoughData("No table rollout: nobody can tell which team started when.")
    rows = program["rollout"]
    rows = rows[(rows["event"] == event) & rows["starts_on"].notna() & (rows["starts_on"] <= program.as_of)]
    first = rows.groupby("team")["starts_on"].min()
    return monday(first) if len(first) else first


def team_outcome(program, name, starts):
    """Return the Outcome of a KPI by team and period.

    Durations: logarithm of the median with open ones counted as open; rates: logarithm,
    half an event added to weeks without; shares: as they are. Periods too recent to be
    judged are left out for all teams. Raises NotEnoughData where the tables cannot give
    it or nobody said which way is better, KeyError for a name that no KPI has.
    """
    definition, measured = first_possible(program, name)
    measured = measured[measured["team"] != NOBODY]
    if not definition.better:
        raise NotEnoughData(f"Nobody said whether more or less of {definition.title} is better.")
    if measured.empty:
        raise NotEnoughData(f"{definition.title} is not recorded by team.")
    anchor, length = starts.min(), MONTH if definition.is_reported else _length(definition, measured, starts)
    frames = [_of_team(definition, group, program, anchor, length).assign(team=team) for team, group in measured.groupby("team")]
    frame = pd.concat(frames, ignore_index=True)
    frame["start"] = pd.to_datetime(frame["team"].map(starts))
    known = frame.groupby("period")["outcome"].transform("count") > 0
    early = frame.loc[frame["period"] < anchor, "outcome"]
    before = early.mean() if early.notna().any() else float("nan")
    scale = "points" if definition.kind == "share" else "log"
    return Outcome(definition, frame[known].reset_index(drop=True), scale, float(np.exp(before) if scale == "log" else before),
                   length)


def _length(definition, measured, starts):
    """Choose the shortest period in which a team typically has five things, from the time before the first start."""
    if definition.kind == "duration":
        ended = measured[measured["ended"].notna() & (measured["at"] < starts.min())]
        counts = ended.groupby(["team", monday(ended["at"])]).size()
    else:
        early = measured[measured["week"] < starts.min()]
        counts = early.groupby(["team", "week"])["denominator" if definition.kind == "share" else "numerator"].sum()
    typical = counts.groupby("team").median().median() if len(counts) else 0
    return next((length for length in LENGTHS if typical * length >= ENOUGH), LENGTHS[-1])


def _of_team(definition, group, program, anchor, length):
    """Return period and outcome of one team."""
    if definition.kind == "duration":
        series = duration_series(group, program, anchor, length)
        good = (series["quality"] == "ok") & (series["value"] > 0)
        return pd.DataFrame({"period": series["period"], "outcome": np.log(series["value"].astype(float).where(good))})
    series = calendar_series(group) if definition.is_reported else ratio_series(group, anchor, length)
    if definition.is_reported and definition.kind != "share":
        return pd.DataFrame({"period": series["period"], "outcome": np.log(series["value"].astype(float).where(series["value"] > 0))})
    if definition.kind == "share":
        return pd.DataFrame({"period": series["period"], "outcome": series["value"]})
    rate = (series["numerator"] + 0.5 * (series["numerator"] == 0)) / series["denominator"].where(series["denominator"] > 0)
    return pd.DataFrame({"period": series["period"], "outcome": np.log(rate)})


def weeks_since(outcome):
    """Return the number of weeks from the first start to the last period, at its end."""
    last = outcome.frame["period"].max() + outcome.length * WEEK
    return int((last - outcome.frame["start"].min()) // WEEK)
