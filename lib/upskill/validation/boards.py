"""A board of charts on which nothing changes: how often it cries wolf, and how fast it sees what is planted.

Each draw is a company: teams with KPIs of one kind, and the same KPIs of all
teams together, two years of weeks. Limits are set from the first year and watch the
second. Ours are those of the report (half of one alarm a quarter for the charts of the
teams, half for those of the company); beside them three-sigma individuals charts of the
raw values with all eight rules of Nelson.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from scipy.stats import norm, poisson

from upskill.kpi import calibration, process_limits
from upskill.kpi.board import COMPANY_SHARE
from upskill.kpi.definitions import DEFINITIONS
from upskill.kpi.limits import QUARTER, SHIFTS, YEAR, Board, learn

TEAMS, KPIS = 10, 12
FIRST = pd.Timestamp("2024-02-05")
PERIODS = pd.date_range(FIRST, periods=2 * YEAR, freq="7D")
DEFINITION = {kind: next(one for one in DEFINITIONS if one.kind == kind) for kind in ("duration", "rate")}
CHANGES = 40
# Log-normal: noise of a week's level of a team, and of all teams. Counts: overdispersion of the rate.
LEVEL_SD, COMPANY_SD, RATE_SD = 0.30, 0.12, 0.15


@dataclass(frozen=True)
class Kind:
    """What the KPIs of a board are like: log-normal values (`mean` 0), or counts with this mean per team and week."""

    autocorrelation: float
    mean: float = 0.0

    @property
    def name(self):
        """Name for tables."""
        return f"counts, {self.mean:g} a week" if self.mean else "log-normal"


def draw(kind, charts, is_company, random):
    """Draw `charts` series of two years, as a function of a factor by which the second year's level is multiplied."""
    noise = random.standard_normal((charts, 2 * YEAR))
    first = (1 - (fresh := np.sqrt(1 - kind.autocorrelation**2))) * noise[:, :1]
    carried = lfilter([fresh], [1, -kind.autocorrelation], noise, axis=1, zi=first)[0]
    second = np.arange(2 * YEAR) >= YEAR
    if not kind.mean:
        values = np.exp(3 + (COMPANY_SD if is_company else LEVEL_SD) * carried)
        return lambda factor: values * np.where(second, factor, 1.0)
    means = kind.mean * (TEAMS if is_company else 1) * np.exp(RATE_SD * carried - RATE_SD**2 / 2)
    ranks = norm.cdf(random.standard_normal(means.shape))
    return lambda factor: poisson.ppf(ranks, means * np.where(second, factor, 1.0))


def _series(values, kind):
    frame = pd.DataFrame({"period": PERIODS, "value": values, "quality": "ok", "n": CHANGES})
    return frame.assign(numerator=values, denominator=1.0) if kind.mean else frame


def watched(values, kind, board):
    """Set our limits for the series of one team (rows) and return for each a function: values -> points outside."""
    definition = DEFINITION["rate" if kind.mean else "duration"]
    baseline = PERIODS[0], PERIODS[YEAR]
    lessons = [learn(_series(row, kind), definition, baseline)[0] for row in values]
    known = [lesson for lesson in lessons if lesson is not None]
    priors = iter(calibration.shared_carry([lesson.fit for lesson in known]))
    return [_watcher(lesson, next(priors), kind, board) if lesson else None for lesson in lessons]


def _watcher(lesson, prior, kind, board):
    limits = calibration.watch(calibration.with_prior(lesson.fit, prior), board.alarms_per_point(), lesson.skewness, lesson.typical)

    def outside(row):
        values = (row if kind.mean else np.log(row))[YEAR:]
        deviations = (values - limits.center) * np.sqrt(np.where(lesson.skipped, np.nan, lesson.weights)[YEAR:])
        points, course = calibration.outside(limits, deviations)
        return points | course
    return outside


def usual(row):
    """Tell which points of the second year break any of Nelson's rules on a three-sigma individuals chart."""
    chart = process_limits(row, YEAR, "nelson")
    return np.isin(np.arange(YEAR, 2 * YEAR), chart.signals)


def one_board(kind, seed, teams=TEAMS, kpis=KPIS):
    """Draw one company: a row per chart with whose it is, alarms of ours and of Nelson's, and points until each shift is seen.

    Columns: charts ("team", "company"), ours, nelson (alarms in a year without any
    change), and for each shift the weeks until ours signal (infinity: not in a year).
    """
    random, rows = np.random.default_rng([seed, int(100 * kind.autocorrelation), int(kind.mean)]), []
    boards = {False: Board(teams * kpis, 1 - COMPANY_SHARE), True: Board(kpis, COMPANY_SHARE)}
    for is_company in [False] * teams + [True]:
        drawn = draw(kind, kpis, is_company, random)
        calm = drawn(1.0)
        watchers = watched(calm, kind, boards[is_company])
        moved = {shift: drawn(1 + shift) for shift in SHIFTS}
        for place, watcher in enumerate(watchers):
            if watcher is None:
                continue
            row = {"charts": "company" if is_company else "team", "ours": calibration.alarms(watcher(calm[place])).sum(),
                   "nelson": calibration.alarms(usual(calm[place])).sum()}
            for shift, values in moved.items():
                outside = watcher(values[place])
                row[shift] = outside.argmax() + 1.0 if outside.any() else np.inf
            rows.append(row)
    return pd.DataFrame(rows)


def summary(frames):
    """Summarize boards of one kind: false alarms per quarter with their Monte Carlo error, and weeks to see each shift.

    `frames`: from `one_board`. Returns a dict; weeks are medians over charts, chances are to
    be seen within a quarter.
    """
    quarters = YEAR / QUARTER
    totals = pd.DataFrame([frame[["ours", "nelson"]].sum() / quarters for frame in frames])
    error = totals.std(ddof=1) / np.sqrt(len(totals)) if len(totals) > 1 else totals.iloc[0] * np.nan
    found = {"ours": totals["ours"].mean(), "ours_error": error["ours"],
             "nelson": totals["nelson"].mean(), "nelson_error": error["nelson"]}
    for charts, rows in pd.concat(frames).groupby("charts"):
        for shift in SHIFTS:
            found[f"{charts} {shift}"] = (float(rows[shift].quantile(0.5, interpolation="lower")),
                                          float((rows[shift] <= QUARTER).mean()))
    return found
