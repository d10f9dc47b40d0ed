"""Plausible values: draws of abilities for statements about groups.

Posterior means understate how much groups differ; draws whose prior knows the
group do not (Mislevy 1991, Psychometrika 56, 177-196).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills import graded
from upskill.skills.calibration import encode
from upskill.skills.estimation import log_likelihoods
from upskill.skills.evidence import assessed_waves, codes, matrix, roles_and_teams, test_answers
from upskill.skills.levels import draw_cuts, read_cuts

GRID = np.linspace(-6, 6, 49)
SWEEPS = 2  # Gibbs sweeps between two draws that are kept
WARM_UP = 60
EFFECT_PRIOR = (1.0, 0.1)  # degrees of freedom and squared size of role and team effects before any data
SPREAD_PRIOR = (2.0, 0.6)


@dataclass(frozen=True)
class PlausibleValues:
    """Draws of abilities and cuts.

    `abilities`: (wave, domain) -> persons × draws; `cuts`: domain -> (levels, draws × cuts).

    Person-level and for computing only: reports show means of groups.
    """

    abilities: dict[tuple[str, str], pd.DataFrame]
    cuts: dict[str, tuple[np.ndarray, np.ndarray]]
    waves: tuple[str, ...]

    @property
    def domains(self):
        return list(dict.fromkeys(domain for _, domain in self.abilities))


def plausible_values(program, calibration, waves=None, draws=300, seed=20261123):
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
        raise NotEnoughData(
            f"The calibration is from wave {calibration.waves[0]}, which this program does not have."
        )
    generators = np.random.default_rng(seed).spawn(len(calibration.scales) + 1)
    abilities = {}
    for generator, scale in zip(generators, calibration.scales.values()):
        abilities |= _domain_draws(program, scale, answers, chosen, draws, generator)
    cuts = {
        name: (cut.levels, draw_cuts(cut, draws, generators[-1])) for name, cut in read_cuts(program).items()
    }
    return PlausibleValues(abilities, cuts, chosen)


def _domain_draws(program, scale, answers, waves, draws, generator):
    """Draw one domain: the first wave fixes origin and unit of each draw, later waves follow."""
    free = scale.calibration.draws(draws, generator)
    result, origin, unit = {}, 0.0, 1.0
    for number, wave in enumerate(waves):
        responses = matrix(answers, wave, scale.domain, scale.items)
        if responses.empty:
            continue
        raw = _sample(
            scale.calibration, free, responses, roles_and_teams(program, responses.index), generator
        )
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
        likelihood = log_likelihoods(
            answers, graded.log_probabilities(*calibration.parameters(parameters), GRID)
        )
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
        self.generator = generator
        self.members = [np.where(member < 0, member.max(initial=-1) + 1, member) for member in memberships]
        self.sizes = [np.bincount(member[member >= 0]) for member in memberships]
        self.effects = [
            np.zeros(len(sizes) + 1) for sizes in self.sizes
        ]  # the last is of those without a group
        self.variances = [0.1] * len(memberships)
        self.sd, self.prior_mean = 1.0, np.zeros(len(memberships[0]))

    def update(self, abilities):
        rest = abilities - self.prior_mean
        rest -= self.generator.normal(rest.mean(), self.sd / np.sqrt(len(rest)))
        for place in range(len(self.members)):
            self._update_effects(place, rest)
        self.sd = np.sqrt(self._variance(rest, SPREAD_PRIOR))
        self.prior_mean = abilities - rest

    def _update_effects(self, place, rest):
        """Redraw one set of effects; `rest` (abilities less everything else) is changed in place."""
        member, sizes, effects = self.members[place], self.sizes[place], self.effects[place]
        rest += effects[member]
        total = np.bincount(member, rest, minlength=len(effects))[:-1]
        precision = sizes / self.sd**2 + 1 / self.variances[place]
        noise = self.generator.standard_normal(len(sizes)) / np.sqrt(precision)
        effects[:-1] = total / self.sd**2 / precision + noise
        self.variances[place] = self._variance(effects[:-1], EFFECT_PRIOR)
        rest -= effects[member]

    def _variance(self, values, prior):
        degrees, size = prior
        return (degrees * size + values @ values) / self.generator.chisquare(degrees + len(values))
