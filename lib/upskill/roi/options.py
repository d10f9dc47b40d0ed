"""Which option: no training, build, buy or a mix, on the same months and the same random numbers."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData, Option
from upskill.roi.appraisal import DRAWS_PER_SCRAMBLING, SCRAMBLINGS, Appraisal, Estimate, among, horizon_of, interval
from upskill.roi.assumptions import AMOUNTS
from upskill.roi.finance import payback_period
from upskill.roi.model import Shapes, cash_flows
from upskill.roi.uncertainty import draw, scrambled_points

COSTS_MONEY = ("setup_cost", "price_per_engineer", "content_hours", "seat_price_per_year", "facilitator_price_per_day")
OWN_STREAM = 7919
SCRAMBLINGS_PER_BLOCK = 8
DRAWS_AT_ONCE = 1024
"""So few that the monthly amounts of all draws at once stay in the processor's cache."""
NO_TRAINING = "no training"


def gather_options(program, shipped):
    """Return the options of a program, "no training" first, each with every input that it needs.

    shipped: {input: Assumption}, the defaults of an option. What an option
    does not say comes from the program where the model has it (hours,
    completion; price and one-off cost where it names no cost at all), else from
    the defaults. Of a team, the fixed costs are its share by head count.
    Raises NotEnoughData where no option trains anybody.
    """
    entered = list((program.settings.options or {}).values())
    training = [each for each in entered if each.trains]
    if not training:
        raise NotEnoughData("program.yml names no option that trains anybody: add `options:`, for example build, buy "
                            "and hybrid, each with its costs; data/README.md shows how.")
    nothing = next((each for each in entered if not each.trains), Option(NO_TRAINING, "licenses stay", trains=False))
    return (nothing, *(_completed(each, shipped, team_share(program)) for each in training))


def team_share(program):
    """Return the share of the company's people who are in the team; 1 for the whole company or where it is unknown."""
    sizes = program.team_sizes if program.team else {}
    total = sum(sizes.values())
    return sizes.get(program.team, 0) / total if total else 1.0


def _completed(option, shipped, share):
    has_cost = any(name in option.inputs for name in COSTS_MONEY)
    borrowed = {"hours_per_engineer", "completion_share"} | (set() if has_cost else {"setup_cost", "price_per_engineer"})
    inputs = {name: option.inputs.get(name, default) for name, default in shipped.items()
              if name in option.inputs or name not in borrowed}
    for name in ("setup_cost", "content_hours"):
        if name in inputs:
            inputs[name] = _scaled(inputs[name], share)
    return replace(option, inputs=inputs)


def _scaled(assumption, share):
    parameters = {key: value * share if key in AMOUNTS else value for key, value in assumption.parameters.items()}
    return replace(assumption, parameters=parameters)


@dataclass(frozen=True)
class Contest:
    """All options over all draws.

    `worth`: net present value against no training, shape (draws, options), 0
    for options that train nobody. `draws`: {input: draws}, an option's own as
    "build.price_per_engineer". `slope`: worth per engineer without `fixed`, the
    part that does not grow with heads. `paid_back`: month of payback, infinite
    beyond the horizon. `deepest`: lowest point of the running total.
    """

    options: tuple
    draws: dict
    worth: np.ndarray
    cost: np.ndarray
    fixed: np.ndarray
    paid_back: np.ndarray
    deepest: np.ndarray
    level: float = 0.90

    @property
    def names(self):
        return [each.name for each in self.options]

    @cached_property
    def expected(self):
        """Return the expected net value of each option."""
        return self.worth.mean(axis=0)

    @cached_property
    def best(self):
        """Return the position of the option with the highest expected value; the first of equals."""
        return int(self.expected.argmax())

    @cached_property
    def order(self):
        """Return the positions of the options, best expected value first."""
        return np.argsort(-self.expected, kind="stable")

    @cached_property
    def chance_of_best(self):
        """Return in which share of futures each option is best; equals share it."""
        highest = self.worth >= self.worth.max(axis=1, keepdims=True) - 1e-9
        return (highest / highest.sum(axis=1, keepdims=True)).mean(axis=0)

    @cached_property
    def regret(self):
        """Return what choosing each option costs on average against knowing the best one beforehand.

        Equation: E[max over options of worth] - E[worth]; for the best option
        it is what perfect information would be worth.
        """
        return self.worth.max(axis=1).mean() - self.expected

    def estimate(self, per_draw):
        """Return mean, interval and Monte Carlo error of a number per draw."""
        low, high = interval(per_draw, self.level)
        blocks = per_draw[:len(per_draw) // DRAWS_PER_SCRAMBLING * DRAWS_PER_SCRAMBLING]
        means = blocks.reshape(-1, DRAWS_PER_SCRAMBLING).mean(axis=1)
        error = float(means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else np.nan
        return Estimate(low if low == high else float(per_draw.mean()), low, high, error)

    def lead(self, first, second):
        """Return by how much one option is worth more than another, with its interval."""
        return self.estimate(self.worth[:, first] - self.worth[:, second])

    @property
    def can_be_told(self):
        """Return whether the best option is better than each other one with the whole interval above zero."""
        return all(self.lead(self.best, other).low > 0 for other in range(len(self.options)) if other != self.best)

    @property
    def rivals(self):
        """Return the positions of options that cannot be told apart from the best one, nearest first."""
        return [int(other) for other in self.order if other != self.best and self.lead(self.best, other).low <= 0]

    @cached_property
    def table(self):
        """Return one row per option, best expected value first."""
        rows = []
        for at in self.order:
            worth, trains = self.estimate(self.worth[:, at]), self.options[at].trains
            rows.append({
                "option": self.names[at], "value": worth.value, "low": worth.low, "high": worth.high,
                "monte_carlo_error": worth.monte_carlo_error, "cost": self.cost[:, at].mean(),
                "chance_of_loss": (self.worth[:, at] < 0).mean() if trains else 0.0,
                "chance_of_best": self.chance_of_best[at], "regret": self.regret[at],
                "payback": np.quantile(self.paid_back[:, at], 0.5, method="inverted_cdf"),
                "deepest": self.deepest[:, at].mean(), "break_even_engineers": self.break_even_engineers(at)})
        return pd.DataFrame(rows)

    def break_even_engineers(self, option, against=None):
        """Return the head count at which the expected value of an option is zero, or that of another; NaN if at none.

        Equation: expected value = slope * engineers - fixed (groups not rounded);
        the lines of two options cross at (fixed 1 - fixed 2) / (slope 1 - slope 2).
        """
        slopes, fixed = self._lines
        slope = slopes[option] - (0.0 if against is None else slopes[against])
        needed = fixed[option] - (0.0 if against is None else fixed[against])
        crossing = needed / slope if slope != 0 else np.nan
        return float(crossing) if self.options[option].trains and crossing >= 0 and slope != 0 else np.nan

    @cached_property
    def _lines(self):
        heads = self.draws["engineers"].mean()
        fixed = self.fixed.mean(axis=0)
        return (self.expected + fixed) / heads if heads > 0 else np.full_like(fixed, np.nan), fixed

    def dominated(self):
        """Return {option: (another, how)} for options that another one beats whatever one's taste for risk.

        "in every future": never worth less; "at every level": each quantile is
        at least as high (first-order stochastic dominance).
        """
        found = {}
        ranked = np.sort(self.worth, axis=0)
        for at, name in enumerate(self.names):
            for other in self.order:
                gap, levels = self.worth[:, other] - self.worth[:, at], ranked[:, other] - ranked[:, at]
                if other == at or gap.mean() <= 0 or name in found:
                    continue
                if (gap >= 0).all():
                    found[name] = (self.names[other], "in every future")
                elif (levels >= 0).all():
                    found[name] = (self.names[other], "at every level of luck")
        return found


def contest(inputs, options, seed, level=0.90, scramblings=SCRAMBLINGS, correlations=()):
    """Return all options over the same draws of the inputs.

    inputs: {name: Input} as from gather_inputs. options: as from
    gather_options. seed: of every draw; the draws of the program's inputs are
    those of `appraise` with this seed. correlations: as in program.yml. Raises ValueError as appraise does.

    The option with the highest expected value is chosen among estimates that
    carry the doubt about each input, so that its own value is not raised by
    the choice (Smith and Winkler 2006): no haircut is put on top.
    """
    horizon = horizon_of(inputs)
    blocks = [evaluate(block, options, horizon)
              for block in _blocks(inputs, options, seed, scramblings, correlations)]
    joined = {name: np.concatenate([each[name] for each in blocks]) for name in blocks[0] if name != "draws"}
    draws = {name: np.concatenate([each["draws"][name] for each in blocks]) for name in blocks[0]["draws"]}
    return Contest(tuple(options), draws, level=level, **joined)


def contest_by_blocks(inputs, options, seed, draws, level=0.90, correlations=()):
    """Return the table of a contest over so many draws as one goes, in memory that does not grow with them.

    draws: a multiple of 4,096. Each block of 4,096 is a contest of its own; its
    numbers are averaged over blocks, and monte_carlo_error is that of the
    average. Raises ValueError for another number of draws.
    """
    size = DRAWS_PER_SCRAMBLING * SCRAMBLINGS_PER_BLOCK
    if draws < size or draws % size:
        raise ValueError(f"draws is {draws}; expected a multiple of {size}")
    horizon, total, squares = horizon_of(inputs), 0.0, 0.0
    for block in _blocks(inputs, options, seed, draws // size, correlations, size, 1):
        found = Contest(tuple(options), level=level, **evaluate(block, options, horizon))
        table = found.table.set_index("option").loc[found.names].astype(float)
        total, squares = total + table, squares + table["value"] ** 2
    count = draws // size
    mean = total / count
    if count > 1:
        spread = (squares / count - mean["value"] ** 2).clip(lower=0.0)
        mean["monte_carlo_error"] = np.sqrt(spread / (count - 1))
    return mean.sort_values("value", ascending=False, kind="stable").rename_axis("option").reset_index()


def _blocks(inputs, options, seed, scramblings, correlations=(), each=DRAWS_PER_SCRAMBLING,
            in_block=SCRAMBLINGS_PER_BLOCK):
    """Yield {input: draws} in blocks of some scramblings; every block is the same whatever comes after it."""
    assumptions = {name: one.assumption for name, one in inputs.items()}
    own = {f"{option.name}.{name}": one for option in options for name, one in option.inputs.items()
           if one.kind != "constant"}
    shuffle = np.random.default_rng((seed, OWN_STREAM, 1))
    columns = {name: at for at, name in enumerate([*sorted(assumptions), *sorted(own)])}
    order = [columns[name] for name in sorted(columns)]
    for first in range(0, scramblings, in_block):
        some = min(in_block, scramblings - first)
        points = scrambled_points(each, len(assumptions), seed, some, first)
        beside = scrambled_points(each, max(len(own), 1), (seed, OWN_STREAM), some, first)
        # The two sets of points are of one sequence: in order, they would move together.
        together = np.hstack([points, shuffle.permutation(beside)[:, :len(own)]])[:, order]
        yield draw(assumptions | own, together, among(correlations, columns))


def evaluate(draws, options, horizon):
    """Return what each option comes to in these draws: {name: shape (draws, options)}, and the draws themselves."""
    count = len(draws["engineers"])
    found = {name: np.zeros((count, len(options))) for name in ("worth", "cost", "fixed", "paid_back", "deepest")}
    for start in range(0, count, DRAWS_AT_ONCE):
        some = slice(start, start + DRAWS_AT_ONCE)
        part = {name: each[some] for name, each in draws.items()}
        shapes = Shapes({name: each for name, each in part.items() if "." not in name}, horizon)
        for at, option in enumerate(options):
            if option.trains:
                for name, each in _outcome(part, option, horizon, shapes).items():
                    found[name][some, at] = each
    return found | {"draws": draws}


def _outcome(draws, option, horizon, shapes):
    flows = cash_flows(draws, horizon, plan_of(option, draws), shapes)
    costs, fixed = flows.costs, flows.present_value(flows.total(("program cost", "learning material")))
    net = flows.benefits - costs
    return {"worth": flows.present_value(net), "cost": flows.present_value(costs), "fixed": fixed,
            "paid_back": np.nan_to_num(payback_period(net), nan=np.inf),
            "deepest": net.cumsum(axis=1).min(axis=1).clip(max=0.0)}


def plan_of(option, draws):
    """Return {input: draws or number} of one option; what it leaves out stays with the program."""
    own = {name: draws.get(f"{option.name}.{name}", each.parameters.get("value"))
           for name, each in option.inputs.items()}
    return {name: each for name, each in own.items() if each is not None}


def appraise_option(inputs, option, found):
    """Return the Appraisal of one option of a contest, with its monthly flows; found: the Contest."""
    program, plan = {name: found.draws[name] for name in inputs}, plan_of(option, found.draws)
    return Appraisal(inputs, program, cash_flows(program, horizon_of(inputs), plan), found.level, plan)
