"""GitHub pull requests from gh and from the REST interface: recognized, repaired, merged once, restated and logged."""

import json
import subprocess

import pytest
from exporting import EXPORTS, bring, contents, imported_twice, log_of, names_in, refused, rows_of

from upskill import data
from upskill.kpi import track

PULLS = "github/gh-pulls.json"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "program"


def changes(folder):
    return {row["pull_request_id"]: row for row in rows_of(folder, "pull_requests")}


def test_pulls_of_gh_are_recognized_and_the_second_time_nothing_changes(folder):
    output = imported_twice(folder, PULLS)
    assert "GitHub pull requests: gh-pulls.json, 6 records" in output
    assert "left out: 1 pull requests by bots" in output
    assert set(changes(folder)) == {"101", "102", "103", "105", "106"}
    assert data.check_program(folder) == ()


def test_first_review_is_by_somebody_else_and_no_robot(folder):
    bring(folder, PULLS)
    assert changes(folder)["101"]["first_review_at"] == "2026-03-02T13:00:00Z"
    assert changes(folder)["103"]["first_review_at"] == ""  # pending: nobody saw it yet


def test_first_commits_survive_squashes_but_not_rewritten_branches(folder):
    bring(folder, PULLS)
    found = changes(folder)
    assert found["101"]["first_commit_at"] == "2026-03-01T16:30:00Z"
    assert found["105"]["first_commit_at"] == ""  # the only commit is younger than the request
    assert found["106"]["first_commit_at"] == "2026-03-10T18:00:00Z"  # 1970 is no time of a commit; +02:00 is read


def test_closed_unmerged_open_and_merged_are_told_apart(folder):
    bring(folder, PULLS)
    found = changes(folder)
    assert [(found[one]["merged_at"] > "", found[one]["closed_at"] > "") for one in ("101", "102", "103")] == [
        (True, True), (False, True), (False, False)]
    assert found["105"]["is_revert"] == "true"


def test_nobody_is_named(folder):
    bring(folder, PULLS)
    assert names_in(folder, "ada", "bob", "cy", "acme.example", "Change") == []


def test_a_login_and_the_no_reply_address_in_git_are_one_person(folder):
    from upskill.data.sources.people import Pseudonyms
    one = Pseudonyms(b"k" * 32)
    assert one.login_id("Ada") == one.person_id("Ada L", "12+ada@users.noreply.github.com")
    joined = Pseudonyms(b"k" * 32, {"ada": "ada@acme.example"})
    assert joined.login_id("ada") == joined.person_id("", "ada@acme.example")
    joined = Pseudonyms(b"k" * 32, {"ada@acme.example": "ada"})
    assert joined.login_id("ada") == joined.person_id("", "ada@acme.example")


def test_a_later_export_restates_and_logs_and_an_older_one_undoes_nothing(folder):
    bring(folder, PULLS)
    assert "1 new, 2 restated, 1 unchanged, 2 not in this export" in bring(folder, "github/gh-pulls-later.json").output
    assert ("gh-pulls-later.json", "pull_requests", "acme/shop / 102", "closed_at", "2026-03-06T10:00:00Z", "") in log_of(folder)
    assert ("gh-pulls-later.json", "pull_requests", "acme/shop / 103", "merged_at", "", "2026-03-16T10:00:00Z") in log_of(folder)
    before = contents(folder)
    assert "2 older than what is there" in bring(folder, PULLS).output
    assert contents(folder) == before


def test_pages_of_rest_and_lines_of_json_read_the_same(folder, tmp_path):
    imported_twice(folder, "github/rest-pulls-pages.json")
    other = tmp_path / "other"
    bring(other, "github/rest-pulls.ndjson")
    assert contents(folder)["pull_requests.csv"] == contents(other)["pull_requests.csv"]
    assert changes(folder)["101"]["merged_at"] == "2026-03-03T15:00:00Z"


def test_a_list_of_rest_does_not_erase_what_a_single_answer_told(folder):
    bring(folder, "github/rest-pull.json")
    assert changes(folder)["101"]["additions"] == "12"
    assert "no line counts" in bring(folder, "github/rest-pulls-pages.json").output
    assert changes(folder)["101"]["additions"] == "12"
    bring(folder, PULLS)
    assert changes(folder)["101"]["first_review_at"]


def test_without_the_time_of_merges_it_is_refused_with_the_command(folder, tmp_path):
    pulls = [{key: value for key, value in pull.items() if key != "mergedAt"} for pull in json.loads(
        (EXPORTS / PULLS).read_text())]
    (tmp_path / "short.json").write_text(json.dumps(pulls))
    message = refused(folder, tmp_path / "short.json")
    assert "has no mergedAt" in message and "gh pr list" in message


def test_issues_are_no_pull_requests(folder, tmp_path):
    (tmp_path / "issues.json").write_text(json.dumps([{"number": 1, "state": "OPEN", "createdAt": "2026-03-02T09:00:00Z"}]))
    assert "Is it GitHub pull requests? It lacks mergedAt" in refused(folder, tmp_path / "issues.json")


def test_teams_come_from_a_map_by_repository(folder, tmp_path):
    (tmp_path / "teams.csv").write_text("repository,team\nACME/shop,checkout\n")
    bring(folder, PULLS, "--teams", tmp_path / "teams.csv")
    assert {row["team"] for row in rows_of(folder, "pull_requests")} == {"checkout"}
    (tmp_path / "teams.csv").write_text("acme/till,checkout\n")
    assert "--teams has no row for 'acme/shop'" in refused(folder, PULLS, "--teams", tmp_path / "teams.csv")


def test_a_list_of_people_of_ones_own_is_left_alone_and_strangers_are_counted(folder):
    folder.mkdir()
    (folder / "program.yml").write_text("name: Ours\n")
    (folder / "people.csv").write_text("person_id,team,role\np1,checkout,developer\n")
    output = bring(folder, PULLS).output
    assert "4 of 4 persons are not in people" in output
    assert {row["team"] for row in rows_of(folder, "pull_requests")} == {""}
    assert "not among the teams of people (checkout)" in refused(folder, "github/gh-pulls-later.json", "--team", "pay")


def test_rows_with_faults_are_named_and_too_many_refuse(folder, tmp_path):
    pulls = json.loads((EXPORTS / PULLS).read_text())
    pulls[0]["mergedAt"] = "2026-02-01T00:00:00Z"
    pulls[1]["createdAt"] = "2206-03-04T10:00:00Z"
    (tmp_path / "odd.json").write_text(json.dumps(pulls))
    message = refused(folder, tmp_path / "odd.json")
    assert "odd.json, record 1, field" in message and "odd.json, record 2, field createdAt" in message


def test_the_kpi_report_reads_it(folder, tmp_path):
    pulls = json.loads((EXPORTS / PULLS).read_text())
    many = [pulls[0] | {"number": 1000 + week * 5 + one, "createdAt": f"2025-{1 + week // 4:02}-{1 + week % 4 * 7:02}T0{one}:00:00Z",
                        "mergedAt": f"2025-{1 + week // 4:02}-{2 + week % 4 * 7:02}T0{one}:00:00Z",
                        "closedAt": None, "commits": [], "reviews": []} for week in range(40) for one in range(5)]
    (tmp_path / "many.json").write_text(json.dumps(many))
    assert bring(folder, tmp_path / "many.json").exit_code == 0
    found = {one.definition.name: one for one in track(data.read_program(folder)).kpis}
    assert found["review_time"].change.since == pytest.approx(24, rel=0.01)


def test_git_does_not_replace_what_github_told_of_the_same_repository(folder, tmp_path):
    bring(folder, PULLS)
    (tmp_path / "shop").mkdir()
    for words in (["init", "-q"], ["-c", "user.name=A", "-c", "user.email=a@b.example", "commit", "-q", "--allow-empty", "-m", "One (#1)"]):
        subprocess.run(["git", "-C", str(tmp_path / "shop"), *words], check=True)
    message = refused(folder, "git", f"acme/shop={tmp_path / 'shop'}")
    assert "came in by github-pulls before" in message
    other = tmp_path / "other"
    assert bring(other, "git", str(tmp_path / "shop")).exit_code == 0
    assert "the same work would count twice" in refused(other, PULLS)


def test_runs_that_deploy_what_was_merged_date_the_deployment_of_changes_in_either_order(folder, tmp_path):
    runs = ("github/runs-pages.json", "--workflow", "deploy*", "--team", "acme/shop", "--deploys-merged")
    bring(folder, PULLS)
    assert "; 2 dated by their deployment" in imported_twice(folder, *runs)
    found = changes(folder)
    assert found["101"]["deployed_at"] == "2026-03-03T15:21:00Z"
    assert found["105"]["deployed_at"] == "2026-03-10T08:40:00Z"
    assert found["106"]["deployed_at"] == ""  # the run after it was for a proposal, or timed out
    other = tmp_path / "other"
    bring(other, *runs)
    bring(other, PULLS)
    assert changes(other) == found
    assert data.check_program(folder) == ()
    bring(folder, "github/runs-later.json", *runs[1:])
    assert changes(folder)["106"]["deployed_at"] == "2026-03-12T08:44:00Z"
    assert ("runs-later.json", "pull_requests", "acme/shop / 106", "deployed_at", "", "2026-03-12T08:44:00Z") in log_of(folder)


def test_without_being_told_so_no_run_dates_a_change(folder):
    bring(folder, PULLS)
    bring(folder, "github/runs-pages.json", "--workflow", "deploy*", "--team", "acme/shop")
    assert not any(row.get("deployed_at") for row in rows_of(folder, "pull_requests"))


def test_an_identity_map_leads_to_the_ids_of_ones_own_list_of_people(folder, tmp_path):
    folder.mkdir()
    (folder / "program.yml").write_text("name: Ours\n")
    (folder / "people.csv").write_text("person_id,team,role\nE-17,checkout,developer\nE-18,checkout,developer\n")
    (tmp_path / "who.csv").write_text("login,canonical\nada,e-17\nbob,E-18\n")
    output = imported_twice(folder, PULLS, "--identities", tmp_path / "who.csv")
    assert "2 of 4 persons are not in people" in output
    assert [changes(folder)[one]["author_id"] for one in ("101", "102")] == ["E-17", "E-18"]
    frame = data.read_program(folder, team="checkout")["pull_requests"]
    assert sorted(frame["pull_request_id"]) == ["101", "102", "105"]


def test_a_login_that_is_called_like_an_id_of_people_is_not_that_person(folder, tmp_path):
    folder.mkdir()
    (folder / "program.yml").write_text("name: Ours\n")
    (folder / "people.csv").write_text("person_id,team,role\nada,checkout,developer\n")
    bring(folder, PULLS)
    assert changes(folder)["101"]["author_id"] != "ada"


def test_a_record_of_another_form_is_refused_in_words(folder, tmp_path):
    pulls = json.loads((EXPORTS / PULLS).read_text())
    pulls[2].pop("createdAt")
    pulls[3]["author"] = "dependabot"
    (tmp_path / "odd.json").write_text(json.dumps(pulls))
    assert "a record is not of the form that GitHub pull requests has" in refused(folder, tmp_path / "odd.json")
    (tmp_path / "cut.json").write_text((EXPORTS / PULLS).read_text()[:-40])
    assert "is no whole JSON" in refused(folder, tmp_path / "cut.json")
    (tmp_path / "none.json").write_text("[]")
    assert "holds no record" in refused(folder, tmp_path / "none.json")


def test_two_hosts_may_have_repositories_of_one_name(folder):
    bring(folder, PULLS)
    assert bring(folder, "gitlab/merge-requests.json", "--repository", "other/shop", "--team", "acme/shop").exit_code == 0


def test_with_team_only_authors_are_teams(folder):
    folder.mkdir()
    (folder / "program.yml").write_text("name: Test\ncurrency: EUR\nteam_only: true\n")
    imported_twice(folder, PULLS, "--team", "shop")
    assert {row["author_id"] for row in rows_of(folder, "pull_requests")} == {"team shop"}
    assert changes(folder)["101"]["merged_at"] and data.check_program(folder) == ()
