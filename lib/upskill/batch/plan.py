"""The plan of a batch: every job checked before the first kernel starts, and why it runs or not."""

import fnmatch
import hashlib
import itertools
import json
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat

from upskill.batch.history import FOLDER, last_label, previous_point
from upskill.batch.keys import Keys, what_changed
from upskill.batch.parameters import ParameterError, check_parameters, declared_parameters, nearest, parameters_cell
from upskill.batch.program import ProgramFacts, describe_program, safe_name, team_slugs
from upskill.data import public_address


class PlanError(ValueError):
    """A batch that cannot start; `problems` lists everything that is wrong with it."""

    def __init__(self, problems):
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Job:
    """One report to make: a notebook, its parameters, and the folder that it goes to.

    `neighbors`: names of all reports of the plan, which this one may link to.
    """

    report: str
    slug: str
    notebook: Path
    folder: Path
    given: dict
    parameters: dict
    needs: tuple
    time_limit_seconds: float
    program: ProgramFacts = field(repr=False)
    neighbors: frozenset = field(default=frozenset(), repr=False)

    @property
    def name(self):
        return f"{self.report}/{self.slug}"


def make_plan(spec, output, only=(), teams=None, label=""):
    """Return the jobs of a specification, in an order in which needed reports come first.

    `only`: notebook names or globs on `report/slug`, and what these need that was never made; `teams`: make
    reports for these teams only; `label`: of this run, whose own history is no past. Raises PlanError with every problem of every job.
    """
    program = _program(spec.program)
    output, problems, jobs = Path(output).absolute(), [], []
    problems += [f"no team {team!r} in the program" + nearest(team, program.teams)
                 for team in teams or () if team and team not in program.teams]
    for report in spec.reports:
        try:
            jobs += _jobs(report, program, output, teams, problems, label)
        except ParameterError as error:
            problems += [f"{report.name}: {problem}" for problem in error.problems]
    names = [job.name for job in jobs]
    problems += [f"{name}: its grid has the same values twice" for name in dict.fromkeys(names)
                 if names.count(name) > 1]
    wanted = _with_needs([job for job in jobs if _is_chosen(job, only)], jobs)
    chosen = [replace(job, neighbors=frozenset(names)) for job in jobs if job.name in wanted]
    problems += [f"--only {pattern!r} matches no report" + nearest(pattern, list(dict.fromkeys(
        name for job in jobs for name in (job.report, job.name))))
        for pattern in only if jobs and not any(_is_chosen(job, [pattern]) for job in jobs)]
    if not jobs and not problems:
        problems.append("no report would be made: the grids list no values for these teams")
    if problems:
        raise PlanError(problems)
    return chosen


def _program(given):
    try:
        return describe_program(given)
    except (ValueError, OSError) as error:
        raise PlanError([f"program {public_address(given)!r} cannot be read: {error}"]) from None


def _jobs(report, program, output, teams, problems, label):
    declared = _declared(report)
    grid = _grid(report, program, declared, teams)
    if "facts" in declared and "facts" not in grid:
        grid["facts"] = [os.path.relpath(output / program.slug)]
    if "before" in declared and "before" not in grid and (last := last_label(output, program.slug, label)):
        grid["before"] = [os.path.relpath(output / program.slug / FOLDER / f"{last}.json")]
    slugs = team_slugs(program.teams)
    varied = [name for name, values in grid.items() if len(values) > 1 and name not in ("team", "program")]
    jobs = []
    for values in itertools.product(*grid.values()):
        given, faults = check_parameters(declared, dict(zip(grid, values, strict=True)), program.teams)
        problems += [f"{report.name}: {fault}" for fault in faults]
        slug = "-".join([slugs.get(str(given.get("team", "")), "team"),
                         *(_mark(name, given.get(name)) for name in varied)])
        folder = output / program.slug / report.name / slug
        if not folder.resolve().is_relative_to(output.resolve()):
            problems.append(f"{report.name}: {folder} lies outside {output}")
        parameters = {name: parameter.default for name, parameter in declared.items()} | given
        jobs.append(Job(report.name, slug, report.notebook, folder, given, parameters, report.needs,
                        report.time_limit_seconds, program))
    return jobs


def _mark(name, value):
    """Name a grid value; what a file name cannot hold is told apart by a short hash."""
    text = str(value)
    safe = safe_name(text)
    return f"{safe_name(name)}-{safe}" + ("" if safe == text else "-" + hashlib.sha256(text.encode()).hexdigest()[:6])


def _declared(report):
    try:
        notebook = nbformat.read(report.notebook, as_version=4)
    except Exception as error:  # noqa: BLE001 - nbformat raises many kinds for a broken file
        raise ParameterError([f"not a notebook: {error}"]) from None
    cell = parameters_cell(notebook)
    if cell is None:
        raise ParameterError(["has no code cell tagged `parameters`"])
    return declared_parameters(cell.source)


def _grid(report, program, declared, teams):
    """Return the values of each parameter: "*" means each team, an empty list no report."""
    grid = {name: list(values) for name, values in report.grid.items()}
    if "program" in declared:
        grid = {"program": [program.given]} | {name: values for name, values in grid.items() if name != "program"}
    if "team" in grid:
        every = [team for value in grid["team"] for team in (program.teams if value == "*" else [value])]
        grid["team"] = [team for place, team in enumerate(every) if team not in every[:place]]
    if teams is not None:
        grid["team"] = list(teams) if "team" in declared else []
    return grid


def _is_chosen(job, only):
    return not only or any(fnmatch.fnmatchcase(name, pattern.removesuffix(".ipynb"))
                           for pattern in only for name in (job.report, job.name))


def part_of_plan(jobs, shard):
    """Return the K-th of N parts of a plan, given as "K/N", without the reports that need others: those come after all.

    Raises PlanError for anything else.
    """
    words = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", shard)
    if not words or int(words[1]) > int(words[2]):
        raise PlanError([f"--shard {shard!r}: expected K/N with K from 1 to N, such as 2/8"])
    alone = [job for job in jobs if not job.needs]
    return alone[int(words[1]) - 1::int(words[2])]


def _with_needs(chosen, jobs):
    """Return the names of jobs, and of what these need, directly or not, that was never made."""
    names, waiting = {job.name for job in chosen}, list(chosen)
    while waiting:
        job = waiting.pop()
        missing = [other for other in needed_jobs(job, jobs) if other.slug in (job.slug, "company")
                   and other.name not in names and not (other.folder / "run.json").is_file()]
        names |= {other.name for other in missing}
        waiting += missing
    return names


def needed_jobs(job, jobs):
    """Return the jobs that must end before this one: all of the reports that it needs."""
    return [other for other in jobs if other.report in job.needs]


def decide(job, force=False, label="", keys=None):
    """Return ("run" or "kept", why) for a job, from what its folder holds.

    Under a new label a report whose groups go into the ledger is made again, though nothing
    changed: it may have been made when the ledger knew nothing of them.
    """
    if force:
        return "run", "forced"
    try:
        record = json.loads((job.folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "run", "not made yet"
    if record.get("status") != "ok":
        return "run", f"last time: {record.get('status')}"
    if changed := _what_changed(job, record, keys or Keys()):
        return "run", changed
    if not all((job.folder / name).is_file() for name in ("report.html", "report.ipynb", "facts.json")):
        return "run", "files are missing"
    if label and record.get("label", "") != label and record.get("released", True):
        return "run", f"to be recorded under the label {label}"
    if record.get("compared_with") != named(point_before(job, record.get("key"), label)):
        return "run", "what it is compared with changed"
    return "kept", "unchanged" if record.get("data") == job.program.digest else "what it reads has not changed"


def point_before(job, key, label=""):
    """Return the Point of history that a report is compared with, or None; `key`: of the report."""
    return previous_point(job.folder.parents[2], job.program.slug, job.report, job.slug, key, label)


def named(point):
    """Return what run.json says of the point that a report is compared with."""
    return {"label": point.label, "key": point.key} if point else None


def _what_changed(job, record, keys):
    before = record.get("parts")
    if not isinstance(before, dict):
        return "made by an earlier version"
    same = before.get("data") if record.get("data") == job.program.digest else None
    return what_changed(before, keys.parts(job, record.get("reads"), same))
