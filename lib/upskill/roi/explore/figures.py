"""What if an input were another: sliders in JupyterLab, the same as small pictures elsewhere."""

import os
from importlib.util import find_spec

import numpy as np
import pandas as pd

from upskill import show
from upskill.roi.appraisal import DRAWS_PER_SCRAMBLING, Appraisal
from upskill.roi.assumptions import LABELS, MONEY
from upskill.roi.figures import money_axis, running_total, total_alt, zero_line
from upskill.roi.model import cash_flows
from upskill.roi.uncertainty import quantiles
from upskill.roi.words import OPENINGS, engineers_text, futures_text

COLORS = show.COLORS
POINTS, COLUMNS, FAST_DRAWS, STEPS = 7, 3, 4 * DRAWS_PER_SCRAMBLING, 40


def has_sliders():
    """Tell whether this runs in JupyterLab with ipywidgets, where somebody can drag; a batch has no session."""
    return "JPY_SESSION_NAME" in os.environ and find_spec("ipywidgets") is not None


def span(each):
    """Return (low, start, high) of the values of an input to try: its 5 %, 50 % and 95 %, or half to twice a number."""
    low, start, high = (float(value) for value in quantiles(each.assumption, [0.05, 0.5, 0.95]))
    if low < high:
        return low, start, high
    ends = sorted((0.5 * start, 2.0 * start)) if start else (0.0, 1.0)
    limits = (each.assumption.minimum, each.assumption.maximum)
    low, high = (end if limit is None else chosen(end, limit)
                 for end, limit, chosen in zip(ends, limits, (max, min), strict=True))
    return low, start, high


def grid(tried, inputs, currency):
    """Draw the net value against each input, one small picture each; tried: {input: value, mean, low, high}."""
    rows = -(-len(tried) // COLUMNS)
    fig, axes = show.new_figure(height=1.9 * rows + 0.3, rows=rows, columns=min(COLUMNS, len(tried)), sharey=True,
                                squeeze=False)
    for at, (name, curve) in enumerate(tried.items()):
        one = axes[at // COLUMNS][at % COLUMNS]
        show.band(one, curve["value"], curve["low"], curve["high"])
        one.plot(curve["value"], curve["mean"], color=COLORS.blue)
        one.plot([span(inputs[name])[1]], [np.interp(span(inputs[name])[1], curve["value"], curve["mean"])], "o",
                 color=COLORS.orange, markersize=4)
        zero_line(one)
        one.set_xlabel(_wrapped(LABELS[name]), fontsize=9)
        one.xaxis.set_major_formatter(lambda value, _, name=name: value_text(value, inputs[name], currency))
        one.set_xticks([curve["value"].iloc[0], curve["value"].iloc[-1]])
        one.margins(x=0.05)
        for label, side in zip(one.get_xticklabels(), ("left", "right"), strict=True):
            label.set_horizontalalignment(side)
        if at % COLUMNS == 0:
            money_axis(one.yaxis, currency)
    for spare in range(len(tried), rows * min(COLUMNS, len(tried))):
        axes[spare // COLUMNS][spare % COLUMNS].set_visible(False)
    return fig


def turning(tried):
    """Return the inputs whose range alone turns an expected loss into a gain; tried: {input: value, mean, low, high}."""
    return [name for name, curve in tried.items() if curve["mean"].min() < 0 < curve["mean"].max()]


def turning_text(names):
    """Say which inputs can decide alone.

    >>> turning_text([])
    'No single input turns the expected loss or gain into its opposite within its 90 % range: it would take several at once.'
    """
    if not names:
        return ("No single input turns the expected loss or gain into its opposite within its 90 % range: it would take several at "
                "once.")
    labels = [f"the {LABELS[name]}" for name in names]
    listed = f"{', '.join(labels[:-1])} and {labels[-1]}" if len(labels) > 1 else labels[0]
    return f"Within its 90 % range each of these alone can turn a loss into a gain or a gain into a loss: {listed}."


def _wrapped(text, width=22):
    head, _, tail = text[:width].rpartition(" ") if len(text) > width else ("", "", text)
    return f"{head}\n{(tail + text[width:]).strip()}" if head else text


def value_text(value, each, currency):
    """Return a value of an input in words, with its unit."""
    if each.name in MONEY:
        return show.format_number(value, currency)
    if each.assumption.unit.startswith(("share", "per year")):
        return show.format_number(value, "share", 0 if abs(value) >= 0.095 or value == 0 else 1)
    return show.format_number(value, "", 0 if abs(value) >= 10 else 1)


def end_texts(tried, inputs, currency):
    """Return each input with both ends of its range and the expected net value there, as text for a table."""
    rows = []
    for name, curve in tried.items():
        ends = [curve.iloc[0], curve.iloc[-1]]
        rows.append((LABELS[name], *(value_text(end["value"], inputs[name], currency) for end in ends),
                     *(show.format_number(end["mean"], currency) for end in ends)))
    return pd.DataFrame(rows, columns=["Input", "Low end", "High end", "Net value at the low end", "At the high end"])


def quick(case, **values):
    """Return the Appraisal with some inputs set to one value, on the first draws only: fast enough to follow a slider."""
    draws = {name: each[:FAST_DRAWS] for name, each in case.draws.items()}
    draws |= {name: np.full(FAST_DRAWS, float(value)) for name, value in values.items()}
    plan = {name: each[:FAST_DRAWS] if np.ndim(each) else each for name, each in (case.plan or {}).items()}
    return Appraisal(case.inputs, draws, cash_flows(draws, case.horizon_months, plan), case.level, plan)


def sentence(case, currency):
    """Say what a case comes to."""
    worth = case.net_present_value
    people = engineers_text(case.draws["engineers"].mean())
    text = show.fact_text(*worth[:3], currency) if worth.low < worth.high else show.format_number(worth.value, currency)
    return (f"{OPENINGS[case.verdict].format(people=people)}: {text} net over {case.horizon_months} months. "
            f"It loses money in {futures_text(case.chance_of_loss)}.")


def sliders(case, names, currency):
    """Show one slider for each input; figure and sentence follow while one is dragged. Needs ipywidgets."""
    import ipywidgets
    from IPython.display import clear_output, display

    output = ipywidgets.Output()
    knobs = {name: _knob(ipywidgets, name, case.inputs[name], currency) for name in names}

    def follow(_=None):
        moved = {name: knob.value for name, knob in knobs.items() if knob.value != knob.start}
        now = quick(case, **moved)
        with output:
            clear_output(wait=True)
            show.say(f"**{sentence(now, currency)}**")
            show.figure(running_total(now.running_total, currency), "The running total of this case",
                        total_alt(now.running_total, currency), "what_if_now")

    for knob in knobs.values():
        knob.observe(follow, names="value")
    display(ipywidgets.VBox([ipywidgets.GridBox(list(knobs.values()), layout={"grid_template_columns": "50% 50%"}), output]))
    follow()


def _knob(ipywidgets, name, each, currency):
    low, start, high = span(each)
    step = (high - low) / STEPS
    knob = ipywidgets.FloatSlider(value=start, min=low, max=high, step=step, description=LABELS[name],
                                  continuous_update=True, readout_format=".3g", style={"description_width": "60%"},
                                  layout={"width": "95%"})
    knob.start = knob.value
    return knob
