"""A KPI as one series of equal periods on a scale where its noise is about alike, for levels now and foresight."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.data.schema import NotEnoughData
from upskill.kpi.definitions import Definition
from upskill.kpi.events import WEEK, end_of_data, monday, with_outcomes
from upskill.kpi.observations import DAYS
from upskill.kpi.series import calendar_series, duration_series, period_starts, ratio_series
from upskill.kpi.survival import quantile_given_event
from upskill.kpi.tracking import first_possible

BLOCK_WEEKS = 4


@dataclass(frozen=True)
class Measured:
    """One KPI by period, all teams together.

    `series`: period (first day), value, base (what it rests on), and for ratios
    numerator and denominator; settled periods with a value only. `days`: length of a
    period; `window`: periods that make about a quarter; `events`: of a duration.
    """

    definition: Definition
    series: pd.DataFrame
    days: float
    window: int
    events: pd.DataFrame | None = None

    @property
    def positions(self):
        """Whole periods since the first one."""
        return ((self.series["period"] - self.series["period"].iloc[0]) / pd.Timedelta(days=self.days)).round().to_numpy()

    @property
    def ends(self):
        """End of each period."""
        is_month = self.definition.is_reported and self.days > 7
        return self.series["period"] + (pd.DateOffset(months=1) if is_month else pd.Timedelta(days=self.days))

    def scaled(self):
        """Return the values on the scale of `to_scale`; counts of zero are lifted by half a count."""
        if self.definition.distribution == "share":
            ones = self.series["numerator"].to_numpy(float)
            rest = self.series["denominator"].to_numpy(float) - ones
            return np.log((np.maximum(ones, 0) + 0.5) / (np.maximum(rest, 0) + 0.5))
        if self.definition.distribution == "rate":
            return np.log(np.maximum(self.series["numerator"], 0.5) / self.series["denominator"]).to_numpy(float)
        return to_scale(self.series["value"].to_numpy(float), self.definition)

    def level(self, places):
        """Return the level of the periods at these places, pooled: of durations the median over all that opened in them."""
        part = self.series.iloc[places]
        if self.events is not None:
            at = self.events["at"]
            inside = (at >= part["period"].min()) & (at < part["period"].max() + pd.Timedelta(days=self.days))
            return quantile_given_event(self.events.loc[inside, "hours"], self.events.loc[inside, "outcome"])[0]
        return float(part["numerator"].sum() / part["denominator"].sum())


def to_scale(value, definition):
    """Put a value of a KPI on the scale of the analysis: logit of shares, logarithm of durations and rates, else as it is."""
    if definition.distribution == "share":
        safe = np.clip(value, 1e-6, 1 - 1e-6)
        return np.log(safe / (1 - safe))
    if definition.distribution in ("duration", "rate", "count"):
        return np.log(np.maximum(value, 1e-12))
    return np.asarray(value, dtype=float)


def from_scale(value, definition):
    """Bring a value back into the unit of the KPI."""
    if definition.distribution == "share":
        return 1 / (1 + np.exp(-np.asarray(value)))
    if definition.distribution in ("duration", "rate", "count"):
        return np.exp(value)
    return np.asarray(value, dtype=float)


def measure_series(program, name):
    """Return the Measured form of a KPI: months or weeks as reported, else blocks of four weeks up to the end of the data.

    Raises NotEnoughData when the data cannot give it, KeyError for an unknown name.
    """
    definition, frame = first_possible(program, name)
    if definition.is_reported:
        series, days = calendar_series(frame), DAYS["month" if frame["days"].max() > 7 else "week"]
        return _made(definition, series, days, series["denominator"])
    end = monday(pd.Series([end_of_data(program)]))[0]
    if definition.kind == "duration":
        events = with_outcomes(frame)
        middle = events["at"].min() + (end - events["at"].min()) / 2
        series = duration_series(events, program, middle_block(middle, end), BLOCK_WEEKS)
        return _made(definition, series, 7.0 * BLOCK_WEEKS, series["n"], events)
    last = frame["week"].max() + WEEK
    series = ratio_series(frame, last, BLOCK_WEEKS)
    return _made(definition, series, 7.0 * BLOCK_WEEKS, series["denominator"])


def middle_block(moment, end):
    """Return the start of the block of four weeks, counted back from the end, that a moment lies in."""
    return period_starts(pd.Series([monday(pd.Series([moment]))[0]]), end, BLOCK_WEEKS)[0]


def _made(definition, series, days, base, events=None):
    good = (series["quality"] == "ok") & series["value"].notna() & (base > 0)
    if definition.kind == "duration":
        good &= series["value"] > 0
    if not good.any():
        raise NotEnoughData("no finished period with a value")
    window = max(round(91 / days), 1)
    return Measured(definition, series[good].assign(base=base[good]).reset_index(drop=True), days, window, events)
