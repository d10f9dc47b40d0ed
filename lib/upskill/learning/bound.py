"""An upper bound for companies too large for the exact program, and prices of what is scarce."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit


@dataclass(frozen=True)
class Bound:
    """No plan can close more than `value`.

    `seats`, `money`, `hours`: what one more seat (C,), one more unit of money, and one
    more hour of a person (P,) would add at most, in weighted levels; `floor`: by role.
    """

    value: float
    seats: np.ndarray
    money: float
    hours: np.ndarray
    floor: dict


def upper_bound(problem, rounds=250):
    """Return the `Bound` of a problem by Lagrangian duality.

    Every limit that ties people or competencies together (seats, money, hours, what a
    course requires, what is gained) is replaced by a price; then each cell is decided for itself, so
    any prices give a valid bound, and the lowest over prices equals that of the linear program. Prices are
    found by L-BFGS-B on a smoothed dual (Nesterov 2005, Mathematical Programming 103) of
    falling temperature; the value returned is that of the true, unsmoothed dual.
    """
    dual = _Dual(problem)
    point, best = dual.start(), (np.inf, dual.start())
    for temperature in dual.scale * np.array([0.1, 0.03, 0.01, 0.003]):
        result = minimize(
            dual.smoothed,
            point,
            (temperature,),
            jac=True,
            method="L-BFGS-B",
            bounds=dual.bounds(),
            options={"maxiter": rounds, "maxcor": 20},
        )
        point = result.x
        value = dual.value(point)
        best = (value, point) if value < best[0] else best
    value, point = best
    _, hours, _, seats, money, floor = dual.parts(point)
    return Bound(
        float(value),
        np.where(np.isfinite(problem.seats), seats, 0.0),
        float(money[0] / dual.money_unit),
        hours,
        dict(zip(dual.role_names, floor, strict=True)),
    )


class _Dual:
    def __init__(self, problem):
        self.problem = problem
        people, courses, competencies = problem.gains.shape
        self.later, self.first = np.nonzero(problem.requires)
        self.role_names, self.role = np.unique(problem.roles, return_inverse=True)
        self.limited = np.isfinite(problem.seats)
        self.shapes = [
            (people, competencies),
            (people,),
            (people, len(self.later)),
            (courses,),
            (1,),
            (len(self.role_names),),
        ]
        self.scale = max(float(problem.open_worth.mean()) / max(competencies, 1), 1e-12)
        size = np.full(courses, np.inf) if problem.session_size is None else problem.session_size
        # Part of a session costs part of its price at least.
        self.cost = problem.price + np.where(np.isfinite(size), problem.fixed_price / size, 0.0)
        self.money_unit = max(float(self.cost.max(initial=0.0)), 1.0)
        self.owed = np.array([float(problem.owed.get(name, 0.0)) for name in self.role_names])

    def start(self):
        point = [np.zeros(shape) for shape in self.shapes]
        point[0] = self.problem.steps[:, :, 0] / 2
        return np.concatenate([part.ravel() for part in point])

    def bounds(self):
        tops = [np.full(shape, np.inf) for shape in self.shapes]
        tops[3] = np.where(self.limited, np.inf, 0.0)
        tops[4] = np.full(1, np.inf if np.isfinite(self.problem.budget) else 0.0)
        tops[5] = np.full(len(self.role_names), np.inf if self.owed.any() else 0.0)
        # What a course requires is no matter for those who have it.
        tops[2] = np.where(self.problem.done[:, self.first], 0.0, np.inf)
        return list(zip(np.zeros(sum(top.size for top in tops)), np.concatenate([top.ravel() for top in tops])))

    def parts(self, point):
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        return [part.reshape(shape) for part, shape in zip(np.split(point, ends[:-1]), self.shapes, strict=True)]

    def _margins(self, point):
        """Return what each step of a level and each course is worth at these prices."""
        gained, hours, required, seats, money, floor = self.parts(point)
        weighed = self.problem.steps * (1 + floor[self.role])[:, None, None] - gained[:, :, None]
        value = np.einsum("pck,pk->pc", self.problem.gains, gained)
        course = value - hours[:, None] * self.problem.hours - seats - money[0] * self.cost / self.money_unit
        np.subtract.at(course.T, self.later, required.T)
        np.add.at(course.T, self.first, required.T)
        return weighed, course

    def _fixed(self, point):
        _, hours, _, seats, money, floor = self.parts(point)
        budget = self.problem.budget / self.money_unit if np.isfinite(self.problem.budget) else 0.0
        places = np.where(self.limited, self.problem.seats, 0.0)
        return hours @ self.problem.hour_limit + seats @ places + money[0] * budget - floor @ self.owed

    def value(self, point):
        weighed, course = self._margins(point)
        taken = np.where(self.problem.done, 0.0, np.maximum(course, 0.0))
        return float(np.maximum(weighed, 0.0).sum() + taken.sum() + self._fixed(point))

    def smoothed(self, point, temperature):
        """Return the smoothed dual and its slope; max(0, u) becomes t × log(1 + exp(u / t))."""
        weighed, course = self._margins(point)
        steps = self.problem.steps > 0
        value = (temperature * np.logaddexp(0, weighed / temperature) * steps).sum()
        value += (temperature * np.logaddexp(0, course / temperature) * ~self.problem.done).sum()
        z = expit(weighed / temperature) * steps
        x = expit(course / temperature) * ~self.problem.done
        budget = self.problem.budget / self.money_unit if np.isfinite(self.problem.budget) else 0.0
        slopes = [
            np.einsum("pck,pc->pk", self.problem.gains, x) - z.sum(axis=2),
            self.problem.hour_limit - x @ self.problem.hours,
            x[:, self.first] - x[:, self.later],
            np.where(self.limited, self.problem.seats, 0.0) - x.sum(axis=0),
            np.array([budget - (x @ self.cost).sum() / self.money_unit]),
            np.array([(self.problem.steps * z)[self.role == at].sum() for at in range(len(self.role_names))])
            - self.owed,
        ]
        return value + self._fixed(point), np.concatenate([slope.ravel() for slope in slopes])
