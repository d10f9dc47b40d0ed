"""The pilot of a program: what it found, weighed with published studies, and what that means for the money model."""

from dataclasses import replace

from upskill.data import pilot_result, read_evidence
from upskill.roi.prior import meet_result

CONFLICT = 0.05
"""Below this probability of a pilot as far off, had the studies been right, the two are said to contradict each other."""


def meet_pilot(program, level=0.90):
    """Return the Meeting of the program's pilot with the published studies, or None where it names no result."""
    result = pilot_result(program.settings.pilot)
    return None if result is None else meet_result(read_evidence(), result, level)


def pilot_assumption(program, default):
    """Return the time saving after the pilot as an assumption, or None where the program names no result.

    default: the shipped assumption; its limits and meaning are kept.
    """
    meeting = meet_pilot(program)
    if meeting is None:
        return None
    return replace(meeting.assumption(default.name), minimum=default.minimum, maximum=default.maximum,
                   meaning=default.meaning)


def moved_text(before, after, meeting):
    """Say how far the pilot moved what was expected; before, after: the savings with intervals as text."""
    narrower = 1 - (meeting.posterior.high - meeting.posterior.low) / (meeting.prior.high - meeting.prior.low)
    moved = round(100 * (meeting.posterior.value - meeting.prior.value))
    step = f"{'up' if moved > 0 else 'down'} by {abs(moved)} point{'s' if abs(moved) > 1 else ''}" if moved else \
        "hardly at all"
    range_ = "left its range as wide" if round(100 * narrower) == 0 else \
        f"made its range {100 * abs(narrower):.0f} % {'narrower' if narrower > 0 else 'wider'}"
    text = f"The pilot moved the expected saving {step}, from {before} to {after}, and {range_}."
    if meeting.conflict >= CONFLICT:
        return text
    return (f"{text} **It contradicts the studies:** had they been right, a pilot as far off would be seen in "
            f"{_hundred(meeting.conflict)}. So the studies count less ({100 * meeting.weight_before:.0f} % of the weight "
            f"before, {100 * meeting.weight_after:.0f} % after), and the doubt is kept instead of averaged away.")


def _hundred(chance):
    return "fewer than 1 of 100 cases" if chance < 0.005 else f"{100 * chance:.0f} of 100 cases"
