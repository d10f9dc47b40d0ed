"""Pooling of studies against metafor's published results and against closed forms."""

import numpy as np
import pytest

from upskill import roi

# Trials of the BCG vaccine (Colditz et al. 1994; `dat.bcg` of metafor): cases and others, vaccinated and not.
VACCINE = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
    (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)], dtype=float)
# Trials of coding assistants, log productivity ratios (Peng 2023, Paradis 2024, METR 2025, Cui 2026, METR 2026 twice).
ASSISTANTS = [0.8164, 0.2357, -0.1726, 0.2317, 0.1985, 0.0408], [0.3925, 0.1119, 0.0798, 0.0817, 0.1439, 0.0634]


def vaccine():
    cases, others, control_cases, control_others = VACCINE.T
    treated, control = cases + others, control_cases + control_others
    return (np.log((cases / treated) / (control_cases / control)),
            np.sqrt(1 / cases - 1 / treated + 1 / control_cases - 1 / control))


def pooled(method, hartung_knapp=False, degrees=np.inf):
    return roi.pool_effects(*vaccine(), method, hartung_knapp, 0.95, degrees)


@pytest.mark.parametrize(("method", "tau_squared", "mean", "error"), [
    ("DL", 0.308760, -0.714117, 0.178742), ("REML", 0.313243, -0.714532, 0.179782),
    ("ML", 0.280028, -0.711199, 0.171897), ("PM", 0.318068, -0.714968, None)])
def test_each_method_matches_metafor(method, tau_squared, mean, error):
    found = pooled(method)
    assert (found.tau_squared, found.mean) == pytest.approx((tau_squared, mean), abs=1.5e-6)
    assert error is None or found.standard_error == pytest.approx(error, abs=1.5e-6)


@pytest.mark.parametrize(("method", "hartung_knapp", "interval", "degrees", "prediction"), [
    ("DL", False, (-1.064445, -0.363789), np.inf, (-1.858154, 0.429919)),
    ("DL", False, (-1.064445, -0.363789), None, (-1.998838, 0.570604)),
    ("REML", False, (-1.066898, -0.362167), np.inf, (-1.866692, 0.437628)),
    ("REML", False, (-1.066898, -0.362167), None, (-2.008376, 0.579311)),
    ("REML", False, (-1.066898, -0.362167), 12, (-1.995342, 0.566277)),
    ("REML", True, (-1.108444, -0.320621), 12, (-1.996017, 0.566952))])
def test_intervals_match_metafor(method, hartung_knapp, interval, degrees, prediction):
    found = pooled(method, hartung_knapp, degrees)
    assert found.interval == pytest.approx(interval, abs=3e-6)
    assert found.prediction_interval == pytest.approx(prediction, abs=3e-6)


def test_hartung_knapp_error_matches_metafor():
    assert pooled("DL", True).standard_error == pytest.approx(0.180697, abs=1.5e-6)
    assert pooled("REML", True).standard_error == pytest.approx(0.180792, abs=1.5e-6)


@pytest.mark.parametrize(("method", "tau_squared", "mean", "interval", "prediction"), [
    ("DL", 0.0288, 0.1245, (-0.111, 0.443), (-0.332, 0.920)),
    ("REML", 0.0287, 0.1244, (-0.111, 0.443), (-0.331, 0.918)),
    ("PM", 0.0414, 0.1338, (-0.112, 0.472), (-0.390, 1.141))])
def test_six_trials_of_assistants_leave_room_for_a_loss(method, tau_squared, mean, interval, prediction):
    found = roi.pool_effects(*ASSISTANTS, method, level=0.95)
    assert (found.tau_squared, found.mean) == pytest.approx((tau_squared, mean), abs=6e-5)
    assert np.expm1(found.interval) == pytest.approx(interval, abs=6e-4)
    assert np.expm1(found.prediction_interval) == pytest.approx(prediction, abs=1e-3)


@pytest.mark.parametrize("method", ["DL", "PM", "ML", "REML"])
def test_studies_that_agree_have_no_spread_between_them(method):
    found = roi.pool_effects([0.1, 0.1, 0.1], [0.1, 0.2, 0.1], method, hartung_knapp=False)
    assert found.tau_squared == 0 and found.mean == pytest.approx(0.1)
    assert found.standard_error == pytest.approx(1 / 15)


@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_equally_precise_studies_give_the_plain_variance(method):
    effects = np.array([0.3, -0.4, 0.9, 0.1, -0.7])
    found = roi.pool_effects(effects, np.full(5, 0.2), method)
    assert found.tau_squared == pytest.approx(effects.var(ddof=1) - 0.04)
    assert found.standard_error == pytest.approx(effects.std(ddof=1) / np.sqrt(5))


def test_two_studies_predict_nothing_and_wrong_input_is_named():
    assert roi.pool_effects([0.1, 0.4], [0.1, 0.1]).prediction_interval == (-np.inf, np.inf)
    with pytest.raises(ValueError, match="two studies"):
        roi.pool_effects([0.1], [0.1])
    with pytest.raises(ValueError, match="above zero"):
        roi.pool_effects([0.1, 0.2], [0.1, 0.0])
    with pytest.raises(ValueError, match="DL, PM, ML, REML"):
        roi.pool_effects([0.1, 0.2], [0.1, 0.1], method="HE")
