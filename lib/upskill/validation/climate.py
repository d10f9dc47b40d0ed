"""Agreement that groups reach by chance, and how far groups differ: results of others."""

from functools import cache, partial

import numpy as np

from upskill.adoption import chance_agreement, group_correlations
from upskill.validation.case import Case

SOURCE = "95 % critical agreement under random answers of {} categories, 200,000 draws, made beside the R package multilevel"
# Categories, items -> {people: bar}.
BARS = {(5, 1): {3: 0.833, 4: 0.875, 5: 0.750, 6: 0.667, 8: 0.580, 10: 0.506, 15: 0.381, 20: 0.322, 30: 0.262},
        (5, 7): {5: 0.750, 8: 0.661, 10: 0.616, 20: 0.497}, (7, 1): {5: 0.800, 10: 0.497}, (7, 7): {5: 0.756, 10: 0.626}}
WORDS = {5: "five", 7: "seven"}
# Both sides are simulated: Monte Carlo error, and lumps where the answers of few people allow few values.
TOLERANCE = 0.01
# Where the 95 % point lies within the Monte Carlo error of a gap between two possible values, either may come out:
# (answers, items, people) -> gap.
GAPS = {(5, 1, 20): 0.015, (7, 1, 5): 0.0501}
MULTILEVEL = ("R package multilevel, data {}: {:,} people in {} groups. Computed from answers that were made to have the published F and "
              "group size, for the answers themselves are not shipped")
# Data, people, groups -> {scale: (F, ICC(1), ICC(2))}.
GROUPS = {("bh1996", 7382, 99): {"cohesion": (4.4535, 0.044265, 0.775460), "leadership": (11.8502, 0.127028, 0.915613),
                                 "working hours": (12.4491, 0.133107, 0.919673), "well-being": (4.3804, 0.043369, 0.771713)},
          ("lq2002", 2042, 49): {"leadership climate": (1 / (1 - 0.800754), 0.087956, None)}}  # its F from its published ICC(2)
GROUP_TOLERANCE = 5e-6  # F is published with four decimals


@cache
def _answers(people, groups, ratio):
    """Return (scores, group of each) with a given F: mean square between groups ÷ within."""
    random = np.random.default_rng(people)
    group = np.arange(people) % groups
    size = np.bincount(group)
    within = random.normal(size=people)
    within -= (np.bincount(group, within) / size)[group]
    means = random.normal(size=groups)
    means -= np.average(means, weights=size)
    between = (size * means**2).sum() / (groups - 1)
    inside = (within**2).sum() / (people - groups)
    return within + (means * np.sqrt(ratio * inside / between))[group], group


def _correlation(people, groups, ratio, name):
    return group_correlations(*_answers(people, groups, ratio)).loc[name, "value"]


def cases():
    """Return the bars of agreement by group size, and the correlations of groups."""
    found = [Case("Climate", f"agreement by chance, {people} people, {items} item{'s' if items > 1 else ''}{' of seven answers' if answers == 7 else ''}",
                  bar, GAPS.get((answers, items, people), TOLERANCE), SOURCE.format(WORDS[answers]), partial(chance_agreement, people, answers, items))
             for (answers, items), bars in BARS.items() for people, bar in bars.items()]
    for (data, people, groups), scales in GROUPS.items():
        found += [Case("Climate", f"{label} of {scale}, {data}", value, GROUP_TOLERANCE, MULTILEVEL.format(data, people, groups),
                       partial(_correlation, people, groups, ratio, name))
                  for scale, (ratio, first, second) in scales.items()
                  for label, name, value in (("ICC(1)", "icc1", first), ("ICC(2)", "icc2", second)) if value is not None]
    return found
