"""Where groups stand: coverage of the truth, privacy, and what is said when data are poor."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from upskill import data, skills
from upskill.data import NotEnoughData
from upskill.skills import figures, words


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


@pytest.fixture(scope="module")
def draws(company):
    return skills.plausible_values(company, skills.calibrate_program(company), seed=1)


@pytest.fixture(scope="module")
def found(company):
    return skills.standing(company, draws=60, seed=1)


def true_gaps(example, company, wave):
    """Return target minus level by person and domain, from the true abilities and the published cuts."""
    truth = json.loads((example / "truth.json").read_text(encoding="utf-8"))["skills"]
    roles = company["people"].set_index("person_id")["role"]
    cuts, targets = skills.read_cuts(company), skills.domain_targets(company)
    rows = [(person, roles[person], domain,
             targets[roles[person], domain]
             - float(skills.continuous_level(ability, cuts[domain].levels, cuts[domain].places)))
            for person, abilities in zip(truth["persons"], truth["waves"][wave]["ability"], strict=True) if abilities
            for domain, ability in zip(truth["domains"], abilities, strict=True)]
    return pd.DataFrame(rows, columns=["person_id", "role", "domain", "gap"])


@pytest.mark.parametrize("by", [("domain",), ("role", "domain")])
def test_intervals_hold_the_truth(example, company, draws, by):
    """About 90 of 100; over 30 made-up companies 88.9 % (domain) and 89.7 % (role × domain) were measured."""
    assessed = pd.concat([draws.abilities["end", domain].index.to_frame(index=False, name="person_id").assign(domain=domain)
                          for domain in draws.domains])
    true = true_gaps(example, company, "end").merge(assessed, on=["person_id", "domain"])
    mean = true.groupby(list(by))["gap"].mean().rename("true").reset_index()
    table = skills.shortfalls(company, draws, by).merge(mean, on=list(by))
    inside = (table["low"] <= table["true"]) & (table["true"] <= table["high"])
    assert len(table) >= 6 and inside.mean() >= (0.80 if len(table) > 20 else 0.6)
    assert (table["shortfall"] - table["true"]).abs().mean() < 0.25


def test_changes_hold_the_truth(example, company, draws):
    both = true_gaps(example, company, "start").merge(true_gaps(example, company, "end"), on=["person_id", "domain"])
    true = (both["gap_x"] - both["gap_y"]).groupby(both["domain"]).mean()
    table = skills.changes(company, draws).set_index("domain")
    true = true.reindex(table.index)
    assert ((table["low"] <= true) & (true <= table["high"])).mean() >= 0.6
    assert (table["change"] - true).abs().max() < 0.35


def test_smaller_groups_have_wider_intervals(company, draws):
    width = [(table["high"] - table["low"]).mean()
             for table in (skills.shortfalls(company, draws), skills.shortfalls(company, draws, ("role", "domain")))]
    assert width[1] > 1.3 * width[0]
    narrow = skills.shortfalls(company, draws, level=0.5)
    assert (narrow["high"] - narrow["low"]).mean() < 0.6 * width[0]


def test_verdicts_follow_from_the_intervals(company, draws):
    table = skills.shortfalls(company, draws, ("role", "domain"))
    assert ((table["low"] > 0) == (table["verdict"] == "probably below target")).all()
    assert ((table["high"] <= 0) == (table["verdict"] == "probably at or above target")).all()


def test_first_wave_draws_have_mean_0_and_sd_1(draws):
    values = draws.abilities["start", draws.domains[0]].to_numpy()
    assert values.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert values.std(axis=0) == pytest.approx(1)


def test_same_seed_same_numbers(company, found):
    again = skills.standing(company, draws=60, seed=1)
    pd.testing.assert_frame_equal(found.roles, again.roles)


@pytest.mark.parametrize("sizes, hidden", [
    ([9, 8, 7], []), ([3, 9, 6, 20], [0, 2]), ([1, 1, 30, 40], [0, 1, 2]), ([4, 4, 30], [0, 1]), ([2, 8], [0, 1])])
def test_hidden_groups_cannot_be_had_by_subtraction(sizes, hidden):
    assert np.flatnonzero(skills.hide_small(sizes, 5)).tolist() == hidden


def test_small_roles_are_shown_nowhere(example, company):
    team = company["people"]["team"].value_counts().index[0]
    program = data.read_program(example, team=team)
    report = skills.standing(program, company, draws=40)
    sizes = report.roles.groupby("role")["people"].min()
    assert set(sizes.index[sizes < 5]) <= report.hidden and report.hidden
    assert report.shown_roles["people"].min() >= 5 or report.shown_roles.empty
    said = " ".join([*words.answer(report), words.next_steps(report)])
    assert not any(f"role {role}" in said for role in report.hidden)


def test_too_small_a_team_is_refused(company):
    people = company["people"]
    few = replace(company, tables={**company.tables, "people": people.head(4)})
    with pytest.raises(NotEnoughData, match="Fewer than 5"):
        skills.standing(few, company, draws=10)


def test_without_cuts_no_levels_and_no_verdicts(company):
    bare = replace(company, tables={name: frame for name, frame in company.tables.items() if name != "cuts"})
    report = skills.standing(bare, draws=40)
    assert not report.has_targets and report.widest is None
    assert (report.domains["unit"] == "sd").all() and report.domains["shortfall"].isna().all()
    assert "nobody can be said" in " ".join(words.answer(report))
    figures.domain_intervals(report.domains)
    assert len(figures.role_table(report)) == report.shown_roles["role"].nunique()


def test_tables_and_figures_name_no_person(company, found):
    frames = [figures.domain_table(found), figures.role_table(found), figures.precision_rows(found)]
    text = " ".join(frame.to_csv() for frame in frames) + " ".join(words.answer(found)) + words.method(company, found)
    assert not [person for person in company["people"]["person_id"] if person in text]


def test_words_match_the_verdicts(found):
    first = words.answer(found)[0]
    assert f"in {len(found.below)} of {len(found.domains)} domains" in first
    assert len(found.below) + len(found.unknown) + len(found.met) == len(found.domains)
    assert words.number(-0.001) == "0.00" and words.short(-0.3, -0.5, -0.1).startswith("0.30 levels above")
