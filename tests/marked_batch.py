"""One batch of real reports of a hostile program, for every test that looks at outputs: canaries and payloads.

Every personal text of the program carries a mark that may leave in no byte of the outputs, and every other text
carries markup that would run, fetch or restyle if a page let it. Made once for all processes of a test run.
"""

import html
import re
import subprocess
import sys
import time
import zlib
from types import SimpleNamespace

import pandas as pd
import yaml
from sample_reports import FACT, make_notebook

from upskill.data.contract import TABLES
from upskill.data.settings import read_settings
from upskill.framework.page import render_page
from upskill.framework.read import read_framework
from upskill.own.page import rater_page
from upskill.privacy import PERSON_COLUMNS

MARK = "kanari"  # in every id, name, address and comment
# The skill report takes longest; one team is enough to see what a team's report leaves.
REPORTS = {  # for the company and so many teams
    "01_skill_assessment": 1, "02_learning_plan": 0, "03_training_options": 0, "04_pilot_evaluation": 0,
    "05_kpi_tracking": 2, "06_roi_model": 1, "what_if": 0, "07_adoption_climate": 0, "08_roadmap": 0,
    "09_program_summary": 0}
NEEDS = {"08_roadmap": ["01_skill_assessment", "03_training_options", "04_pilot_evaluation", "05_kpi_tracking", "06_roi_model"],
         "09_program_summary": ["01_skill_assessment", "03_training_options", "04_pilot_evaluation", "05_kpi_tracking",
                                "06_roi_model", "07_adoption_climate"]}
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


BAIT = "http://bait.example"  # nothing may ask for it
PAYLOADS = (  # each would set window.bitten, or ask for BAIT, where a page takes text for markup
    '<img src=x onerror="window.bitten=1">',
    "<script>window.bitten=1</script>",
    "</title></style></script><script>window.bitten=1</script>",
    '"><svg onload="window.bitten=1"></svg>',
    "' onfocus='window.bitten=1' autofocus='",
    '<iframe src="javascript:parent.bitten=1"></iframe>',
    "[read](javascript:window.bitten=1)",
    f"![look]({BAIT}/a.png)",
    f'<img src="{BAIT}/b.png">',
    f"<style>*{{color:red;background:url({BAIT}/c.png)}}</style>",
    f'<meta http-equiv="refresh" content="0;url={BAIT}/d">',
    "{{ 7*7 }}<base href='//bait.example'>",
)
# Columns whose words the reports know: a few rows get a payload, or are added with one.
KNOWN = {("enrolments", "status"), ("items", "construct"), ("items", "stage")}
ADDED = {("kpi_observations", "kpi"), ("ai_usage", "measure")}
KNOWN_SETTINGS = {"kpi", "fact", "currency", "locale", "kind", "unit", "assignment", "primary_kpi", "hash", "modality",
                  "calendar", "guardrails", "stages"}
NAMED_SETTINGS = ("roles", "options", "next_iteration", "tools")  # their keys are names that a company chose


def make_batch(folder, example):
    """Make the program, all its reports, private pages and the framework in a folder; return the bytes of the log."""
    teams = marked_program(example, folder / "marked")
    for name, end in ENDS.items():
        make_notebook(folder / f"{name}.ipynb", *LEAKS, FACT, end, title=f"A report that {name}")
    reports = [{"notebook": name, "grid": {"team": ["", *teams[:count]]}} | ({"needs": NEEDS[name]} if name in NEEDS else {})
               for name, count in REPORTS.items()]
    reports += [{"notebook": name} for name in ENDS]
    defaults = {"program": str(folder / "marked"), "time_limit_seconds": 300}
    (folder / "reports.yml").write_text(yaml.safe_dump({"defaults": defaults, "reports": reports}), encoding="utf-8")
    log = run(folder, 900, "run", folder / "reports.yml", "--output", folder / "out", "--workers", "2", can_fail=True)
    settings, _ = read_settings(folder / "marked" / "program.yml")
    wave = pd.read_csv(folder / "marked" / "waves.csv")["wave"].iloc[-1]
    page = rater_page((0.3, -0.1, 0.7, 40), wave, SimpleNamespace(settings=settings))
    (folder / "rater.html").write_text(page, encoding="utf-8")
    (folder / "framework.html").write_text(render_page(read_framework(folder / "marked")), encoding="utf-8")
    return log + run(folder, 500, "own-page", folder / "marked", "--all", "--output", folder / "out")


def run(folder, seconds, *arguments, can_fail=False):
    done = subprocess.run([sys.executable, "-m", "upskill", *map(str, arguments)], check=False, capture_output=True,
                          cwd=folder, timeout=seconds)
    assert can_fail or done.returncode == 0, done.stderr.decode()
    return done.stdout + done.stderr


def made_once(folder, make):
    """Return what `make(folder)` returned, kept in a file; other processes of the test run wait for the one that makes it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    kept = folder.with_suffix(".log")
    try:
        folder.mkdir()
    except FileExistsError:
        while not kept.exists():
            time.sleep(0.5)
        return kept.read_bytes()
    log = b"the batch could not be made"
    try:
        log = make(folder)
    finally:
        part = folder.with_suffix(".part")
        part.write_bytes(log)
        part.rename(kept)
    return log


def spiked(text):
    """Return a text with one of the payloads behind it; equal texts get the same."""
    return f"{text} {PAYLOADS[zlib.crc32(text.encode()) % len(PAYLOADS)]}" if text else text


def spiked_settings(content, key=""):
    """Return what program.yml holds with a payload in every text but dates and words that mean something to the reports."""
    if key in KNOWN_SETTINGS:
        return content
    if isinstance(content, dict):
        return {spiked(name) if key in NAMED_SETTINGS else name: spiked_settings(entry, name) for name, entry in content.items()}
    if isinstance(content, list):
        return [spiked_settings(entry) for entry in content]
    is_text = isinstance(content, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", content)
    return spiked(content) if is_text else content


def marked_program(example, folder):
    """Write the example with canary ids, names and comments and spiked texts, cut to the largest teams; returns these."""
    folder.mkdir()
    tables = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in sorted(example.glob("*.csv"))}
    people = tables["people"]
    teams = people["team"].value_counts().index[:TEAMS].tolist()
    members = set(people.loc[people["team"].isin(teams), "person_id"])
    for name in ("pull_requests", "work_items"):
        tables[name] = tables[name].iloc[::4]
    for name, frame in tables.items():
        spiked_table(name, marked(name, cut(frame, teams, members))).to_csv(folder / f"{name}.csv", index=False)
    settings = spiked_settings(yaml.safe_load((example / "program.yml").read_text(encoding="utf-8")))
    (folder / "program.yml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return [spiked(team) for team in teams]


def spiked_table(name, frame):
    """Return a table with a payload in every text; where reports know the words, in a few rows only."""
    for column in (column.name for column in TABLES[name].columns if column.kind == "text" and column.name in frame):
        if (name, column) in ADDED:
            more = frame.tail(3)
            frame = pd.concat([frame, more.assign(**{column: more[column].map(spiked)})], ignore_index=True)
        elif (name, column) in KNOWN:
            some = frame.index[frame[column] != ""][-3:]
            frame.loc[some, column] = frame.loc[some, column].map(spiked)
        else:
            frame[column] = frame[column].map(spiked)
    return frame


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




def songs_of_bait(page):
    """Return which payloads a page holds as text, by their place in PAYLOADS."""
    text = html.unescape(page.replace("\u2060", ""))
    return {place for place, payload in enumerate(PAYLOADS) if payload in text}
