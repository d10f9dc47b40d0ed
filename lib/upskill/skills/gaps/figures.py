"""Heat maps of what is to be gained, the gaps that matter most, and how people spread over levels."""

from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from upskill import show
from upskill.skills import words
from upskill.skills.figures import role_intervals
from upskill.skills.groups import BELOW
from upskill.skills.standing import slug

COLORS = show.COLORS
TINT = np.array([0xF0, 0xA8, 0x68]) / 255  # of the largest cell; ink on it keeps a contrast above 7:1
FULL = 1.5  # levels to gain from which on the tint is full
BARE = "–"


def role_map(standing):
    """Draw what each role has to gain, by domain; without targets, the intervals of their means."""
    return heat_map(standing.shown_roles, "role", standing.order) if standing.has_targets else role_intervals(standing)


def role_title(standing):
    """Say the message of the map of roles as a sentence."""
    return heat_title(standing.shown_roles, "role") if standing.has_targets else words.role_title(standing)


def role_alt(standing):
    """Say the map of roles in words and numbers."""
    return heat_alt(standing.shown_roles, "role") if standing.has_targets else words.role_alt(standing)


def read_teams(standing, company):
    """Say how many teams the map leaves out; `company`: the program that it is about."""
    if standing.teams.empty:
        return ""
    left_out = company["people"]["team"].nunique() - standing.teams["team"].nunique()
    return f"{left_out} team{' is' if left_out == 1 else 's are'} not shown: too small, or needed to protect such a team." if left_out else ""


def heat_map(table, rows, domains):
    """Draw levels to gain by group and domain, with the interval in each cell.

    `table`: one row per cell that may be shown: the column `rows` ("role" or
    "team"), domain, expected, expected_low, expected_high, verdict. Roles are
    in the order of what they lack; teams by name, as this is no league table.
    """
    names = sorted(table[rows].unique(), reverse=True)
    if rows == "role":
        names = table.groupby(rows)["expected"].mean().sort_values().index.tolist()
    domains = [name for name in domains if name in set(table["domain"])]
    cells = table.set_index([rows, "domain"])
    fig, axes = show.new_figure(height=1.15 + 0.46 * len(names))
    for spot, name in enumerate(names):
        for place, domain in enumerate(domains):
            _cell(axes, place, spot, cells.loc[(name, domain)] if (name, domain) in cells.index else None)
    axes.set(xlim=(-0.5, len(domains) - 0.5), ylim=(-0.5, len(names) - 0.5))
    axes.set_yticks(range(len(names)), ["\n".join(wrap(str(name), 22)) for name in names], color=COLORS.ink)
    axes.set_xticks(range(len(domains)), ["\n".join(wrap(str(name), 13)) for name in domains], color=COLORS.ink, fontsize=9)
    axes.tick_params(length=0, top=True, bottom=False, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    return fig


def _cell(axes, place, spot, row):
    known = row is not None and np.isfinite(row["expected"])
    share = min(row["expected"] / FULL, 1) if known else 0
    color = 1 - share * (1 - TINT) if known else COLORS.paper
    axes.add_patch(Rectangle((place - 0.48, spot - 0.46), 0.96, 0.92, facecolor=color, edgecolor=COLORS.light, lw=0.8,
                             hatch=None if known else "///"))
    if not known:
        axes.text(place, spot, BARE, ha="center", va="center", color=COLORS.ink,
                  bbox={"facecolor": COLORS.paper, "edgecolor": "none", "pad": 1.5})
        return
    clear = row["verdict"] == BELOW
    axes.text(place, spot + 0.02, _short(row["expected"]) + (" ▲" if clear else ""), ha="center", va="bottom", fontsize=9.5,
              color=COLORS.ink, fontweight="bold" if clear else "normal")
    axes.text(place, spot - 0.06, words.span(row["expected_low"], row["expected_high"]), ha="center",
              va="top", fontsize=9, color=COLORS.ink)


def _short(value):
    return f"<{words.number(0.1)}" if value < 0.05 else words.number(value)


def heat_title(table, what):
    """Say the message of a heat map as a sentence; `what`: "role" or "team"."""
    cells, clear = len(table.dropna(subset=["expected"])), int((table["verdict"] == BELOW).sum())
    group = f"groups of {what} and domain"
    if not clear:
        return f"None of {cells} {group} is clearly below target"
    return f"{clear} of {cells} {group} {'is' if clear == 1 else 'are'} clearly below target (▲)"


def heat_alt(table, rows):
    """Say a heat map in words and numbers, group by group."""
    parts = []
    for name, part in table.dropna(subset=["expected"]).groupby(rows):
        texts = words.gains(part)
        parts.append(f"{name}: " + ", ".join(f"{domain} {text}" for domain, text in zip(part["domain"], texts)))
    return f"Levels to gain per person, by {rows} and domain, with 90 % intervals. {'; '.join(parts)}."


def spread(shares):
    """Draw the share of people at each level by domain, with intervals; `shares`: domain -> `shares_at_levels`."""
    across = min(3, len(shares))
    down = -(-len(shares) // across)
    fig, axes = show.new_figure(height=0.5 + 1.65 * down, rows=down, columns=across, sharex=True, sharey=True, squeeze=False)
    for panel, (domain, table) in zip(axes.flat, shares.items()):
        share, low, high = (100 * table[name].to_numpy() for name in ("share", "low", "high"))
        panel.bar(table["level"], share, color=COLORS.band, edgecolor=COLORS.blue, width=0.72, zorder=1)
        panel.vlines(table["level"], low, high, color=COLORS.ink, lw=1.4, zorder=2)
        panel.set_title("\n".join(wrap(domain, 26)), fontsize=9, color=COLORS.ink, loc="left")
        panel.set_xticks(range(6))
    for panel in axes.flat[len(shares):]:
        panel.set_visible(False)
    fig.supxlabel("level", fontsize=9, color=COLORS.ink)
    fig.supylabel("share of people, %", fontsize=9, color=COLORS.ink)
    return fig


def spread_title(shares):
    """Say where most people are at the two lowest levels, and where fewest."""
    low = pd.Series({domain: table["share"].iloc[:2].sum() for domain, table in shares.items()}).sort_values()
    if len(low) == 1:
        return f"At level 0 or 1 in {low.index[0]}: {words.percent(low.iloc[0])} of people"
    return f"At level 0 or 1: {words.percent(low.iloc[-1])} of people in {low.index[-1]}, {words.percent(low.iloc[0])} in {low.index[0]}"


def spread_alt(shares):
    """Say the figure in words and numbers."""
    parts = [f"{domain}: " + ", ".join(f"level {row.level} {100 * row.share:.0f} % ({100 * row.low:.0f} to {100 * row.high:.0f})"
                                       for row in table.itertuples()) for domain, table in shares.items()]
    return f"Share of people at each level, with 90 % intervals. {'; '.join(parts)}."


def read_spread(standing):
    """Read the figure back, or say why there is none."""
    if not standing.spread:
        return ("Without cuts there are no levels to spread over." if (standing.domains["unit"] == "sd").all() else
                "Too few people to show how they spread: it would come near to saying where each of them stands.")
    wide = {domain: table.loc[table["share"].idxmax()] for domain, table in standing.spread.items()}
    same = pd.Series({domain: int(row["level"]) for domain, row in wide.items()}).value_counts()
    return (f"Level {same.index[0]} is the most common one in {same.iloc[0]} of {len(wide)} domains. A person counts at the "
            "highest level that they reach, so 2.9 is level 2; that is stricter than the averages above.")


def priority_table(priorities, most=5):
    """Return the gaps that matter most as text."""
    table = priorities.head(most)
    return pd.DataFrame({
        "Domain": table["domain"], "Role": table["role"],
        "Levels to gain": words.gains(table, "shortfall"),
        "Importance": table["importance"].map(words.number),
        "In all, weighed": [f"{row.weight:.0f} ({row.weight_low:.0f}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{row.weight_high:.0f})"
                            for row in table.itertuples()],
        "Among the five": [f"{_hundred(share)} in 100" for share in table["among_first"]],
        "People": table["people"]})


def _hundred(share):
    return "over 95" if share > 0.95 else "under 5" if share < 0.05 else f"{100 * share:.0f}"


def read_priorities(standing):
    """Say which gap comes first, and that others may; where no role may be shown, in which domain most is to be gained."""
    priorities = standing.priorities
    if not standing.has_targets:
        return "Without cuts and targets nothing can be said to be missing."
    if priorities.empty:
        row = standing.judged.sort_values("expected").iloc[-1]
        return (f"The roles of these people are too few to show one by one. By domain, most is to be gained in **{row['domain']}**: "
                f"{words.gain(row['expected'], row['expected_low'], row['expected_high'])} per person, {row['people']} people.")
    first, rivals = priorities.iloc[0], int(priorities["may_be_first"].sum()) - 1
    text = (f"First by our estimate: **{first['domain']}**, role **{first['role']}**, "
            f"{words.gain(first['shortfall'], first['low'], first['high'])} each.")
    if rivals:
        text += (f" {rivals} other gap{'s' if rivals > 1 else ''} may weigh as much, as the intervals overlap.")
    return text + " The last but one column says how surely a gap belongs to the five; read them as a set, not as a ranking."


def record(standing):
    """Record what is to be gained by domain, and the five gaps that matter most."""
    for row in standing.judged.itertuples():
        show.fact(f"skills.expected_shortfall.{slug(row.domain)}", row.expected, row.expected_low, row.expected_high,
                  unit="levels", better="lower", digits=1, group_size=row.people)
    for row in standing.priorities.head(5).itertuples():
        show.fact(f"skills.priority.{slug(row.domain)}.{slug(row.role)}", row.weight, row.weight_low, row.weight_high,
                  unit="weighted levels", better="lower", digits=0, group_size=row.people)
