"""The effect of a task-level pilot: its arithmetic, its promise, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from upskill import kpi
from upskill.data import NotEnoughData, read_program
from upskill.kpi.cluster_robust import clustered_fit
from upskill.kpi.task_effect import permutation_p_value


def drawn(random, effect=0.0, people=16, tasks=16, person_sd=0.25, effect_sd=0.0, noise=0.45):
    """Tasks of people with habits of their own; half of each one's tasks are treated."""
    who = np.repeat(np.arange(people), tasks)
    treated = np.concatenate([random.permutation(np.arange(tasks) % 2) for _ in range(people)])
    size = random.normal(0, 0.7, len(who))
    own = random.normal(0, person_sd, people)[who] + treated * random.normal(0, effect_sd, people)[who]
    log = 4.5 + size + own + effect * treated + random.normal(0, noise, len(who))
    return pd.DataFrame({"task_id": np.arange(len(who)), "person_id": [f"p{one}" for one in who],
                         "arm": np.where(treated, "treatment", "control"), "status": "done", "minutes": np.exp(log),
                         "predicted_minutes": np.exp(4.5 + size + random.normal(0, 0.35, len(who)))})


@pytest.fixture
def tasks():
    return drawn(np.random.default_rng(5), effect=-0.3)


def dense(design, outcome, clusters, column, power):
    """Corrected errors and degrees by whole matrices, as the papers write them."""
    inverse = np.linalg.inv(design.T @ design)
    hat = design @ inverse @ design.T
    rest = np.eye(len(design)) - hat
    residuals, scores, vectors = rest @ outcome, [], []
    for one in np.unique(clusters):
        rows = np.flatnonzero(clusters == one)
        values, basis = np.linalg.eigh(rest[np.ix_(rows, rows)])
        factor = np.where(values > 1e-9, np.maximum(values, 1e-12) ** power, 0)
        weights = basis @ (factor * (basis.T @ (design[rows] @ inverse[:, column])))
        scores.append(weights @ residuals[rows])
        vectors.append(rest[:, rows] @ weights)
    eigen = np.linalg.eigvalsh(np.array(vectors) @ np.array(vectors).T)
    return np.sqrt(np.sum(np.square(scores))), eigen.sum() ** 2 / (eigen**2).sum()


def test_corrected_errors_are_those_of_whole_matrices(tasks):
    random = np.random.default_rng(1)
    clusters = random.permutation(np.repeat(np.arange(7), [3, 5, 9, 4, 6, 8, 5]))
    design = np.column_stack([np.ones(40), random.random(40) < 0.4, random.normal(size=40)])
    outcome = random.normal(size=40) + clusters
    fit = clustered_fit(design, outcome, clusters, 1)
    error, degrees = dense(design, outcome, clusters, 1, -0.5)
    assert fit.standard_error == pytest.approx(error, rel=1e-9) and fit.degrees == pytest.approx(degrees, rel=1e-9)
    error, _ = dense(design, outcome, clusters, 1, -1.0)
    assert clustered_fit(design, outcome, clusters, 1, "CR3").standard_error == pytest.approx(error * np.sqrt(6 / 7), rel=1e-9)


def test_one_row_a_cluster_gives_welchs_error_of_two_means():
    outcome = np.random.default_rng(2).normal(size=30)
    arm = np.repeat([1.0, 0.0], [12, 18])
    fit = clustered_fit(np.column_stack([np.ones(30), arm]), outcome, np.arange(30), 1)
    welch = outcome[:12].var(ddof=1) / 12 + outcome[12:].var(ddof=1) / 18
    assert fit.standard_error == pytest.approx(np.sqrt(welch), rel=1e-12)


def test_intervals_hold_the_truth_and_quiet_pilots_stay_quiet():
    random = np.random.default_rng(7)
    found = [kpi.pilot_effect(drawn(random, effect_sd=0.15, people=10, tasks=12), permutations=99) for _ in range(300)]
    inside = np.mean([one.low <= 0 <= one.high for one in found])
    by_lot = np.mean([one.permutation_p_value > 0.10 for one in found[:100]])
    assert 0.85 <= inside <= 0.95 and by_lot > 0.8


def test_simulated_effect_is_recovered(tasks):
    found = kpi.pilot_effect(tasks)
    assert found.low < np.expm1(-0.3) < found.high and found.verdict == "improved"
    assert found.people == 16 and found.tasks == 256 and found.p_value < 0.01 and found.permutation_p_value < 0.01
    assert "less time" in found.sentence and "16 people" in found.sentence
    wider = kpi.pilot_effect(tasks, level=0.95)
    assert wider.low < found.low < found.relative < found.high < wider.high


def test_forecasts_sharpen_and_gaps_in_them_lose_no_task(tasks):
    without = kpi.pilot_effect(tasks.drop(columns="predicted_minutes"))
    tasks.loc[tasks.index[::9], "predicted_minutes"] = np.nan
    tasks.loc[tasks.index[4::9], "predicted_minutes"] = 0
    some = kpi.pilot_effect(tasks)
    assert some.tasks == without.tasks == 256 and some.with_forecast and not without.with_forecast
    assert some.standard_error < without.standard_error


def test_forecasts_of_one_arm_only_are_not_used(tasks):
    tasks.loc[tasks["arm"] == "control", "predicted_minutes"] = np.nan
    assert not kpi.pilot_effect(tasks).with_forecast


def test_the_example_is_read_as_it_comes(example):
    found = kpi.pilot_effect(read_program(example)["pilot_tasks"])
    assert found.low < np.expm1(-0.13) < found.high
    assert found.felt.change == pytest.approx(-0.21, abs=0.02) and found.felt.gap == pytest.approx(found.felt.change - found.relative)


def test_withheld_tasks_can_take_a_verdict_back():
    tasks = drawn(np.random.default_rng(3), effect=0.0, people=30).drop(columns="predicted_minutes")
    treated = tasks["arm"] == "treatment"
    slow = treated & (tasks["minutes"] > tasks.loc[treated, "minutes"].quantile(0.8))
    tasks.loc[slow, ["status", "minutes"]] = ["withheld", np.nan]
    found = kpi.pilot_effect(tasks)
    assert found.withheld == (pytest.approx(slow.sum() / 240), 0.0) and found.low < found.high < 0
    assert found.verdict == "cannot tell" and "lost different shares" in found.sentence
    assert found.selected.lowest <= found.relative < 0 < found.selected.high and found.worst.highest > found.relative


def test_bounds_by_hand():
    # Five of five treated tasks are done, four of five others: one of the five is cut, the slowest or the fastest.
    rows = [(f"p{one}", "treatment", "done", np.exp(one)) for one in range(1, 6)]
    rows += [(f"p{one}", "control", "done", np.exp(2.0 + 0.1 * one)) for one in range(1, 5)] + [("p5", "control", "withheld", np.nan)]
    found = kpi.pilot_effect(pd.DataFrame(rows, columns=["person_id", "arm", "status", "minutes"]))
    control = np.mean([2.1, 2.2, 2.3, 2.4])
    assert found.selected.lowest == pytest.approx(np.expm1(2.5 - control))
    assert found.selected.highest == pytest.approx(np.expm1(3.5 - control))


@pytest.mark.parametrize(("change", "words"), [
    (lambda t: t.assign(arm=t["arm"].map({"treatment": 1, "control": 0})), "arm: 0, 1; expected one of treatment, control"),
    (lambda t: t.assign(arm=t["arm"].replace("treatment", "AI")), "arm: ai; expected"),
    (lambda t: t.assign(arm=None), "empty"),
    (lambda t: t.assign(status="finished"), "status: finished; expected"),
    (lambda t: t.drop(columns="minutes"), "lacks minutes"),
    (lambda t: t.assign(minutes="soon"), "is no number"),
    (lambda t: t.assign(task_id=1), "stands in rows that differ"),
])
def test_malformed_tables_are_refused_with_the_value(tasks, change, words):
    with pytest.raises(ValueError, match=words) as raised:
        kpi.pilot_effect(change(tasks))
    assert not isinstance(raised.value, NotEnoughData)


@pytest.mark.parametrize(("change", "words"), [
    (lambda t: t.iloc[:0], "no row"),
    (lambda t: t.assign(arm="treatment"), "arm control"),
    (lambda t: t.assign(person_id="p1"), "one person"),
    (lambda t: t.assign(status="withheld", minutes=np.nan), "No finished task"),
    (lambda t: t[(t["arm"] == "control") | (t["person_id"] == "p1")], "arm treatment"),
    (lambda t: t.assign(minutes=60.0), "exactly the same time"),
])
def test_tables_without_a_comparison_say_so(tasks, change, words):
    with pytest.raises(NotEnoughData, match=words):
        kpi.pilot_effect(change(tasks))


def test_faulty_rows_are_set_aside_and_counted(tasks):
    whole = kpi.pilot_effect(tasks.iloc[6:])
    tasks.loc[:5, "minutes"] = [0, -5, np.nan, np.inf, 1, 1]
    tasks.loc[4:5, "person_id"] = None
    spoiled = pd.concat([tasks, tasks.iloc[[9]]])
    found = kpi.pilot_effect(spoiled)
    assert dict(found.set_aside) == {"the same row again": 1, "no person": 2, "finished, but without a time": 1,
                                     "a time of zero or below, or without end": 3}
    assert found.relative == pytest.approx(whole.relative) and "7 rows were set aside" in found.sentence


def test_arms_in_other_letters_and_order_of_rows_change_nothing(tasks):
    found = kpi.pilot_effect(tasks)
    other = kpi.pilot_effect(tasks.assign(arm=tasks["arm"].str.title() + " ").sample(frac=1, random_state=1))
    assert other.relative == pytest.approx(found.relative) and other.low == pytest.approx(found.low)


def test_people_in_one_arm_each_are_compared_between_people():
    random = np.random.default_rng(11)
    tasks = drawn(random, effect=0.0, people=20, tasks=6)
    number = tasks["person_id"].str[1:].astype(int)
    tasks["arm"] = np.where(number % 2, "treatment", "control")
    tasks.loc[number % 2 == 1, "minutes"] *= np.exp(0.8)
    found = kpi.pilot_effect(tasks)
    assert found.verdict == "worsened" and found.low < np.expm1(0.8) < found.high and found.permutation_p_value < 0.05


def test_person_effects_only_compare_within(tasks):
    within = kpi.pilot_effect(tasks, person_effects=True)
    tasks["minutes"] *= np.exp(tasks["person_id"].str[1:].astype(int) / 3)
    again = kpi.pilot_effect(tasks, person_effects=True)
    assert again.relative == pytest.approx(within.relative)


def test_permutations_keep_the_number_of_treated_tasks_of_each_person():
    design = np.column_stack([np.ones(6), [1, 0, 1, 0, 0, 1]])
    outcome = np.array([1.0, 2, 1, 2, 2, 1])
    # Nine ways to draw two of three and one of three; only what was drawn is as extreme, or it and one more.
    share = permutation_p_value(design, outcome + 1e-3 * np.arange(6), np.repeat([0, 1], 3), draws=4000)
    assert 1 / 9 - 0.02 < share < 2 / 9 + 0.02
