"""GitHub Actions runs of a deployment workflow: the REST list of runs, and `gh run list --json …`."""

from collections import Counter
from fnmatch import fnmatchcase

from upskill.data.sources.framework import Option, Reading, Source, row, where
from upskill.data.sources.git import SourceError
from upskill.data.sources.hosts.github_pulls import repository_in

REST_NEEDS = ("run_number", "workflow_id", "status", "conclusion", "created_at", "updated_at")
GH_NEEDS = ("databaseId", "workflowName", "status", "conclusion", "createdAt", "updatedAt")
GH_FIELDS = "databaseId,workflowName,status,conclusion,createdAt,updatedAt,startedAt,headBranch,headSha,event,attempt,number,url"
STATUS = {"success": "success", "failure": "failure", "timed_out": "failure", "startup_failure": "failure"}
OF_PROPOSALS = ("pull_request", "pull_request_target", "merge_group")
NAMES = {"finished_at": "updated_at", "status": "conclusion", "deployment_id": "id"}


def read(exports, context):
    """Return the Reading of runs: one deployment per finished attempt of the chosen workflows."""
    runs = [(export, at, _run(record)) for export in exports for at, record in enumerate(export.records)]
    wanted, branch = _chosen_workflows(runs, context), context.options.get("branch", "")
    reading, branches = Reading(names={"deployments": NAMES}), Counter()
    wrong = []
    for export, at, run in runs:
        repository = context.repository or run["repository"]
        if not repository:
            wrong.append(f"{where(export, at)}: nothing names the repository; export url too, or give it with "
                         "--repository OWNER/NAME")
            break
        reason = _left_out(run, wanted, branch)
        if reason:
            reading.left_out[reason] += 1
            continue
        branches[run["branch"]] += 1
        reading.add("deployments", _deployment(export, at, run, repository) | {
            "deploys_merged": True if context.options.get("deploys-merged") else None})
    if wrong:
        raise SourceError("\n".join(wrong))
    rows = reading.tables.get("deployments", [])
    if not rows:
        raise SourceError(f"no finished run of {', '.join(sorted(wanted))} is in {exports[0].name}"
                          f"{' on branch ' + branch if branch else ''}; nothing would count as a deployment")
    again = sum(cells["attempt"] > 1 for cells in rows)
    if again:
        reading.notes.append(f"{again:,} runs were run again: this export has their last attempt only, so failed attempts before it "
                             "are missing and too few failures are counted")
    if len(branches) > 1:
        most = ", ".join(f"{name} ({count:,})" for name, count in branches.most_common(4))
        reading.notes.append(f"runs of {len(branches):,} branches or tags count as deployments: {most}; --branch NAME counts one")
    reading.extracted_at = max(cells["finished_at"] for cells in rows)
    return reading


def _run(record):
    is_gh = "databaseId" in record
    actor = record.get("repository") or {}
    return {
        "id": record.get("databaseId" if is_gh else "id"), "workflow": record.get("workflowName" if is_gh else "name") or "",
        "attempt": int(record.get("attempt" if is_gh else "run_attempt") or 1), "event": record.get("event") or "",
        "branch": record.get("headBranch" if is_gh else "head_branch") or "", "state": record.get("status") or "",
        "sha": record.get("headSha" if is_gh else "head_sha") or "", "conclusion": record.get("conclusion") or "",
        "created": record.get("createdAt" if is_gh else "created_at"), "ended": record.get("updatedAt" if is_gh else "updated_at"),
        "repository": actor.get("full_name") or repository_in(record)}


def _chosen_workflows(runs, context):
    """Return the names of workflows that deploy, as the one who imports says; SourceError lists those that there are."""
    counts = Counter(run["workflow"] for _, _, run in runs)
    patterns = context.options.get("workflow", ())
    if not patterns and len(counts) == 1:
        return set(counts)
    listed = ", ".join(f"{name!r} ({count:,} runs)" for name, count in counts.most_common(12))
    if not patterns:
        raise SourceError(f"which workflow deploys to production? Name it with --workflow (it may hold *). There are: {listed}")
    found = {name for name in counts if any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)}
    if not found:
        raise SourceError(f"no workflow is named {' or '.join(patterns)}. There are: {listed}")
    return found


def _left_out(run, wanted, branch):
    if run["workflow"] not in wanted:
        return "runs of other workflows"
    if run["state"] != "completed":
        return "runs that are not finished"
    if run["conclusion"] not in STATUS:
        return "runs that were canceled, skipped or neutral"
    if run["event"] in OF_PROPOSALS:
        return "runs for proposed changes, which deploy no merged one"
    return "runs of other branches" if branch and run["branch"] != branch else ""


def _deployment(export, at, run, repository):
    attempt = f":attempt:{run['attempt']}" if run["attempt"] > 1 else ""
    return row(export, at, unit=repository, deployment_id=f"{repository}:run:{run['id']}{attempt}", repository=repository,
               finished_at=run["ended"], status=STATUS[run["conclusion"]], workflow=run["workflow"], attempt=run["attempt"],
               commit=run["sha"], branch=run["branch"], triggered_at=run["created"])


SOURCE = Source(
    "github-actions", "GitHub Actions runs", ("deployments",),
    lambda export: export.form == "json" and (export.has(*REST_NEEDS) or export.has(*GH_NEEDS)), read, REST_NEEDS,
    'gh api --paginate "repos/OWNER/NAME/actions/runs?per_page=100" > runs.json; or gh run list --repo OWNER/NAME --limit 1000 '
    f"--json {GH_FIELDS} > runs.json",
    ("Into which environment a run deployed: the workflow is named by whoever imports.",
     "Whether a deployment hurt anybody: a failed run is one that did not deploy. Failures in production come with incidents.",
     "When exactly a run ended: its last change stands for it."),
    (Option("workflow", "Workflow that deploys to production, by name (may hold *); may be given several times.", many=True),
     Option("branch", "Count only runs of this branch."),
     Option("deploys-merged", "Each run deploys all that was merged into its branch before it began: date the deployment of merged "
            "pull requests by the first such run.", False, is_flag=True)))
