"""Builds of a Jenkins job that deploys, as its API gives them: times in milliseconds since 1970."""

from datetime import UTC, datetime

from upskill.data.sources import when
from upskill.data.sources.framework import Option, Reading, Source, row
from upskill.data.sources.git import SourceError

NEEDS = ("number", "result", "timestamp", "duration")
RESULTS = {"SUCCESS": "success", "FAILURE": "failure"}
NOTHING = {"ABORTED", "NOT_BUILT"}
JOB = Option("job", "Name of the Jenkins job, which its builds do not carry: one job a command.")
UNSTABLE = Option("unstable", "What an UNSTABLE build of the job is: success or failure.")


def read(exports, context):
    """Return the Reading of builds: deployments. Raises SourceError without the job, and for results that nobody has explained."""
    job, unstable = (str(context.options.get(name) or "").strip() for name in ("job", "unstable"))
    named = {str(export.around.get("fullName") or export.around.get("name") or "") for export in exports} - {""}
    if not job and len(named) != 1:
        raise SourceError("builds do not say of which job they are; name it: --job NAME (it must be a job that deploys to "
                          "production: builds that only test are no deployments)")
    if unstable not in ("", "success", "failure"):
        raise SourceError(f"--unstable {unstable}: expected success or failure")
    job, reading = job or named.pop(), Reading(names={"deployments": {"deployment_id": "number", "status": "result"}})
    for export in exports:
        for at, build in enumerate(export.records):
            _add(reading, export, at, build, job, RESULTS | ({"UNSTABLE": unstable} if unstable else {}))
    return reading


def _add(reading, export, at, build, job, results):
    result = build.get("result")
    if build.get("building") or result is None:
        reading.left_out["still running"] += 1
    elif result in NOTHING:
        reading.left_out[f"{result}: nothing was deployed"] += 1
    elif result not in results:
        raise SourceError(f"{export.name}, build {build.get('number')}: result {result}; say whether such a build is a deployment: "
                          "--unstable success, or --unstable failure")
    else:
        reading.add("deployments", row(export, at, unit=job, deployment_id=f"{job} #{build['number']}",
                                       finished_at=_end(build, export, reading.repaired), status=results[result]))


def _end(build, export, repaired):
    try:
        begin, lasted = int(build["timestamp"]), int(build.get("duration") or 0)
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(f"{export.name}, build {build.get('number')}: no timestamp in milliseconds; {SOURCE.how}") from error
    repaired["builds without a duration: finished when they began"] += lasted == 0
    return when.as_timestamp(datetime.fromtimestamp((begin + lasted) // 1000, UTC))


SOURCE = Source(
    "jenkins", "Jenkins builds (API, JSON)", ("deployments",), lambda export: export.form == "json" and export.has(*NEEDS),
    read, NEEDS, "JOB/api/json?tree=fullName,builds[number,result,timestamp,duration,building]{0,1000} > builds.json",
    ("Whether a deployment needed mending, or was made to mend another.", "Which commits a deployment brought.",
     "Failures after the build had ended."),
    (JOB, UNSTABLE))
