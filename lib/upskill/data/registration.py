"""The plan of a pilot, fixed before it starts: `pilot: registration` in program.yml and the hash that shows a change."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date

# What the plan is made of; results and the hash itself are not part of it.
PLANNED = ("question", "design", "rollout", "registration")
UNPLANNED = ("hash", "former", "deviations")
SHOWN = 12


@dataclass(frozen=True)
class Registration:
    """What was fixed beforehand.

    `state`: "registered" (the hash fits the plan), "changed" (it does not), "late"
    (registered on or after the start), "none". `on`: ISO date; `primary_kpi`: name or
    ""; `margin`: smallest relevant change as a share above 0, None where not set;
    `guardrails`: {kpi: largest worsening}, points for shares, else relative;
    `rule`, `deviations`: in words; `hash`: as recorded.
    """

    state: str
    on: str = ""
    hash: str = ""
    primary_kpi: str = ""
    margin: float | None = None
    guardrails: dict = field(default_factory=dict, compare=False)
    rule: str = ""
    deviations: tuple = ()
    looks: int = 1


def plan_hash(pilot):
    """Return the SHA-256 of a pilot's plan as 64 hexadecimal digits.

    pilot: the setting of that name. Hashed are question, design, rollout and registration
    (without hash and deviations), written as JSON with sorted keys, dates in ISO form, so
    that order, spaces and comments of the file do not matter.

    >>> plan_hash({"question": "x", "result": {}}) == plan_hash({"question": "x", "registration": {"hash": "abc"}})
    True
    """
    plan = {key: pilot[key] for key in PLANNED if pilot.get(key)}
    if isinstance(plan.get("registration"), dict):
        plan["registration"] = {key: value for key, value in plan["registration"].items() if key not in UNPLANNED}
    if not plan.get("registration"):
        plan.pop("registration", None)
    text = json.dumps(plan, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_written)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _written(value):
    return value.isoformat() if isinstance(value, date) else str(value)


def registration(pilot, starts_on=None):
    """Return the Registration that the setting `pilot` holds.

    starts_on: day of the first start that the plan is about; a plan that was
    registered on that day or later was not registered before it.
    """
    entry = pilot.get("registration") if isinstance(pilot, dict) else None
    if not isinstance(entry, dict) or not entry:
        return Registration("none")
    rollout = pilot.get("rollout") if isinstance(pilot.get("rollout"), dict) else {}
    recorded = str(entry.get("hash") or "").strip().lower()
    on = _day(entry.get("registered_on"))
    return Registration(
        _state(recorded, on, pilot, starts_on), on, recorded, str(entry.get("primary_kpi") or rollout.get("primary_kpi") or ""),
        _size(entry.get("smallest_relevant_change")), _margins(entry.get("guardrails")), str(entry.get("rule") or ""),
        _words(entry.get("deviations")), entry["looks"] if isinstance(entry.get("looks"), int) else 1)


def _state(recorded, on, pilot, starts_on):
    if not recorded or not on:
        return "none"
    if plan_hash(pilot) != recorded and not (len(recorded) >= SHOWN and plan_hash(pilot).startswith(recorded)):
        return "changed"
    return "late" if starts_on is not None and on >= _day(starts_on) else "registered"


def _day(value):
    return value.isoformat()[:10] if isinstance(value, date) else str(value or "")[:10]


def _size(value):
    """Return a number as a share above zero, None for anything else."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return abs(float(value)) if is_number and 0 < abs(value) < 1 else None


def _margins(given):
    if not isinstance(given, dict):
        return {}
    return {str(name): _size(value) for name, value in given.items() if _size(value)}


def _words(given):
    given = given if isinstance(given, (list, tuple)) else [given] if given else []
    return tuple(str(one) for one in given)
