"""Assumptions of the money model: constants, ranges and distributions with their sources."""

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from upskill.data.near import did_you_mean, nearest
from upskill.data.schema import Fault, ProgramError
from upskill.data.yaml_file import read_yaml
from upskill.paths import REFERENCE

DISTRIBUTIONS = {
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "beta": ("a", "b"),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
    "tabulated": ("probabilities", "values"),
}
RANGES = ("lognormal", "beta")  # may be given by low and high, their 5 % and 95 % points, instead
POSITIVE = {"sd", "sigma", "median", "a", "b"}
NOTES = ("unit", "source", "confirmed_by", "confirmed_on")
# `meaning`, `minimum` and `maximum` are for the shipped file: they document and bound.
OTHER_KEYS = ("meaning", "note", "minimum", "maximum", "absolute", "distribution")


@dataclass(frozen=True)
class Assumption:
    """One input of the money model.

    `kind`: "constant" {value}; "quantiles" {low, mode, high}, read as 5 %,
    mode and 95 %; "bounded", the same with absolute ends; or a distribution:
    "normal" {mean, sd}, "lognormal" {median, sigma}, "beta" {a, b}, these
    two also by {low, high}, their 5 % and 95 % points, "uniform" {low, high},
    "triangular" and "pert" {low, mode, high}, "tabulated" {probabilities,
    values}, both rising. `shipped`: a default that
    nobody in the company has looked at.
    """

    name: str
    kind: str
    parameters: dict = field(default_factory=dict)
    unit: str = ""
    source: str = ""
    confirmed_by: str = ""
    confirmed_on: str = ""
    shipped: bool = False
    meaning: str = ""
    minimum: float | None = None
    maximum: float | None = None

    @property
    def confirmed(self):
        return bool(self.confirmed_by)


def read_reference_assumptions(section="assumptions"):
    """Return the shipped assumptions as {name: Assumption}; {} where none are shipped.

    section: `assumptions` of the program, those of `options`, or hours of
    authoring by `modalities`. Raises ProgramError with all faults of the file.
    """
    path = REFERENCE / "assumptions.yml"
    return dict(_shipped(section, path, path.stat().st_mtime_ns)) if path.is_file() else {}


@lru_cache(maxsize=16)
def _shipped(section, path, changed_at):
    """Read one section; `changed_at` lets a changed file be read again."""
    file, faults = read_yaml(path)
    content = file.content.get(section, {}) if isinstance(file.content, dict) else {}
    parsed, more = parse_assumptions(content, file, (section,))
    if faults or more:
        raise ProgramError("The shipped assumptions cannot be read.", [*faults, *more])
    return {name: replace(one, shipped=True, confirmed_by="", confirmed_on="") for name, one in parsed.items()}


def parse_assumptions(content, file, prefix=("assumptions",), known=None):
    """Return ({name: Assumption}, faults) of a mapping from YAML.

    `known`: the shipped assumptions; a name outside them is a fault, and an
    entry without unit takes the shipped one.
    """
    parsed, faults = {}, []
    if not isinstance(content, dict):
        return {}, [bad_value(file, prefix, content, "a mapping of names to values")]
    for name, entry in content.items():
        path = (*prefix, name)
        if known and name not in known:
            faults.append(_unknown(file, path, name, known))
        one, more = _parse_one(str(name), entry, file, path, (known or {}).get(name))
        faults += more
        if one:
            parsed[str(name)] = one
    return parsed, faults


def bad_value(file, path, value, expected, cure="Write it so."):
    """Return the fault of a setting that cannot be used."""
    return Fault("bad_setting", file.file, expected, cure, file.line(*path), ".".join(map(str, path)), _shown(value))


def _shown(value):
    return "" if value is None else str(value)


def _unknown(file, path, name, known):
    return Fault("unknown_assumption", file.file, "the name of an assumption of the money model",
                 did_you_mean(name, known, "data/reference/assumptions.yml lists them; this one is not used."),
                 file.line(*path), ".".join(map(str, path)), str(name))


def _parse_one(name, entry, file, path, shipped):
    entry = entry if isinstance(entry, dict) else {"value": entry}
    faults = _unknown_keys(entry, file, path)
    kind, parameters, expected = _form(entry)
    if kind is None or not _fits(kind, parameters):
        return None, [*faults, bad_value(file, path, entry.get("value", entry), expected)]
    unit = entry.get("unit", shipped.unit if shipped else "")
    if shipped and shipped.unit and unit != shipped.unit:
        cure = "Convert the numbers, or leave the unit out." if unit else f"Write {shipped.unit}, or leave the line out."
        faults.append(bad_value(file, (*path, "unit"), unit, f"the unit {shipped.unit}", cure))
    low, high = _bounds(entry, shipped)
    outside = [value for value in _places(kind, parameters) if not low <= value <= high]
    if outside:
        faults.append(bad_value(file, path, outside[0], f"values from {low:g} to {high:g}"))
    notes = {key: _shown(entry.get(key)) for key in NOTES}
    notes["unit"] = notes["unit"] or (shipped.unit if shipped else "")
    meaning = _shown(entry.get("meaning")) or (shipped.meaning if shipped else "")
    return Assumption(name, kind, parameters, **notes, meaning=meaning,
                      minimum=low if math.isfinite(low) else None,
                      maximum=high if math.isfinite(high) else None), faults


def _unknown_keys(entry, file, path):
    numbers = {key for keys in DISTRIBUTIONS.values() for key in keys}
    known = {"value", *numbers, *NOTES, *OTHER_KEYS, *DISTRIBUTIONS}
    return [Fault("unknown_setting", file.file, "a known entry of an assumption", f"Did you mean {near}?",
                  file.line(*path, key), ".".join(map(str, (*path, key))), str(key))
            for key in entry if key not in known and (near := nearest(key, known, 0.7))]


def _form(entry):
    """Return (kind, parameters, what was expected) of one entry."""
    named = [name for name in DISTRIBUTIONS if isinstance(entry.get(name), dict)]
    kind = entry.get("distribution") or (named[0] if named else "")
    values = entry[named[0]] if named else entry
    if kind and kind not in DISTRIBUTIONS:
        return None, {}, "a distribution among " + ", ".join(DISTRIBUTIONS)
    if kind:
        by_range = kind in RANGES and "low" in values
        keys = ("low", "high") if by_range else DISTRIBUTIONS[kind]
        expected = f"{kind} with {', '.join(keys)} that fit together"
    elif "value" in entry:
        kind, keys, expected = "constant", ("value",), "a number"
    else:
        kind, keys = "bounded" if entry.get("absolute") else "quantiles", ("low", "mode", "high")
        expected = "a number, or low, mode and high in ascending order, or a named distribution"
    read = _as_numbers if kind == "tabulated" else _as_number
    parameters = {key: read(values.get(key)) for key in keys}
    return kind, parameters, expected


def _as_number(value):
    """Return a number as float, else None; YAML 1.1 reads 1e6 and 1.5e6 as text."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _as_numbers(values):
    """Return a list of numbers as a tuple, else None."""
    numbers = tuple(map(_as_number, values)) if isinstance(values, list) else (None,)
    return None if None in numbers else numbers


def _fits(kind, parameters):
    if any(value is None for value in parameters.values()):
        return False
    if kind == "tabulated":
        return _is_table(**parameters)
    if kind in RANGES and "low" in parameters and not parameters["low"] > 0:
        return False
    if kind == "beta" and "low" in parameters and not parameters["high"] < 1:
        return False
    if any(parameters[key] <= 0 for key in POSITIVE & parameters.keys()):
        return False
    ordered = [parameters[key] for key in ("low", "mode", "high") if key in parameters]
    return not ordered or (ordered == sorted(ordered) and ordered[0] < ordered[-1])


def _is_table(probabilities, values):
    """Return whether at least two probabilities between 0 and 1 rise strictly, and their values do not fall."""
    rising = all(one < other for one, other in pairwise(probabilities))
    return (len(probabilities) == len(values) >= 2 and rising and probabilities[0] > 0 and probabilities[-1] < 1
            and list(values) == sorted(values))


def _places(kind, parameters):
    if kind == "tabulated":
        return parameters["values"]
    return [value for key, value in parameters.items() if key not in ("sd", "sigma", "a", "b")]


def _bounds(entry, shipped):
    """Return what values may be; -inf and inf where nothing bounds them."""
    inherited = (shipped.minimum, shipped.maximum) if shipped else (None, None)
    low, high = (_as_number(entry.get(key)) if _as_number(entry.get(key)) is not None else before
                 for key, before in zip(("minimum", "maximum"), inherited, strict=True))
    return -math.inf if low is None else low, math.inf if high is None else high
