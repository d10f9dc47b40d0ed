"""Put the tables of an edited framework into a program, once the whole program still holds together."""

import os
import tempfile
from pathlib import Path

from upskill.data import check_program
from upskill.data.names import guarded
from upskill.framework.read import PROGRAM_TABLES

NEW, CHANGED, SAME = "new", "changed", "unchanged"


class InstallError(ValueError):
    """Tables that do not fit the program; `problems` lists every reason."""

    def __init__(self, problems):
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def install(tables, folder):
    """Write the tables into a program folder and return {file: new, changed or unchanged}.

    Nothing is written unless the program with them has no fault that it had
    not before. Raises InstallError with every such fault, and where FOLDER is
    no program.
    """
    folder = Path(folder)
    if not (folder / "program.yml").is_file():
        raise InstallError([f"{folder} has no program.yml; name a program folder."])
    texts = {f"{name}.csv": tables[name].map(guarded).to_csv(index=False, lineterminator="\n") for name in PROGRAM_TABLES}
    problems = _new_faults(texts, folder)
    if problems:
        raise InstallError(problems)
    return {name: _write(folder / name, text) for name, text in texts.items()}


def _new_faults(texts, folder):
    """Return the faults that the program would have with these files and has not without them."""
    before = {_without_row(fault) for fault in check_program(folder)}
    with tempfile.TemporaryDirectory() as place:
        for entry in folder.iterdir():
            if entry.name not in texts:
                os.symlink(entry.resolve(), Path(place) / entry.name, target_is_directory=entry.is_dir())
        for name, text in texts.items():
            (Path(place) / name).write_text(text, encoding="utf-8")
        return [str(fault) for fault in check_program(place) if _without_row(fault) not in before]


def _without_row(fault):
    return fault.code, fault.file, fault.column, fault.value


def _write(path, text):
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return SAME
    existed = path.exists()
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
    return CHANGED if existed else NEW
