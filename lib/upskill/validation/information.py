"""Value of information: the examples of the R package voi, and DORA's sample as a decision."""

from functools import cache, partial

import numpy as np
from scipy.special import ndtr, ndtri

from upskill.roi.information import gain_of_knowing, partial_information, perfect_information, sample_information
from upskill.roi.pilot_value import PilotPlan, best_pilot, pilot_sizes
from upskill.roi.uncertainty import scrambled_points
from upskill.validation.case import Case

AREA = "Value of information"
VOI = "voi (R), vignette: closed forms of the normal example (chjackson.github.io/voi)"
SUM = "closed form of the sum of two normals"
DORA = "closed form with DORA's sample inputs (ours, from the calculator's line net = 88 M saving - 7.719 M)"
BY_SIMULATION = "; by simulation"
SLOPE, PAID, MEAN, SPREAD, PERSON_SD, COST = 88e6, 7.719e6, 0.125, 0.08, 0.40, 16_530
CHOICES = ((0.125, 0.02, 0.9689, 21_340), (0.125, 0.04, 0.8244, 333_197), (0.125, 0.08, 0.6794, 1_467_665),
           (0.125, 0.12, 0.6220, 2_774_053), (0.0877, 0.08, 0.4999, 2_807_854))
PILOTS = ((5, 181_535, 98_885), (10, 397_786, 232_486), (20, 671_630, 341_030), (50, 1_016_417, 189_917),
          (100, 1_205_052, -447_948), (200, 1_324_516, -1_981_484))


@cache
def _normals():
    return ndtri(scrambled_points(4096, 2, 1, 16))


@cache
def _vignette(kind):
    """Return (draws, worth): nothing, or p1 - p2 (means 1 and 0, standard deviations 1 and 2), or p1 + p2."""
    one, two = _normals().T
    draws = {"p1": one + (kind == "difference"), "p2": 2 * two}
    net = draws["p1"] - draws["p2"] if kind == "difference" else draws["p1"] + draws["p2"]
    return draws, np.column_stack([np.zeros(len(net)), net])


def _dora(mean, spread):
    saving = mean + spread * _normals()[:, 0]
    return {"saving": saving}, np.column_stack([np.zeros(len(saving)), SLOPE * saving - PAID])


@cache
def _pilots():
    plans = [PilotPlan(1, size, PERSON_SD, control_arm=False, cost_per_engineer=COST) for size, *_ in PILOTS]
    return pilot_sizes(*_dora(MEAN, SPREAD), "saving", plans)


def _study_spread(prior, error):
    """Return the standard deviation that a study takes away from a normal input."""
    return prior**2 / np.hypot(prior, error)


def cases():
    """Return every case of this area; simulated rows may differ by four of their Monte Carlo errors."""
    return [*_vignette_cases(), *_sum_cases(), *_dora_cases(), *_pilot_cases()]


def _vignette_cases():
    draws, worth = _vignette("difference")
    name = "voi vignette, nothing or p1 - p2: "
    perfect, first, second = 0.47981070635, 0.08331547059, 0.39559311480
    closed = ((perfect, np.sqrt(5), "perfect information"), (first, 1.0, "knowing p1"), (second, 2.0, "knowing p2"))
    found = [Case(AREA, f"{name}{what}, closed form", value, 1e-10, VOI, partial(gain_of_knowing, 1.0, spread))
             for value, spread, what in closed]
    found += [
        Case(AREA, f"{name}perfect information", perfect, 2e-4, VOI + BY_SIMULATION,
             lambda: perfect_information(worth).value),
        Case(AREA, f"{name}knowing p1", first, 4e-4, VOI + BY_SIMULATION, lambda: partial_information(draws, worth, "p1").value),
        Case(AREA, f"{name}knowing p2", second, 4e-4, VOI + BY_SIMULATION, lambda: partial_information(draws, worth, "p2").value),
        Case(AREA, f"{name}chance that the choice is right", 0.67263957699, 5e-4, VOI + BY_SIMULATION,
             lambda: float((worth[:, 1] > 0).mean()))]
    for size, value in ((10, 0.04907077), (100, 0.07866278)):
        error = 2 / np.sqrt(size)
        found += [Case(AREA, f"{name}study of p1, n = {size}, closed form", value, 5e-9, VOI,
                       partial(gain_of_knowing, 1.0, _study_spread(1.0, error))),
                  Case(AREA, f"{name}study of p1, n = {size}", value, 2e-4, VOI + BY_SIMULATION,
                       lambda error=error: sample_information(draws, worth, "p1", error).value)]
    return found


def _sum_cases():
    draws, worth = _vignette("sum")
    closed = ((0.89206205808, np.sqrt(5), "perfect information"), (0.39894228, 1.0, "knowing p1"), (0.79788456, 2.0, "knowing p2"))
    found = [Case(AREA, f"nothing or p1 + p2: {what}, closed form", value, 5e-9, SUM, partial(gain_of_knowing, 0.0, spread))
             for value, spread, what in closed]
    return found + [Case(AREA, f"nothing or p1 + p2: {what}", value, 1e-3, SUM + BY_SIMULATION, compute)
                    for value, what, compute in (
        (0.89206205808, "perfect information", lambda: perfect_information(worth).value),
        (0.39894228, "knowing p1", lambda: partial_information(draws, worth, "p1").value),
        (0.79788456, "knowing p2", lambda: partial_information(draws, worth, "p2").value))]


def _dora_cases():
    found = []
    for mean, spread, chance, value in CHOICES:
        name, net = f"DORA sample, saving {mean:g} ± {spread:g}: ", SLOPE * mean - PAID
        found += [
            Case(AREA, name + "chance that it pays", chance, 5e-5, DORA, lambda net=net, spread=spread: float(ndtr(net / (SLOPE * spread)))),
            Case(AREA, name + "perfect information, closed form", value, 0.5, DORA, partial(gain_of_knowing, net, SLOPE * spread)),
            Case(AREA, name + "perfect information", value, 1e-3 * SLOPE * spread, DORA + BY_SIMULATION,
                 lambda mean=mean, spread=spread: perfect_information(_dora(mean, spread)[1]).value)]
    return found


def _pilot_cases():
    found = []
    for at, (size, worth, net) in enumerate(PILOTS):
        name, spread = f"DORA sample, pilot of {size}: ", _study_spread(SPREAD, PERSON_SD / np.sqrt(size))
        found += [
            Case(AREA, name + "worth, closed form", worth, 0.5, DORA, partial(gain_of_knowing, SLOPE * MEAN - PAID, SLOPE * spread)),
            Case(AREA, name + "worth", worth, 4e3, DORA + BY_SIMULATION, lambda at=at: _pilots()["worth"][at]),
            Case(AREA, name + "worth less cost", net, 4e3, DORA + BY_SIMULATION, lambda at=at: _pilots()["net"][at])]
    return [*found, Case(AREA, "DORA sample: best of these pilot sizes", 20, 0, DORA, lambda: best_pilot(_pilots())["engineers"])]
