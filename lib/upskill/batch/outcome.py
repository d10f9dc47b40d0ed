"""What a report left behind: facts, tables, figures, answer; and whether it keeps its contract."""

import copy
import math
import re
from dataclasses import dataclass, field, replace

from upskill.batch.execute import Ending, own_code_cells
from upskill.batch.pictures import form_of
from upskill.batch.redact import WITHHELD, Redactor

MIME = re.compile(r"application/vnd\.upskill\.(\w+)\+json")
FACT_KEYS = ("name", "value", "low", "high", "level", "unit", "better", "text")
FACT_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
MARKER = "papermill-error-cell-tag"  # papermill adds two cells to a notebook that failed
ANSI = re.compile(r"\x1b\[[0-9;]*m")
PASSING = ((re.compile(r"\S*ipykernel_\d+/\d+\.py"), "<cell>"), (re.compile(r"\b0x[0-9a-f]{6,}\b"), "0x…"))


@dataclass(frozen=True)
class Outcome:
    """All that the pages and files of one report are made from."""

    ending: Ending
    notebook: object
    title: str = ""
    question: str = ""
    report: dict = field(default_factory=dict)
    answer: tuple = ()
    cards: tuple = ()
    facts: tuple = ()
    tables: tuple = ()
    figures: tuple = ()
    traceback: str = ""
    warnings: str = ""
    released: tuple = ()


def make_outcome(notebook, ending, redactor=None):
    """Read an executed notebook into an Outcome; a broken contract turns status ok into invalid or failed.

    Without a redactor, tracebacks are withheld, for nobody knows whom they name.
    """
    notebook, warnings, traceback = tidy(notebook, redactor)
    mask = (redactor or Redactor()).message
    ending = replace(ending, reason=mask(ending.reason), evalue=mask(ending.evalue), ename=mask(ending.ename))
    found, faults = _well_formed(_published(notebook))
    title, question = _title_and_question(notebook)
    facts, wrong = _facts([content for kind, content, _ in found if kind == "fact"])
    tables = tuple(content for kind, content, _ in found if kind == "table")
    figures = tuple(content | {"svg": form_of(data, "image/svg+xml"), "png": form_of(data, "image/png")} for kind, content, data in found if kind == "figure")
    faults += wrong + _faults_of_contract(notebook, tables, figures)
    ending = _checked(ending, facts, faults)
    answers = [tuple(content.get("sentences", ())) for kind, content, _ in found if kind == "answer"]
    cards = [card for kind, content, _ in found if kind == "cards" for card in content.get("cards", ())]
    reports = [content for kind, content, _ in found if kind == "report"]
    report = reports[-1] if reports else {}
    return Outcome(ending, notebook, report.get("title") or title, question, report,
                   answers[-1] if answers else (), tuple(cards), facts, tables, figures, traceback, warnings,
                   tuple(sorted({str(content.get("about")) for kind, content, _ in found if kind == "release"})))


def _checked(ending, facts, faults):
    if ending.status != "ok":
        return ending
    if not facts:
        return Ending("failed", "The report ran to its end but recorded no fact.")
    return Ending("invalid", "The report breaks its contract: " + "; ".join(faults)) if faults else ending


def _published(notebook):
    """Yield (kind, content, all forms) of everything that was displayed under our own types."""
    for cell in own_code_cells(notebook):
        for output in cell.outputs:
            for name, content in output.get("data", {}).items():
                match = MIME.fullmatch(name)
                if match:
                    yield match[1], finite(content), output.data


def _well_formed(published):
    """Return (what has the form that its kind asks for, a fault for each of the others)."""
    kept, faults = [], []
    for kind, content, forms in published:
        if not is_well_formed(kind, content):
            name = content.get("name") if isinstance(content, dict) else None
            faults.append(f"{kind} {name if isinstance(name, str) else 'without a name'} has not the form of a {kind}")
        else:
            kept.append((kind, content, forms))
    return kept, faults


def is_well_formed(kind, content):
    """Tell whether what was displayed under one of our types can be read as what it says to be."""
    return isinstance(content, dict) and bool(FORMS.get(kind, bool)(content))


def _is_table(content):
    columns, rows = content.get("columns"), content.get("rows")
    return (isinstance(columns, list) and isinstance(rows, list)
            and all(isinstance(row, list) and len(row) == len(columns) for row in rows))


def _has_cards(content):
    cards = content.get("cards")
    return isinstance(cards, list) and all(isinstance(card, dict) and {"label", "value"} <= set(card)
                                           for card in cards)


def _is_answer(content):
    sentences = content.get("sentences")
    return isinstance(sentences, list) and all(isinstance(sentence, str) for sentence in sentences)


FORMS = {"table": _is_table, "cards": _has_cards, "answer": _is_answer,
         "say": lambda content: isinstance(content.get("markdown"), str)}


def finite(value):
    """Replace numbers that are not finite by None, all through a JSON-like value."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    return [finite(entry) for entry in value] if isinstance(value, list) else value


def _facts(contents):
    facts, faults = {}, []
    for content in contents:
        fact = {key: content.get(key) for key in FACT_KEYS}
        name = str(fact["name"])
        if not FACT_NAME.fullmatch(name):
            faults.append(f"fact name {name!r} is not lower case words joined by dots")
        if facts.get(name, fact) != fact:
            faults.append(f"fact {name} is recorded twice with different values")
        faults += [f"fact {name}: {key} is not a number" for key in ("value", "low", "high")
                   if isinstance(fact[key], bool) or not isinstance(fact[key], (int, float, type(None)))]
        facts[name] = fact
    return tuple(facts.values()), faults


def _faults_of_contract(notebook, tables, figures):
    prose = [re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL) for cell in notebook.cells
             if cell.cell_type == "markdown"]
    headings = [line for text in prose for line in text.splitlines() if line.startswith("# ")]
    faults = [] if len(headings) == 1 else [f"the notebook has {len(headings)} first-level headings instead of one"]
    faults += [f"table {table.get('name') or 'without a name'} has no caption" for table in tables
               if not str(table.get("caption") or "").strip()]
    for figure in figures:
        missing = [key for key in ("title", "alt") if not str(figure.get(key) or "").strip()]
        missing += [] if figure["svg"].strip() or figure["png"].strip() else ["picture"]
        faults += [f"figure {figure.get('name') or 'without a name'} has no {key}" for key in missing]
    bare = [output for cell in own_code_cells(notebook) for output in cell.outputs
            if any(name.startswith("image/") for name in output.get("data", {}))
            and not any(MIME.fullmatch(name) for name in output.data)]
    return faults + ([f"{len(bare)} figure(s) shown without title and alt text"] if bare else [])


def _title_and_question(notebook):
    """Return the first-level heading and the first paragraph below it."""
    text = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"
                 and re.search(r"^# ", cell.source, flags=re.MULTILINE)), "")
    heading = re.search(r"^# (.+)$", text, flags=re.MULTILINE)
    after = text[heading.end():].strip() if heading else ""
    paragraph = re.split(r"\n\s*\n", after)[0]
    return (heading[1].strip() if heading else ""), "" if paragraph.startswith("#") else " ".join(paragraph.split())


def tidy(notebook, redactor):
    """Return (notebook, warnings, traceback): a copy without ids, times and other traces of this one run."""
    notebook, warnings, traceback = copy.deepcopy(notebook), [], []
    mask = redactor or Redactor()
    notebook.metadata = _kept(notebook.metadata, ("kernelspec", "language_info"))
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.cells = [cell for cell in notebook.cells if MARKER not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(notebook.cells, start=1):
        injected = "injected-parameters" in cell.metadata.get("tags", [])
        cell.id = "injected-parameters" if injected else cell.get("id") or f"cell-{number}"
        cell.source = mask.text(cell.source)
        cell.metadata = _kept(cell.metadata, ("tags", "jupyter"))
        if cell.cell_type == "code":
            cell.outputs = _tidy_outputs(cell.outputs, mask, redactor is None, warnings, traceback)
    return notebook, "".join(warnings), "\n".join(traceback)


def _kept(metadata, names):
    return type(metadata)({name: metadata[name] for name in names if name in metadata})


def _tidy_outputs(outputs, mask, withhold, warnings, traceback):
    kept = []
    for output in outputs:
        if output.output_type == "stream" and output.name == "stderr":
            warnings.append("(withheld)\n" if withhold else steady(mask.warnings(output.text)))
            continue
        if output.output_type == "stream":
            output.text = WITHHELD + "\n"
        elif output.output_type == "error":
            lines = ["(withheld)"] if withhold else [steady(line) for line in mask.traceback(output.traceback)]
            output.traceback = lines
            output.ename = mask.trace(output.ename)
            output.evalue = "(withheld)" if withhold else mask.message(output.evalue)
            traceback += lines
        else:
            output.data = type(output.data)({name: _tidy_form(name, form)
                                             for name, form in mask.forms(output.data).items()})
            output.metadata = type(output.data)()
        kept.append(output)
    return kept


def _tidy_form(name, form):
    if name.startswith("image/") and name != "image/svg+xml":
        return form
    form = finite(form)
    return steady(form) if name == "text/plain" and isinstance(form, str) else form


def steady(text):
    """Remove colors, process numbers and addresses, so that two runs leave the same text."""
    text = ANSI.sub("", text)
    for pattern, replacement in PASSING:
        text = pattern.sub(replacement, text)
    return text
