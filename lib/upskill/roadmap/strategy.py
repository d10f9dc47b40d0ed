"""Questions of strategy, answered from facts and tables: where AI can add value, and what partners give for their price."""

import re

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.numerals import number

# Losses of delivery that AI could lessen: fact, what is lost, what lessens it.
LOSSES = (("kpi.review_time_hours", "waiting for review and merge", "AI as a first reader of changes, people as the last"),
          ("kpi.change_failure_rate", "deployments that need mending at once", "tests and review with AI, before speed"),
          ("kpi.rework_rate", "deployments that only mend", "AI for tests and for finding causes"),
          ("kpi.time_to_market_hours", "the way from idea to use", "AI for prototypes and requirements"))
MOST_GAPS = 3


def widest_gaps(facts, most=MOST_GAPS):
    """Return the facts of roles and domains that are clearly short of their targets, widest first."""
    gaps = [fact for name, fact in facts.items() if name.startswith("skills.role_shortfall.") and fact.has_interval and fact.low > 0]
    return sorted(gaps, key=lambda fact: -fact.value)[:most]


def value_rows(facts, show_number):
    """Return where AI can add value: rows (where, what the facts say, what could lessen it); `show_number`: formats a fact.

    Gaps of roles first, widest first, then losses of delivery in the order of work.
    """
    rows = []
    for fact in widest_gaps(facts):
        domain, role = (re.sub(r"\bai\b", "AI", part.replace("_", " ")) for part in fact.name.split(".")[2:])
        rows.append((f"{role}: {domain}", f"{show_number(fact)} short of the role's target", "the learning plan's courses for this role"))
    rows += [(what, show_number(facts[name]), lessens) for name, what, lessens in LOSSES if name in facts and facts[name].value is not None]
    return pd.DataFrame(rows, columns=["Where", "What the facts say", "What could lessen it"])


def providers(program):
    """Return one row per provider of courses: provider, courses, competencies, hours, price, gain, price_per_level.

    hours: of all its courses; price: of one person's place in all of them (courses priced per person only, else NaN); gain: levels that
    they promise, summed over competencies; price_per_level: price ÷ gain of the courses priced per person. Promises are those of
    `course_gains`, not measured unless the program did. Raises NotEnoughData without courses, or where none names a provider.
    """
    program.require("courses")
    courses = program["courses"].dropna(subset=["provider"]).drop_duplicates("course_id")
    if courses.empty:
        raise NotEnoughData("no course names its provider")
    gains = program["course_gains"] if "course_gains" in program else pd.DataFrame({"course_id": [], "competency_id": [], "gain": []})
    promised = gains.groupby("course_id")["gain"].sum()
    courses = courses.assign(gain=courses["course_id"].map(promised), own=courses["price"].where(courses["price_per"] == "person"))
    rows = []
    for provider, group in courses.groupby("provider"):
        paid = group.dropna(subset=["own", "gain"])
        levels = float(paid["gain"].sum())
        rows.append({"provider": provider, "courses": len(group), "hours": float(group["hours"].sum()),
                     "competencies": int(gains.loc[gains["course_id"].isin(group["course_id"]), "competency_id"].nunique()),
                     "gain": float(group["gain"].sum()), "price": float(paid["own"].sum()) if len(paid) else np.nan,
                     "price_per_level": float(paid["own"].sum()) / levels if levels > 0 else np.nan})
    return pd.DataFrame(rows).sort_values("price_per_level", na_position="last", ignore_index=True)


def provider_texts(table, money):
    """Return the providers as text; `money`: formats an amount."""
    return pd.DataFrame({
        "Provider": table["provider"], "Courses": table["courses"], "Competencies": table["competencies"],
        "Hours": [number(hours, 0) for hours in table["hours"]], "Levels promised": [number(gain) for gain in table["gain"]],
        "Price of a level": ["–" if np.isnan(price) else money(price) for price in table["price_per_level"]]})


def read_strategy(facts, show_number):
    """Say which option is worth most, and whether the next best can be told apart; "" where none are compared."""
    values = {name.split(".")[1]: fact for name, fact in facts.items() if name.startswith("options.") and name.endswith(".net_present_value")}
    known = {name: fact for name, fact in values.items() if fact.value is not None}
    if len(known) < 2:
        return ""
    best = max(known, key=lambda name: known[name].value)
    lead = facts.get("options.lead_over_second")
    doubt = "" if lead is not None and lead.has_interval and lead.low > 0 else ", but the next best cannot be told apart"
    return f"Of {len(known)} options, {best.replace('_', ' ')} has the highest net value, {show_number(known[best])}{doubt}."
