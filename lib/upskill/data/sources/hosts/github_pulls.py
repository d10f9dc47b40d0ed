"""GitHub pull requests: `gh pr list --json …` (camelCase), and the lists and single answers of the REST interface (snake_case)."""

import re
from datetime import UTC, datetime

from upskill.data.schema import Fault
from upskill.data.sources.framework import Reading, Source, earliest, moment, row, where
from upskill.data.sources.git import SourceError
from upskill.data.sources.people import is_bot

FIELDS = ("number,url,title,state,isDraft,author,createdAt,closedAt,mergedAt,updatedAt,additions,deletions,commits,reviews,"
          "baseRefName,mergeCommit")
GH_NEEDS = ("number", "state", "createdAt", "mergedAt")
OF_PULLS = {"mergedAt", "headRefName", "baseRefName", "isDraft", "additions", "reviews", "commits", "mergeCommit"}
REST_NEEDS = ("number", "created_at", "user", "base", "head")
GH_NAMES = {"pull_request_id": "number", "created_at": "createdAt", "merged_at": "mergedAt", "closed_at": "closedAt",
            "first_review_at": "reviews.submittedAt", "first_commit_at": "commits.authoredDate", "author_id": "author.login"}
REPOSITORY = re.compile(r"^https?://[^/]+/(?:api/v3/)?(?:repos/)?([^/]+/[^/]+)/(?:pulls?|actions/runs)/\d+")
GHOST = "ghost"  # how GitHub itself names accounts that are no more
EARLIEST_COMMIT = datetime(1990, 1, 1, tzinfo=UTC)


def _is_gh(export):
    # An issue has the first three keys as well, and so has a run of a workflow.
    return export.form == "json" and export.has(*GH_NEEDS[:3]) and not OF_PULLS.isdisjoint(export.columns)


def _is_rest(export):
    return export.form == "json" and export.has(*REST_NEEDS)


def read(exports, context):
    """Return the Reading of exports of pull requests."""
    reading, wrong = Reading(names={"pull_requests": GH_NAMES if _is_gh(exports[0]) else {"author_id": "user.login"}}), []
    for export in exports:
        wrong += _lacking(export)
        find = _of_gh if _is_gh(export) else _of_rest
        for at, record in enumerate(export.records):
            repository = context.repository or _repository(record)
            if not repository:
                wrong.append(f"{where(export, at)}: nothing names the repository; export url too, or give it "
                             "with --repository OWNER/NAME")
                break
            _add(reading, export, at, repository, context, find(record))
    if wrong:
        raise SourceError("\n".join(wrong))
    rows = reading.tables.get("pull_requests", [])
    if rows and all(cells["first_review_at"] is None for cells in rows):
        reading.notes.append("no reviews are in this export, so when a change was first reviewed stays unknown")
    if rows and all(cells["additions"] is None for cells in rows):
        reading.notes.append("no line counts are in this export (a list of the REST interface has none)")
    reading.extracted_at = max((str(cells["updated_at"]) for cells in rows if cells["updated_at"]), default="")
    return reading


def _lacking(export):
    """Name what an export must have so that a merge can be told from a refusal."""
    merged = "mergedAt" if _is_gh(export) else "merged_at"
    words = f"{export.name}: has no {merged}, so merged changes cannot be told from refused ones; export it again with it: "
    return [] if export.has(merged) else [words + SOURCE.how]


def repository_in(record):
    """Return owner/name of the repository that a record's addresses lead to; "" where none does."""
    found = [REPOSITORY.match(record.get(name) or "") for name in ("html_url", "url")]
    return next((match[1] for match in found if match), "")


def _repository(record):
    base = record.get("base")
    return ((base.get("repo") or {}).get("full_name") if isinstance(base, dict) else "") or repository_in(record)


def _of_gh(record):
    author = record.get("author") or {}
    login = (author.get("login") or "").removeprefix("app/")
    return {"login": login, "bot": author.get("is_bot", False) or is_bot(login, ""), "state": record["state"].lower(),
            "created_at": record["createdAt"], "merged_at": record.get("mergedAt"), "closed_at": record.get("closedAt"),
            "updated_at": record.get("updatedAt"), "base": record.get("baseRefName"), "additions": record.get("additions"), "deletions": record.get("deletions"),
            "commits": [commit.get("authoredDate") for commit in record["commits"]] if "commits" in record else None,
            "reviews": [((review.get("author") or {}).get("login") or "", review.get("submittedAt"))
                        for review in record["reviews"]] if "reviews" in record else None}


def _of_rest(record):
    user = record.get("user") or {}
    login = user.get("login") or ""
    return {"login": login, "bot": user.get("type") == "Bot" or is_bot(login, ""), "state": record.get("state", ""),
            "created_at": record["created_at"], "merged_at": record.get("merged_at"), "closed_at": record.get("closed_at"),
            "updated_at": record.get("updated_at"), "base": record["base"].get("ref"), "additions": record.get("additions"),
            "deletions": record.get("deletions"), "commits": None, "reviews": None}


def _add(reading, export, at, repository, context, found):
    if found["bot"] and not context.keep_bots:
        reading.left_out["pull requests by bots"] += 1
        return
    times = {name: _time(found[name]) for name in ("created_at", "merged_at", "closed_at", "updated_at")}
    is_merged = bool(times["merged_at"])
    if found["state"] == "merged" and not is_merged:
        reading.faults.append(Fault("empty_cell", export.name, "the time of the merge of a merged change",
                                    "Export it again with mergedAt.", export.rows[at], "merged_at", "", "pull_requests"))
        return
    if is_merged and not times["closed_at"]:
        times["closed_at"] = times["merged_at"]
        reading.repaired["merged pull requests without a time of closing: closed when merged"] += 1
    if not found["login"] or found["login"].casefold() == GHOST:
        reading.repaired["pull requests of accounts that are no more: all under one author"] += 1
    record = export.records[at]
    reading.add("pull_requests", row(
        export, at, unit=repository, repository=repository, pull_request_id=record["number"],
        author_id=context.person(found["login"] or GHOST), **times,
        first_commit_at=_first_commit(reading, found["commits"], times["created_at"]),
        first_review_at=_first_review(reading, found), additions=found["additions"], deletions=found["deletions"],
        is_revert=str(record.get("title", "")).startswith("Revert ") if "title" in record else None, is_bot=found["bot"],
        merged_into=found["base"], merge_commit=((record.get("mergeCommit") or {}).get("oid") or record.get("merge_commit_sha") or None) if is_merged
        else None))


def _time(text):
    """Return a time as it stands; "" for none, also for the zero time that some versions of gh write."""
    return "" if not text or str(text).startswith("0001-") else text


def _first_commit(reading, dates, created):
    """Return when the first commit was written; "" where the history of the branch was rewritten after the opening."""
    if dates is None:
        return None
    usable = [text for text in dates if (moment(text) or EARLIEST_COMMIT) > EARLIEST_COMMIT]
    if len(usable) < len(dates):
        reading.repaired["commits with an impossible date: not used"] += len(dates) - len(usable)
    first = earliest(usable)
    if first and moment(created) and moment(first) > moment(created):
        reading.repaired["pull requests whose branch was rewritten after opening: first_commit_at is not known"] += 1
        return ""
    return first


def _first_review(reading, found):
    """Return when somebody else, no robot, first reviewed; "" where nobody did, None where the export has no reviews."""
    if found["reviews"] is None:
        return None
    others = [(who, when) for who, when in found["reviews"] if when and who.casefold() != found["login"].casefold()]
    people = [when for who, when in others if not is_bot(who, "") and who]
    reading.left_out["reviews by bots or of oneself"] += len(found["reviews"]) - len(people)
    return earliest(people)


SOURCE = Source(
    "github-pulls", "GitHub pull requests", ("pull_requests",), lambda export: _is_gh(export) or _is_rest(export), read,
    GH_NEEDS,
    f"gh pr list --repo OWNER/NAME --state all --limit 10000 --json {FIELDS} > pulls.json; or REST: gh api --paginate "
    '"repos/OWNER/NAME/pulls?state=all&per_page=100" > pulls.json',
    ("When a change reached production: deployed_at stays empty, so lead time ends at the merge.",
     "Whether a change was a draft for most of its time: it counts from its opening.",
     "Work that never became a pull request."))
