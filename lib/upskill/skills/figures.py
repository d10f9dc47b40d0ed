"""Facts, drawings and ready-made tables of the skill report."""

import numpy as np
import pandas as pd

from upskill import show
from upskill.skills import words
from upskill.skills.groups import BELOW, MET, NO_TARGET, UNKNOWN
from upskill.skills.standing import slug

COLORS = show.COLORS
VERDICT_COLORS = {BELOW: COLORS.orange, MET: COLORS.green, UNKNOWN: COLORS.grey, NO_TARGET: COLORS.blue}


def record_facts(standing):
    """Record the headline numbers."""
    show.fact("skills.assessed", standing.assessed, unit="people", better="higher")
    show.fact("skills.people", standing.present, unit="people")
    show.fact("skills.domains", len(standing.domains))
    if standing.has_targets:
        show.fact("skills.domains_below_target", len(standing.below), better="lower")
        show.fact("skills.domains_cannot_tell", len(standing.unknown), better="lower")
    for row in standing.domains.itertuples():
        _record_domain(row)
    if standing.widest is not None:
        row = standing.widest
        show.fact(
            "skills.widest_shortfall",
            row["shortfall"],
            row["low"],
            row["high"],
            unit="levels",
            better="lower",
            digits=1,
        )


def _record_domain(row):
    name = slug(row.domain)
    show.fact(
        f"skills.{'level' if row.unit == 'levels' else 'score'}.{name}",
        row.reached,
        row.reached_low,
        row.reached_high,
        unit=row.unit,
        better="higher",
        digits=1,
    )
    if row.verdict == NO_TARGET:
        return
    show.fact(
        f"skills.shortfall.{name}", row.shortfall, row.low, row.high, unit="levels", better="lower", digits=1
    )
    show.fact(
        f"skills.share_below_target.{name}",
        row.share_below,
        row.share_low,
        row.share_high,
        unit="share",
        better="lower",
    )


def record_reliability(standing):
    """Record coefficient alpha by domain, with its interval."""
    for row in standing.precision.dropna(subset=["alpha"]).itertuples():
        show.fact(
            f"skills.reliability.{slug(row.domain)}", row.alpha, row.low, row.high, better="higher", digits=2
        )


def record_changes(standing):
    """Record the change since the first wave by domain."""
    for row in standing.changes.itertuples():
        show.fact(
            f"skills.change.{slug(row.domain)}",
            row.change,
            row.low,
            row.high,
            unit=row.unit,
            better="higher",
            digits=1,
        )


def answer(standing):
    """Show the answer in three sentences."""
    show.answer(*words.answer(standing))


def cards(standing):
    """Show the headline numbers."""
    row = standing.widest
    right = standing.precision["right_level"].mean()
    entries = [("Assessed", f"{standing.assessed} of {standing.present}", f"wave “{standing.wave}”")]
    if standing.has_targets:
        entries += [
            (
                "Domains below target",
                f"{len(standing.below)} of {len(standing.domains)}",
                "interval above zero",
            ),
            ("Cannot tell", str(len(standing.unknown)), "interval spans zero"),
        ]
    if row is not None:
        entries += [
            (
                "Widest gap",
                show.format_number(row["shortfall"], "levels", digits=2),
                f"{row['domain']}, {row['role']}",
            )
        ]
    if np.isfinite(right):
        entries += [
            (
                "One person's level",
                f"right {show.format_number(right, 'share')}",
                "of the time: good for groups only",
            )
        ]
    show.cards(entries)


def domain_intervals(domains):
    """Draw the shortfall of each domain, or its mean score without targets, with interval; widest on top."""
    value, low, high = words.measure(domains)
    table = domains.sort_values(value)
    colors = table["verdict"].map(VERDICT_COLORS)
    notes = table["verdict"].where(table["verdict"] != NO_TARGET, "")
    return _intervals(table, (value, low, high), colors, notes)


def change_intervals(changes):
    """Draw the mean change by domain, largest on top."""
    table = changes.sort_values("change")
    clear = (table["low"] > 0) | (table["high"] < 0)
    colors = clear.map({True: COLORS.blue, False: COLORS.grey})
    return _intervals(table, ("change", "low", "high"), colors, clear.map({True: "", False: "cannot tell"}))


def _intervals(table, columns, colors, notes):
    """Draw one interval per row, with its numbers and a note to the right."""
    fig, axes = show.new_figure(height=1.0 + 0.42 * len(table))
    axes.axvline(0, color=COLORS.ink, lw=1)
    rows = zip(table[list(columns)].to_numpy(), colors, notes, strict=True)
    for spot, ((value, low, high), color, note) in enumerate(rows):
        axes.plot([low, high], [spot, spot], color=color, lw=3.5, alpha=0.5)
        axes.plot(value, spot, "o", color=color, ms=7)
        text = f"{words.number(value)} ({words.number(low)} to {words.number(high)})" + (
            f"\n{note}" if note else ""
        )
        axes.annotate(
            text, (1.02, spot), xycoords=("axes fraction", "data"), va="center", color=color, fontsize=8.5
        )
    return _finish(fig, axes, table, columns[0])


def _finish(fig, axes, table, value):
    """Label the axes of a chart of intervals; the zero line says what zero means."""
    zero, label = ("target met", "levels short of target (left of zero: above target)")
    if value == "reached":
        levels = (table["unit"] == "levels").all()
        zero, label = (
            ("", "mean level")
            if levels
            else ("first wave, whole company", "mean score, in sd of the first wave")
        )
    elif value == "change":
        zero, label = ("no change", f"change since the first wave, in {table['unit'].iloc[0]}")
    axes.set_yticks(range(len(table)), table["domain"], color=COLORS.ink)
    axes.set(xlabel=label, ylim=(-0.6, len(table) - 0.2))
    axes.annotate(
        zero, (0, len(table) - 0.45), (4, 0), textcoords="offset points", color=COLORS.ink, fontsize=8.5
    )
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.08)
    return fig


def domain_table(standing):
    """Return the table of domains, widest shortfall first, numbers as text."""
    table = standing.domains.sort_values(words.measure(standing.domains)[0], ascending=False)
    columns = {"Domain": table["domain"], "People": table["people"]}
    if standing.has_targets:
        columns |= {
            "Target": table["target"].map(words.number),
            "Level": words.intervals(table, "reached", "reached_low", "reached_high"),
            "Levels short": words.intervals(table, "shortfall", "low", "high"),
            "Below target": [
                show.fact_text(*row, unit="share", digits=0)
                for row in table[["share_below", "share_low", "share_high"]].to_numpy()
            ],
            "Verdict": table["verdict"],
        }
    else:
        columns["Mean"] = words.intervals(table, "reached", "reached_low", "reached_high")
    return pd.DataFrame(columns)


def role_table(standing):
    """Return the table role × domain of those roles that may be shown, widest shortfall first."""
    value, low, high = words.measure(standing.domains)
    table = standing.shown_roles
    marks = np.where(table["low"] > 0, "● ", "")
    table = table.assign(text=marks + np.array(words.intervals(table, value, low, high, 1), dtype=object))
    order = table.groupby("role")[value].mean().sort_values(ascending=False).index
    wide = table.pivot(index="role", columns="domain", values="text").loc[
        order, standing.domains["domain"].unique()
    ]
    wide.insert(0, "People", table.groupby("role")["people"].min())
    return wide.fillna("").rename_axis(index="Role", columns=None).reset_index()


def precision_rows(standing):
    """Return the table of reliability, as text."""
    table = standing.precision.sort_values("reliability", ascending=False)
    alpha = [
        f"{words.number(a)} ({words.number(b)} to {words.number(c)})" if np.isfinite(a) else "not known"
        for a, b, c in table[["alpha", "low", "high"]].to_numpy()
    ]
    return pd.DataFrame(
        {
            "Domain": table["domain"],
            "Items": table["items"],
            "People": table["people"],
            "Alpha (90 % interval)": alpha,
            "Reliability of scores": [show.format_number(entry, digits=2) for entry in table["reliability"]],
            "One person's level is right": [
                show.format_number(entry, "share") for entry in table["right_level"]
            ],
        }
    )
