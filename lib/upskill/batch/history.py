"""What the reports of earlier labelled runs said: one file per label, facts only.

`outputs/<program>/history/<label>.json` holds, by report, a point: its key, the facts, and why-parts by which a
comparison tells what has changed since (see `why`). A report that says the same as its latest point adds none; the file
then only names the label of that point. Runs without a label read history and never write it.
"""

import contextlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from upskill.batch.change import Change, fact_change
from upskill.batch.digests import digest
from upskill.batch.write import compact_json, write_file

__all__ = ["Change", "HistoryError", "Point", "fact_change", "forget_label", "labels", "last_label", "points_of", "previous_point",
           "problems", "series", "write_points"]

FOLDER = "history"
SHARED = ("modules", "settings", "versions", "reference")  # why-parts that many reports have in common, as tables singly

MEND = "Restore it from a backup, or move it away: nothing is compared with this label then."


class HistoryError(ValueError):
    """A file of history that cannot be read; the message names it and says how to mend."""


@dataclass(frozen=True)
class Point:
    """What a report said under a label; `facts`: by name, as in facts.json; `why`: what it rested on."""

    label: str
    data_as_of: str
    facts: dict = field(repr=False)
    key: str = ""
    title: str = ""
    why: dict = field(default_factory=dict, repr=False)

    def changes(self, facts, on_same_data=False):
        """Return {name: Change} of facts (dicts as in facts.json) since this point."""
        return {fact["name"]: fact_change(self.facts.get(fact["name"]), fact, self.label, on_same_data=on_same_data)
                for fact in facts}


def previous_point(output, program, report, slug, key, label=""):
    """Return the latest Point of a report whose key differs from `key`, or None.

    So a report that is kept keeps what it is compared with. `label`: of this run, whose own point is no past; where a
    later label said the same, it is that one's.
    """
    name, entries = f"{report}/{slug}", _read(_folder(output, program))[0]
    own = next((entry for entry in entries if label and entry["label"] == label), None)
    former = own["reports"].get(name) if own else None
    heir = next((entry for entry in entries if own and entry["unchanged"].get(name) == label), None)
    for entry in reversed(entries):
        point = former if entry is heir else entry["reports"].get(name) if entry is not own else None
        if point and point["key"] != key:
            return _point(entry["label"], point)
    return None


def series(output, program, report, slug):
    """Return the Points of a report, oldest first; files that cannot be read are passed over (see `problems`)."""
    name = f"{report}/{slug}"
    found = [(entry["label"], entry["reports"].get(name)) for entry in _read(_folder(output, program))[0]]
    return [_point(label, point) for label, point in found if point]


def points_of(output, program, label):
    """Return {report/slug: Point} of all reports as they were under a label, those that said the same as before included.

    Raises KeyError where there is no such label, HistoryError where its file cannot be read.
    """
    folder = _folder(output, program)
    entries, faults = _read(folder)
    known = {entry["label"]: entry for entry in entries}
    if label not in known:
        broken = [fault for path, fault in faults if path.stem == label]
        raise HistoryError(broken[0]) if broken else KeyError(label)
    found = dict(known[label]["reports"])
    for name, other in known[label]["unchanged"].items():
        if name in known.get(other, {"reports": {}})["reports"]:
            found[name] = known[other]["reports"][name]
    return {name: _point(label, point) for name, point in sorted(found.items())}


def labels(output, program):
    """Return the labels of a program's history, oldest first."""
    return [entry["label"] for entry in _read(_folder(output, program))[0]]


def last_label(output, program, label=""):
    """Return the latest label before that of this run, "" where there is none."""
    known = labels(output, program)
    past = known[:known.index(label)] if label in known else known
    return past[-1] if past else ""


def problems(output, program):
    """Return what is wrong with the files of a program's history, in words that name file and cure."""
    return [fault for _, fault in _read(_folder(output, program))[1]]


def write_points(output, program, label, folders):
    """Add the reports in these folders that were made or kept under a label to its file.

    A report that failed or was skipped adds nothing. Raises HistoryError where the label's file cannot be read, OSError
    where it cannot be written.
    """
    made = {f"{folder.parent.name}/{folder.name}": point for folder in map(Path, folders)
            for point in [_made(folder, label)] if point}
    if made:
        with _changed(_folder(output, program), label) as entries:
            mine = _entry_of(entries, label, len(list(_folder(output, program).glob("*.json"))))
            for name, point in sorted(made.items()):
                _hand_on(entries, mine, name, point)
                before = next((entry for entry in reversed(entries) if entry["number"] < mine["number"]
                               and name in entry["reports"]), None)
                if before and _says_same(before["reports"][name], point):
                    mine["unchanged"][name] = before["label"]
                else:
                    mine["reports"][name] = point


def forget_label(output, program, label):
    """Remove a label from history; what later labels said was the same moves to the first of them. Returns its points."""
    folder = _folder(output, program)
    if not (folder / f"{label}.json").is_file():
        return 0
    with _changed(folder, label) as entries:
        mine = next(entry for entry in entries if entry["label"] == label)
        names = list(mine["reports"])
        for name in names:
            _hand_on(entries, mine, name, None)
        entries.remove(mine)
    (folder / f"{label}.json").unlink()
    return len(names)


def _folder(output, program):
    return Path(output) / program / FOLDER


def _point(label, point):
    facts = {fact["name"]: fact for fact in point["facts"]}
    return Point(label, point.get("data_as_of") or "", facts, point["key"], point.get("title") or "", point.get("why") or {})


def _made(folder, label):
    """Return the point of a report that was made or kept under a label, else None."""
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if record.get("status") != "ok" or record.get("label") != label:
            return None
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        return {"key": record["key"], "title": record["title"], "data_as_of": facts["data_as_of"] or "", "facts": facts["facts"],
                "why": why_of(folder, record)}
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a folder that somebody changed by hand; the index says so


def why_of(folder, record):
    """Return what a report rests on: what `why.json` in its folder says in detail, and the fingerprints of run.json."""
    try:
        details = json.loads((Path(folder) / "why.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        details = {}
    return what_of(record, details)


def what_of(record, details):
    """Return what a report rests on, from its run.json and the content of its why.json."""
    return {"parts": record.get("parts") or {}, "parameters": record.get("parameters") or {},
            "needs": record.get("needs") or []} | details


def _says_same(one, other):
    return (one["key"], one["facts"]) == (other["key"], other["facts"])


def _entry_of(entries, label, files):
    """Return the entry of a label, at the end if it is new: after all `files`, those that cannot be read included."""
    found = next((entry for entry in entries if entry["label"] == label), None)
    if found is None:
        number = 1 + max([files, *(entry["number"] for entry in entries)])
        found = {"label": label, "number": number, "reports": {}, "unchanged": {}}
        entries.append(found)
    return found


def _hand_on(entries, mine, name, point):
    """Take a report out of a label; where it said something else than now, to the first label that said the same."""
    mine["unchanged"].pop(name, None)
    former = mine["reports"].pop(name, None)
    heirs = [entry for entry in entries if entry["unchanged"].get(name) == mine["label"]]
    if former is None or not heirs or (point and _says_same(former, point)):
        return
    heirs[0]["unchanged"].pop(name)
    heirs[0]["reports"][name] = former
    for entry in heirs[1:]:
        entry["unchanged"][name] = heirs[0]["label"]


@contextlib.contextmanager
def _changed(folder, label):
    """Give all entries of a history to change, and write those that were changed; others wait meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as guard:
        with contextlib.suppress(ImportError, OSError):  # Windows, or a network folder that knows no locks
            import fcntl
            fcntl.flock(guard, fcntl.LOCK_EX)
        entries, faults = _read(folder)
        for path, fault in faults:
            if path.stem == label:
                raise HistoryError(fault)
        before = {entry["label"]: entry for entry in entries}
        entries = [entry | {part: dict(entry[part]) for part in ("reports", "unchanged")} for entry in entries]
        yield entries
        for entry in entries:
            if entry != before.get(entry["label"]):
                write_file(folder / f"{entry['label']}.json", _packed(entry))


def _packed(entry):
    """Return the text of a file: what reports have in common once, by its fingerprint."""
    shared, reports = {}, {}

    def mark(content):
        name = digest(content)[:16]
        shared[name] = content
        return name
    for name, point in sorted(entry["reports"].items()):
        why = {part: mark(content) if part in SHARED else content for part, content in point["why"].items()}
        why |= {"tables": {table: mark(state) for table, state in why.get("tables", {}).items()}}
        reports[name] = point | {"why": why}
    return compact_json({"label": entry["label"], "number": entry["number"], "reports": reports,
                         "unchanged": dict(sorted(entry["unchanged"].items())), "shared": dict(sorted(shared.items()))})


def _read(folder):
    """Return (entries of all files, oldest first; [(path, what is wrong)])."""
    try:
        stats = [(path, path.stat()) for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")]
    except OSError:
        stats = []
    read = [(path, _read_file(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)) for path, stat in stats]
    entries = [found for _, found in read if isinstance(found, dict)]
    return (sorted(entries, key=lambda entry: (entry["number"], entry["label"])),
            [(path, found) for path, found in read if isinstance(found, str)])


@lru_cache(maxsize=512)
def _read_file(path, *_state):
    """Return the entry of a file, or what is wrong with it; read once for a state of the file."""
    try:
        return _unpacked(json.loads(path.read_text(encoding="utf-8")), path.stem)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"The history file {path} cannot be read ({type(error).__name__}: {error}). {MEND}"


def _unpacked(content, stem):
    if content["label"] != stem:
        raise ValueError(f"it says that its label is {content['label']!r}")
    shared, reports = content["shared"], content["reports"]
    for point in reports.values():
        why = {part: shared[said] if part in SHARED else said for part, said in point["why"].items()}
        point["why"] = why | {"tables": {table: shared[said] for table, said in why["tables"].items()}}
        for fact in point["facts"]:
            fact["name"], fact["value"], fact["low"], fact["high"], fact["unit"], fact["better"], fact["text"]
        point["key"]
    return {"label": stem, "number": int(content["number"]), "reports": reports,
            "unchanged": dict(content["unchanged"])}
