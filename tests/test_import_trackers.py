"""Jira and Linear: what their exports say, what is mended, and what nobody may guess."""

import json

import pytest
from exporting import EXPORTS, bring, changed, contents, imported_twice, log_of, refused, rows_of

from upskill import data
from upskill.data.sources.people import Pseudonyms, read_key

CLOUD, CENTER, API, LINEAR = (f"trackers/{name}" for name in
                              ("jira-cloud.csv", "jira-data-center.csv", "jira-api.json", "linear.csv"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An own list of people: Ada (by her name) and two more in payments, Alan in search."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    by = Pseudonyms(read_key(tmp_path / "home/.config/upskill/person.key"))
    place = tmp_path / "program"
    place.mkdir()
    (place / "program.yml").write_text("name: Test\ncurrency: EUR\n")
    people = [(by.person_id("ada lovelace", ""), "Payments"), (by.person_id("", "ada@x.example"), "Payments"),
              (by.person_id("alan turing", ""), "Search"), (by.person_id("", "alan@x.example"), "Search")]
    (place / "people.csv").write_text("person_id,team,role\n" + "".join(f"{one},{team},developer\n" for one, team in people))
    return place


def items(folder):
    return {row["work_item_id"]: row for row in rows_of(folder, "work_items")}


def test_jira_of_the_cloud(folder):
    output = imported_twice(folder, CLOUD, "--team", "Payments")
    assert "Jira issues (CSV): jira-cloud.csv, 8 records" in output
    found = items(folder)
    assert set(found) == {"PAY-1", "PAY-2", "PAY-3", "PAY-7", "PAY-8"}
    assert [found[one]["kind"] for one in sorted(found)] == ["feature", "bug", "experiment", "task", "task"]
    assert (found["PAY-1"]["created_at"], found["PAY-1"]["done_at"]) == ("2025-07-14T15:42:00Z", "2025-07-18T10:01:00Z")
    assert found["PAY-2"]["created_at"] == "2025-07-15T00:05:00Z"  # five past midnight, not past noon
    assert found["PAY-2"]["done_at"] == "2025-07-16T09:30:00Z"  # no resolution: when the state became done
    assert found["PAY-3"]["created_at"] == "2025-07-16T12:00:00Z"
    assert found["PAY-7"]["done_at"] == ""  # resolved once, in progress now
    for said in ("1 Epic: hold or are parts", "1 Sub-task: hold", "1 given up", "open again by their state", "1 rows longer than",
                 "When work on an issue began: the CSV has no history", "read as UTC (name it with --timezone"):
        assert said in output, said
    assert data.check_program(folder) == ()


def test_times_are_of_the_zone_that_is_named(folder):
    bring(folder, CLOUD, "--team", "Payments", "--timezone", "Europe/Berlin")
    assert items(folder)["PAY-1"]["created_at"] == "2025-07-14T13:42:00Z"
    assert "is no time zone" in refused(folder, CLOUD, "--team", "Payments", "--timezone", "Berlin time")


def test_nothing_of_jira_that_names_people_or_work_is_kept(folder):
    bring(folder, CLOUD, "--team", "Payments")
    bring(folder, API)
    everything = b"".join(contents(folder).values())
    assert not [word for word in (b"Ada", b"ada@", b"Lovelace", b"5b10", b"quoted", b"looks good", b"card", b"secret")
                if word in everything]


def test_assignees_whom_people_does_not_have_are_left_empty_and_counted(folder):
    output = bring(folder, CLOUD, "--team", "Payments").output
    assert "1 assignees whom people does not have" in output
    found = items(folder)
    assert found["PAY-7"]["person_id"] == "" == found["PAY-8"]["person_id"] and found["PAY-1"]["person_id"].startswith("p")


def test_the_identity_map_joins_names_and_addresses(folder, tmp_path):
    (tmp_path / "who.csv").write_text("login,canonical\nNobody Known,ada@x.example\n")
    bring(folder, CLOUD, "--team", "Payments", "--identities", tmp_path / "who.csv")
    by = Pseudonyms(read_key(tmp_path / "home/.config/upskill/person.key"))
    assert items(folder)["PAY-7"]["person_id"] == by.person_id("", "ada@x.example")


def test_work_of_a_project_that_is_no_team_goes_with_its_assignee(folder):
    message = refused(folder, CLOUD)
    assert "PAY" in message and "--team" in message  # PAY-7 and PAY-8 have no assignee whom people knows
    export = changed(folder.parent, CLOUD, ("Nobody Known", "Alan Turing"))
    export.write_bytes(b"".join(line for line in export.read_bytes().splitlines(True) if b"PAY-8" not in line))
    output = imported_twice(folder, export)
    assert "no team is called like the project" in output
    assert {one: row["team"] for one, row in items(folder).items()} == {
        "PAY-1": "Payments", "PAY-2": "Search", "PAY-3": "Payments", "PAY-7": "Search"}
    assert data.check_program(folder) == ()


def test_a_map_of_projects_gives_teams(folder, tmp_path):
    (tmp_path / "teams.csv").write_text("project,team\nPAY,Payments\n")
    imported_twice(folder, CLOUD, "--teams", tmp_path / "teams.csv")
    assert {row["team"] for row in items(folder).values()} == {"Payments"}


def test_jira_of_the_data_center(folder):
    output = imported_twice(folder, CENTER, "--team", "Search")
    found = items(folder)
    assert set(found) == {"SEA-1", "SEA-3"}
    assert found["SEA-1"]["created_at"] == "2025-06-02T09:15:00Z"  # month first, as 6/21/2025 in another row proves
    assert "1 done at a time that the file does not have" in output and "1 given up" in output
    assert data.check_program(folder) == ()


def test_an_order_of_days_that_nothing_proves_is_asked_for(folder, tmp_path):
    export = changed(tmp_path, CENTER, ("6/21/2025", "6/11/2025"))
    message = refused(folder, export, "--team", "Search")
    assert "with the day or the month first" in message and "--dates day-first or --dates month-first" in message
    imported_twice(folder, export, "--team", "Search", "--dates", "day-first")
    assert items(folder)["SEA-3"]["created_at"] == "2025-11-06T16:14:00Z"
    export = changed(tmp_path, CENTER, ("6/2/2025", "14/2/2025"))
    assert "two exports in one file" in refused(folder, export, "--team", "Search")


@pytest.mark.parametrize(("created", "read"), [
    ("14/Jul/25 3:42 PM", "2025-07-14T15:42:00Z"), ("11/May/24 03:26 PM", "2024-05-11T15:26:00Z"), ("04/Mär/25 09:05", "2025-03-04T09:05:00Z"),
    ("04/déc./25 9:05 AM", "2025-12-04T09:05:00Z"), ("2025-07-14T15:42:10.123+0200", "2025-07-14T13:42:10Z"), ("2025-07-14 15:42", "2025-07-14T15:42:00Z"),
    ("04/ene/25 9:05 p. m.", "2025-01-04T21:05:00Z"), ("31.12.2025 23:59", "2025-12-31T23:59:00Z"), ("04/июл/25 9:05 PM", "2025-07-04T21:05:00Z"),
    ("Jul 4, 2025, 9:05 PM", "2025-07-04T21:05:00Z")])
def test_forms_of_dates(folder, tmp_path, created, read):
    export = changed(tmp_path, CLOUD, ("13/Jul/25 9:00 AM,13/Jul/25 9:00 AM", f'"{created}",'))
    assert bring(folder, export, "--team", "Payments").exit_code == 0
    assert items(folder)["PAY-8"]["created_at"] == read


@pytest.mark.parametrize("created", ["31/Feb/25 9:00 AM", "13/Foo/25 9:00 AM", "yesterday", "13/Jul/25 13:00 PM", "99/Jul/25 9:00 AM"])
def test_what_is_no_date_is_named_with_its_row(folder, tmp_path, created):
    export = changed(tmp_path, CLOUD, ("13/Jul/25 9:00 AM,13/Jul/25 9:00 AM", f"{created},"))
    assert f"row 9, column Created: {created!r} is no date" in refused(folder, export, "--team", "Payments")


def test_types_that_nobody_has_explained_are_asked_for(folder, tmp_path):
    export = changed(tmp_path, CLOUD, (",Spike,", ",Voodoo,"))
    assert "Voodoo (1); say what each is with --kind 'Voodoo=feature'" in refused(folder, export, "--team", "Payments")
    assert "expected one of feature" in refused(folder, export, "--team", "Payments", "--kind", "Voodoo=magic")
    assert "is no pair" in refused(folder, export, "--team", "Payments", "--kind", "Voodoo")
    imported_twice(folder, export, "--team", "Payments", "--kind", "voodoo=experiment", "--kind", "Epic=feature")
    assert items(folder)["PAY-3"]["kind"] == "experiment" and items(folder)["PAY-4"]["kind"] == "feature"


def test_a_later_export_restates_logs_and_withdraws_what_was_given_up(folder, tmp_path):
    bring(folder, CLOUD, "--team", "Payments")
    later = changed(tmp_path, CLOUD, ("PAY-3,10003,Spike,In Progress", "PAY-3,10003,Spike,Done"),
                    ("20/Jul/25 8:00 AM,,,,,,0,,,,,5b10a,,,,-1,,,,,,,,In Progress,17/Jul/25 8:00 AM",
                     "21/Jul/25 8:00 AM,,21/Jul/25 8:00 AM,,,,0,,,,,5b10a,,,,-1,,,,,,,,Done,21/Jul/25 8:00 AM"),
                    ("PAY-8,10008,Task,To Do", "PAY-8,10008,Task,Won't Do"),
                    ("13/Jul/25 9:00 AM,13/Jul/25 9:00 AM", "13/Jul/25 9:00 AM,22/Jul/25 9:00 AM"))
    output = bring(folder, later, "--team", "Payments").output
    assert "1 restated" in output and "1 withdrawn" in output and "PAY-8" not in items(folder)
    assert ("later-jira-cloud.csv", "work_items", "PAY-3", "done_at", "", "2025-07-21T08:00:00Z") in log_of(folder)
    before = contents(folder)
    again = bring(folder, CLOUD, "--team", "Payments").output  # the old file: what was done stays done
    assert items(folder)["PAY-3"]["done_at"] and "older than what is there" in again
    assert contents(folder)["restatements.log"] == before["restatements.log"]
    assert data.check_program(folder) == ()


@pytest.mark.parametrize(("old", "new", "said"), [
    (",PAY-2,", ",,", "no Issue key"), ("Resolved", "Solved", "nothing says when work was done")])
def test_jira_that_cannot_answer_is_refused(folder, tmp_path, old, new, said):
    export = changed(tmp_path, CLOUD, (old, new), *([("Status Category Changed", "Other")] if old == "Resolved" else []))
    assert said in refused(folder, export, "--team", "Payments")


def test_a_full_page_of_jira_is_said_to_be_cut(folder, tmp_path):
    head, *_ = (EXPORTS / CENTER).read_text().splitlines(True)
    line = (EXPORTS / CENTER).read_text().splitlines(True)[3]
    (tmp_path / "page.csv").write_text(head + "".join(line.replace("SEA-3", f"SEA-{at}") for at in range(1, 1001)))
    assert "has exactly 1,000 issues" in bring(folder, tmp_path / "page.csv", "--team", "Search").output


def test_jira_by_the_api_knows_begin_and_promise(folder):
    output = imported_twice(folder, API, "--team", "Payments")
    found = items(folder)
    assert set(found) == {"PAY-1", "PAY-2", "PAY-3", "PAY-5"}
    times = [found["PAY-1"][name] for name in ("created_at", "committed_at", "started_at", "done_at")]
    assert times == ["2026-05-04T07:00:00Z", "2026-05-05T07:00:00Z", "2026-05-06T07:00:00Z", "2026-05-12T08:00:00Z"]
    assert found["PAY-3"]["started_at"] == "" and "1 issues whose changelog is cut off" in output
    assert data.check_program(folder) == ()


def test_states_that_no_issue_has_now_are_asked_for(folder, tmp_path):
    export = changed(tmp_path, API, ('"toString": "In Review"', '"toString": "Testing"'))
    assert "Testing (2); say what each is, with --waiting, --begun or --ended" in " ".join(
        refused(folder, export, "--team", "Payments").split())
    assert bring(folder, export, "--team", "Payments", "--begun", "testing").exit_code == 0


def test_without_a_changelog_earlier_begins_stay(folder, tmp_path):
    bring(folder, API, "--team", "Payments")
    answer = json.loads((EXPORTS / API).read_text())
    for issue in answer["issues"]:
        del issue["changelog"]
    (tmp_path / "plain.json").write_text(json.dumps(answer["issues"]))  # the issues alone
    output = bring(folder, tmp_path / "plain.json", "--team", "Payments").output
    assert "have no changelog" in output and "0 restated" in output
    assert items(folder)["PAY-1"]["started_at"] == "2026-05-06T07:00:00Z"


def test_linear(folder):
    output = imported_twice(folder, LINEAR)
    found = items(folder)
    assert set(found) == {"ENG-1", "ENG-2", "ENG-3", "ENG-6"}
    assert [found[one]["kind"] for one in sorted(found)] == ["feature", "bug", "task", "feature"]
    assert found["ENG-1"]["started_at"] == "2026-05-05T08:30:00Z" and found["ENG-2"]["started_at"] == ""
    assert (found["ENG-6"]["created_at"], found["ENG-6"]["started_at"]) == ("2026-05-11T08:00:00Z", "")
    for said in ("2 given up", "1 no label says what kind", "1 begun after completion"):
        assert said in output, said
    assert b"ada@" not in b"".join(contents(folder).values())
    assert data.check_program(folder) == ()


def test_linear_restated_and_canceled(folder, tmp_path):
    bring(folder, LINEAR)
    later = changed(tmp_path, LINEAR, ("2026-05-06T08:00:00.000Z,2026-05-07T08:00:00.000Z,2026-05-07T08:00:00.000Z,,,,",
                                       "2026-05-06T08:00:00.000Z,2026-06-01T08:00:00.000Z,2026-05-07T08:00:00.000Z,,,2026-06-01T08:00:00.000Z,"))
    assert "1 withdrawn" in bring(folder, later).output and "ENG-3" not in items(folder)
    assert data.check_program(folder) == ()


def test_a_header_that_is_nearly_linear_says_what_it_lacks(folder, tmp_path):
    export = changed(tmp_path, LINEAR, (",Started,", ",Begun,"))
    assert "Is it Linear issues (CSV)? It lacks Started" in refused(folder, export)


def test_categories_of_states_in_an_unknown_language_are_asked_for(folder, tmp_path):
    export = changed(tmp_path, CLOUD, (",Done,18/Jul/25", ",Kész,18/Jul/25"), (",To Do,13/Jul", ",Teendő,13/Jul"))
    assert "nobody knows here: Kész, Teendő" in refused(folder, export, "--team", "Payments")
    bring(folder, export, "--team", "Payments", "--ended", "kész", "--begun", "Teendő")
    assert items(folder)["PAY-1"]["done_at"] and not items(folder)["PAY-8"]["done_at"]


def test_states_of_a_company_without_category_or_resolution_are_said(folder, tmp_path):
    export = changed(tmp_path, CENTER, ("Bug,Open,", "Bug,Shipped,"))
    assert "1 in state Shipped, without a resolution: taken as open" in bring(folder, export, "--team", "Search").output
    output = bring(folder, export, "--team", "Search", "--ended", "Shipped").output
    assert "2 done at a time that the file does not have" in output and "1 withdrawn" in output and "SEA-3" not in items(folder)


def test_after_a_spreadsheet_of_europe_with_a_title_above(folder, tmp_path):
    import csv
    import io

    rows = list(csv.reader(io.StringIO((EXPORTS / CENTER).read_bytes().decode(), newline="")))
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([["Search, all issues; 4 found"], [], *rows])
    for old, new in (("6/2/2025 9:15", "02.06.2025 09:15"), ("6/9/2025 16:14", "09.06.2025 16:14"), ("6/21/2025 16:14", "21.06.2025 16:14"),
                     ("6/3/2025 9:15", "03.06.2025 09:15"), ("6/4/2025 9:15", "04.06.2025 09:15"), ("6/5/2025 10:00", "05.06.2025 10:00"),
                     ("6/6/2025 10:00", "06.06.2025 10:00")):
        text = io.StringIO(text.getvalue().replace(old, new))
    (tmp_path / "excel.csv").write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    assert bring(folder, tmp_path / "excel.csv", "--team", "Search").exit_code == 0
    assert items(folder)["SEA-1"]["created_at"] == "2025-06-02T09:15:00Z"


def test_nobody_is_no_person(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    export = changed(tmp_path, CLOUD, ("Nobody Known", "Unassigned"))
    bring(tmp_path / "fresh", export)
    found = items(tmp_path / "fresh")
    assert found["PAY-7"]["person_id"] == "" and found["PAY-1"]["person_id"] and found["PAY-1"]["team"] == "PAY"
    assert data.check_program(tmp_path / "fresh") == ()


def test_an_export_without_issues_changes_no_table(folder, tmp_path):
    (tmp_path / "none.csv").write_text((EXPORTS / CENTER).read_text().splitlines()[0] + "\n")
    result = bring(folder, tmp_path / "none.csv", "--team", "Search")
    assert result.exit_code == 0 and "0 records" in result.output and not (folder / "work_items.csv").exists()


def test_a_column_of_people_says_who_is_who(folder):
    (folder / "people.csv").write_text("person_id,team,role,E-Mail,Name\n10417,Payments,developer,ada@x.example,Ada  LOVELACE\n"
                                       "10418,Search,developer,alan@x.example,Alan Turing\n")
    imported_twice(folder, CLOUD, "--team", "Payments", "--known-as", "e-mail", "--known-as", "Name")
    assert {row["person_id"] for row in items(folder).values()} == {"10417", "10418", ""}
    imported_twice(folder, LINEAR, "--known-as", "E-Mail")
    assert items(folder)["ENG-2"]["person_id"] == "10418"
    assert "people has no such column. It has: person_id, team" in refused(folder, LINEAR, "--known-as", "Phone")
    assert data.check_program(folder) == ()


def test_the_identity_map_may_lead_to_ids_of_the_company(folder, tmp_path):
    (folder / "people.csv").write_text("person_id,team,role\nE10417,Payments,developer\n")
    (tmp_path / "who.csv").write_text("login,canonical\nAda Lovelace,E10417\nada@x.example,E10417\n")
    bring(folder, CLOUD, "--team", "Payments", "--identities", tmp_path / "who.csv")
    assert items(folder)["PAY-1"]["person_id"] == "E10417"
    bring(folder, LINEAR, "--identities", tmp_path / "who.csv")
    assert items(folder)["ENG-1"]["person_id"] == "E10417"


def test_with_team_only_nobodys_work_is_kept_and_no_begin_is_lost(folder):
    (folder / "program.yml").write_text("name: Test\ncurrency: EUR\nteam_only: true\n")
    imported_twice(folder, API, "--team", "Payments")
    assert {row["person_id"] for row in items(folder).values()} == {""} and items(folder)["PAY-1"]["updated_at"]
    bring(folder, CLOUD, "--team", "Payments")  # older, and knows no begin
    assert items(folder)["PAY-1"]["started_at"] == "2026-05-06T07:00:00Z"
    assert data.check_program(folder) == ()


def test_a_file_that_was_cut_off_is_refused(folder, tmp_path):
    (tmp_path / "cut.csv").write_bytes((EXPORTS / CLOUD).read_bytes()[:1500])
    assert "row 4: ends after" in refused(folder, tmp_path / "cut.csv", "--team", "Payments")
