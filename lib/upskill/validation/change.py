"""Change and fairness: linking of two forms, reliable change, differential item functioning."""

from functools import cache, partial

import numpy as np
import pandas as pd

from upskill import skills
from upskill.validation.case import Case

# Kolen and Brennan (2014), Test Equating, table 6.5: item, then a, b, c on form X and on form Y.
FORMS = """
    3 .4551 -.7101 .2087 .4416 -1.3349 .1559    6 .5839 -.8567 .2038 .5730 -1.3210 .1913
    9 .7544 .0212 .1600 .5987 -.7098 .1177      12 .6633 .0506 .1240 .6041 -.3539 .0818
    15 1.0690 .9610 .2986 .9902 .5320 .3024     18 .9672 .1950 .0535 .8081 -.1156 .0648
    21 .3479 2.2768 .1489 .4140 2.5538 .2410    24 1.4579 1.0241 .2453 1.3554 .5811 .2243
    27 1.8811 1.4062 .1992 1.0417 .9392 .1651   30 .7020 2.2401 .0853 .6336 1.8960 .0794
    33 1.4080 1.5556 .0789 1.1347 1.0790 .0630  36 1.2993 2.1589 .1075 .9255 2.1337 .1259
"""
LINKS = {("mean-mean", "normal"): (1.217266, -0.557156), ("mean-sigma", "normal"): (1.168891, -0.515543),
         ("haebara", "uniform"): (1.093598, -0.458292), ("haebara", "normal"): (1.069346, -0.475540),
         ("stocking-lord", "uniform"): (1.101953, -0.477016), ("stocking-lord", "normal"): (1.090822, -0.496291)}
KOLEN = "computed from the 12 common items of Kolen and Brennan (2014), Test Equating, ch. 6, with independent code; three " \
        "parameters, 1.7"
# Jacobson and Truax (1991), table 2: marital satisfaction of 30 couples before and after therapy.
COUPLES = """90.5/97 74/124 97/97.5 73.5/88 61/96.5 66.5/62.5 68.5/112.5 86.5/103.5 88.5/90 68.5/82.5 98/105 80.5/99.5
    89.5/112.5 91.5/101 83.5/99.5 60.5/79.5 83/88 88/100.5 98.5/119 78.5/116 99.5/116 79.5/129 84.5/113 92.5/118 93/92
    85/114 64/68 61/52 80/60.5 82.5/104.5"""
COUNTS = {0.88: (19, 10, 1), 0.84: (18, 11, 1), 0.80: (16, 13, 1)}
FIRST_INDICES = (1.1220, 8.6306, 0.0863, 2.5029, 6.1277, -0.6904, 7.5949, 2.9344, 0.2589, 2.4166)
TRUAX = "Jacobson and Truax (1991), Journal of Consulting and Clinical Psychology 59, 12-19, table 2"
ARITHMETIC = "arithmetic of Jacobson and Truax (1991) for means 40 and 60, standard deviation 7.5, reliability .80"
# Bickel, Hammel and O'Connell (1975), Science 187, 398-404: men admitted, rejected, women admitted, rejected, by department.
BERKELEY = ((512, 353, 120, 138, 53, 22), (313, 207, 205, 279, 138, 351), (89, 17, 202, 131, 94, 24), (19, 8, 391, 244, 299, 317))
ADMISSIONS = "admissions of Bickel, Hammel and O'Connell (1975); R's mantelhaen.test on its data UCBAdmissions"
BY_HAND = "two strata by hand: (20 20 / 10 30) and (30 10 / 20 20)"


@cache
def forms():
    """Return the parameters of the common items on both forms."""
    rows = np.array(FORMS.split(), dtype=float).reshape(-1, 7)
    return tuple(pd.DataFrame(rows[:, start : start + 3], rows[:, 0].astype(int), ["a", "b", "c"]) for start in (1, 4))


@cache
def link(method, weights):
    """Return the link of form X to form Y."""
    return skills.link_scales(*forms(), method, weights, scaling=1.7)


@cache
def couples():
    """Return scores before and after therapy."""
    return np.array([entry.split("/") for entry in COUPLES.split()], dtype=float).T


@cache
def changed(reliability):
    """Return the reliable change of each couple."""
    before, after = couples()
    error = skills.standard_error_of_difference(before.std(ddof=1), reliability)
    return skills.reliable_change(before, after, error)


def _count(reliability, state):
    return int((changed(reliability)["state"] == state).sum())


def _recovered():
    return int(((changed(0.88)["state"] == "improved") & (couples()[1] > 104)).sum())


def _retest():
    before, after = couples()
    correlation = np.corrcoef(before, after)[0, 1]
    return skills.standard_error_of_difference(before.std(ddof=1), correlation, after.std(ddof=1), "retest")


def _admissions(name, correction=True):
    return getattr(skills.mantel_haenszel(*BERKELEY, correction=correction), name)


def _admissions_end(side):
    """Return an end of the 95 % interval of the odds ratio."""
    found = skills.mantel_haenszel(*BERKELEY)
    return float(found.odds_ratio * np.exp(side * 1.959963985 * found.standard_error / 2.35))


def _by_hand(name):
    return getattr(skills.mantel_haenszel([20, 30], [20, 10], [10, 20], [30, 20]), name)


def _linking(area):
    for (method, weights), (slope, intercept) in LINKS.items():
        name = f"two forms, {method}{'' if method.startswith('mean') else f', {weights} weights'}"
        yield Case(area, f"{name}: slope", slope, 1e-5, KOLEN, lambda m=method, w=weights: link(m, w).slope)
        yield Case(area, f"{name}: intercept", intercept, 1e-5, KOLEN, lambda m=method, w=weights: link(m, w).intercept)


def _reliable_change(area):
    for reliability, counts in COUNTS.items():
        for state, count in zip(("improved", "unchanged", "worse"), counts, strict=True):
            yield Case(area, f"30 couples, reliability {reliability:.2f}: {state}", count, 0, TRUAX,
                       partial(_count, reliability, state))
    for place, index in enumerate(FIRST_INDICES):
        yield Case(area, f"couple {place + 1}: reliable change index", index, 5e-5, TRUAX,
                   lambda p=place: changed(0.88)["index"].iloc[p])
    yield Case(area, "30 couples: improved and beyond the cut-off", 11, 0, TRUAX, _recovered)
    yield Case(area, "30 couples: standard error from both occasions is the spread of differences",
               float(np.std(np.diff(couples(), axis=0), ddof=1)), 1e-9, TRUAX, _retest)
    index = partial(skills.reliable_change, [32.5], [47.5], skills.standard_error_of_difference(7.5, 0.80))
    yield Case(area, "reliable change index of 32.5 to 47.5", 3.162278, 5e-7, ARITHMETIC, lambda: index()["index"].iloc[0])
    yield Case(area, "standard error of a difference", 4.743416, 5e-7, ARITHMETIC,
               partial(skills.standard_error_of_difference, 7.5, 0.80))
    for name, value in (("beyond_the_group", 55), ("within_norm", 45), ("between", 50)):
        yield Case(area, f"cut-off {name.replace('_', ' ')}", value, 1e-9, ARITHMETIC,
                   lambda n=name: getattr(skills.cut_offs(40, 7.5, 60), n))
    item_response = "arithmetic: (.90 - .10) / sqrt(.30² + .32²)"
    yield Case(area, "change of an item response score, in standard errors", 1.823843, 5e-7, item_response,
               lambda: skills.reliable_change([0.10], [0.90], float(np.hypot(0.30, 0.32)))["index"].iloc[0])


def _fairness(area):
    yield Case(area, "Mantel-Haenszel, six departments: chi-squared", 1.4269, 5e-5, ADMISSIONS, partial(_admissions, "chi_squared"))
    yield Case(area, "Mantel-Haenszel, six departments: chi-squared, no correction", 1.5246, 5e-5, ADMISSIONS,
               partial(_admissions, "chi_squared", False))
    yield Case(area, "Mantel-Haenszel, six departments: odds ratio", 0.9046968, 5e-8, ADMISSIONS, partial(_admissions, "odds_ratio"))
    for name, side, value in (("lower", -1, 0.7719074), ("upper", 1, 1.0603298)):
        yield Case(area, f"Mantel-Haenszel, six departments: {name} end of 95 %", value, 5e-8, ADMISSIONS,
                   partial(_admissions_end, side))
    yield Case(area, "Mantel-Haenszel, two strata: odds ratio", 3, 1e-9, BY_HAND, partial(_by_hand, "odds_ratio"))
    yield Case(area, "Mantel-Haenszel, two strata: chi-squared", 9.5**2 / (2 * 750 / 158), 1e-9, BY_HAND,
               partial(_by_hand, "chi_squared"))
    yield Case(area, "Mantel-Haenszel, two strata: delta", -2.35 * np.log(3), 1e-9, BY_HAND, partial(_by_hand, "delta"))


def cases():
    """Return every case of this area."""
    return [*_linking("Linking"), *_reliable_change("Change"), *_fairness("Fairness")]
