"""The shipped example: complete, small, and reproduced exactly by its recorded request."""

import json

import pandas as pd
import pytest
import yaml

from upskill.data.contract import TABLES
from upskill.paths import EXAMPLE, REFERENCE
from upskill.simulate import read_request, simulate, write_program


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    request = read_request(EXAMPLE)
    assert request is not None, "data/example/truth.json does not say how the example was made"
    return write_program(simulate(**request), tmp_path_factory.mktemp("example") / "again")


def test_the_example_is_reproduced_byte_for_byte(again):
    names = sorted(path.name for path in again.iterdir())
    assert names == sorted(path.name for path in EXAMPLE.iterdir())
    different = [name for name in names if (again / name).read_bytes() != (EXAMPLE / name).read_bytes()]
    assert not different, "Run `python -m upskill simulate data/example` and commit what changed."


def test_the_example_has_every_table_and_is_small():
    names = {path.stem for path in EXAMPLE.glob("*.csv")}
    assert names == set(TABLES)
    assert sum(path.stat().st_size for path in EXAMPLE.iterdir()) < 5_000_000


def test_the_example_is_the_company_that_was_promised():
    people = pd.read_csv(EXAMPLE / "people.csv")
    present = people[people["end_date"].isna()]
    assert len(people) == 120 and people["team"].nunique() == 10
    assert present["team"].value_counts().min() >= 8
    assert set(people["role"]) == set(pd.read_csv(EXAMPLE / "role_targets.csv")["role"])
    weeks = json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))["delivery"]["weeks"]
    assert len(weeks) == 77 and weeks[0] == "2025-01-06" and weeks[-1] == "2026-06-22"


def test_the_settings_of_the_example_are_whole():
    settings = yaml.safe_load((EXAMPLE / "program.yml").read_text(encoding="utf-8"))
    assert {"roles", "targets", "assumptions", "options", "pilot", "roadmap"} <= set(settings)
    people = pd.read_csv(EXAMPLE / "people.csv")
    present = people[people["end_date"].isna()]["role"].value_counts().to_dict()
    assert {role: entry["heads"] for role, entry in settings["roles"].items()} == present
    assert settings["assumptions"]["engineers"]["value"] == sum(present.values())
    confirmed = [bool(entry.get("confirmed_by")) for entry in settings["assumptions"].values()]
    assert any(confirmed) and not all(confirmed)
    for phase in settings["roadmap"]["phases"]:
        assert {"name", "starts_on", "ends_on", "goal", "owner", "resources"} <= set(phase)


@pytest.mark.parametrize("name", ["competencies", "role_targets", "prerequisites"])
def test_the_example_uses_the_shipped_framework(name):
    assert (EXAMPLE / f"{name}.csv").read_bytes() == (REFERENCE / "framework" / f"{name}.csv").read_bytes()


def test_the_framework_is_whole():
    competencies = pd.read_csv(REFERENCE / "framework" / "competencies.csv")
    assert competencies.groupby("domain")["competency_id"].nunique().tolist() == [4] * 6
    levels = competencies.groupby("competency_id")["level"].apply(tuple)
    assert set(levels) == {(1, 2, 3, 4, 5)}
    assert competencies["anchor"].is_unique
    targets = pd.read_csv(REFERENCE / "framework" / "role_targets.csv")
    assert targets["role"].nunique() == 7
    assert (targets.groupby("role")["competency_id"].nunique() == 24).all()
    assert targets["target_level"].between(0, 5).all() and targets["importance"].between(1, 5).all()


def test_the_prerequisites_have_no_cycle():
    edges = pd.read_csv(REFERENCE / "framework" / "prerequisites.csv")
    needs = edges.groupby("competency_id")["requires"].agg(set).to_dict()
    settled, before = set(edges["requires"]) - set(needs), -1
    while len(settled) > before:
        before = len(settled)
        settled |= {competency for competency, required in needs.items() if required <= settled}
    assert set(needs) <= settled
