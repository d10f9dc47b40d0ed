"""What the cash flows come to: value, risk of loss, payback, with their uncertainty."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from upskill.roi import finance
from upskill.roi.model import BENEFITS, CASH, COSTS, MONTHS, CashFlows, cash_flows
from upskill.roi.uncertainty import draw, scrambled_points

DRAWS_PER_SCRAMBLING = 512
SCRAMBLINGS = 16
PAYS, LOSES, CANNOT_TELL = "pays", "loses", "cannot yet be told"

OPENINGS = {
    PAYS: "Training {people} engineers pays",
    LOSES: "Training {people} engineers loses money",
    CANNOT_TELL: "Whether training {people} engineers pays cannot yet be told",
}
ADVICE = {
    PAYS: "Go ahead, and keep measuring the input that matters most: the {input}.",
    LOSES: "Do not train in this form: make it shorter or cheaper, or find out more about what matters most: "
           "the {input}.",
    CANNOT_TELL: "Before training everybody, find out more about the input that matters most: the {input}.",
}
OUTLOOKS = {PAYS: "it would pay", LOSES: "it would lose", CANNOT_TELL: "whether it pays could not be told"}


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

    def estimate(self, per_draw):
        """Return the mean over the draws, the central interval and the Monte Carlo error of the mean."""
        low, high = interval(per_draw, self.level)
        return Estimate(float(per_draw.mean()), low, high, monte_carlo_error(per_draw))

    @property
    def horizon_months(self):
        return self.flows.months

    @property
    def net_present_value(self):
        return self.estimate(self.flows.net_present_value)

    @property
    def verdict(self):
        """Return pays, loses or cannot yet be told, from the interval of the net present value."""
        value = self.net_present_value
        return PAYS if value.low > 0 else LOSES if value.high < 0 else CANNOT_TELL

    @property
    def verdict_is_stable(self):
        """Return whether both ends of the interval are twice their Monte Carlo error away from zero."""
        worth = self.flows.net_present_value
        ends = np.array([interval(block, self.level) for block in worth.reshape(-1, DRAWS_PER_SCRAMBLING)])
        errors = ends.std(axis=0, ddof=1) / np.sqrt(len(ends))
        return bool((np.abs(interval(worth, self.level)) >= 2 * errors).all())

    @property
    def chance_of_loss(self):
        """Return the share of draws whose net present value is below zero."""
        return float((self.flows.net_present_value < 0).mean())

    @property
    def benefit_cost_ratio(self):
        """Return expected benefits over expected costs, both in today's value; the interval is over draws."""
        gained, paid = (self.flows.present_value(each) for each in (self.flows.benefits, self.flows.costs))
        expected = gained.mean() / paid.mean() if paid.mean() > 0 else np.nan
        ratios = np.divide(gained, paid, out=np.full_like(gained, np.nan), where=paid > 0)
        return Estimate(float(expected), *interval(ratios, self.level))

    @property
    def return_on_investment(self):
        ratio = self.benefit_cost_ratio
        return Estimate(ratio.value - 1, ratio.low - 1, ratio.high - 1)

    @property
    def payback_months(self):
        """Return the median month of payback; infinite where it lies beyond the horizon."""
        months = np.nan_to_num(finance.payback_period(self.flows.net), nan=np.inf)
        low, high = interval(months, self.level)
        return Estimate(float(np.quantile(months, 0.5, method="inverted_cdf")), low, high)

    @property
    def chance_of_no_payback(self):
        return float(np.isnan(finance.payback_period(self.flows.net)).mean())

    @property
    def cost(self):
        return self.estimate(self.flows.present_value(self.flows.costs))

    @property
    def cost_per_engineer(self):
        return self.estimate(self.flows.present_value(self.flows.costs) / self.draws["engineers"])

    @property
    def internal_rate_of_return(self):
        """Return the yearly rate of the expected flows, NaN where it is not meaningful."""
        expected = self.flows.net.mean(axis=0)
        if not finance.is_conventional(expected):
            return np.nan
        return float((1 + finance.internal_rates_of_return(expected)[0]) ** MONTHS - 1)

    @property
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
        means = {name: self.flows.present_value(self.flows.parts[name]).mean() for name in COSTS}
        return pd.Series(means).sort_values(ascending=False)

    @property
    def cash_cost(self):
        """Return the costs that are paid in money; the rest is working time."""
        paid = sum(self.flows.parts[name] for name in COSTS if name in CASH)
        return self.estimate(self.flows.present_value(paid))

    @property
    def cash_share_of_value(self):
        """Return the share of the expected benefits that is paid in money, not freed time."""
        means = {name: self.flows.present_value(self.flows.parts[name]).mean() for name in BENEFITS}
        total = sum(means.values())
        return sum(value for name, value in means.items() if name in CASH) / total if total else np.nan

    @property
    def yearly(self):
        """Return the expected cash flows by year, costs below zero, and the running total."""
        return _by_year(self.flows, self.running_total)


def appraise(inputs, seed, level=0.90, scramblings=SCRAMBLINGS):
    """Return the appraisal of training from its inputs.

    inputs: {name: Input} as from gather_inputs. seed: of every random draw.
    The draws are 16 scramblings of 512 Sobol points. Raises ValueError when
    the horizon is uncertain or not a whole number of months.
    """
    horizon = horizon_of(inputs)
    assumptions = {name: each.assumption for name, each in inputs.items()}
    points = scrambled_points(DRAWS_PER_SCRAMBLING, len(assumptions), seed, scramblings)
    draws = draw(assumptions, points)
    return Appraisal(inputs, draws, cash_flows(draws, horizon), level)


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
    method = "linear" if np.isfinite(per_draw).all() else "inverted_cdf"
    low, high = np.quantile(per_draw, [tail, 1 - tail], method=method)
    return float(low), float(high)


def monte_carlo_error(per_draw):
    """Return the standard error of the mean, from the spread between scramblings."""
    blocks = per_draw.reshape(-1, DRAWS_PER_SCRAMBLING).mean(axis=1)
    return float(blocks.std(ddof=1) / np.sqrt(len(blocks))) if len(blocks) > 1 else np.nan


def _by_year(flows, running_total):
    years = np.ceil(np.arange(flows.months + 1) / MONTHS).astype(int)
    table = pd.DataFrame({name: -flows.parts[name].mean(axis=0) for name in COSTS}
                         | {name: flows.parts[name].mean(axis=0) for name in BENEFITS}).groupby(years).sum()
    table["net"] = table.sum(axis=1)
    at_end = running_total.groupby(years).last()
    table[["running total", "low", "high"]] = at_end[["mean", "low", "high"]]
    return table.rename_axis("year").reset_index()
