"""The data dictionary, generated from the contract."""

from upskill.data.contract import TABLES
from upskill.data.schema import FAULT_CODES
from upskill.data.settings import SETTINGS

HEAD = """# Data dictionary

Generated from the data contract by `python -m upskill dictionary --write`; a test compares the two.

## A program folder

A program folder holds `program.yml` and, for whatever the company knows, tables: one file per table as
CSV (UTF-8; comma, semicolon or tab) or Parquet (one file, or `table/team=X/*.parquet`), or one sheet per
table in an Excel workbook. A file or sheet is named like its table. An absent table makes only those
reports skip that need it. `python -m upskill new FOLDER` writes a template of each table;
`python -m upskill check FOLDER` names every fault. An export with other names, words, units or dates stays as it is:
`mapping.yml` beside `program.yml` says how to read it; docs/own-data.md of the workbook shows one, step by step.

- A column marked `?` is optional. Columns of your own are kept.
- Empty means missing; `NA`, `None` and `007` are text like any other.
- Blanks around a cell are ignored; so are case and blanks in names of columns. Titles above the header are
  passed over.
- A row whose text begins with `EXAMPLE` as in the templates is a fault: nobody should count it.
- Dates are ISO (2026-03-31). Another form is read only where the whole column has it and shows which
  number is the day. Times are UTC; with an offset they are converted.
- Numbers have a decimal point. A decimal comma is read in files with semicolons, where a cell such as
  0,5 proves it.
- Flags are true or false; yes, no, 1 and 0 are read too.
- The row in a message is the one that a spreadsheet shows: the header is row 1. A line break within
  quotation marks does not begin a new row.
- Faulty rows are set aside and counted. Above `maximum_set_aside` of a table's rows (default 2 %), or
  where a key table (people, waves, competencies, items, courses) is broken, reading refuses.
"""


def dictionary():
    """Return the data dictionary as Markdown."""
    tables = "\n".join(f"| [{table.name}](#{table.name}) | {table.meaning} |" for table in TABLES.values())
    parts = [HEAD, f"## Tables\n\n| table | meaning |\n|---|---|\n{tables}\n"]
    parts += [_table(table) for table in TABLES.values()]
    return "\n".join([*parts, _settings(), _faults()])


def _table(table):
    notes = [f"Key: {', '.join(table.key)}." if table.key else "No key: rows may repeat."]
    notes += ["A key table: others point to it."] if table.is_key_table else []
    notes += [f"{first} comes before {second}." if table.column(first).kind == "whole" else
              f"{first} is never later than {second}." for first, second in table.ordered]
    rows = "\n".join(_column(column) for column in table.columns)
    return (f"### {table.name}\n\n{table.meaning} {' '.join(notes)}\n\n"
            f"| column | holds | meaning | example |\n|---|---|---|---|\n{rows}\n")


def _column(column):
    name = f"`{column.name}`" + ("" if column.required else "?")
    holds = column.expectation if column.kind != "choice" else "one of " + ", ".join(f"`{c}`" for c in column.choices)
    holds += f"; in {column.refers_to}" if column.refers_to else ""
    holds += "; may be empty" if column.may_be_empty else ""
    return f"| {name} | {holds} | {column.meaning} | {column.example} |"


def _settings():
    rows = "\n".join(f"| `{one.name}` | {one.kind} | {one.meaning} | {f'`{one.example}`' if one.example else ''} |"
                     for one in SETTINGS)
    return ("## Settings: program.yml\n\n| setting | holds | meaning | example |\n|---|---|---|---|\n" + rows + "\n\n"
            "An assumption is a number, `{value: 3}`, `{low: 1, mode: 2, high: 4}` (read as 5 %, mode and 95 %; with\n"
            "`absolute: true` as the ends), or `{distribution: NAME, …}`: `normal` (mean, sd), `lognormal` (median,\n"
            "sigma), `beta` (a, b), these two also by low and high (5 % and 95 %), `uniform` (low, high), `triangular`\n"
            "and `pert` (low, mode, high; the ends), `tabulated` (probabilities, values; two rising lists). `unit`,\n"
            "`source`, `confirmed_by` and `confirmed_on` say what it rests on. data/reference/assumptions.yml lists the names\n"
            "and the shipped values, which count as unconfirmed.\n")


def _faults():
    rows = "\n".join(f"| `{code}` | {meaning} |" for code, meaning in FAULT_CODES.items())
    return f"## Faults\n\nThe codes that `accepted_faults` takes.\n\n| code | meaning |\n|---|---|\n{rows}\n"


