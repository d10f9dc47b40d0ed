"""Tasks that were drawn and not done: how many, and how far they could move the effect."""

from dataclasses import dataclass

import numpy as np

from upskill.kpi.cluster_robust import clustered_fit

EXTREME = 0.05
ARM = 1


@dataclass(frozen=True)
class Bounds:
    """The effect cannot be told more closely than `lowest` to `highest` (relative changes); `low`, `high`: with chance added."""

    lowest: float
    highest: float
    low: float
    high: float


def attrition(frame):
    """Return (tasks drawn, share unfinished, share withheld), each as (treatment, control)."""
    arms = [frame[frame["treated"]], frame[~frame["treated"]]]
    shares = [tuple(float((arm["status"] == status).mean()) if len(arm) else 0.0 for arm in arms)
              for status in ("unfinished", "withheld")]
    return tuple(len(arm) for arm in arms), *shares


def bound_effects(tasks, level=0.90, errors="CR2"):
    """Bound the effect on those tasks that would be done in either arm, or None where both arms lost the same share.

    The arm that kept more is trimmed to the share of the other, once of its slowest and
    once of its fastest tasks (given their forecast), and the effect fitted again (Lee
    2009, Review of Economic Studies 76). Holds if being drawn moves whether a task is
    done in one direction only. The interval adds chance at each end; the trimmed share
    itself is taken as known.
    """
    frame = tasks.frame
    kept = frame["log_minutes"].notna().groupby(frame["treated"]).mean()
    if np.isclose(kept[True], kept[False]):
        return None
    more = bool(kept[True] > kept[False])
    design, outcome, persons = tasks.design
    in_arm = design[:, ARM] == more
    number = round((1 - kept.min() / kept.max()) * in_arm.sum())
    if number == 0 or number >= in_arm.sum() - 1:
        return None
    others = np.delete(design, ARM, axis=1)[in_arm]
    residuals = outcome[in_arm] - others @ np.linalg.lstsq(others, outcome[in_arm], rcond=None)[0]
    places = np.flatnonzero(in_arm)[np.argsort(residuals, kind="stable")]
    fits = [_without(design, outcome, persons, cut, errors) for cut in (places[-number:], places[:number])]
    # Without its slowest tasks the trimmed arm looks fast: the lowest effect if it is the treatment.
    return _bounds(fits if more else fits[::-1], level)


def _without(design, outcome, persons, cut, errors):
    left = np.setdiff1d(np.arange(len(outcome)), cut)
    left_design = design[left]
    # A column can become constant once rows are gone; the arm and the constant stay.
    varies = [place for place in range(design.shape[1]) if place <= ARM or np.ptp(left_design[:, place]) > 0]
    return clustered_fit(left_design[:, varies], outcome[left], persons[left], ARM, errors)


def with_extremes(tasks, level=0.90, errors="CR2", extreme=EXTREME):
    """Bound the effect over all tasks drawn, had those not done been extreme, or None where nothing is missing.

    Each missing task gets its forecast time multiplied by the `extreme` or 1 − `extreme`
    quantile of what finished tasks took against their forecast: fast in one arm and slow in
    the other, both ways (Horowitz and Manski 2000, Journal of the American Statistical
    Association 95, with the ends of the range read off the finished tasks).
    """
    frame, done = tasks.frame, tasks.done
    missing = frame["log_minutes"].isna()
    if not missing.any():
        return None
    forecast = frame["log_forecast"].fillna(done["log_forecast"].mean()) if tasks.with_forecast else 0.0 * frame["treated"]
    slope = np.polyfit(forecast[done.index], done["log_minutes"], 1) if tasks.with_forecast else (
        np.array([0.0, done["log_minutes"].mean()]))
    expected = np.polyval(slope, forecast)
    fast, slow = np.quantile(done["log_minutes"] - expected[done.index], [extreme, 1 - extreme])
    treated = frame["treated"].to_numpy()
    columns = [np.ones(len(frame)), treated.astype(float)]
    columns += [(forecast - forecast.mean()).to_numpy()] if tasks.with_forecast else []
    fits = []
    for of_treated, of_control in ((fast, slow), (slow, fast)):
        filled = np.where(missing, expected + np.where(treated, of_treated, of_control), frame["log_minutes"])
        fits.append(clustered_fit(np.column_stack(columns), filled, frame["person_id"].to_numpy(), ARM, errors))
    return _bounds(fits, level)


def _bounds(fits, level):
    """Return the Bounds of two fits: the lowest and the highest effect."""
    lowest, highest = fits
    ends = np.expm1([lowest.estimate, highest.estimate, lowest.interval(level)[0], highest.interval(level)[1]])
    return Bounds(*(float(end) for end in ends))
