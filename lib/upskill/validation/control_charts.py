"""Process-behavior charts against published numbers: limits, constants, EWMA, p chart, and each rule on a worked series."""

from functools import partial

from upskill import kpi
from upskill.kpi.attribute import ewma_chart, p_chart
from upskill.kpi.constants import range_constants
from upskill.validation.case import Case

NIST = "NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2"
NIST_EWMA = "NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.4"
MONTGOMERY = "Montgomery, Introduction to Statistical Quality Control: frozen orange juice cans, 30 samples of 50"
TABLES = "Montgomery, Introduction to Statistical Quality Control, Appendix VI"
WHEELER = "Wheeler's constants 2.66 and 3.267 on the NIST flow rates"
MEDIAN = "Wheeler's constant 3.145 for median moving ranges on the NIST flow rates"
RULES = "Nelson 1984, Journal of Quality Technology 16, rules 1 to 8; position from 0, worked by hand"
FLOW_RATES = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)
EXACT = {"multiplier": 3 / 1.128}
LIMITS = (
    ("center", {}, "center", 50.81, 5e-3, NIST), ("upper limit", EXACT, "upper", 55.8041, 5e-5, NIST),
    ("lower limit", EXACT, "lower", 45.8159, 5e-5, NIST),
    ("upper limit, rounded constant", {}, "upper", 55.80488889, 5e-9, WHEELER),
    ("limit of moving ranges", {}, "moving_range_limit", 6.13470, 5e-6, WHEELER),
    ("upper limit from median ranges", {"moving_range": "median"}, "upper", 55.5275, 5e-5, MEDIAN),
    ("lower limit from median ranges", {"moving_range": "median"}, "lower", 46.0925, 5e-5, MEDIAN),
)
SMOOTHED = (52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6,
            52.1)
SMOOTHED_FOUND = (50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38,
                  49.92, 50.73, 51.23, 51.94, 51.99)
JUICE_CANS = (12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6)
# Size of the range: d2, d3 and the limit of ranges D4 as printed (the table rounds on the way to D4: half of 0.002).
PRINTED = {2: (1.128, 0.853, 3.267), 3: (1.693, 0.888, 2.575), 4: (2.059, 0.880, 2.282), 5: (2.326, 0.864, 2.115)}
NONE = -1
# Rule, what is worked, series with center 0 and sigma 1, position of the first signal.
VECTORS = (
    ("beyond limits", "beyond", (0, 1, -1, 3.1, 0), 3), ("beyond limits", "just at the limit", (0, 1, -1, 3.0, 0), NONE),
    ("shift", "nine on a side", (0.5,) * 9, 8), ("shift", "eight on a side", (0.5,) * 8, NONE),
    ("shift", "a value at the center between", (0.5,) * 4 + (0,) + (0.5,) * 5, NONE),
    ("trend", "six rising", (-1, -0.6, -0.2, 0.2, 0.6, 1), 5), ("trend", "five rising", (-1, -0.6, -0.2, 0.2, 0.6), NONE),
    ("trend", "two alike", (-1, -0.6, -0.2, -0.2, 0.2, 0.6), NONE),
    ("oscillation", "fourteen in turn", (0.5, -0.5) * 7, 13), ("oscillation", "thirteen in turn", ((0.5, -0.5) * 7)[:13], NONE),
    ("two of three", "on a side", (2.1, 0, 2.2), 2), ("two of three", "on both sides", (2.1, 0, -2.2), NONE),
    ("four of five", "on a side", (1.1, 1.2, 0, 1.3, 1.4), 4),
    ("stratification", "fifteen within one sigma", (0.2, -0.2) * 7 + (0.2,), 14),
    ("oscillation", "of the same series", (0.2, -0.2) * 7 + (0.2,), 13),
    ("mixture", "eight outside one sigma", (1.2, -1.2) * 4, 7), ("mixture", "all on a side", (1.2,) * 8, NONE),
    ("four of five", "eight on a side", (1.2,) * 8, 4),
)


def _limit(options, what):
    return getattr(kpi.process_limits(FLOW_RATES, **options), what)


def _smoothed():
    return ewma_chart(SMOOTHED, 50, 2.0539, weight=0.3)


def _farthest_smoothed():
    return max(abs(ours - printed) for ours, printed in zip(_smoothed().values, SMOOTHED_FOUND, strict=True))


def _constant(size, what):
    return getattr(range_constants(size), what)


def _first(rule, scores):
    return next((place for place, names in kpi.find_signals(scores, "nelson").items() if rule in names), NONE)


def _juice(what):
    chart = p_chart(JUICE_CANS, 50)
    return chart.center if what == "center" else getattr(chart, what)[0]


def cases():
    """Return every case of this area."""
    rows = [(f"individuals chart: {name}", expected, tolerance, source, partial(_limit, options, what))
            for name, options, what, expected, tolerance, source in LIMITS]
    rows += [("EWMA chart: upper limit", 52.5884, 5e-5, NIST_EWMA, lambda: _smoothed().upper[0]),
             ("EWMA chart: lower limit", 47.4115, 1e-4, NIST_EWMA, lambda: _smoothed().lower[0]),
             ("EWMA chart: last value", 51.99, 5e-3, NIST_EWMA, lambda: _smoothed().values[-1]),
             ("EWMA chart: farthest of 20 values from its print", 0.0, 5.1e-3, NIST_EWMA, _farthest_smoothed)]
    rows += [(f"p chart: {name}", expected, tolerance, MONTGOMERY, partial(_juice, what)) for name, what, expected, tolerance in (
        ("center", "center", 0.2313, 5e-5), ("upper limit", "upper", 0.4102, 5e-5), ("lower limit", "lower", 0.0524, 5e-5))]
    rows += [(f"range of {size}: {name}", printed, tolerance, TABLES, partial(_constant, size, what))
             for size, values in PRINTED.items() for (name, what, tolerance), printed in
             zip((("d2", "d2", 5e-4), ("d3", "d3", 5e-4), ("D4", "limit_of_ranges", 1e-3)), values, strict=True)]
    rows += [("range of 2: distance of limits in median ranges", 3.145, 5e-4, "Wheeler, Understanding Variation (1993)",
              partial(_constant, 2, "limit_of_values_by_median")),
             ("range of 2: limit of ranges in median ranges", 3.865, 1e-3, "Wheeler, Understanding Variation (1993)",
              partial(_constant, 2, "limit_of_ranges_by_median"))]
    rows += [(f"rule {rule}: {what}", place, 0.0, RULES, partial(_first, rule, scores)) for rule, what, scores, place in VECTORS]
    return [Case("Charts", *row) for row in rows]
