"""Apache DevLake's domain tables as CSV: pull requests with their metrics, deployments, incidents, and what links them."""

from collections import defaultdict
from datetime import timedelta

from upskill.data.sources.framework import Option, Reading, Source, earliest, moment, row
from upskill.data.sources.git import SourceError
from upskill.data.sources.people import is_bot

# The tables, each with columns by which it is known; the file's name says nothing.
KNOWN = {
    "deployment_commits": ("cicd_deployment_id", "commit_sha", "result", "environment", "finished_date"),
    "deployments": ("cicd_scope_id", "result", "environment", "finished_date", "duration_sec"),
    "metrics": ("project_name", "pr_cycle_time", "pr_coding_time"),
    "pulls": ("base_repo_id", "pull_request_key", "created_date", "merged_date", "status"),
    "incidents": ("incident_key", "created_date", "resolution_date", "scope_id"),
    "links": ("id", "project_name", "deployment_id"),
    "projects": ("project_name", "table", "row_id"),
    "repositories": ("id", "name", "forked_from"),
}
NEEDS = KNOWN["pulls"]
NOTHING = ("", "NULL", "\\N", "0000-00-00 00:00:00", "0000-00-00 00:00:00.000", "None")
RESULTS = {"SUCCESS": "success", "FAILURE": "failure"}
LINK_RULE = "DevLake: latest successful deployment before the incident"


def table_of(export):
    """Return which of DevLake's tables an export is, or ""."""
    return next((name for name, columns in KNOWN.items() if export.form == "csv" and export.has(*columns)), "")


def read(exports, context):
    """Return the Reading of DevLake's tables, as many of them as there are."""
    tables = defaultdict(list)
    for export in exports:
        tables[table_of(export)] += [(export, at, {name: "" if str(value).strip() in NOTHING else str(value).strip()
                                                   for name, value in record.items() if name is not None})
                                     for at, record in enumerate(export.records)]
    given = {table_of(export) for export in exports}
    if not given & {"pulls", "deployments", "deployment_commits", "incidents"}:
        raise SourceError(f"{exports[0].name}: joins others of DevLake's tables; name pull_requests, cicd_deployments or incidents with "
                          "it, or the folder of all of them")
    reading = Reading(names={"pull_requests": {"created_at": "created_date", "merged_at": "merged_date"},
                             "deployments": {"finished_at": "finished_date", "deployment_id": "id"},
                             "incidents": {"started_at": "created_date", "resolved_at": "resolution_date"}})
    project = context.options.get("project", "")
    projects = _projects(tables["projects"], project, reading)
    names = {record["id"]: record["name"] for _, _, record in tables["repositories"]}
    _add_pulls(reading, tables, projects, names, project, context)
    deployed = _add_deployments(reading, tables, projects, names, context)
    _add_incidents(reading, tables, projects, deployed, project, "links" in given)
    if tables["pulls"] and "metrics" not in given:
        reading.notes.append("without project_pr_metrics, first commit, first review and deployment of changes are not known")
    return reading


def _projects(rows, project, reading):
    """Return {(table, row_id): project}; what belongs to several is counted under the first by name."""
    found = defaultdict(set)
    for _, _, record in rows:
        found[record["table"], record["row_id"]].add(record["project_name"])
    if project and rows and not any(project in names for names in found.values()):
        known = ", ".join(sorted({name for names in found.values() for name in names}))
        raise SourceError(f"no project {project!r} in project_mapping. There are: {known}")
    reading.repaired["repositories, scopes or boards in several projects: counted under the first by name"] += sum(
        len(names) > 1 and project not in names for names in found.values())
    return {key: project if project in names else min(names) for key, names in found.items()}


# --- changes


def _add_pulls(reading, tables, projects, names, project, context):
    metrics = defaultdict(list)
    for _, _, record in tables["metrics"]:
        if not project or record["project_name"] == project:
            metrics[record["id"]].append(record)
    for export, at, record in tables["pulls"]:
        login = record.get("author_name") or record.get("author_id") or "ghost"
        robot = is_bot(login, "")
        if robot and not context.keep_bots:
            reading.left_out["pull requests by bots"] += 1
            continue
        repository = _repository(record.get("base_repo_id", ""), names, record.get("url", ""))
        unit = projects.get(("repos", record.get("base_repo_id")), repository)
        if project and unit != project:
            reading.left_out["rows of other projects"] += 1
            continue
        times = _times(reading, record, metrics.get(record["id"], []))
        reading.add("pull_requests", row(
            export, at, unit=unit, repository=repository, pull_request_id=record.get("pull_request_key") or record["id"],
            author_id=context.person(login), **times, additions=record.get("additions") or None,
            deletions=record.get("deletions") or None, is_bot=robot, merge_commit=record.get("merge_commit_sha") or None,
            is_revert=record["title"].startswith("Revert ") if "title" in record else None))


def _repository(identity, names, address):
    if identity in names:
        return names[identity]
    parts = address.split("://")[-1].split("/")
    return "/".join(parts[1:3]) if len(parts) > 3 else identity


def _times(reading, record, metrics):
    """Return the times of a change; the parts that DevLake writes as 0 minutes where it knows nothing stay empty."""
    created, merged = record["created_date"], record["merged_date"]
    coded = earliest([_date(one, "first_commit_authored_date") or _before(created, one, "pr_coding_time") for one in metrics])
    reviewed = earliest([_date(one, "first_comment_date") or _after(created, one, "pr_pickup_time") for one in metrics])
    deployed = earliest([_date(one, "pr_deployed_date") or _after(merged, one, "pr_deploy_time") for one in metrics])
    if coded and moment(created) and moment(coded) > moment(created):
        reading.repaired["first commits after the opening (branch rewritten): not known"] += 1
        coded = ""
    if merged and metrics and not deployed:
        reading.repaired["merged changes without a deployment: not yet deployed here, where DevLake's cycle time counts 0 minutes"] += 1
    if merged and deployed and moment(deployed) < moment(merged):
        reading.repaired["deployments before the merge: not known"] += 1
        deployed = ""
    if merged and not metrics:
        reading.repaired["merged changes without a row in project_pr_metrics: first commit, review and deployment not known"] += 1
    # Metrics are there for merged changes only; of open ones nothing is told.
    told = (coded, reviewed, deployed) if metrics else (None, None, None)
    return {"created_at": created, "merged_at": merged, "closed_at": record.get("closed_date") or merged,
            "first_commit_at": told[0], "first_review_at": told[1], "deployed_at": told[2]}


def _date(record, name):
    return record.get(name) or ""


def _before(time, record, name):
    return _shifted(time, record, name, -1)


def _after(time, record, name):
    return _shifted(time, record, name, 1)


def _shifted(time, record, name, sign):
    """Return a time by minutes from another, as older versions give no dates; "" for 0, which means unknown, or less."""
    try:
        minutes = float(record.get(name) or 0)
    except ValueError:
        minutes = 0
    base = moment(time)
    return (base + sign * timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") if base and minutes > 0 else ""


# --- deployments and incidents


def _add_deployments(reading, tables, projects, names, context):
    """Add deployments to the environment that counts; return {id: (project or repository)} of them."""
    wanted = (context.options.get("environment") or "PRODUCTION").upper()
    commits = defaultdict(list)
    for export, at, record in tables["deployment_commits"]:
        commits[record["cicd_deployment_id"]].append((export, at, record))
    rows = [(export, at, record, record["id"]) for export, at, record in tables["deployments"]]
    if not rows:
        rows = [(*parts[0], deployment) for deployment, parts in commits.items()]
    kept, environments = {}, defaultdict(int)
    for export, at, record, identity in rows:
        environments[record.get("environment") or "(none)"] += 1
        if (record.get("environment") or "").upper() != wanted:
            reading.left_out[f"deployments to other environments than {wanted}"] += 1
            continue
        if record.get("result", "").upper() not in RESULTS or not record.get("finished_date"):
            reading.left_out["deployments that neither succeeded nor failed"] += 1
            continue
        with_commits = commits.get(identity, [])
        repository = next((_repository(one.get("repo_id", ""), names, one.get("repo_url", "")) for _, _, one in with_commits),
                          names.get(record.get("cicd_scope_id"), ""))
        unit = projects.get(("cicd_scopes", record.get("cicd_scope_id")), repository or record.get("cicd_scope_id", ""))
        project = context.options.get("project", "")
        if project and unit != project:
            reading.left_out["rows of other projects"] += 1
            continue
        kept[identity] = unit
        reading.add("deployments", row(export, at, unit=unit, deployment_id=identity, repository=repository,
                                       finished_at=record["finished_date"], status=RESULTS[record["result"].upper()]))
    if rows and not kept:
        found = ", ".join(f"{name} ({count:,})" for name, count in sorted(environments.items()))
        raise SourceError(f"no deployment to {wanted} is there; name the environment with --environment. There are: {found}")
    return kept


def _add_incidents(reading, tables, projects, deployed, project, has_links):
    links = defaultdict(set)
    for _, _, record in tables["links"]:
        links[record["id"]].add(record["deployment_id"])
    unlinked = 0
    for export, at, record in tables["incidents"]:
        linked = sorted(links.get(record["id"], set()) & deployed.keys()) if deployed else sorted(links.get(record["id"], ()))
        own = projects.get((record.get("table"), record.get("scope_id")), "")
        unit = own or next((deployed[one] for one in linked if one in deployed), "") or record.get("scope_id", "")
        if project and unit != project:
            reading.left_out["rows of other projects"] += 1
            continue
        reading.repaired["incidents linked to several deployments: the first by id"] += len(linked) > 1
        unlinked += not linked
        reading.add("incidents", row(
            export, at, unit=unit, incident_id=record["id"], started_at=record["created_date"],
            resolved_at=record.get("resolution_date", ""), deployment_id=linked[0] if linked else ("" if has_links else None),
            severity=record.get("severity") or record.get("priority") or None, link_rule=LINK_RULE if linked else ""))
    if tables["incidents"] and not has_links:
        reading.notes.append("without project_incident_deployment_relationships no incident is linked to a deployment, so none counts as "
                             "a failed change; nothing is linked by time here")
    elif unlinked:
        reading.notes.append(f"{unlinked:,} incidents are linked to no deployment in these files, and count as nobody's failed change")


SOURCE = Source(
    "devlake", "Apache DevLake", ("pull_requests", "deployments", "incidents"), lambda export: bool(table_of(export)), read, NEEDS,
    "write the domain tables pull_requests, project_pr_metrics, cicd_deployments, cicd_deployment_commits, incidents, "
    "project_incident_deployment_relationships, project_mapping and repos as CSV with a header into one folder, and import the folder",
    ("Whether an incident came from the deployment it is linked to: DevLake takes the latest successful one before it.",
     "Deployments that its connection does not see; a change without one counts as not yet deployed, not as fast."),
    (Option("project", "Count only this project of project_mapping."),
     Option("environment", "Environment whose deployments count; default: PRODUCTION.")))
