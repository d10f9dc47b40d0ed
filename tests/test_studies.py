"""The list of published studies, what is pooled from it, and how a pilot changes what is expected."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, stats

from upskill import roi
from upskill.data import NotEnoughData, ProgramError, pilot_result, read_evidence, read_reference_assumptions
from upskill.data.evidence import TIERS
from upskill.data.settings import read_settings
from upskill.paths import ROOT
from upskill.roi import heterogeneity
from upskill.roi.mixture import NormalMixture
from upskill.roi.prior import robust, time_saving
from upskill.roi.studies import NO_TRIAL
from upskill.roi.uncertainty import quantiles
from upskill.validation.evidence import LATITUDE, vaccine

STUDIES = read_evidence()


def test_the_shipped_list_holds_both_interventions_and_bad_news():
    assert set(STUDIES["intervention"]) == {"tool", "training"}
    assert STUDIES.loc[STUDIES["study_id"] == "metr_2025", "effect"].item() == pytest.approx(-0.1726, abs=1e-4)
    assert (STUDIES["effect"] < 0).sum() >= 8
    assert STUDIES.loc[STUDIES["checked"] == "secondary", "tier"].eq("E").all()
    assert STUDIES["source"].str.len().min() > 10


@pytest.mark.parametrize(("column", "cell", "said"), [
    ("scale", "minutes", "one of task_time"), ("standard_error", "0", "above 0"), ("effect", "fast", "number"),
    ("standard_error_from", "", "how the standard error was derived"), ("tier", "Z", "one of A"),
    ("checked", "secondary", "tier E"), ("study", "", "text"), ("effect", "", "an effect where")])
def test_every_fault_of_a_list_is_named_with_its_row(tmp_path, column, cell, said):
    rows = STUDIES.iloc[:3].astype(object)
    rows.loc[1, column] = cell
    rows.to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(ProgramError) as error:
        read_evidence(tmp_path / "mine.csv")
    assert "mine.csv, row 3, column" in str(error.value) and said in str(error.value)


def test_a_list_without_a_column_or_without_a_file_says_so(tmp_path):
    STUDIES.iloc[:3].drop(columns="tier").to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(ProgramError, match="a column tier"):
        read_evidence(tmp_path / "mine.csv")
    with pytest.raises(ProgramError):
        read_evidence(tmp_path / "none.csv")


def test_tools_are_not_training_and_minutes_are_not_pull_requests():
    usable = STUDIES[STUDIES["standard_error"].notna()]
    with pytest.raises(ValueError, match="tool, training"):
        roi.pool_studies(usable)
    with pytest.raises(ValueError, match="output_count.*task_time; convert"):
        roi.pool_studies(usable[usable["intervention"] == "tool"])
    with pytest.raises(NotEnoughData, match="No randomized study of training engineers"):
        roi.pool_evidence(STUDIES, "training")
    with pytest.raises(NotEnoughData, match="^1 study of tool"):
        roi.pool_evidence(STUDIES, "tool", "output_count")
    with pytest.raises(NotEnoughData, match="one study cannot show"):
        roi.pool_studies(usable.iloc[:1])


def test_task_time_becomes_working_time_by_the_exposed_share():
    random = np.random.default_rng(3)
    effects, shares = random.normal(0.3, 0.1, 400_000), random.normal(0.4, 0.05, 400_000)
    drawn = -np.log(1 - shares + shares * np.exp(-effects))
    value, error = roi.whole_job_effect(0.3, 0.1, 0.4, 0.05)
    assert (value, error) == pytest.approx((drawn.mean(), drawn.std()), rel=0.02)
    assert roi.whole_job_effect(0.3, 0.1, 1.0)[0] == pytest.approx(0.3)
    converted = roi.convert_to_whole_job(STUDIES, 0.3, 0.05)
    assert not converted["scale"].eq("task_time").any()
    assert roi.pool_studies(roi.select_studies(converted, scale="whole_job")).mean < roi.pool_evidence(STUDIES).mean
    with pytest.raises(ValueError, match="share from 0 to 1"):
        roi.whole_job_effect(0.3, 0.1, 30)


def test_the_prior_on_the_spread_gives_the_integrals_it_stands_for():
    y, errors, scale = np.array([0.5, -0.2, 0.1]), np.array([0.2, 0.1, 0.3]), 0.25

    def joint(tau):
        weights = 1 / (errors**2 + tau**2)
        mean = weights @ y / weights.sum()
        fit = np.prod(np.sqrt(weights)) / np.sqrt(weights.sum()) * np.exp(-0.5 * weights @ (y - mean) ** 2)
        return fit * np.exp(-0.5 * (tau / scale) ** 2), mean, 1 / weights.sum()

    whole = integrate.quad(lambda tau: joint(tau)[0], 0, 3, limit=200)[0]
    mean = integrate.quad(lambda tau: joint(tau)[0] * joint(tau)[1], 0, 3, limit=200)[0] / whole
    below = integrate.quad(lambda tau: joint(tau)[0] * stats.norm.cdf(
        -joint(tau)[1] / np.sqrt(joint(tau)[2] + tau**2)), 0, 3, limit=200)[0] / whole
    pool = roi.pool_with_spread_prior(y, errors, scale)
    assert pool.mean == pytest.approx(mean, abs=2e-5)
    assert 1 - pool.predictive.probability_above(0.0) == pytest.approx(below, abs=2e-4)
    assert pool.predictive.cumulative(pool.prediction_interval[1]) == pytest.approx(0.95)


def test_few_studies_give_a_usable_prediction_and_every_estimator_is_beside_it():
    table = roi.estimators(roi.select_studies(STUDIES))
    assert table["estimator"].is_unique and table["studies"].eq(3).all()
    default, classical = table.iloc[0], table.iloc[1:]
    assert default["prediction_low"] < 0 < default["prediction_high"] < 1.2
    assert (classical["prediction_high"] - classical["prediction_low"] > 3).all()
    without = roi.leave_one_out(roi.select_studies(STUDIES))
    assert without.loc[without["left_out"] == "metr_2025", "mean"].item() > default["mean"]
    assert roi.by_tier(STUDIES)["studies"].tolist() == [3, 5]


def test_modified_intervals_are_never_narrower_than_normal_ones():
    for effects in ([0.1, 0.1, 0.1], [0.1, 0.11], [0.5, -0.4, 0.1]):
        errors = [0.1] * len(effects)
        plain, modified = (roi.pool_effects(effects, errors, hartung_knapp=how) for how in (False, "modified"))
        assert modified.interval[1] - modified.interval[0] >= plain.interval[1] - plain.interval[0]
    with pytest.raises(ValueError, match="hartung_knapp"):
        roi.pool_effects([0.1, 0.2], [0.1, 0.1], hartung_knapp="knha")


@pytest.mark.parametrize("method", ["DL", "PM", "ML", "REML"])
@pytest.mark.parametrize(("effects", "errors"), [
    ([0.1, 0.4], [1e-9, 1e-9]), ([1e12, 4e12], [1e3, 1e14]), ([0.1] * 3, [1e-8, 1, 1e8]), ([0.2, 0.2], [1e-6, 1e6]),
    ([1e-9, 3e-9, 2e-9], [1e-10, 1e-10, 1e-10])])
def test_odd_sizes_are_pooled_without_losing_digits(method, effects, errors):
    found = roi.pool_effects(effects, errors, method)
    assert np.isfinite([found.mean, found.standard_error, found.tau_squared]).all()
    assert min(effects) * (1 - 1e-12) <= found.mean <= max(effects) * (1 + 1e-12)
    scaled = roi.pool_effects(np.array(effects) * 1e3, np.array(errors) * 1e3, method)
    assert scaled.tau_squared == pytest.approx(found.tau_squared * 1e6, rel=1e-6, abs=1e-9 * max(errors) ** 2 * 1e6)


@pytest.mark.parametrize("restricted", [False, True])
def test_where_the_usual_steps_do_not_settle_the_search_finds_the_same(monkeypatch, restricted):
    y, errors = vaccine()
    method = "REML" if restricted else "ML"
    usual = roi.pool_effects(y, errors, method).tau_squared
    monkeypatch.setattr(heterogeneity, "STEPS", 0)
    assert roi.pool_effects(y, errors, method).tau_squared == pytest.approx(usual, rel=1e-5)


def test_meta_regression_maximizes_the_restricted_likelihood():
    y, errors = vaccine()
    design = np.column_stack([np.ones(13), LATITUDE])

    def loss(tau_squared):
        weights = 1 / (errors**2 + tau_squared)
        cross = design.T @ (design * weights[:, None])
        gap = y - design @ np.linalg.solve(cross, design.T @ (weights * y))
        return 0.5 * (-np.log(weights).sum() + np.linalg.slogdet(cross)[1] + (weights * gap**2).sum())

    best = optimize.minimize_scalar(loss, bounds=(0, 2), method="bounded", options={"xatol": 1e-12}).x
    found = roi.regress_effects(y, errors, LATITUDE)
    assert found.tau_squared == pytest.approx(best, abs=1e-7) and found.degrees_of_freedom == 11
    with pytest.raises(ValueError, match="constant"):
        roi.regress_effects(y, errors, np.ones(13))
    with pytest.raises(ValueError, match="at least 3"):
        roi.regress_effects(y[:2], errors[:2], [1.0, 2.0])


def test_a_pilot_that_agrees_narrows_and_one_that_contradicts_widens():
    studies = NormalMixture.of(1.0, 0.10, 0.08)
    calm, odd = (roi.meet(studies, effect, 0.05, 0.05) for effect in (0.12, 0.70))
    assert calm.weight_after > calm.weight_before > odd.weight_after
    assert calm.after.standard_deviation < calm.before.standard_deviation
    assert odd.after.standard_deviation > calm.after.standard_deviation
    assert odd.conflict < 0.01 and calm.conflict > 0.5
    averaged = (0.10 / 0.08**2 + 0.70 / 0.005) / (1 / 0.08**2 + 1 / 0.005)
    assert odd.after.mean > averaged, "the pilot is believed more than in a plain average"


def test_one_normal_part_is_updated_as_textbooks_do():
    found = roi.meet(NormalMixture.of(1.0, 0.1, 0.2), 0.4, 0.3, 0.4, vague_weight=0)
    precision = 1 / 0.2**2 + 1 / 0.5**2
    assert found.after.mean == pytest.approx((0.1 / 0.2**2 + 0.4 / 0.5**2) / precision)
    assert found.after.standard_deviation == pytest.approx(precision**-0.5)
    assert found.weight_after == pytest.approx(1.0)


def test_teams_that_are_not_the_company_tell_less_about_it():
    studies = NormalMixture.of(1.0, 0.0, 0.2)
    near, far = (roi.meet(studies, 0.2, 0.05, apart) for apart in (0.0, 0.3))
    assert far.after.standard_deviation > near.after.standard_deviation
    assert abs(far.after.mean) < abs(near.after.mean)
    for bad in ((np.nan, 0.1, 0.1), (0.1, 0.0, 0.1), (0.1, 0.1, -0.1)):
        with pytest.raises(ValueError, match="a pilot of"):
            roi.meet(studies, *bad)
    with pytest.raises(ValueError, match="vague_weight"):
        robust(studies, 1.0)


def test_the_money_model_draws_what_is_believed():
    meeting = roi.meet(roi.training_effect(STUDIES), *roi.pilot_log_ratio(-0.12, -0.20, -0.03))
    p = (np.arange(400) + 0.5) / 400
    drawn = quantiles(meeting.assumption(), p)
    assert np.quantile(drawn, [0.5, 0.05, 0.95]) == pytest.approx(meeting.posterior[:3], abs=3e-3)
    exact = time_saving(meeting.after.quantile(p))
    assert drawn.mean() == pytest.approx(exact.mean(), abs=1e-3)
    assert meeting.table()["what"].tolist() == ["published studies", "your pilot", "both together"]
    grid = np.linspace(-2.5, 0.95, 4001)
    assert np.trapezoid(meeting.series(grid)["posterior"], grid) == pytest.approx(1, abs=2e-3)


def test_what_training_adds_is_a_share_of_what_tools_do_and_may_be_a_loss():
    tools, training = roi.tool_effect(STUDIES), roi.training_effect(STUDIES)
    assert training.mean == pytest.approx(0.4 * tools.mean, rel=0.01)
    assert training.probability_above(0) == pytest.approx(tools.probability_above(0), abs=1e-9)
    low, middle, high = quantiles(roi.training_prior(STUDIES), np.array([0.05, 0.5, 0.95]))
    assert low < -0.1 and 0 < middle < 0.1 and high > 0.2
    assert "No randomized study" in roi.training_prior(STUDIES).source


def test_mixtures_add_up_and_refuse_nonsense():
    mixture = NormalMixture.of([3, 1], [0.0, 2.0], [1.0, 0.5])
    p = np.array([1e-6, 0.01, 0.3, 0.7, 0.999])
    assert mixture.cumulative(mixture.quantile(p)) == pytest.approx(p, rel=1e-6)
    grid = np.linspace(-8, 8, 20_001)
    assert np.trapezoid(mixture.density(grid), grid) == pytest.approx(1)
    assert np.trapezoid(mixture.density(grid) * grid, grid) == pytest.approx(mixture.mean)
    many = NormalMixture.of(np.ones(500), np.linspace(0, 1, 500), np.linspace(0.1, 2, 500))
    assert many.merged().mean == pytest.approx(many.mean)
    assert many.merged().standard_deviation == pytest.approx(many.standard_deviation)
    for bad in (([1], [0], [0.0]), ([-1], [0], [1]), ([1], [np.nan], [1]), ([1, 1], [0], [1])):
        with pytest.raises(ValueError, match="mixture"):
            NormalMixture.of(*bad)


def test_a_change_in_time_becomes_a_log_ratio():
    effect, error = roi.pilot_log_ratio(0.19, 0.01, 0.39, level=0.95)
    assert (effect, error) == pytest.approx((-np.log(1.19), np.log(1.39 / 1.01) / 3.92), abs=1e-4)
    for bad in ((0.1, 0.2, 0.3), (-1.5, -2.0, 0.0), (0.1, 0.1, 0.1), (np.nan, 0, 1)):
        with pytest.raises(ValueError, match="a change of"):
            roi.pilot_log_ratio(*bad)


def test_lists_of_companies_may_lack_cells_that_are_optional(tmp_path):
    rows = STUDIES.iloc[:2].assign(note=None)
    rows.to_csv(tmp_path / "mine.csv", index=False)
    assert pd.isna(read_evidence(tmp_path / "mine.csv")["note"]).all()


def shown(rows, first):
    """Rows as the page on methods shows them: changes in speed."""
    return [f"| {first(row)} | {np.expm1(row.mean):+.0%} | {np.expm1(row.low):+.0%} to {np.expm1(row.high):+.0%} "
            f"| {np.expm1(row.prediction_low):+.0%} to {np.expm1(row.prediction_high):+,.0%} |" for row in rows.itertuples()]


def test_the_page_on_methods_prints_what_is_computed():
    page = (ROOT / "docs" / "methods" / "money.md").read_text(encoding="utf-8")
    studies = roi.select_studies(STUDIES)
    for rows, first in ((roi.estimators(studies), lambda row: row.estimator),
                        (roi.leave_one_out(studies), lambda row: row.left_out), (roi.by_tier(STUDIES), lambda row: row.tiers)):
        assert "\n".join(shown(rows, first)) in page
    assert NO_TRIAL in page.replace("\n", " ")
    assert all(f"**{tier}**: {words}" in page for tier, words in TIERS.items())


def entered(tmp_path, text):
    (tmp_path / "program.yml").write_text(f"name: x\npilot:\n  result: {text}\n")
    return read_settings(tmp_path / "program.yml")


def test_a_pilot_entered_by_hand_changes_what_is_believed(tmp_path):
    settings, faults = entered(tmp_path, "{change_in_time: -0.12, low: -0.20, high: -0.03, source: spring}")
    result = pilot_result(settings.pilot)
    assert not faults and result.source == "spring" and not result.same_company
    apart = roi.meet_result(STUDIES, result)
    same = roi.meet_result(STUDIES, replace(result, same_company=True))
    assert apart.prior.value < apart.posterior.value < 0.12
    assert apart.posterior.value < same.posterior.value
    assert same.posterior.high - same.posterior.low < apart.posterior.high - apart.posterior.low
    assert pilot_result({}) is None and pilot_result([]) is None


@pytest.mark.parametrize(("text", "said"), [
    ("{change_in_time: -12, low: -0.2, high: 0.0}", "above -1"), ("{low: -0.2, high: 0.0}", "above -1"),
    ("{change_in_time: 0.12, low: -0.2, high: 0.0}", "between low and high"),
    ("{change_in_time: -0.1, low: -0.2, high: 0.0, level: 90}", "a share such as 0.90"),
    ("{change_in_time: -0.1, lo: -0.2, high: 0.0}", "Did you mean low"),
    ("{change_in_time: -0.1, low: -0.2, high: 0.0, same_company: 3}", "true or false"), ("fast", "a mapping with")])
def test_faults_of_a_pilot_entered_by_hand_are_named(tmp_path, text, said):
    settings, faults = entered(tmp_path, text)
    assert pilot_result(settings.pilot) is None
    assert any(said in str(fault) for fault in faults) and all("line 3" in str(fault) for fault in faults)


@pytest.mark.parametrize(("name", "prior"), [("training_time_saving", roi.training_prior), ("tool_time_saving", roi.tool_prior)])
def test_the_shipped_assumption_is_what_the_studies_lead_to_expect(name, prior):
    shipped = read_reference_assumptions()[name]
    computed = quantiles(prior(STUDIES), np.array([0.05, 0.5, 0.95]))
    assert [shipped.parameters[key] for key in ("low", "mode", "high")] == pytest.approx(computed, abs=0.0051)
