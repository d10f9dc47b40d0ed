"""Plausible values: draws of abilities for statements about groups.

Posterior means understate how much groups differ; draws whose prior knows the
group do not (Mislevy 1991, Psychometrika 56, 177-196).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills import graded
from upskill.skills.calibration import encode, log_likelihoods
from upskill.skills.evidence import assessed_waves, codes, matrix, roles_and_teams, test_answers
from upskill.skills.levels import draw_cuts, read_cuts

GRID = np.linspace(-6, 6, 61)
SWEEPS = 3  # Gibbs sweeps between two draws that are kept
WARM_UP = 60
EFFECT_PRIOR = (1.0, 0.1)  # degrees of freedom and squared size of role and team effects before any data
SPREAD_PRIOR = (2.0, 0.6)


@dataclass(frozen=True)
class PlausibleValues:
    """Draws of abilities and cuts. `abilities`: (wave, domain) -> persons × draws; `cuts`: domain -> (levels, draws × cuts).

    Person-level and for computing only: reports show means of groups.
    """

    abilities: dict[tuple[str, str], pd.DataFrame]
    cuts: dict[str, tuple[np.ndarray, np.ndarray]]
    waves: tuple[str, ...]

    @property
    def domains(self):
        return list(dict.fromkeys(domain for _, domain in self.abilities))


def plausible_values(program, calibration, waves=None, draws=200, seed=20261123):
    """Draw abilities of everybody assessed, in the first wave and in `waves` (default: also the latest).

    Each draw has its own item parameters (normal approximation), cuts
    (normal, from their standard error) and group effects:

    theta_i = mean + role effect + team effect + e_i, effects and e_i normal
    with variances of their own, drawn by Gibbs sampling on a grid of ability.

    After each draw the scale is set so that those assessed first have mean 0
    and sd 1, which is what defines it. The values of one draw belong together
    across waves. Use the whole company here, also for a report on one team.
    """
    answers = test_answers(program)
    present = assessed_waves(program, answers)
    chosen = tuple(dict.fromkeys([present[0], *(waves or present[-1:])]))
    if calibration.waves[0] != present[0]:
        raise NotEnoughData(f"The calibration is from wave {calibration.waves[0]}, which this program does not have.")
    generators = np.random.default_rng(seed).spawn(len(calibration.scales) + 1)
    abilities = {}
    for generator, scale in zip(generators, calibration.scales.values()):
        abilities |= _domain_draws(program, scale, answers, chosen, draws, generator)
    cuts = {name: (cut.levels, draw_cuts(cut, draws, generators[-1])) for name, cut in read_cuts(program).items()}
    return PlausibleValues(abilities, cuts, chosen)


def _domain_draws(program, scale, answers, waves, draws, generator):
    """Draw one domain: the first wave fixes origin and unit of each draw, later waves follow."""
    free = scale.calibration.draws(draws, generator)
    result, origin, unit = {}, 0.0, 1.0
    for number, wave in enumerate(waves):
        responses = matrix(answers, wave, scale.domain, scale.items)
        if responses.empty:
            continue
        raw = _sample(scale.calibration, free, responses, roles_and_teams(program, responses.index), generator)
        if number == 0:
            origin, unit = raw.mean(axis=0), raw.std(axis=0)
        result[wave, scale.domain] = pd.DataFrame((raw - origin) / unit, index=responses.index)
    return result


def _sample(calibration, free, responses, groups, generator):
    """Run the Gibbs sampler, one kept draw per row of `free`; returns persons × draws."""
    answers, _ = encode(responses, calibration.codes)
    state = _Groups([codes(groups[name])[0] for name in ("role", "team")], generator)
    kept = np.empty((len(answers), len(free)))
    for number, parameters in enumerate(free):
        likelihood = log_likelihoods(answers, graded.log_probabilities(*calibration.parameters(parameters), GRID))
        for _ in range(SWEEPS if number else WARM_UP):
            abilities = draw_on_grid(likelihood, state.prior_mean, state.sd, generator)
            state.update(abilities)
        kept[:, number] = abilities
    return kept


def draw_on_grid(log_likelihood, mean, sd, generator):
    """Draw one ability per person from likelihood × normal prior, by inversion on the grid."""
    joint = log_likelihood - 0.5 * ((GRID - mean[:, None]) / sd) ** 2
    total = np.exp(joint - joint.max(axis=1, keepdims=True)).cumsum(axis=1)
    place = (total < generator.random((len(mean), 1)) * total[:, -1:]).sum(axis=1)
    return GRID[place] + (generator.random(len(mean)) - 0.5) * (GRID[1] - GRID[0])


class _Groups:
    """Mean, group effects and spread of ability, redrawn given abilities (a normal random-effects model)."""

    def __init__(self, memberships, generator):
        self.memberships, self.generator = memberships, generator
        self.effects = [np.zeros(member.max(initial=-1) + 2) for member in memberships]  # last: no group
        self.variances = [0.1] * len(memberships)
        self.mean, self.sd = 0.0, 1.0

    @property
    def prior_mean(self):
        return self.mean + sum(effect[member] for effect, member in zip(self.effects, self.memberships))

    def update(self, abilities):
        rest = abilities - self.prior_mean + self.mean
        self.mean = self.generator.normal(rest.mean(), self.sd / np.sqrt(len(rest)))
        for place, member in enumerate(self.memberships):
            self._update_effects(place, member, abilities - self.prior_mean + self.effects[place][member])
        self.sd = np.sqrt(self._variance(abilities - self.prior_mean, SPREAD_PRIOR))

    def _update_effects(self, place, member, rest):
        groups = len(self.effects[place]) - 1
        known = member >= 0
        count = np.bincount(member[known], minlength=groups)
        total = np.bincount(member[known], rest[known], minlength=groups)
        precision = count / self.sd**2 + 1 / self.variances[place]
        drawn = self.generator.normal(total / self.sd**2 / precision, 1 / np.sqrt(precision))
        self.effects[place][:groups] = drawn
        self.variances[place] = self._variance(drawn, EFFECT_PRIOR)

    def _variance(self, values, prior):
        degrees, size = prior
        return (degrees * size + np.sum(values**2)) / self.generator.chisquare(degrees + len(values))
