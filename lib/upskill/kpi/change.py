"""How much a KPI moved: since against before, as a ratio with an honest interval, and a verdict from it."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from upskill.kpi.autoregression import Estimate, contrast, fit_levels
from upskill.kpi.events import with_outcomes
from upskill.kpi.survival import quantile_given_event

FEWEST_TEAMS = 3
FEWEST_PERIODS = 6
FEWEST_EVENTS = 5
MARGIN = 0.10
VERDICTS = ("improved", "worsened", "no relevant change", "cannot tell")


@dataclass(frozen=True)
class Change:
    """Movement of one KPI.

    `before`, `since`: levels in the KPI's unit; `relative`, `low`, `high`: since ÷
    before − 1 with its interval (NaN where it cannot be computed, then `reason` says
    why); `since_low`, `since_high`: interval of the level since; `method`: how the
    interval was made; `teams`: teams behind it; `autocorrelation`: of the one series,
    NaN for several teams.
    """

    before: float
    since: float
    relative: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    level: float = 0.90
    since_low: float = float("nan")
    since_high: float = float("nan")
    verdict: str = "cannot tell"
    reason: str = ""
    method: str = ""
    teams: int = 1
    autocorrelation: float = float("nan")


def judge(low, high, better, margin=MARGIN):
    """Say which of the four verdicts an interval of a relative change supports.

    `low`, `high`: relative change (-0.2 = 20 % lower); `better`: "lower" or "higher";
    `margin`: smallest relative change worth acting on, fixed beforehand and the same
    both ways on the ratio scale, 1/(1+margin) to 1+margin.

    >>> judge(-0.21, -0.04, "lower"), judge(-0.21, 0.04, "lower"), judge(-0.03, 0.05, "higher")
    ('improved', 'cannot tell', 'no relevant change')
    """
    if np.isnan(low) or np.isnan(high):
        return "cannot tell"
    if 1 / (1 + margin) - 1 <= low and high <= margin:
        return "no relevant change"
    if low > 0 or high < 0:
        return "improved" if (low > 0) == (better == "higher") else "worsened"
    return "cannot tell"


def _change(before, since, estimate, better, margin, **details):
    """Make a Change from an estimate of the log-ratio."""
    relative, low, high = np.expm1([estimate.value, estimate.low, estimate.high])
    return Change(before, since, float(relative), float(low), float(high),
                  verdict=judge(low, high, better, margin), **details)


def collapsed_change(differences, level=0.90):
    """Average one log-ratio per team; interval from Student's t with (teams - 1) degrees of freedom.

    `differences`: one per team, log(since ÷ before). Collapsing each team to one number
    makes autocorrelation within teams harmless (Bertrand, Duflo and Mullainathan 2004,
    Quarterly Journal of Economics 119). Shocks common to all teams are not in it.
    """
    differences = np.asarray(differences, dtype=float)
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    reach = student.ppf(0.5 + level / 2, len(differences) - 1) * error
    center = float(differences.mean())
    return Estimate(center, center - reach, center + reach)


def team_medians(events, starts):
    """Compute each team's median before and since its start, in hours: of what gets finished, the open ones counted.

    `events`: team, at, ended, hours. `starts`: Monday by team. Teams with fewer than
    five endings on a side (changes of one release end together), or a median that is
    not reached, are left out.
    """
    events = with_outcomes(events[events["team"].isin(list(starts))])
    since = events["at"] >= pd.to_datetime(events["team"].map(starts))
    rows = []
    for team, group in events.groupby("team"):
        sides = [group[~since[group.index]], group[since[group.index]]]
        if min(side["ended"].nunique() for side in sides) >= FEWEST_EVENTS:
            rows.append((team, *(quantile_given_event(side["hours"], side["outcome"])[0] for side in sides)))
    medians = pd.DataFrame(rows, columns=["team", "before", "since"]).set_index("team").dropna()
    return medians[(medians > 0).all(axis=1)]


def _only(count, noun):
    return f"only {count} {noun} has" if count == 1 else f"only {count} {noun}s have" if count else f"no {noun} has"


def teams_duration_change(events, starts, better="lower", margin=MARGIN, level=0.90):
    """Compare durations since and before over several teams: average team, geometric mean of team medians."""
    medians = team_medians(events, starts)
    if len(medians) < FEWEST_TEAMS:
        return Change(float("nan"), float("nan"), level=level, teams=len(medians),
                      reason=f"{_only(len(medians), 'team')} {FEWEST_EVENTS} or more on each side")
    logs = np.log(medians)
    before, since = np.exp(logs.mean())
    estimate = collapsed_change(logs["since"] - logs["before"], level)
    return _change(before, since, estimate, better, margin, level=level, teams=len(medians),
                   method="one change per team, Student's t over teams")


def _sums(weekly, starts):
    """Sum numerator and denominator per team, before and since: arrays (teams, 2), and the teams."""
    weekly = weekly[weekly["team"].isin(list(starts))]
    since = weekly["week"] >= pd.to_datetime(weekly["team"].map(starts))
    sums = weekly.groupby(["team", since.rename("since")])[["numerator", "denominator"]].sum().unstack()
    sums = sums.reindex(columns=pd.MultiIndex.from_product([["numerator", "denominator"], [False, True]])).dropna()
    sums = sums[(sums["denominator"] > 0).all(axis=1)]
    return sums["numerator"].to_numpy(), sums["denominator"].to_numpy()


def _too_few_events(events):
    for count, side in zip(events, ("before", "since"), strict=True):
        if count < FEWEST_EVENTS:
            return f"only {count:.0f} counted {side}; at least {FEWEST_EVENTS} are needed"
    return ""


def teams_ratio_change(weekly, starts, better, margin=MARGIN, level=0.90):
    """Compare a rate or share since and before over several teams: all teams together, interval over teams.

    The log of the ratio of pooled rates, with the jackknife over teams (each left out
    once; Efron and Stein 1981, Annals of Statistics 9) and Student's t with
    (teams - 1) degrees of freedom.
    """
    counts, bases = _sums(weekly, starts)
    before, since = counts.sum(axis=0) / bases.sum(axis=0) if len(counts) else (float("nan"),) * 2
    reason = "" if len(counts) >= FEWEST_TEAMS else f"only {len(counts)} teams were observed before and since"
    reason = reason or _too_few_events(counts.sum(axis=0) - counts.max(axis=0))
    if reason:
        return Change(before, since, level=level, teams=len(counts), reason=reason)
    others = np.log((counts.sum(axis=0) - counts) / (bases.sum(axis=0) - bases))
    left_out = others[:, 1] - others[:, 0]
    teams = len(left_out)
    error = np.sqrt((teams - 1) / teams * ((left_out - left_out.mean()) ** 2).sum())
    center, reach = np.log(since / before), student.ppf(0.5 + level / 2, teams - 1) * error
    return _change(before, since, Estimate(center, center - reach, center + reach), better, margin, level=level,
                   teams=teams, method="all teams together, jackknife and Student's t over teams")


def _too_few_periods(since):
    counts = (~since).sum(), since.sum()
    if min(counts) >= FEWEST_PERIODS:
        return ""
    found = (f"only {counts[0]} period{'' if counts[0] == 1 else 's'} before and {counts[1]} since" if max(counts) else
             "no period could be judged")
    return f"{found}; at least {FEWEST_PERIODS} each are needed"


def series_duration_change(series, start, better="lower", margin=MARGIN, level=0.90):
    """Compare one series of medians since and before `start`: log scale, AR(1) noise.

    `series`: as `duration_series` gives; only its settled periods ("ok") count. Levels
    are geometric means of the period medians, weighted alike.
    """
    positions = np.arange(len(series))
    good = ((series["quality"] == "ok") & (series["value"] > 0)).to_numpy()
    values, since = np.log(series.loc[good, "value"]), (series.loc[good, "period"] >= start).to_numpy()
    levels = [float(np.exp(values[side].mean())) if side.any() else float("nan") for side in (~since, since)]
    if _too_few_periods(since):
        return Change(*levels, level=level, reason=_too_few_periods(since))
    fit = fit_levels(values, since, positions[good])
    return _change(*levels, contrast(fit, level=level), better, margin, level=level,
                   autocorrelation=fit.autocorrelation, method="one series, autocorrelation allowed for (REML)")


def with_enough_endings(change, events, start):
    """Take the change back where one series rests on fewer than five endings on a side.

    Changes that end together, as those of one release do, are one piece of evidence:
    two releases a year cannot show that the wait for a release moved.
    """
    since = events["at"] >= start
    before, after = (events.loc[side, "ended"].nunique() for side in (~since, since))
    if change.reason or min(before, after) >= FEWEST_EVENTS:
        return change
    unknown = float("nan")
    return replace(change, relative=unknown, low=unknown, high=unknown, verdict="cannot tell",
                   reason=f"they ended at only {before} moments before and {after} since; "
                          f"at least {FEWEST_EVENTS} each are needed")


def series_ratio_change(weekly, start, better, margin=MARGIN, level=0.90):
    """Compare one rate or share since and before `start`: weekly values weighted by their base, AR(1) noise.

    `weekly`: week, numerator, denominator (summed over teams). Weights follow the
    variance of a count with overdispersion: base ÷ rate of the phase.
    """
    weekly = weekly.groupby("week", as_index=False)[["numerator", "denominator"]].sum()
    positions = ((weekly["week"] - weekly["week"].min()) // pd.Timedelta(weeks=1)).to_numpy()
    good = (weekly["denominator"] > 0).to_numpy()
    used, since = weekly[good], (weekly.loc[good, "week"] >= start).to_numpy()
    counts, bases = (np.array([used.loc[side, name].sum() for side in (~since, since)])
                     for name in ("numerator", "denominator"))
    rates = counts / np.where(bases > 0, bases, np.nan)
    reason = _too_few_periods(since) or _too_few_events(counts)
    if reason:
        return Change(*rates.tolist(), level=level, reason=reason)
    weights = used["denominator"].to_numpy() / rates[since.astype(int)]
    fit = fit_levels(used["numerator"] / used["denominator"], since, positions[good], weights)
    estimate = contrast(fit, logarithm=True, level=level)
    return _change(*rates.tolist(), estimate, better, margin, level=level,
                   autocorrelation=fit.autocorrelation, method="one series, autocorrelation allowed for (REML)")


def level_interval(values, weights=None, is_logarithm=False, level=0.90):
    """Give the interval of the level of one series, as factors to multiply the level with.

    `values`: one-dimensional, logarithms where `is_logarithm`; `weights`: base of each
    value. Returns (low, high) factors, never below 0; (NaN, NaN) below three values
    or at a level of zero.
    """
    values = np.asarray(values, dtype=float)
    if len(values) < 3 or (not is_logarithm and values.sum() <= 0):
        return float("nan"), float("nan")
    estimate = contrast(fit_levels(values, np.ones(len(values), dtype=bool), weights=weights), level=level)
    if is_logarithm:
        return float(np.exp(estimate.low - estimate.value)), float(np.exp(estimate.high - estimate.value))
    return max(estimate.low / estimate.value, 0.0), estimate.high / estimate.value


def with_level_interval(change, series, is_duration, level=0.90):
    """Add the interval of the level since: its noise from period to period in the series shown."""
    used = series[(series["quality"] == "ok") & ((series["value"] > 0) | (not is_duration))]
    if is_duration:
        low, high = level_interval(np.log(used["value"]), is_logarithm=True, level=level)
    else:
        low, high = level_interval(used["value"], used["denominator"], level=level)
    return replace(change, since_low=change.since * low, since_high=change.since * high)
