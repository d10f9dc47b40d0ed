"""Facts, drawings and ready-made tables of the skill report."""

import numpy as np
import pandas as pd

from upskill import show
from upskill.skills.groups import BELOW, MET, NO_TARGET, UNKNOWN
from upskill.skills.standing import slug

COLORS = show.COLORS
VERDICT_COLORS = {BELOW: COLORS.orange, MET: COLORS.green, UNKNOWN: COLORS.grey, NO_TARGET: COLORS.blue}


def words(names):
    """Join names as a reader would: 'A', 'A and B', 'A, B and C'."""
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def short(value, low, high):
    """Say a shortfall in words, with its interval in the same direction.

    >>> short(0.4, 0.2, 0.6), short(-0.3, -0.5, -0.1)
    ('0.4 levels short (0.2 to 0.6)', '0.3 levels above (0.1 to 0.5)')
    """
    if value < 0 and high <= 0:
        return f"{_number(-value)} levels above ({_number(-high)} to {_number(-low)})"
    return f"{_number(value)} levels short ({_number(low)} to {_number(high)})"


def _number(value):
    return show.format_number(value, digits=1)


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
    show.answer(*(_answer if standing.has_targets else _answer_without_targets)(standing))


def _answer(standing):
    total, found = len(standing.domains), len(standing.below)
    names = f": {words(standing.below)}" if found else ""
    first = (
        f"{standing.assessed} of {standing.present} engineers took the test of wave {standing.wave}; "
        f"in {found} of {total} domains they are probably below what their roles need{names}."
    )
    return first, _widest(standing), _advice(standing)


def _widest(standing):
    row = standing.widest
    if row is None:
        return "No role has enough people to be shown by itself."
    if row["low"] <= 0:
        return "No gap of a single role and domain can be told from zero."
    others = f"; {standing.rivals} other gaps may be as wide" if standing.rivals > 1 else ""
    return (
        f"The widest gap that we see is {row['domain']} in the role {row['role']}: "
        f"{short(row['shortfall'], row['low'], row['high'])}{others}."
    )


def _advice(standing):
    start = (
        f"Start training with {words(standing.below)}"
        if standing.below
        else "Buy no training for a whole domain yet"
    )
    if not standing.unknown:
        return start + "."
    number = len(standing.unknown)
    return (
        f"{start}; for {words(standing.unknown)} the test cannot tell, so ask more there before you pay for "
        f"{'it' if number == 1 else 'them'}."
    )


def _answer_without_targets(standing):
    lacking = (
        "role targets"
        if (standing.domains["unit"] == "levels").any()
        else "cuts, the scores at which levels begin"
    )
    return (
        f"{standing.assessed} of {standing.present} engineers took the test of wave {standing.wave}.",
        f"The program has no {lacking}, so nobody can be said to be below or above target.",
        "Compare roles by the scores below, and set what is missing with a panel before training is bought.",
    )


def cards(standing):
    """Show the headline numbers."""
    row = standing.widest
    right = standing.precision["right_level"].mean()
    entries = [("Assessed", f"{standing.assessed} of {standing.present}", f"wave {standing.wave}")]
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
                show.format_number(row["shortfall"], "levels", digits=1),
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
    value, low, high = _measure(domains)
    table = domains.sort_values(value)
    place = np.arange(len(table))
    fig, axes = show.new_figure(height=1.0 + 0.5 * len(table))
    for spot, row in zip(place, table.to_dict("records")):
        color = VERDICT_COLORS[row["verdict"]]
        axes.plot([row[low], row[high]], [spot, spot], color=color, lw=3, alpha=0.55)
        axes.plot(row[value], spot, "o", color=color, ms=7)
        axes.annotate(
            row["verdict"],
            (row[high], spot),
            (7, 0),
            textcoords="offset points",
            va="center",
            color=color,
            fontsize=8.5,
        )
    axes.axvline(0, color=COLORS.ink, lw=1)
    return _finish(fig, axes, table, value)


def _measure(domains):
    if (domains["verdict"] == NO_TARGET).all():
        return "reached", "reached_low", "reached_high"
    return "shortfall", "low", "high"


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
    axes.margins(x=0.25)
    return fig


def change_intervals(changes):
    """Draw the mean change by domain, largest on top."""
    table = changes.sort_values("change")
    fig, axes = show.new_figure(height=1.0 + 0.45 * len(table))
    for spot, row in enumerate(table.to_dict("records")):
        color = COLORS.blue if row["low"] > 0 or row["high"] < 0 else COLORS.grey
        axes.plot([row["low"], row["high"]], [spot, spot], color=color, lw=3, alpha=0.55)
        axes.plot(row["change"], spot, "o", color=color, ms=7)
    axes.axvline(0, color=COLORS.ink, lw=1)
    return _finish(fig, axes, table, "change")


def in_words(table, value="shortfall", low="low", high="high"):
    """Say a table of intervals in one line, largest first; the alternative text of its figure."""
    ordered = table.sort_values(value, ascending=False)
    return (
        "; ".join(
            f"{row.domain} {_number(getattr(row, value))} ({_number(getattr(row, low))} to "
            f"{_number(getattr(row, high))})"
            for row in ordered.itertuples()
        )
        + "."
    )


def domain_table(standing):
    """Return the table of domains, widest shortfall first, numbers as text."""
    table = standing.domains.sort_values(_measure(standing.domains)[0], ascending=False)
    columns = {"Domain": table["domain"], "People": table["people"]}
    if standing.has_targets:
        columns |= {
            "Target": table["target"].map(_number),
            "Level": _interval(table, "reached", "reached_low", "reached_high"),
            "Levels short": _interval(table, "shortfall", "low", "high"),
            "Below target": [
                show.fact_text(*row, unit="share", digits=0)
                for row in table[["share_below", "share_low", "share_high"]].to_numpy()
            ],
            "Verdict": table["verdict"],
        }
    else:
        columns["Mean"] = _interval(table, "reached", "reached_low", "reached_high")
    return pd.DataFrame(columns)


def _interval(table, value, low, high):
    return [
        f"{_number(a)} ({_number(b)} to {_number(c)})" for a, b, c in table[[value, low, high]].to_numpy()
    ]


def role_table(standing):
    """Return the table role × domain of those roles that may be shown, widest shortfall first."""
    value, low, high = _measure(standing.domains)
    table = standing.shown_roles
    table = table.assign(text=_interval(table, value, low, high))
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
        f"{show.format_number(a, digits=2)} ({show.format_number(b, digits=2)} to {show.format_number(c, digits=2)})"
        if np.isfinite(a)
        else "not known"
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


def domain_title(standing):
    """Say the message of the domain figure as a sentence."""
    if not standing.has_targets:
        return "Mean by domain, with the interval that the test allows"
    found, total = len(standing.below), len(standing.domains)
    known = f"{found} of {total} domains are probably below target" if found else "No domain is clearly below target"
    return f"{known}; for {len(standing.unknown)} the test cannot tell" if standing.unknown else known


def domain_alt(standing):
    """Say the domain figure in words and numbers."""
    value, low, high = _measure(standing.domains)
    start = "Levels short of target" if standing.has_targets else "Mean"
    return f"{start}, with 90 % intervals: {in_words(standing.domains, value, low, high)}"


def read_domains(standing):
    """Read the domain table back in words."""
    if not standing.has_targets:
        return "There are no targets to hold these against."
    total = standing.domains["people"].max()
    lines = [
        f"**{row.domain}**: {short(row.shortfall, row.low, row.high)}; {show.fact_text(row.share_below, unit='share')} "
        f"of {row.people} people are below their target"
        for row in standing.domains.sort_values("shortfall", ascending=False).head(1).itertuples()
    ]
    met = f" At or above target: {words(standing.met)}." if standing.met else ""
    return f"{lines[0]}.{met} The intervals hold for these {total} people; they say nothing of people not assessed."


def read_roles(standing):
    """Read the table of roles back in words, and say what is hidden."""
    hidden = (
        f" Not shown: {words(sorted(standing.hidden))}, because a group is too small or would give a small one away."
        if standing.hidden
        else ""
    )
    row = standing.widest
    if row is None:
        return f"No gap by role can be shown.{hidden}"
    cells = standing.shown_roles.dropna(subset=["shortfall"])
    below = int((cells["low"] > 0).sum())
    return (
        f"In {below} of {len(cells)} groups the interval lies above zero. Among so many some would by chance alone: "
        f"one in twenty of those that just meet their target. Largest estimate: {row['domain']}, {row['role']}, "
        f"{short(row['shortfall'], row['low'], row['high'])}, {row['people']} people.{hidden}"
    )


def change_title(standing):
    """Say the message of the change figure as a sentence."""
    up = int((standing.changes["low"] > 0).sum())
    down = int((standing.changes["high"] < 0).sum())
    fell = f", {down} fell" if down else ""
    return f"{up} of {len(standing.changes)} domains rose since wave {standing.first_wave}{fell}; the rest cannot be told"


def change_alt(standing):
    """Say the change figure in words and numbers."""
    table = standing.changes
    return f"Mean change in {table['unit'].iloc[0]}, with 90 % intervals: {in_words(table, 'change')}"


def read_changes(standing):
    """Read the changes back in words."""
    table = standing.changes
    if table.empty:
        return "There is only one wave with enough people, so no change can be shown."
    row = table.loc[table["change"].idxmax()]
    return (
        f"Largest estimate: {row['domain']}, {_number(row['change'])} {row['unit']} ({_number(row['low'])} to "
        f"{_number(row['high'])}), {row['people']} people who took both tests. Whether training caused it, a comparison "
        "with those not yet trained must tell; this figure cannot."
    )


def read_precision(standing):
    """Read the table of reliability back in words."""
    table = standing.precision
    low, high = table["reliability"].min(), table["reliability"].max()
    text = f"Scores of single people have a reliability of {_two(low)} to {_two(high)}. "
    right = table["right_level"].mean()
    if np.isfinite(right):
        text += (
            f"The most probable level of one person is right about {100 * right:.0f} times in 100, and mostly one off "
            "otherwise. That is enough to speak of groups, and too little to decide about a person."
        )
    return text


def _two(value):
    return show.format_number(value, digits=2)


def method(program, standing):
    """Say how the numbers came about and what they rest on."""
    cuts = program["cuts"] if "cuts" in program else None
    lines = [
        "Scores: a graded response model per domain, fitted to the first wave of the whole company with a weak prior on "
        "slopes. Its parameters stay fixed, so later waves are on the same scale: 0 and 1 are mean and sd of those "
        "assessed first.",
        "Groups: 300 sets of plausible values, whose prior knows role and team. Intervals hold measurement error, error "
        "of the item parameters and error of the cuts.",
        "An item not reached is not counted as wrong; who did not reach it is taken to be like others of the same skill.",
    ]
    if cuts is not None and len(cuts):
        lines.append(_cut_line(cuts))
    if standing.new_items:
        lines.append(f"{standing.new_items} items came after the first wave and are not used yet.")
    lines += [f"{domain} is left out: {reason}" for domain, reason in standing.calibration.refused.items()]
    lines.append("Self-ratings and interviews are not used in these scores.")
    return "\n".join(f"- {line}" for line in lines)


def _cut_line(cuts):
    error = cuts["standard_error"].astype(float)
    if error.isna().any():
        return "Some cuts come without a standard error; the intervals take these as exact and are too narrow."
    return (
        f"Levels begin where a panel put the cuts; their standard errors ({_two(error.min())} to {_two(error.max())}) "
        "are in the intervals. A level is only as good as that panel."
    )


def next_steps(standing):
    """Say what to do, from the verdicts."""
    lines = []
    if standing.below:
        lines.append(f"**Train first**: {words(standing.below)}. Begin with the roles whose interval lies above zero.")
    if standing.unknown:
        lines.append(
            f"**Find out first**: {words(standing.unknown)}. Four more items per domain, or an interview for part of the "
            "people, cost less than a course that is not needed."
        )
    if standing.met:
        lines.append(f"**Leave**: {words(standing.met)}. No training of whole groups; single people may still need it.")
    if not standing.has_targets:
        lines.append("**Set levels**: let a panel place the cuts, and write down what each role needs.")
    lines.append("**Do not** use these scores to judge single people: they are too uncertain, and not meant for it.")
    return "\n".join(f"- {line}" for line in lines)
