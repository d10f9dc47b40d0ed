"""Which course and whom an export means, and which enrolment a row continues."""

from collections import Counter

import pandas as pd

from upskill.data.source import fold
from upskill.data.sources.beside import pairs, person, table


def courses_of(names, context, left_out):
    """Return the course_id of each tuple of names (ids, then titles); "" where the program's courses have none of them.

    The option `course` (their name=our course_id) comes first, then our ids and titles. Without a table of courses the
    first name of each tuple is the id.
    """
    told, courses = pairs(context, "course"), table(context, "courses")
    if courses is None:
        return [next((told[fold(name)] for name in some if fold(name) in told), some[0] if some else "") for some in names]
    known = set(courses["course_id"].dropna())
    ours = {fold(title): one for title, one in zip(courses["title"].fillna(""), courses["course_id"], strict=True) if title}
    ours |= {fold(one): one for one in known} | {word: one for word, one in told.items() if one in known}
    found = [next((ours[fold(name)] for name in some if fold(name) in ours), "") for some in names]
    for some, count in Counter(some for some, one in zip(names, found, strict=True) if some and not one).items():
        left_out[f"courses.csv has no {some[-1]!r}: add it there (what it costs no export tells), or say which course it is: "
                 f"--course '{some[-1]}=COURSE_ID'"] += count
    left_out["no course in the row"] += sum(not some for some in names)
    return found


def people_of(words, context, left_out):
    """Return the person_id of each word; "" where people has nobody of that id, without whom there is no enrolment."""
    people = table(context, "people")
    known = None if people is None else set(people["person_id"])
    ids = {word: person(context, word) for word in set(words)}
    found = [ids[word] if known is None or ids[word] in known else "" for word in words]
    left_out["people has nobody with this e-mail or login: name the column of people that has it with --known-as, join logins "
             "with --identities, and see that the key is the same (--key-file)"] += sum(bool(ids[word]) and not one for word, one in zip(words, found, strict=True))
    left_out["no person in the row"] += sum(not ids[word] for word in words)
    return found


def continue_enrolments(rows, context, reading):
    """Add rows to the Reading: an enrolment that the program knows goes on under its first day, and is not begun anew.

    A later export may begin in the middle of a course; one that reaches further back moves the first day. An enrolment that
    ended before the new first day is another one.
    """
    earlier = _earlier(table(context, "enrolments"))
    for row in rows:
        same = next((one for one in earlier.get((row["person_id"], row["course_id"]), ()) if _goes_on(one, row)), None)
        if same and same["started_on"] > row["started_on"]:
            reading.repaired["begun earlier than the exports before said: the first day is moved"] += 1
            reading.withdraw("enrolments", (row["person_id"], row["course_id"], same["started_on"]), "")
            spent = same["hours"]
            row = row | ({"hours": f"{spent:.6g}"} if row.get("hours") is None and pd.notna(spent) else {})
        elif same and same["started_on"] < row["started_on"]:
            row = row | {"started_on": same["started_on"]}
        if same and same["completed_on"] and not row["completed_on"]:
            row = row | {"completed_on": same["completed_on"], "status": same["status"]}
        reading.add("enrolments", row)


def _earlier(enrolments):
    """Return {(person, course): enrolments that the program has, the first one first}."""
    found = {}
    if enrolments is not None:
        for one in enrolments.dropna(subset=["started_on"]).sort_values("started_on").to_dict("records"):
            days = {name: f"{one[name]:%Y-%m-%d}" if pd.notna(one.get(name)) else "" for name in ("started_on", "completed_on")}
            told = {"status": one.get("status"), "hours": one.get("hours")}
            found.setdefault((one["person_id"], one["course_id"]), []).append(days | told)
    return found


def _goes_on(known, row):
    first, second = sorted((known, row), key=lambda one: one["started_on"])
    return not first["completed_on"] or first["completed_on"] >= second["started_on"]
