"""Small shipped tables of text: read whole, refused where a cell is empty."""

import pandas as pd

from upskill.paths import REFERENCE


def read_reference_table(name, columns):
    """Return `data/reference/NAME.csv` with these columns, all text. Raises ValueError where a column or cell is missing.

    >>> read_reference_table("integration_checklist", ("question", "why_it_matters", "owner")).shape
    (10, 3)
    """
    path = REFERENCE / f"{name}.csv"
    table = pd.read_csv(path, dtype=str)
    missing = [column for column in columns if column not in table]
    if missing or table[list(columns)].isna().any(axis=None):
        raise ValueError(f"{path}: expected the columns {', '.join(columns)} without empty cells")
    return table[list(columns)]


def read_module_designs():
    """Return designs of modules: competency_id, exercise, case_study, assessment."""
    return read_reference_table("module_designs", ("competency_id", "exercise", "case_study", "assessment"))


def read_integration_checklist():
    """Return questions to ask of existing systems: question, why_it_matters, owner."""
    return read_reference_table("integration_checklist", ("question", "why_it_matters", "owner"))


def read_life_cycle():
    """Return which competency counts at which stage of the life cycle: stage, competency_id."""
    return read_reference_table("framework/life_cycle", ("stage", "competency_id"))
