"""GitLab merge requests: the CSV of the web page, which has no time of the merge, and JSON of the REST interface, which has."""

import re

from upskill.data.sources.framework import Option, Reading, Source, moment, row, where
from upskill.data.sources.git import SourceError
from upskill.data.sources.people import is_bot

CSV_NEEDS = ("MR ID", "State", "Created At (UTC)", "Updated At (UTC)", "Author Username")
CSV_NAMES = {"created_at": "Created At (UTC)", "pull_request_id": "MR ID", "merged_at": "Updated At (UTC)",
             "author_id": "Author Username"}
API_NAMES = {"pull_request_id": "iid", "author_id": "author.username"}
API_NEEDS = ("iid", "project_id", "state", "created_at", "updated_at", "target_branch")
ADDRESS = re.compile(r"^https?://([^/]+)/(.+?)/-/merge_requests/\d+")
BOT = re.compile(r"^(project|group)_\d+_bot")
BOUND, RECORDED = "upper bound: last update", "recorded"
HOW_API = 'glab api --paginate "projects/GROUP%2FPROJECT/merge_requests?state=all&per_page=100" > merge-requests.json'
CSV_LIMIT = "15 MB"
STATES = ("opened", "closed", "merged", "locked")


def read(exports, context):
    """Return the Reading of exports of both kinds; a CSV adds only requests that no JSON beside it has."""
    reading = Reading(names={"pull_requests": CSV_NAMES if _is_csv(exports[0]) else API_NAMES})
    for export in exports:
        if not _is_csv(export):
            _read_api(reading, export, context)
    known = {(cells["repository"], str(cells["pull_request_id"])) for cells in reading.tables.get("pull_requests", ())}
    for export in exports:
        if _is_csv(export):
            _read_csv(reading, export, context, known)
    rows = reading.tables.get("pull_requests", [])
    bounds = sum(cells["merge_time"] == BOUND for cells in rows)
    if bounds:
        reading.notes.append(f"the time of {bounds:,} merges is that of the last update: lead and review times are at most so long, and "
                             "comments after a merge make them longer; import merged_at over it when you can")
    latest = max((moment(cells["updated_at"]) for cells in rows if moment(cells["updated_at"])), default=None)
    reading.extracted_at = latest.strftime("%Y-%m-%dT%H:%M:%SZ") if latest else ""
    return reading


def _read_csv(reading, export, context, known):
    """Add rows of a CSV; SourceError unless the last update may stand for the merge, as an upper bound."""
    for at, record in enumerate(export.records):
        state, ended = record["State"].casefold(), record["Updated At (UTC)"]
        _refuse_state(export, at, state)
        repository = _repository(context, record.get("URL", ""), record.get("Target Project ID", ""))
        if (repository, record["MR ID"]) in known:
            reading.left_out["rows of the CSV that the JSON beside it has too"] += 1
            continue
        if not context.options.get("updated-as-upper-bound"):
            raise SourceError(
                f"{export.name}: GitLab's CSV has no time of the merge, so no lead time can be had from it. Export by its interface, "
                f"which has merged_at: {HOW_API}; or take the last update for it, which is later or the same, with "
                "--updated-as-upper-bound")
        _add(reading, export, at, context, record["Author Username"], record.get("URL", ""), record["MR ID"], repository,
             state=state, created=record["Created At (UTC)"], merged=ended, closed=ended, updated=ended,
             title=record.get("Title"), commit=None, deployed=None, merge_time=BOUND)
    reading.notes.append(f"GitLab ends its CSV at {CSV_LIMIT}: compare the number of rows with the web page")


def _read_api(reading, export, context):
    if not export.has("merged_at"):
        raise SourceError(f"{export.name}: has no merged_at; export it again: {HOW_API}")
    for at, record in enumerate(export.records):
        _refuse_state(export, at, record["state"])
        author = record.get("author") or {}
        address = record.get("web_url") or ""
        _add(reading, export, at, context, author.get("username") or "", address, record["iid"],
             _repository(context, address, record["project_id"]), state=record["state"], created=record["created_at"],
             merged=record.get("merged_at"), closed=record.get("closed_at"), updated=record.get("updated_at"),
             title=record.get("title"), merge_time=RECORDED, deployed=record.get("first_deployed_to_production_at"),
             commit=record.get("merge_commit_sha") or record.get("squash_commit_sha"))


def _repository(context, address, project):
    found = ADDRESS.match(address)
    return context.repository or (found[2] if found else f"project {project}")


def _refuse_state(export, at, state):
    if state not in STATES:
        raise SourceError(f"{where(export, at)}: state {state!r} is none of {', '.join(STATES)}; GitLab's own words "
                          "are needed, so export it again in English")


def _add(reading, export, at, context, login, address, number, repository, **found):
    robot = is_bot(login, "") or bool(BOT.match(login))
    if robot and not context.keep_bots:
        reading.left_out["merge requests by bots"] += 1
        return
    host = ADDRESS.match(address)[1] if ADDRESS.match(address) else "gitlab.com"
    is_merged = found["state"] == "merged"
    if is_merged and not found["merged"]:
        reading.repaired["merged requests of which the interface gave no merged_at: the last update stands for it"] += 1
        found |= {"merged": found["updated"], "merge_time": BOUND}
    if not login or login == "ghost":
        reading.repaired["merge requests of accounts that are no more: all under one author"] += 1
    merged = found["merged"] if is_merged else ""
    closed = found["closed"] if found["state"] == "closed" else merged
    reading.add("pull_requests", row(
        export, at, unit=repository, repository=repository, pull_request_id=number, author_id=context.person(login or "ghost", host),
        created_at=found["created"], merged_at=merged or "", closed_at=closed or "", updated_at=found["updated"],
        deployed_at=found["deployed"], is_revert=str(found["title"]).startswith("Revert ") if found["title"] is not None else None,
        is_bot=robot, merge_commit=found["commit"] if is_merged else None, merge_time=found["merge_time"] if is_merged else "",
        _weak=("merged_at", "closed_at", "merge_time") if is_merged and found["merge_time"] == BOUND else ()))


def _is_csv(export):
    return export.form == "csv" and export.has(*CSV_NEEDS)


SOURCE = Source(
    "gitlab", "GitLab merge requests", ("pull_requests",),
    lambda export: _is_csv(export) or (export.form == "json" and export.has(*API_NEEDS)), read, API_NEEDS, HOW_API,
    ("First commit, first review and size: neither a list of the interface nor the CSV has them.",
     "When a change reached production, unless single answers with first_deployed_to_production_at are imported.",
     "From the CSV, when a change was merged: only that it was, and when it was last touched."),
    (Option("updated-as-upper-bound", "Of a CSV, take the last update for the time of the merge, which was then or before.", False,
            is_flag=True),))
