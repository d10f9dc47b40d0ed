"""Limits of a KPI's chart: on which scale, from which weeks, how rarely they cry wolf, and how fast they see a change."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from upskill.kpi import calibration

FEWEST_BASELINE = 6
# Limits of a duration farther from the usual level than this factor tell nothing from noise.
WIDEST_LIMITS = 20
# Finished changes at which half of a period's noise is the chance of which changes fell into it.
HALF_CHANCE = 50
QUARTER, YEAR = 13, 52
SHIFTS = (0.1, 0.2, 0.4)
# A new usual level is proposed after a quarter outside on one side, and at least this many points.
FEWEST_OUTSIDE = 6
# Ratios of counts, whose skewness follows from how much was counted.
COUNTED = ("rate", "share", "count")
BEYOND, LASTING = "beyond limits", "lasting shift"


@dataclass(frozen=True)
class Board:
    """How many charts share one budget of false alarms.

    `charts`: on the board; `share`: of the one false alarm per quarter that they may
    give together (half for the charts of the company, half for those of all teams); `of`: whose charts.
    """

    charts: int = 1
    share: float = 1.0
    of: str = ""
    alarms_per_quarter: float = 1.0
    # A small board is not asked to alarm more often than once in fifty points of a chart.
    most_per_point: float = 0.02

    def alarms_per_point(self, period_weeks=1):
        """Return the false alarms that one chart may give at each point.

        >>> round(Board(120).alarms_per_point(), 6)
        0.000641
        """
        allowed = self.share * self.alarms_per_quarter / max(self.charts, 1) * period_weeks / QUARTER
        return min(allowed, self.most_per_point)


@dataclass(frozen=True)
class Sight:
    """How fast a chart sees a lasting change: `shift` (0.2: by 20 %, up or down, whichever is seen later).

    `weeks`: after which half of such changes are seen, infinity where half are not
    within a year; `chance`: to be seen within a quarter, 0 to 1.
    """

    shift: float
    weeks: float
    chance: float


@dataclass(frozen=True)
class ChartLimits:
    """Limits in the KPI's unit; arrays as long as the series.

    `lower`, `upper`: of each point; `course`: smoothed since the start of watching (NaN
    before), with its limits `course_lower`, `course_upper`. `signals`: positions of
    points outside; `broken_rules`: position to "beyond limits" (the point) or "lasting
    shift" (the course). `alarm_starts`: positions at which an alarm begins.
    `baseline`: first Monday of the baseline, and the first that is watched. `skipped`:
    short weeks, which count nowhere. `proposed`: first Monday of a new usual level that
    the rule proposes, or None.
    """

    center: float
    lower: np.ndarray = field(compare=False)
    upper: np.ndarray = field(compare=False)
    course: np.ndarray = field(compare=False)
    course_lower: np.ndarray = field(compare=False)
    course_upper: np.ndarray = field(compare=False)
    signals: tuple[int, ...]
    broken_rules: dict
    alarm_starts: tuple[int, ...]
    baseline: tuple
    baseline_points: int
    sights: tuple[Sight, ...]
    autocorrelation: float
    alarms_per_quarter: float
    skipped: np.ndarray = field(compare=False)
    proposed: pd.Timestamp | None = None


def precision(series, definition):
    """Return the precision of each point: of a rate or share its base, of a median n / (n + HALF_CHANCE).

    The variance of a ratio falls with its base, as in Laney's charts. A median of n
    changes varies by a / n from chance and by b from week to week; with a / b = 50 its
    precision is n / (n + 50), relative to that of a median of very many.
    """
    if definition.kind == "duration":
        return (series["n"] / (series["n"] + HALF_CHANCE)).to_numpy(float)
    return series["denominator"].to_numpy(float)


def short_weeks(periods, holidays=()):
    """Tell which weeks are short: those of Christmas and New Year, and those with two working days or more off.

    `periods`: Mondays; `holidays`: dates that are no working days.
    """
    free = pd.DatetimeIndex(list(holidays), dtype="datetime64[ns]")
    free = free[free.day_of_week < 5].unique()
    lost = pd.Series((free - pd.to_timedelta(free.day_of_week, unit="D")).normalize()).value_counts()
    monday = pd.DatetimeIndex(periods)
    days = [monday + pd.Timedelta(days=day) for day in range(7)]
    festive = sum(((day.month == 12) & (day.day == 25)) | ((day.month == 1) & (day.day == 1)) for day in days) > 0
    return festive | (lost.reindex(monday).fillna(0).to_numpy() >= 2)


@dataclass(frozen=True)
class Lesson:
    """What a baseline teaches about one KPI, on the scale of its limits.

    `values`, `weights`: of all points, NaN where one does not count; `fit`: of the
    baseline; `skewness`: of a single point; `used`: the baseline points; `skipped`:
    short weeks; `typical`: median weight in the baseline.
    """

    values: np.ndarray
    weights: np.ndarray
    fit: object
    skewness: float
    used: np.ndarray
    skipped: np.ndarray
    typical: float


def learn(series, definition, baseline, period_weeks=1, holidays=()):
    """Learn from a baseline what is usual, as (Lesson, reason).

    `baseline`: first Monday of it, and the first that is watched. (None, reason) with
    fewer than six baseline points, or where they do not vary. Short weeks count
    nowhere, unless too little would be left.
    """
    if not definition.is_steady:
        return None, "it grows from the first license on, so there is no usual level to set limits from"
    is_log = definition.scale == "log"
    good = ((series["quality"] == "ok") & ((series["value"] > 0) | (not is_log))).to_numpy()
    old = ((series["period"] >= baseline[0]) & (series["period"] < baseline[1])).to_numpy()
    skipped = good & short_weeks(series["period"], holidays) if period_weeks == 1 else np.zeros(len(series), dtype=bool)
    skipped &= (old & good & ~skipped).sum() >= FEWEST_BASELINE
    used = old & good & ~skipped
    raw = series["value"].where(good & ~skipped).to_numpy(float)
    values = np.log(raw) if is_log else raw
    known = int(used.sum())
    if known < FEWEST_BASELINE:
        return None, (f"only {known} period{'' if known == 1 else 's'} with data before the start; "
                      f"limits need {FEWEST_BASELINE}")
    if np.ptp(values[used]) == 0:
        return None, "it did not vary before the start"
    weights = np.where(good & ~skipped, precision(series, definition), np.nan)
    fit = calibration.learn(values[used], np.flatnonzero(used), weights[used])
    skewness = (_count_skewness(values[used], weights[used], definition) if definition.kind in COUNTED else
                calibration.skewness_of(values[used] - fit.levels[0], weights[used]))
    return Lesson(values, weights, fit, skewness, used, skipped, float(np.median(weights[used]))), ""


def chart_limits(series, definition, baseline, lesson, period_weeks=1, board=None, prior=None, seed=0):
    """Set limits from what the baseline teaches and watch what follows, as (ChartLimits, reason).

    Durations on the log scale, rates and shares with limits that follow each point's
    base, both calibrated to the budget of the board. `prior`: what the other charts say
    of the autocorrelation (`calibration.shared_carry`). (None, reason) where the limits
    would let everything pass.
    """
    budget = (board or Board()).alarms_per_point(period_weeks)
    limits = calibration.watch(calibration.with_prior(lesson.fit, prior), budget, lesson.skewness, lesson.typical, seed,
                               keep_paths=True)
    if definition.scale == "log" and limits.upper / np.sqrt(lesson.typical) > np.log(WIDEST_LIMITS):
        return None, (f"the points before the start vary so much that one {WIDEST_LIMITS} times the usual level "
                      "would pass for noise")
    watched = (series["period"] >= baseline[1]).to_numpy()
    deviations = np.where(watched, (lesson.values - limits.center) * np.sqrt(lesson.weights), np.nan)
    points, course = calibration.outside(limits, deviations)
    known, smooth = np.flatnonzero(~np.isnan(deviations)), calibration.smoothed(deviations)
    return ChartLimits(
        **_drawn(limits, definition, lesson, deviations, watched), **_signals(points, course, known, np.sign(smooth)),
        baseline=baseline, baseline_points=int(lesson.used.sum()), autocorrelation=limits.autocorrelation,
        sights=tuple(_sight(limits, shift, definition, lesson.typical, period_weeks) for shift in SHIFTS),
        alarms_per_quarter=budget * QUARTER / period_weeks, skipped=lesson.skipped,
        proposed=_proposed(series["period"], known, course, smooth, period_weeks)), ""


def _signals(points, course, known, side):
    """Positions outside with the reasons, and those at which an alarm begins; `side`: of the smoothed course."""
    broken = {int(place): tuple(name for name, hit in ((BEYOND, points[place]), (LASTING, course[place])) if hit)
              for place in np.flatnonzero(points | course)}
    return {"signals": tuple(broken), "broken_rules": broken,
            "alarm_starts": tuple(int(start) for start in known[_begins((points | course)[known], side[known])])}


def _begins(outside, side):
    """Mark the alarms that are new: since the last signal, the smoothed course went to the other side of the usual level.

    Points that return between the limits for a while, on the same side, do not end what an
    alarm has found. The budget counts every return outside, which is more.
    """
    new, last = np.zeros(len(outside), dtype=bool), 0.0
    for place, (is_out, now) in enumerate(zip(outside, side, strict=True)):
        if last and now != last:
            last = 0.0
        if is_out and not last:
            new[place], last = True, now
    return new


def _count_skewness(values, weights, definition):
    """Skewness of a ratio of counts: that of a negative binomial with the dispersion seen, (2 f - 1) / sqrt(f m).

    m: counts in a typical period; f: variance over that of pure chance, at least 1; for
    shares times 1 - 2 p, over sqrt(1 - p).
    """
    center = np.average(values, weights=weights)
    chance = center * ((1 - center) if definition.kind == "share" else 1.0)
    if not chance > 0:
        return 0.0
    dispersion = max(np.average(weights * (values - center) ** 2) / chance, 1.0)
    expected = center * np.median(weights)
    skewness = (2 * dispersion - 1) / np.sqrt(dispersion * expected)
    if definition.kind == "share":
        skewness *= (1 - 2 * center) / np.sqrt(1 - center)
    return float(np.clip(skewness, -2, 2))


def possible_values(definition):
    """Return the least and the greatest value that a KPI can have; infinite where nobody said."""
    if definition.kind == "score":
        return (-np.inf if definition.minimum is None else definition.minimum,
                np.inf if definition.maximum is None else definition.maximum)
    return 0.0, 1.0 if definition.kind == "share" else np.inf


def _drawn(limits, definition, lesson, deviations, watched):
    """Bring limits and course back to the KPI's unit, and keep rates and shares possible."""
    weights, typical = lesson.weights, lesson.typical
    least, most = possible_values(definition)

    def back(deviation, weight):
        value = limits.center + deviation / np.sqrt(weight)
        return np.exp(value) if definition.scale == "log" else np.clip(value, least, most)
    filled = np.where(np.isnan(weights) | (weights <= 0), typical, weights)
    course = np.where(watched & ~np.isnan(deviations), calibration.smoothed(deviations), np.nan)
    on_course = {name: np.where(watched, back(limit, typical), np.nan) for name, limit in (
        ("course_lower", limits.smooth_lower), ("course_upper", limits.smooth_upper))}
    return {"center": float(back(0.0, 1.0)), "lower": back(limits.lower, filled), "upper": back(limits.upper, filled),
            "course": back(course, typical), **on_course}


def _sight(limits, shift, definition, typical, period_weeks):
    """Weeks to see a lasting change, and the chance within a quarter: the slower of up and down, where both can be."""
    _, most = possible_values(definition)
    ratios = [ratio for ratio in (1 + shift, 1 - shift) if definition.scale == "log" or limits.center * ratio <= most]
    found = [_sight_of(limits, ratio, definition, typical, period_weeks) for ratio in ratios]
    return Sight(shift, max(weeks for weeks, _ in found), min(chance for _, chance in found))


def _sight_of(limits, ratio, definition, typical, period_weeks):
    if definition.scale == "log":
        moved, spread = np.log(ratio), 1.0
    else:
        moved, spread = limits.center * (ratio - 1), np.sqrt(ratio)
    points = calibration.points_to_see(limits, moved * np.sqrt(typical), spread)
    weeks = float(np.quantile(points, 0.5, method="lower")) * period_weeks
    return weeks if weeks <= YEAR else np.inf, float(np.mean(points * period_weeks <= QUARTER + 1e-9))


def _proposed(periods, known, course, smooth, period_weeks):
    """Return the first Monday of a new usual level, or None.

    The rule: the smoothed course has been outside its limits on one side without a break
    up to the last point, for a quarter and at least six points; the new level begins
    with the first of these.
    """
    if len(known) == 0 or not course[known[-1]]:
        return None
    side = np.sign(smooth[known])
    ended = np.flatnonzero(~(course[known] & (side == side[-1])))
    first = ended.max() + 1 if len(ended) else 0
    return periods.iloc[known[first]] if len(known) - first >= max(FEWEST_OUTSIDE, QUARTER / period_weeks) else None
