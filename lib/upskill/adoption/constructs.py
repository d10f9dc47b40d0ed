"""From anonymous answers to constructs: how people take it, with intervals, and how far the answers can be trusted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from upskill.data import NotEnoughData
from upskill.numerals import general

# What a construct is about, so that resistance, want of skill and want of fit can be told apart.
KINDS = {
    "psychological safety": "safety", "awareness": "will", "willingness": "will", "know-how": "skill", "ability": "skill",
    "confidence": "skill", "reinforcement": "support", "time to learn": "support", "policy": "support",
    "tool fit": "integration", "satisfaction": "outcome", "engagement": "outcome",
    "worry about job security": "worry", "worry about skill erosion": "worry", "worry about accountability": "worry",
    "worry about surveillance": "worry"}
CHAIN = ("awareness", "willingness", "know-how", "ability", "reinforcement")
BARRIER = 3.0  # of 1 to 5: a stage at or below the middle holds up those that follow
FAVORABLE = 4  # of 1 to 5: agreement


@dataclass(frozen=True)
class Answers:
    """Climate answers, high = good for all but worries: respondent_id, team, wave, item_id, construct, score (1 to 5).

    `waves`: earliest first; `asked`: number of items by construct; `scales`: lowest and highest answer of each item.
    """

    table: pd.DataFrame
    waves: tuple
    asked: pd.Series
    scales: pd.DataFrame

    @property
    def categories(self):
        """Number of possible answers by item."""
        return (self.scales["high"] - self.scales["low"]).round().astype(int) + 1

    @property
    def other_scales(self):
        """Text of each scale other than 1 to 5 with its constructs, such as {"1 to 7": ("psychological safety",)}."""
        other = self.scales[(self.scales["low"] != 1) | (self.scales["high"] != 5)]
        texts = [f"{general(low)} to {general(high)}" for low, high in zip(other["low"], other["high"], strict=True)]
        return {text: tuple(dict.fromkeys(part)) for text, part in other["construct"].groupby(texts)}


def slug(construct):
    """Return a construct in the form of facts.

    >>> slug("worry about job security")
    'worry_about_job_security'
    """
    return "".join(letter if letter.isalnum() else "_" for letter in construct.lower()).replace("__", "_").strip("_")


def named(construct):
    """Return a construct as `KINDS` names it, whatever its capitals, hyphens and underscores; else as it stands.

    >>> named(" Psychological_Safety"), named("Know how"), named("Trust in AI")
    ('psychological safety', 'know-how', 'Trust in AI')
    """
    return next((known for known in KINDS if slug(known) == slug(str(construct))), str(construct).strip())


def climate_answers(program):
    """Return the `Answers` of a program; scales of other lengths are brought to 1 to 5, reversed items turned.

    score = 1 + 4 (answer − lowest) ÷ (highest − lowest); of a reversed item (highest − answer). The lowest answer is 0 where
    `items` does not say, as in the data contract. Raises NotEnoughData without climate_responses, or where no item has a construct.
    """
    program.require("climate_responses", "items")
    items = program["items"].query("instrument == 'climate'").dropna(subset=["construct"]).drop_duplicates("item_id")
    if items.empty:
        raise NotEnoughData("no item of the instrument `climate` names its construct in the table items")
    items = items.assign(construct=items["construct"].map(named), low=items["minimum_score"].fillna(0).astype(float),
                         high=items["maximum_score"].astype(float))
    table = program["climate_responses"].dropna(subset=["score"]).merge(
        items[["item_id", "construct", "low", "high", "reversed"]], on="item_id")
    low, high = table["low"], table["high"]
    share = (table["score"].astype(float) - low) / (high - low)
    turned = share.where(~table["reversed"].fillna(False).astype(bool), 1 - share)
    # Asked as a worry, agreement is a worry; as its opposite it was turned above.
    table = table.assign(score=1 + 4 * turned)[["respondent_id", "team", "wave", "item_id", "construct", "score"]]
    return Answers(table, _order(program, table), items.groupby("construct")["item_id"].nunique(),
                   items.set_index("item_id")[["construct", "low", "high"]])


def _order(program, table):
    present = set(table["wave"])
    if "waves" not in program:
        return tuple(sorted(present))
    return tuple(wave for wave in program["waves"].sort_values("starts_on")["wave"] if wave in present)


def person_scores(answers, wave):
    """Return each respondent's mean by construct at a wave: index respondent_id and team, columns constructs."""
    rows = answers.table[answers.table["wave"] == wave]
    return rows.pivot_table(index=["respondent_id", "team"], columns="construct", values="score", aggfunc="mean")


def construct_means(answers, wave=None, level=0.90):
    """Return one row per construct at a wave (None = the latest): construct, kind, people, mean, low, high, favorable.

    Mean of respondents' means, 1 to 5; its interval treats teams as drawn together (answers of one team resemble each other):
    Student's t over teams' sums, teams − 1 degrees of freedom (Cochran 1977, Sampling Techniques, ratio estimator).
    `favorable`: share of respondents at 4 or above (for a worry: who worry).
    """
    wave = wave or answers.waves[-1]
    scores = person_scores(answers, wave)
    rows = []
    for construct in scores:
        known = scores[construct].dropna()
        mean, low, high = clustered_mean(known.to_numpy(), known.index.get_level_values("team"), level)
        rows.append({"construct": construct, "kind": KINDS.get(construct, "other"), "people": len(known), "mean": mean,
                     "low": low, "high": high, "favorable": float((known >= FAVORABLE).mean())})
    return pd.DataFrame(rows)


def clustered_mean(values, teams, level=0.90):
    """Return (mean, low, high); the error is that between teams where there are three or more, else between people.

    >>> tuple(round(float(end), 2) for end in clustered_mean(np.array([1.0, 2, 3, 4, 5, 6]), list("aabbcc")))
    (3.5, 0.13, 6.87)
    """
    values, teams = np.asarray(values, dtype=float), pd.Series(list(teams))
    mean, count = float(values.mean()), teams.nunique()
    if count >= 3:
        sums = pd.Series(values - mean).groupby(teams.to_numpy()).sum()
        error, free = np.sqrt(count / (count - 1) * (sums**2).sum()) / len(values), count - 1
    elif len(values) > 1:
        error, free = values.std(ddof=1) / np.sqrt(len(values)), len(values) - 1
    else:
        return mean, np.nan, np.nan
    half = student.ppf((1 + level) / 2, free) * error
    return mean, mean - half, mean + half


def changes(answers, level=0.90):
    """Return how constructs moved from the first wave to the last: construct, before, now, change, low, high, people.

    Answers are anonymous, so nobody is compared with themselves: each team's mean is, weighed by respondents, and the
    interval is Student's t over teams. Empty with one wave or fewer than three teams in both.
    """
    columns = ["construct", "before", "now", "change", "low", "high", "people"]
    if len(answers.waves) < 2:
        return pd.DataFrame(columns=columns)
    first, last = (person_scores(answers, wave) for wave in (answers.waves[0], answers.waves[-1]))
    rows = []
    for construct in first.columns.intersection(last.columns):
        before, now = (part[construct].dropna().groupby("team").agg(["mean", "size"]) for part in (first, last))
        both = before.add_suffix("_before").join(now.add_suffix("_now"), how="inner")
        if len(both) < 3:
            continue
        weight = 1 / (1 / both["size_before"] + 1 / both["size_now"])
        moved = both["mean_now"] - both["mean_before"]
        change = float(np.average(moved, weights=weight))
        share = weight / weight.sum()
        error = np.sqrt(len(both) / (len(both) - 1) * (share**2 * (moved - change) ** 2).sum())
        half = student.ppf((1 + level) / 2, len(both) - 1) * error
        rows.append({"construct": construct, "before": float(np.average(both["mean_before"], weights=weight)),
                     "now": float(np.average(both["mean_now"], weights=weight)), "change": change, "low": change - half,
                     "high": change + half, "people": int(both["size_now"].sum())})
    return pd.DataFrame(rows, columns=columns)


def barrier_point(means):
    """Return (stage, how sure) of the readiness chain: the first stage at or below the middle of the scale.

    `means`: as from `construct_means`. The stage is None where all stand above. How sure: "clear" where the stage's whole
    interval lies on its side of the middle and so do those before it, else "cannot be told apart".
    """
    known = means.set_index("construct")
    stages = [stage for stage in CHAIN if stage in known.index]
    if not stages:
        raise NotEnoughData("no item asks about a stage of the readiness chain: " + ", ".join(CHAIN))
    for place, stage in enumerate(stages):
        if known.loc[stage, "mean"] <= BARRIER:
            before = known.loc[stages[:place]]
            sure = known.loc[stage, "high"] <= BARRIER and (before["low"] > BARRIER).all()
            return stage, "clear" if sure else "cannot be told apart"
    return None, "clear" if (known.loc[stages, "low"] > BARRIER).all() else "cannot be told apart"


def response_quality(program, answers, wave=None):
    """Return how far answers can be trusted: Series of smallest (group shown), respondents, invited, response, straight_lined, contradicting.

    `invited`: people of the company during the wave, NaN where unknown. `straight_lined`: share of respondents with the same raw
    answer to all items of a scale, of five or more items in all, among which are reversed ones. `contradicting`: share whose means of usual and of
    reversed items of one construct, both turned, lie three or more points apart.
    """
    wave = wave or answers.waves[-1]
    raw = program["climate_responses"][program["climate_responses"]["wave"] == wave].dropna(subset=["score"])
    items = program["items"].drop_duplicates("item_id").set_index("item_id")
    raw = raw.assign(turned=raw["item_id"].map(items["reversed"]).fillna(False).astype(bool),
                     low=raw["item_id"].map(items["minimum_score"]).fillna(0), high=raw["item_id"].map(items["maximum_score"]))
    by_person = raw.groupby("respondent_id").agg(count=("score", "size"), mixed=("turned", "nunique"))
    kinds = raw.groupby(["respondent_id", "low", "high"])["score"].nunique().groupby("respondent_id").max()
    lined = (kinds.reindex(by_person.index) == 1) & (by_person["count"] >= 5) & (by_person["mixed"] == 2)
    rows = answers.table[answers.table["wave"] == wave]
    rows = rows.assign(turned=rows["item_id"].map(items["reversed"]).fillna(False).astype(bool))
    halves = rows.pivot_table(index=["respondent_id", "construct"], columns="turned", values="score")
    apart = (halves[True] - halves[False]).abs() >= 3 if halves.shape[1] == 2 else pd.Series(dtype=bool)
    contradicting = apart.groupby("respondent_id").any().mean() if len(apart) else np.nan
    invited = _invited(program, wave)
    return pd.Series({"smallest": program.settings.minimum_group_size, "respondents": len(by_person), "invited": invited, "response": len(by_person) / invited if invited else np.nan,
                      "straight_lined": float(lined.mean()) if len(lined) else np.nan, "contradicting": contradicting})


def _invited(program, wave):
    if "people" not in program or "waves" not in program:
        return np.nan
    dates = program["waves"].drop_duplicates("wave").set_index("wave")
    if wave not in dates.index:
        return np.nan
    people = program["people"]
    there = ~(people["start_date"] > dates.loc[wave, "ends_on"]) & ~(people["end_date"] < dates.loc[wave, "starts_on"])
    return int(there.sum())


def with_silent(share, response):
    """Return (low, high) of a share if all who kept silent had answered one way, or the other.

    >>> tuple(round(end, 2) for end in with_silent(0.6, 0.8))
    (0.48, 0.68)
    """
    if not 0 < response <= 1:
        return np.nan, np.nan
    return share * response, share * response + 1 - response
