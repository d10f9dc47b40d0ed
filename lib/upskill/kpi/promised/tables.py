"""What the report shows of targets: where each stands, the chance to be there in time, and facts."""

import re

import numpy as np
import pandas as pd

from upskill import show
from upskill.kpi.amounts import RARE, format_level
from upskill.kpi.promised.targets import promises
from upskill.kpi.words import capitalized, percent

WORDS = {"met": "met", "missed": "missed", "reached": "reached, likely to hold", "likely": "likely",
         "open": "open: may or may not", "unlikely": "unlikely as things go", "not known": "not known"}

SENTENCES = {"met": "met", "missed": "missed", "reached": "reached and likely to hold", "likely": "likely to be met in time",
             "open": "open", "unlikely": "unlikely to be met in time as things go", "not known": "not known"}


def show_promises(program, level=0.90):
    """Show every target: baseline, now, target, day, owner, chance and verdict; record its facts.

    `program`: as the report reads it, cut to its team.
    """
    found = promises(program, level)
    if not found:
        show.say("No targets are set: `targets:` in program.yml takes kpi, baseline, target, by and owner.")
        return
    show.say(_opening(found, program))
    interval = f"Now ({percent(level)} interval)"
    rows = [(one.definition.title, _level(one, one.baseline) if np.isfinite(one.baseline) else "", _now(one),
             _level(one, one.target), "" if pd.isna(one.by) else f"{one.by:%Y-%m-%d}", one.owner, _chance(one),
             WORDS[one.verdict]) for one in found]
    frame = pd.DataFrame(rows, columns=["KPI", "Baseline", interval, "Target", "By", "Owner", "Chance", "Verdict"])
    show.table(frame, "What was promised, and where it stands", "kpi_targets", group_size=False, note=_note(found))
    _record(found)
    remarks = [f"- **{one.definition.title}**: {text}." for one in found for text in (one.reason, one.doubt) if text]
    if remarks:
        show.say("Of these, this is not known or looks odd:\n\n" + "\n".join(dict.fromkeys(remarks)))


def _unit(one):
    return "" if one.definition.unit in ("score", "points") else one.definition.unit


def _level(one, value):
    return format_level(value, _unit(one), np.nanmax([abs(one.target), abs(one.now), 0]))


def _now(one):
    if not np.isfinite(one.now):
        return "not known"
    if not np.isfinite(one.low):
        return f"{_level(one, one.now)} (too few periods for an interval)"
    if 0 < one.now < RARE and _unit(one) == "per week":
        return f"{_level(one, one.now)} ({_level(one, one.low)} to {_level(one, one.high)})"
    return show.fact_text(one.now, one.low, one.high, _unit(one))


def _chance(one):
    """Chance in whole percent; never 0 or 100, which nobody can know."""
    if not np.isfinite(one.chance):
        return "not known"
    return "below 1 %" if one.chance < 0.01 else "above 99 %" if one.chance > 0.99 else percent(one.chance)


def _opening(found, program):
    """Say how many targets are on course, and what to do about the others."""
    groups = {verdict: [one for one in found if one.verdict == verdict] for verdict in WORDS}
    parts = [f"{_titles(group)} {'is' if len(group) == 1 else 'are'} {SENTENCES[verdict]}"
             for verdict, group in groups.items() if group]
    late = groups["unlikely"] + groups["missed"]
    advice = (f" For {_titles(late)}, ask {_owners(late)} what will be done differently, or set another day or target."
              if late else "")
    whose = f" The targets are the company's; the levels are those of team {program.team}." if program.team else ""
    opening = f"Of {len(found)} targets: " if len(found) > 1 else ""
    text = "; ".join(parts)
    return f"{opening or ''}{text if opening else capitalized(text)}.{advice}{whose}"


def _titles(group):
    titles = list(dict.fromkeys(one.definition.title for one in group))
    titles = [title if title[:2].isupper() else title[0].lower() + title[1:] for title in titles]
    return ", ".join(titles[:-1]) + " and " + titles[-1] if len(titles) > 1 else titles[0]


def _owners(group):
    owners = list(dict.fromkeys(one.owner for one in group if one.owner))
    listed = ", ".join(owners[:-1]) + " and " + owners[-1] if len(owners) > 1 else "".join(owners)
    return f"who owns {'it' if len(group) == 1 else 'them'}" + (f" ({listed})" if listed else "")


def _note(found):
    spans = list(dict.fromkeys(one.measured for one in found if one.measured))
    when = f"Now: measured over the last quarter that can be judged ({'; '.join(spans)}). " if spans else ""
    return (when + "Chance: that the KPI, measured over the quarter that ends on the day, meets the target if things go on "
            "with the level, drift and trend that its past supports. No plan of what will be done is in it.")


def _record(found):
    """Record level, distance and chance of every target as facts; a second target of one KPI gets a number."""
    seen = {}
    for one in found:
        slug = re.sub(r"[^a-z0-9_]+", "_", one.name.lower()).strip("_") or "unnamed"
        seen[slug] = seen.get(slug, 0) + 1
        name = f"kpi.target.{slug}" + (f"_{seen[slug]}" if seen[slug] > 1 else "")
        size, unit = one.people or False, _unit(one)
        known = np.isfinite([one.now, one.low, one.high]).all()
        for what, value, ends, better in (("now", one.now, (one.low, one.high), one.better),
                                          ("distance", one.distance, (one.distance_low, one.distance_high), "lower")):
            show.fact(f"{name}.{what}", value if np.isfinite(value) else None, *(ends if known else (None, None)),
                      level=one.level, unit=unit, better=better, group_size=size,
                      text=_points(value, *ends) if what == "distance" and unit == "share" and known else None)
        show.fact(f"{name}.goal", one.target, unit=unit, better=one.better)
        chance = one.chance if np.isfinite(one.chance) else None
        show.fact(f"{name}.chance", chance, unit="share", better="higher", text=_chance(one))


def _points(value, low, high):
    """Write a distance of shares in percentage points."""
    return show.fact_text(100 * value, 100 * low, 100 * high, "points")
