"""A monthly export, whole or overlapping, with restated rows: nothing is counted twice, and the second time nothing changes."""

import pytest
from click.testing import CliRunner

from upskill import data
from upskill.data.sources.cli import import_command
from upskill.data.sources.table import LOG

IMPORTS = """\
kpi_observations:
  file: kpi-*.csv
  columns: {date: Month, team: Squad, kpi: Metric, value: Score, n: Answers}
  constants: {period: month}
  dates: DD.MM.YYYY
  decimal: ","
people:
  file: staff-*.csv
  columns: {person_id: E-Mail, team: Squad, role: Job}
  pseudonyms: [person_id]
"""
HEAD = "Month;Squad;Metric;Score;Answers\n"
MAY = HEAD + "01.04.2026;red;satisfaction;3,50;8\n01.05.2026;red;satisfaction;3,7;9\n"
JUNE = HEAD + "01.05.2026;red;satisfaction;3,9;10\n01.06.2026;red;satisfaction;4;9\n"
STAFF = "E-Mail;Name;Squad;Job\nada@x.org;Ada L;red;dev\nbob@x.org;Bob B;red;dev\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    place = tmp_path / "program"
    place.mkdir()
    (place / "program.yml").write_text("name: Test")
    (place / "imports.yml").write_text(IMPORTS)
    return place


def bring(folder, name, text, *options):
    export = folder.parent / name
    export.write_text(text)
    return CliRunner().invoke(import_command, ["table", str(export), "--into", str(folder), *options])


def values(folder):
    frame = data.read_program(folder, strict=True)["kpi_observations"]
    return dict(zip(frame["date"].dt.strftime("%m"), frame["value"], strict=True))


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_overlapping_exports_add_and_restate_and_count_nothing_twice(folder):
    assert "2 new, 0 restated" in bring(folder, "kpi-05.csv", MAY).output
    assert "1 new, 1 restated, 0 unchanged, 1 not in this export and kept" in bring(folder, "kpi-06.csv", JUNE).output
    assert values(folder) == {"04": 3.5, "05": 3.9, "06": 4.0}


@pytest.mark.parametrize(("name", "text"), [("kpi-05.csv", MAY), ("staff-05.csv", STAFF)])
def test_the_second_time_nothing_changes(folder, name, text):
    bring(folder, name, text)
    before = files(folder)
    assert "nothing changed" in bring(folder, name, text).output
    assert files(folder) == before


def test_another_spelling_of_the_same_value_is_no_restatement(folder):
    bring(folder, "kpi-05.csv", MAY)
    before = files(folder)
    assert "0 restated, 2 unchanged" in bring(folder, "kpi-05b.csv", MAY.replace("3,50", "3,500").replace("3,7", "3,70")).output
    assert files(folder) == before


def test_the_log_says_what_was_restated(folder):
    bring(folder, "kpi-05.csv", MAY)
    assert not (folder / LOG).exists()
    bring(folder, "kpi-06.csv", JUNE)
    lines = [line.split("\t") for line in (folder / LOG).read_text().splitlines()]
    assert [line[1:] for line in lines[1:]] == [
        ["kpi-06.csv", "kpi_observations", "2026-05-01 / month / red / satisfaction", "value", "3.7", "3.9"],
        ["kpi-06.csv", "kpi_observations", "2026-05-01 / month / red / satisfaction", "n", "9", "10"]]


def test_a_whole_export_removes_what_it_lacks_and_logs_it(folder):
    bring(folder, "kpi-05.csv", MAY)
    assert "1 gone" in bring(folder, "kpi-06.csv", JUNE, "--whole").output
    assert sorted(values(folder)) == ["05", "06"] and "1 rows\tnot in the export" in (folder / LOG).read_text()


def test_columns_that_the_export_lacks_stay(folder):
    bring(folder, "kpi-05.csv", MAY)
    path = folder / "kpi_observations.csv"
    path.write_text(path.read_text().replace(",n\n", ",n,note\n").replace(",8\n", ",8,mine\n").replace(",9\n", ",9,\n"))
    bring(folder, "kpi-06.csv", JUNE)
    assert "mine" in path.read_text() and values(folder)["04"] == 3.5


def test_no_name_reaches_the_folder(folder):
    assert bring(folder, "staff-05.csv", STAFF).exit_code == 0
    moved = STAFF.replace("bob@x.org;Bob B;red", "Bob@X.org;Bob B;blue")
    assert "0 new, 1 restated, 1 unchanged" in bring(folder, "staff-06.csv", moved).output
    for content in files(folder).values():
        assert not [word for word in (b"ada", b"Ada", b"bob@", b"Bob") if word in content]
    assert "people\t1 rows\tteam\t\t" in (folder / LOG).read_text()
    assert sorted(data.read_program(folder, strict=True)["people"]["team"]) == ["blue", "red"]


@pytest.mark.parametrize(("name", "text", "said"), [
    ("kpi-07.csv", HEAD + "31.02.2026;red;satisfaction;3;8\n", "row 2, column Month"),
    ("kpi-07.csv", MAY.replace("Squad", "Sqad"), "name of a column"), ("other.csv", MAY, "--table"), ("spend.csv", "a,b\n1,2\n", "no key"),
    ("kpi-07.csv", "", "a header and rows"), ("kpi-07.csv", MAY + MAY.partition("\n")[2], "duplicate_key"),
])
def test_what_cannot_be_trusted_changes_nothing(folder, name, text, said):
    before = files(folder)
    result = bring(folder, name, text)
    assert result.exit_code == 1 and "Traceback" not in result.output and files(folder) == before
    assert said in result.output


def test_an_entry_in_mapping_yml_would_be_applied_twice(folder):
    (folder / "mapping.yml").write_text("kpi_observations: {decimal: ','}")
    assert "move that entry to imports.yml" in " ".join(bring(folder, "kpi-05.csv", MAY).output.split())


USAGE = "date,person_id,tool,measure,value\n2026-05-04,p1,assistant,prompts,3\n2026-05-04,p2,assistant,prompts,4\n"
CHANGES = "repository,pull_request_id,author_id,created_at\nr,1,p1,2026-05-04T10:00:00Z\nr,2,stranger,2026-05-04T11:00:00Z\n"


@pytest.mark.parametrize(("table", "text", "columns", "rows"), [
    ("ai_usage", USAGE, ["team", "value"], [["red", 7.0]]),
    ("pull_requests", CHANGES, ["team", "author_id"], [["red", "team red"], [None, "team unknown"]])])
def test_with_team_only_nobodys_work_is_kept(folder, table, text, columns, rows):
    (folder / "program.yml").write_text("name: Test\nteam_only: true\n")
    (folder / "people.csv").write_text("person_id,team,role\np1,red,dev\np2,red,dev\n")
    result = bring(folder, f"{table}.csv", text)
    assert result.exit_code == 0, result.output
    kept = (folder / f"{table}.csv").read_text()
    assert not any(name in kept for name in ("p1", "p2", "stranger"))
    read = data.read_program(folder)[table][columns].astype(object)
    assert read.where(read.notna(), None).to_numpy().tolist() == rows
    before = files(folder)
    bring(folder, f"{table}.csv", text)
    assert files(folder) == before
