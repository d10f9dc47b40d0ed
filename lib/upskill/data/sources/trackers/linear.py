"""The CSV that Linear writes of its issues: when work began and ended stands in it."""

from upskill.data.source import fold
from upskill.data.sources import when
from upskill.data.sources.beside import DATES, KIND, TIMEZONE, among_people, option, pairs
from upskill.data.sources.framework import Reading, Source, row
from upskill.data.sources.sheet import is_sheet, sheet_of, uneven
from upskill.data.sources.trackers.kinds import GIVEN_UP, KINDS, LEAVE_OUT
from upskill.data.sources.trackers.place import team_words

NEEDS = ("ID", "Team", "Title", "Status", "Labels", "Created", "Started", "Completed", "Canceled")
TIMES = ("Created", "Updated", "Started", "Completed", "Canceled")
FIRST = ("bug", "experiment", "feature", "task")  # which label counts where an issue has several


def read(exports, context):
    """Return the Reading of Linear's CSV files: work_items. Issues that were canceled or are duplicates are left out."""
    reading = Reading(names={"work_items": {"work_item_id": "ID", "created_at": "Created", "started_at": "Started",
                                            "done_at": "Completed"}})
    for export in exports:
        reading.repaired += uneven(export)
        _read_one(sheet_of(export), context, reading)
    return reading


def _read_one(sheet, context, reading):
    times = when.read_times({name: sheet.cells(name) for name in TIMES}, option(context, "dates"),
                            option(context, "timezone"), sheet.numbers)
    reading.repaired += times.said
    table = KINDS | pairs(context, "kind")
    persons = among_people(sheet.cells("Assignee"), context, reading.repaired, "assignees")
    teams = team_words(context, sheet.cells("Team"), sheet.cells("Project"), persons, reading.repaired)
    cells = (sheet.cells(name) for name in ("ID", "Status", "Duplicate of", "Labels"))
    for at, (key, status, twin, labels) in enumerate(zip(*cells, strict=True)):
        moments = {name: column[at] for name, column in times.columns.items()}
        seen = when.as_timestamp(moments["Updated"])
        kind = _kind(labels, table, reading.repaired)
        reason = _reason(moments, fold(status), twin, kind)
        if reason:
            reading.left_out[reason] += 1
            reading.withdraw("work_items", (key,), seen)
            continue
        reading.add("work_items", row(
            sheet.export, at, **teams[at], work_item_id=key, person_id=persons[at], kind=kind, updated_at=seen,
            **_cells(moments, reading.repaired)))


def _reason(moments, status, twin, kind):
    if moments["Canceled"] or status in GIVEN_UP or twin:
        return "given up: canceled, or a duplicate"
    if kind == LEAVE_OUT:
        return "labeled as holding other issues, or as --kind says to leave out"
    return "" if moments["Created"] else "no date of creation"


def _kind(labels, table, repaired):
    found = {table[fold(label)] for label in labels.split(",") if fold(label) in table}
    if LEAVE_OUT in found:
        return LEAVE_OUT
    repaired["no label says what kind of work it is: counted as task (say it with --kind Label=feature)"] += not found
    return next((kind for kind in FIRST if kind in found), "task")


def _cells(moments, repaired):
    created, started, done = moments["Created"], moments["Started"], moments["Completed"]
    if done and done < created:
        repaired["completed before they were created (moved from another tracker): created when completed"] += 1
        created = done
    if done and started and started > done:
        repaired["begun after completion (reopened): when work began is left empty"] += 1
        started = None
    return {name: when.as_timestamp(moment)
            for name, moment in (("created_at", created), ("started_at", started), ("done_at", done))}


SOURCE = Source(
    "linear", "Linear issues (CSV)", ("work_items",), lambda export: is_sheet(export, *NEEDS), read, NEEDS,
    "in the settings of the workspace: Administration, Import and export, Export CSV.",
    ("The kind of work, but by labels: Linear has no types of issues.",
     "When an issue was promised: the file has the last cycle of an issue, not the first.",
     "That work was put back and begun again: Started is the first time."),
    (DATES, TIMEZONE, KIND), takes_ragged=True)
