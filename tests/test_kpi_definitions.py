"""KPIs beyond delivery: definitions as data, DORA's scale, planned work, ready-made figures, incidents and their deployments."""

import numpy as np
import pandas as pd
import pytest
from test_kpi import HOUR, MONDAY, WEEK, program, requests, rollout

from upskill.data import NotEnoughData, read_program
from upskill.data.kpis import bounds_of, kpi_name, kpi_names
from upskill.kpi import dora, track
from upskill.kpi.definitions import BOARD, NAMES, reported, variants
from upskill.kpi.events import duration_events, failures_by_time, reverts_per_merge, rework_per_deployment
from upskill.kpi.incidents import EXPLICIT, MOST_RECENT, NONE, link_dependence, link_incidents
from upskill.kpi.observations import observed_definition, observed_names, observed_ratio
from upskill.kpi.tracking import first_possible
from upskill.kpi.work import done_in_time, license_cost, new_of_done


def deployments(times, team="a", **columns):
    frame = {"deployment_id": [f"d{i}" for i in range(len(times))], "team": team, "repository": None, "finished_at": times,
             "status": "success", "needed_intervention": None, "is_rework": None, "first_commit_at": pd.NaT}
    return pd.DataFrame({**frame, **columns})


def incidents(times, team="a", deployment_id=None):
    return pd.DataFrame({"incident_id": [f"i{i}" for i in range(len(times))], "team": team, "started_at": times,
                         "resolved_at": [time + HOUR for time in times], "deployment_id": deployment_id, "severity": "2"})


def work(committed, done, kind="feature", team="a"):
    committed, done = pd.to_datetime(pd.Series(committed)), pd.to_datetime(pd.Series(done))
    return pd.DataFrame({"work_item_id": [str(i) for i in range(len(committed))], "team": team, "person_id": None,
                         "kind": kind, "created_at": committed - HOUR, "committed_at": committed,
                         "started_at": committed, "done_at": done})


def observations(values, kpi="error_rate", period="month", team="a", start="2025-01-01", **columns):
    dates = pd.date_range(start, periods=len(values), freq="MS" if period == "month" else "W-MON")
    frame = {"date": dates, "period": period, "team": team, "kpi": kpi, "value": values, "numerator": np.nan,
             "denominator": np.nan, "n": pd.array([pd.NA] * len(values), "Int64")}
    return pd.DataFrame({**frame, **columns})


def test_names_and_aliases_lead_to_one_definition():
    assert set(kpi_names().values()) == set(NAMES)
    assert len([alias for alias in kpi_names() if alias not in NAMES]) > 15
    assert not set(kpi_names()) & {"cost"} and kpi_name(" Change-Lead Time ") == "lead_time"
    assert variants("productivity")[0].name == "throughput"
    with pytest.raises(KeyError, match="no KPI named 'happiness'"):
        variants("happiness")


def test_every_metric_that_programs_name_is_defined():
    for word in ("productivity", "time to market", "quality", "automation", "satisfaction", "confidence", "innovation"):
        assert kpi_name(word) in NAMES
    assert bounds_of("change_failure_rate")[:2] == (0.0, 1.0) and bounds_of("enps")[:2] == (-100, 100)
    assert bounds_of("pages_read") == (None, None, "")


def test_quick_check_is_scored_as_dora_does():
    best = dora.quick_check_score(6, 6, 6, 0.0, 0.0)
    assert best.overall == best.throughput == best.stability == 10
    worst = dora.quick_check_score(1, 1, 1, 1.0, 1.0)
    assert worst.overall == 0
    assert np.isnan(dora.quick_check_score(lead_time=3).overall)
    with pytest.raises(ValueError, match="a share from 0 to 1"):
        dora.quick_check_score(change_failure_rate=12)
    with pytest.raises(ValueError, match="from 1 to 6"):
        dora.quick_check_score(lead_time=52)


def test_levels_of_2024_are_no_ladder():
    levels = dora.levels(2024).set_index("level")["change_failure_rate"]
    assert levels["high"] > levels["medium"] < levels["low"] and levels["elite"] == 0.05
    assert dora.benchmarks().groupby("industry")["mean"].mean()["all"] == pytest.approx(6.72)
    with pytest.raises(KeyError):
        dora.benchmarks(1999)
    with pytest.raises(KeyError, match="technology"):
        dora.standing({"lead_time": 3.0}, "space")


def test_an_incident_is_blamed_on_the_deployment_it_names_else_on_the_last_one():
    days = [MONDAY, MONDAY + 10 * HOUR, MONDAY + 20 * HOUR]
    table = deployments(days, status=["success", "failure", "success"])
    found = link_incidents(table, incidents([MONDAY + 15 * HOUR, MONDAY + 21 * HOUR, MONDAY + 60 * HOUR, MONDAY - HOUR],
                                            deployment_id=[None, "d0", None, None]))
    assert found["linked_to"].iloc[:2].tolist() == ["d0", "d0"] and found["linked_to"].iloc[2:].isna().all()
    assert found["rule"].tolist() == [MOST_RECENT, EXPLICIT, NONE, NONE]
    assert link_incidents(table, incidents([MONDAY + 15 * HOUR], team="b"))["rule"].tolist() == [NONE]


def test_the_window_of_the_link_decides_the_rate():
    table = deployments([MONDAY + i * WEEK for i in range(10)])
    later = incidents([MONDAY + i * WEEK + 2 * (i + 1) * HOUR for i in range(10)])
    rates = link_dependence(table, later)
    assert rates["rate"].is_monotonic_increasing and rates["rate"].iloc[0] == 0 and rates["rate"].iloc[-1] == 1


def test_without_any_link_failures_are_linked_by_time_and_the_title_says_so():
    tables = {"deployments": deployments([MONDAY + i * WEEK for i in range(10)]),
              "incidents": incidents([MONDAY + 3 * WEEK + HOUR, MONDAY + 5 * WEEK + 30 * HOUR])}
    definition, frame = first_possible(program(**tables), "change_failure_rate")
    assert "linked by time" in definition.title and frame["numerator"].sum() == 1
    assert failures_by_time(program(**tables))["denominator"].sum() == 10


def test_a_week_without_deployments_is_a_zero_of_frequency_and_no_value_of_a_share():
    whole = program(deployments=deployments([MONDAY, MONDAY + 2 * WEEK], is_rework=[True, False]))
    frame = rework_per_deployment(whole)
    assert frame["denominator"].tolist()[:3] == [1, 0, 1] and frame["numerator"].sum() == 1
    with pytest.raises(NotEnoughData, match="unplanned"):
        rework_per_deployment(program(deployments=deployments([MONDAY])))


def test_delivery_rate_follows_every_item_equally_long():
    start = [MONDAY + i * WEEK for i in range(38)]
    done = [start[0] + 13 * 24 * HOUR, start[1] + 15 * 24 * HOUR, pd.NaT, *[time + HOUR for time in start[3:]]]
    frame = done_in_time(program(work_items=work(start, done)))
    assert frame["numerator"].tolist()[:4] == [1, 0, 0, 1]
    assert frame["week"].max() == MONDAY + 37 * WEEK  # forty weeks of data; later items are too young
    with pytest.raises(NotEnoughData, match="commitment"):
        done_in_time(program(work_items=work([pd.NaT, pd.NaT], [MONDAY, MONDAY])))


def test_share_of_new_capabilities_counts_finished_work_only():
    items = work([MONDAY] * 4, [MONDAY + HOUR] * 3 + [pd.NaT], kind=["feature", "bug", "experiment", "feature"])
    frame = new_of_done(program(work_items=items))
    assert (frame["numerator"].sum(), frame["denominator"].sum()) == (2, 3)


def test_time_to_market_is_of_new_things_and_counts_the_unfinished():
    items = work([MONDAY] * 3, [MONDAY + 9 * HOUR, MONDAY + HOUR, pd.NaT], kind=["feature", "bug", "feature"])
    _, events = first_possible(program(work_items=items), "time_to_market")
    assert events["hours"].tolist()[0] == 10 and events["outcome"].tolist() == [1, 0]


def test_parts_of_the_way_and_a_merge_without_review():
    frame = requests([MONDAY] * 4, [10.0] * 4).assign(
        first_review_at=[MONDAY + HOUR, MONDAY + 2 * HOUR, MONDAY + 3 * HOUR, pd.NaT], first_commit_at=MONDAY - HOUR)
    found = {name: duration_events(program(pull_requests=frame), variants(name)[0])
             for name in ("coding_time", "pickup_time", "approval_time", "cycle_time")}
    assert found["pickup_time"]["outcome"].tolist() == [1, 1, 1, 2]
    assert len(found["approval_time"]) == 3 and (found["coding_time"]["hours"] == 1).all()
    assert (found["cycle_time"]["hours"] == 11).all()


def test_reverts_are_counted_among_merges():
    frame = requests([MONDAY] * 3, [10.0, 10.0, np.nan], is_revert=[True, False, True])
    weekly = reverts_per_merge(program(pull_requests=frame))
    assert (weekly["numerator"].sum(), weekly["denominator"].sum()) == (1, 2)


def test_ready_made_figures_keep_their_numerators_and_survive_what_is_missing():
    rows = observations([0.1, np.nan, 0.3, 0.4, 0.5], n=pd.array([10, 5, 0, pd.NA, 7], "Int64"))
    rows.loc[4, ["numerator", "denominator"]] = [3, 6]
    frame = observed_ratio(program(kpi_observations=pd.concat([rows, rows.tail(1)])), "error_rate")
    assert frame["numerator"].tolist() == pytest.approx([1.0, 0.4, 3.0])
    assert frame["denominator"].tolist() == [10, 1, 6]
    with pytest.raises(NotEnoughData, match="no error_rate"):
        observed_ratio(program(kpi_observations=rows[rows["value"].isna()]), "error_rate")


def test_a_denominator_of_zero_is_no_value():
    rows = observations([np.nan, 0.2], numerator=[0, 1], denominator=[0, 5])
    assert observed_ratio(program(kpi_observations=rows), "error_rate")["denominator"].tolist() == [5]


def test_unknown_figures_get_a_neutral_definition():
    rows = observations([0.5] * 12, kpi="Pages read", numerator=[5.0] * 12, denominator=[10.0] * 12)
    whole = program(kpi_observations=pd.concat([rows, observations([0.05] * 12)]))
    assert observed_names(whole) == ("error_rate", "pages_read")
    own = observed_definition(whole, "pages_read")
    assert (own.better, own.distribution, own.title) == ("", "share", "Pages read, as reported")
    tracking = track(whole)
    assert [tracked.definition.name for tracked in tracking.kpis] == ["error_rate"]
    assert reported("lead_time").distribution == "rate" and reported("lead_time").better == "lower"


def test_a_known_kpi_is_taken_from_ready_made_figures_where_no_table_gives_it():
    definition, frame = first_possible(program(kpi_observations=observations([50.0] * 3, kpi="lead time")), "lead_time")
    assert definition.title.endswith(", as reported") and len(frame) == 3
    with pytest.raises(KeyError):
        first_possible(program(), "pages_read")


def test_the_month_in_which_a_team_starts_is_neither_before_nor_since():
    values = [0.05] * 9 + [0.9] + [0.10] * 9
    tables = [observations(values, team=team, n=pd.array([50] * 19, "Int64"), start="2024-01-01") for team in "abc"]
    starts = rollout(a=pd.Timestamp("2024-10-07"), b=pd.Timestamp("2024-10-07"), c=pd.Timestamp("2024-10-07"))
    whole = program(kpi_observations=pd.concat(tables, ignore_index=True), rollout=starts)
    change = track(whole)["error_rate"].change
    assert change.before == pytest.approx(0.05) and change.since == pytest.approx(0.10)
    assert change.verdict == "worsened"


def test_license_cost_needs_months_with_both():
    usage = pd.DataFrame({"date": [MONDAY + i * WEEK for i in range(20)] * 2, "team": "a", "person_id": None, "tool": "x",
                          "measure": ["active_users"] * 20 + ["licensed_users"] * 20, "value": [4.0] * 20 + [8.0] * 20})
    spend = pd.DataFrame({"date": pd.date_range("2025-01-01", periods=4, freq="MS"), "category": "licenses",
                          "amount": 100.0, "team": None, "one_off": False})
    paid, people = license_cost(program(ai_usage=usage, spend=spend))
    assert (paid, people) == (300.0, 12.0)
    with pytest.raises(NotEnoughData, match="no month"):
        license_cost(program(ai_usage=usage, spend=spend.assign(category="rooms")))


def test_board_is_complete_in_the_example(example):
    found = {tracked.definition.name for tracked in track(read_program(example)).kpis}
    assert found == set(BOARD)
