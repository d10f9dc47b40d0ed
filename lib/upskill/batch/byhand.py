"""The same page for a notebook that somebody ran by hand, in JupyterLab or with plain papermill."""

import hashlib
from dataclasses import replace
from pathlib import Path, PurePath

import nbformat

from upskill.batch.execute import Ending, ending_of, own_code_cells
from upskill.batch.index import read_records, write_index
from upskill.batch.outcome import make_outcome
from upskill.batch.parameters import ParameterError, declared_parameters, parameters_cell
from upskill.batch.program import describe_program, safe_name, team_slugs, versions
from upskill.batch.redact import Redactor
from upskill.batch.render import Links
from upskill.batch.write import SET_ASIDE, hold_alone, report_files, write_folder, write_set_aside
from upskill.data import without_passwords


def render_by_hand(path, output=None, into=None):
    """Write the folder of an executed notebook; returns (status, reason, folder).

    It goes to `output`, by default beside the notebook; with `into`, a folder of
    reports, to its place among those, and their index is renewed. When its
    program cannot be read, nobody knows whom an error message names, so
    messages are withheld.
    """
    notebook = nbformat.read(path, as_version=4)
    program = _program(used_parameters(notebook).get("program"))
    notebook = nbformat.reads(without_passwords(nbformat.writes(notebook)), as_version=4)
    parameters = used_parameters(notebook)
    outcome = _outcome(notebook, Redactor(program.personal_ids) if program else None)
    record = _record(path, notebook, parameters, program, outcome)
    folder = Path(output) if output else path.with_name(f"{path.stem}_report")
    if into:
        folder = Path(into) / record["program"] / record["report"] / record["slug"]
    _write(folder, outcome, record, program, into)
    return outcome.ending.status, outcome.ending.reason, folder


def _outcome(notebook, redactor):
    ending = ending_of(notebook, None, None, None)
    if redactor is None and ending.ename:
        ending = replace(ending, evalue="(withheld)",
                         reason=f"Code cell {ending.cell} stopped with {ending.ename}; its message is withheld "
                                "because the program cannot be read here.")
    if ending.status == "ok":
        ending = _checked(notebook)
    return make_outcome(notebook, ending, redactor)


def _checked(notebook):
    """Return an Ending that says what of a notebook was not run, for then its numbers may not fit together."""
    cells = [cell for cell in own_code_cells(notebook) if cell.source.strip()]
    if not any(cell.outputs for cell in cells):
        return Ending("invalid", "This notebook has no outputs; run it first.")
    missing = sum(cell.execution_count is None for cell in cells)
    if missing:
        return Ending("invalid", f"{missing} of {len(cells)} code cells were not run; run all of them.")
    counts = [cell.execution_count for cell in cells]
    if counts != sorted(set(counts)):
        return Ending("invalid", "Its cells were run out of order; restart the kernel and run all cells.")
    return Ending()


def _record(path, notebook, parameters, program, outcome):
    ending, team = outcome.ending, str(parameters.get("team") or "")
    slugs = team_slugs(program.teams if program else [team])
    said = str(outcome.report.get("program") or "program")
    return {
        "report": report_name(path, notebook), "slug": slugs.get(team) or safe_name(team) or "team",
        "title": outcome.title, "question": outcome.question, "status": ending.status, "reason": ending.reason,
        "cell": ending.cell, "ename": ending.ename, "evalue": ending.evalue,
        "program": program.slug if program else safe_name(said) or "program",
        "program_name": program.name if program else said, "parameters": parameters, "answer": list(outcome.answer),
        "key": hashlib.sha256(nbformat.writes(outcome.notebook).encode()).hexdigest(), "versions": versions(),
        "data": "", "needs": [], "cards": list(outcome.cards),
        "set_aside": {"rows": outcome.report.get("set_aside") or 0, "of": outcome.report.get("rows") or 0},
        "warnings": outcome.warnings,
    }


def report_name(path, notebook):
    """Return the name of the report that was run: what papermill read, else the file itself."""
    source = notebook.metadata.get("papermill", {}).get("input_path") or ""
    return PurePath(str(source).replace("\\", "/")).stem or Path(path).stem


def _write(folder, outcome, record, program, into):
    if into is None:
        links = Links(record["slug"], set_aside=SET_ASIDE if program and program.set_aside else "")
        write_folder(folder, report_files(outcome, record, links))
        if program:
            write_set_aside(folder, program)
        return
    with hold_alone(into):
        listed = bool(program) and write_set_aside(folder.parents[1], program)
        made = frozenset(f"{entry['report']}/{entry['slug']}" for entry in read_records(into)
                         if entry["program"] == record["program"])
        links = Links(record["slug"], made, "../../../index.html", f"../../{SET_ASIDE}" if listed else "")
        write_folder(folder, report_files(outcome, record, links))
        write_index(into, {program.slug: program.digest} if program else None)


def used_parameters(notebook):
    """Return the parameters that an executed notebook used: its own, overridden by what papermill injected."""
    injected = [cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    values = {}
    for cell in [parameters_cell(notebook), *injected]:
        try:
            values |= {name: parameter.default for name, parameter in declared_parameters(cell.source).items()}
        except (ParameterError, AttributeError):
            continue
    return values


def locale_of(path):
    """Return the locale of the program that a notebook was run on, "" where it cannot be read."""
    program = _program(used_parameters(nbformat.read(path, as_version=4)).get("program"))
    return program.locale if program else ""


def _program(given):
    try:
        return describe_program(given)
    except Exception:  # noqa: BLE001 - why it cannot be read makes no difference here
        return None
