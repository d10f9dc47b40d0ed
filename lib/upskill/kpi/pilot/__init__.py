"""The pilot: planned, registered, evaluated."""

from upskill.kpi.pilot.evaluation import Evaluation, evaluate, ruled_out
from upskill.kpi.pilot.facts import headline_facts
from upskill.kpi.pilot.finding import Finding

__all__ = ["Evaluation", "Finding", "evaluate", "headline_facts", "ruled_out"]
