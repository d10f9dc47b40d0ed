"""`upskill import answers` on exports as forms tools write them."""

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from upskill import data
from upskill.data.sources import people
from upskill.data.sources.cli import import_command

PEOPLE = "person_id,team,role,Mail\n1,red,developer,Ada@x.example\n2,red,developer,ben@x.example\n3,red,developer,eve@x.example\n"
COMPETENCIES = "competency_id,domain,competency,level,anchor\nA1,Foundations,Concepts,1,names one\n"
EXPORT = """\
Timestamp,Email Address,Which model?,Is it safe?,How sure are you? (1-5),Comments
01/19/2026 08:00:00,ada@x.example,1,0,4,"too long, sorry"
01/19/2026 09:00:00,BEN@x.example ,,1,2,
01/20/2026 10:00:00,ada@x.example,0,1,5,again
01/21/2026 10:00:00,who@x.example,1,1,5,
"""
ITEMS = """\
item_id,instrument,competency_id,text,minimum_score,maximum_score
q1,test,A1,Which model?,0,1
q2,test,A1,is it  SAFE?,0,1
q3,survey,,How sure are you? (1-5),1,5
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that imports an export; `.folder` is the program folder."""
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "program.yml").write_text("name: Test\ncurrency: EUR\n")
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "competencies.csv").write_text(COMPETENCIES)

    def run(export=EXPORT, *options, wave="start", known_as="Mail", name="export.csv"):
        path = tmp_path / name
        if export is not None:
            path.write_bytes(export if isinstance(export, bytes) else export.encode())
        arguments = ["answers", str(path), "--into", str(folder), "--wave", wave, "--person", "email address"]
        return CliRunner().invoke(import_command, [*arguments, *(["--known-as", known_as] if known_as else []), *options])

    run.folder = folder
    return run


@pytest.fixture
def ready(run):
    """Return the same with items that a person has looked at."""
    (run.folder / "items.csv").write_text(ITEMS)
    return run


def scores(folder, table="test_responses"):
    frame = data.read_program(folder, strict=True)[table]
    return {(row.person_id, row.wave, row.item_id): None if pd.isna(row.score) else row.score
            for row in frame.itertuples()}


def test_first_the_questions_are_written_down_and_no_answer(run):
    result = run()
    assert result.exit_code == 0 and "Wrote 3 new items" in result.output
    assert "not taken, holds no scores: Comments" in result.output
    items = data.read_program(run.folder, strict=True)["items"]
    assert items["text"].tolist() == ["Which model?", "Is it safe?", "How sure are you? (1-5)"]
    assert items["maximum_score"].tolist() == [1, 1, 5] and items["competency_id"].isna().all()
    assert not (run.folder / "test_responses.csv").exists() and not (run.folder / "waves.csv").exists()


def test_then_the_answers(ready):
    result = ready()
    assert result.exit_code == 0, result.output
    assert "left out, another answer of the same person: row 4\n" in result.output
    assert "left out, nobody in people: row 5\n" in result.output
    assert scores(ready.folder) == {("1", "start", "q1"): 1, ("1", "start", "q2"): 0,
                                    ("2", "start", "q1"): None, ("2", "start", "q2"): 1}
    assert scores(ready.folder, "survey_responses") == {("1", "start", "q3"): 4, ("2", "start", "q3"): 2}
    company = data.read_program(ready.folder)
    assert company["test_responses"]["date"].unique().tolist() == [pd.Timestamp("2026-01-19")]
    assert company["waves"].astype(str).values.tolist() == [["start", "2026-01-19", "2026-01-19"]]


def test_nothing_written_names_anybody(ready):
    ready()
    for path in ready.folder.iterdir():
        assert path.name == "people.csv" or "@" not in path.read_text()


def test_the_last_answer_counts_where_told(ready):
    ready(EXPORT, "--keep", "last")
    assert scores(ready.folder)["1", "start", "q1"] == 0


def test_again_changes_nothing_and_a_new_score_is_counted(ready):
    ready()
    before = {path.name: path.read_bytes() for path in ready.folder.iterdir()}
    assert "test_responses unchanged; survey_responses unchanged" in ready().output
    assert before == {path.name: path.read_bytes() for path in ready.folder.iterdir()}
    assert "test_responses 1 restated" in ready(EXPORT.replace("ada@x.example,1,0", "ada@x.example,0,0", 1)).output


def test_waves_stand_beside_each_other(ready):
    ready()
    ready(EXPORT.replace("01/", "06/"), wave="end")
    assert len(scores(ready.folder)) == 8
    assert data.read_program(ready.folder)["waves"]["wave"].tolist() == ["start", "end"]


def test_what_is_no_item_any_more_goes(ready):
    ready()
    (ready.folder / "items.csv").write_text(ITEMS.replace("q1,test", "q1,survey").replace("q2,test,A1,is it  SAFE?,0,1\n", ""))
    result = ready()
    assert "not taken, not in items: Is it safe?" in result.output and "4 gone" in result.output
    assert not (ready.folder / "test_responses.csv").read_text().splitlines()[1:]
    assert {item for _, _, item in scores(ready.folder, "survey_responses")} == {"q1", "q3"}


def test_dates_that_can_be_read_in_two_ways_are_asked_about(ready):
    short = "\n".join(EXPORT.replace("01/19", "06/08").splitlines()[:3])
    result = ready(short)
    assert result.exit_code == 1 and "MM/DD/YYYY hh:mm:ss or DD/MM/YYYY hh:mm:ss" in result.output
    assert not (ready.folder / "test_responses.csv").exists()
    ready(short, "--dates", "DD/MM/YYYY hh:mm:ss")
    assert data.read_program(ready.folder)["waves"]["starts_on"].tolist() == [pd.Timestamp("2026-08-06")]


def test_points_of_a_quiz(run):
    quiz = ('Timestamp,Email Address,Score,Which model? [Score]\n2026-01-19 08:00:00,ada@x.example,2.00 / 4,2.00 / 2\n')
    assert "Wrote 1 new item " in run(quiz).output
    item = data.read_program(run.folder)["items"].iloc[0]
    assert item["text"] == "Which model?" and item["maximum_score"] == 2
    run(quiz)
    assert scores(run.folder) == {("1", "start", "q1"): 2}


def test_a_workbook_with_a_title(ready, tmp_path):
    book = openpyxl.Workbook()
    for row in [["Results of the test"], [], ["Date", "Email address", "q1"], ["19.01.2026", "ben@x.example", "0,5"]]:
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    result = ready(None, "--header-row", "3", name="book.xlsx")
    assert result.exit_code == 0, result.output
    assert scores(ready.folder) == {("2", "start", "q1"): 0.5}


@pytest.mark.parametrize(("export", "options", "message"), [
    (EXPORT, {"known_as": ""}, "people has none of these under person_id; name the column of people that has"),
    (EXPORT, {"known_as": "Phone"}, "people: has no column 'Phone'"),
    (EXPORT.replace("Email", "E"), {}, "has no column 'email address'"),
    (EXPORT.replace("Timestamp", "When"), {}, "name the column of dates with --date"),
    (EXPORT.replace("01/19/2026 08:00:00", "Monday"), {}, "'Monday'; name the form with --dates"),
    ("Email Address;Wörter\nada@x.example;ü\n".encode("cp1252"), {}, "--encoding windows-1252"),
    ("Email Address,q1\nada@x.example,1,2\n", {}, "3 cells"),
])
def test_what_is_wrong_is_said_and_nothing_is_written(ready, export, options, message):
    before = sorted(path.name for path in ready.folder.iterdir())
    result = ready(export, **options)
    assert result.exit_code == 1 and message in result.output
    assert sorted(path.name for path in ready.folder.iterdir()) == before


def test_people_under_pseudonyms_are_found(ready, tmp_path):
    key = tmp_path / "person.key"
    made = people.Pseudonyms(people.read_key(key))
    ids = [made.person_id("", address) for address in ("ada@x.example", "ben@x.example")]
    (ready.folder / "people.csv").write_text("person_id,team,role\n" + "".join(f"{one},red,developer\n" for one in ids))
    result = ready(EXPORT, "--pseudonyms", "--key-file", str(key), known_as="")
    assert result.exit_code == 0 and "left out, nobody in people: row 5\n" in result.output
    assert {person for person, _, _ in scores(ready.folder)} == set(ids)
    assert ready(EXPORT, "--pseudonyms").exit_code == 2
    other = ready(EXPORT, "--pseudonyms", "--key-file", str(tmp_path / "other.key"), known_as="")
    assert other.exit_code == 1 and "people has none of these" in other.output and "@" not in other.output


def test_words_are_no_scores(run):
    assert "let the tool export points, not words" in run("Email Address,Why?\nada@x.example,because\n").output


def test_people_come_first(run):
    (run.folder / "people.csv").unlink()
    assert "bring them in first" in run().output


def test_a_word_that_two_share(ready):
    (ready.folder / "people.csv").write_text(PEOPLE.replace("ben@", "ada@"))
    assert "2 rows share their Mail with another" in ready().output
