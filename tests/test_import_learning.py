"""xAPI statements, Coursera and Moodle become enrolments: once each, of people and courses that the program has."""

import json

import pytest
from exporting import EXPORTS, bring, changed, contents, imported_twice, log_of, refused, rows_of

from upskill import data
from upskill.data.sources.learning import xapi
from upskill.data.sources.people import Pseudonyms, read_key

XAPI, LINES, COURSERA, MOODLE = (f"learning/{name}" for name in ("xapi.json", "xapi-lines.ndjson", "coursera.csv", "moodle.csv"))
COURSES = """\
course_id,title,mode,provider,hours,price,price_per
c01,Agents 101,self_paced,in-house,3,0,person
c02,"generative AI,  for everyone",self_paced,Coursera,6.5,40,person
"""


@pytest.fixture
def who(tmp_path, monkeypatch):
    """Return a function from an e-mail to the id that imports give it here."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    by = Pseudonyms(read_key(tmp_path / "home/.config/upskill/person.key"))
    return lambda address: by.person_id("", address)


@pytest.fixture
def folder(tmp_path, who):
    place = tmp_path / "program"
    place.mkdir()
    (place / "program.yml").write_text("name: Test\ncurrency: EUR\n")
    (place / "people.csv").write_text("person_id,team,role\n" + "".join(
        f"{who(name + '@x.example')},red,developer\n" for name in ("ada", "alan", "new")))
    (place / "courses.csv").write_text(COURSES)
    return place


def enrolments(folder, who):
    names = {who(f"{name}@x.example"): name for name in ("ada", "alan", "new")}
    return {(names[row["person_id"]], row["course_id"]): row for row in rows_of(folder, "enrolments")}


@pytest.mark.parametrize("path", [XAPI, LINES])
def test_xapi(folder, who, path):
    output = imported_twice(folder, path)
    found = enrolments(folder, who)
    assert set(found) == {("ada", "c01"), ("alan", "c01")}
    ada, alan = found["ada", "c01"], found["alan", "c01"]
    assert (ada["started_on"], ada["completed_on"], ada["hours"], ada["status"]) == ("2026-05-04", "2026-05-11", "1.5", "completed")
    assert (alan["completed_on"], alan["hours"], alan["status"]) == ("", "", "failed")  # the completion was voided
    for said in ("1 statements that stand there twice", "1 voided statements", "1 of a group", "1 people has nobody",
                 "1 timestamp later than the day", "1 activities without a type", "has no 'Not in our list'",
                 "--course 'Not in our list=COURSE_ID'", "1 activities that are no course", "Scores: enrolments have no place"):
        assert said in output, said
    assert data.check_program(folder) == ()


def test_xapi_of_an_array_and_in_parts(folder, who, tmp_path):
    statements = json.loads((EXPORTS / XAPI).read_text())["statements"]
    for name, part in (("june.json", statements[1:]), ("may.json", statements[:1])):
        (tmp_path / name).write_text(json.dumps(part))
        output = bring(folder, tmp_path / name).output
    found = enrolments(folder, who)["ada", "c01"]
    assert (found["started_on"], found["completed_on"], found["status"]) == ("2026-05-04", "2026-05-11", "completed")
    assert "begun earlier than the exports before said" in output and "1 withdrawn" in output
    bring(folder, tmp_path / "june.json")  # a period that begins in the middle of the course begins nothing anew
    assert len(enrolments(folder, who)) == 2 and enrolments(folder, who)["ada", "c01"] == found
    assert data.check_program(folder) == ()


def test_a_course_under_another_name(folder, who):
    imported_twice(folder, XAPI, "--course", "Not in our list=c02")
    assert enrolments(folder, who)["ada", "c02"]["started_on"] == "2026-05-20"  # 2035 was a clock


def test_without_courses_and_people_the_names_of_the_store_are_ids(tmp_path, who):
    imported_twice(tmp_path / "fresh", XAPI)
    rows = rows_of(tmp_path / "fresh", "enrolments")
    assert {row["course_id"] for row in rows} == {"https://lms.x.example/course/agents-101", "https://lms.x.example/course/unknown"}
    assert who("ada@x.example") in {row["person_id"] for row in rows} and len({row["person_id"] for row in rows}) == 3
    assert data.check_program(tmp_path / "fresh") == ()


@pytest.mark.parametrize("path", [XAPI, COURSERA])
def test_nobody_is_named(folder, path):
    bring(folder, path)
    everything = b"".join(contents(folder).values())
    assert not [word for word in (b"Ada", b"ada@", b"alan@", b"who@", b"whoever") if word in everything]


@pytest.mark.parametrize(("text", "hours"), [
    ("PT1234S", 1234 / 3600), ("PT1H30M", 1.5), ("P1DT1H", 25), ("P2W", 336), ("PT0,5H", 0.5), ("PT0S", None), ("P1Y", None), ("P", None),
    ("1:30", None), ("", None), (None, None), ("-PT1H", None)])
def test_durations(text, hours):
    assert xapi.hours(text) == (None if hours is None else pytest.approx(hours, abs=1e-5))


@pytest.mark.parametrize("change", [
    lambda one: one.pop("timestamp"), lambda one: one.update(timestamp="soon"), lambda one: one.update(actor={}),
    lambda one: one.update(actor="Ada"), lambda one: one.update(verb={"id": None}), lambda one: one.update(object={"id": "x"}),
    lambda one: one["object"].update(definition=None), lambda one: one.update(result={"duration": 5}),
    lambda one: one.update(context={"contextActivities": {"grouping": {"id": "x"}}}), lambda one: one.update(id=None)])
def test_odd_statements_end_nothing(folder, tmp_path, change):
    statements = json.loads((EXPORTS / XAPI).read_text())["statements"]
    change(statements[0])
    (tmp_path / "odd.json").write_text(json.dumps(statements))
    result = bring(folder, tmp_path / "odd.json")
    assert result.exit_code == 0, result.output
    assert data.check_program(folder) == ()


def test_coursera(folder, who):
    output = imported_twice(folder, COURSERA)
    found = enrolments(folder, who)
    assert set(found) == {("ada", "c02"), ("alan", "c02")}
    ada = found["ada", "c02"]
    assert (ada["started_on"], ada["completed_on"], ada["status"]) == ("2026-05-01", "2026-05-20", "completed")
    assert found["alan", "c02"]["status"] == "withdrawn" and not ada.get("hours")
    for said in ("1 in a course twice", "2 courses.csv has no 'Prompting'", "people has nobody", "Hours spent: Estimated"):
        assert said in output, said
    assert data.check_program(folder) == ()


def test_coursera_restated(folder, who, tmp_path):
    bring(folder, COURSERA)
    later = changed(tmp_path, COURSERA, ("12.5,6.5,No,Yes,ai,AI academy,Program,,", "100.0,6.5,Yes,No,ai,AI academy,Program,2026-06-02T09:00:00Z,"))
    assert "1 restated" in bring(folder, later, "--course", "Prompting=c01").output
    assert enrolments(folder, who)["alan", "c02"]["completed_on"] == "2026-06-02"
    assert enrolments(folder, who)["alan", "c01"]["status"] == "registered"
    assert ("later-coursera.csv", "enrolments", "1 rows", "completed_on", "", "") in log_of(folder)  # nothing of a person in the log


@pytest.mark.parametrize(("pair", "said"), [
    ((",Yes,No,", ",Ja,No,"), "'Ja' is neither Yes nor No"), (("2026-05-20T08:30:00Z", "20 of May"), "is no date"),
    (("Enrollment Time", "Enrolled"), "It lacks Enrollment Time")])
def test_coursera_that_cannot_be_trusted_changes_nothing(folder, tmp_path, pair, said):
    assert said in refused(folder, changed(tmp_path, COURSERA, pair))


@pytest.mark.parametrize("path", [MOODLE, "learning/moodle-excel.csv"])
def test_moodle_also_in_utf_16_without_a_mark(folder, who, path):
    output = imported_twice(folder, path, "--course", "c01")
    found = enrolments(folder, who)
    assert {name: (row["started_on"], row["completed_on"], row["status"]) for (name, _), row in found.items()} == {
        "ada": ("2025-07-14", "2025-07-18", "completed"), "alan": ("2025-07-15", "", "started")}
    assert "1 no activity completed yet" in output and "they began no later" in output
    assert data.check_program(folder) == ()


def test_moodle_asks_for_what_it_does_not_say(folder, tmp_path):
    assert "say --course COURSE_ID" in refused(folder, MOODLE)
    assert "no such course" in refused(folder, MOODLE, "--course", "c99")
    unknown = changed(tmp_path, MOODLE, ("18/07/25, 09:06", "Abgeschlossen"))
    assert "'Abgeschlossen' is no date" in refused(folder, unknown, "--course", "c01")
    bare = changed(tmp_path, MOODLE, ("Email address", "Phone"))
    assert "has no column Email address" in refused(folder, bare, "--course", "c01")
    open_order = changed(tmp_path, MOODLE, ("14/07/25", "04/07/25"), ("15/07/25", "05/07/25"), ("18/07/25", "08/07/25"))
    assert "--dates day-first or --dates month-first" in refused(folder, open_order, "--course", "c01")
    assert "one by one" in refused(folder, MOODLE, bare, "--course", "c01")
