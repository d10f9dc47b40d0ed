"""What the report shows of people beside speed: each KPI with the one it could be bought at, and how people take it."""

from dataclasses import replace

import numpy as np
import pandas as pd

from upskill import show
from upskill.data import NotEnoughData
from upskill.kpi.amounts import change_text
from upskill.kpi.definitions import names_at
from upskill.kpi.people.surveys import (
    ANSWERS,
    constructs,
    feedback_levels,
    feedback_themes,
    felt_speed,
    wave_levels,
    wave_order,
    wave_shift,
)
from upskill.kpi.people.words import people_words, reading
from upskill.kpi.words import counter_of, percent
from upskill.numerals import general


def asked_of(program, level=0.90):
    """Return [(construct, its waves, levels by wave, change from first to last)], of answers that may be shown.

    Only what definitions.yml knows as a KPI of people, where higher is better; worries
    and barriers belong to the report on adoption. Who counts in a wave was fixed when it was first shown under a label. A wave of
    fewer people than the minimum is left out, and a construct without any wave.
    """
    found, kept = [], {}
    for construct in (one for one in constructs(program) if one.name in names_at("people")):
        waves = wave_order(program, construct.answers["wave"].unique())
        parts = [_released(program, construct, wave, kept) for wave in waves]
        answers = pd.concat([part for part in parts if part is not None] or [construct.answers.iloc[:0]])
        if len(answers):
            construct = replace(construct, answers=answers)
            found.append((construct, waves, wave_levels(construct, waves, level), wave_shift(construct, waves, level)))
    return found


def _released(program, construct, wave, kept):
    """Return the answers of one wave of those who counted when it was first shown; None where they are too few."""
    table, who = ANSWERS[construct.instrument]
    if (table, wave) not in kept:
        everyone = program[table].loc[program[table]["wave"] == wave, who].dropna().astype(str).unique()
        try:
            kept[table, wave] = show.release(f"{construct.instrument}, wave {wave}", everyone)
        except NotEnoughData:
            kept[table, wave] = frozenset()
    answers = construct.answers
    answers = answers[(answers["wave"] == wave) & answers["respondent"].isin(kept[table, wave])]
    return answers if len(answers) >= program.settings.minimum_group_size else None


def show_pairs(tracking, asked):
    """Show each KPI of speed, volume and process beside the one that it could be bought at, and beside people."""
    rows = []
    for tracked in tracking.kpis:
        if tracked.definition.family not in ("speed", "volume", "process", "use"):
            continue
        counter = counter_of(tracked, tracking)
        rows.append((tracked.definition.title, change_text(tracked),
                     counter.definition.title if counter else "cannot be computed here",
                     change_text(counter) if counter else "", reading(tracked, counter, tracking, [one[3] for one in asked])))
    if not rows:
        show.say("No KPI of speed or volume can be computed, so there is nothing to hold against quality and people.")
        return
    frame = pd.DataFrame(rows, columns=["KPI", "Change", "Read with", "Its change", "Together"])
    show.table(frame, f"Speed and volume beside quality and people ({percent(tracking.level)} intervals)", "kpi_pairs",
               group_size=False, note=f"Shown safe: a worsening of the KPI it is read with by more than {percent(tracking.margin)} "
               "is ruled out. " + people_words(asked))


def show_people(program, asked, level=0.90):
    """Show what surveys say by wave: mean with interval, share of top answers, change; record facts."""
    if not asked:
        show.say("No survey or climate questionnaire asks about satisfaction, confidence or safety, or too few answered: how "
                 "people take the change is not known, so no gain in speed can be called safe for them.")
        return
    rows = [(construct.title.capitalize(), row.wave, row.people, _with_ends(row.value, row.low, row.high),
             _with_ends(row.top, row.top_low, row.top_high, "share"),
             _change(shift) if row.wave == shift.last else "") for construct, _, levels, shift in asked
            for row in levels.itertuples()]
    frame = pd.DataFrame(rows, columns=["Asked about", "Wave", "Respondents", f"Mean ({percent(level)} interval)",
                                        "Top two answers", "Change since the first wave"])
    ends = {(construct.low, construct.high) for construct, *_ in asked}
    scales = " or ".join(f"{general(low)} to {general(high)}" for low, high in sorted(ends))
    show.table(frame, "How people take it, by wave", "kpi_people", group_size="Respondents", labels=2,
               note=f"Scale {scales}; items that ask the other way round are turned around. Top two answers: respondents whose mean is "
                    "at most one step below the best. Those who did not answer may feel otherwise.")
    for construct, _, levels, shift in asked:
        _record(construct, levels.iloc[-1], shift, level)


def _with_ends(value, low, high, unit=""):
    if not np.isfinite(low):
        return f"{show.format_number(value, unit)} (all the same)"
    return show.fact_text(value, low, high, unit)


def _change(shift):
    if not np.isfinite(shift.low):
        return shift.reason
    sign = "+" if shift.value > 0 else ""
    return f"{sign}{show.fact_text(shift.value, shift.low, shift.high)}: {shift.verdict}"


def _record(construct, last, shift, level):
    known, name = np.isfinite(last["low"]), f"kpi.people.{construct.name}"
    ends = (last["low"], last["high"]) if known else (None, None)
    show.fact(name, last["value"], *ends, level=level, better="higher", group_size=int(last["people"]))
    if np.isfinite(shift.low):
        show.fact(f"{name}.shift", shift.value, shift.low, shift.high, level=level, unit="points", better="higher",
                  group_size=int(last["people"]))


def show_feedback(program, level=0.90):
    """Show what participants answered, how fast it felt, and what their comments are about; never a comment."""
    try:
        rows = feedback_levels(program, level)
        frame = pd.DataFrame({"Question": rows["question"], "Cohort": rows["cohort"], "Respondents": rows["people"],
                              f"Mean ({percent(level)} interval)": [_with_ends(*row) for row in rows[["mean", "low", "high"]]
                                                                   .itertuples(index=False)]})
        show.table(frame, "What participants answered", "kpi_feedback", group_size="Respondents", labels=2)
    except NotEnoughData as error:
        show.say(f"What participants answered is not known: {str(error).rstrip('.')}.")
    _show_themes(program)
    _show_felt(program, level)


def _show_themes(program):
    try:
        themes = feedback_themes(program)
    except NotEnoughData:
        return
    if len(themes):
        frame = themes.rename(columns={"theme": "Theme", "people": "Respondents", "comments": "Comments"})
        frame["Theme"] = frame["Theme"].astype(str).str.capitalize()
        show.table(frame, "What comments are about", "kpi_themes", group_size="Respondents",
                   note="Themes were coded by an analyst; comments are counted, never shown. One person can name several.")


def _show_felt(program, level):
    try:
        people, mean, low, high = felt_speed(program, level)
        if people < program.settings.minimum_group_size:
            raise NotEnoughData("too few people took part in the pilot")
        text = show.fact("kpi.people.felt_change_of_time", mean, *((low, high) if np.isfinite(low) else (None, None)),
                         level=level, unit="percent change", better="lower", group_size=people)
    except NotEnoughData as error:
        show.say(f"How fast it felt is not known: {str(error).rstrip('.')}.")
        return
    show.say(f"How fast it felt: {people} people in the pilot felt a change of the time per task of {text} with the tool. "
             "What is felt is not what is measured; the pilot evaluation holds the two against each other.")
