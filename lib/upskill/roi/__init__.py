"""What training is worth: finance, uncertain inputs, monthly cash flows."""

from upskill.roi.finance import (
    benefit_cost_ratio,
    dated_internal_rates_of_return,
    dated_net_present_value,
    discounted_payback_period,
    internal_rates_of_return,
    is_conventional,
    modified_internal_rate_of_return,
    net_present_value,
    payback_period,
    return_on_investment,
)

__all__ = [
    "benefit_cost_ratio",
    "dated_internal_rates_of_return",
    "dated_net_present_value",
    "discounted_payback_period",
    "internal_rates_of_return",
    "is_conventional",
    "modified_internal_rate_of_return",
    "net_present_value",
    "payback_period",
    "return_on_investment",
]
