"""Maximization of the marginal likelihood of an item response model: EM, then Newton."""

import numpy as np

from upskill.skills import graded

EXPECTATION_STEPS = 40
NEWTON_STEPS = 60
SMALL_GAIN = 1e-12  # log-likelihood that one more Newton step could still win
STALE = 0.1  # a step with old information must win at least nine tenths of what was to be won


def unpack(free, layout):
    """Return slopes (items,) and intercepts (items, K - 1) from the free parameters."""
    full = np.where(layout.any(axis=2), layout @ free, -np.inf)
    return np.where(np.isfinite(full[:, 0]), full[:, 0], 0.0), full[:, 1:]


def log_likelihoods(answers, log_probability):
    """Return log P(answers | theta), shape (persons, points), from (items, points, K)."""
    return indicators(answers, log_probability.shape[2]) @ by_column(log_probability)


def by_column(log_probability):
    """Return (items, points, K) as (items × K, points), in the order of `indicators`."""
    return log_probability.transpose(0, 2, 1).reshape(-1, log_probability.shape[1])


def indicators(answers, categories):
    """Return answers as 0/1 columns, one per item and category; a missing answer is all zero."""
    return (answers[:, :, None] == np.arange(categories)).reshape(len(answers), -1).astype(float)


def log_sum_exp(values):
    """Return log(sum(exp(values))) of each row, without overflow."""
    largest = values.max(axis=1)
    return largest + np.log(np.exp(values - largest[:, None]).sum(axis=1))


class Problem:
    """The penalized marginal log-likelihood of one set of answers."""

    def __init__(self, answers, counts, layout, prior, theta):
        self.answers, self.counts, self.layout, self.prior, self.theta = answers, counts, layout, prior, theta
        weights = np.exp(-(theta**2) / 2)
        self.log_weights = np.log(weights / weights.sum())
        self.slopes = layout[:, 0].any(axis=0)
        self.columns = indicators(answers, layout.shape[1])
        self._last = (None, None, None)

    def joint(self, free):
        """Return log P(answers, theta) and its sum over theta; kept, as a climb ends where the next step starts."""
        if self._last[0] is None or not np.array_equal(self._last[0], free):
            log_probability = graded.log_probabilities(*unpack(free, self.layout), self.theta)
            joint = self.columns @ by_column(log_probability) + self.log_weights
            self._last = (free.copy(), joint, log_sum_exp(joint))
        return self._last[1:]

    def log_likelihood(self, free):
        return self.counts @ self.joint(free)[1]

    def objective(self, free):
        intercepts = unpack(free, self.layout)[1]
        with np.errstate(invalid="ignore"):
            ordered = not np.any(np.diff(intercepts, axis=1) >= 0)
        penalty = self.prior.value(free[self.slopes]) if self.prior else 0.0
        return self.log_likelihood(free) + penalty if ordered and np.isfinite(penalty) else -np.inf

    def posterior(self, free):
        joint, total = self.joint(free)
        return np.exp(joint - total[:, None])

    def expected(self, posterior):
        """Expected number of answers by item, point and category (the E step)."""
        items, categories = self.layout.shape[:2]
        total = self.columns.T @ (posterior * self.counts[:, None])
        return total.reshape(items, categories, -1).transpose(0, 2, 1)

    def gradient(self, free, expected):
        first = graded.score(*unpack(free, self.layout), self.theta)
        gradient = np.einsum("jqk,jqkp,jpf->f", expected, first, self.layout, optimize=True)
        if self.prior:
            gradient[self.slopes] += self.prior.gradient(free[self.slopes])
        return gradient

    def complete_information(self, free, expected, fisher=False):
        """Information if abilities were known; `fisher` takes its expectation, which is never negative."""
        parameters = unpack(free, self.layout)
        if fisher:
            expected = expected.sum(axis=2, keepdims=True) * graded.probabilities(*parameters, self.theta)
        blocks = -graded.curvature(*parameters, self.theta, expected)
        information = np.einsum("jpf,jpr,jrg->fg", self.layout, blocks, self.layout, optimize=True)
        if self.prior:
            bend = -self.prior.curvature(free[self.slopes])
            position = np.flatnonzero(self.slopes)
            information[position, position] += np.maximum(bend, 0) if fisher else bend
        return information

    def information(self, free, posterior, expected):
        """Observed information: complete minus what unknown abilities take away (Louis 1982)."""
        first = graded.score(*unpack(free, self.layout), self.theta)
        map_to_free = self.layout.reshape(-1, self.layout.shape[2]).astype(float)
        lost, mean = 0.0, 0.0
        for q in range(len(self.theta)):
            person = self._person_score(first[:, q])
            weight = posterior[:, [q]]
            root = person * np.sqrt(weight * self.counts[:, None])
            lost = lost + root.T @ root
            mean = mean + person * weight
        taken = lost - (mean * self.counts[:, None]).T @ mean
        return self.complete_information(free, expected) - map_to_free.T @ taken @ map_to_free

    def _person_score(self, first):
        """Return the score of each person's answers, persons × (items × parameters); 0 where missing."""
        padded = np.concatenate([np.zeros_like(first[:, :1]), first], axis=1)
        items, places, width = padded.shape
        spots = self.answers + 1 + places * np.arange(items)
        return padded.reshape(-1, width).take(spots, axis=0).reshape(len(spots), -1)


def maximize(problem, free):
    """EM (one Fisher-scoring step each) brings us near, Newton finishes: (free, information, gradient).

    Information costs far more than a gradient, so it is kept while steps with it win almost all there is to win.
    """
    free = _expectation_maximization(problem, free)
    information, previous = None, np.inf
    for _ in range(NEWTON_STEPS):
        posterior = problem.posterior(free)
        expected = problem.expected(posterior)
        gradient = problem.gradient(free, expected)
        gain = np.inf if information is None else possible_gain(information, gradient)
        fresh = not gain < STALE * previous
        if fresh:
            information = problem.information(free, posterior, expected)
            gain = possible_gain(information, gradient)
        if gain < SMALL_GAIN:
            break
        previous = gain
        free = _climb(problem, free, _direction(problem, free, expected, information, gradient))
    return free, information if fresh else problem.information(free, posterior, expected), gradient


def _expectation_maximization(problem, free):
    for _ in range(EXPECTATION_STEPS):
        expected = problem.expected(problem.posterior(free))
        gradient = problem.gradient(free, expected)
        direction = np.linalg.solve(problem.complete_information(free, expected, fisher=True), gradient)
        free = _climb(problem, free, direction)
        if np.abs(direction).max() < 0.01:
            break
    return free


def possible_gain(information, gradient):
    try:
        factor = np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return np.inf
    return 0.5 * np.sum(np.linalg.solve(factor, gradient) ** 2)


def _direction(problem, free, expected, information, gradient):
    if np.isfinite(possible_gain(information, gradient)):
        return np.linalg.solve(information, gradient)
    return np.linalg.solve(problem.complete_information(free, expected, fisher=True), gradient)


def _climb(problem, free, direction):
    """Go along `direction`, halving the step until the objective does not fall."""
    now = problem.objective(free)
    step = min(1.0, 3.0 / max(np.abs(direction).max(), 1e-12))
    while step > 1e-6:
        trial = free + step * direction
        if problem.objective(trial) >= now - 1e-9:
            return trial
        step /= 2
    return free
