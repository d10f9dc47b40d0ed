"""Jira's search answer as JSON: with the changelog it says when work began, was promised and was done."""

from collections import Counter

from upskill.data.source import fold
from upskill.data.sources import when
from upskill.data.sources.beside import BEGUN, ENDED, KIND, WAITING, among_people, words
from upskill.data.sources.framework import Reading, Source, moment, row
from upskill.data.sources.git import SourceError
from upskill.data.sources.trackers.kinds import DONE, GIVEN_UP, LEAVE_OUT, kinds_of
from upskill.data.sources.trackers.place import team_words

NEEDS = ("key", "fields")
STAGES = (("waiting", "new"), ("begun", "begun"), ("ended", "done"))


def _recognizes(export):
    first = export.records[0] if export.records else {}
    return export.form == "json" and export.has(*NEEDS) and isinstance(first.get("fields"), dict) \
        and "issuetype" in first["fields"]


def read(exports, context):
    """Return the Reading of Jira's JSON: work_items.

    Begun is the first change into a state of the category In Progress, done the last one into Done, promised the first time
    that a sprint was set. States whose category no issue of the files shows must be named.
    """
    reading = Reading(names={"work_items": {"work_item_id": "key", "created_at": "fields.created"}})
    places = [(export, at) for export in exports for at in range(len(export.records))]
    issues = [export.records[at] for export, at in places]
    fields = [issue["fields"] for issue in issues]
    histories = [_changes(issue, reading.repaired) for issue in issues]
    if not any("changelog" in issue for issue in issues):
        reading.notes.append("the files have no changelog, so nobody can tell when work began or was promised: ask for it with "
                             "expand=changelog")
    stages = _stages(issues, histories, context)
    kinds = kinds_of([_word(one.get("issuetype")) for one in fields], context)
    persons = among_people(list(map(_assignee, fields)), context, reading.repaired, "assignees")
    projects = [_word(one.get("project"), "key") or str(issue["key"]).rpartition("-")[0]
                for one, issue in zip(fields, issues, strict=True)]
    teams = team_words(context, [""] * len(issues), projects, persons, reading.repaired)
    for number, (export, at) in enumerate(places):
        cells = _cells(issues[number], histories[number], stages, reading.repaired)
        reason = _reason(issues[number], kinds[number], cells)
        if reason:
            reading.left_out[reason] += 1
            reading.withdraw("work_items", (str(issues[number]["key"]),), cells["updated_at"])
        else:
            reading.add("work_items", row(export, at, **teams[number], work_item_id=issues[number]["key"],
                                          person_id=persons[number], kind=kinds[number], **cells))
    return reading


def _word(value, name="name"):
    return str((value or {}).get(name) or "") if isinstance(value, dict) else ""


def _assignee(fields):
    return next((found for found in (_word(fields.get("assignee"), name) for name in
                                     ("emailAddress", "displayName", "accountId", "name")) if found), "")


def _changes(issue, repaired):
    """Return [(moment, field, to)] of an issue, oldest first."""
    log = issue.get("changelog") or {}
    histories = log.get("histories") or []
    if log.get("total", len(histories)) > len(histories):
        repaired["issues whose changelog is cut off: begin and promise may be too late (ask for issue/KEY/changelog)"] += 1
    found = [(moment(history.get("created")), fold(item.get("field") or ""), item.get("toString") or "")
             for history in histories for item in history.get("items") or ()]
    return sorted((one for one in found if one[0]), key=lambda one: one[0])


def _stages(issues, histories, context):
    """Return {folded state: new, begun or done}, from the present states of all issues and what the options say."""
    known = {}
    for issue in issues:
        status = issue["fields"].get("status") or {}
        category = _word(status.get("statusCategory"), "key")
        known[fold(_word(status))] = {"indeterminate": "begun", "done": "done", "new": "new"}.get(
            category, "done" if fold(_word(status)) in DONE else "new")
    for name, stage in STAGES:
        known |= {fold(word): stage for word in words(context, name)}
    lost = Counter(to for changes in histories for _, field, to in changes if field == "status" and fold(to) not in known)
    if lost:
        listed = ", ".join(f"{state} ({count})" for state, count in lost.most_common())
        raise SourceError(f"states of the changelog in which no issue of the files is now: {listed}; say what each is, with "
                          f"--waiting, --begun or --ended '{next(iter(lost))}'")
    return known


def _cells(issue, changes, stages, repaired):
    fields = issue["fields"]
    steps = [(time, stages[fold(to)]) for time, field, to in changes if field == "status"]
    begun = next((time for time, stage in steps if stage == "begun"), None)
    promised = next((time for time, field, to in changes if field == "sprint" and to), None)
    resolved = moment(fields.get("resolutiondate") or "")
    is_done = stages[fold(_word(fields.get("status")))] == "done"
    ends = [time for (time, stage), before in zip(steps, ["new", *(stage for _, stage in steps)], strict=False)
            if stage == "done" and before != "done"]
    done = (ends[-1] if ends else resolved) if is_done else None
    repaired["resolved once, and open again by their state: taken as open"] += bool(resolved and not is_done)
    if done and begun and begun > done:
        begun = None
    told = "changelog" in issue
    return {"created_at": when.as_timestamp(moment(fields.get("created") or "")),
            "committed_at": when.as_timestamp(promised) if told else None,
            "started_at": when.as_timestamp(begun) if told else None, "done_at": when.as_timestamp(done),
            "updated_at": when.as_timestamp(moment(fields.get("updated") or "")), "_unknown": is_done and not done}


def _reason(issue, kind, cells):
    fields = issue["fields"]
    if kind == LEAVE_OUT:
        return (f"{_word(fields['issuetype'])}: hold or are parts of other items, which would count twice (keep them with "
                f"--kind '{_word(fields['issuetype'])}=feature')")
    if {fold(_word(fields.get(name)).replace("’", "'")) for name in ("resolution", "status")} & GIVEN_UP:
        return "given up: closed as Won't Do, Duplicate and the like"
    if cells["_unknown"]:
        return "done at a time that the files do not have: ask for the field resolutiondate, or for the changelog"
    return "" if cells["created_at"] else "no date of creation: ask for the field created"


SOURCE = Source(
    "jira-api", "Jira issues (API, JSON)", ("work_items",), _recognizes, read, NEEDS,
    "/rest/api/3/search/jql?jql=…&fields=*all&expand=changelog (Data Center: /rest/api/2/search); save each page.",
    ("How long an issue waited while it was in progress: the first begin and the last end are kept.",
     "That an issue was promised before its first sprint was set."),
    (KIND, WAITING, BEGUN, ENDED))
