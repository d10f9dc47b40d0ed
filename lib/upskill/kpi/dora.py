"""DORA's own scale: the Quick Check score of the five metrics, levels and benchmarks, each with its year."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.data.kpis import read_dora

THROUGHPUT = ("lead_time", "deployment_frequency", "recovery_time")
STABILITY = ("change_failure_rate", "rework_rate")
METRICS = THROUGHPUT + STABILITY
HOUR, DAY, WEEK, MONTH = 1.0, 24.0, 168.0, 730.5
# Upper ends of the answers from best (6) to worst (1); a duration below the first is a 6.
DURATION_ENDS = (HOUR, DAY, WEEK, MONTH, 6 * MONTH)
# Deployments per week and team from which an answer holds: two each working day count as several a day (6).
FREQUENCY_STARTS = (10.0, 5.0, 1.0, WEEK / MONTH, WEEK / (6 * MONTH))


@dataclass(frozen=True)
class QuickCheck:
    """Scores from 0 (worst) to 10 (best); NaN where a metric that it needs is not known."""

    scores: dict
    throughput: float
    stability: float
    overall: float


def quick_check_score(lead_time=None, deployment_frequency=None, recovery_time=None, change_failure_rate=None,
                      rework_rate=None):
    """Score answers as DORA's Quick Check does.

    The first three: answers from 1 (worst) to 6 (best), scored (v − 1)/5 · 10; the last
    two: shares from 0 to 1, scored 10 − 10 · share. `throughput` is the mean of the
    first three, `stability` of the last two, `overall` of all five. Raises ValueError
    for an answer outside its scale (a percentage, for one).

    >>> found = quick_check_score(5, 4, 5, 0.10, 0.06)
    >>> round(found.throughput, 2), round(found.stability, 2), round(found.overall, 2)
    (7.33, 9.2, 8.08)
    """
    given = dict(zip(METRICS, (lead_time, deployment_frequency, recovery_time, change_failure_rate, rework_rate),
                     strict=True))
    scores = {name: _score(name, value) for name, value in given.items()}
    groups = (np.mean([scores[name] for name in names]) for names in (THROUGHPUT, STABILITY, METRICS))
    return QuickCheck(scores, *(float(value) for value in groups))


def _score(name, value):
    if value is None or np.isnan(value):
        return float("nan")
    low, high = (1, 6) if name in THROUGHPUT else (0, 1)
    if not low <= value <= high:
        scale = "answers from 1 to 6" if high == 6 else "a share from 0 to 1"
        raise ValueError(f"{name} is {value}; the Quick Check takes {scale}")
    return (value - 1) / 5 * 10 if high == 6 else 10 - 10 * value


def quick_check_answer(name, value):
    """Return the answer, 1 to 6, that a measured value stands for; NaN for NaN.

    `name`: "lead_time" or "recovery_time" (hours), or "deployment_frequency" (per week
    and team; "several times a day" begins at two each working day).

    >>> quick_check_answer("lead_time", 52), quick_check_answer("deployment_frequency", 3)
    (4, 4)
    """
    if np.isnan(value):
        return float("nan")
    if name == "deployment_frequency":
        return 1 + sum(value >= start for start in FREQUENCY_STARTS)
    return 6 - sum(value >= end for end in DURATION_ENDS)


def benchmarks(year=2025):
    """Return DORA's scores by industry: industry, metric, mean, standard_deviation (0 to 10, higher is better), year.

    Raises KeyError for a year that is not there.
    """
    rows = [(industry, metric, *values, year) for industry, metrics in read_dora()["benchmarks"][year].items()
            if industry != "source" for metric, values in metrics.items()]
    return pd.DataFrame(rows, columns=["industry", "metric", "mean", "standard_deviation", "year"])


def levels(year=2024):
    """Return the clusters that DORA named elite, high, medium and low in one year, as a table: level, one column per metric.

    They are clusters, not thresholds: in 2024 the high ones failed twice as often (20 %)
    as the medium ones (10 %). Raises KeyError for a year that is not there.
    """
    rows = [{"level": name, **metrics} for name, metrics in read_dora()["levels"][year].items() if name != "source"]
    return pd.DataFrame(rows)


def standing(metrics, industry="all", year=2025):
    """Hold measured KPIs against an industry's scores: metric, value, score, mean, standard_deviation, deviations.

    `metrics`: name -> value in the KPI's unit (hours, per week, share). `deviations`:
    (score − mean) ÷ standard deviation; most companies lie between −1 and 1.
    """
    table = benchmarks(year).query("industry == @industry").set_index("metric")
    if table.empty:
        known = ", ".join(benchmarks(year)["industry"].unique())
        raise KeyError(f"no industry {industry!r} in DORA {year}; there are {known}")
    known = {name: value for name, value in metrics.items() if name in METRICS and np.isfinite(value)}
    scores = {name: _score(name, quick_check_answer(name, value) if name in THROUGHPUT else value)
              for name, value in known.items()}
    frame = pd.DataFrame({"metric": list(known), "value": list(known.values()), "score": list(scores.values())})
    frame = frame.join(table[["mean", "standard_deviation"]], on="metric")
    return frame.assign(deviations=(frame["score"] - frame["mean"]) / frame["standard_deviation"])
