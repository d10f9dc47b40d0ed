"""How sure the roadmap is, what to do next and what it assumes: sentences from its results."""

import pandas as pd

from upskill.numerals import general
from upskill.roadmap.gates import NOT_YET, REACHED, UNKNOWN
from upskill.roadmap.phases import USUAL_RANGE
from upskill.roadmap.rules import MET, UNREAD
from upskill.roadmap.words import day, goal_words, hundred


def how_sure(phases, simulated, judged, gates, risks):
    """Say what the range of the end means, what is weakest, what is missing, and what would make the dates surer."""
    table, drivers = simulated.table(), simulated.drivers()
    last = table.iloc[-1]
    span = (last["high"] - last["low"]).days / 7
    texts = []
    if span >= 1:
        texts.append(f"**For this decision.** The end may come between {day(last['low'])} and {day(last['high'])} (90 of 100 simulated futures, {span:.0f} weeks "
                     "apart): promise others the later day, and plan work with the middle one.")
    usual = [phase.name for phase in phases if not phase.is_own_range]
    texts.append(f"**Weakest.** The lengths of {len(phases)} phases are judged, not measured{f'; for {len(usual)} of them nobody gave a range of weeks' if usual else ''}.")
    close = [one for one in judged if one.chance is not None and 0.2 < one.chance < 0.8]
    if close:
        texts[-1] += f" Too close to call: {len(close)} of {len(judged)} goals, whose numbers are not sure enough."
    watched = [row[-1] for row in (*gates, *risks)]
    blind = sum(one.state == UNREAD for one in watched) + sum(one.state == UNKNOWN for one in judged)
    if blind:
        texts.append(f"**Missing.** {blind} of {len(watched) + len(judged)} goals, rules and triggers are in words that no report can hold against a number.")
    texts += _seats(phases, simulated)
    if drivers.max() > 0:
        owner = next(phase.owner for phase in phases if phase.name == drivers.idxmax())
        texts.append(f"**It would be surer with** a better range for the length of “{drivers.idxmax()}”, on which the end depends most"
                     f"{f'; ask the {owner}' if owner else ''}.")
    return "\n\n".join(texts)


def _short_of_seats(phases, simulated):
    """Return (phase, share of futures) where sessions have too few seats for those whom the phase trains."""
    shares = simulated.short_of_seats()
    return [(phase, shares[phase.name]) for phase in phases if phase.trains and shares[phase.name] > 0]


def _seats(phases, simulated):
    """Say where the sessions that are planned have too few seats, or that no phase says whom it trains."""
    short = _short_of_seats(phases, simulated)
    if short:
        where = ", ".join(f"“{phase.name}” ({hundred(share)} futures)" for phase, share in short)
        return [f"**Seats.** The sessions that are planned have too few seats, or begin before the phase does, for {where}: there no date holds."]
    return [] if any(phase.trains for phase in phases) else [
        "**Not in the dates:** seats. No phase names whom it trains (`trains: [{course: ID, people: NUMBER}]` in program.yml)."]


def next_steps(phases, simulated, judged, gates, risks, today, show_number, owner=""):
    """Return steps (what to do, who, by when): triggered risks, the next gate, the date, the goals, the rules.

    `owner`: who decides next, where a gate names nobody.
    """
    steps = [(f"{capital(risk.get('contingency') or 'decide what to do')}: “{risk.get('name')}” is triggered.", str(risk.get("owner") or ""), "now")
             for risk, watched in risks if watched.state == MET]
    ahead = [row for row in gates if row[1] >= day(today)]
    steps += [_gate_step(*ahead[0], owner)] if ahead else []
    steps += [(_more_seats(phase), phase.owner or owner, day(phase.starts_on))
              for phase, _ in _short_of_seats(phases, simulated)]
    steps += [*_late_step(phases, simulated, today), *_goal_steps(phases, judged, show_number)]
    unread = [watched.words for *_, watched in (*ahead, *risks) if watched.state == UNREAD and watched.words]
    if unread:
        more = f", and {len(unread) - 1} more like it" if len(unread) > 1 else ""
        steps.append((f"Have “{unread[0]}” measured, or write it as a fact with a limit{more}: no report can follow such words.", owner, ""))
    return steps or [("Nothing is due; look again at the next review.", owner, "")]


def _more_seats(phase):
    seats = ", ".join(f"{people} seats of {course}" for course, people in phase.trains)
    return f"Plan another session for “{phase.name}”: {seats} from {day(phase.starts_on)} on."


def capital(text):
    return text[:1].upper() + text[1:]


def _gate_step(gate, on, watched, owner):
    todo = {MET: "Hold the gate: its rule is met today.", UNREAD: "Write the gate's rule as a fact with a limit before its results are known."}
    return todo.get(watched.state, "Decide now what happens if the rule of the gate stays unmet."), str(gate.get("owner") or owner), f"the gate on {on}"


def _late_step(phases, simulated, today):
    """Ask for a new date where the last one is more likely to slip than to hold."""
    last, drivers = simulated.table().iloc[-1], simulated.drivers()
    if last["chance"] >= 0.5 or drivers.max() <= 0 or day(last["planned_end"]) < day(today):
        return []
    phase = next(one for one in phases if one.name == drivers.idxmax())
    what = "Say what is left of" if phase.starts_on <= pd.Timestamp(today) else "Cut down"
    return [(f"{what} “{phase.name}”, or set new dates: the last one holds in {hundred(last['chance'])} futures.", phase.owner, "the next review")]


def _goal_steps(phases, judged, show_number):
    """Ask for the goals that are open, missed or not measured, nearest first."""
    owners = {phase.name: phase for phase in phases}
    open_ones = sorted((one for one in judged if one.state not in (REACHED, UNKNOWN)), key=lambda one: -one.chance)[:2]
    steps = [(f"Reach “{goal_words(one, show_number)}” (chance today: {hundred(one.chance, one.goal.chance)}).", owners[one.phase].owner,
              day(owners[one.phase].ends_on)) if one.state == NOT_YET else
             (f"Make up for the missed goal of “{one.phase}” ({goal_words(one, show_number)}), or drop it.", owners[one.phase].owner,
              "the next review") for one in open_ones]
    return steps + [(f"Have “{one.goal.fact}” measured, or name another fact: no report gives it.", owners[one.phase].owner, "the next review")
                    for one in judged if one.state == UNKNOWN]


def assumptions(phases, today):
    """Return what the dates ahead rest on: rows (assumption, value with unit, source, who confirmed it)."""
    low, _, high = USUAL_RANGE
    rows = [(f"Length of “{phase.name}”", f"{phase.weeks[0]:.0f} to {phase.weeks[2]:.0f} weeks, most likely {phase.weeks[1]:.0f}",
             f"program.yml, roadmap{f'; owner: {phase.owner}' if phase.owner else ''}" if phase.is_own_range else
             f"planned length, {general(low)} to {general(high)} times (Kahneman and Tversky 1979: plans are optimistic)",
             "") for phase in phases if phase.ends_on >= pd.Timestamp(today)]
    return [*rows, ("What delays one phase delays others", "half of the spread is shared", "our judgment", "")]
