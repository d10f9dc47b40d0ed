"""What the report on the roadmap says in words: pure functions from results to sentences and tables of text."""

import pandas as pd

from upskill.data import Fact
from upskill.numerals import general, of_hundred
from upskill.roadmap.gates import MISSED, NOT_YET, REACHED, UNKNOWN
from upskill.roadmap.rules import limits_in

STATES = {"met": "met", "not met": "not met", "cannot tell": "cannot tell yet", "not on this page": "for people to judge"}
PARTLY = "read only in part"
# Facts whose names read badly in running text.
NAMES = {"skills.assessed": "people assessed", "kpi.ai_use": "AI tool use", "pilot.effect": "effect of the pilot",
         "roi.net_present_value": "net value of the training"}


def hundred(chance, limit=None):
    """Write a chance as so many in 100, vague near the ends; never as a limit that it does not equal.

    >>> hundred(0.714), hundred(0.999), hundred(0.001), hundred(0.797, 0.8)
    ('71 in 100', 'over 95 in 100', 'under 5 in 100', 'just under 80 in 100')
    """
    limits = [] if limit is None else [limit]
    if chance > 0.95 and all(each <= 0.95 for each in limits):
        return "over 95 in 100"
    return "under 5 in 100" if chance < 0.05 and all(each >= 0.05 for each in limits) else f"{of_hundred(chance, limits)} in 100"


def asked(each):
    """Write the chance that a goal asks for."""
    return f"{of_hundred(each.goal.chance)} in 100"


def day(value):
    return f"{pd.Timestamp(value):%Y-%m-%d}"


# Least chance of the last date -> how the answer opens.
OPENINGS = ((0.8, "The dates probably hold"), (0.5, "The dates may hold"), (0.2, "The dates will probably slip"),
            (0.0, "The dates will very probably slip"))


def goal_words(each, show_number):
    """Say a goal in words: what is measured, and its limit in the unit of the fact."""
    name = NAMES.get(each.goal.fact) or " ".join(each.goal.fact.split(".")[1:]).replace("_", " ") or each.goal.fact
    name = f"change of {name.removesuffix(' change')}" if name.endswith(" change") else name
    limit = general(each.goal.limit) if each.fact is None else show_number(Fact(each.goal.fact, each.goal.limit, unit=each.fact.unit))
    return f"{name}: {'at most' if each.goal.is_upper else 'at least'} {limit}"


def now_words(watched, show_number):
    """Say where a watched fact stands; chances as so many of 100, as the summary and the money model do."""
    if watched.fact is None:
        return "–"
    if watched.fact.name in ("summary.chance_of_gain", "roi.chance_of_loss"):
        return f"{of_hundred(watched.fact.value, limits_in(watched.words))} of 100"
    return show_number(watched.fact)


def state_words(watched):
    """Say what became of a rule; where only a part of it is measured, that."""
    return PARTLY if watched.state == "not on this page" and watched.fact is not None else STATES[watched.state]


def current(phases, today):
    """Return the phase that runs today, else the next one, else the last."""
    today = pd.Timestamp(today)
    running = [phase for phase in phases if phase.starts_on <= today <= phase.ends_on]
    ahead = [phase for phase in phases if phase.starts_on > today]
    return (running or ahead or list(phases[-1:]))[0]


def first_sentence(phases, table, today):
    """Say how probable the last date is, and when the end comes instead."""
    last = table.iloc[-1]
    if pd.Timestamp(last["planned_end"]) < pd.Timestamp(today):
        return f"All phases were planned to have ended by {day(last['planned_end'])}; the roadmap needs new dates."
    opening = next(words for least, words in OPENINGS if last["chance"] >= least)
    return (f"{opening}: “{last['phase']}”, the last phase, is planned to end on {day(last['planned_end'])}, with a chance of "
            f"{hundred(last['chance'])}. In half of the simulated futures it has ended by {day(last['middle'])}, in 95 of 100 by {day(last['high'])}.")


def where_we_are(phases, today):
    """Say which phase runs, or which comes next."""
    now, today = current(phases, today), pd.Timestamp(today)
    if now.ends_on < today:
        return ""
    return (f"We are in “{now.name}”, planned to end on {day(now.ends_on)}. " if now.starts_on <= today else
            f"Next is “{now.name}”, planned to start on {day(now.starts_on)}. ")


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
        text += (f"; next, in “{nearest.phase}”: {goal_words(nearest, show_number)}, not yet (chance {hundred(nearest.chance, nearest.goal.chance)}, "
                 f"{asked(nearest)} asked for)")
    return text + "."


def third_sentence(gates, today, chance, show_number):
    """Say what the next gate asks for, where it stands, and the chance that its date holds (None: not known)."""
    ahead = [row for row in gates if row[1] >= day(today)]
    if not ahead:
        return "No gate with a date lies ahead; fix the next one before its results are known."
    gate, on, watched = ahead[0]
    name = f", “{gate['name']}”" if gate.get("name") else ""
    date = "" if chance is None else f" (chance of making the date: {hundred(chance)})"
    if not watched.words:
        return f"Next gate{name}, on {on}{date}: no rule is written down; write it before its results are known."
    now = f", now {now_words(watched, show_number)}" if watched.fact is not None else ""
    return f"Next gate{name}, on {on}{date}: “{watched.words}”{now}: {state_words(watched)}."


def schedule_texts(phases, table, today):
    """Return the dates as text; of phases that were planned to be over nothing is simulated."""
    over = [phase.ends_on < pd.Timestamp(today) for phase in phases]
    return pd.DataFrame({
        "Phase": table["phase"], "Planned": [f"{day(phase.starts_on)} to {day(phase.ends_on)}" for phase in phases],
        "Half of futures end by": ["taken as over" if past else day(date) for past, date in zip(over, table["middle"], strict=True)],
        "90 of 100 futures": ["" if past else f"{day(row.low)} to {day(row.high)}" for past, row in zip(over, table.itertuples(), strict=True)],
        "Chance of the date": ["" if past else hundred(chance) for past, chance in zip(over, table["chance"], strict=True)]})


def phase_texts(phases):
    """Return what each phase is for, who owns it and with what, as text."""
    return pd.DataFrame({"Phase": [phase.name for phase in phases], "Objective": [phase.goal or "–" for phase in phases],
                         "Owner": [phase.owner or "nobody named" for phase in phases], "Resources": [phase.resources or "–" for phase in phases]})


def goal_texts(judged, show_number):
    """Return goals as text; `show_number`: formats a fact."""
    rows = [{"Phase": each.phase, "Goal": goal_words(each, show_number),
             "Now": "–" if each.fact is None or each.fact.value is None else show_number(each.fact),
             "Chance that it holds": "–" if each.chance is None else hundred(each.chance, each.goal.chance), "Needed": asked(each),
             "State": each.state} for each in judged]
    return pd.DataFrame(rows, columns=["Phase", "Goal", "Now", "Chance that it holds", "Needed", "State"])


def gate_texts(gates, show_number):
    """Return gates as text."""
    rows = [{"Gate": gate.get("name") or "–", "Date": on or "no date", "Rule, fixed beforehand": watched.words or "none",
             "Now": now_words(watched, show_number), "State": state_words(watched)}
            for gate, on, watched in gates]
    return pd.DataFrame(rows, columns=["Gate", "Date", "Rule, fixed beforehand", "Now", "State"])


def risk_texts(risks, show_number):
    """Return risks as text; those whose trigger is met first."""
    order = {"met": 0, "cannot tell": 1, "not on this page": 2, "not met": 3}
    risks = sorted(risks, key=lambda entry: order[entry[1].state])
    rows = [{"Risk": risk.get("name") or "–", "Trigger": watched.words or "none",
             "Now": now_words(watched, show_number),
             "State": {"met": "triggered", "not met": "not triggered"}.get(watched.state, state_words(watched)),
             "Owner": risk.get("owner") or "nobody named", "Contingency": risk.get("contingency") or "none"} for risk, watched in risks]
    return pd.DataFrame(rows, columns=["Risk", "Trigger", "Now", "State", "Owner", "Contingency"])


MOST_MOVED = 8


def moved_texts(moved, show_number, most=MOST_MOVED):
    """Return what changed since the last review as text, what moved beyond the noise first; `show_number`: formats a fact."""
    noise = {True: "yes", False: "no"}
    rows = [{"Fact": row.name.replace(".", ": ", 1).replace("_", " ").replace(".", ", "),
             "Before": show_number(Fact(row.name, row.before, unit=row.unit)), "Now": show_number(Fact(row.name, row.now, unit=row.unit)),
             "Direction": _direction(row), "Beyond noise": noise.get(row.beyond_noise, "cannot be told")}
            for row in moved.head(most).itertuples(index=False)]
    return pd.DataFrame(rows, columns=["Fact", "Before", "Now", "Direction", "Beyond noise"])


def moved_title(review, today):
    """Say from when to when facts are compared."""
    name = f"“{review.label}”" if review.label else "the last review"
    return f"Facts that moved from {name}{f' (data to {review.data_as_of})' if review.data_as_of else ''} to now (data to {day(today)})"


def read_moved(review, moved, facts):
    """Say how many facts moved since the last review, and how many beyond the noise."""
    both = sum(name in review.facts for name in facts)
    name = f"“{review.label}”" if review.label else "the last review"
    if not both:
        return f"None of the facts of {name} can be compared with those of now."
    if moved.empty:
        return f"None of {both} facts moved since {name}: the reports rest on the same data, or on data that say the same."
    clear = int((moved["beyond_noise"] == True).sum())
    rest = f"; the table shows {MOST_MOVED}, those beyond the noise first" if len(moved) > MOST_MOVED else ""
    return f"{len(moved)} of {both} facts moved since {name}, {clear or 'none'} beyond the noise{rest}. Moves within the noise may be chance."


def _direction(row):
    if row.better not in ("higher", "lower"):
        return "neither"
    return "better" if (row.now > row.before) == (row.better == "higher") else "worse"
