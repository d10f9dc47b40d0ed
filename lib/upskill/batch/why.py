"""What a report rests on, in enough detail to say later what was different; no value of a person, digests else.

`why.json` in the folder of a report, and with it the points of history, hold: fingerprints of the tables that it read;
of the same tables, for the whole program, the number of rows and a fingerprint by month or wave; the numbers of
program.yml; fingerprints of the library's modules and of the cells of the notebook; versions.
"""

import hashlib
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from upskill import paths
from upskill.batch.digests import digest
from upskill.batch.keys import SHORT
from upskill.batch.program import digest_folder, versions
from upskill.data.restated import restatements

FEW_ROWS = 100  # periods with fewer are put together, so that no fingerprint is of a few people's rows
PEOPLE = ("people", "memberships")
NUMBERS = ("currency", "locale", "minimum_group_size", "maximum_set_aside", "team_only")
NOT_ABOUT_RESULTS = ("name", "privacy")  # settings


def details(job, reads, keys, masked):
    """Return what goes into why.json; `reads` as in run.json, `masked`: a function that masks ids in a text."""
    cells, modules = keys.notebook_details(job.notebook)
    found = {"cells": cells, "modules": modules, "reference": _reference(), "versions": versions()}
    data = job.program.tables
    if data is None:
        return found
    program = data.program
    levels = [tuple(read) for read in reads] if reads is not None else [("", "", name) for name in sorted(program.tables)]
    names = sorted({table for *_, table in levels})
    return found | {
        "read": {name: digest([data.known_table(*level) for level in sorted(levels) if level[2] == name])[:SHORT]
                 for name in names},
        "tables": {name: _masked(table_state(data, name), masked) for name in names if name in program.tables},
        "restated": restated_rows(program.folder), "settings": setting_numbers(program.settings, masked),
        "as_of": str(program.as_of)[:10] if program.as_of is not None else "",
        "set_aside": int(program.set_aside["set_aside"].sum()) if len(program.set_aside) else 0}


def table_state(data, name):
    """Return the State of a table of the whole program, which is worked out once for a run."""
    if name not in data.states:
        data.states[name] = state_of(data.program.tables[name], name)
    return data.states[name]


def _masked(state, masked):
    return state | {"periods": {masked(period): said for period, said in state["periods"].items()}}


def state_of(frame, name=""):
    """Return the number of rows of a table, and rows and fingerprint by month (or wave); the order of rows does not count.

    >>> state_of(pd.DataFrame({"wave": ["a"] * 150}))["periods"].keys()
    dict_keys(['a'])
    """
    state = {"rows": len(frame), "periods": {}}
    period = None if name in PEOPLE else _period(frame)
    if period is None or frame.empty:
        return state
    try:
        hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    except TypeError:  # a column of their own that cannot be fingerprinted
        return state
    counts = period.value_counts()
    period = period.where(period.map(counts) >= FEW_ROWS, "")
    for key, rows in period.groupby(period).indices.items():
        total = hashlib.sha256(np.sort(hashes[rows]).tobytes()).hexdigest()[:SHORT]
        state["periods"][str(key)] = [len(rows), total]
    return state


def _period(frame):
    """Return the month or wave of each row, "" where it has none; None for a table without."""
    if "wave" in frame:
        return frame["wave"].astype(object).where(frame["wave"].notna(), "").astype(str).reset_index(drop=True)
    times = next((frame[name] for name in frame if pd.api.types.is_datetime64_any_dtype(frame[name])), None)
    if times is None:
        return None
    return times.dt.strftime("%Y-%m").astype(object).where(times.notna(), "").reset_index(drop=True)


def restated_rows(folder):
    """Return {table: rows that imports have restated so far}."""
    try:
        found = restatements(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # a log that somebody changed by hand
    return {str(name): int(rows) for name, rows in found.groupby("table")["rows"].sum().items()}


def setting_numbers(settings, masked):
    """Return {"numbers": {name: value in words}, "sections": {setting: fingerprint}} of program.yml.

    Of roles only the fingerprint: the cost of a role that one person has is that person's salary.
    """
    numbers = {f"assumption {name}": _in_words(one) for name, one in settings.assumptions.items()}
    numbers |= {f"option {option.name}: {name}": _in_words(one)
                for option in settings.options.values() for name, one in option.inputs.items()}
    numbers |= {f"target of {target.get('kpi')}": f"{target.get('target')} by {target.get('by') or 'no date'}"
                for target in settings.targets}
    numbers |= {name: str(getattr(settings, name)) for name in NUMBERS}
    sections = {name: digest(_plain(getattr(settings, name)))[:SHORT] for name in settings.__dataclass_fields__
                if name not in NOT_ABOUT_RESULTS}
    return {"numbers": {masked(name): masked(words) for name, words in numbers.items()}, "sections": sections}


def _plain(value):
    if is_dataclass(value):
        return asdict(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _in_words(assumption):
    """Return the value of an assumption in words.

    >>> from upskill.data.assumptions import Assumption
    >>> _in_words(Assumption("hours", "quantiles", {"low": 18.0, "mode": 22.0, "high": 26.0}))
    '22 (18 to 26)'
    """
    parameters = {key: ", ".join(f"{one:,.6g}" for one in value) if isinstance(value, (tuple, list)) else f"{value:,.6g}"
                  for key, value in assumption.parameters.items() if value is not None}
    if set(parameters) == {"value"}:
        return parameters["value"]
    if set(parameters) == {"low", "mode", "high"}:
        words = f"{parameters['mode']} ({parameters['low']} to {parameters['high']})"
        return words if assumption.kind == "quantiles" else f"{words}, {assumption.kind}"
    return f"{assumption.kind}: " + ", ".join(f"{key} {value}" for key, value in parameters.items())


@cache
def _reference():
    folder = Path(paths.REFERENCE)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): digest_folder(path)[:SHORT] for path in files}
