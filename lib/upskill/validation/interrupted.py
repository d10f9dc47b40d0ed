"""One series without a comparison: published numbers, and how often each test finds a step that is not there."""

from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import t as student

from upskill.kpi.cluster_robust import clustered_fit
from upskill.kpi.design.looks import look_boundaries
from upskill.kpi.interrupted import GRID, ar_noise, design_matrix, simulated_statistics, statistics_of
from upskill.kpi.newey_west import newey_west
from upskill.validation.case import Case

# Cobb (1978), Biometrika 65: flow of the Nile at Aswan, 10^8 cubic meters, 1871 to 1970; the dam was begun in 1899.
NILE = """1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 1100 1210 1150 1250
    1260 1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821 768
    845 864 862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 874 848 890
    744 749 838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740"""
# Greene (1993), Econometric Analysis, table 15.1: gross national product, investment, price index, interest, 1963 to 1982.
GREENE = """596.7 90.9 .7167 3.23 637.7 97.4 .7277 3.55 691.1 113.5 .7436 4.04 756 125.7 .7676 4.5 799.6 122.8 .7906 4.19
    873.4 133.3 .8254 5.16 944 149.3 .8679 5.87 992.7 144.2 .9145 5.95 1077.6 166.4 .9601 4.88 1185.9 195 1 4.5
    1326.4 229.8 1.0575 6.44 1434.2 228.7 1.1508 7.83 1549.2 206.1 1.2579 6.25 1718 257.9 1.3234 5.5 1918.3 324.1 1.4005 5.46
    2163.9 386.6 1.5042 7.46 2417.8 423 1.6342 10.28 2631.7 401.9 1.7842 11.77 2954.1 474.9 1.9514 13.42 3073 414.5 2.0688 11.02"""
NILE_SOURCE = "Nile flows of Cobb (1978), break 1899; R 4 (lm, sandwich::NeweyWest without prewhitening)"
GREENE_SOURCE = "investment of Greene (1993), table 15.1; R sandwich::NeweyWest, lag 4, no prewhitening"
IMBENS = "Imbens and Kolesár (2016), Review of Economics and Statistics 98, section III: 3 of 30 treated"
LAN = "Lan and DeMets (1983) spending functions, two-sided 5 %, equal steps; as printed by R's ldbounds and gsDesign"
LOOKS = {(2, "obrien_fleming"): (2.963, 1.969), (3, "obrien_fleming"): (3.710, 2.511, 1.993),
         (5, "obrien_fleming"): (4.877, 3.357, 2.680, 2.290, 2.031), (2, "pocock"): (2.157, 2.201),
         (5, "pocock"): (2.438, 2.427, 2.410, 2.397, 2.386)}


@cache
def nile(slopes):
    """Return (design, flows) with a level change in 1899, and a slope before and since or none."""
    return design_matrix(np.arange(100), 28, slopes), np.array(NILE.split(), dtype=float)


@cache
def investment():
    """Return (design, real investment) on real product and real interest, 1964 to 1982."""
    product, invested, price, interest = np.array(GREENE.split(), dtype=float).reshape(-1, 4).T
    real = interest[1:] - 100 * np.diff(price) / price[:-1]
    return np.column_stack([np.ones(19), (product / price)[1:], real]), (invested / price)[1:]


def _nile(slopes, lags, part, column):
    return newey_west(*nile(slopes), lags)[part][column]


def _ordinary(slopes, column):
    design, outcome = nile(slopes)
    _, (squares,), *_ = np.linalg.lstsq(design, outcome, rcond=None)
    variance = squares / (len(outcome) - design.shape[1])
    return float(np.sqrt(variance * np.linalg.inv(design.T @ design)[column, column]))


def _degrees():
    arm = np.repeat([1.0, 0.0], [3, 27])
    return clustered_fit(np.column_stack([np.ones(30), arm]), np.arange(30.0), np.arange(30), 1).degrees


def cases():
    """Return the published results about one series and about errors of few clusters."""
    area = "One series"
    yield Case(area, "Nile, level before 1899", 1097.75, 5e-3, NILE_SOURCE, lambda: _nile(False, 0, 0, 0))
    yield Case(area, "Nile, change of level alone", -247.7778, 5e-5, NILE_SOURCE, lambda: _nile(False, 0, 0, 1))
    yield Case(area, "Nile, its ordinary error", 28.4352, 5e-5, NILE_SOURCE, lambda: _ordinary(False, 1))
    for lags, error in ((1, 30.8879), (4, 31.3394)):
        yield Case(area, f"Nile, its Newey-West error, lag {lags} (shown, not used)", error, 5e-5, NILE_SOURCE,
                   lambda lags=lags: _nile(False, lags, 1, 1))
    yield Case(area, "Nile, change of level beside slopes", -289.1027, 5e-5, NILE_SOURCE, lambda: _nile(True, 0, 0, 2))
    yield Case(area, "Nile, its ordinary error beside slopes", 58.1184, 5e-5, NILE_SOURCE, lambda: _ordinary(True, 2))
    for lags, error in ((0, 52.2170), (1, 57.9618), (2, 61.2037), (4, 61.7759), (8, 54.0291)):
        yield Case(area, f"Nile, its Newey-West error beside slopes, lag {lags} (shown, not used)", error, 5e-5, NILE_SOURCE,
                   lambda lags=lags: _nile(True, lags, 1, 2))
    names = ("intercept", "real product", "real interest")
    for column, (name, value, error) in enumerate(zip(names, (-12.533601, 0.169136, -1.001438), (18.958298, 0.016751, 3.342375),
                                                      strict=True)):
        yield Case(area, f"investment: {name}", value, 5e-7, GREENE_SOURCE, lambda c=column: newey_west(*investment(), 4)[0][c])
        yield Case(area, f"investment: Newey-West error of {name} (shown, not used)", error, 5e-7, GREENE_SOURCE,
                   lambda c=column: newey_west(*investment(), 4)[1][c])
    for (looks, spending), limits in LOOKS.items():
        for place, limit in enumerate(limits):
            yield Case("Pilot", f"{looks} looks, {spending.replace('_', ' ')} spending: limit {place + 1}", limit, 6e-4, LAN,
                       lambda k=looks, s=spending, p=place: look_boundaries(np.arange(1, k + 1) / k, 0.95, s)[p])
    yield Case("Pilot", "Bell-McCaffrey degrees of freedom, 3 of 30 treated", 2.5, 0.05, IMBENS, _degrees)


def false_alarms(size, rho, series=4000, draws=999, seed=0, level=0.95, slopes=True):
    """Return how often each test finds a step that is not there, at nominal 1 − level, as shares by method.

    AR(1) noise, the step in the middle. "ours": `interrupted_series`, with the
    autocorrelation read off a grid of steps of 0.04; ordinary least squares and
    Newey-West (lags 3, 8, 12) with t tables. Monte Carlo standard error √(p(1 − p)/series).
    """
    positions = np.arange(size)
    design = design_matrix(positions, size // 2, slopes)
    step = 2 if slopes else 1
    noise = ar_noise(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(6,))), positions, rho, series)
    found, own = statistics_of(design, noise, positions, with_autocorrelation=True)
    limits = {place: np.quantile(np.abs(simulated_statistics(design, positions, GRID[place], draws, seed)[:, step]), level)
              for place in np.unique(own)}
    alarms = {"ours": float(np.mean(np.abs(found[:, step]) > np.array([limits[place] for place in own])))}
    return alarms | _rivals(design, noise, step, level)


def _rivals(design, noise, step, level):
    """Return the alarms of ordinary least squares and of Newey-West on the same series."""
    size, width = design.shape
    limit = student.ppf(0.5 + level / 2, size - width)
    influence = (np.linalg.inv(design.T @ design) @ design.T)[step]
    residuals = noise - design @ np.linalg.lstsq(design, noise, rcond=None)[0]
    effects, scores = influence @ noise, influence[:, None] * residuals
    ordinary = np.sqrt((residuals**2).sum(axis=0) / (size - width) * (influence @ influence))
    alarms = {"least_squares": float(np.mean(np.abs(effects) > limit * ordinary))}
    for lags in (3, 8, 12):
        variance = (scores**2).sum(axis=0)
        for lag in range(1, lags + 1):
            variance = variance + 2 * (1 - lag / (lags + 1)) * (scores[lag:] * scores[:-lag]).sum(axis=0)
        alarms[f"newey_west_{lags}"] = float(np.mean(np.abs(effects) > limit * np.sqrt(np.maximum(variance, 1e-24))))
    return alarms


def alarm_table(sizes=(52, 104), correlations=(0.0, 0.2, 0.4, 0.6), series=4000, draws=999, seed=0):
    """Return the false alarms of every length and autocorrelation as a table."""
    rows = [{"periods": size, "autocorrelation": rho, **false_alarms(size, rho, series, draws, seed)}
            for size in sizes for rho in correlations]
    return pd.DataFrame(rows)
