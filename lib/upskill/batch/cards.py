"""What stands on the cards of a report: a value, its interval, and how it has changed since the last release, in words."""

import re

from upskill.batch.headlines import fact_of_card

INTERVAL = re.compile(r"(?P<value>.+?) \((?P<interval>[^()]* to [^()]*|[^()]* or (?:more|less)|any value)\)")


def told_cards(cards, facts, since=None, on_same_data=False):
    """Return what the page says on each card: dicts with label, value, interval, note, link, change.

    `since`: the Point of history to compare with; `on_same_data`: it rests on the same rows and draws; `change` is None, or a dict with sign, words and kind.
    """
    changes = since.changes(facts, on_same_data) if since else {}
    return [_told(card, fact_of_card(card, facts), changes) for card in cards]


def _told(card, fact, changes):
    value, interval = _split(str(card["value"]), fact)
    note = str(card.get("note") or "")
    change = changes.get(fact["name"]) if fact else None
    return {"label": str(card["label"]), "value": value, "interval": "" if interval and interval in note else interval,
            "note": note, "link": str(card.get("link") or ""), "level": fact.get("level") if fact else None,
            "change": told_change(change) if change and change.old else None}


def _split(value, fact):
    """Return (value, interval): as the value says it, else as the fact does."""
    own = INTERVAL.fullmatch(value)
    if own:
        return own["value"], own["interval"]
    said = INTERVAL.fullmatch(str(fact["text"])) if fact else None
    return value, said["interval"] if said else ""


def told_change(change):
    """Return how a change is said: sign, words, and kind, so that color is never alone.

    Good and bad are said only of what is beyond the noise.
    """
    if change.is_beyond_noise and change.direction in ("better", "worse"):
        sign, word = {"better": ("✓", "Better"), "worse": ("!", "Worse")}[change.direction]
        text = change.text.removesuffix(", beyond the noise")  # which the word says
        return {"sign": sign, "words": _unbroken(f"{word}: {text}"), "kind": change.direction}
    sign = "=" if "no change" in change.text else "≈" if change.is_beyond_noise is False else "•"
    return {"sign": sign, "words": _unbroken(change.text[:1].upper() + change.text[1:]), "kind": "neither"}


def _unbroken(text):
    """Keep labels such as 2026-09 on one line."""
    return re.sub(r"(?<=\w)-(?=\w)", "\u2011", text)


def legend(cards, since=None):
    """Say what the small lines on the cards mean: the level of intervals, and what changes are counted from.

    >>> legend([{"interval": "1 to 2", "level": 0.9, "change": None}])
    'Ranges are 90 % intervals. There is no earlier release to compare with.'
    """
    levels = sorted({card["level"] for card in cards if card["interval"] and card["level"]})
    words = [f"Ranges are {' or '.join(f'{100 * level:.0f} %' for level in levels)} intervals."] if levels else []
    if since is None:
        return " ".join([*words, "There is no earlier release to compare with."])
    as_of = f", with data to {since.data_as_of}" if since.data_as_of else ""
    words.append(f"Changes are since the release {since.label}{as_of}")
    words[-1] += "; better and worse are beyond the noise." if any(is_told(card) for card in cards) else "."
    return _unbroken(" ".join(words))


def is_told(card):
    """Tell whether a card says that something became better or worse."""
    return bool(card["change"]) and card["change"]["kind"] != "neither"
