"""The expectation step: each person's unknowns given the parameters, and the normal curve nearest to each test."""

import numpy as np

from upskill.skills.scoring import GRID, posterior_on_grid


def first_normals(data, population_sd):
    """Return precision and precision × mean of the normal curve nearest to each test."""
    zero = np.zeros(data.tested.shape)
    return nearest_normals(data, zero, np.broadcast_to(population_sd**2, zero.shape))


def nearest_normals(data, mean, variance):
    """Return precision and precision × mean of what each test adds to a normal curve of given mean and variance."""
    flat = data.likelihood[data.tested]
    spread = np.sqrt(variance[data.tested])
    posterior = posterior_on_grid(flat, mean[data.tested], spread[:, None])
    center = posterior @ GRID
    width = np.maximum(posterior @ GRID**2 - center**2, 1e-6)
    precision, linear = np.zeros(data.tested.shape), np.zeros(data.tested.shape)
    precision[data.tested] = np.maximum(1 / width - 1 / spread**2, 1e-6)
    linear[data.tested] = center / width - mean[data.tested] / spread**2
    return precision, linear


def outside(mean, covariance, of_ability, sites):
    """Return mean and variance of each ability from all but the person's own test of that domain (its site)."""
    center = mean @ of_ability.T
    total = np.einsum("di,pij,dj->pd", of_ability, covariance, of_ability, optimize=True)
    precision = np.maximum(1 / total - sites[0], 1e-3)
    return (center / total - sites[1]) / precision, 1 / precision


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


def weighted(data, variances):
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


def expect(data, parameters, sites):
    """Return mean and covariance of the local unknowns, fixed effects being unknown too; and the maps."""
    maps = own, talk, ability = _maps(data, parameters.loadings)
    d, k = len(data.domains), len(data.domains) + 1 + data.slots
    weight, linear = weighted(data, parameters.variances)
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
