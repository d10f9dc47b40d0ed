"""A new program folder: settings that read clean at once, and one template per table to copy from."""

import csv
import io
import json

from upskill.data.assumptions import read_reference_assumptions
from upskill.data.contract import TABLES
from upskill.data.folder import SETTINGS_FILE
from upskill.data.mapping import KEYS, MAPPING_FILE
from upskill.data.schema import EXAMPLE_MARK

TEN_NUMBERS = ("engineers", "loaded_cost_per_year", "hours_per_year", "training_hours_per_engineer",
               "training_price_per_engineer", "program_cost", "exposed_share_of_time", "training_time_saving",
               "realized_share", "discount_rate")

SETTINGS = """\
name: {name}
currency: {currency}  # the one currency of all money
minimum_group_size: 5  # no result is shown for fewer people; never below 3

# The ten numbers behind "is the training worth its cost". As long as a line begins with #, the shipped
# default stands, and the report says that nobody has confirmed it. Know your number? Remove the # alone
# (the two blanks stay) and write it. One number, or {{low, mode, high}}: 5 %, most likely, 95 %.
# Who answers for a number is said like this:
#   engineers: {{value: 80, source: payroll, confirmed_by: finance, confirmed_on: 2026-11-02}}
assumptions:
{numbers}
# data/README.md of the workbook lists what else can be set: roles, targets, accepted_faults …
"""

NEXT_STEPS = """\
# {title}

1. `program.yml`: write the numbers that you know. That alone makes the report on money.
2. Tables, as you get them: copy one from `templates` into this folder, replace its example row, save as CSV UTF-8.
   Or put an export here as it is, and say in `mapping.yml` (see `templates`) what its columns are called.
   docs/first-report.md of the workbook goes this way with a list of engineers, pull requests and a test.
3. `upskill check` names every fault: file, row, column, and how to mend it; then what the data can answer.
4. `upskill run` makes the reports; those that need a table that is not here are skipped and say so.

Where do people stand: people, waves, items, test_responses, cuts, competencies, role_targets.
How is delivery moving: pull_requests or deployments; incidents, rollout and ai_usage if you have them.

Answers of a forms tool, one column for each question: `upskill import answers`.

Names and e-mail addresses do not belong into the tables: write an employee number, or another id that the company
can resolve and a reader cannot. `.gitignore` here keeps this folder out of git; remove it if you want it there.
"""

MAPPING_HEAD = """\
# Copy this file beside program.yml, and say for each table how your export differs. Remove what you do not need.
{keys}
# An export of pull requests, for example:
#pull_requests:
#  file: export.csv
#  columns: {{repository: Project, pull_request_id: Number, author_id: Author id, created_at: Opened, merged_at: Merged}}
#  dates: DD.MM.YYYY hh:mm
#  timezone: Europe/Berlin
#  empty: [n/a, "-"]
#  leave_out: {{Author id: "dependabot[bot]"}}
#  values:
#    author_id: {{amueller: 1001, jschmidt: 1002}}
"""


def write_new_program(folder, name="", currency="USD"):
    """Write a program folder that reads clean, with templates of every table; return the files written.

    Files that are there stay as they are. Raises FileExistsError where there is a program.yml.
    """
    if (folder / SETTINGS_FILE).exists():
        raise FileExistsError(f"{folder / SETTINGS_FILE} is there already; nothing was changed.")
    title = name or folder.resolve().name
    texts = {"README.md": NEXT_STEPS.format(title=title), ".gitignore": "*\n",
             f"templates/{MAPPING_FILE}": mapping_template(),
             **{f"templates/{table.name}.csv": table_template(table) for table in TABLES.values()},
             SETTINGS_FILE: settings_template(title, currency)}
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    missing = [name for name in texts if not (folder / name).exists()]
    for each in missing:
        # Excel takes a CSV for UTF-8 only where it begins with the byte order mark.
        (folder / each).write_text(texts[each], encoding="utf-8-sig" if each.endswith(".csv") else "utf-8", newline="\n")
    return missing


def settings_template(name, currency):
    """Return a program.yml in which each of the ten numbers stands as a comment, with its meaning and default."""
    shipped = read_reference_assumptions()
    lines = [f"  # {shipped[each].meaning} ({shipped[each].unit})\n  #{each}: {_value(shipped[each])}\n"
             for each in TEN_NUMBERS]
    return SETTINGS.format(name=json.dumps(name, ensure_ascii=False), currency=currency, numbers="".join(lines))


def _value(assumption):
    parts = {key: f"{value:g}" if abs(value) < 1000 else f"{value:.0f}" for key, value in assumption.parameters.items()}
    if assumption.kind == "constant":
        return parts["value"]
    absolute = {"absolute": "true"} if assumption.kind == "bounded" else {}
    return "{" + ", ".join(f"{key}: {value}" for key, value in (parts | absolute).items()) + "}"


def mapping_template():
    """Return a mapping.yml of comments: every key with its meaning, and an example."""
    return MAPPING_HEAD.format(keys="\n".join(f"# {key}: {meaning}" for key, meaning in KEYS.items()))


def table_template(table):
    """Return a CSV with the table's columns and one row that the check knows as an example."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerow([example_cell(column) if (table.name, column.name) not in LEFT_EMPTY else ""
                     for column in table.columns])
    return text.getvalue()


LEFT_EMPTY = {("ai_usage", "person_id")}  # one of team and person_id


def example_cell(column):
    """Return what stands in the example row; text is marked, so that nobody takes it for data."""
    return (EXAMPLE_MARK if column.kind == "text" else "") + column.example
