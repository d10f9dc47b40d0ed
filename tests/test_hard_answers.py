"""Calibration of answers that are odd in type, keyed the wrong way, thin, or not tied together."""

import numpy as np
import pandas as pd
import pytest

from upskill.data import NotEnoughData
from upskill.skills import calibrate

PLACES = np.linspace(-1, 1, 6)


def scores(persons=500, slopes=(1,) * 6, places=PLACES, seed=0):
    random = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(-np.asarray(slopes) * (random.normal(size=(persons, 1)) - np.asarray(places))))
    return (random.random(chance.shape) < chance).astype(float)


PLAIN = scores()


@pytest.mark.parametrize("kind", ["int64", "bool", "Int64", "boolean", "float32", "category", object])
def test_types_do_not_matter(kind):
    found = calibrate(pd.DataFrame(PLAIN).astype(kind))
    assert found.log_likelihood == pytest.approx(calibrate(PLAIN).log_likelihood, abs=1e-8)


@pytest.mark.parametrize("kind", ["Int64", "boolean", object])
def test_missing_answers_of_any_type(kind):
    holed = pd.DataFrame(PLAIN).mask(np.random.default_rng(1).random(PLAIN.shape) < 0.2)
    asked = holed.astype(kind).where(holed.notna(), None if kind is object else pd.NA)
    assert calibrate(asked).log_likelihood == pytest.approx(calibrate(holed).log_likelihood, abs=1e-8)


def test_codes_keep_their_order_whatever_they_are():
    three = PLAIN + PLAIN[::-1]
    gaps = np.where(three == 2, 9, three) - 4
    assert calibrate(gaps, "graded").log_likelihood == pytest.approx(calibrate(three, "graded").log_likelihood, abs=1e-8)


def test_an_item_keyed_the_wrong_way_gets_a_negative_slope():
    turned = PLAIN.copy()
    turned[:, 2] = 1 - turned[:, 2]
    right, wrong = (calibrate(data, prior=None) for data in (PLAIN, turned))
    assert wrong.converged and wrong.log_likelihood == pytest.approx(right.log_likelihood, abs=1e-8)
    sign = np.where(np.arange(6) == 2, -1, 1)
    assert wrong.items["a"].to_numpy() == pytest.approx(sign * right.items["a"].to_numpy(), abs=1e-5)
    assert wrong.items["standard_error_a"].to_numpy() == pytest.approx(right.items["standard_error_a"].to_numpy(), abs=1e-5)
    assert 0 < calibrate(turned).items["a"].iloc[2] < 0.3  # the prior keeps slopes positive


def test_mixed_formats_share_a_slope_or_have_their_own():
    mixed = np.column_stack([PLAIN[:, :3], PLAIN[:, 3] + PLAIN[:, 4] + PLAIN[:, 5]])
    graded, common = calibrate(mixed, "graded", None), calibrate(mixed, "1PL", None)
    assert graded.converged and common.converged and graded.log_likelihood > common.log_likelihood
    assert list(graded.items.columns[:7]) == ["a", "d1", "d2", "d3", "b1", "b2", "b3"]
    assert graded.items.loc[:2, ["d2", "d3"]].isna().all(axis=None) and graded.items.loc[3].notna().all()
    assert common.items["a"].nunique() == 1


def test_items_that_say_nothing_have_empty_rows():
    wide = np.column_stack([PLAIN, np.ones(500), np.full(500, np.nan)])
    wide = np.vstack([wide, np.full((9, 8), np.nan)])
    found = calibrate(wide)
    assert found.items.iloc[6:].isna().all(axis=None) and found.persons == 500
    assert found.log_likelihood == pytest.approx(calibrate(PLAIN).log_likelihood, abs=1e-8)


def test_linked_forms_are_fitted_and_separate_ones_refused():
    wide = scores(600, (1,) * 12, np.linspace(-2, 2, 12))
    linked = wide.copy()
    linked[:300, 8:], linked[300:, :4] = np.nan, np.nan
    assert calibrate(linked, prior=None).converged
    apart = wide.copy()
    apart[:300, 6:], apart[300:, :6] = np.nan, np.nan
    with pytest.raises(NotEnoughData, match="2 sets that share no people: 6, 7, 8"):
        calibrate(apart)
    assert calibrate(apart, equivalent_groups=True).converged


def test_an_item_that_all_answer_alike_links_nothing():
    apart = np.full((200, 7), np.nan)
    apart[:100, :3], apart[100:, 3:6], apart[:, 6] = PLAIN[:100, :3], PLAIN[100:200, 3:], 1
    with pytest.raises(NotEnoughData, match="share no people"):
        calibrate(apart)


def test_five_people_are_enough_for_a_prior_and_not_for_maximum_likelihood():
    assert calibrate(PLAIN[:5]).converged
    assert not calibrate(PLAIN[:5], prior=None).converged
    with pytest.raises(NotEnoughData, match="at least 5"):
        calibrate(PLAIN[:4])


@pytest.mark.parametrize("data", [
    np.repeat([[1.0] * 5, [0.0] * 5], 50, axis=0),  # all or nothing
    np.column_stack([PLAIN, PLAIN[:, 0]]),  # an item twice
    PLAIN[:, :2],  # four slopes and intercepts from three shares
    PLAIN[:, :1],
])
def test_what_maximum_likelihood_cannot_identify_is_not_converged(data):
    assert not calibrate(data, prior=None).converged
    assert calibrate(data).converged


@pytest.mark.parametrize(("data", "message"), [
    (np.random.default_rng(0).normal(size=(100, 3)), "more than 25 different codes"),
    (pd.DataFrame({"a": ["yes", "no"] * 9, "b": [0, 1] * 9}), r"something else: a \('yes'\)"),
    (np.where(PLAIN[:, :2] > 0, np.inf, 0), "items 0, 1 hold infinite"),
    (np.empty((0, 5)), "0 rows and 5 columns"),
    (np.full((9, 3), np.nan), "two different answers"),
])
def test_what_are_no_answers_is_said(data, message):
    with pytest.raises(ValueError, match=message):
        calibrate(data, "graded")
