"""Maximization of the marginal likelihood of an item response model: accelerated EM, then Newton."""

import numpy as np

from upskill.skills import graded

EXPECTATION_STEPS = 100
NEWTON_STEPS = 60
REMEMBERED = 12  # steps of EM from which curvature is learned
SMALL_GAIN = 1e-12  # log-likelihood that one more step could still win
STALE = 0.1  # a step with old information must win at least nine tenths of what was to be won
NEGLIGIBLE = 1e-10  # posterior weight below which a point of ability tells nothing about a person
LONGEST_STEP = 3.0
RIDGE = 1e-8
LOWEST = -690.0  # exp of less is denormal, which is slow to compute with


def unpack(free, layout):
    """Return slopes (items,) and intercepts (items, K - 1) from the free parameters."""
    place, known = layout.argmax(axis=2), layout.any(axis=2)
    full = np.where(known, free[place], -np.inf)
    return np.where(known[:, 0], full[:, 0], 0.0), full[:, 1:]


def log_likelihoods(answers, log_probability):
    """Return log P(answers | theta), shape (persons, points), from (items, points, K)."""
    return indicators(answers, log_probability.shape[2]) @ by_column(log_probability)


def by_column(log_probability):
    """Return (items, points, K) as (items × K, points), in the order of `indicators`."""
    return log_probability.transpose(0, 2, 1).reshape(-1, log_probability.shape[1])


def indicators(answers, categories):
    """Return answers as 0/1 columns, one per item and category; a missing answer is all zero."""
    return (answers[:, :, None] == np.arange(categories)).reshape(len(answers), answers.shape[1] * categories).astype(float)


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
        self.place, self.known = layout.argmax(axis=2), layout.any(axis=2)
        columns = indicators(answers, layout.shape[1])
        # Where nobody left anything out, the lowest answer follows from the others: fewer columns to multiply.
        self.complete = bool((answers >= 0).all())
        lowest = np.arange(columns.shape[1]) % layout.shape[1] == 0
        self.kept = columns.any(axis=0) & ~(lowest & self.complete)
        self.columns = columns[:, self.kept]
        self._last = (None, None, None)

    def _state(self, free):
        """Return P(theta | answers) and log P(answers); kept, as a climb ends where the next step starts."""
        if self._last[0] is None or not np.array_equal(self._last[0], free):
            curves = graded.log_probabilities(*unpack(free, self.layout), self.theta)
            base = self.log_weights
            if self.complete:
                base = base + curves[:, :, 0].sum(axis=0)
                curves = curves - curves[:, :, :1]
            joint = self.columns @ by_column(curves)[self.kept]
            joint += base
            largest = joint.max(axis=1, keepdims=True)
            joint -= largest
            weight = np.exp(np.maximum(joint, LOWEST, out=joint), out=joint)
            total = weight.sum(axis=1, keepdims=True)
            weight /= total
            self._last = (free.copy(), weight, (largest + np.log(total))[:, 0])
        return self._last[1:]

    def log_likelihood(self, free):
        return self.counts @ self._state(free)[1]

    def objective(self, free):
        intercepts = unpack(free, self.layout)[1]
        with np.errstate(invalid="ignore"):
            ordered = not np.any(np.diff(intercepts, axis=1) >= 0)
        penalty = self.prior.value(free[self.slopes]) if self.prior else 0.0
        return self.log_likelihood(free) + penalty if ordered and np.isfinite(penalty) else -np.inf

    def posterior(self, free):
        return self._state(free)[0]

    def expected(self, posterior):
        """Expected number of answers by item, point and category (the E step)."""
        items, categories = self.layout.shape[:2]
        weight = posterior * self.counts[:, None]
        total = np.zeros((items * categories, len(self.theta)))
        total[self.kept] = self.columns.T @ weight
        total = total.reshape(items, categories, -1)
        if self.complete:
            total[:, 0] = weight.sum(axis=0) - total.sum(axis=1)
        return total.transpose(0, 2, 1)

    def gradient(self, free, expected):
        first = graded.score(*unpack(free, self.layout), self.theta)
        by_item = np.einsum("jqk,jqkp->jp", expected, first)
        gradient = np.bincount(self.place[self.known], by_item[self.known], len(free))
        if self.prior:
            gradient[self.slopes] += self.prior.gradient(free[self.slopes])
        return gradient

    def complete_information(self, free, expected, fisher=False):
        """Information if abilities were known; `fisher` takes its expectation, which is never negative."""
        parameters = unpack(free, self.layout)
        if fisher:
            blocks = graded.fisher_information(*parameters, self.theta, expected.sum(axis=2))
        else:
            blocks = -graded.curvature(*parameters, self.theta, expected)
        information = self._by_free(blocks)
        if self.prior:
            bend = -self.prior.curvature(free[self.slopes])
            position = np.flatnonzero(self.slopes)
            information[position, position] += np.maximum(bend, 0) if fisher else bend
        return information

    def _by_free(self, blocks):
        """Add up (items, parameters, parameters) by free parameter."""
        both = self.known[:, :, None] & self.known[:, None, :]
        rows, columns = (np.broadcast_to(self.place[:, :, None], both.shape)[both],
                         np.broadcast_to(self.place[:, None, :], both.shape)[both])
        size = self.layout.shape[2]
        return np.bincount(rows * size + columns, blocks[both], size * size).reshape(size, size)

    def information(self, free, posterior, expected):
        """Observed information: complete minus what unknown abilities take away (Louis 1982).

        A person counts only at the points of ability that are possible for them.
        """
        first = graded.score(*unpack(free, self.layout), self.theta)
        padded = np.concatenate([np.zeros_like(first[:, :, :1]), first], axis=2)
        items, points, places, width = padded.shape
        spots = self.answers.astype(np.intp) + 1 + places * np.arange(items)
        mean = np.zeros((len(spots), items * width))
        taken = np.zeros((items * width, items * width))
        for q in range(points):
            near = np.flatnonzero(posterior[:, q] > NEGLIGIBLE)
            person = padded[:, q].reshape(-1, width).take(spots[near], axis=0).reshape(len(near), items * width)
            weight = posterior[near, q, None]
            mean[near] += person * weight
            person *= np.sqrt(weight * self.counts[near, None])
            taken += person.T @ person
        mean *= np.sqrt(self.counts[:, None])
        taken -= mean.T @ mean
        flat = self.known.ravel()
        to_free = np.eye(self.layout.shape[2])[self.place.ravel()[flat]]
        return self.complete_information(free, expected) - to_free.T @ taken[np.ix_(flat, flat)] @ to_free


def maximize(problem, free):
    """Return (free, information, gradient): accelerated EM brings us to the top or near, Newton finishes.

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
    """Climb by EM (one Fisher-scoring step each), sped up by what earlier steps tell about the missing information.

    Limited-memory quasi-Newton steps whose first guess of the curvature is that of EM (Jamshidian and Jennrich
    1997, Journal of the Royal Statistical Society B 59, 569-587).
    """
    steps, bends, gradient = [], [], None
    for _ in range(EXPECTATION_STEPS):
        expected = problem.expected(problem.posterior(free))
        before, gradient = gradient, problem.gradient(free, expected)
        if before is not None and steps[-1] @ (before - gradient) > 0:
            bends.append(before - gradient)
        elif before is not None:
            steps.pop()
        metric = problem.complete_information(free, expected, fisher=True)
        direction = _quasi_newton(metric, gradient, steps[-REMEMBERED:], bends[-REMEMBERED:])
        if gradient @ direction < SMALL_GAIN / 2:
            break
        moved = _climb(problem, free, direction)
        if np.array_equal(moved, free):
            break
        steps.append(moved - free)
        free = moved
    return free


def _quasi_newton(metric, gradient, steps, bends):
    """Return the inverse curvature times `gradient` (Nocedal 1980, Mathematics of Computation 35, 773-782)."""
    rest, shares = gradient.copy(), []
    for step, bend in zip(reversed(steps), reversed(bends), strict=True):
        shares.append(step @ rest / (step @ bend))
        rest -= shares[-1] * bend
    direction = _solve(metric, rest)
    for step, bend, share in zip(steps, bends, reversed(shares), strict=True):
        direction += (share - bend @ direction / (step @ bend)) * step
    return direction


def possible_gain(information, gradient):
    try:
        factor = np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return np.inf
    return 0.5 * np.sum(np.linalg.solve(factor, gradient) ** 2)


def _direction(problem, free, expected, information, gradient):
    if np.isfinite(possible_gain(information, gradient)):
        return np.linalg.solve(information, gradient)
    return _solve(problem.complete_information(free, expected, fisher=True), gradient)


def _solve(metric, gradient):
    """Solve with the diagonal a little raised: where a slope runs away, the information is zero."""
    diagonal = np.diag(metric)
    return np.linalg.solve(metric + np.diag(1e-9 * diagonal + RIDGE), gradient)


def _climb(problem, free, direction):
    """Go along `direction`, halving the step until the objective does not fall."""
    now = problem.objective(free)
    step = min(1.0, LONGEST_STEP / max(np.abs(direction).max(), 1e-12))
    while step > 1e-6:
        trial = free + step * direction
        if problem.objective(trial) >= now - 1e-9:
            return trial
        step /= 2
    return free
