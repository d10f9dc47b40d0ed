"""Checks of `targets:` in program.yml: a KPI that is measured, values that it can have, a day that is still to come."""

from datetime import date

import pandas as pd

from upskill.data.kpis import bounds_of, kpi_entry, kpi_name, kpi_names
from upskill.data.near import did_you_mean
from upskill.data.schema import Fault
from upskill.data.yaml_file import read_yaml


def target_faults(path, targets, tables, as_of):
    """Return the faults of targets that only the data and the definitions of KPIs show; none of them stops a report.

    `path`: program.yml; `targets`: its entries; `tables`: the program's; `as_of`: last day of the data.
    """
    if not targets:
        return []
    file, _ = read_yaml(path)
    own = _reported(tables)
    return [fault for number, entry in enumerate(targets) if isinstance(entry, dict) and entry.get("kpi") is not None
            for fault in _faults(entry, ("targets", number), file, own, as_of)]


def _reported(tables):
    if "kpi_observations" not in tables:
        return {}
    return {kpi_name(name): str(name) for name in tables["kpi_observations"]["kpi"].dropna().unique()}


def _faults(entry, path, file, own, as_of):
    name = kpi_name(entry["kpi"])
    if kpi_entry(name) is None and name not in own:
        cure = did_you_mean(name, [*kpi_names(), *own], "Take one of lib/upskill/kpi/definitions.yml, or report it there.")
        return [_fault("unknown_kpi", file, (*path, "kpi"), entry["kpi"], "a KPI of definitions.yml or kpi_observations", cure)]
    return [*_impossible(entry, name, path, file), *_wrong_way(entry, name, path, file), *_passed(entry, path, file, as_of)]


def _fault(code, file, path, value, expected, cure):
    return Fault(code, file.file, expected, cure, file.line(*path), ".".join(map(str, path)), str(value))


def _numbers(entry):
    return {key: float(entry[key]) for key in ("baseline", "target")
            if isinstance(entry.get(key), (int, float)) and not isinstance(entry.get(key), bool)}


def _impossible(entry, name, path, file):
    """Faults of values outside what the KPI can be, such as 12 for a share."""
    low, high, words = bounds_of(name)
    unit = (kpi_entry(name) or {}).get("unit")
    outside = [key for key, value in _numbers(entry).items()
               if (low is not None and value < low) or (high is not None and value > high)
               or (unit == "hours" and value == 0)]
    return [_fault("impossible_target", file, (*path, key), entry[key], words or "a value that the KPI can have",
                   "Write it in the unit of the KPI.") for key in outside]


def _wrong_way(entry, name, path, file):
    """A fault where the target is no better than the baseline."""
    numbers, better = _numbers(entry), (kpi_entry(name) or {}).get("better")
    if len(numbers) < 2 or not better:
        return []
    gain = numbers["target"] - numbers["baseline"]
    if (gain > 0) == (better == "higher") and gain != 0:
        return []
    return [_fault("impossible_target", file, (*path, "target"), entry["target"],
                   f"a target {better} than the baseline ({entry['baseline']}), since {better} is better for {name}",
                   "Correct the target or the baseline; to hold a level, leave baseline out.")]


def _passed(entry, path, file, as_of):
    """A fault where the day was over before the data end."""
    if entry.get("by") is None or pd.isna(as_of):
        return []
    try:
        day = entry["by"] if isinstance(entry["by"], date) else date.fromisoformat(str(entry["by"]))
    except ValueError:
        return []  # named elsewhere
    if pd.Timestamp(day) >= as_of:
        return []
    return [_fault("target_passed", file, (*path, "by"), entry["by"], f"a day after the data end ({as_of:%Y-%m-%d})",
                   "Set the next target, or accept this fault to keep the old one in the report.")]
