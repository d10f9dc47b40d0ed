"""Who gained: effects on tasks by role and seniority, corrected for asking many questions."""

import numpy as np
import pandas as pd

from upskill.data.schema import NotEnoughData
from upskill.kpi.multiplicity import benjamini_hochberg
from upskill.kpi.task_effect import pilot_effect

COLUMNS = ("role", "seniority")


def effects_by_group(program, tasks, level=0.90, minimum=5):
    """Return the effect on tasks in each role and seniority of at least `minimum` people.

    Columns: by, group, people, tasks, value, low, high, p_value, adjusted (Benjamini and
    Hochberg over all rows). Groups that are too small or cannot be compared have no row.
    """
    if "people" not in program:
        return pd.DataFrame(columns=["by", "group", "people", "tasks", "value", "low", "high", "p_value", "adjusted"])
    people, rows = program["people"].drop_duplicates("person_id").set_index("person_id"), []
    for by in COLUMNS:
        if by not in people:
            continue
        of_task = tasks["person_id"].map(people[by])
        for group in sorted(of_task.dropna().unique()):
            own = tasks[of_task == group]
            if own["person_id"].nunique() < minimum:
                continue
            try:
                found = pilot_effect(own, level, permutations=99)
            except (NotEnoughData, ValueError):
                continue
            if found.people >= minimum:
                rows.append((by, group, found.people, found.tasks, found.relative, found.low, found.high, found.p_value))
    table = pd.DataFrame(rows, columns=["by", "group", "people", "tasks", "value", "low", "high", "p_value"])
    return table.assign(adjusted=benjamini_hochberg(table["p_value"]) if len(table) else np.array([]))
