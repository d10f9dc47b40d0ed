"""What the report says about trust: one sentence or two per topic, each led by what it is about."""

import numpy as np

from upskill.skills.quality import (
    read_drift,
    read_fairness,
    read_reliability,
    read_reliable_changes,
    read_training,
    read_weakest,
)
from upskill.skills.words import listed, number

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
             _said(known, "Levels", "cuts", read_cut_precision),
             _said(known, "Single competencies", "subscores", read_subscores),
             _said(known, "Fairness", "fairness", read_fairness)]
    return "\n".join(line for line in lines if line)


def read_cut_precision(table):
    """Say how often the test misplaces somebody who stands in the middle of a level, from `cut_precision` by domain."""
    if table["wrong"].isna().all():
        return "With one cut by domain there are no levels to tell apart."
    worst = table.loc[table["wrong"].idxmax()]
    low, high = (f"{100 * end:.0f}" for end in (table["wrong"].min(), table["wrong"].max()))
    apart = int(table["told_apart"].sum())
    return (f"Of people in the middle of a level the test places {low} to {high} in 100 below it, most at level {worst['level']} "
            f"in {worst['domain']}; the error of a score at the cuts is {number(table['standard_error'].min())} to "
            f"{number(table['standard_error'].replace(np.inf, np.nan).max())} sd. One level is told from the next, with at most "
            f"10 in 100 wrong, at {apart} of {len(table)} cuts.")


def read_subscores(table):
    """Say which competencies deserve a score of their own beside their domain's, from `subscore_value`."""
    own = table.loc[table["verdict"] == "own score", "part"].tolist()
    few = int((table["verdict"] == "too few items").sum())
    tail = f" {few} have too few items to tell." if few else ""
    if not own:
        return (f"None of {len(table)} competencies has shown that a score of its own says more about it than the score of its "
                f"domain does, so only domains are scored.{tail}")
    return (f"{len(own)} of {len(table)} competencies deserve a score of their own beside that of their domain: "
            f"{listed(own, 5)}.{tail}")


def _said(known, title, topic, read):
    if topic in known.found:
        return f"- **{title}.** {read(known.found[topic])}"
    return f"- **{title}.** Cannot be told: {known.reasons[topic]}" if topic in known.reasons else ""
