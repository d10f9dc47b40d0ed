"""Drawings and ready-made table texts of the money report."""

import numpy as np
import pandas as pd

from upskill import show
from upskill.roi.appraisal import MONTHS
from upskill.roi.assumptions import DEFAULTS, LABELS, MONEY, register

COLORS = show.COLORS
RULES = {"cash only": "Cash only: money paid, no working time",
         "all time alike": "Hours in training and the dip counted like freed time, as far as put to use",
         "freed time in full": "All freed time counted in full, as the DORA calculator of 2026 does"}


def fact(name, estimate, unit="", better="", digits=None, text=None):
    """Record an estimate as a fact and return its words; an interval without width goes unsaid.

    estimate: value, low, high and perhaps more; NaN where it has no meaning.
    """
    value, low, high = (float(number) + 0.0 for number in estimate[:3])
    if np.isnan(value):
        return show.fact(name, None, unit=unit, better=better, text=text or "not known")
    if low == high:
        text = text or show.format_number(value, unit, digits)
    return show.fact(name, value, low, high, unit=unit, better=better, digits=digits, text=text)


def rate_text(rate):
    """Return a yearly rate without needless decimals.

    >>> rate_text(0.09), rate_text(0.085)
    ('9 %', '8.5 %')
    """
    return show.format_number(rate, "share", 0 if round(100 * rate, 6) == round(100 * rate) else 1)


def running_total(totals, currency, payback=None, gates=()):
    """Draw the running total of cash by month: mean, middle half, interval, zero line.

    totals: month, mean, low, lower_quarter, upper_quarter, high. payback:
    month in which the expected total is back at zero, or NaN. gates: (month,
    name) of the decisions ahead.
    """
    fig, axes = show.new_figure(height=3.7)
    show.band(axes, totals["month"], totals["low"], totals["high"])
    show.band(axes, totals["month"], totals["lower_quarter"], totals["upper_quarter"], facecolor=COLORS.middle)
    axes.plot(totals["month"], totals["mean"], color=COLORS.blue)
    zero_line(axes, "break-even")
    for number, (month, name) in enumerate(gates):
        axes.axvline(month, color=COLORS.grey, lw=0.9, ls=":")
        axes.annotate(f"gate: {name}", (month, 1), (4, -10 - 11 * number), xycoords=axes.get_xaxis_transform(),
                      textcoords="offset points", fontsize=9, color=COLORS.grey,
                      bbox={"facecolor": COLORS.paper, "edgecolor": "none", "pad": 0.5})
    _label_ends(axes, totals)
    _mark_deepest(axes, totals, currency)
    if payback is not None and np.isfinite(payback):
        axes.plot([payback], [0], "o", color=COLORS.green)
        axes.annotate(f"paid back in month {payback:.0f}", (payback, 0), (0, 7), textcoords="offset points",
                      ha="center", color=COLORS.green, fontsize=9)
    axes.set(xlabel="months after the training", ylabel="running total", xlim=(0, totals["month"].max()))
    axes.set_xticks(range(0, int(totals["month"].max()) + 1, _month_step(totals["month"].max())))
    money_axis(axes.yaxis, currency)
    return fig


def total_alt(totals, currency):
    """Say the running total in words and numbers, with its interval."""
    return show.course_alt("Expected running total with its 90 % interval", totals, "month", currency, place="month {:.0f}".format)


def what_it_turns_on(table, rows=6):
    """Draw the share of uncertainty that goes when an input becomes known, largest on top.

    table: input, alone; the rest beyond `rows` is left out.
    """
    shown = table.head(rows).iloc[::-1]
    shares = shown["alone"].clip(lower=0)
    fig, axes = show.new_figure(height=0.6 + 0.32 * len(shown))
    bars = axes.barh(shown["input"].map(LABELS), shares, color=COLORS.blue, height=0.6)
    texts = [show.format_number(share, "share", 0) for share in shares]
    axes.bar_label(bars, texts, padding=4, color=COLORS.ink)
    axes.set(xlabel="share of the uncertainty that would go if this input were known",
             xlim=(0, shares.max() * 1.12))
    axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    axes.tick_params(axis="y", length=0)
    return fig


def worth_by_saving(curve, break_even, assumed, currency):
    """Draw the net value against the time saved: where it pays, and what we assume.

    curve: saving, mean, low, high. break_even, assumed: estimates of the saving.
    """
    fig, axes = show.new_figure(height=3.5)
    show.band(axes, 100 * curve["saving"], curve["low"], curve["high"])
    axes.plot(100 * curve["saving"], curve["mean"], color=COLORS.blue)
    zero_line(axes, "")
    floor = curve["low"].min() * 1.12
    axes.plot([100 * assumed.low, 100 * assumed.high], [floor, floor], color=COLORS.orange, lw=4)
    axes.plot([100 * assumed.value], [floor], "o", color=COLORS.paper, markeredgecolor=COLORS.orange,
              markersize=7)
    axes.annotate("our range (90 %)", (100 * assumed.low, floor), (0, 6), textcoords="offset points",
                  color=COLORS.orange, fontsize=9)
    if np.isfinite(break_even.value) and 100 * break_even.value <= 100 * curve["saving"].max():
        axes.plot([100 * break_even.value], [0], "o", color=COLORS.green)
        axes.annotate(f"break-even at {100 * break_even.value:.0f} %", (100 * break_even.value, 0), (-6, 7),
                      textcoords="offset points", ha="right", color=COLORS.green, fontsize=9)
    axes.set(xlabel="time that training saves on the work it touches (%)", ylabel="net present value")
    axes.margins(x=0)
    money_axis(axes.yaxis, currency)
    return fig


def saving_alt(curve, break_even, assumed, currency):
    """Say the net value against the time saved in words and numbers; the same arguments as `worth_by_saving`."""
    text = show.course_alt("Net present value with its 90 % interval, by time saved", curve, "saving", currency,
                           place=lambda saving: f"at {show.format_number(saving, 'share')}")
    ours = show.fact_text(assumed.value, assumed.low, assumed.high, "share")
    even = f"break-even at {show.format_number(break_even.value, 'share')}" if np.isfinite(break_even.value) else "no break-even"
    return f"{text} We assume {ours}; {even}."


def assumed_rows(inputs, currency):
    """Return every input as a row of the table of assumptions: what it is, its value with range, source, who confirmed it."""
    rows = []
    for row in register(inputs).itertuples():
        each = inputs[row.input]
        # The amount carries currency and percent sign; of the unit only what it is of, or per, is left to say.
        unit = row.unit.removeprefix("money").removeprefix("share").strip()
        who = ", ".join(filter(None, (each.assumption.confirmed_by, each.assumption.confirmed_on)))
        nobody = f"by nobody ({row.origin})" if row.origin in DEFAULTS else ""
        rows.append((f"{LABELS[row.input].capitalize()}: {row.meaning}", f"{_range_text(row, currency)} {unit}".strip(),
                     row.source or "program.yml, without a source", who or ("your data" if each.is_confirmed else nobody)))
    return pd.DataFrame(rows, columns=["Assumption", "Value", "Source", "Confirmed"])


def return_text(appraisal, currency, returned):
    """Say what comes back for each unit spent, and the return as text; empty where nothing is spent."""
    ratio = appraisal.benefit_cost_ratio
    if np.isnan(ratio.value):
        return ""
    unit, back = show.format_number(1, currency, 0), show.format_number(abs(ratio.value), currency, 2)
    if ratio.value < 0:
        return f"For each {unit} spent nothing comes back, and {back} more is lost, as work gets slower: a return of {returned}."
    return f"For each {unit} spent, {back} come back: a return of {returned}."


def year_texts(yearly):
    """Return the yearly flows with one row for each part and one column for each year; nothing where it is zero."""
    names = {"low": "Running total, low", "high": "Running total, high"}
    table = yearly.set_index("year").T
    table.columns = ["Start" if year == 0 else f"Year {year}" for year in table]
    table["Total"] = table.sum(axis=1).mask(table.index.str.startswith(("running", "low", "high")))
    table = table.mask(table == 0).dropna(how="all")
    table.insert(0, "Part", [names.get(name, name.capitalize()) for name in table.index])
    return table.reset_index(drop=True)


def counted_origins(counts):
    """Return how many inputs came from where, in words.

    >>> counted_origins(pd.Series({"confirmed": 2, "assumed default": 3}))
    '2 confirmed, 3 assumed defaults'
    """
    return ", ".join(f"{count} {origin}{'s' if origin.endswith('default') and count > 1 else ''}"
                     for origin, count in counts.items())


def month_texts(totals, net):
    """Return the monthly cash flows with headings for readers."""
    return pd.DataFrame({"Month": totals["month"].astype(str), "Net": net, "Running total": totals["mean"],
                         "Total, low": totals["low"], "Total, high": totals["high"]})


def worth_of_measuring(tell, pilot, knowing, currency):
    """Say what it is worth to know more before deciding, and whether a pilot pays.

    tell: clear rows of roi.measure_next. pilot: the best row of roi.pilot_sizes,
    or None. knowing: worth of knowing the first input exactly, as text.
    """
    if not len(tell):
        return "For the decision itself nothing needs to be measured: no single number would change it."
    told = f"For the decision, knowing the {LABELS[tell['input'].iloc[0]]} exactly is worth {knowing}; do not pay more for it."
    if pilot is None:
        return told + " No pilot of teams drawn by lot is worth its cost before this decision."
    worth, cost, net = (show.format_number(pilot[name], currency) for name in ("worth", "cost", "net"))
    return f"{told} A pilot with {pilot['engineers']:.0f} engineers in training, and as many teams without, is worth {worth} " \
           f"and costs {cost}: it leaves {net}."


def rule_texts(ours, others, currency):
    """Return the net value by rule of counting as text for a table; others: {rule: Estimate}."""
    every = {"This report": ours} | {RULES[rule]: each for rule, each in others.items()}
    return pd.DataFrame([(rule, estimate_text(each, currency)) for rule, each in every.items()],
                        columns=["Rule of counting", "Net value (90 %)"])


def estimate_text(estimate, unit):
    """Return an estimate with its interval, if that has any width."""
    value, low, high = estimate[:3]
    return show.format_number(value, unit) if low == high else show.fact_text(value, low, high, unit)


def _range_text(row, currency):
    share = row.unit.startswith(("share", "per year"))
    unit = currency if row.input in MONEY else "share" if share else ""
    digits = None if row.input in MONEY else 0 if row.high is None or abs(row.high) >= 10 else None
    if row.input == "discount_rate" and pd.isna(row.high):
        return rate_text(row.median)
    if row.high is None or pd.isna(row.high):
        return show.format_number(row.median, unit)
    return show.fact_text(row.median, row.low, row.high, unit, digits)


def zero_line(axes, label="", vertical=False):
    """Draw the line where nothing is gained and nothing lost."""
    (axes.axvline if vertical else axes.axhline)(0, color=COLORS.ink, lw=0.9)
    if label:
        axes.annotate(label, (1, 0), (-4, 3), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
                      ha="right", fontsize=9, color=COLORS.ink)


def _label_ends(axes, totals):
    last = totals.iloc[-1]
    for column, text, color in (("high", "1 in 20 above", COLORS.grey), ("mean", "expected", COLORS.blue),
                                ("low", "1 in 20 below", COLORS.grey)):
        axes.annotate(text, (last["month"], last[column]), (5, 0), textcoords="offset points", va="center",
                      fontsize=9, color=color, annotation_clip=False)


def _mark_deepest(axes, totals, currency):
    deepest = totals.loc[totals["mean"].idxmin()]
    axes.plot([deepest["month"]], [deepest["mean"]], "o", color=COLORS.orange)
    text = f"deepest: {show.format_number(deepest['mean'], currency)} in month {deepest['month']:.0f}"
    is_last = deepest["month"] == totals["month"].max()
    axes.annotate(text, (deepest["month"], deepest["mean"]), (-6 if is_last else 6, -12), textcoords="offset points",
                  ha="right" if is_last else "left", color=COLORS.ink, fontsize=9,
                  bbox={"facecolor": COLORS.paper, "edgecolor": "none", "pad": 1})


def _month_step(months):
    return next(step for step in (3, 6, MONTHS, 60, 600) if months / step <= 13)


def money_axis(axis, currency):
    """Write the marks of an axis as money."""
    def text(amount, _):
        if amount == 0:
            return show.format_number(0, currency)
        largest = max(abs(end) for end in axis.get_view_interval())
        return show.format_number(amount, currency, digits=1 if 999_500 <= largest < 9_950_000 else 0,
                                  largest=largest)
    axis.set_major_formatter(text)
    if axis is axis.axes.xaxis:
        axis.axes.locator_params(axis="x", nbins=4)  # amounts in words are wide: more marks would run into each other
    axis.axes.grid(axis="y" if axis is axis.axes.yaxis else "x")
