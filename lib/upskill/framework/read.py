"""A framework as tables: the shipped one, or that of a program."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import yaml

from upskill import data
from upskill.data.contract import TABLES
from upskill.paths import REFERENCE

SHIPPED = REFERENCE / "framework"
PROGRAM_TABLES = ("competencies", "role_targets", "prerequisites")
OWN_TABLES = {"life_cycle": ("stage", "competency_id"), "curriculum": ("topic", "competency_id"),
              "role_examples": ("competency_id", "role", "example")}
COLUMNS = {name: tuple(column.name for column in TABLES[name].columns) for name in PROGRAM_TABLES} | OWN_TABLES


@dataclass(frozen=True)
class Framework:
    """A competency framework.

    `tables`: competencies, role_targets and prerequisites as in the data
    contract; life_cycle (stage, competency_id), curriculum (topic,
    competency_id), role_examples (competency_id, role, example). `about`:
    name, version, license, levels, domains and the rest of framework.yml.
    """

    tables: dict = field(compare=False)
    about: dict = field(compare=False)

    def __getitem__(self, name):
        return self.tables[name]

    @property
    def titles(self):
        """Return the name of each competency, by competency_id, in the order of the framework."""
        rows = self["competencies"].drop_duplicates("competency_id")
        return dict(zip(rows["competency_id"], rows["competency"], strict=True))

    @property
    def domains(self):
        """Return the competency ids of each domain, in the order of the framework."""
        rows = self["competencies"].drop_duplicates("competency_id")
        return {domain: list(group["competency_id"]) for domain, group in rows.groupby("domain", sort=False)}

    @property
    def roles(self):
        return list(self["role_targets"]["role"].unique())


def read_framework(folder=None):
    """Return the Framework of a program folder; without a folder the shipped one.

    A program has no stages, topics and examples of its own: those of the
    shipped framework are taken for the competencies that both have. Raises
    NotEnoughData where the program has no table of competencies.
    """
    about = yaml.safe_load((SHIPPED / "framework.yml").read_text(encoding="utf-8"))
    shipped = {name: pd.read_csv(SHIPPED / f"{name}.csv") for name in COLUMNS}
    if folder is None or Path(folder).resolve() == SHIPPED.resolve():
        return Framework(shipped, about)
    program = data.read_program(folder)
    tables = {name: _plain(program, name) for name in PROGRAM_TABLES}
    known = set(tables["competencies"]["competency_id"])
    roles = set(tables["role_targets"]["role"])
    for name in OWN_TABLES:
        frame = shipped[name][shipped[name]["competency_id"].isin(known)]
        tables[name] = frame[frame["role"].isin(roles)] if "role" in frame else frame
    return Framework(tables, _about_program(about, program, tables))


def _plain(program, name):
    """Return a table of a program with the contract's columns and plain integers."""
    if name not in program and name == "prerequisites":
        return pd.DataFrame(columns=list(COLUMNS[name]))
    frame = program[name][list(COLUMNS[name])].reset_index(drop=True)
    whole = [column.name for column in TABLES[name].columns if column.kind == "whole"]
    return frame.astype(dict.fromkeys(whole, "int64"))


def _about_program(about, program, tables):
    """Describe a program's framework: its own name, no version, and what still fits of the shipped description."""
    count = tables["competencies"]["competency_id"].nunique()
    names = list(tables["competencies"]["domain"].unique())
    shipped = {entry["name"]: entry for entry in about["domains"]}
    return about | {
        "name": f"Competency framework of {program.settings.name}", "version": "", "changelog": [], "sources": [],
        "license_note": "", "license": "", "domains": [shipped.get(name, {"name": name}) for name in names],
        "purpose": f"What engineers need to be able to do: {count} competencies, each described by what can be "
                   "seen at five levels, with a target for each role."}
