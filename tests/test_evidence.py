"""Pooling of studies against metafor's published results and against closed forms."""

import numpy as np
import pytest

from upskill import roi

# Trials of coding assistants, log productivity ratios (Peng 2023, Paradis 2024, METR 2025, Cui 2026, METR 2026 twice).
ASSISTANTS = [0.8164, 0.2357, -0.1726, 0.2317, 0.1985, 0.0408], [0.3925, 0.1119, 0.0798, 0.0817, 0.1439, 0.0634]


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
