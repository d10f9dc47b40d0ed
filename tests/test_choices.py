"""Programs whose truth is known: the simulated engineers agree with the flows, and our choice costs less than others."""

import numpy as np
import pytest

from upskill import roi
from upskill.paths import ROOT
from upskill.validation import choices


def test_the_simulated_engineers_bring_what_the_flows_expect():
    made = choices.make_program(3)
    truth = made.truth | {"engineers": 400.0, "start_delay_months": 0}
    plan = made.plans["build"]
    values = {name: np.array([value]) for name, value in truth.items() if name not in ("horizon_months", "start_delay_months")}
    expected = float(roi.cash_flows(values, choices.MONTHS, plan).net_present_value[0])
    brought = [choices.realized(truth, plan, np.random.default_rng(seed)) for seed in range(30)]
    error = np.std(brought, ddof=1) / np.sqrt(len(brought))
    assert abs(np.mean(brought) - expected) < 4 * error + 0.01 * abs(expected)


def test_our_choice_costs_less_than_the_others_and_intervals_hold_the_truth():
    found = choices.run(range(9000, 9030)).set_index("measure")["mean"]
    regret = {rule: found[f"regret: {rule}"] for rule in choices.RULES}
    assert min(regret, key=regret.get) in (choices.OURS, choices.MEANS)
    assert regret[choices.OURS] < 0.5 * min(regret[choices.DORA], regret[choices.VENDOR])
    assert found["covered"] > 0.75 and found["covered, half as wide"] < found["covered"]


def test_the_page_says_what_the_programs_showed():
    page = (ROOT / "VALIDATION.md").read_text(encoding="utf-8")
    assert choices.section() and choices.section() in page
    assert "made-up programs of 20 to 400 engineers" in page and all(f"| {rule} |" in page for rule in choices.RULES)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_program_is_the_same_again(seed):
    assert choices.one_program(seed) == choices.one_program(seed)
