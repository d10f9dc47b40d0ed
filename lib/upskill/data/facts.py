"""Facts that earlier reports left behind: `facts.json` below an output folder."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from upskill.paths import ROOT


@dataclass(frozen=True)
class Fact:
    """A headline number by name; `low`, `high`: its interval, None where it has none, as what is not finite."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    better: str = ""

    def __post_init__(self):
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            known = number is not None and math.isfinite(number)
            object.__setattr__(self, name, float(number) if known else None)

    @property
    def has_interval(self):
        return self.low is not None and self.high is not None


@dataclass(frozen=True)
class ReportFacts:
    """All facts of one report; `report`: stem of its notebook, `data_as_of`: ISO date of its latest data or "".

    `label`: of the labelled run that remembered it, "" for facts that lie in an output folder.
    """

    report: str
    parameters: dict = field(compare=False)
    data_as_of: str
    facts: dict = field(compare=False)
    label: str = ""


def read_facts(folder):
    """Return the ReportFacts below a program's output folder, in order of report and folder.

    folder: absolute, else under the working directory, else under the
    repository root; looked through as `folder/<report>/<slug>/facts.json`. Or a
    file of history (`history/<label>.json`, what a labelled run remembered). Raises FileNotFoundError with every place tried, ValueError that names
    every file which is not as the facts contract says.
    """
    given = Path(folder).expanduser()
    tried = [given] if given.is_absolute() else [Path.cwd() / given, ROOT / given]
    remembered = next((path for path in tried if path.is_file()), None)
    if remembered is not None:
        return _remembered(remembered)
    place = next((path for path in dict.fromkeys(tried) if path.is_dir()), None)
    if place is None:
        names = " nor ".join(str(path) for path in dict.fromkeys(tried))
        raise FileNotFoundError(f"No facts at {str(folder)!r}: there is no folder {names}. Leave `facts` empty to "
                                "compute them anew.")
    found, faults = [], []
    for path in sorted(place.glob("*/*/facts.json")):
        try:
            found.append(_read(path))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(f"{path}: not the facts of a report ({type(error).__name__}: {error}); make it again.")
    if faults:
        raise ValueError("\n".join(faults))
    return tuple(found)


def _remembered(path):
    """Return what a labelled run said; a report that said the same as before lies in the file of another label beside it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        points = dict(content["reports"])
        for name, other in content["unchanged"].items():
            points[name] = json.loads((path.parent / f"{other}.json").read_text(encoding="utf-8"))["reports"][name]
        return tuple(_facts({"report": name.partition("/")[0], "parameters": (point.get("why") or {}).get("parameters") or {}} | point,
                            str(content["label"])) for name, point in sorted(points.items()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: not what a labelled run remembered ({type(error).__name__}: {error}); restore it from a backup.") from error


def _read(path):
    return _facts(json.loads(path.read_text(encoding="utf-8")))


def _facts(content, label=""):
    facts = [Fact(*(entry.get(key) for key in ("name", "value", "low", "high")),
                  entry.get("unit") or "", entry.get("better") or "") for entry in content["facts"]]
    return ReportFacts(content["report"], dict(content["parameters"]), content.get("data_as_of") or "",
                       {fact.name: fact for fact in facts}, label)
