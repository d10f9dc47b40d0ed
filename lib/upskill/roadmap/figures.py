"""Figures and facts of the report on the roadmap."""

from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.dates import ConciseDateFormatter

from upskill import show
from upskill.roadmap import words
from upskill.roadmap.gates import MISSED, NOT_YET, REACHED

COLORS = show.COLORS


def record_gate_date(simulated, gate):
    """Record the chance that the next gate can be held on its day; returns it, None without a gate ahead."""
    chance = simulated.chance_of_gate(gate["on"]) if gate else None
    if chance is not None:
        show.fact("roadmap.chance_of_gate_date", chance, unit="share", better="higher", text=words.hundred(chance))
    return chance


def record_facts(table, judged):
    """Record the chance of each date and how many goals stand where; returns the chance of the last as text."""
    for row in table.itertuples():
        show.fact(f"roadmap.chance.{slug(row.phase)}", row.chance, unit="share", better="higher", text=words.hundred(row.chance))
    weeks_late = [(row.middle - row.planned_end).days / 7 for row in table.itertuples()]
    last = table.iloc[-1]
    ends = [(last[name] - last["planned_end"]).days / 7 for name in ("low", "high")]
    late = show.fact("roadmap.weeks_late_at_the_end", weeks_late[-1], *ends, unit="weeks", better="lower", digits=0)
    for state in (REACHED, NOT_YET, MISSED):
        show.fact(f"roadmap.goals_{slug(state)}", float(sum(each.state == state for each in judged)), digits=0)
    return late


def slug(name):
    """Return a name in the form of facts.

    >>> slug("roll out, 2nd")
    'roll_out_2nd'
    """
    return "_".join("".join(letter if letter.isalnum() and letter.isascii() else " " for letter in name.lower()).split()) or "phase"


def timeline(phases, table, gates, today):
    """Draw the planned phases (bars), when each may end (line, 90 of 100 futures), gates and today."""
    fig, axes = show.new_figure(height=1.5 + 0.55 * len(phases))
    for place, (phase, row) in enumerate(zip(phases, table.itertuples(), strict=True)):
        axes.barh(-place, (phase.ends_on - phase.starts_on).days, left=phase.starts_on, height=0.5, color=COLORS.band, edgecolor=COLORS.blue, lw=0.8)
        if phase.ends_on >= pd.Timestamp(today):
            axes.plot([row.low, row.high], [-place, -place], color=COLORS.orange, lw=2.4, solid_capstyle="butt")
            axes.plot(row.middle, -place, "o", color=COLORS.orange, ms=5)
            axes.annotate(f"as planned: {words.hundred(row.chance)}", (max(row.high, phase.ends_on), -place), (6, 0),
                          textcoords="offset points", va="center", fontsize=9, color=COLORS.ink)
    axes.axvline(pd.Timestamp(today), color=COLORS.ink, lw=1, ls=(0, (4, 3)))
    axes.annotate("today", (pd.Timestamp(today), -len(phases) + 0.45), (3, 0), textcoords="offset points", fontsize=9, color=COLORS.ink)
    axes.set_yticks(-np.arange(len(phases)), ["\n".join(wrap(phase.name, 24)) for phase in phases], color=COLORS.ink)
    axes.tick_params(axis="y", length=0)
    first, last = min(phase.starts_on for phase in phases), max(table["high"].max(), max(phase.ends_on for phase in phases))
    axes.set_xlim(first - pd.Timedelta(days=10), last + 0.28 * (last - first))
    lines = _draw_gates(axes, [pd.Timestamp(on) for _, on, _ in gates if on], 0.09 * (last - first))
    axes.set_ylim(-len(phases) + 0.35, 1.25 + 0.45 * (lines - 1))
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
    return fig


def _draw_gates(axes, days, width):
    """Mark the gates above the phases; one whose label would run into another's stands a line higher. Returns the lines."""
    ends = []  # of the last label on each line
    for number, day in sorted(enumerate(days, start=1), key=lambda gate: gate[1]):
        line = next((line for line, end in enumerate(ends) if day - width / 2 > end), len(ends))
        ends[line:line + 1] = [day + width / 2]
        axes.plot(day, 0.75 + 0.45 * line, marker="v", color=COLORS.red, ms=8)
        axes.annotate(f"gate {number}", (day, 0.75 + 0.45 * line), (0, 7), textcoords="offset points", ha="center", fontsize=9, color=COLORS.red)
    return max(len(ends), 1)


def timeline_title(phases, table, today):
    """Say which date ahead is least probable."""
    ahead = table[[phase.ends_on >= pd.Timestamp(today) for phase in phases]]
    if ahead.empty:
        return "No phase ends in the time ahead"
    worst = ahead.loc[ahead["chance"].idxmin()]
    return f"Least sure of the dates ahead: the end of “{worst['phase']}”, {words.hundred(worst['chance'])} as planned"


def timeline_alt(phases, table, gates):
    """Say the timeline in words and numbers."""
    parts = [f"{phase.name}: planned {words.day(phase.starts_on)} to {words.day(phase.ends_on)}, ends {words.day(row.low)} to "
             f"{words.day(row.high)} in 90 of 100 futures" for phase, row in zip(phases, table.itertuples(), strict=True)]
    marked = [f"gate {number} on {on}" for number, (_, on, _) in enumerate([gate for gate in gates if gate[1]], start=1)]
    return "; ".join([*parts, *marked]) + "."
