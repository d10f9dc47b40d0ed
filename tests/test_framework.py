"""The framework: sound as shipped, back and forth as a workbook, every wrong cell named, nothing written by halves."""

import re
import shutil
import subprocess
from dataclasses import replace

import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from upskill.data import check_program
from upskill.framework import check_framework, read_framework
from upskill.framework.cli import framework_command
from upskill.framework.install import InstallError, install
from upskill.framework.page import render_page
from upskill.framework.read import PROGRAM_TABLES
from upskill.framework.workbook import WorkbookError, read_workbook, write_workbook


@pytest.fixture(scope="module")
def shipped():
    return read_framework()


@pytest.fixture
def workbook(shipped, tmp_path):
    path = tmp_path / "framework.xlsx"
    write_workbook(shipped, path)
    return path


@pytest.fixture
def program(tmp_path):
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "program.yml").write_text("name: Small\ncurrency: EUR\n", encoding="utf-8")
    return folder


def edit(path, sheet, changes):
    book = load_workbook(path)
    for cell, value in changes.items():
        book[sheet][cell] = value
    book.save(path)


def changed(framework, name, frame):
    return replace(framework, tables=framework.tables | {name: frame})


def test_the_shipped_framework_is_sound_and_has_the_promised_size(shipped):
    assert check_framework(shipped) == []
    assert len(shipped.domains) == 6 and len(shipped.titles) == 24 and len(shipped.roles) == 7
    assert len(shipped["competencies"]) == 120 and shipped["competencies"]["anchor"].is_unique
    assert set(shipped["life_cycle"]["competency_id"]) | set(shipped["curriculum"]["competency_id"]) == set(shipped.titles)
    assert {kind for entry in shipped.about["domains"] for kind in entry["kind"].split(" and ")} == {
        "foundational", "technical", "human"}


def test_each_level_has_a_sentence_that_begins_with_what_the_person_does(shipped):
    first = shipped["competencies"]["anchor"].str.split().str[0]
    assert first.str.fullmatch(r"[a-z]+s").all()
    assert not first.isin(["knows", "understands", "has", "is"]).any()
    assert shipped["competencies"]["anchor"].str.len().between(25, 140).all()


def test_developers_and_data_scientists_differ_where_their_work_does(shipped):
    targets = shipped["role_targets"].pivot(index="competency_id", columns="role", values="target_level")
    more = targets["developer"] - targets["data scientist"]
    assert (more[["B1", "B2", "B4", "C4", "E1"]] > 0).all()
    assert (more[["A1", "A2", "A3", "A4", "C3", "D1", "D3", "D4", "E3", "F2", "F3", "F4"]] < 0).all()
    examples = shipped["role_examples"].pivot(index="competency_id", columns="role", values="example")
    assert set(examples.index) == set(shipped.titles) and (examples["developer"] != examples["data scientist"]).all()


def test_a_workbook_brings_back_the_same_tables(shipped, workbook):
    tables = read_workbook(workbook)
    for name in PROGRAM_TABLES:
        order = list(shipped[name].columns[:2])
        pd.testing.assert_frame_equal(tables[name].sort_values(order, ignore_index=True),
                                      shipped[name].sort_values(order, ignore_index=True), check_dtype=False)


def test_the_sheets_to_read_name_each_competency_and_print_on_wide_pages(shipped, workbook):
    book = load_workbook(workbook)
    for name in ("Prerequisites", "Life cycle", "Curriculum", "Examples"):
        head, *rows = book[name].iter_rows(values_only=True)
        place, title = head.index("competency_id"), head.index("competency")
        assert rows and all(row[title] == shipped.titles[row[place]] for row in rows)
    assert all(sheet.page_setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage
               for sheet in book if sheet.title != "About")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_on_paper_each_domain_has_one_sheet(shipped, chromium, tmp_path, paper):
    page = render_page(shipped).replace("@page{margin", f"@page{{size:{paper};margin")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
                    "--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}",
                    "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}", (tmp_path / "page.html").as_uri()],
                   check=True, capture_output=True, timeout=120)
    # The levels, the targets, six domains, the two maps.
    assert len(re.findall(rb"/Type\s*/Page[^s]", (tmp_path / "page.pdf").read_bytes())) == 10


def test_what_was_edited_arrives_in_the_program_and_again_changes_nothing(workbook, program):
    edit(workbook, "Competencies", {"F2": "writes  a test\nfor it"})
    edit(workbook, "Targets", {"C2": 5})
    assert set(install(read_workbook(workbook), program).values()) == {"new"}
    assert set(install(read_workbook(workbook), program).values()) == {"unchanged"}
    again = read_framework(program)
    assert again["competencies"].set_index(["competency_id", "level"]).loc[("A1", 3), "anchor"] == "writes a test for it"
    targets = again["role_targets"].set_index(["role", "competency_id"])["target_level"]
    assert targets["developer", "A1"] == 5 and targets["developer", "A2"] == 2
    assert check_program(program) == [] or not any(fault.table in PROGRAM_TABLES for fault in check_program(program))
    assert not list(program.glob(".*"))


def test_a_program_s_framework_can_be_exported_edited_and_brought_back(workbook, program, tmp_path):
    install(read_workbook(workbook), program)
    second = tmp_path / "second.xlsx"
    write_workbook(read_framework(program), second)
    assert set(install(read_workbook(second), program).values()) == {"unchanged"}


WRONG_CELLS = [
    ("Targets", {"C2": 7}, "sheet Targets, row 2, column developer: found 7; expected a whole number from 0 to 5"),
    ("Targets", {"C2": 2.5}, "row 2, column developer: found 2.5"),
    ("Targets", {"C2": "three"}, "found 'three'"),
    ("Targets", {"C2": True}, "found True"),
    ("Targets", {"D3": None}, "row 3, column data scientist: found nothing"),
    ("Importance", {"C4": 0}, "sheet Importance, row 4, column developer: found 0; expected a whole number from 1 to 5"),
    ("Targets", {"A2": "Z9"}, "Z9 is not in sheet Competencies"),
    ("Targets", {"A3": "A1"}, "A1 stands in row 2 already"),
    ("Targets", {"J1": "designer"}, "role designer is not in sheet Importance"),
    ("Competencies", {"F5": None}, "sheet Competencies, row 5, column level 3: empty"),
    ("Competencies", {"A3": "A1"}, "A1 stands in row 2 already"),
    ("Competencies", {"E4": '=HYPERLINK("http://x", "y")'}, "cell E4: a formula"),
    ("Competencies", {"D1": "level 9"}, "column level 1: empty"),
    ("Prerequisites", {"B2": "Q1"}, "sheet Prerequisites, row 2: Q1 is not in sheet Competencies"),
    ("Prerequisites", {"C2": 9}, "column minimum_level: found 9"),
]


@pytest.mark.parametrize(("sheet", "changes", "message"), WRONG_CELLS, ids=[wrong[2][:40] for wrong in WRONG_CELLS])
def test_every_wrong_cell_is_named_and_nothing_is_written(workbook, program, sheet, changes, message):
    edit(workbook, sheet, changes)
    edit(workbook, "Targets", {"E6": 8})
    before = sorted(path.name for path in program.iterdir())
    result = CliRunner().invoke(framework_command, ["import", str(workbook), "--into", str(program)])
    assert result.exit_code == 1 and message in result.output
    assert "row 6, column machine learning engineer: found 8" in result.output
    assert sorted(path.name for path in program.iterdir()) == before


def test_a_missing_sheet_and_a_file_that_is_no_workbook_are_said(workbook, tmp_path):
    book = load_workbook(workbook)
    del book["Targets"], book["Prerequisites"]
    book.save(workbook)
    with pytest.raises(WorkbookError) as caught:
        read_workbook(workbook)
    assert len(caught.value.problems) == 2 and "sheet Targets: not there" in str(caught.value)
    (tmp_path / "other.xlsx").write_text("no workbook")
    with pytest.raises(WorkbookError, match="not an Excel workbook"):
        read_workbook(tmp_path / "other.xlsx")


def test_a_circle_of_prerequisites_does_not_go_in(workbook, program):
    edit(workbook, "Prerequisites", {"A24": "A2", "B24": "A4", "C24": 2})
    with pytest.raises(InstallError, match="cycle"):
        install(read_workbook(workbook), program)
    assert [path.name for path in program.iterdir()] == ["program.yml"]


def test_a_competency_that_a_test_asks_about_cannot_vanish(workbook, tmp_path, example):
    folder = tmp_path / "company"
    folder.mkdir()
    for name in ("program.yml", "people.csv", "items.csv", *(f"{name}.csv" for name in PROGRAM_TABLES)):
        shutil.copy(example / name, folder)
    book = load_workbook(workbook)
    for sheet in ("Competencies", "Targets", "Importance"):
        row = next(row[0].row for row in book[sheet].iter_rows() if row[0].value == "F4")
        book[sheet].delete_rows(row)
    rows = [row[0].row for row in book["Prerequisites"].iter_rows() if row[0].value == "F4"]
    for row in reversed(rows):
        book["Prerequisites"].delete_rows(row)
    book.save(workbook)
    before = (folder / "competencies.csv").read_bytes()
    with pytest.raises(InstallError, match="items.csv.*F4"):
        install(read_workbook(workbook), folder)
    assert (folder / "competencies.csv").read_bytes() == before


def test_a_folder_that_is_no_program_and_a_program_without_a_framework_are_said(workbook, program, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InstallError, match="no program.yml"):
        install(read_workbook(workbook), tmp_path / "empty")
    result = CliRunner().invoke(framework_command, ["check", "--program", str(program)])
    assert result.exit_code == 1 and "competencies" in result.output and "Traceback" not in result.output


def test_hostile_words_stay_words_on_the_page_and_in_the_workbook(shipped, tmp_path):
    words = ['<script>alert("x")</script> & "y"', '=HYPERLINK("http://x","y")', "+1", "@SUM(A1)", "מימין לשמאל"]
    table = shipped["competencies"].copy()
    table.loc[:4, "anchor"] = words
    table.loc[:4, "competency"] = "<b>bold</b>"
    hostile = changed(shipped, "competencies", table)
    page = render_page(hostile)
    assert "<script" not in page and "<b>bold" not in page and "&lt;script&gt;" in page
    write_workbook(hostile, tmp_path / "x.xlsx")
    sheet = load_workbook(tmp_path / "x.xlsx")["Competencies"]
    assert [cell.value for cell in sheet[2][3:8]] == words
    assert {cell.data_type for cell in sheet[2][3:8]} == {"s"}
    assert read_workbook(tmp_path / "x.xlsx")["competencies"]["anchor"].tolist()[:5] == words


def test_the_page_is_whole_and_fetches_nothing(shipped):
    page = render_page(shipped)
    text = re.sub(r"\s+", " ", page.replace("&#39;", "'"))
    assert all(anchor in text for anchor in shipped["competencies"]["anchor"])
    assert all(f'id="{name}"' in page for name in shipped.titles)
    assert "<script" not in page and not re.search(r'(src|href)="https?:', page) and "default-src 'none'" in page
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page)) and page.count("<h1>") == 1
    assert page == render_page(read_framework())


DAMAGE = [
    ("competencies", lambda t: t.drop(index=2), "A1 has no sentence for level 3"),
    ("competencies", lambda t: t.assign(anchor=t["anchor"].where(t.index != 1, t["anchor"][0])), "the same sentence"),
    ("competencies", lambda t: t.assign(anchor=t["anchor"].where(t.index != 0, "knows things")), "cannot be seen"),
    ("competencies", lambda t: t.assign(anchor=t["anchor"].where(t.index != 0, "tests effectively")), "“effectively” judges"),
    ("competencies", lambda t: t.assign(anchor=t["anchor"].where(t.index != 0, "says " + "a" * 200)), "Shorten"),
    ("competencies", lambda t: t.assign(domain=t["domain"].where(t.index != 0, "Other")), "several names or domains"),
    ("role_targets", lambda t: t.drop(index=0), "developer has no target for A1"),
    ("role_targets", lambda t: t.assign(target_level=t["target_level"].where(t.index != 0, 6)), "target_level is 6"),
    ("role_targets", lambda t: pd.concat([t, t.head(1)]), "two targets for A1"),
    ("prerequisites", lambda t: pd.concat([t, pd.DataFrame([("A2", "A4", 2)], columns=t.columns)]), "a circle"),
    ("prerequisites", lambda t: t.assign(requires="Q1"), "Q1 is no competency"),
    ("life_cycle", lambda t: pd.concat([t, t.head(1)]), "stands there twice"),
    ("curriculum", lambda t: t.assign(competency_id="Q1"), "Q1 is no competency"),
    ("role_examples", lambda t: t.assign(role="designer"), "designer has no targets"),
]


@pytest.mark.parametrize(("name", "damage", "message"), DAMAGE, ids=[f"{name}: {text[:30]}" for name, _, text in DAMAGE])
def test_check_names_each_kind_of_damage(shipped, name, damage, message):
    assert any(message in line for line in check_framework(changed(shipped, name, damage(shipped[name]))))


def test_the_commands_work_from_end_to_end(tmp_path, program):
    run = CliRunner().invoke
    assert run(framework_command, ["export", "--output", str(tmp_path / "out")]).exit_code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"framework.html", "framework.xlsx"}
    done = run(framework_command, ["import", str(tmp_path / "out" / "framework.xlsx"), "--into", str(program)])
    assert done.exit_code == 0 and done.output.count(": new") == 3
    assert run(framework_command, ["check", "--program", str(program)]).output.endswith("no problems.\n")
    page = run(framework_command, ["export", "--output", str(tmp_path / "own"), "--program", str(program)])
    assert page.exit_code == 0 and "Small" in (tmp_path / "own" / "framework.html").read_text(encoding="utf-8")
