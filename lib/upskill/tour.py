"""What `00_start_here` shows of the workbook itself, read from its notebooks and settings, so that it cannot go stale."""

import atexit
import re
import shutil
import tempfile
from pathlib import Path

import nbformat
import yaml

from upskill.data.read import load
from upskill.data.schema import fault_lines
from upskill.data.template import TEN_NUMBERS
from upskill.data.uses import uses
from upskill.paths import NOTEBOOKS, ROOT

__all__ = ["TEN_NUMBERS", "check_text", "questions", "temporary_folder", "write_numbers"]
START = "00_start_here"


def questions():
    """Return the notebooks as a list in Markdown: the question of each, a link to it, and what it says it answers.

    What `upskill run` makes comes first; helpers that are run by hand follow.

    >>> print(questions().splitlines()[0][:65])
    - **[Where do our engineers stand?](01_skill_assessment.ipynb)** 
    """
    made = [entry["notebook"] for entry in yaml.safe_load((ROOT / "reports.yml").read_text(encoding="utf-8"))["reports"]]
    others = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb") if path.stem not in {*made, START})
    lines = [_line(name) for name in made]
    lines += ["", "Helpers, run by hand:", "", *map(_line, others)] if others else []
    return "\n".join(lines)


def _line(name):
    opening = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells[0].source
    title, _, rest = opening.removeprefix("# ").partition("\n")
    return f"- **[{title.strip()}]({name}.ipynb)** {' '.join(rest.strip().partition(chr(10) * 2)[0].split())}"


def temporary_folder():
    """Return a folder for trying things; it goes with the session."""
    folder = Path(tempfile.mkdtemp(prefix="upskill-tour-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def write_numbers(folder, numbers):
    """Write own numbers into the program.yml of a folder, as one does by hand: take away the # and write the number.

    `numbers`: by name, each a number or (low, mode, high). Raises KeyError for a name that does not stand ready there.
    """
    path = Path(folder) / "program.yml"
    text = path.read_text(encoding="utf-8")
    for name, value in numbers.items():
        written = "{{low: {}, mode: {}, high: {}}}".format(*value) if isinstance(value, tuple) else str(value)
        text, found = re.subn(rf"(?m)^  #?{re.escape(name)}: .*$", f"  {name}: {written}", text)
        if not found:
            raise KeyError(f"{name} does not stand ready in program.yml")
    path.write_text(text, encoding="utf-8")


def check_text(folder):
    """Return what `upskill check` says of a folder, as Markdown: each fault with its cure, then what the data can answer.

    Raises ProgramError where there is no program to check.
    """
    loaded = load(folder)
    faults = loaded.program.faults
    head = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}." if faults else "No faults."
    return "\n".join([head, "", "```", *fault_lines(faults), *[""] * bool(faults), *uses(loaded), "```"])
