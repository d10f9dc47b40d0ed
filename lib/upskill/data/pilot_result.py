"""What a pilot found, entered by hand: `pilot: result` in program.yml."""

import math
from dataclasses import dataclass

from upskill.data.assumptions import bad_value
from upskill.data.near import did_you_mean

NUMBERS = ("change_in_time", "low", "high")
KEYS = (*NUMBERS, "level", "same_company", "source", "note")


@dataclass(frozen=True)
class PilotResult:
    """The change in time on tasks by training: treated over control, less 1 (-0.10 is 10 % less time).

    low, high: its interval at `level`. same_company: the pilot's teams were
    drawn by lot from all teams.
    """

    change_in_time: float
    low: float
    high: float
    level: float = 0.90
    same_company: bool = False
    source: str = ""


def pilot_result(pilot):
    """Return the PilotResult that the setting `pilot` holds, or None.

    pilot: as in the settings of a program; faulty results count as none (reading
    the program named their faults).

    >>> pilot_result({"result": {"change_in_time": -0.1, "low": -0.19, "high": 0.0}}).level
    0.9
    """
    entry = pilot.get("result") if isinstance(pilot, dict) else None
    if not isinstance(entry, dict) or _wrong(entry):
        return None
    return PilotResult(*(float(entry[key]) for key in NUMBERS), float(entry.get("level", 0.90)),
                       bool(entry.get("same_company", False)), str(entry.get("source") or ""))


def pilot_result_faults(pilot, file, path):
    """Return the faults of `pilot: result`."""
    entry = pilot.get("result") if isinstance(pilot, dict) else None
    if entry is None:
        return []
    place = (*path, "result")
    if not isinstance(entry, dict):
        return [bad_value(file, place, entry, f"a mapping with {', '.join(NUMBERS)}")]
    return [bad_value(file, (*place, key), entry.get(key), expected, cure) for key, expected, cure in _wrong(entry)]


def _wrong(entry):
    """Return (key, what was expected, cure) of each entry that cannot be used."""
    wrong = [(key, f"one of {', '.join(KEYS)}", did_you_mean(key, KEYS, "Remove it."))
             for key in entry if key not in KEYS]
    wrong += [(key, "a number above -1", "Write -0.10 for 10 % less time.") for key in NUMBERS
              if not _is_number(entry.get(key)) or entry[key] <= -1]
    level = entry.get("level", 0.90)
    if not _is_number(level) or not 0 < level < 1:
        wrong.append(("level", "a share such as 0.90", "Write the level of the interval."))
    if not isinstance(entry.get("same_company", False), bool):
        wrong.append(("same_company", "true or false", "True where the pilot's teams were drawn by lot from all."))
    if not wrong and not (entry["low"] <= entry["change_in_time"] <= entry["high"] and entry["low"] < entry["high"]):
        wrong.append(("change_in_time", "a number between low and high",
                      "Less time is below zero; low is the smaller end."))
    return wrong


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
