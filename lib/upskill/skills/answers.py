"""From whatever a table of answers holds to category numbers, and what such a design cannot identify."""

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from upskill.data import NotEnoughData

MISSING = -1
FEWEST_PERSONS = 5
MOST_CATEGORIES = 25  # more different codes than that are measurements, not ordered categories


def as_numbers(responses):
    """Return persons × items as a DataFrame of floats, NaN = missing; takes any numeric, boolean or nullable type.

    Raises ValueError for an empty table, text or infinite numbers, naming the items.
    """
    frame = pd.DataFrame(responses)
    if not frame.size:
        raise ValueError(f"responses has {frame.shape[0]} rows and {frame.shape[1]} columns: nothing can be estimated")
    if frame.shape[1] == 1 and frame.iloc[:, 0].map(np.size).gt(1).any():
        raise ValueError("responses must be a table, persons × items")
    columns, wrong = [], []
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        try:
            columns.append(column.mask(column.isna(), np.nan).astype(float).to_numpy())
        except (TypeError, ValueError):
            wrong.append(f"{name} ({next((repr(value) for value in column if isinstance(value, str)), column.dtype)})")
    if wrong:
        raise ValueError(f"answers must be numbers; these items hold something else: {', '.join(wrong[:5])}")
    values = np.column_stack(columns)
    infinite = [str(name) for name, column in zip(frame.columns, values.T) if np.isinf(column).any()]
    if infinite:
        raise ValueError(f"items {', '.join(infinite[:5])} hold infinite numbers")
    return pd.DataFrame(values, frame.index, frame.columns)


def encode(frame, codes=None):
    """Return answers as 0 … K - 1 (-1 = missing) and the codes; an unknown code counts as the nearest one."""
    values = frame.to_numpy(dtype=float)
    if codes is None:
        codes = [np.unique(column[np.isfinite(column)]) for column in values.T]
        found = [np.searchsorted(seen, column) for seen, column in zip(codes, values.T)]
        return np.where(np.isfinite(values), np.column_stack(found), MISSING), codes
    answers = np.full(values.shape, MISSING, dtype=int)
    for j, seen in enumerate(codes):
        asked = np.isfinite(values[:, j])
        if len(seen):
            answers[asked, j] = np.abs(values[asked, j][:, None] - seen).argmin(axis=1)
    return answers, codes


def patterns(answers):
    """Return the distinct rows of answers and how often each occurs, without rows that have none."""
    asked = np.ascontiguousarray(answers[(answers >= 0).any(axis=1)].astype(np.int8))
    rows = asked.view(f"V{asked.shape[1]}").ravel()  # one value per person: quick to sort
    _, first, counts = np.unique(rows, return_index=True, return_counts=True)
    return asked[first].astype(int), counts


def check_design(names, answers, codes, equivalent_groups=False):
    """Raise where these answers cannot place items on one scale.

    NotEnoughData: fewer than 5 people with an answer, or items that no chain
    of people who answered both joins to the others (an item that all answer
    alike joins nothing). ValueError: no item with two different answers, or
    more codes than ordered categories have.
    """
    many = [str(name) for name, seen in zip(names, codes) if len(seen) > MOST_CATEGORIES]
    if many:
        raise ValueError(
            f"items {', '.join(many[:5])} have more than {MOST_CATEGORIES} different codes: these are not ordered "
            "categories"
        )
    telling = np.array([len(seen) > 1 for seen in codes])
    if not telling.any():
        raise ValueError("no item has two different answers: nothing can be estimated")
    persons = int((answers[:, telling] >= 0).any(axis=1).sum())
    if persons < FEWEST_PERSONS:
        raise NotEnoughData(f"{persons} people answered; at least {FEWEST_PERSONS} are needed to estimate anything.")
    if equivalent_groups:
        return
    part = linked_sets(answers[:, telling])
    if part.max() > 0:
        apart = [str(name) for name, number in zip(np.asarray(names, dtype=object)[telling], part) if number]
        raise NotEnoughData(
            f"The items fall into {part.max() + 1} sets that share no people: {', '.join(apart[:5])}"
            f"{' …' if len(apart) > 5 else ''} cannot be put on the scale of the others. Common items would tie them; "
            "where chance decided who got which set, say equivalent_groups=True."
        )


def linked_sets(answers):
    """Return for each item the number of its set, 0 = the largest; people who answered two items link them.

    >>> linked_sets(np.array([[0, 1, -1], [1, 0, -1], [-1, -1, 1]])).tolist()
    [0, 0, 1]
    """
    asked = csr_array((answers >= 0).astype(int))
    _, number = connected_components(asked.T @ asked, directed=False)
    order = np.argsort(-np.bincount(number), kind="stable")
    return np.argsort(order)[number]
