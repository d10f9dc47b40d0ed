"""Shipped mappings: usual exports come in by them, and a file that they do not fit says what it lacks and how to edit a copy."""

import pytest
from click.testing import CliRunner
from exporting import EXPORTS, bring, contents, imported_twice, log_of, refused, rows_of

from upskill import data
from upskill.data.contract import TABLES
from upskill.data.mapping import read_mapping
from upskill.data.sources import ready
from upskill.data.sources.cli import import_command

ANALYTICS, LIST, OPSGENIE, SERVICENOW, WORKDAY, JENKINS = (
    "incidents/pagerduty-analytics.csv", "incidents/pagerduty-list.csv", "incidents/opsgenie.csv", "incidents/servicenow.csv",
    "learning/workday.csv", "jenkins/builds.json")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    place = tmp_path / "program"
    place.mkdir()
    (place / "program.yml").write_text("name: Test\ncurrency: EUR\n")
    (place / "people.csv").write_text("person_id,team,role\n10417,Payments,developer\n10418,Search,developer\n")
    return place


def changed(tmp_path, path, *pairs):
    text = (EXPORTS / path).read_text(encoding="utf-8-sig")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "later.csv").write_text(text)
    return tmp_path / "later.csv"


def times(folder, table="incidents", key="incident_id", names=("started_at", "resolved_at")):
    return {row[key]: tuple(row.get(name, "") for name in names) for row in rows_of(folder, table)}


SERVICES = "service,team\nCheckout API,Payments\nSearch API,Search\n"


@pytest.mark.parametrize(("path", "title", "found"), [
    (ANALYTICS, "PagerDuty incidents (analytics)", {"Q1A": ("2026-05-04T08:00:00Z", "2026-05-04T09:30:00Z"), "Q2B": ("2026-05-05T08:00:00Z", "")}),
    (OPSGENIE, "Opsgenie alerts", {"70413a06-38d6": ("2026-05-04T08:00:00Z", ""), "70413a06-38d7": ("2026-05-05T08:00:00Z", "")}),
    (SERVICENOW, "ServiceNow incidents", {"INC0010001": ("2026-05-04T08:00:00Z", "2026-05-04T10:00:00Z"),
                                          "INC0010003": ("2026-05-06T08:00:00Z", "")})])
def test_incidents(folder, path, title, found):
    output = imported_twice(folder, path)
    assert title in output and "cannot tell" in output and times(folder) == found
    assert {row["team"] for row in rows_of(folder, "incidents")} <= {"Payments", "Search"}
    everything = b"".join(contents(folder).values())
    assert not [word for word in (b"Ada", b"ada@", b"Disk", b"alarm", b"Turing") if word in everything]
    assert data.check_program(folder) == ()


def test_services_stand_for_teams_only_where_that_is_said(folder, tmp_path):
    assert "team 'Checkout API' is not among the teams of people" in refused(folder, LIST)
    (tmp_path / "teams.csv").write_text(SERVICES)
    imported_twice(folder, LIST, "--teams", tmp_path / "teams.csv")
    assert times(folder) == {"Q3C": ("2026-04-01T15:00:00Z", "2026-04-01T15:45:00Z"), "Q4D": ("2026-04-02T15:00:00Z", "2026-04-02T15:45:00Z")}


def test_a_restated_incident_is_logged(folder, tmp_path):
    bring(folder, ANALYTICS)
    later = changed(tmp_path, ANALYTICS, ("2026-05-05T08:00:00,,", "2026-05-05T08:00:00,2026-05-05T10:00:00,"))
    assert "1 restated" in bring(folder, later).output
    assert ("later.csv", "incidents", "Q2B", "resolved_at", "", "2026-05-05T10:00:00Z") in log_of(folder)


def test_zones_and_orders_of_days_are_those_of_the_user(folder, tmp_path):
    bring(folder, SERVICENOW, "--timezone", "America/New_York")
    assert times(folder)["INC0010001"][0] == "2026-05-04T12:00:00Z"
    short = changed(tmp_path, SERVICENOW, *((f"2026-05-0{day}", f"0{day}/05/2026") for day in (4, 5, 6)))
    assert "--dates day-first or --dates month-first" in refused(folder, short)


def test_what_a_file_lacks_is_said_with_the_way_out(folder, tmp_path):
    export = changed(tmp_path, ANALYTICS, ("team_name", "squad"))
    output = " ".join(refused(folder, "pagerduty", export).split())
    assert "It lacks team_name" in output and "upskill import mapping pagerduty > FOLDER/imports.yml" in output


def mapping(*arguments):
    return CliRunner().invoke(import_command, ["mapping", *arguments])


def test_an_edited_copy_is_used_by_import_table(folder, tmp_path):
    text = mapping("pagerduty").output.replace("team: team_name", "team: squad")
    (folder / "imports.yml").write_text(text)
    export = changed(tmp_path, ANALYTICS, ("team_name", "squad"))
    export = export.rename(tmp_path / "incidents-05.csv")
    result = CliRunner().invoke(import_command, ["table", str(export), "--into", str(folder)])
    assert result.exit_code == 0 and "2 new" in result.output, result.output
    assert data.check_program(folder) == ()


def test_every_shipped_mapping_is_whole(tmp_path):
    listed = mapping().output
    for one in ready.ALL:
        assert one.name in listed
        (tmp_path / "mapping.yml").write_text(mapping(one.name).output)
        found, faults = read_mapping(tmp_path / "mapping.yml")
        assert not faults and len(found) == 1
        table, entry = next(iter(found.items()))
        assert set(TABLES[table].required) <= set(entry.columns) | set(entry.constants)
        assert set(one.needs) >= {theirs for ours, theirs in entry.columns.items() if ours in TABLES[table].required and one.needs}
    assert mapping("nothing").exit_code == 1 and "there are pagerduty" in mapping("nothing").output


def test_workday_by_numbers_of_staff(folder, tmp_path):
    (folder / "courses.csv").write_text("course_id,title,mode,provider,hours,price,price_per\nc01,Agents 101,self_paced,us,3,0,person\n")
    output = imported_twice(folder, WORKDAY)
    assert times(folder, "enrolments", "person_id", ("course_id", "started_on", "completed_on", "status")) == {
        "10417": ("c01", "2026-05-04", "2026-05-13", "Completed"), "10418": ("c01", "2026-05-05", "", "In Progress")}
    assert "1 people has nobody" in output and "no person in the row" not in output
    assert data.check_program(folder) == ()


def test_jenkins(folder):
    assert "shop/deploy-production" in refused(folder, JENKINS)  # no team is called like the job
    output = imported_twice(folder, JENKINS, "--team", "Payments")
    assert times(folder, "deployments", "deployment_id", ("finished_at", "status")) == {
        "shop/deploy-production #44": ("2026-05-05T08:01:30Z", "success"), "shop/deploy-production #43": ("2026-05-04T08:00:30Z", "failure")}
    assert "1 still running" in output and "1 ABORTED" in output
    assert b"Ada" not in b"".join(contents(folder).values()) and data.check_program(folder) == ()


def test_jenkins_asks_what_it_cannot_know(folder, tmp_path):
    text = (EXPORTS / JENKINS).read_text()
    (tmp_path / "unstable.json").write_text(text.replace("FAILURE", "UNSTABLE"))
    assert "--unstable success" in refused(folder, tmp_path / "unstable.json", "--team", "Payments")
    assert bring(folder, tmp_path / "unstable.json", "--team", "Payments", "--unstable", "failure").exit_code == 0
    (tmp_path / "nameless.json").write_text(text.replace("fullName", "other"))
    assert "--job NAME" in refused(folder, tmp_path / "nameless.json", "--team", "Payments")
    (tmp_path / "odd.json").write_text(text.replace("1777968000000", '"noon"'))
    assert "build 44: no timestamp" in refused(folder, tmp_path / "odd.json", "--team", "Payments")
