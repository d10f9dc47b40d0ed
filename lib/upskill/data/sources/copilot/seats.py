"""GitHub Copilot seats: who had a license, week by week since it was given, as far as one list of today can say."""

from datetime import timedelta

from upskill.data.sources.copilot.users import TOOL
from upskill.data.sources.framework import Option, Reading, Source, moment, row
from upskill.data.sources.git import SourceError

NEEDS = ("assignee", "created_at", "plan_type", "last_activity_at")


def read(exports, context):
    """Return the Reading: one row per person and week with a seat, from the week it was given to that of the export."""
    reading = Reading(names={"ai_usage": {"date": "created_at", "person_id": "assignee.login"}})
    taken, holders = _taken_on(exports, context), {}
    for export in exports:
        for at, record in enumerate(export.records):
            login = (record.get("assignee") or {}).get("login")
            if not login:
                reading.left_out["seats of nobody"] += 1
                continue
            known = holders.get(login)
            reading.repaired["people with seats in several organizations: counted once"] += known is not None
            if known is None or moment(record["created_at"]) < moment(known[2]["created_at"]):
                holders[login] = export, at, record
    for login, (export, at, record) in holders.items():
        given = moment(record["created_at"])
        if given is None:
            reading.left_out["seats without a date"] += 1
            continue
        for monday in _mondays(given.date(), taken):
            reading.add("ai_usage", row(export, at, date=monday.isoformat(), team="", person_id=context.person(login), tool=TOOL,
                                        measure="licensed_users", value=1))
    reading.notes.append(f"who had a license before {taken} and lost it is not in this list, so earlier weeks count too few; import it "
                         "every month, and they stay")
    reading.extracted_at = taken.isoformat()
    return reading


def _taken_on(exports, context):
    """Return the day of the list: as said, else the last thing that happened in it."""
    said = context.options.get("as-of", "")
    times = [moment(record.get(name) or "") for export in exports for record in export.records
             for name in ("created_at", "updated_at", "last_activity_at")]
    known = [time for time in times if time is not None]
    if said and moment(said) is None:
        raise SourceError(f"--as-of {said}: expected a day, such as 2026-05-31")
    if not said and not known:
        raise SourceError(f"{exports[0].name}: says no day; give it with --as-of YYYY-MM-DD")
    return (moment(said) if said else max(known)).date()


def _mondays(first, last):
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        yield monday
        monday += timedelta(weeks=1)


SOURCE = Source(
    "copilot-seats", "GitHub Copilot seats", ("ai_usage",), lambda export: export.form == "json" and export.has(*NEEDS), read, NEEDS,
    'gh api --paginate "orgs/ORG/copilot/billing/seats?per_page=100" > seats.json',
    ("Who had a license once and has none now.", "Whether a license is used: last_activity_at is one day only."),
    (Option("as-of", "Day of the list of seats (YYYY-MM-DD); default: the last activity in it."),))
