"""For analysts: change an assumption in one line, and compare."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from upskill.data import Assumption
from upskill.roi.appraisal import appraise, interval
from upskill.roi.assumptions import ENTERED, NAMES, gather_inputs
from upskill.roi.model import cash_flows
from upskill.roi.options import contest, gather_options


@dataclass(frozen=True)
class Scenario:
    """A money case that can be changed: its inputs, its options if it has any, and what they come to.

    >>> from upskill import data
    >>> from upskill.roi import Input
    >>> shipped = data.read_reference_assumptions()
    >>> case = Scenario({name: Input(each, "assumed default") for name, each in shipped.items()}, seed=1)
    >>> better = case.change("half the hours", training_hours_per_engineer=12, engineers=80)
    >>> compare(case, better)["scenario"].tolist()
    ['as entered', 'half the hours']
    """

    inputs: dict
    options: tuple = ()
    seed: int = 20261123
    level: float = 0.90
    name: str = "as entered"
    changes: dict = field(default_factory=dict)
    correlations: tuple = ()

    @classmethod
    def of(cls, program, defaults, shipped_options=None, company=None, seed=20261123, level=0.90):
        """Return the scenario of a program as it is; company: the whole one where `program` is a team."""
        options = gather_options(program, shipped_options) if shipped_options and program.settings.options else ()
        return cls(gather_inputs(program, defaults, company), options, seed, level,
                   correlations=program.settings.correlations)

    def change(self, name="", **values):
        """Return a scenario with some inputs changed: numbers, or {low, mode, high} as a dict.

        Raises ValueError for a name that is no input, a value outside what can
        be, or a range out of order.
        """
        unknown = [each for each in values if each not in self.inputs]
        if unknown:
            raise ValueError(f"no input is called {', '.join(unknown)}; they are {', '.join(NAMES)}")
        changed = {each: _entered(self.inputs[each], value) for each, value in values.items()}
        told = ", ".join(f"{each} = {value}" for each, value in values.items())
        return replace(self, inputs=self.inputs | changed, name=name or told, changes=self.changes | values)

    @cached_property
    def appraisal(self):
        """Return what the program as planned comes to."""
        return appraise(self.inputs, self.seed, self.level, correlations=self.correlations)

    @cached_property
    def contest(self):
        """Return what each option comes to; raises ValueError without options."""
        if not self.options:
            raise ValueError("this scenario has no options; give them, or enter `options:` in program.yml")
        return contest(self.inputs, self.options, self.seed, self.level, correlations=self.correlations)


def _entered(each, value):
    parameters = dict(value) if isinstance(value, dict) else {"value": float(value)}
    kind = "quantiles" if isinstance(value, dict) else "constant"
    low, high = (limit if limit is not None else default for limit, default in (
        (each.assumption.minimum, -float("inf")), (each.assumption.maximum, float("inf"))))
    numbers = [float(number) for number in parameters.values()]
    if kind == "quantiles" and (set(parameters) != {"low", "mode", "high"} or numbers != sorted(numbers)):
        raise ValueError(f"{each.name} is {value}; expected low, mode and high in rising order")
    if not all(low <= number <= high for number in numbers):
        raise ValueError(f"{each.name} is {value}; expected {low:g} to {high:g} {each.assumption.unit}")
    changed = Assumption(each.name, kind, parameters, each.assumption.unit, "changed in this scenario",
                         meaning=each.assumption.meaning, minimum=each.assumption.minimum,
                         maximum=each.assumption.maximum)
    return replace(each, assumption=changed, origin=ENTERED)


def compare(*scenarios):
    """Return one row per scenario: net value with its interval, chance of loss, and the change against the first.

    The change is taken draw by draw on the same random numbers, so that its
    interval is that of the change, not of two separate guesses.
    """
    first = scenarios[0].appraisal
    rows = []
    for each in scenarios:
        worth, change = each.appraisal.net_present_value, first.estimate(each.appraisal.worth - first.worth)
        rows.append((each.name, *worth[:3], each.appraisal.chance_of_loss, *change[:3]))
    return pd.DataFrame(rows, columns=["scenario", "value", "low", "high", "chance_of_loss", "change", "change_low",
                                       "change_high"])


def by_role(roles, inputs, seed, level=0.90, correlations=()):
    """Return role, engineers, cost and net value per engineer (low, high), dearest role first.

    roles: {role: (heads, loaded_cost_per_year, hours_per_year)}. The one-off
    program cost is shared by head; all else is as in the inputs, so that roles
    differ by what their time costs. correlations: as in program.yml. Empty without roles.
    """
    rows, everybody = [], sum(heads for heads, *_ in roles.values())
    for role, (heads, cost, hours) in roles.items():
        share = _entered(inputs["program_cost"], 0.0)
        changed = {"engineers": _entered(inputs["engineers"], heads), "program_cost": share,
                   "loaded_cost_per_year": _entered(inputs["loaded_cost_per_year"], cost),
                   "hours_per_year": _entered(inputs["hours_per_year"], hours)}
        case = appraise(inputs | changed, seed, level, correlations=correlations)
        fixed = case.draws["program_cost"] if not everybody else _program_cost(inputs, seed, level, correlations) / everybody
        worth = case.estimate(case.worth / heads - fixed)
        rows.append((role, heads, float(case.paid.mean() / heads + fixed.mean()), *worth[:3]))
    table = pd.DataFrame(rows, columns=["role", "engineers", "cost", "value", "low", "high"])
    return table.sort_values("cost", ascending=False, ignore_index=True)


def _program_cost(inputs, seed, level, correlations):
    return appraise(inputs, seed, level, correlations=correlations).draws["program_cost"]


def what_if(appraisal, name, values):
    """Return value, mean, low and high of the net present value, were one input known to be each of these values.

    The draws of all other inputs stay as they are. Raises KeyError for a name that is no input.
    """
    rows = []
    for value in values:
        draws = appraisal.draws | {name: np.full_like(appraisal.draws[name], value)}
        worth = cash_flows(draws, appraisal.horizon_months, appraisal.plan).net_present_value
        rows.append((float(value), float(worth.mean()), *interval(worth, appraisal.level)))
    return pd.DataFrame(rows, columns=["value", "mean", "low", "high"])
