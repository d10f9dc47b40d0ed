"""The CSV that Jira's issue search writes: many columns, some of them twice, and no history of states."""


from upskill.data.source import fold
from upskill.data.sources import when
from upskill.data.sources.beside import BEGUN, DATES, ENDED, KIND, TIMEZONE, among_people, option, words
from upskill.data.sources.framework import Reading, Source, row
from upskill.data.sources.git import SourceError
from upskill.data.sources.sheet import is_sheet, sheet_of, uneven
from upskill.data.sources.trackers.kinds import DONE, GIVEN_UP, LEAVE_OUT, OPEN, WAITING, kinds_of
from upskill.data.sources.trackers.place import team_words

NEEDS = ("Issue key", "Issue Type", "Status", "Created")
PAGE = 1_000  # issues that Jira Cloud writes at most into one file


def read(exports, context):
    """Return the Reading of Jira's CSV files: work_items.

    Done is what has a resolution date and no state that says it is open again. What was given up (Won't Do, Duplicate) and
    what holds other items (epics, sub-tasks) is left out. Raises SourceError for dates, kinds or keys that nothing proves.
    """
    reading = Reading(names={"work_items": {"work_item_id": "Issue key", "created_at": "Created", "done_at": "Resolved"}})
    for export in exports:
        reading.repaired += uneven(export)
        _read_one(sheet_of(export), context, reading)
        if len(export.records) == PAGE:
            reading.notes.append(f"{export.name} has exactly {PAGE:,} issues, the most that Jira Cloud writes into one file: "
                                 "there are likely more; export month by month (created >= …), and import each")
    return reading


def _read_one(sheet, context, reading):
    keys = sheet.cells("Issue key")
    lost = [number for key, number in zip(keys, sheet.numbers, strict=True) if not key]
    if lost:
        raise SourceError(f"{sheet.name}: rows {', '.join(map(str, lost[:5]))} have no Issue key; a line break outside "
                          "quotation marks may have cut them: export anew, without the column Description")
    times = _times(sheet, context, reading.repaired)
    states = _states(sheet, times, context, reading.repaired)
    types = sheet.cells("Issue Type")
    kinds = kinds_of(types, context)
    persons = among_people(sheet.cells("Assignee", "Assignee Id"), context, reading.repaired, "assignees")
    teams = team_words(context, sheet.cells("Team Name", "Custom field (Team)"), _projects(sheet), persons, reading.repaired)
    for at, (key, created, (state, done), kind) in enumerate(zip(keys, times["Created"], states, kinds, strict=True)):
        seen = when.as_timestamp(times["Updated"][at])
        reason = _reason(kind, types[at], state, created)
        if reason:
            reading.left_out[reason] += 1
            reading.withdraw("work_items", (key,), seen)
            continue
        if done and done < created:
            reading.repaired["done before they were created (moved from another tracker): created when done"] += 1
            created = done
        reading.add("work_items", row(
            sheet.export, at, **teams[at], work_item_id=key, person_id=persons[at], kind=kind,
            created_at=when.as_timestamp(created), done_at=when.as_timestamp(done), updated_at=seen))


def _times(sheet, context, repaired):
    """Return {column: times}; columns that the export does not have are empty."""
    names = ("Created", "Updated", "Resolved", "Resolution date", "Status Category Changed")
    if not any(map(sheet.has, names[2:])):
        raise SourceError(f"{sheet.name}: has neither the column Resolved nor Status Category Changed, so nothing says when "
                          f"work was done. {SOURCE.how}")
    times = when.read_times({name: sheet.cells(name) for name in names}, option(context, "dates"),
                            option(context, "timezone"), sheet.numbers)
    repaired += times.said
    return times.columns


def _states(sheet, times, context, repaired):
    """Return (state, done_at) per row; state is open, done, given up, or unknown: done at a time that nobody has."""
    ended = DONE | {fold(word) for word in words(context, "ended")}
    going = {fold(word) for word in words(context, "begun")}
    _refuse_categories(sheet, ended | OPEN | going)
    found = []
    cells = (sheet.cells(name) for name in ("Status", "Status Category", "Resolution"))
    for at, (status, category, resolution) in enumerate(zip(*cells, strict=True)):
        day = times["Resolved"][at] or times["Resolution date"][at]
        if {fold(word.replace("’", "'")) for word in (resolution, status)} & GIVEN_UP:
            found.append(("given up", None))
            continue
        is_done = fold(category or status) in ended
        if day and category and not is_done:
            repaired["resolved once, and open again by their state: taken as open"] += 1
            day = None
        if is_done and not day and times["Status Category Changed"][at]:
            repaired["done without a resolution date: done when their state became so"] += 1
            day = times["Status Category Changed"][at]
        if not (category or day or is_done) and fold(status) not in WAITING | going:
            repaired[f"in state {status}, without a resolution: taken as open (--ended '{status}' if that is done)"] += 1
        found.append(("done" if day else "unknown" if is_done else "open", day))
    return found


def _refuse_categories(sheet, known):
    """Raise SourceError for categories of states in a language that is not known: open work would pass for done, or the reverse."""
    lost = sorted({word for word in sheet.cells("Status Category") if word and fold(word) not in known})
    if lost:
        raise SourceError(f"{sheet.name}: categories of states that nobody knows here: {', '.join(lost)}; say which of them is done, "
                          f"--ended '{lost[0]}', and which is not, --begun '{lost[-1]}'")


def _reason(kind, word, state, created):
    if kind == LEAVE_OUT:
        return f"{word}: hold or are parts of other items, which would count twice (keep them with --kind '{word}=feature')"
    if state == "given up":
        return "given up: closed as Won't Do, Duplicate and the like"
    if state == "unknown":
        return ("done at a time that the file does not have: add the column Status Category Changed to the export, or let the "
                "workflow set a resolution")
    return "" if created else "no date of creation"


def _projects(sheet):
    return [project or key.rpartition("-")[0]
            for project, key in zip(sheet.cells("Project key"), sheet.cells("Issue key"), strict=True)]


SOURCE = Source(
    "jira", "Jira issues (CSV)", ("work_items",), lambda export: is_sheet(export, *NEEDS), read, NEEDS,
    "in the issue search: Export, Export CSV (all fields); at most 1,000 issues fit into one file.",
    ("When work on an issue began: the CSV has no history of states (Jira's API with expand=changelog has it).",
     "When an issue was promised: sprints stand there without dates.",
     "Who worked on an issue before its present assignee."),
    (DATES, TIMEZONE, KIND, BEGUN, ENDED), takes_ragged=True)
