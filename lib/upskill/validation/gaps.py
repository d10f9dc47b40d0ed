"""Gaps: worked values of the shortfall of one normal posterior, and their expectation by plain integration."""

from functools import partial

from scipy.integrate import quad
from scipy.stats import norm

from upskill import skills
from upskill.validation.case import Case

WORKED = "worked value: mean 0.80, standard error 0.35"
INTEGRAL = "integral of max(c - t, 0) against the normal density, by quadrature"
# Mean, standard error, target in levels.
POSTERIORS = ((2.4, 0.6, 3.0), (3.1, 0.5, 3.0), (1.0, 0.8, 4.0), (4.2, 0.4, 2.5))


def by_integration(mean, standard_error, target):
    """Return the expected value of max(target - t, 0), t normal, without the closed form."""
    return quad(lambda t: (target - t) * norm.pdf(t, mean, standard_error), mean - 12 * standard_error, target,
                epsabs=1e-13)[0]


def cases():
    """Return every case of this area."""
    area = "Gaps"
    found = [
        Case(area, "chance of reaching 0.5", 0.80432, 5e-6, WORKED, partial(skills.chance_of_meeting, 0.80, 0.35, 0.5)),
        Case(area, "expected shortfall to 1.0", 0.26183, 5e-6, WORKED, partial(skills.expected_shortfall, 0.80, 0.35, 1.0)),
    ]
    return found + [
        Case(area, f"expected shortfall of level {mean} ± {error} to {target}", by_integration(mean, error, target), 1e-9,
             INTEGRAL, partial(skills.expected_shortfall, mean, error, target)) for mean, error, target in POSTERIORS]
