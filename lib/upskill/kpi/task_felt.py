"""What people felt the treatment did, against what the clock says."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from upskill.kpi.task_table import FEWEST_PEOPLE, FEWEST_TASKS

ARM = 1


@dataclass(frozen=True)
class Felt:
    """Felt change of time on treated tasks, and how far it lies from the measured one; relative changes with intervals.

    `gap` = felt − measured: below zero, people feel faster than they are. `people`,
    `tasks`: who said what they felt.
    """

    change: float
    low: float
    high: float
    gap: float
    gap_low: float
    gap_high: float
    people: int
    tasks: int


def felt_against_measured(tasks, level=0.90):
    """Compare the mean felt change of treated tasks with the measured effect, or None where too few said.

    Both by leaving out one person at a time, so that what felt and measured share is
    counted once (jackknife over people: Efron and Stein 1981, Annals of Statistics 9);
    Student's t with people − 1 degrees of freedom.
    """
    design, outcome, persons = tasks.design
    felt = tasks.done["perceived_change"].where(tasks.done["treated"]).to_numpy(dtype=float)
    said = np.isfinite(felt)
    people = np.unique(persons)
    if said.sum() < FEWEST_TASKS or len(np.unique(persons[said])) <= FEWEST_PEOPLE:
        return None
    whole = _pair(design, outcome, felt)
    left_out = np.array([_pair(design[persons != one], outcome[persons != one], felt[persons != one]) for one in people])
    if not np.isfinite(left_out).all():
        return None
    count = len(people)
    change, gap = whole[0], whole[0] - whole[1]
    errors = [np.sqrt((count - 1) / count * ((values - values.mean()) ** 2).sum())
              for values in (left_out[:, 0], left_out[:, 0] - left_out[:, 1])]
    reach = student.ppf(0.5 + level / 2, count - 1)
    return Felt(change, change - reach * errors[0], change + reach * errors[0], gap, gap - reach * errors[1],
                gap + reach * errors[1], len(np.unique(persons[said])), int(said.sum()))


def _pair(design, outcome, felt):
    """Return (mean felt change, measured relative change); NaN where one of them cannot be had."""
    known = felt[np.isfinite(felt)]
    if not len(known) or np.ptp(design[:, ARM]) == 0:
        return float("nan"), float("nan")
    effect = np.linalg.lstsq(design, outcome, rcond=None)[0][ARM]
    return float(known.mean()), float(np.expm1(effect))


