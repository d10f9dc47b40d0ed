"""The CSV of course progress that Coursera for Business writes."""

from upskill.data.source import fold
from upskill.data.sources import when
from upskill.data.sources.beside import COURSE, DATES, TIMEZONE, option
from upskill.data.sources.framework import Reading, Source, row
from upskill.data.sources.git import SourceError
from upskill.data.sources.learning.courses import continue_enrolments, courses_of, people_of
from upskill.data.sources.sheet import is_sheet, sheet_of, uneven

NEEDS = ("Email", "Course", "Course ID", "Enrollment Time", "Completed")
YES, NO = {"yes", "true", "1"}, {"no", "false", "0", ""}
RANK = ("completed", "started", "registered", "withdrawn")


def read(exports, context):
    """Return the Reading of Coursera's reports: enrolments.

    Who is in a course twice (two programs, two sessions) counts once: from the first enrolment to the first completion.
    """
    reading, rows = Reading(), {}
    for export in exports:
        reading.repaired += uneven(export)
        for one in _rows_of(sheet_of(export), context, reading):
            key = one["person_id"], one["course_id"]
            reading.repaired["in a course twice: from the first enrolment to the first completion"] += key in rows
            rows[key] = _once(rows.get(key, one), one)
    continue_enrolments(list(rows.values()), context, reading)
    return reading


def _rows_of(sheet, context, reading):
    names = ("Enrollment Time", "Completion Time")
    times = when.read_times({name: sheet.cells(name) for name in names}, option(context, "dates"),
                            option(context, "timezone"), sheet.numbers)
    reading.repaired += times.said
    words = zip(*(sheet.cells(name) for name in ("Course ID", "Course Slug", "Course")), strict=True)
    courses = courses_of([tuple(filter(None, some)) for some in words], context, reading.left_out)
    persons = people_of(sheet.cells("Email"), context, reading.left_out)
    done, removed = _flags(sheet, "Completed"), _flags(sheet, "Removed From Program")
    progress, (starts, ends) = sheet.cells("Overall Progress"), (times.columns[name] for name in names)
    for at, (person, course) in enumerate(zip(persons, courses, strict=True)):
        if not person or not course:
            continue
        if starts[at] is None:
            reading.left_out["no Enrollment Time"] += 1
            continue
        reading.repaired["completed, on a day that the report does not have"] += done[at] and ends[at] is None
        begun = progress[at].rstrip("% ") not in ("", "0", "0.0", "0,0", "0.00")
        status = "completed" if done[at] else "withdrawn" if removed[at] else "started" if begun else "registered"
        yield row(sheet.export, at, person_id=person, course_id=course, started_on=when.as_day(starts[at]),
                  completed_on=when.as_day(ends[at]) if done[at] else "", status=status)


def _flags(sheet, name):
    cells = sheet.cells(name) or [""] * len(sheet.rows)
    wrong = next((cell for cell in cells if fold(cell) not in YES | NO), None)
    if wrong is not None:
        raise SourceError(f"{sheet.name}, column {name}: {wrong!r} is neither Yes nor No; export it in English")
    return [fold(cell) in YES for cell in cells]


def _once(first, second):
    best = min((first, second), key=lambda one: (RANK.index(one["status"]), one["completed_on"] or "9"))
    return best | {"started_on": min(first["started_on"], second["started_on"])}


SOURCE = Source(
    "coursera", "Coursera for Business report (CSV)", ("enrolments",), lambda export: is_sheet(export, *NEEDS), read, NEEDS,
    "in the admin view: Analytics, Course activity (or Reports), download CSV.",
    ("Hours spent: Estimated Learning Hours is what Coursera expects of anybody, and is not read as time spent.",
     "What the licenses cost: courses.csv and spend stay yours."),
    (COURSE, DATES, TIMEZONE), takes_ragged=True)
