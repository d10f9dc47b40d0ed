"""Pages: one file, no script, nothing fetched, answer first, hostile text harmless, readable by everyone."""

import base64
import hashlib
import html
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise

import nbformat
import pytest
from page_size import overhead

from upskill.batch.execute import Ending
from upskill.batch.markup import Headings, inline, markdown, table
from upskill.batch.outcome import make_outcome
from upskill.batch.redact import Redactor
from upskill.batch.render import Links, render_report, stylesheet

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 36"><path d="M0 36L72 0"/></svg>'
NASTY = "<img src=x onerror=alert(1)>"
VOID = {"meta", "link", "img", "br", "hr", "input"}


def shown(kind, content, **forms):
    data = {f"application/vnd.upskill.{kind}+json": content, **forms}
    return nbformat.v4.new_output("display_data", data=data)


FACT = shown("fact", {"name": "a.b", "value": 1.0, "low": float("nan"), "high": None, "level": 0.9, "unit": "",
                      "better": "", "text": "1"})
HTML = (f'<table onclick="x()"><caption>{"{0}"}</caption><thead><tr><th scope="col">A</th></tr></thead><tbody><tr>'
        '<th scope="row" style="x">b<script>alert(1)</script></th></tr></tbody></table><p>after</p>')


def code_cell(source, *outputs, count=1):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=count)


def story(*cells):
    opening = nbformat.v4.new_markdown_cell("# The *title*\n\nWhat is asked?\n\nMore words.")
    return nbformat.v4.new_notebook(cells=[opening, *cells])


@pytest.fixture
def full():
    """A notebook that shows everything that a report can show."""
    table_content = {"name": "t", "caption": "What teams did", "columns": ["A"], "rows": [["b"]], "note": "A note."}
    figure = {"name": "f", "title": f"It rises {NASTY}", "alt": 'From 1 to "2"', "source": "Our data"}
    return story(
        code_cell("setup = begin_here"),
        code_cell("answer", shown("report", {"scope": f"Company {NASTY}", "data_as_of": "2026-03-31"}), FACT,
                  shown("answer", {"sentences": [f"**Yes** {NASTY}", "Because.", "Do it."]}),
                  shown("cards", {"cards": [{"label": "Gain", "value": "5 hours", "note": NASTY}]})),
        nbformat.v4.new_markdown_cell(f"## First part\n\nText {NASTY} and [more](javascript:alert(1))."),
        code_cell("x = '</pre><script>'"), nbformat.v4.new_markdown_cell("### Second\n\n![words](https://a.b/c.png)"),
        code_cell("show.table()", shown("table", table_content, **{"text/html": HTML.format("What teams did")})),
        code_cell("show.figure()", shown("figure", figure, **{"image/svg+xml": SVG})),
        nbformat.v4.new_markdown_cell("## First part\n\nSee [the other](05_kpi_tracking.ipynb)."),
        code_cell("say", shown("say", {"markdown": "| A | B |\n|---|---:|\n| a | 1 |"}),
                  nbformat.v4.new_output("stream", name="stderr", text="a warning")))


def record_of(outcome, **changes):
    return {"report": "sample", "slug": "core", "status": outcome.ending.status, "reason": outcome.ending.reason,
            "parameters": {"team": NASTY, "seed": 7, "as_of": ""}, "versions": {"python": "3"}, "key": "abc" * 9,
            "program_name": "Company", "index": "../../../index.html", **changes}


def page_of(notebook, ending=None, redactor=None, links=None):
    outcome = make_outcome(notebook, ending or Ending(), redactor or Redactor())
    return render_report(outcome, record_of(outcome), links or Links())


class Checker(HTMLParser):
    """Collects tags, and checks that they nest."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open, self.ids = [], [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_is_well_formed_without_script_or_anything_fetched(full):
    page = page_of(full)
    checker = Checker(page)
    assert len(checker.ids) == len(set(checker.ids))
    names = {tag for tag, _ in checker.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "form"}
    assert not [attrs for _, attrs in checker.tags for name in attrs if name.startswith("on")]
    sources = [attrs["src"] for _, attrs in checker.tags if "src" in attrs]
    assert sources and all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert "url(" not in page and "@import" not in page and "javascript:" not in page
    assert not [attrs for _, attrs in checker.tags if "style" in attrs]
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert (f"content=\"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\""
            in html.unescape(page))
    assert page.index("Content-Security-Policy") < page.index("<title>")


def test_answer_comes_before_the_story_and_code_is_folded(full):
    page = page_of(full)
    places = [page.index(words) for words in ("<h1>The title</h1>", "What is asked?", "<strong>Yes</strong>",
                                              "5 hours", "Contents", "More words.", "What teams did</caption>",
                                              "show.table",
                                              "How this was made")]
    assert places == sorted(places)
    assert page.count("What is asked?") == 1
    before = page[:page.index("<pre>")]
    assert before.rindex("<details") > before.rindex("</details>") if "</details>" in before else "<details" in before
    assert page.index("begin_here") > page.index("How this was made")


def test_hostile_text_stays_text(full):
    page = page_of(full)
    assert "<img src=x" not in page and "<script" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_figures_have_words_and_tables_have_scopes(full):
    page = page_of(full)
    tags = Checker(page).tags
    assert [attrs["alt"] for tag, attrs in tags if tag == "img"] == ['From 1 to "2"']
    assert all("scope" in attrs for tag, attrs in tags if tag == "th")
    assert '<caption id="t_1">What teams did</caption>' in page and "Source: Our data" in page and "A note." in page
    assert "after" not in page[page.index("<caption"):page.index("</table>") + 40]


def test_headings_do_not_skip_levels(full):
    levels = [int(tag[1]) for tag, _ in Checker(page_of(full)).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_contents_link_to_every_heading_once(full):
    page = page_of(full)
    ids = Checker(page).ids
    assert {"first-part", "second", "first-part-2"} <= set(ids)
    assert all(f'href="#{name}"' in page for name in ("first-part", "second", "first-part-2"))


def test_links_to_notebooks_lead_to_their_reports(full):
    assert "05_kpi_tracking" not in page_of(full)
    both = {"05_kpi_tracking/core", "05_kpi_tracking/company"}
    assert 'href="../../05_kpi_tracking/core/report.html"' in page_of(full, links=Links("core", frozenset(both)))
    assert 'href="../../05_kpi_tracking/company/report.html"' in page_of(full, links=Links("web", frozenset(both)))


def test_links_in_the_answer_lead_to_their_reports():
    notebook = story(code_cell("1", FACT, shown("answer", {"sentences": ["It is [7 %](06_roi_model.ipynb)."]})))
    links = Links(reports=frozenset(["06_roi_model/company"]))
    assert '<a href="../../06_roi_model/company/report.html">7' in page_of(notebook, links=links)
    assert "It is 7\u00a0%." in page_of(notebook)


def test_rows_set_aside_are_told_with_their_share_and_list():
    report = {"scope": "Company · data to 2026-03-31 · 312 of 40,118 rows set aside as faulty", "set_aside": 312,
              "rows": 40118}
    notebook = story(code_cell("1", FACT, shown("report", report)))
    words = "312 of 40,118 rows (0.8\u00a0%) set aside as faulty"
    assert f'2026-03-31</time> · <a href="../../set_aside.csv">{words}</a>' in page_of(
        notebook, links=Links(set_aside="../../set_aside.csv"))
    assert f"2026-03-31</time> · {words}</p>" in page_of(notebook)


def test_readers_see_no_warnings_and_no_bare_facts(full):
    page = page_of(full)
    assert "a warning" not in page and "a.b" not in page


@pytest.mark.parametrize("ending", [Ending(), Ending("failed", "Code cell 2 stopped with KeyError: 'x'", 2)])
def test_overhead_is_small(full, ending):
    for notebook in (full, story(code_cell("1", FACT))):
        page = page_of(notebook, ending)
        print(len(page.encode()), "bytes, beyond its own content", overhead(page))
        assert overhead(page) < 15_000 and len(page_of(story(code_cell("1", FACT)), ending).encode()) < 15_000


def test_overhead_counts_what_is_no_content():
    assert overhead("<main><p>four</p></main>") == len("<main></main>")
    assert overhead('<style>a{}</style><img src="data:" alt="x">') == len('<style>a{}</style><img src="" alt="">')


def test_a_report_without_a_label_says_that_it_is_a_draft(full):
    outcome = make_outcome(full, Ending(), Redactor())
    draft, ready = (render_report(outcome, record_of(outcome, **more)) for more in ({}, {"label": "2026-06"}))
    assert "</span> Draft</span>: made without a label, so for checking and not for handing out</p>" in draft
    assert "</span> Ready</span>: release 2026-06</p>" in ready and "Draft" not in ready
    assert "@top-right{content:\"Draft\\3a  made without a label," in draft


def test_every_printed_sheet_says_which_report_it_is(full):
    outcome = make_outcome(full, Ending(), Redactor())
    page = render_report(outcome, record_of(outcome, program="acme", versions={"upskill": "0.1.0"}))
    marks = re.findall(r'"((?:[^"\\]|\\.)*)"', page[page.index("@page{@bottom-left"):page.index("</style>")])
    shown = [re.sub(r"\\([0-9a-f]+) ", lambda code: chr(int(code[1], 16)), mark) for mark in marks]
    assert shown[0] == "The title · data to 2026-03-31"
    assert shown[2] == f"acme/sample/core · inputs {('abc' * 9)[:16]} · upskill 0.1.0"
    assert '"Page " counter(page) " of " counter(pages)' in page


def test_no_title_can_leave_the_style_of_a_sheet():
    opening = nbformat.v4.new_markdown_cell('# Is "this" a } </style><script>alert(1)</script> title\\ ?\n\nAsked?')
    page = page_of(nbformat.v4.new_notebook(cells=[opening, code_cell("1", FACT)]))
    assert page.count("</style>") == 1 and "<script" not in page
    assert r'@bottom-left{content:"Is \22 this\22  a \7d  \3c /style\3e ' in page


def test_code_of_a_passage_is_folded_once_below_it(full):
    notebook = story(nbformat.v4.new_markdown_cell("Words."),
                     code_cell("one", FACT, shown("say", {"markdown": "First."})),
                     code_cell("two", shown("say", {"markdown": "Second."})),
                     code_cell("three", shown("say", {"markdown": "## Next part"})),
                     code_cell("four", shown("say", {"markdown": "Third."})))
    page = page_of(notebook)
    assert page.count("<summary>Show code</summary>") == 2
    places = [page.index(words) for words in ("First.", "Second.", "<code>one", "<code>two", "Next part</h2>", "Third.",
                                              "<code>three", "<code>four")]
    assert places == sorted(places)


def test_folded_tables_are_told_from_folded_code(full):
    folded = {"name": "t", "caption": "All rows", "columns": ["A"], "rows": [["b"]] * 20, "folded": True}
    page = page_of(story(code_cell("1", FACT), code_cell("2", shown("table", folded))))
    assert '<details class="data"><summary>All rows</summary><div class="table long">' in page
    assert '.data::details-content{content-visibility:visible' in page and "aria-labelledby=\"t_1\"" in page


def test_a_failed_page_says_why_and_folds_the_traceback():
    error = nbformat.v4.new_output("error", ename="KeyError", evalue="'p001'", traceback=["line with p001 and 17"])
    notebook = story(code_cell("before", FACT), nbformat.v4.new_markdown_cell("## Told\n\nWords."),
                     code_cell("broken", error), nbformat.v4.new_markdown_cell("## Later\n\nNever reached."),
                     code_cell("later", count=None))
    page = page_of(notebook, Ending("failed", "Code cell 2 stopped with KeyError: 'p001'", 2), Redactor(["p001", "17"]))
    assert page.index("this report could not be made") < page.index("Told")
    assert "p001" not in page and "line with [person] and [person]" in page
    assert "Never reached." not in page and "Not run: 1 code cell<" in page
    assert page.index("<details") < page.index("line with")


def test_numbers_that_are_not_finite_become_null():
    outcome = make_outcome(story(code_cell("1", FACT)), Ending(), Redactor())
    assert outcome.facts[0]["low"] is None


@pytest.mark.parametrize(("output", "fault"), [
    (shown("table", {"name": "t", "caption": " ", "columns": ["a"], "rows": []}), "table t has no caption"),
    (shown("figure", {"name": "f", "title": "x", "alt": ""}, **{"image/svg+xml": SVG}), "figure f has no alt"),
    (nbformat.v4.new_output("display_data", data={"image/png": "aaaa"}), "shown without title and alt text"),
    (shown("fact", {"name": "Bad Name", "value": 1}), "not lower case words"),
    (shown("fact", {"name": "a.b", "value": 2}), "recorded twice with different values"),
    (shown("fact", {"name": "a.c", "value": "2"}), "value is not a number"),
    (shown("table", {"name": "t", "caption": 5, "columns": 3, "rows": 3}), "table t has not the form of a table"),
    (shown("table", {"name": "t", "caption": "c", "columns": ["a"], "rows": [[1, 2]]}), "not the form of a table"),
    (shown("cards", {"cards": ["x"]}), "has not the form of a cards"),
    (shown("answer", {"sentences": 3}), "has not the form of a answer"),
    (shown("say", ["x"]), "has not the form of a say"),
])
def test_a_broken_contract_makes_a_report_invalid(output, fault):
    notebook = story(code_cell("1", FACT, output))
    ending = make_outcome(notebook, Ending(), Redactor()).ending
    assert ending.status == "invalid" and fault in ending.reason
    assert "do not rely on this report" in page_of(notebook)


def test_second_title_breaks_the_contract():
    notebook = story(code_cell("1", FACT), nbformat.v4.new_markdown_cell("# Another"))
    assert "2 first-level headings" in make_outcome(notebook, Ending(), Redactor()).ending.reason


def test_tables_keep_only_table_tags():
    assert table({}, HTML.format(NASTY)) == (
        "<table><caption></caption><thead><tr>" '<th scope="col">A</th></tr></thead><tbody><tr><th scope="row">b'
        "alert(1)</th></tr></tbody></table>")
    assert "&lt;b&gt;" in table({"caption": "c", "columns": ["<b>"], "rows": [["<b>"]]})


def test_markdown_keeps_good_links_and_drops_bad_ones():
    assert '<a href="https://doi.org/1">x</a>' in markdown("[x](https://doi.org/1)")
    assert "href" not in markdown("[x](data:text/html,hi)") and "href" not in markdown("[x](JaVaScRiPt:alert(1))")
    assert "<h2 id=" in markdown("# Never a second h1", Headings())
    assert inline("a *b*") == "a <em>b</em>"


def luminance(color):
    color = color if len(color) == 7 else "#" + "".join(2 * digit for digit in color[1:])
    parts = [int(color[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(scheme):
    style = stylesheet("base", "report")
    colors = dict(re.findall(r"--(\w+):(#\w+)", re.findall(r":root\{([^}]*)\}", style)[scheme]))
    rules = style if scheme == 0 else style[style.index("prefers-color-scheme:dark){figure"):]
    code = [color for _, color in re.findall(r"\.(k|s1|mi)[^{}]*\{color:(#\w+)\}", rules)][:3]
    for ink in (colors["ink"], colors["quiet"], colors["accent"], colors["good"], *code):
        assert contrast(ink, colors["paper"]) >= 4.5 and contrast(ink, colors["soft"]) >= 4.5
    assert contrast(colors["bad"], colors["badsoft"]) >= 4.5 and contrast(colors["ink"], colors["badsoft"]) >= 4.5


@pytest.mark.parametrize("width", [360, 1100])
def test_page_is_not_wider_than_the_window(full, width, chromium, tmp_path):
    wide = {"name": "w", "caption": "Wide", "columns": [f"Column {n}" for n in range(30)], "rows": [["x" * 9] * 30]}
    full.cells.append(code_cell("wide", shown("table", wide)))
    probe = "<script>document.title=document.documentElement.scrollWidth</script></body>"
    page = page_of(full).replace("</body>", probe)
    page = page.replace('<meta http-equiv="Content-Security-Policy"', "<meta name=\"was\"")
    frame = f'<iframe id="f" src="page.html" width="{width}" height="800"></iframe>'
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    (tmp_path / "frame.html").write_text(frame + "<script>onload=()=>document.body.dataset.w="
                                         "document.getElementById('f').contentDocument.title</script>",
                                         encoding="utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
               "--disable-background-networking", "--disable-component-update", "--allow-file-access-from-files",
               f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", (tmp_path / "frame.html").as_uri()]
    output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)
    assert int(re.search(r'data-w="(\d+)"', output)[1]) <= width


def test_signs_and_days_stay_in_one_piece_but_code_is_left_alone():
    page = page_of(story(code_cell("5 % 2  # 2026-06-28", FACT, shown("say", {"markdown": "From −$5 to 3 % of it on 2026-06-28."}))))
    assert "From −\u2060$5 to 3\u00a0% of it on <time>2026-06-28</time>." in page and "time{white-space:nowrap}" in page
    assert "# 2026-06-28" in page
    assert "\u00a0" not in page[page.index("<pre>"):page.index("</pre>")]
