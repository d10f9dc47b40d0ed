"""Make the reports of a plan, several at once, each undisturbed by the others."""

import copy
import datetime
import json
import os
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import nbformat

from upskill.batch.execute import BAD, Ending, Runner
from upskill.batch.history import what_of
from upskill.batch.keys import Keys, key_of
from upskill.batch.outcome import Outcome, make_outcome
from upskill.batch.pdf import add_pdf
from upskill.batch.plan import Job, decide, named, needed_jobs, point_before
from upskill.batch.program import versions
from upskill.batch.reasons import have_same_data
from upskill.batch.redact import Redactor
from upskill.batch.render import Links, render_report
from upskill.batch.why import details
from upskill.batch.write import SET_ASIDE, as_json, compact_json, report_files, write_file, write_folder

NEEDED = "NeededReportFailed"
FEW = 3
AGAIN = ("died", "timed_out")  # may be the machine's fault; what a notebook raises is its own


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
    attempts: int = 1
    no_pdf: str = ""  # why a PDF that was asked for is not there

    @property
    def is_bad(self):
        return self.status in BAD


def default_workers():
    """One per processor that we may use, at most 8."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)


def runner_for(jobs, force=False, label=""):
    """Return the Runner for jobs on this machine: for a few reports ordinary kernels, which are there sooner."""
    keys, count = Keys(), 0
    for job in jobs:
        count += decide(job, force, label, keys)[0] == "run"
        if count > FEW:
            return Runner(label, is_warm=True)
    return Runner(label, is_warm=False)


def run_jobs(jobs, workers=None, force=False, on_result=lambda result: None, label="", retries=1,
             on_start=lambda job: None, runner=None, printer=None):
    """Make all reports and return their Results in the order of the jobs.

    A job starts when the reports that it needs have ended. An interrupt kills
    all kernels, keeps what is done and is raised again. `retries`: how often a
    report that died or took too long is tried again; `on_start` is told of
    each report that is really made; `runner`: who runs notebooks, by default
    kernels on this machine; `printer`: makes a PDF of each report that is ready.
    """
    results, waiting, running = {}, list(jobs), {}
    runner = runner or Runner(label)
    maker = Maker(runner, force, retries, on_start, printer)
    with runner, ThreadPoolExecutor(workers or runner.workers or default_workers()) as pool:
        try:
            while waiting or running:
                for job in _ready(waiting, jobs, results):
                    waiting.remove(job)
                    running[pool.submit(maker.make, job, _failed_need(job, jobs, results))] = job
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


class Maker:
    """Makes single reports; whatever goes wrong becomes their Result."""

    def __init__(self, runner, force=False, retries=1, on_start=lambda job: None, printer=None):
        self.runner, self.force, self.retries, self.on_start, self.printer = runner, force, retries, on_start, printer
        self.keys = Keys()

    def make(self, job, failed_need=None):
        """Make one report, or keep it."""
        began = time.monotonic()
        try:
            if failed_need is not None:
                return _blocked(job, failed_need)
            verdict, _ = decide(job, self.force, self.runner.label, self.keys)
            if verdict == "kept":
                _relabel(job, self.runner.label)
                return self._printed(Result(job, "ok", kept=True))
            self.on_start(job)
            return self._printed(self._run(job))
        except InterruptedError:
            raise
        except Exception as error:  # noqa: BLE001 - one report must not end the others
            what = "The page could not be written" if job.notebook.is_file() else "Its notebook is not there any more"
            reason = Redactor(job.program.personal_ids).message(f"{what}: {type(error).__name__}: {error}")
            return _say_unwritten(job, reason, time.monotonic() - began)

    def _printed(self, result):
        """Add the PDF of a report that is ready; a report stays ready without it."""
        if self.printer is None or result.status != "ok":
            return result
        return replace(result, no_pdf=add_pdf(result.job.folder, self.printer))

    def _run(self, job):
        started, attempts, mask = _now(), [], Redactor(job.program.personal_ids).message
        self.keys.parts(job)  # of the notebook as it is now
        notebook = _without_outputs(job.notebook)
        while True:
            ran = self.runner.run(copy.deepcopy(notebook), job.given, job.time_limit_seconds)
            if self.runner.stopped:
                raise InterruptedError("the batch was stopped")
            attempts.append({"status": ran.ending.status, "reason": mask(ran.ending.reason),
                             "seconds": round(ran.seconds, 2)})
            if ran.ending.status not in AGAIN or len(attempts) > self.retries:
                break
        parts = self.keys.parts(job, ran.reads)
        outcome = make_outcome(ran.notebook, ran.ending, Redactor(job.program.personal_ids))
        more = {"parts": parts, "reads": ran.reads, "attempts": attempts}
        why = details(job, ran.reads, self.keys, mask)
        return _write(job, outcome, key_of(parts), started, ran.seconds, self.runner.label, more, why)


def _say_unwritten(job, reason, seconds):
    """Write a page that says only why there is no page; where the disk takes not even that, the Result says it."""
    try:
        return _write(job, Outcome(Ending("failed", reason), nbformat.v4.new_notebook()), "", _now(), seconds)
    except OSError:
        return Result(job, "failed", reason, seconds, unwritten=True)


def _without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _relabel(job, label):
    """Say in run.json and on the page that a kept report belongs to this labelled run too."""
    record = json.loads((job.folder / "run.json").read_text(encoding="utf-8"))
    if not label or record.get("label") == label:
        return
    record["label"] = label
    notebook = nbformat.read(job.folder / "report.ipynb", as_version=4)
    outcome = make_outcome(notebook, Ending(), Redactor(job.program.personal_ids))
    page = render_report(outcome, record, links_of(job), point_before(job, record["key"], label))
    (job.folder / "report.pdf").unlink(missing_ok=True)  # which says the old label
    write_file(job.folder / "report.html", page)
    write_file(job.folder / "run.json", as_json(record))


def links_of(job):
    """Return where the page of a job leads to."""
    return Links(job.slug, job.neighbors, "../../../index.html", f"../../{SET_ASIDE}" if job.program.set_aside else "")


def _blocked(job, failed_need):
    reason = f"It needs {failed_need.job.name}, which has the status {failed_need.status}."
    notebook = nbformat.read(job.notebook, as_version=4)
    outcome = make_outcome(notebook, Ending("skipped", reason, None, NEEDED), Redactor(job.program.personal_ids))
    _write(job, outcome, "", _now(), 0.0)
    return Result(job, "skipped", reason, blocked=True)


def _write(job, outcome, key, started, seconds, label="", more=None, why=None):
    since = point_before(job, key, label) if outcome.ending.status == "ok" else None
    record = make_record(job, outcome, key, started, seconds) | {"label": label, "released": list(outcome.released)}
    record |= {"compared_with": named(since)} | (more or {})
    record |= {"on_same_data": since is not None and have_same_data(since.why, what_of(record, why or {}))}
    files = report_files(outcome, record, links_of(job), since)
    write_folder(job.folder, files | ({"why.json": compact_json(why)} if why else {}))
    return Result(job, outcome.ending.status, outcome.ending.reason, seconds, attempts=len(record.get("attempts") or "x"))


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
