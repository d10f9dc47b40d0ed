"""Published results of measurement: LSAT6 and Environment, reliability."""

from functools import cache, partial

import numpy as np

from upskill import skills
from upskill.validation.case import Case

# Bock and Lieberman (1970), Psychometrika 35, 179-197: answer pattern and number of people.
LSAT6 = """
    00000:3 00001:6 00010:2 00011:11 00100:1 00101:1 00110:3 00111:4 01000:1 01001:8 01011:16
    01101:3 01110:2 01111:15 10000:10 10001:29 10010:14 10011:81 10100:3 10101:28 10110:15 10111:80
    11000:16 11001:56 11010:21 11011:173 11100:11 11101:61 11110:28 11111:298
"""
RIZOPOULOS = "Rizopoulos (2006), Journal of Statistical Software 17(5)"
CONVERGED = "maximum likelihood on a 401-point grid to a gradient below 1e-13, independent code; agrees with the R package mirt"
BOCK = "computed from the counts of Bock and Lieberman (1970)"
TWO = {"model": "2PL", "prior": None}
ONE = {"model": "1PL", "prior": None}
# Name, model, what, item (or None), expected, tolerance, source.
ROWS = (
    *((f"discrimination of item {item + 1}", TWO, "a", item, value, 1e-5, CONVERGED)
      for item, value in enumerate((0.825660, 0.722744, 0.890875, 0.688368, 0.656856))),
    *((f"intercept of item {item + 1}", TWO, "d", item, value, 1e-5, CONVERGED)
      for item, value in enumerate((2.773234, 0.990201, 0.249148, 1.284757, 2.053270))),
    ("standard error of discrimination 1", TWO, "standard_error_a", 0, 0.258115, 1e-5, CONVERGED),
    ("log-likelihood, two parameters", TWO, "log_likelihood", None, -2466.653, 5e-4, CONVERGED),
    ("log-likelihood, one parameter", ONE, "log_likelihood", None, -2466.938, 5e-4, RIZOPOULOS),
    ("common discrimination, one parameter", ONE, "a", 0, 0.7551, 5e-5, RIZOPOULOS),
    *((f"difficulty of item {item + 1}, one parameter", ONE, "b", item, value, 5e-5, RIZOPOULOS)
      for item, value in enumerate((-3.6153, -1.3224, -0.3176, -1.7301, -2.7802))),
)


@cache
def lsat6():
    """Return the 1,000 × 5 scores of LSAT6."""
    pairs = [entry.split(":") for entry in LSAT6.split()]
    return np.array([[int(code) for code in pattern] for pattern, count in pairs for _ in range(int(count))], float)


@cache
def _fit(model, prior):
    return skills.calibrate(lsat6(), model=model, prior=prior)


def _value(options, what, item):
    fitted = _fit(**options)
    return fitted.log_likelihood if item is None else fitted.items[what].iloc[item]


def _alpha():
    return skills.coefficient_alpha(lsat6()).value


def cases():
    """Return every case of this area."""
    area = "Skills"
    found = [Case(area, f"LSAT6: {name}", expected, tolerance, source, partial(_value, options, what, item))
             for name, options, what, item, expected, tolerance, source in ROWS]
    return [*found, Case(area, "LSAT6: coefficient alpha", 0.2949972, 5e-8, BOCK, _alpha)]
