"""Pooling of studies: trials of the BCG vaccine, as computed by the R package metafor."""

from functools import partial

import numpy as np

from upskill import roi
from upskill.validation.case import Case

METAFOR = "metafor 4 (R) on dat.bcg: Colditz et al. (1994), JAMA 271, 698-702"
# Cases and others, vaccinated and not.
VACCINE = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
    (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)], dtype=float)
# Method, Hartung-Knapp, degrees of freedom of the prediction interval (None: studies less 2; infinite: normal), then what.
DL, REML, KNAPP = ("DL", False, np.inf), ("REML", False, np.inf), ("REML", True, 12)
VALUES = (
    (DL, "tau_squared", 0.308760), (DL, "mean", -0.714117), (DL, "standard_error", 0.178742),
    (REML, "tau_squared", 0.313243), (REML, "mean", -0.714532), (REML, "standard_error", 0.179782),
    (("ML", False, np.inf), "tau_squared", 0.280028), (("ML", False, np.inf), "mean", -0.711199),
    (("ML", False, np.inf), "standard_error", 0.171897),
    (("PM", False, np.inf), "tau_squared", 0.318068), (("PM", False, np.inf), "mean", -0.714968),
    (("DL", True, np.inf), "standard_error", 0.180697), (KNAPP, "standard_error", 0.180792),
)
ENDS = (
    (DL, "interval", (-1.064445, -0.363789)), (DL, "prediction_interval", (-1.858154, 0.429919)),
    (("DL", False, None), "prediction_interval", (-1.998838, 0.570604)),
    (REML, "interval", (-1.066898, -0.362167)), (REML, "prediction_interval", (-1.866692, 0.437628)),
    (("REML", False, None), "prediction_interval", (-2.008376, 0.579311)),
    (("REML", False, 12), "prediction_interval", (-1.995342, 0.566277)),
    (KNAPP, "interval", (-1.108444, -0.320621)), (KNAPP, "prediction_interval", (-1.996017, 0.566952)),
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
    found = [Case("Evidence", _name(way, what), value, 1.5e-6, METAFOR, partial(_pooled, way, what))
             for way, what, value in VALUES]
    return found + [Case("Evidence", _name(way, what, side), value, 3e-6, METAFOR, partial(_pooled, way, what, end))
                    for way, what, ends in ENDS for end, (side, value) in
                    enumerate(zip((", lower end", ", upper end"), ends, strict=True))]
