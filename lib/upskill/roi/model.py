"""Monthly cash flows of training, against "licenses stay, no training".

Training is not the tool: trained and untrained engineers have the same
licenses, so that only what training adds counts. In month m = 1, 2, … after a
training at time 0 (present(m) = (1 - attrition) ** ((m - 1/2) / 12)):

    exposed(m)  = engineers * loaded_cost / 12 * exposed_share * present(m)
    dip(m)      = exposed(m) * dip_share * (part of month m inside the dip)
    gain(m)     = exposed(m) * completion * time_saving * ramp(m) * skill(m)
    value(m)    = gain(m) * realized_share

`ramp` rises in a straight line from 0 at the end of the dip, so that no gain
is counted while the dip lasts; `skill` halves every half-life. The effect is
one on task time: exposed_share turns it into time of the whole job, and
realized_share turns freed time into value, and lost time into loss. Price,
one-off cost and hours of participants fall at time 0 and count, as the dip
does, in full and for all who start.
"""

from dataclasses import dataclass

import numpy as np

from upskill.roi.finance import discount_factors

MONTHS = 12
COSTS = ("training price", "program cost", "participants' time", "learning dip")
BENEFITS = ("time freed",)
CASH = ("training price", "program cost")
"""Parts that are paid in money; the others are working time valued at what it costs."""


@dataclass(frozen=True)
class CashFlows:
    """Monthly amounts by part, each of shape (draws, months + 1), month 0 first.

    Costs are positive amounts to be paid, benefits are gains (below zero where
    training costs time).
    """

    parts: dict
    discount_rate: np.ndarray

    @property
    def costs(self):
        return sum(self.parts[name] for name in COSTS)

    @property
    def benefits(self):
        return sum(self.parts[name] for name in BENEFITS)

    @property
    def net(self):
        return self.benefits - self.costs

    @property
    def months(self):
        return next(iter(self.parts.values())).shape[1] - 1

    def present_value(self, flows):
        """Return today's value of monthly flows, shape (draws,), at the yearly discount rate."""
        rate = self.discount_rate
        rate = rate[:1] if (rate == rate[0]).all() else rate
        monthly = (1.0 + rate) ** (1 / MONTHS) - 1.0
        return (flows * discount_factors(monthly, flows.shape[-1])).sum(axis=-1)

    @property
    def net_present_value(self):
        return self.present_value(self.net)


def cash_flows(values, horizon_months):
    """Return the cash flows of training for every draw of the inputs.

    values: {input: shape (draws,)} for every input but the horizon.
    horizon_months: whole months after the training. Raises ValueError when it
    is less than one.
    """
    if horizon_months < 1:
        raise ValueError(f"horizon_months is {horizon_months}; expected at least 1")
    column = {name: np.asarray(each, dtype=float)[:, np.newaxis] for name, each in values.items()}
    ends = np.arange(1, horizon_months + 1, dtype=float)
    exposed = _exposed_cost(column, ends)
    in_dip = dip_share(ends, column["learning_dip_months"])
    later = {"learning dip": exposed * column["learning_dip_share"] * in_dip,
             "time freed": exposed * _valued_gain(column, ends)}
    parts = _first_month(_at_start(column), horizon_months) | _shifted(later)
    return CashFlows(parts, column["discount_rate"][:, 0])


def _at_start(column):
    """Return what is spent at time 0 as one column each, for all who start."""
    people, hourly = column["engineers"], column["loaded_cost_per_year"] / column["hours_per_year"]
    return {"training price": people * column["training_price_per_engineer"],
            "program cost": column["program_cost"] * np.ones_like(people),
            "participants' time": people * column["training_hours_per_engineer"] * hourly}


def _first_month(spent, horizon_months):
    """Put zeros for the later months behind what is spent at time 0."""
    return {name: np.pad(each, ((0, 0), (0, horizon_months))) for name, each in spent.items()}


def _shifted(later):
    """Put a zero for month 0 before monthly amounts."""
    return {name: np.pad(each, ((0, 0), (1, 0))) for name, each in later.items()}


def _exposed_cost(column, ends):
    present = np.exp(np.log1p(-column["attrition_per_year"]) * ((ends - 0.5) / MONTHS))
    monthly_cost = column["loaded_cost_per_year"] / MONTHS
    return column["engineers"] * monthly_cost * column["exposed_share_of_time"] * present


def _valued_gain(column, ends):
    """Return the gain per unit of exposed cost, as far as it is put to use."""
    counted = column["training_time_saving"] * column["realized_share"]
    ramp = ramp_share(ends, column["learning_dip_months"], column["ramp_months"])
    skill = np.exp2((0.5 - ends) / column["skill_half_life_months"])
    return column["completion_share"] * counted * ramp * skill


def dip_share(ends, dip_months):
    """Return the part of each month, given by its end, that lies inside the dip.

    >>> dip_share(np.array([1.0, 2.0, 3.0]), 1.5).tolist()
    [1.0, 0.5, 0.0]
    """
    return np.clip(dip_months - (ends - 1.0), 0.0, 1.0)


def ramp_share(ends, dip_months, ramp_months):
    """Return each month's mean share of the full gain: 0 in the dip, then a straight rise to 1.

    >>> ramp_share(np.array([1.0, 2.0, 3.0, 4.0]), 1.0, 2.0).tolist()
    [0.0, 0.25, 0.75, 1.0]
    """
    return _ramp_area(ends - dip_months, ramp_months) - _ramp_area(ends - 1.0 - dip_months, ramp_months)


def _ramp_area(months, ramp_months):
    """Return the area under the ramp up to a time."""
    since = np.maximum(months, 0.0)
    inside = np.minimum(since, ramp_months)
    rise = np.divide(inside**2, 2.0 * ramp_months, out=np.zeros(np.broadcast(inside, ramp_months).shape),
                     where=np.asarray(ramp_months) > 0)
    return rise + since - inside
