"""The reports on options and on what if, as papermill runs them."""

import os
from pathlib import Path

import nbformat
import papermill
import pytest

from upskill import paths

EVEN = """name: Even company
currency: EUR
assumptions:
  engineers: 220
  loaded_cost_per_year: 95000
  training_time_saving: {low: 0.06, mode: 0.14, high: 0.24, source: own pilot, confirmed_by: head of engineering}
  realized_share: {low: 0.5, mode: 0.7, high: 0.9, absolute: true}
options:
  no training: {}
  build: {setup_cost: 10000, price_per_engineer: 20, hours_per_engineer: 10, content_hours: 10, modality: classroom}
  buy: {setup_cost: 3000, price_per_engineer: 380, hours_per_engineer: 10, start_delay_months: 1}
"""


def run(name, folder, text):
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    (Path(folder) / "program.yml").write_text(text, encoding="utf-8")
    output = Path(folder) / "out.ipynb"
    papermill.execute_notebook(paths.NOTEBOOKS / name, output, parameters={"program": str(folder)}, progress_bar=False, request_save_on_cell_execute=False,
                               log_output=False)
    return nbformat.read(output, as_version=4)


def shown(notebook, kind):
    mime = f"application/vnd.upskill.{kind}+json"
    return [output.data[mime] for cell in notebook.cells if cell.cell_type == "code"
            for output in cell.outputs if mime in output.get("data", {})]


def test_options_that_are_nearly_equal_are_said_to_be_and_what_would_tell_is_named(tmp_path):
    notebook = run("03_training_options.ipynb", tmp_path, EVEN)
    found = {fact["name"]: fact for fact in shown(notebook, "fact")}
    assert sum(found[f"options.{name}.chance_of_best"]["value"] for name in ("no_training", "build", "buy")) == pytest.approx(1)
    assert found["options.regret_of_best"]["value"] > found["options.value_of_first_measurement"]["value"] > 0
    lead = found["options.lead_over_second"]
    assert lead["low"] < 0 < lead["value"] < lead["high"]
    sentences = shown(notebook, "answer")[0]["sentences"]
    assert "cannot be told apart" in sentences[0] and "build" in sentences[0] and "buy" in sentences[0]
    assert "Measure first" in sentences[2] and "€" in sentences[0]


def test_what_if_gives_pictures_where_nobody_can_drag(tmp_path):
    notebook = run("what_if.ipynb", tmp_path, EVEN)
    assert {figure["name"] for figure in shown(notebook, "figure")} == {"what_if"}
    rows = next(table for table in shown(notebook, "table") if table["name"] == "what_if_ends")["rows"]
    assert len(rows) == 10 and not shown(notebook, "widget")
    assert "JupyterLab" in shown(notebook, "say")[0]["markdown"]
