"""The list of all reports below one folder, those that failed first."""

import json
import re
from itertools import groupby
from pathlib import Path

from upskill.batch.execute import BAD
from upskill.batch.markup import inline, plain_text
from upskill.batch.render import WORDS, environment, stylesheet, unbroken
from upskill.batch.write import write_file

KEY_FACTS = 4


def read_records(output):
    """Return what every report below a folder says of itself, with its facts, in order."""
    records = []
    for path in sorted(Path(output).glob("*/*/*/run.json")):
        if any(part.startswith(".") for part in path.relative_to(output).parts):
            continue
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        folder = path.parent
        record["folder"] = folder.relative_to(output).as_posix()
        record["facts"] = _facts(folder / "facts.json")
        record["tables"] = sorted(table.name for table in folder.glob("tables/*.csv"))
        records.append(record)
    return records


def _facts(path):
    return json.loads(path.read_text(encoding="utf-8"))["facts"] if path.is_file() else []


def write_index(output):
    """Write index.html for all reports below a folder, those of earlier runs included; returns its path."""
    path = Path(output) / "index.html"
    write_file(path, render_index(read_records(output)))
    return path


def render_index(records):
    """Return the index page as HTML."""
    rows = [_row(record) for record in records]
    programs = [{"name": found[0]["program_name"], "reports": _reports(found)}
                for _, group in groupby(rows, key=lambda row: row["program"]) for found in [list(group)]]
    counts = {status: sum(row["status"] == status for row in rows) for status in WORDS}
    return unbroken(environment().get_template("index.html.j2").render(
        style=stylesheet("base", "index"), programs=programs, troubles=[row for row in rows if row["bad"]],
        counts=[(WORDS[status][1].lower(), count) for status, count in counts.items() if count]))


def _row(record):
    team = record["parameters"].get("team") or ""
    extra = record["slug"] if record["slug"].startswith("company-") else ""
    symbol, word = WORDS.get(record["status"], ("✕", record["status"]))
    answer = record.get("answer") or [""]
    return record | {
        "team": team, "who": team or (f"Whole company ({extra})" if extra else "Whole company"), "is_company": not team,
        "bad": record["status"] in BAD, "symbol": symbol, "word": word, "headline": inline(answer[0]),
        "title": plain_text(record["title"] or record["report"]), "question": inline(record.get("question") or ""),
        "key_facts": [(fact_label(fact["name"]), fact["text"]) for fact in _key_facts(record["facts"], answer[0])],
    }


def _key_facts(facts, answer):
    """Choose facts to list beside an answer: those with an interval, unless the answer says them already."""
    facts = [fact for fact in facts if fact["text"] not in answer]
    with_interval = [fact for fact in facts if fact.get("low") is not None]
    return (with_interval or facts)[:KEY_FACTS]


def fact_label(name):
    """Turn the name of a fact into words.

    >>> fact_label("roi.net_present_value"), fact_label("skills.level.using_ai")
    ('Net present value', 'Level: using AI')
    """
    words = ": ".join(name.split(".")[1:] or [name]).replace("_", " ")
    words = re.sub(r"\bai\b", "AI", words)
    return words[:1].upper() + words[1:]


def _reports(rows):
    found = []
    for name, group in groupby(rows, key=lambda row: row["report"]):
        group = sorted(group, key=lambda row: (not row["is_company"], not row["bad"], row["who"].lower()))
        best = next((row for row in group if row["status"] == "ok"), group[0])
        found.append({"name": name, "title": best["title"], "question": best["question"],
                      "company": [row for row in group if row["is_company"]],
                      "teams": [row for row in group if not row["is_company"]]})
    return found
