"""What a KPI will be measured at on a later day: level, drift and trend as far as the past supports them, all doubt kept."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

from upskill.data.schema import NotEnoughData

# What the past is tried against; every combination counts with its likelihood. Carry-over of noise from period to
# period; variance of the level's own wandering per period, and spread of its slope per period, both beside the noise.
CARRY_OVERS = (0.0, 0.2, 0.4, 0.6, 0.8)
WANDERINGS = (0.0, 0.01, 0.09, 0.5)
SLOPES = (0.0, 0.03, 0.1, 0.3)
FEWEST_PERIODS = 8


@dataclass(frozen=True)
class Foresight:
    """What will be measured, as a weighted mixture of Student's t distributions.

    `centers`, `errors`: one per combination; `weights` sum to one; `degrees` of freedom.
    `noise`: the standard error that one measurement over as many periods as asked has
    now, per combination.
    """

    centers: np.ndarray
    errors: np.ndarray
    weights: np.ndarray
    degrees: int
    noise: np.ndarray

    @property
    def mean(self):
        return float(self.weights @ self.centers)

    def chance_below(self, value):
        """Return the probability that what is measured is at or below a value."""
        return float(self.weights @ student.cdf((value - self.centers) / np.maximum(self.errors, 1e-12), self.degrees))

    def quantile(self, probability):
        """Return the value that what is measured stays below with this probability."""
        reach = student.ppf(1 - min(probability, 1 - probability) / 4, self.degrees) * self.errors.max() + 1e-9
        low, high = self.centers.min() - reach, self.centers.max() + reach
        return float(brentq(lambda value: self.chance_below(value) - probability, low, high))

    def interval(self, level=0.90):
        """Return both ends of the equal-tailed interval of what will be measured."""
        return self.quantile(0.5 - level / 2), self.quantile(0.5 + level / 2)


def foresee(values, positions, ahead, window=1, bases=None):
    """Foresee the mean of a series over the `window` periods that end `ahead` periods after the last one.

    `values`: on a scale where noise is about alike everywhere (logarithms of durations
    and rates, logits of shares, scores as they are); `positions`: whole periods, with
    gaps where there was no value; `ahead`: 0 = the window ends with the last value,
    whose periods are then known; `bases`: what each value rests on, for its precision.
    Equation: y = level + carried-over noise + random walk + slope · time, Gaussian, with
    a flat prior on the level and the scale, and a grid of carry-over, wandering and
    slope that counts with its restricted likelihood (a Gaussian process with its
    hyperparameters averaged over; Rasmussen and Williams 2006, ch. 2 and 5). A slope is
    never taken for granted: that the series is level, drifts, or has a trend are
    weighed against each other. Raises NotEnoughData below eight values or where they do
    not vary.
    """
    values, positions = np.asarray(values, dtype=float), np.asarray(positions, dtype=float)
    if len(values) < FEWEST_PERIODS:
        raise NotEnoughData(f"only {len(values)} period{'' if len(values) == 1 else 's'} with a value; foresight needs "
                            f"{FEWEST_PERIODS}")
    if np.ptp(values) == 0:
        raise NotEnoughData("it has not varied so far, so nothing says how much it could")
    centers, errors, noise, likelihoods = foresee_many(values[:, None], positions, ahead, window, bases)
    weights = np.exp(likelihoods[:, 0] - likelihoods.max())
    return Foresight(centers[:, 0], errors[:, 0], weights / weights.sum(), len(values) - 1, noise[:, 0])


def foresee_many(values, positions, ahead, window=1, bases=None):
    """Do the same for many series of the same positions: arrays (combinations, series) of centers, errors, noise,
    log likelihoods; `values`: (periods, series)."""
    asked = positions[-1] + ahead - np.arange(window)
    known = np.isin(positions, asked)
    later = asked[asked > positions[-1]]
    spread = np.ones(len(positions)) if bases is None else np.sqrt(np.mean(bases) / np.asarray(bases, dtype=float))
    found = [_fit(values, positions, later, spread, window, *one) for one in product(CARRY_OVERS, WANDERINGS, SLOPES)]
    means, errors, noise, likelihoods = (np.array(part) for part in zip(*found, strict=True))
    share = len(later) / max(len(later) + known.sum(), 1)
    centers = means * share + (values[known].mean(axis=0) if known.any() else 0.0) * (1 - share)
    return centers, errors * share, noise, likelihoods


def _fit(values, positions, later, spread, window, carry, wandering, slope):
    """One combination: (mean and error of the later periods' average, error of a measurement now, log likelihood)."""
    everywhere = np.concatenate([positions, later])
    scale = np.concatenate([spread, np.ones(len(later))])
    centered = everywhere - positions.mean()
    noise = carry ** np.abs(np.subtract.outer(everywhere, everywhere)) if carry else np.eye(len(everywhere))
    walk = np.minimum.outer(everywhere, everywhere) - everywhere[0]
    covariance = noise * np.outer(scale, scale) + wandering * walk + slope**2 * np.outer(centered, centered)
    count = len(positions)
    factor = np.linalg.cholesky(covariance[:count, :count])
    white = np.linalg.solve(factor, np.column_stack([np.ones(count), values]))
    ones, outcome = white[:, 0], white[:, 1:]
    information = ones @ ones
    level = ones @ outcome / information
    residual = outcome - np.outer(ones, level)
    squares = np.maximum((residual**2).sum(axis=0), 1e-24)
    variance = squares / (count - 1)
    likelihood = -np.log(np.diag(factor)).sum() - 0.5 * np.log(information) - 0.5 * (count - 1) * np.log(squares)
    distance = np.abs(np.subtract.outer(np.arange(window), np.arange(window)))
    now = np.sqrt(variance * (carry**distance if carry else np.eye(window)).mean())
    if not len(later):
        return np.zeros_like(level), np.zeros_like(level), now, likelihood
    cross = np.linalg.solve(factor, covariance[:count, count:].mean(axis=1))
    mean = level + cross @ residual
    ahead = covariance[count:, count:].mean() - cross @ cross + (1 - cross @ ones) ** 2 / information
    return mean, np.sqrt(variance * np.maximum(ahead, 0.0)), now, likelihood
