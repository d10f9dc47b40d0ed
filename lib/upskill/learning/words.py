"""What the report on the learning plan says in words: pure functions from a `LearningPlan` to sentences and tables."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from upskill.learning.decay import HALF_LIFE_MONTHS, months_until
from upskill.learning.outcome import reasons
from upskill.learning.whole import REFRESH_AT
from upskill.numerals import general, number

MODES = {"self_paced": "self-paced", "live": "live", "workshop": "workshop", "mentoring": "mentoring",
         "project": "own project", "certification": "certificate"}


def listed(names):
    """Join names as a reader would.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    names = list(names)
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def span(low, high, digits=1):
    return f"{number(low, digits)} to {number(high, digits)}"


def shown_roles(plan, mask, smallest):
    """Return the roles with at least `smallest` people among those of `mask`, largest first."""
    counts = pd.Series(plan.problem.roles[mask]).value_counts()
    return [str(role) for role in counts[counts >= smallest].index]


def first_sentence(plan, mask, brought):
    """Say what the plan brings; `brought`: text of the fact on levels closed per person."""
    missing = plan.outcome.per_person(mask)[0]
    share = plan.outcome.share(mask)
    return (f"In {plan.wishes.weeks} weeks and at most {general(plan.wishes.hours_per_person)} hours each, the best plan closes "
            f"{brought} per person, {100 * share[0]:.0f} % ({100 * share[1]:.0f} % to {100 * share[2]:.0f} %) of the {number(missing)} levels "
            "that people lack to what their roles need, all competencies added up.")


def second_sentence(plan, mask, money, smallest):
    """Say which courses carry the plan, and what it costs; `money`: of the whole company."""
    heads = course_counts(plan, mask)
    top = named_courses(plan, mask, smallest).nlargest(3, "hours")
    people = f"{number(heads['hours'].sum(), 0)} hours of {int(mask.sum())} people"
    cost = f"{money} in course prices and {people}" if mask.all() else f"{people}; course prices of the whole company come to {money}"
    if top.empty:
        return f"No course is taken by enough people to be named; the plan costs {cost}."
    return f"Most hours go into {listed(f'“{title}”' for title in top['title'])}; it costs {cost}."


def named_courses(plan, mask, smallest):
    """Return the rows of `course_counts` that may be named: who takes a course alone would be known by its title."""
    table = course_counts(plan, mask)
    return table[table["people"] >= smallest]


def first_sessions(plan, mask, smallest, most=3):
    """Return the courses with seats whose sessions come first, of those that may be named, as rows of `course_counts`."""
    dated = named_courses(plan, mask, smallest)
    return dated[np.isfinite(dated["seats"]) & dated["first"].notna()].sort_values("first").head(most)


def third_sentence(plan, mask, smallest):
    """Say what to book first, what limits the plan, and that all of it cannot be closed this way."""
    soon = first_sessions(plan, mask, smallest, 1)
    book = "".join(f"Book “{row.title}” first ({row.first:%Y-%m-%d}). " for row in soon.itertuples())
    seats, ten = plan.margins.seats, plan.margins.ten_hours
    share_of_ten = ten / max(plan.choice.worth.sum(), 1e-12)
    scarce = titles_of(plan, seats[seats > 0].index[:2])
    text = book + (f"Hours are what limits the company's plan: ten more each would close {100 * share_of_ten:.0f} % more"
            if share_of_ten >= 0.05 else "More hours would hardly help")
    text += (f", and seats are short in {listed(f'“{title}”' for title in scarce)}." if scarce else
             "; no course is short of seats.")
    return text


def titles_of(plan, courses):
    return [str(plan.courses.set_index("course_id").loc[course, "title"]) for course in courses]


def course_counts(plan, mask):
    """Return one row per course that these people take: title, mode, provider, people, hours (all together), starts."""
    heads = plan.choice.taken[mask].sum(axis=0)
    table = plan.courses.assign(people=heads, hours=heads * plan.problem.hours)
    first = plan.schedule.rows.groupby("course_id")["starts_on"].min()
    return table.assign(first=table["course_id"].map(first))[table["people"].to_numpy() > 0]


def course_texts(plan, mask, smallest):
    """Return the courses of the plan that may be named as text, most people first."""
    table = named_courses(plan, mask, smallest).sort_values("people", ascending=False)
    return pd.DataFrame({
        "Course": table["title"], "Form": table["mode"].map(MODES).fillna(table["mode"]),
        "People": table["people"].astype(int),
        "Hours each": table["length"], "Seats": [_seats(row) for row in table.itertuples()],
        "First start": [f"{day:%Y-%m-%d}" if pd.notna(day) else "no session in time" for day in table["first"]]})


def read_courses(plan, mask, smallest):
    """Say how many courses are not named, as too few people take them."""
    others = len(course_counts(plan, mask)) - len(named_courses(plan, mask, smallest))
    if not others:
        return "Seats: in the sessions to come within these weeks."
    return (f"Seats: in the sessions to come within these weeks. {others} more course{'s' if others > 1 else ''}, {'each ' if others > 1 else ''}taken by fewer "
            f"than {smallest} people, {'are' if others > 1 else 'is'} not named.")


def read_roles(plan, mask, smallest):
    """Say what the plan brings where no role is large enough to be shown by itself."""
    missing, closed, low, high = plan.outcome.per_person(mask)
    return (f"No role has {smallest} people here, so only all {int(mask.sum())} together are shown: the plan closes {number(closed)} "
            f"({span(low, high)}) of {number(missing)} levels per person.")


def _seats(row):
    return "no limit" if not np.isfinite(row.seats) else f"{int(row.seats)}"


def session_texts(plan, mask, smallest):
    """Return who starts what when, by course and month; months with few starts are joined to the next ones."""
    chosen = {person for person, own in zip(plan.problem.people, mask, strict=True) if own}
    rows = plan.schedule.rows[plan.schedule.rows["person_id"].isin(chosen)]
    counts = rows.assign(month=rows["starts_on"].dt.to_period("M")).groupby(["course_id", "month"]).size()
    parts = []
    for course, months in counts.groupby(level=0):
        title, start, held = titles_of(plan, [course])[0], None, 0
        entries = []
        for (_, month), count in months.items():
            start, held = start or month, held + count
            if held >= smallest:
                entries.append([start, month, held])
                start, held = None, 0
        if held and entries:
            entries[-1][1], entries[-1][2] = months.index[-1][1], entries[-1][2] + held
        parts += [(title, _months(first, last), count) for first, last, count in entries]
    table = pd.DataFrame(parts, columns=["Course", "Start", "People"])
    first = table.groupby("Course")["Start"].transform("min")
    return table.iloc[first.argsort(kind="stable")].reset_index(drop=True)  # courses that start first stand first


def _months(first, last):
    return f"{first}" if first == last else f"{first} to {last}"


def role_texts(plan, roles, mask):
    """Return what the plan brings by role, as text."""
    rows = []
    for role in roles:
        own = mask & (plan.problem.roles == role)
        missing, closed, low, high = plan.outcome.per_person(own)
        rows.append({"Role": role, "People": int(own.sum()), "Levels missing each": number(missing),
                     "Closed by the plan": f"{number(closed)} ({span(low, high)})",
                     "Hours each": f"{(plan.choice.taken[own] @ plan.problem.hours).mean():.0f}",
                     "Courses each": number(plan.choice.taken[own].sum(axis=1).mean())})
    return pd.DataFrame(rows)


def shares(plan, mask, smallest):
    """Return roles × courses: the share of the role's people who take the course, 0 where fewer than `smallest` do, and
    1 where all but fewer than `smallest` do.
    """
    frame = pd.DataFrame(plan.choice.taken[mask], columns=list(plan.problem.courses)).assign(role=plan.problem.roles[mask])
    counts, sizes = frame.groupby("role").sum(), frame.groupby("role").size()
    share = counts.div(sizes, axis=0)
    return share.mask(counts < smallest, 0.0).mask(counts.rsub(sizes, axis=0) < smallest, 1.0).mask(counts < smallest, 0.0)


def has_paths(plan, roles, mask, smallest):
    """Tell whether any course is taken by enough people of any of these roles to draw a path."""
    return bool(len(roles)) and bool((shares(plan, mask, smallest).loc[list(roles)] > 0).to_numpy().any())


def share_text(share):
    """Write a share of `shares`; few and most stay vague, as they would say something of single people.

    >>> share_text(0.0), share_text(0.5), share_text(1.0)
    ('few', '50 %', 'most')
    """
    return "most" if share == 1 else "few" if share == 0 else f"{100 * share:.0f} %"


def differing(plan, one, other, smallest, most=4):
    """Return the courses in which two roles' paths differ most: title, share of each, and the competencies behind it."""
    table = shares(plan, np.ones(len(plan.problem.people), bool), smallest)
    away = table.loc[one] - table.loc[other]
    rows = []
    for course in away.abs().sort_values(ascending=False).index[:most]:
        if away[course]:
            leader = one if away[course] > 0 else other
            rows.append({"course": titles_of(plan, [course])[0], "one": table.loc[one, course],
                         "other": table.loc[other, course], "why": reasons(plan.basis, leader, course), "leader": leader})
    return rows


def difference_texts(plan, one, other, smallest, names):
    """Return `differing` as a table of text; `names`: competency_id -> name."""
    rows = [{"Course": row["course"], one.capitalize(): share_text(row["one"]), other.capitalize(): share_text(row["other"]),
             "Because of": listed(f"{names.get(why.competency_id, why.competency_id)} ({number(why.missing)} levels missing)"
                                  for why in row["why"].head(2).itertuples())}
            for row in differing(plan, one, other, smallest)]
    return pd.DataFrame(rows, columns=["Course", one.capitalize(), other.capitalize(), "Because of"])


def margin_texts(plan):
    """Return what one more seat would buy, by course that is full, in levels weighed by importance."""
    seats = plan.margins.seats
    return pd.DataFrame({"Course": titles_of(plan, seats.index),
                         "Seats": [f"{int(plan.courses.set_index('course_id').loc[course, 'seats'])}" for course in seats.index],
                         "Levels that one more seat closes": [number(value, 2) for value in seats]})


def read_margins(plan):
    """Say what one more hour or seat would buy."""
    worth = max(plan.choice.worth.sum(), 1e-12)
    text = (f"Weighed by importance, one more hour for everybody would close {number(100 * plan.margins.hour / worth)} % more than this "
            f"plan does, ten more {number(100 * plan.margins.ten_hours / worth, 0)} %.")
    if plan.margins.seats.empty:
        return text + " No course is full, so more seats would buy nothing."
    best = plan.margins.seats.index[0]
    if plan.margins.seats.iloc[0] < 0.005:
        return text + " Courses are full, yet those without a seat are served as well by others: more seats would buy nothing."
    return text + f" A seat is worth most in “{titles_of(plan, [best])[0]}”."


def gain_texts(plan):
    """Return what was learnt of the courses that own people took, by course."""
    table = plan.gains
    rows = []
    for course, part in table.groupby("course_id", sort=False):
        if not part["completed"].max():
            continue
        own = part[part["source"].str.startswith("own")]
        rows.append({"Course": titles_of(plan, [course])[0] if course in set(plan.courses["course_id"]) else course,
                     "People": int(part["completed"].max()), "Promised": number(part["catalogue"].mean(), 2),
                     "Own people gained": _gain(own["own_gain"], own["own_gain_standard_error"], 1 / own["own_gain_standard_error"] ** 2)
                     if len(own) else "not enough data",
                     "Both together": _gain(part["gain"], part["gain_standard_error"])})
    return pd.DataFrame(rows, columns=["Course", "People", "Promised", "Own people gained", "Both together"])


def _gain(gains, errors, weights=None, level=0.90):
    """Write the mean gain over what a course teaches; its parts may be off together, so their errors do not cancel."""
    gain, half = np.average(gains, weights=weights), ndtri((1 + level) / 2) * np.average(errors, weights=weights)
    return number(gain, 2) + (f" ({span(gain - half, gain + half, 2)})" if half > 0 else "")


def read_gains(plan):
    """Say how far own data carry."""
    known = plan.gains[plan.gains["source"].str.startswith("own")]["course_id"].nunique()
    return (f"{known} of {plan.gains['course_id'].nunique()} courses {'was' if known == 1 else 'were'} completed by enough people, with enough others "
            "to compare them with; for the others the catalogue's promise stands, unproven here.")


def refresh_texts(as_of):
    """Return when to refresh and to assess again, for skills that are not used: kind, months, date."""
    rows = []
    for kind, half_life in HALF_LIFE_MONTHS.items():
        months, half = float(months_until(REFRESH_AT, half_life)), float(months_until(REFRESH_AT, half_life, used_share=0.5))
        rows.append({"Kind of skill": {"accuracy": "where being right counts", "mixed": "mixed", "speed": "where speed counts"}[kind],
                     "Half of a gain is gone after": f"{general(half_life)} months",
                     "Refresh, if never used, after": f"{number(months, 1)} months",
                     "Refresh, if used half of the time, after": f"{number(half, 1)} months",
                     "If learnt now, assess again by": f"{as_of + pd.Timedelta(days=30.44 * months):%Y-%m-%d}"})
    return pd.DataFrame(rows)


def uncovered(plan):
    """Return the competencies for which the catalogue closes least of what is missing: competency_id, missing, closable."""
    basis, problem = plan.basis, plan.problem
    lacking = np.nansum(np.maximum(basis.aims[:, :, None] - np.arange(6), 0) * basis.levels, axis=2)
    best = np.minimum((problem.gains * ~problem.done[:, :, None]).sum(axis=1), lacking)
    table = pd.DataFrame({"competency_id": problem.competencies, "missing": lacking.mean(axis=0),
                          "closable": best.mean(axis=0), "weight": (basis.importance * (lacking - best)).mean(axis=0)})
    return table.sort_values("weight", ascending=False, ignore_index=True)


def pair_of(roles):
    """Return the two roles whose paths are compared: developer and data scientist where both are shown, else the two largest.

    >>> pair_of(["tester", "developer", "data scientist"])
    ('developer', 'data scientist')
    """
    wanted = [role for role in ("developer", "data scientist") if role in roles]
    pair = wanted if len(wanted) == 2 else list(roles)[:2]
    return tuple(pair) if len(pair) == 2 else None


def read_difference(plan, pair, smallest):
    """Say where two paths differ, in one sentence."""
    if not pair:
        return "There are no two roles large enough to compare."
    rows = differing(plan, *pair, smallest)
    if not rows:
        return f"The paths of {pair[0]}s and {pair[1]}s hardly differ."
    first = rows[0]
    other = pair[1] if first["leader"] == pair[0] else pair[0]
    return (f"They differ most in “{first['course']}”, which more {first['leader']}s take than {other}s. Few: fewer than "
            f"{smallest} people; most: all but fewer than {smallest}. The last column says what those who take it more often lack.")


def timeline_title(starts):
    """Say how many starts there are, and in which month most of them lie."""
    first = starts.groupby("Start")["People"].sum()
    return f"The busiest start is {first.idxmax()}: {int(first.max())} of the {int(first.sum())} starts shown"
