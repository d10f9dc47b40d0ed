"""The last section of a report: data, assumptions, works; nothing of single people, nothing made up."""

from dataclasses import replace

import pandas as pd
import pytest
import yaml

from upskill import data, show
from upskill.paths import NOTEBOOKS, ROOT
from upskill.show import basis

WORKS = yaml.safe_load((ROOT / "lib" / "upskill" / "show" / "works.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def program():
    return data.read_program("data/example")


def shown(monkeypatch, *arguments):
    tables, said = {}, []
    monkeypatch.setattr(basis, "table", lambda frame, caption, name, note="", **_: tables.update({name: (frame, note)}))
    monkeypatch.setattr(basis, "say", said.append)
    show.sources(*arguments)
    return tables, said


def test_every_work_has_who_what_and_why_and_every_page_exists():
    for report, known in WORKS.items():
        assert (NOTEBOOKS / f"{report}.ipynb").exists() and (ROOT / known["page"]).exists()
        assert all(len(work) == 3 and all(isinstance(part, str) for part in work) for work in known["works"]), report
    assert set(WORKS) == {path.stem for path in NOTEBOOKS.glob("*.ipynb")} - {"09_program_summary", "00_start_here"}


def test_data_say_their_months_their_waves_and_what_was_set_aside(program):
    aside = pd.DataFrame({"table": ["pull_requests"], "rows": [40118], "set_aside": [312]})
    rows = basis.data_rows(replace(program, set_aside=aside), ["people", "climate_responses", "pull_requests", "cuts"])
    when, wrong = (rows.set_index("Table")[column] for column in ("From when", "Set aside"))
    assert when["people"] == "at Jun 2026" and when["cuts"] == "not dated" and when["climate_responses"].startswith("waves ")
    dated = program["pull_requests"]["created_at"]
    assert when["pull_requests"] == f"{dated.min():%b %Y} to {dated.max():%b %Y}"
    assert wrong["pull_requests"] == "312 of 40,118 rows" and wrong["people"] == "none"


def test_absent_tables_and_unconfirmed_assumptions_are_said(program, monkeypatch):
    tables = {name: frame for name, frame in program.tables.items() if name != "cuts"}
    found, said = shown(monkeypatch, replace(program, tables=tables), "01_skill_assessment", ["people", "cuts"],
                        [("Hours", "40", "here", ""), ("Cost", "$5", "payroll", "finance, 2026-06-15")])
    assert "cuts" in found["data_used"][1] and list(found["data_used"][0]["Table"]) == ["people"]
    confirmed = found["assumptions"][0].set_index("Assumption")["Confirmed"]
    assert confirmed["Hours"] == "by nobody" and confirmed["Cost"] == "finance, 2026-06-15"
    assert {"Smallest group shown", "Intervals"} <= set(confirmed.index) and "docs/methods/skills.md" in said[0]
    with pytest.raises(KeyError):
        show.sources(program, "01_unknown", ["people"])
