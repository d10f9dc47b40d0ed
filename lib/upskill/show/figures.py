"""Figures: a message as title, words for those who cannot see it, and a source."""

from html import escape
from io import StringIO

from upskill.show.publish import publish
from upskill.show.session import refuse_people


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


def figure(fig, title, alt, name, source=""):
    """Show a figure.

    `title` is its message as a sentence; `alt` says in words and numbers what
    it shows; `name` is its file name (lower case, no spaces); `source` says
    where the data are from. Raises ValueError when title or alt is missing.
    """
    for label, text in (("title", title), ("alt", alt), ("name", name)):
        if not text.strip():
            raise ValueError(f"Figure {name!r} has no {label}; a reader who cannot see it needs one")
    refuse_people(f"{title} {alt} {source}")
    for artist in fig.findobj(lambda artist: hasattr(artist, "get_text")):
        refuse_people(artist.get_text())
    content = {"name": name, "title": title, "alt": alt, "source": source}
    publish("figure", content, image_svg__xml=_with_words(_svg(fig), title, alt), text_plain=f"{title}\n{alt}")
