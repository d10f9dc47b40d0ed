"""The best plan by mixed-integer programming: for one person, or for a company small enough."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, hstack, vstack

from upskill.data import NotEnoughData
from upskill.learning.problem import STEPS, LearningProblem, worth_of

MOST_NODES, ALL_NODES = 200, 100_000  # of the search for many, and for one person; a limit in seconds alone would give another plan on a busier machine
LACK = 10.0  # weighted levels that one level short of a floor counts as lost, where floors cannot all be met


@dataclass(frozen=True)
class Choice:
    """Who takes which course.

    `taken`: (P, C) of bool; `worth`: (P,) weighted expected shortfall closed; `bound`: no
    choice within the limits can close more than this in all; `gap`: (bound − worth) ÷ bound,
    0 when proven optimal; `method`: "exact" or "greedy"; `unmet`: roles whose floor cannot be reached.
    """

    taken: np.ndarray
    worth: np.ndarray
    bound: float
    method: str
    unmet: tuple = ()

    @property
    def gap(self):
        total = float(self.worth.sum())
        return max(0.0, (self.bound - total) / self.bound) if self.bound > 0 else 0.0


def money_of(problem, taken):
    """Return what a choice costs: price per person, and the fixed price of every session that must start."""
    return price_of(problem, taken.sum(axis=0))


def price_of(problem, heads):
    """Return what so many people in each course cost: `heads` (C,)."""
    return float(heads @ problem.price + sessions_needed(problem, heads) @ problem.fixed_price)


def sessions_needed(problem, heads):
    """Return how many sessions of each course so many people fill: (C,)."""
    size = np.ones(len(problem.courses)) * np.inf if problem.session_size is None else problem.session_size
    return np.where(heads > 0, np.ceil(heads / size).clip(1), 0)


def broken_limits(problem, taken):
    """Name every limit that a choice breaks; empty for a valid one."""
    found = []
    if (taken & problem.done).any():
        found.append("a course is taken twice")
    if ((taken @ problem.hours) > problem.hour_limit + 1e-6).any():
        found.append("hours of a person")
    if (taken.sum(axis=0) > problem.seats).any():
        found.append("seats of a course")
    if money_of(problem, taken) > problem.budget * (1 + 1e-9) + 1e-6:
        found.append("money")
    has = taken | problem.done
    if (taken & (has.astype(int) @ problem.requires.T.astype(int) < problem.requires.sum(axis=1))).any():
        found.append("a course without what it requires")
    return found


def solve_exact(problem, seconds=600.0, relative_gap=1e-6, soft=False):
    """Return the `Choice` that closes most of the weighted expected shortfall.

    Maximizes sum of steps × z with z ≤ what the chosen courses add, subject to hours per
    person, seats, money (with the fixed price of started sessions), courses required first, and the floor of each
    role. HiGHS through `scipy.optimize.milp`; after `MOST_NODES` of its search, or `seconds`, the best choice found is returned
    with its bound.
    A floor that cannot be met raises NotEnoughData; `soft`: roles come as near to it as they can, and `unmet` names them.
    """
    people, courses, competencies = problem.gains.shape
    if people == 0 or courses == 0:
        return Choice(np.zeros((people, courses), bool), np.zeros(people), 0.0, "exact")
    size_x, size_z = people * courses, people * competencies * STEPS
    roles = len(problem.owed)
    cost = np.concatenate([np.zeros(size_x), -problem.steps.ravel(), np.zeros(courses), np.full(roles, LACK)])
    # Of two equal choices the shorter one: no hour is spent that closes nothing.
    cost[:size_x] = np.tile(problem.hours, people) * _tie_price(problem)
    limit = np.where(problem.done, 0.0, 1.0).ravel()
    upper = np.concatenate([limit, np.where(problem.steps.ravel() > 0, 1.0, 0.0), np.full(courses, np.inf),
                            np.full(roles, np.inf if soft else 0.0)])
    rows, low, high = _limits(problem)
    result = milp(
        cost,
        integrality=np.repeat([1, 0, 1, 0], [size_x, size_z, courses, roles]),
        bounds=Bounds(0, upper),
        constraints=LinearConstraint(rows, low, high),
        options={"time_limit": seconds, "node_limit": MOST_NODES if people > 1 else ALL_NODES, "mip_rel_gap": relative_gap},
    )
    if result.x is None:
        if problem.owed:
            raise NotEnoughData(
                "no plan reaches the floor of every role within these hours, seats and money; lower the "
                "floor, or allow more"
            )
        raise NotEnoughData(f"no plan was found within {seconds:g} seconds")
    taken = result.x[:size_x].reshape(people, courses) > 0.5
    worth = worth_of(problem.steps, np.einsum("pc,pck->pk", taken, problem.gains))
    bound = -result.mip_dual_bound + (taken @ problem.hours).sum() * _tie_price(problem)
    unmet = below_floor(problem, worth) if soft else ()
    if unmet:  # a plan below the floor may close more than those that the bound with the floor is about
        bound = solve_exact(replace(problem, owed={}), seconds, relative_gap).bound
    return Choice(taken, worth, max(float(bound), float(worth.sum())), "exact", unmet)


def below_floor(problem, worth):
    """Return the roles that close less than is owed to them, as a tuple."""
    return tuple(str(role) for role, owed in problem.owed.items() if worth[problem.roles == role].sum() < owed - 1e-6)


def _tie_price(problem):
    largest = problem.open_worth.max(initial=0.0)
    return 1e-7 * largest / max(problem.hours.sum(), 1.0)


def _limits(problem):
    """Return the matrix of all limits over (x, z, sessions, what roles lack of the floor), with lower and upper ends."""
    people, courses, competencies = problem.gains.shape
    size_x, size_z = people * courses, people * competencies * STEPS
    blocks, lows, highs = [], [], []

    def add(x=None, z=None, sessions=None, lack=None, low=-np.inf, high=np.inf, rows=0):
        parts = [
            part if part is not None else coo_array((rows, size))
            for part, size in ((x, size_x), (z, size_z), (sessions, courses), (lack, len(problem.owed)))
        ]
        blocks.append(hstack(parts, format="csr"))
        lows.append(np.broadcast_to(low, rows))
        highs.append(np.broadcast_to(high, rows))

    # What is gained comes from courses.
    person, course, competency = np.nonzero(problem.gains)
    linked = people * competencies
    gained = coo_array(
        (-problem.gains[person, course, competency], (person * competencies + competency, person * courses + course)),
        shape=(linked, size_x),
    )
    every = np.arange(size_z)
    add(gained, coo_array((np.ones(size_z), (every // STEPS, every)), shape=(linked, size_z)), high=0.0, rows=linked)
    # Hours of each person.
    cells = np.arange(size_x)
    hours = coo_array((np.tile(problem.hours, people), (cells // courses, cells)), shape=(people, size_x))
    add(hours, high=problem.hour_limit, rows=people)
    # Seats, and sessions that heads fill.
    heads = coo_array((np.ones(size_x), (cells % courses, cells)), shape=(courses, size_x))
    add(heads, high=problem.seats, rows=courses)
    size = np.full(courses, np.inf) if problem.session_size is None else problem.session_size
    add(
        heads,
        sessions=coo_array((-np.minimum(size, people), (np.arange(courses),) * 2), shape=(courses, courses)),
        high=0.0,
        rows=courses,
    )
    if np.isfinite(problem.budget):
        money = coo_array(np.tile(problem.price, people)[None, :])
        add(money, sessions=coo_array(problem.fixed_price[None, :]), high=problem.budget, rows=1)
    _add_required(problem, add)
    _add_floor(problem, add)
    return vstack(blocks, format="csr"), np.concatenate(lows), np.concatenate(highs)


def _add_required(problem, add):
    people, courses = problem.done.shape
    later, first = np.nonzero(problem.requires)
    if len(later) == 0:
        return
    person = np.repeat(np.arange(people), len(later))
    later, first = np.tile(later, people), np.tile(first, people)
    needed = ~problem.done[person, first]
    person, later, first = person[needed], later[needed], first[needed]
    rows = np.arange(len(person))
    if len(rows):
        values = np.concatenate([np.ones(len(rows)), -np.ones(len(rows))])
        places = np.concatenate([person * courses + later, person * courses + first])
        add(
            coo_array((values, (np.tile(rows, 2), places)), shape=(len(rows), people * courses)),
            high=0.0,
            rows=len(rows),
        )


def _add_floor(problem, add):
    """Each role closes at least what is owed to it."""
    per_person = problem.steps.shape[1] * STEPS
    for at, (role, owed) in enumerate(problem.owed.items()):
        members = np.flatnonzero(problem.roles == role)
        places = (members[:, None] * per_person + np.arange(per_person)).ravel()
        if owed > 0 and len(members):
            row = coo_array(
                (problem.steps[members].ravel(), (np.zeros(len(places), int), places)), shape=(1, problem.steps.size)
            )
            lack = coo_array(([1.0], ([0], [at])), shape=(1, len(problem.owed)))
            add(z=row, lack=lack, low=owed, rows=1)


def sameness(problem):
    """Return a key per person; people with the same shortfalls, gains, courses and hours have the same one."""
    parts = [np.round(part, 9) for part in (problem.steps, problem.gains, problem.hour_limit[:, None])]
    return [b"".join(part[person].tobytes() for part in (*parts, problem.done)) for person in range(len(problem.people))]


def plan_each(problem, seconds=60.0):
    """Return the best plan of each person for themselves, without seats, money and floor.

    People with the same shortfalls, courses and hours get the same plan: each distinct case is solved once.
    """
    people = len(problem.people)
    free = replace(problem, seats=np.full(len(problem.courses), np.inf), budget=np.inf, owed={})
    taken, worth, bound, solved = np.zeros_like(problem.done), np.zeros(people), 0.0, {}
    for person, key in enumerate(sameness(problem)):
        if key not in solved:
            solved[key] = solve_exact(free.only(person), seconds)
        choice = solved[key]
        taken[person], worth[person] = choice.taken[0], choice.worth[0]
        bound += choice.bound
    return Choice(taken, worth, bound, "exact")


__all__ = ["Choice", "LearningProblem", "below_floor", "broken_limits", "money_of", "plan_each", "price_of", "sameness", "sessions_needed",
           "solve_exact"]
