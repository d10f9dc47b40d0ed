"""The headline numbers of a report: what stands on its cards, each with the fact behind it."""

import re
from dataclasses import dataclass
from functools import lru_cache

UNITS = re.compile(r"(?<=\w)_(minutes|hours|days|weeks|months|years|levels)$")
SPELLINGS = ((re.compile(r"\bai\b"), "AI"), (re.compile(r"\bbreak even\b"), "break-even"))
NUMBER = re.compile(r"([−+-]?)[^\w−+-]{0,2}(\d[\d,]*(?:\.\d+)?)\s*(.*)")


@dataclass(frozen=True)
class Headline:
    """A number beside the answer; `fact`: as in facts.json, None where no fact, or more than one, could be meant."""

    label: str
    text: str
    note: str = ""
    fact: dict | None = None


def headlines(cards, facts):
    """Return what a report put on its cards; without cards its facts, those with interval first, the whole before parts.

    The fact behind a card says the same number in the same unit; among several it is the one whose name is most like
    the label. Where two fit equally well, none is taken.
    """
    if cards:
        return [_of_card(card, facts) for card in cards]
    found = [fact for fact in facts if fact.get("low") is not None] or list(facts)
    return [Headline(fact_label(fact["name"]), str(fact["text"]), "", fact)
            for fact in sorted(found, key=lambda fact: fact["name"].count("."))]


def _of_card(card, facts):
    label, value = str(card["label"]), str(card["value"])
    fact = fact_of_card(card, facts)
    has_interval = fact is not None and fact.get("low") is not None
    return Headline(label, str(fact["text"]) if has_interval and " of " not in value else value, str(card.get("note") or ""), fact)


def fact_of_card(card, facts):
    """Return the fact that a card shows, or None where that cannot be told: the one that it names, else the one that says the same.

    >>> facts = [{"name": "pilot.effect", "text": "−6 % (−9 % to −3 %)"}, {"name": "pilot.loss", "text": "−6 %"}]
    >>> cards = [{"label": "Effect of the pilot", "value": "−6.0 %"}, {"label": "Something", "value": "−6 %"}]
    >>> fact_of_card(cards[0], facts)["name"], fact_of_card(cards[1], facts)
    ('pilot.effect', None)
    """
    if card.get("fact"):
        return next((fact for fact in facts if fact["name"] == card["fact"]), None)
    words, value = set(re.findall(r"\w+", str(card.get("label", "")).lower())), str(card["value"])
    fitting = [(_likeness(words, fact["name"]), fact) for fact in facts if _say_the_same(value, str(fact["text"]))]
    most = max((likeness for likeness, _ in fitting), default=0.0)
    best = [fact for likeness, fact in fitting if likeness == most]
    is_sure = len(best) == 1 and (most > 0 or best[0].get("low") is not None or [str(best[0]["text"])] == [value] * len(fitting))
    return best[0] if is_sure else None


def _likeness(words, name):
    """Return the share of the words of a label and of a fact's name, its first part aside, that are in both."""
    named = set(re.split(r"[._]", name.partition(".")[2]))
    return len(words & named) / len(words | named)


def _say_the_same(value, text):
    """Tell whether a card and a fact say one number, perhaps rounded further by one of them, in the same unit."""
    one, other = _number(value), _number(text)
    if one[0] == other[0]:
        return True
    if one[1] is None or other[1] is None or (one[1], one[3]) != (other[1], other[3]):
        return False
    digits = min(len(number.partition(".")[2]) for number in (one[2], other[2]))
    return f"{float(one[2]):.{digits}f}" == f"{float(other[2]):.{digits}f}"


@lru_cache(2048)
def _number(said):
    """Return what is said without interval and without what it is out of; then its sign, number and unit, or None.

    >>> _number("−6.0 % (−9 % to −3 %)"), _number("92 of 100")[0], _number("$1,200")[1:], _number("4 of 5")[0]
    (('−6.0 %', '−', '6.0', '%'), '92 %', ('', '1200', ''), '4')
    """
    said = re.sub(r" \([^()]*\)$", "", said)
    said = re.sub(r" (in|of) [\d,]+$", "", re.sub(r" (in|of) 100$", " %", said))
    found = NUMBER.fullmatch(said)
    return (said, found[1], found[2].replace(",", ""), found[3]) if found else (said, None, None, None)


def fact_label(name):
    """Turn the name of a fact into words, without its unit, which the value says.

    >>> fact_label("kpi.lead_time_hours"), fact_label("skills.level.using_ai")
    ('Lead time', 'Level: using AI')
    """
    words = ": ".join(UNITS.sub("", part) for part in name.split(".")[1:] or [name]).replace("_", " ")
    for pattern, spelling in SPELLINGS:
        words = pattern.sub(spelling, words)
    return words[:1].upper() + words[1:]
