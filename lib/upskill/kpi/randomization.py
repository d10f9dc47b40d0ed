"""Randomization inference: the answer beside what the same numbers would say under every other draw of start dates.

The statistic is studentized, so that the test is exact where effects are alike and right in large samples where they
differ (Roth and Sant'Anna 2023, Efficient Estimation for Staggered Rollout Designs, Journal of Political Economy Micro 1).
"""

from dataclasses import dataclass, field
from itertools import combinations, islice
from math import factorial, prod

import numpy as np

from upskill.kpi.imputation import imputation_weights, usable_cells

ENUMERATE = 20_000  # as many assignments are all looked at
TIE = 1e-9
CELLS = 4_000_000  # of the arrays that are built at once


def count_assignments(codes, strata):
    """Return in how many ways the lottery could have fallen, cohort sizes kept within each stratum."""
    return prod(factorial(len(group)) // prod(factorial(int(n)) for n in np.unique(group, return_counts=True)[1])
                for group in (codes[strata == layer] for layer in np.unique(strata)))


def draw_assignments(codes, strata, draws, seed):
    """Return (assignments × units, whether these are all there are); the first row is the one that happened.

    codes: cohort of each unit. All are listed where there are at most 20,000 or
    `draws`, whichever is more; else `draws` random ones are added to the first.
    """
    if count_assignments(codes, strata) <= max(ENUMERATE if draws >= 99 else 0, draws):
        every = np.array(list(_each(codes, strata)))
        same = (every == codes).all(axis=1)
        return np.vstack([codes[None], every[~same]]), True
    random, drawn = np.random.default_rng(seed), np.tile(codes, (draws, 1))
    for layer in np.unique(strata):
        inside = strata == layer
        drawn[:, inside] = random.permuted(drawn[:, inside], axis=1)
    return np.vstack([codes[None], drawn]), False


def _each(codes, strata):
    """Every assignment, stratum by stratum, cohort by cohort."""
    tasks = [(np.flatnonzero(strata == layer), code, int(((codes == code) & (strata == layer)).sum()))
             for layer in np.unique(strata) for code in np.unique(codes[strata == layer])]

    def place(task, found):
        if task == len(tasks):
            yield found.copy()
            return
        places, code, size = tasks[task]
        free = [unit for unit in places if found[unit] < 0]
        for chosen in combinations(free, size):
            next_found = found.copy()
            next_found[list(chosen)] = code
            yield from place(task + 1, next_found)

    yield from islice(place(0, np.full(len(codes), -1)), 10**7)


@dataclass(frozen=True)
class CohortScores:
    """What each unit adds to estimates were it in this or that cohort: a panel without gaps.

    `scores`: cohorts × units × estimates. There an estimate is a sum over units of
    outcomes times weights that depend on the cohort alone.
    """

    scores: np.ndarray = field(repr=False)

    def moments(self, labels):
        """Return (estimate, squared standard error), assignments × estimates; see `_collect`."""
        members = ((labels == code).astype(float) for code in range(len(self.scores)))
        return _collect((member.sum(axis=1)[:, None], member @ score, member @ score**2)
                        for member, score in zip(members, self.scores))


@dataclass(frozen=True)
class GapScores:
    """The same for a panel with gaps, where every assignment needs weights of its own (the average imputed effect).

    `outcomes`: estimates × units × periods; `starts`: first treated position by code.
    """

    outcomes: np.ndarray = field(repr=False)
    starts: np.ndarray
    observed: np.ndarray = field(repr=False)

    def moments(self, labels):
        """Return (estimate, squared standard error), assignments × estimates; see `_collect`."""
        chunk = max(1, CELLS // self.observed.size)
        weights = (every_overall_weights(self.observed, self.starts[labels[row:row + chunk]])
                   for row in range(0, len(labels), chunk))
        flat = self.outcomes.transpose(1, 2, 0)  # units × periods × estimates
        scores = np.concatenate([np.matmul(part.transpose(1, 0, 2), flat).transpose(1, 0, 2) for part in weights])
        members = ((labels == code)[:, :, None] for code in range(len(self.starts)))
        return _collect((member.sum(axis=1), (member * scores).sum(axis=1), (member * scores**2).sum(axis=1))
                        for member in members)


def _collect(cohorts):
    """Sum over cohorts of (size, total, sum of squares) of the units' parts.

    The squared error is that of independent samples, one per cohort (Neyman): n/(n-1)
    times the squared distances of the units' parts from their cohort's mean. It is
    an upper bound in expectation when effects differ.
    """
    value, variance = 0.0, 0.0
    for size, total, squares in cohorts:
        value = value + total
        spread = np.maximum(squares - total**2 / np.maximum(size, 1), 0)
        variance = variance + np.where(size > 1, size / np.maximum(size - 1, 1), 0) * spread
    return value, variance


def pair_columns(columns):
    """Append the sums of each pair of columns, so that `covariances` finds their products."""
    pairs = list(combinations(range(columns.shape[-1]), 2))
    return np.concatenate([columns, *(columns[..., [i]] + columns[..., [j]] for i, j in pairs)], axis=-1)


def covariances(value, variance, count):
    """Return (values: assignments × count, covariances: assignments × count × count) from moments of `pair_columns`."""
    matrix = np.zeros((len(value), count, count))
    matrix[:, range(count), range(count)] = variance[:, :count]
    for column, (i, j) in enumerate(combinations(range(count), 2), count):
        matrix[:, i, j] = matrix[:, j, i] = (variance[:, column] - variance[:, i] - variance[:, j]) / 2
    return value[:, :count], matrix


def overall_weights(observed, first):
    """Units × periods: weights of the average imputed effect over the treated cells."""
    usable = usable_cells(observed, first)
    target = usable / max(usable.sum(), 1)
    return imputation_weights(observed, first, target[None])[0]


def every_overall_weights(observed, first):
    """Return `overall_weights` of many assignments (assignments × units), solved together."""
    untreated = (observed & (np.arange(observed.shape[1]) < first[:, :, None])).astype(float)
    counts, at = untreated.sum(axis=2), untreated.sum(axis=1)
    usable = observed & (untreated == 0) & (counts > 0)[:, :, None] & (at > 0)[:, None, :]
    target = usable / np.maximum(usable.sum(axis=(1, 2)), 1)[:, None, None]
    share = untreated / np.maximum(counts, 1)[:, :, None]
    of_unit = target.sum(axis=2)
    right = target.sum(axis=1) - np.matmul(of_unit[:, None, :], share)[:, 0]
    normal = -np.matmul(untreated.transpose(0, 2, 1), share) + (at > 0)[:, :, None] * (at > 0)[:, None, :]
    diagonal = np.arange(at.shape[1])
    normal[:, diagonal, diagonal] += np.where(at > 0, at, 1)  # a period without untreated units stays out
    try:
        periods = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        return np.stack([overall_weights(observed, row) for row in first])
    units = of_unit / np.maximum(counts, 1) - np.matmul(share, periods[:, :, None])[:, :, 0]
    weights = target - untreated * (units[:, :, None] + periods[:, None, :])
    # Where untreated cells fall into parts that nothing ties together, the sums are not zero: part by part then.
    for row in np.flatnonzero(np.abs(weights.sum(axis=1)).max(axis=1) > 1e-8):
        weights[row] = overall_weights(observed, first[row])
    return weights


def is_studentized(codes, smallest=4):
    """Whether each cohort has enough units for its spread to be seen; two or three say too little and cost power."""
    return bool(np.unique(codes, return_counts=True)[1].min() >= smallest)


def statistics(value, variance, studentized):
    """Return what is compared between assignments."""
    return value / np.sqrt(np.maximum(variance, 1e-300)) if studentized else value


def p_values(statistic):
    """Two-sided p value by column: twice the smaller tail of the first row among all rows."""
    tie = TIE * np.maximum(np.abs(statistic[0]), 1e-12)
    up, down = (statistic >= statistic[0] - tie).sum(axis=0), (statistic <= statistic[0] + tie).sum(axis=0)
    return np.minimum(1.0, 2 * np.minimum(up, down) / len(statistic))


def invert(tails, value, step, level):
    """Return (low, high): the effects that the test does not reject, looking outwards from the estimate.

    `tails(effect)`: shares of assignments at or above, and at or below, what happened.
    """
    threshold = (1 - level) / 2 + 1e-12
    return (_crossing(lambda effect: tails(effect)[0] > threshold, value, -step),
            _crossing(lambda effect: tails(effect)[1] > threshold, value, step))


def _crossing(possible, inside, step, widest=2**14):
    """First effect, walking from `inside` by steps, that is not possible; infinite if there is none."""
    reach = 1.0
    while possible(inside + reach * step):
        reach *= 2
        if reach > widest:
            return np.inf * np.sign(step)
    near, far = 0.0, reach
    for _ in range(40):
        middle = (near + far) / 2
        near, far = (middle, far) if possible(inside + middle * step) else (near, middle)
    return float(inside + far * step)


@dataclass(frozen=True)
class Randomized:
    """Estimate, standard error, two-sided p value and interval; `assignments` looked at, all there are if `exact`."""

    value: float
    standard_error: float
    low: float
    high: float
    p_value: float
    assignments: int
    exact: bool
    studentized: bool


def randomization_test(scores, labels, exact, level=0.90, studentized=None):
    """Test no effect, and invert the test for a constant one.

    scores: of two columns paired by `pair_columns`: the data, and 1 in the treated
    cells (what a constant effect adds). The estimate is linear in the effect, its
    squared error quadratic, so that each effect is tried in one step.
    """
    value, spread = covariances(*scores.moments(labels), 2)

    def moments(effect):
        return (value[:, 0] - effect * value[:, 1],
                spread[:, 0, 0] - 2 * effect * spread[:, 0, 1] + effect**2 * spread[:, 1, 1])

    studentized = is_studentized(labels[0]) if studentized is None else studentized
    return report(moments, float(value[0, 0]), exact, studentized, level)


def report(moments, estimate, exact, studentized, level):
    """Test and invert; `moments(effect)`: estimates and squared errors by assignment once the effect is taken out."""

    def tails(effect):
        found = statistics(*moments(effect), studentized)
        tie = TIE * max(abs(found[0]), 1e-12)
        return (found >= found[0] - tie).mean(), (found <= found[0] + tie).mean()

    value, variance = moments(0.0)
    error = float(np.sqrt(variance[0])) if studentized else float(np.std(moments(estimate)[0]))
    low, high = invert(tails, estimate, error or 1e-12, level)
    return Randomized(estimate, error, low, high, float(min(1.0, 2 * min(tails(0.0)))), len(value), exact, studentized)
