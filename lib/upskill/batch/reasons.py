"""Why two runs of a report differ: every part that was not the same, in words; never a guess between several."""

from dataclasses import dataclass

PAGE_ONLY = ("batch", "show", "own", "privacy")  # parts of the library that say how a page looks, not what a number is
PEOPLE = ("people", "memberships")
NUMBERED = {"assumptions": "assumption ", "options": "option ", "targets": "target of "}  # settings told number by number
LISTED = 6
ORDER = ("parameter", "changed assumption", "changed setting", "changed method", "new data", "restated data",
         "other people", "other reports", "environment", "look of the page", "not known")


@dataclass(frozen=True)
class Reason:
    """One thing that was different: its kind, one of ORDER, and what exactly."""

    kind: str
    words: str


def reasons(old, new):
    """Return what differed between the why-parts of two runs of a report, in the order of ORDER.

    Empty where nothing did; "not known" where one of the runs did not write down what it rested on.
    """
    before, now = old.get("parts") or {}, new.get("parts") or {}
    if not before or not now:
        return [Reason("not known", "what the reports rested on is not written down (no run.json of this version)")]
    differ = {part for part in before.keys() | now.keys() if before.get(part) != now.get(part)}
    found = _parameters(old, new)
    if "cells" in differ and not (found and old.get("cells") and old.get("cells") == new.get("cells")):
        found.append(Reason("changed method", _notebook(old.get("cells"), new.get("cells"))))
    if "code" in differ:
        found += _library(old.get("modules") or {}, new.get("modules") or {})
    if "reference" in differ:
        files = _names(old.get("reference") or {}, new.get("reference") or {})
        found.append(Reason("changed assumption", "shipped reference data" + (f": {_some(files)}" if files else "")))
    if "lock" in differ:
        found += _environment(old.get("versions") or {}, new.get("versions") or {})
    if "data" in differ:
        found += _data(old, new)
    if "facts" in differ:
        needs = new.get("needs") or []
        found.append(Reason("other reports", "it builds on " + (_some(needs) or "other reports") + ", which changed"))
    return sorted(found, key=lambda reason: ORDER.index(reason.kind))


def have_same_data(old, new):
    """Tell whether two runs of a report rest on the same rows and draws, so that nothing of a change is noise."""
    alike = all(old.get(part) == new.get(part) for part in ("read", "as_of", "set_aside"))
    seeds = [(why.get("parameters") or {}).get("seed") for why in (old, new)]
    facts = [(why.get("parts") or {}).get("facts") for why in (old, new)]
    return alike and bool(old.get("read")) and seeds[0] == seeds[1] and facts[0] == facts[1]


def _names(old, new):
    """Return the keys whose values differ."""
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _some(names):
    names = list(map(str, names))
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def _moved(name, old, new):
    shown = ["(none)" if value in (None, "") else str(value) for value in (old.get(name), new.get(name))]
    return f"{name}: {shown[0]} → {shown[1]}"


def _parameters(old, new):
    """What the reports were asked; where the program lies does not count."""
    before, now = ({name: value for name, value in (why.get("parameters") or {}).items() if name not in ("program", "facts")}
                   for why in (old, new))
    return [Reason("parameter", _moved(name, before, now)) for name in _names(before, now)]


def _notebook(old, new):
    if not old or not new:
        return "the notebook"
    changed = len(set(new) - set(old)) or len(set(old) - set(new))
    return f"the notebook: {changed} of its {len(new)} cells" if changed else "the notebook: tags or order of its cells"


def _library(old, new):
    names = _names(old, new)
    method = [name for name in names if name.split(".")[0] not in PAGE_ONLY and name != "upskill"]
    if method or not names:
        return [Reason("changed method", "the library" + (f": {_some(method)}" if method else ""))]
    return [Reason("look of the page", _some(names))]


def _environment(old, new):
    versions = [_moved(name, old, new) for name in _names(old, new)]
    own = [words for words in versions if words.startswith("upskill:")]
    found = [Reason("changed method", words.replace("upskill:", "version of the library:")) for words in own]
    others = [words for words in versions if words not in own]
    return found + ([Reason("environment", _some(others) or "the list of packages")] if others or not own else [])


def _data(old, new):
    found = _settings(old.get("settings") or {}, new.get("settings") or {})
    tables_before, tables_now = old.get("tables") or {}, new.get("tables") or {}
    read_before, read_now = old.get("read") or {}, new.get("read") or {}
    changed = _names(read_before, read_now)
    restated = {name: (new.get("restated") or {}).get(name, 0) - (old.get("restated") or {}).get(name, 0)
                for name in changed}
    for name in changed:
        found += _table(name, tables_before.get(name), tables_now.get(name), restated[name])
    if old.get("as_of") != new.get("as_of") and old.get("as_of") and new.get("as_of"):
        found.append(Reason("new data", f"latest day in the data: {old['as_of']} → {new['as_of']}"))
    if (old.get("set_aside") or 0) != (new.get("set_aside") or 0):
        found.append(Reason("restated data", f"rows set aside as faulty: {old.get('set_aside') or 0:,} → "
                                             f"{new.get('set_aside') or 0:,}"))
    return found or [Reason("restated data", "the data, in a way that is not written down")]


def _settings(old, new):
    numbers = [Reason("changed assumption" if name.split(" ")[0] in ("assumption", "option") else "changed setting",
                      _moved(name, old.get("numbers", {}), new.get("numbers", {})).removeprefix("assumption "))
               for name in _names(old.get("numbers", {}), new.get("numbers", {}))]
    changed = _names(old.get("numbers", {}), new.get("numbers", {}))
    for section in _names(old.get("sections", {}), new.get("sections", {})):
        if not any(name.startswith(NUMBERED.get(section, section)) for name in changed):
            more = ", its words, sources or confirmations" if section in NUMBERED else ""
            numbers.append(Reason("changed setting", f"{section} in program.yml{more}"))
    return numbers


def _table(name, old, new, restated):
    """Say what became of a table: new periods, more or fewer rows, rows of earlier periods that are not the same."""
    if old is None or new is None:
        kind = "other people" if name in PEOPLE else "new data"
        return [Reason(kind, f"{name}: {'new table' if old is None else 'gone'}")]
    gained, told = new["rows"] - old["rows"], f"{old['rows']:,} → {new['rows']:,} rows"
    if name in PEOPLE:
        return [Reason("other people", f"{name}: {told if gained else 'other teams, roles or dates for some'}")]
    found, before, now = [], old.get("periods") or {}, new.get("periods") or {}
    last = max(before, default="")
    fresh = sorted(set(now) - set(before) - {""})
    if gained > 0:
        found.append(Reason("new data", f"{name}: {gained:,} more rows" + (f" ({_span(fresh)})" if fresh else "")))
    elif gained < 0:
        found.append(Reason("restated data", f"{name}: {-gained:,} rows fewer"))
    elsewhere = sorted(key for key in set(before) & set(now) if before[key] != now[key]
                       and not (key in (last, "") and now[key][0] > before[key][0]))
    if restated > 0:
        found.append(Reason("restated data", f"{name}: {restated:,} rows restated by imports"))
    elif elsewhere:
        found.append(Reason("restated data", f"{name}: earlier rows changed or came late ({_span(elsewhere)})"))
    elif not found:
        words = "the same rows in another order" if before and before == now else f"other values in its {new['rows']:,} rows"
        found.append(Reason("restated data", f"{name}: {words}"))
    return found


def _span(periods):
    named = [period or "periods of few rows" for period in periods]
    months = all(len(period) == 7 and period[4] == "-" for period in periods)
    return f"{named[0]} to {named[-1]}" if months and len(named) > 2 else _some(named)
