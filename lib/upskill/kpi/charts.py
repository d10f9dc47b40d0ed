"""The process-behavior chart of one KPI: points, limits, what was rolled out when, and the same in words."""

import numpy as np
from matplotlib import dates
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from upskill import show
from upskill.kpi.amounts import RARE, WEEKS_PER_YEAR, change_words, format_level, kpi_title, larger_level, levels_of
from upskill.kpi.limits import possible_values
from upskill.kpi.persons import people_behind
from upskill.kpi.series import PERIODS
from upskill.kpi.usage import adoption_course
from upskill.kpi.words import (
    capitalized,
    marks_of,
    names_of,
    sight_words,
    signal_masks,
    signal_words,
    source_words,
    spread,
)
from upskill.numerals import general, number

COLORS = show.COLORS
MARK_COLORS = {"policy": COLORS.grey, "baseline": COLORS.blue, "license": COLORS.purple, "training": COLORS.orange, "recent": COLORS.ink}


def _scaled(tracked):
    """Unit of the axis and divisor: days where typical values exceed three days, years for what is rare."""
    unit, values = tracked.definition.unit, tracked.series["value"]
    if unit == "hours":
        return ("days", 24.0) if values.median() > 72 else ("hours", 1.0)
    if unit == "per week" and 0 < larger_level(tracked.change) < RARE:
        return "per year", 1 / WEEKS_PER_YEAR
    return ("%", 0.01) if unit == "share" else (unit, 1.0)


def _draw_points(axes, tracked, divisor):
    """Draw the series: settled points, hollow ones that do not count, diamonds outside, triangles where only the course is."""
    series = tracked.series
    values = _drawable(series["value"] / divisor, tracked.definition.scale)
    skipped = tracked.limits.skipped if tracked.limits else np.zeros(len(series), dtype=bool)
    settled = (series["quality"] == "ok") & ~skipped
    outside, lasting = signal_masks(tracked)
    falling = lasting & (tracked.limits.course < tracked.limits.center if tracked.limits else False)
    axes.plot(series["period"], values.where(settled), color=COLORS.grey, linewidth=0.9, zorder=2)
    for mask, marker, size, face, edge in (
            (settled & ~outside & ~lasting, "o", 14, COLORS.grey, COLORS.grey),
            (~settled, "o", 18, COLORS.paper, COLORS.grey), (outside, "D", 34, COLORS.red, COLORS.red),
            (falling, "v", 36, COLORS.red, COLORS.red), (lasting & ~falling, "^", 36, COLORS.red, COLORS.red)):
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
    least, most = possible_values(tracked.definition)
    center = np.full(len(tracked.series), limits.center)
    lines = [(limits.lower, "lower limit"), (center, "usual level"), (limits.upper, "upper limit")]
    return [(values, name) for values, name in lines if name == "usual level" or least < values[-1] < most]


def _draw_limits(axes, tracked, divisor):
    """Draw center and limits of points: solid where they were set, dashed where they watch; and the smoothed course."""
    limits, periods = tracked.limits, tracked.series["period"]
    if limits is None:
        return
    shown = (periods >= limits.baseline[0]).to_numpy()
    old = shown & (periods < limits.baseline[1]).to_numpy()
    axes.fill_between(periods[shown], (limits.lower / divisor)[shown], (limits.upper / divisor)[shown], step="mid",
                      facecolor=COLORS.faint, edgecolor="none", zorder=0)
    show.band(axes, periods, limits.course_lower / divisor, limits.course_upper / divisor, color=COLORS.grey)
    for values, _ in _limit_lines(tracked):
        for part, style in ((old, "solid"), (shown & ~old, (0, (5, 3)))):
            axes.plot(periods[part], (values / divisor)[part], color=COLORS.blue, linewidth=1.0, linestyle=style,
                      drawstyle="steps-mid")
    course = np.isfinite(limits.course)
    axes.plot(periods[course], (limits.course / divisor)[course], color=COLORS.ink, linewidth=1.8, zorder=2.5)


def _label_limits(axes, tracked, divisor, unit):
    """Name the lines at the right, apart from each other."""
    limits = tracked.limits
    if limits is None:
        return
    lines = [(values[-1] / divisor, name, COLORS.blue) for values, name in _limit_lines(tracked)]
    course = limits.course[np.isfinite(limits.course)]
    lines += [(course[-1] / divisor, "smoothed", COLORS.ink)] if len(course) else []
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = spread([to_axes.transform((0, y))[1] for y, *_ in lines], gap=0.075)
    for (y, name, color), height in zip(lines, heights, strict=True):
        text = f"{name} {show.format_number(y, digits=0 if y >= 10 else None)}" + (" %" if unit == "%" else "")
        axes.annotate(text, (1, height), xycoords="axes fraction", xytext=(5, 0), textcoords="offset points",
                      color=color, fontsize=9, va="center")


def _draw_marks(axes, tracking, shown):
    """Mark what was rolled out when; labels stand above the plot, each on its own line and inside the width."""
    marks = [mark for mark in marks_of(tracking) if mark.first >= shown.iloc[0]]
    middle = shown.iloc[0] + (shown.iloc[-1] - shown.iloc[0]) * 0.65
    for line, mark in enumerate(reversed(marks)):
        height, color = 1.02 + 0.085 * line, MARK_COLORS[mark.event]
        if mark.last > mark.first:
            axes.axvspan(mark.first, mark.last, facecolor=(color, 0.1), edgecolor=color, linewidth=0.7, linestyle=":", zorder=0)
        axes.axvline(mark.first, ymax=height + 0.04, color=color, linewidth=1.2, zorder=1, clip_on=False)
        is_late = mark.first > middle
        axes.annotate(mark.text, (mark.first, height), xycoords=("data", "axes fraction"), ha="right" if is_late else "left",
                      xytext=(-3 if is_late else 3, 0), textcoords="offset points", color=color, fontsize=9, va="bottom")


def _decorate(axes, tracked, unit):
    names = {"%": f"% of {tracked.definition.base}", "hours": "hours (median)", "days": "days (median)"}
    axes.set_ylabel(names.get(unit, unit))
    axes.set_xlabel(f"one point per {PERIODS[tracked.period_weeks]}")
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(axes.xaxis.get_major_locator(), show_offset=False))
    if tracked.definition.scale == "linear":
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value)))
        return
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value)))


def adoption_figure(tracked, tracking):
    """Draw and show the adoption curve: the share of people who use the tools by period, its course and interval."""
    course, unit = adoption_course(tracked.series, tracked.period_weeks), f"% of {tracked.definition.base}"
    figure, axes = show.new_figure(7.2, 3.1)
    show.band(axes, course["period"], 100 * course["low"], 100 * course["high"])
    axes.plot(course["period"], 100 * course["share"], "o", color=COLORS.grey, markersize=3.2)
    axes.plot(course["period"], 100 * course["course"], color=COLORS.blue, linewidth=2.2)
    last = course.dropna(subset=["course"]).iloc[-1]
    axes.annotate(f"{100 * last['course']:.0f} %", (last["period"], 100 * last["course"]), (6, 0), textcoords="offset points",
                  va="center", color=COLORS.blue, fontweight="bold")
    axes.set(ylabel=unit, ylim=(0, 104), xlabel=f"dot: one {PERIODS[tracked.period_weeks]}; line: mean of about two months; band: 90 % interval")
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(axes.xaxis.get_major_locator(), show_offset=False))
    _draw_marks(axes, tracking, course["period"])
    figure.draw_without_rendering()
    show.figure(figure, kpi_title(tracked, tracking), adoption_alt(tracked, tracking, course), f"kpi_{tracked.definition.name}",
                source_words(tracked), group_size=people_behind(tracked))


def adoption_alt(tracked, tracking, course):
    """Say the adoption curve in words and numbers: its level at five times, with intervals, and how it changed."""
    known = course.dropna(subset=["course"]).rename(columns={"course": "mean"})
    text = show.course_alt(f"Share of {tracked.definition.base} who use AI tools, mean of about two months with its 90 % interval", known,
                           "period", "share", place=lambda day: f"{day:%Y-%m-%d}", digits=0)
    marks = "; ".join(f"{mark.text} from {mark.first:%Y-%m-%d}" for mark in marks_of(tracking) if mark.first >= course["period"].iloc[0])
    before, since = levels_of(tracked)
    return f"{text} Before: {before}; since: {since}; it {change_words(tracked)}." + (f" Marked: {marks}." if marks else "")


def tick_text(value):
    """Write a value at an axis so that neighbors differ: 2.25 and 2.5, not 2 and 2.

    >>> [tick_text(value) for value in (0.5, 2.25, 112.5, 2000.0)]
    ['0.5', '2.25', '112.5', '2,000']
    """
    return number(value, 0) if value >= 1000 else general(value, 4)


def kpi_alt(tracked, tracking):
    """Say in words and numbers what the figure of a KPI shows."""
    series, unit = tracked.series, tracked.definition.unit
    text = (f"Chart of {names_of([tracked])}, one point per {PERIODS[tracked.period_weeks]}, "
            f"{series['period'].iloc[0]:%Y-%m-%d} to {series['period'].iloc[-1]:%Y-%m-%d}, {len(series)} points. ")
    if tracked.limits is not None:
        ends = (tracked.limits.lower[-1], tracked.limits.center, tracked.limits.upper[-1])
        lower, center, upper = (format_level(value, unit, ends[-1]) for value in ends)
        text += f"Usual level {center}, limits of the last point {lower} to {upper}. "
    before, since = levels_of(tracked)
    return text + f"{capitalized(signal_words(tracked))}. {sight_words(tracked)} Before: {before}; since: {since}; it {change_words(tracked)}."


def kpi_figure(tracked, tracking):
    """Draw and show the process-behavior chart of one KPI, with the rollout marked."""
    figure, axes = show.new_figure(7.2, 2.9)
    unit, divisor = _scaled(tracked)
    _draw_limits(axes, tracked, divisor)
    _draw_points(axes, tracked, divisor)
    _decorate(axes, tracked, unit)
    _label_limits(axes, tracked, divisor, unit)
    _draw_marks(axes, tracking, tracked.series["period"])
    figure.draw_without_rendering()  # a first layout, with ticks that the second one then leaves room for
    show.figure(figure, kpi_title(tracked, tracking), kpi_alt(tracked, tracking), f"kpi_{tracked.definition.name}",
                source_words(tracked), group_size=people_behind(tracked))
