"""Tasks of a task-level pilot, ready to be analyzed: arms, outcomes, forecasts, and what had to be left aside."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from upskill.data.schema import NotEnoughData

ARMS = ("treatment", "control")
STATUSES = ("done", "unfinished", "withheld")
REQUIRED = ("person_id", "arm", "minutes")
FEWEST_TASKS = 4
FEWEST_PEOPLE = 2
# A forecast known for very different shares of the two arms says more of the arm than of the task.
UNEVEN_FORECASTS = 0.2


@dataclass(frozen=True)
class Tasks:
    """One row per task: person, treated, status, log_minutes (NaN unless done with a time), log_forecast, felt, cluster.

    `set_aside`: (reason, number of rows) of what could not be used; `with_forecast`:
    whether the forecasts may be used.
    """

    frame: pd.DataFrame = field(compare=False)
    set_aside: tuple = ()
    with_forecast: bool = False

    @property
    def done(self):
        """Return the tasks whose time is known."""
        return self.frame[self.frame["log_minutes"].notna()]

    @property
    def design(self):
        """Return (design, outcome, persons) of the finished tasks: constant, arm, and the forecast where it may be used.

        A task without a forecast gets the mean forecast and a column of its own: allowed
        here, because forecasts were made before the draw and so are alike in both arms.
        """
        done = self.done
        columns = [np.ones(len(done)), done["treated"].to_numpy(dtype=float)]
        if self.with_forecast:
            forecast = done["log_forecast"]
            columns.append(forecast.fillna(forecast.mean()).to_numpy() - forecast.mean())
            if 0 < forecast.isna().sum() < len(done):
                columns.append(forecast.isna().to_numpy(dtype=float))
        return np.column_stack(columns), done["log_minutes"].to_numpy(), done["person_id"].to_numpy()


def read_tasks(tasks):
    """Return the Tasks of a table `pilot_tasks`.

    Rows that cannot be used are set aside and counted: a finished task without a time
    or with one that is not above zero, a row without a person, a repeated row. Raises
    ValueError for a missing column, an arm or status with another name, or two
    different rows of one task_id; NotEnoughData where a comparison is impossible.
    """
    frame = _renamed(tasks)
    frame, set_aside = _usable(frame)
    frame = frame.assign(
        treated=frame["arm"] == "treatment", log_minutes=np.log(frame["minutes"].where(frame["status"] == "done")),
        log_forecast=np.log(frame["predicted_minutes"].where(frame["predicted_minutes"] > 0)))
    frame["log_forecast"] = frame["log_forecast"].replace([np.inf, -np.inf], np.nan)
    found = Tasks(frame.reset_index(drop=True), set_aside)
    _check_enough(found.done)
    return Tasks(found.frame, set_aside, _forecast_helps(found.done))


def _renamed(tasks):
    """Return the columns that count, with arms and statuses as the contract writes them."""
    if not isinstance(tasks, pd.DataFrame):
        raise TypeError(f"tasks is {type(tasks).__name__}; expected the table pilot_tasks as a DataFrame")
    missing = [name for name in REQUIRED if name not in tasks]
    if missing:
        raise ValueError(f"pilot_tasks lacks {', '.join(missing)}; it needs {', '.join(REQUIRED)} and may have "
                         "task_id, team, status, predicted_minutes, perceived_change, date")
    if tasks.empty:
        raise NotEnoughData("pilot_tasks has no row: nothing was measured yet.")
    frame = tasks.reset_index(drop=True)
    numbers = {name: _numbers(frame, name) for name in ("minutes", "predicted_minutes", "perceived_change")}
    status = frame["status"] if "status" in frame else pd.Series("done", index=frame.index)
    status = status.fillna("done")
    kept = [name for name in ("task_id", "person_id", "team", "date") if name in frame]
    return frame[kept].assign(arm=_words(frame["arm"], "arm", ARMS), status=_words(status, "status", STATUSES), **numbers)


def _numbers(frame, name):
    if name not in frame:
        return pd.Series(np.nan, index=frame.index)
    values = pd.to_numeric(frame[name], errors="coerce").astype(float)
    words = frame.loc[values.isna() & frame[name].notna(), name]
    if len(words):
        raise ValueError(f"{name}: {words.iloc[0]!r} is no number (and {len(words) - 1} more)")
    return values


def _words(values, name, known):
    """Return the values in lower case; others than those known are an error, since 1 and 0 tell nobody which is which."""
    words = values.astype("string").str.strip().str.lower()
    wrong = sorted(set(words[values.notna()].dropna()) - set(known)) + (["(empty)"] if words.isna().any() else [])
    if wrong:
        raise ValueError(f"{name}: {', '.join(wrong[:5])}; expected one of {', '.join(known)}. Translate the values of "
                         "your export (mapping.yml, values), and ask whoever made it which is which.")
    return words.astype(object)


def _usable(frame):
    """Return (frame without faulty rows, reasons with their counts)."""
    reasons, repeated = [], frame.duplicated(list(frame)) if "task_id" in frame else pd.Series(False, index=frame.index)
    frame, reasons = _aside(frame, repeated, "the same row again", reasons)
    if "task_id" in frame and frame["task_id"].dropna().duplicated().any():
        first = frame.loc[frame["task_id"].duplicated() & frame["task_id"].notna(), "task_id"].iloc[0]
        raise ValueError(f"task_id: {first!r} stands in rows that differ; each task is one row")
    frame, reasons = _aside(frame, frame["person_id"].isna(), "no person", reasons)
    done, minutes = frame["status"] == "done", frame["minutes"]
    frame, reasons = _aside(frame, done & minutes.isna(), "finished, but without a time", reasons)
    done, minutes = frame["status"] == "done", frame["minutes"]
    frame, reasons = _aside(frame, done & ~((minutes > 0) & np.isfinite(minutes)), "a time of zero or below, or without end",
                            reasons)
    return frame, tuple(reasons)


def _aside(frame, wrong, reason, reasons):
    count = int(wrong.sum())
    return (frame[~wrong], [*reasons, (reason, count)]) if count else (frame, reasons)


def _check_enough(done):
    """Raise NotEnoughData where the two arms cannot be compared with an honest error."""
    found = {arm: done[done["arm"] == arm] for arm in ARMS}
    empty = [arm for arm, rows in found.items() if rows.empty]
    if empty:
        raise NotEnoughData(f"No finished task with a time in the arm {' and '.join(empty)}: there is nothing to compare. "
                            "Half of the tasks must be drawn into each arm.")
    if done["person_id"].nunique() < FEWEST_PEOPLE:
        raise NotEnoughData("All finished tasks are of one person: what one person shows cannot be told apart from that "
                            "person's own habits. Let at least five people draw tasks into both arms.")
    few = [arm for arm, rows in found.items() if len(rows) < FEWEST_TASKS or rows["person_id"].nunique() < FEWEST_PEOPLE]
    if few:
        raise NotEnoughData(f"Too few finished tasks in the arm {' and '.join(few)}: at least {FEWEST_TASKS} tasks of at least "
                            f"{FEWEST_PEOPLE} people are needed in each arm.")
    if np.ptp(done["log_minutes"]) < 1e-9:
        raise NotEnoughData("All tasks took exactly the same time: such times were not measured.")


def _forecast_helps(done):
    """Tell whether forecasts are there for both arms alike, and differ."""
    known = done["log_forecast"].notna()
    shares = known.groupby(done["treated"]).mean()
    enough = known.groupby(done["treated"]).sum().min() >= FEWEST_TASKS
    return bool(enough and abs(shares[True] - shares[False]) <= UNEVEN_FORECASTS
                and done["log_forecast"].std() > 1e-9)
