"""Pooling of studies: trials of the BCG vaccine, as computed by the R package metafor; six trials of coding assistants."""

from functools import partial

import numpy as np

from upskill import data, roi
from upskill.validation.case import Case

METAFOR = "metafor 4 (R) on dat.bcg: Colditz et al. (1994), JAMA 271, 698-702"
STOPS = METAFOR + "; its search stops within 1e-5 of tau squared, ours goes on to 1e-12"
# Cases and others, vaccinated and not.
VACCINE = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
    (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)], dtype=float)
LATITUDE = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33], dtype=float)
YEAR = np.array([1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976], dtype=float)
# Method, Hartung-Knapp, degrees of freedom of the prediction interval (None: studies less 2; infinite: normal), then what.
DL, REML, KNAPP = ("DL", False, np.inf), ("REML", False, np.inf), ("REML", True, 12)
EQUAL, DL_KNAPP = ("EE", False, np.inf), ("DL", True, np.inf)
VALUES = (
    (DL, "tau_squared", 0.308760), (DL, "mean", -0.714117), (DL, "standard_error", 0.178742),
    (REML, "tau_squared", 0.313243), (REML, "mean", -0.714532), (REML, "standard_error", 0.179782),
    (("ML", False, np.inf), "tau_squared", 0.280028), (("ML", False, np.inf), "mean", -0.711199),
    (("ML", False, np.inf), "standard_error", 0.171897),
    (("PM", False, np.inf), "tau_squared", 0.318068), (("PM", False, np.inf), "mean", -0.714968),
    (DL_KNAPP, "standard_error", 0.180697), (KNAPP, "standard_error", 0.180792),
    (EQUAL, "mean", -0.430285),
)
ENDS = (
    (DL, "interval", (-1.064445, -0.363789)), (DL, "prediction_interval", (-1.858154, 0.429919)),
    (("DL", False, None), "prediction_interval", (-1.998838, 0.570604)),
    (DL_KNAPP, "interval", (-1.107821, -0.320413)),
    (REML, "interval", (-1.066898, -0.362167)), (REML, "prediction_interval", (-1.866692, 0.437628)),
    (("REML", False, None), "prediction_interval", (-2.008376, 0.579311)),
    (("REML", False, 12), "prediction_interval", (-1.995342, 0.566277)),
    (KNAPP, "interval", (-1.108444, -0.320621)), (KNAPP, "prediction_interval", (-1.996017, 0.566952)),
    (DL, "tau_squared_interval", (0.119718, 1.111479)),
)
COARSE = (
    (DL, "q", 152.2330, 5e-5), (DL, "i_squared", 0.921173, 5e-7), (DL, "h_squared", 12.6861, 5e-5),
    (REML, "i_squared", 0.922214, 5e-7), (REML, "h_squared", 12.8558, 5e-5),
    (REML, "tau_squared_standard_error", 0.1664, 5e-5),
)
REGRESSIONS = (
    ("latitude and year", (LATITUDE, YEAR), 0.1108, (-3.5455, -0.0280, 0.0019)),
    ("latitude", (LATITUDE,), 0.0764, ()),
)

SIX = ("peng_2023", "paradis_2024", "metr_2025", "cui_2026", "metr_2026_returning", "metr_2026_new")
OURS = "our own illustration with metafor's methods, not a published pool: it mixes task time and pull requests"
POOLS = (
    ("six trials, DL", SIX, "DL", 0.0288, 0.1245, (-0.111, 0.443)),
    ("six trials, REML", SIX, "REML", 0.0287, 0.1244, (-0.111, 0.443)),
    ("six trials, PM", SIX, "PM", 0.0414, 0.1338, (-0.112, 0.472)),
    ("first four trials, REML", SIX[:4], "REML", 0.0661, 0.1676, (-0.299, 0.994)),
    ("METR and Cui, four trials, REML", SIX[2:], "REML", 0.0268, 0.0636, (-0.207, 0.431)),
)


def vaccine():
    """Return the log risk ratios of the 13 trials and their standard errors."""
    cases, others, control_cases, control_others = VACCINE.T
    treated, control = cases + others, control_cases + control_others
    return (np.log((cases / treated) / (control_cases / control)),
            np.sqrt(1 / cases - 1 / treated + 1 / control_cases - 1 / control))


def _pooled(way, what, end=None):
    method, hartung_knapp, degrees = way
    found = getattr(roi.pool_effects(*vaccine(), method, hartung_knapp, 0.95, degrees), what)
    return found if end is None else found[end]


def _name(way, what, side=""):
    method, hartung_knapp, degrees = way
    knapp = ", Hartung-Knapp" if hartung_knapp else ""
    freedom = {None: ", 11 degrees of freedom", np.inf: ", normal"}.get(degrees, f", {degrees} degrees of freedom")
    return f"BCG trials, {method}{knapp}: {what.replace('_', ' ')}{side}{freedom if what == 'prediction_interval' else ''}"


def cases():
    """Return every case of this area."""
    values = [Case("Evidence", _name(way, what), value, 1.5e-6, METAFOR, partial(_pooled, way, what))
              for way, what, value in VALUES]
    values += [Case("Evidence", _name(way, what), value, tolerance, METAFOR, partial(_pooled, way, what))
               for way, what, value, tolerance in COARSE]
    ends = [Case("Evidence", _name(way, what, side), value, 3e-6, METAFOR, partial(_pooled, way, what, end))
            for way, what, both in ENDS for end, (side, value) in
            enumerate(zip((", lower end", ", upper end"), both, strict=True))]
    return [*values, *ends, *_single_cases(), *_regression_cases(), *_assistant_cases()]


def _single_cases():
    def equal(end):
        return roi.pool_effects(*vaccine(), "EE", False, 0.95).interval[end]

    def knapp(what):
        pool = roi.pool_effects(*vaccine(), "REML", True, 0.95)
        plain = roi.pool_effects(*vaccine(), "REML", False, 0.95)
        return {"q": (pool.standard_error / plain.standard_error) ** 2, "t": pool.mean / pool.standard_error}[what]

    def ratio(of):
        pool = roi.pool_effects(*vaccine(), "DL", False, 0.95)
        return float(np.exp((pool.mean, *pool.interval)[of]))

    return [
        *(Case("Evidence", f"BCG trials, EE: interval, {side} end", value, 5e-5, METAFOR, partial(equal, end))
          for end, (side, value) in enumerate((("lower", -0.5097), ("upper", -0.3509)))),
        Case("Evidence", "BCG trials, REML, Hartung-Knapp: scale q", 1.011270, 1e-6, METAFOR, partial(knapp, "q")),
        Case("Evidence", "BCG trials, REML, Hartung-Knapp: t", -3.9522, 5e-5, METAFOR, partial(knapp, "t")),
        *(Case("Evidence", f"BCG trials, DL: risk ratio{side}", value, 5e-5, METAFOR, partial(ratio, of))
          for of, (side, value) in enumerate((("", 0.4896), (", lower end", 0.3449), (", upper end", 0.6950))))]


def _regression_cases():
    def fitted(moderators, place=None):
        found = roi.regress_effects(*vaccine(), np.column_stack(moderators))
        return found.tau_squared if place is None else found.coefficients[place]

    found = []
    for name, moderators, tau_squared, coefficients in REGRESSIONS:
        found.append(Case("Evidence", f"BCG trials by {name}, REML: tau squared", tau_squared, 1e-4, STOPS,
                          partial(fitted, moderators)))
        found += [Case("Evidence", f"BCG trials by {name}, REML: coefficient {place}", value, 2e-4, STOPS,
                       partial(fitted, moderators, place)) for place, value in enumerate(coefficients)]
    return found


def _assistant_cases():
    def pooled(ids, method, what, end=None):
        studies = data.read_evidence().set_index("study_id").loc[list(ids)]
        pool = roi.pool_effects(studies["effect"], studies["standard_error"], method, level=0.95)
        return getattr(pool, what) if end is None else float(np.expm1(pool.interval[end]))

    found = []
    for name, ids, method, tau_squared, mean, interval in POOLS:
        values = (("tau squared", tau_squared, 7e-5, ("tau_squared",)), ("mean", mean, 7e-5, ("mean",)),
                  ("lower end of output", interval[0], 7e-4, ("interval", 0)),
                  ("upper end of output", interval[1], 7e-4, ("interval", 1)))
        found += [Case("Evidence", f"Coding assistants, {name}: {what}", value, tolerance, OURS,
                       partial(pooled, ids, method, *how)) for what, value, tolerance, how in values]
    return found


def intervals(seed, level):
    """Few studies of companies that truly differ, one further company, and its pilot.

    3, 4 or 6 studies with standard errors from 0.06 to 0.40; the spread between companies is 0, 0.1, 0.25 or
    0.4, not drawn from the prior on it. The pilot's teams differ from the company by 0.10.
    """
    random = np.random.default_rng([seed, 6])
    count, spread, mean = random.choice((3, 4, 6)), random.choice((0.0, 0.1, 0.25, 0.4)), random.normal(0.1, 0.2)
    errors = random.uniform(0.06, 0.40, count)
    effects = random.normal(mean, np.hypot(spread, errors))
    company = random.normal(mean, spread)
    pilot = random.normal(company, np.hypot(0.10, 0.10))
    pool = roi.pool_with_spread_prior(effects, errors, level=level)
    classical = roi.pool_effects(effects, errors, hartung_knapp="modified", level=level)
    after = roi.meet(pool.predictive, pilot, 0.10, level=level).after.interval(level)
    odd = roi.meet(pool.predictive, pilot + 1.0, 0.10, level=level).after.interval(level)
    pairs = {
        "mean of few studies, half-normal prior": (pool.interval, mean),
        "mean of few studies, REML with modified Hartung-Knapp": (classical.interval, mean),
        "further company, half-normal prior": (pool.prediction_interval, company),
        "further company, REML": (classical.prediction_interval, company),
        "company after its pilot": (after, company),
        "company after its pilot, far from the studies": (odd, company + 1.0)}
    return {name: float(low <= truth <= high) for name, ((low, high), truth) in pairs.items()}
