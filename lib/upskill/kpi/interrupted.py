"""One series without a comparison: did its level or its slope change at a date?"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from upskill.data.schema import NotEnoughData
from upskill.numerals import general

FEWEST_PER_SIDE = 12
FEWEST_SEASONS = 2
DRAWS = 999
# Strong alternation from week to week is not seen in delivery; a random walk cannot be told from a trend.
GRID = np.round(np.arange(-0.6, 0.961, 0.04), 2)
NAMES = ("level before", "slope before", "level change", "slope change")


@dataclass(frozen=True)
class Effect:
    """One coefficient with its interval and the p value of none; in the unit of the series (per period for a slope)."""

    value: float
    low: float
    high: float
    p_value: float
    standard_error: float


@dataclass(frozen=True)
class InterruptedSeries:
    """A change of one series at a date.

    `level_change`: jump at the first period since, against the line continued from
    before; `slope_change`: per period (None without slopes in the model); `before`,
    `since`: periods with a value; `autocorrelation`: of the noise; `fitted`: the model,
    `continued`: what the line before would have given, both by period (the latter NaN
    before the start). `sentence`: consistent with, never "caused".
    """

    level_change: Effect
    slope_change: Effect | None
    autocorrelation: float
    before: int
    since: int
    level: float
    sentence: str = ""
    fitted: pd.Series = field(default=None, compare=False, repr=False)
    continued: pd.Series = field(default=None, compare=False, repr=False)


def interrupted_series(series, starts, level=0.90, slopes=True, season=None, draws=DRAWS, seed=0):
    """Fit a segmented line with AR(1) noise to one series and test its change at `starts`.

    `series`: values in order of time, NaN where unknown; a pandas Series (its index says
    when) or an array. `starts`: the first period since, in terms of the index (a date
    where it holds dates), else a position. `slopes=False`: levels only. `season`: periods
    of a season to take out by one sine and cosine (52 for weeks of a year). `draws`,
    `seed`: of the bootstrap.

    Equation: y_t = a + b t + level · [t ≥ s] + slope · (t − s)[t ≥ s] + u_t,
    u_t = ρ u_(t−1) + e_t. ρ by restricted maximum likelihood (REML), the rest by
    generalized least squares (Prais and Winsten 1954), t statistics held against
    their own distribution in `draws` made-up series with that ρ: neither t nor normal
    tables nor Newey-West errors hold for so few periods (Turner et al. 2021, BMC
    Medical Research Methodology 21). Raises NotEnoughData below 12 known periods on a side,
    ValueError for arguments that do not fit.

    >>> noise = np.random.default_rng(1).normal(size=60)
    >>> found = interrupted_series(10 + noise + 8 * (np.arange(60) >= 30), 30)
    >>> found.level_change.low > 0, found.slope_change.low < 0 < found.slope_change.high
    (True, True)
    """
    values, index, start = _placed(series, starts, level)
    known = np.isfinite(values)
    positions, outcome = np.flatnonzero(known), values[known]
    _check_enough(positions, start, outcome, season)
    whole = design_matrix(np.arange(len(values)), start, slopes, season)
    design = whole[positions]
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotEnoughData("The known periods cannot tell level, slope and season apart; leave the season out or wait.")
    rho = fit_autocorrelation(design, outcome, positions)
    coefficients, errors = generalized_fit(design, outcome, positions, rho)
    simulated = simulated_statistics(design, positions, rho, draws, seed)
    effects = _effects(coefficients, errors, simulated, level)
    step = 2 if slopes else 1
    before = whole[:, [c for c in range(whole.shape[1]) if c not in (step, step + slopes)]]
    kept = [c for c in range(whole.shape[1]) if c not in (step, step + slopes)]
    continued = np.where(np.arange(len(values)) >= start, before @ coefficients[kept], np.nan)
    counts = int((positions < start).sum()), int((positions >= start).sum())
    return InterruptedSeries(
        effects[step], effects[step + 1] if slopes else None, float(rho), *counts, level,
        _sentence(effects[step], effects[step + 1] if slopes else None, counts),
        pd.Series(whole @ coefficients, index=index), pd.Series(continued, index=index))


def _placed(series, starts, level):
    """Return (values, index, position of the start)."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a share such as 0.90")
    if isinstance(series, pd.DataFrame):
        raise TypeError("series is a table; give one column of it, in order of time")
    frame = series if isinstance(series, pd.Series) else pd.Series(np.asarray(series).ravel())
    values = pd.to_numeric(frame, errors="coerce").to_numpy(dtype=float)
    index = frame.index
    if not index.is_monotonic_increasing or index.has_duplicates:
        raise ValueError("series is not in order of time, or has two values for one period; sort it and sum or average first")
    if isinstance(index, pd.DatetimeIndex):
        starts = pd.Timestamp(starts)
        values, index = _regular(values, index)
    if isinstance(index, pd.PeriodIndex):
        starts = pd.Period(starts, index.freq)
    try:
        start = int(index.searchsorted(starts))
    except (TypeError, ValueError) as error:
        raise ValueError(f"starts is {starts!r}, which is not of the kind of the index ({index.dtype})") from error
    return values, index, start


def _regular(values, index):
    """Put a gap where a period is missing, so that two weeks apart count as two weeks."""
    if len(index) < 3:
        return values, index
    step = pd.Series(index).diff().min()
    places = np.round((index - index[0]) / step).astype(int)
    if step < pd.Timedelta(days=28) and len(np.unique(places)) == len(places) and places[-1] + 1 > len(places):
        full = np.full(places[-1] + 1, np.nan)
        full[places] = values
        return full, pd.date_range(index[0], periods=len(full), freq=step)
    return values, index


def _check_enough(positions, start, outcome, season):
    counts = int((positions < start).sum()), int((positions >= start).sum())
    if min(counts) < FEWEST_PER_SIDE:
        side, lacking = ("before", FEWEST_PER_SIDE - counts[0]) if counts[0] < counts[1] else ("since", FEWEST_PER_SIDE - counts[1])
        way = (f"wait {lacking} more period{'s' if lacking > 1 else ''}" if side == "since" else
               "take in older periods")
        raise NotEnoughData(
            f"{counts[0]} periods are known before the start and {counts[1]} since; a change of one series can be tested from "
            f"{FEWEST_PER_SIDE} each. To go on: {way}, compare with teams that did not start, or read the chart with its limits.")
    if np.ptp(outcome) == 0:
        raise NotEnoughData("The series never changed: it has no noise to judge a change by.")
    if season is not None and not season >= 3:
        raise ValueError(f"season is {season}; expected the periods of a season, such as 52, or None")
    if season is not None and np.ptp(positions) + 1 < FEWEST_SEASONS * season:
        raise NotEnoughData(f"{np.ptp(positions) + 1} periods are less than {FEWEST_SEASONS} seasons of {season}: season and "
                            "change cannot be told apart. Leave the season out, or compare with teams that did not start.")


def design_matrix(positions, start, slopes=True, season=None):
    """Return the columns constant, (slope), level change, (slope change), (sine, cosine) at these positions."""
    time, since = positions - start, (positions >= start).astype(float)
    columns = [np.ones(len(positions)), time, since, time * since] if slopes else [np.ones(len(positions)), since]
    if season is not None:
        angle = 2 * np.pi * positions / season
        columns += [np.sin(angle), np.cos(angle)]
    return np.column_stack(columns).astype(float)


def whitened(rows, positions, rho):
    """Return rows of unit variance without correlation: (x_t − ρ^d x_before) / √(1 − ρ^2d), d periods apart."""
    carry = np.r_[0.0, np.sign(rho) ** np.diff(positions) * np.abs(rho) ** np.diff(positions)]
    before = np.concatenate([np.zeros_like(rows[:1]), rows[:-1]])
    return (rows - carry[:, None] * before) / np.sqrt(1 - carry**2)[:, None], carry


def fit_autocorrelation(design, outcome, positions, restricted=True):
    """Return the autocorrelation of most (restricted) likelihood.

    The restricted one leaves out what the coefficients use up (Harville 1974, Biometrika 61).
    """
    rows = np.column_stack([design, outcome])

    def unlikely(rho):
        return -log_likelihood(*whitened(rows, positions, rho), restricted)[0]

    best = GRID[np.argmin([unlikely(rho) for rho in GRID])]
    return float(minimize_scalar(unlikely, bounds=(best - 0.04, min(best + 0.04, 0.97)), method="bounded",
                                 options={"xatol": 1e-7}).x)


def log_likelihood(white, carry, restricted=True):
    """Return the profile log likelihood, up to a constant, of each outcome that stands after the design's columns."""
    width = white.shape[1] - 1 if white.ndim == 2 else white.shape[1]
    design, outcomes = white[:, :width], white[:, width:]
    basis, triangle = np.linalg.qr(design)
    squares = np.maximum((outcomes**2).sum(axis=0) - ((basis.T @ outcomes) ** 2).sum(axis=0), 1e-24)
    degrees = len(design) - width * restricted
    value = -0.5 * (degrees * np.log(squares) + np.log(1 - carry**2).sum())
    return value - restricted * np.log(np.abs(np.diag(triangle))).sum()


def generalized_fit(design, outcome, positions, rho, restricted=True):
    """Return (coefficients, standard errors) of generalized least squares at this autocorrelation."""
    white, _ = whitened(np.column_stack([design, outcome]), positions, rho)
    basis, triangle = np.linalg.qr(white[:, :-1])
    coefficients = np.linalg.solve(triangle, basis.T @ white[:, -1])
    residuals = white[:, -1] - white[:, :-1] @ coefficients
    inverse = np.linalg.inv(triangle)
    degrees = len(outcome) - design.shape[1] * restricted
    return coefficients, np.sqrt((inverse**2).sum(axis=1) * (residuals @ residuals) / degrees)


def simulated_statistics(design, positions, rho, draws=DRAWS, seed=0):
    """Return t statistics (draws × columns) of made-up series of AR(1) noise, fitted as the real one.

    They depend on the design and on ρ alone: neither on the coefficients nor on the variance.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(5,)))
    return statistics_of(design, ar_noise(random, positions, rho, draws), positions)


def ar_noise(random, positions, rho, draws):
    """Return stationary AR(1) series of unit variance at these positions (positions × draws)."""
    carry = np.r_[0.0, np.sign(rho) ** np.diff(positions) * np.abs(rho) ** np.diff(positions)]
    noise = random.normal(size=(len(positions), draws))
    for row in range(1, len(positions)):
        noise[row] = carry[row] * noise[row - 1] + np.sqrt(1 - carry[row] ** 2) * noise[row]
    return noise


def statistics_of(design, outcomes, positions, with_autocorrelation=False):
    """Return the t statistics (outcomes × columns) of many outcomes, each at its own REML autocorrelation of GRID.

    `with_autocorrelation`: also the place in GRID of each.
    """
    width = design.shape[1]
    likelihoods, fits = [], []
    for rho in GRID:
        white, carry = whitened(np.column_stack([design, outcomes]), positions, rho)
        basis, triangle = np.linalg.qr(white[:, :width])
        inside = basis.T @ white[:, width:]
        squares = np.maximum((white[:, width:] ** 2).sum(axis=0) - (inside**2).sum(axis=0), 1e-24)
        degrees = len(design) - width
        inverse = np.linalg.inv(triangle)
        scale = np.sqrt((inverse**2).sum(axis=1))[:, None] * np.sqrt(squares / degrees)
        fits.append(inverse @ inside / scale)
        likelihoods.append(-0.5 * (degrees * np.log(squares) + np.log(1 - carry**2).sum())
                           - np.log(np.abs(np.diag(triangle))).sum())
    best = np.argmax(likelihoods, axis=0)
    found = np.array(fits)[best, :, np.arange(outcomes.shape[1])]
    return (found, best) if with_autocorrelation else found


def _effects(coefficients, errors, simulated, level):
    """Return the Effect of each column: symmetric intervals from the simulated t statistics."""
    sizes = np.sort(np.abs(simulated), axis=0)
    place = min(int(np.ceil(level * (len(sizes) + 1))) - 1, len(sizes) - 1)
    reach = sizes[place] * errors
    beyond = (np.abs(simulated) >= np.abs(coefficients / errors)).sum(axis=0)
    p_values = (1 + beyond) / (1 + len(simulated))
    return [Effect(*map(float, row)) for row in zip(coefficients, coefficients - reach, coefficients + reach, p_values, errors,
                                                    strict=True)]


def _sentence(step, slope, counts):
    """Say the change, and that one series shows no cause."""
    moved = "rose" if step.low > 0 else "fell" if step.high < 0 else "did not clearly change"
    text = f"The level {moved} at the start by {general(step.value, 3)} ({general(step.low, 3)} to {general(step.high, 3)})"
    if slope is not None:
        text += f", the slope by {general(slope.value, 3)} per period ({general(slope.low, 3)} to {general(slope.high, 3)})"
    return (f"{text}; {counts[0]} periods before, {counts[1]} since. One series without a comparison is at most consistent "
            "with an effect: whatever else changed at that date is in it.")
