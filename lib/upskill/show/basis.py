"""The last section of every report: what it read, what was assumed, and on whose methods it rests."""

from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from upskill.data import TABLES
from upskill.numerals import localized
from upskill.show.prose import say
from upskill.show.session import session
from upskill.show.tables import table

WORKS = "works"  # the table in which names of methods are titles of what others published
PLAIN = {"cuts": "Scores at which levels begin"}
ASSUMED = ["Assumption", "Value", "Source", "Confirmed"]


def sources(program, report, tables, assumed=()):
    """Show what a report rests on: its data, its assumptions and the works behind its methods.

    `report`: stem of the notebook; `tables`: names of the tables that it reads; `assumed`: rows (assumption, value with
    unit as text, source, who confirmed it and when; "" = nobody), or a frame of these four columns. Raises KeyError for
    a report or a table that is not known.
    """
    read = data_rows(program, tables)
    if len(read):
        table(read, "The data that this report reads", "data_used", group_size=False,
              note=f"In months, so that no single person's day shows. {_absent(program, tables)}".strip())
    else:
        say("This report reads no table: all its numbers come from program.yml and from the shipped defaults.")
    rows = pd.DataFrame(list(assumed.itertuples(index=False) if isinstance(assumed, pd.DataFrame) else assumed), columns=ASSUMED)
    rows["Confirmed"] = rows["Confirmed"].replace("", "by nobody")
    table(pd.concat([rows, _rules()], ignore_index=True), "What was assumed, and who stands behind it", "assumptions",
          group_size=False, note="To change or confirm one: program.yml, with source, confirmed_by and confirmed_on.")
    _show_works(report)


def data_rows(program, tables):
    """Return one row for each table that is there: what it holds, its months, and rows set aside as faulty."""
    aside = {} if program.set_aside.empty else program.set_aside.set_index("table")[["rows", "set_aside"]].T.to_dict()
    rows = [(name, PLAIN.get(name) or TABLES[name].meaning.split(";")[0].rstrip("."), _months(name, program),
             _aside(aside.get(name))) for name in tables if name in program]
    return pd.DataFrame(rows, columns=["Table", "What it holds", "From when", "Set aside"])


def _months(name, program):
    """Say over which months a table runs, by its first dated column that is filled, else which waves it holds."""
    frame = program[name]
    if name == "people":  # when single people came and left is nobody's business here
        return "not dated" if pd.isna(program.as_of) else f"at {program.as_of:%b %Y}"
    dated = [column.name for column in TABLES[name].columns if column.kind in ("date", "timestamp") and column.name in frame
             and frame[column.name].notna().any()]
    if not dated:
        waves = list(dict.fromkeys(frame["wave"].dropna())) if "wave" in frame else []
        return f"waves {', '.join(waves)}" if 0 < len(waves) <= 4 else f"{len(waves)} waves" if waves else "not dated"
    first, last = (f"{end:%b %Y}" for end in (frame[dated[0]].min(), frame[dated[0]].max()))
    return first if first == last else f"{first} to {last}"


def _aside(counts):
    if not counts or not counts["set_aside"]:
        return "none"
    return localized(f"{counts['set_aside']:,.0f} of {counts['rows']:,.0f}") + " rows"


def _absent(program, tables):
    lacking = [name for name in tables if name not in program]
    broken = {fault.table for fault in program.left_out}
    said = [f"{name} (there, but broken)" if name in broken else name for name in lacking]
    return f"Not in this program, and not needed for what stands here: {', '.join(said)}." if said else ""


def _rules():
    """The two rules that every report keeps."""
    return pd.DataFrame([
        ("Smallest group shown", f"{session.minimum_group_size} people", "program.yml, else the default", "rule of the program"),
        ("Intervals", "90 %", "one rule for all reports, so that verdicts can be compared", "rule of the workbook")], columns=ASSUMED)


@cache
def _works():
    return yaml.safe_load(Path(__file__).with_name("works.yml").read_text(encoding="utf-8"))


def _show_works(report):
    known = _works()[report]
    if known["works"]:
        table(pd.DataFrame(known["works"], columns=["Who and when", "Work", "What we take from it"]),
              "What others published, and what we take from it", WORKS, group_size=False)
    say(f"Every method with its equation and its limits: `{known['page']}`. How often our intervals hold the truth, measured on "
        "made-up companies: `VALIDATION.md`. Both come with the workbook.")
