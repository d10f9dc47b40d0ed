"""Whom the skill report is about, and its facts, drawings and ready-made tables."""

from dataclasses import dataclass, field, replace
from textwrap import wrap

import numpy as np
import pandas as pd

from upskill import show
from upskill.data import Program
from upskill.data.cut import cut_program
from upskill.numerals import is_zero
from upskill.skills import words
from upskill.skills.groups import BELOW, MET, NO_TARGET, UNKNOWN
from upskill.skills.limits import Limits, change_groups, held, limits, members, refused_teams
from upskill.skills.standing import slug, standing
from upskill.skills.training import compare_with_untrained
from upskill.skills.trust import assurance

COLORS = show.COLORS
VERDICT_COLORS = {BELOW: COLORS.orange, MET: COLORS.green, UNKNOWN: COLORS.grey, NO_TARGET: COLORS.blue}


@dataclass(frozen=True)
class Released:
    """The people whom the gate lets a report be about: those of one team, and the whole company.

    `allowed`: what of them may be shown; `held`: whether an earlier labelled report fixed them otherwise than now;
    `people`, `changes`: who counts in each wave, and whose change may be shown, company-wide.
    """

    program: Program
    company: Program
    allowed: Limits
    held: bool = False
    people: dict | None = field(default=None, repr=False)
    changes: pd.DataFrame | None = field(default=None, repr=False)

    def assurance(self, found, seed):
        """Return the `Assurance` of the company's assessment, `found` its Standing; None for a team."""
        if self.program.team:
            return None
        return assurance(_with_released_sources(self.company, found.wave), found.calibration, found.wave, self.allowed, self.people, self.changes, seed)

    def standing(self, seed):
        """Return where these people stand."""
        found = standing(self.program, self.company, seed=seed, allowed=self.allowed)
        return replace(found, held=self.held)

    def comparison(self, seed, calibration=None):
        """Return the change of trained teams beside those not yet trained, company-wide; raises NotEnoughData."""
        return compare_with_untrained(self.company, calibration, self.people, self.changes, seed=seed)


def release(company, team=""):
    """Return the `Released` people of the company, or of one team of it.

    The first labelled report on a wave fixes who counts in it, with which
    answers, in which team and role. Later ones compute with the same people,
    so that who joined, left or moved in between cannot be had by subtraction.
    """
    refused = refused_teams(company)
    company, people, chosen, is_other = held_company(company)
    allowed = limits(company, team, people, chosen).without_teams(refused)
    return Released(cut_program(company, team=team) if team else company, company, allowed, is_other, people, chosen)


def held_company(company):
    """Return (company, people by wave, whose change is shown, whether they are others than now) as the gate has them."""
    now = members(company)
    frozen = {wave: show.freeze(f"skills, wave {wave}", people) for wave, people in now.items()}
    is_other = any(not entry.people.equals(now[wave].sort_index()) for wave, entry in frozen.items())
    company, people = held(company, {wave: entry.people for wave, entry in frozen.items()})
    return company, people, _release_changes(company, people), is_other


def _with_released_sources(company, wave):
    """Return the company with the interviews and self-ratings of a wave of those whom the gate lets count; none where it does not."""
    tables = dict(company.tables)
    for name, about in (("interview_ratings", "interviews"), ("survey_responses", "self-ratings")):
        if name not in tables:
            continue
        table = tables[name]
        known = table["wave"].eq(wave) & table["person_id"].isin(company["people"]["person_id"])
        try:
            ids = show.release(f"skills, {about}, wave {wave}", table.loc[known, "person_id"].unique())
            tables[name] = table[known & table["person_id"].astype(str).isin(ids)]
        except show.NotEnoughData:
            del tables[name]
    return replace(company, tables=tables)


def _release_changes(company, people):
    """Return whose change from the first wave may be shown; once shown, it stays theirs."""
    if len(people) < 2:
        return change_groups(company, people)
    first, last = people
    start, ids = f"skills, change from wave {first} to wave ", [*people[first].index, *people[last].index]
    before = show.released_before(start, ids)
    chosen = before.pop(start + last, None)
    if chosen is None:
        chosen = change_groups(company, people, list(before.values()))
    return show.freeze(start + last, chosen).people if len(chosen) else chosen


def record_facts(standing):
    """Record the headline numbers, what a director asks first on top: the index lists the first ones."""
    if standing.widest is not None:
        _record_levels("skills.widest_shortfall", standing.widest)
    domains = _widest_first(standing).to_dict("records")
    for row in domains:
        if row["verdict"] != NO_TARGET:
            _record_levels(f"skills.shortfall.{slug(row['domain'])}", row)
    for row in domains:
        _record_domain(row)
    people = standing.assessed
    show.fact("skills.assessed", people, unit="people", better="higher", group_size=people)
    show.fact("skills.people", standing.present, unit="people", group_size=False)
    show.fact("skills.domains", len(standing.domains), group_size=False)
    if standing.has_targets:
        show.fact("skills.domains_below_target", len(standing.below), better="lower", group_size=people)
        show.fact("skills.domains_cannot_tell", len(standing.unknown), better="lower", group_size=people)
        show.fact("skills.clear_role_gaps", len(standing.clear_gaps), better="lower", group_size=people)


def _widest_first(standing):
    return standing.domains.sort_values(words.measure(standing)[0], ascending=False, na_position="last")


def _record_domain(row):
    name, known = slug(row["domain"]), row["verdict"] != NO_TARGET
    show.fact(
        f"skills.{'level' if row['unit'] == 'levels' else 'score'}.{name}",
        row["reached"],
        row["reached_low"],
        row["reached_high"],
        unit=row["unit"],
        better="higher",
        digits=1,
        group_size=row["people"],
    )
    if known:
        show.fact(
            f"skills.share_below_target.{name}",
            row["share_below"],
            row["share_low"],
            row["share_high"],
            unit="share",
            better="lower",
            digits=0,
            group_size=row["people"],
        )


def _record_levels(name, row):
    show.fact(
        name,
        row["shortfall"],
        row["low"],
        row["high"],
        unit="levels",
        better="lower",
        digits=words.decimals(row["low"], row["high"]),
        group_size=row["people"],
    )


def record_roles(standing):
    """Record the shortfall of each group of role and domain that may be shown."""
    for row in standing.shown_roles.dropna(subset=["shortfall"]).to_dict("records"):
        _record_levels(f"skills.role_shortfall.{slug(row['domain'])}.{slug(row['role'])}", row)


def record_reliability(standing):
    """Record coefficient alpha by domain, with its interval."""
    for row in standing.precision.dropna(subset=["alpha"]).itertuples():
        show.fact(
            f"skills.reliability.{slug(row.domain)}",
            row.alpha,
            row.low,
            row.high,
            better="higher",
            digits=2,
            group_size=row.complete,
        )


def record_training(comparison):
    """Record how much more trained people changed than those not yet trained; an effect only where starts were drawn by lot."""
    row = comparison.overall
    if row is None:
        return
    name = "skills.effect_of_training" if comparison.is_effect else "skills.change_beyond_untrained"
    show.fact(name, row["difference"], row["low"], row["high"], level=comparison.level, unit=row["unit"], better="higher",
              digits=1, group_size=min(row["people_trained"], row["people_not_yet"]))


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
            group_size=row.people,
        )


def answer(standing):
    """Show the answer in three sentences."""
    show.answer(*words.answer(standing))


def cards(standing, known=None):
    """Show the headline numbers; `known`: the `Assurance` of the company, or None."""
    right = standing.precision["right_level"].mean()
    if not standing.has_targets:
        entries = [("Assessed", f"{standing.assessed} of {standing.present}", f"wave “{standing.wave}”")]
    else:
        below, total = len(standing.below), len(standing.judged)
        entries = [("Domains below target", f"{below} of {total}", "beyond what test error explains")]
        entries += [_roles_card(standing)] if len(standing.shown_roles) else []
        entries += [_widest_card(standing)]
    if known is not None and "training" in known.found and known.found["training"].overall is not None:
        entries.append(_training_card(known.found["training"]))
    if np.isfinite(right):
        entries += [("One person's level", f"{words.percent(right)} right", "good for groups only")]
    show.cards(entries)


def _roles_card(standing):
    cells = standing.shown_roles.dropna(subset=["shortfall"])
    return "Groups clearly short", f"{len(standing.clear_gaps)} of {len(cells)}", "role by domain"


def _training_card(training):
    """Say how much more trained people changed; a difference that rounds to nothing has no sign."""
    row = training.overall
    digits = words.decimals(row["low"], row["high"])
    value, low, high = (words.number(row[name], digits) for name in ("difference", "low", "high"))
    sign = "+" if row["difference"] > 0 and not is_zero(value) else ""
    return ("Trained against not yet trained", f"{sign}{value} {row['unit']}",
            f"{low} to {high}; {'starts by lot' if training.is_effect else 'a change, not an effect'}")


def _widest_card(standing):
    row = standing.widest
    if row is not None and row["low"] > 0:
        gap = words.short(row["shortfall"], row["low"], row["high"])
        rivals = f"; {standing.rivals} others may be as wide" if standing.rivals > 1 else ""
        value, _, interval = gap.partition(" (")
        return "Widest gap per person", value, f"{interval.rstrip(')')}; {row['role']}, {row['domain']}{rivals}"
    row = standing.judged.iloc[0]
    if row["shortfall"] >= 0.05:
        value, _, interval = words.short(row["shortfall"], row["low"], row["high"]).partition(" (")
        return "Furthest from target", value, f"{interval.rstrip(')')}; {row['domain']}"
    above = words.number(-row["shortfall"])
    return "Nearest to falling short", f"{above} levels above" if not is_zero(above) else "on target", row["domain"]


def domain_intervals(standing):
    """Draw the shortfall of each domain, or its mean score without targets, with interval; widest on top."""
    columns = words.measure(standing)
    table = (standing.judged if standing.has_targets else standing.domains).sort_values(columns[0])
    colors = table["verdict"].map(VERDICT_COLORS)
    notes = table["verdict"].where(table["verdict"] != NO_TARGET, "")
    return _intervals(table, columns, colors, notes)


def role_intervals(standing):
    """Draw one small chart per domain with an interval per role; the role furthest from its targets on top."""
    columns = words.measure(standing)
    table = standing.shown_roles.dropna(subset=columns[:1])
    domains = [name for name in _widest_first(standing)["domain"] if name in set(table["domain"])]
    roles = table.groupby("role")[columns[0]].mean().sort_values().index.tolist()
    across = min(3, len(domains))
    down = -(-len(domains) // across)
    row = max(0.25, *(0.05 + 0.15 * len(wrap(str(role), 26)) for role in roles))  # inches
    fig, axes = show.new_figure(
        height=0.7 + down * (0.55 + row * len(roles)), rows=down, columns=across, sharex=True, sharey=True, squeeze=False
    )
    for panel, name in zip(axes.flat, domains):
        _role_panel(panel, table[table["domain"] == name], columns, roles)
        panel.set_title("\n".join(wrap(name, 26)), fontsize=9, color=COLORS.ink, loc="left")
    for panel in axes.flat[len(domains):]:
        panel.set_visible(False)
    for panel in axes[:, 0]:
        panel.set_yticks(range(len(roles)), ["\n".join(wrap(str(role), 26)) for role in roles], color=COLORS.ink)
    fig.supxlabel(_value_label(table, columns[0]), fontsize=9, color=COLORS.ink)
    return fig


def _role_panel(axes, table, columns, roles):
    axes.axvline(0, color=COLORS.ink, lw=1)
    for row in table.to_dict("records"):
        value, low, high = (row[name] for name in columns)
        color, spot = VERDICT_COLORS[row["verdict"]], roles.index(row["role"])
        axes.plot([low, high], [spot, spot], color=color, lw=2)
        axes.plot(value, spot, "o", color=color, ms=5)
    axes.set_ylim(-0.6, len(roles) - 0.4)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


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
    texts = words.intervals(table, *columns)
    rows = zip(table[list(columns)].to_numpy(), texts, colors, notes, strict=True)
    for spot, ((value, low, high), text, color, note) in enumerate(rows):
        axes.plot([low, high], [spot, spot], color=color, lw=2)
        axes.plot(value, spot, "o", color=color, ms=7)
        place = {"xy": (1.02, spot), "xycoords": ("axes fraction", "data")}
        axes.annotate(f"{text}\n{note}".strip(), va="center", color=color, fontsize=9, **place)
    return _finish(fig, axes, table, columns[0])


def _finish(fig, axes, table, value):
    """Label the axes of a chart of intervals; the zero line says what zero means."""
    zero = {"shortfall": "target met", "change": "no change"}.get(value, "")
    axes.set_yticks(range(len(table)), ["\n".join(wrap(str(name), 34)) for name in table["domain"]], color=COLORS.ink)
    axes.set(xlabel=_value_label(table, value), ylim=(-0.6, len(table) - 0.2))
    axes.annotate(
        zero, (0, len(table) - 0.45), (4, 0), textcoords="offset points", color=COLORS.ink, fontsize=9
    )
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=6)
    axes.margins(x=0.08)
    return fig


def _value_label(table, value):
    unit = "levels" if (table["unit"] == "levels").all() else "sd of the first wave"
    labels = {
        "shortfall": "levels short of target (left of zero: above target)",
        "change": f"change since the first wave, in {unit}",
        "reached": f"mean, in {unit}",
    }
    return labels[value]


def domain_table(standing):
    """Return the table of domains, widest shortfall first, numbers as text."""
    table = _widest_first(standing)
    texts = words.intervals(table, *words.measure(standing))
    if not standing.has_targets:
        return pd.DataFrame({"Domain": table["domain"], "Mean": texts, "People": table["people"]})
    held = (table["verdict"] != NO_TARGET).to_numpy()
    frame = pd.DataFrame(
        {
            "Domain": table["domain"],
            "Level, target": [f"{words.number(reached)}, {words.number(target)}" for reached, target in
                              table[["reached", "target"]].to_numpy(float)],
            "Levels short": texts,
            "Verdict": table["verdict"],
            "Below target": _shares(table),
            "Levels to gain": words.gains(table),
            "People": table["people"],
        }
    )
    frame.loc[~held, ["Level, target", "Levels short", "Below target", "Levels to gain"]] = "–"
    return frame


def _shares(table):
    """Write shares with their intervals; one near all or none gives no interval either."""
    rows = table[["share_below", "share_low", "share_high"]].to_numpy(float)
    return [
        words.percent(value)
        if not 0.05 <= value <= 0.95
        else f"{100 * value:.0f} % ({100 * low:.0f}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{100 * high:.0f})"
        for value, low, high in rows
    ]


def precision_rows(standing):
    """Return the table of reliability, as text."""
    table = standing.precision.sort_values("reliability", ascending=False)
    alpha = [
        f"{words.number(a, 2)} ({words.number(b, 2)}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{words.number(c, 2)})" if np.isfinite(a) else "not known"
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
