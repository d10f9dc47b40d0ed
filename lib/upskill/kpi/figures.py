"""What the KPI report shows: its answer, figures and facts; tables and charts have modules of their own."""

from dataclasses import replace

import numpy as np

from upskill import show
from upskill.data import NotEnoughData
from upskill.data.cut import cut_program
from upskill.kpi.amounts import change_text, change_words, digits_of, format_level, kpi_title, levels_of
from upskill.kpi.charts import adoption_figure, kpi_alt, kpi_figure
from upskill.kpi.persons import active_weeks, people_behind, with_counts, without_few
from upskill.kpi.tables import (
    show_changes,
    show_definitions,
    show_methods,
    show_missing,
    show_quality,
    show_signals,
    show_trust,
)
from upskill.kpi.words import (
    against_words,
    capitalized,
    chart_words,
    counts_of_verdicts,
    is_compared,
    joined,
    names_of,
    of_verdict,
    verdict_words,
    what_to_do,
)

__all__ = ["change_text", "change_words", "format_level", "kpi_alt", "kpi_figure", "kpi_title", "protected", "record_facts",
           "release", "show_answer", "show_changes", "show_definitions", "show_figures", "show_methods", "show_missing",
           "show_quality", "show_signals", "show_trust", "what_moved"]

USED = ("ai_use",)
HEADLINES = ("lead_time", "deployment_frequency", "change_failure_rate")


def release(company, team=""):
    """Return the company, or one team of it, with the use of AI tools by person as it was counted when first released.

    A labelled report fixes who was active in which week and in which team.
    Later ones count the same, so that who left, moved or was added since
    cannot be had by subtraction.
    """
    if len(active_weeks(company)):
        company = with_counts(company, _counted(company))
    return cut_program(company, team=team) if team else company


def _counted(company):
    """Return who was active when, as in earlier releases; only later weeks are counted anew."""
    start, ids = "AI use, weeks ", [*company["people"]["person_id"], *company["ai_usage"]["person_id"].dropna()]
    blocks = show.released_before(start, ids)
    now = active_weeks(company, after=max((about.split()[-1] for about in blocks), default=""))
    if len(now):
        weeks = sorted(frozenset().union(*now["parts"]))
        blocks[f"{start}{weeks[0]} to {weeks[-1]}"] = now
    return [show.freeze(about, people).people for about, people in blocks.items()]


def protected(tracking, company):
    """Return the tracking without what would say of each of a few people what they do."""
    kept, missing = [], dict(tracking.missing)
    for tracked in tracking.kpis:
        try:
            is_of_people = people_behind(tracked) is not False
            kept.append(without_few(tracked, company.settings.minimum_group_size) if is_of_people else tracked)
        except NotEnoughData as error:
            missing[tracked.definition.title] = str(error)
    return replace(tracking, kpis=tuple(kept), missing=missing)


def what_moved(tracking):
    """Say in one sentence how delivery moved: up to two that got worse, the first that got better, the others counted."""
    opening = capitalized(against_words(tracking))
    worse, better = (sorted(of_verdict(tracking, verdict), key=_is_use) for verdict in ("worsened", "improved"))
    if not worse and not better:
        first = next((tracked for tracked in tracking.kpis if is_compared(tracked)), None)
        if first is None:
            return f"{opening}, too little happened to say how delivery moved."
        return f"{opening}, no indicator has clearly moved; {names_of([first])}, for one: {change_text(first)}."
    named = [*worse[:2], *better[:1]] if worse else better[:1]
    counts = (("got worse", worse[2:]), ("improved", [tracked for tracked in better if tracked not in named and not _is_use(tracked)]))
    rest = [f"{len(others)} more {kind}" for kind, others in counts if others]
    rest += ["AI tools are used more"] if any(map(_is_use, better)) and not any(map(_is_use, named)) else []
    rest += [] if worse else ["no indicator got worse"]
    text = "; ".join([*(f"{names_of([tracked])} {change_words(tracked)}" for tracked in named), *([joined(rest)] if rest else [])])
    return f"{opening}, {_course(worse, better)}: {text}."


def _is_use(tracked):
    return tracked.definition.name in USED


def _course(worse, better):
    """Say in a word how delivery went; use of a tool is no delivery."""
    worse, better = ([tracked for tracked in found if not _is_use(tracked)] for found in (worse, better))
    if not worse and not better:
        return "delivery did not clearly move"
    return "delivery got worse in part" if worse and better else "delivery got worse" if worse else "delivery got better"


def show_figures(tracking):
    """Show one figure per KPI that has at least three points, and below it what its limits say."""
    for tracked in tracking.kpis:
        if tracked.series["value"].notna().sum() >= 3:
            is_curve = tracked.definition.base == "licensed people"
            (adoption_figure if is_curve else kpi_figure)(tracked, tracking)
            show.say(chart_words(tracked))


def record_facts(tracking):
    """Record level and change of every KPI as facts; what is not known is recorded as empty."""
    for tracked in tracking.kpis:
        definition, change = tracked.definition, tracked.change
        name = f"kpi.{definition.name}"
        known = np.isfinite([change.since_low, change.since_high, change.since]).all()
        ends = (change.since_low, change.since_high) if known else (None, None)
        digits = digits_of(change.since_high if known else change.since, definition.unit, change.since_low if known else np.inf)
        show.fact(name + ("_hours" if definition.unit == "hours" else ""), _finite(change.since), *ends,
                  level=change.level, unit=definition.unit, better=definition.better, digits=digits,
                  group_size=people_behind(tracked))
        ends = (change.low, change.high) if is_compared(tracked) else (None, None)
        show.fact(f"{name}_change", _finite(change.relative), *ends, level=change.level, unit="percent change",
                  better=definition.better, group_size=people_behind(tracked))


def _finite(value):
    return value if np.isfinite(value) else None


def show_answer(tracking):
    """Show the three sentences that answer the report's question, and the headline cards."""
    show.answer(what_moved(tracking), counts_of_verdicts(tracking), what_to_do(tracking))
    entries = []
    for tracked in [tracked for tracked in tracking.kpis if tracked.definition.name in HEADLINES]:
        before, since = levels_of(tracked)
        of_what = f"of {tracked.definition.base}; " if tracked.definition.base else ""
        entries.append((tracked.definition.title, since, f"{of_what}before: {before}; {verdict_words(tracked, tracking)}"))
    show.cards(entries)
