"""What self-ratings are worth: held against tests, with the error of both."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from upskill.data import NotEnoughData
from upskill.skills.evidence import roles_and_teams, test_answers
from upskill.skills.levels import continuous_level, read_cuts
from upskill.skills.resample import percentile_interval
from upskill.skills.scoring import calibrate_program, chosen_wave, score_tests
from upskill.skills.sources import item_shares

RESAMPLES = 2000
FEWEST = 20  # people with a test and self-ratings, for a line of their own


@dataclass(frozen=True)
class Line:
    """y = intercept + slope x of two measures with error; each (value, low, high).

    `correlation`: of y with the true x.
    """

    intercept: tuple[float, float, float]
    slope: tuple[float, float, float]
    correlation: tuple[float, float, float]
    units: int
    level: float = 0.90


def errors_in_variables(x, y, x_variance, y_variance=None, expected=False, groups=None, clusters=None, level=0.90, seed=20261123):
    """Fit a line between two measures that both have error.

    Parameters
    ----------
    x, y : measures of the same units; pairs with NaN are left out.
    x_variance : of the error of x: one number, or one per unit (known).
    y_variance : None = y has error of unknown size, or follows x only loosely:
        slope = S_xy / (S_xx - mean x_variance) (Fuller 1987, Measurement Error
        Models, section 1.2). A number or one per unit = the line is exact but for
        these errors: Deming regression with the ratio r of mean variances,
        slope = (S_yy - r S_xx + sqrt((S_yy - r S_xx)^2 + 4 r S_xy^2)) / (2 S_xy).
    expected : x are expected true values given what was measured (posterior means,
        already shrunk) and x_variance what is left: slope = S_xy / S_xx, and the
        variance of true x is S_xx + mean x_variance.
    groups : label of units; lines share the slope, their intercepts differ (the
        mean intercept is given).
    clusters : label of units that hang together; the bootstrap draws clusters.

    correlation = slope sd(true x) / sd(y). Intervals: bootstrap, percentiles
    (widened for few clusters).

    Raises NotEnoughData for fewer than 5 clusters, or where x does not vary more
    than its error; ValueError for negative variances.

    >>> random = np.random.default_rng(1)
    >>> true = random.normal(size=2000)
    >>> line = errors_in_variables(true + random.normal(0, 0.7, 2000), 1 + 0.5 * true, 0.49)
    >>> round(line.slope[0], 1)
    0.5
    """
    frame = pd.DataFrame({"x": np.asarray(x, float), "y": np.asarray(y, float), "vx": x_variance,
                          "vy": 0.0 if y_variance is None else y_variance})
    frame["group"] = 0 if groups is None else np.asarray(groups)
    frame["cluster"] = np.arange(len(frame)) if clusters is None else np.asarray(clusters)
    frame = frame.dropna(subset=["x", "y", "vx", "vy"])
    if expected and y_variance is not None:
        raise ValueError("y_variance is for a measured x, not for expected values")
    if (frame[["vx", "vy"]] < 0).any(axis=None):
        raise ValueError("variances of errors must not be below 0")
    group, _ = pd.factorize(frame["group"])
    cluster, names = pd.factorize(frame["cluster"])
    if len(names) < 5:
        raise NotEnoughData(f"A line with errors needs at least 5 people with both measures; here {len(names)}.")
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
    weights = np.vstack([np.ones(len(names)), draws])[:, cluster].astype(float)
    if expected:
        frame["vx"] = -frame["vx"]
    found = np.array(_line(frame, group, weights, y_variance is not None, expected))
    if not np.isfinite(found[:, 0]).all():
        raise NotEnoughData("One of the two measures varies no more than its error.")
    parts = [(float(row[0]), *percentile_interval(row[1:], level, len(names))) for row in found]
    return Line(*parts, len(frame), level)


def _line(frame, group, weights, exact, expected):
    """Return intercept, slope and correlation for each row of weights."""
    x, y = frame["x"].to_numpy(), frame["y"].to_numpy()
    totals = np.zeros((group.max() + 1, len(weights), 6))
    for number in range(len(totals)):
        rows = group == number
        part = np.column_stack([np.ones(rows.sum()), x[rows], y[rows], x[rows] ** 2, x[rows] * y[rows], y[rows] ** 2])
        totals[number] = weights[:, rows] @ part
    size = np.maximum(totals[..., 0], 1e-9)
    mean_x, mean_y = totals[..., 1] / size, totals[..., 2] / size
    free = np.maximum(size.sum(axis=0) - (size > 0.5).sum(axis=0), 1)
    xx, xy, yy = ((totals[..., k] - size * a * b).sum(axis=0) / free
                  for k, a, b in ((3, mean_x, mean_x), (4, mean_x, mean_y), (5, mean_y, mean_y)))
    vx, vy = (weights @ frame[name].to_numpy() / weights.sum(axis=1) for name in ("vx", "vy"))
    true = xx - vx
    if exact:
        ratio = vy / np.maximum(vx, 1e-12)
        apart = yy - ratio * xx
        slope = (apart + np.sqrt(apart**2 + 4 * ratio * xy**2)) / np.where(xy == 0, np.nan, 2 * xy)
    else:
        varies = xx if expected else true
        slope = xy / np.where(varies > 1e-9, varies, np.nan)
    known = size > 0.5
    intercept = np.where(known, mean_y - slope * mean_x, 0).sum(axis=0) / known.sum(axis=0)
    spread = np.sqrt(np.where(true > 1e-9, true, np.nan) / np.where(yy > 1e-12, yy, np.nan))
    return intercept, slope, np.clip(slope * spread, -1, 1)


def self_against_tests(program, wave=None, calibration=None, level=0.90, seed=20261123):
    """Return how self-ratings follow tested ability, for all and for each role that is large enough.

    One row each: role ("" = all), people, average_ability_rating (what people of
    ability 0 say of themselves, in points of the rating), slope (points per unit of
    ability), correlation (of a person's mean self-rating in a domain with ability
    there), each with _low and _high; shift, shift_low, shift_high (mean self-rating less
    mean level; only where domains have cuts and ratings are levels, with a top of 5).
    Test scores stand as expected abilities with a known error; domains have lines with one slope;
    a person's domains hang together. Roles with fewer than 20 such people are left out.
    Raises NotEnoughData without self-ratings of tested people.
    """
    answers = test_answers(program)
    calibration = calibration or calibrate_program(program)
    wave = chosen_wave(program, answers, wave)
    table = _beside(program, answers, wave, calibration)
    table["role"] = roles_and_teams(program, table["person_id"])["role"].to_numpy()
    groups = [("", table), *((role, part) for role, part in table.groupby("role"))]
    groups = [pair for pair in groups if pair[1]["person_id"].nunique() >= FEWEST]
    if not groups:
        raise NotEnoughData(f"Fewer than {FEWEST} people have both a test and self-ratings in wave {wave}.")
    return pd.DataFrame([_row(role, part, level, seed) for role, part in groups])


def _beside(program, answers, wave, calibration):
    """Return person_id, domain, rating, expected ability with its variance, level, and the top of the rating."""
    scores, cuts = score_tests(program, answers, wave, calibration), read_cuts(program)
    level = [float(continuous_level(score, cuts[name].levels, cuts[name].places)) if name in cuts else np.nan
             for score, name in zip(scores["score"], scores["scale_id"])]
    tests = pd.DataFrame({"person_id": scores["person_id"], "domain": scores["scale_id"], "ability": scores["score"],
                          "variance": scores["standard_error"] ** 2, "level": level})
    own = item_shares(program, wave, list(calibration.scales))
    own = own.assign(rating=own["lowest"] + own["share"] * own["width"], top=own["lowest"] + own["width"])
    own = own.groupby(["person_id", "domain"], as_index=False)[["rating", "top"]].mean()
    return tests.merge(own, on=["person_id", "domain"])


def _row(role, part, level, seed):
    line = errors_in_variables(part["ability"], part["rating"], part["variance"], expected=True,
                               groups=part["domain"], clusters=part["person_id"], level=level, seed=seed)
    row = {"role": role, "people": part["person_id"].nunique()}
    names = ("average_ability_rating", "slope", "correlation")
    for name, values in zip(names, (line.intercept, line.slope, line.correlation)):
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), values))
    in_levels = part["level"].notna().all() and (part["top"] == 5).all()
    return row | dict(zip(("shift", "shift_low", "shift_high"),
                          _mean(part, level) if in_levels else (np.nan,) * 3))


def _mean(part, level):
    """Return the mean of rating less level over people, with an interval by the t distribution."""
    own = (part["rating"] - part["level"]).groupby(part["person_id"]).mean()
    wide = stdtrit(len(own) - 1, (1 + level) / 2) * own.std(ddof=1) / np.sqrt(len(own))
    return float(own.mean()), float(own.mean() - wide), float(own.mean() + wide)


def own_calibration(fused, selves, person, level=0.90):
    """Return how much higher a person rates themselves than others of the same ability: (value, low, high).

    In points of the rating, shrunk towards 0 as the data allow; for that person's
    own page and for nobody else. `fused`: of `fuse_sources`; `selves`: the `Ratings`
    of `upskill.skills.sources.self_ratings`. Raises KeyError for a person without self-ratings.
    """
    row = fused.data.persons.get_indexer([person])[0]
    if row < 0 or fused.data.self_sums[3][row] == 0:
        raise KeyError(person)
    place = len(fused.data.domains)
    value = fused.mean[row, place] * selves.unit
    wide = ndtri((1 + level) / 2) * np.sqrt(fused.covariance[row, place, place]) * selves.unit
    return float(value), float(value - wide), float(value + wide)
