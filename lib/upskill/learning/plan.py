"""The company's learning plan: which method for which size, what it brings, and what one more hour or seat would."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.learning.bound import upper_bound
from upskill.learning.bundles import bundles_of, seat_prices, solve_bundles
from upskill.learning.exact import money_of, plan_each, price_of, sameness, sessions_needed, solve_exact
from upskill.learning.greedy import solve_greedy
from upskill.learning.problem import with_courses, worth_of

EXACT_CELLS = 1500  # people × courses up to which the exact program answers within a minute
MOST_SEATS = 6  # courses for which an exact plan is made again with one more seat


@dataclass(frozen=True)
class Margins:
    """What more would buy, in weighted levels closed: one hour more for all, ten more, one more seat by course."""

    hour: float
    ten_hours: float
    seats: pd.Series


def with_floor(problem, share):
    """Return the problem with a floor: each role closes `share` of what it could without limits of seats and money."""
    could = pd.Series(solve(without_limits(problem)).worth).groupby(np.asarray(problem.roles, dtype=object)).sum()
    return replace(problem, owed=(share * could).to_dict() if share > 0 else {})


def without_limits(problem):
    """Return the problem without limits of seats and money, and without a floor."""
    return replace(problem, seats=np.full(len(problem.courses), np.inf), budget=np.inf, owed={})


def solve(problem, seed=20261123, seconds=600.0):
    """Return the `Choice` for a company: exact where small, by priced bundles where these are few, else greedy.

    Nobody takes a course that closes nothing for them, unless another one requires it. People who lack the same get plans of
    equal value wherever seats and money allow. Where the floor of every role cannot be met, roles come as near as they can;
    `unmet` names them.
    """
    useful = problem.gains.sum(axis=(0, 2)) > 0
    # What adds nothing itself may still be required by what does.
    useful |= (problem.requires[useful]).any(axis=0)
    part = with_courses(problem, useful)
    choice = _solve(part, seed, seconds)
    taken = np.zeros_like(problem.done)
    taken[:, useful] = without_idle(part, equal_for_equals(part, choice.taken))
    worth = worth_of(problem.steps, np.einsum("pc,pck->pk", taken, problem.gains))
    return replace(choice, taken=taken, worth=worth, bound=max(choice.bound, float(worth.sum())))


def _solve(problem, seed, seconds):
    people, courses = problem.done.shape
    if people * courses > EXACT_CELLS:
        bundles = bundles_of(problem)
        return solve_greedy(problem, seed) if bundles is None else solve_bundles(problem, seed, bundles=bundles)
    if not (np.isfinite(problem.seats).any() or np.isfinite(problem.budget) or problem.owed):
        return plan_each(problem, seconds)
    try:
        return solve_exact(problem, seconds, 1e-4)
    except NotEnoughData:
        return solve_exact(problem, seconds, 1e-4, soft=True) if problem.owed else solve_greedy(problem, seed)


def without_idle(problem, taken):
    """Return a choice without courses that close nothing for their person and that no other course of theirs requires."""
    taken = taken.copy()
    gain = np.einsum("pc,pck->pk", taken, problem.gains)
    idle = True
    while idle:
        idle = False
        for course in range(len(problem.courses)):
            holders = np.flatnonzero(taken[:, course] & ~taken[:, problem.requires[:, course]].any(axis=1))
            without = gain[holders] - problem.gains[holders, course]
            lost = worth_of(problem.steps[holders], gain[holders]) - worth_of(problem.steps[holders], without)
            out = lost <= 1e-9
            taken[holders[out], course], gain[holders[out]] = False, without[out]
            idle |= bool(out.any())
    return taken


def equal_for_equals(problem, taken):
    """Return a choice in which people who lack the same, and have the same courses and hours, get plans of equal value as far
    as seats and money allow.
    """
    taken, groups = taken.copy(), {}
    for person, key in enumerate(sameness(problem)):
        groups.setdefault(key, []).append(person)
    heads = taken.sum(axis=0).astype(float)
    worth = worth_of(problem.steps, np.einsum("pc,pck->pk", taken, problem.gains))
    for members in groups.values():
        best = max(members, key=lambda person: worth[person])
        for person in members:
            if worth[person] < worth[best] - 1e-9:
                after = heads - taken[person] + taken[best]
                if (after <= problem.seats).all() and price_of(problem, after) <= problem.budget + 1e-9:
                    taken[person], heads, worth[person] = taken[best], after, worth[best]
    return taken


def by_role(problem, choice):
    """Return one row per role: people, open and closed (weighted levels), share closed, hours and courses each."""
    hours = choice.taken @ problem.hours
    table = pd.DataFrame(
        {
            "role": problem.roles,
            "people": 1,
            "open": problem.open_worth,
            "closed": choice.worth,
            "hours": hours,
            "courses": choice.taken.sum(axis=1),
        }
    )
    sums = table.groupby("role", as_index=False).sum()
    sums["share"] = (sums["closed"] / sums["open"].where(sums["open"] > 0)).fillna(0.0)
    return sums.assign(hours=sums["hours"] / sums["people"], courses=sums["courses"] / sums["people"])


def by_course(problem, choice):
    """Return one row per course: people, seats, sessions, hours in all, money, and people by role (`roles`: a dict)."""
    heads = choice.taken.sum(axis=0)
    sessions = sessions_needed(problem, heads)
    roles = [
        pd.Series(problem.roles[choice.taken[:, at]]).value_counts().to_dict() for at in range(len(problem.courses))
    ]
    return pd.DataFrame(
        {
            "course_id": problem.courses,
            "people": heads,
            "seats": problem.seats,
            "sessions": sessions,
            "hours": heads * problem.hours,
            "money": heads * problem.price + sessions * problem.fixed_price,
            "roles": roles,
        }
    )


def paths(problem, choice):
    """Return (role, course) → share of the role's people who take it: a table of roles × courses."""
    table = pd.DataFrame(choice.taken, columns=list(problem.courses)).assign(role=problem.roles)
    return table.groupby("role").mean()


def margins(problem, choice, seed=20261123):
    """Return the `Margins` of a plan.

    For hours the problem is solved again with more of them. A seat is priced: in plans of bundles and greedy ones by the dual
    (one seat adds about as much and never more, as further seats are worth less); in exact plans, which are too small for
    prices to be right, by solving again with one more, for the `MOST_SEATS` courses that most people would take if there were
    seats. Courses that are full and not priced are left out.
    """
    base = choice.worth.sum()

    def more(**changes):
        return max(0.0, float(solve(replace(problem, **changes), seed).worth.sum() - base))

    full = np.flatnonzero(np.isfinite(problem.seats) & (choice.taken.sum(axis=0) >= problem.seats))
    if choice.method == "exact":
        free = solve(without_limits(problem), seed).taken.sum(axis=0)
        wanted = full[np.argsort(problem.seats[full] - free[full], kind="stable")][:MOST_SEATS]
        values = {at: more(seats=problem.seats + (np.arange(len(problem.courses)) == at)) for at in wanted}
    else:
        prices = seat_prices(problem) if choice.method == "bundles" else upper_bound(problem, 60).seats
        values = {at: float(prices[at]) for at in full}
    seats = {problem.courses[at]: value for at, value in values.items()}
    return Margins(
        more(hour_limit=problem.hour_limit + 1),
        more(hour_limit=problem.hour_limit + 10),
        pd.Series(seats, dtype=float).sort_values(ascending=False, kind="stable"),
    )


__all__ = [
    "Margins",
    "by_course",
    "by_role",
    "margins",
    "money_of",
    "paths",
    "solve",
    "with_floor",
]
