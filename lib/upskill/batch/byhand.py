"""The same page for a notebook that somebody ran by hand, in JupyterLab or with plain papermill."""

import hashlib
from dataclasses import replace

import nbformat

from upskill.batch.execute import ending_of, own_code_cells
from upskill.batch.outcome import make_outcome
from upskill.batch.parameters import ParameterError, declared_parameters, parameters_cell
from upskill.batch.program import describe_program, versions
from upskill.batch.redact import Redactor
from upskill.batch.write import report_files, write_folder


def render_by_hand(path, output):
    """Write the folder of an executed notebook; returns (status, reason).

    When its program cannot be read, nobody knows whom an error message names,
    so messages are withheld.
    """
    notebook = nbformat.read(path, as_version=4)
    parameters = used_parameters(notebook)
    redactor, program_name = _program(parameters.get("program"))
    ending = ending_of(notebook, None, None, None)
    if redactor is None and ending.ename:
        ending = replace(ending, evalue="(withheld)",
                         reason=f"Code cell {ending.cell} stopped with {ending.ename}; its message is withheld "
                                "because the program cannot be read here.")
    if ending.status == "ok" and not any(cell.outputs for cell in own_code_cells(notebook)):
        ending = replace(ending, status="invalid", reason="This notebook has no outputs; run it first.")
    outcome = make_outcome(notebook, ending, redactor)
    record = {
        "report": path.stem, "slug": "company", "title": outcome.title, "question": outcome.question,
        "status": outcome.ending.status, "reason": outcome.ending.reason, "cell": outcome.ending.cell,
        "ename": outcome.ending.ename, "evalue": outcome.ending.evalue, "program": "", "program_name": program_name,
        "parameters": parameters, "answer": list(outcome.answer), "versions": versions(), "index": "",
        "key": hashlib.sha256(nbformat.writes(outcome.notebook).encode()).hexdigest(), "warnings": outcome.warnings,
    }
    write_folder(output, report_files(outcome, record))
    return outcome.ending.status, outcome.ending.reason


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


def _program(given):
    try:
        program = describe_program(given)
    except Exception:  # noqa: BLE001 - why it cannot be read makes no difference here
        return None, ""
    return Redactor(program.personal_ids), program.name
