"""What the index says of reports: one row each, grouped by program and report, and what changed."""

import re
from functools import lru_cache
from html import unescape
from itertools import groupby
from urllib.parse import quote

from upskill.batch.execute import BAD
from upskill.batch.headlines import headlines
from upskill.batch.markup import inline
from upskill.batch.render import WORDS, aside_words
from upskill.batch.sparkline import sparkline

MOST_NUMBERS = 4
PLAIN = re.compile(r"[^\W\d_](?:[^\W_]|[ ,;:.()%?/–−“”’$€£+-])*")  # no mark of Markdown, and nothing to escape
ARROWS = {1: "↑", -1: "↓", 0: ""}


def no_past(record):
    """What is known of the past of a report where nobody kept any: no former Point, no series."""
    return None, []


def make_row(record, current=None, past=no_past):
    """Return all that the index shows of a report; `past(record)` gives its former Point, or None, and all Points."""
    team = str(record["parameters"].get("team") or "")
    extra = record["slug"] if record["slug"].startswith("company-") else ""
    symbol, word = WORDS.get(record["status"], ("✕", record["status"]))
    answer = record.get("answer") or [""]
    now = (current or {}).get(record["program"])
    row = {"facts": [], "files": [], "tables": [], "needs": [], "unwritten": False, "thumbnail": "", "label": ""} | record | {
        "team": team, "who": team or (f"Whole company ({extra})" if extra else "Whole company"), "is_company": not team,
        "bad": record["status"] in BAD, "symbol": symbol, "word": word, "path": quote(record["folder"]),
        "headline": _sentence(answer[0]), "answer": unescape(re.sub("<[^>]+>", "", _sentence(answer[0]))),
        "is_old": bool(now and record.get("data") and record["data"] != now),
        "title": unescape(re.sub("<[^>]+>", "", _sentence(record["title"] or record["report"]))),
        "question": _sentence(record.get("question") or ""),
        "figure": _title(record.get("thumbnail") or ""),
    }
    row["numbers"] = _numbers(row, record.get("cards") or (), answer[0], *past(record))
    row["beyond"] = [number for number in row["numbers"] if number["change"] and number["change"]["is_beyond"]]
    row["told"] = row["numbers"][:1] + [number for number in row["beyond"] if number not in row["numbers"][:1]]
    return row


@lru_cache(4096)
def _sentence(text):
    """Return a sentence of Markdown as HTML without links; most have no mark, which is far quicker than to render."""
    return text if PLAIN.fullmatch(text) else re.sub(r"</?a\b[^>]*>", "", inline(text))


def _title(svg):
    """Return the title of a drawing."""
    found = re.search(r"<title>([^<]*)</title>", svg)
    return unescape(found[1]) if found else ""


def _numbers(row, cards, answer, former, points):
    """Return the headline numbers of a report; one that the answer says already only where it can be seen to move."""
    if row["status"] != "ok":
        return []
    found = []
    for number in headlines(cards, row["facts"]):
        change = _change(former, number.fact, bool(row.get("on_same_data")))
        line = sparkline(_course(points, number.fact, row)) if number.fact else ""
        if number.text not in answer or change or line:
            found.append({"label": number.label, "text": number.text, "note": number.note, "change": change, "line": line})
    return found[:MOST_NUMBERS]


def _change(former, fact, on_same_data=False):
    """Return how a number changed since the last labelled run: sign, word, words in full and their color."""
    if former is None or fact is None or fact["name"] not in former.facts:
        return None
    change = former.changes([fact], on_same_data)[fact["name"]]
    values = change.old["value"], change.new["value"]
    sign = 0 if None in values else (values[1] > values[0]) - (values[1] < values[0])
    is_beyond = change.is_beyond_noise is True and sign != 0
    kind = {"better": "good", "worse": "bad"}.get(change.direction, "moved") if is_beyond else "still"
    word = {"good": "Better", "bad": "Worse", "moved": "Changed"}.get(kind, "")
    symbol = "≈" if change.is_beyond_noise is False and sign else ARROWS[sign]
    return {"kind": kind, "word": word, "symbol": symbol, "text": change.text, "is_beyond": is_beyond,
            "since": former.label}


def _course(points, fact, row):
    """Return a fact under each label, and as it is now where that is not the latest point."""
    past = [{"label": point.label} | point.facts[fact["name"]] for point in points
            if point.facts.get(fact["name"], {}).get("unit", 0) == fact.get("unit")]
    is_new = past and points[-1].key != row.get("key")
    return past + ([{"label": row["label"] or "now"} | fact] if is_new else [])


def make_programs(rows, lists=()):
    """Return programs with their reports; `lists`: programs beside whose reports stands a list of rows set aside."""
    return [{"name": found[0]["program_name"], "slug": slug, "reports": _reports(found),
             "aside": _most_aside(found), "has_list": slug in lists, "labels": _labels(found), "days": _days(found)}
            for slug, group in groupby(rows, key=lambda row: row["program"]) for found in [list(group)]]


def _reports(rows):
    """Return reports in order of their names, but first the one that rests on most others."""
    found = []
    for name, group in groupby(rows, key=lambda row: row["report"]):
        group = sorted(group, key=lambda row: (not row["is_company"], not row["bad"], row["who"].lower()))
        best = next((row for row in group if row["status"] == "ok"), group[0])
        teams = [row for row in group if not row["is_company"]]
        found.append({"name": name, "title": best["title"], "question": best["question"],
                      "needs": {need for row in group for need in row["needs"]},
                      "company": [row for row in group if row["is_company"]], "teams": teams,
                      "in_short": _in_short(teams)})
    most = max((len(report["needs"]) for report in found), default=0)
    return sorted(found, key=lambda report: not most or len(report["needs"]) < most)


def _in_short(rows):
    """Say how many reports have which status, and in how many something changed beyond noise."""
    states = [(WORDS.get(status, ("", status))[1].lower(), sum(row["status"] == status for row in rows))
              for status in (*WORDS, *sorted({row["status"] for row in rows} - set(WORDS)))]
    moved = [(word, sum(any(number["change"]["kind"] == kind for number in row["beyond"]) for row in rows))
             for kind, word in (("bad", "worse"), ("good", "better"), ("moved", "changed"))]
    counts = [", ".join(f"{count} {word}" for word, count in some if count) for some in (states, moved)]
    return counts[0] + (f"; beyond noise: {counts[1]}" if counts[1] else "")


def _labels(rows):
    """Return the labels that the reports of a program were made under, and how many were made under none."""
    known = sorted({row["label"] for row in rows if row["label"]})
    return {"names": known, "without": sum(not row["label"] for row in rows if row["status"] == "ok")}


def _days(rows):
    """Return the dates up to which the data of a program's reports go."""
    return sorted({str(row["data_as_of"]) for row in rows if row.get("data_as_of")})


def _most_aside(rows):
    """Say how many rows of a program were set aside, as its reports on the whole company saw it."""
    counts = [row["set_aside"] for row in rows if row["is_company"] and isinstance(row.get("set_aside"), dict)]
    return max((aside_words(count.get("rows"), count.get("of")) for count in counts), key=len, default="")


def make_troubles(rows):
    """Return what could not be made: one entry for all teams of a report that stopped with the same words."""
    def same(row):
        return row["program"], row["report"], row["status"], row["reason"]

    groups = (list(group) for _, group in groupby(sorted((row for row in rows if row["bad"]), key=same), key=same))
    return [{"first": group[0], "rows": sorted(group, key=lambda row: (not row["is_company"], row["who"].lower()))}
            for group in groups]


def make_news(programs):
    """Return what changed beyond noise in reports on whole companies, what got worse first, and whether there is a past at all."""
    numbers = [(row, number) for program in programs for report in program["reports"] for row in report["company"]
               for number in row["numbers"] if number["change"]]
    order = ("bad", "moved", "good")
    moved = sorted((entry for entry in numbers if entry[1]["change"]["is_beyond"]),
                   key=lambda entry: order.index(entry[1]["change"]["kind"]))
    teams = [row for program in programs for report in program["reports"] for row in report["teams"]]
    labels = {number["change"]["since"] for _, number in numbers}
    is_known = bool(numbers) or any(number["change"] for row in teams for number in row["numbers"])
    return {"moved": moved, "still": len(numbers) - len(moved), "is_told": bool(numbers), "is_known": is_known,
            "since": labels.pop() if len(labels) == 1 else "the labelled run before",
            "teams": sum(bool(row["beyond"]) for row in teams)}


def make_data(programs):
    """Return what the script of the index searches in: short lists, and in each row only what a result shows."""
    reports, states, rows = [], {}, []
    for program in programs:
        for report in program["reports"]:
            about = " ".join([report["name"].replace("_", " "), re.sub("<[^>]+>", "", report["question"])])
            reports.append([program["slug"], program["name"], report["name"], report["title"], unescape(about)])
            rows += [_searched(row, len(reports) - 1, states) for row in [*report["company"], *report["teams"]]]
    return {"reports": reports, "states": [list(state) for state in states], "rows": rows}


def _searched(row, place, states):
    state = states.setdefault((row["status"], row["symbol"], row["word"], row["bad"]), len(states))
    number = next(iter(row["beyond"] or row["numbers"]), None)
    change = (number and number["change"]) or {"kind": "", "symbol": "", "word": "", "text": ""}
    said = "; ".join(filter(None, [f"{number['label']}: {number['text']}", number["note"]])) if number else ""
    return [place, row["slug"], row["who"], state, row["answer"] if row["status"] == "ok" else row["reason"] or "", said,
            change["kind"], " ".join(filter(None, [change["symbol"], change["word"]])), change["text"],
            bool(row["beyond"]) + 2 * (row["is_old"] and not row["bad"]) + 4 * row["unwritten"] + 8 * row["is_company"]]
