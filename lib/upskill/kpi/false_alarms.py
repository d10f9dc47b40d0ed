"""How often a method would cry wolf in this very panel: made-up outcomes without effect, fitted to the time before."""

from dataclasses import dataclass, field

import numpy as np

from upskill.kpi.power import mean_variance_ratio
from upskill.kpi.twoway import two_way_demean

FEWEST_PERIODS = 8
CELLS = 4_000_000


@dataclass(frozen=True)
class NullModel:
    """Outcomes without effect: unit and period effects drop out; noise is AR(1) with a spread per unit.

    `autocorrelation`: lag one, corrected for the means taken out; `spreads`: standard
    deviation of one period by unit; `periods`: on which it rests.
    """

    autocorrelation: float
    spreads: np.ndarray = field(repr=False)
    periods: int

    def draw(self, draws, length, seed, strata=None):
        """Return draws × units × periods; with `strata` the spreads change hands within them, as under a lottery."""
        random = np.random.default_rng(seed)
        noise = random.standard_normal((draws, len(self.spreads), length))
        spreads = np.tile(self.spreads, (draws, 1))
        for layer in [] if strata is None else np.unique(strata):
            spreads[:, strata == layer] = random.permuted(spreads[:, strata == layer], axis=1)
        rho = self.autocorrelation
        noise[..., 1:] *= np.sqrt(1 - rho**2)
        for period in range(1, length):
            noise[..., period] += rho * noise[..., period - 1]
        return noise * spreads[:, :, None]


@dataclass(frozen=True)
class FalseAlarms:
    """Share of made-up outcomes without effect in which the test said that there is one.

    `rate` at nominal `nominal`, two-sided, with its Monte Carlo `error`; `draws` of them.
    """

    rate: float
    error: float
    draws: int
    nominal: float
    model: NullModel

    @property
    def too_many(self):
        """Whether more than 7 % (at nominal 5 %) is shown, two Monte Carlo errors granted."""
        return self.rate - 2 * self.error > 1.4 * self.nominal


def fit_null(outcome, first):
    """Fit a `NullModel` to the periods before the first start of all; None with fewer than eight periods or three units."""
    before = outcome[:, : first.min()]
    observed = np.isfinite(before)
    if (observed.any(axis=0)).sum() < FEWEST_PERIODS or (observed.sum(axis=1) >= 3).sum() < 3:
        return None
    off = two_way_demean(np.nan_to_num(before), observed)
    counts = observed.sum(axis=1)
    pairs = observed[:, 1:] & observed[:, :-1]
    squares = (off**2).sum(axis=1)
    scale = np.sqrt(np.maximum(squares / np.maximum(counts, 1), 1e-300))
    even = off / scale[:, None]  # so that no unit rules the autocorrelation
    typical = float(np.mean(counts))
    lag = (even[:, 1:] * even[:, :-1] * pairs).sum() / max(pairs.sum(), 1)
    rho = float(np.clip((lag + 1 / typical) / (1 - 3 / typical), -0.3, 0.95))
    found = squares / np.maximum(counts, 1) / (1 - mean_variance_ratio(max(round(typical), 2), rho))
    found = np.where(counts >= 3, found, np.median(found[counts >= 3]))
    # Taking period means out mixes the units: of n units each keeps (1 - 2/n) of its own variance and gets 1/n of the mean one.
    n = len(before)
    variances = np.maximum((found - found.mean() / (1 - 1 / n) / n) / (1 - 2 / n), found / 10)
    return NullModel(rho, np.sqrt(variances), int(observed.any(axis=0).sum()))


def default_draws(cells):
    """Draws that take about as long whatever the size of the panel."""
    return int(np.clip(CELLS // cells, 100, 2000))


def measure(model, panel, rejects, draws, seed, lottery=False, nominal=0.05):
    """Apply `rejects(outcomes: draws × units × periods) -> booleans` to made-up outcomes.

    Without a lottery every unit keeps its own spread and its own start; with one, the
    rate is over all ways the lottery could have fallen.
    """
    chunk = max(1, CELLS // panel.outcome.size)
    found = np.concatenate([rejects(model.draw(min(chunk, draws - done), panel.periods, (seed, done),
                                                    panel.strata if lottery else None))
                            for done in range(0, draws, chunk)])
    rate = float(found.mean())
    spread = max(rate, 1 / draws)
    return FalseAlarms(rate, float(np.sqrt(spread * (1 - min(spread, 0.5)) / draws)), draws, nominal, model)
