"""Item response models: published results of LSAT6 and LSAT7 beyond the estimates themselves."""

from functools import cache, partial

import numpy as np

from upskill import skills
from upskill.validation.case import Case
from upskill.validation.skills import CONVERGED, RIZOPOULOS, lsat6, people

# Bock and Lieberman (1970), Psychometrika 35, 179-197: answer pattern and number of people.
LSAT7 = """
    00000:12 00001:19 00010:1 00011:7 00100:3 00101:19 00110:3 00111:17 01000:10 01001:5 01010:3 01011:7
    01100:7 01101:23 01110:8 01111:28 10000:7 10001:39 10010:11 10011:34 10100:14 10101:51 10110:15 10111:90
    11000:6 11001:25 11010:7 11011:35 11100:18 11101:136 11110:32 11111:308
"""
MIRT = "R package mirt, tests/testthat/test-01-mirtOne.R"
FIXED = skills.SlopePrior(1.0, 1e-5)  # a prior so narrow that the slope stays at 1
FITS = {"two": ("2PL", None), "one": ("1PL", None), "fixed": ("1PL", FIXED)}
PARAMETERS = {"two": 10, "one": 6, "fixed": 5}
# Fit, column, values by item, tolerance, source, name.
COLUMNS = (
    ("two", "standard_error_a", (0.25811493, 0.18667967, 0.23276384, 0.18514293, 0.20990918), 1e-6, CONVERGED,
     "standard error of discrimination {}"),
    ("two", "standard_error_d", (0.20574375, 0.09001897, 0.07627288, 0.09903752, 0.13535878), 1e-6, CONVERGED,
     "standard error of intercept {}"),
    ("two", "b", (-3.358811, -1.370058, -0.279666, -1.866381, -3.125907), 1e-5, CONVERGED, "difficulty of item {}"),
    ("one", "d", (2.73001323, 0.99860583, 0.23985388, 1.30645116, 2.09940436), 1e-6, CONVERGED,
     "intercept {}, one parameter"),
    ("one", "standard_error_d", (0.13044118, 0.07917733, 0.07177467, 0.0846381, 0.105445), 1e-6, CONVERGED,
     "standard error of intercept {}, one parameter"),
    ("fixed", "b", (-2.8720, -1.0630, -0.2576, -1.3881, -2.2188), 5e-5, RIZOPOULOS,
     "difficulty of item {}, slope fixed at 1"),
    ("fixed", "standard_error_d", (0.12874978, 0.0821138, 0.07659074, 0.08649513, 0.10482768), 1e-6, CONVERGED,
     "standard error of intercept {}, slope fixed at 1"),
)
CRITERIA = (
    ("two", "AIC", 4953.31, 5e-3), ("two", "BIC", 5002.38, 5e-3), ("one", "AIC", 4945.875, 5e-4),
    ("one", "BIC", 4975.322, 5e-4), ("fixed", "AIC", 4956.108, 5e-4), ("fixed", "BIC", 4980.646, 5e-4),
)
SCORES = {  # answers: score and standard error
    "00000": (-1.896771, 0.801279), "00001": (-1.474814, 0.802276), "00010": (-1.454528, 0.802411),
    "10011": (-0.484636, 0.818521), "11011": (0.008177, 0.833782), "11111": (0.645621, 0.859007),
}
# LSAT7 in mirt: estimates (four digits printed), and what its sum scores and item fit say.
SEVEN = {
    "a": (0.9876, 1.0808, 1.7075, 0.7650, 0.7357), "d": (1.8559, 0.8080, 1.8052, 0.4860, 1.8545)}
S_X2 = (4.749440, 14.451071, 1.270381, 5.237400, 0.941125)
SUM_SCORES = (-1.86979, -1.431861, -0.9488463, -0.4131963, 0.1517289, 0.7271877)
SUM_ERRORS = (0.6927032, 0.6838697, 0.6942298, 0.7210951, 0.758772, 0.8009335)
SUM_COUNTS = (10.08994, 44.65882, 109.773, 207.7391, 319.1854, 308.5536)


@cache
def lsat7():
    """Return the 1,000 × 5 scores of LSAT7."""
    return people(LSAT7)


@cache
def _fit(name):
    return skills.calibrate(lsat6(), *FITS[name])


@cache
def _seven():
    return skills.calibrate(lsat7(), "2PL", None)


def _column(name, column, item):
    return _fit(name).items[column].iloc[item]


def _criterion(name, kind):
    price = 2 if kind == "AIC" else np.log(len(lsat6()))
    return price * PARAMETERS[name] - 2 * _fit(name).log_likelihood


def _ratio(small, large):
    return 2 * (_fit(large).log_likelihood - _fit(small).log_likelihood)


def _variance():
    """Slope 1 and variance v is the same model as slope sqrt(v) and variance 1."""
    return _fit("one").items["a"].iloc[0] ** 2


def _error_of_log_sd():
    items = _fit("one").items
    return items["standard_error_a"].iloc[0] / items["a"].iloc[0]


def _score(pattern, column):
    answers = np.array([[int(code) for code in pattern]], dtype=float)
    return skills.ability_scores(_fit("two"), answers)[column].iloc[0]


def _sum(column, place):
    return skills.sum_score_table(_seven())[column].iloc[place] * (1000 if column == "probability" else 1)


def _reliability():
    return skills.marginal_reliability(skills.sum_score_table(_seven()).loc[lsat7().sum(axis=1)])


@cache
def _item_fit():
    return skills.item_fit(_seven(), lsat7(), statistic="S-X2")


def cases():
    """Return every case of this area."""
    def case(data, name, expected, tolerance, source, compute, *arguments):
        return Case("Skills", f"{data}: {name}", expected, tolerance, source, partial(compute, *arguments))

    found = [case("LSAT6", name.format(item + 1), value, tolerance, source, _column, fit, column, item)
             for fit, column, values, tolerance, source, name in COLUMNS for item, value in enumerate(values)]
    words = {"two": "two parameters", "one": "one parameter", "fixed": "slope fixed at 1"}
    found += [case("LSAT6", f"{kind}, {words[fit]}", value, tolerance, RIZOPOULOS, _criterion, fit, kind)
              for fit, kind, value, tolerance in CRITERIA]
    found += [
        case("LSAT6", "standard error of the common discrimination", 0.0694, 5e-5, RIZOPOULOS, _column, "one",
             "standard_error_a", 0),
        case("LSAT6", "variance of ability when slopes are 1", 0.570228, 5e-6, CONVERGED, _variance),
        case("LSAT6", "standard error of log sd of ability when slopes are 1", 0.09194812, 1e-6, CONVERGED,
             _error_of_log_sd),
        case("LSAT6", "log-likelihood, slope fixed at 1", -2473.054, 5e-4, RIZOPOULOS,
             lambda: _fit("fixed").log_likelihood),
        case("LSAT6", "likelihood ratio, slope fixed at 1 against one parameter", 12.23, 5e-3, RIZOPOULOS, _ratio,
             "fixed", "one"),
        case("LSAT6", "likelihood ratio, one parameter against two", 0.57, 5e-3, RIZOPOULOS, _ratio, "one", "two")]
    for pattern, (score, error) in SCORES.items():
        found += [case("LSAT6", f"score of answers {pattern}", score, 5e-6, CONVERGED, _score, pattern, "score"),
                  case("LSAT6", f"standard error of score of answers {pattern}", error, 5e-6, CONVERGED, _score,
                       pattern, "standard_error")]
    for column, name in (("a", "discrimination"), ("d", "intercept")):
        found += [case("LSAT7", f"{name} of item {item + 1}", value, 1e-4, MIRT,
                       lambda column, item: _seven().items[column].iloc[item], column, item)
                  for item, value in enumerate(SEVEN[column])]
    found += [case("LSAT7", f"S-X2 of item {item + 1}", value, 1e-2, MIRT,
                   lambda item: _item_fit()["statistic"].iloc[item], item)
              for item, value in enumerate(S_X2)]
    for column, name, values, tolerance in (("score", "score", SUM_SCORES, 1e-4),
                                            ("standard_error", "standard error", SUM_ERRORS, 1e-4),
                                            ("probability", "expected people", SUM_COUNTS, 1e-2)):
        found += [case("LSAT7", f"{name} at sum {place}", value, tolerance, MIRT, _sum, column, place)
                  for place, value in enumerate(values)]
    return [*found, case("LSAT7", "reliability of sum scores", 0.4319948, 1e-5, MIRT, _reliability)]
