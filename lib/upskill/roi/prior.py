"""What published studies lead a further company to expect, and what its own pilot makes of it.

Effects are log productivity ratios y inside; what is shown and what the money
model takes is the share of time saved, 1 - exp(-y).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import beta

from upskill.data import Assumption
from upskill.roi.appraisal import Estimate
from upskill.roi.mixture import NormalMixture, equal_parts
from upskill.roi.studies import NO_TRIAL, TRUSTED_TIERS, pool_evidence

TRAINING_SHARE = (2.0, 3.0)
"""Beta parameters of the part of the tools' effect that training adds: assumed, nine in ten between 10 and 75 %."""
VAGUE_WEIGHT, VAGUE_SPREAD = 0.1, 0.4
VAGUE_MEAN = VAGUE_SPREAD**2 / 2
"""Assumed: once in ten the studies tell nothing here, and the effect is anywhere; the mean is such that then the
expected time is what it was before, with two effects in three between a saving of 38 % and a loss of 38 %."""
TRANSPORT_SPREAD = 0.10
"""How far the pilot's teams may differ in truth from the company, in log units: assumed."""
SHARE_PARTS = 24
TABLE = np.concatenate([[0.001, 0.0025, 0.005], np.arange(1, 100) / 100, [0.995, 0.9975, 0.999]])


@dataclass(frozen=True)
class Meeting:
    """What was believed before the pilot, what the pilot says, and what is believed after it.

    `before`, `after`: mixtures of log productivity ratios. `pilot_effect`,
    `pilot_error`: of the pilot, its distance from the company included.
    `weight_before`, `weight_after`: how far the published studies are trusted
    against "anything may be", 0 to 1. `conflict`: two-sided probability of
    a pilot at least as far off, had the studies been right.
    """

    before: NormalMixture
    after: NormalMixture
    pilot_effect: float
    pilot_error: float
    weight_before: float
    weight_after: float
    conflict: float
    level: float

    @property
    def pilot_distribution(self):
        return NormalMixture.of(1.0, self.pilot_effect, self.pilot_error)

    @property
    def prior(self):
        """Return the median saving expected before, with its interval."""
        return saving_estimate(self.before, self.level)

    @property
    def pilot(self):
        """Return the saving that the pilot alone suggests for the company, with its interval."""
        return saving_estimate(self.pilot_distribution, self.level)

    @property
    def posterior(self):
        """Return the median saving expected after, with its interval."""
        return saving_estimate(self.after, self.level)

    def table(self):
        """Return what, value, low and high of the saving: studies, pilot, both."""
        rows = [(what, *estimate[:3]) for what, estimate in
                (("published studies", self.prior), ("your pilot", self.pilot), ("both together", self.posterior))]
        return pd.DataFrame(rows, columns=["what", "value", "low", "high"])

    def series(self, savings):
        """Return the densities over savings (shares of time below 1): saving, prior, pilot, posterior."""
        savings = np.asarray(savings, dtype=float)
        effects, slope = -np.log1p(-savings), 1 / (1 - savings)
        return pd.DataFrame({"saving": savings, "prior": self.before.density(effects) * slope,
                             "pilot": self.pilot_distribution.density(effects) * slope,
                             "posterior": self.after.density(effects) * slope})

    def assumption(self, name="training_time_saving"):
        """Return what is believed after the pilot as an input of the money model."""
        return saving_assumption(self.after, name, "your pilot, weighed with published studies")


def tool_effect(evidence, scale="task_time", tiers=TRUSTED_TIERS):
    """Return what the tools do in a further company, as a mixture of log productivity ratios."""
    return pool_evidence(evidence, "tool", scale, tiers).predictive


def training_effect(evidence, scale="task_time", tiers=TRUSTED_TIERS, share=TRAINING_SHARE):
    """Return what training adds in a further company, as a mixture of log productivity ratios.

    Nobody has measured it (studies.NO_TRIAL). It is taken as a share of what
    the tools do, Beta(share), so that training adds where tools help and loses
    where they hurt; the spread of places and the share are both integrated over.
    """
    tools = tool_effect(evidence, scale, tiers)
    shares = beta.ppf(equal_parts(SHARE_PARTS), *share)
    return NormalMixture.of(np.tile(tools.weights, SHARE_PARTS), np.outer(shares, tools.means).ravel(),
                            np.outer(shares, tools.standard_deviations).ravel())


def robust(informed, vague_weight=VAGUE_WEIGHT, vague_mean=VAGUE_MEAN, vague_spread=VAGUE_SPREAD):
    """Return a belief that can be wrong: the informed one, and with some weight "anything may be".

    Schmidli, Gsteiger, Roychoudhury, O'Hagan, Spiegelhalter and Neuenschwander
    (2014), Biometrics 70(4). vague_weight: from 0 to 1.
    """
    if not 0 <= vague_weight < 1:
        raise ValueError(f"vague_weight is {vague_weight}; expected a share from 0 to below 1")
    return informed if vague_weight == 0 else informed.with_part(vague_weight, vague_mean, vague_spread)


def meet(informed, pilot_effect, pilot_standard_error, transport_spread=TRANSPORT_SPREAD, vague_weight=VAGUE_WEIGHT,
         vague_mean=VAGUE_MEAN, vague_spread=VAGUE_SPREAD, level=0.90):
    """Let a pilot meet what published studies lead to expect.

    informed: a NormalMixture, as from training_effect. pilot_effect and
    pilot_standard_error: log productivity ratio (see pilot_log_ratio).
    transport_spread: standard deviation of what sets the pilot's teams apart from
    the company; 0 where the teams were drawn by lot from all. Each part of the
    mixture is updated by itself and weighs as much as it foresaw the pilot, so
    that a pilot that contradicts the studies takes weight from them: the
    answer widens instead of averaging the conflict away. Raises ValueError
    for a standard error that is not above zero.

    >>> studies = NormalMixture.of([1.0], [0.10], [0.05])
    >>> calm, odd = (meet(studies, effect, 0.05, 0.0) for effect in (0.12, 0.60))
    >>> calm.weight_after > 0.9, odd.weight_after < 0.1
    (True, True)
    """
    if not (np.isfinite([pilot_effect, pilot_standard_error, transport_spread]).all() and pilot_standard_error > 0
            and transport_spread >= 0):
        raise ValueError(f"a pilot of {pilot_effect} ± {pilot_standard_error}, transport {transport_spread}: expected "
                         "finite numbers, the standard error above 0, the transport at least 0")
    error = float(np.hypot(pilot_standard_error, transport_spread))
    before = robust(informed, vague_weight, vague_mean, vague_spread)
    after = before.updated(pilot_effect, error)
    below = float(informed.widened(error).cumulative(pilot_effect))
    return Meeting(before, after, float(pilot_effect), error, 1.0 - vague_weight,
                   float(after.weights[:len(informed.weights)].sum()), 2 * min(below, 1 - below), level)


def pilot_log_ratio(relative, low, high, level=0.90):
    """Return (log productivity ratio, standard error) of a pilot's change in time with its interval.

    relative, low, high: treated time over control time, less 1, as from
    kpi.pilot_effect; -0.10 is 10 % less time. Raises ValueError where these are
    not in order or not above -1.

    >>> effect, error = pilot_log_ratio(-0.10, -0.19, 0.0)
    >>> round(effect, 4), round(error, 4)
    (0.1054, 0.0641)
    """
    if not -1 < low <= relative <= high < np.inf or low == high:
        raise ValueError(f"a change of {relative} from {low} to {high}; expected three numbers in order, above -1")
    width = np.log1p(high) - np.log1p(low)
    return float(-np.log1p(relative)), float(width / (2 * ndtri((1 + level) / 2)))


def meet_result(evidence, result, level=0.90):
    """Let the result of a pilot of training meet what published studies lead to expect.

    evidence: as from data.read_evidence. result: a data.PilotResult; where its
    teams were drawn by lot from the whole company, nothing sets them apart.
    """
    effect, error = pilot_log_ratio(result.change_in_time, result.low, result.high, result.level)
    transport = 0.0 if result.same_company else TRANSPORT_SPREAD
    return meet(training_effect(evidence), effect, error, transport, level=level)


def time_saving(log_ratio):
    """Return the share of time that a log productivity ratio saves, 1 - exp(-y)."""
    return -np.expm1(-np.asarray(log_ratio, dtype=float))


def saving_estimate(effects, level=0.90):
    """Return the median saving of a mixture of log productivity ratios, with its interval."""
    middle, low, high = time_saving(effects.quantile([0.5, (1 - level) / 2, (1 + level) / 2]))
    return Estimate(float(middle), float(low), float(high))


def saving_assumption(effects, name, source):
    """Return a mixture of log productivity ratios as an input of the money model, in shares of time saved."""
    values = tuple(float(value) for value in time_saving(effects.quantile(TABLE)))
    return Assumption(name, "tabulated", {"probabilities": tuple(TABLE.tolist()), "values": values},
                      unit="share of exposed time", source=source, minimum=-1.0, maximum=1.0)


def tool_prior(evidence, name="tool_time_saving"):
    """Return the saving by the tools alone in a further company as an input of the money model."""
    return saving_assumption(tool_effect(evidence), name, "Pooled from the published studies, for a further company")


def training_prior(evidence, name="training_time_saving"):
    """Return the saving that training adds in a further company as an input of the money model."""
    effects = robust(training_effect(evidence))
    return saving_assumption(effects, name, f"Assumed: a share of what the tools do. {NO_TRIAL}")
