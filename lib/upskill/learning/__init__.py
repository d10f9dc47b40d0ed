"""Who should learn what, when: the plan that closes most of what is missing within hours, seats and money."""

from upskill.learning.build import Basis, Wishes, coming_sessions, problem_of
from upskill.learning.course_gains import learnt_gains
from upskill.learning.decay import HALF_LIFE_MONTHS, kept_share, months_until
from upskill.learning.exact import Choice, broken_limits, money_of, plan_each, solve_exact
from upskill.learning.modules import module_sheets
from upskill.learning.outcome import Outcome, outcome, reasons
from upskill.learning.plan import Margins, by_course, by_role, margins, paths, solve, with_floor
from upskill.learning.problem import LearningProblem, missing_chances, worth_of
from upskill.learning.schedule import Schedule, schedule
from upskill.learning.whole import LearningPlan, learning_plan, own_gains, own_plan

__all__ = [
    "HALF_LIFE_MONTHS",
    "Basis",
    "Choice",
    "LearningPlan",
    "LearningProblem",
    "Margins",
    "Outcome",
    "Schedule",
    "Wishes",
    "broken_limits",
    "by_course",
    "by_role",
    "coming_sessions",
    "kept_share",
    "learning_plan",
    "learnt_gains",
    "margins",
    "missing_chances",
    "module_sheets",
    "money_of",
    "months_until",
    "outcome",
    "own_gains",
    "own_plan",
    "paths",
    "plan_each",
    "problem_of",
    "reasons",
    "schedule",
    "solve",
    "solve_exact",
    "with_floor",
    "worth_of",
]


def __dir__():
    """Offer public names only when somebody presses TAB."""
    return sorted(__all__)
