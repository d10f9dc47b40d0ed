"""Fairness: does an item work alike for two groups of people who are equally skilled? (differential item functioning)"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from upskill.data import NotEnoughData
from upskill.skills.evidence import assessed_waves, matrix, test_answers

FEWEST = 50  # people in the smaller group below which an item is called not testable
ROUNDS = 10
SIZES = (1.0, 1.5)  # of delta: where classes B and C begin
STANDARDIZED_SIZES = (0.17, 0.25)  # the same for items of several categories, in standard deviations of the item


@dataclass(frozen=True)
class MantelHaenszel:
    """The common odds ratio of one item over strata, and what follows from it.

    `odds_ratio`: odds of a right answer in the reference group over those in
    the focal group, at equal skill; `delta` = -2.35 ln(odds_ratio), below 0 =
    harder for the focal group; `size`: class "A", "B" or "C".
    """

    odds_ratio: float
    chi_squared: float
    p_value: float
    delta: float
    standard_error: float
    size: str


def mantel_haenszel(right_reference, wrong_reference, right_focal, wrong_focal, correction=True):
    """Compare two groups of equal skill on one item of two outcomes, over strata of skill.

    Parameters: numbers of people by stratum (arrays of one length).
    `correction`: of 1/2 for continuity, in the chi-squared test.

    odds_ratio = sum(A D / N) / sum(B C / N); chi² = (|sum A - sum E(A)| - 1/2)² /
    sum Var(A) with 1 degree of freedom (Mantel and Haenszel 1959, Journal of
    the National Cancer Institute 22, 719-748; Holland and Thayer 1988);
    variance of ln(odds_ratio) by Robins, Breslow and Greenland (1986,
    Biometrics 42, 311-323). Class A (negligible): |delta| < 1 or not above 0
    by the test at 5 %; C (large): |delta| >= 1.5 and above 1 by a one-sided
    test at 5 %; else B (Zieky 1993, in Holland and Wainer).

    Raises NotEnoughData where no stratum holds both groups and both outcomes.

    >>> found = mantel_haenszel([20, 30], [20, 10], [10, 20], [30, 20])
    >>> round(found.odds_ratio, 4), round(found.chi_squared, 4)
    (3.0, 9.5063)
    """
    a, b, c, d = (np.asarray(cell, dtype=float) for cell in (right_reference, wrong_reference, right_focal, wrong_focal))
    total = a + b + c + d
    used = (a + b > 0) & (c + d > 0) & (a + c > 0) & (b + d > 0)
    if not used.any():
        raise NotEnoughData("No stratum of skill holds both groups and both outcomes.")
    a, b, c, d, total = (cell[used] for cell in (a, b, c, d, total))
    expected = (a + b) * (a + c) / total
    variance = (a + b) * (c + d) * (a + c) * (b + d) / (total**2 * (total - 1))
    apart = max(abs(a.sum() - expected.sum()) - (0.5 if correction else 0), 0)
    chi_squared = float(apart**2 / variance.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        odds_ratio = float((a * d / total).sum() / np.float64((b * c / total).sum()))
        error = _log_odds_error(a, b, c, d, total)
        delta = float(-2.35 * np.log(odds_ratio))
    p_value = float(chdtrc(1, chi_squared))
    return MantelHaenszel(odds_ratio, chi_squared, p_value, delta, 2.35 * error, _size(delta, 2.35 * error, p_value))


def _log_odds_error(a, b, c, d, total):
    cross, back = a * d / total, b * c / total
    same, other = (a + d) / total, (b + c) / total
    variance = ((same * cross).sum() / (2 * cross.sum() ** 2) + (other * back).sum() / (2 * back.sum() ** 2)
                + (same * back + other * cross).sum() / (2 * cross.sum() * back.sum()))
    return float(np.sqrt(variance))


def _size(delta, error, p_value):
    """Return the class; an odds ratio of 0 or infinity has no error, so its class rests on the test alone."""
    if abs(delta) < SIZES[0] or p_value > 0.05:
        return "A"
    if not np.isfinite(error):
        return "C"
    return "C" if abs(delta) >= SIZES[1] and ndtr((1 - abs(delta)) / error) < 0.05 else "B"


def mantel_polytomous(scores, is_focal, strata):
    """Compare two groups of equal skill on one item of ordered scores, over strata of skill.

    chi² = (sum F - sum E(F))² / sum Var(F), F the sum of scores of the focal
    group in a stratum (Mantel 1963, Journal of the American Statistical
    Association 58, 690-700). The difference is the mean score of the focal
    group less that of the reference group, weighted by focal people in each
    stratum, in standard deviations of the item within groups; class A below
    0.17 or not significant at 5 %, C above 0.25, else B (Zwick, Thayer and
    Mazzeo 1997, Applied Measurement in Education 10, 321-344).

    Returns a Series: difference, chi_squared, p_value, size. Raises
    NotEnoughData where no stratum holds both groups and different scores.
    """
    frame = pd.DataFrame({"y": np.asarray(scores, float), "focal": np.asarray(is_focal, bool), "k": np.asarray(strata)})
    groups = frame.groupby("k")
    total, focal = groups.size(), groups["focal"].sum()
    sums, squares = groups["y"].sum(), frame["y"].pow(2).groupby(frame["k"]).sum()
    own = frame["y"].where(frame["focal"], 0).groupby(frame["k"]).sum()
    spread = total * squares - sums**2
    used = (focal > 0) & (focal < total) & (spread > 1e-9)
    if not used.any():
        raise NotEnoughData("No stratum of skill holds both groups and different scores.")
    total, focal, sums, own, spread = (part[used] for part in (total, focal, sums, own, spread))
    variance = (focal * (total - focal) * spread / (total**2 * (total - 1))).sum()
    chi_squared = float((own - focal * sums / total).sum() ** 2 / variance)
    apart = float((focal * (own / focal - (sums - own) / (total - focal))).sum() / focal.sum())
    within = np.sqrt(np.average(frame.groupby("focal")["y"].var(ddof=1), weights=frame.groupby("focal").size() - 1))
    difference, p_value = apart / float(within), float(chdtrc(1, chi_squared))
    large = abs(difference) > STANDARDIZED_SIZES[1]
    size = "A" if abs(difference) < STANDARDIZED_SIZES[0] or p_value > 0.05 else "C" if large else "B"
    return pd.Series({"difference": difference, "chi_squared": chi_squared, "p_value": p_value, "size": size})


def differential_items(responses, is_focal, purify=True, fewest=FEWEST, correction=True):
    """Return, item by item, whether two groups of equal skill answer alike.

    Parameters
    ----------
    responses : persons × items, DataFrame or array; NaN = missing.
    is_focal : one True (focal group) or False (reference) per person.
    purify : True = items of class B or C are taken out of the matching score
        (at most half of all, the clearest first), and all is done again until
        nothing changes (at most 10 times).
    fewest : people that each group needs among those who answered the item.
    correction : for continuity, as in `mantel_haenszel`.

    People are matched on the sum of the anchor items; the item itself always
    belongs to it (Holland and Thayer 1988). Where answers are missing, people
    are matched on the mean share of points reached on the anchor items that they answered,
    rounded to as many steps as there are points.

    Columns: people_reference, people_focal, testable, method
    ("Mantel-Haenszel", or "Mantel" for more than two scores), odds_ratio,
    delta, standard_error, difference (of "Mantel", in standard deviations of
    the item), chi_squared, p_value, size ("A", "B", "C"), harder_for ("focal",
    "reference"; missing for A). Items that cannot be tested have testable False.

    Raises ValueError where `is_focal` does not fit the persons or two items
    have one name, NotEnoughData for fewer than 2 items.
    """
    frame = pd.DataFrame(responses).astype(float)
    focal = np.asarray(is_focal, dtype=bool)
    if focal.shape != (len(frame),):
        raise ValueError(f"is_focal has {focal.size} entries for {len(frame)} persons: expected one each")
    if frame.columns.has_duplicates:
        raise ValueError("two items have one name: expected a name for each")
    if frame.shape[1] < 2:
        raise NotEnoughData("Differential item functioning needs at least 2 items.")
    out, tried = frozenset(), []
    for _ in range(ROUNDS if purify else 1):
        table = pd.DataFrame([_test(frame, focal, item, out, fewest, correction) for item in frame], index=frame.columns)
        tried.append(out)
        flagged = table[table["size"].isin(["B", "C"])].sort_values("chi_squared", ascending=False, kind="stable")
        now = frozenset(flagged.index[: frame.shape[1] // 2])
        if now in tried:
            break
        out = now
    return table


def _test(frame, focal, item, out, fewest, correction):
    anchor = [name for name in frame if name == item or name not in out]
    known = frame[item].notna().to_numpy()
    row = {"people_reference": int((known & ~focal).sum()), "people_focal": int((known & focal).sum()), "testable": False,
           "method": None, "odds_ratio": np.nan, "delta": np.nan, "standard_error": np.nan, "difference": np.nan,
           "chi_squared": np.nan, "p_value": np.nan, "size": None, "harder_for": None}
    values = frame.loc[known, item]
    if min(row["people_reference"], row["people_focal"]) < fewest or values.nunique() < 2:
        return row
    strata = _strata(frame.loc[known, anchor])
    try:
        found = (_two_outcomes if values.nunique() == 2 else _several)(values, focal[known], strata, correction)
    except NotEnoughData:
        return row
    row |= {"testable": True, **found}
    sign = row["delta"] if row["method"] == "Mantel-Haenszel" else row["difference"]
    return row | {"harder_for": None if row["size"] == "A" else "focal" if sign < 0 else "reference"}


def _strata(anchor):
    """Return the matching score: the sum, or with missing answers the share of points reached in as many steps."""
    if not anchor.isna().any(axis=None):
        return anchor.sum(axis=1).to_numpy()
    low, high = anchor.min(), anchor.max()
    points = float((high - low).sum())
    reached, possible = (anchor - low).sum(axis=1), anchor.notna().mul(high - low, axis=1).sum(axis=1)
    return (reached / possible.where(possible > 0) * points).round().fillna(-1).to_numpy()


def _two_outcomes(values, focal, strata, correction):
    right = (values == values.max()).to_numpy()
    names, code = np.unique(strata, return_inverse=True)
    cells = [np.bincount(code[part], minlength=len(names)) for part in
             (~focal & right, ~focal & ~right, focal & right, focal & ~right)]
    found = mantel_haenszel(*cells, correction=correction)
    return {"method": "Mantel-Haenszel", "odds_ratio": found.odds_ratio, "delta": found.delta,
            "standard_error": found.standard_error, "chi_squared": found.chi_squared, "p_value": found.p_value,
            "size": found.size}


def _several(values, focal, strata, correction):
    return {"method": "Mantel", **mantel_polytomous(values, focal, strata).to_dict()}


def fairness_table(program, wave=None, people=None):
    """Return the check of every test item of a wave between the fairness groups of `people.fairness_group`.

    Parameters
    ----------
    program : the whole company.
    wave : None = the latest.
    people : ids of those who may be counted; None = all in `people`.

    The largest group is the reference; each other one is compared with it,
    domain by domain. Columns: domain, item_id, reference, focal (names of
    groups), and those of `differential_items`. Where a group has fewer than 50
    people (or the minimum group size, if larger) its items are not testable;
    numbers of people below the minimum are left empty (NA).
    Raises NotEnoughData without groups, or with one only.
    """
    program.require("people")
    answers = test_answers(program)
    wave = wave or assessed_waves(program, answers)[-1]
    table = program["people"].drop_duplicates("person_id").set_index("person_id")
    if "fairness_group" not in table or table["fairness_group"].nunique() < 2:
        raise NotEnoughData("people.fairness_group names fewer than two groups, so fairness cannot be checked.")
    group = table["fairness_group"].dropna()
    group = group if people is None else group[group.index.isin(people)]
    sizes = group[group.index.isin(answers.loc[answers["wave"] == wave, "person_id"])].value_counts()
    if len(sizes) < 2:
        raise NotEnoughData("People of fewer than two fairness groups took the test.")
    fewest = max(FEWEST, program.settings.minimum_group_size)
    reference, *others = sizes.sort_index().sort_values(ascending=False, kind="stable").index
    parts = []
    for domain in answers["domain"].drop_duplicates():
        wide = matrix(answers, wave, domain)
        for focal in others:
            of_both = wide[wide.index.map(group).isin([reference, focal])]
            if of_both.shape[1] < 2 or not len(of_both):
                continue
            found = differential_items(of_both, of_both.index.map(group) == focal, fewest=fewest)
            parts.append(found.rename_axis("item_id").reset_index().assign(domain=domain, reference=reference, focal=focal))
    if not parts:
        raise NotEnoughData("No domain has two items, so fairness cannot be checked.")
    table = pd.concat(parts, ignore_index=True)
    for name in ("people_reference", "people_focal"):
        counts = table[name].astype("Int64")
        table[name] = counts.mask(counts < program.settings.minimum_group_size)
    return table[["domain", "item_id", "reference", "focal", *found.columns]]
