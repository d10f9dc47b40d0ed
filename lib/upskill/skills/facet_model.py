"""The likelihood of the many-facet Rasch model, and its maximum."""

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import ndtri

WIDTH = 0.1  # between points of ability, in sd of persons
FINER = 0.4  # divided by the square root of the ratings of a person: many ratings make narrow posteriors
SLACK = 1e-6  # log likelihood that one more Newton step could gain


class FacetModel:
    """The likelihood; free parameters are steps (or difficulties and common steps), severities, log person sd."""

    def __init__(self, table, steps, with_raters):
        person, self.persons = pd.factorize(table["person_id"])
        item, self.items = pd.factorize(table["competency_id"], sort=True)
        rater, self.raters = pd.factorize(table["rater_id"], sort=True)
        pair, which = np.unique(item * len(self.raters) + rater, return_inverse=True)
        self.item_of, self.rater_of = np.divmod(pair, len(self.raters))
        values = table["rating"].to_numpy(float)
        own = [np.unique(values if steps == "common" else values[item == k]) for k in range(len(self.items))]
        self.codes = own
        self.categories = max(map(len, own))
        score = np.array([np.searchsorted(own[k], value) for k, value in zip(item, values)], dtype=int)
        order = np.argsort(person, kind="stable")  # ratings of one person side by side
        self.person, self.pair, self.score = person[order], which[order], score[order]
        self.starts = np.searchsorted(self.person, np.arange(len(self.persons)))
        finest = min(WIDTH, FINER / np.sqrt(np.bincount(person).max()))
        self.points = np.linspace(-6, 6, 2 * int(np.ceil(6 / finest)) + 1)
        self.contrast = np.vstack([np.eye(len(self.raters) - 1), -np.ones(len(self.raters) - 1)])
        self.design, self.possible, self.of_steps = self._design(steps, with_raters)

    def _design(self, steps, with_raters):
        """Return d log-numerator / d parameters (pairs, K, P), which categories exist, and the layout of steps."""
        categories, score = self.categories, np.arange(self.categories)
        widths = [len(codes) - 1 for codes in self.codes]
        if steps == "item":
            of_steps = np.zeros((len(self.items), categories, sum(widths)))
            for k, start in enumerate(np.cumsum([0, *widths[:-1]])):
                for x in range(1, widths[k] + 1):
                    of_steps[k, x, start:start + x] = -1
        else:
            common = np.zeros((categories, categories - 2))  # the first x of the common steps, which sum to 0
            for x in range(1, categories - 1):
                common[x, :x] = -1
            difficulty = -np.eye(len(self.items))[:, None, :] * score[:, None]
            of_steps = np.concatenate([difficulty, np.broadcast_to(common, (len(self.items), *common.shape))], axis=2)
        of_raters = -self.contrast[self.rater_of][:, None, :] * score[:, None] if with_raters else None
        parts = [of_steps[self.item_of], *([of_raters] if with_raters else [])]
        design = np.concatenate([*parts, np.zeros((len(self.item_of), categories, 1))], axis=2)
        self.of_raters = np.arange(of_steps.shape[2], of_steps.shape[2] + len(self.raters) - 1)
        possible = score <= np.array(widths)[self.item_of][:, None]
        return design, possible, of_steps

    def _numerators(self, free, theta):
        """Return log numerators (pairs, K, points); impossible categories are -inf."""
        found = (self.design @ free)[..., None] + np.arange(self.categories)[:, None] * theta
        return np.where(self.possible[..., None], found, -np.inf)

    def _parts(self, free):
        """Return probabilities of categories (pairs, K, points) and log P(ratings, point) (persons, points)."""
        numerators = self._numerators(free, np.exp(free[-1]) * self.points)
        top = numerators.max(axis=1, keepdims=True)
        chances = np.exp(numerators - top)
        total = chances.sum(axis=1, keepdims=True)
        seen = (numerators - top - np.log(total))[self.pair, self.score]
        prior = np.exp(-0.5 * self.points**2)
        return chances / total, np.add.reduceat(seen, self.starts, axis=0) + np.log(prior / prior.sum())

    def log_likelihoods(self, free):
        """Return log P(ratings) of each person."""
        _, joint = self._parts(free)
        top = joint.max(axis=1)
        return top + np.log(np.exp(joint - top[:, None]).sum(axis=1))

    def posterior(self, free):
        """Return the chances of categories and the posterior of persons on the points."""
        chances, joint = self._parts(free)
        weights = np.exp(joint - joint.max(axis=1, keepdims=True))
        return chances, weights / weights.sum(axis=1, keepdims=True)

    def scores(self, free):
        """Return the gradient of each person's log likelihood (persons, parameters)."""
        chances, weights = self.posterior(free)
        own, score = weights[self.person], np.arange(self.categories)
        surprise = (self.score[:, None] == score).astype(float)
        for k in score:
            surprise[:, k] -= (own * chances[self.pair, k]).sum(axis=1)
        by_rating = np.einsum("rk,rkf->rf", surprise, self.design[self.pair], optimize=True)
        # d theta / d log s = theta: the residual score at each point, times theta.
        expected = np.einsum("k,pkq->pq", score, chances)
        by_rating[:, -1] = ((self.score[:, None] - expected[self.pair]) * (np.exp(free[-1]) * self.points) * own).sum(axis=1)
        return np.add.reduceat(by_rating, self.starts, axis=0)

    def maximize(self):
        """Return the parameters, the observed information, and whether the maximum was reached."""
        free = np.zeros(self.design.shape[2])
        found = minimize(lambda x: -self.log_likelihoods(x).sum(), free, jac=lambda x: -self.scores(x).sum(axis=0),
                         method="BFGS", options={"gtol": 1e-3, "maxiter": 500})
        free = found.x
        information = self._information(free)
        for _ in range(50):
            gradient = self.scores(free).sum(axis=0)
            step = np.linalg.lstsq(information, gradient, rcond=None)[0]
            if abs(gradient @ step) < SLACK**1.5 or not np.isfinite(step).all():
                break
            free = free + step / max(1.0, np.abs(step).max())
        information = self._information(free)
        gain = gradient @ np.linalg.pinv(information, hermitian=True) @ gradient
        sound = np.linalg.eigvalsh(information).min() > 0 and np.exp(free[-1]) > 1e-3
        return free, information, bool(sound and gain < SLACK)

    def _information(self, free, width=1e-4):
        rows = [(self.scores(free - turn).sum(axis=0) - self.scores(free + turn).sum(axis=0)) / (2 * width)
                for turn in width * np.eye(len(free))]
        return (np.array(rows) + np.array(rows).T) / 2

    def _expected(self, free, severity):
        """Return the expected rating, in the codes of each competency, of the average person (competencies,)."""
        total = 0.0
        numerators = self.of_steps @ free[:self.of_steps.shape[2]] - severity * np.arange(self.categories)
        for k, codes in enumerate(self.codes):
            chances = np.exp(numerators[k, :len(codes)] - numerators[k, :len(codes)].max())
            total = total + chances @ codes / chances.sum()
        return total / len(self.codes)

    def rating_per_logit(self, free, width=1e-3):
        """Return how many points of the rating one logit of severity takes from the average person."""
        return (self._expected(free, -width) - self._expected(free, width)) / (2 * width)

    def rater_table(self, free, severity, covariance, level):
        error = np.sqrt(np.diag(covariance))
        wide = ndtri((1 + level) / 2) * error
        infit, outfit = self._fit(free)
        return pd.DataFrame({
            "severity": severity, "standard_error": error, "low": severity - wide, "high": severity + wide,
            "ratings": np.bincount(self.rater_of[self.pair], minlength=len(error)),
            "fair_average": [self._expected(free, one) for one in severity], "infit": infit, "outfit": outfit,
        }, index=pd.Index(self.raters, name="rater_id"))

    def _fit(self, free):
        """Return infit and outfit of raters, averaged over the posterior, so that 1 is expected whatever the design."""
        chances, weights = self.posterior(free)
        score = np.arange(self.categories)
        expected = np.einsum("k,pkq->pq", score, chances)
        variance = np.maximum(np.einsum("k,pkq->pq", score**2, chances) - expected**2, 1e-12)
        own, rater = weights[self.person], self.rater_of[self.pair]
        apart = (self.score[:, None] - expected[self.pair]) ** 2
        variance = variance[self.pair]
        surprise, information, ratio = (
            np.bincount(rater, (own * part).sum(axis=1), len(self.raters)) for part in (apart, variance, apart / variance))
        return surprise / information, ratio / np.bincount(rater, minlength=len(self.raters))

    def step_table(self, free):
        """Return the steps, competency × step; empty where a competency has fewer."""
        totals = self.of_steps @ free[:self.of_steps.shape[2]]
        steps = -np.diff(totals, axis=1)
        for k, codes in enumerate(self.codes):
            steps[k, len(codes) - 1:] = np.nan
        return pd.DataFrame(steps, pd.Index(self.items, name="competency_id"),
                            [f"step_{number}" for number in range(1, self.categories)])
