"""Effects of a rollout: peers' numbers, faulty panels, the choice by design alone, and how often it cries wolf."""

import numpy as np
import pandas as pd
import pytest

from upskill.data import NotEnoughData
from upskill.kpi import minimum_detectable_effect, rollout_effect
from upskill.kpi.false_alarms import NullModel, fit_null
from upskill.kpi.imputation import impute
from upskill.kpi.panel import read_panel
from upskill.kpi.randomization import (
    count_assignments,
    draw_assignments,
    every_overall_weights,
    overall_weights,
)
from upskill.kpi.rollout_choice import choose, describe
from upskill.kpi.wild_bootstrap import wild_cluster_p
from upskill.validation.pilots import counties, made_up_waves

COLUMNS = ("y", "team", "week", "start")


def effect(panel, **options):
    return rollout_effect(panel, *COLUMNS, **{"false_alarm_draws": 0, "draws": 499} | options)


def pilot(teams=12, treated=6, weeks=52, start=27, sd=0.3, seed=1, gain=0.0):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame([(team, week) for team in range(teams) for week in range(1, weeks + 1)], columns=["team", "week"])
    frame["start"] = np.where(frame["team"] < treated, start, 0)
    frame["y"] = random.normal(0, sd, len(frame)) + frame["team"] + gain * ((frame["start"] > 0) & (frame["week"] >= start))
    return frame


WAVES = made_up_waves()


@pytest.mark.parametrize(("changed", "words"), [
    (lambda f: pd.concat([f, f.iloc[:3]]), "more than once"),
    (lambda f: f.assign(start=np.where(f["week"] == 3, 30, f["start"])), "differs within"),
    (lambda f: f.assign(start=np.where(f["week"] == 3, np.nan, f["start"])), "differs within 9"),
    (lambda f: f.drop(columns="y"), "no column 'y'"),
    (lambda f: f.assign(y="fast"), "not a number: 'fast'"),
    (lambda f: f.assign(week=f["week"].where(f["week"] != 2)), "have no week"),
    (lambda f: f.assign(week="week " + f["week"].astype(str)), "numbers or ISO dates"),
])
def test_faulty_panels_are_refused_with_the_place(changed, words):
    with pytest.raises(ValueError, match=words):
        effect(changed(WAVES))


@pytest.mark.parametrize(("changed", "words"), [
    (lambda f: f.assign(start=20), "nobody to compare with"),
    (lambda f: f.assign(start=np.nan), "nobody is treated"),
    (lambda f: f.assign(start=99), "start after the last period"),
    (lambda f: f.assign(y=1.0), "same everywhere"),
    (lambda f: f.assign(y=f["team"] + 0.1 * f["week"]), "does not vary"),
    (lambda f: f[f["week"] == 3], "1 period"),
    (lambda f: f.iloc[:0], "0 period"),
])
def test_what_data_cannot_answer_is_said(changed, words):
    with pytest.raises(NotEnoughData, match=words):
        effect(changed(WAVES))


def dated(frame):
    days = {name: pd.Timestamp("2025-01-06") + pd.to_timedelta(7 * (frame[name] - 1), unit="D") for name in ("week", "start")}
    return frame.assign(week=days["week"], start=days["start"].where(frame["start"] > 0))


@pytest.mark.parametrize("changed", [
    lambda f: f.assign(start=f["start"].where(f["start"] > 0)),
    lambda f: f.assign(start=f["start"].where(f["start"] > 0, np.inf)),
    lambda f: f.astype({"week": str, "start": str}),
    dated,
    lambda f: dated(f).assign(start=lambda d: d["start"] + pd.Timedelta(days=2)),
    lambda f: dated(f).assign(week=lambda d: d["week"].dt.strftime("%Y-%m-%d"), start=lambda d: d["start"].dt.strftime("%Y-%m-%d").fillna("")),
    lambda f: f.assign(team=pd.Categorical(f["team"].map("team {:02d}".format))),
    lambda f: f.sample(frac=1, random_state=3),
    lambda f: f.assign(week=f["week"] - 1, start=f["start"].where(f["start"] > 0) - 1),
])
def test_forms_of_periods_and_starts_change_nothing(changed):
    expected, found = effect(WAVES), effect(changed(WAVES))
    pd.testing.assert_series_equal(found.overall, expected.overall, rtol=1e-9)
    assert found.event_study["event_time"].tolist() == expected.event_study["event_time"].tolist()


def test_always_treated_units_are_left_out_and_named():
    found = effect(WAVES.assign(start=WAVES["start"].where(WAVES["team"] > 2, 1)))
    assert any("treated from their first value on" in note and "1, 2" in note for note in found.notes)
    assert found.design.units == 10


def test_a_known_effect_without_noise_is_found_exactly():
    y = WAVES["team"] + 0.01 * WAVES["week"] ** 2 - 0.5 * ((WAVES["start"] > 0) & (WAVES["week"] >= WAVES["start"]))
    for frame in (WAVES.assign(y=y), WAVES.assign(y=y).sample(frac=0.8, random_state=2)):
        found = effect(frame)
        assert found.overall["value"] == pytest.approx(-0.5, abs=1e-9)
        assert found.event_study.query("is_after")["value"].to_numpy() == pytest.approx(-0.5, abs=1e-9)
        assert found.event_study.query("not is_after")["value"].to_numpy() == pytest.approx(0.0, abs=1e-9)
        assert found.group_time.query("is_after")["value"].to_numpy() == pytest.approx(-0.5, abs=1e-9)


def test_gaps_agree_with_peers():
    """Values of diff-diff 3.13.0 (imputation) and pyfixest 0.60.0 (two-way) on the same rows."""
    gaps = WAVES.sample(frac=0.9, random_state=1)
    imputation, two_way = effect(gaps, method="imputation").overall, effect(gaps, method="TWFE").overall
    assert imputation[["value", "standard_error"]].to_numpy() == pytest.approx([-0.07936831426143515, 0.008015114682668521], abs=1e-9)
    assert two_way[["value", "standard_error"]].to_numpy() == pytest.approx([-0.06249008680537083, 0.010961856334780556], abs=1e-9)


def test_wild_bootstrap_agrees_with_a_peer():
    """wildboottest 0.3.2, type 11, all 4,096 Rademacher signs: p = 0.543457."""
    treated = (WAVES["start"] > 0) & (WAVES["week"] >= WAVES["start"])
    panel = read_panel(WAVES.assign(y=WAVES["y"] + 0.055 * treated), *COLUMNS)
    p = wild_cluster_p(panel.outcome, panel.observed, panel.after, draws=9999, weights="rademacher")
    assert p == pytest.approx(0.543457, abs=5e-7)


def test_weights_of_many_assignments_are_those_of_each():
    panel = read_panel(WAVES.sample(frac=0.8, random_state=5), *COLUMNS)
    starts, codes = np.unique(panel.first, return_inverse=True)
    labels, _ = draw_assignments(codes, panel.strata, 20, 1)
    one_by_one = np.stack([overall_weights(panel.observed, starts[row]) for row in labels])
    np.testing.assert_allclose(every_overall_weights(panel.observed, starts[labels]), one_by_one, atol=1e-12)
    fit = impute(panel.outcome, panel.observed, panel.first)
    assert (one_by_one[0] * np.nan_to_num(panel.outcome)).sum() == pytest.approx(fit.residual[fit.usable].mean())


def test_assignments_are_all_there_are_and_keep_pairs():
    codes = np.repeat([0, 1], 6)
    every, exact = draw_assignments(codes, np.zeros(12), 999, 1)
    assert exact and len(every) == 924 == count_assignments(codes, np.zeros(12)) and len(np.unique(every, axis=0)) == 924
    pairs = np.tile(np.arange(6), 2)
    within, exact = draw_assignments(codes, pairs, 999, 1)
    assert exact and len(within) == 64
    assert all((within[:, pairs == pair].sum(axis=1) == 1).all() for pair in range(6))
    drawn, exact = draw_assignments(np.repeat([0, 1, 2, 3], 3), np.zeros(12), 50, 1)
    assert not exact and len(drawn) == 51 and (np.sort(drawn, axis=1) == np.repeat([0, 1, 2, 3], 3)).all()


def test_the_interval_holds_what_the_test_does_not_reject():
    frame = pilot(gain=-0.2)
    found = effect(frame, assignment="lottery")
    assert found.exact and found.assignments == 924
    treated = (frame["start"] > 0) & (frame["week"] >= 27)
    for value, inside in ((found.overall["low"], 1e-6), (found.overall["high"], -1e-6)):
        kept = effect(frame.assign(y=frame["y"] - (value + inside) * treated), assignment="lottery").overall["p_value"]
        lost = effect(frame.assign(y=frame["y"] - (value - inside) * treated), assignment="lottery").overall["p_value"]
        assert kept > 0.1 >= lost


def test_the_choice_does_not_look_at_what_happened_after_the_start():
    frame = pilot()
    wild = frame.assign(y=np.where(frame["week"] >= 27, 100 * np.sin(frame["week"] * frame["team"]), frame["y"]))
    first, second = (effect(one, assignment="lottery", registered=True, false_alarm_draws=200) for one in (frame, wild))
    assert (first.method, first.test, first.why, first.may_say_caused) == (second.method, second.test, second.why, second.may_say_caused)
    assert first.false_alarms.rate == second.false_alarms.rate


@pytest.mark.parametrize(("panel", "assignment", "method", "test"), [
    (pilot(), None, "change_scores", "welch"), (pilot(12, 2), None, "change_scores", "permutation"), (WAVES, "lottery", "imputation", "permutation"),
    (pilot(4, 2), None, "change_scores", "t"), (pilot(80, 40, 20, 11), None, "change_scores", "analytic"),
    (pilot(80, 40, 20, 11), "lottery", "efficient", "permutation"), (pilot(12, 1), "lottery", "change_scores", "permutation")])
def test_method_follows_from_the_design(panel, assignment, method, test):
    found = choose(describe(read_panel(panel, *COLUMNS), assignment))
    assert (found.method, found.test) == (method, test)


def test_caused_needs_lottery_plan_and_more_than_one_team():
    options = {"false_alarm_draws": 400}
    assert effect(pilot(), assignment="lottery", registered=True, **options).may_say_caused
    for frame, assignment, registered, word in (
            (pilot(), None, True, "no lottery"), (pilot(), "volunteered", True, "volunteered"),
            (pilot(), "lottery", False, "no plan"), (pilot(12, 1), "lottery", True, "one treated unit")):
        found = effect(frame, assignment=assignment, registered=registered, **options)
        assert not found.may_say_caused and word in " ".join(found.reasons)
    named = effect(pilot(), method="imputation", assignment="lottery", registered=True)
    assert not named.may_say_caused and "asked for by name" in " ".join(named.reasons)


def test_one_team_gets_no_interval_where_none_can_be_had():
    found = effect(pilot(12, 1, gain=-5.0))
    assert np.isinf(found.overall["low"]) and np.isinf(found.overall["high"])
    assert found.overall["p_value"] == pytest.approx(2 / 12)


def test_the_null_model_finds_autocorrelation_and_spreads():
    spreads = np.array([0.1, 0.2, 0.4] * 10)
    made = NullModel(0.5, spreads, 60).draw(20, 60, 7)
    models = [fit_null(outcome + np.arange(30)[:, None] + np.sin(np.arange(60)), np.full(30, 60)) for outcome in made]
    assert np.mean([model.autocorrelation for model in models]) == pytest.approx(0.5, abs=0.02)
    assert np.mean([model.spreads for model in models], axis=0) == pytest.approx(spreads, rel=0.08)


def test_sensitivity_holds_the_interval_and_widens():
    found = effect(pilot(gain=-0.4)).sensitivity
    assert (found.table["low"].diff().dropna() < 0).all() and (found.table["high"].diff().dropna() > 0).all()
    assert found.table["low"].iloc[0] < found.value < found.table["high"].iloc[0]
    assert 0 < found.breakdown < np.inf
    assert effect(pilot(gain=0.0)).sensitivity.breakdown == 0


def test_power_formula_agrees_with_simulation():
    effect_size = minimum_detectable_effect(6, 6, 26, 26, 0.3, 0.4, exact=True)
    made = NullModel(0.4, np.full(12, 0.3), 52).draw(4000, 52, 3)
    change = made[:, :, 26:].mean(axis=2) - made[:, :, :26].mean(axis=2)
    change[:, :6] += effect_size
    gap = change[:, :6].mean(axis=1) - change[:, 6:].mean(axis=1)
    pooled = (change[:, :6].var(axis=1, ddof=1) + change[:, 6:].var(axis=1, ddof=1)) / 2
    assert np.mean(np.abs(gap) > 2.228139 * np.sqrt(pooled / 3)) == pytest.approx(0.8, abs=2 * np.sqrt(0.16 / 4000))


def test_counties_by_dates_and_groups_named_by_their_year():
    found = rollout_effect(counties(), "log_employment", "county", "year", "first_treated")
    assert set(found.group_time["group"]) == {2004, 2006, 2007}
    assert found.method == "imputation" and found.false_alarms is None and not found.may_say_caused
