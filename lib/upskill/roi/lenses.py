"""The same program by four rules of counting, and a bridge from the kindest of them to ours.

DORA 2026 counts one year and everything that the tools bring; Forrester three
years with cautious amounts; Phillips the first year at the cautious end; cash
only what is paid or lost in money. See upskill.roi.published for their
arithmetic.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.roi.appraisal import Estimate, interval
from upskill.roi.assumptions import DEFAULTS
from upskill.roi.model import BENEFITS, CASH, COSTS, MONTHS, cash_flows
from upskill.roi.published import dora_return, total_economic_impact

LENSES = {
    "ours": "This report",
    "dora": "DORA calculator, 2026: one year, tools and training together, all time freed counts, hours in training do not",
    "forrester": "Forrester: three years at 10 %, gains a fifth lower and costs a tenth higher for their risk",
    "phillips": "Phillips: gains of the first year at the cautious end, none that is not measured; all costs",
    "cash": "Cash: only what is paid or lost in money"}
BENEFIT_RISK, COST_RISK = 0.20, 0.10
"""Benefits a fifth down as in Forrester's study for Intellum; costs a tenth up, a usual factor of these studies."""

STEPS = ("DORA calculator", "leave out what the tools bring anyway", "date the dip and the rise; some never take it up",
         "count the hours in training", "count freed time only as far as it is used", "count all months; people leave and forget",
         "discount", "count reviews and failures", "this report")


@dataclass(frozen=True)
class Lenses:
    """Net value of one appraisal by each lens; an Estimate whose interval is over draws, or one point."""

    ours: Estimate
    dora: Estimate
    forrester: Estimate
    phillips: Estimate
    cash: Estimate
    dora_return: float
    bridge: pd.DataFrame

    def items(self):
        """Return (name, Estimate) of each lens."""
        return [(name, getattr(self, name)) for name in LENSES]


def lenses(appraisal):
    """Return the net value of an appraisal by each lens, and the bridge from the DORA calculator to ours."""
    lines = _dora(appraisal)
    cash = appraisal.flows.present_value(_cash(appraisal.flows))
    return Lenses(appraisal.net_present_value, _estimate(lines.net, appraisal.level), _point(_forrester(appraisal)),
                  _point(_phillips(appraisal)), appraisal.estimate(cash),
                  float(np.mean(lines.net) / np.mean(lines.investment)), bridge(appraisal))


def _estimate(per_draw, level):
    low, high = interval(per_draw, level)
    return Estimate(low if low == high else float(per_draw.mean()), low, high)


def _point(value):
    return Estimate(float(value), float(value), float(value))


def _cash(flows):
    return flows.total([name for name in BENEFITS if name in CASH]) - flows.total([name for name in COSTS if name in CASH])


def _dora(appraisal):
    """Return the DORA lines of each draw: the tools' effect and that of training, on the exposed part of the job."""
    draws = appraisal.draws
    both = 1.0 - (1.0 - draws["tool_time_saving"]) * (1.0 - draws["training_time_saving"])
    return dora_return(
        staff=draws["engineers"], cost_per_year=draws["loaded_cost_per_year"],
        time_saved=both * draws["exposed_share_of_time"], license=draws["license_price_per_year"],
        infrastructure=_paid_in_money(appraisal), dip_share=draws["learning_dip_share"] * draws["exposed_share_of_time"],
        dip_months=draws["learning_dip_months"])


def _paid_in_money(appraisal):
    """Return what the training costs in money within the first year, not discounted."""
    paid = appraisal.flows.total([name for name in COSTS if name in CASH])
    return paid[:, :MONTHS + 1].sum(axis=1)


def _forrester(appraisal):
    """Return the net present value of the expected flows by year, risk-adjusted; a point by its rules."""
    years = np.ceil(np.arange(appraisal.flows.months + 1) / MONTHS).astype(int)
    kept = years <= 3
    gained, paid = (np.bincount(years[kept], weights=flows.mean(axis=0)[kept], minlength=4)
                    for flows in (appraisal.flows.benefits, appraisal.flows.costs))
    # A benefit below zero is a cost: its risk makes it larger.
    risk = np.where(gained < 0, -COST_RISK, BENEFIT_RISK)
    return total_economic_impact(gained, paid, benefit_risk=risk, cost_risk=COST_RISK).net_present_value


def _phillips(appraisal):
    """Return first-year gains at the cautious end of the time saving, or none where nobody measured it, less all costs."""
    flows, tail = appraisal.flows, (1 - appraisal.level) / 2
    known = appraisal.inputs["training_time_saving"].origin not in DEFAULTS
    saving = np.quantile(appraisal.draws["training_time_saving"], tail) if known else 0.0
    saving = np.full_like(appraisal.paid, min(saving, 0.0) if not known else saving)
    cautious = cash_flows(appraisal.draws | {"training_time_saving": saving}, appraisal.horizon_months, appraisal.plan)
    return (cautious.part("time freed")[:, :MONTHS + 1].sum(axis=1) - flows.costs.sum(axis=1)).mean()


def bridge(appraisal):
    """Return what each rule changes on the way from the DORA calculator to this report, in expected net value.

    Columns: step, value (after the step), change. The steps are taken one after
    another: in another order each would change by another amount.
    """
    year, plan = min(MONTHS, appraisal.horizon_months), appraisal.plan
    lines, draws = _dora(appraisal), appraisal.draws
    ones, zeros = np.ones_like(appraisal.paid), np.zeros_like(appraisal.paid)
    quiet = {"failure_change": zeros, "review_change": zeros}
    whole = quiet | {"realized_share": ones, "attrition_per_year": zeros, "discount_rate": zeros,
                     "skill_half_life_months": np.full_like(ones, np.inf)}
    one_year = cash_flows(draws | whole, year, plan)
    untaught = one_year.net.sum(axis=1) + one_year.part("participants' time").sum(axis=1)
    used = whole | {"realized_share": draws["realized_share"]}
    values = [
        lines.net.mean(), _training_alone(draws, lines).mean(), untaught.mean(), one_year.net.sum(axis=1).mean(),
        cash_flows(draws | used, year, plan).net.sum(axis=1).mean(),
        cash_flows(draws | quiet, appraisal.horizon_months, plan).net.sum(axis=1).mean(),
        cash_flows(draws | quiet, appraisal.horizon_months, plan).net_present_value.mean(), appraisal.worth.mean()]
    values.append(values[-1])
    table = pd.DataFrame({"step": STEPS, "value": values})
    table["change"] = table["value"].diff()
    return table


def _training_alone(draws, lines):
    """Return the DORA net value with the effect of training alone, and without the price of the tools."""
    payroll = draws["engineers"] * draws["loaded_cost_per_year"] * draws["exposed_share_of_time"]
    return payroll * draws["training_time_saving"] - lines.investment + lines.licenses
