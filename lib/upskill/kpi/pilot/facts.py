"""The headline numbers of an evaluation, by the names that other reports read."""

import numpy as np

from upskill.data import Fact


def headline_facts(found):
    """Return the facts of an Evaluation; effects in shares (log scale) or points, counts as they are."""
    facts = _team_facts(found) if found.primary else []
    facts += [_effect(f"pilot.guardrail.{one.name}", one) for one in found.guardrails]
    if found.guardrails:
        facts += [Fact("pilot.guardrails", len(found.guardrails)),
                  Fact("pilot.guardrails_safe", len(found.guardrails) - len(found.not_shown), better="higher"),
                  Fact("pilot.guardrails_worse", len(found.broken), better="lower")]
    facts += [Fact("pilot.smallest_relevant_change", found.margin, unit="share"),
              Fact("pilot.may_say_caused", float(found.may_say_caused))]
    if found.primary is not None and found.primary.verdict == "improved" and found.assignment != "lottery":
        facts.append(Fact("pilot.drift_explains", float(found.drift_explains), better="lower"))
    if found.changes is not None:
        facts += [_effect("pilot.changes_per_engineer", found.changes),
                  Fact("pilot.changes_cut_smaller", float(found.cut_smaller), better="lower")]
    return facts + (_task_facts(found.tasks) if found.tasks else [])


def _effect(name, one):
    factor, unit = (1.0, "percent change") if one.scale == "log" else (100.0, "points")
    ends = (factor * one.low, factor * one.high) if one.known else (None, None)
    return Fact(name, None if np.isnan(one.value) else factor * one.value, *ends, unit, one.better)


def _team_facts(found):
    facts = [_effect("pilot.effect", found.primary), Fact("pilot.teams", found.teams),
             Fact("pilot.comparison_teams", found.controls), Fact("pilot.weeks", found.weeks, unit="weeks")]
    alarms = getattr(found.primary.effect, "false_alarms", None)
    if alarms:
        reach = 1.645 * alarms.error
        facts.append(Fact("pilot.false_alarm_rate", alarms.rate, max(alarms.rate - reach, 0.0), min(alarms.rate + reach, 1.0),
                          "share", "lower"))
    if found.settle:
        facts.append(Fact("pilot.smallest_detectable_effect", abs(found.settle.detectable),
                          unit="share" if found.primary.scale == "log" else "points", better="lower"))
    return facts


def _task_facts(tasks):
    facts = [Fact("pilot.task_time_change", tasks.relative, tasks.low, tasks.high, "percent change", "lower"),
             Fact("pilot.people", tasks.people, unit="people"), Fact("pilot.tasks", tasks.tasks)]
    facts += [Fact(f"pilot.{name}_share", float(np.average(getattr(tasks, name), weights=tasks.drawn)), unit="share",
                   better="lower") for name in ("unfinished", "withheld")]
    if tasks.felt:
        felt = tasks.felt
        facts += [Fact("pilot.felt_change", felt.change, felt.low, felt.high, "percent change", "lower"),
                  Fact("pilot.felt_gap", felt.gap, felt.gap_low, felt.gap_high, "percent change")]
    return facts
