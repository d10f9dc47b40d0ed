"""The batch on tiny reports: one that fails, hangs, dies or lacks data disturbs no other, and none can hide it."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from click.testing import CliRunner
from sample_reports import FACT, SHOWN, make_notebook, make_program, make_spec

from upskill.batch.cli import compare_command, render_command, run_command
from upskill.batch.index import read_records, write_index
from upskill.batch.program import team_slugs
from upskill.batch.spec import SpecError, read_spec
from upskill.batch.write import clear_leftovers, hold_alone, write_folder

HOSTILE = ("<script>alert(1)</script>", "../../x", '=HYPERLINK("x")')
MALFORMED = 'display({"application/vnd.upskill.table+json": {"rows": 3, "caption": 5}}, raw=True)'
QUIET = "import os\nfor _ in range(1000):\n    os.write(1, b'person103')\nraise MemoryError"
NOT_ENOUGH = 'class NotEnoughData(Exception): pass\nraise NotEnoughData("There is no table waves; add waves.csv.")'


def run(folder, *options):
    """Call `upskill run` in-process; returns click's result."""
    arguments = [str(folder / "reports.yml"), "--output", str(folder / "out"), "--workers", "2", "--retries", "0", *options]
    return CliRunner().invoke(run_command, arguments)


def record(folder, report, slug="company", program="sample"):
    return json.loads((folder / "out" / program / report / slug / "run.json").read_text(encoding="utf-8"))


def digests(folder):
    """SHA-256 of every file but run.json, where times are."""
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "run.json"}


@pytest.fixture(scope="module")
def troubled(tmp_path_factory):
    """A batch in which all that can go wrong goes wrong beside two reports that are fine."""
    folder = tmp_path_factory.mktemp("troubled")
    program = make_program(folder / "sample")
    leak = 'import pandas as pd\nids = pd.read_csv(f"{program}/people.csv").person_id\nraise KeyError(ids[3])'
    printed = 'import pandas as pd\nprint(pd.read_csv(f"{program}/people.csv").person_id[3])\n1/0'
    reports = {
        "good": (FACT, SHOWN), "fails": (FACT, "1/0", "print('later')"), "leaks": (FACT, leak), "prints": (printed,),
        "hangs": (FACT, "import time\ntime.sleep(60)", "print('later')"), "silent": ("x = 1",),
        "dies": (FACT, "import os\nos.kill(os.getpid(), 9)"), "lacks": (FACT, NOT_ENOUGH),
        "leaves": (FACT, "import sys\nsys.exit(0)"), "bare": (FACT, SHOWN.replace('"alt": f"A line', '"al": f"A line')),
        "crashes": (FACT, "import ctypes\nctypes.string_at(0)"), "malformed": (FACT, MALFORMED), "quiet": (FACT, QUIET),
        "stuck": (FACT, "import ctypes\nctypes.PyDLL(None).sleep(60)"),
        "also_good": (FACT, "import warnings\nwarnings.warn('careful')"), "after": (FACT,), "after_lack": (FACT,),
    }
    for name, code in reports.items():
        make_notebook(folder / f"{name}.ipynb", *code, title=f"The {name} report")
    limits = dict.fromkeys(("hangs", "stuck"), ", time_limit_seconds: 20")
    needs = {"after": ", needs: [fails]", "after_lack": ", needs: [lacks]"}
    names = dict.fromkeys(["after", *reports])  # listed before what it needs, on purpose
    make_spec(folder / "reports.yml", program,
              *(f"{{notebook: {name}{limits.get(name, '')}{needs.get(name, '')}}}" for name in names))
    return folder, run(folder)


@pytest.mark.parametrize(("report", "status", "reason"), [
    ("good", "ok", ""), ("also_good", "ok", ""),
    ("fails", "failed", "Code cell 3 stopped with ZeroDivisionError: division by zero"),
    ("hangs", "timed_out", "Stopped in code cell 3 after its time limit of 20 seconds."),
    ("dies", "died", "killed by SIGKILL"),
    ("crashes", "died", "killed by SIGSEGV"),
    ("stuck", "timed_out", "Stopped in code cell 3 after its time limit of 20 seconds."),
    ("malformed", "invalid", "table without a name has not the form of a table"),
    ("quiet", "failed", "Code cell 3 stopped with MemoryError."),
    ("lacks", "skipped", "There is no table waves; add waves.csv."),
    ("leaves", "failed", "sys.exit"),
    ("silent", "failed", "recorded no fact"),
    ("bare", "invalid", "figure line has no alt"),
    ("after", "skipped", "It needs fails/company, which has the status failed."),
    ("after_lack", "ok", ""),
])
def test_each_report_says_what_really_happened(troubled, report, status, reason):
    folder, _ = troubled
    found = record(folder, report)
    assert found["status"] == status
    assert reason in found["reason"]


def test_exit_status_and_closing_lines_tell_of_failures(troubled):
    folder, result = troubled
    assert result.exit_code == 1
    closing = next(line for line in result.output.splitlines() if line.startswith("17 reports in "))
    counted = {"3 ok", "6 failed", "2 timed out", "2 died", "2 invalid", "2 skipped"}
    assert set(closing.partition(": ")[2].rstrip(".").split(", ")) == counted
    assert f"Read {folder / 'out' / 'index.html'}" in result.output
    assert "fails/company: failed. Code cell 3 stopped" in result.output


def test_only_good_reports_leave_facts(troubled):
    folder, _ = troubled
    left = {path.parent.parent.name for path in (folder / "out").rglob("facts.json")}
    assert left == {"good", "also_good", "after_lack"}


def test_facts_follow_the_contract(troubled):
    folder, _ = troubled
    facts = json.loads((folder / "out/sample/good/company/facts.json").read_text(encoding="utf-8"))
    assert list(facts) == ["report", "title", "parameters", "data_as_of", "facts"]
    assert (facts["report"], facts["title"]) == ("good", "The good report")
    assert facts["facts"] == [{"name": "test.seed", "value": 7.0, "low": 6.0, "high": 8.0, "level": 0.9, "unit": "",
                               "better": "higher", "text": "7 (6 to 8)"}]


@pytest.mark.parametrize("report", ["hangs", "dies", "fails"])
def test_partial_notebooks_are_kept_and_show_what_was_not_run(troubled, report):
    folder, _ = troubled
    notebook = nbformat.read(folder / f"out/sample/{report}/company/report.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert any(cell.outputs for cell in code)
    assert not any("papermill" in cell.metadata for cell in notebook.cells)
    page = (folder / f"out/sample/{report}/company/report.html").read_text(encoding="utf-8")
    assert record(folder, report)["reason"] in page
    assert ("Not run: 1 code cell" in page) == (report != "dies")


def test_hanging_and_dying_reports_end_soon(troubled):
    folder, _ = troubled
    assert record(folder, "hangs")["seconds"] < 30
    assert record(folder, "dies")["seconds"] < 15


def test_no_id_of_a_person_is_left_anywhere(troubled):
    folder, result = troubled
    assert record(folder, "leaks")["evalue"] == "'[person]'"
    everything = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert len(everything) > 30
    assert not [path for path in everything if b"person103" in path.read_bytes()]
    assert "person103" not in result.output


def test_warnings_are_kept_from_readers(troubled):
    folder, _ = troubled
    assert "careful" in record(folder, "also_good")["warnings"]
    page = (folder / "out/sample/also_good/company/report.html").read_text(encoding="utf-8")
    assert "UserWarning" not in page


def test_index_names_failures_first(troubled):
    folder, _ = troubled
    page = (folder / "out/index.html").read_text(encoding="utf-8")
    assert page.index("could not be made") < page.index("The answer for whole company is 7.")
    assert "What do we see here?" in page
    for found in read_records(folder / "out"):
        assert f'href="{found["folder"]}/report.html"' in page


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A good report for the company and for each of three teams with hostile names."""
    folder = tmp_path_factory.mktemp("hostile")
    program = make_program(folder / "sample", HOSTILE)
    make_notebook(folder / "good.ipynb", FACT, SHOWN)
    make_spec(folder / "reports.yml", program, '{notebook: good, grid: {team: ["", "*"]}}')
    assert run(folder).exit_code == 0
    return folder


def test_hostile_names_are_harmless_in_pages_and_paths(hostile):
    folders = {path.name for path in (hostile / "out/sample/good").iterdir()}
    assert folders == {"company", "script-alert-1-script", "x", "hyperlink-x"}
    pages = [path.read_text(encoding="utf-8") for path in hostile.rglob("*.html")]
    assert len(pages) == 5
    assert not [page for page in pages if "<script>alert" in page or "<script src" in page]
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in pages)


def test_hostile_names_are_harmless_in_spreadsheets(hostile):
    rows = [row for path in hostile.rglob("tables/*.csv") for row in csv.reader(path.open(encoding="utf-8"))]
    assert ["'" + HOSTILE[2], "-1.5"] in rows
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+"))]


def test_unchanged_reports_are_kept_and_forced_ones_are_the_same_bytes(hostile):
    before = digests(hostile / "out")
    times = {path: path.stat().st_mtime_ns for path in hostile.rglob("facts.json")}
    assert "4 kept" in run(hostile).output
    assert all(path.stat().st_mtime_ns == then for path, then in times.items())
    assert "4 ok" in run(hostile, "--force").output
    assert digests(hostile / "out") == before
    assert all(path.stat().st_mtime_ns != then for path, then in times.items())


def test_changed_data_make_reports_again(hostile):
    (hostile / "sample" / "notes.txt").write_text("new", encoding="utf-8")
    result = run(hostile, "--dry-run")
    assert "4 to run, 0 kept" in result.output
    assert "(the data changed)" in result.output
    (hostile / "sample" / "notes.txt").unlink()


def test_what_a_chosen_report_needs_is_made_where_it_never_was(tmp_path):
    program = make_program(tmp_path / "p")
    for name in ("first", "second", "third"):
        make_notebook(tmp_path / f"{name}.ipynb", FACT, SHOWN)
    make_spec(tmp_path / "reports.yml", program, "{notebook: third}", "{notebook: second, needs: [first]}", "{notebook: first}")
    assert "2 to run" in run(tmp_path, "--dry-run", "--only", "second").output
    assert run(tmp_path, "--only", "first").exit_code == 0
    assert "1 to run" in run(tmp_path, "--dry-run", "--only", "second").output


def test_only_and_team_choose_reports(hostile):
    assert "1 to run, 0 kept" in run(hostile, "--dry-run", "--force", "--only", "good/company").output
    assert "3 to run, 0 kept" in run(hostile, "--dry-run", "--force", "--only", "good/*x*", "--only", "*script").output
    assert "1 to run, 0 kept" in run(hostile, "--dry-run", "--force", "--team", "../../x").output
    wrong = run(hostile, "--only", "goof", "--team", "nobody")
    assert wrong.exit_code == 1
    assert "did you mean 'good'?" in wrong.output and "no team 'nobody'" in wrong.output


NONSENSE = [
    ("reports: 5", "expected a list of notebooks"), ("reports: {good: 1}", "expected a list of notebooks"),
    ("reports: [{notebook: good, needs: 5}]", "needs: expected names of reports"),
    ("reports: [{notebook: good, needs: [{}]}]", "needs: expected names of reports"),
    ("reports: [{notebook: good, grid: {1: 2}}]", "expected names of parameters, got 1"),
    ("reports: [{notebook: good, grid: {team: {a: b}}}]", "expected text, got {'a': 'b'}"),
    ("reports: [{notebook: good, grid: {team: [007]}}]", 'put it in quotes, as in "007"'),
    ("reports: [{notebook: good, grid: {team: []}}]", "no report would be made"),
    ("reports: [{notebook: good, grid: {seed: [1, 1]}}]", "the same values twice"),
    ("reports: [{notebook: good, grid: {program: [a, b]}}]", "one run is about one program"),
    ("reports: [{notebook: good, time_limit_seconds: .nan}]", "expected a number of seconds"),
    ("reports: [{notebook: good, time_limit_seconds: .inf}]", "expected a number of seconds"),
    ("reports: [good]\nreports: [other]", "'reports' stands there twice"), ("reports: [.hidden]", "begin with a dot"),
    ("a: \xff", "expected"), ("{", "is not YAML"), ("!!python/object:os.system {}", "is not YAML"),
]


@pytest.mark.parametrize(("text", "words"), NONSENSE, ids=[text[:50] for text, _ in NONSENSE])
def test_nonsense_in_a_specification_is_told_and_nothing_starts(tmp_path, text, words):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "good.ipynb", FACT)
    make_notebook(tmp_path / ".hidden.ipynb", FACT)
    (tmp_path / "reports.yml").write_bytes(f"defaults: {{program: '{program}'}}\n{text}".encode("latin-1"))
    result = run(tmp_path)
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert words in result.output or "is not YAML" in result.output
    assert not (tmp_path / "out").exists()


def test_a_default_program_that_is_no_text_is_told(tmp_path):
    make_notebook(tmp_path / "good.ipynb", FACT)
    (tmp_path / "reports.yml").write_text("defaults: {program: 5}\nreports: [good]", encoding="utf-8")
    assert "expected the path of a program folder" in run(tmp_path).output


def test_a_plan_is_checked_whole_before_anything_runs(tmp_path):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "good.ipynb", FACT)
    make_spec(tmp_path / "reports.yml", program,
              '{notebook: good, grid: {teem: ["web"], seed: ["x"], as_of: [2026-02-30x], team: ["wev"]}}')
    result = run(tmp_path)
    assert result.exit_code == 1
    for words in ("did you mean 'team'?", "expected a whole number", "ISO date", "did you mean 'web'?"):
        assert words in result.output
    assert not (tmp_path / "out").exists()


def test_a_program_that_is_not_there_stops_the_batch(tmp_path):
    make_notebook(tmp_path / "good.ipynb", FACT)
    make_spec(tmp_path / "reports.yml", tmp_path / "nowhere", "good")
    result = run(tmp_path)
    assert result.exit_code == 1 and "nowhere" in result.output and "Traceback" not in result.output


def test_a_specification_tells_all_that_is_wrong(tmp_path):
    make_notebook(tmp_path / "good.ipynb", FACT)
    make_notebook(tmp_path / "other.ipynb", FACT)
    make_spec(tmp_path / "reports.yml", "p", "{notebook: good, gird: {}, needs: [other]}",
              "{notebook: other, needs: good}", "{notebook: lost}", "{notebook: good, needs: [goood]}")
    with pytest.raises(SpecError) as error:
        read_spec(tmp_path / "reports.yml")
    text = str(error.value)
    for words in ("unknown key 'gird'; did you mean 'grid'?", "no notebook of this name", "circle", "listed twice",
                  "needs 'goood', which is not in the list; did you mean 'good'?"):
        assert words in text


def test_needed_reports_come_first_and_facts_are_handed_on(tmp_path):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "first.ipynb", FACT)
    reads = 'from pathlib import Path\nfound = sorted(Path(facts).glob("first/*/facts.json"))\nassert len(found) == 3'
    make_notebook(tmp_path / "second.ipynb", FACT, reads,
                  parameters='program: str = "x"  # folder\nfacts: str = ""  # folder\nseed: int = 1  # seed')
    make_spec(tmp_path / "reports.yml", program, "{notebook: second, needs: [first]}",
              '{notebook: first, grid: {team: ["", "*"]}}')
    result = run(tmp_path)
    assert result.exit_code == 0, result.output
    assert "[4/4] second/company: ok" in result.output


def test_a_folder_is_swapped_whole(tmp_path):
    folder = tmp_path / "program" / "report" / "company"
    write_folder(folder, {"facts.json": "1", "tables/a.csv": "1"})
    write_folder(folder, {"report.html": "2"})
    assert digests(folder).keys() == {"report.html"}
    with pytest.raises(TypeError):
        write_folder(folder, {"report.html": "3", "facts.json": None})
    assert (folder / "report.html").read_text(encoding="utf-8") == "2"
    assert [path.name for path in folder.parent.iterdir()] == ["company"]


def test_two_runs_do_not_write_to_one_folder(hostile):
    with hold_alone(hostile / "out"):
        result = run(hostile)
    assert result.exit_code == 1 and f"Another run (process {os.getpid()} on " in result.output
    assert run(hostile).exit_code == 0


def test_a_full_disk_leaves_no_false_green(tmp_path, monkeypatch):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "good.ipynb", FACT, SHOWN)
    make_spec(tmp_path / "reports.yml", program, "good")
    assert run(tmp_path).exit_code == 0

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("upskill.batch.run.write_folder", full)
    result = run(tmp_path, "--force")
    assert result.exit_code == 1 and "good/company: failed. The page could not be written" in result.output
    page = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert "1 failed" in page and "No space left" in page and "1 ready" not in page
    monkeypatch.setattr("upskill.batch.index.write_file", full)
    result = run(tmp_path, "--force")
    assert result.exit_code == 1 and "Cannot write to" in result.output and isinstance(result.exception, SystemExit)


def test_an_output_that_cannot_be_written_is_told(tmp_path):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "good.ipynb", FACT)
    make_spec(tmp_path / "reports.yml", program, "good")
    (tmp_path / "out").write_text("a file in the way", encoding="utf-8")
    result = CliRunner().invoke(run_command, [str(tmp_path / "reports.yml"), "--output", str(tmp_path / "out" / "x")])
    assert result.exit_code == 1 and "Cannot write to" in result.output


def test_an_unreadable_record_is_no_green_report(tmp_path):
    folder = tmp_path / "p" / "r" / "company"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{", encoding="utf-8")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert "1 failed" in page and "cannot be read" in page


def test_rows_set_aside_are_listed_without_what_they_hold(tmp_path):
    program = make_program(tmp_path / "sample", ("core",), people=60)
    rows = [f"person{100 + number},start,item1,{number % 2}" for number in range(60)]
    (program / "waves.csv").write_text("wave,starts_on,ends_on\nstart,2026-01-05,2026-01-09\n", encoding="utf-8")
    (program / "items.csv").write_text("item_id,instrument,maximum_score\nitem1,test,1\n", encoding="utf-8")
    (program / "test_responses.csv").write_text(
        "person_id,wave,item_id,score\n" + "\n".join([*rows, "person0103x,start,item1,1"]), encoding="utf-8")
    shows = "from upskill import data, show\ncompany = data.read_program(program, team=team)\nshow.scope(company)"
    make_notebook(tmp_path / "good.ipynb", FACT, shows)
    make_spec(tmp_path / "reports.yml", program, "good")
    assert run(tmp_path).exit_code == 0
    listed = list(csv.DictReader((tmp_path / "out/sample/set_aside.csv").open(encoding="utf-8")))
    assert [(row["table"], row["file"], row["row"], row["column"], row["reason"]) for row in listed] == [
        ("test_responses", "test_responses.csv", "62", "person_id", "unknown_key")]
    assert listed[0]["expected"] and listed[0]["cure"]
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and b"person0103x" in path.read_bytes()]
    page = (tmp_path / "out/sample/good/company/report.html").read_text(encoding="utf-8")
    assert 'href="../../set_aside.csv">1 of ' in page and 'href="sample/set_aside.csv"' in (
        tmp_path / "out/index.html").read_text(encoding="utf-8")
    (program / "test_responses.csv").write_text("person_id,wave,item_id,score\n" + rows[0], encoding="utf-8")
    assert run(tmp_path).exit_code == 0
    assert not (tmp_path / "out/sample/set_aside.csv").exists()


def test_what_a_killed_run_left_is_cleared(tmp_path):
    parent = tmp_path / "program" / "report"
    (parent / ".company.abc.new").mkdir(parents=True)
    (parent / ".company.abc.old").mkdir()
    clear_leftovers(tmp_path)
    assert [path.name for path in parent.iterdir()] == ["company"]


def test_slugs_are_distinct_and_safe():
    slugs = team_slugs(["A b", "a-b", "company", "../..", "Ünï", "x" * 300])
    assert len(set(slugs.values())) == 7
    assert all(slug and set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and len(slug) < 80
               for slug in slugs.values())


def test_an_interrupt_ends_every_kernel(tmp_path):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "hangs.ipynb", FACT, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(__import__('os')"
                  ".getpid()))\nimport time\ntime.sleep(100)")
    make_spec(tmp_path / "reports.yml", program, "hangs")
    command = [sys.executable, "-m", "upskill", "run", str(tmp_path / "reports.yml"), "--output", str(tmp_path / "out")]
    # A shell that runs the tests in the background has them ignore interrupts; a person's terminal does not.
    heeding = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **heeding)
    deadline = time.monotonic() + 60
    while not (tmp_path / "pid").is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130 and "Stopped." in errors and "Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_compare_tells_changed_facts(hostile, tmp_path):
    here = hostile / "out/sample/good/company/facts.json"
    content = json.loads(here.read_text(encoding="utf-8"))
    content["facts"][0] |= {"value": 20.0, "low": 19.0, "high": 21.0, "text": "20 (19 to 21)"}
    (tmp_path / "facts.json").write_text(json.dumps(content), encoding="utf-8")
    output = CliRunner().invoke(compare_command, [str(here), str(tmp_path / "facts.json")]).output
    lines = " ".join(output.split())
    assert "Seed 7 (6 to 8) → 20 (19 to 21) +13: better, beyond the noise" in lines
    assert "0 facts changed in 0 of 1 report, 0 of them beyond the noise; 1 stayed the same." in " ".join(
        CliRunner().invoke(compare_command, [str(here), str(here)]).output.split())


def test_a_notebook_run_by_hand_is_rendered(hostile, tmp_path):
    notebook = hostile / "out/sample/good/x/report.ipynb"
    result = CliRunner().invoke(render_command, [str(notebook), "--output", str(tmp_path / "page")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "page/report.xlsx").read_bytes().startswith(b"PK")
    facts = json.loads((tmp_path / "page/facts.json").read_text(encoding="utf-8"))
    assert facts["parameters"]["team"] == "../../x"
    assert "The answer for ../../x is 7." in (tmp_path / "page/report.html").read_text(encoding="utf-8")


def test_a_notebook_run_by_hand_takes_its_place_among_the_reports(hostile, tmp_path):
    source = nbformat.read(hostile / "out/sample/good/x/report.ipynb", as_version=4)
    source.metadata["papermill"] = {"input_path": "notebooks/good.ipynb"}
    nbformat.write(source, tmp_path / "out put.ipynb")
    result = CliRunner().invoke(render_command, [str(tmp_path / "out put.ipynb"), "--into", str(tmp_path / "all")])
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "all/sample/good/x/run.json").read_text(encoding="utf-8"))
    assert (record["report"], record["slug"], record["status"]) == ("good", "x", "ok")
    index = (tmp_path / "all/index.html").read_text(encoding="utf-8")
    assert 'href="sample/good/x/report.html"' in index
    assert 'href="../../../index.html"' in (tmp_path / "all/sample/good/x/report.html").read_text(encoding="utf-8")


def test_a_notebook_run_in_part_or_out_of_order_is_not_relied_upon(hostile, tmp_path):
    notebook = nbformat.read(hostile / "out/sample/good/company/report.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[-1].execution_count = 1
    nbformat.write(notebook, tmp_path / "odd.ipynb")
    assert "out of order" in CliRunner().invoke(render_command, [str(tmp_path / "odd.ipynb")]).output
    code[-1].execution_count = None
    nbformat.write(notebook, tmp_path / "odd.ipynb")
    result = CliRunner().invoke(render_command, [str(tmp_path / "odd.ipynb")])
    assert result.exit_code == 1 and "1 of 3 code cells were not run" in result.output
    assert not (tmp_path / "odd_report/facts.json").exists()


def test_a_failed_notebook_of_an_unknown_program_withholds_its_message(tmp_path):
    notebook = nbformat.read(make_notebook(tmp_path / "lone.ipynb", FACT), as_version=4)
    notebook.cells[-1].outputs = [nbformat.v4.new_output("error", ename="KeyError", evalue="person103",
                                                         traceback=["person103"])]
    notebook.cells[1].source = 'program: str = "/nowhere"  # folder'
    nbformat.write(notebook, tmp_path / "lone.ipynb")
    result = CliRunner().invoke(render_command, [str(tmp_path / "lone.ipynb")])
    assert result.exit_code == 1 and "KeyError" in result.output
    assert not [path for path in (tmp_path / "lone_report").rglob("*")
                if path.is_file() and b"person103" in path.read_bytes()]


def test_the_page_of_a_kept_report_says_its_new_label_as_if_made_under_it(tmp_path, monkeypatch):
    monkeypatch.setenv("UPSKILL_LEDGER", str(tmp_path / "ledger.jsonl"))
    make_notebook(tmp_path / "still.ipynb", FACT, SHOWN)
    make_spec(tmp_path / "reports.yml", make_program(tmp_path / "sample"), "still")
    page = tmp_path / "out/sample/still/company/report.html"
    run(tmp_path)
    assert "</span> Draft</span>" in page.read_text(encoding="utf-8")
    assert "1 kept" in run(tmp_path, "--label", "2026-09").output
    kept = page.read_bytes()
    assert b"Ready</span>: release 2026-09" in kept
    run(tmp_path, "--label", "2026-09", "--force")
    assert page.read_bytes() == kept
