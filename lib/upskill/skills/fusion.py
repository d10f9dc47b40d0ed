"""Tests, interviews and self-ratings in one model, fitted by expectation and maximization.

For person p, domain d, competency c, rater r (ratings standardized):

    theta_p        ~ normal(mean of the role, Sigma)                     ability, domains correlated
    P(answers)       as the calibration has it                           test
    y_pcr = a_d + l (theta_pd) - severity_r + h_pr + delta_pc + e        interview
    s_pc  = b_d + k (theta_pd) + u_p + e                                 self-rating

The halo h_pr is shared by all that one rater says of one person, the shift u_p
by all that a person says of themselves, delta_pc by all raters of one competency:
none of them can be averaged away by asking more of the same.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.skills.fusion_expect import expect, first_normals, nearest_normals, outside
from upskill.skills.fusion_maximize import Parameters, maximize, starting_point
from upskill.skills.source_sums import Data

STEPS = 60
TOLERANCE = 1e-3  # change of any parameter between two steps, in standardized units
MANY = 600  # persons from which on the first steps run on a part of them
FEWEST_WITH_BOTH = 60  # persons with a test and another source; below, its loading rests on the prior
LEAST_FOR_COMPETENCIES = 0.2  # loading of interviews below which they say nothing of single competencies


@dataclass(frozen=True)
class Fusion:
    """The fitted model: `mean`, `covariance` of each person's local unknowns, `maps` from these to what is observed."""

    data: Data
    parameters: Parameters
    sites: tuple[np.ndarray, np.ndarray]
    mean: np.ndarray
    covariance: np.ndarray
    maps: tuple
    fixed: np.ndarray
    fixed_covariance: np.ndarray
    converged: bool

    def outside(self):
        """Return mean and variance of each ability from all but the person's own test of that domain."""
        return outside(self.mean, self.covariance, self.maps[2], self.sites)


def fit(data, population_sd):
    """Fit the model; `population_sd`: sd of ability by domain, from the tests alone, where the prior starts.

    Of a large company the first steps see part of the people, the last ones all.
    """
    start = starting_point(population_sd)
    sites = first_normals(data, population_sd)
    if len(data.persons) > MANY:
        rows = np.linspace(0, len(data.persons) - 1, MANY // 2).round().astype(int)
        few = _steps(data.part(rows), start, tuple(part[rows] for part in sites), population_sd, STEPS)
        return _steps(data, few.parameters, sites, population_sd, 6)
    return _steps(data, start, sites, population_sd, STEPS)


def _steps(data, parameters, sites, population_sd, most):
    converged = False
    for _ in range(most):
        found = expect(data, parameters, sites)
        sites = nearest_normals(data, *outside(found[0], found[1], found[2][2], sites))
        new = maximize(data, parameters, found, population_sd)
        converged = np.abs(new.vector() - parameters.vector()).max() < TOLERANCE
        parameters = new
        if converged:
            break
    mean, covariance, maps, fixed, fixed_covariance = expect(data, parameters, sites)
    return Fusion(data, parameters, sites, mean, covariance, maps, fixed, fixed_covariance, bool(converged))


def in_domain(fusion, number, persons):
    """Return mean and variance of the ability of persons in one domain, in the normal approximation."""
    row = fusion.maps[2][number]
    variance = np.einsum("i,pij,j->p", row, fusion.covariance[persons], row, optimize=True)
    return fusion.mean[persons] @ row, variance


def deviations(fusion):
    """Return how far each person's competency lies from the domain, in units of ability, one row per `data.groups`.

    Columns: deviation (posterior mean of delta / loading), variance, with_ability (covariance with the domain).
    """
    data, (_, talk, ability), groups = fusion.data, fusion.maps, fusion.data.groups
    noise, own = fusion.parameters.variances["interview"], fusion.parameters.variances["competency"]
    loading, person = fusion.parameters.loadings["interview"], groups["person"].to_numpy()
    left = 1 / (1 / own + groups["size"].to_numpy() / noise)
    pull = left / noise
    seen = data.group_axes @ talk
    spread = np.einsum("gij,gj->gi", fusion.covariance[person], seen, optimize=True)
    return pd.DataFrame({
        "deviation": pull * (groups["sum"].to_numpy() - (seen * fusion.mean[person]).sum(axis=1)) / loading,
        "variance": (left + pull**2 * (spread * seen).sum(axis=1)) / loading**2,
        "with_ability": -pull * (spread * ability[groups["domain"].to_numpy()]).sum(axis=1) / loading}, groups.index)
