"""What is to be gained: closed forms, truth of the example, and nothing about teams that their own reports would hide."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_skills_report import true_gaps

from upskill import data, skills
from upskill.skills import words
from upskill.skills.gaps import figures
from upskill.skills.limits import limits, refused_teams


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


@pytest.fixture(scope="module")
def found(company):
    return skills.standing(company, draws=150, seed=1)


def test_closed_form_is_the_mean_of_draws():
    draws = np.random.default_rng(1).normal(2.4, 0.6, 400_000)
    shortfall, meeting = skills.shortfall_of_draws(draws, np.array(3.0))
    assert shortfall == pytest.approx(skills.expected_shortfall(2.4, 0.6, 3.0), abs=0.003)
    assert meeting == pytest.approx(skills.chance_of_meeting(2.4, 0.6, 3.0), abs=0.003)


def test_without_error_it_is_the_plain_difference_and_nan_stays():
    assert skills.expected_shortfall([1.0, 3.0], 0.0, 2.0).tolist() == [1.0, 0.0]
    assert skills.chance_of_meeting([1.0, 2.0, 3.0], 0.0, 2.0).tolist() == [0.0, 1.0, 1.0]
    assert np.isnan(skills.chance_of_meeting(np.nan, 0.0, 2.0)) and np.isnan(skills.expected_shortfall(np.nan, 0.3, 2.0))


@pytest.mark.parametrize("by", [("domain",), ("role", "domain"), ("team", "domain")])
def test_levels_to_gain_hold_the_truth(example, company, by):
    drawn = skills.plausible_values(company, skills.calibrate_program(company), draws=150, seed=1)
    teams = company["people"].set_index("person_id")["team"]
    true = true_gaps(example, company, "end").assign(expected=lambda table: table["gap"].clip(lower=0))
    true["team"] = true["person_id"].map(teams)
    table = skills.shortfalls(company, drawn, by).merge(
        true.groupby(list(by))["expected"].mean().rename("true").reset_index(), on=list(by))
    assert ((table["expected_low"] <= table["true"]) & (table["true"] <= table["expected_high"])).mean() >= (
        0.78 if len(table) > 20 else 0.6)
    assert abs(table["expected"] - table["true"]).mean() < 0.15


def test_gaps_are_weighed_by_importance_and_people(company, found):
    table = found.priorities
    assert table["weight"].is_monotonic_decreasing and table["among_first"].sum() == pytest.approx(5)
    assert table["weight"].to_numpy() == pytest.approx((table["importance"] / 5 * table["shortfall"] * table["people"]).to_numpy())
    cell = found.roles.merge(table, on=["role", "domain"])
    assert cell["expected"].to_numpy() == pytest.approx(cell["shortfall_y"].to_numpy())
    importance = company["role_targets"].merge(company["competencies"].drop_duplicates("competency_id"), on="competency_id")
    first = table.iloc[0]
    own = importance[(importance["role"] == first["role"]) & (importance["domain"] == first["domain"])]
    assert first["importance"] == pytest.approx(own["importance"].astype(float).mean())


def test_gaps_that_overlap_are_not_ranked(found):
    table = found.priorities
    rivals = int((table["weight_high"] >= table["weight_low"].iloc[0]).sum()) - 1
    said = figures.read_priorities(found)
    assert ("may weigh as much" in said) == (rivals > 0) and "not as a ranking" in said
    assert ("may weigh as much" in words.answer(found)[1]) == (rivals > 0)


def test_shares_at_levels_add_up_and_are_kept_from_few(company, found):
    assert all(table["share"].sum() == pytest.approx(1) for table in found.spread.values())
    team = company["people"]["team"].value_counts().index[0]
    ids = company["people"].loc[company["people"]["team"] == team, "person_id"].head(8)
    people = company["people"].assign(team=company["people"]["team"].mask(company["people"]["person_id"].isin(ids), "eight"))
    few = replace(company, tables=company.tables | {"people": people})
    report = skills.standing(data.cut.cut_program(few, team="eight"), few, draws=20)
    assert report.assessed >= 5 and report.spread == {} and "Too few people" in figures.read_spread(report)


def with_teams(company, sizes):
    """Return the company with the first people of its largest team in teams of these sizes."""
    people = company["people"]
    largest = people[people["end_date"].isna() & (people["team"] == people["team"].value_counts().index[0])]["person_id"].tolist()
    team, start = people["team"].copy(), 0
    for name, size in sizes.items():
        team = team.mask(people["person_id"].isin(largest[start:start + size]), name)
        start += size
    return replace(company, tables=company.tables | {"people": people.assign(team=team)})


def test_the_map_of_teams_shows_what_their_reports_show_and_no_more(company):
    split = with_teams(company, {"six": 6, "three": 3})
    whole = limits(split)
    refused = refused_teams(split)
    assert "three" in refused and "three" not in whole.teams and not refused & set(whole.teams)
    for team, domains in whole.teams.items():
        assert limits(split, team).domains == domains
    report = skills.standing(split, draws=40, seed=1)
    assert set(report.teams["team"]) == set(whole.teams) and report.teams["people"].min() >= 5
    own = skills.standing(data.cut.cut_program(split, team="six"), split, draws=40, seed=1)
    if "six" in whole.teams:
        cells = report.teams[report.teams["team"] == "six"].set_index("domain")
        assert own.domains.set_index("domain")["expected"].to_dict() == pytest.approx(cells["expected"].to_dict())


def test_the_report_on_a_team_has_no_map_of_teams(company):
    team = company["people"]["team"].value_counts().index[0]
    assert skills.standing(data.read_program(company.folder, team=team), company, draws=20).teams.empty


def test_maps_show_hidden_cells_as_hidden():
    cells = pd.DataFrame({"role": ["a", "a", "b"], "domain": ["x", "y", "x"], "expected": [0.02, 0.7, 0.4],
                          "expected_low": [0.0, 0.5, 0.2], "expected_high": [0.11, 0.9, 0.6],
                          "verdict": ["cannot tell", "probably below target", "cannot tell"], "people": [9, 9, 9]})
    fig = figures.heat_map(cells, "role", ["x", "y"])
    texts = [text.get_text() for text in fig.axes[0].texts]
    assert texts.count("–") == 1 and "0.7 ▲" in texts and "<0.1" in texts and "up to 0.1" in texts and len(texts) == 7
    assert figures.heat_title(cells, "role") == "1 of 3 groups of role and domain is clearly below target (▲)"


def test_teams_are_in_the_order_of_their_names(found):
    labels = [label.get_text() for label in figures.heat_map(found.teams, "team", found.order).axes[0].get_yticklabels()]
    assert labels == sorted(labels, reverse=True)
