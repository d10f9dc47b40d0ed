"""How sure the learning plan is, what to do next, and what was assumed: from a `LearningPlan` to sentences."""

import numpy as np
import pandas as pd

from upskill.data import numbered
from upskill.learning.decay import HALF_LIFE_MONTHS
from upskill.learning.words import course_counts, first_sessions, listed, titles_of
from upskill.numerals import general, number

MUCH_OPEN, MUCH_MORE = 0.5, 0.05  # shares from which on what stays open, or what ten hours add, calls for a decision


def proven_courses(plan):
    """Return the ids of the courses that enough own people took to say what they brought."""
    return set(plan.gains.loc[plan.gains["source"].str.startswith("own"), "course_id"])


def unproven(plan, mask, smallest):
    """Return (share of the planned hours that rests on the catalogue's word, title of the largest such course or "")."""
    hours = course_counts(plan, mask)
    own = hours["course_id"].isin(proven_courses(plan))
    share = float(hours.loc[~own, "hours"].sum() / max(hours["hours"].sum(), 1e-12))
    others = hours[~own & (hours["people"] >= smallest)]
    return share, str(others.loc[others["hours"].idxmax(), "title"]) if len(others) else ""


def sureness(plan, mask, smallest):
    """Say what the interval means for the plan, what is weakest, what is missing, and what would make it surer."""
    _, low, high = plan.outcome.share(mask)
    share, largest = unproven(plan, mask, smallest)
    best = (f"The choice of courses is within {number(100 * plan.choice.gap)} % of the best that these hours, seats and this money allow"
            if plan.choice.gap > 5e-4 else "No other choice within these limits closes more")
    lines = [
        (f"**For this decision.** {best}. What it brings is less sure: {100 * low:.0f} % to {100 * high:.0f} % of what is missing, "
        f"as levels and gains are known with error. Even at the upper end {100 - 100 * high:.0f} % stays open."),
        f"**Weakest.** {100 * share:.0f} % of the planned hours go into courses of which only the catalogue says what they bring. The "
        f"plan counts on less than is promised (what courses reach in {100 - 100 * plan.wishes.caution:.0f} of 100 cases), since those "
        "that look best owe part of it to luck." if share else
        "**Weakest.** That people who take a course later will gain as much as those before them.",
        "**Missing.** How many will drop out: everybody is taken to finish what is planned."
        + "".join(f" {text}" for text in _left_out(plan)),
        f"**It would be surer with** a test before and after “{largest}”, the largest course that nobody has measured here."
        if largest else "**It would be surer with** the next wave of tests, which measures these courses again."]
    return "\n\n".join(lines)


def _left_out(plan):
    if plan.choice.unmet:
        yield f"The floor could not be reached for: {listed(plan.choice.unmet)}."
    if plan.schedule.late:
        yield f"{plan.schedule.late} bookings found no session after what they require; they wait for the next dates."
    yield from (f"{count} {reason}." for reason, count in plan.basis.left_out.items() if reason.startswith("courses"))


def next_steps(plan, mask, smallest, owner="", by=""):
    """Say what to do, in at most five steps; owner, by: who decides next and by when."""
    soon = first_sessions(plan, mask, smallest)
    book = listed(f"“{row.title}”" for row in soon.itertuples())
    first = f"{soon['first'].iloc[0]:%Y-%m-%d}, the first session" if len(soon) else ""
    steps = [(f"**Book** the sessions that come first: {book}.", owner, first)] if book else [
        ("**Book nothing yet**: no course that enough people take has a date with seats.", "", "")]
    steps.append((("**Give everybody their own plan** (`upskill own-page`) and protect the hours in the calendar: a plan without "
                  "hours is a wish."), "", first))
    ten = plan.margins.ten_hours / max(plan.choice.worth.sum(), 1e-12)
    if ten > MUCH_MORE:
        steps.append(((f"**Decide on ten more hours each**: hours are what limits this plan, and ten more would close "
                      f"{100 * ten:.0f} % more than it does."), owner, by))
    scarce = plan.margins.seats[plan.margins.seats >= 0.005].index[:2]
    if len(scarce):
        steps.append((f"**Ask for more seats** in {listed(f'“{title}”' for title in titles_of(plan, scarce))}.", "", ""))
    share, largest = unproven(plan, mask, smallest)
    if largest and share > MUCH_OPEN:
        steps.append(((f"**Measure “{largest}”** by a test before and after: its promise is unproven here, and what own people gain "
                      "beside others is correlational unless places are drawn by lot."), "", ""))
    elif 1 - plan.outcome.share(mask)[0] > MUCH_OPEN:
        steps.append(("**Build what the catalogue lacks**: the sheets above say which modules first.", owner, ""))
    return numbered(steps)


def assumed(plan, money):
    """Return what the plan takes for granted, as rows (assumption, value, source, who confirmed it); money: budget as text."""
    wishes, own = plan.wishes, proven_courses(plan)
    setting = "parameter of this report"
    halves = ", ".join(general(months) for months in HALF_LIFE_MONTHS.values())
    rows = [("Hours that each person may learn", f"{general(wishes.hours_per_person)} hours in {wishes.weeks} weeks", setting, ""),
            ("Course prices that may be spent", money if np.isfinite(wishes.budget) else "no limit", setting, ""),
            ("Least that each role closes", f"{100 * wishes.floor:.0f} % of what it could by itself", setting, ""),
            ("What a course is counted on for", f"what it reaches in {100 - 100 * wishes.caution:.0f} of 100 cases",
             "rule of the workbook", "rule of the workbook"),
            ("What courses bring", f"own people for {len(own)} of {plan.gains['course_id'].nunique()} courses, the catalogue for the rest",
             "tables course_gains, enrolments and test_responses", "not recorded"),
            ("Completion", "everybody finishes what is planned", "no data yet", ""),
            ("Months until half of a gain is gone", f"{halves} ({', '.join(HALF_LIFE_MONTHS)})", "Tatel and Ackerman 2025",
             "published")]
    return pd.DataFrame(rows, columns=["Assumption", "Value", "Source", "Confirmed"])
