"""When merged changes reached production, from runs that deploy all that was merged before they began."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict

from upskill.data.sources import write

CHANGE, RUN = "pull_requests", "deployments"
RULE = "first successful run of the branch that began after the merge"
VERSION = re.compile(r"v?\d+(\.\d+)*$")


def first_deployments(changes, runs):
    """Return {(repository, pull_request_id): finished_at, or "" while none came} of merged changes.

    A run deploys what was merged into its branch before it began, provided that its row says so (`deploys_merged`);
    one of a version tag deploys the branch into which most was merged. Times are text in one form, so that they sort.

    >>> change = {"repository": "a/b", "pull_request_id": "1", "merged_at": "2026-03-03T15:00:00Z", "merged_into": "main"}
    >>> run = {"repository": "a/b", "branch": "main", "status": "success", "deploys_merged": "true",
    ...        "triggered_at": "2026-03-03T15:01:00Z", "finished_at": "2026-03-03T15:21:00Z"}
    >>> first_deployments([change], [run])
    {('a/b', '1'): '2026-03-03T15:21:00Z'}
    """
    bases = defaultdict(Counter)
    for row in changes:
        bases[row["repository"]][row.get("merged_into", "")] += bool(row.get("merged_at"))
    begun = defaultdict(list)
    for run in runs:
        if run.get("deploys_merged") == "true" and run["status"] == "success" and bases[run["repository"]]:
            usual = bases[run["repository"]].most_common(1)[0][0]
            branch = usual if VERSION.match(run.get("branch", "")) else run.get("branch", "")
            begun[run["repository"], branch].append((run["triggered_at"], run["finished_at"]))
    begun = {key: sorted(times) for key, times in begun.items()}
    deploying = {repository for repository, _ in begun}
    found = {}
    for row in changes:
        if row.get("merged_at") and row["repository"] in deploying:
            times = begun.get((row["repository"], row.get("merged_into", "")), [])
            at = bisect_left(times, (row["merged_at"], ""))
            found[row["repository"], row["pull_request_id"]] = times[at][1] if at < len(times) else ""
    return found


def link_deployments(folder, merged):
    """Add deployed_at to merged changes in `merged` ({table: columns, rows, Counter, log lines}), where runs date them.

    What another source told of a deployment stays: only rows without one, or with one by this rule, are dated.
    """
    runs = merged[RUN][1] if RUN in merged else write.read_rows(folder, RUN)[1]
    if not any(run.get("deploys_merged") == "true" for run in runs):
        return merged
    columns, rows, counts, log = merged.get(CHANGE) or (*write.read_rows(folder, CHANGE), Counter(), [])
    found, dated, more = first_deployments(rows, runs), [], []
    for row in rows:
        key = row["repository"], row["pull_request_id"]
        before = row.get("deployed_at", "")
        if key not in found or (before and row.get("deployment_rule") != RULE):
            dated.append(row)
            continue
        dated.append(row | {"deployed_at": found[key], "deployment_rule": RULE if found[key] else ""})
        if found[key] != before:
            more.append((" / ".join(key), "deployed_at", before, found[key]))
    counts = counts + Counter(dated=len(more))
    columns = write.order_columns(CHANGE, columns, [{"deployed_at": "", "deployment_rule": ""}])
    return merged | {CHANGE: (columns, dated, counts, [*log, *more])} if rows else merged
