"""What stands beside the definitions: pieces of lead time, DORA's scale, links of incidents, ready-made figures, license cost."""

import numpy as np
import pandas as pd

from upskill import show
from upskill.data import NotEnoughData
from upskill.kpi import dora
from upskill.kpi.amounts import change_text, format_level, levels_of
from upskill.kpi.definitions import NAMES, names_at
from upskill.kpi.incidents import EXPLICIT, MOST_RECENT, link_dependence, link_incidents
from upskill.kpi.observations import observed_names, observed_rows
from upskill.kpi.promised.measured import measure_series
from upskill.kpi.tracking import track_kpi
from upskill.kpi.work import license_cost
from upskill.numerals import general, number

BY_TIME = "Change failure rate, incidents linked by time"
COMPARABLE = ("Change lead time", "Deployments per team", "Failed deployment recovery time", "Change failure rate", BY_TIME,
              "Deployment rework rate")


def show_parts(program, tracking):
    """Show the pieces of the way from first commit to production, and from promise to done: before, since, change."""
    rows = []
    for name in names_at("part"):
        try:
            tracked = track_kpi(program, name, tracking.comparison, tracking.margin, tracking.level)
        except NotEnoughData:
            continue
        rows.append((tracked.definition.title, tracked.definition.question, *levels_of(tracked), change_text(tracked)))
    if rows:
        frame = pd.DataFrame(rows, columns=["Piece", "Question", "Before", "Since", "Change"])
        show.table(frame, "Where the time goes", "kpi_parts", group_size=False,
                   note="Medians of pieces do not add up to the median of the whole. Open changes count as unfinished; no "
                        "missing piece counts as zero.")


def show_scale(tracking, industry="all", year=2025):
    """Show the five DORA metrics on DORA's own scale beside an industry's mean of one year."""
    comparable = [tracked for tracked in tracking.kpis if tracked.definition.title in COMPARABLE]
    levels = {tracked.definition.name: tracked.change.since for tracked in comparable}
    frame = dora.standing(levels, industry, year)
    if frame.empty:
        return
    titles = {tracked.definition.name: tracked.definition for tracked in comparable}
    rows = [(titles[row.metric].title, format_level(row.value, titles[row.metric].unit), f"{row.score:.0f}",
             f"{number(row.mean, 1)} ({number(row.standard_deviation, 1)})", _beside(row.deviations)) for row in frame.itertuples()]
    table = pd.DataFrame(rows, columns=["Metric", "Now", "Score", "Mean (usual spread)", "Beside others"])
    show.table(table, f"On DORA's scale from 0 to 10, beside {'all industries' if industry == 'all' else industry}, {year}",
               "kpi_dora", group_size=False,
               note="Theirs are answers to a survey, ours are measured, so only wide gaps mean anything. Better is higher in "
                    "every row. DORA names no elite or low performers since 2025; in 2024 its high cluster failed more often "
                    "(20 %) than its medium one (10 %), so such levels are no ladder.")


def _beside(deviations):
    if abs(deviations) <= 1:
        return "within the usual spread"
    return f"{'better' if deviations > 0 else 'worse'} than the usual spread"


def show_links(program, tracking):
    """Say by which rule incidents are linked to deployments, and where the rule decides, what other windows would give."""
    if "incidents" not in program or "deployments" not in program or not len(program["incidents"]):
        return
    linked = link_incidents(program["deployments"], program["incidents"])
    counts = linked["rule"].value_counts()
    text = f"Of {number(len(linked), 0)} incidents {number(counts.get(EXPLICIT, 0), 0)} name their deployment. "
    used = {tracked.definition.title for tracked in tracking.kpis}
    if BY_TIME not in used:
        show.say(text + "Change failure rate counts what deployments themselves, or incidents that name one, say; nothing is "
                        "linked by guess.")
        return
    show.say(text + f"Another {number(counts.get(MOST_RECENT, 0), 0)} are blamed on the most recent successful deployment of the team, if "
                    "that was within 24 hours. The window decides the rate:")
    table = link_dependence(program["deployments"], program["incidents"])
    rows = [("no limit" if np.isnan(row.window_hours) else f"{general(row.window_hours)} hours", row.linked, row.failed,
             show.format_number(row.rate, "share")) for row in table.itertuples()]
    frame = pd.DataFrame(rows, columns=["Window", "Incidents linked", "Deployments blamed", "Change failure rate"])
    show.table(frame, "Change failure rate by window of the link", "kpi_links", group_size=False)


def show_reported(program):
    """Show figures of the company's own in kpi_observations that no definition knows: level of the last quarter."""
    rows, minimum = [], program.settings.minimum_group_size
    for name in observed_names(program):
        if name in NAMES:
            continue
        try:
            found = measure_series(program, name)
        except NotEnoughData:
            continue
        counted = program["kpi_observations"]["n"].notna().any() and observed_rows(program, name)["weight"].min()
        if counted and counted < minimum:
            continue
        places = np.arange(max(len(found.series) - found.window, 0), len(found.series))
        rows.append((found.definition.title, format_level(found.level(places), found.definition.unit),
                     f"{found.ends.iloc[-1] - pd.Timedelta(days=1):%Y-%m-%d}"))
    if rows:
        frame = pd.DataFrame(rows, columns=["Figure", "Last quarter", "Until"])
        show.table(frame, "Other figures that come ready-made", "kpi_reported", group_size=False,
                   note="Nobody told this report which way is better, so nothing is called an improvement. A target in "
                        "program.yml, or a definition, would.")


def show_cost(program):
    """Say what one active person costs in licenses per month."""
    try:
        paid, months_of_people = license_cost(program)
    except NotEnoughData:
        return
    if months_of_people < 3 * program.settings.minimum_group_size:
        return
    text = show.fact("kpi.tool_cost", paid / months_of_people, unit=program.settings.currency, better="lower")
    show.say(f"Licenses cost {text} per active person and month over the last months for which both are known.")
