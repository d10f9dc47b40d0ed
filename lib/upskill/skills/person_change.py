"""Reliable change: did one person change by more than errors of measurement explain?

Classical (Jacobson and Truax 1991) and item response forms, and the count that reports may show.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

DENOMINATORS = ("measurement", "retest")
STATES = ("improved", "unchanged", "worse")


def standard_error_of_difference(standard_deviation, reliability, retest=None, denominator="measurement"):
    """Return the standard error of the difference of two scores of one person.

    Parameters
    ----------
    standard_deviation : of scores at the first occasion, at least 0.
    reliability : of the score, 0 to 1 ("measurement"); correlation of both
        occasions ("retest").
    retest : standard deviation at the second occasion; None = as the first.
    denominator : "measurement": s × sqrt(1 - r) × sqrt(2), error of measurement
        alone (Jacobson and Truax 1991; with retest
        sqrt((s1² + s2²)(1 - r)), Maassen 2004); "retest": sqrt(s1² + s2² - 2 r
        s1 s2), the spread of differences between occasions (Temkin 2004). Both
        agree for equal spread; they answer different questions: changed beyond
        error, or beyond what people usually change.

    Raises ValueError outside these ranges.

    >>> round(standard_error_of_difference(7.5, 0.80), 6)
    4.743416
    """
    if denominator not in DENOMINATORS:
        raise ValueError(f"denominator={denominator!r}: expected one of {', '.join(DENOMINATORS)}")
    if not 0 <= reliability <= 1 or not standard_deviation >= 0:
        raise ValueError(f"reliability={reliability!r}, standard_deviation={standard_deviation!r}: expected 0 to 1, and "
                         "at least 0")
    second = standard_deviation if retest is None else retest
    if denominator == "retest":
        return float(np.sqrt(max(standard_deviation**2 + second**2 - 2 * reliability * standard_deviation * second, 0)))
    return float(np.sqrt((standard_deviation**2 + second**2) * (1 - reliability)))


def reliable_change(before, after, standard_error, practice=0.0, critical=1.96):
    """Return the reliable change index of each person and what it says.

    Parameters
    ----------
    before, after : scores of the same persons; high = good.
    standard_error : of the difference, a number above 0, or one per person
        (as from item response scores: sqrt(se1² + se2²)).
    practice : what a second try alone adds to a score.
    critical : size of the index beyond which a change is reliable.

    index = (after - before - practice) / standard_error (Jacobson and Truax
    1991, Journal of Consulting and Clinical Psychology 59, 12-19). Columns:
    change, index, p_value (two-sided, normal), state ("improved", "unchanged",
    "worse"; missing where a score is). Raises ValueError for a standard error
    that is not above 0.

    >>> reliable_change([32.5], [47.5], 4.743416)[["index", "state"]].round(4).to_numpy().tolist()
    [[3.1623, 'improved']]
    """
    error = np.asarray(standard_error, dtype=float)
    if (error <= 0).any():
        raise ValueError("standard_error: expected numbers above 0")
    first, second = pd.Series(before, dtype=float), pd.Series(after, dtype=float)
    change = pd.Series(second.to_numpy() - first.to_numpy(), first.index)
    index = (change - practice) / error
    state = pd.Series(np.select([index > critical, index < -critical], ["improved", "worse"], "unchanged"), first.index)
    return pd.DataFrame({"change": change, "index": index, "p_value": 2 * ndtr(-index.abs()),
                         "state": state.where(index.notna())})


@dataclass(frozen=True)
class CutOffs:
    """Where a score counts as that of the other population: a, b, c of Jacobson and Truax (NaN where unknown)."""

    beyond_the_group: float
    within_norm: float
    between: float


def cut_offs(group_mean, group_sd, norm_mean, norm_sd=None):
    """Return the three cut-offs between a group and a norm, for clinical significance.

    a = group mean + 2 sd of the group, b = norm mean - 2 sd of the norm, c =
    where both are equally near in their sd (Jacobson and Truax 1991); high
    scores are good: `norm_mean` above `group_mean`, otherwise signs turn.
    `norm_sd`: None = as the group. Raises ValueError for spreads not above 0.

    >>> cut_offs(40, 7.5, 60)
    CutOffs(beyond_the_group=55.0, within_norm=45.0, between=50.0)
    """
    norm_sd = group_sd if norm_sd is None else norm_sd
    if not (group_sd > 0 and norm_sd > 0):
        raise ValueError("standard deviations: expected numbers above 0")
    way = 1 if norm_mean >= group_mean else -1
    middle = (group_sd * norm_mean + norm_sd * group_mean) / (group_sd + norm_sd)
    return CutOffs(float(group_mean + way * 2 * group_sd), float(norm_mean - way * 2 * norm_sd), float(middle))


def false_discovery(p_values):
    """Return p-values adjusted so that naming those at most q is wrong in a share of at most q, on average.

    p_(i) × n / i, made monotone from the largest down (Benjamini and Hochberg
    1995, Journal of the Royal Statistical Society B 57, 289-300); NaN stay NaN.

    >>> false_discovery([0.01, 0.04, 0.03, 0.20]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.2]
    """
    values = np.asarray(p_values, dtype=float)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    adjusted = values[order] * len(order) / np.arange(1, len(order) + 1)
    result = np.full(len(values), np.nan)
    result[order] = np.minimum(np.minimum.accumulate(adjusted[::-1])[::-1], 1)
    return result


def person_changes(before, after, rate=0.10, practice=0.0, level=0.90):
    """Return the change of each person and domain between two waves, on the scale of the scores.

    Parameters
    ----------
    before, after : results of `assess_skills` with one calibration and
        `sources=("test",)`: raters and self-ratings change their mind too.
    rate : of false discoveries, within each domain.
    practice : what a second try alone adds, in sd of those assessed first.
    level : probability of a person's own interval.

    One row per person and domain in both: person_id, domain, change,
    standard_error, low, high, index, p_value, adjusted_p_value, state
    ("improved", "worse": reliable after control of false discoveries; else
    "unchanged"). index = (theta_2 - theta_1 - practice) / sqrt(se_1² + se_2²)
    (as in Jabrayilov, Emons and Sijtsma 2016, Applied Psychological Measurement
    40, 559-572). Only for a person's own page, and to be counted.
    """
    keys = ["person_id", "scale_id"]
    before, after = (table[table["scale"] == "domain"] if "scale" in table else table for table in (before, after))
    both = before[[*keys, "score", "standard_error"]].merge(after[[*keys, "score", "standard_error"]], on=keys)
    error = np.sqrt(both["standard_error_x"] ** 2 + both["standard_error_y"] ** 2)
    found = reliable_change(both["score_x"], both["score_y"], error, practice)
    adjusted = found.groupby(both["scale_id"])["p_value"].transform(false_discovery)
    certain = adjusted <= rate
    width = ndtri((1 + level) / 2) * error
    return pd.DataFrame({
        "person_id": both["person_id"], "domain": both["scale_id"], "change": found["change"], "standard_error": error,
        "low": found["change"] - width, "high": found["change"] + width, "index": found["index"],
        "p_value": found["p_value"], "adjusted_p_value": adjusted,
        "state": np.select([certain & (found["index"] > 0), certain & (found["index"] < 0)], ["improved", "worse"],
                           "unchanged")})


def count_changes(changes, shown, minimum, rate=0.10, critical=1.96):
    """Return how many people changed reliably, by domain: what a report may show of `person_changes`.

    Parameters
    ----------
    changes : result of `person_changes`.
    shown : {domain: ids} of those whose change may be shown (`Limits.changes`).
    minimum : smallest group; counts of fewer people, or of all but fewer, are
        left open (NA), as they say too much of each.

    Columns: domain, people, improved, worse (after control of false
    discoveries), beyond_error_up, beyond_error_down (index beyond `critical`),
    false_alarms (how many of these chance alone would give, both ways: at most
    people × 2 × (1 - Phi(critical)), fewer as posterior means are drawn
    together). Domains below the minimum are left out.
    """
    rows = [_counts(domain, rows[rows["person_id"].isin(shown.get(domain, ()))], minimum, critical)
            for domain, rows in changes.groupby("domain", sort=False)]
    rows = [row for row in rows if row["people"] >= minimum]
    columns = ["domain", "people", "improved", "worse", "beyond_error_up", "beyond_error_down", "false_alarms"]
    counted = dict.fromkeys(columns[1:6], "Int64")
    return pd.DataFrame(rows, columns=columns).astype(counted | {"false_alarms": float})


def _counts(domain, rows, minimum, critical):
    people = len(rows)
    found = {"improved": (rows["state"] == "improved").sum(), "worse": (rows["state"] == "worse").sum(),
             "beyond_error_up": (rows["index"] > critical).sum(), "beyond_error_down": (rows["index"] < -critical).sum()}
    open_ones = {name: count if minimum <= count <= people - minimum else pd.NA for name, count in found.items()}
    return {"domain": domain, "people": people, **open_ones, "false_alarms": people * 2 * float(ndtr(-critical))}
