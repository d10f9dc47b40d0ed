"""The benchmark says who is missing, and its measure of fit is ours; no clock is looked at."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from upskill.skills import calibrate

FOLDER = Path(__file__).parent / "benchmarks"


def module(name):
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_a_library_that_is_missing_is_reported(tmp_path):
    runner = module("run")
    row = runner.run("girth", "2PL", str(tmp_path / "python"), 1, 50, 60)
    assert "No such file" in row["failed"] or "cannot find" in row["failed"]
    blank = runner.run("no such library", "2PL", sys.executable, 1, 50, 60)
    assert blank["failed"].startswith("KeyError")
    assert "| girth | " + row["failed"] in runner.table("2PL", {"girth": row})


@pytest.mark.parametrize("case", ["2PL", "graded"])
def test_the_common_log_likelihood_is_that_of_the_fit(case):
    work = module("workload")
    answers, slopes, places, _ = work.made_up(case, shrink=10)
    fit = calibrate(answers, case, prior=None)
    b = fit.items[[name for name in fit.items if name[0] == "b"]].to_numpy()
    assert work.log_likelihood(answers, fit.items["a"], b) == pytest.approx(fit.log_likelihood, abs=1e-3)
    assert work.log_likelihood(answers, slopes, places) < fit.log_likelihood
    assert work.errors(np.array([1.0, 3.0]), np.array([1.0, 1.0])) == pytest.approx((2**0.5, 1.0))
