"""Prose, tables, figures, answers and cards in JupyterLab as they are on the page, in the colors of Lab, light or dark."""

from functools import cache
from html import escape
from pathlib import Path

from upskill.batch.markup import inline, markdown, table
from upskill.batch.outcome import MIME, is_well_formed
from upskill.batch.pictures import data_uri, form_of


@cache
def _style():
    return f"<style>{Path(__file__).with_name('lab.css').read_text(encoding='utf-8')}</style>"


def with_look(message):
    """Return a message of a kernel; what our calls show in it gets a form in HTML that looks like the page."""
    data = message.get("content", {}).get("data", {})
    kind, content = next(((match[1], data[name]) for name in data for match in [MIME.fullmatch(name)] if match), (None, None))
    if kind in FORMS and is_well_formed(kind, content):
        # Lab would read what stands between two dollar signs as a formula, in HTML and behind backslashes, too.
        data["text/html"] = f'{_style()}<div class="upskill mathjax_ignore">{FORMS[kind](content, data)}</div>'
    return message


def _table(content, data):
    note = f'<p class="note">{inline(content["note"])}</p>' if content.get("note") else ""
    shown = table(content, data.get("text/html", "")) + note
    return f"<details><summary>{escape(content['caption'])}</summary>{shown}</details>" if content.get("folded") else shown


def _figure(content, data):
    source = f'<p class="note">Source: {inline(content["source"])}</p>' if content.get("source") else ""
    address = data_uri(form_of(data, "image/svg+xml"), form_of(data, "image/png"))
    return f'<p class="message">{escape(content["title"])}</p><img src="{address}" alt="{escape(content["alt"])}">{source}'


def _answer(content, data):
    return "".join(f'<p class="answer">{inline(sentence)}</p>' for sentence in content["sentences"])


def _cards(content, data):
    shown = "".join(f"<div><dt>{escape(str(card['label']))}</dt><dd class=\"value\">{escape(str(card['value']))}</dd>"
                    f'<dd class="note">{escape(str(card.get("note") or ""))}</dd></div>' for card in content["cards"])
    return f'<dl class="cards">{shown}</dl>'


def _say(content, data):
    return markdown(content["markdown"], neighbor=str)  # links to notebooks stay as they are: here they open


FORMS = {"table": _table, "figure": _figure, "answer": _answer, "cards": _cards, "say": _say}
