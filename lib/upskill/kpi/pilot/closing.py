"""How sure the pilot's report is, what to do next and what it assumes: sentences from the evaluation."""

import numpy as np

from upskill.data import decision_by, decision_owner
from upskill.kpi.pilot import feedback
from upskill.kpi.pilot.amounts import effect_text, size_text
from upskill.kpi.pilot.settle import what_would_settle
from upskill.kpi.pilot.words import ASSIGNED, joined
from upskill.kpi.words import names_of_titles
from upskill.numerals import general, number

FEW_TEAMS = 12


def how_sure(found):
    """Say what the interval means for the decision, what is weakest, what is missing, and what would make it surer."""
    texts = [_interval(found), _weakest(found), _missing(found), surer_text(found)]
    return " ".join(filter(None, texts))


def _interval(found):
    """Say what the interval leaves open for who decides."""
    one = found.primary or found.tasks
    name = names_of_titles([found.primary.title]) if found.primary else "time on tasks"
    if not np.isfinite([one.low, one.high]).all():
        return f"Of {name} no interval can be given, so nothing is ruled out."
    text = f"The interval of {name}, {effect_text(found.primary) if found.primary else _task_text(found.tasks)},"
    if found.drift_explains:
        return f"{text} lies wholly on the good side, but does not hold what such teams would have gained by themselves."
    if found.cut_smaller:
        return f"{text} lies wholly on the good side, but smaller changes alone make it so."
    return {
        "improved": f"{text} lies wholly on the good side; how large the gain is stays open.",
        "worsened": f"{text} lies wholly on the bad side.",
        "no relevant change": f"{text} holds nothing that is worth acting on: no more data are needed for that.",
        "cannot tell": f"{text} leaves open whether it helps, harms or hardly matters: whoever decides on it now, guesses."}[found.verdict]


def _task_text(tasks):
    return f"{100 * tasks.relative:+.0f} % ({100 * tasks.low:+.0f} % to {100 * tasks.high:+.0f} %)".replace("-", "−")


def _weakest(found):
    """Name what is least sure."""
    parts = []
    if found.primary and found.assignment != "lottery":
        parts.append("that starts were not drawn by lot: the interval does not hold what else set these teams apart")
    if found.not_shown and found.primary:
        parts.append(f"whether {names_of_titles([one.title for one in found.not_shown])} suffered")
    if found.primary and found.teams + found.controls < FEW_TEAMS:
        parts.append(f"how few teams there are ({found.teams} trained, {found.controls} not yet), so that one odd team moves the result")
    if found.primary and found.tasks and found.tasks.verdict != found.verdict:
        parts.append(f"that teams say “{found.verdict}” and drawn tasks say “{found.tasks.verdict}”")
    return f"Weakest: {'; '.join(parts)}." if parts else ""


def _missing(found):
    context, parts = found.context, []
    if found.plan.state == "none":
        parts.append("a plan registered before the start")
    if found.assignment is None and found.primary:
        parts.append("a record of how the starts were decided")
    if found.primary and context.carried is None and context.trained_outside is None:
        parts.append("whether comparison teams learned from trained ones")
    if found.tasks is None:
        parts.append("tasks drawn by lot")
    return f"Missing: {joined(parts)}." if parts else ""


def surer_text(found):
    """Say how many more teams or weeks would settle what is open: the effect itself, or that a guardrail did not suffer."""
    if found.primary is None:
        return "" if found.verdict != "cannot tell" else "More drawn tasks of more people would narrow it."
    if found.drift_explains:
        return "Surer with starts drawn by lot among teams that are ready; more of these teams, or more weeks, do not help."
    if found.cut_smaller:
        return "Surer with the time that whole work items take; more weeks of changes do not help."
    if found.verdict == "cannot tell":
        return _settled(found.settle, f"An effect of {size_text(found.margin, found.primary.scale)} on {names_of_titles([found.primary.title])}")
    open_ones = [one for one in found.not_shown if one.outcome is not None]
    if not open_ones:
        return "" if found.not_shown else "That settles the question that was asked."
    one = open_ones[0]
    return _settled(what_would_settle(one, found.level), f"That {names_of_titles([one.title])} got worse by less than {size_text(one.margin, one.scale)}, "
                    "if it is so,")


def _settled(settle, what):
    if settle is None:
        return "How much more would settle it cannot be said: the noise before the start is not known."
    ways = [f"{settle.more_teams} more teams"] if settle.more_teams else []
    ways += [f"{settle.more_weeks} more weeks"] if settle.more_weeks else []
    if 0 in (settle.more_teams, settle.more_weeks):
        return f"{what} would show with as many teams and weeks as these in 80 of 100 cases; repeat it with other teams."
    if not ways:
        return f"{what} would not show with any number of teams or weeks that a company has."
    return f"{what} would show in 80 of 100 cases with {' or '.join(ways)}{'' if settle.more_weeks else '; more weeks alone do not suffice'}."


def next_steps(found, program, entered=None):
    """Return steps (what to do, who, by when) that follow from the verdict, the guardrails, the plan and the feedback."""
    owner, when = decision_owner(program), decision_by(program)
    return [(what, owner, due) for what, due in (*_by_verdict(found, when), *_by_design(found), *_by_feedback(program), *_by_entry(found, entered))]


def _by_verdict(found, when):
    guards = names_of_titles([one.title for one in found.not_shown])
    kpi = names_of_titles([found.primary.title]) if found.primary else "time on tasks"
    if found.verdict == "worsened" or found.broken:
        worse = names_of_titles([one.title for one in found.broken]) or kpi
        return [(f"Train nobody else in this form, and find out with the trained teams why {worse} got worse.", when)]
    if found.verdict == "improved" and found.not_shown:
        step = f"watch {guards} from the first week on, and stop where it gets worse"
        return [(f"If it is extended, which the program summary weighs, go step by step: {step}.", when)]
    if found.verdict == "improved":
        again = "" if found.may_say_caused else " Draw who starts next by lot, so that the next report may say what did it."
        return [(f"Extend it as the rule says, unless the money model speaks against it, and go on measuring.{again}", when)]
    if found.drift_explains:
        return [("Neither extend nor stop on this pilot: teams that were picked, or that volunteered, may drift this far by themselves.", when)]
    if found.cut_smaller:
        return [("Neither extend nor stop on this pilot: measure how long whole work items take, not the changes they are cut into.", when)]
    if found.verdict == "no relevant change":
        return [(f"Do not extend it for the sake of {kpi}: change what is practiced, or decide on other grounds.", when)]
    hopeless = found.settle is not None and found.settle.more_teams is None and found.settle.more_weeks is None
    return [("Decide on other grounds, or ask for a larger effect: this pilot will not tell." if hopeless else
             "Neither extend nor stop on this pilot: give it the teams or weeks that would tell (see “How sure are we?”), or decide on other grounds.", when)]


def _by_design(found):
    if found.plan.state != "registered":
        yield "Write down rule, guardrails and smallest change that counts before the next start, and register them (`upskill register`).", "the next start"
    if found.primary and found.assignment != "lottery":
        yield "Draw the next starts by lot: chosen teams can never show what did it.", "the next start"


def _by_feedback(program):
    try:
        named = feedback.themes(program)
    except feedback.NotEnoughData:
        return
    if named.empty or named["people"].iloc[0] < program.settings.minimum_group_size:
        return
    theme = str(named["theme"].iloc[0])
    change = feedback.next_iteration(program).get(theme)
    yield (f"Change what participants named most (“{theme}”): {change}." if change else
           f"Write down what the next cohort changes about “{theme}”, which participants named most."), "the next start"


def _by_entry(found, entered):
    if entered is not None and found.tasks is not None and abs(entered.change_in_time - found.tasks.relative) > 0.01:
        yield "Correct the result of the pilot in program.yml, or say why it differs from the tables: the money model uses it.", ""


def assumptions(found, program):
    """Return what the verdict rests on: rows (assumption, value with unit, source, who confirmed it)."""
    plan, entry = found.plan, program.settings.pilot.get("registration") if isinstance(program.settings.pilot, dict) else None
    by = str(entry.get("registered_by") or "") if isinstance(entry, dict) and plan.state == "registered" else ""
    is_fixed = plan.state == "registered"
    source, confirmed = (f"plan of {plan.on}", f"{by}, {plan.on}".lstrip(", ")) if is_fixed else ("our default, or a plan not fixed in time", "")
    rows = [("Smallest change worth acting on", f"{general(100 * found.margin)} %", source, confirmed)]
    rows += [(f"Largest worsening of {names_of_titles([one.title])} that is still safe", size_text(one.margin, one.scale), source, confirmed)
             for one in found.guardrails]
    if found.primary:
        rows += [("How starts were decided", ASSIGNED.get(found.assignment, str(found.assignment)), "rollout", ""),
                 ("Teams not yet trained show what would have been without", f"{found.controls} teams", "comparison before the start (above)", ""),
                 ("They did not learn from trained teams", "as recorded" if _is_recorded(found.context) else "not recorded", "memberships, enrolments", "")]
    if found.tasks:
        rows.append(("Minutes are the time that the task took", f"{number(found.tasks.tasks, 0)} finished tasks", "pilot_tasks, as people noted it", ""))
    return rows


def _is_recorded(context):
    return not (context.carried is None and context.trained_outside is None)
