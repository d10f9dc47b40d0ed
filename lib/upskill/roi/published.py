"""The arithmetic of published calculators, as they print it: DORA 2026, Forrester's TEI, Phillips.

They are here to be compared with, line by line, not to be believed: each
docstring says what its rules leave out.
"""

from dataclasses import dataclass

import numpy as np

from upskill.roi.finance import net_present_value, payback_period

DORA_SAMPLE = {
    "staff": 500, "cost_per_year": 176_000, "time_saved": 0.125, "license": 250, "additional_ai": 80,
    "training": 9_600, "infrastructure": 100_000, "dip_share": 0.15, "dip_months": 3, "revenue": 100_000_000,
    "features_now": 50, "features_target": 56, "idea_success": 0.33, "revenue_per_feature": 0.005,
    "deployments_now": 50, "deployments_target": 56, "failure_rate_now": 0.05, "failure_rate_target": 0.06,
    "recovery_hours": 4, "downtime_cost_per_hour": 100_000}
"""Sample inputs of the DORA ROI calculator 2026.1 (https://dora.dev/ai/roi/calculator)."""


@dataclass(frozen=True)
class DoraReturn:
    """The lines of the DORA calculator, money for one year."""

    licenses: float
    additional_ai: float
    training: float
    infrastructure: float
    dip: float
    capacity: float
    revenue: float
    downtime: float

    @property
    def hard_cost(self):
        return self.licenses + self.additional_ai + self.training + self.infrastructure

    @property
    def investment(self):
        return self.hard_cost + self.dip

    @property
    def value(self):
        return self.capacity + self.revenue + self.downtime

    @property
    def net(self):
        return self.value - self.investment

    @property
    def return_on_investment(self):
        return _ratio(self.net, self.investment)

    @property
    def payback_years(self):
        """Return investment over yearly value; infinite where the value is not above zero."""
        value = np.asarray(self.value, dtype=float)
        years = np.divide(self.investment, value, out=np.full(np.shape(value), np.inf), where=value > 0)
        return years[()]


def dora_return(*, staff, cost_per_year, time_saved, license=0.0, additional_ai=0.0, training=0.0, infrastructure=0.0,
                dip_share=0.0, dip_months=0.0, revenue=0.0, features_now=0.0, features_target=0.0, idea_success=0.0,
                revenue_per_feature=0.0, deployments_now=0.0, deployments_target=0.0, failure_rate_now=0.0,
                failure_rate_target=0.0, recovery_hours=0.0, downtime_cost_per_hour=0.0):
    """Return the first-year lines of the DORA ROI calculator 2026.1; numbers or arrays of one shape.

    Equations (https://dora.dev/ai/roi/calculator): capacity = staff * cost * time saved; dip = staff * cost *
    dip share * dip months / 12; revenue = more features * success * revenue each; downtime = what failures cost
    now less what they will cost; investment = hard cost + dip. staff: people; cost_per_year: money per person;
    shares 0-1, time_saved of all working time; license, additional_ai, training: money per person and year.

    One year, not discounted; everybody gains in full from the first day, in the months of the dip too; all
    time freed counts as money; the hours in training do not count.

    >>> round(float(dora_return(**DORA_SAMPLE).return_on_investment), 4)
    0.3922
    """
    payroll = staff * cost_per_year
    failures_now, failures_target = deployments_now * failure_rate_now, deployments_target * failure_rate_target
    return DoraReturn(
        licenses=license * staff, additional_ai=additional_ai * staff, training=training * staff,
        infrastructure=infrastructure, dip=payroll * dip_share * dip_months / 12, capacity=payroll * time_saved,
        revenue=(features_target - features_now) * idea_success * revenue_per_feature * revenue,
        downtime=(failures_now - failures_target) * recovery_hours * downtime_cost_per_hour)


def dora_break_even(**inputs):
    """Return the share of all working time that must be saved for a return of zero, by the DORA calculator.

    inputs: as of dora_return; the time saved among them is not used.

    >>> round(float(dora_break_even(**(DORA_SAMPLE | {"time_saved": 0.0}))), 4)
    0.0877
    """
    lines = dora_return(**(inputs | {"time_saved": 0.0}))
    return _ratio(-lines.net, inputs["staff"] * inputs["cost_per_year"])


def risk_adjusted(amounts, adjustment):
    """Return benefits (adjustment below zero) or costs (above zero) moved by their risk, as Forrester's TEI does.

    Equation: amounts * (1 + adjustment). Raises ValueError for an adjustment of -1 or less.

    >>> risk_adjusted([5_280_000], -0.20).tolist()
    [4224000.0]
    """
    if np.any(np.asarray(adjustment) <= -1):
        raise ValueError("an adjustment of -100 % or less leaves nothing; give it as a share, -0.20 for 20 % less")
    return np.asarray(amounts, dtype=float) * (1.0 + np.asarray(adjustment, dtype=float))


@dataclass(frozen=True)
class EconomicImpact:
    """Present values by the rules of Forrester's Total Economic Impact."""

    benefits: float
    costs: float
    payback_years: float

    @property
    def net_present_value(self):
        return self.benefits - self.costs

    @property
    def return_on_investment(self):
        return _ratio(self.net_present_value, self.costs)


def total_economic_impact(benefits, costs, rate=0.10, benefit_risk=0.0, cost_risk=0.0):
    """Return value, cost and return by the rules of Forrester's Total Economic Impact.

    benefits, costs: positive amounts, initial first and then by year, shape (…, years + 1). benefit_risk,
    cost_risk: shares by which benefits are lowered and costs raised. The initial amount is not discounted, those
    of a year at its end (https://go.forrester.com/policies/tei). A risk factor stands in for a distribution: do
    not put both on the same number.

    >>> round(total_economic_impact([0, 50_000, 50_000, 50_000], [90_000, 0, 0, 0]).net_present_value)
    34343
    """
    gained, paid = risk_adjusted(benefits, -np.asarray(benefit_risk)), risk_adjusted(costs, cost_risk)
    return EconomicImpact(net_present_value(rate, gained), net_present_value(rate, paid), payback_period(gained - paid))


def revenue_kept(revenue, share_kept):
    """Return what last year's kept customers add to the revenue, year by year.

    Equation: kept[t] = (revenue[t] + kept[t - 1]) * share_kept[t - 1], kept[0] = 0 (line A6 of
    Forrester's study for Intellum).

    >>> revenue_kept([100, 100, 100], [0.1, 0.2, 0.2]).tolist()
    [0.0, 10.0, 22.0]
    """
    kept = [0.0]
    for amount, share in zip(revenue[1:], share_kept[:-1], strict=True):
        kept.append((amount + kept[-1]) * share)
    return np.array(kept)


def credited(estimate, attributed, confidence):
    """Return what the rules of Phillips credit of an estimate: what is not known counts as no improvement.

    Equation: estimate * attributed share * confidence. A haircut, not a distribution: it takes the place of
    one. Missing values (NaN) give 0. Raises ValueError for shares outside 0-1.

    >>> round(float(credited(10, 0.60, 0.70)), 6)
    4.2
    """
    attributed, confidence = np.asarray(attributed, dtype=float), np.asarray(confidence, dtype=float)
    if np.any((attributed < 0) | (attributed > 1)) or np.any((confidence < 0) | (confidence > 1)):
        raise ValueError("attributed and confidence are shares from 0 to 1; write 0.6 for 60 %")
    return np.nan_to_num(np.asarray(estimate, dtype=float) * attributed * confidence, nan=0.0)


def _ratio(part, whole):
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole != 0)[()]
