"""Cuts of one scale from a panel: modified Angoff and bookmark."""

import numpy as np
import pandas as pd
from scipy.special import logit

from upskill.data import NotEnoughData
from upskill.skills import graded

SMALLEST_PANEL = 3
GRID = np.linspace(-8, 8, 3201)  # abilities among which a cut is sought; between two, straight lines
COLUMNS = ["scale", "scale_id", "level", "cut", "standard_error", "method", "panel_size"]
ANGOFF, BOOKMARK = "modified Angoff", "bookmark"
BEYOND = "lie beyond what these items can tell apart; leave the level out, or ask easier or harder items."


def angoff_cuts(ratings, calibration, scale_id, scale="domain"):
    """Return cuts from how probably a person who just reaches a level answers each item right.

    Parameters
    ----------
    ratings : rater_id, item_id, level, probability (0 to 1; of an item with
        several scores the expected share of its maximum), round? (the last
        round of each rater counts).
    calibration : `Calibration` whose `items` name these items.

    The cut of a level is the ability at which the test characteristic curve
    of the rated items equals the sum of the panel's mean ratings:
    sum_i E(score_i | cut) / maximum_i = sum_i mean probability_i
    (Angoff 1971; test characteristic curve of Lord 1980). `standard_error`: jackknife over
    raters, sqrt((n - 1) / n × sum of squared differences from the mean). It
    holds how much panels like this differ, not how much item parameters err.

    Returns level, cut, standard_error, … in the form of the table `cuts`.
    Raises ValueError for malformed ratings or cuts that do not rise,
    NotEnoughData below three raters or where a level lies beyond the items.
    """
    last = _last_round(_checked(ratings, ("rater_id", "item_id", "level", "probability"), ["rater_id", "item_id", "level"]))
    wrong = ~last["probability"].between(0, 1)
    if wrong.any():
        raise ValueError(f"{int(wrong.sum())} probabilities lie outside 0 to 1; write 70 % as 0.7.")
    wide = last.pivot(index=["level", "rater_id"], columns="item_id", values="probability")
    curves = _curves(calibration, wide.columns)
    return _cuts(wide, lambda rated: _ability(rated, curves), ANGOFF, scale, scale_id)


def bookmark_cuts(bookmarks, calibration, scale_id, response_probability=0.67, scale="domain"):
    """Return cuts from where panelists put a bookmark into items ordered by difficulty.

    Parameters
    ----------
    bookmarks : rater_id, level, page, round?: the first page of the `booklet`
        that a person who just reaches the level would not master; one more than
        there are pages where they would master all.
    response_probability : chance of a right answer that counts as mastery.

    A bookmark stands halfway between the last item mastered and the first one
    not, at its ability of mastery (Lewis, Mitzel and Green 1996); the cut is
    the mean over raters with their standard error. Raises as `angoff_cuts`.
    """
    last = _last_round(_checked(bookmarks, ("rater_id", "level", "page"), ["rater_id", "level"]))
    places = booklet(calibration, response_probability)["place"].to_numpy()
    if not last["page"].between(1, len(places) + 1).all():
        raise ValueError(f"Bookmarks must lie on pages 1 to {len(places) + 1}.")
    ends = np.concatenate([[-np.inf], places, [np.inf]])
    page = last["page"].to_numpy(int)
    wide = last.assign(place=(ends[page - 1] + ends[page]) / 2).pivot(index=["level", "rater_id"], columns=[], values=["place"])
    return _cuts(wide, _middle, BOOKMARK, scale, scale_id)


def booklet(calibration, response_probability=0.67):
    """Return the ordered booklet: page, item_id, score, place, easiest first.

    One page per score of an item; `place` is the ability at which that score
    or more is got with the response probability p: (logit p - d) / a.
    """
    if not 0 < response_probability < 1:
        raise ValueError(f"response_probability={response_probability}: expected a share between 0 and 1")
    slopes, intercepts = calibration.parameters()
    rows = [(item, step + 1, (logit(response_probability) - intercept) / slope)
            for item, slope, steps in zip(calibration.items.index, slopes, intercepts) if slope > 0
            for step, intercept in enumerate(steps[np.isfinite(steps)])]
    if not rows:
        raise NotEnoughData("No item tells people apart, so there is no booklet.")
    pages = pd.DataFrame(rows, columns=["item_id", "score", "place"]).sort_values("place", kind="stable", ignore_index=True)
    pages.insert(0, "page", np.arange(1, len(pages) + 1))
    return pages


def _checked(frame, columns, keys):
    missing = [name for name in columns if name not in frame]
    if missing:
        raise ValueError(f"The ratings lack {', '.join(missing)}; expected columns: {', '.join(columns)} (and round).")
    frame = frame.dropna(subset=list(columns))
    keys = keys + (["round"] if "round" in frame else [])
    twice = frame.duplicated(keys)
    if twice.any():
        raise ValueError(f"{int(twice.sum())} ratings are there twice: the same {', '.join(keys)}.")
    return frame


def _last_round(frame):
    if "round" not in frame:
        return frame
    keys = [name for name in ("rater_id", "item_id", "level") if name in frame]
    return frame.sort_values("round", kind="stable").drop_duplicates(keys, keep="last")


def _curves(calibration, items):
    """Return the expected share of its maximum by item and ability of the grid."""
    unknown = [item for item in items if item not in calibration.items.index]
    if unknown:
        raise ValueError(f"Not among the calibrated items: {', '.join(map(str, unknown[:5]))}.")
    slopes, intercepts = calibration.parameters()
    spots = calibration.items.index.get_indexer(items)
    flat = [str(item) for item, spot in zip(items, spots) if not slopes[spot] > 0]
    if flat:
        raise ValueError(f"These items tell nobody apart, so their ratings cannot be used: {', '.join(flat[:5])}.")
    above = graded.cumulative(slopes[spots], intercepts[spots], GRID)[:, :, 1:-1].sum(axis=2)
    return above / np.isfinite(intercepts[spots]).sum(axis=1)[:, None]


def _ability(rated, curves):
    """Return the ability at which the expected sum of shares equals the sum of mean ratings (raters × items)."""
    known = ~np.isnan(rated).all(axis=0)
    total = np.nanmean(rated[:, known], axis=0).sum()
    curve = curves[known].sum(axis=0)
    if not curve[0] < total < curve[-1]:
        raise NotEnoughData(f"its ratings {BEYOND}")
    return float(np.interp(total, curve, GRID))


def _middle(places):
    if not np.isfinite(places).all():
        raise NotEnoughData(f"some of its bookmarks {BEYOND}")
    return float(places.mean())


def _cuts(wide, place, method, scale, scale_id):
    """Return the table of cuts; `wide`: (level, rater) × items, `place`: the cut from raters × items of one level."""
    rows = []
    for level, part in wide.groupby(level="level"):
        given, count = part.to_numpy(float), len(part)
        if count < SMALLEST_PANEL:
            raise NotEnoughData(f"{scale_id}, level {level}: {count} raters; a panel has at least {SMALLEST_PANEL}.")
        try:
            cut = place(given)
            without = np.array([place(np.delete(given, rater, axis=0)) for rater in range(count)])
        except NotEnoughData as error:
            raise NotEnoughData(f"{scale_id}, level {level}: {error}") from error
        error = np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
        rows.append((scale, scale_id, int(level), cut, float(error), method, count))
    table = pd.DataFrame(rows, columns=COLUMNS)
    if (np.diff(table["cut"]) <= 0).any():
        raise ValueError(f"{scale_id}: the cuts do not rise with the level ({', '.join(f'{cut:.2f}' for cut in table['cut'])}); "
                         "let the panel talk about the levels and rate again.")
    return table
