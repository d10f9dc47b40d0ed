"""What the result turns on: shares of variance, break-even, the answer that defaults alone give."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from upskill.roi.appraisal import Estimate, among, appraise, horizon_of, interval
from upskill.roi.indices import COLUMNS, shares_with_intervals
from upskill.roi.model import CASH, COSTS, cash_flows
from upskill.roi.shapley import drawn_anew, whole_matrix
from upskill.roi.uncertainty import draw, quantiles, scrambled_points

POINTS = 4096


class Variance:
    """Splits the variance of the net present value among inputs; correlations: as in program.yml.

    Equations (Saltelli et al. 2010; Jansen 1999), with A and B independent
    sets of draws and AB the draws A with the columns of a group from B:
        alone = E[(f(B) - E f) (f(AB) - f(A))] / Var f
        total = E[(f(A) - f(AB)) ** 2] / (2 Var f)
    Of inputs that move together the meaning stays and the columns are drawn
    again given the others (Kucherenko, Tarantola and Annoni 2012): for `total` the
    group given the rest, for `alone` the rest given the group, and alone
    = 1 - E[(f(A) - f(AB)) ** 2] / (2 Var f). Then shares overlap: they may
    add up to more than 1, and `total` may be below `alone`.
    """

    def __init__(self, inputs, seed, points=POINTS, correlations=()):
        self.assumptions = {name: each.assumption for name, each in inputs.items()}
        self.uncertain = [name for name, each in inputs.items() if each.is_uncertain]
        self.horizon, self._names = horizon_of(inputs), sorted(inputs)
        self._matrix = whole_matrix(self._names, self.assumptions, among(correlations, inputs))
        self.is_correlated = bool((self._matrix != np.eye(len(inputs))).any())
        halves = np.split(scrambled_points(points, 2 * len(inputs), seed), 2, axis=1)
        if self.is_correlated:
            mix = np.linalg.cholesky(self._matrix).T
            self._noise = ndtri(halves[1])
            self._known, self._unlinked = ndtri(halves[0]) @ mix, draw(self.assumptions, halves[1])
            halves = [ndtr(self._known), ndtr(self._noise @ mix)]
        self.first, self.second = (draw(self.assumptions, half) for half in halves)
        self.value, self.other = self._value(self.first), self._value(self.second)
        self.variance = np.concatenate([self.value, self.other]).var()
        self._seen = {}

    def _value(self, draws):
        return cash_flows(draws, self.horizon).net_present_value

    def _swapped(self, names):
        """Return the value with these inputs drawn again, given all others where they move together."""
        key = tuple(names)
        if key not in self._seen:
            again = self._given(names) if self.is_correlated else {name: self.second[name] for name in names}
            self._seen[key] = self._value(self.first | again)
        return self._seen[key]

    def _given(self, names):
        """Return new draws of these inputs, given the draws of all others."""
        at = {name: self._names.index(name) for name in names}
        scores = drawn_anew(self._known, self._noise, self._matrix, sorted(at.values()))
        linked = (self._matrix != np.eye(len(self._matrix))).any(axis=1)
        return {name: quantiles(self.assumptions[name], ndtr(scores[:, column])) if linked[column]
                else self._unlinked[name] for name, column in at.items()}

    def total(self, names):
        """Return the share of variance that these inputs touch: what stays when all others are known."""
        if self.variance == 0:
            return 0.0
        return float(((self.value - self._swapped(names)) ** 2).mean() / (2 * self.variance))

    def alone(self, names):
        """Return the share of variance that goes, on average, when these inputs become known."""
        if self.variance == 0:
            return 0.0
        if self.is_correlated:
            return 1.0 - self.total([name for name in self.uncertain if name not in names])
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

    def intervals(self, level=0.90, seed=0):
        """Return the same with intervals by bootstrap: alone_low, alone_high, total_low, total_high.

        Raises ValueError for inputs that move together: take `shapley_effects`, whose shares do not overlap.
        """
        if self.is_correlated:
            raise ValueError("these inputs move together: their shares overlap; take roi.shapley_effects for intervals")
        rows = [(name, *shares_with_intervals(self.value, self.other, self._swapped([name]), seed, level))
                for name in self.uncertain]
        return pd.DataFrame(rows, columns=COLUMNS).sort_values("alone", ascending=False, ignore_index=True)


def first_to_measure(table):
    """Return the input that would take away most uncertainty; without any, the least studied one.

    table: as from Variance.table.
    """
    return table["input"].iloc[0] if len(table) else "training_time_saving"


def break_even_time_saving(appraisal):
    """Return the time saving on exposed tasks at which the expected net present value is zero.

    Equation: in each draw the value is a line in the saving, worth = saving *
    worth_per_saving - to_recover; so the expected one is zero at E[to_recover] /
    E[worth_per_saving]. The interval is that of the same threshold in single
    draws, infinite where saving all exposed time does not pay. NaN where it
    does not pay on average.
    """
    return _threshold(appraisal, np.ones_like(appraisal.paid))


def break_even_working_time(appraisal):
    """Return the same as a share of the whole working time: saving times exposed share."""
    return _threshold(appraisal, appraisal.draws["exposed_share_of_time"])


def _threshold(appraisal, exposed):
    """Return the break-even saving of exposed time, told as a share of a whole of which `exposed` is a part."""
    paid, gain = appraisal.to_recover, appraisal.worth_per_saving
    reachable = (gain > 0) & (paid <= gain)
    single = np.divide(paid * exposed, gain, out=np.full_like(paid, np.inf), where=reachable)
    per_unit = np.divide(gain, exposed, out=np.zeros_like(gain), where=exposed > 0).mean()
    value = paid.mean() / per_unit if 0 < gain.mean() >= paid.mean() else np.nan
    low, high = interval(single, appraisal.level)
    return Estimate(low if low == high < np.inf else float(value), low, high)


def working_time_saving(appraisal):
    """Return the share of the whole working time that training is assumed to save."""
    draws = appraisal.draws
    return appraisal.estimate(draws["training_time_saving"] * draws["exposed_share_of_time"])


def value_by_time_saving(appraisal, savings):
    """Return saving, mean, low and high of the net present value, were the saving known."""
    rows = []
    for saving in savings:
        worth = saving * appraisal.worth_per_saving - appraisal.to_recover
        rows.append((saving, worth.mean(), *interval(worth, appraisal.level)))
    return pd.DataFrame(rows, columns=["saving", "mean", "low", "high"])


def other_rules(appraisal):
    """Return {rule: Estimate} of the net value, had the same flows been counted by other rules.

    "cash only": money paid, no working time. "all time alike": hours in
    training and the dip count, as freed time does, only by the share put to
    use. "freed time in full": all of it is put to use.
    """
    draws, flows = appraisal.draws, appraisal.flows
    cash = flows.present_value(flows.total([name for name in COSTS if name in CASH]))
    gained = appraisal.worth + appraisal.paid
    alike = gained - cash - draws["realized_share"] * (appraisal.paid - cash)
    full = cash_flows(draws | {"realized_share": np.ones_like(cash)}, appraisal.horizon_months,
                      appraisal.plan).net_present_value
    by_rule = {"cash only": flows.present_value(flows.part("failures")) - cash, "all time alike": alike, "freed time in full": full}
    return {rule: appraisal.estimate(worth) for rule, worth in by_rule.items()}


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
