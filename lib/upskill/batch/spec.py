"""The specification of a batch: which notebooks, for which parameters, after which others."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from upskill import paths
from upskill.batch.parameters import nearest

TOP_KEYS = ("defaults", "reports")
DEFAULT_KEYS = ("program", "time_limit_seconds")
REPORT_KEYS = ("notebook", "grid", "needs", "time_limit_seconds")
LONGEST_SECONDS = 7 * 24 * 3600


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if not key.tag.endswith(":merge")]
        twice = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice!r} stands there twice",
                                                    node.start_mark)
        return super().construct_mapping(node, deep)


class SpecError(ValueError):
    """A specification that cannot be used; `problems` lists all that is wrong."""

    def __init__(self, problems):
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Report:
    """One notebook and the grid of parameters that it is made for."""

    notebook: Path
    grid: dict = field(default_factory=dict)
    needs: tuple = ()
    time_limit_seconds: float = 600

    @property
    def name(self):
        return self.notebook.stem


@dataclass(frozen=True)
class Spec:
    """A whole batch, its reports in an order in which each comes after those that it needs."""

    program: str
    reports: tuple


def read_spec(path, program=None, time_limit_seconds=None):
    """Read a specification; `program` and `time_limit_seconds` override what it says.

    Raises SpecError with every problem: unknown keys (with the nearest match),
    missing notebooks, needs that name no report, cycles.
    """
    path = Path(path)
    content, problems = _loaded(path), []
    problems += _unknown(content, TOP_KEYS, path.name)
    defaults = _mapping(content.get("defaults"), "defaults", problems)
    problems += _unknown(defaults, DEFAULT_KEYS, "defaults")
    limit = time_limit_seconds or defaults.get("time_limit_seconds", 600)
    given = str(program or _program(defaults, problems))
    entries = content.get("reports") or []
    if not isinstance(entries, list):
        problems.append(f"reports: expected a list of notebooks, got {entries!r}")
        entries = []
    reports = []
    for number, entry in enumerate(entries, start=1):
        entry = {"notebook": entry} if isinstance(entry, str) else entry
        report = _report(entry, number, path.parent, limit, time_limit_seconds, problems)
        reports += [report] if report else []
    if not content.get("reports"):
        problems.append(f"{path.name}: lists no reports")
    reports = _ordered(reports, problems)
    if problems:
        raise SpecError(problems)
    return Spec(given, tuple(reports))


def _program(defaults, problems):
    given = defaults.get("program", "data/example")
    if not isinstance(given, str):
        problems.append(f"defaults: program: expected the path of a program folder as text, got {given!r}")
    return given


def _loaded(path):
    if not path.is_file():
        raise SpecError([f"no specification {path}; write one such as reports.yml of the repository"])
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise SpecError([f"{path.name} is not YAML: {' '.join(str(error).split())}"]) from None
    except (OSError, RecursionError) as error:
        raise SpecError([f"{path} cannot be read: {type(error).__name__}"]) from None
    if not isinstance(content, dict):
        raise SpecError([f"{path.name}: expected a mapping with `defaults` and `reports`"])
    return content


def _mapping(value, where, problems):
    if value is None or isinstance(value, dict):
        return value or {}
    problems.append(f"{where}: expected a mapping, got {value!r}")
    return {}


def _unknown(mapping, known, where):
    return [f"{where}: unknown key {key!r}" + nearest(key, known) for key in mapping if key not in known]


def _report(entry, number, folder, limit, override, problems):
    where = f"report {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("notebook"), str):
        problems.append(f"{where}: expected a mapping with `notebook`, got {entry!r}")
        return None
    where += f" ({entry['notebook']})"
    problems += _unknown(entry, REPORT_KEYS, where)
    notebook = find_notebook(entry["notebook"], folder)
    if notebook is None:
        names = sorted(found.stem for found in paths.NOTEBOOKS.glob("*.ipynb"))
        problems.append(f"{where}: no notebook of this name in {folder} or in notebooks/"
                        + nearest(entry["notebook"], names))
        return None
    if notebook.stem.startswith(".") or not notebook.stem.isprintable():
        problems.append(f"{where}: the name of a report may not begin with a dot nor hold control characters")
    grid = _grid(entry, where, problems)
    limit = override or entry.get("time_limit_seconds", limit)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not 0 < limit <= LONGEST_SECONDS:
        problems.append(f"{where}: time_limit_seconds: expected a number of seconds above zero and up to "
                        f"{LONGEST_SECONDS} (a week), got {limit!r}")
        return None
    return Report(notebook, grid, _needs(entry, where, problems), float(limit))


def _grid(entry, where, problems):
    grid = _mapping(entry.get("grid"), f"{where}: grid", problems)
    problems += [f"{where}: grid: expected names of parameters, got {name!r}" for name in grid
                 if not isinstance(name, str)]
    if "program" in grid:
        problems.append(f"{where}: grid: one run is about one program; name it under defaults or with --program")
    return {name: values if isinstance(values, list) else [values]
            for name, values in grid.items() if isinstance(name, str)}


def _needs(entry, where, problems):
    needs = entry.get("needs") or []
    needs = [needs] if isinstance(needs, str) else needs
    if not isinstance(needs, list) or not all(isinstance(need, Hashable) for need in needs):
        problems.append(f"{where}: needs: expected names of reports, got {needs!r}")
        return ()
    return tuple(need.removesuffix(".ipynb") if isinstance(need, str) else need for need in needs)


def find_notebook(name, folder):
    """Return the path of a notebook, beside the specification or in notebooks/; None when there is none."""
    name = name if name.endswith(".ipynb") else name + ".ipynb"
    places = (Path(folder) / name, paths.NOTEBOOKS / name)
    return next((place.resolve() for place in places if place.is_file()), None)


def _ordered(reports, problems):
    """Sort reports so that each comes after those it needs, keeping the given order otherwise."""
    known = [report.name for report in reports]
    problems += [f"{name}: listed twice; put all its parameters into one grid"
                 for name in sorted({name for name in known if known.count(name) > 1})]
    for report in reports:
        problems += [f"{report.name}: needs {need!r}, which is not in the list" + nearest(need, known)
                     for need in report.needs if need not in known]
    done, left = [], list(reports)
    while left:
        names = {entry.name for entry in left}
        ready = next((report for report in left if not names & set(report.needs)), None)
        if ready is None:
            problems.append("needs go in a circle: " + ", ".join(report.name for report in left))
            return done
        left.remove(ready)
        done.append(ready)
    return done
