"""Plain words: a planted method name is found wherever a reader meets it, and only there."""

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from upskill.batch.plain_words import (
    ENDING,
    bare_significance,
    lint_command,
    name_of,
    report_faults,
    section_faults,
    word_faults,
)
from upskill.paths import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
NAMES = ("difference-in-differences", "Bootstrap", "bootstrapped", "Bayesian", "posterior", "EWMA", "item response",
         "two-parameter logistic", "regression", "Monte Carlo", "REML", "Hartung–Knapp", "Newey-West", "p-values",
         "confidence interval", "Kaplan–Meier", "Sobol", "Krippendorff’s", "random effects", "shrinkage")
EVERYDAY = ("in the middle of 90 % of futures", "confidence of people", "logistics", "the median change", "a prior pilot",
            "regressive", "of the variants", "hazards")


def of(*cells):
    return new_notebook(cells=list(cells))


def showing(kind, content):
    return new_code_cell("show()", outputs=[new_output("display_data", {f"application/vnd.upskill.{kind}+json": content})])


def places(text):
    """A notebook for each place at which a text can meet a reader."""
    table = {"name": "t", "caption": "Gains", "columns": ["Team"], "rows": [["a"]], "note": ""}
    figure = {"name": "f", "title": "Gains", "alt": "1", "source": "x"}
    yield from (of(new_markdown_cell(source)) for source in (f"# A {text}", f"## Why {text}?", f"It is {text} here."))
    yield of(new_code_cell(f'if never:\n    show.say(f"By {text}: {{x}}")'))
    yield from (of(showing("table", table | part)) for part in (
        {"caption": text}, {"columns": [text]}, {"rows": [[text]]}, {"note": text}))
    yield from (of(showing("figure", figure | {part: text})) for part in ("title", "alt", "source"))
    yield of(showing("say", {"markdown": text}))
    yield of(showing("answer", {"sentences": ["Yes.", text]}))
    yield from (of(showing("cards", {"cards": [{"label": "Gain", "value": "3", "note": ""} | {part: text}]}))
                for part in ("label", "value", "note"))
    yield of(showing("fact", {"name": "a.b", "text": text}))


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_name_is_found_in_every_place(name):
    missed = [notebook.cells[0] for notebook in places(name) if len(word_faults(notebook)) != 1]
    assert not missed


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_words_are_no_method(text):
    assert not [fault for notebook in places(text) for fault in word_faults(notebook)]


def test_under_how_we_know_names_are_welcome_but_not_in_what_goes_to_the_head_of_the_page():
    how = new_markdown_cell("## How we know\n\nBy REML.\n\n### The bootstrap\n\nA posterior.")
    table = {"name": "t", "caption": "REML", "columns": ["a"], "rows": [["b"]], "note": ""}
    assert not word_faults(of(how, showing("table", table), showing("say", {"markdown": "EWMA"})))
    for kind, content in (("fact", {"name": "a.b", "text": "REML"}), ("answer", {"sentences": ["REML"]}),
                          ("cards", {"cards": [{"label": "REML", "value": "1", "note": ""}]})):
        assert len(word_faults(of(how, showing(kind, content)))) == 1
    after = of(how, new_markdown_cell("## Assumptions and sources\n\nREML"), showing("say", {"markdown": "EWMA"}))
    assert len(word_faults(after)) == 2
    assert len(word_faults(of(showing("say", {"markdown": "## How we know\nREML\n## Then\nREML"})))) == 1


def test_names_from_the_data_may_say_what_they_like():
    notebook = of(showing("say", {"markdown": "Take Bayesian regression 101 first."}))
    assert len(word_faults(notebook)) == 2 and not word_faults(notebook, known={"Bayesian regression 101"})


def test_code_in_markdown_is_not_prose():
    assert not word_faults(of(new_markdown_cell("Do:\n```python\n# bootstrap\n```")))


def test_significant_needs_its_interval():
    assert bare_significance("Significantly faster.") and bare_significance("A significant 12 % gain.")
    assert not bare_significance("A significant gain: 12 % (3 % to 21 %).") and not bare_significance("It signifies 3.")
    found = word_faults(of(new_markdown_cell("## How we know\n\nThe gain is significant.")))
    assert len(found) == 1 and "without its interval" in found[0]


def ending(*titles):
    return of(new_markdown_cell("# Q\n\n## First"), *(new_markdown_cell(f"## {title}\n\n### More") for title in titles))


def test_a_report_ends_with_four_sections_in_order():
    assert not section_faults(ending(*ENDING), "01_x")
    for wrong in (ENDING[:3], ENDING[::-1], (*ENDING, "More"), (*ENDING[:2], "Aside", *ENDING[2:]), ("How sure", *ENDING[1:])):
        assert section_faults(ending(*wrong), "01_x"), wrong
    assert not section_faults(ending(), "00_start_here")


def test_a_report_of_one_page_says_them_in_bold():
    said = showing("say", {"markdown": "**How sure are we?** So.\n\n**What to do next:** this."})
    assert not section_faults(of(said), "09_program_summary")
    assert len(section_faults(of(showing("say", {"markdown": "**What to do next:** this."})), "09_program_summary")) == 1


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_notebooks_keep_the_rules(path):
    assert not report_faults(nbformat.read(path, as_version=4), path.stem)


def test_the_command_names_each_fault_and_fails(tmp_path):
    folder = tmp_path / "01_x" / "company"
    folder.mkdir(parents=True)
    nbformat.write(of(*ending(*ENDING).cells, showing("fact", {"name": "a.b", "text": "by REML"})), folder / "report.ipynb")
    done = CliRunner().invoke(lint_command, [str(folder / "report.ipynb")])
    assert done.exit_code == 1 and "fact a.b: 'REML' names a method" in done.output
    assert name_of(folder / "report.ipynb") == "01_x"
    nbformat.write(ending(*ENDING), folder / "report.ipynb")
    done = CliRunner().invoke(lint_command, [str(folder / "report.ipynb")])
    assert done.exit_code == 0 and done.output.startswith("✓")
