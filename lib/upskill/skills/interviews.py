"""How good the interviews of one wave are: agreement of raters, and how much their severity spreads."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills.agreement import Agreement, krippendorff_alpha
from upskill.skills.facets import FacetFit, many_facet_rasch, separate_groups
from upskill.skills.resample import tails

RESAMPLES = 2000


@dataclass(frozen=True)
class InterviewQuality:
    """Agreement and severity in one wave; `refused`: what could not be told, and why.

    `alpha`, `one_rating`, `mean_of_raters`: `Agreement`, or None (Krippendorff's
    ordinal alpha, and the one-way intraclass correlations of one rating and of the
    mean of `raters_each`). `fit`: the `FacetFit` behind `spread`, (value, low, high)
    in levels: sd of severity. Whose severity it is stays between `own_severity` and
    that rater.
    """

    wave: str
    persons: int
    raters: int
    ratings: int
    raters_each: int
    alpha: Agreement | None
    one_rating: Agreement | None
    mean_of_raters: Agreement | None
    spread: tuple[float, float, float] | None
    fit: FacetFit | None
    refused: dict[str, str]


def interview_quality(program, wave=None, level=0.90, seed=20261123):
    """Return the `InterviewQuality` of a wave (None = the latest with ratings).

    Intervals hold that all ratings of one person hang together (halo): agreement
    by a bootstrap over persons, severity by errors that are robust to it. For
    severity, each person counts in each domain for itself, all competencies of a
    domain are equally hard, and the distances of steps are the same everywhere.
    Raises NotEnoughData without ratings in the wave.
    """
    program.require("interview_ratings", "competencies")
    table = program["interview_ratings"].dropna(subset=["person_id", "competency_id", "rater_id", "rating"])
    wave = _latest(program, table) if wave is None else wave
    keys = ["person_id", "competency_id", "rater_id"]
    table = table[table["wave"] == wave].drop_duplicates(keys, keep="last")
    if table.empty:
        raise NotEnoughData(f"No interview was rated in wave {wave}.")
    wide = table.assign(rating=table["rating"].astype(float)).pivot(
        index=["person_id", "competency_id"], columns="rater_id", values="rating")
    refused = {}
    alpha = _try(refused, "alpha", krippendorff_alpha, wide, "ordinal", level, seed, wide.index.get_level_values(0))
    one = _try(refused, "intraclass correlation", _intraclass, wide, level, seed)
    fit = _try(refused, "severity", _severity, program, table, level)
    return InterviewQuality(
        wave, table["person_id"].nunique(), table["rater_id"].nunique(), len(table), one[2] if one else 0, alpha,
        one[0] if one else None, one[1] if one else None, fit.spread_in_ratings if fit else None, fit, refused)


def own_severity(quality, rater):
    """Return how many levels this rater gives less than the average rater: (value, low, high, ratings).

    For that rater's own page and for nobody else. Raises NotEnoughData where
    severity could not be told, KeyError for a rater without ratings.
    """
    if quality.fit is None:
        raise NotEnoughData(quality.refused["severity"])
    row, spread = quality.fit.raters.loc[rater], quality.fit.spread
    levels = quality.fit.spread_in_ratings[2] / spread[2] if spread[2] > 0 else 0.0
    return tuple(float(row[name] * levels) for name in ("severity", "low", "high")) + (int(row["ratings"]),)


def _latest(program, table):
    if "waves" in program:
        order = program["waves"].sort_values("starts_on")["wave"].tolist()
        present = [wave for wave in order if wave in set(table["wave"])]
    else:
        present = list(table["wave"].drop_duplicates())
    if not present:
        raise NotEnoughData("No interview was rated in a wave of the table waves.")
    return present[-1]


def _try(refused, name, call, *arguments):
    try:
        return call(*arguments)
    except NotEnoughData as error:
        refused[name] = str(error)


def _severity(program, table, level):
    groups = separate_groups(table)
    if len(groups) > 1:  # the report must not name raters
        raise NotEnoughData(f"Raters are not connected: they fall into {len(groups)} groups that rated no person in "
                            "common, so severity cannot be told from skill.")
    domain = program["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]
    unit = table["person_id"].astype(str) + "\n" + table["competency_id"].map(domain).astype(str)
    known = table.assign(who=table["person_id"], person_id=unit, competency_id=table["competency_id"].map(domain))
    return many_facet_rasch(known, "common", "who", level)


def _intraclass(wide, level, seed):
    """Return the correlation of one rating, of the mean of k ratings, and k, the usual number of raters.

    ICC(1,1) = (B - W) / (B + (k - 1) W) of Shrout and Fleiss (1979); raters differ from
    person to person, so the one-way form is the one that fits.
    """
    counts = wide.notna().sum(axis=1)
    several = counts[counts >= 2]
    if several.empty:
        raise NotEnoughData("Nobody was rated twice on one competency.")
    each = int(several.mode().iloc[0])
    rated = wide[counts == each]
    values = np.sort(rated.to_numpy(float), axis=1)[:, :each]  # empty ones go last
    persons, _ = pd.factorize(rated.index.get_level_values(0))
    count = persons.max() + 1
    if count < 3 or np.ptp(values.mean(axis=1)) == 0:
        raise NotEnoughData("Intraclass correlations need 3 people rated twice, and ratings that differ.")
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES)[:, persons]
    one = _one_way(values, np.vstack([np.ones(len(values)), draws]))
    mean = each * one / (1 + (each - 1) * one)
    ends = tails(level, count)
    return *(Agreement(float(found[0]), *map(float, np.nanquantile(found[1:], ends)), len(values), wide.shape[1], level)
             for found in (one, mean)), each


def _one_way(values, weights):
    """Return ICC(1,1) for each row of weights of the units."""
    size, each = weights.sum(axis=1), values.shape[1]
    means, within = values.mean(axis=1), values.var(axis=1, ddof=1)
    inside = weights @ within / size
    between = each * (weights @ means**2 - (weights @ means) ** 2 / size) / (size - 1)
    bottom = between + (each - 1) * inside
    return np.where(bottom > 0, (between - inside) / np.where(bottom > 0, bottom, 1), np.nan)
