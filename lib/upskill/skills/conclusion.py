"""How sure the skill report is, what to do next, and what was assumed: from a `Standing` to sentences."""

import numpy as np

from upskill.data import numbered
from upskill.skills.words import NO_BREAK, has_levels, listed, number, percent, read_precision, roles_text

BY_CHANCE = 0.05  # one-sided share of groups on target whose 90 % interval lies above zero


def sureness(standing, known=None):
    """Say what the intervals mean for whom to train, what is weakest, what is missing, and what would make it surer.

    known: the `Assurance` of the company, or None for a team.
    """
    lines = [("For this decision", _meaning(standing)), ("Weakest", read_precision(standing)),
             ("Missing", _missing(standing, known)), ("It would be surer with", _surer(standing, known))]
    return "\n\n".join(f"**{title}.** {text}" if title != "It would be surer with" else f"**{title}** {text}"
                       for title, text in lines if text)


def _meaning(standing):
    if not standing.has_targets:
        return "Without levels and targets no interval can say who is short; it only says which groups differ."
    total, unknown, clear = len(standing.judged), len(standing.unknown), len(standing.clear_gaps)
    cells = len(standing.shown_roles.dropna(subset=["shortfall"]))
    whole = (f"For {unknown} of {total} domains the interval holds both “short” and “not short”: a course for everybody would be "
             "a bet." if unknown else "For every domain the interval lies on one side of the target.")
    if not cells:
        return f"{whole} No single role is large enough to be judged."
    roles = (f"{clear} of {cells} groups of one role and one domain are short with their whole interval; if all just met their "
             f"target, about {max(BY_CHANCE * cells, 1):.0f} would look so by chance.")
    return f"{whole} {roles}"


def _missing(standing, known):
    parts = [f"people without a test: {standing.assessed} of {standing.present} took it" if standing.assessed < standing.present else ""]
    parts += [f"levels of {listed(sorted(standing.hidden), 3)}, who are too few or would give a small group away"] if standing.hidden else []
    reasons = known.reasons if known else {}
    names = {"fairness": "whether the test is fair to all groups", "interviews": "how far raters agree", "self": "what self-ratings "
             "are worth", "training": "a comparison of trained teams with others"}
    parts += [said for topic, said in names.items() if topic in reasons]
    if known and "fairness" in known.found and not known.found["fairness"]["testable"].any():
        parts.append(names["fairness"])
    found = [part for part in parts if part]
    text = "; ".join(found)
    return f"{text[:1].upper()}{text[1:]}." if found else ""


def _surer(standing, known):
    if not standing.has_targets:
        return "cuts from a panel and targets for every role." if not has_levels(standing) else "targets for every role."
    open_ones = standing.judged[standing.judged["domain"].isin(standing.unknown)]
    alpha = known.found["interviews"].alpha if known and "interviews" in known.found else None
    raters = " by two raters each, since one rater is too few" if alpha is not None and alpha.low < 0.8 else ""
    if open_ones.empty:
        return f"interviews{raters}, where single people matter; for the verdicts on domains nothing more is needed."
    widest = open_ones.loc[(open_ones["high"] - open_ones["low"]).idxmax()]
    return (f"more items first in {widest['domain']}, the open domain known least ({number(widest['low'])}{NO_BREAK}to{NO_BREAK}"
            f"{number(widest['high'])} levels short), or interviews of some of the people{raters}. `upskill plan assessment` says "
            "which narrows the interval more for the same time.")


def next_steps(standing, owner="", by=""):
    """Say what to do, in at most five steps that follow from the verdicts; owner, by: who decides next and by when."""
    steps = []
    if standing.below:
        steps.append((f"**Train first** {listed(standing.below)}{', and there the roles that are clearly short' if len(standing.clear_gaps) else ''}.", owner, by))
    elif len(standing.clear_gaps):
        steps.append(((f"**Train single roles**: {roles_text(standing)}. [The learning plan](02_learning_plan.ipynb) says in which "
                      "courses."), owner, by))
    elif standing.has_targets:
        steps.append(("**Buy no course** for whole domains or roles on the strength of this test.", owner, by))
    if standing.unknown:
        steps.append(((f"**Decide how much would matter** {_open_domains(standing)}: if a shortfall within the interval would, ask "
                      "more items there or interview some people first; if not, leave it."), owner, ""))
    if standing.met:
        steps.append((f"**Leave** {listed(standing.met)}: no training of whole groups; single people may need it.", "", ""))
    if not standing.has_targets:
        steps.append(("**Set targets**: write down what each role needs, and name roles as `people` does." if has_levels(standing)
                      else "**Set levels**: let a panel place the cuts; the notebook panel_cuts turns its ratings into them.",
                      owner, ""))
    steps.append((("**Give each person their own page** (`upskill own-page`), and judge nobody by these scores: "
                  f"{_single(standing)}"), "", ""))
    return numbered(steps)


def _single(standing):
    right = standing.precision["right_level"].mean()
    return f"one person's level is right in {percent(right)} of cases." if np.isfinite(right) else "they are meant for groups."


def _open_domains(standing):
    return "in every domain" if len(standing.unknown) == len(standing.judged) > 2 else f"in {listed(standing.unknown)}"


def assumed(program, standing):
    """Return what the assessment takes for granted, as rows (assumption, value, source, who confirmed it)."""
    rows = []
    if "cuts" in program and len(program["cuts"]):
        cuts = program["cuts"]
        error = cuts["standard_error"].astype(float)
        known = f", each known to within {number(error.min(), 2)} to {number(error.max(), 2)} units of the test" if error.notna().all() else (
            ", some without their error")
        sizes = cuts["panel_size"].dropna().astype(float) if "panel_size" in cuts else ()
        many = f"{max(sizes):.0f}" if len(sizes) and min(sizes) == max(sizes) else f"{min(sizes):.0f} to {max(sizes):.0f}" if len(sizes) else ""
        panel = f"panel of {many} people, table cuts" if many else "table cuts"
        rows.append(("Where each level begins", f"{len(cuts)} cuts{known}", panel, "not recorded"))
    if "role_targets" in program:
        targets = program["role_targets"]
        rows.append(("What each role needs", (f"{targets['role'].nunique()} roles, {len(targets)} targets, each with its importance "
                     "from 1 to 5"), "table role_targets", "not recorded"))
    rows.append(("Not reached", "an item that was not reached is not wrong", "rule of the workbook", "rule of the workbook"))
    rows.append(("People without a test", f"not guessed at; numbers hold for the {standing.assessed} assessed", "rule of the workbook", "rule of the workbook"))
    return rows
