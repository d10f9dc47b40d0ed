"""Wild cluster bootstrap of the two-way regression, the null imposed. Shown beside, for comparison.

Cameron, Gelbach and Miller 2008, Review of Economics and Statistics 90; six-point weights of Webb 2023, Canadian
Journal of Economics 56.
"""

from itertools import product

import numpy as np

from upskill.kpi.twoway import two_way_demean

WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])
RADEMACHER = np.array([-1.0, 1.0])


def wild_cluster_p(outcome, observed, after, draws=999, seed=1, weights="webb"):
    """Return the two-sided p value of no effect, clustered by unit.

    `weights`: `webb`, or `rademacher` (all 2^units of them where these are no more
    than `draws`). The statistic is the estimate over its CRV1 error.
    """
    treatment = two_way_demean(after.astype(float), observed)
    restricted = two_way_demean(np.nan_to_num(outcome), observed)
    units = len(outcome)
    if weights == "rademacher" and 2**units <= draws:
        multipliers = np.array(list(product(RADEMACHER, repeat=units)))
    else:
        points = WEBB if weights == "webb" else RADEMACHER
        multipliers = np.random.default_rng(seed).choice(points, (draws, units))
    found = np.abs(_wild_statistics(np.vstack([np.ones(units), multipliers]), treatment, restricted, observed))
    return float((found[1:] >= found[0] * (1 - 1e-12)).mean())


def _wild_statistics(multipliers, treatment, restricted, observed):
    """Estimate over its clustered error, by row of multipliers (constant factors cancel)."""
    squares = (treatment**2).sum(axis=1)
    cross = (treatment * restricted).sum(axis=1)
    value = multipliers @ cross / squares.sum()
    # Scores of the residuals of each draw: units and periods are fitted again, unit by unit of the panel.
    if observed.all():
        of_others = treatment @ restricted.T / len(restricted)
        scores = multipliers * cross - multipliers @ of_others.T
    else:
        units = len(restricted)
        basis = np.array([two_way_demean(np.where(np.arange(units)[:, None] == unit, restricted, 0.0), observed)
                          for unit in range(units)])
        scores = multipliers @ np.einsum("git,it->gi", basis, treatment)
    scores = scores - value[:, None] * squares
    return value / np.sqrt(np.maximum((scores**2).sum(axis=1), 1e-300))
