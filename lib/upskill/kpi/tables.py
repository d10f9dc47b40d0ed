"""Tables and paragraphs of the KPI report: changes, definitions, methods, quality, what is missing, how far to trust it."""

import numpy as np
import pandas as pd

from upskill import show
from upskill.kpi.amounts import change_text, levels_of
from upskill.kpi.series import PERIODS
from upskill.kpi.words import (
    capitalized,
    compared_words,
    is_compared,
    names_of,
    percent,
    signal_words,
    since_words,
    verdict_words,
)


def show_changes(tracking):
    """Show the table of KPIs: before, since, change with interval, verdict."""
    rows = [(tracked.definition.title, *levels_of(tracked), change_text(tracked), verdict_words(tracked, tracking))
            for tracked in tracking.kpis]
    interval = f"Change ({percent(tracking.level)} interval)"
    frame = pd.DataFrame(rows, columns=["KPI", "Before", "Since", interval, "Verdict"])
    note = (f"No relevant change: the whole interval lies within ±{percent(tracking.margin)}. Times: since ÷ before. "
            + compared_words(tracking))
    show.table(frame, f"What moved {since_words(tracking)}", "kpi_changes", note=note)


def show_definitions(tracking):
    """Show what each KPI means: question, formula, direction and counter-KPI."""
    titles = {tracked.definition.name: tracked.definition.title for tracked in tracking.kpis}
    rows = [(d.title, f"{d.question} {capitalized(d.formula)}.", d.better,
             titles.get(d.counter, "cannot be computed here"))
            for tracked in tracking.kpis for d in (tracked.definition,)]
    frame = pd.DataFrame(rows, columns=["KPI", "Question and formula", "Better", "Read together with"])
    show.table(frame, "What the KPIs mean", "kpi_definitions",
               note="Changes closed without merging are left out of durations; changes still open count as unfinished.")


def show_methods(tracking):
    """Say how the intervals were made, KPIs of one method together."""
    compared = [tracked for tracked in tracking.kpis if is_compared(tracked)]
    methods = dict.fromkeys(tracked.change.method for tracked in compared)
    lines = [f"- {capitalized(names_of([tracked for tracked in compared if tracked.change.method == method]))}: {method}."
             for method in methods]
    show.say("How each interval of a change was made:\n\n" + "\n".join(lines) if lines else "No change has an interval.")


def show_quality(tracking):
    """Show what each KPI rests on: points used and left out, the share still unfinished, signals."""
    rows = []
    for tracked in tracking.kpis:
        series = tracked.series
        counts = series["quality"].value_counts()
        unfinished = np.average(series["censored_share"].fillna(0), weights=np.maximum(series["n"], 1e-9))
        is_duration = tracked.definition.kind == "duration"
        rows.append((tracked.definition.title, f"{counts.get('ok', 0)} of {len(series)}", PERIODS[tracked.period_weeks],
                     counts.get("too recent", 0), counts.get("empty", 0) + counts.get("thin", 0),
                     show.format_number(unfinished, "share") if is_duration else "", signal_words(tracked)))
    frame = pd.DataFrame(rows, columns=["KPI", "Points used", "Each", "Too recent", "Empty or thin", "Unfinished", "Signals"])
    show.table(frame, "What the numbers rest on", "kpi_quality",
               note="The last week or period is left out unless it is whole. Too recent to judge: less than the time in "
                    "which nine in ten changes used to be finished. Unfinished: share of durations still running.")


def show_missing(tracking):
    """Name the KPIs that cannot be computed, each with its reason."""
    if not tracking.missing:
        show.say("Every KPI that this report knows could be computed.")
        return
    lines = [f"- **{title}**: {reason}." for title, reason in tracking.missing.items()]
    show.say("Not computed, for want of data:\n\n" + "\n".join(lines))


def show_trust(tracking):
    """Say how many misses and false alarms to expect, and what a single point can show."""
    known = sum(is_compared(tracked) for tracked in tracking.kpis)
    charted = [tracked for tracked in tracking.kpis if tracked.limits is not None]
    text = ("" if known < 2 else f"Each of the {known} intervals misses the true change in {1 - tracking.level:.0%} of all "
            "cases, so believe a pattern across KPIs more than any single one. ").replace("%", " %")
    if charted:
        text += ("Limits are set so that a KPI that does not change stays free of signals in 19 of 20 charts, its own "
                 f"carry-over from point to point allowed for. The price: {_reach_words(charted[0])}; the change in "
                 "the titles pools all points and sees more.")
    show.say(text or "No KPI has enough data for limits or for a change with its interval.")


def _reach_words(tracked):
    """Say how far off one point must be to count as a signal."""
    ratio = tracked.limits.upper / tracked.limits.center if tracked.limits.center else np.inf
    far = f"{percent(ratio - 1)} above" if ratio < 2 else f"{ratio:.0f} times"
    return f"a single point of {names_of([tracked])} must be {far} its usual level to count"
