"""JupyterLab: short errors, the look of the page, public names first; nothing of it in notebooks or in the batch."""

import importlib
import inspect
import json
import os
import subprocess
import sys

import nbclient
import nbformat
import pytest

from upskill import tour
from upskill.develop import lab_environment
from upskill.lab.look import with_look
from upskill.paths import NOTEBOOKS, ROOT

CELLS = [
    "import pandas as pd\nfrom upskill import data, show, skills",
    'frame = pd.DataFrame({"person_id": ["x1"]})\nshow.table(frame, "By person", "t", group_size=False)',
    "skills.net",
    "%tb",
    'data.read_program("no-such-folder-anywhere")',
    "1 / 0",
    'show.fact("Bad Name", 1)',
    'show.table(pd.DataFrame({"Team": ["a", "b"], "Share": [0.5, 0.25]}), "By <team>", "t", formats={"Share": "share"})',
    "%tb",
    "x = 1 +",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """What a real kernel answers to CELLS under the configuration of `upskill lab`: outputs by cell."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in lab_environment(folder / "ipython").items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "lib"), os.environ.get("PYTHONPATH", "")]))
        nbclient.NotebookClient(notebook, timeout=120, allow_errors=True, kernel_name="python3",
                                resources={"metadata": {"path": str(folder)}}).execute()
    return [cell.outputs for cell in notebook.cells]


def said(outputs):
    return "\n".join(line for output in outputs if output.output_type == "error" for line in output.traceback)


def test_our_errors_are_a_sentence_and_the_line_of_the_notebook(lab):
    text = said(lab[1])
    assert "PrivacyError" in text and "'person_id' holds personal ids" in text and text.count("\n") == 2
    assert 'Line 2 of the cell: show.table(frame, "By person"' in text and "%tb" in text
    assert lab[1][0].ename == "PrivacyError" and "site-packages" not in text
    assert "no-such-folder-anywhere" in said(lab[4]) and "Line 1 of the cell: data.read_program" in said(lab[4])
    assert "Bad Name" in said(lab[6]) and said(lab[6]).count("\n") == 2


def test_the_whole_traceback_is_one_call_away(lab):
    assert "refuse" in said(lab[8]) or "_check(name" in said(lab[8])
    assert len(said(lab[8]).splitlines()) > 15 and "Bad Name" in said(lab[8])


def test_errors_of_others_keep_their_tracebacks(lab):
    for place, name in ((2, "AttributeError"), (5, "ZeroDivisionError")):
        assert "Traceback" in said(lab[place]) and name in said(lab[place]) and "%tb shows" not in said(lab[place])
    assert lab[9][0].ename == "SyntaxError"


def test_tables_look_as_on_the_page(lab):
    html = lab[7][0].data["text/html"]
    assert html.startswith("<style>") and '<td class="number">25 %</td>' in html and "By &lt;team&gt;" in html
    assert "var(--jp-content-font-color1" in html
    assert "<style>" not in lab[7][0].data["text/plain"]


def test_figures_answers_and_cards_have_a_look_too():
    def html(kind, content, **forms):
        data = {f"application/vnd.upskill.{kind}+json": content, **forms}
        return with_look({"content": {"data": data}})["content"]["data"].get("text/html", "")
    figure = {"name": "f", "title": "It <rises>", "alt": 'From "1"', "source": "Our *data*"}
    shown = html("figure", figure, **{"image/svg+xml": "<svg></svg>"})
    assert "It &lt;rises&gt;" in shown and 'alt="From &quot;1&quot;"' in shown and "<em>data</em>" in shown and "svg+xml;base64" in shown
    assert "<strong>Yes</strong>" in html("answer", {"sentences": ["**Yes** <b>"]}) and "<b>" not in html("answer", {"sentences": ["<b>"]})
    assert "$5" in html("cards", {"cards": [{"label": "Net", "value": "$5", "note": None}]})
    said = html("say", {"markdown": "**From $5 to $6**, [there](06_roi_model.ipynb) <b>"})
    assert 'class="upskill mathjax_ignore"' in said and "<strong>From $5 to $6</strong>" in said
    assert '<a href="06_roi_model.ipynb">' in said and "<b>" not in said
    assert html("fact", {"name": "a.b"}) == "" and html("table", {"name": "broken"}) == ""
    assert with_look({"content": {}}) == {"content": {}}


def test_the_batch_and_the_notebooks_know_nothing_of_it():
    for path in NOTEBOOKS.glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "autoreload" not in text and "upskill.lab" not in text
    assert in_a_process("import upskill.batch.run, upskill.show; [n for n in sys.modules if n.startswith('upskill.lab')]") == "[]"


def test_what_jupyterlab_brings_does_not_slow_the_start_and_works_all_the_same():
    code = "import upskill.batch.run, inspect; inspect.getmodule(inspect.currentframe(), 'x'); seen = 'lark' in sys.modules; from jsonschema import FormatChecker as Checker; " \
           "seen, Checker().conforms('http://a.b/ü', 'iri'), Checker().conforms('n ö', 'iri'), 'lark' in sys.modules"
    assert in_a_process(code) == "(False, True, False, True)"


def in_a_process(code):
    """Return what the last of these statements is, in a Python of its own."""
    *before, last = code.split("; ")
    command = [sys.executable, "-c", "; ".join(["import sys", *before, f"print(({last}))"])]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "lib")}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("name", ["data", "skills", "learning", "roi", "kpi", "adoption", "roadmap", "show", "summary", "framework"])
def test_tab_offers_public_names_that_say_what_they_are(name):
    module = importlib.import_module(f"upskill.{name}")
    assert dir(module) == sorted(module.__all__)
    for public in dir(module):
        found = getattr(module, public)
        if inspect.isfunction(found) or inspect.isclass(found):
            first = (found.__doc__ or "").strip().splitlines()[:1]
            assert first and len(first[0]) > 15, f"{name}.{public} has no docstring that helps"


def test_the_tour_lists_every_notebook_with_its_question():
    listed = tour.questions()
    for path in NOTEBOOKS.glob("*.ipynb"):
        title = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]
        title = "".join(title).splitlines()[0].removeprefix("# ")
        assert (f"[{title}]({path.name})" in listed) == (path.stem != tour.START)


def test_numbers_are_written_as_by_hand_and_unknown_ones_refused(tmp_path):
    from upskill import data
    data.write_new_program(tmp_path / "own")
    tour.write_numbers(tmp_path / "own", {"engineers": 80, "realized_share": (0.2, 0.4, 0.8)})
    assumptions = data.read_program(tmp_path / "own", strict=True).settings.assumptions
    assert not assumptions["engineers"].shipped and not assumptions["realized_share"].shipped and assumptions["program_cost"].shipped
    assert tour.check_text(tmp_path / "own").startswith("No faults.")
    with pytest.raises(KeyError):
        tour.write_numbers(tmp_path / "own", {"engineer": 80})
