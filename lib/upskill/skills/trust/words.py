"""What the report says about trust: one sentence or two per topic, each led by what it is about."""

import numpy as np

from upskill.numerals import number
from upskill.skills.instrument import read_items, read_levels, read_parts
from upskill.skills.quality import (
    read_drift,
    read_fairness,
    read_reliability,
    read_reliable_changes,
    read_training,
    read_weakest,
)

ELSEWHERE = "Whether trained teams rose more than those not yet trained, only the report on the whole company can tell."


def read_improvement(known):
    """Say whether people really improved: beside those not yet trained, person by person, and whether items drifted."""
    if known is None:
        return ELSEWHERE
    found = known.found
    lines = [_said(known, "Beside those not yet trained", "training", read_training),
             _said(known, "Person by person", "counts", lambda table: read_reliable_changes(table, known.minimum)),
             _said(known, "The same ruler", "drift", lambda table: read_drift(table, found.get("drift_effect")))]
    return "\n".join(line for line in lines if line)


def read_trust(known):
    """Say how good the test is, and whether it is fair."""
    if known is None:
        return "How well items agree, and whether they are fair, is in the report on the whole company."
    lines = [_said(known, "Agreement of items", "reliability", read_reliability),
             _said(known, "Weak items", "weakest", lambda table: read_weakest(table, known.tested_items)),
             _said(known, "Fit of items", "instrument", read_items),
             _said(known, "Levels of single people", "instrument", read_levels),
             _said(known, "Single competencies", "instrument", read_parts),
             _said(known, "Interviews", "interviews", read_interviews),
             _said(known, "Self-ratings", "self", read_self),
             _said(known, "Fairness", "fairness", read_fairness)]
    return "\n".join(line for line in lines if line)


def read_interviews(quality):
    """Say how far raters agree and how much they differ in severity, from `interview_quality`."""
    text = f"{quality.raters} raters rated {quality.persons} people. "
    if quality.alpha is None:
        text += f"How far they agree cannot be told: {quality.refused.get('alpha', 'nobody was rated twice')}"
    else:
        alpha = quality.alpha
        word = "enough to rely on" if alpha.low >= 0.8 else "enough for tentative use" if alpha.low >= 0.667 else (
            "not shown to be enough for one rating to count by itself")
        text += (f"Their agreement is {number(alpha.value, 2)} ({number(alpha.low, 2)} to {number(alpha.high, 2)}; 0 = chance, "
                 f"1 = full), {word}.")
    if quality.spread is None:
        return f"{text} How severe they are cannot be told: {quality.refused.get('severity', 'too few ratings')}"
    value, low, high = quality.spread
    return (f"{text} Their severity differs by {number(value)} levels ({number(low)} to {number(high)}, standard deviation): that "
            "much a result can depend on whom one meets, so one rater is too few.")


def read_self(table):
    """Say what self-ratings are worth, from the row of everybody of `self_against_tests`."""
    row = table.iloc[0]
    text = (f"They go with tested skill by a correlation of {number(row['correlation'], 2)} ({number(row['correlation_low'], 2)} to "
            f"{number(row['correlation_high'], 2)}), {row['people']} people: a weak sign, never a score.")
    if np.isnan(row["shift"]):
        return text
    side = "higher" if row["shift"] > 0 else "lower"
    low, high = sorted(abs(row[["shift_low", "shift_high"]])) if row["shift_low"] * row["shift_high"] > 0 else (None, None)
    if low is None:
        return f"{text} On average people rate themselves neither clearly higher nor lower than the test does."
    return (f"{text} On average people rate themselves {number(abs(row['shift']))} levels {side} than the test does "
            f"({number(low)} to {number(high)}).")


def _said(known, title, topic, read):
    if topic in known.found:
        return f"- **{title}.** {read(known.found[topic])}"
    return f"- **{title}.** Cannot be told: {known.reasons[topic]}" if topic in known.reasons else ""
