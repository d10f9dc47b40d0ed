"""What participants said, by week: mean scores with intervals, and themes counted."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from upskill.data.schema import NotEnoughData


def scores_by_week(program, level=0.90):
    """Return one row per week of training: week, people, score, low, high (mean over people of their mean answer).

    Raises NotEnoughData without answers.
    """
    answers = _answers(program).dropna(subset="score")
    if answers.empty:
        raise NotEnoughData("No participant has given a score.")
    own = answers.groupby(["week", "respondent_id"])["score"].mean().groupby("week")
    table = own.agg(people="size", score="mean", spread="std").reset_index()
    reach = student.ppf(0.5 + level / 2, (table["people"] - 1).clip(lower=1)) * table["spread"] / np.sqrt(table["people"])
    return table.assign(low=table["score"] - reach, high=table["score"] + reach).drop(columns="spread")


def themes(program):
    """Return themes that an analyst found in comments, most named first: theme, people; empty where nothing is coded."""
    answers = _answers(program).dropna(subset="theme")
    counted = answers.groupby("theme")["respondent_id"].nunique().rename("people").reset_index()
    return counted.sort_values(["people", "theme"], ascending=[False, True], ignore_index=True)


def next_iteration(program):
    """Return {theme: what the next iteration changes} as program.yml says it (`pilot: next_iteration`)."""
    given = program.settings.pilot.get("next_iteration") if isinstance(program.settings.pilot, dict) else None
    return {str(theme): str(change) for theme, change in given.items()} if isinstance(given, dict) else {}


def _answers(program):
    if "feedback" not in program or program["feedback"].empty:
        raise NotEnoughData("There is no table feedback: nobody asked the participants.")
    return pd.DataFrame(program["feedback"])
