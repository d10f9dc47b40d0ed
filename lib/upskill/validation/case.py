"""A published number, and how we compute it."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One published result.

    `compute` takes nothing and returns our value; `tolerance` is the largest
    difference that counts as reproduced, usually half a unit of the last
    digit printed.
    """

    area: str
    name: str
    expected: float
    tolerance: float
    source: str
    compute: Callable[[], float]


@dataclass(frozen=True)
class Result:
    """A case with our value."""

    case: Case
    value: float

    @property
    def difference(self):
        return abs(self.value - self.case.expected)

    @property
    def reproduced(self):
        return math.isfinite(self.value) and self.difference <= self.case.tolerance


def check(cases):
    """Compute every case; return a list of `Result`."""
    return [Result(case, float(case.compute())) for case in cases]
