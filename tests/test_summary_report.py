"""The summary: the same page from facts and from the data, a fixed rule, and every number with its proof."""

import json
import os
import re

import nbformat
import papermill
import pytest
from click.testing import CliRunner

from upskill import data, paths, summary
from upskill.batch.cli import run_command
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
    ("fewer than 70 % complete the course", decision.UNREAD), ("", decision.UNREAD)])
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
    assert "None is set" in page.markdown and "\n# name" not in page.markdown
    assert not re.search(r"\bnan\b|None of|not known|inf\b", page.markdown)
    assert "caused" not in page.markdown


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
def made(tmp_path_factory):
    """The four reports on the company, as the batch makes them."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    output = tmp_path_factory.mktemp("out")
    done = CliRunner().invoke(run_command, ["--only", "*/company", "--output", str(output), "--workers", "2"])
    assert done.exit_code == 0, done.output
    return output / "example"


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """The summary from the data alone, by plain papermill."""
    output = tmp_path_factory.mktemp("plain") / "out.ipynb"
    papermill.execute_notebook(NOTEBOOK, output, progress_bar=False, log_output=False)
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


def test_every_number_of_the_story_leads_to_a_report_that_exists(made):
    folder = made / "09_program_summary" / "company"
    page = (folder / "report.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="(\.\./\.\./[^."][^"]*)"', page)
    assert {link.split("/")[2] for link in links} == set(summary.REPORTS.values())
    assert all((folder / link).is_file() for link in links)
    story = page[page.index('<main id="story"'):page.index("</main>")]
    for money in re.findall(r"\$[\d,.]+(?:k| million)?", re.sub(r"<a [^>]*>.*?</a>", "", story, flags=re.DOTALL)):
        pytest.fail(f"{money} stands without a link")


def test_the_numbers_of_the_page_are_those_of_the_reports(made):
    def recorded(report):
        content = json.loads((made / report / "company" / "facts.json").read_text(encoding="utf-8"))
        return {fact["name"]: fact for fact in content["facts"]}
    own, money, delivery = (recorded(name) for name in ("09_program_summary", "06_roi_model", "05_kpi_tracking"))
    assert own["summary.net_present_value"]["value"] == money["roi.net_present_value"]["value"]
    assert own["summary.chance_of_gain"]["value"] == pytest.approx(1 - money["roi.chance_of_loss"]["value"])
    assert own["summary.lead_time_change"]["low"] == delivery["kpi.lead_time_change"]["low"]
    assert own["summary.reports_used"]["value"] == 3
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
    assert f"of {found.value('skills.people'):.0f} engineers" in figures.Page(found, team).markdown
