"""Turn an outcome into one page: answer first, then the story, code folded, nothing fetched, no script."""

import json
import re
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from upskill.batch.cards import legend, told_cards
from upskill.batch.execute import own_code_cells
from upskill.batch.markup import Headings, code, inline, markdown, plain_text, table
from upskill.batch.outcome import MIME, is_well_formed
from upskill.batch.pictures import data_uri, form_of
from upskill.batch.style import environment, policy, sheet_marks, stylesheet
from upskill.data.names import isolated

WORDS = {
    "ok": ("✓", "Ready"), "skipped": ("–", "Skipped"), "failed": ("✕", "Failed"), "timed_out": ("✕", "Timed out"),
    "died": ("✕", "Died"), "invalid": ("✕", "Invalid"),
}
NO_REPORT = {
    "skipped": "the data at hand cannot answer this question", "failed": "this report could not be made",
    "timed_out": "this report took too long and was stopped", "died": "this report ended unexpectedly",
    "invalid": "do not rely on this report",
}
DRAFT = "made without a label, so for checking and not for handing out"
BRIEF = 7_000  # signs of text in the story
LONG_TABLE = 14  # rows; a longer one may go on on the next sheet
ASIDE = re.compile(r" · [\d,]+ of [\d,]+ rows set aside as faulty$")
# A day in text: what follows it up to the next tag belongs to no tag, title or drawing.
DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])(?=[^<>]*<(?!/(?:title|text|tspan|desc|option|time)))")
TOP_KINDS = {"answer", "cards", "report", "fact", "release"}


@dataclass(frozen=True)
class Links:
    """Where a page leads to: other reports (names `report/slug`), the index, the list of rows set aside; "" = nowhere."""

    slug: str = "company"
    reports: frozenset = frozenset()
    index: str = ""
    set_aside: str = ""

    def neighbor(self, address):
        """Return the address of the report of another notebook: the same team's, else the company's, else ""."""
        page, _, place = address.partition("#")
        report = page.rsplit("/", 1)[-1].removesuffix(".ipynb")
        slug = next((slug for slug in (self.slug, "company") if f"{report}/{slug}" in self.reports), None)
        return f"../../{quote(report)}/{slug}/report.html{'#' * bool(place)}{quote(place)}" if slug else ""


def render_report(outcome, record, links=Links(), since=None):
    """Return the page of one report as HTML.

    `record`: what goes into run.json; the page takes parameters, versions, label and
    the key from it and no times, so that the same inputs give the same page.
    `since`: Point of history (`history.py`) whose facts these are compared with, None where there is none.
    """
    headings = Headings()
    story = Story(headings, links.neighbor)
    story.tell(outcome)
    status, title, body = record["status"], _title(outcome, record), "\n".join(story.parts)
    sheets = ["base", "report", *(["brief"] if _is_brief(outcome, body) else [])]
    style = f"\n{stylesheet(*sheets)}\n{_sheet_marks(outcome, record, title)}\n"
    cards = told_cards(outcome.cards, outcome.facts, since, bool(record.get("on_same_data"))) if status == "ok" else []
    return finished(environment().get_template("report.html.j2").render(
        style=style, policy=policy(style), outcome=outcome, record=record, title=title, state=state_of(record),
        headline=NO_REPORT.get(status, ""), question=inline(outcome.question),
        scope=_scope(outcome, record), answer=[inline(sentence, links.neighbor) for sentence in outcome.answer],
        links=links, aside=aside_words(outcome.report.get("set_aside"), outcome.report.get("rows")),
        cards=cards, legend=legend(cards, since), body=body, is_brief="brief" in sheets,
        contents=[heading for heading in headings.found if heading["level"] <= 3], setup=story.setup,
        not_run=[code(source) for source in story.not_run],
        parameters=[(name, _shown(value)) for name, value in record["parameters"].items()]))


def state_of(record):
    """Return (sign, word, what that means) of a report; what was made without a label is a draft.

    >>> state_of({"status": "ok", "label": "2026-06"}), state_of({"status": "ok"})[1]
    (('✓', 'Ready', 'release 2026-06'), 'Draft')
    """
    sign, word = WORDS[record["status"]]
    if record["status"] != "ok":
        return sign, word, NO_REPORT[record["status"]]
    return (sign, word, f"release {record['label']}") if record.get("label") else ("○", "Draft", DRAFT)


def _sheet_marks(outcome, record, title):
    address = "/".join(filter(None, [record.get("program"), record["report"], record.get("slug")]))
    made = [f"inputs {record['key'][:16]}"] if record.get("key") else []
    made += [f"upskill {record['versions']['upskill']}"] if record["versions"].get("upskill") else []
    _, word, meaning = state_of(record)
    return sheet_marks(title, outcome.report.get("data_as_of"), " · ".join([address, *made]), f"{word}: {meaning}")


def _is_brief(outcome, body):
    """Tell whether a report is meant to be one sheet: words only, and few."""
    words = re.sub(r"<details.*?</details>|<[^>]+>", "", body, flags=re.DOTALL)
    return not outcome.tables and not outcome.figures and len(words) < BRIEF


def finished(html):
    """Return a page as it is written: names in any script stay where they stand, numbers keep their signs."""
    return unbroken(isolated(html))


def unbroken(html):
    """Keep signs and percent signs on one line with their numbers, and days in one piece, in everything but code and style."""
    parts = re.split(r"(<(?:pre|style|script)\b.*?</(?:pre|style|script)>)", html, flags=re.DOTALL)
    return "".join(part if number % 2 else _with_days(re.sub(r"(?<=\d) %", "\u00a0%", re.sub(r"−(?=[^\s\d<])", "−\u2060", part)))
                   for number, part in enumerate(parts))


def _with_days(html):
    """Mark the days in running text and cells, so that they do not break at their hyphens; not in attributes, titles and drawings."""
    return DAY.sub(r"<time>\g<0></time>", html)


def _title(outcome, record):
    return plain_text(outcome.title or record["report"])


def _scope(outcome, record):
    given = ASIDE.sub("", str(outcome.report.get("scope") or ""))
    team = record["parameters"].get("team")
    return given or " · ".join(filter(None, [record.get("program_name"), f"team {team}" if team else "whole company"]))


def aside_words(rows, total):
    """Say how many rows were set aside, with their share.

    >>> aside_words(312, 40118)
    '312 of 40,118 rows (0.8 %) set aside as faulty'
    """
    if not (isinstance(rows, int) and isinstance(total, int) and 0 < rows <= total):
        return ""
    share = 100 * rows / total
    shown = "under 0.1" if share < 0.1 else f"{share:.1f}"
    return f"{rows:,} of {total:,} rows ({shown} %) set aside as faulty"


def _shown(value):
    if value == "":
        return "(empty)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Story:
    """The body of a page, cell by cell: prose, then what a cell shows, then its code folded."""

    def __init__(self, headings, neighbor):
        self.headings, self.neighbor = headings, neighbor
        self.parts, self.pending, self.setup, self.not_run = [], [], [], []
        self.has_shown, self.count = False, 0

    def tell(self, outcome):
        """Add every cell up to the one where the run ended."""
        last = outcome.ending.cell
        ended_early = outcome.ending.status not in ("ok", "invalid")
        self.has_shown = ended_early
        own, done = own_code_cells(outcome.notebook), 0
        for cell in outcome.notebook.cells:
            if cell.cell_type == "code" and any(cell is known for known in own):
                done += 1
                self._code_cell(cell, ended_early and done > (last or 0))
            elif cell.cell_type == "markdown" and not (ended_early and done >= (last or 0) and done):
                self._prose(cell.source)
        self._fold()

    def _prose(self, source):
        lines = source.splitlines()
        first = next((number for number, line in enumerate(lines) if line.startswith("# ")), None)
        if first is not None:
            source = _without_question("\n".join(lines[:first] + lines[first + 1:]))
        if source.strip():
            self._fold()
            self.parts.append(markdown(source, self.headings, self.neighbor))

    def _code_cell(self, cell, was_not_run):
        if was_not_run:
            self.not_run.append(cell.source)
            return
        known = len(self.headings.found)
        shown = [html for output in cell.outputs for html in [self._output(output)] if html]
        if len(self.headings.found) > known:
            self._fold()  # a section begins; the code above belongs to the last one
        self.pending.append(cell.source)
        self.parts += shown
        self.has_shown |= bool(shown)

    def _fold(self):
        """Fold the code that led here, below what it showed, where prose goes on.

        Code before the first thing that code shows goes to the end of the page.
        """
        if not self.pending:
            return
        blocks = "".join(code(source) for source in self.pending)
        if self.has_shown:
            self.parts.append(f'<details class="code"><summary>Show code</summary>{blocks}</details>')
        else:
            self.setup.append(blocks)
        self.pending = []

    def _output(self, output):
        if output.output_type == "stream":
            return f'<pre class="printed">{escape(output.text)}</pre>'
        if output.output_type == "error":
            return ""
        data = output.data
        kind, content = next(((match[1], data[name]) for name in data for match in [MIME.fullmatch(name)] if match),
                             (None, None))
        if kind in TOP_KINDS or (kind and not is_well_formed(kind, content)):
            return ""
        if kind == "table":
            return self._table(content, data.get("text/html", ""))
        if kind == "figure":
            return self._figure(content, data)
        return self._plain(kind, content, data)

    def _plain(self, kind, content, data):
        text = content.get("markdown") if kind == "say" else data.get("text/markdown")
        if text:
            return markdown(text, self.headings, self.neighbor)
        return f'<pre class="printed">{escape(data["text/plain"])}</pre>' if data.get("text/plain") else ""

    def _table(self, content, html):
        """Return a table that scrolls by itself where it is too wide, named by its caption."""
        name, shown = self._name("t"), table(content, html)
        note = f'<p class="note">{inline(content["note"])}</p>' if content.get("note") else ""
        length = " long" if len(content.get("rows") or []) > LONG_TABLE else ""
        shown = (f'<div class="table{length}"><div class="scroll" role="region" tabindex="0" aria-labelledby="{name}">'
                 f"{shown.replace('<caption>', f'<caption id={chr(34)}{name}{chr(34)}>', 1)}</div>{note}</div>")
        if content.get("folded") is not True:
            return shown
        return f'<details class="data"><summary>{escape(str(content.get("caption") or "table"))}</summary>{shown}</details>'

    def _figure(self, content, data):
        """Return a figure below its message, by which it is named."""
        name, level = self._name("f"), min(self.headings.level + 1, 6)
        source = f"<figcaption>Source: {inline(content['source'])}</figcaption>" if content.get("source") else ""
        picture = data_uri(form_of(data, "image/svg+xml"), form_of(data, "image/png"))
        return (f'<figure><h{level} class="message" id="{name}">{escape(str(content.get("title") or ""))}</h{level}>'
                f'<div class="scroll" role="group" tabindex="0" aria-labelledby="{name}">'
                f'<img src="{picture}" alt="{escape(str(content.get("alt") or ""))}"></div>{source}</figure>')

    def _name(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"  # headings have hyphens in their ids, never this


def _without_question(text):
    """Drop the first paragraph, which the head of the page shows."""
    head, _, rest = text.strip().partition("\n\n")
    return text if head.lstrip().startswith("#") else rest
