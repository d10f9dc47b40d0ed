"""How skills fade when they are not used, and when to refresh or to assess again."""

import numpy as np

# Tatel and Ackerman 2025 (meta-analysis, 457 reports): half of what was gained is lost after about
# 6.5 months where accuracy counts, 13 where speed counts, 11 where both do.
HALF_LIFE_MONTHS = {"accuracy": 6.5, "mixed": 11.0, "speed": 13.0}


def kept_share(months, half_life_months=11.0, used_share=0.0):
    """Return the share of a gain that is left after months without practice.

    share = 0.5 ^ (months × (1 − used_share) ÷ half-life). `used_share`: share of the time in which the skill
    was in use, 0 to 1; while it is used nothing fades. Half-lives: Tatel and Ackerman 2025. Raises ValueError
    outside the ranges.

    >>> round(float(kept_share(11.0)), 3), round(float(kept_share(11.0, used_share=0.5)), 3)
    (0.5, 0.707)
    """
    months, used_share = np.asarray(months, dtype=float), np.asarray(used_share, dtype=float)
    if (months < 0).any() or not half_life_months > 0 or ((used_share < 0) | (used_share > 1)).any():
        raise ValueError("expected months of 0 or more, a half-life above 0 and a used_share from 0 to 1")
    return 0.5 ** (months * (1 - used_share) / half_life_months)


def months_until(share, half_life_months=11.0, used_share=0.0):
    """Return after how many months only `share` of a gain is left; infinite where the skill is always used.

    >>> round(float(months_until(0.8, 6.5)), 2)
    2.09
    """
    if not 0 < share <= 1:
        raise ValueError(f"share={share}: expected above 0, at most 1")
    pace = (1 - np.asarray(used_share, dtype=float)) / half_life_months
    with np.errstate(divide="ignore"):
        return np.where(pace > 0, np.log2(1 / share) / np.where(pace > 0, pace, 1), np.inf)
