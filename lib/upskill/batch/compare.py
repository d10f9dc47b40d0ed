"""What changed between two runs: which facts, by how much, whether that is noise, and why; facts, not pixels."""

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

from upskill.batch.change import fact_change
from upskill.batch.history import HistoryError, Point, labels, points_of, problems, why_of
from upskill.batch.reasons import have_same_data, reasons

CLOSE = 1e-9
BY_CHANCE = 0.1  # of changes without a true difference, at most this share is beyond the noise


class CompareError(ValueError):
    """What was asked for cannot be compared; the message says what there is."""


@dataclass(frozen=True)
class Side:
    """One of two runs: `name` as it was asked for, `points` by (program, report, slug)."""

    name: str
    points: dict

    @property
    def locale(self):
        """Return the locale of the reports, as far as they wrote it down."""
        numbers = (((point.why.get("settings") or {}).get("numbers") or {}) for point in self.points.values())
        return next((found["locale"] for found in numbers if "locale" in found), "en_US")


@dataclass(frozen=True)
class ReportChange:
    """What became of one report.

    `changes`: Changes of facts that differ, what matters first; `same`: number of facts that do not; `reasons`:
    Reasons; `has_same_data`: nothing of it is noise; `state`: "changed", "same", "new" or "gone".
    """

    program: str
    report: str
    slug: str
    title: str
    team: str
    state: str
    changes: tuple = ()
    same: int = 0
    reasons: tuple = ()
    has_same_data: bool = False
    with_interval: int = 0

    @property
    def count_beyond(self):
        """Return how many changes are beyond the noise; on the same data there is none to be beyond of."""
        return 0 if self.has_same_data else sum(change.is_beyond_noise is True for change in self.changes)

    def is_minor(self, change):
        """Tell whether a change is within the noise, or so small that both values read the same.

        On the same data nothing is noise.
        """
        if change.old is None or change.new is None:
            return False
        return change.old["text"] == change.new["text"] or (change.is_beyond_noise is False and not self.has_same_data)


@dataclass(frozen=True)
class Comparison:
    """Two runs beside each other; `reports`: those with changes first."""

    old: str
    new: str
    reports: tuple

    @property
    def changed(self):
        return [report for report in self.reports if report.changes]

    @property
    def counts(self):
        """Return the number of facts that changed, stayed, came and went, and of those beyond the noise."""
        changes = [change for report in self.reports for change in report.changes]
        came, went = (sum(getattr(change, side) is None for change in changes) for side in ("old", "new"))
        return {"changed": len(changes) - came - went, "came": came, "went": went,
                "same": sum(report.same for report in self.reports),
                "beyond": sum(report.count_beyond for report in self.reports),
                "on_same_data": sum(len(report.changes) for report in self.reports if report.has_same_data)}

    @property
    def by_chance(self):
        """Return (facts with intervals on data that differ, those beyond the noise, how many of these chance would give)."""
        noisy = [report for report in self.reports if not report.has_same_data and report.state in ("changed", "same")]
        counted = sum(report.with_interval for report in noisy)
        beyond = sum(change.is_beyond_noise is True and change.new["low"] is not None
                     for report in noisy for change in report.changes)
        return counted, beyond, counted * BY_CHANCE


def read_side(place, output, program=""):
    """Return the Side that is meant by a folder, a facts.json, or a label in the history of a program below `output`.

    `program`: only of this program. Raises CompareError, which says what there is.
    """
    path = Path(place)
    if path.exists():
        return Side(str(place), _from_files(path))
    found, known, broken = {}, {}, []
    for folder in sorted(Path(output).glob("*/history")):
        name = folder.parent.name
        if program and name != program:
            continue
        known[name], broken = labels(output, name), [*broken, *problems(output, name)]
        try:
            found |= {(name, *key.split("/", 1)): point for key, point in points_of(output, name, str(place)).items()}
        except HistoryError as error:
            raise CompareError(str(error)) from None
        except KeyError:
            continue
    if not found:
        said = "; ".join(f"{name} has {', '.join(names) or 'none'}" for name, names in known.items())
        raise CompareError(f"{place}: no such folder or file, and no label of this name in {output} "
                           f"({said or 'there is no history yet; make reports with --label'})."
                           + "".join(f" {fault}" for fault in broken))
    return Side(str(place), found)


def _from_files(place):
    files = [place] if place.is_file() else [path for path in sorted(place.glob("**/facts.json"))
                                             if not _is_hidden(path.relative_to(place))]
    if not files:
        raise CompareError(f"{place}: no facts.json here or below")
    found = {}
    for path in files:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            facts = {fact["name"]: fact for fact in content["facts"]}
            record = _record(path.parent)
            point = Point(str(place), content.get("data_as_of") or "", facts, record.get("key") or "",
                          content.get("title") or "", why_of(path.parent, record | {
                              "parameters": record.get("parameters") or content.get("parameters")}))
            found[_program(path, record), content["report"], record.get("slug") or path.parent.name] = point
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CompareError(f"{path}: not the facts of a report ({type(error).__name__}: {error})") from None
    return found


def _is_hidden(path):
    return any(part.startswith(".") for part in path.parts)


def _record(folder):
    try:
        return json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _program(path, record):
    return record.get("program") or (path.parents[2].name if len(path.parents) > 2 else "")


def compare(old, new):
    """Return the Comparison of two Sides; raises CompareError where they have no report in common."""
    before, now = _matched(old.points, new.points)
    if not before.keys() & now.keys():
        raise CompareError(f"{old.name} and {new.name} have no report in common")
    found = [_report(key, before.get(key), now.get(key)) for key in sorted(before.keys() | now.keys())]
    return Comparison(old.name, new.name, tuple(sorted(found, key=_importance)))


def _matched(old, new):
    """Let reports be the same that differ in the folder or program only, where no other could be meant."""
    if len(old) == len(new) == 1 and next(iter(old))[1] == next(iter(new))[1]:
        return {next(iter(new)): point for point in old.values()}, new
    if old.keys() & new.keys():
        return old, new
    programs = {key[0] for key in old}, {key[0] for key in new}
    if all(len(names) == 1 for names in programs):
        name = next(iter(programs[1]))
        return {(name, *key[1:]): point for key, point in old.items()}, new
    return old, new


def _report(key, old, new):
    point = new or old
    team = str((point.why.get("parameters") or {}).get("team") or "")
    about = (*key, point.title or key[1], team)
    if old is None or new is None:
        return ReportChange(*about, "gone" if new is None else "new", same=0)
    names = list(dict.fromkeys([*new.facts, *old.facts]))
    changes = [fact_change(old.facts.get(name), new.facts.get(name)) for name in names]
    moved = [change for change in changes if _is_moved(change)]
    is_same_data = have_same_data(old.why, new.why)
    report = ReportChange(*about, "changed" if moved else "same", (), len(changes) - len(moved),
                          tuple(reasons(old.why, new.why)), is_same_data)
    weights = {change.name: (report.is_minor(change), *(_size(change) if is_same_data else _weight(change)))
               for change in moved}
    return replace(report, changes=tuple(sorted(moved, key=lambda change: weights[change.name])),
                   with_interval=sum(None not in (change.old, change.new) and change.new["low"] is not None for change in changes))


def _is_moved(change):
    if change.old is None or change.new is None:
        return True
    if any((change.old.get(part) or "") != (change.new.get(part) or "") for part in ("text", "unit")):
        return True
    return not all(_is_close(change.old.get(part), change.new.get(part)) for part in ("value", "low", "high"))


def _is_close(one, other):
    return one == other or None not in (one, other) and math.isclose(one, other, rel_tol=CLOSE)


def _weight(change):
    """Sort what is beyond the noise first, the worse before the better; then what nobody can tell; then noise."""
    came_or_went = change.old is None or change.new is None
    return (came_or_went, change.is_beyond_noise is None, ("worse", "better", "neither").index(change.direction),
            change.name.count("."))


def _size(change):
    """Sort by how large a change is beside its value, those of the whole report before those of a part."""
    came_or_went = change.old is None or change.new is None
    values = [] if came_or_went else [change.old["value"], change.new["value"]]
    known = bool(values) and None not in values and any(values)
    relative = abs(values[1] - values[0]) / max(map(abs, values)) if known else 0.0
    return (came_or_went, change.new["low"] is None if change.new else True, change.name.count("."), -relative)


def _importance(report):
    return (not report.changes, all(map(report.is_minor, report.changes)), report.program, bool(report.team), report.report, report.slug)
