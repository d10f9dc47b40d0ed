"""The summary: the same page from facts and from the data, a fixed rule, and every number with its proof."""

import html
import json
import re
import shutil
import subprocess

import nbformat
import papermill
import pytest
from page_size import overhead

from upskill import data, paths, summary
from upskill.batch.plain_words import name_of, report_faults
from upskill.data import Fact, NotEnoughData, ReportFacts
from upskill.summary import Evidence, decision, figures

NOTEBOOK = paths.NOTEBOOKS / "09_program_summary.ipynb"
GATE = {"name": "before the third cohort", "on": "2026-08-10", "rule": "net present value above zero in 80 of 100 futures"}


def facts(**values):
    """Facts by name, dots written as two underscores: a number, or (value, low, high, unit, better)."""
    found = {}
    for name, value in values.items():
        name = name.replace("__", ".")
        found[name] = Fact(name, *value) if isinstance(value, tuple) else Fact(name, value)
    return found


def evidence(low=-1.0, high=3.0, loss=0.3, areas=("roi",), **more):
    return Evidence(facts(roi__net_present_value=(1.0, low, high, "USD", "higher"),
                          roi__chance_of_loss=(loss, None, None, "share", "lower"), **more), areas)


def change(value, low, high, better="lower"):
    return value, low, high, "percent change", better


@pytest.mark.parametrize(("given", "gate", "kind", "why"), [
    (evidence(loss=0.1), GATE, decision.GO_ON, "gate"),
    (evidence(loss=0.3), GATE, decision.FIND_OUT, "gate"),
    (evidence(low=0.5, loss=0.01), None, decision.GO_ON, "money"),
    (evidence(loss=0.1), None, decision.FIND_OUT, "money"),
    (evidence(high=-0.5, loss=1.0), GATE, decision.STOP, "money"),
    (evidence(high=-0.5, loss=1.0), None, decision.STOP, "money"),
    (evidence(low=0.5, loss=0.01), {"rule": "the board likes it"}, decision.GO_ON, "money"),
    (evidence(loss=0.1, kpi__lead_time_change=change(0.2, 0.15, 0.25)), GATE, decision.FIND_OUT, "delivery"),
    (evidence(loss=0.1, kpi__lead_time_change=change(-0.2, -0.25, -0.15)), GATE, decision.GO_ON, "gate"),
    (Evidence({}, ("skills",)), GATE, decision.NO_CASE, ""),
])
def test_the_rule_decides(given, gate, kind, why):
    assert summary.decide(given, gate) == decision.Decision(kind, why)


def test_before_any_training_delivery_says_nothing_of_it():
    worse = evidence(low=0.5, loss=0.01, kpi__lead_time_change=change(0.2, 0.15, 0.25))
    assert summary.decide(worse, trained=False).kind == decision.GO_ON
    assert summary.decide(worse, trained=True).kind == decision.FIND_OUT
    assert summary.disagreements(worse, trained=False) == [] and summary.disagreements(worse) == ["direction"]


@pytest.mark.parametrize(("words", "state"), [
    ("change failure rate above 16 %", decision.NOT_MET), ("change failure rate above 8 %", decision.MET),
    ("change failure rate above 11 %", decision.OPEN), ("change failure rate below 16 %", decision.MET),
    ("change failure rate under 5 percent", decision.NOT_MET), ("lead time over 2 days", decision.NOT_MET),
    ("lead time over 24 hours", decision.MET), ("lead time above 16 %", decision.UNREAD),
    ("change failure rate not worse by more than 3 points", decision.UNREAD),
    ("gain in 65 of 100 futures", decision.MET), ("gain in 80 of 100 futures", decision.NOT_MET),
    ("fewer than 70 % complete the course", decision.UNREAD), ("", decision.UNREAD),
    ("gain in 65 of 100 futures and change failure rate below 16 %", decision.MET),
    ("gain in 65 of 100 futures and change failure rate below 8 %", decision.NOT_MET),
    ("gain in 65 of 100 futures and change failure rate below 11 %", decision.OPEN),
    ("gain in 65 of 100 futures, and the works council agrees", decision.UNREAD),
    ("gain in 80 of 100 futures; the works council agrees", decision.NOT_MET),
    ("gain in 65 of 100 futures or lead time under 5 hours", decision.UNREAD)])
def test_rules_and_triggers_are_held_against_the_facts(words, state):
    known = evidence(kpi__change_failure_rate=(0.11, 0.1, 0.12, "share", "lower"),
                     kpi__lead_time_hours=(39, 38, 41, "hours", "lower"))
    assert decision.watch(words, known).state == state


def test_the_next_gate_is_the_first_that_lies_ahead():
    gates = {"gates": [{"name": "late", "on": "2027-01-01"}, {"name": "past", "on": "2025-01-01"}, GATE, {"name": "undated"}]}
    assert summary.next_gate(gates, "2026-06-28")["name"] == GATE["name"]
    assert summary.next_gate(gates, "2027-06-28") is None
    assert summary.next_gate({}, "2026-06-28") is None and summary.next_gate([], "2026-06-28") is None
    assert summary.next_gate({"gates": [{True: "2026-08-10", "name": "unquoted"}]}, "2026-01-01")["on"] == "2026-08-10"


def test_disagreements_and_the_weakest_link():
    known = evidence(low=-3.0, high=2.0, roi__engineers=200, skills__people=100, skills__domains=6,
                     skills__domains_cannot_tell=3, roi__unconfirmed_share_of_uncertainty=0.4,
                     kpi__lead_time_change=change(0.2, 0.15, 0.25), kpi__review_time_change=change(0.0, -0.3, 0.3))
    assert summary.disagreements(known) == ["heads", "direction"]
    assert summary.weakest_link(known) == ("skills", 0.5)
    dated = Evidence(known.facts, ("kpi",), 0.1, {"kpi": "2026-03-01"})
    assert "dates" in summary.disagreements(dated, today="2026-06-28") and "dates" not in summary.disagreements(dated, today="2026-03-01")
    assert summary.disagreements(evidence()) == [] and summary.weakest_link(Evidence({}, ())) is None


def test_a_share_never_reads_as_certain_where_chance_is_left():
    assert [figures.hundred(share) for share in (0, 0.001, 0.074, 0.999, 1)] == [
        "0", "fewer than 1", "7", "more than 99", "100"]


@pytest.fixture
def ten_numbers(tmp_path):
    folder = tmp_path / "ten"
    folder.mkdir()
    (folder / "program.yml").write_text(
        "name: Ten\ncurrency: EUR\nassumptions: {engineers: 80}\nroadmap:\n  risks:\n"
        "  - name: \"bad\\n# name [x](javascript:1)\"\n    trigger: nobody comes\n", encoding="utf-8")
    return folder


def test_with_ten_numbers_alone_the_page_says_what_cannot_be_said(ten_numbers):
    program = data.read_program(ten_numbers)
    found = summary.recompute(program, seed=1)
    page = figures.Page(found, program)
    assert found.areas == ("roi",)
    assert "[the skill assessment](01_skill_assessment.ipynb) cannot be made" in page.markdown
    text = "\n".join([*page.answer(), page.markdown])
    assert "Rule: no gate is set" in text and "train 80 engineers." in text and "\n# name" not in text
    assert not re.search(r"\bnan\b|None of the|not known|inf\b", text)
    assert "caused" not in text


def test_facts_of_another_program_team_or_date_are_not_used(ten_numbers):
    company = data.read_program(ten_numbers)

    def report(**parameters):
        return ReportFacts("06_roi_model", {"program": str(ten_numbers), "team": "", "as_of": ""} | parameters, "",
                           facts(roi__chance_of_loss=0.5))
    assert summary.from_reports([report()], company).areas == ("roi",)
    with pytest.raises(ValueError, match="of the program data/other"):
        summary.from_reports([report(program="data/other")], company)
    for parameters in ({"team": "platform"}, {"as_of": "2026-01-01"}):
        with pytest.raises(NotEnoughData, match="No report with facts"):
            summary.from_reports([report(**parameters)], company)


def test_reading_facts_names_what_is_wrong(tmp_path):
    with pytest.raises(FileNotFoundError, match="Leave `facts` empty"):
        data.read_facts(tmp_path / "nowhere")
    for name, text in (("a", "{"), ("b", "[]"), ("c", '{"report": "x"}')):
        (tmp_path / "r" / name).mkdir(parents=True)
        (tmp_path / "r" / name / "facts.json").write_text(text)
    with pytest.raises(ValueError, match="facts.json") as caught:
        data.read_facts(tmp_path)
    assert len(str(caught.value).splitlines()) == 3
    assert data.read_facts(tmp_path / "r") == ()


@pytest.fixture(scope="module")
def made(reports, tmp_path_factory):
    """The reports on the company, and no page of a team beside them."""
    output = tmp_path_factory.mktemp("made")
    for folder in reports.glob("*/company"):
        shutil.copytree(folder, output / folder.relative_to(reports))
    return output


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """The summary from the data alone, by plain papermill in an ordinary kernel, whose hashes are other ones than the batch's."""
    output = tmp_path_factory.mktemp("plain") / "out.ipynb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPSKILL_ORDINARY_KERNELS", "1")
        patch.setenv("PYTHONHASHSEED", "1")
        papermill.execute_notebook(NOTEBOOK, output, progress_bar=False, request_save_on_cell_execute=False, log_output=False)
    return nbformat.read(output, as_version=4)


def shown(notebook, kind):
    mime = f"application/vnd.upskill.{kind}+json"
    return [output.data[mime] for cell in notebook.cells if cell.cell_type == "code"
            for output in cell.outputs if mime in output.get("data", {})]


def test_facts_and_data_give_the_same_page(made, again):
    batch = nbformat.read(made / "09_program_summary" / "company" / "report.ipynb", as_version=4)
    assert "facts = " in "".join(cell.source for cell in batch.cells)
    for kind in ("say", "answer", "cards", "fact"):
        assert shown(batch, kind) == shown(again, kind)
        assert shown(batch, kind)


def test_every_fact_that_is_computed_again_equals_the_report_s(made):
    recorded = summary.from_reports(data.read_facts(made), data.read_program("data/example"))
    computed = summary.recompute(data.read_program("data/example"))
    assert computed.areas == recorded.areas and computed.margin == recorded.margin
    for name, fact in computed.facts.items():
        assert fact.value == pytest.approx(recorded[name].value, rel=1e-9), name
        assert fact.unit == recorded[name].unit, name
        if recorded[name].has_interval:
            assert (fact.low, fact.high) == pytest.approx((recorded[name].low, recorded[name].high), rel=1e-9), name


LINK = re.compile(r'<a href="(\.\./\.\./(?!\.\.)[^"]+)">(.*?)</a>', re.DOTALL)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def words_of(page):
    """What a reader sees of a page, alternative texts of figures included."""
    page = re.sub(r"<(style|details).*?</\1>", "", page, flags=re.DOTALL)
    page = re.sub(r'<img[^>]* alt="([^"]*)"[^>]*>', r" \1 ", page)
    return html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u2060", "").replace("\u00a0", " ")


def section(page, anchor):
    """The part of a page from an anchor to the next heading; the cards belong to the answer."""
    start = page.index(f'id="{anchor}"')
    end = re.search(r"</header" if anchor == "the-answer" else r"<h2|<footer", page[start:])
    return page[start:start + end.start()]


def test_every_number_leads_to_the_place_that_proves_it(made):
    folder = made / "09_program_summary" / "company"
    page = (folder / "report.html").read_text(encoding="utf-8")
    links, reports = LINK.findall(page), set()
    for address, words in links:
        path, _, anchor = address.partition("#")
        target = (folder / path).read_text(encoding="utf-8")
        reports.add(path.split("/")[2])
        there = NUMBER.findall(words_of(section(target, anchor) if anchor else target))
        missing = set(NUMBER.findall(words_of(words))) - set(there)
        assert not missing or not anchor, f"{address} does not say {missing} of {words!r}"
    assert reports == set(summary.REPORTS.values()) and len(links) > 20
    assert sum("#" in address for address, _ in links) == len(links) - len(summary.REPORTS)


def test_every_page_keeps_to_plain_words_and_ends_with_how_sure_and_what_next(made):
    pages = sorted(made.glob("*/company/report.ipynb"))
    faults = {name_of(path): report_faults(nbformat.read(path, as_version=4), name_of(path)) for path in pages}
    assert len(faults) > len(summary.REPORTS) and not {name: found for name, found in faults.items() if found}


def test_money_and_cards_do_not_stand_without_a_link(made):
    page = (made / "09_program_summary" / "company" / "report.html").read_text(encoding="utf-8")
    # The range of a card stands under its value, which is the link.
    bare = LINK.sub("", re.sub(r'<style.*?</style>|<dd class="range">.*?</dd>', "", page, flags=re.DOTALL))
    assert not re.search(r"[$][\d,.]+(?: million)?", words_of(bare))
    assert len(re.findall(r'<dd class="value"><a ', page)) == page.count('<dd class="value">') == 4


def test_all_reports_count_the_same_people(made):
    counts = {report.name: json.loads((report / "company" / "facts.json").read_text(encoding="utf-8"))
              for report in made.iterdir()}
    scopes = {re.search(r'class="scope">(.*?)</p>', (made / name / "company" / "report.html").read_text(encoding="utf-8"))[1]
              for name in counts}
    assert scopes == {"Example company · whole company · 114 people, without leavers · data to <time>2026-06-28</time>"}
    people = {fact["value"] for content in counts.values() for fact in content["facts"]
              if fact["name"] in ("skills.people", "roi.engineers")}
    assert people == {114}


def test_no_report_carries_much_beyond_its_own_content(made):
    sizes = {path.parts[-3]: overhead(path.read_text(encoding="utf-8")) for path in made.glob("*/company/report.html")}
    print(sizes)
    assert len(sizes) > 5 and max(sizes.values()) < 15_000


def pages_printed(path, paper, chromium, tmp_path):
    """Print a page with the paper set in its style; returns how many sheets it takes."""
    text = path.read_text(encoding="utf-8").replace("@page brief{", f"@page brief{{size:{paper};")
    text = re.sub("<meta http-equiv[^>]*>", "", text)  # which refuses every style but the page's own
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
                    "--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}",
                    "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}", (tmp_path / "page.html").as_uri()],
                   check=True, capture_output=True, timeout=120)
    return len(re.findall(rb"/Type\s*/Page[^s]", (tmp_path / "page.pdf").read_bytes()))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_page_prints_on_one_sheet(made, chromium, tmp_path, paper):
    assert pages_printed(made / "09_program_summary" / "company" / "report.html", paper, chromium, tmp_path) == 1


def test_nothing_on_the_printed_page_is_smaller_than_nine_points(made):
    style = (made / "09_program_summary" / "company" / "report.html").read_text(encoding="utf-8")
    rules = re.search(r"@media print\{\.brief\{.*", style)[0]
    points = [float(size) for size in re.findall(r"font-size:([\d.]+)pt", rules)]
    assert "font-size:9.6pt" in rules and min(points) >= 9


def test_the_numbers_of_the_page_are_those_of_the_reports(made):
    def recorded(report):
        content = json.loads((made / report / "company" / "facts.json").read_text(encoding="utf-8"))
        return {fact["name"]: fact for fact in content["facts"]}
    own, money, delivery = (recorded(name) for name in ("09_program_summary", "06_roi_model", "05_kpi_tracking"))
    assert own["summary.net_present_value"]["value"] == money["roi.net_present_value"]["value"]
    assert own["summary.chance_of_gain"]["value"] == pytest.approx(1 - money["roi.chance_of_loss"]["value"])
    assert own["summary.lead_time_change"]["low"] == delivery["kpi.lead_time_change"]["low"]
    assert own["summary.reports_used"]["value"] == len(summary.REPORTS)
    page = (made / "09_program_summary" / "company" / "report.html").read_text(encoding="utf-8")
    text = re.sub("[\u2060]", "", page)
    assert money["roi.net_present_value"]["text"] in text and money["roi.cost"]["text"] in text


def test_a_team_has_its_own_page(made):
    team, whole = data.read_program("data/example", team="platform"), data.read_program("data/example")
    with pytest.raises(NotEnoughData):
        summary.from_reports(data.read_facts(made), team)
    found = summary.recompute(team, whole)
    people = team["people"]
    assert found.value("skills.people") == people["end_date"].isna().sum() < len(people) + 1
    page = figures.Page(found, team)
    assert f"of {found.value('skills.people'):.0f}](01_skill_assessment" in page.markdown
    assert page.waiting == found.value("skills.people") and "start to train 11 engineers." in page.answer()[0]


def test_a_share_moves_from_to_and_a_single_series_says_no_level_before():
    program = data.read_program("data/example")
    known = facts(kpi__ai_use=(0.75, 0.7, 0.8, "share", "higher"), kpi__ai_use_change=change(0.875, 0.5, 1.2, "higher"))
    pooled = Evidence(known, ("kpi",), 0.1, {}, *summary.evidence.indicators(program, known))
    assert "[rose from 40 % to 75 % of licensed people (1.5 to 2.2 times)](05_kpi" in figures.Page(pooled, program).delivery()
    single = Evidence(known, ("kpi",), 0.1, {}, pooled.indicators)
    text = figures.Page(single, program).delivery()
    assert "[rose to 75 % of licensed people (1.5 to 2.2 times what it was)](05_kpi" in text and "40 %" not in text


@pytest.mark.parametrize(("high", "note"), [(0.05, "improved"), (0.3, "improved, safety not shown")])
def test_the_card_of_a_faster_delivery_says_when_safety_is_not_shown(high, note):
    program = data.read_program("data/example")
    known = facts(kpi__lead_time_hours=(40.0, 38.0, 42.0, "hours", "lower"), kpi__lead_time_change=change(-0.2, -0.3, -0.1),
                  kpi__change_failure_rate_change=change(0.0, -0.1, high))
    page = figures.Page(Evidence(known, ("kpi",), 0.1, {}, *summary.evidence.indicators(program, known)), program)
    assert [card[2] for card in figures.cards(page) if card[0] == "Change lead time"] == [note]


def test_the_widest_gap_is_named_with_its_domain_and_role_and_its_rivals():
    program = data.read_program("data/example")

    def found(**gaps):
        gaps = {f"skills__role_shortfall__foundations__{role}": (*gap, "levels", "lower") for role, gap in gaps.items()}
        known = facts(skills__assessed=50, skills__people=60, skills__domains=6, skills__domains_below_target=0,
                      skills__domains_cannot_tell=6, **gaps)
        return figures.Page(Evidence(known, ("skills",)), program).standing()
    text = found(tech_lead=(0.9, 0.5, 1.3), data_scientist=(0.7, 0.2, 1.2), developer=(0.4, 0.1, 0.7))
    assert "Widest gap of one role: tech lead, Foundations, [0.9 levels short (0.5 to 1.3)](01" in text and "2 others may be as wide" in text
    assert "Widest" not in found(tech_lead=(0.9, -0.1, 1.9), developer=(0.4, 0.1, 0.7))


def test_many_long_risks_take_no_more_room_than_three(ten_numbers):
    risks = "".join(f"  - {{name: {'a long word ' * 40}{number}, trigger: net present value below 5 of 100}}\n" for number in range(9))
    text = (ten_numbers / "program.yml").read_text(encoding="utf-8").split("  risks:")[0]
    (ten_numbers / "program.yml").write_text(f"{text}  risks:\n{risks}", encoding="utf-8")
    program = data.read_program(ten_numbers)
    lines = figures.Page(summary.recompute(program, seed=1), program).risks().splitlines()
    assert len(lines) == 6 and lines[-1] == "- 6 more in program.yml." and max(map(len, lines)) < 260
