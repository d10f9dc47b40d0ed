"""Raters and the combination of sources: published results and worked values."""

from functools import partial

import numpy as np

from upskill import skills
from upskill.validation.case import Case

AREA = "Raters"
COHEN = "Cohen (1968), Psychological Bulletin 70, 213-220, as in the help of the R package psych"
FLEISS = "Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72, 323-327, counts as in the R package psych; computed"
BATES = "example of the R package psych (D. Bates); computed"
NORMAL = "closed form of the normal model, computed by hand"
PSYCHIATRISTS = 200 * np.array([[0.44, 0.07, 0.09], [0.05, 0.20, 0.05], [0.01, 0.03, 0.06]])
DIAGNOSES = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
NINE = np.column_stack([np.arange(1, 10), [1, 3, 1, 6, 1, 5, 5, 6, 7]])
EVEN, UNEVEN = ((0, 1, 3), (1, 0, 6), (3, 6, 0)), ((0, 1, 4), (1, 0, 6), (2, 2, 0))
FOURTHS = ((0, 1, 0.5556), (1, 0, 0.3333), (0.5556, 0.3333, 0))
COUNTS = (
    ("two psychiatrists, unweighted", PSYCHIATRISTS, "unweighted", 0.492, 5.1e-4, COHEN),
    ("two psychiatrists, weights 1, 3, 6", PSYCHIATRISTS, EVEN, 0.348, 5.1e-4, COHEN),
    ("two psychiatrists, uneven weights", PSYCHIATRISTS, UNEVEN, 0.353, 5.1e-4, COHEN),
    ("two psychiatrists, linear", PSYCHIATRISTS, "linear", 0.473684, 5e-7, "computed from the counts of Cohen (1968)"),
    ("two psychiatrists, quadratic", PSYCHIATRISTS, "quadratic", 0.454545, 5e-7, "computed from the counts of Cohen (1968)"),
    ("diagnoses, unweighted", DIAGNOSES, "unweighted", 0.428571, 5e-7, FLEISS),
    ("diagnoses, weights 5/9 and 1/3", DIAGNOSES, FOURTHS, 0.507070, 5e-7, FLEISS),
)
PAIRS = (("unweighted", 0.0), ("linear", 0.394958), ("quadratic", 0.677966))
# Measurements of one person: values, loadings, shifts, variances; posterior mean and sd. Population normal(0, 1).
TEST, SELF, TALK = (0.80, 1.0, 0.0, 0.35**2), (1.50, 0.30, 0.40, 0.91), (0.20, 0.70, 0.0, 0.51)
PERSONS = (("a test", (TEST,), 0.712695, 0.330350), ("a test and a self-rating", (TEST, SELF), 0.744237, 0.328582),
           ("a test, a self-rating and an interview", (TEST, SELF, TALK), 0.701144, 0.312760),
           ("a self-rating alone", (SELF,), 0.330000, 0.953939))


def _kappa(counts, weights):
    return skills.kappa_of_counts(counts, weights).value


def _kappa_of_pairs(weights):
    return skills.weighted_kappa(NINE, weights).value


def _posterior(measured, part):
    return skills.combine_evidence(*np.transpose(measured))[part]


def cases():
    """Return every case of this area."""
    found = [Case(AREA, f"kappa, {name}", value, tolerance, source, partial(_kappa, counts, weights))
             for name, counts, weights, value, tolerance, source in COUNTS]
    found += [Case(AREA, f"kappa, nine pairs, {weights}", value, 5e-7, BATES, partial(_kappa_of_pairs, weights))
              for weights, value in PAIRS]
    return found + [Case(AREA, f"ability from {name}: {what}", value, 5.1e-7, NORMAL, partial(_posterior, measured, part))
                    for name, measured, *values in PERSONS
                    for part, (what, value) in enumerate(zip(("mean", "standard error"), values, strict=True))]
