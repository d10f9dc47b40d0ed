"""The sentences of the pilot's report, without their numbers' formats: may we say caused, rule, what else happened."""

import re

from upskill.data.registration import SHOWN
from upskill.kpi.words import capitalized, names_of_titles
from upskill.numerals import number

INSIDE = ("starts were drawn by lot", "the plan was registered", "made-up outcomes without effect")
STATES = {"none": "no plan was registered before the start",
          "changed": "the plan changed after registration: it no longer fits its hash",
          "late": "the plan was registered only after the start"}
ASSIGNED = {"lottery": "drawn by lot", "chosen": "chosen", "volunteered": "for those who volunteered first", None: "not recorded"}


def against(evaluation):
    """Return the reasons against the word "caused"."""
    if evaluation.primary is None:
        return [] if evaluation.tasks_registered else [STATES.get(evaluation.plan.state, STATES["late"])]
    if evaluation.primary.effect is None:
        return [evaluation.primary.reason]
    # The smallest p that one team allows is told under "How we know".
    reasons = [of_teams(reason.replace("%", " %")).partition(", and the smallest possible p")[0] for reason in evaluation.primary.effect.reasons]
    found = [reason for reason in reasons if not (reason.startswith(INSIDE[:2]) or reason.endswith("5 % are promised"))]
    state = STATES.get(evaluation.plan.state)
    found = [state if state and reason == STATES["none"] else reason for reason in found]
    return found + _bundle_reason(evaluation.context) + ([smaller_text(evaluation)] if evaluation.cut_smaller else [])


def _bundle_reason(context):
    if not context.bundled:
        return []
    return [(f"in {context.bundled} team{'s' if context.bundled > 1 else ''} the license came with the training, and nothing tells "
             "the two apart")]


def smaller_text(evaluation):
    """Say that changes got more and faster while work did not."""
    changes, delivered = evaluation.changes, evaluation.delivered
    work = ("how long work items take is not known" if delivered is None or not delivered.known
            else f"work items are not shown to be done faster ({100 * delivered.low:+.0f} % to {100 * delivered.high:+.0f} %)")
    return (f"trained teams cut their work into smaller changes ({100 * changes.value:+.0f} % changes an engineer, "
            f"{100 * changes.low:+.0f} % to {100 * changes.high:+.0f} %), and {work}").replace("-", "−")


def of_teams(reason):
    """Say a reason about units as one about teams, which they are here.

    >>> of_teams("one treated unit")
    'one treated team'
    """
    return re.sub(r"\bunit(s?)\b", r"team\1", reason)


def caused_text(evaluation):
    """Say whether the word "caused" is allowed, and why."""
    plan = evaluation.plan
    if evaluation.may_say_caused:
        alarms = evaluation.primary.effect.false_alarms if evaluation.primary and evaluation.primary.effect else None
        measured = (f", and where nothing happened it claims an effect in {number(100 * alarms.rate, 1)} of 100 made-up cases (5 are "
                    "allowed)") if alarms else ""
        what = "starts were" if evaluation.primary else "tasks were"
        opening = "Yes" if evaluation.verdict in ("improved", "worsened") else (
            "There is no clear effect to explain; the design would allow it")
        return f"{opening}: {what} drawn by lot, the plan was registered on {plan.on} ({plan.hash[:SHOWN]}){measured}."
    return f"No, because {'; '.join(against(evaluation))}: it is consistent with an effect, not proof of one.{_bound(evaluation)}"


def _bound(evaluation):
    """Say how much drift would explain the effect away."""
    effect = evaluation.primary.effect if evaluation.primary else None
    bound = getattr(effect, "sensitivity", None)
    if evaluation.primary is None or evaluation.assignment == "lottery" or evaluation.primary.verdict not in ("improved", "worsened"):
        return ""
    if bound is None:
        return " How far such teams drift by themselves cannot be seen: there are too few weeks before the start."
    if bound.breakdown < 0.05:
        return " A drift far smaller than that before the start would explain it away."
    if bound.breakdown > 10:
        return " No drift of a size seen before the start would explain it away."
    return (f" A drift {number(bound.breakdown, 1)} times the largest before the start would explain it away.")


def rule_text(evaluation):
    """Say the rule that was fixed, whether it is met, and what deviates from the plan."""
    plan = evaluation.plan
    if not plan.rule:
        return "No rule was fixed beforehand; by ours (the KPI better, no guardrail worse beyond its margin) it is " \
               f"{_met(evaluation.rule_met)}."
    on = f" {plan.on}" if plan.on else ""
    deviations = joined(plan.deviations) if plan.deviations else "none recorded"
    state = f" {capitalized(STATES[plan.state])}." if plan.state in ("changed", "late") else ""
    why = ""
    if evaluation.rule_met is None and evaluation.verdict == "improved":
        verb = "is" if len(evaluation.not_shown) == 1 else "are"
        why = f", because {names_of_titles([one.title for one in evaluation.not_shown])} {verb} not shown safe"
    return f"Rule fixed{on}: “{plan.rule}”: {_met(evaluation.rule_met)}{why}; deviations: {deviations}.{state}"


def _met(state):
    return {True: "met", False: "not met", None: "cannot be told"}[state]


def context_text(context, minimum=5):
    """Say what else happened since the first start or shortly before it."""
    parts = [f"{event} {first}{f' to {last}' if last != first else ''} ({teams} teams)"
             for event, first, last, teams in context.events]
    parts += [f"{_people(context.moved, minimum)} changed team"] if context.moved is not None else []
    parts += [f"{context.holidays} public holiday{'s' if context.holidays != 1 else ''}"] if context.holidays else []
    return f"What else happened: {joined(parts) if parts else 'nothing is recorded'}."


def bundle_text(context):
    """Say where license and training came together."""
    if not context.bundled:
        return ""
    return (f"In {context.bundled} team{'s' if context.bundled > 1 else ''} license and training started within six weeks of each "
            "other, and comparison teams had no license then: there the effect is of both, not of the training alone.")


def spill_text(context, minimum=5):
    """Say whether teams that had not started could have learned from those that had."""
    parts = []
    if context.carried:
        parts.append(f"{_people(context.carried, minimum)} moved from a trained team to one that was not")
    if context.trained_outside:
        parts.append(f"{_people(context.trained_outside, minimum)} of comparison teams completed the same course")
    if parts:
        return f"Spill-over: {joined(parts)}, so the gap understates the effect."
    if context.carried is None and context.trained_outside is None:
        return "Whether comparison teams learned from trained ones is not recorded."
    return "No spill-over is recorded: nobody carried the training into comparison teams."


def _people(count, minimum):
    """Count people; a few are not told apart."""
    if 0 < count < minimum:
        return f"fewer than {minimum} people"
    return f"{count} people" if count else "nobody"


def joined(parts):
    """Join as a reader would."""
    parts = [str(part) for part in parts]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
