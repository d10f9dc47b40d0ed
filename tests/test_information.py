"""What knowing more is worth: against closed forms, against a decision tree, and where it must be nothing."""

import numpy as np
import pytest
from scipy.special import ndtri

from upskill import roi
from upskill.data import Assumption, RankCorrelation
from upskill.roi.regression import basis, fitted_mean
from upskill.roi.uncertainty import draw, scrambled_points

Z = ndtri(scrambled_points(1024, 3, 4, 16))
DRAWS = {"p1": Z[:, 0], "p2": 2 * Z[:, 1], "idle": Z[:, 2], "fixed": np.ones(len(Z))}
WORTH = np.column_stack([np.zeros(len(Z)), 1 + DRAWS["p1"] - DRAWS["p2"]])


def test_more_knowledge_is_never_worth_less():
    one = roi.partial_information(DRAWS, WORTH, "p1").value
    both = roi.partial_information(DRAWS, WORTH, ["p1", "p2"]).value
    whole = roi.perfect_information(WORTH)
    studies = [roi.sample_information(DRAWS, WORTH, "p1", error).value for error in (5.0, 1.0, 0.2, 0.01, 1e-9)]
    assert studies == sorted(studies) and studies[-1] == pytest.approx(one, rel=0.01)
    assert one < both == pytest.approx(whole.value, rel=0.01)
    assert whole.low <= float(roi.gain_of_knowing(1.0, np.sqrt(5))) <= whole.high + 1e-3


def test_what_has_nothing_to_do_with_the_choice_is_worth_nothing():
    for name in ("idle", "fixed"):
        found = roi.partial_information(DRAWS, WORTH, name)
        assert found.value == pytest.approx(0, abs=2e-3) and found.low == 0
        assert roi.sample_information(DRAWS, WORTH, name, 1.0).value == pytest.approx(0, abs=2e-3)
    sure = np.column_stack([np.zeros(len(Z)), 100 + DRAWS["p1"]])
    assert roi.perfect_information(sure).value == 0 and roi.partial_information(DRAWS, sure, "p1").value == 0
    assert roi.perfect_information(WORTH[:, 1:]).value == 0


def test_a_fit_of_noise_shows_as_a_wide_range():
    random = np.random.default_rng(1)
    noise = {f"n{at}": random.normal(size=400) for at in range(6)}
    worth = np.column_stack([np.zeros(400), random.normal(size=400)])
    found = roi.partial_information(noise, worth, list(noise))
    assert found.value > 0.05 and found.low == 0


def test_an_input_of_few_values_is_a_decision_tree():
    """Drill or not: 40 % chance of 100, else -50; knowing is worth 0.6 * 50 more than drilling at once."""
    strikes = np.arange(4000) % 5 < 2
    worth = np.column_stack([np.zeros(4000), np.where(strikes, 100.0, -50.0)])
    found = roi.partial_information({"oil": strikes.astype(float)}, worth, "oil")
    assert found.value == pytest.approx(30) == roi.perfect_information(worth).value


def test_three_options_with_correlated_inputs():
    inputs = {name: Assumption(name, "normal", {"mean": 0, "sd": 1}) for name in ("a", "b")}
    draws = draw(inputs, scrambled_points(2048, 2, 2, 16), [RankCorrelation("a", "b", 0.6)])
    worth = np.column_stack([np.zeros(2048 * 16), draws["a"], draws["b"]])
    correlation = 2 * np.sin(np.pi * 0.6 / 6)
    known = roi.partial_information(draws, worth, "a").value
    z = ndtri((np.arange(200_000) + 0.5) / 200_000)
    truth = np.maximum(0, np.maximum(z, correlation * z)).mean()
    assert known == pytest.approx(truth, rel=0.01)


def test_a_study_of_an_input_with_a_curved_outcome_matches_brute_force():
    theta = np.exp(0.7 * Z[:, 0])
    worth = np.column_stack([np.zeros(len(Z)), theta**1.5 - 1.6 + 0.3 * Z[:, 1]])
    found = roi.sample_information({"theta": theta}, worth, "theta", 0.6)
    grid = np.exp(0.7 * ndtri((np.arange(4000) + 0.5) / 4000))
    results = np.linspace(-4, 40, 4001)
    density = np.exp(-0.5 * ((results[:, None] - grid) / 0.6) ** 2) / (0.6 * np.sqrt(2 * np.pi)) / len(grid)
    net = density @ (grid**1.5 - 1.6)
    truth = np.trapezoid(np.maximum(net, 0), results) - max(0, (grid**1.5 - 1.6).mean())
    assert found.value == pytest.approx(truth, abs=0.004)


def test_the_list_of_what_to_measure_is_sorted_by_what_is_left_after_its_cost():
    table = roi.measure_next(DRAWS, WORTH)
    assert table["input"].tolist()[:2] == ["p2", "p1"] and "fixed" not in table["input"].tolist()
    assert table["share_of_perfect"].between(0, 1).all() and not table["is_clear"].iloc[-1]
    costly = roi.measure_next(DRAWS, WORTH, {"p2": 0.39, "p1": 0.01, "idle": 0.0})
    assert costly["input"].iloc[0] == "p1" and costly["net"].iloc[0] == pytest.approx(0.073, abs=0.005)


def test_what_is_not_a_number_is_refused():
    for worth in (np.zeros(5), np.array([[np.nan, 1.0]]), np.empty((0, 2)), np.array([[np.inf, 0.0]])):
        with pytest.raises(ValueError, match="finite"):
            roi.perfect_information(worth)
    with pytest.raises(ValueError, match="standard_error"):
        roi.sample_information(DRAWS, WORTH, "p1", 0.0)
    with pytest.raises(KeyError):
        roi.partial_information(DRAWS, WORTH, "p9")


def test_a_pilot_of_teams_measures_as_well_as_its_design_allows():
    plan = roi.PilotPlan(4, 6, 0.4, intraclass_correlation=0.2, explained_share=0.3, transport_sd=0.05)
    random, means = np.random.default_rng(7), []
    for _ in range(4000):
        teams = random.normal(0, 0.4 * np.sqrt(0.2 * 0.7), (2, 4, 1))
        people = teams + random.normal(0, 0.4 * np.sqrt(0.8 * 0.7), (2, 4, 6))
        arms = people.mean(axis=(1, 2))
        means.append(arms[0] - arms[1] + random.normal(0, 0.05))
    assert plan.standard_error == pytest.approx(np.std(means), rel=0.04)
    assert plan.engineers == 24
    single = roi.PilotPlan(1, 20, 0.4, control_arm=False)
    assert single.standard_error == pytest.approx(0.4 / np.sqrt(20))


def test_teams_that_are_alike_within_need_more_teams():
    few, many = (roi.PilotPlan(teams, 24 / teams, 0.4, intraclass_correlation=0.3).standard_error for teams in (2, 8))
    assert few > 1.5 * many


def test_waiting_and_costs_are_taken_off_and_no_pilot_may_be_best():
    draws, worth = {"saving": Z[:, 0]}, np.column_stack([np.zeros(len(Z)), 50 + 100 * Z[:, 0]])
    plans = [roi.PilotPlan(2, size, 3.0, fixed_cost=1, cost_per_engineer=0.2, cost_per_control_engineer=0.1, delay_months=3)
             for size in (2, 4, 8, 16, 32)]
    table = roi.pilot_sizes(draws, worth, "saving", plans, loss_per_month=0.02)
    assert (table["worth"].diff().dropna() > 0).all() and table["teams"].eq(4).all()
    assert table["cost"].tolist() == pytest.approx([1 + 0.3 * 2 * size for size in (2, 4, 8, 16, 32)])
    lost = 1 - 0.98**3
    assert table["waiting"].to_numpy() == pytest.approx(lost * (worth.mean(axis=0).max() + table["worth"].to_numpy()))
    dear = roi.pilot_sizes(draws, worth, "saving", [roi.PilotPlan(2, 4, 3.0, fixed_cost=1e6)])
    assert roi.best_pilot(dear) is None and roi.best_pilot(table[table["net"] < -1e9]) is None
    assert roi.best_pilot(table)["net"] == table["net"].max() > 0
    with pytest.raises(ValueError, match="loss_per_month"):
        roi.pilot_sizes(draws, worth, "saving", plans, loss_per_month=3)


@pytest.mark.parametrize("change", [{"teams_per_arm": 0}, {"person_sd": -1}, {"intraclass_correlation": 1.2},
                                    {"cost_per_engineer": -5}, {"delay_months": np.nan}, {"explained_share": 1.0}])
def test_impossible_plans_are_refused(change):
    with pytest.raises(ValueError, match="expected sizes above 0"):
        roi.PilotPlan(**({"teams_per_arm": 2, "engineers_per_team": 5, "person_sd": 0.4} | change))


def test_the_fitted_mean_follows_curves_jumps_and_products():
    x, y, noise = Z[:, 0], Z[:, 1], Z[:, 2]
    inner = np.abs(x) < 2.5
    assert fitted_mean(x[:, None], np.exp(x) + noise)[inner] == pytest.approx(np.exp(x)[inner], abs=0.25)
    product = fitted_mean(np.column_stack([x, y]), x * y + 0.1 * noise)
    assert np.corrcoef(product, x * y)[0, 1] > 0.99
    few = (x > 0).astype(float)
    assert fitted_mean(few[:, None], 3 * few) == pytest.approx(3 * few, abs=1e-9)
    assert basis(Z[:30]).shape[1] <= 2
