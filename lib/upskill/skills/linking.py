"""Linking: two calibrations of common items brought onto one scale."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from upskill.data import NotEnoughData
from upskill.skills import graded

METHODS = ("mean-mean", "mean-sigma", "haebara", "stocking-lord")
UNIFORM = np.linspace(-4, 4, 161)
NORMAL = np.linspace(-6, 6, 121)
RESAMPLES = 200


@dataclass(frozen=True)
class Link:
    """theta_to = slope × theta_from + intercept, with standard errors (NaN where not asked for)."""

    slope: float
    intercept: float
    slope_standard_error: float
    intercept_standard_error: float
    method: str
    items: int

    def ability(self, theta):
        """Return abilities on the other scale."""
        return self.slope * np.asarray(theta) + self.intercept

    def items_on_scale(self, items):
        """Return a, b and, where there, c of items on the other scale: a / slope, slope × b + intercept, c unchanged."""
        places = difficulty_columns(items)
        moved = items[["a", *places, *(["c"] if "c" in items else [])]].astype(float)
        moved["a"] = items["a"] / self.slope
        moved[places] = self.slope * items[places] + self.intercept
        return moved


def link_scales(items_from, items_to, method="stocking-lord", weights="normal", draws=None, scaling=1.0):
    """Return the line that brings abilities of one calibration onto the scale of another, through common items.

    Parameters
    ----------
    items_from, items_to : one row per item, matched by index: `a`, `b` (or
        `b1`, `b2` … of graded items), and `c`, the chance of guessing right,
        where items have one; as `calibrate(...).items`. Items that only one
        of them has are left out.
    method : "mean-mean", "mean-sigma" (moments of a and b), "haebara" (item
        curves), or "stocking-lord" (curve of the expected sum score).
    weights : "normal" (standard normal on the scale to) or "uniform" (-4 to
        4 in steps of 0.05) points of ability, for the two curve methods.
    draws : pairs (items_from, items_to) drawn from their errors, or from
        samples of persons, or None; they give the standard errors.
    scaling : 1.7 where slopes are those of the normal ogive metric.

    Mean-mean: slope = mean a_from / mean a_to; mean-sigma: slope = sd b_to /
    sd b_from; intercept = mean b_to - slope × mean b_from. Curves: least
    squares of differences on the scale to (Kolen and Brennan 2014, Test
    Equating, ch. 6; Haebara 1980; Stocking and Lord 1983).

    Raises NotEnoughData for fewer than 2 common items with parameters or
    difficulties that do not differ, ValueError for another method or weights.

    >>> first = pd.DataFrame({"a": [1.0, 1.5, 0.8], "b": [-1.0, 0.0, 1.0]}, index=["x", "y", "z"])
    >>> second = first.assign(a=first["a"] / 1.2, b=1.2 * first["b"] + 0.5)
    >>> link = link_scales(first, second)
    >>> round(link.slope, 4), round(link.intercept, 4)
    (1.2, 0.5)
    """
    if method not in METHODS or weights not in ("normal", "uniform"):
        raise ValueError(f"method={method!r}, weights={weights!r}: expected one of {', '.join(METHODS)}, and "
                         "'normal' or 'uniform'")
    first, second = common_items(items_from, items_to)
    slope, intercept = _line(first, second, method, weights, scaling)
    errors = np.full(2, np.nan)
    if draws is not None:
        lines = [_line(*(part.loc[first.index] for part in pair), method, weights, scaling) for pair in draws]
        errors = np.std(lines, axis=0, ddof=1)
    return Link(slope, intercept, float(errors[0]), float(errors[1]), method, len(first))


def common_items(items_from, items_to):
    """Return both tables with only the items that both have parameters of; raises NotEnoughData for fewer than 2."""
    names = items_from.index[items_from["a"].notna()].intersection(items_to.index[items_to["a"].notna()])
    first, second = items_from.loc[names], items_to.loc[names]
    if difficulty_columns(first) != difficulty_columns(second):
        raise ValueError("the two tables differ in their columns of difficulties: expected the same categories")
    places = difficulty_columns(first)
    same = (first[places].notna() == second[places].notna()).all(axis=1)  # a category nobody chose is no common item
    first, second = first[same], second[same]
    if len(first) < 2:
        raise NotEnoughData(f"Linking needs at least 2 items that both calibrations have; here {len(first)}.")
    return first, second


def difficulty_columns(items):
    """Return the names of the difficulty columns, b or b1, b2 …"""
    return [name for name in items.columns if name == "b" or (name[0] == "b" and name[1:].isdigit())]


def _line(first, second, method, weights, scaling):
    moments = _moments(first, second, "mean-mean" if method == "mean-mean" else "mean-sigma")
    if method in ("mean-mean", "mean-sigma"):
        return moments
    points = NORMAL if weights == "normal" else UNIFORM
    weight = np.exp(-0.25 * points**2) if weights == "normal" else np.ones_like(points)  # root of the density
    target = expected_scores(second, points, scaling)

    def apart(line):
        """Each curve on the scale to is that of the first calibration at (theta - intercept) / slope."""
        difference = weight * (expected_scores(first, (points - line[1]) / line[0], scaling) - target)
        return difference.sum(axis=0) if method == "stocking-lord" else difference.ravel()

    found = least_squares(apart, moments, xtol=1e-12, ftol=1e-14, gtol=1e-14)
    return float(found.x[0]), float(found.x[1])


def _moments(first, second, method):
    before, after = (table[difficulty_columns(table)].to_numpy(float).ravel() for table in (first, second))
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if not (before.std() > 1e-9 and after.std() > 1e-9):
        raise NotEnoughData("Linking needs items that differ in difficulty.")
    slope = first["a"].mean() / second["a"].mean() if method == "mean-mean" else after.std() / before.std()
    return float(slope), float(after.mean() - slope * before.mean())


def expected_scores(items, theta, scaling=1.0):
    """Return the expected score of each item, shape (items, points): c + (1 - c) × sum over k of P(answer >= k)."""
    slopes, places = scaling * items["a"].to_numpy(float), items[difficulty_columns(items)].to_numpy(float)
    intercepts = np.where(np.isfinite(places), -slopes[:, None] * places, -np.inf)
    reached = graded.cumulative(slopes, intercepts, np.asarray(theta, dtype=float))[:, :, 1:-1].sum(axis=2)
    guessing = items["c"].fillna(0).to_numpy(float)[:, None] if "c" in items else 0.0
    return guessing + (1 - guessing) * reached


def calibration_draws(first, second, count=RESAMPLES, seed=20261123):
    """Return `count` pairs of item tables drawn from the errors of two calibrations, for `link_scales(draws=…)`."""
    random = np.random.default_rng(seed)
    pairs = zip(first.draws(count, random), second.draws(count, random), strict=True)
    return [(_table(first, one), _table(second, other)) for one, other in pairs]


def _table(calibration, free):
    """Return a and b of one draw in the form of `calibration.items`."""
    slopes, intercepts = calibration.parameters(free)
    places = np.where(np.isfinite(intercepts), -intercepts / slopes[:, None], np.nan)
    names = difficulty_columns(calibration.items)
    table = pd.DataFrame(places[:, : len(names)], index=calibration.items.index, columns=names)
    empty = calibration.items["a"].isna()
    return table.assign(a=slopes).mask(empty)[["a", *names]]
