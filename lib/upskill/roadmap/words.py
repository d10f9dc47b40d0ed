"""What the report on the roadmap says in words: pure functions from results to sentences and tables of text."""

import pandas as pd

from upskill.data import Fact
from upskill.roadmap.gates import MISSED, NOT_YET, REACHED, UNKNOWN

STATES = {"met": "met", "not met": "not met", "cannot tell": "cannot tell yet", "not on this page": "not measured here"}


def hundred(chance):
    """Write a chance as so many in 100, vague near the ends.

    >>> hundred(0.714), hundred(0.999), hundred(0.001)
    ('71 in 100', 'over 95 in 100', 'under 5 in 100')
    """
    return "over 95 in 100" if chance > 0.95 else "under 5 in 100" if chance < 0.05 else f"{100 * chance:.0f} in 100"


def day(value):
    return f"{pd.Timestamp(value):%Y-%m-%d}"


def goal_words(each, show_number):
    """Say a goal in words: what is measured, and its limit in the unit of the fact."""
    name = " ".join(each.goal.fact.split(".")[1:]).replace("_", " ") or each.goal.fact
    limit = f"{each.goal.limit:g}" if each.fact is None else show_number(Fact(each.goal.fact, each.goal.limit, unit=each.fact.unit))
    return f"{name} {'at most' if each.goal.is_upper else 'at least'} {limit}"


def current(phases, today):
    """Return the phase that runs today, else the next one, else the last."""
    today = pd.Timestamp(today)
    running = [phase for phase in phases if phase.starts_on <= today <= phase.ends_on]
    ahead = [phase for phase in phases if phase.starts_on > today]
    return (running or ahead or list(phases[-1:]))[0]


def first_sentence(phases, table, today):
    """Say where we are and how probable the last date is."""
    now, last = current(phases, today), table.iloc[-1]
    where = "ends" if now.starts_on <= pd.Timestamp(today) else "comes next and is planned to end"
    if pd.Timestamp(last["planned_end"]) < pd.Timestamp(today):
        return f"All phases were planned to have ended by {day(last['planned_end'])}; the roadmap needs new dates."
    return (f"“{now.name}” {where} on {day(now.ends_on)}; the last phase, “{last['phase']}”, ends on {day(last['planned_end'])} as planned with "
            f"a chance of {hundred(last['chance'])}, and by {day(last['high'])} in 95 of 100 futures.")


def second_sentence(judged, show_number):
    """Say how many goals are reached, and which comes next; `show_number`: formats a fact."""
    if not judged:
        return "No phase names a goal as a measurable fact; add `goals` to the phases in program.yml."
    count = {state: sum(each.state == state for each in judged) for state in (REACHED, NOT_YET, MISSED, UNKNOWN)}
    text = f"{count[REACHED]} of {len(judged)} measurable goals are reached"
    text += f", {count[MISSED]} missed" if count[MISSED] else ""
    text += f", {count[UNKNOWN]} cannot be read from the facts" if count[UNKNOWN] else ""
    open_ones = [each for each in judged if each.state == NOT_YET]
    if open_ones:
        nearest = max(open_ones, key=lambda each: each.chance)
        text += (f"; nearest: {goal_words(nearest, show_number)} ({nearest.phase}): not yet, chance {hundred(nearest.chance)}, needed "
                 f"{hundred(nearest.goal.chance)}")
    return text + "."


def third_sentence(gates, today):
    """Say what the next gate asks for and where it stands."""
    ahead = [row for row in gates if row[1] >= day(today)]
    if not ahead:
        return "No gate with a date lies ahead; fix the next one before its results are known."
    gate, on, watched = ahead[0]
    name = gate.get("name") or "the next gate"
    return f"Next gate, “{name}” on {on}: {watched.words or 'no rule given'}: {STATES[watched.state]}."


def schedule_texts(phases, table):
    """Return the schedule as text."""
    return pd.DataFrame({
        "Phase": table["phase"], "Planned": [f"{day(phase.starts_on)} to {day(phase.ends_on)}" for phase in phases],
        "Ends, most likely": table["middle"].map(day),
        "90 of 100 futures": [f"{day(row.low)} to {day(row.high)}" for row in table.itertuples()],
        "As planned": table["chance"].map(hundred), "Owner": [phase.owner or "nobody named" for phase in phases],
        "Resources": [phase.resources or "–" for phase in phases]})


def goal_texts(judged, show_number):
    """Return goals as text; `show_number`: formats a fact."""
    rows = [{"Phase": each.phase, "Goal": goal_words(each, show_number),
             "Now": "–" if each.fact is None or each.fact.value is None else show_number(each.fact),
             "Chance that it holds": "–" if each.chance is None else hundred(each.chance), "Needed": hundred(each.goal.chance),
             "State": each.state} for each in judged]
    return pd.DataFrame(rows, columns=["Phase", "Goal", "Now", "Chance that it holds", "Needed", "State"])


def gate_texts(gates, show_number):
    """Return gates as text."""
    rows = [{"Gate": gate.get("name") or "–", "Date": on or "no date", "Rule, fixed beforehand": watched.words or "none",
             "Now": "–" if watched.fact is None else show_number(watched.fact), "State": STATES[watched.state]}
            for gate, on, watched in gates]
    return pd.DataFrame(rows, columns=["Gate", "Date", "Rule, fixed beforehand", "Now", "State"])


def risk_texts(risks, show_number):
    """Return risks as text; those whose trigger is met first."""
    order = {"met": 0, "cannot tell": 1, "not on this page": 2, "not met": 3}
    risks = sorted(risks, key=lambda entry: order[entry[1].state])
    rows = [{"Risk": risk.get("name") or "–", "Trigger": watched.words or "none",
             "Now": "–" if watched.fact is None else show_number(watched.fact),
             "State": {"met": "triggered", "not met": "not triggered"}.get(watched.state, STATES[watched.state]),
             "Owner": risk.get("owner") or "nobody named", "Contingency": risk.get("contingency") or "none"} for risk, watched in risks]
    return pd.DataFrame(rows, columns=["Risk", "Trigger", "Now", "State", "Owner", "Contingency"])


def read_schedule(phases, simulated):
    """Say what moves the end most, and which ranges are nobody's own."""
    drivers = simulated.drivers()
    text = ""
    if drivers.max() > 0:
        text = f"The end depends most on the length of “{drivers.idxmax()}”. "
    usual = [phase.name for phase in phases if not phase.is_own_range]
    if usual:
        text += (f"No range of weeks is given for {len(usual)} of {len(phases)} phases; there durations run from a tenth shorter to half as "
                 "long again. Whoever owns a phase should say its own.")
    return text or "Every phase has its own range of weeks."


def moved_texts(moved, most=8):
    """Return what changed since the last review as text."""
    rows = moved.head(most)
    return pd.DataFrame({"Fact": rows["name"], "Before": rows["before"].map("{:.3g}".format), "Now": rows["now"].map("{:.3g}".format),
                         "Beyond noise": rows["beyond_noise"].map({True: "yes", False: "no"})})


def next_steps(judged, gates, risks, today):
    """Say what to do next."""
    lines = [f"{risk.get('owner') or 'Somebody'}: {risk.get('contingency') or 'decide what to do'} ({risk.get('name')} is triggered)."
             for risk, watched in risks if watched.state == "met"]
    lines += [f"Measure what “{each.goal.fact}” stands for: no report gives it." for each in judged if each.state == UNKNOWN][:2]
    ahead = [row for row in gates if row[1] >= day(today)]
    if ahead:
        _, on, watched = ahead[0]
        lines.append(f"Prepare the gate of {on}: " + ("its rule is met." if watched.state == "met" else
                     "its rule cannot be read; write it as a fact with a limit." if watched.state == "not on this page" else
                     "its rule is not met yet; decide now what happens if it stays so."))
    return "\n".join(f"{place}. {line[0].upper()}{line[1:]}" for place, line in enumerate(lines or ["Nothing is due."], start=1))
