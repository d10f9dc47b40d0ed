"""Training: courses, what they teach, who took them, what it cost, what people said."""

import numpy as np
import pandas as pd

from upskill.simulate.catalog import COMMENTS, CORE, COURSES, NEW, QUESTIONS, TEACHES
from upskill.simulate.company import members
from upskill.simulate.framework import domain_of
from upskill.simulate.presets import generator

LICENSE_PER_MONTH = 39.0  # money per person


def make_gains(random):
    """Return the table `course_gains` and the true gains.

    Equation: true gain = published gain + Normal(0, published standard error), not below 0.
    """
    rows = [(course, competency, *values, round(0.12 + 0.15 * values[2], 2))
            for course, taught in TEACHES.items() for competency, values in taught.items()]
    names = ["course_id", "competency_id", "from_level", "to_level", "gain", "gain_standard_error"]
    published = pd.DataFrame(rows, columns=names)
    is_new = published["course_id"].isin(NEW).to_numpy()
    errors = published["gain_standard_error"].to_numpy()
    noise = np.zeros(len(published))
    noise[~is_new] = random.normal(0, errors[~is_new])
    noise[is_new] = random.spawn(1)[0].normal(0, errors[is_new])
    gain = (published["gain"] + noise).clip(lower=0).round(3)
    return published, published[["course_id", "competency_id"]].assign(gain=gain)


def make_sessions(engineers, calendar):
    """Return the table `course_sessions`: the core course with each cohort, others by quarter.

    Some lie after the last day of the data: they can still be booked. The third cohort begins after it is decided on;
    whoever misses that session waits for the next quarter.
    """
    dated = COURSES["mode"].isin(["live", "workshop"])
    taught = COURSES.loc[dated & ~COURSES["course_id"].isin(NEW), "course_id"].tolist()
    new = COURSES.loc[dated & COURSES["course_id"].isin(NEW), "course_id"].tolist()
    weeks = [week for week in calendar.training if week is not None] + [calendar.weeks + 14, calendar.weeks + 27]
    rows = [(CORE, calendar.day(week), (engineers + 1) // 2) for week in weeks]
    rows += [(course, calendar.day(week, number), 18) for number, course in enumerate(taught[1:])
             for week in range(calendar.training[0], calendar.weeks + 26, 13)]
    rows += [(course, calendar.day(week, number), 15) for number, course in enumerate(new)
             for week in (calendar.weeks + 4, calendar.weeks + 17)]
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
    late = rows["completed_on"].isna() | (rows["completed_on"] > gone)
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
    after = random.integers(30, 7 * calendar.weeks - 30, len(person))
    days = calendar.first_day + pd.to_timedelta(after, "D")
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

    Equation: score = round(3.6 + 0.15 * (turn - 1) + Normal(0, 0.8)), cut to 1 .. 5; a third comments.
    """
    random = generator(seed, "feedback")
    started = enrolments.loc[enrolments["course_id"] == CORE, "started_on"]
    cohort_of = dict(zip([calendar.day(w) for w in calendar.training if w is not None], ("first", "second")))
    rows = []
    for number, cohort in enumerate(random.permutation(started.map(cohort_of).to_numpy()), 1):
        for step, week in enumerate((2, 5, 8)):
            if random.random() < 0.75:
                rows += _answers(random, f"f{number:04d}", cohort, week, step)
    names = ["respondent_id", "cohort", "week", "question", "score", "comment", "theme"]
    return pd.DataFrame(rows, columns=names)


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
    """Return the table `spend`: preparation, program staff, licenses by month and team, and training."""
    rows = [(calendar.day(2), "preparation", 18000.0, None, True),
            (calendar.day(calendar.policy), "preparation", 9000.0, None, True)]
    for month in pd.date_range(calendar.first_day, calendar.last_day, freq="MS"):
        rows.append((month, "program staff", round(9500 + random.normal(0, 300), 2), None, False))
        rows += _licenses(month, teams, memberships, calendar)
    rows += _training(enrolments)
    frame = pd.DataFrame(rows, columns=["date", "category", "amount", "team", "one_off"])
    return frame.sort_values(["date", "category", "team"], ignore_index=True, kind="stable")


def _licenses(month, teams, memberships, calendar):
    heads = members(memberships, month)["team"].value_counts()
    return [(month, "licenses", LICENSE_PER_MONTH * int(heads.get(team.team, 0)), team.team, False)
            for team in teams.itertuples() if calendar.day(team.license_week) <= month]


def _training(enrolments):
    """Price per person of the courses that were started on a day."""
    courses = COURSES.set_index("course_id")
    paid = courses.index[(courses["price_per"] == "person") & (courses["price"] > 0)]
    counts = enrolments[enrolments["course_id"].isin(paid)].groupby(["started_on", "course_id"]).size()
    return [(day, "training", float(courses.at[course, "price"] * count), None, course == CORE)
            for (day, course), count in counts.items()]
