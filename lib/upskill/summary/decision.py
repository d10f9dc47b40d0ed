"""What follows from the facts: the recommendation, what disagrees, what is weakest."""

from dataclasses import dataclass

import numpy as np

from upskill import kpi
from upskill.kpi.multiplicity import judge_together
from upskill.roadmap.rules import MET, NOT_MET, OPEN, UNREAD, watch
from upskill.summary.evidence import is_change

GO_ON, FIND_OUT, STOP, NO_CASE = "go on", "find out first", "stop", "no money model"


@dataclass(frozen=True)
class Decision:
    """What we recommend; `why`: "gate", "money", "delivery", "pilot" or "" for what decided."""

    kind: str
    why: str = ""


def verdict(fact, margin):
    """Return improved, worsened, no relevant change or cannot tell, for a fact of relative change."""
    return kpi.judge(fact.low, fact.high, fact.better, margin) if fact.has_interval else "cannot tell"


def verdicts(evidence):
    """Return {name: verdict} of every indicator's change, counting how many are looked at."""
    changes = [fact for fact in evidence.starting("kpi.") if is_change(fact.name)]
    found = judge_together([(fact.value, *_ends(fact), fact.better, evidence.teams.get(_indicator(fact), 0)) for fact in changes],
                           evidence.margin)
    return {fact.name: verdict for fact, verdict in zip(changes, found, strict=True)}


def _ends(fact):
    return (fact.low, fact.high) if fact.has_interval else (np.nan, np.nan)


def _indicator(fact):
    return fact.name.removeprefix("kpi.").removesuffix("_change")


def worsened(evidence):
    """Return the facts of change that speak of a worsening, more than chance makes of that many indicators."""
    return [evidence[name] for name, found in verdicts(evidence).items() if found == "worsened"]


def pilot_verdict(evidence):
    """Return the verdict of the pilot: of the KPI in teams, else of the tasks; None where there was none."""
    if evidence.value("pilot.changes_cut_smaller") or evidence.value("pilot.drift_explains"):
        return "cannot tell"
    fact = evidence.facts.get("pilot.effect") or evidence.facts.get("pilot.task_time_change")
    margin = evidence.value("pilot.smallest_relevant_change")
    return None if fact is None else verdict(fact, margin or evidence.margin)


def pilot_harmed(evidence):
    """Tell whether the pilot got worse, or one of its guardrails."""
    return pilot_verdict(evidence) == "worsened" or bool(evidence.value("pilot.guardrails_worse"))


def decide(evidence, gate=None, trained=True):
    """Return the recommendation, from the next gate's own rule where it can be read, else from the money.

    Go on: the rule is met (without one: the interval of the net value lies
    above zero), and neither an indicator nor the pilot worsened. Stop: the interval lies below zero.
    Otherwise find out first. trained: whether training has started anywhere;
    before that, a change of delivery says nothing of it.
    """
    worth = evidence.facts.get("roi.net_present_value")
    if worth is None or not worth.has_interval:
        return Decision(NO_CASE)
    if worth.high < 0:
        return Decision(STOP, "money")
    if pilot_harmed(evidence):
        return Decision(FIND_OUT, "pilot")
    if trained and worsened(evidence):
        return Decision(FIND_OUT, "delivery")
    rule = watch(gate["rule"], evidence).state if gate and gate.get("rule") else UNREAD
    if rule in (MET, NOT_MET, OPEN):
        return Decision(GO_ON if rule == MET else FIND_OUT, "gate")
    return Decision(GO_ON if worth.low > 0 else FIND_OUT, "money")


def is_safe(evidence, name="kpi.change_failure_rate_change"):
    """Return whether a worsening beyond the margin is ruled out; None where it is not known."""
    fact = evidence.facts.get(name)
    if fact is None or not fact.has_interval:
        return None
    return fact.high <= evidence.margin if fact.better == "lower" else fact.low >= 1 / (1 + evidence.margin) - 1


def weakest_link(evidence):
    """Return (area, share left open) of the report that leaves most open, or None.

    Skills: domains in which the test cannot tell; delivery: indicators that
    cannot be told apart from no change; money: share of the uncertainty in
    inputs that nobody confirmed.
    """
    open_shares = {}
    if evidence.value("skills.domains") and "skills.domains_cannot_tell" in evidence:
        open_shares["skills"] = evidence.value("skills.domains_cannot_tell") / evidence.value("skills.domains")
    changes = verdicts(evidence)
    if changes:
        open_shares["kpi"] = list(changes.values()).count("cannot tell") / len(changes)
    if "roi.unconfirmed_share_of_uncertainty" in evidence:
        open_shares["roi"] = evidence.value("roi.unconfirmed_share_of_uncertainty")
    return max(open_shares.items(), key=lambda entry: entry[1]) if open_shares else None


def disagreements(evidence, trained=True, today=""):
    """Return what the reports say against each other: some of heads, dates and, once training started, direction.

    today: last day of the program's data as ISO date; reports on older data disagree with it.
    """
    found = []
    counted, paid = evidence.value("skills.people"), evidence.value("roi.engineers")
    if counted and paid and abs(paid / counted - 1) > 0.05:
        found.append("heads")
    if len({day for day in (*evidence.data_as_of.values(), today) if day}) > 1:
        found.append("dates")
    worth, speed = evidence.facts.get("roi.net_present_value"), evidence.facts.get("kpi.lead_time_change")
    if trained and worth and worth.value is not None and speed and speed.has_interval:
        moved = verdicts(evidence)[speed.name]
        if (moved == "improved" and worth.value < 0) or (moved == "worsened" and worth.value > 0):
            found.append("direction")
    return found
