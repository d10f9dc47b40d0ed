"""Mixtures of normal distributions: what one believes when several things may be so."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from scipy.stats import norm

REACH, GRID, HALVINGS = 9.0, 513, 40


@dataclass(frozen=True)
class NormalMixture:
    """Normal parts with weights that sum to 1; all three of shape (parts,).

    >>> two = NormalMixture.of([0.5, 0.5], [-1.0, 1.0], [0.1, 0.1])
    >>> two.mean, round(two.standard_deviation, 4), two.probability_above(0.0)
    (0.0, 1.005, 0.5)
    """

    weights: np.ndarray
    means: np.ndarray
    standard_deviations: np.ndarray

    @classmethod
    def of(cls, weights, means, standard_deviations):
        """Return a mixture; weights are scaled to sum to 1. Raises ValueError for impossible numbers."""
        weights, means, spreads = (np.atleast_1d(np.asarray(each, dtype=float))
                                   for each in (weights, means, standard_deviations))
        if not (weights.shape == means.shape == spreads.shape and np.isfinite([weights, means, spreads]).all()
                and (weights >= 0).all() and weights.sum() > 0 and (spreads > 0).all()):
            raise ValueError("a mixture needs weights of at least 0, finite means and standard deviations above 0, "
                             "as many of each")
        return cls(weights / weights.sum(), means, spreads)

    @property
    def mean(self):
        return float(self.weights @ self.means)

    @property
    def standard_deviation(self):
        second = self.weights @ (self.standard_deviations**2 + (self.means - self.mean) ** 2)
        return float(np.sqrt(second))

    def cumulative(self, values):
        """Return the probability of at most each value, same shape."""
        return ndtr(self._standard(values)) @ self.weights

    def density(self, values):
        """Return the density at each value, same shape."""
        return norm.pdf(self._standard(values)) @ (self.weights / self.standard_deviations)

    def probability_above(self, value):
        return float(ndtr(-self._standard(value)) @ self.weights)

    def quantile(self, probabilities):
        """Return the values that the mixture stays below with these probabilities (in (0, 1)), same shape."""
        p = np.asarray(probabilities, dtype=float)
        grid = np.linspace((self.means - REACH * self.standard_deviations).min(),
                           (self.means + REACH * self.standard_deviations).max(), GRID)
        upper = np.clip(np.searchsorted(self.cumulative(grid), p), 1, GRID - 1)
        low, high = grid[upper - 1], grid[upper]
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            above = self.cumulative(middle) < p
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return (low + high) / 2

    def interval(self, level=0.90):
        """Return the central interval as (low, high)."""
        return tuple(float(end) for end in self.quantile([(1 - level) / 2, (1 + level) / 2]))

    def widened(self, standard_deviation):
        """Return the mixture of a value with independent normal noise added."""
        return NormalMixture(self.weights, self.means, np.hypot(self.standard_deviations, standard_deviation))

    def with_part(self, weight, mean, standard_deviation):
        """Return the mixture with one more part that has this share of the weight."""
        return NormalMixture.of(np.append((1 - weight) * self.weights, weight), np.append(self.means, mean),
                                np.append(self.standard_deviations, standard_deviation))

    def updated(self, value, standard_error):
        """Return what is believed after a measurement: value ~ Normal(truth, standard_error ** 2).

        Each part is updated by itself, and weighs as much as it foresaw the
        value: weight * Normal(value; mean, sd ** 2 + standard_error ** 2).
        """
        total = self.standard_deviations**2 + standard_error**2
        foreseen = np.log(np.maximum(self.weights, 1e-300)) - 0.5 * ((value - self.means) ** 2 / total + np.log(total))
        pull = self.standard_deviations**2 / total
        return NormalMixture.of(np.exp(foreseen - foreseen.max()), self.means + pull * (value - self.means),
                                np.sqrt(pull) * standard_error)

    def merged(self, parts=48):
        """Return the mixture with neighboring parts of little weight put together, mean and variance kept."""
        group = np.minimum((np.cumsum(self.weights) - self.weights / 2) * parts, parts - 1e-9).astype(int)
        weights = np.bincount(group, self.weights, parts)
        kept = weights > 1e-9

        def average(values):
            return np.bincount(group, self.weights * values, parts)[kept] / weights[kept]

        means = average(self.means)
        second = average(self.standard_deviations**2 + self.means**2)
        return NormalMixture.of(weights[kept], means, np.sqrt(second - means**2))

    def _standard(self, values):
        return (np.asarray(values, dtype=float)[..., np.newaxis] - self.means) / self.standard_deviations


def equal_parts(count):
    """Return probabilities in the middle of `count` equal parts of (0, 1)."""
    return (np.arange(count) + 0.5) / count
