"""A fact is a headline number, recorded once by name and reused by prose, index, summary and tests."""

import math
import re

from upskill.show.format import format_number, interval_text
from upskill.show.publish import plain, publish
from upskill.show.session import is_extreme, refuse_people, refuse_small, session

NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
DIRECTIONS = ("", "higher", "lower")


class FactText(str):
    """The words of a fact, for prose; not shown by themselves when they end a cell.

    `fact`: its name, by which a card knows what it shows.
    """

    __slots__ = ("fact",)

    def __new__(cls, words, fact=""):
        text = super().__new__(cls, words)
        text.fact = fact
        return text

    def _ipython_display_(self):
        """Show nothing: the fact was shown when it was recorded."""


def _check(name, low, high, better):
    if not NAME.fullmatch(name):
        raise ValueError(f"Fact name {name!r}: expected lower case words joined by dots, such as roi.payback_months")
    if better not in DIRECTIONS:
        raise ValueError(f"Fact {name}: better={better!r}; expected one of {DIRECTIONS}")
    if (low is None) != (high is None):
        raise ValueError(f"Fact {name}: give both ends of the interval, or none")
    if low is not None and low > high:
        raise ValueError(f"Fact {name}: the interval runs from {low} down to {high}")


def fact_text(value, low=None, high=None, unit="", digits=None):
    """Format a value with its interval, both on one scale.

    >>> fact_text(30.2, 25.1, 36.4, "hours")
    '30 hours (25 to 36 hours)'
    >>> fact_text(-0.12, -0.21, -0.02, "percent change")
    '−12 % (−21 % to −2 %)'
    """
    ends = [abs(end) for end in (value, low, high) if end is not None and math.isfinite(end)]
    largest = max(ends, default=0)
    text = format_number(value, unit, digits, largest)
    return text if low is None else f"{text} ({interval_text(low, high, unit, digits, largest)})"


def fact(name, value, low=None, high=None, level=0.90, unit="", better="", digits=None, interval=True,
         text=None, group_size=None):
    """Record a headline number and return its text for prose.

    `name`: lower case, dotted. `low`, `high`: ends of the interval of
    probability `level`; missing or infinite ends are recorded as null.
    `better`: "higher", "lower" or "" where neither. `interval=False` leaves
    the interval out of the text, never out of the record. `text` replaces the
    words where a number has none that a reader would use ("not within 36
    months"). `group_size`: number of people that it is about; a share that says
    that all or none of a small group are so is recorded without its value.
    Raises ValueError for a malformed name, a reversed interval, or a second
    value under a name; NotEnoughData for a group below the minimum.
    """
    value, low, high = (None if entry is None else float(entry) for entry in (value, low, high))
    _check(name, low, high, better)
    refuse_small(group_size, f"The fact {name}")
    session.totals |= {int(group_size)} if group_size else set()
    if unit == "share" and is_extreme(value, group_size):
        value, low, high, text = None, None, None, "not shown for a group of this size"
    words = text or fact_text(value, low, high, unit, digits)
    refuse_people(f"{name}\n{unit}\n{words}")
    record = plain({"name": name, "value": value, "low": low, "high": high, "level": level if low is not None else None,
                    "unit": unit, "better": better, "text": words})
    if session.facts.get(name, record) != record:
        raise ValueError(f"Fact {name} is recorded twice with different values; give each its own name")
    session.facts[name] = record
    publish("fact", record, text_plain=f"{name} = {words}")
    return FactText(words if interval or text else fact_text(value, unit=unit, digits=digits), name)
