"""GitHub Copilot usage by person (reports of 2026: users-1-day, users-28-day), and user-teams-1-day, which says who is in which team."""

from collections import defaultdict

from upskill.data.sources.framework import Option, Reading, Source, row, where
from upskill.data.sources.git import SourceError

TOOL = "GitHub Copilot"
COUNTS = {"interactions": "user_initiated_interaction_count", "generations": "code_generation_activity_count",
          "acceptances": "code_acceptance_activity_count", "lines_suggested": "loc_suggested_to_add_sum",
          "lines_added": "loc_added_sum", "lines_deleted": "loc_deleted_sum"}
USED = ("used_chat", "used_agent", "used_cli", "used_copilot_code_review_active", "used_copilot_coding_agent",
        "used_copilot_cloud_agent")
USER_NEEDS = ("day", "user_id", "code_generation_activity_count", "code_acceptance_activity_count")
TEAM_NEEDS = ("day", "user_id", "team_id", "slug")
HOW = ('gh api "orgs/ORG/copilot/metrics/reports/users-1-day?day=YYYY-MM-DD" --jq ".download_links[]", then download each link '
       "(they expire); the same with user-teams-1-day for teams; users-28-day/latest for the last 28 days")


def is_users(export):
    """Say whether an export has one record per person and day."""
    return export.form == "json" and export.has(*USER_NEEDS)


def is_teams(export):
    """Say whether an export lists who was in which team on a day."""
    return export.form == "json" and export.has(*TEAM_NEEDS) and not export.has("code_generation_activity_count")


def counts_of(record):
    """Return {measure: value} of a record of this generation of reports; the command line stands beside the rest."""
    found = {measure: record[field] for measure, field in COUNTS.items() if record.get(field) is not None}
    cli = record.get("totals_by_cli") or {}
    if cli:
        found |= {"cli_sessions": cli.get("session_count") or 0, "cli_requests": cli.get("request_count") or 0}
    if record.get("ai_credits_used") is not None:
        found["credits"] = record["ai_credits_used"]
    return found


def is_active(record):
    """Say whether a person used anything that day; a review that came by itself is no use.

    Top-level counts can be zero where a breakdown is not, and where only the command line was used.
    """
    parts = [record, *(record.get("totals_by_ide") or ()), *(record.get("totals_by_feature") or ())]
    counted = any(part.get(field) for part in parts for field in COUNTS.values())
    return counted or any(record.get(name) for name in USED) or bool(record.get("totals_by_cli"))


def read(exports, context):
    """Return the Reading: use by person and day, or, with --by-team, by team and day."""
    reading = Reading(names={"ai_usage": {"date": "day", "person_id": "user_login"}})
    days = _person_days([export for export in exports if is_users(export)], reading)
    teams = _teams_of([export for export in exports if is_teams(export)])
    is_by_team = context.options.get("by-team", False)
    if is_by_team and not teams:
        raise SourceError("--by-team needs the user-teams-1-day report of the same days beside the users report: name both files")
    if not days:
        raise SourceError(f"{exports[0].name}: says who is in which team, not who used anything; name the users-1-day report of the "
                          "same days with it")
    if is_by_team:
        _add_teams(reading, days, teams)
    else:
        _add_persons(reading, days, teams, context)
    above = sum((record.get("loc_added_sum") or 0) > (record.get("loc_suggested_to_add_sum") or 0)
                for records in days.values() for _, _, record in records)
    if above:
        reading.notes.append(f"in {above:,} person-days more lines were added than suggested: edits by agents are in lines_added, "
                             "not in lines_suggested, so the two make no acceptance rate")
    reading.extracted_at = max(day for _, day in days)
    return reading


def _person_days(exports, reading):
    """Return {(user, day): [(export, at, record), …]}: one record per organization, or that of the enterprise alone."""
    found = defaultdict(dict)
    for export in exports:
        for at, record in enumerate(export.records):
            if not record.get("day"):
                raise SourceError(f"{where(export, at)}: has no day; export the report that has one record per "
                                  "person and day")
            user = record.get("user_login") or f"user {record['user_id']}"
            place = found[user, record["day"]]
            entity = str(record.get("organization_id") or "")
            reading.repaired["person-days that stood in several files: the last one counts"] += entity in place
            place[entity] = export, at, record
    several = sum(len(places) > 1 for places in found.values())
    reading.repaired["person-days in several organizations: added up (import all of them in one command)"] += several
    return {key: [places[""]] if "" in places else list(places.values()) for key, places in found.items()}


def _teams_of(exports):
    """Return {day: {user: [(slug, export, at), …]}}: a person can be in several teams, a team of fewer than 5 seats in none."""
    found = defaultdict(lambda: defaultdict(list))
    for export in exports:
        for at, record in enumerate(export.records):
            user = record.get("user_login") or f"user {record['user_id']}"
            found[record["day"]][user].append((record["slug"], export, at))
    return found


def _added(records):
    total = defaultdict(int)
    for _, _, record in records:
        for measure, value in counts_of(record).items():
            total[measure] += value
    return total


def _add_persons(reading, days, teams, context):
    for (user, day), records in days.items():
        export, at, _ = records[0]
        active = int(any(is_active(record) for _, _, record in records))
        for measure, value in {"active_users": active, **_added(records)}.items():
            reading.add("ai_usage", row(export, at, date=day, team="", person_id=context.person(user), tool=TOOL, measure=measure,
                                        value=value))
    several = set()
    for day in sorted(teams, reverse=True):
        for user, places in teams[day].items():
            slug, export, at = min(places, key=lambda place: place[0])
            several |= {user} if len(places) > 1 else set()
            reading.add("people", row(export, at, team=slug, person_id=context.person(user)))
    if several:
        reading.notes.append(f"{len(several):,} people are on several teams: where imports make the list of people, each is in the "
                             "first by name; --by-team counts them in each")


def _add_teams(reading, days, teams):
    """Join persons with the teams of the same day, never of another one, and count distinct people within each team."""
    active, total, place = defaultdict(set), defaultdict(lambda: defaultdict(int)), {}
    for day, users in teams.items():
        for user, places in users.items():
            for slug, export, at in places:
                place.setdefault((slug, day), (export, at))
                if (user, day) not in days:
                    continue
                if any(is_active(record) for _, _, record in days[user, day]):
                    active[slug, day].add(user)
                for measure, value in _added(days[user, day]).items():
                    total[slug, day][measure] += value
    for (slug, day), (export, at) in place.items():
        for measure, value in {"active_users": len(active[slug, day]), **total[slug, day]}.items():
            reading.add("ai_usage", row(export, at, team=slug, date=day, person_id="", tool=TOOL, measure=measure, value=value))
    homeless = [(user, day) for user, day in days if user not in teams.get(day, ())]
    reading.left_out["person-days without a team that day: teams with fewer than 5 seats, and days without the user-teams report, "
                     "are not listed"] += len(homeless)
    several = {user for users in teams.values() for user, places in users.items() if len(places) > 1}
    if several:
        reading.notes.append(f"{len(several):,} people are on several teams and count in each: teams do not add up to the company")


SOURCE = Source(
    "copilot-users", "GitHub Copilot usage by person", ("ai_usage",), lambda export: is_users(export) or is_teams(export), read,
    USER_NEEDS, HOW,
    ("Whether suggestions were any good, or time was saved.",
     "Acceptance as a share: lines added by agents were never suggested.",
     "Activity of the command line in the other counts: cli_sessions and cli_requests stand apart."),
    (Option("by-team", "Count people by team and day, from the user-teams report of the same days, and keep no person.",
            False, is_flag=True),))
