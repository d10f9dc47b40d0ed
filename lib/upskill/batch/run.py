"""Make the reports of a plan, several at once, each undisturbed by the others."""

import datetime
import json
import os
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass

import nbformat

from upskill.batch.execute import BAD, Ending, Runner
from upskill.batch.outcome import Outcome, make_outcome
from upskill.batch.plan import Job, decide, job_key, needed_jobs
from upskill.batch.program import versions
from upskill.batch.redact import Redactor
from upskill.batch.render import Links
from upskill.batch.write import SET_ASIDE, as_json, report_files, write_file, write_folder

NEEDED = "NeededReportFailed"


@dataclass(frozen=True)
class Result:
    """What became of one job."""

    job: Job
    status: str
    reason: str = ""
    seconds: float = 0.0
    kept: bool = False
    blocked: bool = False
    unwritten: bool = False

    @property
    def is_bad(self):
        return self.status in BAD


def default_workers():
    """One per processor that we may use, at most 8."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)


def run_jobs(jobs, workers=None, force=False, on_result=lambda result: None, label=""):
    """Make all reports and return their Results in the order of the jobs.

    A job starts when the reports that it needs have ended. An interrupt kills
    all kernels, keeps what is done and is raised again.
    """
    results, waiting, running = {}, list(jobs), {}
    with Runner(label) as runner, ThreadPoolExecutor(workers or default_workers()) as pool:
        try:
            while waiting or running:
                for job in _ready(waiting, jobs, results):
                    waiting.remove(job)
                    running[pool.submit(make_report, job, runner, _failed_need(job, jobs, results), force)] = job
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    job = running.pop(future)
                    results[job.name] = future.result()
                    on_result(results[job.name])
        except BaseException:
            runner.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [results[job.name] for job in jobs]


def _ready(waiting, jobs, results):
    return [job for job in waiting if all(other.name in results for other in needed_jobs(job, jobs))]


def _failed_need(job, jobs, results):
    """Return the Result that this job cannot do without, or None: same team where there is one, else the company."""
    for need in job.needs:
        found = {other.slug: results[other.name] for other in needed_jobs(job, jobs) if other.report == need}
        result = found.get(job.slug) or found.get("company")
        if result and (result.is_bad or result.blocked):
            return result
    return None


def make_report(job, runner, failed_need=None, force=False):
    """Make one report, or keep it; whatever goes wrong becomes its Result."""
    began = time.monotonic()
    try:
        if failed_need is not None:
            return _blocked(job, failed_need)
        verdict, _ = decide(job, force, runner.label)
        if verdict == "kept":
            _relabel(job, runner.label)
            return Result(job, "ok", kept=True)
        return _run(job, runner)
    except InterruptedError:
        raise
    except Exception as error:  # noqa: BLE001 - one report must not end the others
        reason = Redactor(job.program.personal_ids).message(
            f"The page could not be written: {type(error).__name__}: {error}")
        return _say_unwritten(job, reason, time.monotonic() - began)


def _say_unwritten(job, reason, seconds):
    """Write a page that says only why there is no page; where the disk takes not even that, the Result says it."""
    try:
        return _write(job, Outcome(Ending("failed", reason), nbformat.v4.new_notebook()), "", _now(), seconds)
    except OSError:
        return Result(job, "failed", reason, seconds, unwritten=True)


def _run(job, runner):
    key, started = job_key(job), _now()
    notebook = nbformat.read(job.notebook, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    executed, ending, seconds = runner.run(notebook, job.given, job.time_limit_seconds)
    if runner.stopped:
        raise InterruptedError("the batch was stopped")
    outcome = make_outcome(executed, ending, Redactor(job.program.personal_ids))
    return _write(job, outcome, key, started, seconds, runner.label)


def _relabel(job, label):
    """Say in run.json that a kept report belongs to this labelled run too."""
    path = job.folder / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    if label and record.get("label") != label:
        write_file(path, as_json(record | {"label": label}))


def _blocked(job, failed_need):
    reason = f"It needs {failed_need.job.name}, which has the status {failed_need.status}."
    notebook = nbformat.read(job.notebook, as_version=4)
    outcome = make_outcome(notebook, Ending("skipped", reason, None, NEEDED), Redactor(job.program.personal_ids))
    _write(job, outcome, "", _now(), 0.0)
    return Result(job, "skipped", reason, blocked=True)


def _write(job, outcome, key, started, seconds, label=""):
    record = make_record(job, outcome, key, started, seconds) | {"label": label, "released": list(outcome.released)}
    links = Links(job.slug, job.neighbors, "../../../index.html", f"../../{SET_ASIDE}" if job.program.set_aside else "")
    write_folder(job.folder, report_files(outcome, record, links))
    return Result(job, outcome.ending.status, outcome.ending.reason, seconds)


def make_record(job, outcome, key, started, seconds):
    """Return what goes into run.json."""
    ending = outcome.ending
    return {
        "report": job.report, "slug": job.slug, "title": outcome.title, "question": outcome.question,
        "status": ending.status, "reason": ending.reason, "cell": ending.cell, "ename": ending.ename,
        "evalue": ending.evalue, "program": job.program.slug, "program_name": job.program.name,
        "parameters": job.parameters, "answer": list(outcome.answer), "key": key, "versions": versions(),
        "data": job.program.digest, "needs": list(job.needs), "cards": list(outcome.cards),
        "set_aside": {"rows": outcome.report.get("set_aside") or 0, "of": outcome.report.get("rows") or 0},
        "started_at": started, "seconds": round(seconds, 2),
        "counts": {name: len(getattr(outcome, name)) for name in ("facts", "tables", "figures")},
        "warnings": outcome.warnings,
    }


def unwritten_records(results, output):
    """Return records of reports whose page could not be written, so that the index shows no older page as theirs."""
    return [make_record(result.job, Outcome(Ending("failed", result.reason), nbformat.v4.new_notebook()), "", "", 0.0)
            | {"folder": result.job.folder.relative_to(output).as_posix(), "unwritten": True}
            for result in results if result.unwritten]


def _now():
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
