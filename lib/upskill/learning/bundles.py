"""A plan for thousands of people: every bundle of courses that fits the hours is priced, so the bound is tight."""

from dataclasses import replace

import numpy as np

from upskill.learning.exact import Choice, below_floor, sessions_needed
from upskill.learning.problem import with_courses, worth_of

MOST_BUNDLES = 6000
CELLS = 2_000_000  # worked at once, so that memory stays bounded
ROUNDS = 150


def bundles_of(problem, most=MOST_BUNDLES):
    """Return all sets of courses that fit the longest hours: (B, C) of bool, the empty one first; None above `most`."""
    limit = problem.hour_limit.max(initial=0.0) + 1e-9
    sets, hours = np.zeros((1, len(problem.courses)), dtype=bool), np.zeros(1)
    for course, length in enumerate(problem.hours):
        fits = hours + length <= limit
        longer = sets[fits].copy()
        longer[:, course] = True
        sets, hours = np.concatenate([sets, longer]), np.concatenate([hours, hours[fits] + length])
        if len(sets) > most:
            return None
    return sets


def worth_of_bundles(problem, bundles):
    """Return what each bundle closes for each person, (P, B); −inf where it is not possible for that person."""
    worth = np.empty((len(problem.people), len(bundles)), dtype=np.float32)
    chosen, hours = bundles.astype(float), bundles @ problem.hours
    missing = bundles.astype(int) @ problem.requires.astype(int) > 0  # (B, C): required by something in the bundle
    chunk = max(1, CELLS // (len(bundles) * max(len(problem.competencies), 1)))
    for begin in range(0, len(problem.people), chunk):
        rows = slice(begin, begin + chunk)
        total = np.einsum("bc,pck->pbk", chosen, problem.gains[rows], optimize=True)
        part = worth_of(problem.steps[rows][:, None], total)
        done = problem.done[rows][:, None, :]
        wrong = (bundles & done).any(axis=2) | (missing & ~bundles & ~done).any(axis=2)
        part[wrong | (hours > problem.hour_limit[rows][:, None] + 1e-9)] = -np.inf
        worth[rows] = part
    return worth


class _Prices:
    """Prices of seats, money and floors, and the value of the dual at them."""

    def __init__(self, problem, bundles, worth):
        self.problem, self.bundles, self.worth = problem, bundles, worth
        self.names, self.role = np.unique(problem.roles, return_inverse=True)
        self.owed = np.array([float(problem.owed.get(name, 0.0)) for name in self.names])
        size = np.full(len(problem.courses), np.inf) if problem.session_size is None else problem.session_size
        self.cost = problem.price + np.where(np.isfinite(size), problem.fixed_price / size, 0.0)
        self.limits = np.concatenate([problem.seats, [problem.budget]])
        self.open = np.isfinite(self.limits)
        self.uses = np.column_stack([bundles, bundles @ self.cost])[:, self.open]

    def choose(self, prices, floor):
        net = self.worth * (1 + floor[self.role])[:, None] - self.uses @ prices
        best = net.argmax(axis=1)
        return best, net[np.arange(len(net)), best]

    def lowest(self, rounds=ROUNDS):
        """Return (bound, prices, floor): projected subgradients with Polyak-like falling steps, the best point kept."""
        prices, floor = np.zeros(self.open.sum()), np.zeros(len(self.names))
        best = (np.inf, prices, floor)
        limits, step = self.limits[self.open], None
        for turn in range(rounds):
            chosen, net = self.choose(prices, floor)
            value = net.sum() + prices @ limits - floor @ self.owed
            if value < best[0]:
                best = (value, prices.copy(), floor.copy())
            over = self.uses[chosen].sum(axis=0) - limits
            closed = self.worth[np.arange(len(chosen)), chosen]
            short = self.owed - np.bincount(self.role, closed, len(self.names))
            # Each price moves by a share of what the last unit of it may be worth.
            step = step if step is not None else value / np.maximum(limits, 1e-9)
            pace = 0.5 / (1 + turn) ** 0.6
            prices = np.maximum(prices + pace * step * over / np.maximum(limits, 1.0) / 4, 0)
            if self.owed.any():
                floor = np.maximum(floor + pace * short / np.maximum(self.owed, 1e-9), 0)
        return best


def seat_prices(problem):
    """Return what one more seat of each course would add at most, in weighted levels: (C,), 0 where seats have no limit."""
    used = np.flatnonzero(problem.gains.sum(axis=(0, 2)) > 0)
    used = np.union1d(used, np.flatnonzero(problem.requires[used].any(axis=0)))
    part = with_courses(problem, used)
    bundles = bundles_of(part)
    dual = _Prices(part, bundles, worth_of_bundles(part, bundles))
    prices, limited = np.zeros(len(problem.courses)), dual.open[:-1]
    prices[used[limited]] = dual.lowest()[1][: limited.sum()]
    return prices


def solve_bundles(problem, seed=20261123, passes=4, bundles=None):
    """Return a `Choice` for any number of people, with the gap to what no plan can exceed.

    Everybody chooses the bundle that is worth most at the prices of seats and money of the Lagrangian dual, whose
    value is the bound (Fisher 1981, Management Science 27); where a limit binds, those whom it helps most choose
    first, by a seeded lot among
    equals. Then everybody may choose again from what is left.
    """
    bundles = bundles_of(problem) if bundles is None else bundles
    worth = worth_of_bundles(problem, bundles)
    dual = _Prices(problem, bundles, worth)
    bound, prices, floor = dual.lowest()
    lot = np.random.default_rng(seed).permutation(len(problem.people))
    chosen = np.zeros(len(problem.people), dtype=int)  # the empty bundle
    for turn in range(passes):
        share = 1.0 - turn / max(passes - 1, 1)
        net = worth * (1 + floor[dual.role])[:, None] - share * (dual.uses @ prices)
        top = np.sort(net, axis=1)[:, -2:] if net.shape[1] > 1 else np.repeat(net, 2, axis=1)
        order = np.lexsort(
            (lot, -np.round(top[:, 1] - (top[:, 0] if turn == 0 else net[np.arange(len(net)), chosen]), 6))
        )
        _assign(problem, bundles, net, chosen, order)
    taken = bundles[chosen]
    closed = worth[np.arange(len(chosen)), chosen].astype(float)
    unmet = below_floor(problem, closed)
    if unmet:  # a plan below the floor may close more than those that the bound with the floor is about
        bound = _Prices(replace(problem, owed={}), bundles, worth).lowest()[0]
    return Choice(taken, closed, max(float(bound), float(closed.sum())), "bundles", unmet)


def _assign(problem, bundles, net, chosen, order):
    """Let people choose in turn the best bundle that the others leave room for; changes `chosen`."""
    heads = bundles[chosen].sum(axis=0).astype(float)
    for person in order:
        own = bundles[chosen[person]]
        without = heads - own
        fits = ~(bundles & (without + 1 > problem.seats)).any(axis=1)
        if np.isfinite(problem.budget):
            # A further session starts where the last one is full.
            held = sessions_needed(problem, without)
            new = sessions_needed(problem, without + 1) - held
            base = without @ problem.price + held @ problem.fixed_price
            fits &= base + bundles @ (problem.price + new * problem.fixed_price) <= problem.budget + 1e-9
        place = int(np.where(fits, net[person], -np.inf).argmax())
        chosen[person] = place
        heads = without + bundles[place]
