"""Rules that call a signal on a chart, as the named sets in use: which points of standardized values break which."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _at_window_ends(z, length, test):
    hits = np.zeros(len(z), dtype=bool)
    if len(z) >= length:
        hits[length - 1:] = test(sliding_window_view(z, length))
    return hits


def _beyond(sigmas):
    return lambda z: np.abs(z) > sigmas


def _same_side(points):
    return lambda z: _at_window_ends(z, points, lambda w: (w > 0).all(axis=1) | (w < 0).all(axis=1))


def _monotone(points):
    def test(windows):
        steps = np.diff(windows, axis=1)
        return (steps > 0).all(axis=1) | (steps < 0).all(axis=1)
    return lambda z: _at_window_ends(z, points, test)


def _alternating(points):
    def test(windows):
        steps = np.sign(np.diff(windows, axis=1))
        return (steps[:, 1:] * steps[:, :-1] == -1).all(axis=1)
    return lambda z: _at_window_ends(z, points, test)


def _most_beyond(count, points, sigmas):
    def test(windows):
        return ((windows > sigmas).sum(axis=1) >= count) | ((windows < -sigmas).sum(axis=1) >= count)
    return lambda z: _at_window_ends(z, points, test)


def _near_limit(count, points):
    """Points between two and three sigma, the others on the same side of the center."""
    def test(windows):
        near = ((np.abs(windows) > 2) & (np.abs(windows) <= 3)).sum(axis=1) >= count
        return near & ((windows > 0).all(axis=1) | (windows < 0).all(axis=1))
    return lambda z: _at_window_ends(z, points, test)


def _hugging(points):
    return lambda z: _at_window_ends(z, points, lambda w: (np.abs(w) < 1).all(axis=1))


def _avoiding(points):
    def test(windows):
        outside = (np.abs(windows) > 1).all(axis=1)
        return outside & (windows > 0).any(axis=1) & (windows < 0).any(axis=1)
    return lambda z: _at_window_ends(z, points, test)


# limits: for charts whose runs are judged otherwise. default: few false alarms. nelson: Nelson 1984. western_electric:
# Statistical Quality Control Handbook, 1956. wheeler (xmrit): Wheeler's Understanding Variation, with 8 points for a
# shift. nhs: "Making data count", plot the dots; it screens moving ranges once (`process_limits(..., screen=True)`).
RULE_SETS = {
    "limits": {"beyond limits": _beyond(3)},
    "default": {"beyond limits": _beyond(3), "shift": _same_side(9)},
    "nelson": {
        "beyond limits": _beyond(3), "shift": _same_side(9), "trend": _monotone(6), "oscillation": _alternating(14),
        "two of three": _most_beyond(2, 3, 2), "four of five": _most_beyond(4, 5, 1), "stratification": _hugging(15),
        "mixture": _avoiding(8)},
    "western_electric": {
        "beyond limits": _beyond(3), "two of three": _most_beyond(2, 3, 2), "four of five": _most_beyond(4, 5, 1),
        "shift": _same_side(8)},
    "wheeler": {"beyond limits": _beyond(3), "shift": _same_side(8), "three of four": _most_beyond(3, 4, 1.5)},
    "nhs": {"beyond limits": _beyond(3), "shift": _same_side(7), "trend": _monotone(7), "two of three": _near_limit(2, 3)},
}
RULE_SETS["xmrit"] = RULE_SETS["wheeler"]


def find_signals(scores, rules="default"):
    """Say which standardized values break which rule.

    `scores`: one-dimensional, (value - center) / sigma, NaN = missing (skipped, so a
    run goes on behind a gap). `rules`: a name of RULE_SETS ("nelson" has the eight
    of Nelson 1984, Journal of Quality Technology 16), or a whole number: beyond
    limits, and runs of that many points on one side. A run is marked at its last
    point and at every further one. Returns a dict from position to
    the names of the broken rules. Raises KeyError for an unknown set.

    >>> find_signals([0, 1, -1, 3.1, 0])
    {3: ('beyond limits',)}
    """
    scores = np.asarray(scores, dtype=float)
    present = np.flatnonzero(~np.isnan(scores))
    chosen = {"beyond limits": _beyond(3), "shift": _same_side(rules)} if isinstance(rules, int) else RULE_SETS[rules]
    hits = {name: rule(scores[present]) for name, rule in chosen.items()}
    broken = {int(place): tuple(name for name in hits if hits[name][i]) for i, place in enumerate(present)}
    return {place: names for place, names in broken.items() if names}
