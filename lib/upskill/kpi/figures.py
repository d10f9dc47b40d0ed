"""The KPI report's figures, tables and sentences."""

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from upskill import show
from upskill.kpi.series import PERIODS

COLORS = show.COLORS
MOST_LINES = 3
HEADLINES = ("lead_time", "deployment_frequency", "change_failure_rate")


def format_level(value, unit, largest=None):
    """Format a level of a KPI: hours up to three days, then days; shares as percent."""
    if pd.isna(value):
        return "not known"
    return show.format_number(value, unit, largest=largest)


def since_words(tracking, capital=False):
    """Say what is compared: "since its training started", or the last weeks."""
    if tracking.comparison.kind == "training":
        words = "since training started"
    else:
        words = f"in the last {tracking.comparison.weeks} weeks"
    return words[0].upper() + words[1:] if capital else words


def compared_words(tracking):
    """Say in one sentence what "before" and "since" are."""
    weeks, starts = tracking.comparison.weeks, tracking.comparison.starts
    if tracking.comparison.kind == "recent":
        why = "The rollout table has no training date for this scope" if tracking.marks["license"] else (
            "No training dates are recorded")
        return f"{why}, so the last {weeks} weeks are compared with the {weeks} weeks before."
    others = len(tracking.teams) - len(starts)
    note = "" if not others else f" {others} of {len(tracking.teams)} teams have not started; they are in the charts only."
    each = "Each team is compared with itself before its own training start" if len(starts) > 1 else (
        f"Before and since are split at the training start, week of {tracking.comparison.baseline_end:%Y-%m-%d}")
    return f"{each}; the weeks of the learning dip count as since.{note}"


def change_words(tracked):
    """Say how a KPI moved, with the interval: "fell 17 % (11 % to 22 %)"."""
    change = tracked.change
    low, high = change.low, change.high
    if np.isnan(change.relative):
        return f"cannot be compared ({change.reason})"
    if change.verdict == "no relevant change":
        return f"hardly moved: {show.fact_text(change.relative, low, high, 'percent change')}"
    if change.verdict == "cannot tell":
        return f"may have risen or fallen: {show.fact_text(change.relative, low, high, 'percent change')}"
    if change.relative > 0:
        return f"rose {show.fact_text(change.relative, low, high, 'share')}"
    return f"fell {show.fact_text(-change.relative, -high, -low, 'share')}"


def kpi_title(tracked, tracking):
    """Make the message of a KPI's figure, as a sentence."""
    if np.isnan(tracked.change.relative):
        return f"{tracked.definition.title}: too little data to compare"
    return f"{tracked.definition.title} {change_words(tracked)} {since_words(tracking)}"


def _scaled(tracked):
    """Unit of the axis and divisor: days where typical values exceed three days."""
    definition = tracked.definition
    if definition.unit == "hours":
        values = tracked.series["value"]
        return ("days", 24.0) if values.median() > 72 else ("hours", 1.0)
    return ("%", 0.01) if definition.unit == "share" else (definition.unit, 1.0)


def _signal_masks(tracked):
    """Tell which points lie outside the limits, and which complete a long run on one side."""
    outside, run = (np.zeros(len(tracked.series), dtype=bool) for _ in range(2))
    for position in tracked.limits.signals if tracked.limits else ():
        is_outside = "beyond limits" in tracked.limits.broken_rules[position]
        (outside if is_outside else run)[position] = True
    return outside, run


def _draw_points(axes, tracked, divisor):
    """Draw the series: settled points, hollow young points, diamonds outside the limits, triangles for runs."""
    series = tracked.series
    values = series["value"] / divisor
    settled = series["quality"] == "ok"
    outside, run = _signal_masks(tracked)
    falling = run & (series["value"] < (tracked.limits.center if tracked.limits else np.nan))
    axes.plot(series["period"], values.where(settled), color=COLORS.grey, linewidth=0.9, zorder=2)
    for mask, marker, size, face, edge in (
            (settled & ~outside & ~run, "o", 14, COLORS.grey, COLORS.grey),
            (~settled, "o", 18, COLORS.paper, COLORS.grey), (outside, "D", 34, COLORS.red, COLORS.red),
            (falling, "v", 36, COLORS.red, COLORS.red), (run & ~falling, "^", 36, COLORS.red, COLORS.red)):
        axes.scatter(series["period"][mask], values[mask], marker=marker, s=size, facecolor=face, edgecolor=edge, zorder=3)


def _draw_limits(axes, tracked, divisor, unit):
    """Draw center and limits: solid where they were set, dashed where they only watch; labels at the right."""
    limits, series = tracked.limits, tracked.series
    if limits is None:
        return
    first, end = series["period"].iloc[0], series["period"].iloc[-1]
    axes.axhspan(limits.lower / divisor, limits.upper / divisor, color=COLORS.band, alpha=0.5, zorder=0, linewidth=0)
    for value, name in ((limits.lower, "lower limit"), (limits.center, "usual level"), (limits.upper, "upper limit")):
        y = value / divisor
        axes.plot([first, tracked.baseline_end], [y, y], color=COLORS.blue, linewidth=1.2)
        axes.plot([tracked.baseline_end, end], [y, y], color=COLORS.blue, linewidth=1.2, linestyle=(0, (5, 3)))
        text = f"{name} {show.format_number(y, digits=0 if y >= 10 else None)}"
        axes.annotate(text + (" %" if unit == "%" else ""), (1, y), xycoords=("axes fraction", "data"), xytext=(5, 0),
                      textcoords="offset points", color=COLORS.blue, fontsize=8, va="center")


def _mark_groups(starts):
    """Group marks by date: (first, last, teams) per line, or one span where there are many dates."""
    series = pd.Series(starts)
    groups = [(date, date, count) for date, count in series.value_counts().sort_index().items()]
    return groups if len(groups) <= MOST_LINES else [(series.min(), series.max(), len(series))]


def _all_marks(tracking):
    """List the marks of a chart in order of time: (first, last, text, color)."""
    several, found = len(tracking.teams) > 1, []
    for event, words, color in (("license", "licenses", COLORS.purple), ("training", "training", COLORS.orange)):
        for first, last, count in _mark_groups(tracking.marks[event]) if tracking.marks[event] else ():
            teams = f": {count} team{'s' if count > 1 else ''}" if several else ""
            span = f" from here to {last:%Y-%m-%d}" if last > first else ""
            found.append((first, last, words + teams + span, color))
    if tracking.comparison.kind == "recent":
        start = tracking.comparison.baseline_end
        found.append((start, start, f"last {tracking.comparison.weeks} weeks", COLORS.ink))
    return sorted(found, key=lambda mark: mark[0])


def _draw_marks(axes, tracking, first_shown):
    """Mark what was rolled out when; labels stand above the plot, each on its own line."""
    marks = [mark for mark in _all_marks(tracking) if mark[0] >= first_shown]
    for line, (first, last, text, color) in enumerate(reversed(marks)):
        height = 1.02 + 0.085 * line
        if last > first:
            axes.axvspan(first, last, color=color, alpha=0.10, linewidth=0, zorder=0)
        axes.axvline(first, ymax=height + 0.04, color=color, linewidth=1.2, zorder=1, clip_on=False)
        axes.annotate(text, (first, height), xycoords=("data", "axes fraction"), xytext=(3, 0),
                      textcoords="offset points", color=color, fontsize=8, va="bottom")


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
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))


def kpi_alt(tracked, tracking):
    """Say in words and numbers what the figure of a KPI shows."""
    series, change, unit = tracked.series, tracked.change, tracked.definition.unit
    text = (f"Chart of {_names([tracked])}, one point per {PERIODS[tracked.period_weeks]}, "
            f"{series['period'].iloc[0]:%Y-%m-%d} to {series['period'].iloc[-1]:%Y-%m-%d}, {len(series)} points. ")
    if tracked.limits is None:
        text += f"No limits: {tracked.limits_reason}. "
    else:
        ends = (format_level(value, unit) for value in (tracked.limits.center, tracked.limits.lower, tracked.limits.upper))
        text += "Usual level {}, limits {} to {}. ".format(*ends) + signal_words(tracked) + " "
    return text + (f"Before: {format_level(change.before, unit)}; since: {format_level(change.since, unit)}; "
                   f"it {change_words(tracked)}.")


def signal_words(tracked):
    """Say how many points since the start lie outside the limits."""
    since = tracked.series[(tracked.series["period"] >= tracked.baseline_end) & (tracked.series["quality"] == "ok")]
    outside, run = (int(mask.sum()) for mask in _signal_masks(tracked))
    text = f"{outside or 'None'} of {len(since)} points since the start {'is' if outside == 1 else 'are'} outside the limits"
    if run:
        text += f"; a run of {tracked.limits.rules} or more points stayed on one side of the usual level"
    return text + "."


def kpi_figure(tracked, tracking, source=""):
    """Draw and show the process-behavior chart of one KPI, with the rollout marked."""
    figure, axes = show.new_figure(7.2, 2.9)
    unit, divisor = _scaled(tracked)
    _draw_limits(axes, tracked, divisor, unit)
    _draw_points(axes, tracked, divisor)
    _decorate(axes, tracked, unit)
    _draw_marks(axes, tracking, tracked.series["period"].iloc[0])
    show.figure(figure, kpi_title(tracked, tracking), kpi_alt(tracked, tracking), f"kpi_{tracked.definition.name}", source)


def show_figures(tracking, source="pull requests, deployments, incidents and tool usage of the program folder"):
    """Show one figure per KPI that has at least three points."""
    for tracked in tracking.kpis:
        if tracked.series["value"].notna().sum() >= 3:
            kpi_figure(tracked, tracking, source)


def record_facts(tracking):
    """Record level and change of every KPI as facts; what is not known is recorded as empty."""
    for tracked in tracking.kpis:
        definition, change = tracked.definition, tracked.change
        name = f"kpi.{definition.name}"
        known = np.isfinite([change.since_low, change.since_high, change.since]).all()
        ends = (change.since_low, change.since_high) if known else (None, None)
        show.fact(name + ("_hours" if definition.unit == "hours" else ""), _finite(change.since), *ends,
                  level=change.level, unit=definition.unit, better=definition.better)
        ends = (change.low, change.high) if np.isfinite(change.low) else (None, None)
        show.fact(f"{name}_change", _finite(change.relative), *ends, level=change.level, unit="percent change",
                  better=definition.better)


def _finite(value):
    return value if np.isfinite(value) else None


def _names(kpis):
    titles = [tracked.definition.title for tracked in kpis]
    titles = [title if title[:2].isupper() else title[0].lower() + title[1:] for title in titles]
    return titles[0] if len(titles) == 1 else ", ".join(titles[:-1]) + " and " + titles[-1] if titles else ""


def _of_verdict(tracking, verdict):
    return [tracked for tracked in tracking.kpis if tracked.change.verdict == verdict]


def what_moved(tracking):
    """Say in one sentence which KPIs moved, the worse ones first."""
    moved = _of_verdict(tracking, "worsened") + _of_verdict(tracking, "improved")
    if not moved:
        first = next((tracked for tracked in tracking.kpis if np.isfinite(tracked.change.low)), tracking.kpis[0])
        return f"{since_words(tracking, True)}, no KPI has clearly moved: {_names([first])} {change_words(first)}."
    parts = [f"{_names([tracked])} {change_words(tracked)}" for tracked in moved]
    return f"{since_words(tracking, True)}, " + "; ".join(parts) + "."


def how_sure(tracking):
    """Say in one sentence what cannot be told, and that a comparison over time is no proof."""
    margin = f"{tracking.margin:.0%}".replace("%", " %")
    parts = []
    for verdict, words in (("no relevant change", f"did not move by more than {margin}"),
                           ("cannot tell", "cannot be told apart from no change")):
        kpis = _of_verdict(tracking, verdict)
        parts += [f"{_names(kpis)} {words}"] if kpis else []
    if len(_of_verdict(tracking, "cannot tell")) == len(tracking.kpis) > 1:
        parts = [f"none of the {len(tracking.kpis)} KPIs can be told apart from no change"]
    parts.append("and since trend and season are in every comparison over time, this says what moved, not what caused it")
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "."


def what_to_do(tracking):
    """Say in one sentence what to do next, from the verdicts and their counter-KPIs."""
    worse, better = _of_verdict(tracking, "worsened"), _of_verdict(tracking, "improved")
    if worse:
        return f"Look into {_names(worse)} with the teams before anything is rolled out further."
    unsafe = [tracked for tracked in better if not counter_is_safe(tracked, tracking)]
    if unsafe:
        counters = list({id(t): t for t in (counter_of(tracked, tracking) for tracked in unsafe) if t}.values())
        doubt = _names(counters) if counters else "the counter-KPIs, which cannot be computed"
        return f"Do not book {_names(unsafe)} as a gain yet: a worsening of {doubt} is not ruled out, so watch both together."
    if better:
        return (f"Keep the rollout going and watch the counter-KPIs: a worsening by more than {tracking.margin:.0%} is "
                "ruled out for now.").replace("%", " %")
    return "Keep measuring: more weeks or more teams narrow the intervals; until then do not act on single points."


def counter_of(tracked, tracking):
    """Return the tracked counter-KPI of a KPI, or None when it cannot be computed."""
    name = tracked.definition.counter
    return next((tracked for tracked in tracking.kpis if tracked.definition.name == name), None)


def counter_is_safe(tracked, tracking):
    """Tell whether the interval of the counter-KPI rules out a worsening by more than the margin."""
    counter = counter_of(tracked, tracking)
    if counter is None or not np.isfinite(counter.change.low):
        return False
    if counter.definition.better == "lower":
        return counter.change.high <= tracking.margin
    return counter.change.low >= 1 / (1 + tracking.margin) - 1


def show_answer(tracking):
    """Show the three sentences that answer the report's question, and the headline cards."""
    show.answer(what_moved(tracking), how_sure(tracking), what_to_do(tracking))
    entries = []
    for tracked in [tracked for tracked in tracking.kpis if tracked.definition.name in HEADLINES]:
        definition, change = tracked.definition, tracked.change
        note = f"before: {format_level(change.before, definition.unit)}; {verdict_words(tracked, tracking)}"
        of_what = f" of {definition.base}" if definition.base and np.isfinite(change.since) else ""
        entries.append((definition.title, format_level(change.since, definition.unit) + of_what, note))
    show.cards(entries)


def verdict_words(tracked, tracking):
    """Give the verdict, and for an improvement whether its counter-KPI is shown safe."""
    verdict = tracked.change.verdict
    if verdict == "improved" and not counter_is_safe(tracked, tracking):
        return "improved, safety not shown"
    return verdict


def show_changes(tracking):
    """Show the table of KPIs: before, since, change with interval, verdict."""
    rows = []
    for tracked in tracking.kpis:
        definition, change = tracked.definition, tracked.change
        largest = np.nanmax([change.before, change.since, 0])
        words = show.fact_text(change.relative, change.low, change.high, "percent change") if np.isfinite(
            change.relative) else change.reason
        rows.append((definition.title, format_level(change.before, definition.unit, largest),
                     format_level(change.since, definition.unit, largest), words, definition.better,
                     verdict_words(tracked, tracking)))
    frame = pd.DataFrame(rows, columns=["KPI", "Before", "Since", "Change (90 % interval)", "Better", "Verdict"])
    frame = frame.rename(columns={"Change (90 % interval)": f"Change ({tracking.level:.0%} interval)".replace("%", " %")})
    note = (f"No relevant change: the whole interval lies within ±{tracking.margin:.0%}. ".replace("%", " %")
            + compared_words(tracking))
    show.table(frame, f"What moved {since_words(tracking)}", "kpi_changes", note=note)


def show_definitions(tracking):
    """Show what each KPI means: question, formula, unit, counter-KPI, and how its interval was made."""
    titles = {tracked.definition.name: tracked.definition.title for tracked in tracking.kpis}
    rows = [(d.title, d.question, d.formula, titles.get(d.counter, "cannot be computed here"),
             tracked.change.method or "none") for tracked in tracking.kpis for d in (tracked.definition,)]
    frame = pd.DataFrame(rows, columns=["KPI", "Question", "Formula", "Read together with", "Interval from"])
    show.table(frame, "What the KPIs mean", "kpi_definitions",
               note="Changes closed without merging are left out of durations; changes still open count as unfinished.")


def show_quality(tracking):
    """Show what each KPI rests on: periods used, left out, unfinished share, teams; and what is missing."""
    rows = []
    for tracked in tracking.kpis:
        series = tracked.series
        counts = series["quality"].value_counts()
        unfinished = np.average(series["censored_share"].fillna(0), weights=np.maximum(series["n"], 1e-9))
        is_duration = tracked.definition.kind == "duration"
        rows.append((tracked.definition.title, PERIODS[tracked.period_weeks], f"{counts.get('ok', 0)} of {len(series)}",
                     counts.get("too recent", 0), counts.get("empty", 0) + counts.get("thin", 0),
                     show.format_number(unfinished, "share") if is_duration else "does not apply",
                     signal_words(tracked) if tracked.limits else f"no limits: {tracked.limits_reason}"))
    frame = pd.DataFrame(rows, columns=["KPI", "One point per", "Points used", "Too recent to judge", "Empty or thin",
                                        "Still unfinished", "Limits"])
    show.table(frame, "What the numbers rest on", "kpi_quality",
               note="The last week or period is left out unless it is whole. Too recent: less than the time in which "
                    "nine in ten changes used to be finished.")


def show_missing(tracking):
    """Name the KPIs that cannot be computed, each with its reason."""
    if not tracking.missing:
        show.say("Every KPI that this report knows could be computed.")
        return
    lines = [f"- **{title}**: {reason}." for title, reason in tracking.missing.items()]
    show.say("Not computed, for want of data:\n\n" + "\n".join(lines))


def show_trust(tracking):
    """Say how many misses and false alarms to expect, and what a single point can show."""
    known = sum(np.isfinite(tracked.change.low) for tracked in tracking.kpis)
    misses = known * (1 - tracking.level)
    charted = [tracked for tracked in tracking.kpis if tracked.limits is not None]
    text = ("" if known < 2 else f"With {known} intervals of {tracking.level:.0%}, expect {misses:.1f} to miss the true "
            "change, and believe a pattern across KPIs more than any single one. ").replace("%", " %")
    if charted:
        text += ("Limits are set so that a KPI that does not change stays free of signals in 19 of 20 charts, its own "
                 f"carry-over from point to point allowed for. The price: {_reach_words(charted[0])}; the change in "
                 "the titles pools all points and sees more.")
    show.say(text or "No KPI has enough data for limits or for a change with its interval.")


def _reach_words(tracked):
    """Say how far off one point must be to count as a signal."""
    ratio = tracked.limits.upper / tracked.limits.center if tracked.limits.center else np.inf
    far = f"{ratio - 1:.0%} above".replace("%", " %") if ratio < 2 else f"{ratio:.1f} times"
    return f"a single point of {_names([tracked])} must be {far} its usual level to count"
