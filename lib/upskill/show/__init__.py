"""The one door through which everything leaves a report: facts, tables, figures, prose."""

from upskill.data import NotEnoughData
from upskill.show.basis import sources
from upskill.show.facts import fact, fact_text
from upskill.show.figures import figure
from upskill.show.format import format_number, interval_text
from upskill.show.prose import answer, cards, say
from upskill.show.session import PrivacyError, freeze, release, released_before, scope
from upskill.show.tables import table
from upskill.show.theme import COLORS, SERIES, band, new_figure
from upskill.show.wording import course_alt, estimates_alt

__all__ = ["COLORS", "SERIES", "NotEnoughData", "PrivacyError", "answer", "band", "cards", "course_alt",
           "estimates_alt", "fact", "fact_text", "figure",
           "format_number", "freeze", "interval_text", "new_figure", "release", "released_before", "require", "say",
           "scope", "sources", "table"]


def require(program, *tables):
    """Raise NotEnoughData that names every table in `tables` that the program lacks."""
    program.require(*tables)


def __dir__():
    """Offer public names only when somebody presses TAB."""
    return sorted(__all__)
