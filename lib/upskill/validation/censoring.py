"""Durations that are not over yet, or ended otherwise: published incidences, and changes made up with a known truth."""

from functools import cache, partial

import numpy as np

from upskill import kpi
from upskill.validation.case import Case

AREA = "Censoring"
# Stata's standard errors, as the tests of statsmodels hold them (statsmodels/duration/tests/test_survfunc.py, BSD).
TIMES = (1, 1, 2, 4, 4, 4, 6, 6, 7, 8, 9, 9, 9, 1, 2, 2, 4, 4)
ENDINGS = (1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0)
PUBLISHED = ((1, 0.17037037, 0.08976251), (2, 0.20740741, 0.10610391), (3, 0.26666667, 0.12787781))
STATA = "R cmprsk (share) and Stata (standard error), as in the tests of statsmodels 0.15"
LIFELINES = "lifelines 0.30.3, AalenJohansenFitter, at 90 %"

# Changes opened evenly over the last weeks; median 4 days to the merge, log-normal; all are merged in the end.
MEDIAN_DAYS, LOG_SD, CHANGES = 4.0, 1.15, 200_000
# Median days of what is merged by the end of the data, by numerical integration (weeks open, value).
MERGED_ONLY = ((2, 2.4143947), (4, 3.0074540), (8, 3.4413221), (52, 3.9081141))
# The same, with closing unmerged as a rival (median 10 days, log sd 1.15): by numerical integration.
CLOSED_MEDIAN_DAYS, HALF_OF_ALL, HALF_OF_MERGED, WITHIN_WEEK = 10.0, 4.6696787, 2.7865568, 0.5914838
TRUTH = "closed form: log-normal, median 4 days, log sd 1.15, {} changes opened evenly over {} weeks"


@cache
def _opened(weeks, has_rival=False):
    """Return (days seen, how each change ended) of changes opened evenly over the last weeks."""
    random = np.random.default_rng(20261125 + weeks)
    merged = MEDIAN_DAYS * np.exp(LOG_SD * random.standard_normal(CHANGES))
    closed = CLOSED_MEDIAN_DAYS * np.exp(LOG_SD * random.standard_normal(CHANGES)) if has_rival else np.inf
    seen = 7 * weeks * random.random(CHANGES)
    ended = np.minimum(merged, closed)
    outcome = np.where(ended > seen, 0, np.where(merged <= closed, 1, 2))
    return np.minimum(ended, seen), outcome


def _merged_only(weeks):
    days, outcome = _opened(weeks)
    return np.median(days[outcome == 1])


def _all_opened(weeks):
    days, outcome = _opened(weeks)
    return kpi.censored_quantile(days, outcome == 1)


def _with_rival(call, weeks=26):
    return call(*_opened(weeks, True))[0]


def _within(days, weeks=26):
    found = kpi.cumulative_incidence(*_opened(weeks, True))
    return found.share[np.searchsorted(found.times, days, side="right") - 1]


def _end(event, what):
    return getattr(kpi.cumulative_incidence(TIMES, ENDINGS, event), what)[-1]


def cases():
    """Return every case of this area; tolerances of simulated ones are about three Monte Carlo errors."""
    rows = [Case(AREA, f"cumulative incidence of ending {event}: {what}", expected, 5e-9, STATA,
                 partial(_end, event, name)) for event, share, error in PUBLISHED
            for what, name, expected in (("share", "share", share), ("standard error", "standard_error", error))]
    rows += [Case(AREA, f"cumulative incidence of ending 1: {name} end", expected, 5e-7, LIFELINES, partial(_end, 1, name))
             for name, expected in (("low", 0.055693), ("high", 0.338049))]
    for weeks, expected in MERGED_ONLY:
        source = TRUTH.format(f"{CHANGES:,}", weeks)
        rows += [Case(AREA, f"opened in the last {weeks} weeks: median of merged only, days", expected, 0.03, source,
                      partial(_merged_only, weeks)),
                 Case(AREA, f"opened in the last {weeks} weeks: median with the open ones, days", MEDIAN_DAYS, 0.05, source,
                      partial(_all_opened, weeks))]
    rival = TRUTH.format(f"{CHANGES:,}", 26) + "; closed unmerged: median 10 days"
    return rows + [
        Case(AREA, "some closed unmerged: days until half of all are merged", HALF_OF_ALL, 0.06, rival,
             partial(_with_rival, kpi.incidence_quantile)),
        Case(AREA, "some closed unmerged: median days to merge of what gets merged", HALF_OF_MERGED, 0.04, rival,
             partial(_with_rival, kpi.quantile_given_event)),
        Case(AREA, "some closed unmerged: share merged within 7 days", WITHIN_WEEK, 0.004, rival, partial(_within, 7))]
