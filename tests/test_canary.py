"""Canary birds: every personal text of a program is marked, whole reports are made of it, and no byte of them sings."""

import base64
import io
import json
import os
import re
import stat
import subprocess
import sys
import zipfile

import pandas as pd
import pytest
import yaml
from sample_reports import FACT, make_notebook

from upskill.privacy import PERSON_COLUMNS

MARK = "kanari"  # in every id, name, address and comment
# The skill report takes longest; one team is enough to see what a team's report leaves.
REPORTS = {"01_skill_assessment": 1, "05_kpi_tracking": 2, "06_roi_model": 2}  # for the company and so many teams
TEAMS = 3
LEAKS = [
    """import logging, os, sys, warnings
from upskill import data, show
company = data.read_program(program)
show.scope(company)
people = company["people"]""",
    """print(people)
print(people, file=sys.stderr)
warnings.warn(people.to_string())
logging.error(people.person_id[0])""",
    "people",
    "people.person_id[0]",
    """os.write(1, people.person_id[0].encode())
os.system(f"echo {people.person_id[1]}; echo {people.person_id[1]} >&2")""",
    """sys.__stderr__.write(people.full_name[0])
sys.__stdout__.write(people.full_name[0])
sys.__stdout__.flush()""",
    """from IPython.display import HTML, Markdown, display
display(HTML(people.to_html()), Markdown(people.person_id[0]))""",
    """said = {"markdown": people.person_id[0], people.full_name[0]: 1}
display({"application/vnd.upskill.say+json": said}, raw=True)""",
    """import matplotlib.pyplot as plt
plt.bar(people.person_id[:3], [1, 2, 3])
plt.show()""",
    """fig, axes = show.new_figure()
axes.bar(people.person_id[:3].tolist(), [1, 2, 3])
try:
    show.figure(fig, "A title", "Words", "bars")
except show.PrivacyError as error:
    print(error)""",
    """comment = company["feedback"].comment.dropna().iloc[0]
display({"application/vnd.upskill.say+json": {"markdown": comment}, "text/markdown": comment}, raw=True)""",
]
ENDS = {
    "prints_a_table": 'raise ValueError(company["feedback"].merge(people, how="cross").head(50).to_string())',
    "chains": """try:
    {}[people.person_id[0]]
except KeyError as error:
    raise RuntimeError(people.full_name[3]) from error""",
    "says": 'show.say(f"Look at {people.person_id[0]}")',
    "asserts": 'assert people.person_id[0] == people.email[1], repr(company["feedback"].comment.tolist())[:300]',
    "notes": """score = 4.25
def rows_of(people):
    error = ValueError("too many")
    error.add_note(f"  {people.full_name[2]} has {score}\\n  and {people.email[3]} {score}")
    error.add_note(people.full_name[4])
    raise error
rows_of(people)""",
    "groups": """raise ExceptionGroup(people.full_name[1], [ValueError(people.to_string()),
                                               type(f"{people.person_id[0]}_error", (Exception,), {})(people.email[1])])""",
    "names_its_error": 'raise type(f"{people.person_id[0]}_error", (Exception,), {})("no")',
    "keeps_widgets": """from comm import create_comm
state = {"_model_name": "HTMLModel", "_model_module": "@jupyter-widgets/controls", "value": people.to_html()}
create_comm(target_name="jupyter.widget", data={"state": state, "buffer_paths": []}, metadata={"version": "2.1.0"})
display({"application/vnd.upskill.say+json": {"markdown": "Fine."}}, raw=True, metadata={"who": people.person_id[0]})
get_ipython().set_next_input(people.to_csv())
raise ValueError("seen")""",
    "lacks": 'raise data.NotEnoughData(f"{people.full_name[0]} alone is not enough")',
}


@pytest.fixture(scope="module")
def batch(tmp_path_factory, example):
    """The example cut to three teams, every person a canary; all reports and the leaking ones; (folder, log bytes)."""
    folder = tmp_path_factory.mktemp("aviary")
    teams = marked_program(example, folder / "marked")
    for name, end in ENDS.items():
        make_notebook(folder / f"{name}.ipynb", *LEAKS, FACT, end, title=f"A report that {name}")
    reports = [{"notebook": name, "grid": {"team": ["", *teams[:count]]}} for name, count in REPORTS.items()]
    reports += [{"notebook": name} for name in ENDS]
    defaults = {"program": str(folder / "marked"), "time_limit_seconds": 120}
    (folder / "reports.yml").write_text(yaml.safe_dump({"defaults": defaults, "reports": reports}), encoding="utf-8")
    command = [sys.executable, "-m", "upskill", "run", str(folder / "reports.yml"), "--output", str(folder / "out"),
               "--workers", "2"]
    done = subprocess.run(command, check=False, capture_output=True, cwd=folder, timeout=500)
    command = [sys.executable, "-m", "upskill", "own-page", str(folder / "marked"), "--all", "--output", str(folder / "out")]
    own = subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=120)
    return folder, done.stdout + done.stderr + own.stdout + own.stderr


def marked_program(example, folder):
    """Write the example with canary ids, names and comments, cut to the largest teams; returns the teams."""
    folder.mkdir()
    tables = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in sorted(example.glob("*.csv"))}
    people = tables["people"]
    teams = people["team"].value_counts().index[:TEAMS].tolist()
    members = set(people.loc[people["team"].isin(teams), "person_id"])
    for name in ("pull_requests", "work_items"):
        tables[name] = tables[name].iloc[::4]
    for name, frame in tables.items():
        marked(name, cut(frame, teams, members)).to_csv(folder / f"{name}.csv", index=False)
    (folder / "program.yml").write_bytes((example / "program.yml").read_bytes())
    return teams


def cut(frame, teams, members):
    if "team" in frame:
        frame = frame[frame["team"].isin([*teams, ""])]
    for column in {"person_id", "author_id"} & set(frame):
        frame = frame[frame[column].isin([*members, ""])]
    return frame.copy()


def marked(name, frame):
    for column in set(PERSON_COLUMNS) & set(frame):
        frame[column] = frame[column].map(lambda value: f"{MARK}{value}" if value else "")
    if name == "people":
        frame["full_name"] = [f"{MARK.title()} Bird {MARK}son{number}" for number in range(len(frame))]
        frame["email"] = [f"{MARK}.{number}@example.com" for number in range(len(frame))]
    if "comment" in frame:
        said = "The {0} bird of row {1} had {0} for lunch, said {0} number {1}."
        frame["comment"] = [said.format(MARK, number) if text else "" for number, text in enumerate(frame["comment"])]
    return frame


def songs(content):
    """Return every canary in a file, also in pictures that a page holds as data and in the sheets of a workbook, however the letters are cased."""
    pictures = [base64.b64decode(code) for code in re.findall(rb"base64,([A-Za-z0-9+/=]+)", content)]
    packed = []
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            packed = [book.read(name) for name in book.namelist()]
    return [match.group() for part in (content, *pictures, *packed)
            for match in re.finditer(rb"(?i).{0,40}" + MARK[:5].encode() + rb".{0,20}", part)]


def test_the_program_is_full_of_canaries(batch):
    folder, _ = batch
    for name in ("people", "feedback", "test_responses", "pull_requests", "interview_ratings", "climate_responses"):
        assert len(songs((folder / "marked" / f"{name}.csv").read_bytes())) > 30, name


def test_reports_were_made_and_the_leaking_ones_failed(batch):
    folder, log = batch
    out = folder / "out" / "marked"
    status = {path.parent.relative_to(out).as_posix(): json.loads(path.read_text(encoding="utf-8"))
              for path in out.rglob("run.json")}
    assert len(status) == sum(REPORTS.values()) + len(REPORTS) + len(ENDS)
    assert {found["status"] for name, found in status.items() if name.split("/")[0] in REPORTS} == {"ok"}, log.decode()
    assert {found["status"] for name, found in status.items() if name.split("/")[0] in ENDS} == {"failed", "skipped"}
    assert "PrivacyError" in status["says/company"]["reason"]


def test_no_canary_sings_in_any_byte_of_the_outputs(batch):
    folder, _ = batch
    private = folder / "out" / "private"
    files = [path for path in (folder / "out").rglob("*") if path.is_file() and private not in path.parents]
    assert {path.suffix for path in files} >= {".html", ".ipynb", ".json", ".csv", ".svg", ".xlsx"}
    heard = {path.relative_to(folder).as_posix(): songs(path.read_bytes()) for path in files}
    assert {name: found for name, found in heard.items() if found} == {}
    assert not [path for path in files if MARK in path.name]


def test_own_pages_lie_apart_and_name_nobody(batch):
    """Only the name of the file says whose page it is; nothing else in the outputs knows of it."""
    folder, _ = batch
    pages = sorted((folder / "out" / "private").rglob("*.html"))
    assert len(pages) > 20 and all(MARK in path.name for path in pages)
    assert [path.name for path in pages if songs(path.read_bytes())] == []
    assert b"private" not in (folder / "out" / "index.html").read_bytes()
    assert not list((folder / "out" / "private").rglob("*.xlsx"))
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in pages} == {0o600}
        assert {stat.S_IMODE(place.stat().st_mode) for place in pages[0].parents[:2]} == {0o700}


def test_no_canary_sings_in_the_log(batch):
    _, log = batch
    assert b"reports in" in log and songs(log) == []


def test_the_reader_is_told_that_something_was_withheld(batch):
    folder, _ = batch
    page = (folder / "out/marked/prints_a_table/company/report.html").read_text(encoding="utf-8")
    assert "withheld: shown without upskill.show" in page and "more lines withheld" in page
