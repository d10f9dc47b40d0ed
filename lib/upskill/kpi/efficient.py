"""The efficient estimator for start dates that were drawn by lot: pre-period gaps count as much as they foretell.

Roth and Sant'Anna 2023, Efficient Estimation for Staggered Rollout Designs, Journal of Political Economy Micro 1.
"""

import numpy as np

from upskill.kpi.imputation import usable_cells
from upskill.kpi.randomization import CohortScores, covariances, pair_columns, report


def level_weights(observed, first):
    """Units × periods: treated less not-yet-treated units in the same period, averaged over usable treated cells."""
    usable = usable_cells(observed, first)
    untreated = observed & (np.arange(observed.shape[1]) < first[:, None])
    treated = usable.sum(axis=0)
    return (usable - untreated * treated / np.maximum(untreated.sum(axis=0), 1)) / usable.sum()


def efficient_test(cohort_weights, cohort_levels, outcome, after, labels, exact, level=0.90):
    """Estimate, test by randomization and invert; panels without gaps.

    The estimate is theta - beta x. theta: treated less not-yet-treated units in the
    treated periods; x: theta less the imputation estimate, a contrast of untreated
    periods that is zero but for luck when starts are drawn by lot; beta:
    cov(theta, x) / var(x), from the spread within cohorts (equation 10 there; beta = 1
    is the imputation estimate). Everything is done again for each assignment.
    """
    parts = [np.einsum("it,ct->ci", cells.astype(float), weights)
             for weights in (cohort_levels, cohort_levels - cohort_weights) for cells in (outcome, after)]
    value, spread = covariances(*CohortScores(pair_columns(np.stack(parts, axis=-1))).moments(labels), 4)

    def moments(effect):
        take = np.array([1.0, -effect])
        theta, x = value[:, :2] @ take, value[:, 2:] @ take
        own, of_x, both = (np.einsum("i,bij,j->b", take, spread[:, rows, columns], take)
                           for rows, columns in ((slice(0, 2), slice(0, 2)), (slice(2, 4), slice(2, 4)),
                                                 (slice(0, 2), slice(2, 4))))
        beta = both / np.maximum(of_x, 1e-300)
        return theta - beta * x, np.maximum(own - beta * both, 1e-300)

    return report(moments, float(moments(0.0)[0][0]), exact, True, level)
