"""Notebooks: the house rules, and nbval over copies that were prepared with other parameters."""

import ast
import re
import subprocess
import sys

import nbformat
import papermill
import pytest

from upskill.paths import NOTEBOOKS, ROOT

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
TAGS = {"parameters", "skip-execution", "nbval-skip"}
COMMON = {"program", "team", "as_of", "seed"}
LONGEST_CELL = 15
USUAL_CELL = 9
TRIED_OTHERWISE = ("05_kpi_tracking",)  # all others for teams by `make reports`


def notebook_id(path):
    return path.stem


@pytest.fixture(params=PATHS, ids=notebook_id)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert {path.stem for path in PATHS} >= {"01_skill_assessment", "05_kpi_tracking", "06_roi_model"}


def test_exactly_one_h1_and_it_comes_first(notebook):
    headings = [line for cell in notebook.cells if cell.cell_type == "markdown"
                for line in cell.source.splitlines() if line.startswith("# ")]
    assert len(headings) == 1
    assert notebook.cells[0].source.startswith("# ")


def test_parameters_come_first_one_per_line_with_type_and_help(notebook):
    first = code(notebook)[0]
    assert first.metadata.get("tags") == ["parameters"]
    line = re.compile(r"[a-z_]+: (str|int|float|bool) = [^=#]+  # .+")
    assert all(line.fullmatch(text) for text in first.source.splitlines())
    assert {node.target.id for node in ast.parse(first.source).body} >= COMMON


def test_papermill_reads_every_parameter(notebook, tmp_path):
    path = tmp_path / "notebook.ipynb"
    nbformat.write(notebook, path)
    declared = {node.target.id for node in ast.parse(code(notebook)[0].source).body}
    assert set(papermill.inspect_notebook(str(path))) == declared


def test_stripped_portable_and_without_paths(notebook):
    assert notebook.metadata.kernelspec.name == "python3"
    assert "papermill" not in notebook.metadata
    for cell in code(notebook):
        assert not cell.outputs and cell.execution_count is None
    text = "\n".join(cell.source for cell in notebook.cells)
    assert not re.search(r"/home/|/Users/|/tmp/|[A-Z]:\\\\|sys\.path|\.\./", text)
    assert {tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])} <= TAGS


def test_cells_are_short_and_define_nothing(notebook):
    cells = [cell.source for cell in code(notebook)]
    lengths = [len(source.splitlines()) for source in cells]
    assert max(lengths) <= LONGEST_CELL
    assert sum(length <= USUAL_CELL for length in lengths) >= 0.9 * len(lengths)
    nodes = [node for source in cells for node in ast.walk(ast.parse(source))]
    assert not [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda))]


def test_nbval_passes_on_copies_prepared_for_one_team_and_an_earlier_date(tmp_path):
    from upskill.data import read_program
    values = {"team": str(read_program("data/example")["people"]["team"].mode()[0]), "as_of": "2026-03-31", "seed": 7}
    for path in (path for path in PATHS if path.stem in TRIED_OTHERWISE):
        papermill.execute_notebook(str(path), str(tmp_path / path.name), values, prepare_only=True, progress_bar=False)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=",
               "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stdout[-4000:]
