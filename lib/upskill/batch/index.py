"""The list of all reports below one folder: what failed first, what changed, then the reports, with a search over all."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from upskill.batch.headlines import fact_label
from upskill.batch.history import previous_point, series
from upskill.batch.listing import make_data, make_news, make_programs, make_row, make_troubles, no_past
from upskill.batch.pictures import data_uri
from upskill.batch.render import WORDS, environment, finished, stylesheet
from upskill.batch.write import SET_ASIDE, THUMBNAIL, write_file

__all__ = ["fact_label", "read_records", "render_index", "render_pages", "write_index"]

MOST_ROWS = 300  # of teams on the index itself; more are kept in pages of their own
PER_PAGE = 100
PAGES = "lists"


def read_records(output):
    """Return what every report below a folder says of itself, with its facts and the names of its files, in order."""
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
        record |= _facts(folder / "facts.json")
        record["files"] = sorted(file.name for file in folder.iterdir() if file.suffix in (".xlsx", ".pdf"))
        record["tables"] = sorted(table.name for table in folder.glob("tables/*.csv"))
        record["thumbnail"] = _text(folder / THUMBNAIL)
        records.append(record)
    return records


def _facts(path):
    found = json.loads(_text(path) or "{}")
    return {"facts": found.get("facts") or [], "data_as_of": found.get("data_as_of") or ""}


def _text(path):
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def write_index(output, current=None, unwritten=()):
    """Write index.html for all reports below a folder, those of earlier runs included; returns its path.

    `current`: program folder name -> digest of its data as they are now, so that reports made from
    earlier data are marked; `unwritten`: records of reports that failed and could not even say so in a page.
    Lists of teams that are too long for the index stand in pages below `<program>/lists/`.
    """
    output = Path(output)
    records = {record["folder"]: record for record in read_records(output)}
    records |= {record["folder"]: record for record in unwritten}
    lists = {found.parent.name for found in output.glob(f"*/{SET_ASIDE}")}
    pages = render_pages(list(records.values()), current, lists, past_in(output))
    for name, page in pages.items():
        write_file(output / name, page)
    for left in output.glob(f"*/{PAGES}/*.html"):
        if left.relative_to(output).as_posix() not in pages:
            left.unlink(missing_ok=True)
    return output / "index.html"


def past_in(output):
    """Return a function that tells the past of a report below a folder: its former Point, or None, and all Points."""
    def past(record):
        program = record["folder"].partition("/")[0]
        where = (output, program, record["report"], record["slug"])
        return previous_point(*where, record.get("key") or "", record.get("label") or ""), series(*where)

    return past


def render_index(records, current=None, lists=(), past=no_past):
    """Return the index page as HTML; `lists`: programs beside whose reports stands a list of rows set aside."""
    return render_pages(records, current, lists, past)["index.html"]


def render_pages(records, current=None, lists=(), past=no_past):
    """Return the pages of the index: relative path -> HTML, index.html last."""
    rows = [make_row(record, current, past) for record in sorted(records, key=lambda record: record["folder"])]
    programs = make_programs(rows, lists)
    pages = _paged(programs)
    counts = {status: sum(row["status"] == status for row in rows) for status in WORDS}
    script = _script()
    pages["index.html"] = finished(environment().get_template("index.html.j2").render(
        style=stylesheet("base", "index"), programs=programs, troubles=make_troubles(rows), news=make_news(programs),
        counts=[(WORDS[status][1].lower(), count) for status, count in counts.items() if count],
        choices=_choices(programs), total=len(rows), counts_bad=sum(row["bad"] for row in rows), data_uri=data_uri, script=script, script_hash=_hash(script),
        data=_as_script_data(make_data(programs))))
    return pages


def _choices(programs):
    """Return what the filters offer: programs, reports, teams and statuses, as (value, words)."""
    reports = {report["name"]: report["title"] for program in programs for report in program["reports"]}
    rows = [row for program in programs for report in program["reports"] for row in [*report["company"], *report["teams"]]]
    return {"program": [(program["slug"], program["name"]) for program in programs] if len(programs) > 1 else [],
            "report": list(reports.items()), "status": sorted({(row["status"], row["word"]) for row in rows}),
            "team": sorted({row["team"] for row in rows if row["team"]}, key=str.lower)}


def _paged(programs):
    """Move lists of teams into pages where there are too many for one; each report then has `pages`: links to them."""
    reports = [(program, report) for program in programs for report in program["reports"]]
    is_long = sum(len(report["teams"]) for _, report in reports) > MOST_ROWS
    pages, template = {}, environment().get_template("index_list.html.j2")
    for program, report in reports:
        rows = report["teams"]
        parts = [rows[start:start + PER_PAGE] for start in range(0, len(rows), PER_PAGE)] if is_long else []
        report["pages"] = [{"path": f"{program['slug']}/{PAGES}/{report['name']}-{number}.html", "first": part[0]["who"],
                            "last": part[-1]["who"], "count": len(part), "number": number}
                           for number, part in enumerate(parts, start=1)]
        for page, part in zip(report["pages"], parts, strict=True):
            pages[page["path"]] = finished(template.render(style=stylesheet("base", "index"), program=program, page=page,
                                                           report=report, rows=part))
    return pages


@cache
def _script():
    """Return the script of the index without comments and indents."""
    text = environment().loader.get_source(environment(), "index.js")[0]
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _hash(script):
    """Return the hash by which a content security policy knows a script that stands between two line ends."""
    return base64.b64encode(hashlib.sha256(f"\n{script}\n".encode()).digest()).decode()


def _as_script_data(content):
    """Return JSON that cannot end the element in which it stands, whatever is in it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text)
