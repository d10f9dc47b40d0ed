"""Plausible values: draws of abilities for statements about groups.

Posterior means understate how much groups differ; draws whose prior knows the
group do not (Mislevy 1991, Psychometrika 56, 177-196).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.data.computed_once import computed_once
from upskill.skills import graded
from upskill.skills.calibration import encode
from upskill.skills.estimation import indicators
from upskill.skills.evidence import assessed_waves, codes, matrix, roles_and_teams, test_answers
from upskill.skills.levels import draw_cuts, read_cuts

GRID = np.linspace(-6, 6, 49)
SWEEPS = 4  # Gibbs sweeps between two draws that are kept
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


@computed_once
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
    generator = np.random.default_rng(seed)
    blocks = _blocks(program, calibration, answers, chosen, draws, generator)
    raw = _sample(blocks, draws, generator)
    cuts = {name: (cut.levels, draw_cuts(cut, draws, generator)) for name, cut in read_cuts(program).items()}
    return PlausibleValues(_on_scale(blocks, raw, chosen[0]), cuts, chosen)


@dataclass(frozen=True)
class _Block:
    """The answers of one wave and domain; `curves`: log P(answer | theta).

    `answered`: (items × K) × persons, 0 or 1; `curves`: draws × points × (items × K).
   """

    wave: str
    domain: str
    persons: pd.Index
    groups: pd.DataFrame
    answered: np.ndarray
    curves: np.ndarray


def _blocks(program, calibration, answers, waves, draws, generator):
    """Return the blocks that have answers; all waves of a domain share its draws of item parameters."""
    blocks = []
    for scale in calibration.scales.values():
        curves = _curves(scale.calibration, scale.calibration.draws(draws, generator))
        for wave in waves:
            responses = matrix(answers, wave, scale.domain, scale.items)
            if len(responses):
                blocks.append(_block(program, scale, wave, responses, curves))
    return blocks


def _block(program, scale, wave, responses, curves):
    answers, _ = encode(responses, scale.calibration.codes)
    answered = indicators(answers, scale.calibration.layout.shape[1]).T.astype("float32")
    groups = roles_and_teams(program, responses.index)
    return _Block(wave, scale.domain, responses.index, groups, answered, curves)


def _curves(calibration, free):
    """Return log P(answer | theta) for each draw, as one long test whose items are those of all draws."""
    slopes, intercepts = zip(*map(calibration.parameters, free))
    curves = graded.log_probabilities(np.concatenate(slopes), np.concatenate(intercepts), GRID)
    by_draw = curves.astype("float32").reshape(len(free), -1, len(GRID), curves.shape[2]).swapaxes(1, 2)
    return by_draw.reshape(len(free), len(GRID), -1)


def _on_scale(blocks, raw, first_wave):
    """Return abilities by wave and domain, with mean 0 and sd 1 in the first wave of each draw."""
    ends = np.cumsum([len(block.persons) for block in blocks])
    parts = dict(zip([(block.wave, block.domain) for block in blocks], np.split(raw, ends[:-1]), strict=True))
    result = {}
    for block in blocks:
        first = parts[first_wave, block.domain]
        values = (parts[block.wave, block.domain] - first.mean(axis=0)) / first.std(axis=0)
        result[block.wave, block.domain] = pd.DataFrame(values, index=block.persons)
    return result


def _sample(blocks, draws, generator):
    """Run one Gibbs sampler over all blocks side by side; returns rows (persons of all blocks) × draws."""
    state = _Groups([block.groups for block in blocks], generator)
    kept = np.empty((len(state.block), draws))
    for number in range(draws):
        likelihood = np.hstack([block.curves[number] @ block.answered for block in blocks])
        for _ in range(SWEEPS if number else WARM_UP):
            abilities = draw_on_grid(likelihood, state.prior_mean, state.sd[state.block], generator)
            state.update(abilities)
        kept[:, number] = abilities
    return kept


def draw_on_grid(log_likelihood, mean, sd, generator):
    """Draw one ability per column from likelihood × normal prior, by inversion on the grid.

    `log_likelihood`: points × rows in single precision, which is ample for a draw.
    """
    joint = GRID[:, None].astype("float32") - mean.astype("float32")
    joint /= sd.astype("float32")
    joint *= joint
    joint *= -0.5
    joint += log_likelihood
    joint -= joint.max(axis=0)
    total = np.cumsum(np.exp(joint, out=joint), axis=0, out=joint)
    place = (total < generator.random(len(mean), "float32") * total[-1]).sum(axis=0)
    return GRID[place] + (generator.random(len(mean)) - 0.5) * (GRID[1] - GRID[0])


class _Groups:
    """Mean, group effects and spread of ability, redrawn given abilities (a normal random-effects model).

    Every block has a model of its own; they stand side by side in one long
    vector of rows, so that one call draws for all. Group numbers run on from
    block to block; rows without a group share the last, whose effect is 0.
    """

    def __init__(self, tables, generator):
        self.generator = generator
        self.size = np.array([len(table) for table in tables])
        self.block = np.repeat(np.arange(len(tables)), self.size)
        self.factors = [_Factor([codes(table[name])[0] for table in tables]) for name in ("role", "team")]
        self.sd, self.prior_mean = np.ones(len(tables)), np.zeros(len(self.block))

    def update(self, abilities):
        rest = abilities - self.prior_mean
        mean = np.bincount(self.block, rest) / self.size
        rest -= self.generator.normal(mean, self.sd / np.sqrt(self.size))[self.block]
        for factor in self.factors:
            rest += factor.effects[factor.member]
            factor.update(rest, self.sd, self.generator)
            rest -= factor.effects[factor.member]
        squares = np.bincount(self.block, rest**2)
        self.sd = np.sqrt(_variance(squares, self.size, SPREAD_PRIOR, self.generator))
        self.prior_mean = abilities - rest


class _Factor:
    """The effects of the roles, or of the teams, of all blocks."""

    def __init__(self, memberships):
        counts = np.array([member.max(initial=-1) + 1 for member in memberships])
        starts = np.cumsum(counts) - counts
        self.count, self.block = counts, np.repeat(np.arange(len(counts)), counts)
        self.member = np.concatenate(
            [np.where(member < 0, counts.sum(), member + start) for member, start in zip(memberships, starts)]
        )
        self.sizes = np.bincount(self.member, minlength=counts.sum() + 1)[:-1]
        self.effects, self.variances = np.zeros(counts.sum() + 1), np.full(len(counts), 0.1)

    def update(self, rest, sd, generator):
        """Redraw the effects and their variances; `rest` is ability less everything but these effects."""
        total = np.bincount(self.member, rest, minlength=len(self.effects))[:-1]
        noise = sd[self.block] ** 2
        precision = self.sizes / noise + 1 / self.variances[self.block]
        self.effects[:-1] = total / noise / precision + generator.standard_normal(len(total)) / np.sqrt(precision)
        squares = np.bincount(self.block, self.effects[:-1] ** 2, minlength=len(self.count))
        self.variances = _variance(squares, self.count, EFFECT_PRIOR, generator)


def _variance(squares, count, prior, generator):
    """Draw a variance given a sum of squares of `count` values (scaled inverse chi-squared)."""
    degrees, size = prior
    return (degrees * size + squares) / generator.chisquare(degrees + count)
