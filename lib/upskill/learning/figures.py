"""Figures and facts of the report on the learning plan."""

from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.dates import DateFormatter, MonthLocator

from upskill import show
from upskill.learning import words

COLORS = show.COLORS
TINT = np.array([0x9E, 0xC5, 0xE8]) / 255


def record_facts(plan, mask):
    """Record the headline numbers; returns them as texts by name."""
    missing, closed, low, high = plan.outcome.per_person(mask)
    share = plan.outcome.share(mask)
    people = int(mask.sum())
    hours = (plan.choice.taken[mask] @ plan.problem.hours).mean()
    return {
        "closed": show.fact("learning.levels_closed_per_person", closed, low, high, unit="levels", better="higher", group_size=people),
        "missing": show.fact("learning.levels_missing_per_person", missing, unit="levels", better="lower", digits=1, group_size=people),
        "share": show.fact("learning.share_closed", *share, unit="share", better="higher", group_size=people),
        "hours": show.fact("learning.hours_per_person", hours, unit="hours", group_size=people),
        "seats": show.fact("learning.bookings", float(plan.choice.taken[mask].sum()), digits=0),
        "gap": show.fact("learning.gap_to_best", plan.choice.gap, unit="share", better="lower",
                         text=None if plan.choice.gap >= 0.0005 else f"under {words.number(0.1)} %")}


def record_company(plan, currency):
    """Record what only the whole company's plan has: money, and what one more hour for all would close."""
    return {"money": show.fact("learning.cost", plan.money, unit=currency, better="lower"),
            "ten_hours": show.fact("learning.ten_more_hours", plan.margins.ten_hours / max(plan.choice.worth.sum(), 1e-12),
                                   unit="share", better="higher")}


def path_map(plan, roles, mask, smallest):
    """Draw which share of each role takes which course."""
    table = words.shares(plan, mask, smallest).loc[roles]
    used = [course for course in table.columns if table[course].max() > 0]
    used.sort(key=lambda course: -table[course].max())
    titles = words.titles_of(plan, used)
    fig, axes = show.new_figure(height=1.6 + 0.34 * len(used))
    for row, course in enumerate(used):
        for column, role in enumerate(roles):
            share = table.loc[role, course]
            axes.barh(-row, 0.96, left=column - 0.48, height=0.92, color=1 - share * (1 - TINT), edgecolor=COLORS.light, lw=0.6)
            axes.text(column, -row, words.share_text(share).replace("few", "·"), ha="center", va="center",
                      color=COLORS.ink, fontsize=9, fontweight="bold" if share >= 0.5 else "normal")
    axes.set_yticks(-np.arange(len(used)), ["\n".join(wrap(title, 32)) for title in titles], color=COLORS.ink, fontsize=9)
    axes.set_xticks(range(len(roles)), ["\n".join(wrap(role, 11)) for role in roles], color=COLORS.ink, fontsize=9)
    axes.tick_params(length=0, top=True, bottom=False, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    axes.set(xlim=(-0.5, len(roles) - 0.5), ylim=(-len(used) + 0.5, 0.5))
    return fig


def path_alt(plan, roles, mask, smallest):
    """Say the map of paths in words and numbers."""
    table = words.shares(plan, mask, smallest).loc[roles]
    parts = []
    for role in roles:
        top = table.loc[role].nlargest(4)
        taken = ", ".join(f"{title} {words.share_text(share)}" for title, share in
                          zip(words.titles_of(plan, top.index), top, strict=True) if share)
        parts.append(f"{role}: {taken or 'no course that enough of them take to be shown'}")
    return f"Share of each role that takes each course; the most taken ones. {'; '.join(parts)}."


def path_title(plan, roles, mask, smallest):
    """Say the message of the map as a sentence."""
    table = words.shares(plan, mask, smallest).loc[roles]
    course = (table.max() - table.min()).idxmax()
    title, most, least = words.titles_of(plan, [course])[0], table[course].idxmax(), table[course].idxmin()
    if table[course].max() == table[course].min():
        return "All roles take much the same courses"
    return (f"Paths differ most in “{title}”: {words.share_text(table[course].max())} of the {most}s, "
            f"{words.share_text(table[course].min())} of the {least}s")


def role_bars(plan, roles, mask):
    """Draw what is missing and what the plan closes per person, by role, with its interval."""
    fig, axes = show.new_figure(height=0.9 + 0.42 * len(roles))
    for row, role in enumerate(roles):
        own = mask & (plan.problem.roles == role)
        (missing, closed, low, high), share = plan.outcome.per_person(own), plan.outcome.share(own)[0]
        axes.barh(-row, missing, height=0.62, color=COLORS.band, edgecolor=COLORS.blue, zorder=1)
        axes.barh(-row, closed, height=0.62, color=COLORS.blue, zorder=2)
        axes.plot([low, high], [-row, -row], color=COLORS.ink, lw=1.6, zorder=3)
        axes.text(missing + 0.15, -row, f"{words.number(closed)} of {words.number(missing)} ({100 * share:.0f} %)",
                  va="center", color=COLORS.ink, fontsize=9)
    axes.set_yticks(-np.arange(len(roles)), ["\n".join(wrap(role, 26)) for role in roles], color=COLORS.ink)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("levels per person, all competencies together:\nmissing (light), closed by the plan (dark; line: 90 % interval)")
    axes.margins(x=0.2)
    return fig


def role_title(plan, roles, mask):
    """Say which role the plan serves most and least, as a share of what it lacks."""
    share = {role: plan.outcome.share(mask & (plan.problem.roles == role))[0] for role in roles}
    most, least = max(share, key=share.get), min(share, key=share.get)
    if most == least:
        return f"The plan closes {100 * share[most]:.0f} % of what the role {most} lacks"
    return (f"The plan closes {100 * share[most]:.0f} % of what {most}s lack and {100 * share[least]:.0f} % of what "
            f"{least}s lack")


def role_alt(plan, roles, mask):
    """Say the bars in words and numbers."""
    parts = []
    for role in roles:
        missing, closed, low, high = plan.outcome.per_person(mask & (plan.problem.roles == role))
        parts.append(f"{role}: {words.number(closed)} ({words.span(low, high)}) of {words.number(missing)} levels")
    return f"Levels per person closed by the plan, of those missing, with 90 % intervals. {'; '.join(parts)}."


def cohort_timeline(table, plan):
    """Draw when how many people start which course: one row per course of `words.session_texts`."""
    names, days = list(dict.fromkeys(table["Course"])), []
    fig, axes = show.new_figure(height=0.9 + 0.36 * len(names))
    for row, name in enumerate(names):
        for entry in table[table["Course"] == name].itertuples():
            first, _, last = entry.Start.partition(" to ")
            start, end = pd.Timestamp(f"{first}-01"), pd.Timestamp(f"{last or first}-01") + pd.offsets.MonthEnd(0)
            days += [start, end]
            axes.barh(-row, (end - start).days, left=start, height=0.62, color=COLORS.band, edgecolor=COLORS.blue, lw=0.8)
            axes.text(start + (end - start) / 2, -row, f"{entry.People}", ha="center", va="center", color=COLORS.ink, fontsize=9)
    axes.set_yticks(-np.arange(len(names)), ["\n".join(wrap(name, 44)) for name in names], color=COLORS.ink, fontsize=9)
    axes.tick_params(axis="y", length=0)
    months = 12 * (max(days).year - min(days).year) + max(days).month - min(days).month + 1
    axes.xaxis.set_major_locator(MonthLocator(interval=-(-months // 6)))
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
    return fig


def cohort_alt(table):
    """Say the timeline in words and numbers."""
    return "People who start, by course and month. " + "; ".join(
        f"{row.Course}, {row.Start}: {row.People}" for row in table.itertuples()) + "."
