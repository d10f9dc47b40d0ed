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
TEI_RETENTION = "Forrester TEI for Intellum, table A (thoughtleadership.forrester.com/go/intellum/customer_education_ebook/43)"
TEI_SPENDING = "Forrester TEI for Intellum, table B (thoughtleadership.forrester.com/go/intellum/customer_education_ebook/44)"
PHILLIPS = "worked form of the Phillips method: 60 % attributed, 70 % confident"

DORA_LINES = (
    ("licenses", 125_000), ("additional_ai", 40_000), ("training", 4_800_000), ("infrastructure", 100_000),
    ("hard_cost", 5_065_000), ("dip", 3_300_000), ("investment", 8_365_000), ("capacity", 11_000_000),
    ("revenue", 990_000), ("downtime", -344_000), ("value", 11_646_000), ("net", 3_281_000))
NOTHING_PAID = {"license": 0, "additional_ai": 0, "training": 0, "infrastructure": 0, "time_saved": -0.1}
DORA_POINTS = (
    ("1,000 staff: net", {"staff": 1000}, "net", 6_016_000, 0.5),
    ("1,000 staff: investment", {"staff": 1000}, "investment", 16_630_000, 0.5),
    ("1,000 staff: return", {"staff": 1000}, "return_on_investment", 0.3618, 5e-5),
    ("nobody on the staff: net", {"staff": 1e-6}, "net", 546_000, 0.5),
    ("nothing paid, 10 % lost: hard cost", NOTHING_PAID, "hard_cost", 0, 0.5),
    ("nothing paid, 10 % lost: investment", NOTHING_PAID, "investment", 3_300_000, 0.5),
    ("nothing paid, 10 % lost: capacity", NOTHING_PAID, "capacity", -8_800_000, 0.5))
DORA_ONE_WAY = (
    ("time_saved", 0.08, -0.081), ("time_saved", 0.30, 2.23), ("training", 1_000, 1.86), ("training", 12_000, 0.218),
    ("dip_share", 0.05, 0.889), ("dip_share", 0.30, -0.002), ("cost_per_year", 140_000, 0.222),
    ("cost_per_year", 220_000, 0.566), ("revenue_per_feature", 0.0001, 0.276), ("revenue_per_feature", 0.01, 0.511),
    ("revenue", 50_000_000, 0.333), ("revenue", 200_000_000, 0.511), ("idea_success", 0.10, 0.310),
    ("idea_success", 0.50, 0.453), ("failure_rate_target", 0.05, 0.419), ("failure_rate_target", 0.10, 0.285),
    ("recovery_hours", 1, 0.423), ("recovery_hours", 8, 0.351), ("dip_months", 6, -0.002), ("time_saved", 0.09375, 0.063))

OFFERED, USED, KEPT_SHARE = np.array([0.384, 0.767, 0.767]), 0.511, np.array([0.044, 0.087, 0.087])
REVENUE, MARGIN, RISK = np.full(3, 1e9), 0.12, -0.20
SHEET_BENEFITS, SHEET_COSTS = (0,) + (50_000,) * 5, (42_500,) + (28_500,) * 5

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
    return [*found, *_dated_value(area), *_dora(area), *_impact(area), *_sheet(area), *_phillips(area)]


def _dated_value(area):
    flows, dates = DATED[0][:2]
    return [Case(area, f"dated net present value at 9% of {_label(flows)}", 2086.647602032, 5e-9, EXCEL.format("XNPV"),
                 partial(roi.dated_net_present_value, 0.09, flows, dates))]


def _dora_line(line, **changes):
    return getattr(roi.dora_return(**(roi.DORA_SAMPLE | changes)), line)


def _dora(area):
    """Every line of the sample, its extra points, and one input moved at a time."""
    found = [Case(area, f"DORA sample: {line.replace('_', ' ')}", expected, 0.5, DORA, partial(_dora_line, line))
             for line, expected in DORA_LINES]
    found += [Case(area, "DORA sample: return on investment", 0.3922295, 5e-8, DORA,
                   partial(_dora_line, "return_on_investment")),
              Case(area, "DORA sample: payback, years", 0.718272, 5e-7, DORA, partial(_dora_line, "payback_years")),
              Case(area, "DORA sample: time saved at break-even", 0.0877, 5e-5, DORA,
                   partial(roi.dora_break_even, **roi.DORA_SAMPLE))]
    found += [Case(area, f"DORA: {name}", expected, tolerance, DORA, partial(_dora_line, line, **changes))
              for name, changes, line, expected, tolerance in DORA_POINTS]
    return found + [Case(area, f"DORA: return at {name.replace('_', ' ')} {value:,.10g}", expected,
                         0.005 if expected > 1 else 0.0005, DORA + ", one input moved; recomputed by hand from its formulas",
                         partial(_dora_line, "return_on_investment", **{name: value}))
                    for name, value, expected in DORA_ONE_WAY]


def _retention(line):
    kept = roi.revenue_kept(REVENUE, KEPT_SHARE)
    profit = kept * MARGIN
    return {"kept": kept, "profit": profit, "adjusted": roi.risk_adjusted(profit, RISK)}[line]


def _spending(line):
    spent = (REVENUE + roi.revenue_kept(REVENUE, KEPT_SHARE)) * OFFERED * USED * 0.083
    profit = spent * MARGIN
    return {"spent": spent, "profit": profit, "adjusted": roi.risk_adjusted(profit, RISK)}[line]


def _year(table, line, year):
    return table(line)[year - 1]


def _total(table):
    return table("adjusted").sum()


def _today(table):
    return roi.total_economic_impact([0, *table("profit")], [0, 0, 0, 0], benefit_risk=-RISK).benefits


def _impact(area):
    lines = (
        ("retention", _retention, TEI_RETENTION, {"kept": (0, 44_000_000, 90_828_000), "profit": (0, 5_280_000, 10_899_360),
                                                  "adjusted": (0, 4_224_000, 8_719_488)}, 12_943_488, 10_041_989),
        ("spending", _spending, TEI_SPENDING, {"spent": (16_286_592, 33_962_125, 35_485_476),
                                               "profit": (1_954_391, 4_075_455, 4_258_257),
                                               "adjusted": (1_563_513, 3_260_364, 3_406_606)}, 8_230_482, 6_675_324))
    found = []
    for name, table, source, rows, total, today in lines:
        found += [Case(area, f"TEI {name}: {line}, year {year}", expected, 0.5, source, partial(_year, table, line, year))
                  for line, amounts in rows.items() for year, expected in enumerate(amounts, 1)]
        # The study cuts the cents off its totals.
        found += [Case(area, f"TEI {name}: three years", total, 1, source, partial(_total, table)),
                  Case(area, f"TEI {name}: present value at 10%", today, 1, source, partial(_today, table))]
    return found


def _sheet(area):
    net = np.subtract(SHEET_BENEFITS, SHEET_COSTS)
    found = [Case(area, "cost-benefit sheet: present value of benefits", 180_239, 0.5, SHEET,
                  partial(roi.net_present_value, 0.12, SHEET_BENEFITS)),
             Case(area, "cost-benefit sheet: present value of costs", 145_236, 0.5, SHEET,
                  partial(roi.net_present_value, 0.12, SHEET_COSTS)),
             Case(area, "cost-benefit sheet: return", 0.24, 0.005, SHEET,
                  partial(roi.return_on_investment, 0.12, SHEET_BENEFITS, SHEET_COSTS)),
             Case(area, "cost-benefit sheet: discounted payback, years", 2.403, 5e-4, SHEET,
                  partial(roi.discounted_payback_period, 0.12, net))]
    discounted = (19_196, 17_140, 15_303, 13_664, 12_200)
    total = (-42_500, -23_304, -6_164, 9_139, 22_803, 35_003)
    found += [Case(area, f"cost-benefit sheet: discounted net, year {year}", expected, 0.5, SHEET,
                   partial(_part, net, year, year + 1)) for year, expected in enumerate(discounted, 1)]
    return found + [Case(area, f"cost-benefit sheet: running total, year {year}", expected, 0.5, SHEET,
                         partial(_part, net, 0, year + 1)) for year, expected in enumerate(total)]


def _part(net, first, end):
    kept = np.zeros(len(net))
    kept[first:end] = net[first:end]
    return roi.net_present_value(0.12, kept)


def _phillips(area):
    return [Case(area, "Phillips: 10 hours reported", 4.2, 1e-9, PHILLIPS, partial(roi.credited, 10, 0.6, 0.7))]


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
