"""What an analyst might do instead: self-ratings, percent correct, and other item response models.

Each rival (but `augmented`, which takes the program) takes what was answered
in one domain and returns, by person, score on the scale of ability (mean 0 and
sd 1 over those assessed), standard error (NaN where the method gives none) and
level. Each may know what a sensible analyst knows: that scale, and the cuts.
Of several ways to levels the one that erred least in a trial at 60 people was
taken (docs/methods/skills.md).
"""

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from upskill import skills
from upskill.data import NotEnoughData
from upskill.skills.evidence import assessed_waves, domains_of, matrix, test_answers
from upskill.skills.levels import Cuts, level_probabilities, read_cuts
from upskill.skills.scoring import GRID, likelihood_on_grid, posterior_on_grid

VALIDITY = 0.29  # mean correlation of self-ratings with tests: Mabe and West (1982), 55 studies
RANGE_OF_ALPHA = (0.05, 0.99)  # outside, alpha of a small group is no reliability
RANGE_OF_ERROR = (0.05, 1.0)  # variance of the error: a small group's correlations may leave none, or less
AUGMENTED = "percent correct, shrunk, domains together"
UNKNOWN_ALPHA = 0.7  # where too few people answered every item


@dataclass(frozen=True)
class Answers:
    """What was answered in one domain: `responses` persons × items, `most` points by item, `own` mean self-rating."""

    domain: str
    responses: pd.DataFrame
    most: np.ndarray
    own: pd.Series
    cuts: Cuts

    @cached_property
    def percent(self):
        """Share of the points reached, of the items answered, equated to mean 0 and sd 1."""
        return _standardized((self.responses / self.most).mean(axis=1).to_numpy())

    @cached_property
    def alpha(self):
        try:
            return float(np.clip(skills.coefficient_alpha(self.responses).value, *RANGE_OF_ALPHA))
        except NotEnoughData:
            return UNKNOWN_ALPHA


def first_answers(program):
    """Return the `Answers` of the first wave, one per domain."""
    answers, cuts = test_answers(program), read_cuts(program)
    wave, own = assessed_waves(program, answers)[0], _self_means(program)
    most = program["items"].set_index("item_id")["maximum_score"].astype(float)
    found = []
    for domain in domains_of(program):
        responses = matrix(answers, wave, domain)
        own_here = own[domain].reindex(responses.index)
        found.append(Answers(domain, responses, most[responses.columns].to_numpy(), own_here, cuts[domain]))
    return found


def _self_means(program):
    """Return the mean self-rating, person × domain; a person who gave none in a domain counts as its mean."""
    items = program["items"].query("instrument == 'survey'")[["item_id", "competency_id"]]
    domains = program["competencies"][["competency_id", "domain"]].drop_duplicates("competency_id")
    rated = program["survey_responses"].merge(items.merge(domains, on="competency_id"), on="item_id")
    return rated.groupby(["person_id", "domain"])["score"].mean().unstack()


def _standardized(values):
    """Linear equating to mean 0 and sd 1 in the group."""
    sd = values.std()
    return (values - values.mean()) / (sd if sd > 0 else 1)


def _reached(score, cuts):
    return (score[:, None] >= cuts.places).sum(axis=1)


def _most_probable(score, sd, cuts):
    """Most probable level of a normal posterior with one sd for all, the error of the cuts included."""
    posterior = np.exp(-0.5 * ((GRID - score[:, None]) / sd) ** 2)
    return level_probabilities(posterior / posterior.sum(axis=1, keepdims=True), GRID, cuts).argmax(axis=1)


def nothing(answers):
    """Everybody at the mean of the group: what any method must beat."""
    score = np.zeros(len(answers.responses))
    return score, 1.0, _reached(score, answers.cuts)


def self_ratings(answers, validity=None):
    """Mean self-rating, equated to mean 0 and sd 1; level by the cuts.

    `validity`: correlation with ability; the score is then shrunk by it, with
    error sqrt(1 - validity^2).
    """
    own = answers.own.fillna(answers.own.mean()).to_numpy()
    score = (validity or 1) * _standardized(own)
    return score, np.sqrt(1 - validity**2) if validity else np.nan, _reached(score, answers.cuts)


def percent_correct(answers):
    """Percent correct, equated to mean 0 and sd 1; error sqrt(1 - alpha); level by the cuts."""
    return answers.percent, np.sqrt(1 - answers.alpha), _reached(answers.percent, answers.cuts)


def kelley(answers):
    """Percent correct shrunk to the mean of the group by its reliability; most probable level.

    The regression of ability on the standardized percent correct z is
    sqrt(alpha) z, with error sqrt(1 - alpha), as alpha is their squared
    correlation (Kelley 1947, Fundamentals of Statistics; here true scores have sd 1).
    """
    score, sd = np.sqrt(answers.alpha) * answers.percent, np.sqrt(1 - answers.alpha)
    return score, sd, _most_probable(score, sd, answers.cuts)


def augmented(program):
    """Percent correct of all domains together, shrunk by their correlations and reliabilities; most probable level.

    Regression of the true scores on all observed ones, W = R^-1 T, with T the
    observed correlations R with alpha in the diagonal (Wainer and others 2001,
    augmented scores, in Thissen and Wainer, Test Scoring), for true scores with sd 1.
    """
    answers = first_answers(program)
    shares = pd.DataFrame({part.domain: pd.Series(part.percent, part.responses.index) for part in answers})
    alpha = np.array([part.alpha for part in answers])
    observed = shares.corr().to_numpy()
    true = observed.copy()
    np.fill_diagonal(true, alpha)
    weights = np.linalg.pinv(observed) @ true
    scores = shares.fillna(0) @ weights / np.sqrt(alpha)
    sd = np.sqrt(np.clip(1 - (true * weights).sum(axis=0) / alpha, *RANGE_OF_ERROR))
    found = {}
    for number, part in enumerate(answers):
        score = scores.loc[part.responses.index].to_numpy()[:, number]
        found[part.domain] = pd.DataFrame(
            {"score": score, "standard_error": sd[number], "level": _most_probable(score, sd[number], part.cuts)},
            part.responses.index)
    return {AUGMENTED: pd.concat(found, names=["domain"]).swaplevel()}


def item_response(answers, model, prior):
    """Posterior mean and sd of ability under an item response model of this domain alone; most probable level."""
    fitted = skills.calibrate(answers.responses, model=model, prior=prior)
    likelihood = likelihood_on_grid(fitted, answers.responses)
    posterior = posterior_on_grid(likelihood, np.zeros(len(likelihood)), 1.0)
    mean = posterior @ GRID
    sd = np.sqrt(np.maximum(posterior @ GRID**2 - mean**2, 0))
    return mean, sd, level_probabilities(posterior, GRID, answers.cuts).argmax(axis=1)


SIMPLE = {
    "nothing: everybody at the mean": nothing,
    "mean of self-ratings": self_ratings,
    "self-ratings, shrunk by their published validity": partial(self_ratings, validity=VALIDITY),
    "percent correct": percent_correct,
    "percent correct, shrunk (Kelley)": kelley,
}
ONE_PARAMETER = {"one parameter, with prior": partial(item_response, model="1PL", prior="default")}
MAXIMUM_LIKELIHOOD = {"two parameters, maximum likelihood": partial(item_response, model="graded", prior=None)}


def assess(rivals, program):
    """Return {name: one row per person and domain, index (person_id, domain): score, standard_error, level}."""
    found = {name: {} for name in rivals}
    for answers in first_answers(program):
        for name, rival in rivals.items():
            columns = dict(zip(("score", "standard_error", "level"), rival(answers)))
            found[name][answers.domain] = pd.DataFrame(columns, answers.responses.index)
    return {name: pd.concat(parts, names=["domain"]).swaplevel() for name, parts in found.items()}
