"""`upskill compare`: what changed, whether it is noise, and why; in the terminal, as JSON and as a page."""

import json
import re
from html import unescape

import pandas as pd
import pytest
from click.testing import CliRunner
from sample_reports import make_notebook, make_program, make_spec
from test_batch import run
from test_history import fact

from upskill.batch.cli import compare_command
from upskill.batch.compare import CompareError, Side, compare, read_side
from upskill.batch.compare_words import render_page, summary, terminal_lines
from upskill.batch.history import Point
from upskill.batch.reasons import have_same_data, reasons
from upskill.batch.why import setting_numbers, state_of
from upskill.data import read_program
from upskill.data.sources.table import import_table

REPORT = """from upskill import data, show
company = data.read_program(program, team=team)
rows = company["pull_requests"]
hours = company.settings.assumptions["training_hours_per_engineer"].parameters["value"]
merged = (rows["merged_at"] - rows["created_at"]).dt.total_seconds().mean() / 3600
show.fact("test.hours", merged, merged - 1, merged + 1, unit="hours", better="lower")
show.fact("test.training", hours * len(company["people"]), unit="hours")
show.fact("test.rows", len(rows), unit="people")"""
HEAD = "repository,pull_request_id,team,author_id,created_at,merged_at\n"


def rows(first, month, hours, many=120):
    return "".join(f"web,{first + number},core,person10{number % 6},2026-{month}-{1 + number % 28:02d}T08:00:00Z,"
                   f"2026-{month}-{1 + number % 28:02d}T{8 + hours:02d}:00:00Z\n" for number in range(many))


def told(folder, *arguments):
    result = CliRunner().invoke(compare_command, [*map(str, arguments), "--output", str(folder / "out")],
                                env={"COLUMNS": "400"})
    assert result.exit_code == 0, result.output
    return re.sub(r"   +", " ", result.output)


@pytest.fixture(scope="module")
def told_months(tmp_path_factory):
    """A company that changes one thing after another, each under a label."""
    folder = tmp_path_factory.mktemp("months")
    patch = pytest.MonkeyPatch()
    patch.setenv("UPSKILL_LEDGER", str(folder / "ledger.jsonl"))
    program = make_program(folder / "sample")
    settings = "name: Sample Company\nassumptions:\n  training_hours_per_engineer: {}\n"

    def made(label):
        done = run(folder, "--label", label)
        assert done.exit_code == 0, done.output
    (program / "program.yml").write_text(settings.format(20), encoding="utf-8")
    pulls = program / "pull_requests.csv"
    pulls.write_text(HEAD + rows(1, "03", 10), encoding="utf-8")
    make_notebook(folder / "changes.ipynb", REPORT)
    make_spec(folder / "reports.yml", program, "changes")
    made("start")
    (program / "program.yml").write_text(settings.format(30), encoding="utf-8")
    made("assumption")
    pulls.write_text(HEAD + rows(1, "03", 10) + rows(1001, "04", 4), encoding="utf-8")
    made("april")
    (folder / "later.csv").write_text(HEAD + rows(1, "03", 12, 30), encoding="utf-8")
    import_table(folder / "later.csv", program, ("pull_requests",))
    made("restated")
    make_notebook(folder / "changes.ipynb", REPORT.replace("hours * len", "2 * hours * len"))
    made("notebook")
    with open(program / "people.csv", "a", encoding="utf-8") as file:
        file.write("person900,core,developer\n")
    made("people")
    patch.undo()
    return folder


@pytest.mark.parametrize(("old", "new", "expected", "absent"), [
    ("start", "assumption", ["changed assumption: training_hours_per_engineer: 20 → 30",
                             "none of this is chance", "10.0 days → 15.0 days +5.0 days"], ["new data", "More than one"]),
    ("assumption", "april", ["new data: pull_requests: 120 more rows (2026-04); latest day in the data",
                             "−3.0 hours: better, beyond the noise", "+120 people"], ["restated", "More than one"]),
    ("april", "restated", ["restated data: pull_requests: 30 rows restated by imports", "1 of them within the noise"],
     ["new data"]),
    ("restated", "notebook", ["changed method: the notebook: 1 of its 3 cells", "none of this is chance"], ["new data"]),
    ("notebook", "people", ["other people: people: 12 → 13 rows", "30.0 days → 32.5 days +2.5 days"], []),
    ("start", "people", ["changed assumption", "changed method", "new data", "other people", "More than one thing"],
     ["none of this is chance"]),
    ("people", "people", ["0 facts changed in 0 of 1 report", "3 stayed the same"], ["why"]),
])
def test_each_reason_is_told(told_months, old, new, expected, absent):
    output = told(told_months, old, new)
    assert not [words for words in expected if words not in output], output
    assert not [words for words in absent if words in output], output


def test_folders_and_labels_tell_the_same(told_months):
    """What lies in the outputs is what the last label said."""
    folder = told_months / "out"
    for place in (folder, folder / "sample/changes/company", folder / "sample/changes/company/facts.json"):
        output = told(told_months, "restated", place)
        assert "changed method: the notebook" in output and "other people" in output, output
    content = json.loads(told(told_months, "start", "assumption", "--json"))
    assert content["counts"] == {"changed": 1, "came": 0, "went": 0, "same": 2, "beyond": 0, "on_same_data": 1}
    assert content["reports"][0]["reasons"][0]["kind"] == "changed assumption"
    assert content["reports"][0]["changes"][0]["old"]["value"] == 240


@pytest.mark.parametrize(("place", "words"), [
    ("2025-01", "no such folder or file, and no label of this name"), ("2025-01", "sample has start, assumption, april"),
])
def test_what_is_not_there_is_named(told_months, place, words):
    with pytest.raises(CompareError, match=words):
        read_side(place, told_months / "out")


def test_no_history_at_all(tmp_path):
    with pytest.raises(CompareError, match="there is no history yet; make reports with --label"):
        read_side("2026-10", tmp_path)
    (tmp_path / "facts.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CompareError, match="not the facts of a report"):
        read_side(tmp_path / "facts.json", tmp_path)


# --- words and page -----------------------------------------------------------------------------------------------

LONG = "kpi.a_rather_long_name_of_a_fact.of_a_team_with_a_long_name_too"


def beside(old, new, **why):
    key = ("sample", "changes", "company")
    return compare(Side("<b>old</b>", {key: Point("old", "", {one["name"]: one for one in old}, title="A <i>title</i>?")}),
                   Side("new", {key: Point("new", "", {one["name"]: one for one in new}, title="A <i>title</i>?", why=why)}))


def test_what_matters_stands_first_and_lines_fit():
    old = [fact(.5, .4, .6, name="t.noise"), fact(.5, .49, .51, name="t.better"), fact(.5, .49, .51, name=LONG),
           fact(.5, name="t.unknown"), fact(.5, name="t.gone")]
    new = [fact(.52, .4, .6, name="t.noise"), fact(.6, .59, .61, name="t.better"), fact(.4, .39, .41, name=LONG),
           fact(.6, name="t.unknown"), fact(.5, name="t.new")]
    comparison = beside(old, new)
    names = [change.name for change in comparison.changed[0].changes]
    assert names[:3] == [LONG, "t.better", "t.unknown"] and names[-1] == "t.noise" and set(names[3:5]) == {"t.new", "t.gone"}
    for width in (40, 60, 99, 100, 160):
        lines = terminal_lines(comparison, width, everything=True)
        assert max(map(len, lines)) <= width
    assert "within the noise" in " ".join(lines) and "better, within" not in " ".join(lines)
    assert "up to 1 of the 3 facts with intervals" in " ".join(summary(comparison))


def test_the_page_holds_no_script_and_says_whose_cells_are_whose():
    html = render_page(beside([fact(.5, .49, .51)], [fact(.6, .59, .61, text="<script>alert(1)</script>")]))
    assert "<script" not in html and "&lt;script&gt;" in html and "<b>old" not in html and "<i>title" not in html
    assert "default-src 'none'" in unescape(html) and not re.search(r"""(src|href)=["'](?!#)""", html)
    assert html.count("<table>") == html.count("<caption>") == 1 and 'scope="row"' in html and html.count('scope="col"') == 4
    assert len(re.findall("<h1", html)) == 1


def test_numbers_are_written_as_in_the_reports(tmp_path):
    for place, value in (("old", 1000.0), ("new", 2234.5)):
        folder = tmp_path / place / "sample/changes/company"
        folder.mkdir(parents=True)
        facts = [fact(value, value - 1, value + 1, "points")]
        (folder / "facts.json").write_text(json.dumps({"report": "changes", "facts": facts}), encoding="utf-8")
        (folder / "why.json").write_text('{"settings": {"numbers": {"locale": "de_DE"}, "sections": {}}}', encoding="utf-8")
    assert "+1.234 points: better, beyond the noise" in told(tmp_path, tmp_path / "old", tmp_path / "new")


# --- reasons ------------------------------------------------------------------------------------------------------


def why(**more):
    parts = dict.fromkeys(("cells", "code", "reference", "lock", "parameters", "data", "facts"), "same")
    return {"parts": parts | more.pop("parts", {}), "read": {"pull_requests": "a"}, "tables": {}} | more


def table(months):
    times = [pd.Timestamp(month) for month, many in months.items() for _ in range(many)]
    return pd.DataFrame({"created_at": times, "value": range(len(times))})


@pytest.mark.parametrize(("old", "new", "words"), [
    ({"2026-01": 150, "2026-02": 120}, {"2026-01": 150, "2026-02": 140}, ["20 more rows"]),
    ({"2026-01": 150, "2026-02": 120}, {"2026-01": 150, "2026-02": 120, "2026-03": 130, "2026-04": 100, "2026-05": 100},
     ["330 more rows (2026-03 to 2026-05)"]),
    ({"2026-01": 150, "2026-02": 120}, {"2026-01": 160, "2026-02": 120}, ["10 more rows", "late (2026-01, 2026-02)"]),
    ({"2026-01": 150}, {"2026-01": 149}, ["1 rows fewer"]),
    ({"2026-01": 10}, {"2026-01": 12}, ["2 more rows"]),
])
def test_periods_tell_new_rows_from_changed_ones(old, new, words):
    states = [{"pull_requests": state_of(table(months))} for months in (old, new)]
    found = reasons(why(tables=states[0]), why(tables=states[1], read={"pull_requests": "b"}, parts={"data": "other"}))
    assert all(any(word in reason.words for reason in found) for word in words), found


def test_no_fingerprint_is_of_few_rows():
    state = state_of(table({"2026-01": 150, "2026-02": 3, "2026-03": 4}))
    assert {period: many for period, (many, _) in state["periods"].items()} == {"2026-01": 150, "": 7}
    assert state_of(table({"2026-01": 9}), "people") == {"rows": 9, "periods": {}}
    assert state_of(table({}))["rows"] == 0


def test_the_cost_of_a_role_is_written_down_as_a_fingerprint_only(tmp_path):
    program = make_program(tmp_path / "sample")
    (program / "program.yml").write_text("name: S\nroles: {boss: {loaded_cost_per_year: 312345, heads: 1}}\n")
    kept = setting_numbers(read_program(program).settings, str)
    assert "312" not in json.dumps(kept["numbers"]) and "boss" not in json.dumps(kept) and kept["sections"]["roles"]


def test_what_was_not_written_down_is_not_guessed():
    assert [reason.kind for reason in reasons({}, why())] == ["not known"]
    assert not have_same_data({}, {}) and reasons(why(), why()) == []
    assert [reason.kind for reason in reasons(why(), why(parts={"facts": "other"}, needs=["06_roi_model"]))] == ["other reports"]


def test_another_seed_is_noise_too():
    assert not have_same_data(why(parameters={"seed": 1}), why(parameters={"seed": 2}))
    assert have_same_data(why(parameters={"seed": 1}), why(parameters={"seed": 1}))
