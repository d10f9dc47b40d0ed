"""What one KPI says of the pilot: effect against comparison teams, its margin, its verdict."""

from dataclasses import dataclass, field, replace

import numpy as np

from upskill.data.schema import NotEnoughData
from upskill.kpi.change import judge
from upskill.kpi.definitions import variants
from upskill.kpi.multiplicity import moved_beyond_chance
from upskill.kpi.pilot.outcome import Outcome, team_outcome
from upskill.kpi.rollout import rollout_effect

# A guardrail needs an interval, not a measured false-alarm rate nor every possible assignment.
FEW_DRAWS = 999
SAFE, NOT_SHOWN, HARMED = "safe", "not shown safe", "worse"


@dataclass(frozen=True)
class Finding:
    """Effect of the training on one KPI.

    `value`, `low`, `high`: relative change (log scale) or change in points (shares),
    NaN where it cannot be had (then `reason` says why); `margin`: smallest change that
    counts, on the same scale; `verdict`: improved, worsened, no relevant change, cannot
    tell; `safety`: safe (a worsening beyond the margin is ruled out), not shown safe or
    worse; `effect`: the RolloutEffect behind it; `may_be_chance`: worse alone, but no more than chance makes of that many guardrails.
    """

    name: str
    title: str
    better: str
    scale: str
    margin: float
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    p_value: float = float("nan")
    reason: str = ""
    effect: object = field(default=None, compare=False, repr=False)
    outcome: Outcome | None = field(default=None, compare=False, repr=False)
    may_be_chance: bool = False

    @property
    def known(self):
        return bool(np.isfinite([self.low, self.high]).all())

    @property
    def verdict(self):
        if not self.known:
            return "cannot tell"
        if self.scale == "log":
            return judge(self.low, self.high, self.better, self.margin)
        if -self.margin <= self.low and self.high <= self.margin:
            return "no relevant change"
        if self.low > 0 or self.high < 0:
            return "improved" if (self.low > 0) == (self.better == "higher") else "worsened"
        return "cannot tell"

    @property
    def safety(self):
        """Say whether a worsening beyond the margin is ruled out."""
        if not self.known:
            return NOT_SHOWN
        worst = self.high if self.better == "lower" else -self.low
        limit = self.margin if self.better == "lower" or self.scale != "log" else 1 - 1 / (1 + self.margin)
        best = self.low if self.better == "lower" else -self.high
        return SAFE if worst <= limit else HARMED if best > 0 and not self.may_be_chance else NOT_SHOWN

    @property
    def unit(self):
        """Unit of the effect for facts and text."""
        return "percent change" if self.scale == "log" else "points"


def find(program, name, starts, margin, assignment=None, registered=False, level=0.90, seed=0, alarm_draws=0,
         only=""):
    """Return the Finding on one KPI; where it cannot be computed, with the reason.

    `only`: one team against those that had not started, with what others did before their own start.
    """
    try:
        outcome = team_outcome(program, name, starts)
    except KeyError:
        return Finding(name, name.replace("_", " "), "lower", "log", margin, reason="no report measures this KPI by team")
    except NotEnoughData as error:
        return _unknown(name, margin, str(error))
    outcome = replace(outcome, frame=one_team(outcome.frame, only)) if only else outcome
    details = (name, outcome.definition.title, outcome.definition.better, outcome.scale, margin)
    try:
        effect = rollout_effect(outcome.frame.dropna(subset="outcome"), "outcome", "team", "period", "start", level=level,
                                assignment=assignment, registered=registered, seed=seed + 1, false_alarm_draws=alarm_draws,
                                draws=None if alarm_draws else FEW_DRAWS)
    except NotEnoughData as error:
        return Finding(*details, reason=str(error), outcome=outcome)
    found = effect.overall
    ends = np.array([found["value"], found["low"], found["high"]], dtype=float)
    value, low, high = np.expm1(ends) if outcome.is_log else ends
    if not np.isfinite([low, high]).all():
        return Finding(*details, value=float(value), reason=effect.why[-1], effect=effect, outcome=outcome)
    return Finding(*details, float(value), float(low), float(high), float(found["p_value"]), effect=effect, outcome=outcome)


def together(guardrails, level=0.90):
    """Return the Findings of guardrails with harm said only where it is more than chance makes of that many."""
    looks_worse = [one.known and (one.low if one.better == "lower" else -one.high) > 0 for one in guardrails]
    tails = [(one.p_value if np.isfinite(one.p_value) else 1 - level) / 2 if worse else 1.0
             for one, worse in zip(guardrails, looks_worse, strict=True)]
    shown = moved_beyond_chance(tails, level)
    return tuple(replace(one, may_be_chance=bool(worse and not sure)) for one, worse, sure in zip(guardrails, looks_worse, shown))


def _unknown(name, margin, reason):
    """Return the Finding of a KPI that cannot be computed."""
    try:
        definition = variants(name)[0]
    except KeyError:
        return Finding(name, name.replace("_", " "), "lower", "log", margin, reason=reason)
    return Finding(name, definition.title, definition.better or "lower", "points" if definition.kind == "share" else "log", margin,
                   reason=reason)


def one_team(frame, team):
    """Return a frame in which only this team starts: others count until they start themselves."""
    own = frame["team"] == team
    kept = frame[own | ~(frame["period"] >= frame["start"])]
    return kept.assign(start=kept["start"].where(own)).reset_index(drop=True)
