"""Every damage is named with its place and its cure; what is only unusual is read; nothing is half written."""

import codecs
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from damages import DAMAGES, PAGE, SOUND, messages_of_all, page, sound_program, workbook

from upskill import data
from upskill.batch.cli import run_command
from upskill.data.cli import report
from upskill.data.source import read_raw


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return messages_of_all(tmp_path_factory.mktemp("damaged"))


def test_the_sound_program_is_sound(tmp_path):
    assert data.check_program(sound_program(tmp_path)) == ()
    assert data.read_program(tmp_path, strict=True)


def test_the_damages_are_many_and_told_apart():
    titles = [damage.title for damage in DAMAGES]
    assert len(set(titles)) == len(titles) >= 80
    assert len({damage.code for damage in DAMAGES}) >= 25


@pytest.mark.parametrize("number", range(len(DAMAGES)), ids=[damage.title for damage in DAMAGES])
def test_each_damage_is_named(found, number):
    damage, message = found[number]
    assert message, f"no {damage.code}"
    place = message.partition(":")[0]
    assert place.startswith(damage.file) and damage.words in message
    assert damage.row is None or f" {damage.row}," in place + ","
    assert damage.column in place
    assert damage.code == "no_program" or message.endswith(f"[{damage.code}]")


def test_the_page_of_damages_is_up_to_date(found):
    assert PAGE.read_text(encoding="utf-8") == page(found), "run: python tests/damages.py"


# --- what is unusual and still read


PEOPLE = SOUND["people"]
ROWS = [line.split(",") for line in PEOPLE.splitlines()]


def rewrite(change):
    return lambda folder: (folder / "people.csv").write_bytes(change(PEOPLE))


@pytest.mark.parametrize("do", [
    rewrite(lambda text: codecs.BOM_UTF8 + text.encode()),
    rewrite(lambda text: text.encode("utf-16")),
    rewrite(lambda text: text.encode("utf-32")),
    rewrite(lambda text: text.replace("\n", "\r").encode()),
    rewrite(lambda text: text.replace("2026-06-30", "6/30/2026 11:05 PM").encode()),
    rewrite(lambda text: text.replace(",", ";").encode()),
    rewrite(lambda text: text.replace(",", "\t").encode()),
    rewrite(lambda text: ("\n\n" + text).encode()),
    rewrite(lambda text: ("Staff list\nas of today\n\n" + text).encode()),
    rewrite(lambda text: ("Staff list,,,\n,,,\n" + text).encode()),
    rewrite(lambda text: text.replace("2026-06-30", "30.06.2026").encode()),
    workbook(("people", ROWS), instead="people"),
    workbook(("Notes", [["read me"]]), ("People", [["Staff list"], [], *ROWS]), instead="people"),
    lambda folder: (folder / "program.yml").write_text("name: Test\ncurrency: eur  # comment\n"),
], ids=["BOM", "UTF-16", "UTF-32", "ends of the Macintosh", "month first with a clock", "semicolons", "tabs", "blank rows first", "titles above", "titles as wide", "day first",
        "workbook", "workbook with titles and notes", "currency in small letters"])
def test_what_is_only_unusual_is_read(tmp_path, do):
    do(sound_program(tmp_path))
    people = data.read_program(tmp_path, strict=True)["people"]
    assert people["person_id"].tolist() == ["p1", "p2", "p3"] and str(people["end_date"][2].date()) == "2026-06-30"


def test_an_empty_program_yml_means_defaults(tmp_path):
    (sound_program(tmp_path) / "program.yml").write_text("")
    assert data.read_program(tmp_path, strict=True).settings.minimum_group_size == 5


def test_rows_below_titles_keep_their_numbers(tmp_path):
    text = "Staff list\n\n" + PEOPLE.replace("p2,blue,dev", "p2,,dev")
    (sound_program(tmp_path) / "people.csv").write_text(text)
    fault = next(one for one in data.check_program(tmp_path) if one.code == "empty_cell")
    assert (fault.row, fault.column) == (5, "team")


@pytest.mark.parametrize(("clock", "hour"), [("12:05 AM", 0), ("1:05 am", 1), ("12:05 PM", 12), ("11:05 p.m.", 23),
                                             ("13:05", 13)])
def test_clocks_of_half_a_day(tmp_path, clock, hour):
    text = SOUND["deployments"].replace("2025-02-03", f"2/23/2025 {clock}")
    (sound_program(tmp_path) / "deployments.csv").write_text(text)
    assert data.read_program(tmp_path, strict=True)["deployments"]["finished_at"][0].hour == hour


def test_no_hour_thirteen_in_the_afternoon(tmp_path):
    text = SOUND["deployments"].replace("2025-02-03", "2/23/2025 13:05 PM")
    (sound_program(tmp_path) / "deployments.csv").write_text(text)
    assert [fault.code for fault in data.check_program(tmp_path)][:1] == ["wrong_type"]


def test_faults_that_only_follow_come_last(tmp_path):
    (sound_program(tmp_path) / "people.csv").write_text(PEOPLE.replace("p1,red", "p1,"))
    (tmp_path / "memberships.csv").write_text("person_id,team,starts_on\np1,blue,2025-01-01\n")
    files = [line.split(":")[0] for line in report(tmp_path, data.check_program(tmp_path)) if ".csv: " in line]
    assert files == ["people.csv", "memberships.csv", "test_responses.csv"]


def test_dates_of_a_workbook_are_dates(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "people"
    for row in ROWS:
        book.active.append(row)
    book.active["D4"] = 46203  # 30 June 2026, shown as a date
    book.active["D4"].number_format = "DD/MM/YYYY"
    (sound_program(tmp_path) / "people.csv").unlink()
    book.save(tmp_path / "book.xlsx")
    assert str(data.read_program(tmp_path, strict=True)["people"]["end_date"][2].date()) == "2026-06-30"


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    from upskill.data import source

    def refuse(path):
        raise PermissionError(13, "Permission denied")
    sound_program(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    place = Path(tmp_path / "people.csv")
    with pytest.raises(source.Unreadable, match=r"people\.csv.*Permission denied.*let this user read it"):
        read_raw(data.folder.Source("people", "text", place, "people.csv"), data.TABLES["people"])


# --- nothing is half written


@pytest.mark.parametrize("file", ["people.csv", "program.yml"])
def test_a_run_over_a_broken_program_writes_nothing(tmp_path, file):
    folder = sound_program(tmp_path / "company")
    (folder / file).write_bytes(b"\xff\xff\x00")
    before = sorted(path.name for path in folder.iterdir())
    result = CliRunner().invoke(run_command, ["--program", str(folder), "--output", str(tmp_path / "out"),
                                              "--only", "05_kpi_tracking/company"])
    assert result.exit_code != 0 and file in result.output
    assert not (tmp_path / "out").exists() and sorted(path.name for path in folder.iterdir()) == before


def test_a_broken_table_is_left_out_and_the_reports_that_need_it_say_why(tmp_path, example):
    folder = tmp_path / "company"
    shutil.copytree(example, folder)
    for name, damage in (("test_responses", b""), ("cuts", b"a,b\n1,2\n")):
        (folder / f"{name}.csv").write_bytes(damage)
    result = CliRunner().invoke(run_command, ["--program", str(folder), "--output", str(tmp_path / "out"), "--only",
                                              "01_skill_assessment/company", "--only", "06_roi_model/company"])
    assert result.exit_code == 0 and "1 skipped, 1 ok" in result.output, result.output
    assert "test_responses.csv" in result.output and "expected a header and rows" in result.output
    page = (tmp_path / "out" / "company" / "06_roi_model" / "company" / "report.html").read_text(encoding="utf-8")
    assert "left out as broken: cuts, test_responses" in page
    with pytest.raises(data.ProgramError):
        data.read_program(folder, strict=True)
