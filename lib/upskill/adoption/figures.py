"""Figures and facts of the report on adoption."""

from dataclasses import replace
from hashlib import sha256
from textwrap import wrap

import numpy as np
import pandas as pd

from upskill import show
from upskill.adoption import words
from upskill.adoption.constructs import BARRIER, climate_answers, slug
from upskill.adoption.teams import hidden_teams
from upskill.adoption.use import WEEKS, use_of_persons
from upskill.data import NotEnoughData
from upskill.data.cut import cut_program

COLORS = show.COLORS
LOST = ("Answers of wave {wave} that an earlier labelled report counted are gone, or were changed for a few people, so a new result would bare whose "
        "they were. Put them back, wait for the next wave, or, if that report was never handed out, withdraw it: upskill privacy FOLDER "
        "--forget LABEL.")


def release(company, team=""):
    """Return the company, or one team of it, with the climate answers that may count.

    The first labelled report on a wave fixes who answered what, and in which team; later ones compute with the same answers, so
    that a late one cannot be had by subtraction. Raises NotEnoughData for a team of which too few answered, for one whose report
    would, with those on the others and the company, show such a team, and where answers that were shown are gone.
    """
    if "climate_responses" not in company:
        return cut_program(company, team=team) if team else company
    table = company["climate_responses"].dropna(subset=["score", "respondent_id", "team"])
    parts = [_as_released(wave, rows) for wave, rows in table.groupby("wave", sort=False)]
    company = replace(company, tables={**company.tables, "climate_responses": pd.concat(parts) if parts else table})
    if not team:
        return company
    smallest = company.settings.minimum_group_size
    few, beside = hidden_teams(climate_answers(company), smallest)
    if team in few:
        raise NotEnoughData(f"Fewer than {smallest} people of team {team} answered; results are shown for at least so many.")
    if team in beside:
        raise NotEnoughData(f"Team {team} gets no report on its climate, to protect a team of which fewer than {smallest} people answered: "
                            "the whole company minus all other teams would show that one.")
    return cut_program(company, team=team)


def _as_released(wave, rows):
    """Return the rows of one wave that count: those shown first, with the teams of then."""
    rows = rows.assign(respondent_id=rows["respondent_id"].astype(str)).sort_values(["respondent_id", "item_id"])
    own = rows.groupby("respondent_id")
    digest = (rows["item_id"].astype(str) + "=" + rows["score"].astype(str)).groupby(rows["respondent_id"]).agg("; ".join)
    now = pd.DataFrame({"team": own["team"].first().astype(str), "parts": [
        frozenset([*map(str, items), f"answers {sha256(text.encode()).hexdigest()[:16]}"])
        for items, text in zip(own["item_id"].agg(list), digest, strict=True)]})
    held = show.freeze(f"climate, wave {wave}", now)
    then = held.people.reindex(now.index).dropna(subset=["parts"])
    changed = int((then["parts"] != now.loc[then.index, "parts"]).sum())
    asked = frozenset(rows["item_id"].astype(str))
    gone = any((parts & asked) - now.at[person, "parts"] for person, parts in then["parts"].items())
    if held.lost or gone or len(then) < len(held.people) or 0 < changed < show.session.session.minimum_group_size:
        raise NotEnoughData(LOST.format(wave=wave))
    rows = rows[rows["respondent_id"].isin(then.index)]
    return rows.assign(team=rows["respondent_id"].map(then["team"]))


def record_facts(means, quality):
    """Record each construct's mean and the share who answered; returns the texts by construct."""
    texts = {}
    for row in means.itertuples():
        ends = (row.low, row.high) if np.isfinite(row.low) else (None, None)
        texts[row.construct] = show.fact(f"adoption.{slug(row.construct)}", row.mean, *ends, digits=1,
                                         better="lower" if row.kind == "worry" else "higher", group_size=row.people)
    if np.isfinite(quality["response"]):
        show.fact("adoption.response", quality["response"], unit="share", better="higher", group_size=int(quality["respondents"]))
    return texts


def record_changes(moved):
    """Record how constructs moved since the first wave."""
    for row in moved.itertuples():
        show.fact(f"adoption.change.{slug(row.construct)}", row.change, row.low, row.high, digits=1,
                  better="lower" if row.construct.startswith("worry") else "higher", group_size=row.people)


def construct_dots(means):
    """Draw each construct's mean with its interval on the scale 1 to 5; worries apart, as high is bad there."""
    good, bad = means[means["kind"] != "worry"].sort_values("mean"), means[means["kind"] == "worry"].sort_values("mean", ascending=False)
    parts = [part for part in (good, bad) if len(part)]
    fig, axes = show.new_figure(height=0.9 + 0.36 * len(means) + 0.5 * len(parts), rows=len(parts), columns=1, squeeze=False, sharex=True,
                                height_ratios=[len(part) for part in parts])
    for panel, part in zip(axes[:, 0], parts, strict=True):
        worry = part["kind"].iloc[0] == "worry"
        for place, row in enumerate(part.itertuples()):
            color = COLORS.orange if worry else COLORS.blue
            panel.plot([row.low, row.high], [place, place], color=color, lw=2.2)
            panel.plot(row.mean, place, "o" if not worry else "D", color=color, ms=6)
            panel.text(5.08, place, words.number(row.mean), va="center", color=COLORS.ink, fontsize=9)
        panel.axvline(BARRIER, color=COLORS.grey, lw=0.9, ls=":", zorder=0)
        panel.set_yticks(range(len(part)), ["\n".join(wrap(name, 30)) for name in part["construct"]], color=COLORS.ink)
        panel.set(xlim=(1, 5.3), ylim=(-0.7, len(part) - 0.3))
        panel.tick_params(axis="y", length=0)
        panel.set_title("worries: low is good" if worry else "high is good", loc="left", fontsize=9, color=COLORS.grey)
    axes[-1, 0].set_xticks(range(1, 6))
    axes[-1, 0].set_xlabel("mean of answers, 1 to 5; line: 90 % interval")
    return fig


def construct_title(means):
    """Say which construct stands lowest, worries turned."""
    turned = means.assign(place=np.where(means["kind"] == "worry", 6 - means["mean"], means["mean"]))
    low = turned.loc[turned["place"].idxmin()]
    wrong = turned["place"] <= BARRIER
    below = int(wrong.sum())
    worry = turned["kind"].eq("worry")
    clear = int((wrong & (turned["high"].where(~worry, 6 - turned["low"]) <= BARRIER)).sum())
    doubt = "" if clear == below else ", none clearly" if not clear else f", {clear} clearly"
    return (f"{below} of {len(means)} topics stand{'' if below > 1 else 's'} on the wrong side of the middle of the scale{doubt}; worst: {low['construct']}"
            if below else
            f"All {len(means)} topics stand on the good side of the middle of the scale; weakest: {low['construct']}")


def construct_alt(means):
    """Say the dots in words and numbers."""
    return "Mean of answers from 1 to 5 with 90 % intervals; for worries low is good. " + "; ".join(
        f"{row.construct}: {words.number(row.mean)} ({words.span(row.low, row.high)})" for row in means.itertuples()) + "."


def stage_bars(stages):
    """Draw the share of what roles need that is there, by stage: assessment (bar, with its interval) and own word (diamond)."""
    fig, axes = show.new_figure(height=0.9 + 0.4 * len(stages))
    for place, row in enumerate(stages.itertuples()):
        axes.barh(-place, 100 * row.at_target, height=0.6, color=COLORS.band, edgecolor=COLORS.blue, zorder=1)
        axes.plot([100 * row.low, 100 * row.high], [-place, -place], color=COLORS.ink, lw=1.4, zorder=2)
        axes.text(1, -place, f"{100 * row.at_target:.0f} %", va="center", color=COLORS.ink, fontsize=9, zorder=3)
        if pd.notna(row.said):
            axes.plot(100 * row.said, -place, "D", color=COLORS.orange, ms=6, zorder=2)
    axes.set_yticks(-np.arange(len(stages)), stages["stage"], color=COLORS.ink)
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(0, 105))
    axes.set_xlabel("of what roles need, the share that people have, %:\nby assessment (bar; line: 90 % interval), by their own word (diamond)")
    return fig


def release_use(company, team=""):
    """Return who used what when, as counted when first released, of the company or one team: see `use_of_persons`."""
    persons = use_of_persons(company)
    if len(persons):
        persons = show.freeze(f"AI use by tool, {WEEKS} weeks to {company.as_of:%Y-%m-%d}", persons).people
    return persons[persons["team"] == team] if team else persons
