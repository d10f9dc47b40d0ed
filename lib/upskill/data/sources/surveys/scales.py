"""Answers in words: which number each word of a usual scale stands for, where the column itself leaves no doubt."""

from dataclasses import dataclass

import pandas as pd

from upskill.data.source import fold
from upskill.data.sources.git import SourceError

# Lowest first. Names are what messages call them.
SCALES = {
    "agreement, 5 points": (
        "Strongly disagree|Disagree|Neither agree nor disagree|Agree|Strongly agree",
        "Strongly disagree|Somewhat disagree|Neither agree nor disagree|Somewhat agree|Strongly agree",
        "Strongly disagree|Disagree|Neutral|Agree|Strongly agree",
        "Strongly disagree|Disagree|Undecided|Agree|Strongly agree",
        "Stimme überhaupt nicht zu|Stimme nicht zu|Weder noch|Stimme zu|Stimme voll und ganz zu",
        "Stimme überhaupt nicht zu|Stimme eher nicht zu|Teils, teils|Stimme eher zu|Stimme voll und ganz zu",
        "Pas du tout d'accord|Pas d'accord|Ni d'accord ni pas d'accord|D'accord|Tout à fait d'accord"),
    "agreement, 7 points": (
        "Strongly disagree|Disagree|Somewhat disagree|Neither agree nor disagree|Somewhat agree|Agree|Strongly agree",),
    "agreement, 4 points": ("Strongly disagree|Disagree|Agree|Strongly agree",),
    "satisfaction, 5 points": (
        "Extremely dissatisfied|Somewhat dissatisfied|Neither satisfied nor dissatisfied|Somewhat satisfied|Extremely satisfied",
        "Very dissatisfied|Dissatisfied|Neutral|Satisfied|Very satisfied",
        "Very dissatisfied|Somewhat dissatisfied|Neither satisfied nor dissatisfied|Somewhat satisfied|Very satisfied"),
    "frequency, 5 points": (
        "Never|Sometimes|About half the time|Most of the time|Always", "Never|Rarely|Sometimes|Often|Always",
        "Nie|Selten|Manchmal|Oft|Immer"),
    "confidence, 5 points": (
        "Not at all confident|Slightly confident|Moderately confident|Very confident|Extremely confident",
        "Not confident at all|Slightly confident|Somewhat confident|Fairly confident|Completely confident"),
}
KNOWN = [(name, {fold(word): at for at, word in enumerate(words.split("|"), 1)})
         for name, variants in SCALES.items() for words in variants]


@dataclass(frozen=True)
class Scored:
    """Scores of one column of words (NaN where empty), the highest possible, and the name of the scale."""

    scores: pd.Series
    highest: float
    scale: str


def score_words(name, cells, told=None, highest=None):
    """Return the Scored of a column, None where no scale has all its words.

    `told`: {folded word: score}, which comes first; `highest`: the highest score of the item, where it is known. Raises
    SourceError where two scales have all the words and give them other scores, for then the column proves nothing.

    >>> score_words("q", pd.Series(["Agree", "Neutral", None])).scores.tolist()
    [4.0, 3.0, nan]
    """
    words = cells.map(lambda cell: fold(str(cell).replace("’", "'")), na_action="ignore")
    seen = set(words.dropna())
    if told and seen and seen <= told.keys():
        return Scored(words.map(told).astype(float), max(max(told.values()), highest or 0), "as told")
    fitting = [(scale, table) for scale, table in KNOWN if seen and seen <= table.keys()
               and highest in (None, float(len(table)))]
    meanings = {tuple(sorted((word, table[word]) for word in seen)) for _, table in fitting}
    lengths = {len(table) for _, table in fitting}
    if len(meanings) > 1 or len(lengths) > 1:
        raise SourceError(f"{name}: {', '.join(sorted(cells.dropna().unique())[:5])} stand in scales of "
                          f"{' and '.join(map(str, sorted(lengths)))} points; say how many the question has (--points 5), or "
                          "what each word counts (--score 'Agree=4')")
    if not fitting:
        return None
    scale, table = fitting[0]
    return Scored(words.map(table).astype(float), float(len(table)), scale)
