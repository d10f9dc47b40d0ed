"""GitHub Copilot usage of an organization or enterprise: reports of 2026 (1 day, 28 days), and archived answers of the closed interface."""

from upskill.data.sources.copilot.users import TOOL, counts_of
from upskill.data.sources.framework import Reading, Source, row
from upskill.data.sources.git import SourceError

NEEDS = ("day", "daily_active_users", "code_generation_activity_count")
USERS = {"active_users": "daily_active_users", "weekly_active_users": "weekly_active_users",
         "monthly_active_users": "monthly_active_users", "monthly_active_chat_users": "monthly_active_chat_users",
         "monthly_active_agent_users": "monthly_active_agent_users", "cli_users": "daily_active_cli_users"}
PULLS = {"pull_requests_created": "total_created", "pull_requests_created_by_copilot": "total_created_by_copilot",
         "pull_requests_merged": "total_merged", "pull_requests_merged_created_by_copilot": "total_merged_created_by_copilot",
         "pull_requests_reviewed": "total_reviewed", "pull_requests_reviewed_by_copilot": "total_reviewed_by_copilot"}
LEGACY_NEEDS = ("date", "total_active_users", "total_engaged_users")
SWITCH = "2026-04-02"
CODE = {"legacy_suggestions": "total_code_suggestions", "legacy_acceptances": "total_code_acceptances",
        "legacy_lines_suggested": "total_code_lines_suggested", "legacy_lines_accepted": "total_code_lines_accepted"}
REBASE = (f"these counts end with the interface that was closed on {SWITCH}; the reports after it count more surfaces, so their "
          "names begin with legacy_ and no difference across the switch means anything: take a new baseline there")


def _whose(exports, context):
    if not (context.team or context.teams):
        raise SourceError(f"{exports[0].name}: counts an organization as a whole. Say whose numbers these are, with --team NAME, or "
                          "--teams FILE (organization id, team); the users-1-day report says the same by person")


def read(exports, context):
    """Return the Reading of reports of 2026: distinct users and counts of an organization by day."""
    _whose(exports, context)
    reading, seen = Reading(names={"ai_usage": {"date": "day"}}), {}
    for export in exports:
        for at, record in enumerate(export.records):
            entity = str(record.get("organization_id") or record.get("enterprise_id") or "")
            _refuse_sum(seen, export, record["day"], entity, context)
            pulls = record.get("pull_requests") or {}
            found = {measure: record[field] for measure, field in USERS.items() if record.get(field) is not None}
            found |= counts_of(record) | {name: pulls[field] for name, field in PULLS.items() if pulls.get(field) is not None}
            for measure, value in found.items():
                reading.add("ai_usage", row(export, at, unit=entity, date=record["day"], person_id="", tool=TOOL, measure=measure,
                                            value=value))
    reading.extracted_at = max((str(record["day"]) for export in exports for record in export.records), default="")
    return reading


def _refuse_sum(seen, export, day, entity, context):
    """Refuse two organizations for one team: somebody in both would count twice, and nobody can tell who."""
    team = context.team or context.teams.get(entity.casefold(), entity)
    if seen.setdefault((team, day), entity) != entity:
        raise SourceError(f"{export.name}: organizations {seen[team, day]} and {entity} both have {day} for team {team!r}. Distinct "
                          "users of two cannot be added up; import one, or give each a team with --teams")


def read_legacy(exports, context):
    """Return the Reading of archived answers of the closed interface."""
    _whose(exports, context)
    reading = Reading(names={"ai_usage": {"date": "date"}})
    for export in exports:
        for at, record in enumerate(export.records):
            for measure, value in _legacy_counts(record).items():
                reading.add("ai_usage", row(export, at, unit="", date=record["date"], person_id="", tool=TOOL, measure=measure,
                                            value=value))
    days = sorted({str(record["date"]) for export in exports for record in export.records})
    missing = _missing_days(days)
    if missing:
        reading.notes.append(f"{missing:,} days between {days[0]} and {days[-1]} are missing: days with fewer than five active people "
                             "were not reported, which is not zero")
    reading.notes.append(REBASE)
    reading.extracted_at = days[-1] if days else ""
    return reading


def _missing_days(days):
    from datetime import date

    return (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days + 1 - len(days) if days else 0


def _legacy_counts(record):
    """Return {measure: value}; sections may be null or absent. Engaged users of editors and models are distinct, so not summed."""
    found = {"legacy_active_users": record["total_active_users"], "legacy_engaged_users": record["total_engaged_users"]}
    completions = _models(record.get("copilot_ide_code_completions"), "editors")
    languages = [language for model in completions for language in model.get("languages") or ()]
    found |= {name: sum(language.get(field) or 0 for language in languages) for name, field in CODE.items()}
    chats = _models(record.get("copilot_ide_chat"), "editors")
    found["legacy_chats"] = sum(model.get("total_chats") or 0 for model in chats)
    found["legacy_dotcom_chats"] = sum(model.get("total_chats") or 0
                                       for model in (record.get("copilot_dotcom_chat") or {}).get("models") or ())
    return {name: value for name, value in found.items() if value is not None}


def _models(section, parts):
    return [model for part in (section or {}).get(parts) or () for model in part.get("models") or ()]


SOURCES = (
    Source("copilot-totals", "GitHub Copilot usage of an organization", ("ai_usage",),
           lambda export: export.form == "json" and export.has(*NEEDS) and not export.has("user_id"), read, NEEDS,
           'gh api "orgs/ORG/copilot/metrics/reports/organization-28-day/latest" --jq ".download_links[]", then download each link',
           ("Which team or person used it: only the whole.",
            "Active users of a longer time: distinct users of days cannot be added up.",
            "Use of the command line by those who used nothing else: they are in cli_users, not in active_users.")),
    Source("copilot-legacy", "GitHub Copilot metrics of the closed interface", ("ai_usage",),
           lambda export: export.form == "json" and export.has(*LEGACY_NEEDS), read_legacy, LEGACY_NEEDS,
           f"not any more: it was closed on {SWITCH}; archived answers can be imported",
           ("Days with fewer than five active people: they were not reported.",
            "Anything that can be compared with the reports of 2026.")))
