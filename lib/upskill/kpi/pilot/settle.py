"""What it would take to tell: more weeks, or more teams, from the noise of the time before the start."""

from dataclasses import dataclass

import numpy as np

from upskill.data.schema import NotEnoughData
from upskill.kpi.power import minimum_detectable_effect

POWER = 0.8
MOST_TEAMS, MOST_PERIODS = 400, 260


@dataclass(frozen=True)
class Settle:
    """`detectable`: smallest effect (relative change, or points) that this pilot finds with 80 % power; `more_weeks`, `more_teams`:

    beyond those there are, to find the smallest relevant change; None where no number
    below four hundred teams or five years of periods suffices; 0 where it suffices already. `sd`,
    `autocorrelation`: of one team and period, on the scale of the analysis; `periods`: behind them.
    """

    detectable: float
    more_weeks: int | None
    more_teams: int | None
    sd: float
    autocorrelation: float
    periods: int


def noise_of(outcome):
    """Return (standard deviation, lag-one autocorrelation, periods) of a team's own path before the first start of all.

    Team and period means are taken out; the autocorrelation is corrected for that
    (−(1 + ρ)/(T − 1) on average). Raises NotEnoughData with fewer than four periods or three teams.
    """
    early = outcome.frame[outcome.frame["period"] < outcome.frame["start"].min()]
    wide = early.pivot(index="team", columns="period", values="outcome")
    wide = wide.loc[wide.notna().mean(axis=1) > 0.5]
    if wide.shape[0] < 3 or wide.shape[1] < 4:
        raise NotEnoughData("too few periods or teams before the first start to know the noise")
    gaps = wide.sub(wide.mean(axis=1), axis=0)
    gaps = (gaps - gaps.mean()).to_numpy()
    known = np.isfinite(gaps)
    teams, periods = gaps.shape
    variance = np.nansum(gaps**2) / max(known.sum() * (1 - 1 / teams) * (1 - 1 / periods), 1)
    pairs = gaps[:, 1:] * gaps[:, :-1]
    own = np.nanmean(pairs) / (np.nanmean(gaps**2) or 1.0)
    corrected = np.clip(own + (1 + own) / (periods - 1), 0.0, 0.9)
    return float(np.sqrt(variance)), float(corrected), periods


def what_would_settle(finding, level=0.90):
    """Return the Settle of a finding, None where the noise before the start is not known."""
    if finding.outcome is None:
        return None
    outcome = finding.outcome
    try:
        sd, rho, periods = noise_of(outcome)
    except NotEnoughData:
        return None
    frame = outcome.frame
    starts = frame.groupby("team")["start"].first()
    treated, controls = int(starts.notna().sum()), int(starts.isna().sum())
    controls = max(controls, 1) if treated + controls > 2 else controls
    if min(treated, controls) < 1 or treated + controls < 3:
        return None
    before = frame.loc[frame["period"] < starts.min(), "period"].nunique()
    after = frame.loc[frame["period"] >= starts.min(), "period"].nunique()
    wanted = np.log1p(finding.margin) if outcome.is_log else finding.margin

    def smallest(treated, controls, after):
        return minimum_detectable_effect(treated, controls, before, after, sd, rho, POWER, level)

    now = smallest(treated, controls, after)
    weeks = next((extra for extra in range(MOST_PERIODS) if smallest(treated, controls, after + extra) <= wanted), None)
    teams = next((extra for extra in range(0, MOST_TEAMS, 2)
                  if smallest(treated + extra // 2, controls + extra // 2, after) <= wanted), None)
    return Settle(float(np.expm1(now)) if outcome.is_log else float(now),
                  None if weeks is None else weeks * outcome.length, teams, sd, rho, periods)
