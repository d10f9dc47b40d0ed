"""Item parameters by marginal maximum likelihood, with a prior for small groups."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logit

from upskill.skills.answers import as_numbers, check_design, encode, patterns
from upskill.skills.estimation import Problem, maximize, possible_gain, unpack

MODELS = ("1PL", "2PL", "graded")
LARGEST_ERROR = 20  # a parameter known no better than that, on a scale whose unit is one sd of ability, is not known


@dataclass(frozen=True)
class SlopePrior:
    """log(slope) ~ normal(log(median), sd): weak, but keeps small groups from absurd slopes."""

    median: float = 1.0
    sd: float = 0.5

    def value(self, slopes):
        if np.any(slopes <= 0):
            return -np.inf
        return -0.5 * np.sum((np.log(slopes / self.median) / self.sd) ** 2)

    def gradient(self, slopes):
        return -np.log(slopes / self.median) / (self.sd**2 * slopes)

    def curvature(self, slopes):
        return (np.log(slopes / self.median) - 1) / (self.sd**2 * slopes**2)


@dataclass(frozen=True)
class Calibration:
    """Fitted items. `free` are the estimated parameters, `layout` maps them to (a, d1, …) per item."""

    items: pd.DataFrame
    log_likelihood: float
    converged: bool
    model: str
    prior: SlopePrior | None
    persons: int
    codes: tuple
    free: np.ndarray
    covariance: np.ndarray
    layout: np.ndarray
    largest_gradient: float

    def parameters(self, free=None):
        """Return slopes (items,) and padded intercepts (items, K - 1)."""
        return unpack(self.free if free is None else free, self.layout)

    def draws(self, count, generator):
        """Return `count` draws of the free parameters from their approximate posterior.

        Normal on the scale of log(slope) and intercept, so that slopes stay positive.
        """
        slope = self._is_slope() & (self.free > 0)
        scale = np.where(slope, self.free, 1.0)
        centre = np.where(slope, np.log(np.where(slope, self.free, 1)), self.free)
        drawn = generator.multivariate_normal(
            centre, self.covariance / np.outer(scale, scale), count, method="eigh"
        )
        return np.where(slope, np.exp(drawn), drawn)

    def _is_slope(self):
        return self.layout[:, 0].any(axis=0)


def calibrate(responses, model="2PL", prior="default", points=61, equivalent_groups=False):
    """Fit an item response model to answers; ability is standard normal in the group answering.

    Parameters
    ----------
    responses : persons × items, DataFrame or array of numbers, booleans or nullable
        types; NaN = not asked or not reached. The codes seen are mapped to
        0 … K - 1 for each item, in their order.
    model : "1PL" (one common slope, any number of categories), "2PL", or "graded"
        (any number of ordered categories, also mixed with two-category items).
    prior : "default" = `SlopePrior()`, None = maximum likelihood, or a `SlopePrior`
        (whose slopes are positive: an item keyed the wrong way gets a slope near 0).
    points : number of equally spaced points of ability from -6 to 6 (at least 61
        are advised: 21 Gauss-Hermite points bias the slopes of long tests).
    equivalent_groups : whether chance decided who got which set of items. Only then
        may sets that share no person be put on one scale.

    Returns a `Calibration`. `items` has one row per column: discrimination `a`,
    intercepts `d` (or `d1` …), difficulties `b = -d / a`, and standard errors from
    the observed information. An item that everybody answered alike, or nobody, says
    nothing: its row is empty. Under maximum likelihood a slope may be negative; the
    scale points in the direction of most slopes. `converged` is true only where the
    gradient is flat and no standard error, in any direction, exceeds 20.

    log L = sum over persons of log of the integral of
    prod_j P(x_j | theta) phi(theta) (Bock & Aitkin 1981, Psychometrika 46, 443-459);
    information by Louis (1982, Journal of the Royal Statistical Society B 44, 226-233).

    Raises ValueError for an unknown model or prior, more than two codes in 2PL, answers that
    are not ordered categories, or no item with two different answers; NotEnoughData
    for fewer than 5 people, or items that nothing ties to the others.

    >>> rng = np.random.default_rng(1)
    >>> ability = rng.normal(size=400)
    >>> answers = rng.random((400, 5)) < 1 / (1 + np.exp(-ability[:, None] - [-1, 0, 0, 1, 2]))
    >>> calibrate(answers).converged
    True
    """
    if model not in MODELS:
        raise ValueError(f"model {model!r}: expected one of {', '.join(MODELS)}")
    if isinstance(prior, str) and prior != "default" or not isinstance(prior, str | SlopePrior | None):
        raise ValueError(f"prior={prior!r}: expected 'default', None (maximum likelihood) or a SlopePrior")
    frame = as_numbers(responses)
    answers, codes = encode(frame)
    _check_two_codes(model, frame, codes)
    check_design(frame.columns, answers, codes, equivalent_groups)
    prior = SlopePrior() if prior == "default" else prior
    layout = _layout([len(seen) for seen in codes], common_slope=model == "1PL")
    problem = Problem(*patterns(answers), layout, prior, np.linspace(-6, 6, points))
    start = _start(answers, codes, layout, turned=prior is None and model != "1PL")
    free, information, gradient = maximize(problem, start)
    free, information = _upright(free, information, problem.slopes)
    covariance, converged = _covariance(information, gradient)
    return Calibration(
        _item_table(frame.columns, codes, free, covariance, layout),
        float(problem.log_likelihood(free)),
        converged,
        model,
        prior,
        int((answers >= 0).any(axis=1).sum()),
        tuple(codes),
        free,
        covariance,
        layout,
        float(np.abs(gradient).max()),
    )


def _check_two_codes(model, frame, codes):
    many = [str(name) for name, seen in zip(frame.columns, codes) if len(seen) > 2]
    if many and model == "2PL":
        raise ValueError(f"items {', '.join(many)} have more than two codes: 2PL takes two; use 'graded'")


def _upright(free, information, slopes):
    """Turn the scale so that the sum of slopes is positive: the likelihood does not know which end is high."""
    if free[slopes].sum() >= 0:
        return free, information
    sign = np.where(slopes, -1.0, 1.0)
    return free * sign, information * np.outer(sign, sign)


def _layout(categories, common_slope):
    """Return the 0/1 map from free parameters to (item, (a, d1, …)); constant items map to nothing."""
    width = max(max(categories), 2)
    rows, slope = [], None
    for j, count in enumerate(categories):
        if count > 1:
            shared = common_slope and slope is not None
            slope = slope if shared else len(rows)
            rows = rows if shared else [*rows, []]
            rows[slope].append((j, 0))
            rows += [[(j, k)] for k in range(1, count)]
    layout = np.zeros((len(categories), width, len(rows)), dtype=bool)
    for position, places in enumerate(rows):
        for j, k in places:
            layout[j, k, position] = True
    return layout


def _start(answers, codes, layout, turned):
    """Start at slope 1 (-1 for items against the rest, where `turned`); intercepts match the observed shares."""
    full = np.zeros(layout.shape[:2])
    full[:, 0] = np.where(_against_the_rest(answers), -1, 1) if turned else 1
    for j, seen in enumerate(codes):
        asked = answers[answers[:, j] >= 0, j]
        for k in range(1, len(seen)):
            full[j, k] = 1.2 * logit((np.sum(asked >= k) + 0.25) / (len(asked) + 0.5))
    return np.einsum("jkp,jk->p", layout, full) / layout.sum(axis=(0, 1))


def _against_the_rest(answers):
    """Tell which items fall where the others rise; of two directions, that of most items is up."""
    asked = answers >= 0
    mean = np.where(asked, answers, 0).sum(axis=0) / np.maximum(asked.sum(axis=0), 1)
    centered = np.where(asked, answers - mean, 0.0)
    joint = centered.T @ centered
    sign = np.ones(len(joint))
    for _ in range(len(joint)):
        turned = np.where(joint @ sign - np.diag(joint) * sign < 0, -1.0, 1.0)
        if np.array_equal(turned, sign):
            break
        sign = turned
    return sign * (1 if sign.sum() >= 0 else -1) < 0


def _covariance(information, gradient):
    """Return the covariance and whether the maximum was reached; no covariance where not identified."""
    identified = np.isfinite(information).all() and np.linalg.eigvalsh(information)[0] > LARGEST_ERROR**-2
    if identified and possible_gain(information, gradient) < 1e-6:
        return np.linalg.inv(information), True
    return np.full_like(information, np.nan), False


def _item_table(names, codes, free, covariance, layout):
    """Return a, d…, b… and standard errors, one row per item."""
    width = layout.shape[1]
    suffix = [""] if width == 2 else [str(k) for k in range(1, width)]
    rows = [_item_row(len(seen), free, covariance, layout[j], suffix) for j, seen in enumerate(codes)]
    order = ["a", *(f"d{s}" for s in suffix), *(f"b{s}" for s in suffix)]
    return pd.DataFrame(
        rows, index=names, columns=[*order, *(f"standard_error_{name}" for name in order)], dtype=float
    )


def _item_row(categories, free, covariance, places, suffix):
    row = {}
    if categories < 2:
        return row
    slope = int(np.flatnonzero(places[0])[0])
    a = free[slope]
    row["a"], row["standard_error_a"] = a, np.sqrt(covariance[slope, slope])
    for k in range(1, categories):
        spot = int(np.flatnonzero(places[k])[0])
        d, name = free[spot], suffix[k - 1]
        change = np.zeros(len(free))
        change[slope], change[spot] = d / a**2, -1 / a
        row[f"d{name}"], row[f"b{name}"] = d, -d / a
        row[f"standard_error_d{name}"] = np.sqrt(covariance[spot, spot])
        row[f"standard_error_b{name}"] = np.sqrt(change @ covariance @ change)
    return row
