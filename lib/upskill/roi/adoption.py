"""How a new way of working spreads: a dip, a rise along a logistic curve, and a share who stay with it."""

import numpy as np

STEEPNESS = 2 * np.log(19.0)
"""The logistic curve is cut where 5 % and 95 % have taken it up, and stretched to start at 0 and end at 1."""

SETTLING_MONTHS = 3.0
"""Months in which the excess over the share who stay falls to 37 %; use of an assistant in one company fell from its
peak in month 6 to a stable level within the year (https://arxiv.org/abs/2509.19708)."""


def dip_share(ends, dip_months):
    """Return the part of each month, given by its end, that lies between time 0 and the end of the dip.

    >>> dip_share(np.array([-1.0, 0.5, 1.0, 2.0, 3.0]), 1.5).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return np.clip(np.minimum(ends, dip_months) - np.maximum(ends - 1.0, 0.0), 0.0, 1.0)


def adopted_share(ends, dip_months, months_to_full):
    """Return each month's mean share of the full adoption: 0 in the dip, then a logistic rise to 1.

    Equation: with x the months since the end of the dip over months_to_full,
    s the logistic function and k = 2 log 19: (s(k (x - 1/2)) - s(-k / 2)) /
    (1 - 2 s(-k / 2)) for 0 < x < 1; the mean over a month is the difference
    of its integral, in closed form.

    >>> adopted_share(np.array([1.0, 2.0, 3.0, 4.0]), 1.0, 2.0).round(3).tolist()
    [0.0, 0.187, 0.813, 1.0]
    """
    if np.ndim(ends) == 1 and len(ends) > 1 and (np.diff(ends) == 1.0).all():
        # Month by month the end of one is the start of the next.
        return np.diff(_area(np.concatenate([ends[:1] - 1.0, ends]) - dip_months, months_to_full), axis=-1)
    return _area(ends - dip_months, months_to_full) - _area(ends - 1.0 - dip_months, months_to_full)


def _area(months, months_to_full):
    """Return the area under the curve from its start up to a time."""
    since = np.maximum(months, 0.0)
    length = np.maximum(months_to_full, 1e-9)
    inside = np.minimum(since, length)
    foot = 1.0 / (1.0 + np.exp(STEEPNESS / 2))
    rise = np.exp((STEEPNESS / length) * inside - 0.5 * STEEPNESS)
    np.log1p(rise, out=rise)
    rise -= np.log1p(np.exp(-STEEPNESS / 2))
    rise *= length / STEEPNESS
    return (rise - foot * inside) / (1.0 - 2.0 * foot) + since - inside


def staying_share(ends, months_to_full, lasting_share):
    """Return the share of those who took it up who still use it in the middle of each month.

    Equation: q + (1 - q) exp(-t / 3), t the months since the full adoption, q
    the share who stay.

    >>> staying_share(np.array([1.0, 3.5, 60.0]), 3.0, 0.6).round(3).tolist()
    [1.0, 1.0, 0.6]
    """
    since = np.maximum(ends - 0.5 - months_to_full, 0.0)
    return lasting_share + (1.0 - lasting_share) * np.exp(-since / SETTLING_MONTHS)
