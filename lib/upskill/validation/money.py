"""Money: results published by numpy-financial, pyxirr, Excel and DORA, and how often the intervals hold the truth."""

from functools import cache, partial

import numpy as np

from upskill import data, roi
from upskill.paths import EXAMPLE
from upskill.roi.uncertainty import draw
from upskill.validation.case import Case

NUMPY_FINANCIAL = "numpy-financial, test suite (github.com/numpy/numpy-financial)"
EXCEL = "Microsoft Excel help, pages on {}"
PYXIRR = "pyxirr, README (github.com/Anexen/pyxirr)"
DORA = "DORA ROI calculator 2026.1, sample inputs (dora.dev/ai/roi/calculator)"
SHEET = "cost-benefit worksheet at 12 % (scribd.com/document/458350072)"

RATES = (
    ((-250000, 100000, 150000, 200000, 250000, 300000), 0, 0.5672303344358536, 1e-10, NUMPY_FINANCIAL),
    ((-150000, 15000, 25000, 35000, 45000, 60000), 0, 0.0524328889, 1e-10, NUMPY_FINANCIAL),
    ((-100, 0, 0, 74), 0, -0.0954958303, 1e-10, NUMPY_FINANCIAL),
    ((-100, 39, 59, 55, 20), 0, 0.2809484212, 1e-10, NUMPY_FINANCIAL),
    ((-100, 100, 0, 7), 0, 0.0620584856, 1e-10, NUMPY_FINANCIAL),
    ((-100, 100, 0, -7), 0, -0.6788943736, 1e-10, NUMPY_FINANCIAL + ", lower of two roots"),
    ((-100, 100, 0, -7), 1, -0.0832996662, 1e-10, NUMPY_FINANCIAL + ", upper of two roots"),
    ((-100, 230, -132), 0, 0.10, 1e-10, "exact: (1.1, 1.2), lower root"),
    ((-100, 230, -132), 1, 0.20, 1e-10, "exact: (1.1, 1.2), upper root"),
    ((-10000,) + (327.24625,) * 16, 0, -0.0676541134, 1e-10, "numpy-financial, issue 98"),
    ((-70000, 12000, 15000, 18000, 21000), 0, -0.0212448, 5e-8, EXCEL.format("IRR")),
    ((-70000, 12000, 15000, 18000, 21000, 26000), 0, 0.0866309, 5e-8, EXCEL.format("IRR")),
    ((-70000, 12000, 15000), 0, -0.4435069, 5e-8, EXCEL.format("IRR")),
)
VALUES = (
    (0.05, (-15000, 1500, 2500, 3500, 4500, 6000), 122.89485, 5e-6, NUMPY_FINANCIAL),
    (0.10, (0, -10000, 3000, 4200, 6800), 1188.44341, 5e-6, EXCEL.format("NPV") + ", all flows discounted"),
    (0.08, (-40000, 8000, 9200, 10000, 12000, 14500), 1922.06155, 5e-6, EXCEL.format("NPV")),
    (0.08, (-40000, 8000, 9200, 10000, 12000, 14500, -9000), -3749.46509, 5e-6, EXCEL.format("NPV")),
    (0.12, (-42500,) + (21500,) * 5, 35003, 0.5, SHEET),
)
MODIFIED = (
    ((-120000, 39000, 30000, 21000, 37000, 46000), 0.10, 0.12, 0.12609413036590511, 1e-10, EXCEL.format("MIRR")),
    ((-120000, 39000, 30000, 21000), 0.10, 0.12, -0.04804465525, 1e-10, EXCEL.format("MIRR")),
    ((-120000, 39000, 30000, 21000, 37000, 46000), 0.10, 0.14, 0.13475911083, 1e-10, EXCEL.format("MIRR")),
    ((100, 200, -50, 300, -200), 0.05, 0.06, 0.3428233878, 1e-10, NUMPY_FINANCIAL),
)
DATED = (
    ((-10000, 2750, 4250, 3250, 2750), ("2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01"),
     0.373362535, 5e-9, EXCEL.format("XIRR")),
    ((-1000, 750, 500), ("2020-01-01", "2021-01-01", "2022-01-01"), 0.17500926461545, 1e-12, PYXIRR),
)
DORA_INVESTMENT, DORA_VALUE = 8_365_000, 11_646_000


def _rate(flows, root):
    return roi.internal_rates_of_return(flows)[root]


def _dated(flows, dates):
    return roi.dated_internal_rates_of_return(flows, dates)[0]


def _label(flows):
    shown = ", ".join(f"{flow:,.10g}" for flow in flows[:6])
    return shown + (", …" if len(flows) > 6 else "")


def cases():
    """Return every case of this area."""
    area, found = "Money", []
    for flows, root, expected, tolerance, source in RATES:
        found.append(Case(area, f"internal rate of return of {_label(flows)}{', upper root' if root else ''}", expected, tolerance, source,
                          partial(_rate, flows, root)))
    for rate, flows, expected, tolerance, source in VALUES:
        found.append(Case(area, f"net present value at {rate:.0%} of {_label(flows)}", expected, tolerance, source,
                          partial(roi.net_present_value, rate, flows)))
    for flows, finance, reinvest, expected, tolerance, source in MODIFIED:
        found.append(Case(area, f"modified rate at {finance:.0%}, {reinvest:.0%} of {_label(flows)}", expected,
                          tolerance, source, partial(roi.modified_internal_rate_of_return, flows, finance, reinvest)))
    for flows, dates, expected, tolerance, source in DATED:
        found.append(Case(area, f"dated rate of {_label(flows)}", expected, tolerance, source,
                          partial(_dated, flows, dates)))
    return [*found, *_dora(area)]


def _dora(area):
    flows = (-DORA_INVESTMENT, DORA_VALUE)
    return [
        Case(area, "DORA sample: net benefit", 3_281_000, 0.5, DORA, partial(roi.net_present_value, 0.0, flows)),
        Case(area, "DORA sample: return on investment", 0.3922295, 5e-8, DORA,
             partial(roi.return_on_investment, 0.0, (0, DORA_VALUE), (DORA_INVESTMENT, 0))),
        Case(area, "DORA sample: payback, years", 0.718272, 5e-7, DORA, partial(roi.payback_period, flows)),
    ]


@cache
def _inputs():
    return roi.gather_inputs(data.read_program(EXAMPLE), data.read_reference_assumptions())


def intervals(seed, level):
    """Value and cost: one future drawn with plain random numbers from the inputs of the example.

    This holds the arithmetic of the intervals against the inputs; whether the
    inputs are right no simulation can tell.
    """
    inputs = _inputs()
    found = roi.appraise(inputs, seed, level)
    assumptions = {name: each.assumption for name, each in inputs.items()}
    points = np.random.default_rng([seed, 2]).random((1, len(assumptions)))
    future = roi.Appraisal(inputs, draws := draw(assumptions, points), roi.cash_flows(draws, found.horizon_months), level)
    pairs = {
        "net present value": (found.net_present_value, future.worth),
        "cost": (found.cost, future.paid),
        "cost per engineer": (found.cost_per_engineer, future.paid / draws["engineers"]),
        "benefit-cost ratio": (found.benefit_cost_ratio, 1 + future.worth / future.paid),
        "running total at the end": (found.running_total.iloc[-1], future.flows.net.sum(axis=1))}
    return {name: float(printed.low <= value[0] <= printed.high) for name, (printed, value) in pairs.items()}
