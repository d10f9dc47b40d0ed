"""Moodle's completion reports: one row per participant, two columns per activity, one course per file."""

from upskill.data.source import fold
from upskill.data.sources import when
from upskill.data.sources.beside import COURSE, DATES, TIMEZONE, option, words
from upskill.data.sources.framework import Reading, Source, row
from upskill.data.sources.git import SourceError
from upskill.data.sources.learning.courses import continue_enrolments, courses_of, people_of
from upskill.data.sources.sheet import is_sheet, sheet_of, uneven

DAY_OF = " - Completion date"
COMPLETE = "Course complete"
ADDRESSES = ("Email address", "Email", "E-mail address")
DONE = {"completed", "complete", "yes", "completed (achieved pass grade)"}
NOT_DONE = {"", "-", "not completed", "incomplete", "no", "not yet started", "in progress",
            "completed (did not achieve pass grade)"}


def _recognizes(export):
    return export.form == "csv" and (any(str(one).endswith(DAY_OF) for one in export.columns)
                                     or (is_sheet(export, COMPLETE) and any(is_sheet(export, one) for one in ADDRESSES)))


def read(exports, context):
    """Return the Reading of a completion report of one course: enrolments.

    Raises SourceError for several files (each is of another course), without a course, or without addresses.
    """
    reading, export = Reading(), exports[0]
    if len(exports) > 1:
        raise SourceError(f"{', '.join(one.name for one in exports)}: each completion report is of one course; import them one "
                          "by one, each with its --course COURSE_ID")
    sheet, course = sheet_of(export), _the_course(export, context, reading)
    if not any(map(sheet.has, ADDRESSES)):
        raise SourceError(f"{export.name}: has no column {ADDRESSES[0]}, so nobody can be found in it; let an administrator show "
                          "it (Users, Permissions, User policies, Show user identity), and export again")
    reading.repaired += uneven(export)
    days, ends = _times(sheet, context, reading.repaired)
    persons, rows = people_of(sheet.cells(*ADDRESSES), context, reading.left_out), []
    for at, (person, end) in enumerate(zip(persons, sheet.cells(COMPLETE), strict=True)):
        dated = [column[at] for column in [*days, ends] if column[at]]
        done = bool(ends[at]) or fold(end) in DONE
        reading.left_out["no activity completed yet, so nothing says when they began"] += bool(person) and not dated
        if person and dated:
            reading.repaired["course complete, on a day that the report does not have"] += done and not ends[at]
            rows.append(row(export, at, person_id=person, course_id=course, started_on=when.as_day(min(dated)),
                            completed_on=when.as_day(ends[at]), status="completed" if done else "started"))
    if not sheet.has(COMPLETE):
        reading.notes.append("this is the report of activities, and does not say who completed the course: take Reports, Course "
                             "completion for that")
    continue_enrolments(rows, context, reading)
    return reading


def _times(sheet, context, repaired):
    """Return ([days of each activity], days of the course); words that say whether it is complete are no days."""
    columns = {name: sheet.cells(name) for name in sheet.export.columns if str(name).endswith(DAY_OF)}
    columns[COMPLETE] = ["" if fold(end) in DONE | NOT_DONE else end for end in sheet.cells(COMPLETE)]
    times = when.read_times(columns, option(context, "dates"), option(context, "timezone"), sheet.numbers)
    repaired += times.said
    return [times.columns[name] for name in columns if name != COMPLETE], times.columns[COMPLETE]


def _the_course(export, context, reading):
    told = words(context, "course")
    if len(told) != 1:
        raise SourceError(f"{export.name}: a completion report does not say of which course it is; say --course COURSE_ID")
    name = told[0].rpartition("=")[2].strip()
    plain = type(context)(context.pseudonyms, program=context.program)  # here the option is no pair
    found = courses_of([(name,)], plain, reading.left_out)[0]
    if not found:
        raise SourceError(f"--course {name}: courses.csv has no such course; add it there first")
    return found


SOURCE = Source(
    "moodle", "Moodle completion report (CSV)", ("enrolments",), _recognizes, read, (COMPLETE, ADDRESSES[0]),
    "in the course: Reports, Course completion, download in spreadsheet format; with Moodle in English.",
    ("When somebody began: started_on is the day of the first completed activity, so they began no later.",
     "Who was enrolled and has completed no activity yet.", "Hours spent."),
    (COURSE, DATES, TIMEZONE), takes_ragged=True)
