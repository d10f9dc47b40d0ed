"""How far test scores can be trusted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import fdtri

from upskill.data import NotEnoughData
from upskill.skills.evidence import matrix, test_answers
from upskill.skills.resample import check_level, covariances, percentile_interval, sample_counts


@dataclass(frozen=True)
class Reliability:
    """A reliability with its interval, and what it rests on."""

    value: float
    low: float
    high: float
    persons: int
    items: int
    level: float = 0.90


def coefficient_alpha(scores, level=0.90, missing="listwise", interval="feldt", seed=20261123):
    """Return coefficient alpha of a sum of items, with an interval.

    Parameters
    ----------
    scores : persons × items, DataFrame or array; NaN = missing.
    level : probability of the interval, above 0 and below 1.
    missing : "listwise" (default: persons who answered all items) or
        "pairwise" (each covariance from those who answered both).
    interval : "feldt" (default) or "bootstrap" (percentiles of 1,000 samples of
        persons, widened for few, with `seed`), which does not suppose normal scores.

    alpha = k / (k - 1) × (1 - sum of item variances / variance of the sum)
    (Cronbach 1951, Psychometrika 16, 297-334), variances with n - 1.
    Feldt's interval is 1 - (1 - alpha) F, F with n - 1 and (n - 1)(k - 1) degrees
    of freedom (Feldt 1965, Psychometrika 30, 357-370); it supposes normal scores.
    Alpha is below zero where items contradict each other.

    Raises NotEnoughData for fewer than 2 items or 3 persons, no spread of the
    sum, or two items that nobody answered both; ValueError for another
    `missing` or `interval`, a level outside, or an infinite score.

    >>> estimate = coefficient_alpha([[1, 1], [2, 3], [3, 2], [4, 4]])
    >>> round(estimate.value, 4)
    0.8889
    """
    frame = pd.DataFrame(scores).astype(float)
    _check_options(frame, level, missing, interval)
    frame = frame.dropna() if missing == "listwise" else frame.dropna(how="all")
    persons, items = frame.shape
    if items < 2 or persons < 3:
        raise NotEnoughData(
            f"Alpha needs at least 2 items and 3 people; here {items} items and {persons} people."
        )
    covariance = frame.cov().to_numpy()
    if np.isnan(covariance).any():
        raise NotEnoughData("Alpha needs people in common: some pairs of items were answered by fewer than two of them.")
    if not covariance.sum() > 0:
        raise NotEnoughData("Alpha needs sums that differ between people.")
    alpha = _alpha(covariance)
    if interval == "bootstrap":
        made, _, _ = covariances(frame.to_numpy(), sample_counts(persons, seed))
        return Reliability(float(alpha), *percentile_interval(_alpha(made), level, persons), persons, items, level)
    tails = fdtri(persons - 1, (persons - 1) * (items - 1), [(1 + level) / 2, (1 - level) / 2])
    low, high = 1 - (1 - alpha) * tails
    return Reliability(float(alpha), float(low), float(high), persons, items, level)


def _check_options(frame, level, missing, interval):
    if missing not in ("listwise", "pairwise"):
        raise ValueError(f"missing={missing!r}: expected 'listwise' or 'pairwise'")
    if interval not in ("feldt", "bootstrap"):
        raise ValueError(f"interval={interval!r}: expected 'feldt' or 'bootstrap'")
    check_level(level)
    if np.isinf(frame.to_numpy()).any():
        raise ValueError("a score is infinite: expected numbers, or NaN where missing")


def _alpha(covariance):
    """Return alpha of one covariance matrix, or of each in a stack; NaN where the sum does not vary."""
    items, total = covariance.shape[-1], covariance.sum(axis=(-2, -1))
    single = np.trace(covariance, axis1=-2, axis2=-1)
    return items / (items - 1) * (1 - single / np.where(total > 0, total, np.nan))


def precision_table(program, scores, wave, level=0.90):
    """Return one row per domain: items, people, alpha with interval, reliability and error of scores.

    `reliability` = var(score) / (var(score) + mean squared standard error).
    `right_level`, `within_one` = mean chance that the most probable level is
    the true one, or at most one off.
    `people` are those scored, `complete` those who answered every item.
    """
    answers = test_answers(program)
    rows = [
        _precision(domain, part, matrix(answers, wave, domain), level)
        for domain, part in scores[scores["scale"] == "domain"].groupby("scale_id", sort=False)
    ]
    return pd.DataFrame(rows)


def _precision(domain, part, responses, level):
    error = float((part["standard_error"] ** 2).mean())
    spread = float(part["score"].var(ddof=0))
    row = {
        "domain": domain,
        "items": responses.shape[1],
        "people": len(part),
        "complete": len(responses.dropna()),
        "reliability": spread / (spread + error) if len(part) > 1 else np.nan,
        "standard_error": np.sqrt(error),
        **_level_chances(part.filter(like="probability_").to_numpy(float)),
    }
    try:
        alpha = coefficient_alpha(responses, level)
        return row | {"alpha": alpha.value, "low": alpha.low, "high": alpha.high}
    except NotEnoughData:
        return row | {"alpha": np.nan, "low": np.nan, "high": np.nan}


def _level_chances(chances):
    best = chances.argmax(axis=1)[:, None]
    near = np.abs(np.arange(chances.shape[1]) - best) <= 1
    return {
        "right_level": float(chances.max(axis=1).mean()),
        "within_one": float((chances * near).sum(axis=1).mean()),
    }
