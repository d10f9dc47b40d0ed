"""Numbers are written as the program's locale has it, from one place; English ones as before."""

import re

import pytest

from upskill import numerals, show
from upskill.numerals import MARKS, general, localized, marks_of, number, use_locale
from upskill.show.figures import localize_axes, texts_of
from upskill.show.tables import _texts


@pytest.fixture
def locale():
    yield use_locale
    use_locale("en_US")


def test_marks_are_those_of_the_unicode_consortium():
    numbers = pytest.importorskip("babel.numbers")
    alike = str.maketrans({"\N{NARROW NO-BREAK SPACE}": " ", "\N{NO-BREAK SPACE}": " ", "'": "’"})
    for name in MARKS:
        theirs = numbers.format_decimal(1234567.5, format="#,##0.0", locale=name).translate(alike)
        assert localized("1,234,567.5", marks_of(name)).translate(alike) == theirs, name


@pytest.mark.parametrize(("name", "text"), [
    ("en_US", "$3.28 million ($1,250 to 12 %)"), ("en_GB", "$3.28 million ($1,250 to 12 %)"),
    ("de_DE", "$3,28 million ($1.250 to 12 %)"), ("de_CH", "$3.28 million ($1’250 to 12 %)"),
    ("fr_FR", "$3,28 million ($1\u202f250 to 12 %)"), ("xx", "$3.28 million ($1,250 to 12 %)")])
def test_text_of_numbers_gets_the_marks(name, text, locale):
    locale(name)
    assert f"{show.format_number(3.28e6, 'USD')} ({show.format_number(1250, 'USD')} to {show.format_number(0.12, 'share')})" == text


@pytest.mark.parametrize(("call", "text"), [
    (lambda: show.fact_text(0.034, 0.012, 0.071, "share"), "3,4 % (1,2 % to 7,1 %)"),
    (lambda: show.interval_text(0.12, 0.48, "levels"), "0,12 to 0,48 levels"),
    (lambda: show.format_number(-12_400.0, "EUR"), "−€12.000"), (lambda: number(-1234.56, 2), "−1.234,56"),
    (lambda: number(-0.001), "0,0"), (lambda: general(2.5), "2,5"), (lambda: general(-0.5), "−0,5"),
    (lambda: show.format_number(0.0004, "share"), "0 %"), (lambda: show.format_number(0.0004, "percent change"), "0 %")])
def test_every_way_of_writing_a_number_follows(call, text, locale):
    locale("de_DE")
    assert call() == text


@pytest.mark.parametrize("name", ["de_DE", "fr_FR", "de_CH", "sv_SE", "en_US"])
def test_a_spreadsheet_gets_the_number_that_the_page_shows(name, locale):
    from upskill.batch.workbook import _column

    locale(name)
    marks = marks_of(name)
    texts = [show.fact_text(1250.5, 1000, 2000, digits=1), show.format_number(1250), show.format_number(0.034, "share"), "GPT-4.1"]
    headings, cells = _column(texts, "", False, marks)
    assert [cell[0] for cell in cells[0]] == [1250.5, 1000.0, 2000.0] and len(headings) == 2
    assert cells[1][0][0] == 1250 and cells[2][0][0] == 0.034 and cells[3][0] == "GPT-4.1"


def test_tables_and_axes_follow(locale):
    import pandas as pd

    locale("de_DE")
    cells = _texts(pd.DataFrame({"Team": ["GPT-4.1", "b"], "Tasks": [1250, 3], "Share": [0.034, 0.5]}), {"Share": "share"})
    assert cells.to_numpy().tolist() == [["GPT-4.1", "1.250", "3,4 %"], ["b", "3", "50 %"]]
    fig, (left, right) = show.new_figure(columns=2)
    left.plot([0, 0.5, 1], [0, 2000, 4000])
    right.barh(["GPT-4.1", "b"], [0.25, 1])
    localize_axes(fig)
    fig.draw_without_rendering()
    ticks = texts_of(fig, "")
    assert "2.000" in ticks and "0,6" in ticks and "GPT-4.1" in ticks and "2000" not in ticks


def test_marks_are_those_of_the_program_that_the_report_is_about(example, locale):
    from dataclasses import replace

    from upskill.data import read_program

    example_program = read_program(example)
    show.scope(replace(example_program, settings=replace(example_program.settings, locale="de_DE")))
    assert number(1234.5) == "1.234,5"
    show.scope(example_program)
    assert number(1234.5) == "1,234.5"


def test_numbers_in_analysis_are_written_in_one_place():
    """No decimals or thousands bypass `numerals` where readers see them."""
    from upskill.paths import ROOT

    quiet = {"skills/cli.py", "skills/panel/cuts.py", "roi/scenario.py", "kpi/promised/targets.py", "learning/exact.py",
             "learning/whole.py", "numerals.py"}  # the terminal, faults, and numbers that are whole
    parts = ("skills", "learning", "roi", "kpi", "adoption", "roadmap", "summary", "own")
    found = [f"{path.relative_to(ROOT)}: {line.strip()}" for part in parts for path in (ROOT / "lib/upskill" / part).rglob("*.py")
             if str(path.relative_to(ROOT / "lib/upskill")) not in quiet
             for line in path.read_text(encoding="utf-8").splitlines()
             if re.search(r"\{[^{}]+:(,|\.[1-9]f|,\.\df|\.?\d?g)\}", line) and "raise " not in line]
    assert not found and numerals.number(1) == "1.0"
