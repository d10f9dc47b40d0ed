"""What one report knows while it runs: program, currency, smallest group, and whom not to name."""

from dataclasses import dataclass, field

import pandas as pd

from upskill.data import NotEnoughData
from upskill.numerals import localized, use_locale
from upskill.privacy import PERSON_COLUMNS, Ledger, Names, hidden_rows, open_ledger, personal_texts
from upskill.show.literal import names_with_marks
from upskill.show.publish import publish
from upskill.show.theme import use_theme


class PrivacyError(ValueError):
    """Something that was to be shown names a person."""


@dataclass
class Session:
    """State of the running report; reset by `scope`.

    `people`: finds what names or quotes a person; `ids`: the same as plain texts. `totals`: sizes of the groups
    shown so far; `sums`: people in all shown rows of a table. `hidden`:
    (heading, label) of rows hidden so far -> whether for their own size.
    `marks`: texts in figures whose groups nobody vouched for -> figure. `literals`: names that hold marks of Markdown.
    """

    currency: str = "USD"
    minimum_group_size: int = 5
    facts: dict = field(default_factory=dict)
    people: object = frozenset()
    everyone: frozenset = frozenset()
    ids: frozenset = frozenset()
    totals: set = field(default_factory=set)
    sums: set = field(default_factory=set)
    hidden: dict = field(default_factory=dict)
    marks: dict = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    label: str = ""
    literals: frozenset = frozenset()


session = Session()


def refuse_people(text):
    """Return the text, or raise PrivacyError when it names or quotes a person of the program."""
    if session.people and (found := session.people.find(text)):
        raise PrivacyError(f"This would show {len(found)} personal id(s) or free comment(s); "
                           "reports show groups only.")
    return text


def refuse_small(size, what):
    """Raise NotEnoughData when a result stands on fewer people than the minimum; `size`: a number or many."""
    if size is None or size is False:
        return
    sizes = pd.Series(size, dtype="float64").fillna(0)
    if (sizes < session.minimum_group_size).any():
        raise NotEnoughData(f"{what} stands on {int(sizes.min())} people; results are shown for at least "
                            f"{session.minimum_group_size}.")


def refuse_hidden_marks():
    """Raise PrivacyError when a figure labels a mark like a group that a table hides as too small."""
    for (_, label), is_small in session.hidden.items():
        if is_small and label in session.marks:
            raise PrivacyError(f"Figure {session.marks[label]} shows {label!r}, which a table hides as too small: "
                               "leave it out, or say group_size= (False where the figure is not about people).")


def is_extreme(share, size):
    """Tell whether a share would say of a small group that all or none of its members are so."""
    return size is not None and size is not False and share in (0, 1) and size < 2 * session.minimum_group_size


def release(about, members):
    """Return the people to compute a result with, so that no later report can be subtracted from an earlier one.

    `about` names a measurement that does not change afterwards, such as
    "skills, wave start"; `members`: ids. Where a group was released before
    that differs by fewer people than the minimum, its members are returned
    instead: within a wave joiners and leavers change nothing. Raises
    NotEnoughData where neither group may be shown.
    """
    members = frozenset(map(str, members))
    refuse_small(len(members), f"A result about {about}")
    _say_released(about)
    return session.ledger.refuse_or_record(about, members, session.label, session.everyone)


def freeze(about, people):
    """Return the people of a measurement as they were when it was first shown under a label, and what became of them.

    `people`: those that it would be about now: one row per person, index = ids,
    columns of text to group by (team, role, …) and `parts`, a frozenset of
    texts per person, such as answered items. Returns a `Frozen`: its `people`
    have the same form. The first labelled report fixes them; without one they
    are those given. So later joiners, leavers and changes of team or role
    cannot be had by subtraction from an earlier report.
    """
    _say_released(about)
    return session.ledger.freeze(about, people, session.label, session.everyone)


def released_before(prefix, ids):
    """Return {about: people} of all that was frozen under names that start with `prefix`; `ids`: people known now."""
    return session.ledger.starting(prefix, {*session.everyone, *map(str, ids)})


def _say_released(about):
    """Tell the batch that this report rests on the ledger: under a new label it is made again, to be recorded."""
    refuse_people(about)
    publish("release", {"about": about}, text_plain="")


def scope(program, title=None):
    """Begin a report on a program: set its currency and privacy limits, and say what it covers.

    Raises NotEnoughData when there are fewer people than `minimum_group_size`,
    or when the whole company minus the other teams would show a team that small.
    """
    smallest = program.settings.minimum_group_size
    use_theme()
    use_locale(getattr(program.settings, "locale", "en_US"))
    texts = personal_texts(program.tables, getattr(program, "faults", ()))
    ledger, label = open_ledger(program.settings.name, smallest, getattr(program, "folder", None))
    session.__init__(program.settings.currency, smallest, people=Names(text for text in texts if not _is_figure(text)),
                     everyone=_everyone(program), ids=texts, ledger=ledger, label=label,
                     literals=names_with_marks(program))
    refuse_people(title or "")
    _refuse_small_scope(program, smallest)
    return _publish_scope(program, title)


def _is_figure(text):
    """Short numbers cannot be told from figures in prose; columns of them can be told (see `tables`)."""
    return text.isdigit() and len(text) < 6


def _everyone(program):
    return frozenset(program["people"]["person_id"].astype(str)) if "people" in program else frozenset()


def present(people, as_of):
    """Return those who have not left by a day; all of them where the table does not say."""
    if "end_date" not in people or pd.isna(as_of):
        return people
    return people[~(people["end_date"] < as_of)]


def _refuse_small_scope(program, smallest):
    who = f"Team {program.team}" if program.team else "The company"
    size = _group_size(program)
    if size is not None and size < smallest and (program.team or size):
        raise NotEnoughData(f"{who} has fewer than {smallest} people; a report on it would show individuals.")
    sizes = getattr(program, "team_sizes", None)
    if not program.team or not sizes:
        return
    _, beside = hidden_rows(pd.Series(sizes), smallest)
    if beside.get(program.team, False):
        raise NotEnoughData(f"{who} gets no report of its own, to protect a team with fewer than {smallest} people: "
                            "the whole company minus all other teams would show that one.")


def _group_size(program):
    """Return how many people a report is about, as far as the data say; None where no table names anybody."""
    if "people" in program:
        return len(present(program["people"], program.as_of))
    if getattr(program.settings, "team_only", False):
        return None
    counts = [frame[column].nunique() for frame in program.tables.values() for column in PERSON_COLUMNS[:2]
              if column in frame]
    return max((count for count in counts if count), default=None)


def _people_words(program):
    """Return (number of people who have not left, the same in words), or (None, "") where no table says."""
    if "people" not in program:
        return None, ""
    everyone, count = program["people"], len(present(program["people"], program.as_of))
    return count, f"{count} people" + (", without leavers" if count < len(everyone) else "")


def _publish_scope(program, title):
    people, counted = _people_words(program)
    set_aside = int(program.set_aside["set_aside"].sum()) if len(program.set_aside) else 0
    rows = int(program.set_aside["rows"].sum()) if len(program.set_aside) else 0
    as_of = "" if pd.isna(program.as_of) else f"{program.as_of:%Y-%m-%d}"
    parts = [program.settings.name, f"team {program.team}" if program.team else "whole company"]
    parts += [counted] if counted else []
    parts += [f"data to {as_of}"] if as_of else ["no dated data yet"]
    broken = sorted({fault.table for fault in program.left_out})
    parts += [f"left out as broken: {', '.join(broken)}"] if broken else []
    parts += [localized(f"{set_aside:,} of {rows:,}") + " rows set aside as faulty"] if set_aside else []
    content = {"title": title, "program": program.settings.name, "team": program.team or "", "data_as_of": as_of,
               "parameters": {"program": str(program.slug), "team": program.team or "", "as_of": as_of},
               "currency": session.currency, "locale": str(getattr(program.settings, "locale", "en_US")), "minimum_group_size": session.minimum_group_size,
               "people": people, "set_aside": set_aside, "rows": rows, "scope": " · ".join(parts)}
    publish("report", content, text_plain=content["scope"])
