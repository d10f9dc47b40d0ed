"""From a program's tables to the learning problem: who is there, what they lack, what can be booked."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from upskill.data import NotEnoughData
from upskill.learning.problem import LearningProblem, closure, missing_chances, reachable_gains

LEVEL_COLUMNS = [f"probability_{level}" for level in range(6)]
WITH_DATES = ("live", "workshop")


@dataclass(frozen=True)
class Wishes:
    """What the company sets: `hours_per_person` in all, over `weeks`; `budget`: money; `floor`: share of what each role
    could close if seats and money were no matter, that it must close at least; `caution`: quantile of a course's
    gain that is counted on (0.25: it is more in three
    of four cases); `mentees`: people who can be mentored at the same time, None = no limit.
    """

    hours_per_person: float = 40.0
    weeks: int = 26
    budget: float = np.inf
    floor: float = 0.5
    caution: float = 0.25
    mentees: float | None = None

    def __post_init__(self):
        wrong = [
            text
            for bad, text in (
                (not self.hours_per_person >= 0, f"hours_per_person={self.hours_per_person}: expected 0 or more"),
                (not self.weeks >= 1, f"weeks={self.weeks}: expected 1 or more"),
                (not self.budget >= 0, f"budget={self.budget}: expected 0 or more money"),
                (not 0 <= self.floor < 1, f"floor={self.floor}: expected a share from 0, below 1"),
                (not 0 < self.caution < 1, f"caution={self.caution}: expected a probability between 0 and 1"),
            )
            if bad
        ]
        if wrong:
            raise ValueError("; ".join(wrong))


@dataclass(frozen=True)
class Basis:
    """A learning problem and what it was made of.

    `levels`: (P, K, 6) chances; `aims`, `importance`: (P, K), NaN and 0 where the role has no target; `gain`,
    `gain_error`, `begins`, `ends`: (C, K); `left_out`: reason -> count.
    """

    problem: LearningProblem
    levels: np.ndarray
    aims: np.ndarray
    importance: np.ndarray
    gain: np.ndarray
    gain_error: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    left_out: dict


def problem_of(program, assessed, wishes=None, gains=None):
    """Return the `Basis` of a plan: who lacks what, what courses add, what limits the choice.

    `assessed`: result of `assess_skills` on the program, latest wave. `gains`: table like
    `course_gains` (say, with what was learnt from own people, `learnt_gains`); None = the program's.
    People: present at `program.as_of`, assessed, with a role that has targets. A competency that no
    interview asked about takes the level of its domain. Raises NotEnoughData without courses, gains, targets or levels.
    """
    wishes = wishes or Wishes()
    program.require("people", "courses", "course_gains", "role_targets", "competencies")
    gains = program["course_gains"] if gains is None else gains
    people, left_out = _people(program, assessed)
    courses = program["courses"].drop_duplicates("course_id").set_index("course_id")
    taught = gains[gains["course_id"].isin(courses.index)].dropna(subset=["gain"])
    targets = program["role_targets"].drop_duplicates(["role", "competency_id"])
    names = [
        name
        for name in program["competencies"]["competency_id"].drop_duplicates()
        if name in set(targets["competency_id"])
    ]
    if taught.empty or not names:
        raise NotEnoughData("no course has a gain on a competency for which a role has a target")
    courses = courses.loc[_teaching(program, courses.index, taught)]
    level = _levels(program, assessed, list(people.index), names)
    aims, importance = _targets(targets, people["role"], names)
    steps = missing_chances(level, aims) * importance[:, :, None]
    gain, error, begins, ends = _course_gains(taught, courses.index, names)
    # Counted on: less than expected, as the courses that look best owe part of that to luck.
    added = np.maximum(gain + ndtri(wishes.caution) * error, 0)
    requires = closure(_requires(program, courses.index))
    seats, size, unbooked = _seats(program, courses, wishes)
    left_out |= {"courses without a date to come": unbooked} if unbooked else {}
    fixed = courses["price_per"].isin(["cohort", "year"]).to_numpy()
    price = courses["price"].fillna(0).to_numpy(float)
    problem = LearningProblem(
        tuple(people.index),
        people["role"].to_numpy(object),
        tuple(names),
        tuple(courses.index),
        steps,
        reachable_gains(level, added, begins, ends),
        courses["hours"].fillna(0).to_numpy(float),
        np.where(fixed, 0.0, price),
        np.where(fixed, price, 0.0),
        requires,
        _done(program, people.index, courses.index),
        seats,
        np.full(len(people), float(wishes.hours_per_person)),
        wishes.budget,
        {},
        size,
    )
    return Basis(problem, level, aims, importance, gain, error, begins, ends, left_out)


def _people(program, assessed):
    people = program["people"].drop_duplicates("person_id").set_index("person_id")
    gone = (people["end_date"] < program.as_of) | (people["start_date"] > program.as_of)
    here = people[~gone.fillna(False).astype(bool)]
    aims = set(program["role_targets"]["role"])
    known, aimed = here.index.isin(set(assessed["person_id"])), here["role"].isin(aims)
    chosen = here[known & aimed]
    if chosen.empty:
        raise NotEnoughData("nobody who is present was assessed and has a role with targets")
    if assessed[LEVEL_COLUMNS].isna().all(axis=None):
        raise NotEnoughData("without cuts there are scores and no levels, so nothing can be said to be missing")
    counts = {
        "people not assessed": int((~known).sum()),
        "people whose role has no targets": int((known & ~aimed).sum()),
    }
    return chosen.sort_index(), {reason: count for reason, count in counts.items() if count}


def _levels(program, assessed, people, competencies):
    """Return (P, K, 6) chances of each level: the competency's own where known, else those of its domain."""
    domains = program["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]
    tables = {
        scale: rows.set_index(["person_id", "scale_id"])[LEVEL_COLUMNS] for scale, rows in assessed.groupby("scale")
    }
    nothing = np.tile(np.eye(6)[5], (len(people), 1))  # not assessed in this domain: nothing is said to be missing
    chances = np.empty((len(people), len(competencies), 6))
    for place, competency in enumerate(competencies):
        found = pd.DataFrame(np.nan, index=people, columns=LEVEL_COLUMNS)
        for scale, name in (("competency", competency), ("domain", domains.get(competency))):
            if scale in tables:
                keys = pd.MultiIndex.from_product([people, [name]])
                found = found.fillna(tables[scale].reindex(keys).set_axis(people))
        values = found.to_numpy(float)
        chances[:, place] = np.where(np.isnan(values), nothing, values)
    return chances / chances.sum(axis=2, keepdims=True)


def _targets(targets, roles, competencies):
    both = []
    for column in ("target_level", "importance"):
        table = targets.pivot(index="role", columns="competency_id", values=column).reindex(columns=competencies)
        both.append(table.reindex(roles).to_numpy(float))
    return both[0], np.where(np.isnan(both[0]), 0.0, np.where(np.isnan(both[1]), 1.0, both[1]))


def _course_gains(taught, courses, competencies):
    """Return expected gain, its standard error, first and last level: each (C, K)."""
    table = taught.assign(
        error=taught["gain_standard_error"].fillna(0), begins=taught["from_level"].fillna(0), ends=taught["to_level"].fillna(5)
    ).drop_duplicates(["course_id", "competency_id"])
    found = [
        table.pivot(index="course_id", columns="competency_id", values=column).reindex(index=courses, columns=competencies)
        for column in ("gain", "error", "begins", "ends")
    ]
    return tuple(frame.fillna(0).to_numpy(float) for frame in found)


def _requires(program, courses):
    matrix = np.zeros((len(courses), len(courses)), dtype=bool)
    if "course_prerequisites" in program:
        table = program["course_prerequisites"]
        later, first = courses.get_indexer(table["course_id"]), courses.get_indexer(table["requires"])
        known = (later >= 0) & (first >= 0)
        matrix[later[known], first[known]] = True
    return matrix


def _teaching(program, courses, taught):
    """Return a mask of the courses that teach something, and of all that these require, which may teach nothing asked for."""
    teaches = courses.isin(set(taught["course_id"]))
    return teaches | closure(_requires(program, courses))[teaches].any(axis=0)


def _done(program, people, courses):
    done = np.zeros((len(people), len(courses)), dtype=bool)
    if "enrolments" in program:
        table = program["enrolments"]
        kept = table[table["completed_on"].notna() | table["status"].isin(["completed", "running", "started"])]
        rows, columns = pd.Index(people).get_indexer(kept["person_id"]), courses.get_indexer(kept["course_id"])
        known = (rows >= 0) & (columns >= 0)
        done[rows[known], columns[known]] = True
    return done


def coming_sessions(program, weeks):
    """Return the sessions after `program.as_of`, within so many weeks: course_id, starts_on, seats; earliest first."""
    if "course_sessions" not in program:
        return pd.DataFrame({"course_id": [], "starts_on": pd.to_datetime([]), "seats": []})
    table = program["course_sessions"]
    end = program.as_of + pd.Timedelta(weeks=weeks)
    return table[(table["starts_on"] > program.as_of) & (table["starts_on"] <= end)].sort_values(
        ["starts_on", "course_id"]
    )


def _seats(program, courses, wishes):
    """Return seats in all, seats per session, and how many dated courses have no session to come."""
    sessions = coming_sessions(program, wishes.weeks)
    total, size = np.full(len(courses), np.inf), np.full(len(courses), np.inf)
    dated = courses["mode"].isin(WITH_DATES).to_numpy().copy()
    if "course_sessions" in program:
        ever = set(program["course_sessions"]["course_id"])
        # Other forms need no date, but where dates with seats are to come these seats are all there are.
        dated = dated & courses.index.isin(ever) | courses.index.isin(set(sessions["course_id"]))
        sums, typical = sessions.groupby("course_id")["seats"].sum(), np.floor(sessions.groupby("course_id")["seats"].median()).clip(lower=1)
        total = np.where(dated, sums.reindex(courses.index).fillna(0).to_numpy(float), total)
        size = np.where(dated, typical.reindex(courses.index).fillna(np.inf).to_numpy(float), size)
        dated &= total == 0
    else:
        dated &= False
    if wishes.mentees is not None:
        total = np.where(courses["mode"].eq("mentoring"), np.minimum(total, wishes.mentees), total)
    return total, size, int(dated.sum())
