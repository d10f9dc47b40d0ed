"""Drawings and tables of the report on options, and the bridge between ways of counting."""

from itertools import pairwise

import numpy as np
import pandas as pd

from upskill import show
from upskill.numerals import number
from upskill.roi.appraisal import MONTHS
from upskill.roi.choice.words import OPTION_LABELS
from upskill.roi.figures import estimate_text, money_axis, zero_line
from upskill.roi.lenses import LENSES
from upskill.roi.uncertainty import quantiles

COLORS = show.COLORS
PAPER = {"facecolor": COLORS.paper, "edgecolor": "none", "pad": 1}  # behind a label that a line would cross
# What says how much time is saved: column, words, color, dash.
MEETING = (("prior", "published studies", COLORS.grey, ":"), ("pilot", "your pilot, for the company", COLORS.orange, "--"),
           ("posterior", "both together", COLORS.blue, "-"))
MONEY_OF_OPTIONS = ("setup_cost", "price_per_engineer", "author_cost_per_hour", "seat_price_per_year",
                    "facilitator_price_per_day", "refresher_price_per_engineer")


def worth_of_options(table, currency):
    """Draw the net value of each option with its interval, best on top; no training is the zero line."""
    shown = table.iloc[::-1].reset_index(drop=True)
    fig, axes = show.new_figure(height=0.9 + 0.5 * len(shown))
    for at, row in shown.iterrows():
        color = COLORS.grey if row["low"] == row["high"] == 0 else COLORS.blue
        axes.plot([row["low"], row["high"]], [at, at], color=color, lw=2.4)
        axes.plot([row["value"]], [at], "o", color=color)
        axes.annotate(show.format_number(row["value"], currency), (row["value"], at), (0, 8), ha="center",
                      textcoords="offset points", fontsize=9, color=color, bbox=PAPER)
    zero_line(axes, vertical=True)
    axes.set(yticks=range(len(shown)), yticklabels=shown["option"], ylim=(-0.5, len(shown) - 0.35),
             xlabel="net present value against no training, 90 % interval")
    axes.tick_params(axis="y", length=0)
    money_axis(axes.xaxis, currency)
    return fig


def leads(found, currency):
    """Draw by how much the best option beats each other one, with the interval on the same futures."""
    others = [at for at in found.order[::-1] if at != found.best]
    fig, axes = show.new_figure(height=0.9 + 0.45 * len(others))
    for at, other in enumerate(others):
        lead = found.lead(found.best, other)
        color = COLORS.green if lead.low > 0 else COLORS.orange
        axes.plot([lead.low, lead.high], [at, at], color=color, lw=2.4)
        axes.plot([lead.value], [at], "o", color=color)
        axes.annotate("told apart" if lead.low > 0 else "cannot be told apart", (lead.value, at), (0, 8), ha="center",
                      textcoords="offset points", fontsize=9, color=color, bbox=PAPER)
    zero_line(axes, vertical=True)
    axes.set(yticks=range(len(others)), yticklabels=[f"over {found.names[at]}" for at in others],
             ylim=(-0.5, len(others) - 0.35), xlabel=f"lead of {found.names[found.best]}, 90 % interval")
    axes.tick_params(axis="y", length=0)
    money_axis(axes.xaxis, currency)
    return fig


def leads_alt(found, currency):
    """Say the leads in words and numbers, with their intervals."""
    others = [at for at in found.order if at != found.best]
    leads = [found.lead(found.best, other) for other in others]
    return show.estimates_alt(f"Lead of {found.names[found.best]} with its 90 % interval", [f"over {found.names[at]}" for at in others],
                              [(lead.value, lead.low, lead.high) for lead in leads], currency)


def meeting_of_pilot(meeting):
    """Draw what the studies, the pilot and both together say about the time saved, as densities."""
    ends = [end for each in (meeting.prior, meeting.pilot, meeting.posterior) for end in (each.low, each.high)]
    margin = 0.15 * (max(ends) - min(ends))
    lines = meeting.series(np.linspace(max(min(ends) - margin, -1.5), min(max(ends) + margin, 0.98), 300))
    fig, axes = show.new_figure(height=2.9)
    for column, label, color, dash in MEETING:
        axes.plot(100 * lines["saving"], lines[column], color=color, linestyle=dash, label=label)
    axes.fill_between(100 * lines["saving"], lines["posterior"], facecolor=COLORS.band, edgecolor=COLORS.blue, lw=0.7)
    zero_line(axes, vertical=True)
    axes.set(yticks=[], ylabel="how likely", xlabel="time that training saves on the work it touches (%)")
    axes.set_ylim(bottom=0)
    axes.margins(x=0)
    axes.legend(loc="upper left", handlelength=3)  # the curves cross where labels beside them would stand
    return fig


def meeting_alt(meeting):
    """Say what studies, pilot and both together say, in words and numbers."""
    parts = (meeting.prior, meeting.pilot, meeting.posterior)
    return show.estimates_alt("Time saved on the work it touches, with its 90 % interval", [label for _, label, *_ in MEETING],
                              [(each.value, each.low, each.high) for each in parts], "share")


def meeting_texts(meeting):
    """Return studies, pilot and both together as text for a table."""
    names = {"your pilot": "Your pilot, with its doubt about the rest of the company"}
    rows = [(names.get(row.what, row.what.capitalize()), show.fact_text(row.value, row.low, row.high, "share")) for row in
            meeting.table().itertuples()]
    return pd.DataFrame(rows, columns=["What says so", "Time saved on the work it touches (middle, 90 %)"])


def by_head_count(found, heads, currency):
    """Draw the expected net value of each option against the number of engineers."""
    top = max(2.0 * heads, 10.0)
    crossings = [found.break_even_engineers(at) for at in range(len(found.names))]
    top = max([top] + [1.3 * each for each in crossings if np.isfinite(each) and each <= 10 * top])
    fig, axes = show.new_figure(height=3.4)
    grid = np.array([0.0, top])
    slopes, fixed = found._lines
    trained = [at for at in found.order if found.options[at].trains]
    ends = _apart([float(slopes[at] * top - fixed[at]) for at in trained])
    for at, end, look in zip(trained, ends, show.SERIES * len(trained), strict=False):
        color = look["color"]
        axes.plot(grid, slopes[at] * grid - fixed[at], color=color, linestyle=look["linestyle"])
        axes.annotate(found.names[at], (top, end), (5, 0), textcoords="offset points", va="center", color=color,
                      fontsize=9, annotation_clip=False)
    zero_line(axes)
    axes.axvline(heads, color=COLORS.grey, lw=0.9, ls=":")
    axes.annotate(f"ours: {number(heads, 0)}", (heads, 0), (4, 5), xycoords=axes.get_xaxis_transform(),
                  textcoords="offset points", fontsize=9, color=COLORS.grey)
    axes.set(xlabel="engineers trained", ylabel="expected net value", xlim=(0, top))
    money_axis(axes.yaxis, currency)
    return fig


def head_count_alt(found, heads, currency):
    """Say the expected net value of each option with nobody, half of ours, ours and twice ours in training."""
    slopes, fixed = found._lines
    parts = []
    for at in (at for at in found.order if found.options[at].trains):
        told = [f"{show.format_number(slopes[at] * count - fixed[at], currency)} for {number(count, 0)}" for count in (0, heads / 2, heads, 2 * heads)]
        parts.append(f"{found.names[at]} {', '.join(told)}")
    return f"Expected net value by number of engineers trained. {'; '.join(parts)}."


def _apart(ends, share=0.07):
    """Return label heights, moved so that neighbors do not overlap; in the order given."""
    if not ends:
        return []
    gap = share * max(np.ptp([0.0, *ends]), 1e-9)
    order = np.argsort(ends)
    moved = np.array(ends, dtype=float)
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + gap)
    return moved


def bridge_steps(steps, currency):
    """Draw how the net value of the DORA calculator becomes ours, one rule at a time; steps: from roi.bridge."""
    rows = steps.iloc[::-1].reset_index(drop=True)
    fig, axes = show.new_figure(height=1.0 + 0.36 * len(rows))
    texts = []
    for at, row in rows.iterrows():
        total = np.isnan(row["change"]) or at == 0
        start = 0.0 if total else row["value"] - row["change"]
        color = COLORS.blue if total else COLORS.green if row["change"] >= 0 else COLORS.orange
        axes.barh(at, row["value"] - start, left=start, color=color, height=0.62)
        text = show.format_number(row["value"] if total else row["change"], currency, largest=rows["value"].abs().max())
        texts.append(text if total or row["change"] < 0 else f"+{text}")
        axes.annotate(texts[-1], (max(row["value"], start), at), (5, 0), va="center", textcoords="offset points", fontsize=9,
                      color=color, bbox=PAPER)
    zero_line(axes, vertical=True)
    axes.set(yticks=range(len(rows)), yticklabels=rows["step"], xlabel="expected net value")
    axes.use_sticky_edges = False
    low, high = axes.dataLim.intervalx  # room for the longest text right of its bar
    axes.set_xlim(low - 0.04 * (high - low), high + 0.025 * max(map(len, texts)) * (high - low or 1.0))
    axes.tick_params(axis="y", length=0)
    money_axis(axes.xaxis, currency)
    return fig


def option_texts(table, currency, months):
    """Return the table of options as text: cost, net value, chances, regret, payback, break-even."""
    rows = []
    for row in table.itertuples():
        is_nothing = row.low == row.high == 0 and row.cost == 0
        rows.append((row.option, show.format_number(row.cost, currency),
                     estimate_text((row.value, row.low, row.high), currency),
                     "" if is_nothing else show.format_number(row.chance_of_loss, "share", 0),
                     show.format_number(row.chance_of_best, "share", 0), show.format_number(row.regret, currency),
                     "" if is_nothing else f"month {row.payback:.0f}" if row.payback <= months else "no"))
    return pd.DataFrame(rows, columns=["Option", "Cost", "Net value (90 %)", "Loss in", "Best in", "Regret", "Paid back"])


def cost_texts(parts):
    """Return the expected cost of each option by part; parts: {option: Series by part}."""
    table = pd.DataFrame(parts).fillna(0.0)
    table = table[(table > 0).any(axis=1)]
    table = table.loc[table.max(axis=1).sort_values(ascending=False).index]
    table.loc["all"] = table.sum()
    table = table.mask(table == 0)
    table.insert(0, "Part", [str(name).capitalize() for name in table.index])
    return table.reset_index(drop=True)


def lens_texts(found, currency):
    """Return the net value by lens as text for a table."""
    return pd.DataFrame([(LENSES[name], estimate_text(each, currency)) for name, each in found.items()],
                        columns=["Rule of counting", "Net value"])


def own_input_texts(options, currency):
    """Return what each option says of itself, with its 90 % range, unit and source; what is nothing is left out."""
    rows = []
    for option in options:
        for name, each in option.inputs.items() if option.trains else ():
            low, middle, high = (float(value) for value in quantiles(each, [0.05, 0.5, 0.95]))
            if each.shipped and (each.kind == "constant" or _idle(name, option)):
                continue
            unit = currency if name in MONEY_OF_OPTIONS else "share" if name == "completion_share" else ""
            digits = 0 if not unit and max(abs(low), abs(high)) >= 10 or middle == int(middle) and low == high else None
            value = show.format_number(middle, unit, digits) if low == high else show.fact_text(middle, low, high, unit, digits)
            rows.append((option.name, OPTION_LABELS.get(name, name.replace("_", " ")).capitalize(), value,
                         each.unit.replace("money", currency), "default" if each.shipped else "entered", each.source or "program.yml"))
    return pd.DataFrame(rows, columns=["Option", "Input", "Value (90 %)", "Unit", "Where from", "Source"])


def _idle(name, option):
    """Tell whether an input plays no part: hours of authoring and ageing without own material."""
    if name not in ("authoring_hours_per_hour", "content_half_life_months"):
        return False
    return option.inputs["content_hours"].parameters.get("value") == 0


def role_texts(table, currency):
    """Return what each role costs and brings as text; table: from roi.by_role."""
    return pd.DataFrame({
        "Role": table["role"], "Engineers": table["engineers"], "Cost each": table["cost"].map(
            lambda value: show.format_number(value, currency)),
        "Net value each (90 %)": [estimate_text((row.value, row.low, row.high), currency) for row in table.itertuples()]})


def measure_texts(table, currency, label_of, rows=5):
    """Return what to measure next as text: input, what knowing it is worth; table: from roi.measure_next."""
    shown = table[table["worth"] > 0].head(rows)
    return pd.DataFrame({"Input": shown["input"].map(label_of),
                         "Worth of knowing it": shown["worth"].map(lambda value: show.format_number(value, currency))})


def gate_months(gates, day, horizon):
    """Return (month, name) of the gates that lie ahead of a day, within the horizon; none where a date is missing."""
    found = []
    for gate in gates:
        on = pd.to_datetime(str(gate.get("on") or gate.get("date") or ""), errors="coerce") if isinstance(gate, dict) else pd.NaT
        if pd.isna(on) or pd.isna(day):
            continue
        month = (on - day).days / (365.25 / MONTHS)
        if 0 < month <= horizon:
            found.append((month, str(gate.get("name", "gate"))))
    return sorted(found)


