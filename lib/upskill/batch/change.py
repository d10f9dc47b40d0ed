"""One headline number beside its former value: by how much it moved, for better or worse, and whether that is noise."""

import math
from dataclasses import dataclass
from statistics import NormalDist

SCALES = {"share": ("points", 100.0), "percent change": ("points", 100.0)}
COUNTED = ("", "people", "teams", "weeks")  # units of what is counted, not estimated
DECIDED = ("goal", "target", "smallest_relevant_change")  # last words of facts that somebody has set
NOISE = {True: "beyond the noise", False: "within the noise", None: "how much is noise is not known"}
SAME = 1e-12


@dataclass(frozen=True)
class Change:
    """What became of a fact.

    `old`, `new`: facts as in facts.json, None where there is none; `direction`: "better", "worse" or "neither";
    `is_beyond_noise`: None where it has no interval, so that nobody can say; `text`: all of it in words.
    """

    name: str
    old: dict | None
    new: dict | None
    direction: str
    is_beyond_noise: bool | None
    text: str


def fact_change(old, new, since="", level=0.90, on_same_data=False):
    """Compare a fact with its former value; either may be None where there was or is no such fact.

    `since`: label of the former value, for the words; `level`: of the interval of the difference; `on_same_data`: both
    rest on the same rows and draws, so that nothing of the difference is noise.

    The difference d = new − old is beyond noise where its own interval leaves out zero. That interval is put
    together from the two (Zou and Donner 2008, "MOVER"; for shares Newcombe 1998, method 10): with the arms
    a = value − low and b = high − value,

        low = d − √(a_new² + b_old²),  high = d + √(b_new² + a_old²),

    so it keeps unequal arms, as those of shares near 0 or 1. Changes in percent are compared as log(1 + change), the
    scale on which they are estimated. This takes the two values as independent. Where they rest partly on the same
    data they move together and differ less, so it errs on the cautious side: fewer than one in ten pairs without
    a true difference are called beyond noise.

    >>> old = {"name": "kpi.ai_use", "value": .60, "low": .55, "high": .65, "unit": "share", "better": "higher", "text": ""}
    >>> fact_change(old, old | {"value": .70, "low": .66, "high": .74}, "2026-09").text
    '+10 points since 2026-09, beyond the noise'
    """
    name = (new or old)["name"]
    tail = f" since {since}" if since else ""
    if old is None or new is None:
        words = f"new{tail}" if old is None else f"not reported any more; was {old['text']}"
        return Change(name, old, new, "neither", None, words)
    if (old["unit"] or "") != (new["unit"] or ""):
        words = f"not comparable{tail}: in {new['unit'] or 'no unit'}, before in {old['unit'] or 'no unit'}"
        return Change(name, old, new, "neither", None, words)
    if old["value"] is None or new["value"] is None or _is_word(old) or _is_word(new):
        return _reworded(name, old, new, tail)
    difference = new["value"] - old["value"]
    if abs(difference) <= SAME * max(abs(old["value"]), abs(new["value"])):
        return Change(name, old, new, "neither", False, f"no change{tail}")
    beyond = on_same_data or is_beyond_noise(old, new, level)
    return Change(name, old, new, _direction(difference, new["better"]), beyond,
                  f"{difference_text(old, new)}{tail}, {'on the same data' if on_same_data else NOISE[beyond]}")


def _is_word(fact):
    """Tell whether a fact is a word, such as "yes", whose number is only a code."""
    return not any(letter.isdigit() for letter in str(fact["text"] or "0"))


def _reworded(name, old, new, tail):
    if old["text"] == new["text"]:
        return Change(name, old, new, "neither", False, f"no change{tail}")
    known = None not in (old["value"], new["value"])
    direction = _direction(new["value"] - old["value"], new["better"]) if known else "neither"
    return Change(name, old, new, direction, None, f"{new['text']}{tail}; was {old['text']}")


def _direction(difference, better):
    if better not in ("higher", "lower") or not difference:
        return "neither"
    return "better" if (difference > 0) == (better == "higher") else "worse"


def is_beyond_noise(old, new, level=0.90):
    """Tell whether two values differ by more than their intervals explain; None where nobody can tell.

    What is counted or decided has no interval and no noise either: any difference is real.
    """
    if None in (old["low"], old["high"], new["low"], new["high"]):
        return True if _is_counted(old) and _is_counted(new) else None
    (l0, v0, h0), (l1, v1, h1) = (_on_scale(fact, _is_log(old, new), level) for fact in (old, new))
    difference = v1 - v0
    arms = (v1 - l1, h0 - v0) if difference > 0 else (h1 - v1, v0 - l0)
    return abs(difference) > math.hypot(*(max(arm, 0.0) for arm in arms))


def _is_log(old, new):
    return new["unit"] == "percent change" and min(fact[end] for fact in (old, new) for end in ("low", "value")) > -1


def _on_scale(fact, is_log, level):
    """Return low, value and high of a fact, its arms brought to one level."""
    ends = [math.log1p(fact[end]) if is_log else fact[end] for end in ("low", "value", "high")]
    given = fact.get("level") or level
    ratio = 1.0 if given == level else NormalDist().inv_cdf(0.5 + level / 2) / NormalDist().inv_cdf(0.5 + given / 2)
    return ends[1] - ratio * (ends[1] - ends[0]), ends[1], ends[1] + ratio * (ends[2] - ends[1])


def _is_counted(fact):
    if fact["name"].rsplit(".", 1)[-1] in DECIDED:
        return True
    # A number of verdicts ("domains below target", better lower) rests on estimates; a number of people does not.
    plain = fact["unit"] == "people" or (fact["unit"] in COUNTED and not fact["better"])
    return plain and float(fact["value"]).is_integer()


def difference_text(old, new):
    """Return a difference with its sign and unit; that of shares and of changes in percent in points.

    >>> difference_text({"value": 41.0, "unit": "hours"}, {"value": 38.5, "unit": "hours"})
    '−2.5 hours'
    """
    from upskill.show.format import MINUS, format_number  # which brings the drawing library with it

    unit = new["unit"] or ""
    shown, factor = SCALES.get(unit, (unit, 1.0))
    difference, digits = (new["value"] - old["value"]) * factor, None
    if unit in SCALES:
        digits = 0 if abs(difference) >= 9.95 else 1 if abs(difference) >= 0.095 else 2
    elif unit in COUNTED and all(float(fact["value"]).is_integer() for fact in (old, new)):
        digits = 0
    largest = max(abs(old["value"]), abs(new["value"]))
    is_in_days = unit == "hours" and largest > 72  # as the values are shown
    text = format_number(difference, shown, digits, largest if is_in_days else None)
    if not any(letter in "123456789" for letter in text):
        return "hardly any change"
    return text if text.startswith(MINUS) else f"+{text}"
