"""What a plan will bring, with its doubt: levels are measured with error, and so are the gains of courses."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Outcome:
    """Draws of what is missing and what a plan closes, in levels summed over competencies, unweighted.

    `missing`, `closed`: (P, draws).
    """

    roles: np.ndarray
    missing: np.ndarray
    closed: np.ndarray

    def per_person(self, mask=None, level=0.90):
        """Return (missing, closed, low, high) per person, mean over those of `mask`; the interval is that of what is closed."""
        mask = np.ones(len(self.roles), bool) if mask is None else mask
        closed = self.closed[mask].mean(axis=0)
        low, high = np.quantile(closed, [(1 - level) / 2, (1 + level) / 2])
        return float(self.missing[mask].mean()), float(closed.mean()), float(low), float(high)

    def share(self, mask=None, level=0.90):
        """Return (share of what is missing that the plan closes, low, high)."""
        mask = np.ones(len(self.roles), bool) if mask is None else mask
        share = self.closed[mask].sum(axis=0) / np.maximum(self.missing[mask].sum(axis=0), 1e-12)
        low, high = np.quantile(share, [(1 - level) / 2, (1 + level) / 2])
        return float(share.mean()), float(low), float(high)


def outcome(basis, taken, draws=400, seed=20261123):
    """Return the `Outcome` of a choice.

    Each draw takes a level for every person and competency from its chances, and a gain for every course and
    competency, common to all, from Normal(gain, standard error) without values below 0; a course adds where
    from ≤ level < to, and what is closed ends at the target:
    closed = sum over competencies of min(max(target − level, 0), sum of gains). Completion is taken for granted.
    """
    random = np.random.default_rng(seed)
    people, competencies, _ = basis.levels.shape
    bounds = np.cumsum(basis.levels, axis=2)
    aims = np.where(np.isnan(basis.aims), 0, basis.aims)
    used = np.flatnonzero(taken.any(axis=0))
    missing, closed = np.empty((people, draws)), np.empty((people, draws))
    for draw in range(draws):
        level = (random.random((people, competencies, 1)) > bounds).sum(axis=2).clip(0, 5)
        gain = np.maximum(random.normal(basis.gain, basis.gain_error), 0)
        lacking = np.maximum(aims - level, 0)
        added = np.zeros((people, competencies))
        for course in used:
            fits = (level >= basis.begins[course]) & (level < basis.ends[course])
            added += taken[:, course, None] * fits * gain[course]
        missing[:, draw] = lacking.sum(axis=1)
        closed[:, draw] = np.minimum(lacking, added).sum(axis=1)
    return Outcome(np.asarray(basis.problem.roles, dtype=object), missing, closed)


def reasons(basis, role, course, most=3):
    """Return the competencies for which a course serves a role: competency, levels missing per person, worth, largest first.

    `worth`: what the course alone would close of the weighted shortfall, per person of the role.
    """
    problem = basis.problem
    members = np.flatnonzero(problem.roles == role)
    at = problem.courses.index(course)
    covered = np.minimum(problem.gains[members, at, :, None], 1.0)  # a single course adds at most one level
    worth = (problem.steps[members][:, :, :1] * covered).sum(axis=2).mean(axis=0)
    levels = np.arange(6)
    lacking = np.maximum(basis.aims[members][:, :, None] - levels, 0) * basis.levels[members]
    table = pd.DataFrame({"competency_id": problem.competencies, "missing": np.nansum(lacking, axis=2).mean(axis=0), "worth": worth})
    return table[table["worth"] > 0].nlargest(most, "worth").reset_index(drop=True)
