"""Did the rollout do it, and may we say so? Effects of staggered starts with the test that fits the design."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import norm

from upskill.data import NotEnoughData
from upskill.kpi import false_alarms, rollout_methods
from upskill.kpi.group_time import CONTROLS, aggregate, group_time_effects
from upskill.kpi.honest import sensitivity_bounds
from upskill.kpi.panel import read_panel
from upskill.kpi.rollout_choice import FEW_UNITS, TITLES, Choice, canonical, choose, describe
from upskill.kpi.rollout_events import event_study, placebo
from upskill.kpi.rollout_shown import others
from upskill.kpi.rollout_words import caused

DRAWS = {True: 4999, False: 999}  # assignments looked at with few units, with many


@dataclass(frozen=True)
class RolloutEffect:
    """What `rollout_effect` found. All effects are in the unit of the outcome.

    `overall`: Series of value, standard_error, low, high, p_value: mean effect over
    treated unit-periods. Ends are infinite where no interval can be given (see `why`).
    `group_time`: one row per cohort and period: group, period, event_time, value,
    standard_error, low, high, p_value, is_after (False: a placebo before the start);
    group-time effects of Callaway and Sant'Anna whatever the method.
    `event_study`: event_time (0 = first treated period), value, standard_error, low,
    high, p_value, units, is_after.
    `aggregations`: group-time effects averaged: kind (simple, group, dynamic, calendar), label
    (NaN: overall), value, standard_error, low, high, p_value.
    `other_methods`: what else is usual, shown and never used: method, value,
    standard_error, low, high, p_value, why_not.
    `method`, `test`, `why`: what was chosen, and why (sentences).
    `design`: `Design`; `assignments`, `exact`: assignments compared, all there are if exact.
    `pre_trend`: Series like a row of `event_study`: mean placebo before the start; None without periods for it.
    `sensitivity`: `Sensitivity` to drift, None where it cannot be measured.
    `false_alarms`: `FalseAlarms` of this method in this panel, None where not measured.
    `may_say_caused`, `reasons`: the word, and one sentence per reason.
    `notes`: what was left out of the data.
    """

    overall: pd.Series
    group_time: pd.DataFrame = field(repr=False)
    event_study: pd.DataFrame = field(repr=False)
    aggregations: pd.DataFrame = field(repr=False)
    other_methods: pd.DataFrame = field(repr=False)
    method: str
    test: str
    why: tuple = field(repr=False)
    design: object
    assignments: int
    exact: bool
    pre_trend: pd.Series | None = field(repr=False)
    sensitivity: object = field(repr=False)
    false_alarms: object = field(repr=False)
    may_say_caused: bool
    reasons: tuple = field(repr=False)
    notes: tuple
    level: float


def rollout_effect(panel, outcome, unit, period, starts, method="auto", control="not_yet", level=0.90, *,
                   assignment=None, registered=False, strata=None, covariates=(), draws=None, seed=1,
                   false_alarm_draws=None):
    """Estimate the effect of a rollout with staggered, single or no randomized starts.

    panel: one row per unit and period (gaps allowed). outcome: column of numbers, logs
    where effects are shares. period: numbers or dates. starts: column with the first
    treated period, the same in all rows of a unit; empty, 0 or infinite = never.
    method: `auto` chooses from the design alone; else `imputation`, `group_time`
    (Callaway-Sant'Anna), `change_scores`, `efficient` (Roth-Sant'Anna) or `two_way`, with
    the errors that their authors publish. control: of group-time effects,
    `not_yet` or `never`. assignment: how starts were decided: `lottery`, `chosen`,
    `volunteered`, None = not recorded; strata: column within which the lottery drew
    (pairs). registered: whether a plan was registered before the start. covariates:
    columns for outcome regression in the group-time effects. draws: assignments
    compared (4,999 for few units, 999 for many; all where they are few).
    false_alarm_draws: made-up outcomes for `false_alarms`; 0 = do not measure.

    Returns a `RolloutEffect`. Raises ValueError for faulty input (duplicates, starts that
    differ within a unit, unknown columns), NotEnoughData where nothing can be compared.

    >>> import numpy as np, pandas as pd
    >>> weeks = pd.DataFrame([(team, week, 5.0 if team < 3 else np.nan, (team * week * 7) % 5 + 2.0 * (team < 3 and week >= 5))
    ...                       for team in range(6) for week in range(10)], columns=["team", "week", "start", "hours"])
    >>> found = rollout_effect(weeks, "hours", "team", "week", "start", assignment="lottery")
    >>> found.method, found.test, found.assignments, float(round(found.overall["value"], 2))
    ('change_scores', 'permutation', 20, 2.0)
    """
    method = canonical(method)
    if not 0 < level < 1:
        raise ValueError("level lies between 0 and 1")
    if control not in CONTROLS:
        raise ValueError(f"control is one of {', '.join(CONTROLS)}, not {control!r}")
    data = read_panel(panel, outcome, unit, period, starts, strata, tuple(covariates))
    design = describe(data, assignment)
    choice = _choice(method, design, level)
    ready = rollout_methods.prepare(data)
    draws = DRAWS[design.units <= FEW_UNITS] if draws is None else draws
    found = rollout_methods.answer(ready, choice, design, control, level, draws, seed)
    overall = pd.Series(dict(zip(rollout_methods.OVERALL, found.numbers)), name=outcome)
    cells, cell_table, averages = _group_time(data, control, level)
    permute = choice.test == "permutation" and design.units <= FEW_UNITS
    events = (_dynamic(averages, cells) if choice.method == "group_time" else
              event_study(ready, level, permute, choice.test == "published", seed))
    before = placebo(ready, level, permute, seed)
    alarms = _measure(ready, choice, design, draws, seed, false_alarm_draws)
    said, reasons = caused(choice, design, registered, alarms, before, method)
    return RolloutEffect(
        overall, cell_table, events, averages, others(ready, choice, control, level, averages, seed), choice.method, choice.test,
        choice.why, design, found.assignments, found.exact, before, _sensitivity(data, overall, level), alarms, said, reasons,
        data.notes + _unused(ready), level)


def _choice(method, design, level):
    """The choice of the design, or what was asked for by name."""
    if method == "auto":
        return choose(design, level)
    why = (f"asked for by name: {TITLES[method]}",)
    if method == "change_scores":
        if design.cohorts > 1 or design.gaps:
            raise NotEnoughData("change scores need one start date and a value in every period; imputation does without")
        return Choice(method, "t" if min(design.treated, design.controls) > 1 else "permutation", why)
    if method == "efficient":
        if design.gaps or design.smallest_cohort < 2:
            raise NotEnoughData("the efficient estimator needs a value in every period and two units or more in each cohort")
        return Choice(method, "permutation", why)
    return Choice(method, "published", why)


def _group_time(data, control, level):
    """Cells, their table and their averages; empty where nobody can be compared in this way."""
    try:
        cells = group_time_effects(data, control)
    except NotEnoughData:
        if control == "never":
            raise
        return None, pd.DataFrame(), pd.DataFrame()
    averages, _ = aggregate(cells)
    labels = data.labels
    table = pd.DataFrame({
        "group": labels[cells.cohort], "period": labels[cells.period],
        "event_time": cells.clock[cells.period] - cells.clock[cells.cohort],
        "value": cells.value, "standard_error": cells.error(cells.influence)})
    dated = averages["kind"].isin(["group", "calendar"]) & averages["label"].notna()
    averages["label"] = [labels[int(label)] if of_period else label for label, of_period in zip(averages["label"], dated)]
    return cells, _with_interval(table, level).assign(is_after=cells.period >= cells.cohort), _with_interval(averages, level)


def _with_interval(table, level):
    half = norm.ppf(0.5 + level / 2) * table["standard_error"]
    p = 2 * norm.sf(np.abs(table["value"]) / table["standard_error"].where(table["standard_error"] > 0))
    return table.assign(low=table["value"] - half, high=table["value"] + half, p_value=p)


def _dynamic(averages, cells):
    """The averages by event time in the form of an event study."""
    rows = averages[(averages["kind"] == "dynamic") & averages["label"].notna()]
    event = cells.clock[cells.period] - cells.clock[cells.cohort]
    sizes = [sum((cells.first == start).sum() for start in cells.cohort[event == time]) for time in rows["label"]]
    return rows.rename(columns={"label": "event_time"}).drop(columns="kind").assign(
        event_time=rows["label"].astype(int), units=sizes, is_after=rows["label"] >= 0).reset_index(drop=True)


def _measure(ready, choice, design, draws, seed, wanted):
    model = false_alarms.fit_null(ready.panel.outcome, ready.panel.first)
    if model is None or wanted == 0 or choice.test == "published":
        return None
    size = ready.panel.outcome.size
    wanted = false_alarms.default_draws(size * (1 if ready.panel.balanced else 4)) if wanted is None else wanted
    rejects = rollout_methods.rejector(ready, choice, design, min(draws, 499 if ready.panel.balanced else 199), seed + 1)
    return false_alarms.measure(model, ready.panel, rejects, wanted, seed + 2, design.lottery)


def _sensitivity(data, overall, level):
    reach = (overall["high"] - overall["low"]) / 2 / overall["standard_error"] if overall["standard_error"] > 0 else np.nan
    try:
        return sensitivity_bounds(data, critical=reach if np.isfinite(reach) else None, level=level)
    except NotEnoughData:
        return None


def _unused(ready):
    """Treated cells that nothing foretells, in words."""
    treated = ready.panel.observed & ready.panel.after
    lost = int((treated & ~ready.fit.usable).sum())
    words = (f"{lost} of {int(treated.sum())} treated unit-periods cannot be compared (nobody untreated at that time, or no "
             "period before the start) and are left out of the overall effect")
    return (words,) if lost else ()


