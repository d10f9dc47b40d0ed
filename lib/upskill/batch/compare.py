"""What changed between two runs: facts, not pixels."""

import json
from pathlib import Path

from upskill.batch.index import fact_label


def read_facts(place):
    """Return facts by (report, name), from a facts.json or from all of them below a folder.

    Raises FileNotFoundError when there is no facts.json.
    """
    place = Path(place)
    files = [place] if place.is_file() else sorted(place.glob("**/facts.json"))
    files = [path for path in files if not any(part.startswith(".") for part in path.relative_to(place).parts)]
    if not files:
        raise FileNotFoundError(f"{place}: no facts.json here or below")
    found = {}
    for path in files:
        content = json.loads(path.read_text(encoding="utf-8"))
        where = content["report"] if len(files) == 1 else f"{content['report']}/{path.parent.name}"
        found |= {(where, fact["name"]): fact for fact in content["facts"]}
    return found


def compare(old, new):
    """Return lines that say which facts changed, appeared and went."""
    lines = [f"{report}: {change}" for report, name in sorted(old.keys() | new.keys())
             for change in [_change(name, old.get((report, name)), new.get((report, name)))] if change]
    same = sum(old[key] == new[key] for key in old.keys() & new.keys())
    return [*lines, f"{len(lines)} changed, {same} the same."]


def _change(name, old, new):
    label = f"{fact_label(name)} ({name})"
    if old is None:
        return f"{label}: new, {new['text']}"
    if new is None:
        return f"{label}: gone, was {old['text']}"
    if (old["value"], old["low"], old["high"], old["text"]) == (new["value"], new["low"], new["high"], new["text"]):
        return None
    return f"{label}: {old['text']} → {new['text']}{_verdict(old, new)}"


def _verdict(old, new):
    """Say better or worse only where the intervals do not overlap."""
    ends = (old["low"], old["high"], new["low"], new["high"])
    if None in ends:
        return ""
    if new["low"] <= old["high"] and old["low"] <= new["high"]:
        return "; the intervals overlap"
    better = new.get("better")
    rose = new["value"] > old["value"]
    return "" if better not in ("higher", "lower") else "; better" if rose == (better == "higher") else "; worse"
