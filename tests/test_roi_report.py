"""The money report as papermill runs it: its facts equal an independent computation."""

import os
from pathlib import Path

import nbformat
import numpy as np
import papermill
import pytest

from upskill import paths

NOTEBOOK = paths.NOTEBOOKS / "06_roi_model.ipynb"
TEN_NUMBERS = """name: Ten numbers
currency: EUR
assumptions:
  engineers: 80
  loaded_cost_per_year: 120000
  hours_per_year: 1600
  training_hours_per_engineer: 16
  training_price_per_engineer: 500
  program_cost: 20000
  exposed_share_of_time: 0.4
  training_time_saving: {saving}
  realized_share: 0.5
  discount_rate: 0.08
"""
THE_REST = """  completion_share: 1
  learning_dip_share: 0
  learning_dip_months: 0
  ramp_months: 0
  skill_half_life_months: 1000000000
  attrition_per_year: 0
  lasting_use_share: 1
  failure_change: 0
  review_change: 0
  horizon_months: 24
"""


def run(folder, **parameters):
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    output = Path(folder) / "out.ipynb"
    papermill.execute_notebook(NOTEBOOK, output, parameters=parameters, progress_bar=False, request_save_on_cell_execute=False, log_output=False)
    return nbformat.read(output, as_version=4)


def shown(notebook, kind):
    mime = f"application/vnd.upskill.{kind}+json"
    return [output.data[mime] for cell in notebook.cells if cell.cell_type == "code"
            for output in cell.outputs if mime in output.get("data", {})]


def facts(notebook):
    return {fact["name"]: fact for fact in shown(notebook, "fact")}


def write(folder, text):
    (folder / "program.yml").write_text(text)
    return str(folder)


def test_certain_inputs_give_the_value_computed_by_hand(tmp_path):
    notebook = run(tmp_path, program=write(tmp_path, TEN_NUMBERS.format(saving=0.1) + THE_REST))
    found = facts(notebook)
    cost = 80 * 500 + 20000 + 80 * 16 * 120000 / 1600
    monthly = 80 * 120000 / 12 * 0.4 * 0.1 * 0.5
    gained = monthly * (1.08 ** -(np.arange(1, 25) / 12)).sum()
    assert found["roi.net_present_value"]["value"] == pytest.approx(gained - cost)
    assert found["roi.cost_per_engineer"]["value"] == pytest.approx(cost / 80)
    assert found["roi.payback_months"]["value"] == pytest.approx(cost / monthly)
    assert found["roi.return_on_investment"]["value"] == pytest.approx(gained / cost - 1)
    assert found["roi.break_even_time_saving"]["value"] == pytest.approx(0.1 * cost / gained)
    assert found["roi.break_even_working_time"]["value"] == pytest.approx(0.4 * 0.1 * cost / gained)
    assert found["roi.chance_of_loss"]["value"] == 0 and found["roi.unconfirmed_inputs"]["value"] == 24
    assert shown(notebook, "answer")[0]["sentences"][0].startswith("Training 80 engineers pays")


@pytest.fixture(scope="module")
def ten_numbers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ten")
    text = TEN_NUMBERS.format(saving="{low: -0.05, mode: 0.1, high: 0.3}")
    return run(folder, program=write(folder, text), seed=7)


def test_uncertain_saving_matches_plain_random_numbers(ten_numbers):
    """The same model written again, with numpy's own generator and the mean over other distributions."""
    found = facts(ten_numbers)
    value = found["roi.net_present_value"]
    draws = plain_draws(40_000)
    assert value["value"] == pytest.approx(draws.mean(), abs=4 * draws.std() / 200)
    low, high = np.quantile(draws, [0.05, 0.95])
    assert [value["low"], value["high"]] == pytest.approx([low, high], abs=0.03 * (high - low))
    assert found["roi.chance_of_loss"]["value"] == pytest.approx((draws < 0).mean(), abs=0.01)


def plain_draws(count):
    rng = np.random.default_rng(99)
    saving = split_normal(rng, count, -0.05, 0.1, 0.3)
    completion, dip = three_points(rng, count, 0.4, 0.75, 0.95), three_points(rng, count, 0.0, 0.10, 0.25)
    dip_months, ramp = three_points(rng, count, 1, 2, 4), three_points(rng, count, 1, 3, 6)
    half_life = np.maximum(split_normal(rng, count, 8, 18, 36), 0.5)
    attrition = np.clip(split_normal(rng, count, 0.08, 0.13, 0.20), 0, 0.99)
    lasting, review_share = three_points(rng, count, 0.5, 0.75, 0.95), three_points(rng, count, 0.05, 0.10, 0.20)
    failures = np.maximum(split_normal(rng, count, 500, 2000, 6000), 0) * split_normal(rng, count, -0.2, 0.0, 0.2)
    reviews = 120000 * review_share * split_normal(rng, count, -0.1, 0.0, 0.1) * 0.5
    total = np.full(count, -(80 * 500 + 20000 + 80 * 16 * 120000 / 1600.0))
    fine = (np.arange(20) + 0.5) / 20
    for month in range(1, 37):
        present = 80 / 12 * (1 - attrition) ** ((month - 0.5) / 12)
        times = month - 1 + fine[:, None]
        in_dip = (times < dip_months).mean(axis=0)
        progress = np.clip((times - dip_months) / ramp, 0, 1)
        rising = ((1 / (1 + 19.0 ** (1 - 2 * progress)) - 0.05) / 0.9).mean(axis=0)
        settled = lasting + (1 - lasting) * np.exp(-np.maximum(month - 0.5 - dip_months - ramp, 0) / 3)
        used = completion * rising * settled
        gain = 120000 * 0.4 * (used * saving * 0.5 * 0.5 ** ((month - 0.5) / half_life) - dip * in_dip)
        total += present * (gain - used * (failures + reviews)) / 1.08 ** (month / 12)
    return total


def three_points(rng, count, low, mode, high):
    """PERT through a beta of numpy."""
    width = high - low
    return low + width * rng.beta(1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width, count)


def split_normal(rng, count, low, mode, high):
    """Two half normals around the mode; the spreads found by a plain iteration for 5 % in each tail."""
    from scipy.stats import norm
    left, right = (mode - low) / 1.645, (high - mode) / 1.645
    for _ in range(200):
        left, right = ((mode - low) / norm.isf(0.025 * (left + right) / left),
                       (high - mode) / norm.isf(0.025 * (left + right) / right))
    size = np.abs(rng.standard_normal(count))
    return np.where(rng.random(count) < left / (left + right), mode - left * size, mode + right * size)


def test_every_fact_is_sound_and_the_answer_states_the_numbers(ten_numbers):
    found = facts(ten_numbers)
    for fact in found.values():
        if fact["low"] is not None and fact["high"] is not None and fact["value"] is not None:
            assert fact["low"] <= fact["value"] <= fact["high"], fact
    sentences = " ".join(shown(ten_numbers, "answer")[0]["sentences"])
    assert found["roi.net_present_value"]["text"] in sentences
    assert "€" in sentences and "$" not in sentences
    assert f"{100 * found['roi.chance_of_loss']['value']:.0f} of 100 futures" in sentences


def test_no_money_default_in_dollars_goes_unsaid(tmp_path):
    notebook = run(tmp_path, program=write(tmp_path, "name: Nearly nothing\ncurrency: EUR\n"))
    said = " ".join(entry["markdown"] for entry in shown(notebook, "say"))
    assert "taken as EUR" in said
    found = facts(notebook)
    assert found["roi.unconfirmed_share_of_uncertainty"]["value"] == pytest.approx(1, abs=0.02)
    by_defaults, value = found["roi.defaults_net_present_value"], found["roi.net_present_value"]
    assert by_defaults["value"] == pytest.approx(value["value"])


def test_one_team_of_the_example(reports):
    people = (paths.EXAMPLE / "people.csv").read_text().splitlines()
    heads = sum(line.split(",")[1] == "platform" for line in people[1:])
    found = facts(nbformat.read(reports / "06_roi_model" / "platform" / "report.ipynb", as_version=4))
    assert 5 <= found["roi.engineers"]["value"] <= heads
    assert found["roi.cost"]["value"] / found["roi.engineers"]["value"] == pytest.approx(
        found["roi.cost_per_engineer"]["value"], rel=0.01)
