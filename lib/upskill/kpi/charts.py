"""The process-behavior chart of one KPI: points, limits, what was rolled out when, and the same in words."""

import numpy as np
from matplotlib import dates
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from upskill import show
from upskill.kpi.amounts import RARE, WEEKS_PER_YEAR, change_words, format_level, kpi_title, larger_level, levels_of
from upskill.kpi.persons import people_behind
from upskill.kpi.series import PERIODS
from upskill.kpi.words import capitalized, marks_of, names_of, signal_masks, signal_words, source_words, spread

COLORS = show.COLORS
MARK_COLORS = {"license": COLORS.purple, "training": COLORS.orange, "recent": COLORS.ink}


def _scaled(tracked):
    """Unit of the axis and divisor: days where typical values exceed three days, years for what is rare."""
    unit, values = tracked.definition.unit, tracked.series["value"]
    if unit == "hours":
        return ("days", 24.0) if values.median() > 72 else ("hours", 1.0)
    if unit == "per week" and 0 < larger_level(tracked.change) < RARE:
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
    before, since = levels_of(tracked)
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
