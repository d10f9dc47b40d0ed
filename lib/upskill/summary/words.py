"""Small words of the page: lists, chances, links, and what people wrote, kept to one line."""

from upskill.numerals import of_hundred
from upskill.summary.evidence import REPORTS

# The section of each report that proves a number, as its page names it.
PLACES = {
    "skills": "the-answer", "kpi": "the-answer", "kpi.changes": "what-moved-and-by-how-much",
    "options": "the-answer", "options.tell": "what-would-tell",
    "pilot": "the-answer", "pilot.tasks": "what-did-the-drawn-tasks-say",
    "adoption": "how-do-people-take-it", "roadmap": "the-answer",
    "roi": "the-answer", "roi.cost": "what-does-it-cost-and-what-does-it-bring",
    "roi.turns": "what-does-the-result-turn-on"}
NAMES = {"skills": "the skill assessment", "kpi": "the delivery indicators", "roi": "the money model",
         "options": "the report on training options", "pilot": "the evaluation of the pilot",
         "adoption": "the report on adoption", "roadmap": "the roadmap"}
LONGEST = 160


def address(place):
    """Return where a place of PLACES is.

    >>> address("roi.cost")
    '06_roi_model.ipynb#what-does-it-cost-and-what-does-it-bring'
    """
    return f"{REPORTS[place.split('.')[0]]}.ipynb#{PLACES[place]}"


def proof(text, place):
    """Link a number to the section of the report that proves it.

    >>> proof("3 of 6", "skills")
    '[3 of 6](01_skill_assessment.ipynb#the-answer)'
    """
    return f"[{text}]({address(place)})"


def report_link(area):
    """Link the name of a report to its page, whatever stands there."""
    return f"[{NAMES[area]}]({REPORTS[area]}.ipynb)"


def listed(parts):
    """Join as a reader would.

    >>> listed(["cash", "time", "dip"])
    'cash, time and dip'
    """
    parts = list(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def hundred(share, limits=()):
    """Write a share as so many of 100; never all or none where chance is left; `limits`: as in `of_hundred`.

    >>> hundred(0.927), hundred(0.001), hundred(1)
    ('93', 'fewer than 1', '100')
    """
    return of_hundred(share, limits)


def one_line(text, longest=LONGEST):
    """Return words of a person on one line, cut at a word where they are long.

    >>> one_line("train  all\\nof them. "), one_line("one two three", 9)
    ('train all of them', 'one two …')
    """
    text = " ".join(str(text or "").split()).rstrip(".")
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + " …"


def capitalized(text):
    """Begin with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]
