"""What one report knows while it runs: program, currency, smallest group, and whom not to name."""

import re
from dataclasses import dataclass, field

import pandas as pd

from upskill.data import NotEnoughData
from upskill.show.publish import publish
from upskill.show.theme import use_theme

PERSONAL_COLUMNS = ("person_id", "author_id", "rater_id", "respondent_id")


class PrivacyError(ValueError):
    """Something that was to be shown names a person."""


@dataclass
class Session:
    """State of the running report; reset by `scope`."""

    currency: str = "USD"
    minimum_group_size: int = 5
    facts: dict = field(default_factory=dict)
    people: frozenset = frozenset()


session = Session()


def personal_ids(tables):
    """Collect every id that names a person, as strings.

    Short numbers are left out: they cannot be told from figures in prose.
    """
    found = set()
    for frame in tables.values():
        for column in PERSONAL_COLUMNS:
            if column in frame:
                found.update(frame[column].dropna().astype(str).unique())
    return frozenset(name for name in found if not (name.isdigit() and len(name) < 6))


def refuse_people(text):
    """Return the text, or raise PrivacyError when it names a person of the program."""
    if session.people:
        named = session.people.intersection(re.findall(r"[\w.@-]*\w", text))
        if named:
            raise PrivacyError(f"This would show {len(named)} personal id(s); reports show groups only.")
    return text


def scope(program, title=None):
    """Begin a report on a program: set its currency and privacy limits, and say what it covers.

    Raises NotEnoughData when the team has fewer people than `minimum_group_size`.
    """
    smallest = program.settings.minimum_group_size
    use_theme()
    session.__init__(program.settings.currency, smallest, {}, personal_ids(program.tables))
    people = len(program["people"]) if "people" in program else None
    if program.team and people is not None and people < smallest:
        raise NotEnoughData(f"Team {program.team} has fewer than {smallest} people; "
                            "a report on it would show individuals.")
    return _publish_scope(program, title, people)


def _publish_scope(program, title, people):
    set_aside = int(program.set_aside["set_aside"].sum()) if len(program.set_aside) else 0
    rows = int(program.set_aside["rows"].sum()) if len(program.set_aside) else 0
    as_of = "" if pd.isna(program.as_of) else f"{program.as_of:%Y-%m-%d}"
    parts = [program.settings.name, f"team {program.team}" if program.team else "whole company"]
    parts += [f"{people} people"] if people is not None else []
    parts += [f"data to {as_of}"] if as_of else ["no dated data yet"]
    parts += [f"{set_aside:,} of {rows:,} rows set aside as faulty"] if set_aside else []
    content = {"title": title, "program": program.settings.name, "team": program.team or "", "data_as_of": as_of,
               "parameters": {"program": str(program.slug), "team": program.team or "", "as_of": as_of},
               "currency": session.currency, "minimum_group_size": session.minimum_group_size,
               "people": people, "set_aside": set_aside, "rows": rows, "scope": " · ".join(parts)}
    publish("report", content, text_plain=content["scope"])
