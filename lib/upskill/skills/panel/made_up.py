"""Panels that are made up: to try the procedure, and to test it on cuts that are known."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from upskill.skills import graded
from upskill.skills.panel.cuts import booklet

RATER_SD, ITEM_SD = 0.25, 0.5  # how far raters are apart in ability, and in log odds on a single item


def made_up_angoff(calibration, cuts, raters=8, seed=20261123, rounds=2):
    """Return ratings of a panel that sees the cuts of `cuts` (levels: places) with errors: rater_id, item_id, level, probability, round.

    Each rater has a view of all levels of their own (sd 0.25 of ability) and
    errs on each item (sd 0.5 in log odds); in each further round both errors
    are halved, as after a talk.
    """
    generator = np.random.default_rng(seed)
    slopes, intercepts = calibration.parameters()
    items, kept = calibration.items.index, slopes > 0
    steps = np.isfinite(intercepts).sum(axis=1)
    view = generator.normal(0, RATER_SD, raters)
    error = generator.normal(0, ITEM_SD, (raters, len(cuts), len(items)))
    parts = []
    for number in range(rounds):
        places = np.array(list(cuts.values()))[None, :] + view[:, None] / 2**number
        above = graded.cumulative(slopes, intercepts, places.ravel())[:, :, 1:-1].sum(axis=2) / np.maximum(steps, 1)[:, None]
        above = np.clip(above.T.reshape(raters, len(cuts), -1), 0.005, 0.995)
        chance = expit(logit(above) + error / 2**number)
        index = pd.MultiIndex.from_product([[f"panelist {one + 1}" for one in range(raters)], list(cuts), items],
                                           names=["rater_id", "level", "item_id"])
        table = pd.Series(chance.ravel(), index, name="probability").round(2).reset_index()
        parts.append(table[table["item_id"].isin(items[kept])].assign(round=number + 1))
    return pd.concat(parts, ignore_index=True)


def made_up_bookmarks(calibration, cuts, raters=8, seed=20261123, response_probability=0.67):
    """Return bookmarks of such a panel: rater_id, level, page; each bookmark errs by sd 0.25 and 0.1 of ability."""
    generator = np.random.default_rng(seed)
    places = booklet(calibration, response_probability)["place"].to_numpy()
    view = generator.normal(0, RATER_SD, raters)
    rows = [(f"panelist {rater + 1}", level, int(np.searchsorted(places, cut + view[rater] + generator.normal(0, 0.1)) + 1))
            for rater in range(raters) for level, cut in cuts.items()]
    return pd.DataFrame(rows, columns=["rater_id", "level", "page"])
