"""What the result turns on: shares of variance, break-even, the answer that defaults alone give."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from upskill.roi.appraisal import Estimate, appraise, horizon_of, interval
from upskill.roi.model import cash_flows
from upskill.roi.uncertainty import draw, scrambled_points

POINTS = 4096


class Variance:
    """Splits the variance of the net present value among independent inputs.

    Equations (Saltelli et al. 2010; Jansen 1999), with A and B independent
    sets of draws and AB the draws A with the columns of a group from B:
        alone = E[(f(B) - E f) (f(AB) - f(A))] / Var f
        total = E[(f(A) - f(AB)) ** 2] / (2 Var f)
    """

    def __init__(self, inputs, seed, points=POINTS):
        self.assumptions = {name: each.assumption for name, each in inputs.items()}
        self.uncertain = [name for name, each in inputs.items() if each.is_uncertain]
        self.horizon = horizon_of(inputs)
        both = scrambled_points(points, 2 * len(inputs), seed)
        self.first, self.second = (draw(self.assumptions, half) for half in np.split(both, 2, axis=1))
        self.value, self.other = self._value(self.first), self._value(self.second)
        self.variance = np.concatenate([self.value, self.other]).var()

    def _value(self, draws):
        return cash_flows(draws, self.horizon).net_present_value

    def _swapped(self, names):
        return self._value(self.first | {name: self.second[name] for name in names})

    def total(self, names):
        """Return the share of variance that these inputs touch: what stays when all others are known."""
        if self.variance == 0:
            return 0.0
        return float(((self.value - self._swapped(names)) ** 2).mean() / (2 * self.variance))

    def alone(self, names):
        """Return the share of variance that goes, on average, when these inputs become known."""
        if self.variance == 0:
            return 0.0
        moved = self._swapped(names) - self.value
        return float(((self.other - self.other.mean()) * moved).mean() / self.variance)

    def share_of(self, names):
        """Return the share of variance that stays when all but these are known, from 0 to 1."""
        return float(np.clip(self.total([name for name in names if name in self.uncertain]), 0.0, 1.0))

    def table(self):
        """Return input, share alone and share with interactions, largest first."""
        rows = [(name, self.alone([name]), self.total([name])) for name in self.uncertain]
        table = pd.DataFrame(rows, columns=["input", "alone", "total"])
        return table.sort_values("alone", ascending=False, ignore_index=True)


def first_to_measure(table):
    """Return the input that would take away most uncertainty; without any, the least studied one.

    table: as from Variance.table.
    """
    return table["input"].iloc[0] if len(table) else "training_time_saving"


def break_even_time_saving(appraisal):
    """Return the time saving on exposed tasks at which the expected net present value is zero.

    The value is the root of the mean over all draws, found by bisection; the
    interval is that of the same threshold in single draws. NaN where even
    saving all exposed time does not pay.
    """
    def expected(saving):
        return _with_saving(appraisal, np.full(len(worth), saving)).mean()

    worth = appraisal.flows.net_present_value
    value = brentq(expected, -1.0, 1.0, xtol=1e-12) if expected(-1.0) < 0 < expected(1.0) else np.nan
    return Estimate(float(value), *interval(_thresholds(appraisal, 1.0), appraisal.level))


def break_even_working_time(appraisal):
    """Return the same as a share of the whole working time: saving times exposed share."""
    unit = 1.0 / appraisal.draws["exposed_share_of_time"]
    nothing, everything = _ends(appraisal, unit)
    gained = (everything - nothing).mean()
    value = -nothing.mean() / gained if gained > 0 else np.nan
    return Estimate(float(value), *interval(_thresholds(appraisal, unit), appraisal.level))


def working_time_saving(appraisal):
    """Return the share of the whole working time that training is assumed to save."""
    draws = appraisal.draws
    return appraisal.estimate(draws["training_time_saving"] * draws["exposed_share_of_time"])


def value_by_time_saving(appraisal, savings):
    """Return saving, mean, low and high of the net present value, were the saving known."""
    rows = []
    for saving in savings:
        worth = _with_saving(appraisal, np.full(len(appraisal.draws["engineers"]), saving))
        rows.append((saving, worth.mean(), *interval(worth, appraisal.level)))
    return pd.DataFrame(rows, columns=["saving", "mean", "low", "high"])


def appraise_defaults(inputs, defaults_in_place, seed, level=0.90):
    """Return the appraisal with the shipped defaults, over the same months and heads."""
    kept = {name: inputs[name] for name in ("engineers", "horizon_months")}
    return appraise(defaults_in_place | kept, seed, level)


def fix(inputs, **values):
    """Return the inputs with these set to one value each."""
    def fixed(name, value):
        constant = replace(inputs[name].assumption, kind="constant", parameters={"value": value})
        return replace(inputs[name], assumption=constant)

    return inputs | {name: fixed(name, value) for name, value in values.items()}


def _with_saving(appraisal, saving):
    draws = appraisal.draws | {"training_time_saving": saving}
    return cash_flows(draws, appraisal.horizon_months).net_present_value


def _ends(appraisal, unit):
    """Return the net present values without saving and with `unit` of it; between them lies a line."""
    size = np.broadcast_to(np.asarray(unit, dtype=float), appraisal.draws["engineers"].shape)
    return _with_saving(appraisal, np.zeros(size.shape)), _with_saving(appraisal, size)


def _thresholds(appraisal, unit):
    nothing, something = _ends(appraisal, unit)
    gained = something - nothing
    return np.divide(-nothing, gained, out=np.full(gained.shape, np.inf), where=gained > 0)
