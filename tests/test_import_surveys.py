"""Qualtrics, Microsoft Forms and Google Forms: which rows are answers, who gave them, and what no answer can be."""

import csv
import io

import openpyxl
import pytest
from click.testing import CliRunner
from exporting import EXPORTS, contents, refused, rows_of

from upskill import data
from upskill.data.sources.cli import import_command
from upskill.data.sources.people import Pseudonyms, read_key
from upskill.data.sources.surveys.scales import score_words

VALUES, LABELS, MICROSOFT, GOOGLE = (f"surveys/{name}.csv" for name in
                                     ("qualtrics-values", "qualtrics-labels", "microsoft-forms", "google-forms"))
SURVEY = """\
item_id,instrument,text,minimum_score,maximum_score
s1,survey,How sure are you of your work with AI?,1,5
k1,climate,Please rate your team: It is safe to speak up,1,5
Q2_2,climate,Helping,1,5
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    by = Pseudonyms(read_key(tmp_path / "home/.config/upskill/person.key"))
    place = tmp_path / "program"
    place.mkdir()
    (place / "program.yml").write_text("name: Test\ncurrency: EUR\n")
    (place / "people.csv").write_text("person_id,team,role\n" + "".join(
        f"{by.person_id('', name + '@x.example')},Red,developer\n" for name in ("ada", "alan", "new")))
    return place


def run(folder, command, path, *options):
    place = EXPORTS / path if isinstance(path, str) else path
    return CliRunner().invoke(import_command, [command, str(place), "--into", str(folder), *map(str, options)])


def answers(folder, path, *options):
    return run(folder, "answers", path, "--wave", "start", "--pseudonyms", *options)


def twice(folder, command, *arguments):
    """Run twice, assert that the second time changes nothing, and return the first output."""
    first = command(folder, *arguments)
    assert first.exit_code == 0, (first.output, first.exception)
    before = contents(folder)
    again = command(folder, *arguments)
    assert "unchanged" in again.output and contents(folder) == before
    return first.output


def fails(folder, command, *arguments):
    before = contents(folder)
    result = command(folder, *arguments)
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit), result.exception
    assert contents(folder) == before
    return result.output


def changed(tmp_path, path, *pairs):
    text = (EXPORTS / path).read_bytes().decode()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(text.encode())
    return copy


def scores(folder, table):
    return sorted((row["item_id"], float(row["score"])) for row in rows_of(folder, table) if row["score"])


@pytest.mark.parametrize("path", [VALUES, LABELS])
def test_qualtrics_by_values_and_by_labels(folder, path):
    (folder / "items.csv").write_text(SURVEY)
    output = twice(folder, answers, path, "--team-column", "team")
    assert "(Qualtrics)" in output and "left out, previews, tests and spam: 1 row" in output
    assert "left out, not finished: 1 row" in output and "its times are those of America/Denver" in output
    assert scores(folder, "survey_responses") == [("s1", 2), ("s1", 4)]  # of people; who@y.example is nobody here
    assert scores(folder, "climate_responses") == [("Q2_2", 2), ("Q2_2", 4), ("k1", 1), ("k1", 3), ("k1", 5)]
    assert rows_of(folder, "waves") == [{"wave": "start", "starts_on": "2026-05-04", "ends_on": "2026-05-07"}]
    assert {row["team"] for row in rows_of(folder, "climate_responses")} == {"Red"}
    assert data.check_program(folder) == ()


def test_climate_alone_asks_for_nobody_and_leads_to_nobody(folder):
    (folder / "items.csv").write_text(SURVEY.replace("s1,survey", "s1,climate"))
    output = twice(folder, lambda *given: run(*given[:1], "answers", *given[1:]), VALUES, "--wave", "start", "--team", "red")
    assert "3 people" in output and "nobody in people" not in output
    everything = b"".join(contents(folder).values())
    for word in (b"R_1aAda", b"Ada", b"ada@", b"Lovelace", b"192.0.2", b"52.5", b"more time"):
        assert word not in everything, word
    ids = {row["respondent_id"] for row in rows_of(folder, "climate_responses")}
    assert len(ids) == 3
    run(folder, "answers", VALUES, "--wave", "end", "--team", "red")
    assert len({row["respondent_id"] for row in rows_of(folder, "climate_responses")}) == 6  # two waves cannot be joined


def test_a_restated_answer_is_counted(folder, tmp_path):
    (folder / "items.csv").write_text(SURVEY)
    answers(folder, VALUES, "--team", "Red")
    again = answers(folder, changed(tmp_path, VALUES, ("EN,3.1,2,3,", "EN,3.1,1,3,")), "--team", "Red")
    assert "survey_responses 1 restated" in again.output and "climate_responses unchanged" in again.output


def test_new_questions_are_drafted_by_their_wording(folder):
    assert "5 and 7 points; say how many" in fails(folder, answers, LABELS, "--instrument", "survey")
    output = answers(folder, LABELS, "--instrument", "survey", "--points", 5).output
    assert "Wrote 3 new items" in output
    first = next(csv.DictReader(io.StringIO((folder / "items.csv").read_text(encoding="utf-8-sig"))))
    assert [first[name] for name in ("text", "minimum_score", "maximum_score")] == ["How sure are you of your work with AI?", "1", "5"]


def test_recodes_that_no_answer_has_are_refused(folder, tmp_path):
    (folder / "items.csv").write_text(SURVEY)
    export = changed(tmp_path, VALUES, ("EN,3.1,4,", "EN,3.1,14,"))
    output = fails(folder, answers, export, "--team", "Red")
    assert "Q1: 14 lie outside 1 to 5" in output and "export choice text instead of numeric values" in output


@pytest.mark.parametrize(("options", "said"), [
    ((), "answers on the climate count by team"), (("--team", "Blue"), "people has no team Blue; it has Red"),
    (("--team-column", "squad"), "has no column 'squad'"), (("--score", "Agree"), "write it as 'Agree=4'")])
def test_what_is_missing_is_asked_for(folder, options, said):
    (folder / "items.csv").write_text(SURVEY)
    before = contents(folder)
    result = answers(folder, VALUES, *options)
    assert result.exit_code in (1, 2) and said in " ".join(result.output.split()) and contents(folder) == before


def test_without_addresses_tests_cannot_be_brought_in(folder, tmp_path):
    (folder / "items.csv").write_text(SURVEY)
    text = (EXPORTS / VALUES).read_bytes().decode()
    for name in ("ada@x.example", "alan@x.example", "new@x.example", "who@y.example"):
        text = text.replace(name, "")
    (tmp_path / "anonymous.csv").write_text(text)
    assert "nothing says who answered" in fails(folder, answers, tmp_path / "anonymous.csv", "--team", "Red")


def test_microsoft_forms_in_german_after_excel(folder):
    output = answers(folder, MICROSOFT).output
    assert "(Microsoft Forms)" in output and "Wrote 2 new items" in output
    assert "holds no scores: Womit arbeiten Sie?" in output  # several choices in one cell
    (folder / "items.csv").write_text((folder / "items.csv").read_text(encoding="utf-8-sig"), encoding="utf-8")
    assert [row["text"] for row in rows_of(folder, "items")] == ["Welches Modell, und warum?", "Wie sicher sind Sie?"]
    twice(folder, answers, MICROSOFT)
    assert scores(folder, "test_responses") == [("q1", 0.5), ("q1", 2), ("q2", 2), ("q2", 4)]
    assert {row["date"] for row in rows_of(folder, "test_responses")} == {"2026-05-13", "2026-05-14"}
    assert data.check_program(folder) == ()


def book(path, *rows):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(path)
    return path


MARKS = ["Id", "Hora de início", "Hora da conclusão", "Endereço", "Nome"]


@pytest.mark.parametrize("head", [["ID", "Start time", "Completion time", "Email", "Name"], MARKS, ["Id", "Início", "Fim", "Correio", "N."]])
def test_microsoft_forms_as_a_workbook_anonymous_in_any_language(folder, tmp_path, head):
    path = book(tmp_path / "form.xlsx", [*head, "Speaking up", "Comment"],
                [1, "7/27/26 19:06:23", "7/27/26 19:16:23", "anonymous", None, "Agree", "a;b;"],
                [2, "7/28/26 19:06:23", "7/28/26 19:16:23", "anonymous", None, "Neutral", None])
    (folder / "items.csv").write_text("item_id,instrument,text,minimum_score,maximum_score\nk1,climate,speaking up,1,5\n")
    output = twice(folder, lambda *given: run(*given[:1], "answers", *given[1:]), path, "--wave", "start", "--team", "Red")
    assert "(Microsoft Forms)" in output and "this form was anonymous" in output
    assert scores(folder, "climate_responses") == [("k1", 3), ("k1", 4)]
    assert rows_of(folder, "waves")[0]["ends_on"] == "2026-07-28"


def test_google_forms(folder):
    output = answers(folder, GOOGLE).output
    assert "(Google Forms)" in output and "Wrote 3 new items" in output  # a wording that stands there twice is two columns
    assert "holds no scores: Which tools do you use?" in output
    text = (folder / "items.csv").read_text(encoding="utf-8-sig")
    (folder / "items.csv").write_text(text)
    twice(folder, answers, GOOGLE)
    assert scores(folder, "test_responses") == [("q1", 0), ("q1", 1), ("q2", 2), ("q2", 4), ("q3", 0), ("q3", 1)]


def test_days_that_nothing_proves_are_asked_for(folder, tmp_path):
    (folder / "items.csv").write_text("item_id,instrument,text,minimum_score,maximum_score\nq1,test,Which model?,0,1\n")
    export = changed(tmp_path, GOOGLE, ("5/13/2026", "5/3/2026"), ("5/14/2026", "5/4/2026"))
    assert "say which with --dates" in fails(folder, answers, export)
    assert answers(folder, export, "--dates", "day-first").exit_code == 0
    assert rows_of(folder, "waves")[0]["starts_on"] == "2026-03-05"


@pytest.mark.parametrize(("cell", "day"), [("2026/05/13 2:28:27 PM GMT+2", "2026-05-13"), ("13/May/26 2:28 PM", "2026-05-13"),
                                           ("13. Mai 2026, 23:59", "2026-05-13")])
def test_days_in_other_forms(folder, tmp_path, cell, day):
    (folder / "items.csv").write_text("item_id,instrument,text,minimum_score,maximum_score\nq1,test,Which model?,0,1\n")
    export = changed(tmp_path, GOOGLE, ("5/13/2026 14:28:27", f'"{cell}"'), ("5/14/2026 9:05:01", f'"{cell}"'))
    assert answers(folder, export).exit_code == 0
    assert rows_of(folder, "waves")[0]["starts_on"] == day


def feedback(folder, path, *options):
    return run(folder, "feedback", path, "--cohort", "first", "--week", 2, "--points", 5, *options)


def test_feedback_without_free_text(folder):
    output = twice(folder, feedback, LABELS)
    assert "not taken, holds no scores: Q3, team" in output
    rows = rows_of(folder, "feedback")
    assert len(rows) == 8 and "comment" not in rows[0] and {row["cohort"] for row in rows} == {"first"}
    assert "How sure are you of your work with AI?" in {row["question"] for row in rows}
    everything = b"".join(contents(folder).values())
    assert b"more time" not in everything and b"Ada" not in everything and b"R_1" not in everything
    assert data.check_program(folder) == ()


def test_comments_only_where_asked_for_and_themes_stay(folder):
    assert feedback(folder, LABELS, "--comments", "anything else?").exit_code == 0
    path = folder / "feedback.csv"
    rows = rows_of(folder, "feedback")
    assert [row["comment"] for row in rows if row["comment"]] == ["Ada here: more time, please"]
    text = path.read_text().replace("question,score,comment", "question,score,comment,theme").replace("please\"\n", "please\",time\n")
    path.write_text(text)
    assert "unchanged" in feedback(folder, LABELS, "--comments", "Q3").output
    assert [row["theme"] for row in rows_of(folder, "feedback") if row["comment"]] == ["time"]
    assert "no such question" in fails(folder, feedback, LABELS, "--comments", "Q9")


def test_the_general_import_points_to_the_right_command(folder):
    for path, tool in ((VALUES, "Qualtrics"), (MICROSOFT, "Microsoft Forms"), (GOOGLE, "Google Forms")):
        output = " ".join(refused(folder, path).split())
        assert tool in output and "upskill import answers" in output and "upskill import feedback" in output


def test_words_of_two_scales_prove_nothing():
    import pandas as pd

    from upskill.data.sources.git import SourceError
    cells = pd.Series(["Agree", "Strongly agree", None])
    with pytest.raises(SourceError, match="4 and 5 and 7 points"):
        score_words("q", cells)
    assert score_words("q", cells, highest=7.0).scores.tolist()[:2] == [6, 7]
    assert score_words("q", cells, {"agree": 1, "strongly agree": 2}).highest == 2
    assert score_words("q", pd.Series(["blue"])) is None and score_words("q", pd.Series([None])) is None
