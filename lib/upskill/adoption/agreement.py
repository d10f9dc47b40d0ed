"""Does a team agree enough to speak of its climate? Agreement within groups, and what chance alone would give."""

from functools import cache

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import f as fisher

from upskill.data import NotEnoughData

DRAWS = 20_000


def within_group_agreement(scores, categories):
    """Return the agreement of one group, 0 (as if answered at random) to 1 (all the same).

    `scores`: respondents × items, or one column; NaN = not answered. `categories`: number of possible answers, which are one
    apart; one number, or one for each item.
    One item: r_wg = 1 − s² ÷ σ², σ² = (categories² − 1) ÷ 12, the variance of answers at random; J items:
    r_wg(J) = J (1 − m) ÷ (J (1 − m) + m), m = mean s² ÷ σ² (James, Demaree and Wolf 1984, Journal of Applied
    Psychology 69). Below 0 counts as 0. Raises NotEnoughData with fewer than two answers to each item.

    >>> round(within_group_agreement([4, 4, 5, 3], 5), 4)
    0.6667
    """
    table = pd.DataFrame(scores).astype(float)
    if table.empty or (table.notna().sum() < 2).any():
        raise NotEnoughData("agreement needs two answers or more to each item")
    categories = np.asarray(categories, dtype=float)
    if (categories < 2).any():
        raise ValueError(f"categories={categories}: expected 2 or more")
    share = float((table.var(ddof=1).to_numpy() / ((categories**2 - 1) / 12)).mean())
    items = table.shape[1]
    if share >= 1:
        return 0.0
    return float(items * (1 - share) / (items * (1 - share) + share))


@cache
def chance_agreement(respondents, categories, items=1, quantile=0.95, draws=DRAWS, seed=20261123):
    """Return the agreement that a group answering at random stays below with probability `quantile`.

    `categories`: number of possible answers, or a tuple with one for each item. The usual bar of 0.70 is reached by chance in
    groups of five or fewer. Simulated with equal chances of all answers.

    >>> 0.70 < chance_agreement(5, 5) < 0.80
    True
    """
    random = np.random.default_rng(seed)
    categories = np.asarray(categories)
    answers = random.integers(0, categories, (draws, respondents, items)).astype(float)
    share = (answers.var(axis=1, ddof=1) / ((categories**2 - 1) / 12)).mean(axis=1)
    common = items * np.maximum(1 - share, 0.0)
    agreement = common / (common + np.minimum(share, 1.0))
    return float(np.quantile(agreement, quantile))


def group_correlations(scores, groups, level=0.90):
    """Return how much of the differences between people are differences between groups.

    `scores`, `groups`: one entry per respondent. Index icc1 (share of the variance that lies between groups; one
    respondent's answer as a measure of the group) and icc2 (reliability of a group's mean), each with low and high:
    icc1 = (B − W) ÷ (B + (k − 1) W), icc2 = (B − W) ÷ B, B and W mean squares between and within, k the mean group
    size (Bartko 1976, Psychological Bulletin 83); intervals from the F distribution. `attrs`: F, p_value, k.
    Raises NotEnoughData for fewer than two groups with two answers.
    """
    table = pd.DataFrame({"score": np.asarray(scores, dtype=float), "group": np.asarray(groups)}).dropna()
    sizes = table["group"].value_counts()
    table = table[table["group"].isin(sizes[sizes >= 2].index)]
    count, total = table["group"].nunique(), len(table)
    if count < 2:
        raise NotEnoughData("two groups with two answers each are needed")
    means = table.groupby("group")["score"].transform("mean")
    between = float(((means - table["score"].mean()) ** 2).sum() / (count - 1))
    within = float(((table["score"] - means) ** 2).sum() / (total - count))
    size = total / count
    if within == 0:
        raise NotEnoughData("answers within groups do not differ at all")
    ratio = between / within
    ends = ratio / fisher.ppf([(1 + level) / 2, (1 - level) / 2], count - 1, total - count)
    values = np.array([ratio, *ends])
    rows = {"icc1": (values - 1) / (values + size - 1), "icc2": 1 - 1 / np.maximum(values, 1e-12)}
    result = pd.DataFrame(rows, index=["value", "low", "high"]).T
    result.attrs |= {"F": ratio, "p_value": float(fisher.sf(ratio, count - 1, total - count)), "k": size}
    return result


def shrunken_means(scores, groups, level=0.90):
    """Return each group's mean, drawn to the mean of all by as much as it is uncertain: value, low, high, raw, people.

    value = m + λ (raw − m), λ = t² ÷ (t² + s² ÷ n), t² between and s² within groups by moments (Morris 1983, Journal of
    the American Statistical Association 78); small groups lean more on the others, so that no team stands out by chance.
    Raises NotEnoughData as `group_correlations` does.
    """
    table = pd.DataFrame({"score": np.asarray(scores, dtype=float), "group": np.asarray(groups)}).dropna()
    stats = table.groupby("group")["score"].agg(["mean", "var", "size"])
    count, total = len(stats), int(stats["size"].sum())
    if count < 2 or total <= count:
        raise NotEnoughData("two groups, and more answers than groups, are needed")
    within = float((stats["var"].fillna(0) * (stats["size"] - 1)).sum() / (total - count))
    center = float(table["score"].mean())
    between = float((stats["size"] * (stats["mean"] - center) ** 2).sum() / (count - 1))
    spread = max(0.0, (between - within) / ((total - (stats["size"] ** 2).sum() / total) / (count - 1)))
    error = within / stats["size"]
    weight = spread / (spread + error) if spread > 0 else error * 0
    middle = float((stats["mean"] / (spread + error)).sum() / (1 / (spread + error)).sum())
    value = middle + weight * (stats["mean"] - middle)
    # Beside the error of the mean: that of the common mean, and that spread itself is estimated (Morris 1983, eq. 4.2).
    common = 1 / (1 / (spread + error)).sum()
    doubt = 2 / max(count - 3, 1) * (1 - weight) ** 2 * (stats["mean"] - middle) ** 2
    half = np.sqrt(error * weight + (1 - weight) ** 2 * common + doubt) * ndtri((1 + level) / 2)
    return pd.DataFrame({"value": value, "low": value - half, "high": value + half, "raw": stats["mean"], "people": stats["size"]})

