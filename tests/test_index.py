"""The index: what failed and what changed first, every name harmless, long lists in pages, files found from anywhere."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from upskill.batch.history import Point
from upskill.batch.index import PER_PAGE, fact_label, render_index, write_index
from upskill.batch.sparkline import sparkline
from upskill.batch.thumbnail import thumbnail

NASTY = "<img src=x onerror=alert(1)>"
VOID = {"meta", "link", "img", "br", "hr", "input"}
HEBREW = "\u05e6\u05d5\u05d5\u05ea"
ODD = (NASTY, f"{HEBREW} 5", "\U0001f600\U0001f469\u200d\U0001f4bb", "T" * 300, "</script><b>", "a & b", "__proto__", "50% of #1 ?")


class Checker(HTMLParser):
    """Collects tags and words, and checks that tags nest and that no id is there twice."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open, self.texts = [], [], {}
        self.feed(page)
        ids = [attrs["id"] for _, attrs in self.tags if "id" in attrs]
        assert not self.open and len(ids) == len(set(ids))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(text)

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def index_record(**changes):
    return {"report": "r", "slug": "company", "title": "Title", "question": "Asked?", "status": "ok", "reason": "",
            "program": "p", "program_name": "Company", "parameters": {"team": ""}, "answer": ["Yes."], "facts": [],
            "folder": "p/r/company", "tables": [], **changes}


def test_index_puts_company_before_teams_and_says_status_in_words():
    bad = index_record(slug="a", parameters={"team": NASTY}, status="timed_out", reason=NASTY, folder="p/r/a")
    page = render_index([bad, index_record()])
    Checker(page)
    assert page.index("Timed out") < page.index("Yes.") < page.index('class="teams"')
    assert "<img" not in page and "1 ready, 1 timed out" in page


def test_empty_index_and_labels():
    assert "Nothing here yet" in render_index([])
    assert fact_label("kpi.lead_time_hours.core") == "Lead time: core"
    assert fact_label("roi.break_even_time_saving") == "Break-even time saving"
    assert fact_label("kpi.hours") == "Hours"


def fact(name, text, low=0.0):
    return {"name": name, "text": text, "low": low}


def test_index_shows_what_a_report_put_on_its_cards_with_intervals():
    cards = [{"label": "Change lead time", "value": "39 hours", "note": "before: 49 hours"},
             {"label": "Said", "value": "Yes", "note": ""}]
    facts = [fact("a.b", "40 hours (1 to 2)"), fact("a.lead_time_hours", "39 hours (38 to 41 hours)")]
    page = render_index([index_record(cards=cards, facts=facts)])
    assert "<dt>Change lead time</dt><dd>39 hours (38 to 41 hours) " in page and "before: 49 hours" in page
    assert "<dt>Said</dt>" not in page and "40 hours" not in page


def test_index_falls_back_to_facts_and_takes_whole_ones_first():
    facts = [fact(f"a.level.part_{number}", f"{number} (0 to 9)") for number in range(9)]
    page = render_index([index_record(facts=[*facts, fact("a.widest_gap", "8 (7 to 9)"), fact("a.n", "5", None)])])
    assert page.index("Widest gap") < page.index("Level: part 0") and "<dt>N</dt>" not in page


def test_index_begins_with_the_report_that_rests_on_others():
    records = [index_record(report="a", title="First", folder="p/a/company"),
               index_record(report="z", title="Last", needs=["a"], folder="p/z/company")]
    page = render_index(records)
    assert page.index(">Last</h2>") < page.index(">First</h2>")


def test_index_marks_reports_made_from_earlier_data():
    old = index_record(data="1", slug="core", parameters={"team": "core"}, folder="p/r/core")
    assert "from earlier data" in render_index([old, index_record(data="2")], {"p": "2"})
    assert "from earlier data" not in render_index([index_record(data="2")], {"p": "2"})
    assert "from earlier data" not in render_index([old])


def test_index_links_survive_odd_names_and_say_where_they_lead():
    page = render_index([index_record(folder="p/50% of #1 ?/company")])
    assert 'href="p/50%25%20of%20%231%20%3F/company/report.html"' in page
    assert "of “Title”, Whole company</span></a>" in page


def test_index_counts_rows_set_aside():
    page = render_index([index_record(set_aside={"rows": 2, "of": 4000})], {}, {"p"})
    assert '2 of 4,000 rows (under 0.1\u00a0%) set aside as faulty: <a href="p/set_aside.csv">' in page
    assert "set_aside.csv" not in render_index([index_record(set_aside={"rows": 2, "of": 4000})])


# --- what changed, and over past runs


def whole(name, value, low=None, high=None, **changes):
    text = f"{value} hours" + (f" ({low} to {high})" if low is not None else "")
    return {"name": name, "value": value, "low": low, "high": high, "level": 0.9, "unit": "hours", "better": "lower",
            "text": text, **changes}


def remembered(*values, key="old"):
    """A past in which the lead time of a report had these values, half an hour more or less."""
    points = [Point(f"2026-0{number}", "", {"kpi.lead_time_hours": whole("kpi.lead_time_hours", value, value - .5, value + .5)},
                    f"{key}{number}") for number, value in enumerate(values, start=1)]
    return lambda record: (points[-1] if points else None, points)


def now(value, **changes):
    return index_record(facts=[whole("kpi.lead_time_hours", value, value - .5, value + .5)], key="new",
                        cards=[{"label": "Lead time", "value": f"{value} hours", "note": ""}], **changes)


@pytest.mark.parametrize(("before", "after", "kind", "words"), [
    (40.0, 30.0, "good", "Better:"), (30.0, 40.0, "bad", "Worse:"), (40.0, 40.2, "still", "within the noise"),
    (40.0, 40.0, "still", "no change"),
])
def test_a_change_is_told_in_words_and_sign_and_color(before, after, kind, words):
    page = render_index([now(after)], past=remembered(before))
    found = re.search(rf'<span class="change {kind}">.*?</span>[^<]*(<b>[^<]*</b>[^<]*)?</span>|<span class="change {kind}">[^<]*</span>',
                      page[page.index('class="facts"'):])[0]
    assert words in found and "since 2026-01" in found
    assert ("aria-hidden" in found) == (before != after)


def test_the_index_says_first_what_got_worse_and_then_what_got_better():
    better = now(30.0, folder="p/a/company", report="a", title="Faster")
    worse = now(50.0, folder="p/b/company", report="b", title="Slower")
    same = now(40.0, folder="p/c/company", report="c", title="Alike")
    page = render_index([better, worse, same], past=remembered(40.0))
    news = page[page.index('id="news"'):page.index('class="report"')]
    assert news.index("Worse:") < news.index("Better:") and news.index('href="p/b/') < news.index('href="p/a/')
    assert "1 other headline number of the whole company did not move beyond noise" in news
    calm = render_index([same], past=remembered(40.0))
    assert "The one headline number of the whole company that can be compared did not move beyond noise." in calm
    assert "What changed since 2026-01</h2>" in calm
    assert "What changed" not in render_index([better, worse, same])


def test_teams_are_counted_by_what_changed():
    teams = [now(value, slug=slug, folder=f"p/r/{slug}", parameters={"team": slug}) for slug, value in
             (("a", 30.0), ("b", 30.0), ("c", 50.0), ("d", 40.0))]
    page = render_index([now(40.0), *teams], past=remembered(40.0))
    assert ": 4 ready; beyond noise: 1 worse, 2 better</summary>" in page
    assert "In 3 team reports something moved beyond noise." in page
    assert 'id="by-change"' in page and 'id="by-change"' not in render_index([now(40.0), *teams])


def test_a_number_that_the_answer_says_is_told_again_only_where_it_moves():
    told = now(30.0, answer=["Lead time is 30.0 hours (29.5 to 30.5)."])
    assert "<dt>Lead time</dt>" not in render_index([told])
    assert "<dt>Lead time<svg" in render_index([told], past=remembered(40.0))


def test_a_line_over_past_runs_says_its_numbers():
    page = render_index([now(30.0)], past=remembered(40.0, 35.0))
    title, = re.findall(r'<svg class="spark"[^>]*role="img"><title>([^<]*)</title>', page)
    assert title == ("2026-01: 40.0 hours (39.5 to 40.5); 2026-02: 35.0 hours (34.5 to 35.5); "
                     "now: 30.0 hours (29.5 to 30.5)")
    assert '<svg class="spark"' not in render_index([now(30.0)])
    kept = render_index([now(35.0) | {"key": "old2"}], past=remembered(40.0, 35.0))
    assert "now:" not in re.search("<title>2026[^<]*</title>", kept)[0]


def test_lines_have_right_heights_and_leave_out_what_is_no_number():
    points = [whole("a.b", value, low, high) | {"label": str(number)} for number, (value, low, high) in enumerate(
        ((0.0, 0.0, 0.0), (None, None, None), (10.0, None, None), (5.0, 0.0, 10.0)))]
    drawn = sparkline(points)
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", re.search(r'class="line" d="([^"]*)"', drawn)[1])]
    assert heights == [22.0, 4.0, 13.0] and drawn.count("V") == 1
    assert sparkline(points[:2]) == sparkline([]) == ""
    assert sparkline([whole("a.b", 1.0) | {"label": label} for label in "ab"]) == ""
    bare = sparkline([whole("a.b", value, text="<b>") | {"label": "x"} for value in (1.0, 2.0)])
    assert "x: &lt;b&gt;; x: &lt;b&gt;" in bare and 'class="range"' not in bare


# --- order


def test_what_rests_on_most_others_comes_first_and_the_rest_by_name():
    records = [index_record(report=name, title=name, needs=list(needs), folder=f"p/{name}/company") for name, needs in
               (("01_skills", ""), ("08_roadmap", "ab"), ("09_summary", "abc"), ("what_if", ""))]
    page = render_index(records)
    places = [page.index(f">{name}</h2>") for name in ("09_summary", "01_skills", "08_roadmap", "what_if")]
    assert places == sorted(places)


def test_reports_that_stopped_with_the_same_words_are_one_entry():
    bad = [index_record(slug=f"t{n:02}", parameters={"team": f"Team {n:02}"}, status="failed", reason="No memory.",
                        folder=f"p/r/t{n:02}") for n in range(20)]
    page = render_index([index_record(), *bad, index_record(report="q", status="died", reason="Gone.", folder="p/q/company")])
    part = page[page.index('class="trouble"'):page.index('class="report"')]
    assert "21 reports could not be made" in part and part.count("No memory.") == 1 and part.count("Gone.") == 1
    assert "and 8 more" in part and part.count("report.html") == 21
    Checker(page)


# --- names and safety


def test_names_of_all_kinds_stay_text_in_the_page_and_in_what_its_script_reads():
    records = [index_record(slug=f"t{n}", parameters={"team": name}, folder=f"p/r/t{n}", answer=[f"{name} is ready."],
                            program_name=name, status="ok" if n % 2 else "failed", reason=name) for n, name in enumerate(ODD)]
    page = render_index(records)
    found = Checker(page)
    assert not {tag for tag, _ in found.tags} & {"iframe", "object", "embed", "form", "link", "base"}
    assert not [name for _, attrs in found.tags for name in attrs if name.startswith("on")] and not found.named("img")
    data, script = found.texts["script"]
    rows = json.loads(data)["rows"]
    assert {row[2] for row in rows} == set(ODD) and len(rows) == len(ODD)
    assert "<" not in data and f"<bdi>{HEBREW}</bdi>" in page
    policy = next(attrs["content"] for attrs in found.named("meta") if attrs.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == ("default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
                      f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
    assert "innerHTML" not in script and len(script) < 7000


def test_the_search_is_hidden_without_scripts_and_everything_else_is_there():
    page = render_index([index_record(), index_record(slug="core", parameters={"team": "core"}, folder="p/r/core")])
    hidden = [attrs.get("id") for _, attrs in Checker(page).tags if "hidden" in attrs]
    assert hidden == ["find", "clear", "found", "more"] and 'href="p/r/core/report.html"' in page
    labels = {attrs["for"] for attrs in Checker(page).named("label") if "for" in attrs}
    assert {"by-words", "by-report", "by-team", "by-status"} == labels and "by-program" not in page
    two = render_index([index_record(), index_record(program="q", program_name="Other", folder="q/r/company")])
    assert '<option value="q">Other</option>' in two and "<h2 class=\"program\" id=\"p2\">Other</h2>" in two and 'aria-labelledby="p2 r2-1"' in two
    assert 'id="find"' not in render_index([index_record()]) + render_index([])


# --- files


def test_long_lists_stand_in_pages_that_lead_to_each_other_and_back(tmp_path):
    for number in range(PER_PAGE * 3 + 1):
        folder = tmp_path / "p" / "r" / f"t{number:03}"
        folder.mkdir(parents=True)
        record = index_record(slug=folder.name, parameters={"team": f"Team {number:03}"})
        (folder / "run.json").write_text(json.dumps({**record, "folder": ""}), encoding="utf-8")
    index = write_index(tmp_path).read_text(encoding="utf-8")
    pages = sorted((tmp_path / "p" / "lists").iterdir())
    assert [path.name for path in pages] == [f"r-{number}.html" for number in range(1, 5)]
    assert all(f'href="p/lists/{path.name}"' in index for path in pages) and "t300/report.html" not in index
    last = pages[-1].read_text(encoding="utf-8")
    assert 'href="../../p/r/t300/report.html"' in last and 'href="r-1.html"' in last and 'href="../../index.html"' in last
    targets = [href for attrs in Checker(last).named("a") for href in [attrs["href"]] if ".html" in href and "report" not in href]
    assert all((tmp_path / "p" / "lists" / href).resolve().is_file() for href in targets) and "<script" not in last
    for folder in list((tmp_path / "p" / "r").iterdir())[5:]:
        (folder / "run.json").unlink()
    assert "lists/" not in write_index(tmp_path).read_text(encoding="utf-8") and not list((tmp_path / "p" / "lists").iterdir())


def test_every_file_of_a_report_is_linked_and_is_there(tmp_path):
    folder = tmp_path / "p" / "r" / "company"
    (folder / "tables").mkdir(parents=True)
    files = ["report.html", "report.ipynb", "facts.json", "r.xlsx", "report.pdf", "tables/one.csv", "tables/two.csv"]
    for name in files:
        (folder / name).write_text('{"facts": [{"name": "a.b", "text": "1", "low": null}], "data_as_of": "2026-06-28"}')
    (folder / "thumbnail.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><title>It rises &amp; falls</title></svg>")
    (folder / "run.json").write_text(json.dumps(index_record()), encoding="utf-8")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    links = {attrs["href"] for attrs in Checker(page).named("a")} - {"#reports"}
    assert links == {f"p/r/company/{name}" for name in files}
    image, = Checker(page).named("img")
    assert image["src"].startswith("data:image/svg+xml;base64,") and "<span>It rises &amp; falls</span>" in page
    assert 'data to <time>2026-06-28</time>' in page


def test_a_thumbnail_is_small_and_has_no_words(tmp_path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3))
    axes = figure.subplots()
    axes.plot(range(200), [value % 17 for value in range(200)], label="line")
    axes.set_title("A title")
    axes.legend()
    figure.savefig(tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8").partition("<svg")[2]
    small = thumbnail("<svg" + svg.replace("<metadata>", "<title>Up &amp; down</title><metadata>", 1))
    assert len(small) < len(svg) / 4 and "<title>Up &amp; down</title>" in small
    assert "text_" not in small and "metadata" not in small and small.count("<path") >= 3
    Checker(small)
    assert thumbnail("no drawing") == thumbnail("<svg xmlns='http://www.w3.org/2000/svg'/>") == ""
    many = "".join(f'<path d="M{n} {n * 7 % 999}L{n * 3} {n}"/>' for n in range(2000))
    assert thumbnail(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{many}</svg>') == ""
