"""How small an effect a pilot of so many teams and weeks can see."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct
from scipy.stats import t as student

from upskill.data import NotEnoughData


def mean_variance_ratio(periods, autocorrelation):
    """Return the variance of a mean of AR(1) values over that of one value: (1 + 2 sum (1 - k/T) rho^k) / T."""
    lags = np.arange(1, periods)
    return float((1 + 2 * ((1 - lags / periods) * autocorrelation**lags).sum()) / periods)


def change_standard_error(treated, controls, before, after, sd, autocorrelation=0.0):
    """Return the standard error of the change of treated teams less that of control teams, one start date.

    treated, controls: teams; before, after: periods; sd: of one team in one period
    around its own level; autocorrelation: lag one, AR(1).

    sd^2 [v(after) + v(before) - 2 c] (1/treated + 1/controls), v as in
    `mean_variance_ratio`, c the mean of rho^(distance) between the two phases.

    >>> round(change_standard_error(6, 6, 26, 26, 0.3, 0.4), 5)
    0.07134
    """
    distance = np.add.outer(np.arange(before), np.arange(1, after + 1))
    of_change = (mean_variance_ratio(after, autocorrelation) + mean_variance_ratio(before, autocorrelation)
                 - 2 * float((autocorrelation**distance).mean()))
    return float(sd * np.sqrt(of_change * (1 / treated + 1 / controls)))


def minimum_detectable_effect(treated, controls, before, after, sd, autocorrelation=0.0, power=0.8, level=0.95,
                              exact=False):
    """Return the smallest effect that the pilot finds with this power, in the unit of `sd` (log points for logs).

    level: of the two-sided interval that must exclude zero. Quick form:
    (t_{1-(1-level)/2} + t_power) times the standard error, G - 2 degrees of freedom;
    `exact`: by the noncentral t distribution. Raises NotEnoughData below three teams
    in all or one on a side.

    >>> round(minimum_detectable_effect(6, 6, 26, 26, 0.3, 0.4), 5)
    0.22165
    >>> round(minimum_detectable_effect(6, 6, 26, 26, 0.3, 0.4, exact=True), 5)
    0.22185
    """
    if min(treated, controls) < 1 or treated + controls < 3:
        raise NotEnoughData("a power needs a team on each side and three in all")
    if min(before, after) < 1 or not 0 < power < 1 or not 0 < level < 1 or sd < 0 or not -1 < autocorrelation < 1:
        raise ValueError("periods from 1, power and level between 0 and 1, sd from 0, autocorrelation between -1 and 1")
    error = change_standard_error(treated, controls, before, after, sd, autocorrelation)
    degrees = treated + controls - 2
    quick = student.ppf(0.5 + level / 2, degrees) + student.ppf(power, degrees)
    if not exact:
        return float(quick * error)
    return float(error * brentq(lambda effect: _power(effect, degrees, level) - power, 0.0, 2 * max(quick, 4.0)))


def detection_power(effect, treated, controls, before, after, sd, autocorrelation=0.0, level=0.95):
    """Return the chance that the interval excludes zero when the effect is this, from 0 to 1.

    >>> round(detection_power(-0.1, 6, 6, 26, 26, 0.3, 0.4), 2)
    0.25
    """
    error = change_standard_error(treated, controls, before, after, sd, autocorrelation)
    return float(_power(abs(effect) / error, treated + controls - 2, level))


def _power(shift, degrees, level):
    """Chance that |t| exceeds its critical value when it is shifted by so many standard errors."""
    critical = student.ppf(0.5 + level / 2, degrees)
    upper = np.nan_to_num(nct.sf(critical, degrees, shift), nan=1.0)  # scipy gives up far out
    return upper + (nct.cdf(-critical, degrees, shift) if shift < 8 else 0.0)
