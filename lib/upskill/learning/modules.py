"""Design sheets for those who build a module in-house: objective, exercise, case study, how it is assessed."""

import pandas as pd

HIGHEST = 3  # a first module leads to level 3: applies it alone


def module_sheets(uncovered, competencies, designs, most=5):
    """Return one sheet per competency, those with most left open first.

    `uncovered`: competency_id in order of need; `competencies`: table of the contract, whose anchor of the aimed level
    is the objective; `designs`: competency_id, exercise, case_study, assessment. Competencies without a design are left out.

    Columns: Competency, Objective, Exercise, Case study, Assessed by.
    """
    known = designs.drop_duplicates("competency_id").set_index("competency_id")
    anchors = competencies[competencies["level"] == HIGHEST].drop_duplicates("competency_id").set_index("competency_id")
    rows = []
    for competency in uncovered["competency_id"]:
        if competency in known.index and competency in anchors.index and len(rows) < most:
            design, anchor = known.loc[competency], anchors.loc[competency]
            rows.append((anchor["competency"], anchor["anchor"][:1].upper() + anchor["anchor"][1:], design["exercise"], design["case_study"], design["assessment"]))
    return pd.DataFrame(rows, columns=["Competency", "Objective", "Exercise", "Case study", "Assessed by"])
