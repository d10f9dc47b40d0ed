"""Many-facet Rasch: how severe raters are, with persons and competencies held equal."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import chi2

from upskill.data import NotEnoughData
from upskill.skills.facet_model import FacetModel
from upskill.skills.rater_spread import spread_of

STEPS = ("item", "common")


@dataclass(frozen=True)
class FacetFit:
    """Raters, competencies and persons on one scale (logits).

    `raters`, one row each: severity (sum 0; high = gives less), standard_error,
    low, high, ratings, fair_average (expected rating of the average person over
    all competencies), infit and outfit (mean squares; 1 = as the model has it).
    `steps`: competency × step. `spread`: sd of severity in logits, `spread_in_ratings`
    the same in points of the rating, both with low and high. `likelihood_ratio`:
    chi-squared, degrees of freedom and p value against raters who are all alike.
    """

    raters: pd.DataFrame
    steps: pd.DataFrame
    person_sd: float
    log_likelihood: float
    log_likelihood_without_raters: float
    likelihood_ratio: tuple[float, int, float]
    spread: tuple[float, float, float]
    spread_in_ratings: tuple[float, float, float]
    persons: int
    ratings: int
    converged: bool
    level: float = 0.90


def many_facet_rasch(ratings, steps="item", cluster=None, level=0.90):
    """Fit a many-facet Rasch model by marginal maximum likelihood.

    Parameters
    ----------
    ratings : one row per rating, with person_id, competency_id, rater_id and
        rating (ordered whole numbers). Rows without a rating are left out.
    steps : "item" (each competency has steps of its own) or "common" (each has
        a difficulty, all share the distances of steps; for few ratings).
    cluster : name of a column; ratings with the same value depend on each other
        in ways the model does not hold (one person in several domains, halo):
        standard errors are then robust to that.
    level : probability of the intervals.

    P(X = x | theta) is proportional to exp(x (theta - severity) - sum of the
    first x steps), theta ~ normal(0, s^2) (Linacre 1989, Many-Facet Rasch
    Measurement; partial credit: Masters 1982, Psychometrika 47, 149-174). The
    codes seen of each competency (of all, where steps are common) count as 0, 1, ….
    Integrals are sums over at least 121 equally spaced points, more where persons have many ratings.

    Raises NotEnoughData for fewer than 2 raters, ratings that do not differ, or
    raters not connected through persons (their groups are named); ValueError for
    another `steps` or missing columns.

    >>> random = np.random.default_rng(1)
    >>> rows = [(p, c, r, round(skill - r / 2 + random.normal()))
    ...         for p, skill in enumerate(random.normal(3, 1, 40)) for c in "AB" for r in (0, 1)]
    >>> table = pd.DataFrame(rows, columns=["person_id", "competency_id", "rater_id", "rating"])
    >>> bool(many_facet_rasch(table, "common").raters["severity"].is_monotonic_increasing)
    True
    """
    if steps not in STEPS:
        raise ValueError(f"steps={steps!r}: expected one of {', '.join(STEPS)}")
    table = _checked(ratings)
    model = FacetModel(table, steps, with_raters=True)
    free, information, converged = model.maximize()
    covariance = np.linalg.pinv(information, hermitian=True)
    if cluster is not None:
        covariance = _robust(covariance, model.scores(free), table.drop_duplicates("person_id")[cluster])
    bare = FacetModel(table, steps, with_raters=False)
    bare_free, _, bare_converged = bare.maximize()
    alone, together = float(bare.log_likelihoods(bare_free).sum()), float(model.log_likelihoods(free).sum())
    change, freedom = max(2 * (together - alone), 0.0), len(free) - len(bare_free)
    severity = model.contrast @ free[model.of_raters]
    severity_covariance = model.contrast @ covariance[np.ix_(model.of_raters, model.of_raters)] @ model.contrast.T
    spread = spread_of(severity, severity_covariance, level)
    return FacetFit(
        model.rater_table(free, severity, severity_covariance, level), model.step_table(free), float(np.exp(free[-1])),
        together, alone, (change, freedom, float(chi2.sf(change, freedom))), spread,
        tuple(model.rating_per_logit(free) * end for end in spread), len(model.persons), len(table),
        converged and bare_converged, level)


def separate_groups(ratings):
    """Return the groups of raters that no chain of commonly rated persons joins, as lists of ids.

    >>> table = pd.DataFrame({"person_id": [1, 1, 2, 3], "rater_id": ["a", "b", "b", "c"]})
    >>> separate_groups(table)
    [['a', 'b'], ['c']]
    """
    people, persons = pd.factorize(ratings["person_id"])
    raters, names = pd.factorize(ratings["rater_id"], sort=True)
    size = len(persons) + len(names)
    edges = coo_array((np.ones(len(people)), (people, raters + len(persons))), shape=(size, size))
    _, group = connected_components(edges, directed=False)
    return [list(part.index) for _, part in pd.Series(group[len(persons):], names).groupby(group[len(persons):])]


def _checked(ratings):
    columns = ["person_id", "competency_id", "rater_id", "rating"]
    missing = [name for name in columns if name not in ratings]
    if missing:
        raise ValueError(f"ratings need the columns {', '.join(columns)}; missing: {', '.join(missing)}")
    table = ratings.dropna(subset=columns).reset_index(drop=True)
    if table["rater_id"].nunique() < 2 or table["rating"].nunique() < 2:
        raise NotEnoughData("Severity needs at least 2 raters, and ratings that differ.")
    groups = separate_groups(table)
    if len(groups) > 1:
        said = "; ".join(", ".join(map(str, group)) for group in groups)
        raise NotEnoughData(f"Raters are not connected: no person was rated both by one of one group and by one of "
                            f"another, so severity cannot be told from skill. Groups: {said}.")
    return table


def _robust(covariance, scores, clusters):
    """Return the sandwich covariance, scores summed by cluster (Liang and Zeger 1986, Biometrika 73, 13-22)."""
    codes, names = pd.factorize(clusters)
    summed = np.zeros((len(names), scores.shape[1]))
    np.add.at(summed, codes, scores)
    few = len(names) / max(len(names) - 1, 1)
    return few * covariance @ (summed.T @ summed) @ covariance
