"""Agreement of raters, against published values."""

import doctest
import warnings

import numpy as np
import pandas as pd
import pytest

from upskill.data import NotEnoughData
from upskill.skills import agreement, intraclass, intraclass_correlation, krippendorff_alpha
from upskill.validation.agreement import JUDGES, OBSERVERS

NAN = np.nan


@pytest.mark.parametrize("measurement, value", [
    ("nominal", 0.743421053), ("ordinal", 0.815387504), ("interval", 0.849107143), ("ratio", 0.797402775)])
def test_alpha_of_four_observers(measurement, value):
    found = krippendorff_alpha(OBSERVERS, measurement)
    assert found.value == pytest.approx(value, abs=1e-8)
    assert found.low < value < found.high <= 1 and found.units == 11


def test_alpha_interval_holds_the_truth():
    """Two raters with equal noise: alpha of many units is the truth; 90 % intervals of 60 units hold it."""
    random = np.random.default_rng(20261123)
    def made(units):
        return random.normal(size=(units, 1)) + random.normal(scale=0.6, size=(units, 3))
    truth = 1 / (1 + 0.6**2)
    found = [krippendorff_alpha(made(60), "interval", seed=number) for number in range(30)]
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.75
    assert np.mean([one.high - one.low for one in found]) < 0.25


def test_alpha_is_seeded_and_widens_with_the_level():
    assert krippendorff_alpha(OBSERVERS) == krippendorff_alpha(OBSERVERS)
    wide, narrow = krippendorff_alpha(OBSERVERS, level=0.95), krippendorff_alpha(OBSERVERS, level=0.5)
    assert wide.low < narrow.low < narrow.high <= wide.high


def test_full_agreement_is_one():
    table = np.repeat(np.arange(1.0, 6)[:, None], 3, axis=1)
    assert krippendorff_alpha(table).value == 1
    assert intraclass_correlation(table).to_numpy() == pytest.approx(1)


def test_intraclass_correlations_of_shrout_and_fleiss():
    table = intraclass_correlation(JUDGES, level=0.95)
    expected = [0.165742, 0.289764, 0.714841, 0.442797, 0.620050, 0.909316]
    assert list(table.index) == ["ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"]
    assert table["value"].to_numpy() == pytest.approx(expected, abs=1e-6)
    ends = [[-0.13, 0.72], [0.02, 0.76], [0.34, 0.95], [-0.88, 0.91], [0.07, 0.93], [0.68, 0.99]]
    assert table[["low", "high"]].to_numpy() == pytest.approx(np.array(ends), abs=0.0051)


def test_intraclass_correlation_leaves_out_incomplete_subjects():
    holed = np.vstack([JUDGES, [3, NAN, 4, 5]])
    assert intraclass_correlation(holed).equals(intraclass_correlation(JUDGES))
    narrow, wide = intraclass_correlation(JUDGES), intraclass_correlation(JUDGES, level=0.95)
    assert (narrow["low"] > wide["low"]).all() and (narrow["high"] < wide["high"]).all()


def test_what_cannot_be_told_is_refused():
    for call in (krippendorff_alpha, intraclass_correlation):
        with pytest.raises(NotEnoughData):
            call(np.ones((5, 3)))
        with pytest.raises(NotEnoughData):
            call([[1, 2]])
    with pytest.raises(ValueError, match="expected one of nominal"):
        krippendorff_alpha(OBSERVERS, "quadratic")


def test_examples_in_docstrings():
    assert doctest.testmod(agreement).failed + doctest.testmod(intraclass).failed == 0


def test_labels_are_ratings_where_nothing_is_ordered():
    words = np.array([None, "bug", "chore", "feature", "idea", "other"], dtype=object)
    numbers = np.nan_to_num(OBSERVERS).astype(int)
    found = krippendorff_alpha(pd.DataFrame(words[numbers]), "nominal", level=0.95)
    assert found == krippendorff_alpha(OBSERVERS, "nominal", level=0.95)
    assert found.value == pytest.approx(0.743421053, abs=1e-8)
    order = pd.CategoricalDtype([1, 2, 3, 4, 5], ordered=True)
    ordered = pd.DataFrame(OBSERVERS).astype(order)
    assert krippendorff_alpha(ordered, "ordinal") == krippendorff_alpha(OBSERVERS, "ordinal")
    with pytest.raises(ValueError, match="measurement='nominal'"):
        krippendorff_alpha([["low", "high"], ["low", "low"]], "ordinal")


def test_full_agreement_of_few_units_is_not_certain():
    lows = [krippendorff_alpha(np.repeat(np.arange(units) % 3, 2).reshape(-1, 2)).low for units in (2, 6, 60)]
    assert lows == pytest.approx([0.05 ** (1 / 2), 0.05 ** (1 / 6), 0.05 ** (1 / 60)])


def test_what_is_no_rating_is_named():
    for call in (krippendorff_alpha, intraclass_correlation):
        with pytest.raises(ValueError, match="infinite"):
            call([[1, np.inf], [2, 2], [3, 3]])
        with pytest.raises(ValueError, match="level=95"):
            call([[1, 2], [2, 2], [3, 3]], level=95)
    with pytest.raises(ValueError, match="below 0"):
        krippendorff_alpha([[-1, 1], [2, 2]], "ratio")
    with pytest.raises(ValueError, match="groups has 2 labels for 3 units"):
        krippendorff_alpha([[1, 1], [2, 2], [3, 2]], groups=["a", "b", None])


@pytest.mark.parametrize("table", [[[1, 2], [3, 2]], [[1, 5], [5, 1.5], [2, 4]], [[1, 2], [2, 3], [3, 4]]])
def test_ends_of_intraclass_correlations_stand_in_order(table):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = intraclass_correlation(table)
    assert (found["low"] <= found["value"]).all() and (found["value"] <= found["high"]).all()


def test_interval_of_few_people_holds_the_truth():
    """Eight people with three ratings each: plain percentiles hold it in about 82 of 100, not in 90."""
    random = np.random.default_rng(20261125)
    held, truth = [], 1.09 / (1.09 + 0.5**2 + 0.6**2)
    for number in range(100):
        person = random.normal(size=(8, 1)) + random.normal(0, 0.3, (8, 3))
        seen = person[:, :, None] + random.normal(0, 0.5, (8, 1, 2)) + random.normal(0, 0.6, (8, 3, 2))
        found = krippendorff_alpha(seen.reshape(-1, 2), "interval", groups=np.repeat(np.arange(8), 3), seed=number)
        held.append(found.low <= truth <= found.high)
    assert np.mean(held) > 0.83
