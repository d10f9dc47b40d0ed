"""Money functions against published results: numpy-financial's and pyxirr's tests, Microsoft's Excel help."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upskill import roi

LOAN = (-10000,) + (327.24625,) * 16
EXCEL_FLOWS = (-10000, 2750, 4250, 3250, 2750)
EXCEL_DATES = ("2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01")


@pytest.mark.parametrize(("flows", "expected"), [
    ((-250000, 100000, 150000, 200000, 250000, 300000), [0.5672303344358536]),
    ((-150000, 15000, 25000, 35000, 45000, 60000), [0.0524328889]),
    ((-100, 0, 0, 74), [-0.0954958303]),
    ((-100, 39, 59, 55, 20), [0.2809484212]),
    ((-100, 100, 0, 7), [0.0620584856]),
    ((-100, 100, 0, -7), [-0.6788943736, -0.0832996662]),
    ((-100, 230, -132), [0.10, 0.20]),
    (LOAN, [-0.0676541134]),
])
def test_internal_rates_match_numpy_financial(flows, expected):
    assert roi.internal_rates_of_return(flows) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(("flows", "printed"), [
    ((-70000, 12000, 15000, 18000, 21000), -0.0212448),
    ((-70000, 12000, 15000, 18000, 21000, 26000), 0.0866309),
    ((-70000, 12000, 15000), -0.4435069),
])
def test_internal_rates_match_excel(flows, printed):
    assert roi.internal_rates_of_return(flows) == pytest.approx([printed], abs=5e-8)


@pytest.mark.parametrize(("rate", "flows", "expected"), [
    (0.05, (-15000, 1500, 2500, 3500, 4500, 6000), 122.89485),
    (0.10, (0, -10000, 3000, 4200, 6800), 1188.44341),
    (0.08, (-40000, 8000, 9200, 10000, 12000, 14500), 1922.06155),
    (0.08, (-40000, 8000, 9200, 10000, 12000, 14500, -9000), -3749.46509),
])
def test_net_present_values_match_published(rate, flows, expected):
    assert roi.net_present_value(rate, flows) == pytest.approx(expected, abs=5e-6)


@pytest.mark.parametrize(("flows", "finance", "reinvest", "expected"), [
    ((-120000, 39000, 30000, 21000, 37000, 46000), 0.10, 0.12, 0.12609413036590511),
    ((-120000, 39000, 30000, 21000), 0.10, 0.12, -0.04804465525),
    ((-120000, 39000, 30000, 21000, 37000, 46000), 0.10, 0.14, 0.13475911083),
    ((100, 200, -50, 300, -200), 0.05, 0.06, 0.3428233878),
])
def test_modified_rates_match_published(flows, finance, reinvest, expected):
    assert roi.modified_internal_rate_of_return(flows, finance, reinvest) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("shift", [0, -16])
def test_dated_rate_matches_excel_in_any_four_year_cycle(shift):
    dates = np.array([str(int(day[:4]) + shift) + day[4:] for day in EXCEL_DATES], dtype="datetime64[D]")
    assert roi.dated_internal_rates_of_return(EXCEL_FLOWS, dates) == pytest.approx([0.373362533519], abs=1e-11)


def test_dated_rate_and_value_match_published():
    assert roi.dated_net_present_value(0.09, EXCEL_FLOWS, EXCEL_DATES) == pytest.approx(2086.647602032, abs=1e-8)
    shuffled = [2, 0, 1]
    flows, dates = np.array([-1000, 750, 500]), np.array(["2020-01-01", "2021-01-01", "2022-01-01"])
    rates = roi.dated_internal_rates_of_return(flows[shuffled], dates[shuffled])
    assert rates == pytest.approx([0.17500926461545], abs=1e-13)


def test_cost_benefit_sheet_at_twelve_percent():
    benefits, costs = [0] + [50000] * 5, [42500] + [28500] * 5
    net = np.subtract(benefits, costs)
    assert roi.net_present_value(0.12, benefits) == pytest.approx(180239, abs=0.5)
    assert roi.net_present_value(0.12, costs) == pytest.approx(145236, abs=0.5)
    assert roi.net_present_value(0.12, net) == pytest.approx(35003, abs=0.5)
    assert roi.return_on_investment(0.12, benefits, costs) == pytest.approx(0.24, abs=0.005)
    assert roi.discounted_payback_period(0.12, net) == pytest.approx(2.403, abs=5e-4)


def test_dora_sample_in_our_words():
    hard, dip, value = (250 + 80 + 9600) * 500 + 100_000, 500 * 176_000 * 0.15 * 3 / 12, 11_646_000
    flows = [-(hard + dip), value]
    assert roi.net_present_value(0.0, flows) == pytest.approx(3_281_000)
    assert roi.return_on_investment(0.0, [0, value], [hard + dip, 0]) == pytest.approx(0.3922295, abs=5e-8)
    assert roi.payback_period(flows) == pytest.approx(0.718272, abs=5e-7)


def test_flows_that_change_sign_never_or_touch_zero():
    assert len(roi.internal_rates_of_return([100, 20])) == 0
    assert len(roi.internal_rates_of_return([0, 0, 0])) == 0
    assert len(roi.internal_rates_of_return([-100, 220, -121.001])) == 0
    assert roi.internal_rates_of_return([-100, 220, -121]) == pytest.approx([0.1])
    assert roi.is_conventional([0, -5, 0, 3]) and not roi.is_conventional([5, -3])


@given(st.lists(st.floats(-0.6, 3.0), min_size=1, max_size=4, unique_by=lambda rate: round(rate, 1)))
def test_every_root_that_was_put_in_is_found(rates):
    flows = np.polynomial.polynomial.polyfromroots([1 / (1 + rate) for rate in rates])
    apart = np.diff(sorted(rates))
    if len(apart) == 0 or apart.min() > 0.02:
        assert roi.internal_rates_of_return(flows) == pytest.approx(sorted(rates), abs=1e-6)


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=60))
def test_the_rate_of_conventional_flows_makes_them_worth_nothing(gains):
    flows = np.array([-sum(gains) / 1.5, *gains])
    (rate,) = roi.internal_rates_of_return(flows)
    assert rate > 0
    assert roi.net_present_value(rate, flows) == pytest.approx(0, abs=1e-9 * np.abs(flows).sum())


def test_scenarios_give_what_single_series_give():
    flows = np.array([[-100.0, 60, 60], [-100, 20, 20], [0, -50, 80]])
    rates = np.array([0.1, 0.2, 0.0])
    one_by_one = [roi.net_present_value(rate, series) for rate, series in zip(rates, flows, strict=True)]
    assert roi.net_present_value(rates, flows) == pytest.approx(one_by_one)
    assert roi.payback_period(flows) == pytest.approx([1 + 40 / 60, np.nan, 1 + 50 / 80], nan_ok=True)
    assert roi.modified_internal_rate_of_return(flows, 0.1, 0.1).shape == (3,)


def test_what_cannot_be_computed_is_said():
    assert np.isnan(roi.modified_internal_rate_of_return([100, 50], 0.1, 0.1))
    assert roi.payback_period([10, 5]) == 0
    with pytest.raises(ValueError, match="dates"):
        roi.dated_internal_rates_of_return([-1, 2], ["2020-01-01"])
    with pytest.raises(ValueError, match="above -1"):
        roi.net_present_value(-1.0, [1, 2])
    with pytest.raises(ValueError, match="finite"):
        roi.internal_rates_of_return([-1, np.nan])


@pytest.mark.parametrize(("call", "words"), [
    (lambda: roi.net_present_value(0.1, [1, np.nan]), "finite"), (lambda: roi.net_present_value(np.nan, [1, 2]), "rates"),
    (lambda: roi.net_present_value(0.1, []), "empty"), (lambda: roi.net_present_value(0.1, 5), "empty"),
    (lambda: roi.net_present_value("ten", [1, 2]), "numbers"), (lambda: roi.payback_period([None, 1]), "finite"),
    (lambda: roi.internal_rates_of_return(["a", 1]), "numbers"), (lambda: roi.internal_rates_of_return([[1, 2]]), "shape"),
    (lambda: roi.internal_rates_of_return([np.inf, -1]), "finite"), (lambda: roi.internal_rates_of_return([[1], [1, 2]]), "length"),
    (lambda: roi.modified_internal_rate_of_return([-1, 2], -1.0, 0.1), "above -1"),
    (lambda: roi.modified_internal_rate_of_return([-1, np.nan], 0.1, 0.1), "finite"),
    (lambda: roi.dated_net_present_value(0.1, [-1, 2], ["2020-01-01"]), "one date for each"),
    (lambda: roi.dated_net_present_value(-1.5, [-1, 2], ["2020-01-01", "2021-01-01"]), "above -1"),
    (lambda: roi.dated_internal_rates_of_return([-1, 2], ["2020-01-01", "soon"]), "days such as"),
    (lambda: roi.dated_internal_rates_of_return([-1, 2], ["2020-01-01", None]), "missing"),
    (lambda: roi.risk_adjusted([1], -1.0), "100 %"), (lambda: roi.credited(10, 60, 0.7), "shares")])
def test_hostile_input_gets_a_clear_error(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_hostile_flows_that_can_be_computed_are():
    assert roi.internal_rates_of_return([-1e308, 1e308, 1e308]) == pytest.approx([(5**0.5 - 1) / 2])
    assert roi.internal_rates_of_return(np.array([-100, 110], dtype=np.int8)) == pytest.approx([0.1])
    assert roi.internal_rates_of_return([-1e-300, 1.1e-300]) == pytest.approx([0.1])
    swings = np.random.default_rng(3).integers(-5, 5, size=240)
    for rate in roi.internal_rates_of_return(swings):
        sizes = roi.net_present_value(rate, np.abs(swings))
        assert abs(roi.net_present_value(rate, swings)) < 1e-6 * sizes
    assert not len(roi.internal_rates_of_return([-5])) and not roi.is_conventional([0, 0])


@given(st.lists(st.lists(st.integers(-9, 9), min_size=6, max_size=6), min_size=1, max_size=8))
def test_meaningful_rates_of_many_series_are_those_of_each(series):
    together = roi.internal_rate_of_return(series)
    for flows, rate in zip(series, together, strict=True):
        if roi.is_conventional(flows):
            assert [rate] == pytest.approx(roi.internal_rates_of_return(flows), abs=1e-9)
        else:
            assert np.isnan(rate)
    assert roi.internal_rate_of_return(np.zeros((2, 3, 4))).shape == (2, 3)


def test_dora_lines_work_on_arrays_and_lose_all_with_no_value():
    lines = roi.dora_return(**(roi.DORA_SAMPLE | {"time_saved": np.array([-0.1, 0.0877, 0.125])}))
    assert lines.return_on_investment == pytest.approx([-1.973, 0.0, 0.3922], abs=2e-3)
    assert np.isinf(lines.payback_years[0]) and lines.payback_years[2] == pytest.approx(0.718272, abs=5e-7)
    nothing = roi.dora_return(staff=0, cost_per_year=0, time_saved=0)
    assert np.isnan(nothing.return_on_investment) and np.isinf(nothing.payback_years)


def test_economic_impact_raises_costs_and_lowers_benefits():
    impact = roi.total_economic_impact([0, 100, 100, 100], [100, 10, 10, 10], benefit_risk=0.2, cost_risk=0.1)
    later = (1 / 1.1 + 1 / 1.21 + 1 / 1.331)
    assert (impact.benefits, impact.costs) == pytest.approx((80 * later, 110 + 11 * later))
    assert impact.return_on_investment == pytest.approx(impact.net_present_value / impact.costs)
    assert roi.credited([10, np.nan], 0.6, 0.7) == pytest.approx([4.2, 0.0])
