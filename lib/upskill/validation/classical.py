"""Classical test theory: published reliabilities, and the arithmetic of errors and true scores."""

from functools import partial

import numpy as np

from upskill import skills
from upskill.validation.case import Case

# Items A1 ... O5 of the International Personality Item Pool, answered by 2,800 people in the SAPA project (data set bfi
# of the R package psych); A1, C4, C5, E1, E2, O2, O5 turned round. Lower triangles by rows. LISTWISE: covariances of
# those who answered all five items of a scale. PAIRWISE: correlations of those who answered both items.
LISTWISE = {
    "A": """1.97283168 0.56448716 1.38395157 0.49158435 0.74701389 1.70186037 0.30981702 0.58623029
        0.70230325 2.20950843 0.32371034 0.57554214 0.83143379 0.57515487 1.59164293""",
    "C": """1.53381736 0.70111651 1.74596697 0.50143356 0.60555359 1.66120711 0.58671081 0.70072840
        0.60664490 1.88865963 0.50974343 0.64554052 0.71453946 1.06578057 2.64945908""",
    "E": """2.66475464 1.22755372 2.58309739 0.70538348 0.82042773 1.82890855 0.99984805 1.20722972
        0.82558997 2.13543172 0.65110125 0.81010161 0.69247788 0.61697543 1.78693432""",
    "N": """2.47467354 1.69442237 2.32948520 1.39959299 1.33234835 2.56123343 0.98629445 0.93692438
        1.30420588 2.47459084 0.96140203 0.87211834 1.11088304 1.01435463 2.63055170""",
    "O": """1.27210215 0.38650871 2.43909724 0.53898591 0.50976596 1.48964010 0.23765924 0.15097996
        0.28365842 1.48023828 0.35558664 0.66744836 0.50704423 0.28825217 1.75588617""",
}
PAIRWISE = {
    "A": "0.34019325 0.26524705 0.48509804 0.14642451 0.33508721 0.36042830 0.18143827 0.39008358 0.50414114 0.30753726",
    "C": "0.42782308 0.30773141 0.35570210 0.34016517 0.37935492 0.33672110 0.24974416 0.29774161 0.34011285 0.47637081",
    "E": "0.46715718 0.32525755 0.37997321 0.41855933 0.51412130 0.41902479 0.30170345 0.37385341 0.38317747 0.31584294",
    "N": "0.70698096 0.55642509 0.54910308 0.39780585 0.39157038 0.51950432 0.37812644 0.35061264 0.42841866 0.39769615",
    "O": "0.21373483 0.39533592 0.26155796 0.17837582 0.06832030 0.19450477 0.23899211 0.32486984 0.31064041 0.17905124",
}
# Scale: alpha listwise, standardized alpha pairwise, omega by maximum likelihood listwise, omega by minres pairwise.
SCALES = {"A": (0.703756, 0.712659, 0.712129, 0.723910), "C": (0.729277, 0.730160, 0.733022, 0.731242),
          "E": (0.760933, 0.761617, 0.767334, 0.763757), "N": (0.813303, 0.814535, 0.812845, 0.818095),
          "O": (0.602546, 0.607707, 0.610374, 0.617654)}
SAPA = "R package psych, data set bfi, computed with independent code; psych prints alpha .70 .73 .76 .81 .60"
JENSEN_WENG = "Jensen and Weng (1994), Intelligence 18, 231-258; test of the R package psych"
FIRST_ORDER, SECOND_ORDER = ((0.8, 0.7, 0.6), (0.7, 0.6, 0.5), (0.6, 0.5, 0.4)), (0.9, 0.8, 0.7)
HIERARCHY = {"omega_hierarchical": 0.685740, "omega_total": 0.798400, "omega_limit": 0.858893, "alpha": 0.763085,
             "lambda_6": 0.757925}
KELLEY = "Kelley (1947), Fundamentals of Statistics: arithmetic for reliability .80, mean 50, standard deviation 10"
BROWN = "Spearman (1910) and Brown (1910): arithmetic for reliability .70"


def symmetric(triangle, diagonal):
    """Return the matrix of a lower triangle in a text, with or without the diagonal (then ones)."""
    matrix = np.eye(5)
    matrix[np.tril_indices(5, 0 if diagonal else -1)] = [float(entry) for entry in triangle.split()]
    return np.tril(matrix, -1) + np.tril(matrix).T


def scores_with(covariance):
    """Return 20 people's scores with exactly these covariances."""
    random = np.random.default_rng(1).standard_normal((20, len(covariance)))
    white = np.linalg.solve(np.linalg.cholesky(np.cov(random.T)), (random - random.mean(axis=0)).T).T
    return white @ np.linalg.cholesky(covariance).T


def _alpha(matrix):
    return skills.coefficient_alpha(scores_with(matrix)).value


def _hierarchy(name):
    loadings = np.zeros((9, 3))
    for group, own in enumerate(FIRST_ORDER):
        loadings[3 * group : 3 * group + 3, group] = own
    return skills.schmid_leiman(loadings, SECOND_ORDER)[name]


def cases():
    """Return every case of this area."""
    area, found = "Classical", []
    for scale, (alpha, standardized, likelihood, minres) in SCALES.items():
        listwise, pairwise = symmetric(LISTWISE[scale], True), symmetric(PAIRWISE[scale], False)
        rows = (("alpha, people with all items", alpha, partial(_alpha, listwise)),
                ("alpha of standardized items, by pairs", standardized, partial(_alpha, pairwise)),
                ("omega, maximum likelihood", likelihood, partial(skills.omega_of_covariance, listwise)),
                ("omega of standardized items, minres by pairs", minres,
                 partial(skills.omega_of_covariance, pairwise, "minres", True)))
        found += [Case(area, f"personality scale {scale}: {name}", value, 1e-6, SAPA, compute) for name, value, compute in rows]
    found += [Case(area, f"Jensen and Weng: {name.replace('_', ' ')}", value, 1e-6, JENSEN_WENG, partial(_hierarchy, name))
              for name, value in HIERARCHY.items()]
    kelley = partial(skills.true_score, mean=50, standard_deviation=10, reliability=0.80)
    found += [
        Case(area, "true score of 30", 34, 1e-9, KELLEY, lambda: kelley(30).value),
        Case(area, "true score of 65", 62, 1e-9, KELLEY, lambda: kelley(65).value),
        Case(area, "standard error of a true score", 4.0, 1e-9, KELLEY, lambda: kelley(30).standard_error),
        Case(area, "standard error of measurement", 4.472136, 5e-7, KELLEY,
             partial(skills.standard_error_of_measurement, 10, 0.80))]
    return found + [Case(area, f"test made {times} times as long", value, 5e-7, BROWN, partial(skills.spearman_brown, 0.70, times))
                    for times, value in ((2, 0.823529), (3, 0.875), (0.5, 0.538462))]
