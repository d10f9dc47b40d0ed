"""What follows from the facts: the recommendation, the next gate, risks, what disagrees, what is weakest."""

import re
from dataclasses import dataclass

from upskill import kpi
from upskill.data import Fact
from upskill.summary.evidence import is_change

GO_ON, FIND_OUT, STOP, NO_CASE = "go on", "find out first", "stop", "no money model"
MET, NOT_MET, OPEN, UNREAD = "met", "not met", "cannot tell", "not on this page"
# What a gate or a trigger is about -> the fact that tells where it stands.
SUBJECTS = (
    (r"net (present )?value|\bgain", "chance_of_gain"), (r"change fail|failure rate", "kpi.change_failure_rate"),
    (r"lead time", "kpi.lead_time_hours"), (r"review time", "kpi.review_time_hours"),
    (r"recovery|time to restore", "kpi.recovery_time_hours"), (r"\bactive\b|\buse of|licen[sc]es (un)?used", "kpi.ai_use"))
LIMIT = re.compile(r"(?P<side>above|over|more than|at least|below|under|fewer than|less than|at most|in) "
                   r"(?P<number>\d+(\.\d+)?) ?(?P<unit>%|percent|hours|days|(of|in|out of) 100)", re.IGNORECASE)
CONDITIONS = re.compile(r"\s*(?:;|,? \band\b)\s*", re.IGNORECASE)
ALTERNATIVES = re.compile(r"\b(or|unless|either)\b", re.IGNORECASE)
UPWARD = ("above", "over", "more than", "at least", "in")
SCALES = {"%": 0.01, "percent": 0.01, "hours": 1.0, "days": 24.0}


@dataclass(frozen=True)
class Decision:
    """What we recommend; `why`: "gate", "money", "delivery", "pilot" or "" for what decided."""

    kind: str
    why: str = ""


@dataclass(frozen=True)
class Watched:
    """A rule or a trigger in words and what the facts say of it; `fact` is None where they say nothing."""

    words: str
    fact: Fact | None
    state: str


def chance_of_gain(evidence):
    """Return the share of futures in which training does not lose money, as a Fact, or None."""
    loss = evidence.value("roi.chance_of_loss")
    return None if loss is None else Fact("summary.chance_of_gain", 1 - loss, unit="share", better="higher")


def watch(words, evidence):
    """Hold a rule or trigger in words against the facts: is what it says the case?

    The state is `met` or `not met` where a limit could be read and the whole
    interval lies on one side of it, `cannot tell` where the limit is inside. Of
    several conditions (joined by "and") all must be met; one that is not met
    is enough. Alternatives ("or", "unless") are left to the reader.
    """
    words = " ".join(str(words or "").split())
    parts = [_watch_one(part, evidence) for part in CONDITIONS.split(words) if part] or [_watch_one("", evidence)]
    states = [part.state for part in parts]
    fact = next((part.fact for part in parts if part.fact), None)
    if ALTERNATIVES.search(words):
        return Watched(words, fact, UNREAD)
    state = NOT_MET if NOT_MET in states else UNREAD if UNREAD in states else OPEN if OPEN in states else MET
    decisive = next((part.fact for part in parts if part.state == state and part.fact), fact)
    return Watched(words, decisive, state)


def _watch_one(words, evidence):
    """Hold one condition against the facts."""
    name = next((name for pattern, name in SUBJECTS if re.search(pattern, words, re.IGNORECASE)), None)
    fact = chance_of_gain(evidence) if name == "chance_of_gain" else evidence.facts.get(name)
    if fact is None or fact.value is None:
        return Watched(words, None, UNREAD)
    limit = LIMIT.search(words)
    if limit is None or "worse" in words or not _fits(limit["unit"], fact.unit):
        return Watched(words, fact, UNREAD)
    edge = float(limit["number"]) * SCALES.get(limit["unit"].lower(), 0.01)
    low, high = (fact.low, fact.high) if fact.has_interval else (fact.value, fact.value)
    if limit["side"].lower() not in UPWARD:
        edge, low, high = -edge, -high, -low
    return Watched(words, fact, MET if low >= edge else NOT_MET if high < edge else OPEN)


def _fits(written, unit):
    return unit == ("hours" if written.lower() in ("hours", "days") else "share")


def verdict(fact, margin):
    """Return improved, worsened, no relevant change or cannot tell, for a fact of relative change."""
    return kpi.judge(fact.low, fact.high, fact.better, margin) if fact.has_interval else "cannot tell"


def worsened(evidence):
    """Return the facts of change that speak of a worsening."""
    return [fact for fact in evidence.starting("kpi.") if is_change(fact.name)
            and verdict(fact, evidence.margin) == "worsened"]


def pilot_verdict(evidence):
    """Return the verdict of the pilot: of the KPI in teams, else of the tasks; None where there was none."""
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
    changes = [fact for fact in evidence.facts.values() if is_change(fact.name)]
    if changes:
        unclear = [fact for fact in changes if verdict(fact, evidence.margin) == "cannot tell"]
        open_shares["kpi"] = len(unclear) / len(changes)
    if "roi.unconfirmed_share_of_uncertainty" in evidence:
        open_shares["roi"] = evidence.value("roi.unconfirmed_share_of_uncertainty")
    return max(open_shares.items(), key=lambda entry: entry[1]) if open_shares else None


def disagreements(evidence, trained=True):
    """Return what the reports say against each other: some of heads, dates and, once training started, direction."""
    found = []
    counted, paid = evidence.value("skills.people"), evidence.value("roi.engineers")
    if counted and paid and abs(paid / counted - 1) > 0.05:
        found.append("heads")
    if len({day for day in evidence.data_as_of.values() if day}) > 1:
        found.append("dates")
    worth, speed = evidence.facts.get("roi.net_present_value"), evidence.facts.get("kpi.lead_time_change")
    if trained and worth and worth.value is not None and speed and speed.has_interval:
        moved = verdict(speed, evidence.margin)
        if (moved == "improved" and worth.value < 0) or (moved == "worsened" and worth.value > 0):
            found.append("direction")
    return found
