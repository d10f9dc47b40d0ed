"""The shipped competency framework, as the simulator reads it."""

from functools import lru_cache

import pandas as pd

from upskill.paths import REFERENCE

TABLES = ("competencies", "role_targets", "prerequisites")
ROLE_MEANS = {  # mean ability by domain, in the order of the framework
    "developer": (-0.2, 0.3, 0.0, -0.3, 0.0, -0.2),
    "data scientist": (0.9, -0.2, 0.3, 0.6, 0.0, 0.2),
    "machine learning engineer": (0.8, 0.2, 0.8, 0.7, 0.1, 0.0),
    "quality engineer": (-0.2, 0.0, -0.5, 0.0, 0.0, -0.1),
    "reliability engineer": (-0.3, 0.1, -0.3, 0.5, 0.3, -0.1),
    "engineering manager": (-0.2, -0.3, -0.6, -0.3, 0.1, 0.6),
    "tech lead": (0.4, 0.5, 0.5, 0.2, 0.5, 0.5),
}


@lru_cache(maxsize=1)
def _read():
    return {name: pd.read_csv(REFERENCE / "framework" / f"{name}.csv") for name in TABLES}


def read_framework():
    """Return the tables of the shipped framework by name (fresh copies)."""
    return {name: frame.copy() for name, frame in _read().items()}


def domains():
    """Return the names of the domains in the order of the framework."""
    return list(_read()["competencies"]["domain"].unique())


def domain_of():
    """Return the domain of each competency, as a Series by competency_id."""
    return _read()["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]


def titles_of():
    """Return the name of each competency, as a dict by competency_id."""
    rows = _read()["competencies"].drop_duplicates("competency_id")
    return dict(zip(rows["competency_id"], rows["competency"]))
