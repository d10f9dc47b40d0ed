"""Effects of the pilot written with their units: percent for times and rates, points for shares."""

import numpy as np

from upskill import show
from upskill.numerals import is_zero, number


def effect_text(finding, interval=True):
    """Write an effect with its interval."""
    if np.isnan(finding.value):
        return "not known"
    values = [finding.value, finding.low, finding.high]
    if finding.scale != "log":
        values = [100 * one for one in values]
    ends = values[1:] if interval and finding.known else (None, None)
    if finding.scale == "log":
        return show.fact_text(values[0], *ends, "percent change")
    text = _signed(values[0])
    return f"{text} points" if ends[0] is None else f"{text} points ({_signed(ends[0])} to {_signed(ends[1])})"


def _signed(points):
    text = number(abs(points), 1)
    return text if is_zero(text) else ("−" if points < 0 else "+") + text


def size_text(size, scale):
    """Write a size without a sign: percent, or points."""
    return show.format_number(size, "share") if scale == "log" else f"{number(100 * size, 1)} points"


def guardrail_text(finding, with_reason=True):
    """Write a guardrail with its margin; `with_reason`: why it is not known, where that is not said elsewhere."""
    limit = size_text(finding.margin, finding.scale)
    if not finding.known:
        return f"{finding.title}: not shown safe" + (f" ({finding.reason.rstrip('.')})" if with_reason else "")
    return f"{finding.title} {effect_text(finding)}: {finding.safety} (a worsening by more than {limit} is " \
           f"{'' if finding.safety == 'safe' else 'not '}ruled out)"
