"""Money over time: present values, rates of return, payback.

Sign convention throughout: money that comes in is positive, money that goes
out is negative. The first flow is at time 0 and is not discounted. Functions
of one period work along the last axis, so that scenarios x months need no loop.
A flow, rate or date that is missing or no number is refused, never skipped.
"""

import numpy as np

from upskill.roi.exponential_sums import real_roots

DAYS_PER_YEAR = 365.0


def net_present_value(rate, cash_flows):
    """Return what a series of cash flows is worth today.

    Equation: sum over t of cash_flows[t] / (1 + rate) ** t, t = 0, 1, …
    (Brealey, Myers and Allen, Principles of Corporate Finance). Spreadsheets
    discount the first flow too: put a 0 in front to get their number.

    rate: per period, above -1; a number or one per scenario (leading axes).
    cash_flows: money per period, shape (…, periods). Returns shape (…).

    Is a course worth it that costs 15,000 now and saves 1,500 to 6,000 in
    each of the next five years, if money costs 5 % a year? Yes, by 122.89:

    >>> round(float(net_present_value(0.05, [-15000, 1500, 2500, 3500, 4500, 6000])), 2)
    122.89
    """
    flows = _flows(cash_flows)
    return (flows * discount_factors(rate, flows.shape[-1])).sum(axis=-1)


def discount_factors(rate, periods):
    """Return 1 / (1 + rate) ** t for t = 0 … periods - 1, shape (…, periods).

    >>> discount_factors(0.25, 3).tolist()
    [1.0, 0.8, 0.64]
    """
    return (1.0 + _rate(rate)[..., np.newaxis]) ** -np.arange(periods, dtype=float)


def internal_rates_of_return(cash_flows):
    """Return every rate at which the flows are worth nothing today.

    Equation: all real solutions r > -1 of net_present_value(r, cash_flows) = 0.
    Flows that change sign once have exactly one; none or several means that
    "the" internal rate of return has no meaning (Lorie and Savage 1955).

    cash_flows: shape (periods,). Returns the rates per period, ascending;
    empty where there is none, and for flows that are all zero.

    What does a mine return that costs 100, pays 230 and costs 132 to close?

    >>> internal_rates_of_return([-100, 230, -132]).round(6).tolist()
    [0.1, 0.2]
    """
    flows = _one_series(cash_flows)
    return _rates(flows, np.arange(len(flows), dtype=float))


def internal_rate_of_return(cash_flows):
    """Return the one rate of each series, NaN where "the" rate is not meaningful.

    Meaningful where the flows change sign exactly once, from cost to gain; then
    there is exactly one. Equation: net_present_value(r, cash_flows) = 0, found
    by halving an interval of log(1 + r) for all series at once.

    cash_flows: shape (…, periods). Returns the rate per period, shape (…), with
    an error below 1e-12 of 1 + rate.

    >>> internal_rate_of_return([[-100, 60, 60], [-100, 230, -132]]).round(6).tolist()
    [0.130662, nan]
    """
    flows = _flows(cash_flows)
    series = flows.reshape(-1, flows.shape[-1])
    rates = np.full(len(series), np.nan)
    meaningful = _is_conventional(series)
    rates[meaningful] = np.expm1(_bisect(series[meaningful]))
    return rates.reshape(flows.shape[:-1])


def _bisect(series):
    """Return log(1 + rate) of conventional series; their value falls through zero once."""
    times = np.arange(series.shape[-1], dtype=float)
    scale = np.abs(series).max(axis=-1, keepdims=True) if len(series) else 1.0
    series = series / scale

    def above_zero(logs):
        exponents = -logs[:, np.newaxis] * times
        return (series * np.exp(exponents - exponents.max(axis=-1, keepdims=True))).sum(axis=-1) > 0

    low, high = np.full(len(series), -1.0), np.full(len(series), 1.0)
    while (short := ~above_zero(low)).any():
        low[short] *= 2.0
    while (short := above_zero(high)).any():
        high[short] *= 2.0
    while (high - low).max(initial=0.0) > 1e-13 * max(1.0, np.abs(high).max(initial=0.0)):
        middle = (low + high) / 2
        above = above_zero(middle)
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2


def dated_internal_rates_of_return(cash_flows, dates):
    """Return every yearly rate at which dated flows are worth nothing on the first date.

    Equation: all real r > -1 with sum of cash_flows[i] / (1 + r) ** (days[i] / 365) = 0,
    days counted from the earliest date (actual/365, as spreadsheets do).

    cash_flows, dates: same length, any order; dates as ISO text or datetime64.
    Raises ValueError when the lengths differ or a date is missing.

    >>> flows, dates = [-1000, 750, 500], ["2020-01-01", "2021-01-01", "2022-01-01"]
    >>> dated_internal_rates_of_return(flows, dates).round(8).tolist()
    [0.17500926]
    """
    return _rates(*_dated(cash_flows, dates))


def dated_net_present_value(rate, cash_flows, dates):
    """Return what dated flows are worth on the earliest date (actual/365, yearly rate).

    Equation: sum of cash_flows[i] / (1 + rate) ** (days[i] / 365).

    rate: above -1; a number, or one per scenario, whose shape the result has.
    Raises ValueError as dated_internal_rates_of_return does.

    >>> round(float(dated_net_present_value(0.1, [-100, 121], ["2021-01-01", "2022-01-01"])), 9)
    10.0
    """
    flows, years = _dated(cash_flows, dates)
    return (flows * (1.0 + _rate(rate)[..., np.newaxis]) ** -years).sum(axis=-1)


def modified_internal_rate_of_return(cash_flows, finance_rate, reinvestment_rate):
    """Return the one rate that turns all costs, financed, into all gains, reinvested.

    Equation: (future value of the inflows at reinvestment_rate / present value
    of the outflows at finance_rate) ** (1 / (periods - 1)) - 1 (Lin 1976).

    cash_flows: shape (…, periods). Returns the rate per period, shape (…);
    NaN where there are no outflows or no inflows.

    >>> flows = [-120000, 39000, 30000, 21000, 37000, 46000]
    >>> round(float(modified_internal_rate_of_return(flows, 0.10, 0.12)), 8)
    0.12609413
    """
    flows = _flows(cash_flows)
    last = flows.shape[-1] - 1
    growth = 1.0 + _rate(reinvestment_rate)
    gains = net_present_value(reinvestment_rate, np.maximum(flows, 0)) * growth**last
    costs = -net_present_value(finance_rate, np.minimum(flows, 0))
    meaningful = (gains > 0) & (costs > 0) & (last > 0)
    ratio = np.divide(gains, costs, out=np.full(np.shape(gains + costs), np.nan), where=meaningful)
    return ratio ** (1.0 / max(last, 1)) - 1.0


def payback_period(cash_flows):
    """Return the time at which the running total, once below zero, is back at zero.

    Equation: t - 1 + (-C[t-1]) / flow[t] in the first period t whose running
    total C[t] is not negative after a negative one: the flow is taken as even
    within its period.

    cash_flows: shape (…, periods). Returns periods, shape (…): 0 where the
    total is never below zero, NaN where it never recovers.

    >>> float(payback_period([-100, 40, 40, 40]))
    2.5
    """
    flows = _flows(cash_flows)
    total = flows.cumsum(axis=-1)
    in_debt = np.logical_or.accumulate(total < 0, axis=-1)
    recovered = in_debt & (total >= 0)
    at = recovered.argmax(axis=-1)[..., np.newaxis]
    flow, above = (np.take_along_axis(series, at, axis=-1)[..., 0] for series in (flows, total))
    share_left = np.divide(above, flow, out=np.zeros_like(flow), where=flow > 0)
    never = np.where(in_debt[..., -1], np.nan, 0.0)
    return np.where(recovered.any(axis=-1), at[..., 0] - share_left, never)


def discounted_payback_period(rate, cash_flows):
    """Return the payback period of the discounted flows.

    >>> round(float(discounted_payback_period(0.12, [-42500] + [21500] * 5)), 3)
    2.403
    """
    flows = _flows(cash_flows)
    return payback_period(flows * discount_factors(rate, flows.shape[-1]))


def benefit_cost_ratio(rate, benefits, costs):
    """Return today's value of the benefits per unit of today's value of the costs.

    Equation: net_present_value(rate, benefits) / net_present_value(rate, costs).
    Costs are given as positive amounts; NaN where they are worth nothing.

    >>> float(benefit_cost_ratio(0.0, [0, 150], [100, 0]))
    1.5
    """
    gained, paid = net_present_value(rate, benefits), net_present_value(rate, costs)
    return np.divide(gained, paid, out=np.full(np.shape(gained + paid), np.nan), where=paid > 0)


def return_on_investment(rate, benefits, costs):
    """Return gain per unit of cost, both in today's value: benefit_cost_ratio - 1.

    >>> float(return_on_investment(0.0, [0, 150], [100, 0]))
    0.5
    """
    return benefit_cost_ratio(rate, benefits, costs) - 1.0


def is_conventional(cash_flows):
    """Return whether the flows change sign exactly once, from cost to gain.

    >>> is_conventional([-100, 0, 60, 70]), is_conventional([-100, 230, -132])
    (True, False)
    """
    return bool(_is_conventional(_one_series(cash_flows)[np.newaxis])[0])


def _is_conventional(series):
    """Return for each series whether no cost comes after a gain, and there are both, shape (series,)."""
    gained = np.logical_or.accumulate(series > 0, axis=-1)
    return (series < 0).any(axis=-1) & gained[:, -1] & ~(gained & (series < 0)).any(axis=-1)


def _rates(flows, times):
    return np.expm1(real_roots(flows, times))


def _numbers(values, what):
    """Return finite numbers as floats; raise ValueError that says which are none."""
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{what} must be numbers, in rows of one length: {error}") from None
    if not np.isfinite(numbers).all():
        raise ValueError(f"{what} must be finite numbers; fill in or drop the missing ones")
    return numbers


def _rate(rate):
    rate = _numbers(rate, "rates")
    if np.any(rate <= -1):
        raise ValueError("a rate of -100 % or less has no present value; give rates above -1")
    return rate


def _flows(cash_flows):
    flows = _numbers(cash_flows, "cash flows")
    if flows.ndim == 0 or flows.shape[-1] == 0:
        raise ValueError("cash flows are empty; give at least one, the flow at time 0")
    return flows


def _one_series(cash_flows):
    flows = _flows(cash_flows)
    if flows.ndim != 1:
        raise ValueError(f"one series of cash flows expected, found shape {flows.shape}")
    return flows


def _dated(cash_flows, dates):
    """Return the flows and the years since the earliest date."""
    flows, days = _one_series(cash_flows), _days(dates)
    if len(flows) != len(days):
        raise ValueError(f"{len(flows)} cash flows but {len(days)} dates; give one date for each flow")
    return flows, days / DAYS_PER_YEAR


def _days(dates):
    try:
        days = np.asarray(dates, dtype="datetime64[D]")
    except (TypeError, ValueError) as error:
        raise ValueError(f"dates must be days such as 2026-12-31: {error}") from None
    if days.ndim != 1 or np.isnat(days).any():
        raise ValueError("a date is missing; give one date for each flow")
    return (days - days.min()).astype(float)
