"""What changed since the last review: facts of an earlier labelled run held against those of now."""

from dataclasses import dataclass, field
from math import hypot, log1p

import pandas as pd

from upskill.data import program_name

OWN = "08_roadmap"  # what this report said itself is not held against what it says now


@dataclass(frozen=True)
class Review:
    """Facts of an earlier review by name; `label`: of the labelled run, "" where unknown; `data_as_of`: ISO date of its latest data, or ""."""

    label: str
    data_as_of: str
    facts: dict = field(repr=False)


def last_review(reports, program):
    """Return the `Review` in the facts of earlier reports of the same program and team, on whatever day.

    reports: as from `data.read_facts`. Raises ValueError where they are of another program.
    """
    others = {str(one.parameters.get("program")) for one in reports
              if program_name(str(one.parameters.get("program", program.folder))) != program.folder.name}
    if others:
        raise ValueError(f"These facts are of the program {', '.join(sorted(others))}, not of {program.folder.name}.")
    own = [one for one in reports if one.report != OWN and (one.parameters.get("team") or "") == (program.team or "")]
    facts = {name: fact for one in own for name, fact in one.facts.items()}
    return Review(next((one.label for one in own if one.label), ""), max((one.data_as_of for one in own), default=""), facts)


def moved_facts(before, now, level=0.90):
    """Return what changed since earlier facts: name, before, now, unit, better, beyond_noise; moves beyond the noise first.

    Beyond noise, with arms of the two intervals towards each other: |now − before| > √(arm² + arm²) (Zou and Donner 2008,
    Statistics in Medicine 27); changes in percent on the scale log(1 + change). None where a fact has no interval: nobody
    can tell. Both intervals are taken to be of `level`.
    """
    rows = []
    for name, fact in now.items():
        old = before.get(name)
        if old is None or old.value is None or fact.value is None or old.value == fact.value or old.unit != fact.unit:
            continue
        rows.append({"name": name, "before": old.value, "now": fact.value, "unit": fact.unit, "better": fact.better,
                     "beyond_noise": _beyond_noise(old, fact)})
    table = pd.DataFrame(rows, columns=["name", "before", "now", "unit", "better", "beyond_noise"])
    order = table["beyond_noise"].map(lambda known: {True: 0, False: 2}.get(known, 1))
    return table.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def _beyond_noise(old, new):
    if not (old.has_interval and new.has_interval):
        return None
    ends = [(fact.low, fact.value, fact.high) for fact in (old, new)]
    if new.unit == "percent change" and min(min(one) for one in ends) > -1:
        ends = [tuple(map(log1p, one)) for one in ends]
    (low, was, high), (new_low, value, new_high) = ends
    arms = (value - new_low, high - was) if value > was else (new_high - value, was - low)
    return abs(value - was) > hypot(*(max(arm, 0.0) for arm in arms))
