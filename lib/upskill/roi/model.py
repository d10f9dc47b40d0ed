"""Monthly cash flows of training, against "licenses stay, no training".

Training is not the tool: trained and untrained engineers have the same
licenses, so that only what training adds counts. A cohort of n engineers that
starts at month s brings, in month m, with t = m - s months since its start
(present(t) = (1 - attrition) ** ((t - 1/2) / 12)):

    exposed  = n * loaded_cost / 12 * exposed_share * present(t)
    dip      = exposed * dip_share * (part of the month inside the dip)
    in use   = completion * adoption(t) * staying(t)
    freed    = exposed * time_saving * ratio * in use * skill(t) * realized
    reviews  = n * loaded_cost / 12 * present(t) * review_share * review_change * in use * realized
    failures = n * failure_cost / 12 * present(t) * failure_change * in use

`adoption` rises along a logistic curve from 0 at the end of the dip, so that no
gain is counted while the dip lasts; `staying` falls from 1 to the share who
stay with it; `skill` halves every half-life since the training or the last
refresher. The effect is one on task time: exposed_share turns it into time of
the whole job, and realized_share turns freed time into value, and lost time
into loss. Price, hours of participants and the dip count in full and for all
who start.
"""

from dataclasses import dataclass

import numpy as np

from upskill.roi.adoption import adopted_share, dip_share, staying_share
from upskill.roi.finance import discount_factors

MONTHS = 12
COSTS = ("training price", "program cost", "learning material", "seats", "facilitators", "refreshers",
         "participants' time", "learning dip")
BENEFITS = ("time freed", "review time", "failures")
CASH = ("training price", "program cost", "learning material", "seats", "facilitators", "failures")
"""Parts that are paid or lost in money; the others are working time valued at what it costs."""

PLAN = {"setup_cost": "program_cost", "price_per_engineer": "training_price_per_engineer",
        "hours_per_engineer": "training_hours_per_engineer", "completion_share": "completion_share"}
"""What an option says -> the input of the program that stands in for it."""

NEUTRAL = {"saving_ratio": 1.0, "start_delay_months": 0.0, "cohorts": 1.0, "months_between_cohorts": 0.0,
           "content_hours": 0.0, "authoring_hours_per_hour": 0.0, "author_cost_per_hour": 0.0,
           "content_half_life_months": 1.0, "seat_price_per_year": 0.0, "seat_months": 0.0,
           "facilitator_days_per_group": 0.0, "facilitator_price_per_day": 0.0, "group_size": 1.0,
           "refresher_every_months": 0.0, "refresher_hours_per_engineer": 0.0, "refresher_price_per_engineer": 0.0,
           "hires_trained_share": 0.0}


@dataclass(frozen=True)
class CashFlows:
    """Monthly amounts by part, each of shape (draws, months + 1), month 0 first.

    Costs are positive amounts to be paid, benefits are gains (below zero where
    training costs time). Parts that are nothing in every draw are absent.
    """

    parts: dict
    discount_rate: np.ndarray
    months: int

    def part(self, name):
        """Return one part; zeros where it is absent."""
        found = self.parts.get(name)
        return np.zeros((len(self.discount_rate), self.months + 1)) if found is None else found

    def total(self, names):
        """Return the sum of these parts."""
        present = [self.parts[name] for name in names if name in self.parts]
        return sum(present[1:], present[0]) if present else self.part("nothing")

    @property
    def costs(self):
        return self.total(COSTS)

    @property
    def benefits(self):
        return self.total(BENEFITS)

    @property
    def net(self):
        return self.benefits - self.costs

    @property
    def factors(self):
        """Return what one unit of each month is worth today, shape (draws or 1, months + 1)."""
        rate = self.discount_rate
        rate = rate[:1] if (rate == rate[0]).all() else rate
        return discount_factors((1.0 + rate) ** (1 / MONTHS) - 1.0, self.months + 1)

    def present_value(self, flows):
        """Return today's value of monthly flows, shape (draws,), at the yearly discount rate."""
        factors = self.factors
        return flows @ factors[0] if len(factors) == 1 else np.einsum("dm,dm->d", flows, factors)

    @property
    def net_present_value(self):
        return self.present_value(self.net)


def cash_flows(values, horizon_months, plan=None, shapes=None):
    """Return the cash flows of training for every draw of the inputs.

    values: {input: shape (draws,)} for every input but the horizon.
    horizon_months: whole months counted. plan: {input of an option: shape
    (draws,) or number}; what it lacks is taken from the program or is nothing.
    shapes: from `Shapes` of the same values and months, where several options
    share them. Raises ValueError when the horizon is less than one month.
    """
    if horizon_months < 1:
        raise ValueError(f"horizon_months is {horizon_months}; expected at least 1")
    shapes = shapes or Shapes(values, horizon_months)
    column = shapes.column
    plan = NEUTRAL | {name: values[program] for name, program in PLAN.items()} | (plan or {})
    plan = {name: _column(each) for name, each in plan.items()}
    parts = _Parts(len(column["discount_rate"]), horizon_months)
    _add_material(parts, column, plan)
    for start, heads in _cohorts(column, plan, horizon_months):
        _add_courses(parts, column, plan, start, heads)
        _add_cohort(parts, shapes, plan, start, heads)
    return CashFlows(parts.amounts, column["discount_rate"][:, 0], horizon_months)


def _column(values):
    values = np.asarray(values, dtype=float)
    return values[:, np.newaxis] if values.ndim else values.reshape(1, 1)


class _Parts:
    """Adds up amounts by part and month; leaves out what is zero."""

    def __init__(self, draws, months):
        self.shape, self.months = (draws, months + 1), np.arange(months + 1.0)
        self.amounts = {}

    def _of(self, name):
        if name not in self.amounts:
            self.amounts[name] = np.zeros(self.shape)
        return self.amounts[name]

    def once(self, name, amount, at):
        """Add an amount that falls at a time, in the month that ends then or next."""
        if not np.any(amount):
            return
        month = np.ceil(np.asarray(at, dtype=float))
        if np.all(month == month.flat[0]):
            if month.flat[0] < self.shape[1]:
                self._of(name)[:, [int(month.flat[0])]] += amount
        else:
            self._of(name)[...] += amount * (self.months == month)

    def monthly(self, name, amounts, by=1.0, first=0):
        """Add amounts times a factor, those of the months first + 1, first + 2, …; nothing where the factor is zero."""
        if not np.any(by) or first >= self.shape[1] - 1:
            return
        if name in self.amounts:
            self.amounts[name][:, first + 1:] += amounts * by
        else:
            np.multiply(amounts, by, out=self._of(name)[:, first + 1:])


class Shapes:
    """How presence, use and skill of one engineer run by month since the start: the same for all options, drawn once.

    Of each draw and month, in years of work: `there`, who has not left;
    `used`, in the new way of working, had all finished; `skilled`, the same times the skill
    that is left; `dip`, inside the dip.
    """

    def __init__(self, values, horizon):
        self.column = {name: _column(each) for name, each in values.items()}
        self.column["hourly_cost"] = self.column["loaded_cost_per_year"] / self.column["hours_per_year"]
        self.ends = np.arange(1.0, horizon + 1)
        self._from_the_start = None

    def since(self, start):
        """Return ({shape: array}, months since the start, months before it); whole starts share their arrays."""
        first = float(start.flat[0])
        if not (start == first).all() or first != int(first):
            return self._made(self.ends - start), self.ends - start, 0
        if self._from_the_start is None:
            self._from_the_start = self._made(self.ends)
        left = max(len(self.ends) - int(first), 0)
        return {name: each[:, :left] for name, each in self._from_the_start.items()}, self.ends[:left], int(first)

    def _made(self, since):
        column, middle = self.column, np.maximum(since - 0.5, 0.0)
        full = column["learning_dip_months"] + column["ramp_months"]
        there = np.exp(np.log1p(-column["attrition_per_year"]) * (middle / MONTHS))
        there /= MONTHS
        used = adopted_share(since, column["learning_dip_months"], column["ramp_months"])
        used *= staying_share(since, full, column["lasting_use_share"])
        used *= there
        return {"there": there, "used": used, "skilled": used * np.exp2(-middle / column["skill_half_life_months"]),
                "dip": there * dip_share(since, column["learning_dip_months"])}


def _cohorts(column, plan, horizon):
    """Yield (start, engineers) of each cohort, and of each yearly course for those who replace leavers."""
    count = int(plan["cohorts"].max())
    for number in range(count):
        yield plan["start_delay_months"] + number * plan["months_between_cohorts"], column["engineers"] / count
    if plan["hires_trained_share"].any():
        hires = column["engineers"] * column["attrition_per_year"] * plan["hires_trained_share"]
        for year in range(1, (horizon - 1) // MONTHS + 1):
            yield plan["start_delay_months"] + year * MONTHS, hires


def _add_material(parts, column, plan):
    """Add what is spent before the first course, and the upkeep of one's own material after it."""
    parts.once("program cost", plan["setup_cost"], 0.0)
    if not plan["content_hours"].any():
        return
    hourly = np.where(plan["author_cost_per_hour"] > 0, plan["author_cost_per_hour"], column["hourly_cost"])
    written = plan["content_hours"] * plan["authoring_hours_per_hour"] * hourly
    parts.once("learning material", written, 0.0)
    outdated = 1.0 - np.exp2(-1.0 / plan["content_half_life_months"])
    parts.monthly("learning material", written * outdated * (parts.months[1:] > plan["start_delay_months"]))


def _add_cohort(parts, shapes, plan, start, heads):
    """Add what a cohort brings and loses by month, and its seats and refreshers."""
    column = shapes.column
    of, since, first = shapes.since(start)
    pay, finished = heads * column["loaded_cost_per_year"], plan["completion_share"]
    dip, counted = column["exposed_share_of_time"] * column["learning_dip_share"], pay * finished * column["realized_share"]
    parts.monthly("learning dip", of["dip"], pay * dip, first)
    saving = column["training_time_saving"] * plan["saving_ratio"] * column["exposed_share_of_time"]
    skilled = of["skilled"]
    if plan["refresher_every_months"].any():
        skilled = of["used"] * _refreshed(column, plan, since)
    parts.monthly("time freed", skilled, counted * saving, first)
    parts.monthly("review time", of["used"], -counted * column["review_share_of_time"] * column["review_change"], first)
    failures = column["failure_cost_per_engineer"] * column["failure_change"]
    parts.monthly("failures", of["used"], -heads * finished * failures, first)
    if plan["seat_price_per_year"].any():
        parts.monthly("seats", of["there"] * dip_share(since, plan["seat_months"]), heads * plan["seat_price_per_year"], first)
    if plan["refresher_every_months"].any():
        cost = plan["refresher_hours_per_engineer"] * column["hourly_cost"] + plan["refresher_price_per_engineer"]
        times = _refreshers(since, plan["refresher_every_months"]) * MONTHS
        parts.monthly("refreshers", of["there"] * times, heads * finished * cost, first)


def _add_courses(parts, column, plan, start, heads):
    """Add what a cohort costs when it starts."""
    parts.once("training price", heads * plan["price_per_engineer"], start)
    parts.once("participants' time", heads * plan["hours_per_engineer"] * column["hourly_cost"], start)
    groups = np.ceil(heads / plan["group_size"])
    parts.once("facilitators", groups * plan["facilitator_days_per_group"] * plan["facilitator_price_per_day"], start)


def _refreshed(column, plan, since):
    """Return what is left of the skill in the middle of each month: it halves, and a refresher restores it."""
    every, middle = plan["refresher_every_months"], np.maximum(since - 0.5, 0.0)
    return np.exp2(-np.where(every > 0, middle % np.maximum(every, 1e-9), middle) / column["skill_half_life_months"])


def _refreshers(since, every):
    """Return how many refreshers fall into each month, given by its end."""
    every = np.where(every > 0, every, np.inf)
    return np.floor(np.maximum(since, 0.0) / every) - np.floor(np.maximum(since - 1.0, 0.0) / every)
