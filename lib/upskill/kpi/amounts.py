"""Levels and changes of KPIs written with their units: hours or days, percent, times, per year for what is rare."""

import numpy as np
import pandas as pd

from upskill import show
from upskill.kpi.words import is_compared, since_words
from upskill.numerals import number

WEEKS_PER_YEAR = 52
WHOLE_FROM = {"hours": 240, "per week": 9.95, "per year": 1.95}
# Rates below this many a week are said per year; ratios above this are said as times, not as percent.
RARE, MANY_TIMES = 0.5, 1.5


def format_level(value, unit, largest=None):
    """Format a level of a KPI: hours up to three days, then days; shares as percent; rare things per year."""
    if pd.isna(value):
        return "not known"
    largest = abs(value) if largest is None else largest
    if unit == "per week" and 0 < largest < RARE:
        value, unit, largest = value * WEEKS_PER_YEAR, "per year", largest * WEEKS_PER_YEAR
    return show.format_number(value, unit, digits_of(largest, unit), largest)


def digits_of(largest, unit, smallest=np.inf):
    """Give the decimals: none for ten days and more (unless beside less than three), ten per week, or two per year."""
    return 0 if largest >= WHOLE_FROM.get(unit, np.inf) and (unit != "hours" or smallest > 72) else None


def larger_level(change):
    """Return the larger of the levels before and since."""
    return np.nanmax([change.before, change.since, 0])


def levels_of(tracked):
    """Write the levels before and since, with as many digits as the larger of them needs."""
    unit, largest = tracked.definition.unit, larger_level(tracked.change)
    return tuple(format_level(value, unit, largest) for value in (tracked.change.before, tracked.change.since))


def change_text(tracked):
    """Give the size of a change with its interval: percent, or times for shares and large changes.

    A percentage of a percentage is easily taken for points, so shares are compared as times.
    """
    change = tracked.change
    if not is_compared(tracked):
        return change.reason
    if tracked.definition.kind == "share" or change.high > MANY_TIMES:
        low, high = _times(change)
        return f"{_ratio(1 + change.relative, change)} times ({low} to {high})"
    return show.fact_text(change.relative, change.low, change.high, "percent change")


def _ratio(ratio, change):
    """Format a ratio; all of one change alike, but whole numbers from ten on."""
    return number(ratio, 0 if ratio >= 9.95 else 1 if change.high >= 0.95 else 2)


def _times(change):
    return _ratio(1 + change.low, change), _ratio(1 + change.high, change)


def change_words(tracked):
    """Say how a KPI moved, with the interval: "fell 17 % (11 % to 22 %)", "rose from 39 % to 75 % of ..."."""
    change = tracked.change
    if not is_compared(tracked):
        return f"cannot be compared ({change.reason})"
    verb = {"no relevant change": "hardly moved: ", "cannot tell": "did not clearly move: "}.get(
        change.verdict, "rose " if change.relative > 0 else "fell ")
    if tracked.definition.kind == "share" or change.high > MANY_TIMES:
        before, since = levels_of(tracked)
        base = "" if verb.endswith(": ") or not tracked.definition.base else f" of {tracked.definition.base}"
        low, high = _times(change)
        return f"{verb}from {before} to {since}{base} ({low} to {high} times)"
    if verb.endswith(": "):
        return verb + change_text(tracked)
    if change.relative > 0:
        return verb + show.fact_text(change.relative, change.low, change.high, "share")
    return verb + show.fact_text(-change.relative, -change.high, -change.low, "share")


def kpi_title(tracked, tracking):
    """Make the message of a KPI's figure, as a sentence."""
    if not is_compared(tracked):
        return f"{tracked.definition.title}: too little data to compare"
    return f"{tracked.definition.title} {change_words(tracked)} {since_words(tracking)}"
