"""The phases of a roadmap as program.yml names them: what each needs, how long it may take, what it must reach."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from upskill.data import NotEnoughData

# Where a plan names no range, durations are taken to run from a tenth shorter to half as long again: plans are optimistic more often
# than not (Kahneman and Tversky 1979, TIMS Studies in Management Science 12).
USUAL_RANGE = (0.9, 1.0, 1.5)


@dataclass(frozen=True)
class Goal:
    """A goal as a measurable fact: `fact` must be at least or at most `limit`, with probability `chance`."""

    fact: str
    limit: float
    is_upper: bool
    chance: float = 0.8


@dataclass(frozen=True)
class Phase:
    """One phase: planned days, `weeks` (low, mode, high: 5 %, most probable, 95 %), phases that must end before it starts.

    `trains`: (course, people) that need a seat in it; `is_own_range`: whether program.yml gave `weeks`, or the usual range stands in.
    """

    name: str
    starts_on: pd.Timestamp
    ends_on: pd.Timestamp
    weeks: tuple
    needs: tuple = ()
    goal: str = ""
    goals: tuple = ()
    owner: str = ""
    resources: str = ""
    is_own_range: bool = False
    trains: tuple = ()


def read_phases(roadmap):
    """Return the `Phase`s of `roadmap:` in program.yml, in order of their planned start.

    Without `needs` a phase follows the one before it. Raises NotEnoughData where there is no dated phase, ValueError with all
    that is wrong: ends before starts, unknown or circular needs, ranges out of order, goals without a fact or a limit.
    """
    given = [entry for entry in (roadmap or {}).get("phases") or () if isinstance(entry, dict)]
    dated = [entry for entry in given if _day(entry.get("starts_on")) is not None and _day(entry.get("ends_on")) is not None]
    if not dated:
        raise NotEnoughData("program.yml names no phase with starts_on and ends_on under roadmap: phases")
    dated.sort(key=lambda entry: (_day(entry["starts_on"]), _day(entry["ends_on"])))
    names = [str(entry.get("name") or f"phase {place}") for place, entry in enumerate(dated, start=1)]
    faults, phases = [], []
    for place, (name, entry) in enumerate(zip(names, dated, strict=True)):
        before = (names[place - 1],) if place else ()
        needs = tuple(map(str, entry["needs"])) if entry.get("needs") is not None else before
        faults += [f"{name}: needs {need!r}, which is no earlier phase" for need in needs if need not in names[:place]]
        start, end = _day(entry["starts_on"]), _day(entry["ends_on"])
        faults += [f"{name}: ends on {end:%Y-%m-%d}, not after {start:%Y-%m-%d}"] if end <= start else []
        weeks = _weeks(name, entry, (end - start).days / 7, faults)
        phases.append(Phase(name, start, end, weeks, needs, str(entry.get("goal") or ""), _goals(name, entry, faults),
                            str(entry.get("owner") or ""), str(entry.get("resources") or ""), isinstance(entry.get("weeks"), dict),
                            _trains(name, entry, faults)))
    if len(set(names)) < len(names):
        faults.append("two phases have the same name")
    if faults:
        raise ValueError("roadmap: " + "; ".join(faults))
    return tuple(phases)


def _day(value):
    """Return a day, or None where it is none."""
    if isinstance(value, date):
        return pd.Timestamp(value)
    day = pd.to_datetime(str(value), format="%Y-%m-%d", errors="coerce") if value is not None else pd.NaT
    return None if pd.isna(day) else day


def _trains(name, entry, faults):
    try:
        found = tuple((str(one["course"]), int(one["people"])) for one in entry.get("trains") or ())
        if all(people > 0 for _, people in found):
            return found
    except (KeyError, TypeError, ValueError):
        pass
    faults.append(f"{name}: trains must be a list of {{course: id, people: number}}")
    return ()


def _weeks(name, entry, planned, faults):
    given = entry.get("weeks")
    if not isinstance(given, dict):
        return tuple(share * planned for share in USUAL_RANGE)
    try:
        weeks = tuple(float(given[key]) for key in ("low", "mode", "high"))
    except (KeyError, TypeError, ValueError):
        faults.append(f"{name}: weeks must be {{low, mode, high}} in numbers")
        return (planned,) * 3
    if not 0 < weeks[0] <= weeks[1] <= weeks[2]:
        faults.append(f"{name}: weeks must rise from low over mode to high, above 0")
    return weeks


def _goals(name, entry, faults):
    found = []
    for goal in entry.get("goals") or ():
        sides = [side for side in ("at_least", "at_most") if isinstance(goal, dict) and goal.get(side) is not None]
        if len(sides) != 1 or not goal.get("fact"):
            faults.append(f"{name}: each goal names one fact, and at_least or at_most")
            continue
        found.append(Goal(str(goal["fact"]), float(goal[sides[0]]), sides[0] == "at_most", float(goal.get("chance", 0.8))))
    return tuple(found)
