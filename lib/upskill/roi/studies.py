"""The list of published studies, pooled as far as it can be: one intervention, one scale.

An effect on the minutes of a task is no effect on the working week, and an
effect of the tool is none of training. So pooling across either is refused;
`whole_job_effect` converts task time into working time where the share of the
job that the tasks make up is known.
"""

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.roi.evidence import MODIFIED, pool_effects
from upskill.roi.spread_prior import SPREAD_SCALE, pool_with_spread_prior

NO_TRIAL = "No randomized study of training engineers in AI on delivery outcomes is known."
TRUSTED_TIERS = ("A", "B")
POOL = "meta_analysis"
ESTIMATORS = (("REML", MODIFIED), ("REML", True), ("PM", MODIFIED), ("DL", MODIFIED), ("ML", MODIFIED))
PRIOR_NAME = "half-normal prior on the spread"


def select_studies(evidence, intervention="tool", scale="task_time", tiers=TRUSTED_TIERS):
    """Return the single studies that can be pooled: one intervention, one scale, with effect and standard error.

    evidence: as from data.read_evidence. tiers: the quality that is trusted.
    Pools of others are left out, because the studies in them would count twice.
    """
    chosen = (evidence["intervention"].eq(intervention) & evidence["scale"].eq(scale) & evidence["tier"].isin(tiers)
              & evidence["design"].ne(POOL) & evidence["effect"].notna() & evidence["standard_error"].notna())
    return evidence[chosen].reset_index(drop=True)


def pool_studies(studies, level=0.90, spread_scale=SPREAD_SCALE):
    """Return the BayesianPool of these studies: a flat prior on the mean, a half-normal one on the spread.

    studies: rows of the list of studies. Raises ValueError where they mix
    interventions or scales, NotEnoughData for fewer than two.
    """
    _refuse_mixtures(studies)
    _refuse_single(studies)
    return pool_with_spread_prior(studies["effect"], studies["standard_error"], spread_scale, level)


def pool_evidence(evidence, intervention="tool", scale="task_time", tiers=TRUSTED_TIERS, level=0.90,
                  spread_scale=SPREAD_SCALE):
    """Select the studies and pool them; raises NotEnoughData with the reason where fewer than two can be used."""
    studies = select_studies(evidence, intervention, scale, tiers)
    if len(studies) < 2:
        raise NotEnoughData(f"{_count(len(studies))} of {intervention} on the scale {scale}, tiers {', '.join(tiers)}, "
                            f"with a standard error: nothing to pool. {NO_TRIAL if intervention == 'training' else ''}"
                            .strip())
    return pool_studies(studies, level, spread_scale)


def estimators(studies, level=0.90):
    """Return what each estimator makes of the same studies, the default first.

    Columns: estimator, studies, mean, low, high, spread (standard deviation
    between places), prediction_low, prediction_high (for a further place;
    studies - 2 degrees of freedom with the classical ones).
    """
    _refuse_mixtures(studies)
    _refuse_single(studies)
    effects, errors = studies["effect"].to_numpy(float), studies["standard_error"].to_numpy(float)
    rows = [(PRIOR_NAME, *_summary(pool_with_spread_prior(effects, errors, level=level)))]
    for method, knapp in ESTIMATORS:
        name = f"{method}, {'modified ' if knapp == MODIFIED else ''}Hartung-Knapp"
        rows.append((name, *_summary(pool_effects(effects, errors, method, knapp, level))))
    return pd.DataFrame(rows, columns=["estimator", *SUMMARY])


def leave_one_out(studies, level=0.90, spread_scale=SPREAD_SCALE):
    """Return the pool without each study in turn; columns left_out and those of `estimators`.

    The first row leaves none out. Raises NotEnoughData for fewer than three studies.
    """
    if len(studies) < 3:
        raise NotEnoughData(f"Leaving one out needs three studies; there are {len(studies)}.")
    rows = [("none", *_summary(pool_studies(studies, level, spread_scale)))]
    for index, study in studies.iterrows():
        rows.append((study["study_id"], *_summary(pool_studies(studies.drop(index), level, spread_scale))))
    return pd.DataFrame(rows, columns=["left_out", *SUMMARY])


def by_tier(evidence, intervention="tool", scale="task_time", level=0.90, spread_scale=SPREAD_SCALE):
    """Return the pool of the best tier, of the best two and so on; tiers that add no study are left out.

    Columns: tiers and those of `estimators`. A row with a single study has no
    pool and is left out too.
    """
    rows, seen = [], 1
    for count in range(1, len(names := sorted(evidence["tier"].dropna().unique())) + 1):
        studies = select_studies(evidence, intervention, scale, names[:count])
        if len(studies) > seen:
            seen = len(studies)
            rows.append((", ".join(names[:count]), *_summary(pool_studies(studies, level, spread_scale))))
    return pd.DataFrame(rows, columns=["tiers", *SUMMARY])


def whole_job_effect(effect, standard_error, exposed_share, exposed_share_error=0.0):
    """Convert an effect on task time to one on all working time; return (effect, standard error).

    Equation: with y the log productivity ratio on tasks that take the share e
    of working time, all work takes 1 - e + e exp(-y) of the time it took, so
    that the ratio of the whole job is -log(1 - e + e exp(-y)). The standard
    error follows from both by the delta method. effect, standard_error: number or
    shape (studies,). exposed_share: from 0 to 1, with its standard error; it is the
    same for all studies, so that converted effects are not independent:
    convert the pool rather than the studies where you can. Raises ValueError
    for a share outside 0 to 1.

    A task that is done in half the time saves 15 % of a week in which it takes 30 %:

    >>> found, _ = whole_job_effect(np.log(2), 0.1, 0.30)
    >>> round(float(1 - np.exp(-found)), 3)
    0.15
    """
    if not (0 <= exposed_share <= 1 and exposed_share_error >= 0):
        raise ValueError(f"exposed_share is {exposed_share} ± {exposed_share_error}; expected a share from 0 to 1")
    kept = np.exp(-np.asarray(effect, dtype=float))
    left = 1 - exposed_share + exposed_share * kept
    by_effect = exposed_share * kept / left
    by_share = (1 - kept) / left
    error = np.hypot(by_effect * np.asarray(standard_error, dtype=float), by_share * exposed_share_error)
    return -np.log(left), error


def convert_to_whole_job(studies, exposed_share, exposed_share_error=0.0):
    """Return studies of task time with their effects on all working time; others pass as they are."""
    on_tasks = studies["scale"].eq("task_time")
    effect, error = whole_job_effect(studies["effect"], studies["standard_error"], exposed_share, exposed_share_error)
    return studies.assign(effect=studies["effect"].where(~on_tasks, effect),
                          standard_error=studies["standard_error"].where(~on_tasks, error),
                          scale=studies["scale"].where(~on_tasks, "whole_job"))


SUMMARY = ("studies", "mean", "low", "high", "spread", "prediction_low", "prediction_high")


def _summary(pool):
    spread = pool.spread[0] if hasattr(pool, "spread") else float(np.sqrt(pool.tau_squared))
    return pool.studies, pool.mean, *pool.interval, spread, *pool.prediction_interval


def _refuse_single(studies):
    if len(studies) < 2:
        raise NotEnoughData(f"{_count(len(studies))}: one study cannot show how far places differ.")


def _count(number):
    return f"{number or 'no'} {'study' if number == 1 else 'studies'}".capitalize()


def _refuse_mixtures(studies):
    cures = {"intervention": "an effect of the tool is none of training: pool them apart",
             "scale": "convert task time by the exposed share of the job (convert_to_whole_job), or pool them apart"}
    for column, cure in cures.items():
        found = sorted(studies[column].dropna().unique())
        if len(found) > 1:
            raise ValueError(f"studies of different {column}: {', '.join(found)}; {cure}")
