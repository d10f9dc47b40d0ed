"""What the KPI report says about verdicts, and the marks on its charts: words and positions, no drawing."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from upskill.kpi.limits import BEYOND

MOST_LINES = 3
# More use is no improvement in itself.
USE = {("ai_use", "improved"): "more used", ("ai_use", "worsened"): "less used"}
TABLE_NAMES = {"pull_requests": "pull requests", "ai_usage": "use of AI tools"}


def percent(share):
    """Return a share as whole percent.

    >>> percent(0.9)
    '90 %'
    """
    return f"{share:.0%}".replace("%", " %")


def names_of(kpis):
    """List KPIs by their titles in running text.

    >>> from upskill.kpi import DEFINITIONS, Tracked
    >>> chosen = [one for one in DEFINITIONS if one.title in ("Change lead time", "AI tool use")]
    >>> names_of([Tracked(one, *[None] * 6) for one in chosen])
    'change lead time and AI tool use'
    """
    titles = [tracked.definition.title for tracked in kpis]
    return names_of_titles(titles)


def names_of_titles(titles):
    """List titles in running text, in small letters but for abbreviations."""
    return joined([title if title[:2].isupper() else title[:1].lower() + title[1:] for title in titles])


def capitalized(text):
    """Begin a sentence with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def since_words(tracking):
    """Say what is compared: "since training started", or the last weeks."""
    if tracking.comparison.kind == "training":
        return "since training started"
    return f"in the last {tracking.comparison.weeks} weeks"


def against_words(tracking):
    """Say what is compared with what, for the first sentence."""
    weeks = tracking.comparison.weeks
    return since_words(tracking) + (f", against the {weeks} before" if weeks else "")


def compared_words(tracking):
    """Say in one sentence what "before" and "since" are."""
    weeks, starts = tracking.comparison.weeks, tracking.comparison.starts
    if tracking.comparison.kind == "recent":
        why = "The rollout table has no training date for this scope" if tracking.marks["license"] else (
            "No training dates are recorded")
        return f"{why}, so the last {weeks} weeks are compared with the {weeks} weeks before."
    others = len(tracking.teams) - len(starts)
    verb = "has" if others == 1 else "have"
    note = f" {others} of {len(tracking.teams)} teams {verb} not started, and count in the charts only." if others else ""
    each = "Each team is compared with itself before its own training start" if len(starts) > 1 else (
        f"Before and since are split at the training start, week of {tracking.comparison.baseline_end:%Y-%m-%d}")
    return f"{each}; the weeks of the learning dip count as since.{note}"


def of_verdict(tracking, verdict):
    """Return the KPIs with this verdict that could be compared at all."""
    return [tracked for tracked in tracking.kpis if tracked.change.verdict == verdict and is_compared(tracked)]


def is_compared(tracked):
    """Tell whether a KPI has a change with its interval."""
    return bool(np.isfinite(tracked.change.low))


def counts_of_verdicts(tracking):
    """Say in one sentence how many indicators did not clearly move, and that a comparison over time is no proof."""
    still, unsure = of_verdict(tracking, "no relevant change"), of_verdict(tracking, "cannot tell")
    unknown = sum(not is_compared(tracked) for tracked in tracking.kpis)
    parts = [f"{len(still)} moved by less than {percent(tracking.margin)}"] if still else []
    parts += [f"{len(unsure)} cannot be told apart from no change"] if unsure else []
    parts += [f"{unknown} rest{'s' if unknown == 1 else ''} on too little to compare"] if unknown else []
    of = f"Of {len(tracking.kpis)} indicators {joined(parts)}; trend" if parts else "Trend"
    return f"{of} and season are in every comparison over time, so this says what moved, not what caused it."


def joined(parts):
    """Join as a reader would.

    >>> joined(["4 improved", "2 fell", "1 stayed"])
    '4 improved, 2 fell and 1 stayed'
    """
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)


def what_to_do(tracking):
    """Say in one sentence what to do next, from the verdicts and their counter-KPIs."""
    worse, better = of_verdict(tracking, "worsened"), of_verdict(tracking, "improved")
    has_rollout = tracking.comparison.kind == "training"
    if worse:
        return f"Look into {names_of(worse)} with the team{'s' if len(tracking.teams) > 1 else ''}" + (
            " before anything is rolled out further." if has_rollout else " before calling any of this progress.")
    unsafe = [tracked for tracked in better if not counter_is_safe(tracked, tracking)]
    if unsafe:
        return (f"Do not book {names_of(unsafe)} as a gain yet: a worsening of {_doubt(unsafe, tracking)} by more "
                f"than {percent(tracking.margin)} is not ruled out, so watch both together.")
    if better:
        return (f"Nothing in delivery speaks against {'further rollout' if has_rollout else 'going on'}: a worsening of "
                f"{_doubt(better, tracking)} by more than {percent(tracking.margin)} is ruled out for now; whether training "
                "pays is a question of its own.")
    if not any(is_compared(tracked) for tracked in tracking.kpis):
        return "Wait for more data, or compare an earlier, livelier time (parameter as_of)."
    return "Keep measuring: more weeks or more teams narrow the intervals; until then do not act on single points."


def _doubt(unsafe, tracking):
    counters = [counter_of(tracked, tracking) for tracked in unsafe]
    counters = list({id(counter): counter for counter in counters if counter}.values())
    return names_of(counters) if counters else "the indicators to read with it, which cannot be computed,"


def counter_of(tracked, tracking):
    """Return the tracked counter-KPI of a KPI, or None when it cannot be computed."""
    name = tracked.definition.counter
    return next((tracked for tracked in tracking.kpis if tracked.definition.name == name), None)


def counter_is_safe(tracked, tracking):
    """Tell whether the interval of the counter-KPI rules out a worsening by more than the margin."""
    counter = counter_of(tracked, tracking)
    if counter is None or not is_compared(counter):
        return False
    if counter.definition.better == "lower":
        return counter.change.high <= tracking.margin
    return counter.change.low >= 1 / (1 + tracking.margin) - 1


def verdict_words(tracked, tracking):
    """Give the verdict, and for an improvement whether its counter-KPI is shown safe."""
    verdict = tracked.change.verdict
    if verdict == "improved" and not counter_is_safe(tracked, tracking):
        return f"{USE.get((tracked.definition.name, verdict), verdict)}, safety not shown"
    verdict = USE.get((tracked.definition.name, verdict), verdict)
    return verdict if is_compared(tracked) else "too little data"


def source_words(tracked):
    """Name the tables behind a KPI."""
    names = [TABLE_NAMES.get(table, table) for table in tracked.definition.tables]
    return " and ".join(names) + " of the program folder"


def signal_masks(tracked):
    """Tell which points lie outside the limits, and at which only the smoothed course does."""
    outside, lasting = (np.zeros(len(tracked.series), dtype=bool) for _ in range(2))
    for position in tracked.limits.signals if tracked.limits else ():
        is_outside = BEYOND in tracked.limits.broken_rules[position]
        (outside if is_outside else lasting)[position] = True
    return outside, lasting


def is_signaling(tracked):
    """Tell whether the last point that counts is a signal."""
    limits = tracked.limits
    return limits is not None and bool(limits.signals) and limits.signals[-1] == np.flatnonzero(np.isfinite(limits.course))[-1]


def signal_words(tracked):
    """Say whether there is a signal, since when, and in which direction."""
    limits, periods = tracked.limits, tracked.series["period"]
    if limits is None:
        return f"no limits: {tracked.limits_reason}"
    if not limits.signals:
        return f"no signal since watching began on {limits.baseline[1]:%Y-%m-%d}"
    start, last = limits.alarm_starts[-1], limits.signals[-1]
    by_course = BEYOND not in limits.broken_rules[start]
    shown = limits.course[start] if by_course else tracked.series["value"].iloc[start]
    side, what = "above" if shown > limits.center else "below", "the smoothed course" if by_course else "a point"
    earlier = len(limits.alarm_starts) - 1
    before = f" ({earlier} earlier signal{'s' if earlier > 1 else ''})" if earlier else ""
    if is_signaling(tracked):
        return f"signal since {periods.iloc[start]:%Y-%m-%d}, {what} {side} the limits first, and outside at the last point{before}"
    until = f" to {periods.iloc[last]:%Y-%m-%d}" if last > start else ""
    return f"signal from {periods.iloc[start]:%Y-%m-%d}{until}, {what} {side} the limits first; inside now{before}"


def sight_words(tracked):
    """Say how fast the chart would have seen lasting changes of 10, 20 and 40 percent."""
    if tracked.limits is None:
        return ""
    last = tracked.limits.sights[-1]
    if not np.isfinite(last.weeks):
        silence = "" if tracked.limits.signals else "That says little: "
        return (f"{silence}{'this' if silence else 'This'} chart would mostly miss even a lasting change of {percent(last.shift)} "
                f"for a year ({chance_words(last.chance)} would show within a quarter).")
    parts = [f"of {percent(sight.shift)}, {weeks_words(sight.weeks)} ({chance_words(sight.chance)} within a quarter)"
             for sight in tracked.limits.sights]
    return f"When it would have shown a lasting change: {'; '.join(parts)}."


def weeks_words(weeks):
    """Write a median waiting time.

    >>> weeks_words(7.0), weeks_words(float("inf"))
    ('after about 7 weeks', 'mostly not within a year')
    """
    return f"after about {weeks:.0f} week{'' if round(weeks) == 1 else 's'}" if np.isfinite(weeks) else "mostly not within a year"


def chance_words(chance):
    """Write a chance as cases in a hundred.

    >>> chance_words(0.284), chance_words(0.001), chance_words(1.0)
    ('28 of 100', 'hardly any', 'nearly all')
    """
    cases = round(100 * chance)
    return "hardly any" if cases < 1 else "nearly all" if cases > 99 else f"{cases} of 100"


def proposal_words(tracked):
    """Say which new usual level the rule proposes, or nothing."""
    if tracked.limits is None or tracked.limits.proposed is None:
        return ""
    return (f"The smoothed course has been outside for a quarter, so a new usual level from {tracked.limits.proposed:%Y-%m-%d} "
            "on is proposed; it holds only when somebody sets it (parameter new_baseline).")


def chart_words(tracked):
    """Say below a chart: signal or none, how fast a change would have been seen, and what is proposed."""
    return " ".join(filter(None, (f"**{capitalized(signal_words(tracked))}.**", sight_words(tracked), proposal_words(tracked))))


class Mark(NamedTuple):
    """One thing to mark on the time axis: from `first` to `last`, which are the same for a single date."""

    event: str
    first: pd.Timestamp
    last: pd.Timestamp
    text: str


def marks_of(tracking):
    """List what to mark on the charts, in order of time: policy, licenses, trainings, or the start of the last weeks."""
    found = [mark for event, words in (("policy", "policy"), ("license", "licenses"), ("training", "training"))
             for mark in _marks_of_event(event, words, tracking)]
    if tracking.comparison.kind == "recent":
        start = tracking.comparison.baseline_end
        found.append(Mark("recent", start, start, f"last {tracking.comparison.weeks} weeks"))
    if tracking.new_baseline is not None:
        start = pd.Timestamp(tracking.new_baseline)
        found.append(Mark("baseline", start, start, "new usual level"))
    return sorted(found, key=lambda mark: mark.first)


def _marks_of_event(event, words, tracking):
    several = len(tracking.teams) > 1
    for first, last, count in _mark_groups(tracking.marks[event]) if tracking.marks.get(event) else ():
        teams = f": {count} team{'s' if count > 1 else ''}" if several else ""
        yield Mark(event, first, last, words + teams + (f" until {last:%Y-%m-%d}" if last > first else ""))


def _mark_groups(starts):
    """Group starts by date: (first, last, teams) per date, or one span where there are many dates."""
    series = pd.Series(starts)
    groups = [(date, date, count) for date, count in series.value_counts().sort_index().items()]
    return groups if len(groups) <= MOST_LINES else [(series.min(), series.max(), len(series))]


def spread(positions, gap):
    """Move positions apart until neighbors are at least `gap` from each other, keeping their order.

    >>> spread([0.5, 0.48, 0.9], 0.1)
    [0.54, 0.44, 0.9]
    """
    order = np.argsort(positions, kind="stable")
    moved = np.asarray(positions, dtype=float)
    for _ in range(len(moved)):
        for low, high in pairwise(order):
            lack = gap - (moved[high] - moved[low])
            if lack > 1e-9:
                moved[low], moved[high] = moved[low] - lack / 2, moved[high] + lack / 2
    return moved.round(6).tolist()
