"""Differential item functioning: counts by hand, simulated truth, purification, and what cannot be tested."""

import doctest
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from upskill import data, skills
from upskill.data import NotEnoughData
from upskill.skills import fairness, quality


def answers(persons, harder, seed, groups=0.5, impact=0.0, items=20, steps=1):
    """Persons × items and who is focal; item 0 is harder for the focal group by `harder` logits, impact = mean gap."""
    random = np.random.default_rng(seed)
    focal = random.random(persons) < groups
    ability = random.normal(size=persons) - impact * focal
    place = np.linspace(-1.5, 1.5, items)
    place = place + np.where(np.arange(items) == items // 2, harder, 0) * focal[:, None]
    above = [1 / (1 + np.exp(-1.2 * (ability[:, None] - place - step))) for step in np.linspace(-0.5, 0.5, steps)]
    draw = random.random((persons, items))
    scores = sum((draw < share).astype(float) for share in above)
    return pd.DataFrame(scores, columns=[f"i{k}" for k in range(items)]), focal


@pytest.mark.parametrize(("seed", "steps"), [(1, 1), (2, 3)])
def test_a_planted_item_is_found_and_impact_is_not_taken_for_it(seed, steps):
    scores, focal = answers(3000, 1.0, seed, impact=0.7, steps=steps)
    table = skills.differential_items(scores, focal)
    assert table["testable"].all()
    assert table.index[table["size"] == "C"].tolist() == ["i10"]
    assert table.loc["i10", "harder_for"] == "focal"
    assert table.loc["i10", "method"] == ("Mantel-Haenszel" if steps == 1 else "Mantel")


def test_delta_is_that_of_the_rasch_model():
    """Equal slopes of 1.2 and an item harder by 0.8: odds ratio exp(1.2 × 0.8) at equal ability."""
    scores, focal = answers(20_000, 0.8, 3, items=40)
    found = skills.differential_items(scores, focal).loc["i20"]
    assert found["delta"] == pytest.approx(-2.35 * 1.2 * 0.8, abs=3 * found["standard_error"])
    assert found["standard_error"] < 0.15


def test_without_difference_few_items_are_called_and_p_values_are_even():
    p_values, called = [], 0
    for seed in range(12):
        table = skills.differential_items(*answers(400, 0.0, seed, impact=0.5))
        called += (table["size"] != "A").sum()
        p_values.append(table["p_value"])
    shares = np.concatenate(p_values)
    assert called / shares.size < 0.06
    assert 0.005 < (shares < 0.05).mean() < 0.07  # the correction for continuity makes the test cautious


def test_purification_takes_the_blame_from_innocent_items():
    random = np.random.default_rng(5)
    scores, focal = answers(4000, 0.0, 5, items=12)
    for item in scores.columns[:4]:  # a third of the test is much harder for the focal group
        scores.loc[focal & (random.random(len(scores)) < 0.4), item] = 0
    innocent = scores.columns[4:]
    raw, clean = (skills.differential_items(scores, focal, purify=purify) for purify in (False, True))
    assert clean.loc[innocent, "delta"].abs().mean() < 0.5 * raw.loc[innocent, "delta"].abs().mean()
    assert (clean.loc[scores.columns[:4], "size"] == "C").all()


def test_swapping_groups_turns_the_sign():
    scores, focal = answers(1500, 0.7, 6)
    one, other = skills.differential_items(scores, focal), skills.differential_items(scores, ~focal)
    assert one["delta"].to_numpy() == pytest.approx(-other["delta"].to_numpy())
    assert one["size"].tolist() == other["size"].tolist()


def test_missing_answers_are_matched_on_the_share_of_points():
    scores, focal = answers(3000, 1.2, 7)
    scores = scores.mask(np.random.default_rng(8).random(scores.shape) < 0.1)
    table = skills.differential_items(scores, focal)
    assert table["size"].eq("C").sum() == 1 and table.loc["i10", "size"] == "C"


def test_small_groups_and_constant_items_are_not_testable():
    scores, focal = answers(200, 0.0, 9, groups=0.2)
    assert not skills.differential_items(scores, focal)["testable"].any()
    scores, focal = answers(400, 0.0, 9)
    table = skills.differential_items(scores.assign(i3=1.0), focal)
    assert not table.loc["i3", "testable"] and table.drop(index="i3")["testable"].all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="3 entries for 2 persons"):
        skills.differential_items([[1, 0], [0, 1]], [True, False, True])
    with pytest.raises(ValueError, match="one name"):
        skills.differential_items(pd.DataFrame([[1, 0], [0, 1]], columns=["x", "x"]), [True, False])
    with pytest.raises(NotEnoughData, match="at least 2 items"):
        skills.differential_items([[1], [0]], [True, False])
    with pytest.raises(NotEnoughData, match="both groups and both outcomes"):
        skills.mantel_haenszel([5], [5], [0], [0])
    with pytest.raises(NotEnoughData, match="both groups and different scores"):
        skills.mantel_polytomous([1, 1, 1], [True, False, True], [0, 0, 0])


def test_everybody_right_in_one_group_has_an_endless_ratio_and_a_class():
    found = skills.mantel_haenszel([30, 40], [0, 0], [20, 25], [15, 20])
    assert np.isposinf(found.odds_ratio) and found.size == "C" and np.isneginf(found.delta)


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


def test_on_the_example_the_smaller_group_is_too_small(company):
    table = skills.fairness_table(company)
    assert not table["testable"].any()
    assert "cannot be tested" in quality.read_fairness(table)


def test_a_company_with_two_large_groups_is_tested_and_read(company):
    people = company["people"].assign(fairness_group=np.where(np.arange(len(company["people"])) % 2, "x", "y"))
    table = skills.fairness_table(replace(company, tables=company.tables | {"people": people}))
    assert table["testable"].mean() > 0.9 and table["reference"].nunique() == 1
    assert (table["size"] == "C").mean() < 0.1
    tested = table.loc[table["testable"], "item_id"].nunique()
    assert f"{tested} of {table['item_id'].nunique()} items testable" in quality.read_fairness(table)


def test_numbers_of_small_groups_are_not_told(company):
    few = np.where(np.arange(len(company["people"])) < 3, "few", "most")
    table = skills.fairness_table(replace(company, tables=company.tables | {"people": company["people"].assign(fairness_group=few)}))
    assert table["people_focal"].isna().all() and not table["testable"].any()


def test_without_groups_it_is_refused(company):
    for people in (company["people"].drop(columns="fairness_group"), company["people"].assign(fairness_group="a")):
        with pytest.raises(NotEnoughData, match="fewer than two groups"):
            skills.fairness_table(replace(company, tables=company.tables | {"people": people}))


def test_examples_in_docstrings():
    assert doctest.testmod(fairness).failed == 0
