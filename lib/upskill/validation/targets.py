"""Chances of targets: how often what was given a chance came true, over made-up series of six kinds."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from upskill.kpi.forecast import foresee_many

# Periods of history, and periods from the last of them to the day.
CASES = ((12, 3), (20, 6), (26, 9))
WINDOW = 3
KINDS = ("steady", "steady, heavy tails", "trend", "trend that ends", "wandering level", "training that takes hold")
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def make_series(random, kind, periods, count):
    """Return made-up series (periods, count), in units of their noise, which carries over by 0 to 0.6.

    Steady; with t(3) noise; a trend Normal(0, 0.15) per period; such a trend that stops
    somewhere in the last 40 % of 20 periods, or after; a level that wanders by 0.1 to
    0.5 per period; a lasting change Normal(0, 2.5) that takes three periods.
    """
    carry = random.uniform(0, 0.6, count)
    noise = random.standard_t(3, (periods, count)) / np.sqrt(3) if kind == KINDS[1] else random.standard_normal((periods, count))
    series = noise.copy()
    for place in range(1, periods):
        series[place] = carry * series[place - 1] + np.sqrt(1 - carry**2) * noise[place]
    time = np.arange(periods)[:, None]
    if kind == KINDS[2]:
        series += random.normal(0, 0.15, count) * time
    elif kind == KINDS[3]:
        series += random.normal(0, 0.15, count) * np.minimum(time, random.uniform(12, 26, count))
    elif kind == KINDS[4]:
        series += np.cumsum(random.standard_normal((periods, count)) * random.uniform(0.1, 0.5, count), axis=0)
    elif kind == KINDS[5]:
        series += random.normal(0, 2.5, count) * np.clip((time - random.uniform(4, 16, count)) / 3, 0, 1)
    return series


def outcomes(seed, count, kinds=KINDS):
    """Return one row per made-up series: kind, chance (that it ends at or below a drawn target), came_true, covered (90 %),
    line (the chance that a straight line with independent errors gives)."""
    random, rows = np.random.default_rng(seed), []
    for kind in kinds:
        for periods, ahead in CASES:
            series = make_series(random, kind, periods + ahead, count)
            past, later = series[:periods], series[periods + ahead - WINDOW:].mean(axis=0)
            target = past[-WINDOW:].mean(axis=0) + random.standard_normal(count)
            chance_of = _chances(past, periods, ahead)
            place = chance_of(later)
            rows.append(pd.DataFrame({"kind": kind, "chance": chance_of(target), "came_true": later <= target,
                                      "covered": (place > 0.05) & (place < 0.95), "line": _line(past, periods, ahead, target)}))
    return pd.concat(rows, ignore_index=True)


def _chances(past, periods, ahead):
    centers, errors, _, likelihoods = foresee_many(past, np.arange(periods, dtype=float), ahead, WINDOW)
    weights = np.exp(likelihoods - likelihoods.max(axis=0))
    weights /= weights.sum(axis=0)
    return lambda value: (weights * student.cdf((value - centers) / errors, periods - 1)).sum(axis=0)


def _line(past, periods, ahead, target):
    design = np.column_stack([np.ones(periods), np.arange(periods)])
    fit = np.linalg.lstsq(design, past, rcond=None)[0]
    variance = ((past - design @ fit) ** 2).sum(axis=0) / (periods - 2)
    then = np.array([1.0, periods + ahead - 1 - (WINDOW - 1) / 2])
    error = np.sqrt(variance * (1 / WINDOW + then @ np.linalg.inv(design.T @ design) @ then))
    return student.cdf((target - then @ fit) / error, periods - 2)


def calibration(found, column="chance"):
    """Return, by band of the chance given: series, mean chance, share that came true, Monte Carlo error."""
    band = pd.cut(found[column], BINS, include_lowest=True)
    by = found.groupby(band, observed=True).agg(series=("came_true", "size"), chance=(column, "mean"),
                                                came_true=("came_true", "mean"))
    return by.assign(monte_carlo_error=np.sqrt(by["came_true"] * (1 - by["came_true"]) / by["series"]))


def intervals(seed, level):
    """Whether the interval of what will be measured holds what was measured then; one series of each kind."""
    random, (periods, ahead) = np.random.default_rng(seed), CASES[seed % len(CASES)]
    series = np.column_stack([make_series(random, kind, periods + ahead, 1) for kind in KINDS])
    place = _chances(series[:periods], periods, ahead)(series[periods + ahead - WINDOW:].mean(axis=0))
    hits = np.abs(place - 0.5) < level / 2
    return {f"target, {kind}: measured on the day": float(hit) for kind, hit in zip(KINDS, hits, strict=True)}
