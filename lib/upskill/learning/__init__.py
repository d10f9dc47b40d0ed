"""Who should learn what, when: the plan that closes most of what is missing within hours, seats and money."""

from upskill.learning.build import Wishes, coming_sessions, problem_of
from upskill.learning.course_gains import learnt_gains
from upskill.learning.decay import HALF_LIFE_MONTHS, kept_share, months_until
from upskill.learning.exact import Choice, broken_limits, money_of, plan_each, solve_exact
from upskill.learning.plan import Margins, by_course, by_role, margins, paths, solve, with_floor
from upskill.learning.problem import LearningProblem, missing_chances, worth_of
from upskill.learning.schedule import Schedule, schedule

__all__ = [
    "HALF_LIFE_MONTHS",
    "Choice",
    "LearningProblem",
    "Margins",
    "Schedule",
    "Wishes",
    "broken_limits",
    "by_course",
    "by_role",
    "coming_sessions",
    "kept_share",
    "learnt_gains",
    "margins",
    "missing_chances",
    "money_of",
    "months_until",
    "paths",
    "plan_each",
    "problem_of",
    "schedule",
    "solve",
    "solve_exact",
    "with_floor",
    "worth_of",
]
