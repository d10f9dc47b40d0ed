"""Drift: items that became harder or easier from one wave to the next, which would pass for a change of people."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from upskill.data import NotEnoughData
from upskill.skills import graded
from upskill.skills.calibration import encode
from upskill.skills.estimation import log_likelihoods
from upskill.skills.evidence import matrix, test_answers
from upskill.skills.linking import common_items, difficulty_columns
from upskill.skills.person_change import false_discovery
from upskill.skills.scoring import GRID, estimate_population, posterior_on_grid

LARGE = 0.5  # logits on the common scale from which on a move matters
ROBUST = 2.7
SMALL = 0.1  # below this a move, however clear, changes no result
FEWEST_ANSWERS = 30
RATE = 0.10  # of false discoveries among the items named
ROUNDS = 5
NEWTON_STEPS = 30
LARGEST_STEP = 1.0


def drift_check(items_from, items_to, link):
    """Return how far each common item moved, after both calibrations are on one scale.

    Parameters
    ----------
    items_from, items_to : tables of items as `link_scales` takes them.
    link : the `Link` from the first onto the scale of the second.

    Columns: delta_b (mean difficulty of the item less that of the first
    calibration brought over; above 0 = harder), robust_z = (delta_b - median)
    / (0.74 × interquartile range) (Huynh and Meyer 2010, Practical Assessment,
    Research & Evaluation 15(2)), moved: |delta_b| > 0.5, or > 0.1 with
    |robust_z| > 2.7, a cautious screen for parameters that come without errors.
    Raises NotEnoughData for fewer than 4 common items.
    """
    first, second = common_items(items_from, items_to)
    if len(first) < 4:
        raise NotEnoughData(f"A drift check needs at least 4 common items; here {len(first)}.")
    places = difficulty_columns(first)
    delta = second[places].mean(axis=1) - link.items_on_scale(first)[places].mean(axis=1)
    z = robust_z(delta)
    return pd.DataFrame({"delta_b": delta, "robust_z": z, "moved": (delta.abs() > LARGE) | (delta.abs() > SMALL) & (z.abs() > ROBUST)})


def robust_z(values):
    """Return (value - median) / (0.74 × interquartile range); NaN where the range is 0.

    >>> robust_z(pd.Series([0.0, 1.0, 2.0, 3.0, 4.0])).round(2).tolist()
    [-1.35, -0.68, 0.0, 0.68, 1.35]
    """
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    return (values - middle) / (0.74 * (high - low)) if high > low else values * np.nan


def item_drift(program, calibration, wave=None, rate=RATE):
    """Return how far each item of the first wave moved until a later one.

    Parameters
    ----------
    program : the whole company.
    calibration : result of `calibrate_program`.
    wave : the later wave; None = the latest.
    rate : of false discoveries among the items named, by Benjamini and Hochberg.

    An item's difficulties move by one delta_b, which maximizes the likelihood
    of its answers in the later wave with people's ability known from the other
    items that did not move; mean and sd of ability are estimated anew. Items
    found are taken out of the anchor and all is done again, until nothing
    changes. standard_error holds that of the later answers and of the first
    difficulty; items without parameters or with fewer than 30 answers are not
    testable.

    Columns: domain, item_id, people, delta_b (above 0 = harder; unit: sd of
    those assessed first), standard_error, robust_z (over all items, of
    delta_b / standard_error), p_value, adjusted_p_value, testable, moved (adjusted p-value at most `rate` and
    |delta_b| > 0.5). Raises NotEnoughData where there is no later wave.

    l(delta) = sum over persons of log of the integral of P(x | theta, b + delta)
    p(theta | other items), as in item response tests with all others as anchor
    (Thissen, Steinberg and Wainer 1993, in Holland and Wainer, Differential
    Item Functioning).
    """
    answers = test_answers(program)
    wave = wave or calibration.waves[-1]
    if wave == calibration.waves[0]:
        raise NotEnoughData("There is only one wave of tests, so no item can have drifted.")
    responses = {scale.domain: matrix(answers, wave, scale.domain, scale.items) for scale in calibration.scales.values()}
    moved, table = frozenset(), None
    for _ in range(ROUNDS):
        parts = [_domain_drift(scale, responses[scale.domain], moved) for scale in calibration.scales.values()]
        table = _judged(pd.concat(parts, ignore_index=True), rate)
        now = frozenset(table.loc[table["moved"], "item_id"])
        if now == moved:
            break
        moved = now
    return table


def _domain_drift(scale, responses, moved):
    calibration, items = scale.calibration, scale.items
    anchored = _without(responses, moved)
    population = estimate_population(calibration, anchored) if len(anchored) else (0.0, 1.0)
    encoded, _ = encode(responses, calibration.codes)
    slopes, intercepts = calibration.parameters()
    anchor = [k for k, item in enumerate(items) if item not in moved]
    rows = [_item_drift(j, encoded, slopes, intercepts, population, [k for k in anchor if k != j])
            for j in range(len(items))]
    errors = calibration.items.filter(regex=r"^standard_error_b\d*$").mean(axis=1).to_numpy()
    table = pd.DataFrame(rows, columns=["people", "delta_b", "later_error"])
    return pd.DataFrame({
        "domain": scale.domain, "item_id": items, "people": table["people"], "delta_b": table["delta_b"],
        "standard_error": np.sqrt(table["later_error"] ** 2 + errors**2)})


def _without(responses, items):
    """Return the answers with those of some items emptied, and without people who answered no other."""
    kept = responses.copy()
    kept.loc[:, kept.columns.isin(items)] = np.nan
    return kept.dropna(how="all")


def _item_drift(j, encoded, slopes, intercepts, population, others):
    """Return people, delta_b and its standard error from the later answers, of item j."""
    asked = encoded[:, j] >= 0
    if asked.sum() < FEWEST_ANSWERS or not slopes[j] > 0 or not others or len(np.unique(encoded[asked, j])) < 2:
        return int(asked.sum()), np.nan, np.nan
    curves = graded.log_probabilities(slopes[others], intercepts[others], GRID)
    ability = posterior_on_grid(log_likelihoods(encoded[asked][:, others], curves), population[0], population[1])
    shift, information = _newton(encoded[asked, j], slopes[j], intercepts[j], ability)
    return int(asked.sum()), shift, 1 / np.sqrt(information)


def _newton(answers, slope, intercepts, ability):
    """Maximize the log-likelihood of one item's answers over a common shift of its difficulties."""
    shift = 0.0
    for _ in range(NEWTON_STEPS):
        gradient, information = _slope_at(answers, slope, intercepts - slope * shift, ability)
        step = np.clip(gradient / max(information, 1e-6), -LARGEST_STEP, LARGEST_STEP)
        shift += step
        if abs(step) < 1e-8:
            break
    return shift, max(information, 1e-6)


def _slope_at(answers, slope, intercepts, ability):
    """Return the gradient with respect to the shift, and the sum of squared scores of persons as information."""
    chances = graded.probabilities(slope[None], intercepts[None], GRID)[0]
    bounds = graded.cumulative(slope[None], intercepts[None], GRID)[0]
    turn = slope * np.diff(bounds * (1 - bounds), axis=1)  # derivative of P(x) by the shift of all difficulties
    marginal = (ability * chances[:, answers].T).sum(axis=1)
    score = (ability * turn[:, answers].T).sum(axis=1) / np.maximum(marginal, 1e-300)
    return score.sum(), (score**2).sum()


def _judged(table, rate):
    z = table["delta_b"] / table["standard_error"]
    p_value = 2 * ndtr(-z.abs())
    testable = z.notna()
    adjusted = pd.Series(np.nan, table.index)
    adjusted[testable] = false_discovery(p_value[testable])
    return table.assign(robust_z=robust_z(z), p_value=p_value, adjusted_p_value=adjusted, testable=testable,
                        moved=(adjusted <= rate) & (table["delta_b"].abs() > LARGE))


def change_without(program, calibration, drifted, wave=None):
    """Return the change of mean ability by domain with all items, and without those that drifted.

    `drifted`: ids of items to leave out of the later wave. Columns: domain,
    change (mean of the later wave; the first has mean 0), change_without,
    difference (what the drifted items add), items_left_out; unit: sd of those
    assessed first. Only domains with a drifted item.
    """
    answers, wave = test_answers(program), wave or calibration.waves[-1]
    rows = []
    for scale in calibration.scales.values():
        out = [item for item in scale.items if item in set(drifted)]
        responses = matrix(answers, wave, scale.domain, scale.items)
        kept = _without(responses, out)
        if out and len(kept):
            with_all, without = (estimate_population(scale.calibration, part)[0] for part in (responses, kept))
            rows.append((scale.domain, with_all, without, with_all - without, len(out)))
    return pd.DataFrame(rows, columns=["domain", "change", "change_without", "difference", "items_left_out"])
