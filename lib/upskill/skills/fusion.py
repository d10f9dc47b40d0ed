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

from upskill.skills.scoring import GRID, posterior_on_grid
from upskill.skills.source_sums import Data

STEPS = 60
TOLERANCE = 1e-3  # change of any parameter between two steps, in standardized units
MANY = 600  # persons from which on the first steps run on a part of them
FEWEST_WITH_BOTH = 60  # persons with a test and another source; below, its loading rests on the prior
LOADING_PRIORS = {"interview": (0.65, 0.25), "self": (0.30, 0.15)}  # mean, sd, for standardized ratings
LEAST_LOADING = 0.02  # a source that runs against the tests is worth nothing; it is not turned around
LEAST_FOR_COMPETENCIES = 0.2  # loading of interviews below which they say nothing of single competencies
# Variance before any data, in standardized units (ability has sd 1), and how many observations it is worth.
VARIANCE_PRIORS = {"halo": (0.15, 10), "competency": (0.10, 10), "interview": (0.30, 10), "severity": (0.05, 4),
                   "person_shift": (0.25, 10), "self": (0.60, 10), "role": (0.10, 6)}
CORRELATION_PRIOR = (0.5, 12)  # of two domains within a role, and persons that this is worth


@dataclass(frozen=True)
class Parameters:
    """What the sources are worth; variances and loadings of standardized ratings."""

    covariance: np.ndarray
    loadings: dict[str, float]
    variances: dict[str, float]

    def vector(self):
        return np.concatenate([self.covariance.ravel(), [*self.loadings.values(), *self.variances.values()]])


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
        return _outside(self.mean, self.covariance, self.maps[2], self.sites)


def fit(data, population_sd):
    """Fit the model; `population_sd`: sd of ability by domain, from the tests alone, where the prior starts.

    Of a large company the first steps see part of the people, the last ones all.
    """
    start = _start(population_sd)
    sites = _first_sites(data, population_sd)
    if len(data.persons) > MANY:
        rows = np.linspace(0, len(data.persons) - 1, MANY // 2).round().astype(int)
        few = _steps(data.part(rows), start, tuple(part[rows] for part in sites), population_sd, STEPS)
        return _steps(data, few.parameters, sites, population_sd, 6)
    return _steps(data, start, sites, population_sd, STEPS)


def _start(population_sd):
    correlation = np.full((len(population_sd),) * 2, CORRELATION_PRIOR[0])
    np.fill_diagonal(correlation, 1)
    return Parameters(correlation * np.outer(population_sd, population_sd),
                      {name: prior[0] for name, prior in LOADING_PRIORS.items()},
                      {name: prior[0] for name, prior in VARIANCE_PRIORS.items()})


def _first_sites(data, population_sd):
    """Return precision and precision × mean of the normal curve nearest to each test."""
    zero = np.zeros(data.tested.shape)
    return _sites(data, zero, np.broadcast_to(population_sd**2, zero.shape))


def _sites(data, mean, variance):
    flat = data.likelihood[data.tested]
    spread = np.sqrt(variance[data.tested])
    posterior = posterior_on_grid(flat, mean[data.tested], spread[:, None])
    center = posterior @ GRID
    width = np.maximum(posterior @ GRID**2 - center**2, 1e-6)
    precision, linear = np.zeros(data.tested.shape), np.zeros(data.tested.shape)
    precision[data.tested] = np.maximum(1 / width - 1 / spread**2, 1e-6)
    linear[data.tested] = center / width - mean[data.tested] / spread**2
    return precision, linear


def _outside(mean, covariance, of_ability, sites):
    center = mean @ of_ability.T
    total = np.einsum("di,pij,dj->pd", of_ability, covariance, of_ability, optimize=True)
    precision = np.maximum(1 / total - sites[0], 1e-3)
    return (center / total - sites[1]) / precision, 1 / precision


def _steps(data, parameters, sites, population_sd, most):
    converged = False
    for _ in range(most):
        found = _expect(data, parameters, sites)
        sites = _sites(data, *_outside(found[0], found[1], found[2][2], sites))
        new = _maximize(data, parameters, found, population_sd)
        converged = np.abs(new.vector() - parameters.vector()).max() < TOLERANCE
        parameters = new
        if converged:
            break
    mean, covariance, maps, fixed, fixed_covariance = _expect(data, parameters, sites)
    return Fusion(data, parameters, sites, mean, covariance, maps, fixed, fixed_covariance, bool(converged))


def _maps(data, loadings):
    """Return matrices from local unknowns to what self-ratings, interviews and tests see.

    Local unknowns: ability less its mean (domains), u, halo (slots), then the
    fixed effects b (domains), a (domains), severity (slots), mean of the role (domains).
    """
    d, s = len(data.domains), data.slots
    size, one = d + 1 + s + 3 * d + s, np.eye(d)
    start = d + 1 + s
    ability = np.zeros((d, size))
    ability[:, :d], ability[:, start + 2 * d + s:] = one, one
    own, talk = np.zeros((d + 1, size)), np.zeros((d + s, size))
    own[:d] = loadings["self"] * ability
    own[:d, start:start + d] = one
    own[d, d] = 1
    talk[:d] = loadings["interview"] * ability
    talk[:d, start + d:start + 2 * d] = one
    talk[d:, d + 1:start] = np.eye(s)
    talk[d:, start + 2 * d:start + 2 * d + s] = -np.eye(s)
    return own, talk, ability


def _weighted(data, variances):
    """Return the sums of interview ratings, weighted by the inverse of the covariance of their errors."""
    noise, own = variances["interview"], variances["competency"]
    width = len(data.domains) + data.slots
    total, linear = np.zeros((len(data.persons), width, width)), np.zeros((len(data.persons), width))
    for m, (one, two, y_one, y_two, *_) in data.interview.items():
        less = own / (noise * (noise + m * own))
        total += one / noise - less * two
        linear += y_one / noise - less * y_two
    return total, linear


def _where_fixed(data):
    """Return the place of each local fixed effect among all (persons, 3 × domains + slots); -1 = none."""
    n, d, r = len(data.persons), len(data.domains), len(data.rater_names)
    shifts = np.broadcast_to(np.arange(2 * d), (n, 2 * d))
    raters = np.where(data.raters >= 0, 2 * d + data.raters, -1)
    roles = 2 * d + r + data.role[:, None] * d + np.arange(d)
    return np.hstack([shifts, raters, roles]), 2 * d + r + data.roles * d


def _prior_of_fixed(data, variances):
    """Return the precision of shifts (nearly flat), severities, and means of roles around a free mean of each domain."""
    d, r, k = len(data.domains), len(data.rater_names), data.roles
    spread = (np.eye(k) - 1 / k) / variances["role"] + 1e-4 / k
    result = np.zeros((2 * d + r + k * d,) * 2)
    result[:2 * d, :2 * d] = np.eye(2 * d)
    result[2 * d:2 * d + r, 2 * d:2 * d + r] = np.eye(r) / variances["severity"]
    result[2 * d + r:, 2 * d + r:] = np.kron(spread, np.eye(d))
    return result


def _expect(data, parameters, sites):
    """Return mean and covariance of the local unknowns, fixed effects being unknown too; and the maps."""
    maps = own, talk, ability = _maps(data, parameters.loadings)
    d, k = len(data.domains), len(data.domains) + 1 + data.slots
    weight, linear = _weighted(data, parameters.variances)
    noise = parameters.variances["self"]
    information = own.T @ (data.self_sums[0] / noise) @ own + talk.T @ weight @ talk
    information += np.einsum("di,pd,dj->pij", ability, sites[0], ability, optimize=True)
    gradient = data.self_sums[1] / noise @ own + linear @ talk + sites[1] @ ability
    prior = np.zeros((k, k))
    prior[:d, :d] = np.linalg.inv(parameters.covariance)
    prior[d, d] = 1 / parameters.variances["person_shift"]
    prior[d + 1:, d + 1:] = np.eye(data.slots) / parameters.variances["halo"]
    inner = np.linalg.inv(information[:, :k, :k] + prior)
    cross = information[:, :k, k:]
    carried = inner @ cross
    schur = information[:, k:, k:] - cross.swapaxes(1, 2) @ carried
    residual = gradient[:, k:] - np.einsum("pif,pi->pf", carried, gradient[:, :k])
    place, size = _where_fixed(data)
    known = place >= 0
    pair = known[:, :, None] & known[:, None, :]
    flat = (place[:, :, None] * size + place[:, None, :])[pair]
    total = np.bincount(flat, schur[pair], size * size).reshape(size, size) + _prior_of_fixed(data, parameters.variances)
    fixed_covariance = np.linalg.inv(total)
    fixed = fixed_covariance @ np.bincount(place[known], residual[known], size)
    local = np.where(known, fixed[place], 0.0)
    spread = np.where(pair, fixed_covariance[place[:, :, None], place[:, None, :]], 0.0)
    mean = np.hstack([np.einsum("pij,pj->pi", inner, gradient[:, :k]) - np.einsum("pif,pf->pi", carried, local), local])
    covariance = np.empty((len(mean), mean.shape[1], mean.shape[1]))
    both = -carried @ spread
    covariance[:, :k, :k] = inner - both @ carried.swapaxes(1, 2)
    covariance[:, :k, k:], covariance[:, k:, :k] = both, both.swapaxes(1, 2)
    covariance[:, k:, k:] = spread
    return mean, covariance, maps, fixed, fixed_covariance


def _maximize(data, parameters, found, population_sd):
    """Return the parameters that fit the expected unknowns best, under their priors."""
    mean, covariance, (own, talk, ability), fixed, fixed_covariance = found
    moments = covariance + mean[:, :, None] * mean[:, None, :]
    d, s, n, worth = len(data.domains), data.slots, len(data.persons), CORRELATION_PRIOR[1]
    prior = _start(population_sd).covariance
    sigma = (moments[:, :d, :d].sum(axis=0) + worth * prior) / (n + worth)
    diagonal = np.diagonal(moments, axis1=1, axis2=2)
    here, rated = data.raters >= 0, data.self_sums[3] > 0
    variances = {
        "halo": _variance("halo", diagonal[:, d + 1:d + 1 + s][here].sum(), here.sum()),
        **_interview_variances(data, parameters.variances, mean, moments, talk),
        "severity": _of_raters(data, fixed, fixed_covariance),
        "person_shift": _variance("person_shift", diagonal[rated, d].sum(), rated.sum()),
        "self": _self_variance(data, mean, moments, own), "role": _of_roles(data, fixed, fixed_covariance)}
    weight, linear = _weighted(data, parameters.variances)
    noise = parameters.variances["self"]
    talking = _loading("interview", weight, linear, talk, ability, parameters.loadings, mean, moments)
    selfish = _loading("self", data.self_sums[0] / noise, data.self_sums[1] / noise, own, ability,
                       parameters.loadings, mean, moments)
    return Parameters(sigma, {"interview": talking, "self": selfish}, variances)


def _variance(name, squares, count):
    size, worth = VARIANCE_PRIORS[name]
    return float((squares + worth * size) / (count + worth))


def _loading(name, weight, linear, sees, ability, loadings, mean, moments):
    """Return the loading given the rest, by weighted regression on expected moments."""
    bare = np.zeros_like(sees)
    bare[:len(ability)] = ability
    rest = sees - loadings[name] * bare
    center, sd = LOADING_PRIORS[name]
    top = np.einsum("pi,ij,pj->", linear, bare, mean, optimize=True)
    top -= np.einsum("pij,jk,pkl,il->", weight, rest, moments, bare, optimize=True)
    bottom = np.einsum("pij,jk,pkl,il->", weight, bare, moments, bare, optimize=True)
    return max(float((top + center / sd**2) / (bottom + 1 / sd**2)), LEAST_LOADING)


def _seen(sees, mean, moments):
    return mean @ sees.T, sees @ moments @ sees.T


def _self_variance(data, mean, moments, own):
    one, linear, squares, count = data.self_sums
    center, second = _seen(own, mean, moments)
    total = squares.sum() - 2 * (center * linear).sum() + (one * second).sum()
    return _variance("self", total, count.sum())


def _interview_variances(data, variances, mean, moments, talk):
    """Return the variances of single ratings and of what raters of one competency share."""
    center, second = _seen(talk, mean, moments)
    noise, own = variances["interview"], variances["competency"]
    single, shared, count, groups = 0.0, 0.0, 0, 0
    for m, (one, two, y_one, y_two, squares, of_sums, size) in data.interview.items():
        number = size.sum()
        total = squares.sum() - 2 * (center * y_one).sum() + (one * second).sum()
        between = of_sums.sum() - 2 * (center * y_two).sum() + (two * second).sum()
        left = 1 / (1 / own + m / noise)
        pull = left / noise
        square = number * left + pull**2 * between
        single += total - 2 * pull * between + m * square
        shared += square
        count, groups = count + m * number, groups + number
    return {"competency": _variance("competency", shared, groups), "interview": _variance("interview", single, count)}


def _of_raters(data, fixed, covariance):
    d, r = len(data.domains), len(data.rater_names)
    rows = slice(2 * d, 2 * d + r)
    return _variance("severity", (fixed[rows] ** 2 + np.diag(covariance)[rows]).sum(), r)


def _of_roles(data, fixed, covariance):
    d, k, start = len(data.domains), data.roles, 2 * len(data.domains) + len(data.rater_names)
    apart = np.kron(np.eye(k) - 1 / k, np.eye(d))
    second = covariance[start:, start:] + np.outer(fixed[start:], fixed[start:])
    return _variance("role", np.trace(apart @ second), d * (k - 1))


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
