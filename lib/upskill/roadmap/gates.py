"""Goals and gates held against the current facts."""

from dataclasses import dataclass

import pandas as pd
from scipy.special import ndtr, ndtri

from upskill.roadmap.rules import watch

REACHED, NOT_YET, MISSED, UNKNOWN = "reached", "not yet", "missed", "cannot be read"

GAIN = ("roi.net_present_value", 0.0, False)  # the goal of at least no loss, whose chance the money report gives


@dataclass(frozen=True)
class Judged:
    """A goal of a phase and what the facts say: `chance` that it holds (None where unknown), `state`."""

    phase: str
    goal: object
    fact: object
    chance: float | None
    state: str


def chance_of(fact, limit, is_upper, level=0.90):
    """Return the chance that a quantity lies at or beyond a limit, from its estimate and interval; None where unknown.

    Normal around the value on each side, so that the ends of the interval of probability `level` are met:
    P = Phi((value − limit) ÷ s), s = (value − low) ÷ z or (high − value) ÷ z, z = Phi⁻¹((1 + level) ÷ 2).
    A fact without an interval gives 1 or 0.

    >>> from upskill.data import Fact
    >>> round(chance_of(Fact("a.b", 0.0, -1.0, 1.0), -1.0, is_upper=False), 2)
    0.95
    """
    if fact is None or fact.value is None:
        return None
    away = limit - fact.value if is_upper else fact.value - limit
    if not fact.has_interval or fact.low == fact.high:
        return float(away >= 0)
    # The side of the estimate on which the limit lies tells how far it is.
    towards = fact.value - fact.low if limit < fact.value else fact.high - fact.value
    spread = max(towards, 1e-12) / ndtri((1 + level) / 2)
    return float(ndtr(away / spread))


def judge_goals(phases, facts, today):
    """Return a `Judged` for each goal of each phase; a goal of a phase that has ended is missed where it does not hold."""
    found, loss = [], facts["roi.chance_of_loss"].value if "roi.chance_of_loss" in facts else None
    for phase in phases:
        for goal in phase.goals:
            fact = facts.get(goal.fact)
            chance = chance_of(fact, goal.limit, goal.is_upper)
            if chance is not None and (goal.fact, goal.limit, goal.is_upper) == GAIN and loss is not None:
                chance = 1 - loss  # as simulated there, so that goal and gate say the same
            if chance is None:
                state = UNKNOWN
            elif chance >= goal.chance:
                state = REACHED
            else:
                state = MISSED if phase.ends_on < pd.Timestamp(today) else NOT_YET
            found.append(Judged(phase.name, goal, fact, chance, state))
    return found


def watched_gates(roadmap, evidence):
    """Return gates in order: (gate as written, day or "", `Watched`) by `summary.watch`."""
    gates = [gate for gate in (roadmap or {}).get("gates") or () if isinstance(gate, dict)]
    rows = [(gate, str(gate.get("on", gate.get(True)) or "")[:10], watch(gate.get("rule"), evidence)) for gate in gates]
    return sorted(rows, key=lambda row: row[1] or "9999")


def watched_risks(roadmap, evidence):
    """Return (risk as written, `Watched` of its trigger) for each risk."""
    risks = [risk for risk in (roadmap or {}).get("risks") or () if isinstance(risk, dict)]
    return [(risk, watch(risk.get("trigger"), evidence)) for risk in risks]
