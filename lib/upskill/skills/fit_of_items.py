"""Do the answers to an item rise with ability as its curve says, and do items agree more than ability explains?"""

import numpy as np
import pandas as pd
from scipy.special import chdtrc
from scipy.stats import false_discovery_control, norm

from upskill.data import NotEnoughData
from upskill.skills import graded
from upskill.skills.abilities import matching, moments, sum_chances, telling
from upskill.skills.answers import encode
from upskill.skills.estimation import by_column, indicators
from upskill.skills.scoring import posterior_on_grid

GRID = np.linspace(-6, 6, 61)
PERSONS_PER_GROUP = 12
MOST_GROUPS = 10
FEWEST_GROUPS = 4
FALSE_DISCOVERIES = 0.05  # expected share of items, pairs or people flagged wrongly among those flagged
DEPENDENT = 0.2  # residual correlation above the mean (Christensen, Makransky & Horton 2017)
STATISTICS = ("residual", "S-X2")


def item_fit(calibration, responses, statistic="residual", false_discoveries=FALSE_DISCOVERIES):
    """Test each item's curve against the answers.

    Parameters
    ----------
    statistic : "residual" (default): people are put in groups of equal size by what
        their answers to the *other* items predict for this one, and in each group the
        mean answer is held against the mean prediction. Takes missing answers, mixed
        formats and small groups (at least 12 people per group, 4 groups). "S-X2": sums
        of scores as groups (Orlando & Thissen 2000, Applied Psychological Measurement
        24, 50-64); people who answered all items, two-category items. Its cells of at
        least one expected answer hold few people in small samples, so it is there to
        compare with other software.
    false_discoveries : expected share of wrong flags among the flagged items.

    Returns one row per item: statistic, degrees_of_freedom, p_value, largest_gap
    (difference of observed and predicted mean in a group, as a share of the item's
    range; null for S-X2), people, misfits (p values judged together: Benjamini &
    Hochberg 1995, Journal of the Royal Statistical Society B 57, 289-300). Null where
    an item says nothing or too few people answered it.

    residual: X² = sum over groups of (sum of answers - expected)² / variance, all given
    the other answers; degrees of freedom = groups - parameters that bend with the
    item (2; 1 where the slope is common).

    Raises ValueError for another statistic, or where the items are not those calibrated.
    """
    if statistic not in STATISTICS:
        raise ValueError(f"statistic={statistic!r}: expected one of {', '.join(STATISTICS)}")
    frame = matching(calibration, responses)
    test = _residual if statistic == "residual" else _s_x2
    rows = pd.DataFrame(test(calibration, frame), index=frame.columns, dtype=float)
    rows.insert(2, "p_value", chdtrc(rows["degrees_of_freedom"], rows["statistic"]))
    return rows.assign(misfits=flagged(rows["p_value"], false_discoveries))


def flagged(p_values, false_discoveries):
    """Tell which p values stay below the false discovery rate; null ones do not."""
    values = np.asarray(p_values, dtype=float)
    known = np.isfinite(values)
    result = np.zeros(values.shape, dtype=bool)
    if known.any():
        result[known] = false_discovery_control(values[known]) <= false_discoveries
    return result


NOTHING = {"statistic": np.nan, "degrees_of_freedom": np.nan, "largest_gap": np.nan, "people": 0}


def _residual(calibration, frame):
    answers, _ = encode(frame, calibration.codes)
    curves = graded.log_probabilities(*calibration.parameters(), GRID)
    joint = indicators(answers, curves.shape[2]) @ by_column(curves)
    use, lost = telling(calibration), 1 if calibration.model == "1PL" else 2
    rows = []
    for j in range(len(use)):
        asked = (answers[:, j] >= 0) & (((answers >= 0) & use).sum(axis=1) > 1) & use[j]
        groups = min(int(asked.sum()) // PERSONS_PER_GROUP, MOST_GROUPS)
        rows.append(NOTHING | {"people": int(asked.sum())} if groups < FEWEST_GROUPS else
                    _groups(answers[asked, j], joint[asked], curves[j], groups, lost))
    return rows


def _groups(answer, joint, curve, groups, lost):
    """Return one item's test: `curve` is log P (points, K), `joint` log P of all answers at the points."""
    posterior = posterior_on_grid(joint - curve[:, answer].T, np.zeros(len(answer)), 1.0, GRID)
    chance = posterior @ np.exp(curve)
    mean, sd = moments(chance, np.arange(curve.shape[1]))
    # People whose other answers predict the same stay together: any order among them would be by this answer.
    _, place, count = np.unique(mean.round(9), return_inverse=True, return_counts=True)
    middle = (np.cumsum(count) - count / 2) / len(mean)
    member = np.unique((middle * groups).astype(int), return_inverse=True)[1][place]
    off, size, variance = (np.bincount(member, values) for values in (answer - mean, np.ones(len(mean)), sd**2))
    groups = len(size)
    reach = int((np.exp(curve).max(axis=0) > 1e-200).sum()) - 1
    gap = float(np.abs(off / size).max() / reach)
    if groups <= lost:
        return NOTHING | {"largest_gap": gap, "people": len(answer)}
    return {"statistic": float((off**2 / variance).sum()), "degrees_of_freedom": groups - lost, "largest_gap": gap,
            "people": len(answer)}


def _s_x2(calibration, frame):
    use = telling(calibration)
    if max(len(seen) for seen in calibration.codes) > 2:
        raise ValueError("S-X2 here takes two-category items; use statistic='residual'")
    full = frame[frame.loc[:, use].notna().all(axis=1)]
    answers = encode(full, calibration.codes)[0][:, use]
    weight = np.exp(-0.5 * GRID**2)
    rows = [NOTHING | {"people": len(full)} for _ in use]
    for place, j in enumerate(np.flatnonzero(use) if len(full) else []):
        rows[j] = _by_sum(calibration, answers, j, place, weight)
    return rows


def _by_sum(calibration, answers, j, place, weight):
    rest = sum_chances(calibration, GRID, without=j, ranked=True)[0]
    chance = graded.probabilities(*calibration.parameters(), GRID)[j]
    right = np.append(0, (rest * chance[:, 1]) @ weight)
    wrong = np.append((rest * chance[:, 0]) @ weight, 0)
    sums = answers.sum(axis=1)
    inner = np.arange(1, answers.shape[1])
    people = np.bincount(sums, minlength=len(right))[inner]
    hits = np.bincount(sums, answers[:, place], len(right))[inner]
    expected = people * right[inner] / (right + wrong)[inner]
    people, hits, expected = (np.array(values, dtype=float) for values in _merged(people, hits, expected))
    lost = 1 if calibration.model == "1PL" else 2
    if len(people) <= lost:
        return NOTHING | {"people": len(answers)}
    statistic = ((hits - expected) ** 2 * people / (expected * (people - expected))).sum()
    return NOTHING | {"statistic": statistic, "degrees_of_freedom": len(people) - lost, "people": len(answers)}


def _merged(people, hits, expected):
    """Join neighboring sums from the outside in until at least one right and one wrong answer is expected in each."""
    cells = [list(cell) for cell in zip(people, hits, expected)]
    middle = int(np.argmax(people))

    def join(cells):
        result = []
        for cell in cells:
            if result and min(result[-1][2], result[-1][0] - result[-1][2]) < 1:
                result[-1] = [a + b for a, b in zip(result[-1], cell)]
            else:
                result.append(cell)
        return result

    lower, upper = join(cells[:middle + 1]), join(cells[middle + 1:][::-1])[::-1]
    whole_row = join(lower + upper)
    if len(whole_row) > 1 and min(whole_row[-1][2], whole_row[-1][0] - whole_row[-1][2]) < 1:
        last = whole_row.pop()
        whole_row[-1] = [a + b for a, b in zip(whole_row[-1], last)]
    return list(zip(*whole_row))


def local_dependence(calibration, responses, false_discoveries=FALSE_DISCOVERIES):
    """Return pairs of items with the correlation of what ability leaves unexplained.

    Returns one row per pair, most dependent first (a pair that belongs together bends the
    scale and makes others look dependent: mend the first pair, then look again): first, second,
    people (who answered both), q3 (correlation of answer minus expected answer at the person's score), above_mean (q3 less the mean
    over pairs), p_value (one-sided, Fisher's z), dependent (above_mean over 0.2, and p
    values judged together: in small groups 0.2 alone flags chance).
    Yen (1984, Applied Psychological Measurement 8, 125-145); limit relative to the mean:
    Christensen, Makransky & Horton (2017, Applied Psychological Measurement 41, 178-194).

    Raises NotEnoughData for fewer than 3 items that tell people apart.
    """
    frame = matching(calibration, responses)
    use = np.flatnonzero(telling(calibration))
    if len(use) < 3:
        raise NotEnoughData("Dependence between items needs at least 3 items that tell people apart.")
    residual = pd.DataFrame(_residuals(calibration, frame)[:, use])
    correlation = residual.corr(min_periods=4).to_numpy()
    asked = residual.notna().to_numpy(float)
    both = asked.T @ asked
    first, second = np.triu_indices(len(use), 1)
    q3, people = correlation[first, second], both[first, second]
    above = q3 - np.nanmean(q3) if np.isfinite(q3).any() else q3
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.arctanh(np.clip(q3, -0.9999, 0.9999)) - np.arctanh(np.nanmean(q3))
        p_value = norm.sf(distance * np.sqrt(np.where(people > 3, people - 3, np.nan)))
    names = np.asarray(frame.columns, dtype=object)[use]
    table = pd.DataFrame({
        "first": names[first], "second": names[second], "people": people.astype(int), "q3": q3, "above_mean": above,
        "p_value": p_value, "dependent": (above > DEPENDENT) & flagged(p_value, false_discoveries)})
    return table.sort_values("q3", ascending=False, ignore_index=True)


def _residuals(calibration, frame):
    """Return answer minus expected answer at the score, persons × items, NaN = missing."""
    answers, _ = encode(frame, calibration.codes)
    curves = graded.log_probabilities(*calibration.parameters(), GRID)
    joint = indicators(answers, curves.shape[2]) @ by_column(curves)
    score = moments(posterior_on_grid(joint, np.zeros(len(joint)), 1.0, GRID), GRID)[0]
    chance = graded.probabilities(*calibration.parameters(), score)
    expected = (chance * np.arange(chance.shape[2])).sum(axis=2).T
    return np.where(answers >= 0, answers - expected, np.nan)
