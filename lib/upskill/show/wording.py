"""Words for those who cannot see a figure, made from the numbers that it draws."""

from math import isfinite

from upskill.show.format import format_number, interval_text


def estimates_alt(about, names, estimates, unit="", digits=None):
    """Say named estimates with their intervals; an interval without width, or None in its place, goes unsaid.

    `estimates`: (value, low, high) for each of `names`.

    >>> estimates_alt("Net value", ["buy", "none"], [(3e6, 1e6, 5e6), (0, 0, 0)], "USD")
    'Net value: buy $3.00 million ($1.00 million to $5.00 million); none $0.'
    """
    estimates = [tuple(estimate) for estimate in estimates]
    largest = max((abs(end) for estimate in estimates for end in estimate if end is not None and isfinite(end)), default=0)
    told = [f"{name} {_estimate(*estimate, unit, digits, largest)}" for name, estimate in zip(names, estimates, strict=True)]
    return f"{about}: {'; '.join(told)}."


def _estimate(value, low, high, unit, digits, largest):
    """Write one of several estimates, all on the scale of the largest number among them."""
    text = format_number(value, unit, digits, largest)
    return text if low is None or low == high else f"{text} ({interval_text(low, high, unit, digits, largest)})"


def course_alt(about, table, along, unit="", points=5, place=str, digits=None):
    """Say a course with its band at some `points` of it, the first and the last among them.

    `table`: columns `along`, mean, low, high in the order drawn; `place` writes a value of `along`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"month": [0, 1, 2], "mean": [-4.0, 1, 6], "low": [-5.0, 0, 4], "high": [-3.0, 2, 8]})
    >>> course_alt("Total", table, "month", "USD", 2, "month {}".format)
    'Total: month 0 −$4 (−$5 to −$3); month 2 $6 ($4 to $8).'
    """
    last = len(table) - 1
    rows = table.iloc[sorted({round(step * last / max(points - 1, 1)) for step in range(points)})]
    return estimates_alt(about, map(place, rows[along]), rows[["mean", "low", "high"]].to_numpy(float), unit, digits)
