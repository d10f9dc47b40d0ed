"""Plain words: method names stand only under "How we know"; every report says how sure it is and what to do."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import click
import yaml

from upskill.batch.outcome import MIME
from upskill.paths import NOTEBOOKS

HOW = "How we know"
ENDING = ("How sure are we?", "What to do next", HOW, "Assumptions and sources")
TOUR = "00_"  # a notebook that leads through the others asks nothing and answers nothing
WORKS = "works"
ONE_PAGE = ("09_program_summary",)  # one printed sheet: the first two as words in bold, the rest in its reports
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
SIGNIFICANT = re.compile(r"\bsignifican(?:t|tly|ce)\b", re.IGNORECASE)
INTERVAL = re.compile(r"\d[^.;]*?\b(?:to|and)\b[^.;]*?\d|\d\s?[–±]\s?\d")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")


@cache
def _pattern():
    kinds = yaml.safe_load(Path(__file__).with_name("method_names.yml").read_text(encoding="utf-8"))
    names = sorted((str(name) for names in kinds.values() for name in names), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_one, names))})(?!\w)", re.IGNORECASE)


def _one(name):
    stem = re.sub(r"(?:\\?[ \-])+", r"[\\s\\-‑–]*", re.escape(name.rstrip("*"))).replace("'", "['’]")
    return stem + (r"\w*" if name.endswith("*") else "(?:s|es)?")


def method_names(text, known=()):
    """Return the names of methods in a text, in order; `known`: names from the data, which may say what they like.

    >>> method_names("The posterior mean, with Newey–West errors; two bootstraps")
    ['posterior', 'Newey–West', 'bootstraps']
    >>> method_names("Regression testing, level 3", known={"Regression testing"})
    []
    """
    for name in sorted(known, key=len, reverse=True):
        text = text.replace(name, " ")
    return [" ".join(match[0].split()) for match in _pattern().finditer(text)]


def bare_significance(text):
    """Return the sentences that call something significant and give no interval.

    >>> bare_significance("The gain is significant. A significant gain, 12 % (3 % to 21 %).")
    ['The gain is significant.']
    """
    return [part.strip() for part in SENTENCE.split(text) if SIGNIFICANT.search(part) and not INTERVAL.search(part)]


def passages(notebook):
    """Yield (place, text, whether under "How we know") of all that a reader of a notebook meets, outputs included.

    Facts, answers and cards count as outside wherever they are made, for they go to the head of the page and the index.
    """
    is_under = False
    for cell in notebook.cells:
        shown = [("prose", cell.source)] if cell.cell_type == "markdown" else [*_written(cell.source), *_shown(cell)]
        for place, text in shown:
            if place != "prose":
                yield place, text, is_under and place.partition(" ")[0] in ("figure", "table", "code")
                continue
            for level, line in _lines(text):
                is_under = line == HOW if 0 < level <= 2 else is_under
                yield "heading" if level else "prose", line, is_under


def _lines(markdown):
    """Yield (level of heading or 0, text) line by line, without blocks of code."""
    for line in re.sub(r"```.*?```", "", markdown, flags=re.DOTALL).splitlines():
        heading = HEADING.match(line)
        if line.strip():
            yield (len(heading[1]), heading[2]) if heading else (0, line)


def _written(source):
    """Yield what code would say: its texts of more than one word, also those that this run did not need."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return
    yield from (("code", node.value) for node in nodes if isinstance(node, ast.Constant)
                and isinstance(node.value, str) and " " in node.value.strip())


def _shown(cell):
    for output in cell.get("outputs", []):
        for name, content in output.get("data", {}).items():
            if match := MIME.fullmatch(name):
                yield from _TEXTS.get(match[1], lambda content: ())(content)


def _figure(content):
    yield from ((f"figure {content['name']}", str(content.get(part) or "")) for part in ("title", "alt", "source"))


def _table(content):
    if content["name"] == WORKS:  # titles of what others published
        return
    cells = "\n".join(" ".join(cell for cell in row if isinstance(cell, str)) for row in content["rows"])
    texts = (content["caption"], " ".join(map(str, content["columns"])), str(content.get("note") or ""), cells)
    yield from ((f"table {content['name']}", text) for text in texts)


_TEXTS = {
    "say": lambda content: [("prose", content["markdown"])],
    "answer": lambda content: [("answer", sentence) for sentence in content["sentences"]],
    "cards": lambda content: [("card", " ".join(str(card.get(part, "")) for part in ("label", "value", "note")))
                              for card in content["cards"]],
    "fact": lambda content: [(f"fact {content['name']}", str(content.get("text") or ""))],
    "report": lambda content: [("title", str(content.get("title") or ""))],
    "figure": _figure, "table": _table,
}


def word_faults(notebook, known=()):
    """Return what stands where a reader without statistics meets it and should not: one sentence each."""
    faults = []
    for place, text, is_under in passages(notebook):
        if not is_under:
            faults += [f"{place}: {name!r} names a method; say it in plain words, or under {HOW!r}: {_short(text, name)}"
                       for name in method_names(text, known)]
        faults += [f"{place}: 'significant' without its interval: {_short(part, part[:1])}"
                   for part in bare_significance(text)]
    return list(dict.fromkeys(faults))


def _short(text, name):
    start = max(text.find(name) - 40, 0)
    return "…" * (start > 0) + " ".join(text[start:start + 120].split()) + "…" * (start + 120 < len(text))


def section_faults(notebook, name):
    """Return what is wrong with the last sections of a report; `name`: stem of the notebook.

    A report ends with "How sure are we?", "What to do next", "How we know" and "Assumptions and sources", in this
    order. A report of one page says the first two in bold words, which are there once it has run.
    """
    if name.startswith(TOUR):
        return []
    if name in ONE_PAGE:
        text = "\n".join(text for place, text, _ in passages(notebook) if place == "prose")
        has_run = any(cell.get("outputs") for cell in notebook.cells)
        return [f"no bold words **{title}**" for title in ENDING[:2] if has_run and f"**{title}" not in text]
    found = [line for cell in notebook.cells if cell.cell_type == "markdown"
             for level, line in _lines(cell.source) if level == 2]
    if tuple(found[-len(ENDING):]) == ENDING:
        return []
    return [f"the last sections are {', '.join(found[-len(ENDING):]) or 'none'}; a report ends with {', '.join(ENDING)}"]


def report_faults(notebook, name, known=()):
    """Return all that is wrong with the words and the last sections of a notebook, run or not."""
    return word_faults(notebook, known) + section_faults(notebook, name)


@click.command("lint")
@click.argument("notebooks", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def lint_command(notebooks):
    """Name what in NOTEBOOKS (default: all), run or not, breaks the rules for words and last sections of a report.

    Of an executed notebook, such as the report.ipynb of a report, also what it shows is read.
    """
    import nbformat

    found = {path: report_faults(nbformat.read(path, as_version=4), name_of(path))
             for path in notebooks or sorted(NOTEBOOKS.glob("*.ipynb"))}
    for path, faults in found.items():
        click.echo("\n".join([f"{'✕' if faults else '✓'} {path}", *(f"  {fault}" for fault in faults)]))
    sys.exit(1 if any(found.values()) else 0)


def name_of(path):
    """Return which report a notebook is: its stem, or the folder of the report that was written of it."""
    path = Path(path)
    return path.resolve().parent.parent.name if path.name == "report.ipynb" else path.stem
