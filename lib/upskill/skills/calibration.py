"""Item parameters by marginal maximum likelihood, with a prior for small groups."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logit

from upskill.skills.estimation import Problem, maximize, possible_gain, unpack

MODELS = ("1PL", "2PL", "graded")


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


def calibrate(responses, model="2PL", prior="default", points=61):
    """Fit an item response model to answers; ability is standard normal in the group answering.

    Parameters
    ----------
    responses : persons × items, DataFrame or array of numbers; NaN = not asked
        or not reached. The codes seen are mapped to 0 … K - 1 for each item.
    model : "1PL" (one common slope, any number of categories), "2PL", or "graded"
        (any number of ordered categories, also mixed with two-category items).
    prior : "default" = `SlopePrior()`, None = maximum likelihood, or a `SlopePrior`.
    points : number of equally spaced points of ability from -6 to 6 (at least 61
        are advised: 21 Gauss-Hermite points bias the slopes of long tests).

    Returns a `Calibration`. `items` has one row per column: discrimination `a`,
    intercepts `d` (or `d1` …), difficulties `b = -d / a`, and standard errors from
    the observed information. An item that everybody answered alike says nothing:
    its row is empty. `converged` is true only where the gradient is flat and the
    information positive definite.

    log L = sum over persons of log of the integral of
    prod_j P(x_j | theta) phi(theta) (Bock & Aitkin 1981, Psychometrika 46, 443-459);
    information by Louis (1982, Journal of the Royal Statistical Society B 44, 226-233).

    Raises ValueError for an unknown model, more than two codes in 2PL, or no item
    with two different answers.

    >>> rng = np.random.default_rng(1)
    >>> ability = rng.normal(size=400)
    >>> answers = rng.random((400, 5)) < 1 / (1 + np.exp(-ability[:, None] - [-1, 0, 0, 1, 2]))
    >>> calibrate(answers.astype(float)).converged
    True
    """
    frame = pd.DataFrame(responses).astype(float)
    answers, codes = encode(frame)
    _check(model, frame, codes)
    prior = SlopePrior() if isinstance(prior, str) and prior == "default" else prior
    layout = _layout([len(seen) for seen in codes], common_slope=model == "1PL")
    problem = Problem(*_patterns(answers), layout, prior, np.linspace(-6, 6, points))
    free, information, gradient = maximize(problem, _start(answers, codes, layout))
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


def encode(frame, codes=None):
    """Return answers as 0 … K - 1 (-1 = missing) and the codes; an unknown code counts as the nearest one."""
    values = frame.to_numpy(dtype=float)
    if codes is None:
        codes = [np.unique(column[np.isfinite(column)]) for column in values.T]
    answers = np.full(values.shape, -1, dtype=int)
    for j, seen in enumerate(codes):
        asked = np.isfinite(values[:, j])
        if len(seen):
            answers[asked, j] = np.abs(values[asked, j][:, None] - seen).argmin(axis=1)
    return answers, codes


def _check(model, frame, codes):
    if model not in MODELS:
        raise ValueError(f"model {model!r}: expected one of {', '.join(MODELS)}")
    many = [str(name) for name, seen in zip(frame.columns, codes) if len(seen) > 2]
    if many and model == "2PL":
        raise ValueError(f"items {', '.join(many)} have more than two codes: 2PL takes two; use 'graded'")
    if not any(len(seen) > 1 for seen in codes):
        raise ValueError("no item has two different answers: nothing can be estimated")


def _patterns(answers):
    """Return the distinct rows of answers and how often each occurs."""
    asked = answers[(answers >= 0).any(axis=1)]
    return np.unique(asked, axis=0, return_counts=True)


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


def _start(answers, codes, layout):
    """Start at slope 1 and at the intercepts that match the observed shares."""
    full = np.zeros(layout.shape[:2])
    full[:, 0] = 1
    for j, seen in enumerate(codes):
        asked = answers[answers[:, j] >= 0, j]
        for k in range(1, len(seen)):
            full[j, k] = 1.2 * logit((np.sum(asked >= k) + 0.25) / (len(asked) + 0.5))
    return np.einsum("jkp,jk->p", layout, full) / layout.sum(axis=(0, 1))


def _covariance(information, gradient):
    """Return the covariance and whether the maximum was reached; no covariance where not identified."""
    if possible_gain(information, gradient) < 1e-6:
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
