"""Rules and triggers in words, held against the facts: gates and risks."""

import re
from dataclasses import dataclass

from upskill.data import Fact

MET, NOT_MET, OPEN, UNREAD = "met", "not met", "cannot tell", "not on this page"
# What a gate or a trigger is about -> the fact that tells where it stands.
SUBJECTS = (
    (r"\bloss\b|\blos(e|es|ing) money", "roi.chance_of_loss"), (r"net (present )?value|\bgain", "chance_of_gain"), (r"change fail|failure rate", "kpi.change_failure_rate"),
    (r"lead time", "kpi.lead_time_hours"), (r"review time", "kpi.review_time_hours"),
    (r"recovery|time to restore", "kpi.recovery_time_hours"), (r"\bactive\b|\buse of|\bAI (is )?used|licen[sc]es (un)?used", "kpi.ai_use"))
LIMIT = re.compile(r"(?P<no>\b(?:no|not|never) )?(?P<side>above|over|more than|at least|below|under|fewer than|less than|at most|in) "
                   r"(?P<number>\d+(\.\d+)?) ?(?P<unit>%|percent|hours|days|(of|in|out of) 100)", re.IGNORECASE)
CONDITIONS = re.compile(r"\s*(?:;|,? \band\b)\s*", re.IGNORECASE)
ALTERNATIVES = re.compile(r"\b(or|unless|either)\b", re.IGNORECASE)
UPWARD = ("above", "over", "more than", "at least", "in")
INCLUSIVE = ("at least", "at most", "in")
# Words that turn a condition around, compare with another time, or ask it of each team: no limit on a level can be read then.
NEGATION = re.compile(r"\b(no|not|never|without|nor|neither|cannot|hardly)\b|n['’]t\b", re.IGNORECASE)
RELATIVE = re.compile(r"\bworse|\bbetter|\bpoints?\b|\bbaseline|\bthan (before|last|the|in)\b|"
                      r"\bby (at least|at most|more than|less than|fewer than|over|under|about|\d)|"
                      r"\b(reduced?|reduction|improv\w+|increases?d?|decreases?d?|drop(s|ped)?|falls?|fell|rises?|rose|grows?|grew|shrinks?|cuts?) "
                      r"(of |by |to )?(at least|at most|more than|less than|fewer than|over|under)\b|"
                      r"\b(each|every|all|any|some|most|\d+ of (the )?\d*) ?(of )?(the )?(our )?teams?\b", re.IGNORECASE)
USED_BY = re.compile(r"\bused?\b[\w ]{0,30}? by\b", re.IGNORECASE)
FUTURES = re.compile(r"\b(chances?|probab\w+|likel\w+|odds|futures)\b|of 100", re.IGNORECASE)
AMOUNT = re.compile(r"(?<![\d.,])0*[1-9][\d.,]*|\b(half a |one |two |three |a )?(thousand|million)", re.IGNORECASE)
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
    interval lies on one side of it, `cannot tell` where the limit is inside. What equals the limit meets
    "at least", "at most" and "in … of 100", and does not meet "above", "below", "more than" and "less than". Of
    several conditions (joined by "and") all must be met; one that is not met
    is enough. Alternatives ("or", "unless"), other negations than "not above" and "no more than", comparisons with
    another time or of each team, and chances of a certain amount of money are left to the reader.

    >>> from types import SimpleNamespace
    >>> facts = {"kpi.change_failure_rate": Fact("kpi.change_failure_rate", 0.15, unit="share")}
    >>> seen = SimpleNamespace(facts=facts)
    >>> [watch(f"change failure rate {side} 15 %", seen).state for side in ("at most", "below", "no more than")]
    ['met', 'not met', 'met']
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
    is_money = name in ("chance_of_gain", "roi.chance_of_loss")
    if fact is None or fact.value is None or (is_money and not FUTURES.search(words)):
        return Watched(words, None, UNREAD)
    limit = LIMIT.search(words)
    if limit is None or not _fits(limit["unit"], fact.unit) or _says_more(words, limit, is_money):
        return Watched(words, fact, UNREAD)
    edge = float(limit["number"]) * SCALES.get(limit["unit"].lower(), 0.01)
    low, high = (fact.low, fact.high) if fact.has_interval else (fact.value, fact.value)
    side, is_turned = limit["side"].lower(), bool(limit["no"])
    if (side not in UPWARD) != is_turned:
        edge, low, high = -edge, -high, -low
    # Hundredths have no exact form in binary: 1 - 0.3 must equal 70 of 100.
    near = 1e-9 * max(1.0, abs(edge))
    edge += -near if (side in INCLUSIVE) != is_turned else near
    return Watched(words, fact, MET if low >= edge else NOT_MET if high < edge else OPEN)


def _says_more(words, limit, is_money):
    """Tell whether a condition says something beside its limit that turns or narrows it."""
    rest = words[: limit.start()] + " " + words[limit.end() :]
    if NEGATION.search(rest) or RELATIVE.search(USED_BY.sub("used", words)) or (limit["no"] and limit["side"].lower() in INCLUSIVE):
        return True
    return is_money and AMOUNT.search(rest) is not None


def limits_in(words):
    """Return the limits on shares that words name, as numbers.

    >>> limits_in("net present value above zero in 80 of 100 futures")
    [0.8]
    """
    return [float(found["number"]) / 100 for found in LIMIT.finditer(str(words or "")) if found["unit"].lower() not in ("hours", "days")]


def _fits(written, unit):
    return unit == ("hours" if written.lower() in ("hours", "days") else "share")
