"""Everything that the report on the learning plan shows, computed once."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.learning.build import Basis, Wishes, coming_sessions, problem_of
from upskill.learning.course_gains import learnt_gains
from upskill.learning.exact import Choice, money_of
from upskill.learning.outcome import Outcome, outcome
from upskill.learning.plan import Margins, by_course, by_role, margins, solve, with_floor
from upskill.learning.schedule import Schedule, schedule
from upskill.skills import assess_skills, calibrate_program, continuous_level, read_cuts

LEAST_CAUGHT = 0.3  # of a score that says next to nothing, little is made
REFRESH_AT = 0.8  # share of a gain that should still be there


@dataclass(frozen=True)
class LearningPlan:
    """The plan of a company: basis, choice, what it brings, when, and what more would buy.

    `gains`: as from `learnt_gains`; `courses`: as from `by_course`, with title, mode, provider, hours of one person;
    `roles`: as from `by_role`; `wave`: of the assessment.
    """

    wishes: Wishes
    basis: Basis
    choice: Choice
    outcome: Outcome
    schedule: Schedule
    margins: Margins
    gains: pd.DataFrame
    courses: pd.DataFrame
    roles: pd.DataFrame
    wave: str
    competencies: dict = field(default_factory=dict)  # id -> name

    @property
    def problem(self):
        return self.basis.problem

    @property
    def money(self):
        return money_of(self.problem, self.choice.taken)

    @property
    def hours(self):
        """Hours of all people together."""
        return float((self.choice.taken @ self.problem.hours).sum())

    def rows(self, people):
        """Return a mask of those among `people`: (P,)."""
        return np.isin(np.array(self.problem.people, dtype=object), list(people))


def learning_plan(program, wishes=None, seed=20261123):
    """Return the `LearningPlan` of a whole company.

    Skills come from all sources of the latest wave; what courses bring, from the catalogue and own people together.
    Raises NotEnoughData where courses, gains, targets, cuts or tests are missing.
    """
    wishes = wishes or Wishes()
    program.require("courses", "course_gains", "role_targets", "competencies", "people")
    calibration = calibrate_program(program)
    assessed = assess_skills(program, calibration=calibration)
    gains = own_gains(program, calibration)
    basis = problem_of(program, assessed, wishes, gains)
    problem = with_floor(basis.problem, wishes.floor)
    choice = solve(problem, seed)
    # A year of 52 weeks at this pace; whoever has few hours a week needs long for a long course.
    pace = max(wishes.hours_per_person / wishes.weeks, 0.5)
    dated = schedule(problem, choice.taken, coming_sessions(program, wishes.weeks), program.as_of + pd.Timedelta(days=1),
                     2 * pace, seed)
    table = program["courses"].drop_duplicates("course_id").set_index("course_id")
    courses = by_course(problem, choice).set_index("course_id")
    courses = courses.join(table[["title", "mode", "provider"]]).assign(length=problem.hours).reset_index()
    return LearningPlan(wishes, basis, choice, outcome(basis, choice.taken, seed=seed), dated, margins(problem, choice, seed),
                        gains, courses, by_role(problem, choice), calibration.waves[-1],
                        program["competencies"].drop_duplicates("competency_id").set_index("competency_id")["competency"].to_dict())


def own_gains(program, calibration):
    """Return `learnt_gains` between the first and the last wave with tests; the catalogue alone where there is one wave."""
    waves = calibration.waves
    if len(waves) < 2 or "enrolments" not in program or "waves" not in program:
        return _catalogue(program)
    days = program["waves"].drop_duplicates("wave").set_index("wave")
    try:
        first = _levels(program, calibration, waves[0])
        last = _levels(program, calibration, waves[-1], unshrunk=True)
        return learnt_gains(program, first, last, days.loc[waves[0], "ends_on"], days.loc[waves[-1], "starts_on"])
    except NotEnoughData:
        return _catalogue(program)


def _catalogue(program):
    return program["course_gains"].assign(completed=0, own=np.nan, own_standard_error=np.nan,
                                          catalogue=program["course_gains"]["gain"], source="catalogue: not enough data")


def _levels(program, calibration, wave, unshrunk=False):
    """Return person_id, domain, level (a number with decimals) from tests alone.

    A score is drawn to the mean of all people by as much as the test is unreliable, which would make a difference
    between groups too small. `unshrunk`: that is undone, mean + (score − mean) ÷ (1 − standard_error² ÷ variance); so
    it is right on average and noisier. As what people bring along, the drawn-in score is the right one.
    """
    cuts = read_cuts(program)
    scores = assess_skills(program, wave, calibration, sources=("test",))
    scores = scores[(scores["scale"] == "domain") & scores["scale_id"].isin(list(cuts))]
    parts = []
    for domain, rows in scores.groupby("scale_id"):
        score = rows["score"].to_numpy(float)
        if unshrunk:
            mean, spread = calibration.scales[domain].populations[wave]
            caught = np.clip(1 - (rows["standard_error"].to_numpy(float) / spread) ** 2, LEAST_CAUGHT, 1)
            score = mean + (score - mean) / caught
        level = continuous_level(score, cuts[domain].levels, cuts[domain].places)
        parts.append(pd.DataFrame({"person_id": rows["person_id"].to_numpy(), "domain": domain, "level": level}))
    if not parts:
        raise NotEnoughData("without cuts there are no levels to compare")
    return pd.concat(parts, ignore_index=True)


def own_plan(plan, person):
    """Return one person's plan, for that person alone: rows of title, starts_on, hours and reason, in order of their start."""
    if person not in plan.problem.people:
        return []
    at, problem = plan.problem.people.index(person), plan.problem
    courses = plan.courses.set_index("course_id")
    rows = []
    for row in plan.schedule.rows[plan.schedule.rows["person_id"] == person].itertuples():
        course = problem.courses.index(row.course_id)
        worth = (problem.steps[at, :, 0] * np.minimum(problem.gains[at, course], 1))
        best = plan.competencies.get(problem.competencies[int(worth.argmax())], problem.competencies[int(worth.argmax())])
        rows.append({"title": courses.loc[row.course_id, "title"], "starts_on": f"{row.starts_on:%Y-%m-%d}",
                     "hours": f"{problem.hours[course]:g}", "reason": best})
    return sorted(rows, key=lambda entry: entry["starts_on"])
