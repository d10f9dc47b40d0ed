"""A plan for thousands of people: greedy at the prices of what is scarce, mended by exchange, with a bound."""

from dataclasses import replace

import numpy as np

from upskill.learning.bound import upper_bound
from upskill.learning.exact import Choice, below_floor, money_of, sessions_needed
from upskill.learning.problem import worth_of

CHUNK = 1000  # people at once, so that memory stays bounded
FLOOR_ROUNDS = 8


class _State:
    """A choice in the making: who has what, and what is left of hours, seats and money."""

    def __init__(self, problem, taken=None):
        self.problem = problem
        self.banned = np.zeros_like(problem.done)
        self.taken = np.zeros_like(problem.done) if taken is None else taken.copy()
        self.gain = np.einsum("pc,pck->pk", self.taken, problem.gains)

    @property
    def hours_left(self):
        return self.problem.hour_limit - self.taken @ self.problem.hours

    @property
    def seats_left(self):
        return self.problem.seats - self.taken.sum(axis=0)

    @property
    def money_left(self):
        return self.problem.budget - money_of(self.problem, self.taken)

    def offers(self, rows, weight):
        """Return (what each course, with all that it still requires, would add; its needs), for some people.

        Added worth (n, C), needs (n, C, C) of bool.
        """
        problem, has = self.problem, self.taken[rows] | self.problem.done[rows]
        needs = (problem.requires | np.eye(len(problem.courses), dtype=bool))[None] & ~has[:, None, :]
        before = worth_of(problem.steps[rows], self.gain[rows])
        total = self.gain[rows][:, None, :] + np.einsum("ncr,nrk->nck", needs.astype(float), problem.gains[rows])
        added = worth_of(problem.steps[rows][:, None], total) - before[:, None]
        return added * weight[rows][:, None] * ~has, needs

    def give(self, person, needs):
        self.taken[person] |= needs
        self.gain[person] += needs @ self.problem.gains[person]


def _round(state, prices, money_price, weight, lot, open_people):
    """Give each person the course that is worth most per hour at these prices; returns whether anything was given."""
    problem = state.problem
    cost = money_price * problem.price
    wishes = []
    hours_left, seats_left, money_left = state.hours_left, state.seats_left, state.money_left
    starting = problem.fixed_price * (state.taken.sum(axis=0) == 0)
    for begin in range(0, len(open_people), CHUNK):
        rows = open_people[begin : begin + CHUNK]
        added, needs = state.offers(rows, weight)
        hours = needs @ problem.hours
        money = needs @ (problem.price + starting)
        possible = (hours <= hours_left[rows][:, None] + 1e-9) & (money <= money_left + 1e-9)
        possible &= ~(needs & ((seats_left < 1) | state.banned[rows][:, None, :])).any(axis=2)
        score = added - needs @ (prices + cost)
        rate = np.where(possible & (added > 1e-9) & (score > 0), score / np.maximum(hours, 1e-9), -np.inf)
        best = rate.argmax(axis=1)
        at = np.arange(len(rows))
        wishes += [(rows[i], needs[i, best[i]], score[i, best[i]]) for i in at if np.isfinite(rate[i, best[i]])]
    # Where seats are short they go to whom they help most, and by lot among equals.
    wishes.sort(key=lambda wish: (-round(wish[2], 9), lot[wish[0]]))
    given = []
    for person, needs, _ in wishes:
        after = state.taken.sum(axis=0) if problem.fixed_price.any() else None
        if (needs & (seats_left < 1)).any():
            continue
        price = needs @ problem.price
        if after is not None and np.isfinite(problem.budget):
            heads = after + needs
            price += (sessions_needed(problem, heads) - sessions_needed(problem, after)) @ problem.fixed_price
        if price > money_left + 1e-9:
            continue
        state.give(person, needs)
        seats_left = seats_left - needs
        money_left -= price
        given.append(person)
    return np.array([wish[0] for wish in wishes], dtype=int) if given else np.array([], dtype=int)


def _fill(state, prices, money_price, weight, lot, people=None):
    open_people = np.arange(len(state.problem.people)) if people is None else people
    while len(open_people):
        open_people = _round(state, prices, money_price, weight, lot, open_people)


def _exchange(state, prices, money_price, weight, lot):
    """Let each person give back one course that nothing else needs, and choose again; kept where it closes more."""
    problem, better = state.problem, False
    for course in range(len(problem.courses)):
        needed = (state.taken[:, problem.requires[:, course]]).any(axis=1)
        holders = np.flatnonzero(state.taken[:, course] & ~needed)
        if len(holders) == 0:
            continue
        trial = _State(problem, state.taken)
        trial.taken[holders, course] = False
        trial.gain[holders] -= problem.gains[holders, course]
        # A course that was just given back is not taken up again in the same breath.
        trial.banned[holders, course] = True
        _fill(trial, prices, money_price, weight, lot, holders)
        before, after = (worth_of(problem.steps[holders], each.gain[holders]) for each in (state, trial))
        losers = holders[after <= before + 1e-9]
        trial.taken[losers], trial.gain[losers] = state.taken[losers], state.gain[losers]
        if len(losers) < len(holders) and (trial.seats_left >= 0).all() and trial.money_left >= -1e-6:
            state.taken, state.gain, better = trial.taken, trial.gain, True
    return better


def solve_greedy(problem, seed=20261123, rounds=60, exchanges=3):
    """Return a `Choice` for any number of people, with the gap to what no plan can exceed.

    Courses are given by worth per hour at the prices of seats and money of the linear program
    (`upper_bound`), first at full prices, then for nothing where seats are left; then courses are
    exchanged one by one. Seats that are short go to those whom they help most, by a seeded lot among equals.
    A role below the floor weighs more and more until it reaches it; `unmet` names roles that never do.
    """
    people, courses = problem.done.shape
    if people == 0 or courses == 0:
        return Choice(np.zeros((people, courses), bool), np.zeros(people), 0.0, "greedy")
    bound = upper_bound(problem, rounds)
    lot = np.random.default_rng(seed).permutation(people)
    extra = dict(bound.floor)
    for _ in range(FLOOR_ROUNDS):
        weight = np.array([1 + extra[role] for role in problem.roles])
        state = _State(problem)
        for share in (1.0, 0.5, 0.0):
            _fill(state, share * bound.seats, share * bound.money, weight, lot)
        for _ in range(exchanges):
            if not _exchange(state, 0.0 * bound.seats, 0.0, weight, lot):
                break
        worth = worth_of(problem.steps, state.gain)
        unmet = below_floor(problem, worth)
        if not unmet:
            break
        for role in unmet:
            extra[role] = 2 * (extra[role] + 0.5)
    # A plan below the floor may close more than those that the bound with the floor is about.
    most = upper_bound(replace(problem, owed={}), rounds).value if unmet else bound.value
    return Choice(state.taken, worth, max(most, float(worth.sum())), "greedy", unmet)
