"""Targets: distance, chance in time, faults in program.yml; the chances hold over made-up series."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from test_kpi import HOUR, MONDAY, WEEK, requests
from test_kpi_definitions import deployments, observations

from upskill.data import NotEnoughData, Program, check_program, read_program
from upskill.kpi.forecast import foresee
from upskill.kpi.promised.targets import promises
from upskill.validation import targets as study


def program(*targets, as_of="2026-06-28", **tables):
    settings = SimpleNamespace(minimum_group_size=5, targets=targets)
    return Program(None, tables, settings, as_of=pd.Timestamp(as_of))


def target(kpi, goal, baseline=None, by="2026-12-31"):
    return {"kpi": kpi, "target": goal, "baseline": baseline, "by": by, "owner": "someone"}


def monthly(mean, kpi="error_rate", count=18, noise=0.002, n=500, trend=0.0, **columns):
    values = mean + trend * np.arange(count) + noise * np.random.default_rng(4).standard_normal(count)
    return observations(values, kpi=kpi, n=pd.array([n] * count, "Int64"), **columns)


def test_chances_come_true_as_often_as_they_say():
    found = study.outcomes(11, 60)
    assert len(found) == 1080
    table = study.calibration(found)
    assert (abs(table["chance"] - table["came_true"]) < 0.05 + 2.5 * table["monte_carlo_error"]).all()
    assert 0.89 < found["covered"].mean() < 0.97
    sure = found[found["line"] >= 0.9]
    assert sure["came_true"].mean() < found[found["chance"] >= 0.9]["came_true"].mean() - 0.05


def test_foresight_is_wider_farther_ahead_and_follows_a_trend_that_is_clear():
    random = np.random.default_rng(2)
    values = np.arange(20) * 1.0 + 0.3 * random.standard_normal(20)
    near, far = (foresee(values, np.arange(20), ahead, 3) for ahead in (3, 9))
    assert np.diff(far.interval()) > np.diff(near.interval())
    assert far.interval()[0] < 26 < far.interval()[1] and far.mean > 22
    assert far.chance_below(far.quantile(0.3)) == pytest.approx(0.3, abs=1e-6)


def test_foresight_refuses_too_little_and_what_never_varied():
    with pytest.raises(NotEnoughData, match="only 7 periods"):
        foresee(np.arange(7.0), np.arange(7), 3)
    with pytest.raises(NotEnoughData, match="not varied"):
        foresee(np.ones(12), np.arange(12), 3)


def test_gaps_between_periods_count_as_time():
    values, random = np.zeros(12), np.random.default_rng(3)
    values += 0.5 * np.arange(12) + 0.1 * random.standard_normal(12)
    dense, sparse = foresee(values, np.arange(12), 6), foresee(values, 2 * np.arange(12), 6)
    assert dense.mean > sparse.mean


def test_a_target_that_is_far_is_unlikely_and_one_that_is_passed_is_reached():
    far, near = promises(program(target("error rate", 0.03), target("error_rate", 0.08),
                                 kpi_observations=monthly(0.06, start="2025-01-01")))
    assert far.name == "error_rate" and far.verdict == "unlikely" and far.chance < 0.02
    assert near.verdict == "reached" and near.chance > 0.98 and near.distance_high < 0
    assert far.low < 0.06 < far.high and far.distance == pytest.approx(far.now - 0.03)


def test_a_day_that_is_over_is_judged_by_what_was_measured_then():
    rows = monthly(0.06, trend=-0.002, start="2025-01-01")
    met, missed = promises(program(target("error_rate", 0.04, by="2026-03-31"), target("error_rate", 0.04, by="2025-06-30"),
                                   kpi_observations=rows))
    assert (met.verdict, missed.verdict) == ("met", "missed")
    assert np.isnan([met.chance, missed.chance]).all()
    assert missed.measured.endswith("2025-06-30") and missed.now > met.now


def test_wrong_units_give_no_chance_and_say_why():
    days, percent = promises(program(target("lead_time", 2, baseline=2.2), target("error_rate", 5), pull_requests=requests(
        [MONDAY + i * 8 * HOUR for i in range(1600)], np.random.default_rng(1).lognormal(4, 0.5, 1600)),
        kpi_observations=monthly(0.06)))
    assert days.verdict == "not known" and "another unit" in days.doubt and np.isnan(days.chance)
    assert percent.verdict == "not known" and "from 0 to 1" in percent.reason


def test_what_cannot_be_held_against_data_says_why():
    found = promises(program(target("happiness", 3), target("confidence", 4), target("deployment_frequency", 3),
                             kpi_observations=monthly(0.06, count=5)))
    assert [one.verdict for one in found] == ["not known"] * 3 and all(one.reason for one in found)
    (short,) = promises(program(target("error_rate", 0.05), kpi_observations=monthly(0.06, count=5)))
    assert "only 5 periods" in short.reason and np.isfinite([short.now, short.low]).all()


def test_zero_weeks_and_weeks_without_a_base_are_survived():
    times = [MONDAY + i * WEEK for i in range(77) if not 20 <= i < 28]
    failed = [place % 9 == 0 for place in range(len(times))]
    whole = program(target("change_failure_rate", 0.3), target("deployment_frequency", 2),
                    deployments=deployments(times, needed_intervention=failed))
    share, rate = promises(whole)
    assert 0 < share.low < share.now < share.high < 1 and share.chance > 0.8
    assert rate.chance < 0.2 and rate.now == pytest.approx(1.0)


def test_people_below_the_minimum_are_not_shown():
    few, many = (promises(program(target("satisfaction", 4), kpi_observations=monthly(
        3.7, "satisfaction", n=n, noise=0.05)))[0] for n in (4, 40))
    assert few.verdict == "not known" and "fewer than 5" in few.reason and np.isnan(few.now)
    assert many.people == 40 and many.chance < 0.2


def test_own_figures_take_their_direction_from_the_baseline():
    up, down = promises(program(target("pages read", 20, 10), target("pages_read", 5, 10),
                                kpi_observations=monthly(12, "Pages read", noise=0.5)))
    assert (up.better, down.better) == ("higher", "lower") and up.definition.better == ""


def test_targets_of_the_example_are_all_answered(example):
    found = promises(read_program(example))
    assert len(found) == 4 and all(np.isfinite([one.now, one.low, one.high, one.chance]).all() for one in found)
    assert all(one.low <= one.now <= one.high for one in found)


def test_the_day_and_the_data_decide_nothing_about_each_other(example):
    whole = read_program(example)
    entry = {"kpi": "lead_time", "target": 44, "by": "2027-06-30"}
    (later,) = promises(replace(whole, settings=replace(whole.settings, targets=(entry,))))
    sooner = promises(whole)[0]
    assert later.now == sooner.now
    assert later.expected_high - later.expected_low > sooner.expected_high - sooner.expected_low


def test_faults_of_targets_are_named(tmp_path):
    (tmp_path / "kpi_observations.csv").write_text(
        "date,period,team,kpi,value,numerator,denominator,n\n2026-05-01,month,a,pages read,3,,,5\n")
    (tmp_path / "program.yml").write_text("""name: x
targets:
- {kpi: lead_time, baseline: 52, target: 60}
- {kpi: quality, target: 10}
- {kpi: lead_tim, target: 4}
- {kpi: satisfaction, target: 4, by: 2026-03-31}
- {kpi: Pages read, target: 4, by: 2027-03-31}
- {kpi: time to market, target: 0}
- {kpi: automation, target: .nan}
""")
    codes = [(fault.code, fault.column, fault.row) for fault in check_program(tmp_path)]
    assert codes == [("bad_setting", "targets.6.target", 9), ("impossible_target", "targets.0.target", 3),
                     ("impossible_target", "targets.1.target", 4), ("unknown_kpi", "targets.2.kpi", 5),
                     ("target_passed", "targets.3.by", 6), ("impossible_target", "targets.5.target", 8)]
    faults = "\n".join(map(str, check_program(tmp_path)))
    assert "Did you mean lead_time?" in faults and "write 0.3 for 30 %" in faults
