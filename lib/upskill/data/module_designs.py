"""Shipped designs of modules: one exercise, case study and assessment per competency of the shipped framework."""

import pandas as pd

from upskill.paths import REFERENCE

COLUMNS = ("competency_id", "exercise", "case_study", "assessment")


def read_module_designs(path=REFERENCE / "module_designs.csv"):
    """Return the table of designs: competency_id, exercise, case_study, assessment, all text.

    Raises ValueError where a column is missing or a cell is empty.
    """
    table = pd.read_csv(path, dtype=str)
    missing = [name for name in COLUMNS if name not in table]
    if missing or table[list(COLUMNS)].isna().any(axis=None):
        raise ValueError(f"{path}: expected the columns {', '.join(COLUMNS)} without empty cells")
    return table[list(COLUMNS)]
