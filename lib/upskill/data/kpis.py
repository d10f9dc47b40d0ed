"""Names and units of KPIs, as lib/upskill/kpi/definitions.yml says; checks and reports read the same file."""

import re
from functools import cache
from pathlib import Path

from upskill.data.schema import ProgramError
from upskill.data.yaml_file import read_yaml

FOLDER = Path(__file__).resolve().parents[1] / "kpi"
# Ends of what is possible by unit, as (minimum, maximum, what to write instead).
BOUNDS = {"share": (0.0, 1.0, "a share from 0 to 1: write 0.3 for 30 %"),
          "hours": (0.0, None, "hours above 0: write 48 for two days"),
          "per week": (0.0, None, "a number per week, not below 0")}


@cache
def read_kpis():
    """Return the definitions as mappings, in the order of the file; raises ProgramError where it cannot be read."""
    return _read("definitions.yml")


@cache
def read_dora():
    """Return DORA's levels and benchmarks as a mapping; raises ProgramError where the file cannot be read."""
    return _read("dora.yml")


def _read(name):
    file, faults = read_yaml(FOLDER / name)
    if faults:
        raise ProgramError(f"The shipped file {name} cannot be read.", faults)
    return file.content


def kpi_names():
    """Return every name and alias of a KPI -> its name."""
    names = {}
    for entry in read_kpis():
        names |= dict.fromkeys([entry["name"], *entry.get("aliases", ())], entry["name"])
    return names


def kpi_name(text):
    """Return the name of a KPI as definitions have it; a name of the company's own only in lower case with underscores.

    >>> kpi_name("Time to market"), kpi_name("quality"), kpi_name("Pages read")
    ('time_to_market', 'change_failure_rate', 'pages_read')
    """
    plain = re.sub(r"[\s\-]+", "_", str(text).strip().lower())
    return kpi_names().get(plain, plain)


def kpi_entry(name):
    """Return the first definition of a KPI, or None."""
    return next((entry for entry in read_kpis() if entry["name"] == name), None)


def bounds_of(name):
    """Return (minimum, maximum, words) of what a KPI can be; None where there is no end."""
    entry = kpi_entry(name) or {}
    low, high, words = BOUNDS.get(entry.get("unit"), (None, None, ""))
    low, high = entry.get("minimum", low), entry.get("maximum", high)
    return low, high, words or (f"a number from {low} to {high}" if low is not None else "")
