"""KPIs on small tables whose answer is known, and intervals that cover what they promise."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from upskill.data import NotEnoughData, Program
from upskill.kpi import censored_quantile, judge, kaplan_meier, track, words
from upskill.kpi.autoregression import contrast, fit_levels
from upskill.kpi.change import (
    Change,
    collapsed_change,
    series_duration_change,
    series_ratio_change,
    teams_duration_change,
    teams_ratio_change,
    with_enough_endings,
)
from upskill.kpi.comparison import compare_phases
from upskill.kpi.definitions import DEFINITIONS, NAMES
from upskill.kpi.events import duration_events, failures_per_deployment, merges_per_engineer_week
from upskill.kpi.series import choose_period, duration_series

MONDAY = pd.Timestamp("2025-01-06")
WEEK = pd.Timedelta(weeks=1)
HOUR = pd.Timedelta(hours=1)


def program(**tables):
    as_of = MONDAY + 40 * WEEK - pd.Timedelta(days=1)
    return Program(None, tables, SimpleNamespace(minimum_group_size=5), as_of=as_of)


def requests(created, hours, team="a", **columns):
    """Pull requests that take these hours from opening to production; NaN = still open."""
    created = pd.Series(created)
    ended = created + pd.to_timedelta(pd.Series(hours), unit="h")
    frame = {"repository": "r", "pull_request_id": [str(i) for i in range(len(created))], "team": team,
             "author_id": "x", "created_at": created, "first_commit_at": pd.NaT, "first_review_at": pd.NaT,
             "merged_at": ended, "closed_at": ended, "deployed_at": ended}
    frame = pd.DataFrame({**frame, **columns})
    return frame.astype({"first_commit_at": "datetime64[ns]", "closed_at": "datetime64[ns]"})


def rollout(**starts):
    return pd.DataFrame({"team": list(starts), "cohort": "one", "event": "training", "starts_on": list(starts.values())})


def test_definitions_are_complete_and_name_real_counters():
    for definition in DEFINITIONS:
        assert definition.question.endswith("?") and definition.formula and definition.unit
        assert definition.better in ("lower", "higher") and definition.version
        assert definition.distribution in ("duration", "rate", "share", "count", "score")
        assert definition.place in ("board", "part", "people", "other") and definition.family
        assert definition.counter in NAMES and definition.counter != definition.name
        assert definition.kind != "duration" or (definition.table and definition.start and definition.end)
        assert definition.kind not in ("share", "score") or (definition.numerator and definition.denominator)
        assert definition.kind != "share" or definition.base


def test_kaplan_meier_by_hand():
    # Durations 1, 2+, 3, 4, 5+ (+ = still open): 4/5, then 4/5 * 2/3, then 4/5 * 2/3 * 1/2.
    times, share = kaplan_meier([1, 2, 3, 4, 5], [True, False, True, True, False])
    assert times.tolist() == [1, 3, 4]
    assert share == pytest.approx([0.8, 0.8 * 2 / 3, 0.8 / 3])


def test_open_changes_make_the_median_longer_and_right():
    random = np.random.default_rng(3)
    hours, waited = random.lognormal(4, 1, 4000), random.uniform(0, 200, 4000)
    finished = hours <= waited
    honest = censored_quantile(np.minimum(hours, waited), finished)
    assert honest == pytest.approx(np.exp(4), rel=0.08)
    assert np.median(hours[finished]) < 0.75 * honest


def test_median_without_open_changes_is_the_usual_one():
    values = np.random.default_rng(4).exponential(10, 101)
    assert censored_quantile(values, np.ones(101, bool)) == pytest.approx(np.median(values))
    assert np.isnan(censored_quantile([1, 2, 3], [True, False, False]))


def test_closed_unmerged_changes_end_otherwise_and_open_ones_are_kept():
    created = [MONDAY + i * WEEK for i in range(4)]
    frame = requests(created, [10.0, 20.0, np.nan, np.nan])
    frame.loc[2, "closed_at"] = created[2] + HOUR
    events = duration_events(program(pull_requests=frame), DEFINITIONS[1])
    assert events["hours"].tolist()[:2] == [10.0, 20.0]
    assert events["outcome"].tolist() == [1, 1, 2, 0] and events["hours"][2] == 1.0
    assert events["ended"].notna().tolist() == [True, True, False, False]
    assert events["hours"].iloc[3] == (MONDAY + 40 * WEEK - created[3]) / HOUR


def test_recent_weeks_are_marked_and_last_week_must_be_whole():
    created = [MONDAY + i * pd.Timedelta(days=1) for i in range(40 * 7)]
    frame = requests(created, [200.0] * len(created))
    late = frame["created_at"] + 200 * HOUR > MONDAY + 40 * WEEK
    frame.loc[late, ["merged_at", "closed_at", "deployed_at"]] = pd.NaT
    whole = program(pull_requests=frame)
    series = duration_series(duration_events(whole, DEFINITIONS[1]), whole, MONDAY + 20 * WEEK, 1)
    assert len(series) == 40
    assert series["quality"].tolist() == ["ok"] * 38 + ["too recent"] * 2
    assert (series["value"].iloc[:38] == 200).all()


def git_history(kinds):
    """A change a day, landed in these ways in turn; released every 50 days; squashes lost their beginning."""
    merged = pd.Series([MONDAY + i * pd.Timedelta(days=1) for i in range(240)])
    kind = pd.Series([kinds[i % len(kinds)] for i in range(240)])
    is_merge = kind == "merge"
    released = (MONDAY + pd.Timedelta(days=50) * ((merged - MONDAY) // pd.Timedelta(days=50) + 1)).to_numpy()
    frame = requests(merged, [0.0] * 240, landed_as=kind, deployed_at=released)
    frame["created_at"] = merged - is_merge * 30 * HOUR
    frame["first_commit_at"] = frame["created_at"].where(is_merge)
    return program(pull_requests=frame)


def test_git_history_never_reads_times_that_git_lost():
    squashed = track(git_history(["squash"]))
    assert "review_time" not in squashed
    assert "landed as a merge" in squashed.missing["Branch time"]
    assert squashed["lead_time"].definition.title == "Release lead time"
    assert 0 < squashed["lead_time"].change.since < 50 * 24
    mixed = track(git_history(["squash", "squash", "merge"]))
    assert mixed["review_time"].definition.title == "Branch time"
    assert mixed["review_time"].change.before == mixed["review_time"].change.since == pytest.approx(30)


def test_few_releases_are_no_evidence_however_many_changes_they_hold():
    change = track(git_history(["squash"]))["lead_time"].change
    assert change.verdict == "cannot tell" and np.isnan(change.low)
    assert "at least 5 each are needed" in change.reason
    ended = pd.Series([MONDAY + i * WEEK for i in range(10)])
    events = pd.DataFrame({"team": "a", "at": ended, "ended": ended, "hours": 1.0})
    enough = Change(1.0, 1.0, 0.0, -0.1, 0.1)
    assert with_enough_endings(enough, events, MONDAY + 5 * WEEK) == enough
    assert with_enough_endings(enough, events, MONDAY + 4 * WEEK).reason


def project_of_even_pace(random, releases_a_year=8, weeks=208):
    """Four changes a week, released at random moments: changes of one release end together."""
    days = weeks * 7
    releases = np.sort(random.uniform(0, days + 365, random.poisson(releases_a_year * 5)))
    at = np.sort(random.uniform(0, days, random.poisson(weeks * 4)))
    ends = np.append(releases, np.inf)[np.searchsorted(releases, at)]
    ended = pd.Series(MONDAY + pd.to_timedelta(np.where(ends < days, ends, np.nan), unit="D"))
    return pd.DataFrame({"team": "a", "at": MONDAY + pd.to_timedelta(at, unit="D"), "ended": ended,
                         "hours": (np.minimum(ends, days) - at) * 24})


def test_intervals_cover_though_changes_come_out_together():
    """60 projects whose pace never changes: nominal 90 %, standard error 4 (200 projects: 92 of 100)."""
    random, start, covered = np.random.default_rng(5), MONDAY + 104 * WEEK, []
    whole = SimpleNamespace(as_of=MONDAY + 208 * WEEK - pd.Timedelta(days=1))
    for _ in range(60):
        events = project_of_even_pace(random)
        change = series_duration_change(duration_series(events, whole, start, 4), start)
        covered.append(change.low <= 0 <= change.high)
    assert np.mean(covered) >= 0.82


def test_failure_rate_keeps_numerator_and_denominator():
    deployments = pd.DataFrame({
        "deployment_id": list("abcd"), "team": "a", "finished_at": [MONDAY, MONDAY + HOUR, MONDAY + WEEK, MONDAY + WEEK],
        "status": "success", "needed_intervention": pd.array([True, False, False, pd.NA], dtype="boolean")})
    weekly = failures_per_deployment(program(deployments=deployments))
    assert weekly[["numerator", "denominator"]].to_numpy()[:3].tolist() == [[1, 2], [0, 1], [0, 0]]
    assert len(weekly) == 40


def test_engineer_weeks_follow_full_time_equivalents_and_moves():
    people = pd.DataFrame({"person_id": ["p", "q"], "team": ["a", "b"], "role": "developer",
                           "start_date": pd.Timestamp("2024-01-01"), "end_date": pd.NaT,
                           "full_time_equivalent": [1.0, 0.5]}).astype({"end_date": "datetime64[ns]"})
    moves = pd.DataFrame({"person_id": ["q", "q"], "team": ["a", "b"], "starts_on": [MONDAY - WEEK, MONDAY + 2 * WEEK],
                          "ends_on": [MONDAY + 2 * WEEK - pd.Timedelta(days=1), pd.NaT]})
    frame = requests([MONDAY, MONDAY + 2 * WEEK], [1.0, 1.0])
    weekly = merges_per_engineer_week(program(pull_requests=frame, people=people, memberships=moves))
    assert weekly["denominator"].tolist()[:4] == [1.5, 1.5, 1.0, 1.0]
    assert weekly["numerator"].tolist()[:4] == [1, 0, 1, 0]


def test_period_is_chosen_from_the_weeks_before_only():
    before = np.arange(52) < 26
    assert choose_period([6] * 26 + [0] * 26, before) == 1
    assert choose_period([2] * 26 + [50] * 26, before) == 4
    assert choose_period([0.5] * 26 + [50] * 26, before) == 13


def test_comparison_is_each_teams_own_start_or_the_calendar():
    frame = requests([MONDAY, MONDAY + 39 * WEEK], [1.0, 1.0])
    trained = program(pull_requests=frame, rollout=rollout(a=MONDAY + 20 * WEEK + pd.Timedelta(days=2), b=pd.NaT))
    comparison = compare_phases(trained, ["a", "b"], MONDAY)
    assert (comparison.kind, comparison.starts) == ("training", {"a": MONDAY + 20 * WEEK})
    recent = compare_phases(program(pull_requests=frame), ["a"], MONDAY)
    assert (recent.kind, recent.weeks, recent.first) == ("recent", 20, MONDAY)


@pytest.mark.parametrize(("releases_a_year", "weeks"), [(12, 52), (3, 104), (0, 52)])
def test_span_grows_where_the_time_before_has_few_releases(releases_a_year, weeks):
    end = MONDAY + 40 * WEEK
    created = [end - i * pd.Timedelta(days=3) for i in range(1, 600)]
    finished = pd.Series([end - i * pd.Timedelta(days=365) / releases_a_year for i in range(4 * releases_a_year)],
                         dtype="datetime64[ns]")
    tables = {"deployments": pd.DataFrame({"finished_at": finished})} if releases_a_year else {}
    history = program(pull_requests=requests(created, [1.0] * len(created)), **tables)
    assert compare_phases(history, ["a"], end - 230 * WEEK).weeks == weeks


@pytest.mark.parametrize(("low", "high", "better", "verdict"), [
    (-0.3, -0.1, "lower", "improved"), (-0.3, -0.1, "higher", "worsened"), (-0.3, 0.1, "lower", "cannot tell"),
    (-0.05, 0.05, "lower", "no relevant change"), (0.01, 0.05, "lower", "no relevant change"),
    (0.01, 0.2, "higher", "improved"), (float("nan"), float("nan"), "lower", "cannot tell")])
def test_verdicts(low, high, better, verdict):
    assert judge(low, high, better) == verdict


def test_collapsed_change_is_the_t_interval():
    estimate = collapsed_change([-0.3, -0.2, -0.1, 0.0])
    assert estimate.value == pytest.approx(-0.15)
    assert estimate.high - estimate.value == pytest.approx(2.353363 * 0.1290994 / 2, rel=1e-5)


def test_pooled_rates_are_plain_totals_and_jackknifed():
    weeks = pd.date_range(MONDAY, periods=20, freq="7D")
    weekly = pd.DataFrame([(team, week, base * (2 if week >= weeks[10] else 1), 10.0) for team, base in
                           (("a", 1.0), ("b", 2.0), ("c", 3.0)) for week in weeks],
                          columns=["team", "week", "numerator", "denominator"])
    starts = dict.fromkeys("abc", weeks[10])
    change = teams_ratio_change(weekly, starts, "lower")
    assert (change.before, change.since, change.relative) == (pytest.approx(0.2), pytest.approx(0.4), pytest.approx(1))
    assert (change.low, change.high) == (pytest.approx(1), pytest.approx(1))
    assert change.verdict == "worsened"
    few = teams_ratio_change(weekly.assign(numerator=0.0), starts, "lower")
    assert few.verdict == "cannot tell" and "only 0 counted before" in few.reason


def test_one_series_rate_is_plain_totals():
    weeks = pd.date_range(MONDAY, periods=40, freq="7D")
    random = np.random.default_rng(8)
    base = random.integers(5, 20, 40).astype(float)
    weekly = pd.DataFrame({"team": "a", "week": weeks, "numerator": random.binomial(base.astype(int), 0.3),
                           "denominator": base})
    change = series_ratio_change(weekly, weeks[20], "lower")
    assert change.before == pytest.approx(weekly["numerator"][:20].sum() / base[:20].sum())
    assert change.since == pytest.approx(weekly["numerator"][20:].sum() / base[20:].sum())
    assert change.low < change.since / change.before - 1 < change.high


def test_white_noise_interval_is_close_to_the_two_sample_t_interval():
    random = np.random.default_rng(2)
    values, since = random.normal(size=200), np.arange(200) >= 100
    estimate = contrast(fit_levels(values, since))
    assert estimate.value == pytest.approx(values[100:].mean() - values[:100].mean())
    plain = 1.653 * values.std(ddof=1) * np.sqrt(2 / 100)
    assert 0.7 < (estimate.high - estimate.value) / plain < 1.4


@pytest.mark.parametrize("rho", [0.0, 0.4])
def test_intervals_of_one_series_cover(rho):
    """26 + 26 weeks: the 90 % interval covers in 87 to 95 of 100 (300 draws: standard error 1.7)."""
    noise = np.random.default_rng(20).standard_normal((300, 82))
    series, since = lfilter([1], [1, -rho], noise)[:, 30:], np.arange(52) >= 26
    estimates = [contrast(fit_levels(row, since)) for row in series]
    covered = np.mean([estimate.low <= 0 <= estimate.high for estimate in estimates])
    assert 0.86 <= covered <= 0.955


def test_intervals_over_teams_cover_the_true_ratio():
    """Twelve teams, staggered starts, true change -15 % that differs between teams."""
    random, covered = np.random.default_rng(21), []
    for _ in range(150):
        starts = {f"t{i}": MONDAY + int(random.integers(8, 14)) * WEEK for i in range(12)}
        team = np.repeat(list(starts), 60)
        at = MONDAY + pd.to_timedelta(random.integers(0, 20 * 168, len(team)), unit="h")
        own = dict(zip(starts, random.normal(np.log(0.85), 0.1, 12), strict=True))
        since = at >= pd.to_datetime([starts[name] for name in team])
        hours = np.exp(4 + since * np.array([own[name] for name in team]) + random.normal(0, 0.9, len(team)))
        events = pd.DataFrame({"team": team, "at": at, "ended": at + pd.to_timedelta(hours, unit="h"), "hours": hours})
        change = teams_duration_change(events, starts)
        covered.append(change.low <= -0.15 <= change.high)
    assert 0.84 <= np.mean(covered) <= 0.95


def test_a_team_without_any_row_is_told_why():
    empty = program(pull_requests=requests(MONDAY + pd.to_timedelta([], unit="h"), np.array([])))
    with pytest.raises(NotEnoughData, match="No row of pull_requests belongs to the team red: a row needs a team"):
        track(replace(empty, team="red"))


def test_no_delivery_data_is_refused_and_missing_tables_are_named():
    with pytest.raises(NotEnoughData, match="pull_requests"):
        track(program(people=pd.DataFrame({"person_id": ["p"]})))
    random = np.random.default_rng(5)
    created = MONDAY + pd.to_timedelta(np.sort(random.integers(0, 40 * 168, 600)), unit="h")
    tracking = track(program(pull_requests=requests(created, random.lognormal(2, 1, 600))))
    assert {"lead_time", "throughput"} <= {tracked.definition.name for tracked in tracking.kpis}
    assert tracking.missing["Change failure rate"] == "the table deployments is missing or empty"
    assert tracking["throughput"].definition.title == "Merged pull requests per active author"


def test_lead_time_falls_back_to_the_merge_and_says_so():
    created = [MONDAY + i * pd.Timedelta(days=1) for i in range(270)]
    frame = requests(created, [5.0] * 270).assign(deployed_at=pd.NaT)
    tracking = track(program(pull_requests=frame.astype({"deployed_at": "datetime64[ns]"})))
    assert tracking["lead_time"].definition.title == "Lead time to merge"
    assert tracking["lead_time"].change.relative == pytest.approx(0)


@pytest.mark.parametrize(("positions", "apart"), [([0.5, 0.5, 0.5], [0.4, 0.5, 0.6]), ([0.1, 0.9], [0.1, 0.9])])
def test_labels_are_moved_apart(positions, apart):
    assert words.spread(positions, 0.1) == pytest.approx(apart, abs=0.01)


def watched(signals=(), starts=(), beyond=(), weeks=7.0):
    """A KPI with limits around 10, whose course is at 20, and these signals."""
    periods = pd.date_range(MONDAY, periods=30, freq="7D")
    course = np.where(np.arange(30) >= 10, 20.0, np.nan)
    limits = SimpleNamespace(
        signals=signals, alarm_starts=starts, center=10.0, course=course, baseline=(periods[0], periods[10]), proposed=None,
        broken_rules={place: ("beyond limits",) if place in beyond else ("lasting shift",) for place in signals},
        sights=tuple(SimpleNamespace(shift=shift, weeks=weeks, chance=0.284) for shift in (0.1, 0.2, 0.4)))
    series = pd.DataFrame({"period": periods, "value": 5.0, "quality": "ok"})
    return SimpleNamespace(limits=limits, series=series, limits_reason="")


@pytest.mark.parametrize(("tracked", "expected"), [
    (watched(), "no signal since watching began on"),
    (watched((20, 29), (20,)), f"signal since {MONDAY + 20 * WEEK:%Y-%m-%d}, the smoothed course above the limits first, and outside"),
    (watched((12, 20), (12, 20), (20,)), f"signal from {MONDAY + 20 * WEEK:%Y-%m-%d}, a point below the limits first; inside now (1"),
    (watched((20, 22), (20,)), f"to {MONDAY + 22 * WEEK:%Y-%m-%d}")])
def test_a_chart_says_whether_there_is_a_signal_and_since_when(tracked, expected):
    assert expected in words.signal_words(tracked)
    assert "of 20 %, after about 7 weeks (28 of 100 within a quarter)" in words.chart_words(tracked)


def test_a_chart_that_sees_nothing_says_that_its_silence_says_little():
    text = words.chart_words(watched(weeks=float("inf")))
    assert "That says little: this chart would mostly miss even a lasting change of 40 % for a year" in text


def test_a_new_usual_level_is_set_from_its_half_year_only_when_asked():
    random = np.random.default_rng(31)
    created = MONDAY + pd.to_timedelta(np.sort(random.integers(0, 40 * 168, 4000)), unit="h")
    hours = random.lognormal(3, 0.8, 4000) * np.where(created < MONDAY + 8 * WEEK, 1.0, 0.5)
    history = program(pull_requests=requests(created, hours))
    locked, moved = (track(history, new_baseline=day)["lead_time"] for day in (None, MONDAY + 10 * WEEK))
    assert locked.limits.baseline[1] == locked.baseline_end
    assert moved.limits.baseline == (MONDAY + 10 * WEEK, MONDAY + 36 * WEEK)
    assert moved.limits.center < locked.limits.center and moved.change == locked.change
    assert moved.limits.signals == ()
    with pytest.raises(ValueError, match="ISO date"):
        track(history, new_baseline="soon")
