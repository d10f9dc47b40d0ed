"""Published results of process-behavior charts."""

from functools import partial

from upskill import kpi
from upskill.validation.case import Case

NIST = "NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2"
WHEELER = "Wheeler's constants 2.66 and 3.267 on the NIST flow rates"
MEDIAN = "Wheeler's constant 3.145 for median moving ranges on the NIST flow rates"
FLOW_RATES = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)
EXACT = {"multiplier": 3 / 1.128}
ROWS = (
    ("center", {}, "center", 50.81, 5e-3, NIST), ("upper limit", EXACT, "upper", 55.8041, 5e-5, NIST),
    ("lower limit", EXACT, "lower", 45.8159, 5e-5, NIST),
    ("upper limit, rounded constant", {}, "upper", 55.80488889, 5e-9, WHEELER),
    ("limit of moving ranges", {}, "moving_range_limit", 6.13470, 5e-6, WHEELER),
    ("upper limit from median ranges", {"moving_range": "median"}, "upper", 55.5275, 5e-5, MEDIAN),
    ("lower limit from median ranges", {"moving_range": "median"}, "lower", 46.0925, 5e-5, MEDIAN),
)


def _limit(options, what):
    return getattr(kpi.process_limits(FLOW_RATES, **options), what)


def cases():
    """Return every case of this area."""
    return [Case("Delivery", f"individuals chart: {name}", expected, tolerance, source, partial(_limit, options, what))
            for name, options, what, expected, tolerance, source in ROWS]
