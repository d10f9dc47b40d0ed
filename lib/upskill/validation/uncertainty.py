"""Correlated draws: the example of Iman and Conover as worked by Mildenhall, and Higham's nearest matrix."""

from functools import cache, partial

import numpy as np
from scipy.stats import spearmanr

from upskill.roi.correlation import nearest_correlation, reorder, target_scores
from upskill.validation.case import Case

AREA = "Uncertainty"
MILDENHALL = "Mildenhall, aggregate, technical guide on Iman-Conover (github.com/mynl/aggregate)"
HIGHAM = "Higham (2002), IMA Journal of Numerical Analysis 22(3): nearest to the tridiagonal matrix of 1 and -1"
COLUMNS = np.array([
    (123567, 126109, 138713, 139016, 152213, 153224, 153407, 155716, 155780, 161678,
     161805, 167447, 170737, 171592, 178881, 181678, 184381, 206940, 217092, 240935),
    (44770, 45191, 47453, 47941, 49345, 49420, 50686, 52931, 54010, 57346,
     57685, 57698, 58380, 60948, 66972, 68053, 70592, 72243, 86685, 87138),
    (15934, 16839, 17233, 17265, 17620, 17859, 20804, 21110, 22728, 24072,
     25198, 25393, 30357, 30779, 32634, 33117, 35248, 36656, 38483, 39483),
    (13273, 15406, 16706, 16891, 18821, 19569, 20166, 20796, 20968, 21178,
     23236, 23375, 24019, 24785, 25000, 26754, 27079, 30136, 30757, 35108)], dtype=float).T
ASKED = np.array([[1, 0.8, 0.4, 0], [0.8, 1, 0.3, -0.2], [0.4, 0.3, 1, 0.1], [0, -0.2, 0.1, 1]])
SCORES = np.array([
    (-1.92062, 1.22896, -1.00860, -0.49584), (-1.50709, -1.50709, -1.50709, 0.82015),
    (-1.22896, 1.92062, 0.82015, -0.65151), (-1.00860, -0.20723, 1.00860, -1.00860),
    (-0.82015, 0.82015, 0.34878, 1.92062), (-0.65151, -1.22896, -0.65151, 0.20723),
    (-0.49584, -0.65151, 1.22896, -0.34878), (-0.34878, -0.49584, -0.49584, -0.06874),
    (-0.20723, -1.00860, 0.20723, 0.65151), (-0.06874, 0.49584, 0.06874, -1.22896),
    (0.06874, -0.34878, -1.22896, 0.49584), (0.20723, 0.34878, 0.65151, 0.34878),
    (0.34878, -0.06874, -0.20723, 1.22896), (0.49584, -1.92062, -0.82015, -0.20723),
    (0.65151, 0.20723, 1.92062, -1.92062), (0.82015, 1.00860, 1.50709, 1.50709),
    (1.00860, -0.82015, -1.92062, 1.00860), (1.22896, 1.50709, 0.49584, -1.50709),
    (1.50709, 0.06874, -0.06874, 0.06874), (1.92062, 0.65151, -0.34878, -0.82015)])
ORDERED = np.array([
    (123567, 50686, 15934, 16706), (126109, 44770, 16839, 25000), (138713, 57685, 17620, 19569),
    (139016, 47453, 35248, 20166), (152213, 57346, 20804, 30757), (153224, 45191, 21110, 24019),
    (153407, 47941, 38483, 23375), (155716, 52931, 17859, 20796), (155780, 49420, 33117, 27079),
    (161678, 58380, 22728, 15406), (161805, 54010, 17265, 23236), (167447, 66972, 32634, 24785),
    (170737, 57698, 24072, 30136), (171592, 49345, 30357, 20968), (178881, 68053, 39483, 16891),
    (181678, 72243, 36656, 35108), (184381, 60948, 17233, 26754), (206940, 86685, 25393, 13273),
    (217092, 70592, 30779, 21178), (240935, 87138, 25198, 18821)], dtype=float)
PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
OWN = (0.0486, 0.0898, -0.0960, 0.4504, -0.2408, -0.3192)
PEARSON = (0.8497, 0.2641, -0.1136, 0.1885, -0.1998, 0.0957)
SPEARMAN = (0.7865, 0.3880, -0.0346, 0.2271, -0.1789, 0.0391)


@cache
def _reordered():
    return reorder(COLUMNS, ASKED, SCORES)


def _correlation(of, pair):
    matrices = {"scores": lambda: SCORES.T @ SCORES / len(SCORES),
                "mixed scores": lambda: np.corrcoef(target_scores(ASKED, SCORES).T),
                "Pearson": lambda: np.corrcoef(_reordered().T), "rank": lambda: spearmanr(_reordered()).statistic}
    return matrices[of]()[pair]


def _higham(pair):
    return nearest_correlation(np.eye(4) - np.diag(np.ones(3), 1) - np.diag(np.ones(3), -1))[pair]


def cases():
    """Return every case of this area."""
    found = [Case(AREA, f"Iman-Conover, 20 by 4: row {row + 1}, column {column + 1}", value, 0.5, MILDENHALL,
                  lambda row=row, column=column: _reordered()[row, column])
             for row, values in enumerate(ORDERED) for column, value in enumerate(values)]
    tables = (("scores", OWN, 6e-5), ("mixed scores", ASKED[np.triu_indices(4, 1)], 1e-9), ("Pearson", PEARSON, 6e-5),
              ("rank", SPEARMAN, 6e-5))
    found += [Case(AREA, f"Iman-Conover, 20 by 4: {of} correlation of columns {pair[0] + 1} and {pair[1] + 1}", value,
                   tolerance, MILDENHALL, partial(_correlation, of, pair))
              for of, values, tolerance in tables for pair, value in zip(PAIRS, values, strict=True)]
    nearest = (((0, 1), -0.8084), ((0, 2), 0.1916), ((0, 3), 0.1068), ((1, 2), -0.6562))
    return found + [Case(AREA, f"nearest correlation matrix, entry {pair[0] + 1}, {pair[1] + 1}", value, 5e-5, HIGHAM,
                         partial(_higham, pair)) for pair, value in nearest]
