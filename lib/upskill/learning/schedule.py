"""From who takes what to when: sessions with seats, what is required first, hours per week."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Schedule:
    """`rows`: person_id, course_id, starts_on, ends_on; `late`: number of (person, course) that found no session after
    what they require.
    """

    rows: pd.DataFrame
    late: int


def schedule(problem, taken, sessions, first_day, hours_per_week, seed=20261123):
    """Give each chosen course its dates.

    Courses with sessions start with the earliest one that has a seat left and comes after what is required, none where what is
    required found none; others start when the person is free. At `hours_per_week` a course of h hours takes h ÷ hours_per_week weeks.
    People are served in a seeded order by lot. `sessions`: course_id, starts_on, seats; `first_day`: nothing
    starts before.
    """
    if not hours_per_week > 0:
        raise ValueError(f"hours_per_week={hours_per_week}: expected more than 0")
    left = [
        [pd.Timestamp(row.starts_on), row.course_id, float(row.seats)]
        for row in sessions.sort_values("starts_on").itertuples()
    ]
    by_course = {course: [session for session in left if session[1] == course] for course in problem.courses}
    rows, late = [], 0
    for person in np.random.default_rng(seed).permutation(len(problem.people)):
        own, missed = _one(problem, taken[person], by_course, pd.Timestamp(first_day), hours_per_week)
        late += missed
        rows += [(problem.people[person], *row) for row in own]
    table = pd.DataFrame(rows, columns=["person_id", "course_id", "starts_on", "ends_on"])
    return Schedule(table.sort_values(["person_id", "starts_on", "course_id"], ignore_index=True), late)


def _one(problem, taken, by_course, first_day, hours_per_week):
    """Return the dated courses of one person and how many found no session."""
    wanted = [int(at) for at in np.flatnonzero(taken)]
    # Fewest requirements first: what others need comes early.
    wanted.sort(key=lambda at: (problem.requires[at].sum(), bool(by_course[problem.courses[at]]), problem.courses[at]))
    ends, rows, missed, free = {}, [], set(), first_day
    for at in wanted:
        if any(problem.requires[at, other] for other in missed):
            missed.add(at)
            continue
        ready = max([ends[other] for other in np.flatnonzero(problem.requires[at]) if other in ends], default=first_day)
        length = pd.Timedelta(days=int(np.ceil(7 * problem.hours[at] / hours_per_week)))
        sessions = by_course[problem.courses[at]]
        if sessions:
            session = next((one for one in sessions if one[2] >= 1 and one[0] >= ready), None)
            if session is None:
                missed.add(at)
                continue
            session[2] -= 1
            start = session[0]
        else:
            start = max(ready, free)
            free = start + length
        ends[at] = start + length
        rows.append((problem.courses[at], start, ends[at]))
    return rows, len(missed)
