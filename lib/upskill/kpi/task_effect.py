"""What a task-level pilot says: how much longer or shorter tasks took that were drawn into the treatment."""

from dataclasses import dataclass

import numpy as np

from upskill.kpi.change import MARGIN, judge
from upskill.kpi.cluster_robust import clustered_fit
from upskill.kpi.task_bounds import Bounds, attrition, bound_effects, with_extremes
from upskill.kpi.task_felt import Felt, felt_against_measured
from upskill.kpi.task_table import read_tasks
from upskill.numerals import is_zero, number

PERMUTATIONS = 1999
ARM = 1


@dataclass(frozen=True)
class PilotEffect:
    """Effect of the treatment on the time of tasks.

    `relative`: treated time ÷ control time − 1 (geometric means; -0.1 = 10 % less time),
    with its interval `low` to `high` at `level`; `verdict`: improved (less time),
    worsened, no relevant change or cannot tell; `reason`: what kept a clearer verdict
    back; `p_value`: of no effect; `permutation_p_value`: the same by drawing the arms anew;
    `people`, `tasks`: behind it, finished tasks only; `drawn`, `unfinished`, `withheld`:
    all tasks by arm, and the shares of them that were not done; `selected`: Bounds of
    the effect on tasks that would be done in either arm (None where both arms lost the
    same share); `worst`: Bounds if what was not done had been extreme (None where
    nothing is missing); `felt`: Felt, or None; `degrees`: degrees of freedom;
    `set_aside`: (reason, rows); `with_forecast`: whether forecasts sharpened it.
    """

    relative: float
    low: float
    high: float
    level: float
    verdict: str
    sentence: str
    p_value: float
    permutation_p_value: float
    people: int
    tasks: int
    log_effect: float
    standard_error: float
    degrees: float
    margin: float
    reason: str = ""
    drawn: tuple = ()
    unfinished: tuple = ()
    withheld: tuple = ()
    selected: Bounds | None = None
    worst: Bounds | None = None
    felt: Felt | None = None
    with_forecast: bool = False
    set_aside: tuple = ()


def pilot_effect(tasks, level=0.90, margin=MARGIN, person_effects=False, errors="CR2", permutations=PERMUTATIONS, seed=0):
    """Estimate the effect of a task-level pilot from the table `pilot_tasks`.

    `tasks`: person_id, arm (treatment, control), minutes; status?, predicted_minutes?,
    perceived_change?, task_id?. `level`: of the intervals; `margin`: smallest relative
    change worth acting on; `person_effects`: compare within persons only; `errors`:
    CR1, CR2 or CR3 (see `clustered_fit`); `permutations`, `seed`: of the arms drawn anew.

    Equation: log minutes = a + b · treated + c · log forecast + e, by least squares over
    finished tasks in the arm that they were drawn into; relative = exp(b) − 1; errors
    correlated within persons, Student's t with Bell and McCaffrey's degrees of freedom.
    Tasks without a forecast keep their place (see `Tasks.design`). Raises ValueError
    for a malformed table, NotEnoughData where there is nothing to compare.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"person_id": [*"aabbccdd"] * 2, "arm": ["treatment", "control"] * 8,
    ...                       "minutes": [50, 100, 45, 110, 55, 95, 48, 105] * 2})
    >>> found = pilot_effect(table)
    >>> round(found.relative, 2), found.verdict, found.people, found.tasks
    (-0.52, 'improved', 4, 16)
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a share such as 0.90")
    if not margin > 0:
        raise ValueError(f"margin is {margin}; expected a share above 0, such as 0.05")
    found = read_tasks(tasks)
    design, outcome, persons = found.design
    if person_effects:
        design, outcome, persons = _within(design, outcome, persons)
    fit = clustered_fit(design, outcome, persons, ARM, errors)
    if not fit.standard_error > 1e-12:
        raise ValueError("The times of tasks leave no noise to judge the difference by: such times were not measured.")
    low, high = np.expm1(fit.interval(level))
    selected, worst = bound_effects(found, level, errors), with_extremes(found, level, errors)
    verdict, reason = _judged(low, high, margin, selected)
    done = found.done
    values = {"relative": float(np.expm1(fit.estimate)), "low": float(low), "high": float(high), "level": level,
              "verdict": verdict, "reason": reason, "people": int(done["person_id"].nunique()), "tasks": len(done),
              "set_aside": found.set_aside}
    drawn, unfinished, withheld = attrition(found.frame)
    return PilotEffect(
        sentence=_sentence(values), p_value=fit.p_value, log_effect=fit.estimate, standard_error=fit.standard_error,
        permutation_p_value=permutation_p_value(design, outcome, persons, permutations, seed), degrees=fit.degrees,
        margin=margin, drawn=drawn, unfinished=unfinished, withheld=withheld, selected=selected, worst=worst,
        felt=felt_against_measured(found, level), with_forecast=found.with_forecast, **values)


def _within(design, outcome, persons):
    """Add an intercept for each person to the design: deviations from the person's mean, the constant dropped."""
    labels, places = np.unique(persons, return_inverse=True)
    dummies = np.eye(len(labels))[places]
    varies = np.ptp(design, axis=0) > 0
    kept = np.column_stack([design[:, :1], design[:, 1:][:, varies[1:]], dummies[:, 1:]])
    if np.linalg.matrix_rank(kept) < kept.shape[1]:
        raise ValueError("person_effects compares within persons, and nobody has tasks in both arms")
    return kept, outcome, persons


def _judged(low, high, margin, selected):
    """Return (verdict, what kept a clearer one back): what withheld tasks could turn around is no verdict."""
    verdict = judge(low, high, "lower", margin)
    if selected is None or verdict == "cannot tell":
        return verdict, ""
    if verdict == "no relevant change":
        holds = judge(selected.low, selected.high, "lower", margin) == verdict
    else:
        holds = selected.high < 0 if verdict == "improved" else selected.low > 0
    return (verdict, "") if holds else (
        "cannot tell", f"the arms lost different shares of their tasks, and that alone could make it {verdict}")


def _sentence(values):
    """Say the effect in one sentence, with its interval, base and verdict."""
    size, low, high = (values[name] for name in ("relative", "low", "high"))
    text = (f"Tasks drawn into the treatment took {share_text(abs(size))} {'less' if size < 0 else 'more'} time than the "
            f"others ({share_text(low, True)} to {share_text(high, True)}; {values['tasks']} finished tasks of "
            f"{values['people']} people): {values['verdict']}.")
    if values["reason"]:
        text += f" {values['reason'][0].upper()}{values['reason'][1:]}."
    aside = sum(count for _, count in values["set_aside"])
    return f"{text} {aside} row{'s were' if aside > 1 else ' was'} set aside." if aside else text


def share_text(share, signed=False):
    """Write a share as percent, with a decimal below ten, so that an end near zero keeps its sign.

    >>> share_text(-0.0026, True), share_text(0.188)
    ('−0.3 %', '19 %')
    """
    text = number(abs(100 * share), 1 if abs(share) < 0.0995 else 0)
    sign = "" if not signed or is_zero(text) else "−" if share < 0 else "+"
    return f"{sign}{text} %"


def permutation_p_value(design, outcome, persons, draws=PERMUTATIONS, seed=0):
    """Return the p value of no effect by drawing the arms anew, within persons where they worked in both.

    Studentized by person, so that it also holds for unequal spread (Chung and Romano
    2013, Annals of Statistics 41). Where people were in one arm each, the arms of people
    are drawn. The smallest possible value is 1 / (draws + 1).
    """
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(4,)))
    _, labels = np.unique(persons, return_inverse=True)
    order = np.argsort(labels, kind="stable")
    arm, labels = design[order, ARM], labels[order]
    starts = np.flatnonzero(np.r_[True, np.diff(labels) > 0])
    drawn = np.vstack([arm, _drawn_again(random, arm, labels, starts, draws)])
    others = np.delete(design[order], ARM, axis=1)
    basis, _ = np.linalg.qr(others)
    clean = outcome[order] - basis @ (basis.T @ outcome[order])
    arms = drawn - (drawn @ basis) @ basis.T
    squares = (arms**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = arms @ clean / squares
        residuals = clean - effects[:, None] * arms
        statistics = np.abs(effects) * squares / np.sqrt((np.add.reduceat(arms * residuals, starts, axis=1) ** 2).sum(axis=1))
    return float((np.nan_to_num(statistics, nan=0.0, posinf=np.inf) >= statistics[0] * (1 - 1e-9)).mean())


def _drawn_again(random, arm, labels, starts, draws):
    """Return arms drawn anew (draws × tasks), keeping how many tasks, or people, were treated."""
    ends = np.r_[starts[1:], len(arm)]
    mixed = sum(end - start for start, end in zip(starts, ends, strict=True) if np.ptp(arm[start:end]) > 0)
    if 2 * mixed >= len(arm):
        keys = labels + random.random((draws, len(arm)))
        return arm[np.argsort(keys, axis=1)]
    of_person = arm[starts][np.argsort(random.random((draws, len(starts))), axis=1)]
    return of_person[:, labels]
