"""The list of all reports below one folder: what failed first, then what rests on other reports, then the others."""

import json
import re
from itertools import groupby
from pathlib import Path

from upskill.batch.execute import BAD
from upskill.batch.markup import inline, plain_text
from upskill.batch.render import WORDS, Links, aside_words, environment, finished, stylesheet
from upskill.batch.write import SET_ASIDE, write_file

KEY_FACTS = 4
UNITS = re.compile(r"(?<=\w)_(minutes|hours|days|weeks|months|years|levels)$")
SPELLINGS = ((re.compile(r"\bai\b"), "AI"), (re.compile(r"\bbreak even\b"), "break-even"))


def read_records(output):
    """Return what every report below a folder says of itself, with its facts, in order."""
    records = []
    for path in sorted(Path(output).glob("*/*/*/run.json")):
        if any(part.startswith(".") for part in path.relative_to(output).parts):
            continue
        folder = path.parent
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            program, report, slug = folder.relative_to(output).parts
            record = {"report": report, "slug": slug, "title": report, "program": program, "program_name": program,
                      "parameters": {}, "status": "failed", "reason": "Its run.json cannot be read; make it again."}
        record["folder"] = folder.relative_to(output).as_posix()
        record["facts"] = _facts(folder / "facts.json")
        record["tables"] = sorted(table.name for table in folder.glob("tables/*.csv"))
        records.append(record)
    return records


def _facts(path):
    return json.loads(path.read_text(encoding="utf-8"))["facts"] if path.is_file() else []


def write_index(output, current=None, unwritten=()):
    """Write index.html for all reports below a folder, those of earlier runs included; returns its path.

    `current`: program folder name -> digest of its data as they are now, so that reports made from
    earlier data are marked; `unwritten`: records of reports that failed and could not even say so in a page.
    """
    path, records = Path(output) / "index.html", {record["folder"]: record for record in read_records(output)}
    records |= {record["folder"]: record for record in unwritten}
    lists = {found.parent.name for found in Path(output).glob(f"*/{SET_ASIDE}")}
    write_file(path, render_index(list(records.values()), current or {}, lists))
    return path


def render_index(records, current=None, lists=()):
    """Return the index page as HTML; `lists`: programs beside whose reports stands a list of rows set aside."""
    rows = [_row(record, current or {}) for record in sorted(records, key=lambda record: record["folder"])]
    programs = [{"name": found[0]["program_name"], "slug": slug, "reports": _reports(found),
                 "aside": _most_aside(found), "has_list": slug in lists, "labels": _labels(found)}
                for slug, group in groupby(rows, key=lambda row: row["program"]) for found in [list(group)]]
    counts = {status: sum(row["status"] == status for row in rows) for status in WORDS}
    return finished(environment().get_template("index.html.j2").render(
        style=stylesheet("base", "index"), programs=programs, troubles=[row for row in rows if row["bad"]],
        counts=[(WORDS[status][1].lower(), count) for status, count in counts.items() if count]))


def _labels(rows):
    """Return the labels that the reports of a program were made under, and how many were made under none."""
    known = sorted({row["label"] for row in rows if row.get("label")})
    return {"names": known, "without": sum(not row.get("label") for row in rows if row["status"] == "ok")}


def _most_aside(rows):
    """Say how many rows of a program were set aside, as its reports on the whole company saw it."""
    counts = [row["set_aside"] for row in rows if row["is_company"] and isinstance(row.get("set_aside"), dict)]
    return max((aside_words(count.get("rows"), count.get("of")) for count in counts), key=len, default="")


def _row(record, current):
    team = str(record["parameters"].get("team") or "")
    extra = record["slug"] if record["slug"].startswith("company-") else ""
    symbol, word = WORDS.get(record["status"], ("✕", record["status"]))
    answer = record.get("answer") or [""]
    now = current.get(record["program"])
    neighbor = Links(record["slug"]).neighbor
    return {"facts": [], "tables": [], "needs": [], "unwritten": False} | record | {
        "team": team, "who": team or (f"Whole company ({extra})" if extra else "Whole company"), "is_company": not team,
        "bad": record["status"] in BAD, "symbol": symbol, "word": word, "headline": inline(answer[0], neighbor),
        "is_old": bool(now and record.get("data") and record["data"] != now),
        "title": plain_text(record["title"] or record["report"]), "question": inline(record.get("question") or ""),
        "key_facts": _key_facts(record.get("cards") or (), record.get("facts") or (), answer[0])[:KEY_FACTS],
    }


def _key_facts(cards, facts, answer):
    """Return (label, value, note) of what stands beside an answer, unless the answer says it already.

    That is what the report itself put on its cards, with the interval of the fact of the same value; for a
    report without cards the facts with intervals, whole ones before those of a part.
    """
    chosen = [(card["label"], _with_interval(str(card["value"]), facts), card.get("note") or "") for card in cards]
    if not chosen:
        found = [fact for fact in facts if fact.get("low") is not None] or list(facts)
        chosen = [(fact_label(fact["name"]), fact["text"], "")
                  for fact in sorted(found, key=lambda fact: fact["name"].count("."))]
    return [entry for entry in chosen if entry[1] not in answer]


def _with_interval(value, facts):
    return next((fact["text"] for fact in facts if fact.get("low") is not None
                 and str(fact["text"]).startswith(f"{value} (")), value)


def fact_label(name):
    """Turn the name of a fact into words, without its unit, which the value says.

    >>> fact_label("kpi.lead_time_hours"), fact_label("skills.level.using_ai")
    ('Lead time', 'Level: using AI')
    """
    words = ": ".join(UNITS.sub("", part) for part in name.split(".")[1:] or [name]).replace("_", " ")
    for pattern, spelling in SPELLINGS:
        words = pattern.sub(spelling, words)
    return words[:1].upper() + words[1:]


def _reports(rows):
    found = []
    for name, group in groupby(rows, key=lambda row: row["report"]):
        group = sorted(group, key=lambda row: (not row["is_company"], not row["bad"], row["who"].lower()))
        best = next((row for row in group if row["status"] == "ok"), group[0])
        found.append({"name": name, "title": best["title"], "question": best["question"],
                      "needs": {need for row in group for need in row["needs"]},
                      "company": [row for row in group if row["is_company"]],
                      "teams": [row for row in group if not row["is_company"]]})
    return sorted(found, key=lambda report: not report["needs"])
