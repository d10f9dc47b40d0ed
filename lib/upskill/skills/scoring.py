"""Scores of persons: posterior means with standard errors, and the level that they reach."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.data.computed_once import computed_once
from upskill.skills import graded
from upskill.skills.calibration import Calibration, SlopePrior, calibrate, encode
from upskill.skills.estimation import log_likelihoods, log_sum_exp
from upskill.skills.evidence import assessed_waves, domains_of, matrix, test_answers
from upskill.skills.levels import LEVELS, level_probabilities, read_cuts

GRID = np.linspace(-7, 7, 141)
FEWEST_PERSONS = 15
FEWEST_ITEMS = 3
NARROWEST_POPULATION = 0.1
SLOPE_SPREAD = 0.4  # sd of log(slope) around the common slope before any data


@dataclass(frozen=True)
class DomainScale:
    """Item parameters of one domain, from the first wave, and the population (mean, sd) at each wave."""

    domain: str
    calibration: Calibration
    populations: dict[str, tuple[float, float]]

    @property
    def items(self):
        return list(self.calibration.items.index)


@dataclass(frozen=True)
class ProgramCalibration:
    """What a whole company tells about its test: aggregates only, nothing about single persons."""

    scales: dict[str, DomainScale]
    waves: tuple[str, ...]
    refused: dict[str, str] = field(default_factory=dict)


@computed_once
def calibrate_program(program):
    """Calibrate each domain on the first wave: ability has mean 0 and sd 1 there.

    Parameters stay fixed for later waves; only mean and sd of the population
    are estimated anew. Raises NotEnoughData where no domain can be identified.
    """
    answers = test_answers(program)
    waves = tuple(assessed_waves(program, answers))
    if not waves:
        raise NotEnoughData("No answer in test_responses belongs to a wave of the table waves.")
    scales, refused = {}, {}
    for domain in domains_of(program):
        first = matrix(answers, waves[0], domain)
        try:
            scales[domain] = _scale(domain, first, answers, waves)
        except NotEnoughData as reason:
            refused[domain] = str(reason)
    if not scales:
        raise NotEnoughData(
            "No domain can be placed on a scale. " + " ".join(f"{d}: {r}" for d, r in refused.items())
        )
    return ProgramCalibration(scales, waves, refused)


def _refuse(first):
    """Raise NotEnoughData where these answers cannot identify a scale."""
    telling = int((first.nunique() > 1).sum())
    if len(first) < FEWEST_PERSONS:
        raise NotEnoughData(f"{len(first)} people answered in the first wave; at least {FEWEST_PERSONS} are needed.")
    if telling < FEWEST_ITEMS:
        raise NotEnoughData(f"{telling} items tell people apart; at least {FEWEST_ITEMS} are needed.")


def _scale(domain, first, answers, waves):
    _refuse(first)
    calibration = _calibrated(first)
    populations = {waves[0]: (0.0, 1.0)}
    for wave in waves[1:]:
        later = matrix(answers, wave, domain, list(first.columns))
        if len(later):
            populations[wave] = estimate_population(calibration, later)
    return DomainScale(domain, calibration, populations)


def _calibrated(first):
    """Let slopes vary around their common slope, as far as the answers say so; else all items have the common one.

    A prior at a fixed slope would make small groups look less (or more)
    reliably measured than they are; see docs/methods/skills.md.
    """
    common = calibrate(first, model="1PL")
    if not common.converged:
        raise NotEnoughData("the answers do not say where its items stand (the estimation did not settle).")
    prior = SlopePrior(median=float(common.items["a"].median()), sd=SLOPE_SPREAD)
    several = (first.nunique() > 2).any()
    own = calibrate(first, model="graded" if several else "2PL", prior=prior)
    return own if own.converged else common


def likelihood_on_grid(calibration, responses, grid=GRID, free=None):
    """Return log P(answers | theta), shape (persons, points)."""
    answers, _ = encode(responses, calibration.codes)
    return log_likelihoods(answers, graded.log_probabilities(*calibration.parameters(free), grid))


def posterior_on_grid(log_likelihood, mean, sd, grid=GRID):
    """Return P(theta | answers) on the grid for a normal population, shape (persons, points)."""
    joint = log_likelihood - 0.5 * ((grid - np.asarray(mean)[..., None]) / sd) ** 2
    return np.exp(joint - log_sum_exp(joint)[:, None])


def estimate_population(calibration, responses, steps=200):
    """Return mean and sd of ability by EM, items held fixed (Mislevy 1984, Psychometrika 49, 359-381)."""
    log_likelihood = likelihood_on_grid(calibration, responses)
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    mean, sd = 0.0, 1.0
    for _ in range(steps):
        prior = np.exp(-0.5 * ((GRID - mean) / sd) ** 2)
        total, first, second = (likelihood @ (prior * GRID**power) for power in range(3))
        center = float((first / total).mean())
        spread = max(float(np.sqrt((second / total).mean() - center**2)), NARROWEST_POPULATION)
        moved = abs(center - mean) + abs(spread - sd)
        mean, sd = center, spread
        if moved < 1e-6:
            break
    return mean, sd


def score_tests(program, answers, wave, calibration):
    """Score everybody tested in a wave from the tests alone, domain by domain; columns as `assess_skills`."""
    cuts = read_cuts(program)
    parts = [
        _assess_domain(scale, matrix(answers, wave, domain, scale.items), wave, cuts.get(domain))
        for domain, scale in calibration.scales.items()
    ]
    return pd.concat(parts, ignore_index=True)


def chosen_wave(program, answers, wave=None):
    """Return the wave asked for, or the latest; raises ValueError for one without answers."""
    present = assessed_waves(program, answers)
    if not present:
        raise NotEnoughData("No answer in test_responses belongs to a wave of the table waves.")
    if wave is not None and wave not in present:
        raise ValueError(
            f"wave {wave!r} has no test answers; waves with answers: {', '.join(map(str, present))}"
        )
    return present[-1] if wave is None else wave


def only_asked(calibration, answers, wave):
    """Return the calibration without domains of whose items the wave asked none; `refused` says so.

    Raises NotEnoughData where no domain is left: nothing ties the wave to the scale.
    """
    asked = set(answers.loc[answers["wave"] == wave, "item_id"])
    lost = {name for name, scale in calibration.scales.items() if asked.isdisjoint(scale.items)}
    if len(lost) == len(calibration.scales):
        raise NotEnoughData(f"Wave “{wave}” asked no item of wave “{calibration.waves[0]}”, so nothing ties it to the scale.")
    why = f"none of its items of wave “{calibration.waves[0]}” was asked in wave “{wave}”."
    return replace(calibration, scales={name: scale for name, scale in calibration.scales.items() if name not in lost},
                   refused=calibration.refused | dict.fromkeys(sorted(lost), why))


def population(scale, wave, responses):
    """Return mean and sd of ability; a wave that the calibration has not seen gets its own."""
    return scale.populations.get(wave) or (
        estimate_population(scale.calibration, responses) if len(responses) else (0.0, 1.0)
    )


def _assess_domain(scale, responses, wave, cuts):
    mean, sd = population(scale, wave, responses)
    likelihood = likelihood_on_grid(scale.calibration, responses)
    posterior = posterior_on_grid(likelihood, np.full(len(likelihood), mean), sd)
    return score_table(responses.index, "domain", scale.domain, posterior, cuts, "test")


def score_table(persons, scale, scale_id, posterior, cuts, sources):
    """Return rows in the form of `assess_skills` from posteriors on the grid, persons × points."""
    mean = posterior @ GRID
    chances = (
        np.full((len(mean), len(LEVELS)), np.nan)
        if cuts is None
        else level_probabilities(posterior, GRID, cuts)
    )
    level = pd.array([pd.NA] * len(mean) if cuts is None else chances.argmax(axis=1), dtype="Int64")
    return pd.DataFrame(
        {
            "person_id": persons,
            "scale": scale,
            "scale_id": scale_id,
            "score": mean,
            "standard_error": np.sqrt(np.maximum(posterior @ GRID**2 - mean**2, 0)),
            "level": level,
            **{f"probability_{l}": chances[:, l] for l in LEVELS},
            "sources": sources,
        }
    )
