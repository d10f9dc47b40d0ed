"""What the KPI report shows: charts, tables, facts and the sentences with numbers in them."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from upskill import show
from upskill.data import NotEnoughData
from upskill.data.cut import cut_program
from upskill.kpi.persons import active_weeks, people_behind, with_counts, without_few
from upskill.kpi.series import PERIODS
from upskill.kpi.words import (
    against_words,
    capitalized,
    compared_words,
    how_sure,
    is_compared,
    marks_of,
    names_of,
    of_verdict,
    percent,
    signal_masks,
    signal_words,
    since_words,
    source_words,
    spread,
    verdict_words,
    what_to_do,
)

COLORS = show.COLORS
MARK_COLORS = {"license": COLORS.purple, "training": COLORS.orange, "recent": COLORS.ink}
HEADLINES = ("lead_time", "deployment_frequency", "change_failure_rate")
WEEKS_PER_YEAR = 52
WHOLE_FROM = {"hours": 240, "per week": 9.95, "per year": 1.95}
# Rates below this many a week are said per year; ratios above this are said as times, not as percent.
RARE, MANY_TIMES = 0.5, 1.5


def release(company, team=""):
    """Return the company, or one team of it, with the use of AI tools by person as it was counted when first released.

    A labelled report fixes who was active in which week and in which team.
    Later ones count the same, so that who left, moved or was added since
    cannot be had by subtraction.
    """
    if len(active_weeks(company)):
        company = with_counts(company, _counted(company))
    return cut_program(company, team=team) if team else company


def _counted(company):
    """Return who was active when, as in earlier releases; only later weeks are counted anew."""
    start, ids = "AI use, weeks ", [*company["people"]["person_id"], *company["ai_usage"]["person_id"].dropna()]
    blocks = show.released_before(start, ids)
    now = active_weeks(company, after=max((about.split()[-1] for about in blocks), default=""))
    if len(now):
        weeks = sorted(frozenset().union(*now["parts"]))
        blocks[f"{start}{weeks[0]} to {weeks[-1]}"] = now
    return [show.freeze(about, people).people for about, people in blocks.items()]


def protected(tracking, company):
    """Return the tracking without what would say of each of a few people what they do."""
    kept, missing = [], dict(tracking.missing)
    for tracked in tracking.kpis:
        try:
            is_of_people = people_behind(tracked) is not False
            kept.append(without_few(tracked, company.settings.minimum_group_size) if is_of_people else tracked)
        except NotEnoughData as error:
            missing[tracked.definition.title] = str(error)
    return replace(tracking, kpis=tuple(kept), missing=missing)


def format_level(value, unit, largest=None):
    """Format a level of a KPI: hours up to three days, then days; shares as percent; rare things per year."""
    if pd.isna(value):
        return "not known"
    largest = abs(value) if largest is None else largest
    if unit == "per week" and 0 < largest < RARE:
        value, unit, largest = value * WEEKS_PER_YEAR, "per year", largest * WEEKS_PER_YEAR
    return show.format_number(value, unit, _digits(largest, unit), largest)


def _digits(largest, unit, smallest=np.inf):
    """Decimals: none for ten days and more (unless beside less than three), ten per week, or two per year."""
    return 0 if largest >= WHOLE_FROM.get(unit, np.inf) and (unit != "hours" or smallest > 72) else None


def _larger(change):
    return np.nanmax([change.before, change.since, 0])


def _levels(tracked):
    unit, largest = tracked.definition.unit, _larger(tracked.change)
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
    return f"{ratio:,.{0 if ratio >= 9.95 else 1 if change.high >= 0.95 else 2}f}"


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
        before, since = _levels(tracked)
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


def what_moved(tracking):
    """Say in one sentence which KPIs moved, the worse ones first."""
    opening = capitalized(against_words(tracking))
    moved = of_verdict(tracking, "worsened") + of_verdict(tracking, "improved")
    if moved:
        return f"{opening}, " + "; ".join(f"{names_of([tracked])} {change_words(tracked)}" for tracked in moved) + "."
    first = next((tracked for tracked in tracking.kpis if is_compared(tracked)), None)
    if first is None:
        return f"{opening}, too little happened to say how delivery moved."
    return f"{opening}, no KPI has clearly moved; {names_of([first])}, for one: {change_text(first)}."


def _scaled(tracked):
    """Unit of the axis and divisor: days where typical values exceed three days, years for what is rare."""
    unit, values = tracked.definition.unit, tracked.series["value"]
    if unit == "hours":
        return ("days", 24.0) if values.median() > 72 else ("hours", 1.0)
    if unit == "per week" and 0 < _larger(tracked.change) < RARE:
        return "per year", 1 / WEEKS_PER_YEAR
    return ("%", 0.01) if unit == "share" else (unit, 1.0)


def _draw_points(axes, tracked, divisor):
    """Draw the series: settled points, hollow young points, diamonds outside the limits, triangles for runs."""
    series = tracked.series
    values = _drawable(series["value"] / divisor, tracked.definition.scale)
    settled = series["quality"] == "ok"
    outside, run = signal_masks(tracked)
    falling = run & (series["value"] < (tracked.limits.center if tracked.limits else np.nan))
    axes.plot(series["period"], values.where(settled), color=COLORS.grey, linewidth=0.9, zorder=2)
    for mask, marker, size, face, edge in (
            (settled & ~outside & ~run, "o", 14, COLORS.grey, COLORS.grey),
            (~settled, "o", 18, COLORS.paper, COLORS.grey), (outside, "D", 34, COLORS.red, COLORS.red),
            (falling, "v", 36, COLORS.red, COLORS.red), (run & ~falling, "^", 36, COLORS.red, COLORS.red)):
        axes.scatter(series["period"][mask], values[mask], marker=marker, s=size, facecolor=face, edgecolor=edge, zorder=3)


def _drawable(values, scale):
    """Lift what is zero, which no logarithmic scale has, to just below the smallest value above it."""
    if scale == "linear":
        return values
    above = values[values > 0]
    return values.mask(values <= 0, (above.min() if len(above) else 1.0) / 1.5)


def _limit_lines(tracked):
    """Name the lines to draw; a limit at the end of the possible (0, or all) limits nothing."""
    limits = tracked.limits
    most = 1.0 if tracked.definition.kind == "share" else np.inf
    lines = [(limits.lower, "lower limit"), (limits.center, "usual level"), (limits.upper, "upper limit")]
    return [(value, name) for value, name in lines if name == "usual level" or 0 < value < most]


def _draw_limits(axes, tracked, divisor):
    """Draw center and limits: solid where they were set, dashed where they only watch."""
    limits, series = tracked.limits, tracked.series
    if limits is None:
        return
    first, end = series["period"].iloc[0], series["period"].iloc[-1]
    axes.axhspan(limits.lower / divisor, limits.upper / divisor, color=COLORS.band, alpha=0.5, zorder=0, linewidth=0)
    for value, _ in _limit_lines(tracked):
        y = value / divisor
        axes.plot([first, tracked.baseline_end], [y, y], color=COLORS.blue, linewidth=1.2)
        axes.plot([tracked.baseline_end, end], [y, y], color=COLORS.blue, linewidth=1.2, linestyle=(0, (5, 3)))


def _label_limits(axes, tracked, divisor, unit):
    """Name the lines at the right, apart from each other."""
    if tracked.limits is None:
        return
    lines = [(value / divisor, name) for value, name in _limit_lines(tracked)]
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = spread([to_axes.transform((0, y))[1] for y, _ in lines], gap=0.075)
    for (y, name), height in zip(lines, heights, strict=True):
        text = f"{name} {show.format_number(y, digits=0 if y >= 10 else None)}" + (" %" if unit == "%" else "")
        axes.annotate(text, (1, height), xycoords="axes fraction", xytext=(5, 0), textcoords="offset points",
                      color=COLORS.blue, fontsize=8, va="center")


def _draw_marks(axes, tracking, shown):
    """Mark what was rolled out when; labels stand above the plot, each on its own line and inside the width."""
    marks = [mark for mark in marks_of(tracking) if mark.first >= shown.iloc[0]]
    middle = shown.iloc[0] + (shown.iloc[-1] - shown.iloc[0]) * 0.65
    for line, mark in enumerate(reversed(marks)):
        height, color = 1.02 + 0.085 * line, MARK_COLORS[mark.event]
        if mark.last > mark.first:
            axes.axvspan(mark.first, mark.last, color=color, alpha=0.10, linewidth=0, zorder=0)
        axes.axvline(mark.first, ymax=height + 0.04, color=color, linewidth=1.2, zorder=1, clip_on=False)
        is_late = mark.first > middle
        axes.annotate(mark.text, (mark.first, height), xycoords=("data", "axes fraction"), ha="right" if is_late else "left",
                      xytext=(-3 if is_late else 3, 0), textcoords="offset points", color=color, fontsize=8, va="bottom")


def _decorate(axes, tracked, unit):
    names = {"%": f"% of {tracked.definition.base}", "hours": "hours (median)", "days": "days (median)"}
    axes.set_ylabel(names.get(unit, unit))
    axes.set_xlabel(f"one point per {PERIODS[tracked.period_weeks]}")
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(axes.xaxis.get_major_locator(), show_offset=False))
    if tracked.definition.scale == "linear":
        axes.set_ylim(bottom=0)
        return
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value)))


def tick_text(value):
    """Write a value at an axis so that neighbors differ: 2.25 and 2.5, not 2 and 2.

    >>> [tick_text(value) for value in (0.5, 2.25, 112.5, 2000.0)]
    ['0.5', '2.25', '112.5', '2,000']
    """
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def kpi_alt(tracked, tracking):
    """Say in words and numbers what the figure of a KPI shows."""
    series, unit = tracked.series, tracked.definition.unit
    text = (f"Chart of {names_of([tracked])}, one point per {PERIODS[tracked.period_weeks]}, "
            f"{series['period'].iloc[0]:%Y-%m-%d} to {series['period'].iloc[-1]:%Y-%m-%d}, {len(series)} points. ")
    if tracked.limits is not None:
        lower, center, upper = (format_level(value, unit, tracked.limits.upper) for value in (
            tracked.limits.lower, tracked.limits.center, tracked.limits.upper))
        text += f"Usual level {center}, limits {lower} to {upper}. "
    before, since = _levels(tracked)
    return text + f"{capitalized(signal_words(tracked))}. Before: {before}; since: {since}; it {change_words(tracked)}."


def kpi_figure(tracked, tracking):
    """Draw and show the process-behavior chart of one KPI, with the rollout marked."""
    figure, axes = show.new_figure(7.2, 2.9)
    unit, divisor = _scaled(tracked)
    _draw_limits(axes, tracked, divisor)
    _draw_points(axes, tracked, divisor)
    _decorate(axes, tracked, unit)
    _label_limits(axes, tracked, divisor, unit)
    _draw_marks(axes, tracking, tracked.series["period"])
    show.figure(figure, kpi_title(tracked, tracking), kpi_alt(tracked, tracking), f"kpi_{tracked.definition.name}",
                source_words(tracked), group_size=people_behind(tracked))


def show_figures(tracking):
    """Show one figure per KPI that has at least three points."""
    for tracked in tracking.kpis:
        if tracked.series["value"].notna().sum() >= 3:
            kpi_figure(tracked, tracking)


def record_facts(tracking):
    """Record level and change of every KPI as facts; what is not known is recorded as empty."""
    for tracked in tracking.kpis:
        definition, change = tracked.definition, tracked.change
        name = f"kpi.{definition.name}"
        known = np.isfinite([change.since_low, change.since_high, change.since]).all()
        ends = (change.since_low, change.since_high) if known else (None, None)
        digits = _digits(change.since_high if known else change.since, definition.unit, change.since_low if known else np.inf)
        show.fact(name + ("_hours" if definition.unit == "hours" else ""), _finite(change.since), *ends,
                  level=change.level, unit=definition.unit, better=definition.better, digits=digits,
                  group_size=people_behind(tracked))
        ends = (change.low, change.high) if is_compared(tracked) else (None, None)
        show.fact(f"{name}_change", _finite(change.relative), *ends, level=change.level, unit="percent change",
                  better=definition.better, group_size=people_behind(tracked))


def _finite(value):
    return value if np.isfinite(value) else None


def show_answer(tracking):
    """Show the three sentences that answer the report's question, and the headline cards."""
    show.answer(what_moved(tracking), how_sure(tracking), what_to_do(tracking))
    entries = []
    for tracked in [tracked for tracked in tracking.kpis if tracked.definition.name in HEADLINES]:
        before, since = _levels(tracked)
        of_what = f"of {tracked.definition.base}; " if tracked.definition.base else ""
        entries.append((tracked.definition.title, since, f"{of_what}before: {before}; {verdict_words(tracked, tracking)}"))
    show.cards(entries)


def show_changes(tracking):
    """Show the table of KPIs: before, since, change with interval, verdict."""
    rows = [(tracked.definition.title, *_levels(tracked), change_text(tracked), verdict_words(tracked, tracking))
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
