"""Answers of people by construct and wave: means, top answers, change between waves; feedback by question and theme."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from upskill.data.kpis import kpi_name
from upskill.data.schema import NotEnoughData

# Instrument -> (table, column that names who answered).
ANSWERS = {"survey": ("survey_responses", "person_id"), "climate": ("climate_responses", "respondent_id")}
# A difference of less than this share of the scale is not worth acting on (0.2 points from 1 to 5).
MARGIN_OF_SCALE = 0.05
LEAST_ANSWERED = 0.5
PROMOTER = ("enps", "employee net promoter score", "net promoter score")


@dataclass(frozen=True)
class Construct:
    """What some items ask about; `low`, `high`: ends of the scale; `answers`: one row per respondent and wave.

    `answers`: respondent, team, wave, score (mean of the answered items, reversed ones
    turned around).
    """

    name: str
    title: str
    instrument: str
    low: float
    high: float
    items: int
    answers: pd.DataFrame

    @property
    def margin(self):
        return MARGIN_OF_SCALE * (self.high - self.low)

    @property
    def is_promoter(self):
        """Tell whether it is a recommendation from 0 to 10, of which promoters minus detractors are counted."""
        return self.title.lower() in PROMOTER and (self.low, self.high) == (0, 10)


def constructs(program):
    """Return every construct that surveys or climate questionnaires ask about, in the order of the items.

    Self-ratings of competencies are not among them. A respondent who answered less than
    half of a construct's items is left out, as are answers outside the item's scale.
    """
    if "items" not in program:
        return ()
    items = program["items"].drop_duplicates("item_id")
    items = items[items["construct"].notna() & items["instrument"].isin(list(ANSWERS))]
    found = []
    for (instrument, title), group in items.groupby(["instrument", "construct"], sort=False):
        table, who = ANSWERS[instrument]
        if table in program and len(answers := _answers(program[table], who, group)):
            low, high = _scale(group)
            found.append(Construct(kpi_name(title), str(title), instrument, low, high, len(group), answers))
    return tuple(found)


def _scale(items):
    """Ends of the scale that most items have."""
    ends = pd.Series(list(zip(items["minimum_score"].fillna(0.0), items["maximum_score"], strict=True)))
    low, high = ends.value_counts(sort=True).index[0]
    return float(low), float(high)


def _answers(table, who, items):
    low, high = _scale(items)
    rows = table[table["item_id"].isin(items["item_id"])].drop_duplicates([who, "wave", "item_id"], keep="last")
    rows = rows.merge(items[["item_id", "minimum_score", "maximum_score", "reversed"]], on="item_id")
    first, last = rows["minimum_score"].fillna(0.0), rows["maximum_score"]
    share = ((rows["score"] - first) / (last - first)).astype("float64")
    share = share.mask((share < 0) | (share > 1))
    share = share.mask(rows["reversed"].fillna(False).astype(bool), 1 - share)
    team = rows["team"] if "team" in rows else pd.Series(None, index=rows.index, dtype=object)
    rows = pd.DataFrame({"respondent": rows[who].astype(str), "team": team, "wave": rows["wave"],
                         "score": low + share * (high - low)}).dropna(subset=["score", "wave"])
    by = rows.groupby(["respondent", "wave"], sort=False)
    means = by.agg(team=("team", "first"), score=("score", "mean"), answered=("score", "size")).reset_index()
    return means[means["answered"] >= LEAST_ANSWERED * len(items)].drop(columns="answered")


def wave_order(program, names):
    """Sort waves by their start; those that the table waves lacks come last, by name."""
    starts = {}
    if "waves" in program:
        starts = program["waves"].drop_duplicates("wave").set_index("wave")["starts_on"].to_dict()
    latest = pd.Timestamp.max
    return sorted(names, key=lambda name: (starts.get(name, latest) if not pd.isna(starts.get(name)) else latest, str(name)))


def mean_interval(scores, level=0.90):
    """Return (mean, low, high) of independent answers by Student's t; the interval is NaN below two or without spread."""
    scores = np.asarray(scores, dtype=float)
    scores = scores[~np.isnan(scores)]
    if len(scores) == 0:
        return (float("nan"),) * 3
    if len(scores) < 2 or np.ptp(scores) == 0:
        return float(scores.mean()), float("nan"), float("nan")
    reach = student.ppf(0.5 + level / 2, len(scores) - 1) * scores.std(ddof=1) / np.sqrt(len(scores))
    return float(scores.mean()), float(scores.mean() - reach), float(scores.mean() + reach)


def share_interval(count, total, level=0.90):
    """Return (share, low, high) by Wilson's score interval (Wilson 1927); NaN for a total of zero.

    >>> [round(end, 3) for end in share_interval(8, 10, 0.95)]
    [0.8, 0.49, 0.943]
    """
    if not total:
        return (float("nan"),) * 3
    z, share = norm.ppf(0.5 + level / 2), count / total
    center = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    reach = z * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return float(share), float(center - reach), float(center + reach)


def promoter_score(scores, level=0.90):
    """Return (points, low, high): 100 × (share of 9 and 10 − share of 0 to 6), large-sample interval.

    Variance of the difference of two shares of one sample: (p + q − (p − q)²)/n.
    """
    scores = np.asarray(scores, dtype=float)
    scores = scores[~np.isnan(scores)]
    if len(scores) == 0:
        return (float("nan"),) * 3
    value = (scores >= 9).astype(float) - (scores <= 6)
    reach = norm.ppf(0.5 + level / 2) * value.std() / np.sqrt(len(value)) if np.ptp(value) else float("nan")
    return tuple(float(100 * end) for end in (value.mean(), value.mean() - reach, value.mean() + reach))


def wave_levels(construct, waves, level=0.90):
    """Return one row per wave: wave, people, value, low, high, top, top_low, top_high.

    `value`: mean score (or promoter points); `top`: share of respondents whose mean is
    in the top two answers (at most one step below the end of the scale). `waves`: in
    order; those without an answer are left out.
    """
    rows = []
    for wave in waves:
        scores = construct.answers.loc[construct.answers["wave"] == wave, "score"].to_numpy()
        if len(scores):
            level_of = promoter_score(scores, level) if construct.is_promoter else mean_interval(scores, level)
            top = share_interval(int((scores >= construct.high - 1).sum()), len(scores), level)
            rows.append((wave, len(scores), *level_of, *top))
    return pd.DataFrame(rows, columns=["wave", "people", "value", "low", "high", "top", "top_low", "top_high"])


@dataclass(frozen=True)
class Shift:
    """Change of a construct from its first to its last wave, in points of its scale, with interval and verdict."""

    first: str
    last: str
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    verdict: str = "cannot tell"
    reason: str = ""


def wave_shift(construct, waves, level=0.90):
    """Compare the last wave with the first: Welch's t, as if they were different people (wider, where they are the same)."""
    there = [wave for wave in waves if (construct.answers["wave"] == wave).any()]
    if len(there) < 2:
        return Shift(there[0] if there else "", "", reason="only one wave asked" if there else "nobody was asked")
    before, since = (construct.answers.loc[construct.answers["wave"] == wave, "score"].to_numpy()
                     for wave in (there[0], there[-1]))
    if min(len(before), len(since)) < 2 or np.ptp(before) + np.ptp(since) == 0:
        return Shift(there[0], there[-1], reason="too few answers, or all the same")
    parts = np.array([before.var(ddof=1) / len(before), since.var(ddof=1) / len(since)])
    degrees = parts.sum() ** 2 / (parts**2 / (np.array([len(before), len(since)]) - 1)).sum()
    change = since.mean() - before.mean()
    reach = student.ppf(0.5 + level / 2, degrees) * np.sqrt(parts.sum())
    low, high = change - reach, change + reach
    verdict = ("no relevant change" if -construct.margin <= low and high <= construct.margin else
               "improved" if low > 0 else "worsened" if high < 0 else "cannot tell")
    return Shift(there[0], there[-1], float(change), float(low), float(high), verdict)


def feedback_levels(program, level=0.90):
    """Return answers of participants: question, cohort, people, mean, low, high; raises NotEnoughData without scores."""
    if "feedback" not in program or not program["feedback"]["score"].notna().any():
        raise NotEnoughData("the table feedback is missing or has no scores")
    rows = program["feedback"].dropna(subset=["score"])
    means = rows.groupby(["question", "cohort", "respondent_id"], as_index=False)["score"].mean()
    found = [(question, cohort, len(group), *mean_interval(group["score"], level))
             for (question, cohort), group in means.groupby(["question", "cohort"], sort=True)]
    return pd.DataFrame(found, columns=["question", "cohort", "people", "mean", "low", "high"])


def feedback_themes(program):
    """Count comments by theme: theme, people (distinct respondents), comments; "not coded" for comments without a theme."""
    if "feedback" not in program:
        raise NotEnoughData("the table feedback is missing")
    rows = program["feedback"]
    rows = rows[rows["comment"].notna() | rows["theme"].notna()]
    rows = rows.assign(theme=rows["theme"].fillna("not coded"))
    by = rows.groupby("theme").agg(people=("respondent_id", "nunique"), comments=("theme", "size")).reset_index()
    return by.sort_values(["people", "theme"], ascending=[False, True], ignore_index=True)


def felt_speed(program, level=0.90):
    """Return (people, mean, low, high) of the felt change of time in pilot tasks: −0.2 = felt 20 % faster.

    One mean per person, Student's t over persons; tasks of the treatment arm that are
    done. Raises NotEnoughData where nobody was asked.
    """
    if "pilot_tasks" not in program or not program["pilot_tasks"]["perceived_change"].notna().any():
        raise NotEnoughData("nobody in the pilot was asked how fast it felt")
    rows = program["pilot_tasks"].dropna(subset=["perceived_change"])
    rows = rows[rows["arm"] == "treatment"]
    means = rows.groupby("person_id")["perceived_change"].mean()
    return len(means), *mean_interval(means, level)
