"""Mappings that are shipped: exports of usual systems that need no more than names of columns, and templates to adapt."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from upskill.data.contract import TABLES
from upskill.data.leave_out import leave_out
from upskill.data.mapping import read_mapping
from upskill.data.source import TEXT, RawTable, fold
from upskill.data.sources import when
from upskill.data.sources.beside import COURSE, DATES, TIMEZONE, option, table
from upskill.data.sources.framework import Reading, Source, row
from upskill.data.sources.git import SourceError
from upskill.data.sources.learning.courses import continue_enrolments, courses_of, people_of
from upskill.data.sources.sheet import is_sheet, sheet_of
from upskill.data.translate import translate

FOLDER = Path(__file__).parent / "ready"
EDIT = ("Where your columns are called otherwise, edit a copy: upskill import mapping {name} > FOLDER/imports.yml, then "
        "upskill import table FILE --into FOLDER")


@dataclass(frozen=True)
class Ready:
    """A shipped mapping: `needs`: columns by which a file is recognized, () for a template that must be adapted first."""

    name: str
    title: str
    needs: tuple
    how: str
    cannot_tell: tuple = ()


ALL = (
    Ready("pagerduty", "PagerDuty incidents (analytics)", ("id", "incident_number", "service_name", "team_name", "created_at",
                                                           "resolved_at"),
          "Analytics, Insights, Incidents, download CSV of raw data",
          ("Which deployment caused an incident: fill deployment_id where you know it.",
           "Whether customers noticed: an incident may be an alarm for nothing.")),
    Ready("pagerduty-list", "PagerDuty incidents (list)", ("id", "incident_number", "service_name", "created_on", "resolved_on"),
          "Incidents, export CSV",
          ("Teams: services stand for them; map them with --teams.", "Which deployment caused an incident.")),
    Ready("opsgenie", "Opsgenie alerts", ("Alert ID", "TinyID", "CreatedAt", "Teams", "Status"), "Alerts, save as CSV",
          ("When an alert was resolved: the file has the last change only, so resolved_at stays empty.",
           "Which alerts were incidents: all of them count here.")),
    Ready("servicenow", "ServiceNow incidents", ("number", "opened_at", "assignment_group", "resolved_at", "priority"),
          "the list of incidents with the columns number, opened_at, resolved_at, priority, state and assignment_group: Export, CSV",
          ("Which deployment caused an incident.", "Incidents that were closed without ever being resolved: they look open.")),
    Ready("workday-learning", "Workday Learning (to be adapted)", ("Employee ID", "Learning Content", "Enrollment Date",
                                                                   "Completion Date", "Completion Status"),
          "a report of your own with these columns", ("Hours spent, and what courses cost.",)),
    Ready("pull-requests", "Pull requests of a measuring tool (template)", (), "whatever your tool writes as CSV"),
)


def text_of(name):
    """Return the text of a shipped mapping, to edit; raises SourceError for an unknown name."""
    if name not in {one.name for one in ALL}:
        raise SourceError(f"no shipped mapping {name!r}; there are {', '.join(one.name for one in ALL)}")
    return (FOLDER / f"{name}.yml").read_text(encoding="utf-8")


def _source(ready):
    mapping = next(iter(read_mapping(FOLDER / f"{ready.name}.yml")[0].values()))
    options = (DATES, TIMEZONE, *([COURSE] if mapping.table == "enrolments" else []))
    return Source(ready.name, ready.title, (mapping.table,), lambda export: is_sheet(export, *ready.needs),
                  lambda exports, context: _read(exports, context, mapping), ready.needs,
                  f"{ready.how}. {EDIT.format(name=ready.name)}.", ready.cannot_tell, options)


def _read(exports, context, mapping):
    reading, rows = Reading(names={mapping.table: dict(mapping.columns)}), []
    for export in exports:
        contract = TABLES[mapping.table]
        cells, at = _cells(export, context, mapping, contract, reading)
        if mapping.table == "enrolments":
            rows += _enrolments(export, at, cells, context, reading)
            continue
        for number, one in zip(at, cells, strict=True):
            team = one.pop("team", None) or ""
            reading.add(mapping.table, row(export, number, team=team, **one))
    continue_enrolments(rows, context, reading)
    return reading


def _cells(export, context, mapping, contract, reading):
    """Return (rows of our columns as text, their places in the export)."""
    sheet = sheet_of(export)
    known = {ours: sheet.columns[fold(theirs)] for ours, theirs in mapping.columns.items() if fold(theirs) in sheet.columns}
    frame = pd.DataFrame({name: pd.Series([record[name] or None for record in export.records], dtype=TEXT)
                          for name in export.columns})
    times = {ours: sheet.cells(theirs) for ours, theirs in known.items()
             if contract.column(ours).kind in ("date", "timestamp")}
    read = when.read_times(times, option(context, "dates"), option(context, "timezone"), sheet.numbers)
    reading.repaired += read.said
    for ours, moments in read.columns.items():
        form = when.as_day if contract.column(ours).kind == "date" else when.as_timestamp
        frame[known[ours]] = pd.Series([form(one) or None for one in moments], dtype=TEXT)
    raw = RawTable(frame, np.array(export.rows, dtype=np.int64), export.name)
    raw, _, left = leave_out(raw, replace(mapping, leave_out={
        sheet.columns[fold(name)]: words for name, words in mapping.leave_out.items() if fold(name) in sheet.columns}))
    reading.left_out["rows that the mapping leaves out"] += left
    ours, _ = translate(raw, replace(mapping, columns=known, dates={}), contract)
    names = [column.name for column in contract.columns if column.name in ours.frame]
    place = {number: at for at, number in enumerate(export.rows)}
    rows = ours.frame[names].astype(object).where(ours.frame[names].notna(), "").to_dict("records")
    return rows, [place[number] for number in ours.rows]


def _enrolments(export, at, cells, context, reading):
    """Return rows of people and courses that the program has; an id of people may stand there as it is."""
    people = table(context, "people")
    own = set() if people is None else set(people["person_id"])
    hashed = people_of(["" if one["person_id"] in own else one["person_id"] for one in cells], context, reading.left_out)
    reading.left_out["no person in the row"] -= sum(one["person_id"] in own for one in cells)
    courses = courses_of([tuple(filter(None, (one["course_id"],))) for one in cells], context, reading.left_out)
    for number, one, other, course in zip(at, cells, hashed, courses, strict=True):
        person = one["person_id"] if one["person_id"] in own else other
        reading.left_out["no day on which it began"] += not one["started_on"]
        if person and course and one["started_on"]:
            yield row(export, number, **one | {"person_id": person, "course_id": course})


SOURCES = tuple(_source(ready) for ready in ALL if ready.needs)
