"""The made-up company: it fits the contract, repeats exactly, and carries the truth that it claims."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from upskill.data.contract import TABLES
from upskill.simulate import read_request, simulate, write_program
from upskill.simulate.abilities import levels
from upskill.simulate.cli import simulate_command
from upskill.simulate.company import make_calendar, make_memberships, make_people, make_teams
from upskill.simulate.delivery import autoregression, season, training_curve
from upskill.simulate.framework import domain_of, domains
from upskill.simulate.items import probabilities
from upskill.simulate.pilot import make_pilot
from upskill.simulate.presets import ASSESSMENT, DELIVERY, PARTS, PILOT, PRESETS, generator
from upskill.simulate.write import table_text

LAST_MOMENT = pd.Timestamp("2026-06-29")


@pytest.fixture(scope="module")
def lottery():
    return simulate()


@pytest.fixture(scope="module")
def hostile():
    return simulate(preset="hostile", seed=7)


@pytest.fixture(scope="module")
def many_teams():
    """Enough teams that Monte Carlo error is small beside the effects."""
    return simulate(engineers=360, teams=36, seed=11)


@pytest.fixture(scope="module", params=["lottery", "hostile"])
def company(request):
    return request.getfixturevalue(request.param)


# --- the contract


def test_every_table_of_the_contract_is_there_with_its_required_columns(company):
    assert list(company.tables) == list(TABLES)
    for name, frame in company.tables.items():
        known = [column.name for column in TABLES[name].columns]
        assert set(TABLES[name].required) <= set(frame), name
        assert set(frame) <= set(known), name
        assert len(frame) > 0, name


def test_keys_are_unique_and_complete(company):
    for name, table in TABLES.items():
        key = [column for column in table.key if column in company.tables[name]]
        if key:
            assert not company.tables[name].duplicated(key).any(), name
            assert company.tables[name][key].notna().all(axis=None), name


def test_references_point_to_rows_that_exist(company):
    for name, table in TABLES.items():
        for column in table.columns:
            if column.refers_to and column.name in company.tables[name]:
                there, key = column.refers_to.split(".")
                values = company.tables[name][column.name].dropna()
                assert values.isin(company.tables[there][key]).all(), f"{name}.{column.name}"


def test_cells_are_filled_chosen_and_within_bounds(company):
    for name, table in TABLES.items():
        for column in (column for column in table.columns if column.name in company.tables[name]):
            values = company.tables[name][column.name]
            assert column.allows_empty or values.notna().all(), f"{name}.{column.name}"
            if column.choices:
                assert values.dropna().isin(column.choices).all(), f"{name}.{column.name}"
            if column.kind in ("whole", "number", "share"):
                assert values.min() >= (-np.inf if column.minimum is None else column.minimum), column.name
                assert values.max() <= (np.inf if column.maximum is None else column.maximum), column.name


def test_moments_are_in_order_and_end_with_the_data(company):
    for name, table in TABLES.items():
        frame = company.tables[name]
        for first, second in table.ordered:
            assert not (frame[first] > frame[second]).any(), f"{name}: {first}, {second}"
        for column in (column.name for column in table.columns if column.kind == "timestamp"):
            assert not (frame[column] >= LAST_MOMENT).any(), f"{name}.{column}"


def test_scores_lie_within_the_range_of_their_item(company):
    items = company.tables["items"].set_index("item_id")
    for name in ("test_responses", "survey_responses", "climate_responses"):
        answers = company.tables[name].dropna(subset="score")
        item = items.loc[answers["item_id"]]
        assert (answers["score"].to_numpy() >= item["minimum_score"].to_numpy()).all()
        assert (answers["score"].to_numpy() <= item["maximum_score"].to_numpy()).all()


def test_respondents_cannot_be_found_among_the_people_nor_followed(company):
    people = set(company.tables["people"]["person_id"])
    climate = company.tables["climate_responses"]
    assert people.isdisjoint(climate["respondent_id"])
    assert people.isdisjoint(company.tables["feedback"]["respondent_id"])
    assert (climate.groupby("respondent_id")["wave"].nunique() == 1).all()


# --- repeatability


def test_same_seed_same_company_other_seed_another(lottery):
    again, other = simulate(), simulate(seed=1)
    for name, frame in lottery.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name])
    assert again.truth == lottery.truth and again.settings == lottery.settings
    assert not lottery.tables["pull_requests"].equals(other.tables["pull_requests"])


def test_parts_draw_from_streams_of_their_own():
    first = {part: generator(3, part).random(4).tolist() for part in PARTS}
    assert len({tuple(values) for values in first.values()}) == len(PARTS)
    assert first["pilot"] == generator(3, "pilot").random(4).tolist()


def test_what_does_not_fit_together_is_said_at_once():
    with pytest.raises(ValueError) as problem:
        simulate(engineers=10, teams=2, months=1, seed=-1, preset="nice")
    for name in ("engineers", "teams", "months", "seed", "preset"):
        assert name in str(problem.value)


# --- skills carry the truth


def _abilities(company, wave):
    rows = company.truth["skills"]["waves"][wave]["ability"]
    return pd.DataFrame({person: row for person, row in zip(company.truth["skills"]["persons"], rows) if row},
                        index=domains()).T


def test_the_first_wave_names_the_scale(company):
    start = _abilities(company, "start")
    np.testing.assert_allclose(start.mean(), 0, atol=1e-4)
    np.testing.assert_allclose(start.std(ddof=0), 1, atol=1e-4)
    tested = company.tables["test_responses"].query("wave == 'start'")["person_id"].unique()
    assert set(tested) == set(start.index)


def test_levels_count_the_cuts_below(lottery):
    for wave, part in lottery.truth["skills"]["waves"].items():
        expected = levels(_abilities(lottery, wave).to_numpy(), lottery.tables["cuts"])
        np.testing.assert_array_equal(expected, [row for row in part["level"] if row])


def test_shortfall_of_the_truth_can_be_worked_out_by_hand(lottery):
    roles = lottery.tables["people"].set_index("person_id")["role"]
    targets = lottery.tables["role_targets"].query("role == 'tech lead'")
    needed = targets[targets["competency_id"].isin(["A1", "A2", "A3", "A4"])]
    ability = _abilities(lottery, "start")
    level = pd.DataFrame(levels(ability.to_numpy(), lottery.tables["cuts"]), ability.index, domains())
    leads = level[roles[level.index] == "tech lead"]["Foundations"]
    short = [np.average(np.maximum(needed["target_level"] - one, 0), weights=needed["importance"])
             for one in leads]
    found = lottery.truth["skills"]["waves"]["start"]["shortfall_by_role"]["tech lead"]["Foundations"]
    assert found == pytest.approx(np.mean(short), abs=1e-6)


def test_scores_of_test_items_match_their_true_parameters(many_teams):
    answers = many_teams.tables["test_responses"]
    domain = many_teams.tables["items"].set_index("item_id")["competency_id"].map(domain_of())
    excess = []
    for wave in ("start", "middle", "end"):
        ability = _abilities(many_teams, wave)
        wide = answers[answers["wave"] == wave].pivot(index="person_id", columns="item_id", values="score")
        for item in wide:
            true = many_teams.truth["items"][item]
            above = probabilities(ability.loc[wide.index, domain[item]], true["a"], true["b"])
            steps = np.arange(1, above.shape[1] + 1)
            mean = above.sum(axis=1)
            variance = (above * (2 * steps - 1)).sum(axis=1) - mean**2
            reached = wide[item].notna().to_numpy()
            excess.append((wide[item].to_numpy() - mean)[reached].sum() / np.sqrt(variance[reached].sum()))
    assert len(excess) == 3 * 54
    assert np.abs(np.mean(excess)) < 0.4  # items of one person share the draw of no other item
    assert 0.8 < np.std(excess) < 1.2
    assert np.max(np.abs(excess)) < 4.2


def test_few_items_are_not_reached_and_that_says_nothing_of_ability(many_teams):
    answers = many_teams.tables["test_responses"].query("wave == 'start'")
    empty = answers["score"].isna().groupby(answers["person_id"]).mean()
    assert 0.003 < empty.mean() < 0.03
    ability = _abilities(many_teams, "start").mean(axis=1)[empty.index]
    assert abs(np.corrcoef(empty > 0, ability)[0, 1]) < 3 / np.sqrt(len(empty))


def test_training_raises_abilities_and_nothing_else_much(many_teams):
    people = many_teams.tables["people"].set_index("person_id")
    rollout = many_teams.tables["rollout"].query("event == 'training'").set_index("team")["starts_on"]
    both = _abilities(many_teams, "end").index.intersection(_abilities(many_teams, "start").index)
    gain = _abilities(many_teams, "end").loc[both] - _abilities(many_teams, "start").loc[both]
    trained = rollout[people.loc[both, "team"]].notna().to_numpy()
    domain = "AI across the development life cycle"
    difference = gain.loc[trained, domain].mean() - gain.loc[~trained, domain].mean()
    expected = many_teams.truth["skills"]["core_course_gain"][domain]
    assert difference == pytest.approx(0.92 * expected, abs=0.06)
    assert gain.loc[~trained, domain].median() == pytest.approx(2 * ASSESSMENT.drift_per_wave, abs=0.01)


def test_self_ratings_are_lenient_and_say_little(many_teams):
    survey = many_teams.tables["survey_responses"].query("wave == 'start'")
    rating = survey.groupby("person_id")["score"].mean()
    ability = _abilities(many_teams, "start").loc[rating.index].mean(axis=1)
    assert rating.mean() == pytest.approx(2 + ASSESSMENT.self_leniency, abs=0.1)
    assert np.polyfit(ability, rating, 1)[0] == pytest.approx(ASSESSMENT.self_loading, abs=0.08)
    assert 0.1 < np.corrcoef(ability, rating)[0, 1] < 0.65


def test_interviewers_differ_as_the_truth_says(many_teams):
    ratings = many_teams.tables["interview_ratings"].query("wave == 'start'")
    ability = _abilities(many_teams, "start").stack()
    cell = pd.MultiIndex.from_arrays([ratings["person_id"], ratings["competency_id"].map(domain_of())])
    residual = ratings["rating"] - 2 - ability[cell].to_numpy()
    severity = pd.Series(many_teams.truth["raters"]["severity"])
    seen = -residual.groupby(ratings["rater_id"]).mean()
    assert np.corrcoef(seen, severity[seen.index])[0, 1] > 0.9


def test_raters_are_connected_and_two_see_each_person(company):
    ratings = company.tables["interview_ratings"]
    assert (ratings.groupby(["person_id", "wave"])["rater_id"].nunique() == 2).all()
    assert (ratings.groupby(["wave", "rater_id"])["person_id"].nunique() >= 3).all()
    group = {rater: rater for rater in ratings["rater_id"].unique()}
    for raters in ratings.groupby("person_id")["rater_id"].unique():
        joined = {group[rater] for rater in raters}
        group = {rater: min(joined) if name in joined else name for rater, name in group.items()}
    assert len(set(group.values())) == 1


def test_halo_makes_raters_see_one_impression(hostile, many_teams):
    def spread(company):
        ratings = company.tables["interview_ratings"]
        means = ratings.groupby(["person_id", "wave", "rater_id"])["rating"].mean()
        return means.groupby("rater_id").std().mean()
    assert spread(hostile) > spread(many_teams) + 0.05


# --- delivery carries the truth


def lead_times(company):
    """Pull requests with log lead time (hours), week of opening, and the expected log median of that week."""
    requests = company.tables["pull_requests"]
    requests = requests[~requests["is_revert"].astype(bool) & requests["deployed_at"].notna()]
    truth = company.truth["delivery"]
    week = (requests["created_at"] - pd.Timestamp(truth["weeks"][0])).dt.days // 7
    medians = pd.DataFrame(truth["expected_median_lead_time_hours"])
    expected = np.log(medians.to_numpy()[week, medians.columns.get_indexer(requests["team"])])
    hours = (requests["deployed_at"] - requests["first_commit_at"]).dt.total_seconds() / 3600
    return requests.assign(week=week, log_hours=np.log(hours), expected=expected)


def test_lead_times_follow_the_expected_medians(many_teams):
    rows = lead_times(many_teams).query("week < 70")  # later ones are cut off by the end of the data
    residual = rows["log_hours"] - rows["expected"]
    by_team = residual.groupby(rows["team"]).mean()
    assert residual.mean() == pytest.approx(0, abs=3 * by_team.std() / np.sqrt(len(by_team)) + 0.01)
    assert residual.std() == pytest.approx(np.hypot(DELIVERY.duration_sd, DELIVERY.week_sd), rel=0.03)


def test_difference_in_differences_recovers_the_training_effect(many_teams):
    rows = lead_times(many_teams).query("week < 72")
    start = many_teams.tables["rollout"].query("event == 'training'").set_index("team")["starts_on"]
    monday = pd.Timestamp(many_teams.truth["delivery"]["weeks"][0])
    first = ((start - monday).dt.days // 7)
    second_start = int(first.max())
    late = rows[rows["week"] >= second_start + DELIVERY.ramp_weeks].groupby("team")["log_hours"].mean()
    early = rows[rows["week"] < int(first.min())].groupby("team")["log_hours"].mean()
    change = late - early
    trained = first[change.index].notna()
    effect = change[trained].mean() - change[~trained].mean()
    error = np.sqrt(change[trained].var() / trained.sum() + change[~trained].var() / (~trained).sum())
    assert error < 0.07
    assert abs(effect - DELIVERY.training) < 3 * error
    assert effect < -0.05


def test_the_effect_curve_has_a_dip_and_a_ramp(lottery):
    curve = lottery.truth["delivery"]["training_effect_by_week"]
    assert curve[0] == pytest.approx(DELIVERY.dip)
    assert min(curve) == pytest.approx(DELIVERY.training) == curve[DELIVERY.ramp_weeks]
    assert curve == training_curve(np.arange(53), DELIVERY.training, DELIVERY.ramp_weeks, DELIVERY.dip,
                                   DELIVERY.dip_weeks).round(6).tolist()


def test_noise_between_weeks_is_autocorrelated():
    series = autoregression(np.random.default_rng(1), (400, 80), 0.12, 0.4)
    assert series.std() == pytest.approx(0.12, rel=0.03)
    assert np.corrcoef(series[:, 1:].ravel(), series[:, :-1].ravel())[0, 1] == pytest.approx(0.4, abs=0.03)


def test_the_turn_of_the_year_is_slow():
    slow, volume = season(pd.to_datetime(["2025-03-03", "2025-08-11", "2025-12-22", "2025-12-29"]))
    assert slow.tolist() == [0, 0.06, 0.2, 0.2] and volume.tolist() == [1, 0.8, 0.4, 0.4]


def test_changes_are_cut_off_at_the_end_and_only_there(many_teams):
    requests = many_teams.tables["pull_requests"]
    still_open = requests["closed_at"].isna()
    age = (LAST_MOMENT - requests["created_at"]).dt.total_seconds() / 86400
    assert 0.05 < still_open[age < 4].mean() < 0.50
    assert requests[age < 4]["deployed_at"].isna().mean() > 0.15
    assert still_open[age > 60].mean() < 0.001
    unmerged = requests[age > 60]["merged_at"].isna().mean()
    assert unmerged == pytest.approx(DELIVERY.unmerged_share, abs=0.01)


def test_deployments_fail_as_often_as_the_truth_says(many_teams):
    deployments = many_teams.tables["deployments"]
    own = deployments[(deployments["status"] == "success") & ~deployments["is_rework"].astype(bool)]
    expected = own["team"].map(many_teams.truth["delivery"]["change_failure_rate"]).mean()
    error = np.sqrt(expected * (1 - expected) / len(own))
    assert abs(own["needed_intervention"].astype(bool).mean() - expected) < 4 * error


def test_each_incident_follows_the_deployment_that_caused_it(company):
    incidents = company.tables["incidents"].dropna(subset="deployment_id")
    caused_by = company.tables["deployments"].set_index("deployment_id").loc[incidents["deployment_id"]]
    assert (incidents["started_at"].to_numpy() >= caused_by["finished_at"].to_numpy()).all()
    assert (incidents["team"].to_numpy() == caused_by["team"].to_numpy()).all()


def test_authors_are_in_the_team_when_they_open_a_change(company):
    requests = company.tables["pull_requests"].dropna(subset=["team"])
    joined = requests.reset_index().merge(
        company.tables["memberships"], left_on=["author_id", "team"], right_on=["person_id", "team"])
    # membership is settled on the Wednesday of the week
    within = (joined["created_at"] >= joined["starts_on"] - pd.Timedelta(days=3)) & (
        joined["ends_on"].isna() | (joined["created_at"] <= joined["ends_on"] + pd.Timedelta(days=4)))
    assert set(joined.loc[within, "index"]) == set(requests.index)


def test_active_users_are_licensed_and_use_begins_with_the_license(company):
    usage = company.tables["ai_usage"].pivot(index=["date", "team"], columns="measure", values="value")
    assert (usage["active_users"] <= usage["licensed_users"]).all()
    assert (usage["accepted_suggestions"] <= usage["suggestions"]).all()
    license = company.tables["rollout"].query("event == 'license'").set_index("team")["starts_on"]
    first = usage.reset_index().groupby("team")["date"].min()
    assert (first >= license[first.index]).all()


# --- pilot and rollout


def test_the_pilot_recovers_its_effect_over_many_draws():
    estimates, calendar = [], make_calendar(18)
    for seed in range(40):
        teams = make_teams(seed, PRESETS["lottery"], 60, 6, calendar)
        people = make_people(seed, PRESETS["lottery"], teams, calendar)
        memberships = make_memberships(seed, PRESETS["lottery"], people, calendar)
        tasks = make_pilot(seed, PRESETS["lottery"], people, memberships, calendar).query("status == 'done'")
        outcome = np.log(tasks["minutes"]) - np.log(tasks["predicted_minutes"])
        within = outcome - outcome.groupby(tasks["person_id"]).transform("mean")
        treated = tasks["arm"] == "treatment"
        estimates.append(within[treated].mean() - within[~treated].mean())
    error = np.std(estimates, ddof=1) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - PILOT.effect) < 3 * error and error < 0.05


def test_the_pilot_is_felt_to_be_better_than_it_is(many_teams):
    felt = many_teams.tables["pilot_tasks"]["perceived_change"].mean()
    assert felt < many_teams.truth["pilot"]["relative"] - 0.05


def test_a_lottery_does_not_know_who_is_good_but_volunteers_do():
    def lead(preset):
        draws = [make_teams(seed, PRESETS[preset], 120, 12, make_calendar(18)) for seed in range(100)]
        means = [teams.groupby("cohort")["quality"].mean() for teams in draws]
        return np.array([mean[0] - mean[2] for mean in means])
    chance, volunteers = lead("lottery"), lead("hostile")
    assert abs(chance.mean()) < 3 * chance.std() / 10
    assert (volunteers > 0).all() and volunteers.mean() > 1


def test_registration_precedes_training_and_a_cohort_waits(lottery):
    training = lottery.tables["rollout"].query("event == 'training'")
    registered = pd.Timestamp(lottery.settings["pilot"]["registration"]["registered_on"])
    assert registered < training["starts_on"].min()
    assert set(training.loc[training["starts_on"].isna(), "cohort"]) == {"third"}
    assert set(training["assignment"]) == {"lottery"}


# --- what is hostile in the hostile


def test_hostile_misleads_as_announced(hostile):
    people, tables = hostile.tables["people"], hostile.tables
    present = people[people["end_date"].isna()]
    assert present["team"].value_counts().min() < 5
    assert tables["memberships"]["person_id"].duplicated().sum() >= 0.1 * len(people)
    assert set(tables["rollout"].query("event == 'training'")["assignment"]) == {"volunteered"}
    licenses = tables["rollout"].query("event == 'license'").set_index("team")["starts_on"]
    training = tables["rollout"].query("event == 'training'").set_index("team")["starts_on"]
    assert licenses.nunique() > 3 and not (training <= licenses[training.index]).any()
    assert (people["start_date"] > pd.Timestamp("2025-01-06")).mean() > 0.12
    assert people["seniority"].isna().any() and tables["pull_requests"]["additions"].isna().any()


def test_hostile_durations_have_ties_heavy_tails_and_gaps(hostile, lottery):
    def hours(company):
        requests = company.tables["pull_requests"]
        return ((requests["deployed_at"] - requests["created_at"]).dt.total_seconds() / 3600).dropna()
    assert hours(hostile).duplicated().mean() > 0.9 > hours(lottery).duplicated().mean()
    kurtosis = [np.log(hours(company)[lambda values: values > 0]).kurt() for company in (hostile, lottery)]
    assert kurtosis[0] > kurtosis[1] + 1
    weeks = hostile.tables["deployments"]["finished_at"].dt.to_period("W")
    seen = hostile.tables["deployments"].groupby(["team", weeks]).size().unstack(fill_value=0)
    assert (seen == 0).sum(axis=None) >= 6


def test_withheld_tasks_are_slow_control_tasks_only_in_hostile(hostile, lottery):
    def difference(company):
        tasks = company.tables["pilot_tasks"]
        withheld = tasks["status"].eq("withheld").groupby(tasks["arm"]).mean()
        return withheld["treatment"] - withheld["control"]
    assert difference(hostile) < -0.04 < difference(lottery)


# --- writing


def test_written_tables_read_back_as_they_were(lottery, tmp_path):
    folder = write_program(lottery, tmp_path / "made up")
    for name, frame in lottery.tables.items():
        again = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        assert list(again) == list(frame) and len(again) == len(frame)
        assert (again == "").sum().to_dict() == frame.isna().sum().to_dict()
    text = (folder / "pull_requests.csv").read_bytes()
    assert b"\r" not in text and not text.startswith(b"\xef\xbb\xbf")
    assert json.loads((folder / "truth.json").read_text(encoding="utf-8"))["request"] == read_request(folder)


def test_numbers_flags_and_moments_are_written_in_the_form_of_the_contract():
    moment = pd.Timestamp("2026-01-02 03:04")
    frame = pd.DataFrame({"deployment_id": ["d1"], "team": ["a"], "finished_at": [moment],
                          "status": ["success"], "is_rework": [True], "first_commit_at": [pd.NaT]})
    assert table_text("deployments", frame).splitlines()[1] == "d1,a,2026-01-02T03:04Z,success,true,"
    spend = pd.DataFrame({"date": [pd.Timestamp("2026-01-02")], "category": ["x, y"], "amount": [1400.0]})
    assert table_text("spend", spend).splitlines()[1] == '2026-01-02,"x, y",1400'


def test_a_folder_with_other_things_is_left_alone(lottery, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    with pytest.raises(FileExistsError, match="--force"):
        write_program(lottery, tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep me"
    write_program(lottery, tmp_path / "mine", force=True)
    assert read_request(tmp_path / "mine") == lottery.truth["request"]


def test_a_failed_write_leaves_the_old_company(lottery, tmp_path, monkeypatch):
    folder = write_program(lottery, tmp_path / "company")
    before = (folder / "people.csv").read_bytes()
    monkeypatch.setattr("upskill.simulate.write.truth_text", lambda truth: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_program(lottery, folder)
    assert (folder / "people.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["company"]


def test_the_command_writes_a_company_and_names_what_is_wrong(tmp_path):
    target = str(tmp_path / "small")
    options = ["--engineers", "40", "--teams", "4", "--months", "9", "--seed", "5", "--preset", "hostile"]
    result = CliRunner().invoke(simulate_command, [target, *options])
    assert result.exit_code == 0, result.output
    assert read_request(target) == {"engineers": 40, "teams": 4, "months": 9, "seed": 5, "preset": "hostile"}
    refused = CliRunner().invoke(simulate_command, [target, "--teams", "1"])
    assert refused.exit_code == 1 and "teams: 1" in refused.output
