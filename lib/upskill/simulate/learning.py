"""Training: courses, what they teach, who took them, what it cost, what people said."""

import numpy as np
import pandas as pd

from upskill.simulate.company import members
from upskill.simulate.framework import domain_of
from upskill.simulate.presets import generator

CORE = "c01"
COURSES = pd.DataFrame([
    ("c01", "Building software with AI: eight weeks with your own code", "workshop", "in-house", 40, 1400, "person",
     "assistants; agents; testing; security"),
    ("c02", "Generative AI from the ground up", "self_paced", "library", 10, 90, "person", "concepts; limits"),
    ("c03", "Statistics for people who ship", "self_paced", "library", 16, 120, "person", "metrics; experiments"),
    ("c04", "Retrieval that can be trusted", "live", "vendor", 14, 650, "person", "retrieval; evaluation"),
    ("c05", "Agents: limits, logs and tests", "live", "vendor", 16, 800, "person", "agents; orchestration"),
    ("c06", "Evaluating language models", "workshop", "in-house", 12, 4200, "cohort", "evaluation; judges"),
    ("c07", "Serving models without surprises", "self_paced", "library", 12, 110, "person", "serving; cost; monitoring"),
    ("c08", "Attack your own prompt", "workshop", "in-house", 8, 3000, "cohort", "security; injection"),
    ("c09", "Data, license and duty", "self_paced", "library", 6, 60, "person", "privacy; license; governance"),
    ("c10", "Coaching circle", "mentoring", "in-house", 20, 0, "person", "coaching; delegation"),
    ("c11", "One real use case, measured", "project", "in-house", 30, 0, "person", "value; measurement"),
    ("c12", "Machine learning certificate", "certification", "vendor", 60, 950, "person", "machine learning; tuning"),
], columns=["course_id", "title", "mode", "provider", "hours", "price", "price_per", "topics"])
TEACHES = {  # course: (from level, to level, published gain in levels) by competency
    "c01": {"B1": (1, 3, .6), "B2": (1, 4, .9), "B3": (1, 4, .8), "B4": (1, 3, .6), "C1": (1, 3, .8), "C4": (1, 3, .5),
            "E1": (1, 3, .6), "E2": (1, 3, .5), "F1": (1, 4, .7), "D1": (1, 3, .4), "A1": (0, 3, .5)},
    "c02": {"A1": (0, 3, .7)}, "c03": {"A2": (0, 3, .6), "D1": (0, 2, .3)}, "c04": {"C2": (2, 4, .7), "D1": (1, 3, .3)},
    "c05": {"C4": (2, 4, .8), "E1": (1, 3, .2)}, "c06": {"D1": (1, 4, .8), "B3": (2, 4, .2)},
    "c07": {"D2": (1, 3, .6), "D3": (1, 3, .3)}, "c08": {"E1": (1, 4, .7)}, "c09": {"E2": (0, 3, .5), "E4": (0, 2, .4)},
    "c10": {"F3": (1, 4, .5), "F1": (1, 4, .3)}, "c11": {"F4": (1, 3, .6), "F2": (1, 3, .3)},
    "c12": {"A3": (1, 3, .8), "C3": (1, 3, .5), "A4": (1, 3, .3)},
}
NEEDS = (("c04", "c02"), ("c05", "c01"), ("c06", "c03"), ("c12", "c03"))
QUESTIONS = ("I can use this in my work", "The pace was right", "I would recommend this training")
COMMENTS = {
    "time": ("More time to practice, please.", "Hard to fit in beside the sprint.", "A fixed afternoon each week would help."),
    "tools": ("The assistant was slow on our large repository.", "Access to the tools came late."),
    "relevance": ("Examples from our own code were best.", "Too little on testing."),
    "coaching": ("The coach helped me over the first hurdle.", "Pair work taught me most."),
    "worry": ("I wonder what this means for junior colleagues.",),
}


def make_gains(random):
    """Return the table `course_gains` and the true gains; true = published + Normal(0, published standard error)."""
    rows = [(course, competency, *values, round(0.12 + 0.15 * values[2], 2))
            for course, taught in TEACHES.items() for competency, values in taught.items()]
    names = ["course_id", "competency_id", "from_level", "to_level", "gain", "gain_standard_error"]
    published = pd.DataFrame(rows, columns=names)
    noise = random.normal(0, published["gain_standard_error"])
    true = published[["course_id", "competency_id"]].assign(gain=(published["gain"] + noise).clip(lower=0).round(3))
    return published, true


def make_sessions(calendar):
    """Return the table `course_sessions`: the core course with each cohort, the others by quarter, some yet to come."""
    taught = [course for course, mode in zip(COURSES["course_id"], COURSES["mode"]) if mode in ("live", "workshop")]
    weeks = [week for week in calendar.training if week is not None] + [calendar.weeks + 10]
    rows = [(CORE, calendar.day(week), 60) for week in weeks]
    rows += [(course, calendar.day(week, number), 18) for number, course in enumerate(taught[1:])
             for week in range(calendar.training[0], calendar.weeks + 26, 13)]
    return pd.DataFrame(rows, columns=["course_id", "starts_on", "seats"])


def make_enrolments(random, people, teams, memberships, calendar):
    """Return the table `enrolments`.

    Everybody who is in a team when its training starts takes the core course;
    92 % complete it after 5 to 8 weeks. Beside this each person takes a
    Poisson(0.35) number of other courses at even times; 70 % complete them.
    """
    core = _core_enrolments(random, teams, memberships, calendar)
    other = _other_enrolments(random, people, calendar)
    rows = pd.concat([core, other], ignore_index=True)
    gone = people.set_index("person_id")["end_date"].fillna(calendar.last_day)[rows["person_id"]].to_numpy()
    late = rows["completed_on"].isna() | (rows["completed_on"] > np.minimum(gone, calendar.last_day.to_datetime64()))
    rows.loc[late, "completed_on"] = pd.NaT
    open_ = late & (rows["status"] == "completed")
    rows.loc[open_, "status"] = np.where(gone[open_] < calendar.last_day, "left", "running")
    rows["hours"] = rows["hours"].where(rows["status"] == "completed", rows["hours"] * 0.4).round(1)
    return rows.sort_values(["started_on", "person_id", "course_id"], ignore_index=True)


def _core_enrolments(random, teams, memberships, calendar):
    rows = []
    for team in teams.dropna(subset="training_week").itertuples():
        day = calendar.day(team.training_week)
        there = members(memberships, day)
        rows += [(person, day) for person in there.loc[there["team"] == team.team, "person_id"]]
    frame = pd.DataFrame(rows, columns=["person_id", "started_on"]).drop_duplicates("person_id")
    return _outcomes(random, frame.assign(course_id=CORE), 0.92, 33, 55, 40)


def _other_enrolments(random, people, calendar):
    counts = random.poisson(0.35, len(people))
    person = np.repeat(people["person_id"].to_numpy(), counts)
    joined = np.repeat(people["start_date"].to_numpy(), counts)
    days = calendar.first_day + pd.to_timedelta(random.integers(30, 7 * calendar.weeks - 30, len(person)), "D")
    course = random.choice(["c02", "c03", "c07", "c09", "c10", "c11", "c12"], len(person))
    frame = pd.DataFrame({"person_id": person, "started_on": days, "course_id": course})
    frame = frame[days.to_numpy() > joined].drop_duplicates(["person_id", "course_id"])
    hours = COURSES.set_index("course_id")["hours"][frame["course_id"]].to_numpy()
    return _outcomes(random, frame, 0.7, 14, 80, hours)


def _outcomes(random, frame, share, least_days, most_days, hours):
    """Add completion, hours and status."""
    n = len(frame)
    done = random.random(n) < share
    length = pd.to_timedelta(random.integers(least_days, most_days, n), "D")
    end = pd.Series(frame["started_on"] + length, index=frame.index)
    status = np.where(done, "completed", "dropped")
    return frame.assign(completed_on=end.where(done), hours=hours * random.normal(1, 0.08, n), status=status)


def true_gain_by_domain(true_gains):
    """Return the true gain of the core course by domain: the mean over the competencies of the domain."""
    core = true_gains[true_gains["course_id"] == CORE]
    total = core.groupby(core["competency_id"].map(domain_of()))["gain"].sum()
    return (total / 4).round(4).to_dict()


def make_feedback(seed, enrolments, teams, memberships, calendar):
    """Return the table `feedback`: three questions in weeks 2, 5 and 8 of the core course; anonymous.

    Equation: score = round(3.6 + 0.15 * (round - 1) + Normal(0, 0.8)), cut to 1 .. 5; every third answers a comment.
    """
    random = generator(seed, "feedback")
    started = enrolments.loc[enrolments["course_id"] == CORE, "started_on"]
    cohort_of = dict(zip([calendar.day(w) for w in calendar.training if w is not None], ("first", "second")))
    rows, number = [], 0
    for cohort in random.permutation(started.map(cohort_of).to_numpy()):
        number += 1
        for step, week in enumerate((2, 5, 8)):
            if random.random() < 0.75:
                rows += _answers(random, f"f{number:04d}", cohort, week, step)
    return pd.DataFrame(rows, columns=["respondent_id", "cohort", "week", "question", "score", "comment", "theme"])


def _answers(random, respondent, cohort, week, step):
    rows = []
    for question in QUESTIONS:
        score = int(np.clip(round(3.6 + 0.15 * step + random.normal(0, 0.8)), 1, 5))
        rows.append([respondent, cohort, week, question, score, None, None])
    if random.random() < 0.33:
        theme = random.choice(list(COMMENTS), p=[0.35, 0.2, 0.2, 0.15, 0.1])
        rows[0][5:] = [str(random.choice(COMMENTS[theme])), str(theme)]
    return rows


def make_spend(random, teams, enrolments, memberships, calendar):
    """Return the table `spend`: licenses by month and team, training by cohort, program staff, preparation."""
    rows = [(calendar.day(2), "preparation", 18000.0, None, True), (calendar.day(calendar.policy), "preparation", 9000.0, None, True)]
    months = pd.date_range(calendar.first_day, calendar.last_day, freq="MS")
    for month in months:
        rows.append((month, "program staff", round(9500 + random.normal(0, 300), 2), None, False))
        there = members(memberships, month)["team"].value_counts()
        rows += [(month, "licenses", 39.0 * int(there.get(team.team, 0)), team.team, False)
                 for team in teams.itertuples() if calendar.day(team.license_week) <= month]
    price = COURSES.set_index("course_id")["price"]
    per_person = COURSES.set_index("course_id")["price_per"] == "person"
    for (day, course), group in enrolments.groupby(["started_on", "course_id"]):
        if per_person[course] and price[course] > 0:
            rows.append((day, "training", float(price[course] * len(group)), None, course == CORE))
    frame = pd.DataFrame(rows, columns=["date", "category", "amount", "team", "one_off"])
    return frame.sort_values(["date", "category", "team"], ignore_index=True)
