"""Item calibration against published and converged reference values."""

import doctest

import numpy as np
import pandas as pd
import pytest

from upskill.data import NotEnoughData
from upskill.skills import (
    SlopePrior,
    calibrate,
    calibration,
    coefficient_alpha,
    graded,
    groups,
    levels,
    reliability,
    words,
)
from upskill.skills.calibration import encode
from upskill.skills.estimation import Problem
from upskill.skills.scoring import likelihood_on_grid, posterior_on_grid
from upskill.validation import skills as published


@pytest.fixture(scope="module")
def lsat6():
    return published.lsat6()


@pytest.fixture(scope="module")
def environment():
    return published.environment()


def test_two_parameter_model_on_lsat6(lsat6):
    fit = calibrate(lsat6, "2PL", prior=None)
    assert fit.converged and fit.persons == 1000
    assert fit.log_likelihood == pytest.approx(-2466.653377, abs=1e-4)
    items = fit.items
    assert items["a"].to_numpy() == pytest.approx([0.825660, 0.722744, 0.890875, 0.688368, 0.656856], abs=1e-4)
    assert items["d"].to_numpy() == pytest.approx([2.773234, 0.990201, 0.249148, 1.284757, 2.053270], abs=1e-4)
    assert items["b"].to_numpy() == pytest.approx([-3.358811, -1.370058, -0.279666, -1.866381, -3.125907], abs=1e-4)
    errors = items["standard_error_a"].to_numpy()
    assert errors == pytest.approx([0.258115, 0.186680, 0.232764, 0.185143, 0.209909], abs=1e-3)
    errors = items["standard_error_d"].to_numpy()
    assert errors == pytest.approx([0.205744, 0.090019, 0.076273, 0.099038, 0.135359], abs=1e-3)


def test_one_parameter_model_on_lsat6(lsat6):
    """Rizopoulos (2006, Journal of Statistical Software 17(5)) prints .7551 (.0694) and -2466.938."""
    fit = calibrate(lsat6, "1PL", prior=None)
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(-2466.937600, abs=1e-4)
    assert fit.items["a"].to_numpy() == pytest.approx([0.755135] * 5, abs=1e-4)
    assert fit.items["standard_error_a"].to_numpy() == pytest.approx([0.069433] * 5, abs=1e-3)
    intercepts = [2.730013, 0.998606, 0.239854, 1.306451, 2.099404]
    assert fit.items["d"].to_numpy() == pytest.approx(intercepts, abs=1e-4)
    difficulties = [-3.615267, -1.322421, -0.317631, -1.730090, -2.780172]
    assert fit.items["b"].to_numpy() == pytest.approx(difficulties, abs=1e-4)


def test_scores_on_lsat6(lsat6):
    fit = calibrate(lsat6, "2PL", prior=None)
    grid = np.linspace(-6, 6, 241)
    asked = pd.DataFrame([[0, 0, 0, 0, 0], [1, 0, 0, 1, 1], [1, 1, 1, 1, 1]], dtype=float)
    posterior = posterior_on_grid(likelihood_on_grid(fit, asked, grid), np.zeros(3), 1.0, grid)
    mean = posterior @ grid
    assert mean == pytest.approx([-1.896771, -0.484636, 0.645621], abs=1e-4)
    assert np.sqrt(posterior @ grid**2 - mean**2) == pytest.approx([0.801279, 0.818521, 0.859007], abs=1e-4)


def test_graded_model_on_environment(environment):
    """The converged maximum; the value printed with ltm (-1091.232) comes from 15 quadrature points."""
    fit = calibrate(environment, "graded", prior=None)
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(-1090.517569, abs=1e-4)
    slopes = [1.383629, 2.356287, 3.173057, 3.270992, 2.977665, 1.796843]
    assert fit.items["a"].to_numpy() == pytest.approx(slopes, abs=1e-4)
    first = [0.472749, 1.038845, 0.761545, 0.444002, 0.791347, 0.061483]
    second = [2.556391, 2.467000, 1.759274, 2.127895, 1.834763, 1.395845]
    assert fit.items["b1"].to_numpy() == pytest.approx(first, abs=1e-4)
    assert fit.items["b2"].to_numpy() == pytest.approx(second, abs=1e-4)


def test_common_slope_on_environment(environment):
    fit = calibrate(environment, "1PL", prior=None)
    assert fit.items["a"].to_numpy() == pytest.approx([2.221944] * 6, abs=1e-4)
    assert fit.log_likelihood == pytest.approx(-1106.241235, abs=1e-4)


def test_more_points_change_nothing(environment):
    fit = calibrate(environment, "graded", None, points=241)
    assert fit.log_likelihood == pytest.approx(-1090.517569, abs=1e-4)


def test_graded_with_two_codes_is_the_two_parameter_model(lsat6):
    pd.testing.assert_frame_equal(calibrate(lsat6, "2PL", None).items, calibrate(lsat6, "graded", None).items)


def test_codes_and_empty_persons_do_not_matter(lsat6):
    shifted = np.vstack([lsat6 * 3 + 2, np.full((7, 5), np.nan)])
    fit = calibrate(pd.DataFrame(shifted, columns=list("abcde")), "2PL", None)
    assert fit.log_likelihood == pytest.approx(-2466.653377, abs=1e-4)
    assert fit.persons == 1000 and list(fit.items.index) == list("abcde")


def test_missing_answers_are_integrated_out(lsat6):
    """With 30 % deleted at random, the likelihood is that of the answers that are left, by brute force."""
    holed = np.where(np.random.default_rng(1).random(lsat6.shape) < 0.3, np.nan, lsat6)
    fit = calibrate(holed, "2PL", None)
    grid = np.linspace(-8, 8, 2001)
    density = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])
    curve = 1 / (1 + np.exp(-np.outer(fit.items["a"], grid) - fit.items["d"].to_numpy()[:, None]))
    total = 0.0
    for row in holed:
        asked = ~np.isnan(row)
        chance = np.where(row[asked][:, None] == 1, curve[asked], 1 - curve[asked])
        total += np.log(chance.prod(axis=0) @ density)
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(total, abs=1e-4)


def test_gradient_and_information_match_differences(environment):
    answers, _ = encode(pd.DataFrame(environment[::3]))
    fit = calibrate(environment[::3], "graded")
    problem = Problem(answers, np.ones(len(answers)), fit.layout, SlopePrior(), np.linspace(-6, 6, 61))
    free = fit.free * 0.9

    def gradient(values):
        return problem.gradient(values, problem.expected(problem.posterior(values)))

    step = 1e-5 * np.eye(len(free))
    slope = [(problem.objective(free + move) - problem.objective(free - move)) / 2e-5 for move in step]
    assert gradient(free) == pytest.approx(np.array(slope), abs=1e-4)
    bend = np.array([(gradient(free + move) - gradient(free - move)) / 2e-5 for move in step])
    posterior = problem.posterior(free)
    information = problem.information(free, posterior, problem.expected(posterior))
    assert information == pytest.approx(-bend, abs=1e-3)


def test_prior_beats_maximum_likelihood_in_small_groups():
    """60 people, 20 items: root mean square error of the slopes."""
    random = np.random.default_rng(20261123)
    errors = {"default": [], None: []}
    for _ in range(4):
        slopes, places = random.lognormal(0, 0.3, 20), random.normal(0, 1.2, 20)
        chance = 1 / (1 + np.exp(-slopes * (random.normal(size=(60, 1)) - places)))
        answers = (random.random((60, 20)) < chance).astype(float)
        for prior, found in errors.items():
            found.append(np.nanmean((calibrate(answers, "2PL", prior).items["a"] - slopes) ** 2))
    penalized, free = (np.sqrt(np.mean(errors[prior])) for prior in ("default", None))
    assert penalized < 0.4 < free


def test_what_cannot_be_identified_is_said():
    perfect = np.tril(np.ones((12, 11)))
    assert not calibrate(perfect, "2PL", prior=None).converged
    assert calibrate(perfect, "2PL").converged


def test_item_that_all_answer_alike_has_an_empty_row(lsat6):
    fit = calibrate(np.column_stack([lsat6, np.ones(1000)]), "2PL", None)
    assert fit.items.iloc[5].isna().all()
    assert fit.log_likelihood == pytest.approx(-2466.653377, abs=1e-4)


def test_wrong_calls_are_refused(environment):
    with pytest.raises(ValueError, match="expected one of 1PL, 2PL, graded"):
        calibrate(environment, "3PL")
    with pytest.raises(ValueError, match="expected 'default', None"):
        calibrate(np.eye(6), prior="none")
    with pytest.raises(ValueError, match="more than two codes"):
        calibrate(environment, "2PL")
    with pytest.raises(ValueError, match="two different answers"):
        calibrate(np.ones((20, 4)))


def test_alpha(lsat6, environment):
    assert coefficient_alpha(lsat6).value == pytest.approx(0.2949972, abs=1e-7)
    assert coefficient_alpha(environment).value == pytest.approx(0.8215428, abs=1e-7)


def test_alpha_interval_agrees_with_bonett(environment):
    """For many persons Feldt's interval nears the normal one of log(1 - alpha) (Bonett 2002)."""
    found = coefficient_alpha(environment, level=0.95)
    persons, items = environment.shape
    half = 1.959964 * np.sqrt(2 * items / ((items - 1) * (persons - 2)))
    bonett = 1 - np.exp(np.log(1 - found.value) + np.array([half, -half]))
    assert [found.low, found.high] == pytest.approx(list(bonett), abs=0.006)
    assert coefficient_alpha(environment, level=0.90).low > found.low


def test_alpha_with_missing(environment):
    holed = environment.copy()
    holed[:40, 0] = np.nan
    assert coefficient_alpha(holed).persons == len(environment) - 40
    assert coefficient_alpha(holed, missing="pairwise").persons == len(environment)
    with pytest.raises(NotEnoughData):
        coefficient_alpha(environment[:, :1])
    with pytest.raises(ValueError, match="listwise"):
        coefficient_alpha(environment, missing="drop")


@pytest.mark.parametrize("module", [calibration, graded, groups, levels, reliability, words])
def test_examples_in_docstrings(module):
    assert doctest.testmod(module).failed == 0
