"""Tables and paragraphs of the KPI report: changes, definitions, methods, quality, what is missing, how far to trust it."""

import numpy as np
import pandas as pd

from upskill import show
from upskill.kpi.amounts import change_text, format_level, levels_of
from upskill.kpi.limits import SHIFTS, YEAR
from upskill.kpi.series import PERIODS
from upskill.kpi.words import (
    capitalized,
    chance_words,
    compared_words,
    is_compared,
    names_of,
    percent,
    signal_words,
    since_words,
    verdict_words,
    weeks_words,
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
    rows = [(d.title, f"{d.question} {capitalized(d.formula)}." + (f" Source: {d.source}." if d.source else ""), d.better,
             titles.get(d.counter, "cannot be computed here"))
            for tracked in tracking.kpis for d in (tracked.definition,)]
    versions = sorted({tracked.definition.version for tracked in tracking.kpis})
    frame = pd.DataFrame(rows, columns=["KPI", "Question and formula", "Better", "Read together with"])
    show.table(frame, "What the KPIs mean", "kpi_definitions", folded=True,
               note="A change that was closed without merging is an ending of its own: the medians are of what gets merged, and "
                    "changes still open count as unfinished. Shares and rates keep numerator and denominator, so teams and "
                    f"weeks are pooled by their counts. Version of the definitions: {', '.join(versions)}.")


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
                     show.format_number(unfinished, "share") if is_duration else ""))
    frame = pd.DataFrame(rows, columns=["KPI", "Points used", "Each", "Too recent", "Empty or thin", "Unfinished"])
    show.table(frame, "What the numbers rest on", "kpi_quality", folded=True,
               note="The last week or period is left out unless it is whole. Too recent to judge: less than the time in "
                    "which nine in ten changes used to be finished. Unfinished: share of durations still running.")


def show_missing(tracking):
    """Name the KPIs that cannot be computed, each with its reason."""
    if not tracking.missing:
        show.say("Every KPI that this report knows could be computed.")
        return
    lines = [f"- **{title}**: {reason}." for title, reason in tracking.missing.items()]
    show.say("Not computed, for want of data:\n\n" + "\n".join(lines))


def show_signals(tracking):
    """Show for each chart whether it signals, and how fast it would see a lasting change."""
    rows = []
    for tracked in tracking.kpis:
        sights = tracked.limits.sights if tracked.limits else ()
        cells = [f"{capitalized(weeks_words(sight.weeks))}; {chance_words(sight.chance)}"
                 for sight in sights] or ["no limits"] * len(SHIFTS)
        usual = format_level(tracked.limits.center, tracked.definition.unit) if tracked.limits else "not known"
        rows.append((tracked.definition.title, usual, capitalized(signal_words(tracked)), *cells))
    columns = ["KPI", "Usual level", "Signal", *(f"Change by {percent(shift)}" for shift in SHIFTS)]
    show.table(pd.DataFrame(rows, columns=columns), "Signals, and what the charts can see", "kpi_signals", folded=True,
               note="Change by 10, 20, 40 %: time after which half of such lasting changes are seen (up or down, whichever "
                    "takes longer); and how many of 100 are seen within a quarter. Computed for each chart from its own "
                    "noise, with the doubt that so short a baseline leaves.")


def show_trust(tracking):
    """Say how many false alarms to expect, and what only the charts of all teams can see."""
    charted = [tracked for tracked in tracking.kpis if tracked.limits is not None]
    show.say(f"{budget_words(tracking.board)} {_blind_words(charted, tracking)}" if charted else "No KPI has enough data for limits.")


def budget_words(board):
    """Say how rarely the charts of a board cry wolf together."""
    charts = f"the {board.charts} charts" if board.charts > 1 else "the one chart"
    quarters = 1 / board.share
    often = "a quarter" if quarters == 1 else f"in {quarters:.0f} quarters"
    return (f"Limits are set so that {charts} of {board.of} together raise at most one false alarm {often} when nothing "
            "changes, the carry-over of each from point to point allowed for.")


def _blind_words(charted, tracking):
    """Say on how many charts a change mostly stays unseen for a year, and what sees more."""
    unseen = [sum(not tracked.limits.sights[place].weeks <= YEAR for tracked in charted) for place in range(len(SHIFTS))]
    ten, twenty, forty = (f"{percent(shift)} on {count or 'none'}" for shift, count in zip(SHIFTS, unseen, strict=True))
    text = (f"A lasting change mostly stays unseen for a year on how many of the {len(charted)} charts: by {ten}, by {twenty}, "
            f"by {forty}.")
    if not unseen[0]:
        return text
    if tracking.board.of != "all teams":
        return text + " The change with its interval pools all points and sees more."
    return text + (" Most changes of that size only the charts of all teams together can see; of one team, look at the change "
                   "with its interval, which pools all points.")
