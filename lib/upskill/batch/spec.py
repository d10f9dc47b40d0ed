"""The specification of a batch: which notebooks, for which parameters, after which others."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from upskill import paths
from upskill.batch.parameters import nearest

TOP_KEYS = ("defaults", "reports")
DEFAULT_KEYS = ("program", "time_limit_seconds")
REPORT_KEYS = ("notebook", "grid", "needs", "time_limit_seconds")


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
    reports = []
    for number, entry in enumerate(content.get("reports") or [], start=1):
        entry = {"notebook": entry} if isinstance(entry, str) else entry
        report = _report(entry, number, path.parent, limit, time_limit_seconds, problems)
        reports += [report] if report else []
    if not content.get("reports"):
        problems.append(f"{path.name}: lists no reports")
    reports = _ordered(reports, problems)
    if problems:
        raise SpecError(problems)
    return Spec(str(program or defaults.get("program", "data/example")), tuple(reports))


def _loaded(path):
    if not path.is_file():
        raise SpecError([f"no specification {path}; write one such as reports.yml of the repository"])
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SpecError([f"{path.name} is not YAML: {error}"]) from None
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
    grid = {name: values if isinstance(values, list) else [values]
            for name, values in _mapping(entry.get("grid"), f"{where}: grid", problems).items()}
    limit = override or entry.get("time_limit_seconds", limit)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or limit <= 0:
        problems.append(f"{where}: time_limit_seconds: expected seconds above zero, got {limit!r}")
        return None
    needs = entry.get("needs") or []
    return Report(notebook, grid, tuple([needs] if isinstance(needs, str) else needs), float(limit))


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
