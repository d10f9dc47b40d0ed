"""Linking of two calibrations and items that drift: exact lines, simulated answers, planted drift."""

import doctest
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from upskill import data, skills
from upskill.data import NotEnoughData
from upskill.skills import drift, linking, quality
from upskill.validation.change import forms

METHODS = linking.METHODS
SLOPE, INTERCEPT = 1.2, 0.5


@pytest.fixture(scope="module")
def items():
    random = np.random.default_rng(1)
    return pd.DataFrame({"a": random.lognormal(0, 0.3, 12), "b": np.linspace(-2, 2, 12)}, index=[f"i{k}" for k in range(12)])


def moved(items, slope=SLOPE, intercept=INTERCEPT):
    places = linking.difficulty_columns(items)
    return items.assign(a=items["a"] / slope, **{name: slope * items[name] + intercept for name in places})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weights", ["normal", "uniform"])
def test_an_exact_line_is_found(items, method, weights):
    link = skills.link_scales(items, moved(items), method, weights)
    assert (link.slope, link.intercept) == pytest.approx((SLOPE, INTERCEPT), abs=1e-6)
    pd.testing.assert_frame_equal(link.items_on_scale(items)[["a", "b"]], moved(items), atol=1e-5)
    assert link.ability(1.0) == pytest.approx(1.7, abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_graded_items_and_guessing(method):
    graded = pd.DataFrame({"a": [1.0, 1.4, 0.8, 1.1], "b1": [-2, -1, 0, -0.5], "b2": [-1, 0, 1, np.nan]}, index=list("wxyz"))
    link = skills.link_scales(graded, moved(graded), method)
    assert (link.slope, link.intercept) == pytest.approx((SLOPE, INTERCEPT), abs=1e-6)
    first = forms()[0]
    link = skills.link_scales(first, moved(first), method, scaling=1.7)
    assert (link.slope, link.intercept) == pytest.approx((SLOPE, INTERCEPT), abs=1e-6)


def test_the_way_back_is_the_inverse_for_moments(items):
    there, back = skills.link_scales(*forms(), "mean-sigma"), skills.link_scales(*forms()[::-1], "mean-sigma")
    assert back.slope == pytest.approx(1 / there.slope)
    assert back.intercept == pytest.approx(-there.intercept / there.slope)


def answers(persons, items, mean, sd, seed):
    random = np.random.default_rng(seed)
    ability = random.normal(mean, sd, (persons, 1))
    chance = 1 / (1 + np.exp(-items["a"].to_numpy() * (ability - items["b"].to_numpy())))
    return pd.DataFrame((random.random(chance.shape) < chance).astype(float), columns=items.index)


def test_two_groups_are_linked_within_the_stated_errors(items):
    """The second group has mean 0.8 and sd 1.3, so theta_second = (theta_first - 0.8) / 1.3."""
    first, second = (skills.calibrate(answers(1500, items, *group, seed))
                     for group, seed in (((0.0, 1.0), 2), ((0.8, 1.3), 3)))
    draws = skills.calibration_draws(first, second, count=30)
    for method in METHODS:
        link = skills.link_scales(first.items, second.items, method, draws=draws)
        assert 0.005 < link.slope_standard_error < 0.1 and 0.02 < link.intercept_standard_error < 0.15
        assert abs(link.slope - 1 / 1.3) < 3 * link.slope_standard_error
        assert abs(link.intercept + 0.8 / 1.3) < 3 * link.intercept_standard_error
    plain = skills.link_scales(first.items, second.items)
    assert np.isnan(plain.slope_standard_error)


def test_drift_check_of_parameters_names_the_item(items):
    later = moved(items)
    later.loc["i4", "b"] += 0.9
    table = skills.drift_check(items, later, skills.link_scales(items, later, "stocking-lord"))
    assert table["delta_b"].abs().idxmax() == "i4" and table.loc["i4", "moved"]
    assert not skills.drift_check(items, moved(items), skills.link_scales(items, moved(items)))["moved"].any()


def test_what_cannot_be_linked_is_refused(items):
    for first, second in ((items.iloc[:1], items), (items.rename(index="x{}".format), items), (items.assign(b=0.0), items)):
        with pytest.raises(NotEnoughData):
            skills.link_scales(first, second, "mean-sigma")
    with pytest.raises(ValueError, match="method='equipercentile'"):
        skills.link_scales(items, items, "equipercentile")
    with pytest.raises(ValueError, match="columns of difficulties"):
        skills.link_scales(items, items.rename(columns={"b": "b1"}))
    with pytest.raises(NotEnoughData, match="at least 4 common items"):
        skills.drift_check(items.iloc[:3], items, skills.link_scales(items, items))


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


def spoiled(company, share, *items):
    """The company, where in the last wave a share of right answers to some items became wrong."""
    table = company["test_responses"].copy()
    rows = table.index[(table["wave"] == "end") & table["item_id"].isin(items) & (table["score"] == 1)]
    table.loc[np.random.default_rng(0).permutation(rows)[: int(share * len(rows))], "score"] = 0
    return replace(company, tables=company.tables | {"test_responses": table})


def test_nothing_drifts_in_the_example_and_the_report_says_what_would_be_seen(company):
    table = skills.item_drift(company, skills.calibrate_program(company))
    assert table["testable"].sum() == 48 and not table["moved"].any()
    z = table["delta_b"] / table["standard_error"]
    assert 0.7 < z.std() < 1.3 and abs(z.mean()) < 0.4
    assert "None of 48 items" in quality.read_drift(table)


def test_items_that_became_harder_are_named_and_their_share_of_the_change_is_told(company):
    program = spoiled(company, 0.6, "t02", "t03")
    calibration = skills.calibrate_program(program)
    table = skills.item_drift(program, calibration)
    named = set(table.loc[table["moved"], "item_id"])
    assert {"t02", "t03"} <= named and len(named) <= 3  # one in ten may be named falsely, on average
    assert (table.set_index("item_id").loc[["t02", "t03"], "delta_b"] > 0.8).all()
    effect = skills.change_without(program, calibration, ["t02", "t03"])
    whole = skills.calibrate_program(company)
    honest = whole.scales["Foundations"].populations["end"][0]
    (row,) = effect.itertuples()
    assert row.domain == "Foundations" and row.items_left_out == 2
    assert abs(row.change_without - honest) < 0.15 < honest - row.change
    said = quality.read_drift(table, effect)
    assert "t02 (harder by" in said and f"{len(named)} of 48 shared items drifted" in said and "without them the change" in said


def test_one_wave_has_no_drift(company):
    only = company["test_responses"].query("wave == 'start'")
    program = replace(company, tables=company.tables | {"test_responses": only})
    with pytest.raises(NotEnoughData, match="only one wave"):
        skills.item_drift(program, skills.calibrate_program(program))


@pytest.mark.parametrize("module", [drift, linking])
def test_examples_in_docstrings(module):
    assert doctest.testmod(module).failed == 0
