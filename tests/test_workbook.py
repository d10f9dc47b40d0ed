"""The Excel workbook of a report: the same numbers as facts.json and the CSV files, nothing more than was published."""

import datetime
import io
import json
import zipfile

import nbformat
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_render import code_cell, record_of, shown, story

from upskill.batch.cells import interval_in, number_format, number_in, text_cell
from upskill.batch.execute import Ending
from upskill.batch.outcome import make_outcome
from upskill.batch.redact import Redactor
from upskill.batch.render import Links
from upskill.batch.write import as_csv, report_files, write_folder
from upskill.show import fact_text, format_number
from upskill.show.session import session
from upskill.show.tables import HIDDEN, table

FACTS = [{"name": "a.money", "value": 3281000.25, "low": -1250.5, "high": 4e6, "level": 0.9, "unit": "USD", "better": "higher",
          "text": "$3.28 million"},
         {"name": "a.share", "value": 0.1 + 0.2, "low": None, "high": None, "level": None, "unit": "share", "better": "", "text": "30 %"},
         {"name": "a.odd", "value": None, "low": None, "high": None, "level": None, "unit": '"x;y\\', "better": "", "text": "=1+1"}]
NASTY = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "#N/A", "_x0041_", "00123", "1e5", "TRUE", "a\x00b\x0bc", "x" * 40000, "a\ud800"]


def table_of(**changes):
    return {"name": "t", "caption": "What teams did", "columns": ["Team", "Money", "Change"], "note": "Made *up*.",
            "rows": [["core", 1234567.891, "−12 % (−21 % to −2 %)"], ["web", -0.1, "cannot tell"]], "units": {"Money": "EUR"}} | changes


def files_of(*tables, facts=FACTS):
    cells = [code_cell("report", shown("report", {"scope": "Company", "data_as_of": "2026-03-31", "currency": "USD"}),
                       *(shown("fact", fact) for fact in facts), shown("answer", {"sentences": ["**Yes**, by 12 %.", "Go."]})),
             *(code_cell("table", shown("table", table)) for table in tables),
             nbformat.v4.new_markdown_cell("## How we know\n\nBy a *model*: see docs/methods/money.md.")]
    outcome = make_outcome(story(*cells), Ending(), Redactor())
    assert outcome.ending.status == "ok", outcome.ending
    return report_files(outcome, record_of(outcome, title=outcome.title), Links())


def book_of(*tables, **options):
    return openpyxl.load_workbook(io.BytesIO(files_of(*tables, **options)["report.xlsx"]))


def grid(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]


def test_sheets_come_in_order_and_say_what_they_are():
    book = book_of(table_of(name="second first"), table_of(name="b"))
    assert book.sheetnames == ["About", "Facts", "second_first", "b", "Sources"]
    about = {row[0]: row[1] for row in grid(book["About"]) if row[0]}
    assert about["Title"] == "The title" and about["Answer"] == "Yes, by 12 %." and about["Question"] == "What is asked?"
    assert about["Data as of"] == datetime.datetime(2026, 3, 31) and "data as of 2026-03-31" in about["How to cite"]
    assert about["Sheet b"] == "What teams did"
    sheet = book["b"]
    assert sheet["A1"].value == "What teams did" and sheet["A2"].value == "Made up." and sheet.freeze_panes == "B4"
    assert [cell.value for cell in sheet[3]] == ["Team", "Money", "Change", "Change, low", "Change, high"]
    said = grid(book["Sources"])
    assert ["How we know", "How we know", "By a model: see docs/methods/money.md."] in said
    assert ["Document", None, "docs/methods/money.md"] in said and ["Table", "What teams did", "Made up."] in said


def test_what_a_report_lists_as_its_basis_stands_among_the_sources():
    assumed = {"name": "assumptions", "caption": "Assumed", "columns": ["Assumption", "Value", "Confirmed"], "rows": [["hours", "24", None]]}
    assert ["Assumption", "hours", "Value: 24"] in grid(book_of(assumed)["Sources"])


def test_facts_are_those_of_facts_json_to_sixteen_digits():
    files = files_of()
    frame = pd.read_excel(io.BytesIO(files["report.xlsx"]), sheet_name="Facts", header=2)
    facts = json.loads(files["facts.json"])["facts"]
    assert frame["Name"].tolist() == [fact["name"] for fact in facts]
    for column in ("Value", "Low", "High", "Level"):
        expected = [np.nan if fact[column.lower()] is None else fact[column.lower()] for fact in facts]
        assert frame[column].to_numpy(float) == pytest.approx(expected, rel=2e-16, abs=0, nan_ok=True)
    sheet = openpyxl.load_workbook(io.BytesIO(files["report.xlsx"]))["Facts"]
    assert sheet["B4"].number_format == '"$"#,##0_);"−$"#,##0_)' and sheet["B5"].number_format.startswith("0 %")
    assert sheet["H6"].value == "=1+1" and sheet["H6"].data_type == "s"


def test_numbers_of_tables_are_those_of_the_csv_and_look_like_their_unit():
    files = files_of(table_of())
    csv = pd.read_csv(io.StringIO(files["tables/t.csv"]))
    frame = pd.read_excel(io.BytesIO(files["report.xlsx"]), sheet_name="t", header=2)
    assert frame["Money"].tolist() == csv["Money"].tolist() and frame["Team"].tolist() == csv["Team"].tolist()
    assert frame["Change"].tolist() == [-0.12, "cannot tell"]
    assert frame["Change, low"].tolist()[0] == -0.21 and frame["Change, high"].tolist()[0] == -0.02
    sheet = openpyxl.load_workbook(io.BytesIO(files["report.xlsx"]))["t"]
    assert sheet["B4"].number_format == '"€"#,##0_);"−€"#,##0_)' and sheet["C4"].number_format == '0 %_);"−"0 %_)'


def test_no_text_becomes_a_formula_a_number_or_an_error():
    book = book_of(table_of(columns=NASTY[:3], rows=[[text, text, "y"] for text in NASTY], units={}))
    sheet = book["t"]
    for row, text in enumerate(NASTY, start=4):
        for cell in sheet[row][:2]:
            assert cell.data_type == "s" and cell.value.startswith(text_cell(text)[:1])
            assert cell.quotePrefix == (text[0] in "=+-@\t")
    assert len(sheet["A15"].value) == 32767 and sheet["A10"].value in ("_x0041_", "_x005F_x0041_")


def test_odd_tables_do_not_break_the_workbook():
    odd = [table_of(columns=[], rows=[], units={}), table_of(columns=["", ["a"], 5], rows=[[10**400, {"a": [1]}, True]], units=[], hidden=3)]
    book = book_of(*odd)
    assert grid(book["t_2"])[0][1:] == ["{'a': [1]}", True]


def test_names_of_sheets_are_legal_and_distinct():
    names = ["sources", "About", "a" * 40, "a" * 50, "history", "../x:y", "Facts", ""]
    found = book_of(*(table_of(name=name) for name in names)).sheetnames
    assert len({name.lower() for name in found}) == len(names) + 3
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in found)
    assert found[:2] == ["About", "Facts"] and found[-1] == "Sources" and "history" not in found


def test_hidden_rows_say_why_and_never_show_a_number(monkeypatch):
    said = []
    monkeypatch.setattr("upskill.show.tables.publish", lambda kind, content, **forms: said.append(json.loads(json.dumps(content))))
    monkeypatch.setattr("upskill.show.tables.session", type(session)(minimum_group_size=5))
    frame = pd.DataFrame({"Team": ["a", "b", "c", "d"], "People": [20, 3, 6, 9], "Share": [0.5, 0.25, 0.3, 0.4],
                          "Since": pd.to_datetime(["2026-01-02"] * 4)})
    table(frame, "By team", "teams", formats={"Share": "share"})
    content, = said
    rows = [grid(book_of(content)["teams"])[place] for place in (0, 1)]
    assert rows[0] == ["a", 20, 0.5, datetime.datetime(2026, 1, 2)]
    assert rows[1] == ["b", HIDDEN, HIDDEN, HIDDEN]
    assert as_csv(content).splitlines()[1:3] == ["a,20,0.5,2026-01-02", "b,,,"]


def test_the_same_report_gives_the_same_bytes_without_a_clock(tmp_path):
    first, second = (files_of(table_of())["report.xlsx"] for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = packed.read("docProps/core.xml").decode()
    assert "2026-03-31T00:00:00" in core and "The title" in core and str(datetime.date.today().year + 1) not in core
    write_folder(tmp_path / "r", {"report.xlsx": first, "a.csv": "é\n"})
    assert (tmp_path / "r/report.xlsx").read_bytes() == first and (tmp_path / "r/a.csv").read_bytes() == "é\n".encode()


def test_a_report_that_failed_gets_no_workbook():
    outcome = make_outcome(story(code_cell("1/0")), Ending("failed", "It stopped."), Redactor())
    assert "report.xlsx" not in report_files(outcome, record_of(outcome), Links())


@given(st.floats(-1e10, 1e10), st.sampled_from(["USD", "EUR", "CHF", "share", "percent change", "hours", "levels", "people", ""]))
def test_every_number_that_we_print_is_read_back_as_printed(value, unit):
    text = format_number(value, unit)
    number, form = number_in(text)
    scale = {"hours": 24 if text.endswith("days") else 1}.get(unit, 1)
    digits = text.partition(".")[2]
    step = 10.0 ** -len(digits[:len(digits) - len(digits.lstrip("0123456789"))])
    step *= 1e9 if "billion" in text else 1e6 if "million" in text else 1e3 if "k" in text.split(" ")[0] else 0.01 if "%" in text else 1
    assert number == pytest.approx(value / scale, abs=0.51 * step)
    assert ("%" in form) == ("%" in text) and (number < 0) == (text[0] == "−")


@given(st.floats(-1e7, 1e7), st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from(["USD", "CHF", "share", "percent change", "levels", ""]))
def test_every_interval_that_we_print_becomes_three_numbers(value, below, above, unit):
    text = fact_text(value, value - below, value + above, unit)
    found = interval_in(text)
    assert found is not None, text
    assert found[1][0] <= found[0][0] <= found[2][0]


@pytest.mark.parametrize("text", ["5 or more", "007", "2026", "under 0.001", "12 of 40", "1.5.2", "10 %-20 %", "−", "", "3 (1 to x)",
                                  "$5 (1 to 2)", "5 (9 to 2)", "+0.33 (0.16 to 0.50): improved", "5k", "12,34"])
def test_what_is_no_plain_number_stays_text(text):
    assert number_in(text) is None and interval_in(text) is None


def test_formats_keep_to_what_excel_takes():
    for unit in ('"x;y\\', "u" * 400, "per week", "", "USD", "XYZ"):
        form = number_format(unit, [1.5])
        assert len(form) <= 255 and form.count('"') % 2 == 0 and "\\" not in form
