"""From a repository to rows of the contract's tables, with a record of what was repaired and left out."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from upskill.data.sources import changes as landing
from upskill.data.sources import git, releases
from upskill.data.sources.people import is_bot


@dataclass(frozen=True)
class Options:
    """How to read repositories; `since` and `now` are epoch seconds."""

    branch: str = ""
    since: int = 0
    now: int = 0
    team: str = ""
    tags: object = None  # compiled pattern, or None
    patch_days: int = releases.PATCH_DAYS
    revert_days: int = releases.REVERT_DAYS
    keep_bots: bool = False


@dataclass(frozen=True)
class Import:
    """What one repository gave: rows by table, and counts for the record."""

    repository: str
    rows: dict
    record: dict


def import_repository(path, repository, pseudonyms, options):
    """Return the Import of one repository; raises SourceError where it cannot be read."""
    history = git.read_history(path, options.branch)
    history, repairs = landing.repair_times(history, options.now)
    changes, left_out = landing.find_changes(history, is_bot)
    tags, unused = releases.choose_tags(history.tags, options.tags)
    found, first_release, more = releases.find_releases(history, tags)
    failures = releases.find_failures(
        history, found, first_release, changes, options.patch_days, options.revert_days)
    ids = dict(zip((change.sha for change in changes), landing.change_ids(changes), strict=True))
    kept = _choose_changes(changes, options, left_out)
    lines = _count_lines(path, history, kept, repairs)
    finished = {release.name: release.finished for release in found}
    found = [release for release in found if release.finished >= options.since]
    team = options.team or repository
    rows = {
        "pull_requests": [
            _pull_request(change, repository, team, ids[change.sha], pseudonyms, lines,
                          finished.get(first_release.get(change.sha)), repairs) for change in kept],
        "deployments": [_deployment(release, repository, team, failures) for release in found],
        "incidents": [_incident(failure, repository, team) for failure in failures
                      if failure.started >= options.since],
    }
    fruitless = Counter(tags_without_commits=more.pop("tags_without_commits", 0))
    record = _record(history, kept, rows, repairs + more, left_out + unused + fruitless, options)
    return Import(repository, rows, record)


def _choose_changes(changes, options, left_out):
    kept = [change for change in changes if change.merged >= options.since]
    left_out["changes_before_since"] = len(changes) - len(kept)
    if options.keep_bots:
        return kept
    people = [change for change in kept if not is_bot(*change.author)]
    left_out["changes_by_bots"] = len(kept) - len(people)
    return people


def _count_lines(path, history, changes, repairs):
    """Return lines by change; where files are missing from this clone, git would stop midway: only what is whole is asked for."""
    shas = [change.sha for change in changes]
    try:
        lines = git.count_lines(path, git.readable(path, shas) if history.is_partial else shas)
    except git.SourceError:
        lines = _count_readable(path, shas)
    repairs["no_line_counts"] = len(shas) - len(lines.keys() & set(shas))
    return lines


def _count_readable(path, shas):
    try:
        return git.count_lines(path, git.readable(path, shas))
    except git.SourceError:
        return {}


def _pull_request(change, repository, team, name, pseudonyms, lines, released, repairs):
    repairs["first_commit_lost"] += change.first_commit is None
    if released is not None and released < change.merged:
        repairs["release_before_merge"] += 1
        released = change.merged
    added, deleted = lines.get(change.sha, ("", ""))
    return {
        "repository": repository, "pull_request_id": name, "team": team,
        "author_id": pseudonyms.person_id(*change.author), "created_at": iso(change.created),
        "first_commit_at": iso(change.first_commit), "merged_at": iso(change.merged),
        "closed_at": iso(change.merged), "deployed_at": iso(released),
        "additions": added, "deletions": deleted, "is_revert": flag(change.is_revert),
        "landed_as": change.landed_as, "is_bot": flag(is_bot(*change.author)),
    }


def _deployment(release, repository, team, failures):
    return {
        "deployment_id": f"{repository}:{release.name}", "team": team, "repository": repository,
        "finished_at": iso(release.finished), "status": "success",
        "needed_intervention": flag(any(failure.release == release.name for failure in failures)),
        "is_rework": flag(any(failure.mended_by == release.name for failure in failures)),
        "first_commit_at": iso(release.first_commit),
    }


def _incident(failure, repository, team):
    return {
        "incident_id": f"{repository}:{failure.release}", "team": team, "started_at": iso(failure.started),
        "resolved_at": iso(failure.resolved), "deployment_id": f"{repository}:{failure.release}",
        "repository": repository, "rule": failure.rule,
    }


def _record(history, kept, rows, repairs, left_out, options):
    habits = Counter(change.landed_as for change in kept)
    lacking = sum(not change.number for change in kept)
    return {
        "branch": history.branch, "tip": history.tip, "commits": len(history.commits),
        "is_shallow": bool(history.shallow), "is_partial": history.is_partial,
        "rules": {"patch_days": options.patch_days, "revert_days": options.revert_days,
                  "bots": "kept" if options.keep_bots else "left out",
                  "since": iso(options.since) if options.since else "",
                  "tags": options.tags.pattern if options.tags is not None else "version numbers"},
        "landed_as": {kind: habits[kind] for kind in ("merge", "squash", "direct")},
        "changes_without_number": lacking,
        "rows": {table: len(found) for table, found in rows.items()},
        "people": len({row["author_id"] for row in rows["pull_requests"]}),
        "unreleased": sum(not row["deployed_at"] for row in rows["pull_requests"]),
        "repaired": {name: count for name, count in sorted(repairs.items()) if count},
        "left_out": {name: count for name, count in sorted(
            (left_out + Counter(odd_tags=history.odd_tags)).items()) if count},
    }


def iso(seconds):
    """Return epoch seconds as the contract writes timestamps; None gives an empty cell."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def flag(value):
    return "true" if value else "false"
