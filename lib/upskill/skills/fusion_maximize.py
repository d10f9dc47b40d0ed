"""The maximization step: what sources are worth, given what is expected of each person, under weak priors."""

from dataclasses import dataclass

import numpy as np

from upskill.skills.fusion_expect import weighted

LOADING_PRIORS = {"interview": (0.65, 0.25), "self": (0.30, 0.15)}  # mean, sd, for standardized ratings
LEAST_LOADING = 0.02  # a source that runs against the tests is worth nothing; it is not turned around
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


def starting_point(population_sd):
    """Return the parameters before any data; `population_sd`: sd of ability by domain."""
    correlation = np.full((len(population_sd),) * 2, CORRELATION_PRIOR[0])
    np.fill_diagonal(correlation, 1)
    return Parameters(correlation * np.outer(population_sd, population_sd),
                      {name: prior[0] for name, prior in LOADING_PRIORS.items()},
                      {name: prior[0] for name, prior in VARIANCE_PRIORS.items()})


def maximize(data, parameters, found, population_sd):
    """Return the parameters that fit the expected unknowns best, under their priors."""
    mean, covariance, (own, talk, ability), fixed, fixed_covariance = found
    moments = covariance + mean[:, :, None] * mean[:, None, :]
    d, s, n, worth = len(data.domains), data.slots, len(data.persons), CORRELATION_PRIOR[1]
    prior = starting_point(population_sd).covariance
    sigma = (moments[:, :d, :d].sum(axis=0) + worth * prior) / (n + worth)
    diagonal = np.diagonal(moments, axis1=1, axis2=2)
    here, rated = data.raters >= 0, data.self_sums[3] > 0
    variances = {
        "halo": _variance("halo", diagonal[:, d + 1:d + 1 + s][here].sum(), here.sum()),
        **_interview_variances(data, parameters.variances, mean, moments, talk),
        "severity": _of_raters(data, fixed, fixed_covariance),
        "person_shift": _variance("person_shift", diagonal[rated, d].sum(), rated.sum()),
        "self": _self_variance(data, mean, moments, own), "role": _of_roles(data, fixed, fixed_covariance)}
    weight, linear = weighted(data, parameters.variances)
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
