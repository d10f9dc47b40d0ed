"""The estimates behind `rollout_effect`: each gives the overall effect, its error, interval and p value."""

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import t as student

from upskill.data import NotEnoughData
from upskill.kpi.efficient import efficient_test, level_weights
from upskill.kpi.group_time import aggregate, group_time_effects
from upskill.kpi.imputation import imputation_error, imputation_weights, impute
from upskill.kpi.panel import Panel
from upskill.kpi.randomization import (
    CohortScores,
    GapScores,
    draw_assignments,
    is_studentized,
    overall_weights,
    p_values,
    pair_columns,
    randomization_test,
    statistics,
)
from upskill.kpi.twoway import two_way, two_way_demean

OVERALL = ("value", "standard_error", "low", "high", "p_value")


@dataclass(frozen=True)
class Prepared:
    """A panel made ready.

    `codes`: cohort of each unit, `starts`: first treated position by code; `fit`: the
    imputation; `weights`: cohorts × periods of the average effect, None with gaps.
    """

    panel: Panel
    codes: np.ndarray = field(repr=False)
    starts: np.ndarray = field(repr=False)
    fit: object = field(repr=False)
    weights: np.ndarray | None = field(repr=False)

    @property
    def target(self):
        """Units × periods: weights of the treated cells that can be foretold, summing to one."""
        return self.fit.usable / self.fit.usable.sum()

    @property
    def outcomes(self):
        """The data and 1 in treated cells, 2 × units × periods; with gaps effects of unit and period are taken out
        first: the estimate stays, the spread of the units' parts is that of noise."""
        after = (self.panel.after & self.panel.observed).astype(float)
        return np.stack([self.panel.outcome if self.panel.balanced else self.fit.residual, after])

    def scores(self, outcomes):
        """Scores of the average effect for outcomes (estimates × units × periods)."""
        if self.weights is None:
            return GapScores(outcomes, self.starts, self.panel.observed)
        return CohortScores(np.einsum("kit,ct->cik", outcomes, self.weights, optimize=True))


def prepare(panel):
    """Impute and find the weights of the average effect; raises NotEnoughData where nothing varies."""
    left = two_way_demean(panel.outcome, panel.observed)
    if np.abs(left).max() < 1e-10 * np.nanmax(np.abs(panel.outcome)):
        raise NotEnoughData("beyond a level of each unit and of each period the outcome does not vary: nothing to compare")
    starts, rows, codes = np.unique(panel.first, return_index=True, return_inverse=True)
    fit = impute(panel.outcome, panel.observed, panel.first)
    weights = None
    if panel.balanced:
        target = (fit.usable / fit.usable.sum())[rows][None]
        weights = imputation_weights(panel.observed[rows], panel.first[rows], target, np.bincount(codes))[0]
    return Prepared(panel, codes, starts, fit, weights)


@dataclass(frozen=True)
class Answer:
    """Overall effect in the order of `OVERALL`; assignments looked at (0: none), all there are if `exact`."""

    numbers: tuple
    assignments: int = 0
    exact: bool = False


def analytic(value, error, degrees, level):
    """Return value, error, interval and p value of a t distribution (normal for infinite degrees).

    Without an error (nothing left to vary) or degrees of freedom there is no interval.
    """
    if not (np.isfinite(error) and error > 0 and degrees > 0):
        return float(value), np.nan, np.nan, np.nan, np.nan
    half = student.ppf(0.5 + level / 2, degrees) * error
    p = 2 * student.sf(abs(value) / error, degrees)
    return float(value), float(error), float(value - half), float(value + half), float(p)


def answer(ready, choice, design, control, level, draws, seed):
    """Compute the overall effect by the chosen method and test."""
    if choice.test == "permutation":
        return _permuted(ready, choice, level, draws, seed)
    if choice.method == "two_way":
        found = two_way(ready.panel.outcome, ready.panel.observed, ready.panel.after)
        return Answer(analytic(found.value, found.cluster, design.units - 1, level))
    if choice.method == "group_time":
        first = aggregate(group_time_effects(ready.panel, control))[0].iloc[0]
        return Answer(analytic(first["value"], first["standard_error"], np.inf, level))
    if choice.test == "published":
        weights = overall_weights(ready.panel.observed, ready.panel.first)
        error = imputation_error(weights[None], ready.fit, ready.panel.first)[0]
        return Answer(analytic((ready.target * ready.fit.residual).sum(), error, np.inf, level))
    if choice.test in CHANGES:
        return Answer(analytic(*CHANGES[choice.test](ready), level))
    value, variance = ready.scores(ready.outcomes[:1]).moments(ready.codes[None])
    return Answer(analytic(value[0, 0], np.sqrt(variance[0, 0]), design.units - design.cohorts - 1, level))


def _permuted(ready, choice, level, draws, seed):
    labels, exact = draw_assignments(ready.codes, ready.panel.strata, draws, seed)
    if choice.method == "efficient":
        found = efficient_test(ready.weights, cohort_levels(ready), *ready.outcomes, labels, exact, level)
    else:
        found = randomization_test(ready.scores(pairs(ready.outcomes)), labels, exact, level)
    return Answer((found.value, found.standard_error, found.low, found.high, found.p_value), found.assignments, exact)


def cohort_levels(ready):
    """Weights of treated less not-yet-treated units by cohort."""
    rows = np.unique(ready.panel.first, return_index=True)[1]
    return level_weights(ready.panel.observed, ready.panel.first)[rows]


def pairs(outcomes):
    """Outcomes with their sums, in the order of `pair_columns`."""
    return np.moveaxis(pair_columns(np.moveaxis(outcomes, 0, -1)), -1, 0)


def _changes(ready, outcomes):
    """Change-score difference of one start date, and (variance, number) of the units' changes on each side."""
    panel = ready.panel
    outcomes = ready.outcomes[0] if outcomes is None else outcomes
    scores = np.einsum("...it,it->...i", outcomes, overall_weights(panel.observed, panel.first))
    treated = panel.first < panel.periods
    changes = scores * np.where(treated, treated.sum(), (~treated).sum())  # of each unit, with the sign of its side
    return scores.sum(axis=-1), [(changes[..., side].var(axis=-1, ddof=1), side.sum()) for side in (treated, ~treated)]


def pooled_change(ready, outcomes=None):
    """Return (difference of changes, error, degrees) of each outcome (... × units × periods), noise alike on both sides."""
    value, sides = _changes(ready, outcomes)
    degrees = sum(size - 1 for _, size in sides)
    variance = sum((size - 1) * each for each, size in sides) / degrees
    return value, np.sqrt(variance * sum(1 / size for _, size in sides)), degrees


def welch_change(ready, outcomes=None):
    """The same where noise may differ between the sides (Welch 1947, Biometrika 34)."""
    value, sides = _changes(ready, outcomes)
    parts = [each / size for each, size in sides]
    total = np.maximum(sum(parts), 1e-300)
    return value, np.sqrt(total), total**2 / np.maximum(sum(part**2 / (size - 1) for part, (_, size) in zip(parts, sides)), 1e-300)


CHANGES = {"t": pooled_change, "welch": welch_change}


def rejector(ready, choice, design, draws, seed, nominal=0.05):
    """Return the test as a function of many outcomes (draws × units × periods), for `false_alarms.measure`."""
    if choice.test == "permutation":
        labels = draw_assignments(ready.codes, ready.panel.strata, draws, seed)[0]
        test = _efficient if choice.method == "efficient" else _imputed
        return lambda outcomes: p_values(test(ready, outcomes, labels)) <= nominal
    if choice.test in CHANGES:
        return lambda outcomes: _beyond(*CHANGES[choice.test](ready, outcomes), nominal)
    return lambda outcomes: _beyond(*_with_spread(ready, outcomes), design.units - design.cohorts - 1, nominal)


def _beyond(value, error, degrees, nominal):
    return np.abs(value) > student.ppf(1 - nominal / 2, degrees) * error


def _with_spread(ready, outcomes):
    value, variance = ready.scores(outcomes).moments(ready.codes[None])
    return value[0], np.sqrt(variance[0])


def _imputed(ready, outcomes, labels):
    return statistics(*ready.scores(outcomes).moments(labels), is_studentized(ready.codes))


def _efficient(ready, outcomes, labels):
    """Studentized efficient estimates, assignments × outcomes."""
    levels = cohort_levels(ready)
    theta, x, both = (CohortScores(np.einsum("kit,ct->cik", outcomes, weights, optimize=True)).moments(labels)
                      for weights in (levels, levels - ready.weights, 2 * levels - ready.weights))
    cross = (both[1] - theta[1] - x[1]) / 2
    beta = cross / np.maximum(x[1], 1e-300)
    return statistics(theta[0] - beta * x[0], theta[1] - beta * cross, True)
