"""Figures: a message as title, words for those who cannot see it, and a source."""

import base64
import re
from html import escape, unescape
from io import BytesIO, StringIO

from matplotlib.collections import Collection
from matplotlib.lines import Line2D
from matplotlib.ticker import ScalarFormatter

from upskill.numerals import MINUS, localized
from upskill.show.literal import literal
from upskill.show.publish import publish
from upskill.show.session import refuse_hidden_marks, refuse_people, refuse_small, session
from upskill.show.slim import slim

# What a drawing holds without showing it: names of groups of marks (gid), addresses behind them (url).
ATTRIBUTE = re.compile(r'\b(?:id|class|href|title|aria-label)="([^"]*)"')
MOST_MARKS = 1000  # beyond it a drawing of shapes is larger than its picture in dots, and slow to show
DOTS_PER_INCH = 192  # twice the 96 of a screen


def _svg(figure):
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg"):]


def _png(figure):
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode()


def _with_words(svg, title, alt):
    """Give the drawing a name and a description for screen readers."""
    start = svg.index(">") + 1
    words = f"<title>{escape(title)}</title><desc>{escape(alt)}</desc>"
    return svg[:start].replace("<svg", '<svg role="img"', 1) + words + svg[start:]


def count_marks(fig):
    """Return how many shapes the axes of a figure hold: markers, bars, members of a collection; a line is one however long.

    >>> from upskill.show import new_figure
    >>> fig, axes = new_figure()
    >>> _, _ = axes.plot([1, 2, 3], [3, 1, 2], "o"), axes.barh([1, 2], [3, 4])
    >>> count_marks(fig)
    5
    """
    def marks(artist):
        if isinstance(artist, Line2D):
            return 1 if artist.get_marker() in ("None", None, "", " ") else len(artist.get_xdata(orig=False))
        return max(len(artist.get_offsets()), len(artist.get_paths())) if isinstance(artist, Collection) else 1
    return sum(marks(artist) for axes in fig.axes if axes.get_visible()
               for artist in [*axes.lines, *axes.collections, *axes.patches])


class HouseNumbers(ScalarFormatter):
    """Marks of an axis as the program's locale writes numbers, with thousands marked."""

    def __call__(self, value, place=None):
        """Return the text of one mark."""
        text = super().__call__(value, place)
        whole, dot, rest = text.partition(".")
        digits = whole.removeprefix(MINUS)
        if len(digits) > 3 and digits.isascii() and digits.isdigit():
            whole = whole.replace(digits, f"{int(digits):,}")
        return localized(whole + dot + rest)


def localize_axes(fig):
    """Give every axis that has no marks of its own those of the locale."""
    for axes in fig.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(HouseNumbers(useOffset=False))


def figure(fig, title, alt, name, source="", group_size=None):
    """Show a figure: shapes (SVG) as long as they are few, else a picture of dots (PNG) at twice the size of a screen.

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
    localize_axes(fig)
    drawn = _svg(fig)
    texts = texts_of(fig, drawn)
    refuse_people("\n".join([*texts, *ATTRIBUTE.findall(drawn)]))
    if group_size is None:
        session.marks |= dict.fromkeys(texts, name)
        refuse_hidden_marks()
    content = {"name": name, "title": title, "alt": alt, "source": literal(source, session.literals)}
    form = {"image_png": _png(fig)} if count_marks(fig) > MOST_MARKS else {"image_svg__xml": _with_words(slim(drawn), title, alt)}
    publish("figure", content, text_plain=f"{title}\n{alt}", **form)


def texts_of(fig, drawn):
    """Return every text of a figure, also those that come into being only when it is drawn, such as ticks."""
    artists = fig.findobj(lambda artist: hasattr(artist, "get_text"))
    notes = re.findall(r"<!--(.*?)-->", drawn, flags=re.DOTALL)
    return [text for text in [*(artist.get_text() for artist in artists), *map(unescape, notes)] if text.strip()]
