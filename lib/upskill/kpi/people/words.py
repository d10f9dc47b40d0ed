"""What a gain is worth beside quality and people: words for the table that holds them side by side."""

import numpy as np

from upskill.kpi.words import counter_is_safe, is_compared

GAINS = {"speed": "faster", "volume": "more", "process": "better", "use": "more used"}


def people_state(shifts):
    """Say in one word how people fare over all that was asked: "worse", "better", "not worse", "unknown".

    "worse": something worsened; "better": something improved and nothing worsened or is
    unclear; "not worse": a worsening beyond the margin is ruled out in all; else
    "unknown". `shifts`: as `wave_shift` gives.
    """
    known = [shift for shift in shifts if np.isfinite(shift.low)]
    if not known:
        return "unknown"
    verdicts = {shift.verdict for shift in known}
    if "worsened" in verdicts:
        return "worse"
    if "cannot tell" in verdicts or len(known) < len(shifts):
        return "better in part" if "improved" in verdicts else "unknown"
    return "better" if "improved" in verdicts else "not worse"


PEOPLE = {"worse": "but people fare worse", "better": "and people fare better", "not worse": "and people fare no worse",
          "better in part": "and people fare better in part", "unknown": "people: not known"}


def reading(tracked, counter, tracking, shifts):
    """Read a KPI with its counter-KPI and people: "faster, safety not shown; people: not known".

    `counter`: tracked counter-KPI or None; `shifts`: changes of the constructs asked.
    """
    if not is_compared(tracked):
        return "too little data"
    verdict = tracked.change.verdict
    if verdict == "worsened":
        return "worse"
    if verdict != "improved":
        return "no gain shown" if verdict == "cannot tell" else "no relevant change"
    gain = GAINS.get(tracked.definition.family, "better")
    if counter is not None and is_compared(counter) and counter.change.verdict == "worsened":
        return f"{gain}, at the cost of {counter.definition.title[0].lower()}{counter.definition.title[1:]}"
    safe = "shown safe" if counter_is_safe(tracked, tracking) else "safety not shown"
    return f"{gain}, {safe}; {PEOPLE[people_state(shifts)]}"


def people_words(asked):
    """Say what the people half of the table rests on."""
    if not asked:
        return "Nothing is known of people: no survey asked, or too few answered."
    titles = ", ".join(construct.title for construct, *_ in asked)
    return f"People: {titles}, last wave against first."
