"""How sure the KPI report is, what to do next and what it assumes: sentences from verdicts, targets and what is missing."""

import numpy as np

from upskill.data import NotEnoughData, decision_by, decision_owner
from upskill.kpi.promised.targets import promises
from upskill.kpi.words import (
    counter_is_safe,
    counter_of,
    is_compared,
    names_of,
    of_verdict,
    percent,
    since_words,
)
from upskill.numerals import general, number

MOST_NAMED = 3
LATE = {"missed": "the target was missed", "unlikely": "unlikely to be met as things go"}


def how_sure(tracking):
    """Say what the intervals mean here, what is least sure, what is missing, and what would make it surer."""
    known = [tracked for tracked in tracking.kpis if is_compared(tracked)]
    if not known:
        return "No indicator can be compared, so nothing is sure: more weeks are needed, or an earlier, livelier time (parameter as_of)."
    open_ones = of_verdict(tracking, "cannot tell")
    texts = [(f"Each interval holds the true change in {100 * tracking.level:.0f} of 100 cases, so believe a pattern across indicators more "
              f"than a single one; for {len(known) - len(open_ones) or 'none'} of {len(known)} it is narrow enough for a verdict.")]
    alone = [tracked for tracked in open_ones if tracked.change.low > 0 or tracked.change.high < 0]
    if alone:
        texts.append(f"Verdicts count that {len(known)} indicators are looked at: {names_of(alone)} would be said to have moved if looked at "
                     "alone, but of so many that stand still one seems to move by chance.")
    if open_ones:
        widest = max(open_ones, key=lambda tracked: np.log1p(tracked.change.high) - np.log1p(max(tracked.change.low, -0.99)))
        low, high = widest.change.low, widest.change.high
        texts.append(f"Least sure: {names_of([widest])}, which may be anything from {number(1 + low, 2)} to {number(1 + high, 2)} times what it was.")
    if tracking.missing:
        texts.append(f"Missing: {_listed(list(tracking.missing))}, for want of data (the reasons stand under “How we know”).")
    one = len(tracking.teams) == 1
    texts.append("Surer with " + ("more weeks, or the report on the whole company, which pools all teams." if one else
                                  "more weeks and more teams; a few weeks of one team tell little."))
    texts.append("No number here says why: season, hiring, a trend that was there already and shocks to all teams at once are in every "
                 "change, and such shocks are not in its interval. Whether the training did it is the question of the pilot evaluation.")
    return " ".join(texts)


def _listed(titles):
    shown = [title[:1].lower() + title[1:] if not title[:2].isupper() else title for title in titles[:MOST_NAMED]]
    return ", ".join(shown) + (f" and {len(titles) - MOST_NAMED} more" if len(titles) > MOST_NAMED else "")


def next_steps(tracking, program):
    """Return steps (what to do, who, by when): what got worse, gains not shown safe, targets at risk, charts, missing data."""
    owner, when = decision_owner(program), decision_by(program)
    found = _promises(program)
    owners = {one.name: one.owner for one in found}
    team = f"with the team{'s' if len(tracking.teams) > 1 else ''}, before anything is extended"
    steps = [(f"Look into {names_of([tracked])} {team}: it got worse {since_words(tracking)}.", owners.get(tracked.definition.name) or owner, when)
             for tracked in of_verdict(tracking, "worsened")[:2]]
    steps += _unsafe_steps(tracking, owners, owner)
    late = [one for one in found if one.verdict in LATE]
    steps += [(f"Say what will be done differently for {names_of([one])} ({LATE[one.verdict]}), or set another day or target.",
               one.owner or owner, when) for one in late[:2]]
    proposed = [tracked for tracked in tracking.kpis if tracked.limits is not None and tracked.limits.proposed is not None]
    if proposed:
        level = f"{names_of(proposed[:1])} since {proposed[0].limits.proposed:%Y-%m-%d}"
        steps.append((f"Decide whether the level of {level} is the new usual one (parameter new_baseline); until then its chart signals.",
                      owner, ""))
    if not steps and of_verdict(tracking, "improved"):
        steps.append(("Go on: nothing got worse, and no gain is in doubt. Read the pilot evaluation before calling it the training's.", owner, when))
    if tracking.missing:
        title, reason = next(iter(tracking.missing.items()))
        steps.append((f"Have {_listed([title])} recorded: {reason.rstrip('.')}.", owner, ""))
    steps.append(("Keep measuring, and do not act on single points: more weeks narrow the intervals.", owner, when if len(steps) < 2 else ""))
    return steps


def _unsafe_steps(tracking, owners, owner):
    unsafe = [tracked for tracked in of_verdict(tracking, "improved") if not counter_is_safe(tracked, tracking)]
    groups = {}
    for tracked in unsafe:
        counter = counter_of(tracked, tracking)
        groups.setdefault(counter.definition.name if counter else "", (counter, []))[1].append(tracked)
    for name, (counter, gains) in list(groups.items())[:2]:
        doubt = f"a worsening by more than {percent(tracking.margin)} is not ruled out"
        what = f"watch {names_of([counter])} beside it: {doubt}" if counter else "measure the indicator to read it with"
        yield f"Do not book {names_of(gains)} as a gain yet; {what}.", owners.get(name) or owner, ""


def _promises(program):
    try:
        return promises(program)
    except NotEnoughData:
        return ()


def assumptions(tracking, program):
    """Return what the verdicts rest on: rows (assumption, value with unit, source, who confirmed it)."""
    comparison = tracking.comparison
    trained = comparison.kind == "training"
    compared = (f"{len(comparison.starts)} trained team{'s' if len(comparison.starts) > 1 else ''}, before and since the own start" if trained else
                f"the last {comparison.weeks} weeks, with the {comparison.weeks} before")
    rows = [("Smallest change worth acting on", percent(tracking.margin), "parameter margin of this report", ""),
            ("What is compared", compared, "rollout" if trained else "no training date is recorded", "")]
    if tracking.board is not None and any(tracked.limits for tracked in tracking.kpis):
        quarters = round(1 / tracking.board.share)
        often = f"at most one in {'a quarter' if quarters == 1 else f'{quarters} quarters'}"
        rows.append(("False alarms of the charts", f"{often}, over {tracking.board.charts} charts", "our rule", ""))
    return rows + [(f"Target of {names_of([one])}", _amount(one), f"program.yml, targets{f'; owner: {one.owner}' if one.owner else ''}", "")
                   for one in _promises(program)]


def _amount(one):
    size = percent(one.target) if one.definition.unit == "share" else f"{general(one.target)} {one.definition.unit}".strip()
    return f"{size} by {one.by:%Y-%m-%d}" if one.by == one.by else size


def tables_read(tracking):
    """Return the tables of the program that stand behind the indicators, in order."""
    names = [table for tracked in tracking.kpis for table in tracked.definition.tables]
    return tuple(dict.fromkeys([*names, "rollout", "people", "memberships"]))
