"""Severity of raters and kappa, against brute force, closed forms and made-up truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from upskill.data import NotEnoughData
from upskill.skills import kappa_of_counts, many_facet_rasch, weighted_kappa
from upskill.skills.facet_model import FacetModel
from upskill.skills.rater_spread import spread_of
from upskill.validation.raters import DIAGNOSES, PSYCHIATRISTS

SEVERITY = np.array([-0.8, -0.3, 0.0, 0.4, 0.7])


def ratings(seed, persons=80, competencies="ABC", severity=SEVERITY, common=True):
    """Ratings 0 to 3 from the model itself: two raters each, pairs rotate; item steps -1, 0, 1 about a difficulty."""
    random, rows = np.random.default_rng(seed), []
    for person, ability in enumerate(random.normal(0, 1.5, persons)):
        for rater in (person % len(severity), (person + 1 + person // 5 % 3) % len(severity)):
            for k, competency in enumerate(competencies):
                steps = np.array([-1, 0, 1]) + 0.3 * k if common else np.array([-1 - k, 0, 1 + k / 2])
                weight = np.exp(np.concatenate([[0], np.cumsum(ability - severity[rater] - steps)]))
                rows.append((f"p{person}", competency, f"r{rater}", random.choice(4, p=weight / weight.sum())))
    return pd.DataFrame(rows, columns=["person_id", "competency_id", "rater_id", "rating"])


@pytest.fixture(scope="module")
def table():
    return ratings(1)


@pytest.fixture(scope="module")
def fit(table):
    return many_facet_rasch(table)


def brute_force(table, fit, points=20_001):
    """The log likelihood, person by person and rating by rating, on a very fine grid."""
    theta = np.linspace(-8, 8, points) * fit.person_sd
    prior = np.exp(-0.5 * (theta / fit.person_sd) ** 2) / (fit.person_sd * np.sqrt(2 * np.pi))
    total = 0.0
    for _, rows in table.groupby("person_id"):
        density = prior.copy()
        for row in rows.itertuples():
            step = np.concatenate([[0], np.cumsum(fit.steps.loc[row.competency_id])])
            weight = np.exp(np.outer(np.arange(4), theta - fit.raters.loc[row.rater_id, "severity"]) - step[:, None])
            density *= weight[row.rating] / weight.sum(axis=0)
        total += np.log(np.trapezoid(density, theta))
    return total


def test_log_likelihood_is_that_of_brute_force_integration():
    few = ratings(2, persons=24)
    found = many_facet_rasch(few)
    assert found.log_likelihood == pytest.approx(brute_force(few, found), abs=1e-6)
    assert found.converged


def test_severity_sums_to_zero_and_is_found(table, fit):
    assert fit.converged and fit.raters["severity"].sum() == pytest.approx(0, abs=1e-9)
    error = fit.raters["severity"].to_numpy() - SEVERITY
    assert np.abs(error / fit.raters["standard_error"]).max() < 3
    assert fit.likelihood_ratio[1] == 4 and fit.likelihood_ratio[2] < 0.001
    assert fit.raters["fair_average"].is_monotonic_decreasing
    assert fit.raters["infit"].between(0.7, 1.3).all() and fit.raters["outfit"].between(0.6, 1.4).all()
    assert fit.spread[1] <= fit.spread[0] <= fit.spread[2] and fit.spread[1] > 0


def test_gradient_is_that_of_the_likelihood(table):
    for steps in ("item", "common"):
        model = FacetModel(table, steps, with_raters=True)
        free = np.random.default_rng(1).normal(0, 0.3, model.design.shape[2])
        numeric = approx_fprime(free, lambda at, model=model: model.log_likelihoods(at).sum(), 1e-6)
        assert model.scores(free).sum(axis=0) == pytest.approx(numeric, abs=1e-3)


def test_intervals_of_severity_and_spread_hold_the_truth():
    found = [many_facet_rasch(ratings(seed, persons=40, competencies="AB"), "common") for seed in range(12)]
    held = np.mean([one.raters["low"].le(SEVERITY).to_numpy() & one.raters["high"].ge(SEVERITY).to_numpy()
                    for one in found])
    assert 0.75 < held < 1
    true = SEVERITY.std(ddof=1)
    assert np.mean([one.spread[1] < true < one.spread[2] for one in found]) >= 0.75


def test_alike_raters_are_not_told_apart():
    found = [many_facet_rasch(ratings(seed, severity=np.zeros(4)), "common") for seed in range(6)]
    assert np.median([one.likelihood_ratio[2] for one in found]) > 0.1
    assert sum(one.spread[1] == 0 for one in found) >= 4


def test_robust_errors_grow_where_one_person_is_many_units(table):
    doubled = pd.concat([table, table.assign(person_id=table["person_id"] + "x")]).assign(
        who=lambda frame: frame["person_id"].str.rstrip("x"))
    plain, robust = many_facet_rasch(doubled), many_facet_rasch(doubled, cluster="who")
    ratio = robust.raters["standard_error"] / plain.raters["standard_error"]
    assert ratio.mean() == pytest.approx(np.sqrt(2), rel=0.15)


def test_unconnected_raters_are_refused_and_named(table):
    low, high = table[table["rater_id"].isin(["r0", "r1"])], table[table["rater_id"].isin(["r2", "r3"])]
    apart = pd.concat([low, high.assign(person_id="other " + high["person_id"])])
    with pytest.raises(NotEnoughData, match=r"not connected.*r0, r1; r2, r3"):
        many_facet_rasch(apart)


def test_what_cannot_be_told_is_refused(table):
    with pytest.raises(NotEnoughData, match="at least 2 raters"):
        many_facet_rasch(table[table["rater_id"] == "r0"])
    with pytest.raises(NotEnoughData, match="differ"):
        many_facet_rasch(table.assign(rating=2))
    with pytest.raises(ValueError, match="missing: rater_id"):
        many_facet_rasch(table.drop(columns="rater_id"))
    with pytest.raises(ValueError, match="expected one of item, common"):
        many_facet_rasch(table, "free")


def test_a_competency_with_one_code_only_says_nothing(table, fit):
    constant = pd.concat([table, table.drop_duplicates(["person_id", "rater_id"]).assign(competency_id="Z", rating=3)])
    more = many_facet_rasch(constant)
    assert more.raters["severity"].to_numpy() == pytest.approx(fit.raters["severity"].to_numpy(), abs=1e-4)
    assert more.steps.loc["Z"].isna().all()


def test_empty_ratings_and_unused_codes_do_no_harm(table, fit):
    odd = pd.concat([table, table.head(3).assign(rating=np.nan)]).assign(rating=lambda frame: 10 * frame["rating"])
    assert many_facet_rasch(odd).log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-5)


def test_spread_of_well_known_severities_is_their_sd():
    value, low, high = spread_of(SEVERITY, 1e-8 * np.eye(5))
    assert value == pytest.approx(SEVERITY.std(ddof=1), abs=1e-4) and low < value < high
    assert spread_of(np.array([-0.1, 0.1]), np.eye(2))[:2] == (0, 0)


def test_kappa_error_is_that_of_repeated_samples():
    random = np.random.default_rng(1)
    drawn = random.multinomial(200, PSYCHIATRISTS.ravel() / 200, 1500).reshape(-1, 3, 3)
    found = [kappa_of_counts(counts) for counts in drawn]
    true = kappa_of_counts(PSYCHIATRISTS).value
    assert np.mean([one.low <= true <= one.high for one in found]) == pytest.approx(0.9, abs=0.03)


def test_kappa_from_pairs_is_kappa_from_counts():
    codes = np.array([(i, j) for i in range(3) for j in range(3) for _ in range(DIAGNOSES[i, j])])
    for weights in ("unweighted", "linear", "quadratic"):
        assert weighted_kappa(codes, weights) == kappa_of_counts(DIAGNOSES, weights)
    holed = np.vstack([codes.astype(float), [np.nan, 1], [2, np.nan]])
    assert weighted_kappa(holed, "linear").units == len(codes)
    words = np.array(["none", "some", "much"])[codes]
    assert weighted_kappa(words, "unweighted").value == pytest.approx(kappa_of_counts(DIAGNOSES, "unweighted").value)


def test_kappa_refuses_what_it_cannot_tell():
    with pytest.raises(NotEnoughData):
        weighted_kappa([[1, 1], [1, 1]])
    with pytest.raises(NotEnoughData):
        weighted_kappa([[1, 2]])
    with pytest.raises(ValueError, match="2 raters"):
        weighted_kappa([[1, 2, 3], [2, 3, 1]])
    with pytest.raises(ValueError, match="expected one of unweighted"):
        weighted_kappa([[1, 2], [2, 3]], "cubic")
    with pytest.raises(ValueError, match="3 × 3"):
        weighted_kappa([[1, 2], [2, 3]], [[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="square"):
        kappa_of_counts([[1, 2, 3], [2, 3, 1]])
    assert weighted_kappa([[1, 1], [2, 2], [3, 3]]).value == 1
