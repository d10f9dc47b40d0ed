"""Lead times of which some are not over yet, or ended otherwise: Kaplan-Meier and Aalen-Johansen quantiles."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

OPEN, DONE, ABANDONED = 0, 1, 2


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

@dataclass(frozen=True)
class Incidence:
    """Share of all changes that ended in one way within each time.

    `times`: every distinct time of an ending of any kind, ascending (hours);
    `share`: cumulative incidence F(t), 0 to 1; `standard_error`; `low`, `high`: ends of
    its pointwise interval; `known`: share of all whose ending, of whatever kind, is
    known at the last time (1 − S).
    """

    times: np.ndarray
    share: np.ndarray
    standard_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    known: float


def cumulative_incidence(durations, outcomes, event=DONE, level=0.90):
    """Estimate the share that ended in one way within each time, where others ended in another way or not yet.

    `durations`: hours since the opening, one per change; `outcomes`: 0 = still open
    (its duration is only a lower bound), 1 = merged, 2 = closed without merging; more
    codes are more ways to end. A change that was closed can never be merged, so it is
    no longer at risk, and counts in the denominator: leaving it out, or treating it as
    still open, makes merging look likelier than it is. Rows with a missing duration are
    left out. F(t) = Σ S(tⱼ₋₁)·dⱼ/nⱼ (Aalen and Johansen 1978, Scandinavian Journal of
    Statistics 5); variance by the delta method (Marubini and Valsecchi 1995, ch. 10),
    interval on the complementary log-log scale. Raises ValueError for lengths that
    differ or an `event` of 0.

    >>> found = cumulative_incidence([1, 2, 3, 4], [1, 2, 1, 0])
    >>> found.times.tolist(), found.share.tolist()
    ([1.0, 2.0, 3.0], [0.25, 0.25, 0.5])
    """
    curve = _incidence_curve(durations, outcomes, event)
    error = _incidence_error(curve.share, curve.before, curve.ended, curve.of_event, curve.at_risk)
    return Incidence(curve.times, curve.share, error, *_log_log_ends(curve.share, error, level), curve.known)


class _Curve(NamedTuple):
    times: np.ndarray
    share: np.ndarray
    before: np.ndarray
    ended: np.ndarray
    of_event: np.ndarray
    at_risk: np.ndarray
    known: float


def _incidence_curve(durations, outcomes, event):
    """The estimate itself and the counts behind it, without its error."""
    durations, outcomes = np.asarray(durations, dtype=float), np.asarray(outcomes)
    if durations.shape != outcomes.shape or event == OPEN:
        raise ValueError("durations and outcomes need one entry per change, and event must be a way to end (not 0)")
    kept = ~np.isnan(durations)
    durations, outcomes = durations[kept], outcomes[kept]
    times, places = np.unique(durations[outcomes != OPEN], return_inverse=True)
    ended = np.bincount(places, minlength=len(times)).astype(float)
    of_event = np.bincount(places, weights=outcomes[outcomes != OPEN] == event, minlength=len(times))
    at_risk = (len(durations) - np.searchsorted(np.sort(durations), times, side="left")).astype(float)
    survival = np.cumprod(1 - ended / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    known = float(1 - survival[-1]) if len(times) else 0.0
    return _Curve(times, np.cumsum(before * of_event / at_risk), before, ended, of_event, at_risk, known)


def _incidence_error(share, before, ended, of_event, at_risk):
    """Standard error of F(t): sums over the endings up to t, written as running sums so that it takes linear time."""
    left = at_risk - ended
    hazard_variance = np.divide(ended, at_risk * left, out=np.zeros_like(share), where=left > 0)
    cross = before * of_event / at_risk**2
    own = np.cumsum(before**2 * of_event * (at_risk - of_event) / at_risk**3)
    sums = [np.cumsum(hazard_variance * share**power) for power in range(3)]
    variance = (share**2 * sums[0] - 2 * share * sums[1] + sums[2] + own
                - 2 * (share * np.cumsum(cross) - np.cumsum(cross * share)))
    return np.sqrt(np.maximum(variance, 0.0))


def _log_log_ends(share, error, level):
    """Ends of the interval of a share, which stay between 0 and 1; the share itself where it is 0 or 1."""
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    spread = np.clip(norm.ppf(0.5 + level / 2) * error / (safe * np.log(safe)), -50, 50)
    low, high = safe ** np.exp(-spread), safe ** np.exp(spread)
    return np.where(inside, low, share), np.where(inside, high, share)


def incidence_quantile(durations, outcomes, share=0.5, event=DONE, level=0.90):
    """Give the time within which `share` of all changes ended in one way, as (value, low, high).

    Of all that were opened, those closed without merging included. The interval is
    where the pointwise interval of the cumulative incidence meets `share` (Brookmeyer
    and Crowley 1982, Biometrics 38). NaN for what is not reached: too few are known to
    have ended so, or too many ended otherwise.

    >>> incidence_quantile([1, 2, 3, 4, 5], [1, 2, 1, 1, 0])[0], incidence_quantile([1, 2], [2, 1], 0.9)[0]
    (4.0, nan)
    """
    found = cumulative_incidence(durations, outcomes, event, level)
    return tuple(_first_reached(found.times, curve, share) for curve in (found.share, found.high, found.low))


def quantile_given_event(durations, outcomes, share=0.5, event=DONE, level=0.90):
    """Give the time within which `share` of those changes that ever end in one way have done so, as (value, low, high).

    The median time to merge of what gets merged. Which of the open ones will be merged
    is not known; they are taken to be merged as often as those whose end is known, so
    that F(t) is held against share · F(τ)/(1 − S(τ)), with τ the last ending. Without
    open changes it is the plain quantile of the merged ones; without other ways to end
    it is `censored_quantile`. The interval is that of `incidence_quantile` at the same
    height; it takes the eventual share as known. NaN where too few are known to have
    ended.

    >>> quantile_given_event([1, 2, 3, 4], [1, 2, 1, 1])[0], quantile_given_event([5, 1, 9], [0, 1, 0])[0]
    (3.0, nan)
    """
    found = cumulative_incidence(durations, outcomes, event, level)
    if not len(found.times) or found.share[-1] == 0:
        return (float("nan"),) * 3
    height = share * found.share[-1] / found.known
    return tuple(_first_reached(found.times, curve, height) for curve in (found.share, found.high, found.low))


def value_given_event(durations, outcomes, share=0.5, event=DONE):
    """Give the value of `quantile_given_event` without its interval, which costs most of the time.

    >>> value_given_event([1, 2, 3, 4], [1, 2, 1, 1])
    3.0
    """
    curve = _incidence_curve(durations, outcomes, event)
    if not len(curve.times) or curve.share[-1] == 0:
        return float("nan")
    return _first_reached(curve.times, curve.share, share * curve.share[-1] / curve.known)


def _first_reached(times, curve, height):
    """Time at which a rising curve reaches a height; the midpoint of a step that lies exactly there; NaN if never."""
    reached = np.flatnonzero(curve >= height - 1e-12)
    if len(reached) == 0:
        return float("nan")
    first = reached[0]
    later = np.flatnonzero(curve > height + 1e-12)
    if abs(curve[first] - height) < 1e-12 and len(later):
        return float((times[first] + times[later[0]]) / 2)
    return float(times[first])
