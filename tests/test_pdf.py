"""PDFs: tagged, titled, linked from where they lie, the same bytes each time; and what is said where there is no browser."""

import json
import re
import stat

import pytest
from click.testing import CliRunner
from sample_reports import FACT, SHOWN, make_notebook, make_program, make_spec
from test_batch import run

from upskill.batch import pdf
from upskill.batch.browser import find_browser
from upskill.batch.cli import render_command
from upskill.batch.pdf import Printer, PrintError, settled

LINKED = 'display({"application/vnd.upskill.say+json": {"markdown": "See [the other](other.ipynb)."}}, raw=True)'


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A program with two reports that link to each other and one that fails."""
    folder = tmp_path_factory.mktemp("printed")
    program = make_program(folder / "sample")
    make_notebook(folder / "one.ipynb", FACT, SHOWN, LINKED, title="One & (two)")
    make_notebook(folder / "other.ipynb", FACT, SHOWN)
    make_notebook(folder / "fails.ipynb", FACT, "1/0")
    make_spec(folder / "reports.yml", program, "one", "other", "fails")
    return folder


@pytest.fixture
def no_browser(monkeypatch):
    monkeypatch.setenv("UPSKILL_BROWSER", "no-such-browser")


def browser_that(folder, does):
    path = folder / "browser.sh"
    path.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_without_a_browser_everything_else_is_made_and_the_exit_status_says_so(company, no_browser):
    done = run(company, "--only", "o*", "--pdf")
    assert done.exit_code == 1
    assert "No PDF will be made. UPSKILL_BROWSER names no-such-browser, which is no program here." in done.output
    assert done.output.index("No PDF") < done.output.index("ok") and "2 ok" in done.output
    assert not list(company.glob("out/**/report.pdf"))


def test_a_report_is_printed_when_it_is_made_or_kept(company, chromium):
    assert "kept  one/company  (unchanged; its PDF is to be made)" in run(company, "--only", "o*", "--pdf", "--dry-run").output
    done = run(company, "--pdf")
    assert done.exit_code == 1 and "1 failed" in done.output and "2 kept" in done.output and "PDF" not in done.output
    printed = {path.parts[-3]: path.read_bytes() for path in company.glob("out/**/report.pdf")}
    assert set(printed) == {"one", "other"}
    page = printed["one"]
    assert b"/Marked true" in page and b"/Lang (en)" in page and b"/StructTreeRoot" in page
    title = re.search(rb"/Title <FEFF([0-9A-F]+)>", page)[1]
    assert bytes.fromhex(title.decode()).decode("utf-16-be").startswith("One & (two) – Sample Company")
    assert re.findall(rb"/URI \((.*?)\) *[/>]", page) == [b"../../other/company/report.html"]
    assert b"report.invalid" not in page and str(company).encode() not in page
    assert b"(D:20000101000000" in page
    run(company, "--only", "one", "--pdf", "--force")
    assert (company / "out/sample/one/company/report.pdf").read_bytes() == page
    run(company, "--only", "one", "--force")
    assert not (company / "out/sample/one/company/report.pdf").exists()  # none is better than an older one


def test_a_report_run_by_hand_is_printed(company, chromium, no_browser, monkeypatch, tmp_path):
    if not list(company.glob("out/sample/other/company/report.ipynb")):
        run(company, "--only", "other")
    notebook = str(company / "out/sample/other/company/report.ipynb")
    done = CliRunner().invoke(render_command, [notebook, "--output", str(tmp_path / "a"), "--pdf"])
    assert done.exit_code == 1 and (tmp_path / "a/report.html").is_file() and "No PDF will be made" in done.output
    monkeypatch.delenv("UPSKILL_BROWSER")
    done = CliRunner().invoke(render_command, [notebook, "--output", str(tmp_path / "b"), "--pdf"])
    assert done.exit_code == 0 and (tmp_path / "b/report.pdf").read_bytes().startswith(b"%PDF-")


def test_a_page_gets_nothing_but_itself(chromium):
    html = ('<!doctype html><html lang="en"><title>x</title><img src="http://report.invalid/other.png">'
            '<link rel="stylesheet" href="http://localhost:9/x.css"><p>Words.</p>')
    with Printer(chromium) as printer:
        assert printer.pdf(html, "a/b/c").startswith(b"%PDF-")


@pytest.mark.parametrize(("does", "why"), [("exec sleep 60", "no answer within 1 seconds"), ("exit 3", "the browser ended|Broken pipe")])
def test_a_browser_that_hangs_or_ends_is_said_and_ended(tmp_path, does, why):
    with Printer(browser_that(tmp_path, does), time_limit_seconds=1) as printer, pytest.raises(PrintError, match=why):
        printer.pdf("<p>Words.", "a/b/c")


def test_a_report_stays_ready_when_its_pdf_cannot_be_made(company, tmp_path, monkeypatch):
    monkeypatch.setenv("UPSKILL_BROWSER", browser_that(tmp_path, "exit 3"))
    assert find_browser() == str(tmp_path / "browser.sh")
    done = run(company, "--only", "other", "--pdf", "--force")
    assert done.exit_code == 1 and "✕ other/company: The PDF could not be made" in done.output and "1 ok" in done.output
    record = json.loads((company / "out/sample/other/company/run.json").read_text(encoding="utf-8"))
    assert record["status"] == "ok" and not (company / "out/sample/other/company/report.pdf").exists()


def test_links_count_from_the_folder_of_the_report_and_no_byte_moves():
    raw = (b"1 0 obj<</URI (http://report.invalid/p/two/core/report.html#a)>>/URI (https://doi.org/1)"
           b"/CreationDate (D:20261125231406+00'00')/URI (http://report.invalid/index.html)")
    found = settled(raw, "p/one/company", "2026-06-28")
    assert len(found) == len(raw) and found.index(b">>") == raw.index(b">>")
    assert b"/URI (../../two/core/report.html#a) " in found and b"/URI (https://doi.org/1)" in found
    assert b"(D:20260628000000+00'00')" in found and b"/URI (../../../index.html) " in found


def test_letter_is_for_those_who_print_on_it():
    assert [pdf.paper_of(locale) for locale in ("en_US", "fr-CA", "en_GB", "us", "zh_Hant_TW")] == ["Letter", "Letter", "A4", "A4", "A4"]
