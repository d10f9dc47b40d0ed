"""Figures: a message as title, words for those who cannot see it, and a source."""

import re
from html import escape, unescape
from io import StringIO

from upskill.show.literal import literal
from upskill.show.publish import publish
from upskill.show.session import refuse_hidden_marks, refuse_people, refuse_small, session

# What a drawing holds without showing it: names of groups of marks (gid), addresses behind them (url).
ATTRIBUTE = re.compile(r'\b(?:id|class|href|title|aria-label)="([^"]*)"')


def _svg(figure):
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg"):]


def _with_words(svg, title, alt):
    """Give the drawing a name and a description for screen readers."""
    start = svg.index(">") + 1
    words = f"<title>{escape(title)}</title><desc>{escape(alt)}</desc>"
    return svg[:start].replace("<svg", '<svg role="img"', 1) + words + svg[start:]


def figure(fig, title, alt, name, source="", group_size=None):
    """Show a figure.

    `title` is its message as a sentence; `alt` says in words and numbers what
    it shows; `name` is its file name (lower case, no spaces); `source` says
    where the data are from; `group_size`: number of people behind each of its
    marks (one number or a column of them), or False where it is not about
    people. Raises ValueError when title or alt is missing, NotEnoughData where
    a mark stands on too few people, PrivacyError where it names a person or a
    group that a table of this report hides.
    """
    for label, text in (("title", title), ("alt", alt), ("name", name)):
        if not text.strip():
            raise ValueError(f"Figure {name!r} has no {label}; a reader who cannot see it needs one")
    refuse_small(group_size, f"Figure {name}")
    refuse_people(f"{title}\n{alt}\n{source}\n{name}")
    drawn = _svg(fig)
    texts = texts_of(fig, drawn)
    refuse_people("\n".join([*texts, *ATTRIBUTE.findall(drawn)]))
    if group_size is None:
        session.marks |= dict.fromkeys(texts, name)
        refuse_hidden_marks()
    content = {"name": name, "title": title, "alt": alt, "source": literal(source, session.literals)}
    publish("figure", content, image_svg__xml=_with_words(drawn, title, alt), text_plain=f"{title}\n{alt}")


def texts_of(fig, drawn):
    """Return every text of a figure, also those that come into being only when it is drawn, such as ticks."""
    artists = fig.findobj(lambda artist: hasattr(artist, "get_text"))
    notes = re.findall(r"<!--(.*?)-->", drawn, flags=re.DOTALL)
    return [text for text in [*(artist.get_text() for artist in artists), *map(unescape, notes)] if text.strip()]
