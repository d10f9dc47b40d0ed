"""GitHub Actions runs, Copilot reports old and new, GitLab and DevLake: recognized, repaired, merged once, restated and logged."""

import csv
import json
import re
import shutil

import pytest
from click.testing import CliRunner
from exporting import EXPORTS, bring, imported_twice, log_of, names_in, refused, rows_of

from upskill import data
from upskill.data.cli import check_command
from upskill.data.sources.registry import sources
from upskill.kpi import track
from upskill.kpi.usage import ai_use

RUNS, DEPLOYS = "github/runs-pages.json", ("--workflow", "deploy*", "--team", "shop")
USERS, TEAMS = "copilot/users-1-day.ndjson", "copilot/user-teams-1-day.ndjson"
SEATS, TOTALS, LEGACY = "copilot/seats.json", "copilot/organization-28-day.json", "copilot/legacy-metrics.json"
GITLAB, BOUND = "gitlab/merge-requests.csv", "--updated-as-upper-bound"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "program"


def by(folder, table, *columns):
    """Return {cells of these columns: row} of a table."""
    return {tuple(row[name] for name in columns): row for row in rows_of(folder, table)}


@pytest.mark.parametrize(("name", "arguments"), [
    ("GitHub Actions runs", (RUNS, *DEPLOYS)), ("GitHub Actions runs", ("github/gh-runs.json", *DEPLOYS)),
    ("GitHub Copilot usage by person", (USERS, TEAMS)), ("GitHub Copilot usage by person", (USERS, TEAMS, "--by-team")),
    ("GitHub Copilot usage by person", ("copilot/users-28-day.json", "--team", "shop")),
    ("GitHub Copilot seats", (SEATS, "--team", "shop")), ("GitHub Copilot usage of an organization", (TOTALS, "--team", "shop")),
    ("GitHub Copilot usage of an organization", ("copilot/organization-1-day.ndjson", "--team", "shop")),
    ("GitHub Copilot metrics of the closed interface", (LEGACY, "--team", "shop")),
    ("GitLab merge requests", (GITLAB, BOUND)), ("GitLab merge requests", ("gitlab/merge-requests.json",)),
    ("Apache DevLake", ("devlake",))], ids=lambda value: "-".join(value) if isinstance(value, tuple) else "")
def test_each_is_recognized_and_the_second_time_nothing_changes(folder, name, arguments):
    assert imported_twice(folder, *arguments).startswith(name)
    assert data.check_program(folder) == ()
    assert data.read_program(folder).settings.name == name


def test_no_export_fits_two_sources():
    from upskill.data.sources.exports import list_files, read_export
    files = [one for part in ("github", "copilot", "gitlab", "devlake") for one in list_files([EXPORTS / part])]
    for export in map(read_export, files):
        fitting = [source.name for source in sources().values() if source.recognizes(export)]
        assert len(fitting) == (0 if export.name == "links.json" else 1), (export.name, fitting)


def test_nobody_is_named(folder):
    for arguments in ((USERS, TEAMS), (SEATS,), (RUNS, "--workflow", "deploy*", "--team", "backend")):
        assert bring(folder, *arguments).exit_code == 0
    assert names_in(folder, "alice", "bob", "ada", "acme.example") == []


# --- GitHub Actions


def test_the_workflow_that_deploys_must_be_named(folder):
    assert "There are: 'Deploy production' (7 runs), 'Tests' (1 runs)" in refused(folder, RUNS, "--team", "shop")
    assert "no workflow is named release" in refused(folder, RUNS, "--workflow", "release", "--team", "shop")


def test_runs_canceled_running_or_for_proposals_are_no_deployments(folder):
    output = bring(folder, RUNS, *DEPLOYS).output
    assert "1 runs were run again" in output and "runs of 2 branches or tags" in output
    assert [row["status"] for row in rows_of(folder, "deployments")] == ["success", "failure", "success", "failure"]
    bring(folder, RUNS, *DEPLOYS, "--branch", "main")
    assert "left out: 1 runs of other branches" in bring(folder, RUNS, *DEPLOYS, "--branch", "main").output


def test_a_run_that_was_run_again_keeps_its_first_attempt_beside_the_second(folder):
    bring(folder, RUNS, *DEPLOYS)
    assert "2 new, 1 restated" in bring(folder, "github/runs-later.json", *DEPLOYS).output
    found = by(folder, "deployments", "deployment_id")
    assert found["acme/shop:run:9002",]["status"] == "failure"
    assert found["acme/shop:run:9002:attempt:2",]["status"] == "success"
    assert log_of(folder) == [("runs-later.json", "deployments", "acme/shop:run:9001", "finished_at", "2026-03-03T15:21:00Z",
                               "2026-03-03T15:22:00Z")]


# --- Copilot


def test_use_of_the_command_line_alone_is_use_and_a_review_that_came_by_itself_is_not(folder):
    bring(folder, USERS, TEAMS)
    active = [row["value"] for row in rows_of(folder, "ai_usage") if row["measure"] == "active_users"]
    assert sorted(active) == ["0", "1", "1", "1"]
    assert [row["value"] for row in rows_of(folder, "ai_usage") if row["measure"] == "cli_requests"] == ["31"]


def test_more_lines_added_than_suggested_make_no_rate(folder):
    assert "make no acceptance rate" in bring(folder, USERS, TEAMS).output
    assert not [row for row in rows_of(folder, "ai_usage") if "rate" in row["measure"]]


def test_people_of_teams_too_small_to_be_listed_are_left_out_and_counted(folder):
    assert "1 persons are in no list of people, so 7 of 37 rows are left out" in bring(folder, USERS, TEAMS).output


def test_by_team_counts_distinct_people_of_the_same_day_and_somebody_of_two_teams_in_each(folder):
    output = bring(folder, USERS, TEAMS, "--by-team").output
    assert "teams do not add up to the company" in output and "left out: 1 person-days without a team" in output
    found = by(folder, "ai_usage", "team", "measure")
    assert (found["frontend", "active_users"]["value"], found["backend", "active_users"]["value"]) == ("2", "2")
    assert found["frontend", "lines_added"]["value"] == "512" and found["backend", "lines_added"]["value"] == "488"
    assert not any(row.get("person_id") for row in rows_of(folder, "ai_usage"))


def test_activity_of_28_days_is_not_joined_with_the_teams_of_another_day(folder):
    bring(folder, "copilot/users-28-day.json", TEAMS, "--by-team")
    assert {row["date"] for row in rows_of(folder, "ai_usage")} == {"2026-05-07"}


def test_overlapping_reports_restate_and_the_log_names_nobody(folder):
    bring(folder, USERS, TEAMS)
    assert "7 new, 1 restated, 13 unchanged" in bring(folder, "copilot/users-28-day.json").output
    assert log_of(folder) == [("users-28-day.json", "ai_usage", "1 rows", "value", "", "")]


def test_teams_alone_and_links_alone_are_refused_with_the_way_out(folder):
    assert "name the users-1-day report" in refused(folder, TEAMS)
    assert "download the files that its download_links name" in refused(folder, "copilot/links.json")
    assert "needs the user-teams-1-day report" in refused(folder, USERS, "--by-team")


def test_persons_without_any_team_are_refused_with_the_way_out(folder):
    assert "Bring in who is in which team (people, or --team)" in refused(folder, USERS)


def test_totals_need_to_know_whose_they_are_and_two_organizations_are_not_added_up(folder):
    assert "counts an organization as a whole" in refused(folder, TOTALS)
    assert "cannot be added up" in refused(folder, "copilot/two-organizations.json", "--team", "shop")
    bring(folder, TOTALS, "--team", "shop")
    found = by(folder, "ai_usage", "date", "measure")
    assert found["2026-05-08", "active_users"]["value"] == "21" and found["2026-05-07", "cli_users"]["value"] == "6"
    assert found["2026-05-07", "pull_requests_merged_created_by_copilot"]["value"] == "1"
    assert ("2026-05-07", "median_minutes_to_merge") not in found


def test_use_by_person_and_by_team_in_one_folder_would_count_twice(folder):
    bring(folder, USERS, TEAMS)
    assert "would count twice" in refused(folder, TOTALS, "--team", "frontend")


def test_the_closed_interface_is_marked_so_that_nobody_differences_across_the_switch(folder):
    output = bring(folder, LEGACY, "--team", "shop").output
    assert "1 days between 2026-03-24 and 2026-03-27 are missing" in output and "take a new baseline" in output
    bring(folder, TOTALS, "--team", "shop")
    old = {row["measure"] for row in rows_of(folder, "ai_usage") if row["date"] < "2026-04-02"}
    new = {row["measure"] for row in rows_of(folder, "ai_usage") if row["date"] >= "2026-04-02"}
    assert old and not old & new and all(name.startswith("legacy_") for name in old)
    found = by(folder, "ai_usage", "date", "measure")
    assert found["2026-03-24", "legacy_acceptances"]["value"] == "419"  # 123 + 253 + 43
    assert found["2026-03-25", "legacy_chats"]["value"] == "0"  # no section that day
    assert found["2026-03-24", "legacy_engaged_users"]["value"] == "9"  # never summed over editors


def test_seats_become_licensed_people_week_by_week_and_are_not_taken_for_use(folder):
    bring(folder, USERS, TEAMS)
    assert "1 people with seats in several organizations: counted once" in bring(folder, SEATS).output
    weeks = [row["date"] for row in rows_of(folder, "ai_usage") if row["measure"] == "licensed_users"]
    assert sorted(weeks) == ["2026-04-20"] * 2 + ["2026-04-27"] * 2 + ["2026-05-04"] * 3
    assert "2026-05-11" in {row["date"] for row in (bring(folder, SEATS, "--as-of", "2026-05-15") and rows_of(folder, "ai_usage"))}
    use = ai_use(data.read_program(folder)).set_index(["team", "week"])
    assert use.loc[("frontend", "2026-04-27"), ["numerator", "denominator"]].tolist() == [0.0, 1.0]
    assert use.loc[("backend", "2026-05-04"), ["numerator", "denominator"]].tolist() == [2.0, 2.0]


# --- GitLab


def test_the_csv_without_the_time_of_merges_is_refused_unless_a_bound_is_asked_for(folder):
    message = refused(folder, GITLAB)
    assert "no time of the merge" in message and "glab api" in message and BOUND in message
    assert "at most so long" in bring(folder, GITLAB, BOUND).output
    found = by(folder, "pull_requests", "pull_request_id")
    assert set(found) == {("12",), ("13",), ("14",), ("16",)}  # 15 is by a bot of the project
    assert found["12",]["merged_at"] == "2026-03-05T11:30:00Z" and found["12",]["merge_time"].startswith("upper bound")
    assert found["16",]["is_revert"] == "true" and found["14",]["merged_at"] == ""


def test_merged_at_replaces_a_bound_and_a_bound_never_replaces_it(folder, tmp_path):
    bring(folder, GITLAB, BOUND)
    bring(folder, "gitlab/merge-requests.json")
    assert ("merge-requests.json", "pull_requests", "shop/web / 12", "merged_at", "2026-03-05T11:30:00Z",
            "2026-03-03T15:00:00Z") in log_of(folder)
    late = (EXPORTS / GITLAB).read_text().replace("2026-03-05 11:30:00", "2026-04-05 11:30:00")
    (tmp_path / "late.csv").write_text(late)
    bring(folder, tmp_path / "late.csv", BOUND)
    row = by(folder, "pull_requests", "pull_request_id")["12",]
    assert row["merged_at"] == "2026-03-03T15:00:00Z" and row["merge_time"] == "recorded"


def test_a_csv_beside_json_that_has_all_of_it_needs_no_bound(folder, tmp_path):
    rows = (EXPORTS / GITLAB).read_text().splitlines(keepends=True)
    (tmp_path / "some.csv").write_text("".join(rows[:3]))
    assert "left out: 1 rows of the CSV" in bring(folder, tmp_path / "some.csv", "gitlab/merge-requests.json").output


def test_states_in_another_language_are_refused(folder, tmp_path):
    (tmp_path / "deutsch.csv").write_text((EXPORTS / GITLAB).read_text().replace(",Opened,", ",Offen,"))
    # The quoted line break does not begin a row.
    assert "deutsch.csv, row 3: state 'offen'" in refused(folder, tmp_path / "deutsch.csv", BOUND)


# --- DevLake


def test_parts_that_devlake_counts_as_zero_stay_unknown(folder):
    output = bring(folder, "devlake").output
    assert "1 merged changes without a deployment: not yet deployed here" in output
    found = by(folder, "pull_requests", "pull_request_id")
    assert found["101",]["deployed_at"] == "2026-03-04T15:00:30Z"  # the earlier of two projects
    assert (found["102",]["first_commit_at"], found["102",]["deployed_at"]) == ("", "")
    assert found["103",]["merged_at"] == "" and ("104",) not in found


def test_minutes_stand_in_where_an_older_version_gives_no_dates(folder, tmp_path):
    shutil.copytree(EXPORTS / "devlake", tmp_path / "old")
    metrics = tmp_path / "old" / "project_pr_metrics.csv"
    lines = [",".join(line.split(",")[:10]) for line in metrics.read_text().splitlines()]
    metrics.write_text("\n".join(lines) + "\n")
    bring(folder, tmp_path / "old")
    row = by(folder, "pull_requests", "pull_request_id")["101",]
    assert (row["first_commit_at"], row["first_review_at"]) == ("2026-03-02T08:00:00Z", "2026-03-02T13:00:00Z")
    assert row["deployed_at"] == "2026-03-04T15:01:00Z"  # 1,441 minutes, rounded up


def test_deployments_of_production_and_incidents_with_their_links(folder):
    bring(folder, "devlake")
    assert [(row["deployment_id"], row["status"]) for row in rows_of(folder, "deployments")] == [("d1", "success"), ("d2", "failure")]
    found = by(folder, "incidents", "incident_id")
    assert found["i1",]["deployment_id"] == "d1" and found["i1",]["link_rule"].startswith("DevLake")
    assert found["i2",]["deployment_id"] == "" and found["i2",]["resolved_at"] == ""
    assert {row["team"] for row in rows_of(folder, "incidents")} == {"checkout"}


def test_other_environments_and_projects_are_named_where_none_fits(folder):
    assert "There are: PRODUCTION (3), STAGING (1)" in refused(folder, "devlake", "--environment", "live")
    assert "There are: checkout" in refused(folder, "devlake", "--project", "cart")
    assert "joins others of DevLake's tables" in refused(folder, "devlake/project_mapping.csv")


def test_a_restated_table_of_devlake_is_logged(folder, tmp_path):
    bring(folder, "devlake")
    shutil.copytree(EXPORTS / "devlake", tmp_path / "next")
    incidents = tmp_path / "next" / "incidents.csv"
    incidents.write_text(incidents.read_text().replace("INC-2,Slow,NULL,TODO,NULL,NULL", "INC-2,Slow,NULL,DONE,NULL,2026-03-08 10:00:00"))
    bring(folder, tmp_path / "next")
    assert [line[2:] for line in log_of(folder)] == [("i2", "resolved_at", "", "2026-03-08T10:00:00Z")]


def test_the_kpi_report_reads_deployments_and_incidents(folder, tmp_path):
    runs = json.loads((EXPORTS / "github/runs-later.json").read_text())["workflow_runs"]
    many = [runs[0] | {"id": 100 + at, "updated_at": f"2025-{1 + at // 28:02}-{1 + at % 28:02}T10:00:00Z",
                       "created_at": f"2025-{1 + at // 28:02}-{1 + at % 28:02}T09:50:00Z"} for at in range(280)]
    (tmp_path / "many.json").write_text(json.dumps({"total_count": 280, "workflow_runs": many}))
    assert bring(folder, tmp_path / "many.json", "--team", "shop").exit_code == 0
    found = track(data.read_program(folder))["deployment_frequency"]
    assert found.change.since == pytest.approx(7 * 280 / 307, rel=0.1)  # 28 days of each of ten months


def test_reports_can_cite_what_was_restated(folder):
    assert data.restated_sentence(folder) == ""
    bring(folder, USERS, TEAMS)
    bring(folder, "copilot/users-28-day.json")
    bring(folder, RUNS, "--workflow", "deploy*", "--team", "backend")
    bring(folder, "github/runs-later.json", "--workflow", "deploy*", "--team", "backend")
    found = data.restatements(folder)
    assert found[["export", "table", "rows", "cells"]].values.tolist() == [
        ["users-28-day.json", "ai_usage", 1, 1], ["runs-later.json", "deployments", 1, 1]]
    sentence = data.restated_sentence(folder)
    assert sentence.startswith("1 row of ai_usage and 1 row of deployments restated since 20")
    assert sentence in CliRunner().invoke(check_command, [str(folder)]).output
    assert data.restated_sentence(folder, since="2999-01-01") == ""


def test_a_table_without_an_optional_column_of_its_key_is_added_to(folder):
    folder.mkdir()
    (folder / "program.yml").write_text("name: Ours\n")
    (folder / "people.csv").write_text("person_id,team,role\np1,shop,developer\n")
    (folder / "ai_usage.csv").write_text("date,team,tool,measure,value\n2026-05-04,shop,assistant,active_users,3\n")
    assert "40 new" in imported_twice(folder, TOTALS, "--team", "shop")
    assert len(rows_of(folder, "ai_usage")) == 41 and data.check_program(folder) == ()


def test_a_csv_that_a_spreadsheet_saved_again_is_read_where_its_dates_prove_their_order(folder, tmp_path):
    """Semicolons, a byte order mark and days first; the row that proves the order of the openings is one that is left out."""
    rows = list(csv.reader((EXPORTS / GITLAB).open(newline="")))
    rows.append([*rows[-1][:2], "17", *rows[-1][3:18], "2026-03-20 09:00:00", "2026-03-19 09:00:00"])
    turned = [[re.sub(r"^2026-03-(\d\d) (.*)$", r"\1/03/2026 \2", cell) for cell in row] for row in rows]
    with (tmp_path / "saved.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(turned)
    folder.mkdir()
    (folder / "program.yml").write_text("name: Ours\nmaximum_set_aside: 0.3\n")
    output = imported_twice(folder, tmp_path / "saved.csv", BOUND)
    assert "row 7, column Updated At (UTC)" in output  # merged before it was opened
    assert by(folder, "pull_requests", "pull_request_id")["14",]["created_at"] == "2026-03-06T08:00:00Z"
