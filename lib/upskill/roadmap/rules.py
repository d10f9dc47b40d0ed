"""Rules and triggers in words, held against the facts: gates and risks."""

import re
from dataclasses import dataclass

from upskill.data import Fact

MET, NOT_MET, OPEN, UNREAD = "met", "not met", "cannot tell", "not on this page"
# What a gate or a trigger is about -> the fact that tells where it stands.
SUBJECTS = (
    (r"net (present )?value|\bgain", "chance_of_gain"), (r"change fail|failure rate", "kpi.change_failure_rate"),
    (r"lead time", "kpi.lead_time_hours"), (r"review time", "kpi.review_time_hours"),
    (r"recovery|time to restore", "kpi.recovery_time_hours"), (r"\bactive\b|\buse of|licen[sc]es (un)?used", "kpi.ai_use"))
LIMIT = re.compile(r"(?P<side>above|over|more than|at least|below|under|fewer than|less than|at most|in) "
                   r"(?P<number>\d+(\.\d+)?) ?(?P<unit>%|percent|hours|days|(of|in|out of) 100)", re.IGNORECASE)
CONDITIONS = re.compile(r"\s*(?:;|,? \band\b)\s*", re.IGNORECASE)
ALTERNATIVES = re.compile(r"\b(or|unless|either)\b", re.IGNORECASE)
UPWARD = ("above", "over", "more than", "at least", "in")
SCALES = {"%": 0.01, "percent": 0.01, "hours": 1.0, "days": 24.0}


@dataclass(frozen=True)
class Watched:
    """A rule or a trigger in words and what the facts say of it; `fact` is None where they say nothing."""

    words: str
    fact: Fact | None
    state: str


def chance_of_gain(evidence):
    """Return the share of futures in which training does not lose money, as a Fact, or None."""
    loss = evidence.value("roi.chance_of_loss")
    return None if loss is None else Fact("summary.chance_of_gain", 1 - loss, unit="share", better="higher")


def watch(words, evidence):
    """Hold a rule or trigger in words against the facts: is what it says the case?

    The state is `met` or `not met` where a limit could be read and the whole
    interval lies on one side of it, `cannot tell` where the limit is inside. Of
    several conditions (joined by "and") all must be met; one that is not met
    is enough. Alternatives ("or", "unless") are left to the reader.
    """
    words = " ".join(str(words or "").split())
    parts = [_watch_one(part, evidence) for part in CONDITIONS.split(words) if part] or [_watch_one("", evidence)]
    states = [part.state for part in parts]
    fact = next((part.fact for part in parts if part.fact), None)
    if ALTERNATIVES.search(words):
        return Watched(words, fact, UNREAD)
    state = NOT_MET if NOT_MET in states else UNREAD if UNREAD in states else OPEN if OPEN in states else MET
    decisive = next((part.fact for part in parts if part.state == state and part.fact), fact)
    return Watched(words, decisive, state)


def _watch_one(words, evidence):
    """Hold one condition against the facts."""
    name = next((name for pattern, name in SUBJECTS if re.search(pattern, words, re.IGNORECASE)), None)
    fact = chance_of_gain(evidence) if name == "chance_of_gain" else evidence.facts.get(name)
    if fact is None or fact.value is None:
        return Watched(words, None, UNREAD)
    limit = LIMIT.search(words)
    if limit is None or "worse" in words or not _fits(limit["unit"], fact.unit):
        return Watched(words, fact, UNREAD)
    edge = float(limit["number"]) * SCALES.get(limit["unit"].lower(), 0.01)
    low, high = (fact.low, fact.high) if fact.has_interval else (fact.value, fact.value)
    if limit["side"].lower() not in UPWARD:
        edge, low, high = -edge, -high, -low
    return Watched(words, fact, MET if low >= edge else NOT_MET if high < edge else OPEN)


def _fits(written, unit):
    return unit == ("hours" if written.lower() in ("hours", "days") else "share")
