"""How sure the report on adoption is, what to do next and what it assumes: sentences from its results."""

import numpy as np

from upskill.adoption.constructs import BARRIER, FAVORABLE
from upskill.adoption.words import ACTIONS, lower_first, quality_sentences
from upskill.numerals import general

MONTHS_TO_NEXT = 3


def how_sure(means, quality, safe_share, use):
    """Say what the intervals mean, what is least sure, who kept silent, what is missing, and what would make it surer.

    `safe_share`: (share, low, high) of those who feel safe, if all who kept silent agreed or disagreed; `use`: share of active
    people by team, empty where nobody records it.
    """
    texts = ["**For this decision.** " + _intervals(means.dropna(subset=["low", "high"])),
             "**Weakest.** " + quality_sentences(quality, safe_share)]
    if use.empty:
        texts.append("**Missing.** Use of the tools by team.")
    return "\n\n".join([*texts, "**It would be surer with** answers of those who kept silent, and with the same items asked again."])


def _intervals(known):
    """Say what the intervals leave open; `known`: means that have one."""
    if known.empty:
        return "Too few teams answered for an interval, so a mean may be far from what all would say."
    text = f"Intervals hold the mean in 90 of 100 cases; {'all' if len(known) > 1 else 'the'} {len(known)} topic{'s' if len(known) > 1 else ''}"
    across = int(((known["low"] < BARRIER) & (known["high"] > BARRIER)).sum())
    if not across:
        return f"{text} stand{'' if len(known) > 1 else 's'} clearly on one side of the middle of the scale."
    widest = known.loc[(known["high"] - known["low"]).idxmax(), "construct"]
    return (f"Intervals hold the mean in 90 of 100 cases; on which side of the middle of the scale {across} of {len(known)} topics stand{'s' if across == 1 else ''} "
            f"cannot be told. Least sure: {widest}.")


def next_steps(barriers, point, quality, owner="", when=""):
    """Return steps (what to do, who, by when): the largest barriers, the stage at which readiness stops, silence, the next round.

    `barriers`: as from `ranked_barriers`; `point`: as from `barrier_point`, None where nobody asked.
    """
    held = barriers[barriers["holds_back"]]
    chosen = [row for row in (held if len(held) else barriers.head(1)).itertuples() if row.construct in ACTIONS][:2]
    small = "" if len(held) else ", the largest of small barriers"
    steps = [(f"Against {row.construct}{small}: {lower_first(ACTIONS[row.construct][0])}. This rests on: {ACTIONS[row.construct][1]}.", owner, when)
             for row in chosen]
    stage = point[0] if point else None
    if stage and stage in ACTIONS and stage not in [row.construct for row in chosen]:
        steps.append((f"{ACTIONS[stage][0]}, where readiness stops (“{stage}”).", owner, when))
    if np.isfinite(quality["response"]) and quality["response"] < 0.7:
        steps.append(("Ask those who kept silent what keeps them from answering, through somebody whom they trust.", "works council or people team", ""))
    again = "what goes together here need not be what causes it, and the next round shows whether the steps helped"
    return [*steps, (f"Ask again in {MONTHS_TO_NEXT} months with the same items: {again}.", owner, "")]


def assumptions(answers):
    """Return what the verdicts rest on: rows (assumption, value with unit, source, who confirmed it)."""
    return [("A topic holds back at or below", f"{general(BARRIER)} of 5, the middle of the scale", "our rule", ""),
            ("Agreement begins at", f"{general(FAVORABLE)} of 5", "our rule", ""),
            ("Items ask what they are meant to ask", f"{int(answers.asked.sum())} items on {len(answers.asked)} topics",
             "as worded in the table items", ""),
            *((f"Answers from {text} count as 1 to 5", f"in equal steps: {', '.join(topics)}", "table items", "")
              for text, topics in answers.other_scales.items()),
            ("Waves are of the same company", f"{len(answers.waves)} waves: {', '.join(answers.waves)}", "anonymous, so nobody can be followed", ""),
            ("What leaders should do first", "one action for each barrier", "published studies, mostly of what goes together", "")]
