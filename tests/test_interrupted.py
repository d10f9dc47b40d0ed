"""One series with a change at a date: its arithmetic, its false alarms, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from upskill import kpi
from upskill.data import NotEnoughData
from upskill.kpi.interrupted import (
    ar_noise,
    design_matrix,
    fit_autocorrelation,
    generalized_fit,
)
from upskill.validation import interrupted as study


def series(rho=0.3, size=60, step=0.0, slope=0.0, seed=1):
    random = np.random.default_rng(seed)
    noise = ar_noise(random, np.arange(size), rho, 1)[:, 0]
    since = np.arange(size) - size // 2
    return pd.Series(10 + noise + (step + slope * since) * (since >= 0),
                     index=pd.date_range("2025-01-06", periods=size, freq="7D"))


def test_fit_is_that_of_the_whole_covariance_matrix_with_gaps():
    random = np.random.default_rng(4)
    positions = np.sort(random.choice(60, 45, replace=False))
    design, outcome = design_matrix(positions, 30), random.normal(size=45)
    rho = 0.45
    inverse = np.linalg.inv(rho ** np.abs(np.subtract.outer(positions, positions)))
    gram = np.linalg.inv(design.T @ inverse @ design)
    expected = gram @ design.T @ inverse @ outcome
    residuals = outcome - design @ expected
    errors = np.sqrt(np.diag(gram) * (residuals @ inverse @ residuals) / 41)
    coefficients, found = generalized_fit(design, outcome, positions, rho)
    assert coefficients == pytest.approx(expected) and found == pytest.approx(errors)


def test_autocorrelation_is_of_most_restricted_likelihood():
    random = np.random.default_rng(5)
    positions = np.arange(50)
    design, outcome = design_matrix(positions, 25), ar_noise(random, positions, 0.6, 1)[:, 0]

    def likelihood(rho):
        covariance = rho ** np.abs(np.subtract.outer(positions, positions)) / (1 - rho**2)
        inverse = np.linalg.inv(covariance)
        gram = design.T @ inverse @ design
        residuals = outcome - design @ np.linalg.solve(gram, design.T @ inverse @ outcome)
        return -0.5 * (np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(gram)[1]
                       + 46 * np.log(residuals @ inverse @ residuals))
    found = fit_autocorrelation(design, outcome, positions)
    # Up to the terms in ρ that both ways of writing it share, the top is at the same place.
    grid = np.linspace(0, 0.95, 951)
    assert found == pytest.approx(grid[np.argmax([likelihood(rho) for rho in grid])], abs=2e-3)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_false_alarms_stay_near_five_in_a_hundred(rho):
    found = study.false_alarms(52, rho, series=300, draws=499, seed=6)
    assert found["ours"] < 0.09 < found["newey_west_12"] and found["newey_west_3"] > found["ours"]


def test_a_step_and_a_slope_are_found():
    found = kpi.interrupted_series(series(step=4.0, seed=3), "2025-08-04")
    assert found.level_change.low < 4 < found.level_change.high and found.level_change.p_value < 0.05
    assert found.before == found.since == 30 and "consistent with" in found.sentence
    found = kpi.interrupted_series(series(slope=0.5, rho=0.0), pd.Timestamp("2025-08-04"))
    assert found.slope_change.low < 0.5 < found.slope_change.high and found.slope_change.low > 0
    assert kpi.interrupted_series(series(step=4.0), "2025-08-04", slopes=False).slope_change is None


def test_gaps_are_gaps_and_levels_nest():
    whole = series(step=3.0)
    gaps = whole.copy()
    gaps.iloc[[3, 4, 40]] = np.nan
    assert kpi.interrupted_series(gaps, "2025-08-04") == kpi.interrupted_series(gaps.dropna(), "2025-08-04")
    inner, outer = (kpi.interrupted_series(whole, "2025-08-04", level=level).level_change for level in (0.8, 0.95))
    assert outer.low < inner.low < inner.value < inner.high < outer.high and inner.p_value == outer.p_value


def test_a_season_can_be_taken_out():
    angle = 2 * np.pi * np.arange(120) / 52
    values = 10 + 3 * np.sin(angle) + ar_noise(np.random.default_rng(2), np.arange(120), 0.2, 1)[:, 0]
    plain, seasonal = (kpi.interrupted_series(values, 60, season=season) for season in (None, 52))
    assert seasonal.level_change.standard_error < plain.level_change.standard_error
    with pytest.raises(NotEnoughData, match="less than 2 seasons"):
        kpi.interrupted_series(values[:60], 30, season=52)


@pytest.mark.parametrize(("start", "words"), [(5, "take in older periods"), (53, "wait 5 more periods")])
def test_short_sides_name_a_way_out(start, words):
    with pytest.raises(NotEnoughData, match=words):
        kpi.interrupted_series(series().to_numpy(), start)


def test_what_is_no_series_is_refused():
    with pytest.raises(NotEnoughData, match="never changed"):
        kpi.interrupted_series(np.ones(40), 20)
    with pytest.raises(ValueError, match="order of time"):
        kpi.interrupted_series(series().iloc[::-1], "2025-08-04")
    with pytest.raises(ValueError, match="level is 90"):
        kpi.interrupted_series(series(), "2025-08-04", level=90)
    with pytest.raises(TypeError, match="one column"):
        kpi.interrupted_series(series().to_frame(), "2025-08-04")
