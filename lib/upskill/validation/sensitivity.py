"""Shares of variance: Ishigami's function, Sobol's G-function, two correlated normals."""

from functools import cache, partial

import numpy as np

from upskill.data import Assumption, RankCorrelation
from upskill.roi.indices import sobol_indices
from upskill.roi.shapley import shapley_effects
from upskill.roi.uncertainty import draw, scrambled_points
from upskill.validation.case import Case

AREA = "Sensitivity"
ISHIGAMI = "Ishigami and Homma (1990), closed form as in the tests of scipy and SALib; ours by simulation"
G_FUNCTION = "Sobol's G-function, closed form (Saltelli and Sobol 1995); ours by simulation"
NORMALS = "closed form for two correlated normals (Owen and Prieur 2017); ours by simulation"
ANGLES = {name: Assumption(name, "uniform", {"low": -np.pi, "high": np.pi}) for name in ("x1", "x2", "x3")}
SHARES = {  # b: share alone, share in all
    0.1: ((0.31390519114781146, 0.5575888552099592), (0.4424111447900409, 0.4424111447900409), (0.0, 0.24368366406214773)),
    0.05: ((0.2185185644, 0.3131053564), (0.6868946436, 0.6868946436), (0.0, 0.0945867919))}
VARIANCES = {0.1: 13.844587940719254, 0.05: 8.916942440349827}
WEIGHTS = (0, 1, 4.5, 9, 99, 99, 99, 99)
G_SHARES = ((0.716192169, 0.787144127), (0.179048042, 0.242198193), (0.023675774, 0.03431691), (0.007161922, 0.010460387),
            (7.1619e-5, 1.04949e-4))
POINTS, SEED = 2048, 1


def ishigami(b):
    """Return sin x1 + 7 sin(x2) ** 2 + b x3 ** 4 sin x1 as a function of draws."""
    return lambda draws: np.sin(draws["x1"]) * (1 + b * draws["x3"]**4) + 7 * np.sin(draws["x2"])**2


def g_function(weights):
    """Return the product of (abs(4 x - 2) + a) / (1 + a) as a function of draws."""
    return lambda draws: np.prod([(np.abs(4 * draws[f"x{at + 1}"] - 2) + a) / (1 + a)
                                  for at, a in enumerate(weights)], axis=0)


def unit_inputs(count):
    """Return uniform inputs x1, x2, …"""
    return {f"x{at + 1}": Assumption(f"x{at + 1}", "uniform", {"low": 0, "high": 1}) for at in range(count)}


@cache
def _ishigami(b):
    return sobol_indices(ishigami(b), ANGLES, SEED, points=POINTS).set_index("input")


@cache
def _g_function(weights):
    return sobol_indices(g_function(weights), unit_inputs(len(weights)), SEED, points=POINTS).set_index("input")


@cache
def _normals():
    rank = 6 / np.pi * np.arcsin(0.5 / 2)
    inputs = {name: Assumption(name, "normal", {"mean": 0, "sd": sd}) for name, sd in (("x1", 1), ("x2", 2))}
    return shapley_effects(lambda draws: draws["x1"] + draws["x2"], inputs, [RankCorrelation("x1", "x2", rank)],
                           SEED, points=POINTS).set_index("input")


def _variance(b):
    return ishigami(b)(draw(ANGLES, scrambled_points(2**16, 3, SEED))).var()


def cases():
    """Return every case of this area; tolerances of simulated rows are those of scipy's own test, 0.01."""
    found = [Case(AREA, f"Ishigami, b = {b:g}: variance", value, 2e-2, ISHIGAMI, partial(_variance, b))
             for b, value in VARIANCES.items()]
    for b, shares in SHARES.items():
        for at, (alone, total) in enumerate(shares):
            found += _pair(f"Ishigami, b = {b:g}", f"x{at + 1}", alone, total, ISHIGAMI, partial(_ishigami, b))
    for at, (alone, total) in enumerate(G_SHARES):
        found += _pair("G-function, 8 inputs", f"x{at + 1}", alone, total, G_FUNCTION, partial(_g_function, WEIGHTS))
    found += _pair("G-function, 3 equal inputs", "x1", 0.24324324, 0.43243243, G_FUNCTION, partial(_g_function, (0, 0, 0)))
    return found + [
        Case(AREA, f"Shapley effect of {name} in x1 + x2, standard deviations 1 and 2, correlation 0.5", value, 2e-3,
             NORMALS, lambda name=name: _normals()["share"][name]) for name, value in (("x1", 2.375 / 7), ("x2", 4.625 / 7))]


def _pair(function, name, alone, total, source, table):
    return [Case(AREA, f"{function}: {words} of {name}", value, 1e-3 if 0 < value < 1e-3 else 1e-2, source,
                 lambda column=column: table()[column][name])
            for words, column, value in (("share alone", "alone", alone), ("share in all", "total", total))]
