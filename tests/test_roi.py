"""The money model against closed forms, monotonicity, scale and the origin of its inputs."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from upskill import roi
from upskill.data import Assumption, NotEnoughData, RankCorrelation, read_program, read_reference_assumptions
from upskill.roi.adoption import adopted_share, dip_share
from upskill.roi.model import MONTHS
from upskill.roi.uncertainty import pert, quantiles, scrambled_points, two_piece_normal

DEFAULTS = read_reference_assumptions()
SIMPLE = {
    "engineers": 10, "loaded_cost_per_year": 120_000, "hours_per_year": 1600, "training_hours_per_engineer": 20,
    "training_price_per_engineer": 500, "program_cost": 8000, "exposed_share_of_time": 0.5,
    "training_time_saving": 0.2, "realized_share": 0.5, "discount_rate": 0.1, "completion_share": 0.8,
    "learning_dip_share": 0.1, "learning_dip_months": 2, "ramp_months": 0, "skill_half_life_months": 1e12,
    "attrition_per_year": 0, "horizon_months": 24, "lasting_use_share": 1, "failure_cost_per_engineer": 0,
    "failure_change": 0, "review_share_of_time": 0, "review_change": 0, "tool_time_saving": 0.1,
    "license_price_per_year": 0}


class Bare(SimpleNamespace):
    """A program with settings only."""

    def __contains__(self, table):
        return False


def program(assumptions=None, roles=None, team=""):
    return Bare(settings=SimpleNamespace(assumptions=assumptions or {}, roles=roles or {}, pilot={}), team=team,
                as_of=pd.NaT)


def fixed(**changes):
    return roi.fix(roi.gather_inputs(program(), DEFAULTS), **(SIMPLE | changes))


def value(**changes):
    return roi.appraise(fixed(**changes), seed=1, scramblings=1).net_present_value.value


def test_without_uncertainty_the_value_is_the_one_computed_by_hand():
    start = 10 * 500 + 8000 + 10 * 20 * 120_000 / 1600
    exposed = 10 * 120_000 / 12 * 0.5
    dip, gain = exposed * 0.1, exposed * 0.2 * 0.5 * 0.8
    discount = 1.1 ** -(np.arange(1, 25) / 12)
    expected = -start - dip * discount[:2].sum() + gain * discount[2:].sum()
    case = roi.appraise(fixed(), seed=1)
    assert case.net_present_value[:3] == pytest.approx((expected,) * 3)
    assert case.net_present_value.monte_carlo_error == pytest.approx(0, abs=1e-6)
    assert case.cost_per_engineer.value == pytest.approx((start + dip * discount[:2].sum()) / 10)
    assert case.deepest_position[0] == 2
    assert case.deepest_position[1].value == pytest.approx(-start - 2 * dip)
    assert case.payback_months.value == pytest.approx(2 + (start + 2 * dip) / gain)
    assert case.verdict == roi.PAYS and case.chance_of_loss == 0


def test_fading_and_leaving_follow_their_equations():
    case = roi.appraise(fixed(skill_half_life_months=12, attrition_per_year=0.2, ramp_months=4), 1, scramblings=1)
    middle = np.arange(1, 25) - 0.5
    ramp = adopted_share(np.arange(1, 25.0), 2.0, 4.0)
    expected = 50_000 * 0.2 * 0.5 * 0.8 * ramp * 0.5 ** (middle / 12) * 0.8 ** (middle / 12)
    assert case.flows.parts["time freed"][0] == pytest.approx([0, *expected])


def test_no_month_has_both_the_full_dip_and_a_gain():
    ends = np.arange(1, 13.0)
    for dip in (0, 1, 2.5, 3):
        both = (dip_share(ends, dip) == 1) & (adopted_share(ends, dip, 2.0) > 0)
        assert not both.any()
        assert dip_share(ends, dip).sum() == pytest.approx(dip)
        assert adopted_share(ends, dip, 2.0).sum() == pytest.approx(12 - dip - 1.0)


def test_twice_the_engineers_double_all_but_the_program_cost():
    once, twice = value(program_cost=0), value(program_cost=0, engineers=20)
    assert twice == pytest.approx(2 * once)
    assert value(engineers=20) == pytest.approx(twice - 8000)


@pytest.mark.parametrize(("name", "worse", "better"), [
    ("training_price_per_engineer", 900, 100), ("training_hours_per_engineer", 40, 10), ("program_cost", 9000, 0),
    ("exposed_share_of_time", 0.3, 0.6), ("training_time_saving", 0.1, 0.3), ("realized_share", 0.2, 0.8),
    ("discount_rate", 0.2, 0.01), ("completion_share", 0.4, 0.9), ("learning_dip_share", 0.3, 0.0),
    ("learning_dip_months", 5, 0), ("ramp_months", 6, 1), ("lasting_use_share", 0.5, 0.9), ("skill_half_life_months", 6, 30),
    ("attrition_per_year", 0.3, 0.05), ("horizon_months", 12, 36), ("hours_per_year", 1500, 1800)])
def test_each_input_moves_the_value_in_its_direction(name, worse, better):
    assert value(**{name: worse}) < value(**{name: better})


def test_training_that_saves_nothing_costs_exactly_its_cost():
    case = roi.appraise(fixed(training_time_saving=0), seed=1)
    assert case.net_present_value.value == pytest.approx(-case.cost.value)
    assert case.verdict == roi.LOSES and np.isnan(case.internal_rate_of_return)
    assert np.isinf(case.payback_months.value) and case.chance_of_no_payback == 1


def test_break_even_is_where_the_expected_value_is_zero():
    inputs = roi.gather_inputs(program(), DEFAULTS)
    threshold = roi.break_even_time_saving(roi.appraise(inputs, seed=3))
    at_threshold = roi.appraise(roi.fix(inputs, training_time_saving=threshold.value), seed=3)
    assert abs(at_threshold.net_present_value.value) < 1e-6 * at_threshold.cost.value
    assert threshold.low < threshold.value < threshold.high
    simple = roi.appraise(fixed(), seed=1)
    expected = roi.break_even_time_saving(simple).value * SIMPLE["exposed_share_of_time"]
    assert roi.break_even_working_time(simple).value == pytest.approx(expected)
    assert np.isnan(roi.break_even_time_saving(roi.appraise(fixed(program_cost=1e9), seed=1)).value)


def test_internal_rate_makes_the_expected_flows_worth_nothing():
    case = roi.appraise(fixed(), seed=1)
    monthly = (1 + case.internal_rate_of_return) ** (1 / MONTHS) - 1
    expected = case.flows.net.mean(axis=0)
    assert roi.net_present_value(monthly, expected) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("low", "mode", "high"), [
    (-0.15, 0.03, 0.3), (1, 2, 100), (0, 9, 10), (5, 5, 9), (1, 4, 4)])
def test_ranges_hit_their_three_points(low, mode, high):
    grid = np.linspace(0.0005, 0.9995, 20_001)
    drawn = two_piece_normal(grid, low, mode, high)
    assert (np.diff(drawn) >= 0).all()
    ends = two_piece_normal(np.array([0.05, 0.95]), low, mode, high)
    if low < mode:
        assert ends[0] == pytest.approx(low)
    if mode < high:
        assert ends[1] == pytest.approx(high)
    densest = drawn[:-1][np.diff(drawn).argmin()]
    assert densest == pytest.approx(mode, abs=0.02 * (high - low))


def test_pert_has_its_published_mean_and_its_ends():
    drawn = pert(np.linspace(1e-5, 1 - 1e-5, 100_001), 0.15, 0.3, 0.5)
    assert drawn.mean() == pytest.approx((0.15 + 4 * 0.3 + 0.5) / 6, abs=1e-5)
    assert drawn.min() >= 0.15 and drawn.max() <= 0.5


@pytest.mark.parametrize(("kind", "parameters", "frozen"), [
    ("normal", {"mean": 3, "sd": 2}, stats.norm(3, 2)), ("uniform", {"low": 1, "high": 4}, stats.uniform(1, 3)),
    ("lognormal", {"median": 11, "sigma": 0.4}, stats.lognorm(0.4, scale=11)),
    ("beta", {"a": 2, "b": 3}, stats.beta(2, 3)),
    ("triangular", {"low": 0, "mode": 1, "high": 4}, stats.triang(0.25, 0, 4))])
def test_named_distributions_are_the_usual_ones(kind, parameters, frozen):
    levels = np.array([0.01, 0.05, 0.3, 0.5, 0.95])
    assert quantiles(Assumption("x", kind, parameters), levels) == pytest.approx(frozen.ppf(levels))


def test_draws_stay_within_what_can_be_and_bad_ranges_are_named():
    share = Assumption("x", "quantiles", {"low": 0.5, "mode": 0.9, "high": 0.99}, minimum=0, maximum=1)
    assert quantiles(share, np.array([0.9999])) == 1.0
    with pytest.raises(ValueError, match="training_price"):
        quantiles(Assumption("training_price", "quantiles", {"low": 5, "mode": 1, "high": 9}), [0.5])
    with pytest.raises(ValueError, match="kind 'gamma'"):
        quantiles(Assumption("x", "gamma", {}), [0.5])


def test_same_seed_same_answer_and_the_monte_carlo_error_is_true():
    inputs = roi.gather_inputs(program(), DEFAULTS)
    cases = [roi.appraise(inputs, seed=seed) for seed in range(12)]
    assert roi.appraise(inputs, seed=0).net_present_value == cases[0].net_present_value
    means = [case.net_present_value.value for case in cases]
    typical = np.mean([case.net_present_value.monte_carlo_error for case in cases])
    assert 0.4 * typical < np.std(means, ddof=1) < 2.0 * typical


def test_changing_one_input_leaves_the_draws_of_the_others():
    inputs = roi.gather_inputs(program(), DEFAULTS)
    before, after = roi.appraise(inputs, 5).draws, roi.appraise(roi.fix(inputs, program_cost=1.0), 5).draws
    assert all((before[name] == after[name]).all() for name in inputs if name != "program_cost")
    assert scrambled_points(8, 3, 1, 2).shape == (16, 3)


def test_variance_shares_match_a_closed_form():
    uncertain = {"program_cost": ("normal", {"mean": 8000, "sd": 3000}),
                 "training_price_per_engineer": ("normal", {"mean": 500, "sd": 400})}
    inputs = fixed()
    for name, (kind, parameters) in uncertain.items():
        inputs[name] = replace(inputs[name], assumption=Assumption(name, kind, parameters))
    variance = roi.Variance(inputs, seed=2)
    shares = variance.table().set_index("input")
    price = 4000**2 / (3000**2 + 4000**2)
    assert shares["alone"].to_dict() == pytest.approx(
        {"training_price_per_engineer": price, "program_cost": 1 - price}, abs=0.02)
    assert shares["total"].sum() == pytest.approx(1, abs=0.02)
    assert variance.share_of(list(inputs)) == pytest.approx(1, abs=0.02)
    assert roi.Variance(fixed(), seed=2).share_of(list(SIMPLE)) == 0


def test_variance_shares_of_inputs_that_move_together_match_a_closed_form():
    """Two normal costs: knowing one tells of the other, so that the shares alone add up to more than one."""
    inputs = fixed()
    for name, mean, sd in (("program_cost", 8000, 3000), ("training_price_per_engineer", 500, 400)):
        inputs[name] = replace(inputs[name], assumption=Assumption(name, "normal", {"mean": mean, "sd": sd}))
    rank = 0.5
    moving = [RankCorrelation("program_cost", "training_price_per_engineer", rank)]
    variance = roi.Variance(inputs, seed=2, correlations=moving)
    between = 2 * np.sin(np.pi * rank / 6)
    whole = 3**2 + 4**2 + 2 * 3 * 4 * between
    shares = variance.table().set_index("input")
    assert shares.loc["training_price_per_engineer", "alone"] == pytest.approx((4 + 3 * between) ** 2 / whole, abs=0.02)
    assert shares.loc["program_cost", "alone"] == pytest.approx((3 + 4 * between) ** 2 / whole, abs=0.02)
    assert shares.loc["program_cost", "total"] == pytest.approx(9 * (1 - between**2) / whole, abs=0.02)
    assert shares["alone"].sum() > 1 > shares["total"].sum()
    assert variance.share_of(list(inputs)) == pytest.approx(1, abs=0.02)
    assert variance.variance == pytest.approx(1e6 * whole, rel=0.03)
    with pytest.raises(ValueError, match="shapley_effects"):
        variance.intervals()


def test_correlations_of_constants_and_of_options_leave_the_shares_as_they_were():
    inputs = roi.gather_inputs(program(), DEFAULTS)
    moving = [RankCorrelation("engineers", "program_cost", 0.5), RankCorrelation("build.setup_cost", "program_cost", 0.5)]
    assert roi.Variance(inputs, 1, 256, moving).table().equals(roi.Variance(inputs, 1, 256).table())


def test_shipped_defaults_are_complete_sourced_and_include_a_loss():
    assert set(DEFAULTS) == set(roi.NAMES) and len(roi.QUICK) == 10
    assert all(each.source.startswith(("Published", "Assumed")) and each.meaning and each.unit
               for each in DEFAULTS.values())
    assert not any(each.confirmed for each in DEFAULTS.values())
    saving = DEFAULTS["training_time_saving"].parameters
    assert saving["low"] < 0 < saving["high"]


def test_origin_of_inputs_is_told_apart():
    mine = {"program_cost": Assumption("program_cost", "constant", {"value": 5.0}),
            "realized_share": Assumption("realized_share", "constant", {"value": 0.4}, confirmed_by="finance"),
            "ramp_months": DEFAULTS["ramp_months"]}
    mine["ramp_months"] = replace(mine["ramp_months"], shipped=True)
    roles = {"developer": {"loaded_cost_per_year": 100.0, "heads": 3},
             "lead": {"loaded_cost_per_year": 200.0, "heads": 1}}
    inputs = roi.gather_inputs(program(mine, roles), DEFAULTS)
    assert inputs["engineers"].assumption.parameters == {"value": 4.0}
    assert inputs["loaded_cost_per_year"].assumption.parameters == {"value": 125.0}
    expected = {"engineers": roi.OWN_DATA, "loaded_cost_per_year": roi.OWN_DATA, "program_cost": roi.ENTERED,
                "realized_share": roi.CONFIRMED, "ramp_months": roi.ASSUMED, "discount_rate": roi.PUBLISHED}
    assert {name: inputs[name].origin for name in expected} == expected
    assert roi.origins(inputs).sum() == len(roi.NAMES)
    assert set(roi.unconfirmed(inputs)) == set(roi.NAMES) - {"engineers", "loaded_cost_per_year", "realized_share"}


def test_a_team_is_counted_and_bears_its_share_of_the_program_cost(tmp_path):
    people = pd.DataFrame({"person_id": [f"p{n}" for n in range(20)], "team": ["red"] * 5 + ["blue"] * 15,
                           "role": "developer"})
    people.to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "program.yml").write_text("name: Small\nassumptions:\n  engineers: 40\n  program_cost: 8000\n")
    whole, team = read_program(tmp_path), read_program(tmp_path, team="red")
    assert roi.gather_inputs(whole, DEFAULTS)["engineers"].assumption.parameters["value"] == 40
    inputs = roi.gather_inputs(team, DEFAULTS, whole)
    assert inputs["engineers"].assumption.parameters["value"] == 5
    assert inputs["program_cost"].assumption.parameters["value"] == pytest.approx(1000)
    by_defaults = roi.use_defaults(inputs, DEFAULTS)["program_cost"].assumption.parameters
    assert by_defaults["mode"] == pytest.approx(DEFAULTS["program_cost"].parameters["mode"] / 8)
    with pytest.raises(NotEnoughData, match="people"):
        roi.gather_inputs(program(team="red"), DEFAULTS)


def test_an_uncertain_horizon_and_a_missing_default_are_refused():
    inputs = fixed()
    months = Assumption("horizon_months", "quantiles", {"low": 12, "mode": 24, "high": 36})
    with pytest.raises(ValueError, match="whole number of months"):
        roi.appraise(inputs | {"horizon_months": replace(inputs["horizon_months"], assumption=months)}, 1)
    with pytest.raises(ValueError, match="realized_share"):
        roi.gather_inputs(program(), {name: each for name, each in DEFAULTS.items() if name != "realized_share"})


def test_yearly_flows_add_up_to_the_running_total():
    case = roi.appraise(roi.gather_inputs(program(), DEFAULTS), seed=4)
    assert case.yearly["net"].cumsum().to_numpy() == pytest.approx(case.yearly["running total"].to_numpy())
    assert case.yearly["year"].tolist() == [0, 1, 2, 3]
    assert case.cost_parts.sum() == pytest.approx(case.cost.value)
    assert case.benefit_cost_ratio.value == pytest.approx(1 + case.net_present_value.value / case.cost.value)


def test_line_in_the_saving_equals_the_whole_model():
    inputs = roi.gather_inputs(program(), DEFAULTS)
    case = roi.appraise(inputs, seed=3)
    curve = roi.value_by_time_saving(case, [-0.1, 0.25])
    for row in curve.itertuples():
        again = roi.appraise(roi.fix(inputs, training_time_saving=row.saving), seed=3)
        assert (row.mean, row.low, row.high) == pytest.approx(again.net_present_value[:3])


def test_savings_beyond_all_time_are_no_break_even():
    dear = roi.break_even_time_saving(roi.appraise(fixed(program_cost=150_000), seed=1))
    too_dear = roi.break_even_time_saving(roi.appraise(fixed(program_cost=10_000_000), seed=1))
    assert 0 < dear.value <= 1 and dear.low == dear.high == dear.value
    assert np.isnan(too_dear.value) and np.isinf(too_dear.low)


def test_single_numbers_give_intervals_of_exactly_one_point():
    case = roi.appraise(fixed(), seed=1)
    for each in (case.net_present_value, case.cost, case.benefit_cost_ratio, case.deepest_position[1],
                 roi.break_even_time_saving(case), roi.break_even_working_time(case)):
        assert each.value == pytest.approx(each.low) and each.low == each.high
    assert not case.is_uncertain and roi.appraise(roi.gather_inputs(program(), DEFAULTS), 1).is_uncertain
    free = roi.appraise(fixed(program_cost=0, training_price_per_engineer=0, training_hours_per_engineer=0,
                              learning_dip_share=0), seed=1)
    assert np.isnan(free.benefit_cost_ratio.value) and roi.break_even_time_saving(free).value == 0


def test_other_rules_follow_by_hand():
    case, rules = roi.appraise(fixed(), seed=1), roi.other_rules(roi.appraise(fixed(), seed=1))
    cash = 10 * 500 + 8000
    time = case.cost.value - cash
    gained = case.net_present_value.value + case.cost.value
    assert rules["cash only"].value == pytest.approx(-cash)
    assert rules["all time alike"].value == pytest.approx(gained - cash - 0.5 * time)
    assert rules["freed time in full"].value == pytest.approx(gained / 0.5 - cash - time)


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, "Go ahead."), ({"program_cost": 1e6}, "Do not train in this form"),
    ({"program_cost": {"low": 1e4, "mode": 9e4, "high": 3e5}}, "Do not train everybody yet"),
    ({"program_cost": {"low": 1e3, "mode": 2e4, "high": 3e5}, "training_time_saving": 0.4}, "Train a first group")])
def test_advice_follows_from_the_verdict(changes, expected):
    ranges = {name: each for name, each in changes.items() if isinstance(each, dict)}
    inputs = fixed(**{name: each for name, each in changes.items() if name not in ranges})
    for name, parameters in ranges.items():
        inputs[name] = replace(inputs[name], assumption=Assumption(name, "quantiles", parameters))
    case = roi.appraise(inputs, seed=1)
    advice = roi.advice_text(case, roi.break_even_time_saving(case), "program_cost", "9 %")
    assert advice.startswith(expected), (case.chance_of_loss, case.net_present_value)


def test_a_loss_names_the_pilot_that_would_change_it_unless_the_saving_is_known():
    guessed = fixed(program_cost=50_000, training_time_saving=0.05)
    entry = guessed["training_time_saving"]
    known = guessed | {"training_time_saving": replace(entry, origin=roi.CONFIRMED)}
    hopeless = fixed(program_cost=1e9, training_time_saving=0.05)
    told = []
    for inputs in (guessed, known, hopeless):
        case = roi.appraise(inputs, seed=1)
        assert case.verdict == roi.LOSES
        told.append("unless a pilot" in roi.advice_text(case, roi.break_even_time_saving(case), "ramp_months", "8 %"))
    assert told == [True, False, False]


def test_trust_is_told_from_the_origin_of_the_inputs():
    shipped = roi.appraise(roi.gather_inputs(program(), DEFAULTS), seed=1)
    assert roi.trust_text(shipped, roi.unconfirmed(shipped.inputs), "100 %").startswith("None of these numbers is yours")
    mine = {"program_cost": Assumption("program_cost", "constant", {"value": 5.0}, confirmed_by="finance")}
    partly = roi.appraise(roi.gather_inputs(program(mine), DEFAULTS), seed=1)
    assert "23 of 24 inputs are confirmed by nobody" in roi.trust_text(partly, roi.unconfirmed(partly.inputs), "9 %")
    single = {name: Assumption(name, "constant", {"value": value}) for name, value in SIMPLE.items()}
    certain = roi.appraise(roi.gather_inputs(program(single), DEFAULTS), seed=1)
    assert "give low, mode and high" in roi.trust_text(certain, roi.unconfirmed(certain.inputs), "0 %")


def test_every_input_has_a_label_and_a_way_to_measure_it():
    assert set(roi.LABELS) == set(roi.HOW_TO_MEASURE) == set(roi.NAMES)
