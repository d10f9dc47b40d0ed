"""One posterior from several measurements, in closed form."""

import numpy as np


def combine_evidence(values, loadings=1.0, shifts=0.0, variances=1.0, mean=0.0, sd=1.0):
    """Return the posterior mean and sd of an ability from measurements of known quality.

    Parameters
    ----------
    values : measurements y (…, sources); NaN = not measured.
    loadings, shifts, variances : of each source: y = shift + loading × theta + e,
        e ~ normal(0, variance); errors of sources are independent.
    mean, sd : of the population, theta ~ normal(mean, sd^2).

    1 / sd'^2 = 1 / sd^2 + sum(loading^2 / variance),
    mean' = sd'^2 (mean / sd^2 + sum(loading (y - shift) / variance)).

    Raises ValueError for variances or an sd that are not above 0.

    >>> found = combine_evidence([0.8, 1.5], loadings=[1, 0.3], shifts=[0, 0.4], variances=[0.35**2, 0.91])
    >>> [round(float(part), 6) for part in found]
    [0.744237, 0.328582]
    """
    values, loadings = np.asarray(values, dtype=float), np.asarray(loadings, dtype=float)
    variances = np.asarray(variances, dtype=float)
    if not (variances > 0).all() or not sd > 0:
        raise ValueError("variances and sd must be above 0")
    known = np.isfinite(values)
    weight = np.where(known, loadings / variances, 0.0)
    precision = 1 / sd**2 + (weight * loadings).sum(axis=-1)
    total = mean / sd**2 + (weight * np.where(known, values - shifts, 0.0)).sum(axis=-1)
    return total / precision, 1 / np.sqrt(precision)
