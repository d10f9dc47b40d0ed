"""The learning problem: what each person lacks, what each course would add, and what limits the choice."""

from dataclasses import dataclass, field, replace

import numpy as np

STEPS = 5  # levels 1 to 5


@dataclass(frozen=True)
class LearningProblem:
    """Who lacks what, and what courses would add.

    `people`: P ids; `roles`: P names; `competencies`: K ids; `courses`: C ids.
    `steps`: (P, K, 5), worth of the j-th level gained: importance × P(at least j levels
    are missing to the target), so that the worth of a gain g is the expected shortfall
    that it closes, E[min(missing, g)] × importance. `gains`: (P, C, K) levels that a
    course is expected to add to a person. `hours`, `price` (per person), `fixed_price`
    (per started session): (C,). `requires`: (C, C), True where the row's course needs the
    column's one first. `done`: (P, C), already completed. `seats`: (C,), inf = no limit.
    `hour_limit`: (P,). `budget`: money in all. `floor`: least share of the weighted
    shortfall that must be closed in each role.
    """

    people: tuple
    roles: np.ndarray
    competencies: tuple
    courses: tuple
    steps: np.ndarray
    gains: np.ndarray
    hours: np.ndarray
    price: np.ndarray
    fixed_price: np.ndarray
    requires: np.ndarray
    done: np.ndarray
    seats: np.ndarray
    hour_limit: np.ndarray
    budget: float = np.inf
    owed: dict = field(default_factory=dict)
    session_size: np.ndarray | None = None

    def __post_init__(self):
        people, courses, competencies = len(self.people), len(self.courses), len(self.competencies)
        wanted = {
            "steps": (people, competencies, STEPS),
            "gains": (people, courses, competencies),
            "hours": (courses,),
            "price": (courses,),
            "fixed_price": (courses,),
            "requires": (courses, courses),
            "done": (people, courses),
            "seats": (courses,),
            "hour_limit": (people,),
            "roles": (people,),
        }
        wrong = [
            f"{name} has the shape {np.shape(getattr(self, name))}, not {shape}"
            for name, shape in wanted.items()
            if np.shape(getattr(self, name)) != shape
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        if (np.diff(self.steps, axis=2) > 1e-9).any():
            raise ValueError("a further level can never be worth more than the one before: steps must not rise")

    @property
    def open_worth(self):
        """(P,) weighted expected shortfall of each person: all that could be closed."""
        return self.steps.sum(axis=(1, 2))

    def only(self, rows):
        """Return the problem of some people alone; seats and budget stay."""
        rows = np.atleast_1d(rows)
        return replace(
            self,
            people=tuple(np.asarray(self.people, dtype=object)[rows]),
            roles=self.roles[rows],
            steps=self.steps[rows],
            gains=self.gains[rows],
            done=self.done[rows],
            hour_limit=self.hour_limit[rows],
        )


def with_courses(problem, mask):
    """Return the problem with some courses alone; `mask`: of bool, or their places."""
    return replace(
        problem,
        courses=tuple(np.asarray(problem.courses, dtype=object)[mask]),
        gains=problem.gains[:, mask],
        hours=problem.hours[mask],
        price=problem.price[mask],
        fixed_price=problem.fixed_price[mask],
        requires=problem.requires[np.ix_(mask, mask)],
        done=problem.done[:, mask],
        seats=problem.seats[mask],
        session_size=None if problem.session_size is None else problem.session_size[mask],
    )


def worth_of(steps, total_gain):
    """Return the expected weighted shortfall that gains close, summed over competencies.

    worth = sum over k, j of steps[k, j] × min(max(gain[k] − (j − 1), 0), 1); `steps` (…, K, 5),
    `total_gain` (…, K).

    >>> worth_of(np.array([[2.0, 1.0, 0, 0, 0]]), np.array([1.5]))
    np.float64(2.5)
    """
    return sum((steps[..., step] * np.clip(total_gain - step, 0, 1)).sum(axis=-1) for step in range(STEPS))


def closure(requires):
    """Return `requires` with what is required by what is required; raises ValueError where courses need each other.

    >>> closure(np.array([[False, False], [True, False]])).tolist()
    [[False, False], [True, False]]
    """
    reached = np.array(requires, dtype=bool)
    for _ in range(len(reached)):
        further = reached | (reached.astype(int) @ reached.astype(int) > 0)
        if (further == reached).all():
            break
        reached = further
    if reached.diagonal().any():
        raise ValueError(
            "these courses need each other first: " + ", ".join(map(str, np.flatnonzero(reached.diagonal())))
        )
    return reached


def missing_chances(levels, targets):
    """Return P(at least j levels are missing), j = 1 … 5: shape (P, K, 5).

    `levels`: (P, K, 6) chances of level 0 … 5; `targets`: (P, K) whole levels, NaN = none.

    >>> missing_chances(np.array([[[0.25, 0.75, 0, 0, 0, 0]]]), np.array([[2.0]]))[0, 0]
    array([1.  , 0.25, 0.  , 0.  , 0.  ])
    """
    at_most = np.cumsum(levels, axis=2)
    aim = np.where(np.isnan(targets), -1, targets).astype(int)[..., None] - np.arange(1, STEPS + 1)
    chances = np.take_along_axis(at_most, np.clip(aim, 0, STEPS), axis=2)
    return np.clip(np.where(aim >= 0, chances, 0.0), 0, 1)


def reachable_gains(levels, gain, from_level, to_level):
    """Return what a course is expected to add to a person: gain × P(from ≤ level < to), shape (P, C, K).

    A course has nothing to say to those who are above what it teaches, and is over the heads of those below
    where it begins. `gain`, `from_level`, `to_level`: (C, K).
    """
    steps = np.arange(levels.shape[2])
    fits = (steps >= from_level[..., None]) & (steps < to_level[..., None])
    return gain * np.einsum("pkl,ckl->pck", levels, fits.astype(float))
