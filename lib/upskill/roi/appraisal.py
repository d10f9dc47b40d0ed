"""What the cash flows come to: value, risk of loss, payback, with their uncertainty."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from upskill.roi import finance
from upskill.roi.model import BENEFITS, CASH, COSTS, MONTHS, CashFlows, cash_flows
from upskill.roi.uncertainty import draw, scrambled_points

DRAWS_PER_SCRAMBLING = 512
SCRAMBLINGS = 16
CERTAIN = 1e-9
"""Draws whose relative spread is below this differ by rounding only."""

PAYS, LOSES, CANNOT_TELL = "pays", "loses", "cannot yet be told"


class Estimate(NamedTuple):
    """A number with its interval, and the Monte Carlo standard error of the number where it is a mean."""

    value: float
    low: float
    high: float
    monte_carlo_error: float = np.nan


@dataclass(frozen=True)
class Appraisal:
    """One option's cash flows over all draws of its inputs, and what they come to."""

    inputs: dict
    draws: dict
    flows: CashFlows
    level: float = 0.90
    plan: dict | None = None

    def estimate(self, per_draw):
        """Return the mean over the draws, the central interval and the Monte Carlo error of the mean."""
        low, high = interval(per_draw, self.level)
        value = low if low == high else float(per_draw.mean())
        return Estimate(value, low, high, monte_carlo_error(per_draw))

    @property
    def horizon_months(self):
        return self.flows.months

    @property
    def is_uncertain(self):
        """Return whether any input is more than a single number."""
        return any(each.is_uncertain for each in self.inputs.values())

    @cached_property
    def worth(self):
        """Return the net present value of each draw."""
        return self.flows.net_present_value

    @cached_property
    def paid(self):
        """Return the present value of the costs of each draw."""
        return self.flows.present_value(self.flows.costs)

    @cached_property
    def worth_per_saving(self):
        """Return by how much each draw's value rises with the time saving: the value is a line in it."""
        flows = cash_flows(self.draws | {"training_time_saving": np.ones_like(self.paid)}, self.horizon_months, self.plan)
        return flows.present_value(flows.part("time freed"))

    @cached_property
    def to_recover(self):
        """Return what the time freed has to bring in before a draw pays: costs, reviews and failures."""
        return -self.flows.present_value(self.flows.net - self.flows.part("time freed"))

    @cached_property
    def net_present_value(self):
        return self.estimate(self.worth)

    @cached_property
    def verdict(self):
        """Return pays, loses or cannot yet be told, from the interval of the net present value."""
        value = self.net_present_value
        return PAYS if value.low > 0 else LOSES if value.high < 0 else CANNOT_TELL

    @property
    def verdict_is_stable(self):
        """Return whether both ends of the interval are twice their Monte Carlo error away from zero."""
        ends = np.array([interval(block, self.level) for block in self.worth.reshape(-1, DRAWS_PER_SCRAMBLING)])
        errors = ends.std(axis=0, ddof=1) / np.sqrt(len(ends))
        return bool((np.abs(interval(self.worth, self.level)) >= 2 * errors).all())

    @property
    def chance_of_loss(self):
        """Return the share of draws whose net present value is below zero."""
        return float((self.worth < 0).mean())

    @cached_property
    def benefit_cost_ratio(self):
        """Return expected benefits over expected costs, both in today's value; the interval is over draws.

        All is NaN where a draw costs nothing.
        """
        if not (self.paid > 0).all():
            return Estimate(np.nan, np.nan, np.nan)
        gained = self.worth + self.paid
        low, high = interval(gained / self.paid, self.level)
        return Estimate(low if low == high else float(gained.mean() / self.paid.mean()), low, high)

    @property
    def return_on_investment(self):
        ratio = self.benefit_cost_ratio
        return Estimate(ratio.value - 1, ratio.low - 1, ratio.high - 1)

    @cached_property
    def _paybacks(self):
        """Return the month of payback of each draw; infinite where it lies beyond the horizon."""
        return np.nan_to_num(finance.payback_period(self.flows.net), nan=np.inf)

    @property
    def payback_months(self):
        """Return the month by which half of the draws are paid back, with its interval over draws."""
        low, high = interval(self._paybacks, self.level)
        return Estimate(float(np.quantile(self._paybacks, 0.5, method="inverted_cdf")), low, high)

    @property
    def chance_of_no_payback(self):
        return float(np.isinf(self._paybacks).mean())

    @property
    def cost(self):
        return self.estimate(self.paid)

    @property
    def cost_per_engineer(self):
        """Return the cost per head; NaN where a draw has nobody to train."""
        heads = self.draws["engineers"]
        return self.estimate(np.divide(self.paid, heads, out=np.full_like(self.paid, np.nan), where=heads > 0))

    @property
    def internal_rate_of_return(self):
        """Return the yearly rate of the expected flows, NaN where it is not meaningful."""
        return float((1 + finance.internal_rate_of_return(self.flows.net.mean(axis=0))) ** MONTHS - 1)

    @cached_property
    def running_total(self):
        """Return month, mean, low, high and the middle half of the running total of net cash flows."""
        total = self.flows.net.cumsum(axis=1)
        tail = (1 - self.level) / 2
        low, lower, upper, high = np.quantile(total, [tail, 0.25, 0.75, 1 - tail], axis=0)
        return pd.DataFrame({"month": np.arange(total.shape[1]), "mean": total.mean(axis=0),
                             "low": low, "lower_quarter": lower, "upper_quarter": upper, "high": high})

    @property
    def deepest_position(self):
        """Return (month, Estimate) of the lowest point of the expected running total."""
        total = self.running_total
        row = total.loc[total["mean"].idxmin()]
        return int(row["month"]), Estimate(float(row["mean"]), float(row["low"]), float(row["high"]))

    @property
    def cost_parts(self):
        """Return the mean present value of each part of the costs, largest first."""
        means = {name: self.flows.present_value(self.flows.part(name)).mean() for name in COSTS}
        return pd.Series(means).sort_values(ascending=False)

    @cached_property
    def cash_cost(self):
        """Return the costs that are paid in money; the rest is working time."""
        paid = self.flows.total([name for name in COSTS if name in CASH])
        return self.estimate(self.flows.present_value(paid))

    @property
    def quality(self):
        """Return today's value of changed reviews and failures; below zero where they get worse."""
        return self.estimate(self.flows.present_value(self.flows.total(("review time", "failures"))))

    @property
    def cash_share_of_value(self):
        """Return the share of the expected gains that is paid in money, not freed time; NaN without any gain."""
        means = {name: self.flows.present_value(self.flows.part(name)).mean() for name in BENEFITS}
        gains = {name: max(value, 0.0) for name, value in means.items()}
        total = sum(gains.values())
        return sum((value for name, value in gains.items() if name in CASH), 0.0) / total if total else np.nan

    @property
    def yearly(self):
        """Return the expected cash flows by year, costs below zero, and the running total."""
        return _by_year(self.flows, self.running_total)


def appraise(inputs, seed, level=0.90, scramblings=SCRAMBLINGS, correlations=()):
    """Return the appraisal of training from its inputs.

    inputs: {name: Input} as from gather_inputs. seed: of every random draw.
    correlations: as in program.yml; those of options are left out. The draws are 16 scramblings of 512 Sobol points. Raises ValueError when
    the horizon is uncertain or not a whole number of months.
    """
    horizon = horizon_of(inputs)
    assumptions = {name: each.assumption for name, each in inputs.items()}
    points = scrambled_points(DRAWS_PER_SCRAMBLING, len(assumptions), seed, scramblings)
    draws = draw(assumptions, points, among(correlations, assumptions))
    return Appraisal(inputs, draws, cash_flows(draws, horizon), level)


def among(correlations, names):
    """Return the correlations whose inputs are both among these."""
    return [each for each in correlations if each.first in names and each.second in names]


def horizon_of(inputs):
    """Return the horizon in whole months; raises ValueError when it is not one whole number."""
    horizon = inputs["horizon_months"].assumption
    value = horizon.parameters.get("value", np.nan)
    if horizon.kind != "constant" or value != int(value):
        raise ValueError(f"horizon_months is {horizon.parameters}; expected one whole number of months")
    return int(value)


def interval(per_draw, level=0.90):
    """Return the central interval of the draws; an end is infinite where the draws there are.

    >>> interval(np.array([1.0] * 10 + [np.inf] * 10))
    (1.0, inf)
    """
    tail = (1 - level) / 2
    if np.isfinite(per_draw).all() and np.ptp(per_draw) <= CERTAIN * np.abs(per_draw).max():
        return float(per_draw[0]), float(per_draw[0])
    method = "linear" if np.isfinite(per_draw).all() else "inverted_cdf"
    low, high = np.quantile(per_draw, [tail, 1 - tail], method=method)
    return float(low), float(high)


def monte_carlo_error(per_draw):
    """Return the standard error of the mean, from the spread between scramblings."""
    blocks = per_draw.reshape(-1, DRAWS_PER_SCRAMBLING).mean(axis=1)
    return float(blocks.std(ddof=1) / np.sqrt(len(blocks))) if len(blocks) > 1 else np.nan


def _by_year(flows, running_total):
    years = np.ceil(np.arange(flows.months + 1) / MONTHS).astype(int)
    table = pd.DataFrame({name: -flows.part(name).mean(axis=0) for name in COSTS}
                         | {name: flows.part(name).mean(axis=0) for name in BENEFITS}).groupby(years).sum()
    table["net"] = table.sum(axis=1)
    at_end = running_total.groupby(years).last()
    table[["running total", "low", "high"]] = at_end[["mean", "low", "high"]]
    return table.rename_axis("year").reset_index()
