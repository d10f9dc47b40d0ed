"""Names that would run, reorder, escape or collide, all the way into pages, tables, drawings, workbooks and folders."""

import base64
import csv
import hashlib
import io
import json
import re
import subprocess
import unicodedata
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

import nbformat
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from upskill import data, show
from upskill.batch.execute import Ending
from upskill.batch.index import write_index
from upskill.batch.outcome import make_outcome
from upskill.batch.program import describe_program, safe_name, team_slugs
from upskill.batch.render import Links
from upskill.batch.write import report_files, write_folder
from upskill.data.cli import check_command, new_command
from upskill.data.names import RUN, guarded, isolated, tidy, unguarded
from upskill.framework.install import install
from upskill.framework.page import render_page
from upskill.framework.read import read_framework
from upskill.framework.workbook import read_workbook, write_workbook
from upskill.show import facts, figures, prose, session, tables

HEBREW = "\u05e6\u05d5\u05d5\u05ea"
NAMES = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "</title><b>x</b>",
    "]]><!-- x --> -- >", "&lt;i&gt;", '=HYPERLINK("http://x","y")', "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "a;=1+1",
    "\uff1d1+1", "../../x", "C:\\x\\y", "/etc/passwd", "CON", ".dot.", "...", "T" * 300, "\U0001f600\U0001f469\u200d\U0001f4bb",
    "abc\u202egnp.exe", f"{HEBREW} 5", "a\nb\tc\r\nd", "e\x01\x1b[31mf", "g\u200bh\ufeffi", "[x](http://evil.example)",
    "[y](javascript:alert(1))", "![z](http://evil.example/z.png)", "**bold** `code` | pipe", "# heading", "1. item",
    "$\\frac{$", "{{ 7*7 }}{% raw %}", "it's \"quoted\"", "Cafe\u0301", "<http://evil.example>", "company", "company-seed-1",
)
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
SETTINGS = 'name: "Evil \\u202e</title><script>alert(9)</script> \\"Co\\""\ncurrency: USD\n'


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """A program with six people in a team of each name, in a role of each name."""
    folder = tmp_path_factory.mktemp("hostile") / "Company \u6570\u636e"
    folder.mkdir()
    (folder / "program.yml").write_text(SETTINGS, encoding="utf-8")
    rows = [f"p{place:03}{number},{quoted(name)},{quoted(name)}" for place, name in enumerate(NAMES)
            for number in range(6)]
    (folder / "people.csv").write_bytes("\n".join(["person_id,team,role", *rows, ""]).encode())
    return folder


@pytest.fixture(scope="module")
def output(program, tmp_path_factory):
    """Reports for the company and for each team, through the reader, the door of `show`, and the writer of the batch."""
    folder = tmp_path_factory.mktemp("out")
    about = describe_program(str(program))
    slugs = team_slugs(about.teams)
    for team, slug in slugs.items():
        outcome = make_outcome(notebook_of(data.read_program(program, team=team)), Ending("ok"))
        assert outcome.ending.status == "ok", outcome.ending.reason
        record = {"report": "good", "slug": slug, "title": outcome.title, "question": "", "status": "ok", "reason": "",
                  "program": about.slug, "program_name": about.name, "parameters": {"program": about.given, "team": team},
                  "answer": list(outcome.answer), "key": "", "versions": {}, "data": about.digest, "needs": [],
                  "cards": list(outcome.cards), "set_aside": {"rows": 0, "of": 0}}
        write_folder(folder / about.slug / "good" / slug, report_files(outcome, record, Links(slug)))
    write_index(folder)
    return folder


def notebook_of(company):
    """Return a notebook with the outputs of a report that says every name of its program wherever it can."""
    outputs = []

    def keep(kind, content, **forms):
        bundle = {name.replace("__", "+").replace("_", "/", 1): text for name, text in forms.items()}
        outputs.append(nbformat.v4.new_output("display_data", data={
            f"application/vnd.upskill.{kind}+json": show.publish.plain(content), **bundle}))

    with pytest.MonkeyPatch.context() as patch:
        for module in (facts, figures, prose, session, tables):
            patch.setattr(module, "publish", keep)
        say_everything(company)
    cells = [nbformat.v4.new_markdown_cell("# Who is here?\n\nWe count."), nbformat.v4.new_code_cell(
        "show", outputs=outputs, execution_count=1)]
    return nbformat.v4.new_notebook(cells=cells)


def say_everything(company):
    show.scope(company)
    sizes = company["people"].groupby("team").size().rename("People").reset_index()
    names = sizes["team"].tolist()
    show.fact("who.people", len(company["people"]), unit="people", text=f"{len(sizes)} teams: {names[0]}")
    show.answer(*(f"Team {name} has six people." for name in names))
    show.cards([(name, "6", f"in {name}") for name in names])
    show.say("\n\n".join(f"{name} and **{name}**, 12 people." for name in names))
    show.table(sizes.assign(change=-1.5, role=company["people"]["role"]), f"Who is in {names[0]}", "who",
               note=f"Note on {names[0]}")
    if company.team:
        return  # drawing is slow, and the company's figure has all of them
    figure, axes = show.new_figure(9, 8)
    axes.barh(range(len(names)), 1)
    axes.set_yticks(range(len(names)), labels=[name[:40] for name in names])
    axes.set_title(names[0])
    show.figure(figure, f"{names[0]} leads", f"A bar for each of {', '.join(names)}", "bars", group_size=6)


class Page(HTMLParser):
    """Collects what could run, load, or lead away."""

    def __init__(self, text):
        super().__init__()
        self.wrong, self.drawings, self.text, self.inside, self.page = [], [], [], "", text
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        own = tag == "img" and (found.get("src") or "").startswith("data:image/svg+xml;base64,")
        if tag == "script" and found == {"type": "application/json", "id": "data"}:
            return  # what the script of the index reads; a browser does not run it
        self.inside = tag
        if tag in ("script", "iframe", "object", "svg", "b", "i", "style") and tag != "style" or tag == "img" and not own:
            self.wrong.append((tag, attrs))
        self.wrong += [(tag, name, value) for name, value in attrs if name.startswith("on") or name == "srcdoc"]
        self.wrong += [(tag, name, value) for name, value in attrs if name in ("href", "src") and not own
                       and re.match(r"\s*([a-z]+:|//)", value or "", re.IGNORECASE)]

    def handle_data(self, text):
        self.text.append(text)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        if self.inside == "script" and f"script-src 'sha256-{digest}'" in self.page:
            self.wrong.remove(("script", []))  # our own, known by its hash to the page's security policy


def texts(folder, pattern):
    found = {path: path.read_text(encoding="utf-8") for path in folder.rglob(pattern) if path.suffix != ".xlsx"}
    for book in folder.rglob(pattern):
        if book.suffix == ".xlsx":
            with zipfile.ZipFile(book) as parts:
                found |= {book / name: parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml")}
    assert found
    return found


def test_no_page_holds_what_could_run_load_or_lead_away(output):
    pages = texts(output, "*.html")
    assert len(pages) == 2 + len({tidy(name) for name in NAMES})
    assert {path.name: Page(text).wrong for path, text in pages.items() if Page(text).wrong} == {}


@pytest.mark.parametrize("name", NAMES)
def test_pages_show_each_name_as_it_is_written(output, name):
    company, = output.glob("*/good/company/report.html")
    words = "".join(Page(company.read_text(encoding="utf-8")).text)
    assert words.count(f"Team {tidy(name)} has six people.") == 1
    assert words.count(f"{tidy(name)} and {tidy(name)}, 12 people.") == 1


def test_nothing_unseen_is_left_in_any_file(output):
    assert {path.name: CONTROLS.search(text) for path, text in texts(output, "*.*").items() if CONTROLS.search(text)} == {}


def test_text_from_right_to_left_stays_in_its_place(output):
    company, = output.glob("*/good/company/report.html")
    body = company.read_text(encoding="utf-8").partition("<main")[2]
    outside = re.sub(r"<bdi>[^<]*</bdi>|<[^>]*>", "", body)
    assert f"<bdi>{HEBREW}</bdi>" in body and not RUN.search(outside)
    assert isolated("<title>a \u202e" + HEBREW + "</title>") == f"<title>a {HEBREW}</title>"


def test_drawings_are_well_formed_and_hold_only_drawing(output):
    for text in texts(output, "*.svg").values():
        root = ElementTree.fromstring(text)
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
            "svg", "title", "desc", "defs", "style", "g", "path", "use", "clipPath", "rect", "metadata", "RDF", "Work",
            "type", "format", "image"}
        assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]


def test_json_can_be_read_and_names_the_team(output):
    for path, text in texts(output, "run.json").items():
        assert team_slugs([json.loads(text)["parameters"]["team"] or "x"]) and path.parent.name
    teams = {json.loads(text)["parameters"]["team"] for text in texts(output, "run.json").values()}
    assert teams == {"", *map(tidy, NAMES)}


# --- spreadsheets


def test_no_cell_starts_a_formula_and_numbers_stay_numbers(output):
    rows = [row for text in texts(output, "*.csv").values() for row in csv.reader(io.StringIO(text, newline=""))]
    starts = re.compile("[\\s\"']*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
    risky = [cell for row in rows for cell in row for piece in re.split("[;\t\r\n]", cell)
             if starts.match(piece) and not piece.startswith("'") and not re.fullmatch(r"-?\d+\.?\d*", cell)]
    assert risky == [] and any("-1.5" in row for row in rows)
    assert any("'=HYPERLINK" in cell for row in rows for cell in row)


def test_what_we_write_is_read_back_as_it_was(output, tmp_path):
    table, = output.glob("*/good/company/tables/who.csv")
    names = [row["team"] for row in csv.DictReader(table.open(encoding="utf-8", newline=""))]
    (tmp_path / "program.yml").write_text("name: Again")
    lines = ["person_id,team,role", *(f"p{number},{quoted(name)},x" for number, name in enumerate(names))]
    (tmp_path / "people.csv").write_text("\n".join(lines), encoding="utf-8")
    again = data.read_program(tmp_path, strict=True)["people"]["team"].tolist()
    assert sorted(again) == sorted({tidy(name) for name in NAMES})


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("=+-@'\";\t\r\n a1.,\uff1d\uff20") | st.characters(), max_size=12))
def test_guards_come_off_again(text):
    cell = guarded(text)
    assert unguarded(cell) == text
    assert not re.match("[=+\\-@\t\r]", cell) or re.fullmatch(r"[+-]?[\d.]+([eE][+-]?\d+)?", cell)


@pytest.mark.parametrize("value", [-5, -5.25, "-5.25", "+3", "-1e-5", None, True, "plain", "it's"])
def test_what_is_no_formula_stays_as_it_is(value):
    assert guarded(value) is value


# --- folders


def test_no_team_leaves_the_output_or_shares_a_folder(output, program):
    slugs = team_slugs(describe_program(str(program)).teams)
    folders = [path.name for path in output.glob("*/good/*")]
    assert sorted(folders) == sorted(slugs.values()) and len({name.lower() for name in folders}) == len(folders)
    assert not [name for name in folders if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,70}", name)]
    files = [path.relative_to(output) for path in output.rglob("*")]
    assert max(len(str(path)) for path in files) < 160
    assert not any(output.parent.rglob("passwd*"))


@pytest.mark.parametrize("teams", [
    ["Web", "WEB", "web", "web-1", "web 1"], ["Web", "web!", "web-51f72a", "web-297510"], ["company", "Company seed 1"],
    ["\u6570\u636e", "\u6570\u5b57", "\U0001f600", "\U0001f601"], ["T" * 300, "T" * 299 + "U"], ["con", "CON", "nul", "aux", "com1"],
    ["..", ".", "...", "/", "\\"], ["a.", "a", "a "],
])
def test_folders_of_teams_are_distinct_whatever_they_are_called(teams):
    slugs = team_slugs(teams)
    assert len(set(slugs.values())) == len(teams) + 1
    assert all(re.fullmatch("[a-z0-9][a-z0-9-]*", slug) and len(slug) <= 70 for slug in slugs.values())
    assert not set(slugs.values()) & {"con", "nul", "aux", "prn", "com1"}


@pytest.mark.parametrize("text", ["CON", "nul", "LPT9", "../../x", "C:\\x", "a" * 300, "\u202eabc", "x."])
def test_safe_names(text):
    assert re.fullmatch(r"[a-z0-9-]{1,65}", safe_name(text)) and safe_name(text) not in ("con", "nul", "lpt9")


def test_programs_whose_names_fall_away_have_folders_of_their_own(tmp_path):
    slugs = set()
    for name in ("\u6570\u636e", "\u6570\u5b57", "Caf\u00e9", "Cafo\u00e9", "Caf", "CON"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "program.yml").write_text("name: x")
        slugs.add(describe_program(str(tmp_path / name)).slug)
    assert len(slugs) == 6 and all(re.fullmatch("[a-z0-9-]+", slug) and slug != "con" for slug in slugs)


# --- reading


@pytest.mark.parametrize(("one", "other"), [
    ("Caf\u00e9", "Cafe\u0301"), ("Pay\u200bments", "Payments"), ("Payments\u202e", "Payments"), ("Pay\u00adments", "Payments"),
    ("Pay\u200dments", "Payments"), ("A\nB", "A B"), ("A\tB", "A B"), ("A\u2028B", "A B"), (" A ", "A"), ("\ufeffA", "A"),
])
def test_names_that_look_the_same_are_one(tmp_path, one, other):
    (tmp_path / "program.yml").write_text("name: x")
    rows = f"person_id,team,role\na,{quoted(one)},x\nb,{quoted(other)},x\n"
    (tmp_path / "people.csv").write_text(rows, encoding="utf-8", newline="")
    company = data.read_program(tmp_path, strict=True)
    assert company["people"]["team"].nunique() == 1
    assert len(data.read_program(tmp_path, team=one)["people"]) == 2


def test_names_that_differ_in_case_are_a_fault(tmp_path):
    (tmp_path / "program.yml").write_text("name: x")
    (tmp_path / "people.csv").write_text("person_id,team,role\na,Web,x\nb,Web,x\nc,WEB,x\n")
    assert [(fault.row, fault.value) for fault in data.check_program(tmp_path) if fault.row] == [(4, "WEB")]


def test_joiners_of_emoji_and_scripts_stay():
    for text in ("\U0001f469\u200d\U0001f4bb", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f1e9\U0001f1ea"):
        assert tidy(text) == text


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_a_tidy_text_is_composed_printable_and_stays(text):
    once = tidy(text)
    assert tidy(once) == once == unicodedata.normalize("NFC", once) == once.strip() and not CONTROLS.search(once)
    assert isolated(once.replace("<", "").replace(">", "")).replace("<bdi>", "").replace("</bdi>", "") == \
        once.replace("<", "").replace(">", "")


# --- templates and the framework


@pytest.mark.parametrize("name", NAMES)
def test_a_new_program_of_any_name_reads_clean(tmp_path, name):
    folder = tmp_path / "new"
    assert CliRunner().invoke(new_command, [str(folder), "--name", name]).exit_code == 0
    assert "no faults." in CliRunner().invoke(check_command, [str(folder)]).output
    assert data.read_program(folder).settings.name == tidy(name)
    cells = [cell for path in folder.glob("templates/*.csv") for row in csv.reader(path.open(encoding="utf-8-sig")) for cell in row]
    assert len(cells) > 100 and all(guarded(cell) == cell for cell in cells)


@pytest.fixture(scope="module")
def framework(tmp_path_factory):
    """A framework in which domains, competencies, anchors and roles have hostile names."""
    folder = tmp_path_factory.mktemp("framework")
    (folder / "program.yml").write_text("name: x")
    levels = [f"c{place},{quoted(name)},{quoted(name)},{level},{quoted(name)}"
              for place, name in enumerate(NAMES) for level in range(1, 6)]
    targets = [f"{quoted(name)},c{place},3,3" for name in NAMES[:12] for place in range(len(NAMES))]
    for table, head, rows in (("competencies", "competency_id,domain,competency,level,anchor", levels),
                              ("role_targets", "role,competency_id,target_level,importance", targets)):
        (folder / f"{table}.csv").write_bytes("\n".join([head, *rows]).encode())
    return read_framework(folder)


def test_the_framework_page_is_harmless(framework):
    html = render_page(framework)
    own = ("b", [])  # what matters most to a role is underlined
    assert [one for one in Page(html).wrong if one != own] == [] and not CONTROLS.search(html)
    assert html.count("<b>") == html.count("<b><u>") + len(framework.about["changelog"])


def test_the_workbook_holds_text_and_comes_back_as_it_was(framework, tmp_path):
    write_workbook(framework, tmp_path / "framework.xlsx")
    book = openpyxl.load_workbook(tmp_path / "framework.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    risky = [cell for cell in cells if isinstance(cell.value, str) and re.match("[=+@-]", cell.value)]
    assert len(risky) > 20 and all(cell.quotePrefix for cell in risky)
    back = read_workbook(tmp_path / "framework.xlsx")
    assert back["competencies"]["competency"].unique().tolist() == list(dict.fromkeys(map(tidy, NAMES)))


def test_an_installed_framework_opens_as_text_and_reads_back(framework, tmp_path):
    (tmp_path / "program.yml").write_text("name: x")
    write_workbook(framework, tmp_path / "f.xlsx.tmp.xlsx")
    tables_read = read_workbook(tmp_path / "f.xlsx.tmp.xlsx")
    (tmp_path / "f.xlsx.tmp.xlsx").unlink()
    install(tables_read, tmp_path)
    cells = [cell for path in tmp_path.glob("*.csv") for row in csv.reader(path.open(encoding="utf-8-sig", newline=""))
             for cell in row]
    assert not [cell for cell in cells if re.match("[=+@\t-]", cell)]
    again = data.read_program(tmp_path, strict=True)
    pd.testing.assert_frame_equal(again["competencies"], tables_read["competencies"], check_dtype=False)


# --- a real browser


def test_no_script_runs_in_a_browser(output, chromium, tmp_path):
    page, = output.glob("*/good/company/report.html")
    plain = page.read_text(encoding="utf-8")
    probe = "<script>document.title = 'ran'</script>"  # with this the browser must say so: the probe itself works
    control = tmp_path / "control.html"
    control.write_text(re.sub("<meta http-equiv[^>]*>", "", plain).replace("</body>", probe + "</body>"), encoding="utf-8")
    without_policy = tmp_path / "bare.html"
    without_policy.write_text(re.sub("<meta http-equiv[^>]*>", "", plain).replace("alert(", "document.title=(\"ran\"+"),
                              encoding="utf-8")
    titles = [dumped_title(chromium, path, tmp_path) for path in (control, without_policy, page)]
    assert titles[0] == "ran" and not [title for title in titles[1:] if title.startswith("ran")]


def dumped_title(chromium, path, tmp_path):
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    done = subprocess.run([chromium, *flags, path.as_uri()], capture_output=True, text=True, timeout=60, check=True)
    return re.search("<title>(.*?)</title>", done.stdout, re.DOTALL)[1]
