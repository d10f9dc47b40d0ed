"""A comparison of two runs in words: for the terminal, wide or narrow, for machines, and as a page."""

import textwrap

from upskill.batch.compare import Comparison
from upskill.batch.index import fact_label
from upskill.batch.markup import plain_text
from upskill.batch.render import finished
from upskill.batch.style import environment, policy, sheet_marks, stylesheet

WIDE = 100
SHOWN = 8
MANY = ("More than one thing was different. How much of a change comes from which cannot be told from two runs; "
        "to know, change one thing at a time.")
NO_NOISE = "Both rest on the same rows and draws, so none of this is chance: it is what the difference does."
NOTHING_KNOWN = "Nothing that is written down was different."


def summary(comparison: Comparison):
    """Return what changed in all, in one to three sentences."""
    counts, changed = comparison.counts, len(comparison.changed)
    both = sum(report.state in ("changed", "same") for report in comparison.reports)
    said = [f"{_many(counts['changed'], 'fact')} changed in {changed} of {_many(both, 'report')}, {_noise(counts)}; "
            + f"{counts['same']:,} stayed the same."]
    said += [f"{counts['came']:,} came, {counts['went']:,} went."] if counts["came"] or counts["went"] else []
    counted, beyond, chance = comparison.by_chance
    if counted and beyond:
        said.append(f"If nothing had really changed, up to {max(1, round(chance)):,} of the {counted:,} facts with "
                    f"intervals would have been called beyond the noise by chance; {beyond:,} were.")
    return said


def _noise(counts):
    """Say how many changes are beyond the noise, and of how many that cannot be asked."""
    same = counts["on_same_data"]
    parts = [f"{counts['beyond']:,} of them beyond the noise"] if counts["beyond"] or not same else []
    return ", ".join(parts + ([f"{same:,} on the same data, where nothing is noise"] if same else []))


def _many(count, noun):
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def where(report, programs=1):
    """Return whom a report is about."""
    who = f"team {report.team}" if report.team else "whole company"
    return f"{report.program}, {who}" if programs > 1 else who


def why(report):
    """Return (kind, what, …) by kind of reason, and a closing sentence or ""."""
    kinds = {}
    for reason in report.reasons:
        kinds.setdefault(reason.kind, []).append(reason.words)
    real = {kind: words for kind, words in kinds.items() if kind != "look of the page"}
    if not real:
        return list(kinds.items()), NOTHING_KNOWN
    # Several tables of one new month are one thing; several assumptions are not.
    several = len(real) > 1 or (len(next(iter(real.values()))) > 1 and "new data" not in real)
    return list(kinds.items()), " ".join(filter(None, [NO_NOISE if report.has_same_data else "", MANY if several else ""]))


def verdict(change, has_same_data=False):
    """Return noise and direction of a change in words; of what is within the noise, no direction.

    On the same data there is no noise; the interval still says how sure either number is.
    """
    if change.old is None or change.new is None or "not comparable" in change.text:
        return change.text
    if change.old["value"] == change.new["value"] and change.old["text"] != change.new["text"]:
        return "other words" if change.new["value"] is None else "the same value with another interval or other words"
    direction = "" if change.direction == "neither" else f"{change.direction}, "
    if change.is_beyond_noise is None:
        return direction.rstrip(", ") + (", " if direction else "") + (
            "no interval" if has_same_data else "no interval, so noise is not known")
    if has_same_data:
        size = "more" if change.is_beyond_noise else "less"
        return f"{direction}{size} than its uncertainty"
    return f"{direction}beyond the noise" if change.is_beyond_noise else "within the noise"


def difference(change):
    """Return by how much a fact moved, as text; "" where that cannot be said."""
    return change.text.rsplit(", ", 1)[0] if ", " in change.text and None not in (change.old, change.new) else ""


def matters(report):
    """Return the changes that are not merely noise, nor too small to be seen in the words."""
    return [change for change in report.changes if not report.is_minor(change)]


def terminal_lines(comparison, width=80, everything=False):
    """Return lines of text no longer than `width` columns; `everything`: also what is within the noise."""
    programs = len({report.program for report in comparison.reports})
    lines = textwrap.wrap(f"{comparison.old} → {comparison.new}: " + " ".join(summary(comparison)), width)
    for report in comparison.changed:
        lines += ["", *textwrap.wrap(f"{plain_text(report.title)} – {where(report, programs)} ({report.report}/{report.slug})",
                                     width)]
        kinds, closing = why(report)
        for kind, words in kinds:
            lines += textwrap.wrap(f"{kind}: " + "; ".join(words), width, initial_indent="  why: ", subsequent_indent="    ")
        lines += textwrap.wrap(closing, width, initial_indent="  ", subsequent_indent="  ")
        shown = list(report.changes) if everything else matters(report)[:SHOWN]
        lines += _rows(shown, report.has_same_data, width)
        hidden = len(report.changes) - len(shown)
        noise = sum(map(report.is_minor, report.changes))
        if hidden:
            lines += textwrap.wrap(f"… and {hidden:,} more, {noise:,} of them within the noise or too small to be seen (--all shows them)"
                                   if noise else f"… and {hidden:,} more (--all shows them)", width,
                                   initial_indent="    ", subsequent_indent="      ")
    return lines + _others(comparison, programs, width)


def _rows(changes, has_same_data, width):
    if width < WIDE:
        return [line for change in changes for line in _stacked(change, has_same_data, width)]
    labels = min(40, max((len(fact_label(change.name)) for change in changes), default=0))
    lines = []
    for change in changes:
        label = fact_label(change.name)
        first = label if len(label) <= labels else label[:labels - 1] + "…"
        lines += textwrap.wrap(f"{_moved(change)}   {_told(change, has_same_data)}", width,
                               initial_indent=f"    {first:{labels}}  ", subsequent_indent=" " * (labels + 6))
    return lines


def _stacked(change, has_same_data, width):
    indents = {"initial_indent": "      ", "subsequent_indent": "      "}
    return [*textwrap.wrap(fact_label(change.name), width, initial_indent="    ", subsequent_indent="    "),
            *textwrap.wrap(_moved(change), width, **indents),
            *textwrap.wrap(_told(change, has_same_data), width, **indents)]


def _moved(change):
    return " → ".join(side["text"] if side else "–" for side in (change.old, change.new))


def _told(change, has_same_data):
    return ": ".join(filter(None, [difference(change), verdict(change, has_same_data)]))


def _others(comparison, programs, width):
    lines = []
    for state, words in (("same", "the same"), ("new", f"only in {comparison.new}"), ("gone", f"only in {comparison.old}")):
        names = [f"{report.program}/" * (programs > 1) + f"{report.report}/{report.slug}"
                 for report in comparison.reports if report.state == state]
        if names:
            more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
            lines += ["", *textwrap.wrap(f"{_many(len(names), 'report')} {words}: {', '.join(names[:SHOWN])}{more}", width,
                                         subsequent_indent="  ")]
    return lines


def as_dict(comparison):
    """Return a comparison as plain data for JSON."""
    counted, beyond, chance = comparison.by_chance
    return {"old": comparison.old, "new": comparison.new, "counts": comparison.counts,
            "chance": {"with_interval": counted, "beyond": beyond, "expected_by_chance_at_most": chance},
            "reports": [{"program": report.program, "report": report.report, "slug": report.slug, "title": report.title,
                         "team": report.team, "state": report.state, "same": report.same,
                         "has_same_data": report.has_same_data,
                         "reasons": [vars(reason) for reason in report.reasons],
                         "changes": [vars(change) for change in report.changes]} for report in comparison.reports]}


def render_page(comparison):
    """Return a comparison as a page of HTML: one file, no script, nothing fetched."""
    programs = len({report.program for report in comparison.reports})
    reports = [{"title": plain_text(report.title), "who": where(report, programs), "id": f"report-{number}",
                "name": f"{report.report}/{report.slug}", "why": why(report), "same": report.same,
                "beyond": report.count_beyond, "groups": _groups(report)}
               for number, report in enumerate(comparison.changed, start=1)]
    style = stylesheet("base", "compare") + sheet_marks(f"What changed from {comparison.old} to {comparison.new}", "", "", "")
    return finished(environment().get_template("compare.html.j2").render(
        style=style, policy=policy(style), old=comparison.old, new=comparison.new, summary=summary(comparison),
        reports=reports, others=[line for line in _others(comparison, programs, 10_000) if line]))


def _groups(report):
    first = matters(report)
    rest = [change for change in report.changes if change not in first]
    return [{"rows": [_cells(change, report.has_same_data) for change in changes], "is_folded": folded}
            for changes, folded in ((first, False), (rest, bool(first))) if changes]


def _cells(change, has_same_data):
    return {"label": fact_label(change.name), "name": change.name, "old": change.old["text"] if change.old else "–",
            "new": change.new["text"] if change.new else "–", "difference": difference(change),
            "verdict": verdict(change, has_same_data), "direction": change.direction if change.is_beyond_noise and not has_same_data else "neither"}
