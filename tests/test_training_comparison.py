"""Change of trained people beside that of others, and reliable change of persons: truth, refusals, privacy."""

import doctest
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from upskill import data, skills
from upskill.data import NotEnoughData
from upskill.privacy import derivable_groups
from upskill.simulate import simulate, write_program
from upskill.skills import figures, person_change, quality, quality_rows, team_means, training
from upskill.skills.limits import change_groups, changed, limits, members, team_changes
from upskill.validation import training as study


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


@pytest.fixture(scope="module")
def calibration(company):
    return skills.calibrate_program(company)


@pytest.fixture(scope="module")
def comparison(company, calibration):
    return skills.compare_with_untrained(company, calibration)


def with_rollout(company, rollout):
    return replace(company, tables=company.tables | {"rollout": rollout})


def assigned(company, kind):
    rollout = company["rollout"]
    return with_rollout(company, rollout.assign(assignment=rollout["assignment"].where(rollout["event"] != "training", kind)))


def test_the_difference_holds_the_true_one(example, company, comparison):
    """True change of ability, in sd; one level is about one sd in the example."""
    truth = json.loads((example / "truth.json").read_text(encoding="utf-8"))["skills"]
    first, last = ({person: row for person, row in zip(truth["persons"], truth["waves"][wave]["ability"], strict=True) if row}
                   for wave in ("start", "end"))
    teams = company["people"].set_index("person_id")["team"]
    both = [person for person in first if person in last]
    change = pd.DataFrame([np.subtract(last[p], first[p]) for p in both], both, truth["domains"]).groupby(teams[both]).mean()
    true = change.loc[list(comparison.trained)].mean() - change.loc[list(comparison.not_yet)].mean()
    table = comparison.table.set_index("domain")
    held = true.between(table["low"].reindex(true.index), table["high"].reindex(true.index))
    assert held.sum() >= 5
    assert table.loc["all domains", "low"] < true.mean() < table.loc["all domains", "high"]


def test_shape_and_status(company, comparison):
    assert comparison.first_wave == "start" and comparison.last_wave == "end" and comparison.left_out == 0
    status = training.training_status(company, "start", "end")
    assert set(comparison.trained) == set(status.index[status == "trained"])
    assert set(comparison.not_yet) == set(status.index[status == "not yet trained"])
    assert comparison.table["domain"].tolist()[-1] == "all domains" and len(comparison.table) == 7
    table = comparison.table
    assert (table["low"] < table["difference"]).all() and (table["difference"] < table["high"]).all()
    assert table["difference"].to_numpy() == pytest.approx((table["change_trained"] - table["change_not_yet"]).to_numpy())


def test_the_middle_wave_counts_the_second_cohort_as_not_yet(company):
    status = training.training_status(company, "start", "middle")
    assert (status == "trained").sum() == 4 and (status == "not yet trained").sum() == 6
    assert (training.training_status(company, "middle", "end") == "neither").sum() == 4


def test_a_lottery_may_be_called_an_effect_and_nothing_else(company, calibration, comparison):
    assert comparison.is_effect and skills.effect_for_money(comparison)["domain"] == "all domains"
    assert "may be called an effect" in quality.read_training(comparison)
    for kind in ("chosen", "volunteered", None):
        other = skills.compare_with_untrained(assigned(company, kind), calibration)
        assert other.assignment == (kind or "unknown")
        assert other.table["difference"].tolist() == comparison.table["difference"].tolist()
        assert "change, not an effect" in quality.read_training(other)
        with pytest.raises(NotEnoughData, match="Change, not effect"):
            skills.effect_for_money(other)
    rollout = company["rollout"]
    some = rollout.assign(assignment=rollout["assignment"].where(rollout["team"] != "search", "chosen"))
    assert skills.compare_with_untrained(with_rollout(company, some), calibration).assignment == "mixed"
    fewer = rollout[~((rollout["team"] == "search") & (rollout["event"] == "training"))]
    assert skills.compare_with_untrained(with_rollout(company, fewer), calibration).assignment == "mixed"


def test_what_cannot_be_compared_is_refused(company, calibration):
    rollout = company["rollout"]
    nobody = rollout.assign(starts_on=rollout["starts_on"].where(rollout["event"] != "training"))
    with pytest.raises(NotEnoughData, match="0 trained between the waves and 10 not yet"):
        skills.compare_with_untrained(with_rollout(company, nobody), calibration)
    early = rollout.assign(starts_on=pd.Timestamp("2025-01-06"))
    with pytest.raises(NotEnoughData, match="0 trained between the waves and 0 not yet"):
        skills.compare_with_untrained(with_rollout(company, early), calibration)
    for name in ("rollout", "waves"):
        tables = {key: table for key, table in company.tables.items() if key != name}
        with pytest.raises(NotEnoughData, match=name):
            skills.compare_with_untrained(replace(company, tables=tables), calibration)
    once = replace(company, tables=company.tables | {"test_responses": company["test_responses"].query("wave == 'start'")})
    with pytest.raises(NotEnoughData, match="only one wave"):
        skills.compare_with_untrained(once)


def test_without_cuts_the_unit_is_sd(company, calibration):
    tables = {name: table for name, table in company.tables.items() if name not in ("cuts", "role_targets")}
    found = skills.compare_with_untrained(replace(company, tables=tables), calibration)
    assert set(found.table["unit"]) == {"sd"} and found.overall["domain"] == "all domains"


def test_the_sides_are_sums_of_what_team_reports_show(company):
    people = members(company)
    groups = change_groups(company, people)
    found = team_changes(company, people, groups)
    own = {}
    for team in company["people"]["team"].unique():
        for domain, ids in limits(company, team, people, groups).changes.items():
            own.setdefault(domain, {})[team] = ids
    assert found == own
    status = training.training_status(company, "start", "end")
    for domain, by_team in found.items():
        sides = [frozenset().union(*(ids for team, ids in by_team.items() if status[team] == side))
                 for side in ("trained", "not yet trained")]
        shown = [changed(groups)[domain], *by_team.values(), *sides]
        assert min(map(len, by_team.values())) >= 5 and not derivable_groups(shown, 5)


def test_a_hostile_company_has_no_effect_and_shows_no_small_team(tmp_path):
    made = simulate(seed=5, preset="hostile")
    program = data.read_program(write_program(made, tmp_path / "company"))
    found = skills.compare_with_untrained(program)
    assert not found.is_effect and found.assignment == "volunteered"
    small = program["people"]["team"].value_counts()
    assert not set(small.index[small < 5]) & {*found.trained, *found.not_yet} and found.left_out >= 2


def test_the_study_of_coverage_compares_with_what_the_course_gave(example, company, comparison):
    """The example again, as the simulator makes it: the core course gives each domain a part of its true gain."""
    made = simulate(parts=("learning", "skills"))
    cuts = {name: (cut.levels, cut.places) for name, cut in skills.read_cuts(company).items()}
    true = study.true_effects(made, company, comparison, cuts)
    gain = pd.Series(made.truth["skills"]["core_course_gain"])
    assert set(true.index) == {*gain.index, "all domains"}
    assert (true[gain.index] > 0.5 * gain).all() and (true[gain.index] < 1.1 * gain).all()  # some did not complete it
    assert true["all domains"] == pytest.approx(true[gain.index].mean())


def test_means_of_teams_are_not_drawn_together():
    """Two teams of ten, 2 sd apart, answers that tell little: means stay 2 apart on average, unlike posterior means."""
    apart = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        ability = random.normal(size=20) * 0.5 + np.repeat([-1, 1], 10)
        seen = ability + random.normal(size=20)
        likelihood = np.exp(-0.5 * (team_means.POINTS - seen[:, None]) ** 2)[None]
        mean, _, posterior = team_means.fit_team_means(likelihood, np.repeat([0, 1], 10))
        apart.append(mean[0, 1] - mean[0, 0])
        assert posterior.sum(axis=2) == pytest.approx(1)
    assert np.mean(apart) == pytest.approx(2, abs=0.2)


def test_a_team_with_all_right_has_an_end():
    likelihood = (1 / (1 + np.exp(-3 * team_means.POINTS)))[None, None].repeat(6, axis=1)
    mean, spread, _ = team_means.fit_team_means(likelihood, np.array([0, 0, 0, 1, 1, 1]))
    assert np.isfinite(mean).all() and mean.max() < 6 and spread[0] > 0


def test_false_discoveries_among_people_who_did_not_change():
    random = np.random.default_rng(3)
    before, after = (pd.DataFrame({"person_id": range(1000), "scale_id": "x", "score": random.normal(size=1000),
                                   "standard_error": 1.0}) for _ in range(2))
    table = skills.person_changes(before, after)
    assert (table["state"] != "unchanged").sum() <= 2
    assert (table["index"].abs() > 1.96).mean() == pytest.approx(0.05, abs=0.02)
    after.loc[:199, "score"] += 6
    found = skills.person_changes(before, after)
    named = found["state"] == "improved"
    assert named[:200].mean() > 0.9 and named[200:].sum() / named.sum() < 0.15
    assert (found["state"] == "worse").sum() < 0.1 * named.sum()


def test_counts_are_shown_only_from_the_smallest_group_on():
    table = pd.DataFrame({"person_id": range(20), "domain": "x", "index": [3.0] * 8 + [-3.0] * 2 + [0.0] * 10,
                          "state": ["improved"] * 8 + ["worse"] * 2 + ["unchanged"] * 10})
    (row,) = skills.count_changes(table, {"x": range(20)}, 5).itertuples()
    assert row.improved == 8 and row.people == 20 and pd.isna(row.worse) and pd.isna(row.beyond_error_down)
    assert row.false_alarms == pytest.approx(1.0, abs=0.001)
    assert skills.count_changes(table, {"x": range(4)}, 5).empty
    assert pd.isna(skills.count_changes(table, {"x": range(8)}, 5)["improved"].iloc[0])  # all of them
    assert skills.count_changes(table, {}, 5).empty


def test_persons_of_the_example(company, calibration):
    waves = [skills.assess_skills(company, wave, calibration, sources=("test",)) for wave in ("start", "end")]
    table = skills.person_changes(*waves)
    assert not table.duplicated(["person_id", "domain"]).any()
    assert (table["low"] < table["change"]).all() and (table["adjusted_p_value"] >= table["p_value"] - 1e-12).all()
    counts = skills.count_changes(table, limits(company).changes, 5)
    assert len(counts) == 6 and "5" in quality.read_reliable_changes(counts, 5)


def test_practice_missing_scores_and_both_denominators():
    table = skills.reliable_change([1, 2, np.nan], [3, 2, 1], 1.0, practice=2)
    assert table["index"].tolist()[:2] == [0, -2] and table["state"].tolist()[:2] == ["unchanged", "worse"]
    assert pd.isna(table["state"].iloc[2])
    same = [skills.standard_error_of_difference(10, 0.8, 10, kind) for kind in person_change.DENOMINATORS]
    assert same[0] == pytest.approx(same[1])
    assert np.isnan(skills.false_discovery([0.01, np.nan])[1]) and skills.false_discovery([0.01, np.nan])[0] == 0.01
    for call in (lambda: skills.reliable_change([1], [2], 0), lambda: skills.cut_offs(1, 0, 2),
                 lambda: skills.standard_error_of_difference(1, 2), lambda: skills.standard_error_of_difference(1, 1, None, "x")):
        with pytest.raises(ValueError):
            call()
    assert skills.cut_offs(60, 5, 40) == skills.CutOffs(50.0, 50.0, 50.0)


def test_tables_for_the_report(company):
    table = skills.reliability_table(company)
    assert len(table) == 6 and (table["omega_low"] < table["omega"]).all() and (table["why"] == "").all()
    assert "one common skill" in quality.read_reliability(table)
    weak = skills.weakest_items(company)
    assert (weak["people"] >= 5).all() and "54 items" in quality.read_weakest(weak, 54)
    few = skills.reliability_table(company, people=company["people"]["person_id"][:4])
    assert few["alpha"].isna().all() and few["why"].str.contains("answered every item").all()
    assert "cannot be told" in quality.read_reliability(few)
    assert skills.weakest_items(company, people=company["people"]["person_id"][:4]).empty


def test_rows_for_the_report_have_people_and_text(company, comparison):
    rows = quality_rows.training_rows(comparison)
    assert list(rows.columns) == ["Domain", "People", "Trained, levels (90 % interval)", "Not yet trained, levels (90 % interval)",
                                  "Difference, levels (90 % interval)"]
    assert (rows["People"] >= 5).all() and rows["Domain"].iloc[-1] == "all domains"
    reliable = quality_rows.reliability_rows(skills.reliability_table(company))
    assert reliable["Omega (90 % interval)"].str.contains("to").all()
    assert len(quality_rows.weakest_rows(skills.weakest_items(company))) == len(skills.weakest_items(company))
    moved = pd.DataFrame({"item_id": ["a", "b", "c"], "domain": "x", "people": 50, "delta_b": [0.6, -1.2, 0.1],
                          "standard_error": 0.2, "moved": [True, True, False]})
    assert quality_rows.drift_rows(moved)["Became"].tolist() == ["easier", "harder"]
    unfair = pd.DataFrame({"item_id": list("abc"), "domain": "x", "people_reference": 90, "people_focal": 60, "reference": "p",
                           "focal": "q", "size": ["B", "C", "A"], "p_value": 0.01, "harder_for": ["reference", "focal", None]})
    assert quality_rows.fairness_rows(unfair)[["Harder for", "Size"]].to_numpy().tolist() == [["q", "large"], ["p", "moderate"]]


def test_the_gate_gives_the_comparison_its_people(company, comparison, ledger_of_nobody):
    found = figures.release(company).comparison(seed=20261123)
    pd.testing.assert_frame_equal(found.table, comparison.table)


@pytest.mark.parametrize("module", [person_change, team_means, training, quality])
def test_examples_in_docstrings(module):
    assert doctest.testmod(module).failed == 0
