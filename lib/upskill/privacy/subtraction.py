"""What a reader can work out by adding and subtracting what is shown, and what to hide so that nobody is bared."""

from functools import lru_cache
from itertools import combinations

import numpy as np
import pandas as pd

MANY = 40  # small pieces beyond which only single ones and pairs are tried


def derivable_groups(groups, minimum):
    """Return the groups of fewer than `minimum` people whose totals follow from the totals of `groups`.

    `groups`: collections of ids, one per published total. Two people in just
    the same groups cannot be told apart, so people form pieces; a group of
    pieces follows when its indicator lies in the row space of the published
    ones, that is, when it is orthogonal to their null space. Groups that are
    published outright are found too. Beyond 40 small pieces only single ones
    and pairs are tried.

    >>> company, first, second = set(range(12)), set(range(6)), set(range(6, 10))
    >>> derivable_groups([company, first], 5)
    []
    >>> [sorted(group) for group in derivable_groups([company, first, second | {10}], 5)]
    [[11]]
    """
    groups = [frozenset(group) for group in groups if group]
    pieces = _pieces(groups)
    if not pieces:
        return []
    null = _null_space(np.array([[float(number in member) for member in pieces] for number in range(len(groups))]))
    members = [people for people in pieces.values() if len(people) < minimum]
    null = null[[len(people) < minimum for people in pieces.values()]]
    most = min(minimum - 1, len(members)) if len(members) <= MANY else 2
    return [frozenset().union(*(members[place] for place in chosen))
            for count in range(1, most + 1) for chosen in _vanishing(null, count)
            if sum(len(members[place]) for place in chosen) < minimum]


def _vanishing(null, count):
    """Return the sets of so many rows whose sum is zero; a random direction sorts out nearly all others at once."""
    chosen = _choices(len(null), count)
    along = null @ np.random.default_rng(0).standard_normal(null.shape[1])
    candidates = chosen[np.abs(along[chosen].sum(axis=1)) < 1e-7]
    return [places for places in candidates.tolist() if np.abs(null[places].sum(axis=0)).max(initial=0.0) < 1e-8]


@lru_cache(maxsize=64)
def _choices(number, count):
    return np.array(list(combinations(range(number), count)), dtype=np.int16).reshape(-1, count)


def _pieces(groups):
    """Return {numbers of the groups that they are in: people}."""
    places = {}
    for number, group in enumerate(groups):
        for person in group:
            places.setdefault(person, []).append(number)
    pieces = {}
    for person, numbers in places.items():
        pieces.setdefault(tuple(numbers), set()).add(person)
    return pieces


def _null_space(matrix):
    _, values, right = np.linalg.svd(matrix, full_matrices=True)
    rank = int((values > 1e-9 * max(values, default=1.0)).sum())
    return right[rank:].T


def hidden_rows(sizes, minimum, prefer=None):
    """Tell which rows to hide: those below the minimum, and more until they protect each other.

    A single hidden row could be had by subtraction from a total, so the next
    smallest are hidden too, until at least two rows with `minimum` people
    together are hidden; rows in the boolean Series `prefer` come first.
    Returns two boolean Series: too small, hidden with them.

    >>> small, beside = hidden_rows(pd.Series([3, 9, 6, 20]), 5)
    >>> small.tolist(), beside.tolist()
    ([True, False, False, False], [False, False, True, False])
    """
    sizes = sizes.astype("float64").fillna(0)
    small = sizes < minimum
    hidden = small.copy()
    first = pd.Series(False, index=sizes.index) if prefer is None else prefer
    order = pd.DataFrame({"last": ~first, "size": sizes})[~small].sort_values(["last", "size"], kind="stable").index
    for index in order:
        if not small.any() or (hidden.sum() >= 2 and sizes[hidden].sum() >= minimum):
            break
        hidden[index] = True
    return small, hidden & ~small


def hidden_cells(sizes, minimum):
    """Tell which cells of a two-way table to hide: the small ones, and more until none follows from the totals.

    `sizes`: people per cell, rows × columns, nobody in two cells. The totals
    of rows and columns count as known to the reader. Empty cells show nobody
    and are hidden only where nothing less would do, the whole table then. Returns two boolean frames: too small, hidden with them.

    >>> small, beside = hidden_cells(pd.DataFrame([[2, 9, 9], [8, 7, 9], [9, 9, 9]]), 5)
    >>> int(small.to_numpy().sum()), int(beside.to_numpy().sum())
    (1, 3)
    """
    counts = sizes.fillna(0).astype("int64").to_numpy()
    small = (counts > 0) & (counts < minimum)
    hidden = small.copy()
    while small.any():
        cell = _next_cell(counts, hidden, minimum)
        if cell is None:
            break
        hidden[cell] = True
    if small.any() and _bare_cells(counts, hidden, minimum):
        # Where empty cells are known to be empty, the totals alone can give a cell away: then nothing is shown.
        hidden[:] = True
    frame = {"index": sizes.index, "columns": sizes.columns}
    return pd.DataFrame(small, **frame), pd.DataFrame(hidden & ~small, **frame)


def _next_cell(counts, hidden, minimum):
    """Return the cell to hide next so that those hidden protect each other, or None when they do or cannot."""
    for axis, number in [(0, row) for row in range(len(counts))] + [(1, column) for column in range(counts.shape[1])]:
        line = np.take(hidden, number, axis)
        if line.any() and (line.sum() < 2 or np.take(counts, number, axis)[line].sum() < minimum):
            cells = [(number, place) if axis == 0 else (place, number) for place in range(len(line))]
            if best := _best(cells, counts, hidden):
                return best
    bare = _bare_cells(counts, hidden, minimum)
    rows, columns = {row for row, _ in bare}, {column for _, column in bare}
    return _best([cell for cell in np.ndindex(counts.shape) if cell[0] in rows or cell[1] in columns], counts, hidden)


def _best(cells, counts, hidden):
    """Return the smallest shown cell, those first that would lie on lines with hidden cells anyway."""
    shown = [cell for cell in cells if counts[cell] and not hidden[cell]]
    def cost(cell):
        return -int(hidden[cell[0]].any()) - int(hidden[:, cell[1]].any()), counts[cell], cell
    return min(shown, key=cost, default=None)


def _bare_cells(counts, hidden, minimum):
    """Return the hidden cells that belong to a group which the shown cells and the totals give away."""
    people = {cell: [(*cell, one) for one in range(counts[cell])] for cell in np.ndindex(counts.shape)}
    shown = [people[cell] for cell in people if not hidden[cell]]
    lines = [[one for cell in people if cell[axis] == number for one in people[cell]]
             for axis in (0, 1) for number in range(counts.shape[axis])]
    return {one[:2] for group in derivable_groups([*shown, *lines], minimum) for one in group}
