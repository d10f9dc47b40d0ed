"""Lead times of which some are not over yet: Kaplan-Meier quantiles."""

import numpy as np


def kaplan_meier(durations, finished):
    """Estimate the share still open after each duration.

    `durations`: hours since the start, one per change; `finished`: False where the
    change is still open (its duration is then only a lower bound). Returns
    (times, survival), both ascending in time, one entry per distinct finished
    duration: S(t) = prod(1 - d_i / n_i) (Kaplan and Meier 1958). Rows with a
    missing duration are left out.

    >>> times, open_share = kaplan_meier([1, 2, 3, 3], [True, True, True, False])
    >>> times.tolist(), open_share.round(3).tolist()
    ([1.0, 2.0, 3.0], [0.75, 0.5, 0.25])
    """
    durations = np.asarray(durations, dtype=float)
    finished = np.asarray(finished, dtype=bool)[~np.isnan(durations)]
    durations = durations[~np.isnan(durations)]
    times, events = np.unique(durations[finished], return_counts=True)
    at_risk = len(durations) - np.searchsorted(np.sort(durations), times, side="left")
    return times, np.cumprod(1 - events / at_risk)


def censored_quantile(durations, finished, share=0.5):
    """Give the duration within which `share` of all changes are finished.

    Open changes count: leaving them out makes recent weeks look faster than they
    are. The midpoint is taken where survival meets the share exactly, so that
    without open changes the median is the usual one. NaN when fewer than `share`
    are known to be finished.

    >>> censored_quantile([1, 2, 3, 4], [True] * 4), censored_quantile([5, 1, 9], [False, True, False])
    (2.5, nan)
    """
    times, survival = kaplan_meier(durations, finished)
    reached = np.flatnonzero(survival <= 1 - share + 1e-12)
    if len(reached) == 0:
        return float("nan")
    first = reached[0]
    if abs(survival[first] - (1 - share)) < 1e-12 and first + 1 < len(times):
        return float((times[first] + times[first + 1]) / 2)
    return float(times[first])
