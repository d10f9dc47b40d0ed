"""Cuts from panels: known cuts come back, errors are those of other panels, and bad ratings are named."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from upskill import data, skills
from upskill.data import NotEnoughData
from upskill.skills import panel

TRUE = {1: -1.4, 2: -0.5, 3: 0.4, 4: 1.3}


@pytest.fixture(scope="module")
def items():
    """Twelve calibrated items, one of them with three scores."""
    random = np.random.default_rng(1)
    ability, slopes, places = random.normal(size=400), random.lognormal(np.log(1.3), 0.25, 12), np.linspace(-1.8, 2, 12)
    answers = (random.random((400, 12)) < 1 / (1 + np.exp(-slopes * (ability[:, None] - places)))).astype(float)
    answers[:, 3] += answers[:, 3] * (ability > 0.4)
    return skills.calibrate(pd.DataFrame(answers, columns=[f"i{n}" for n in range(12)]), model="graded")


def test_angoff_panels_find_the_cuts_and_know_their_error(items):
    found = [panel.angoff_cuts(panel.made_up_angoff(items, TRUE, 8, seed), items, "D") for seed in range(80)]
    cuts, errors = (np.array([one[name] for one in found]) for name in ("cut", "standard_error"))
    true = np.array(list(TRUE.values()))
    assert np.abs(cuts.mean(axis=0) - true).max() < 0.04
    assert errors.mean(axis=0) == pytest.approx(cuts.std(axis=0), rel=0.25)
    assert 0.83 < (np.abs(cuts - true) < 1.895 * errors).mean() < 0.96  # t with 7 degrees of freedom, 90 %


def test_bookmark_panels_find_the_cuts_as_near_as_pages_lie(items):
    inner = {2: 0.0, 3: 0.7}
    found = [panel.bookmark_cuts(panel.made_up_bookmarks(items, inner, 8, seed), items, "D") for seed in range(80)]
    cuts = np.array([one["cut"] for one in found])
    pages = np.diff(panel.booklet(items)["place"])
    assert np.abs(cuts.mean(axis=0) - list(inner.values())).max() < pages.max() / 2


def test_one_page_by_hand():
    """a = 1, d = 0: mastery at log(0.67 / 0.33) = 0.7082; ratings of one half put the cut at 0."""
    calibration = skills.calibrate(pd.DataFrame(list(product([0.0, 1.0], repeat=3)), columns=list("xyz")))
    slope = calibration.items.loc["x", "a"]
    place = (np.log(0.67 / 0.33) - calibration.items.loc["x", "d"]) / slope
    assert panel.booklet(calibration)["place"].iloc[0] == pytest.approx(place, abs=1e-3)
    half = pd.DataFrame([(rater, item, 1, 0.5) for rater in "abc" for item in "xyz"],
                        columns=["rater_id", "item_id", "level", "probability"])
    found = panel.angoff_cuts(half, calibration, "D")
    assert found["cut"].iloc[0] == pytest.approx(0, abs=2e-3) and found["standard_error"].iloc[0] == pytest.approx(0, abs=1e-9)
    assert found["method"].iloc[0] == "modified Angoff" and found["panel_size"].iloc[0] == 3


def test_bad_ratings_are_named(items):
    good = panel.made_up_angoff(items, TRUE, 4, 1)
    with pytest.raises(ValueError, match="write 70 % as 0.7"):
        panel.angoff_cuts(good.assign(probability=good["probability"] * 100), items, "D")
    with pytest.raises(ValueError, match="there twice"):
        panel.angoff_cuts(pd.concat([good, good]), items, "D")
    with pytest.raises(ValueError, match="lack probability"):
        panel.angoff_cuts(good.drop(columns="probability"), items, "D")
    with pytest.raises(ValueError, match="do not rise"):
        panel.angoff_cuts(good.assign(level=5 - good["level"]), items, "D")
    with pytest.raises(ValueError, match="Not among the calibrated"):
        panel.angoff_cuts(good.assign(item_id="elsewhere" + good["item_id"]), items, "D")
    with pytest.raises(NotEnoughData, match="at least 3"):
        panel.angoff_cuts(good[good["rater_id"].isin(["panelist 1", "panelist 2"])], items, "D")
    with pytest.raises(NotEnoughData, match="level 1: its ratings lie beyond"):
        panel.angoff_cuts(good.assign(probability=good["probability"].mask(good["level"] == 1, 0.0)), items, "D")


def test_the_last_round_counts_and_the_talk_is_measured(example):
    company = data.read_program(example)
    calibration = skills.calibrate_program(company)
    rated = panel.made_up_panel(company, calibration)
    last = panel.panel_of_program(calibration, rated[rated["round"] == 2])
    pd.testing.assert_frame_equal(panel.panel_of_program(calibration, rated), last)
    assert list(last.columns) == ["scale", "scale_id", "level", "cut", "standard_error", "method", "panel_size"]
    published = company["cuts"].set_index(["scale_id", "level"])["cut"]
    assert (last.set_index(["scale_id", "level"])["cut"] - published).abs().max() < 0.3
    rounds = panel.panel_rounds(rated, calibration)
    assert rounds["standard_error"].iloc[1] < 0.7 * rounds["standard_error"].iloc[0] and 0 < rounds["changed"].iloc[1] <= 1


def test_cuts_of_a_panel_are_read_as_the_table(example, tmp_path):
    """What the panel gives can be saved as cuts.csv and makes levels of scores."""
    company = data.read_program(example)
    calibration = skills.calibrate_program(company)
    cuts = panel.panel_of_program(calibration, panel.made_up_panel(company, calibration))
    scores = skills.assess_skills(replace(company, tables=company.tables | {"cuts": cuts}), calibration=calibration)
    assert scores["level"].notna().all()
