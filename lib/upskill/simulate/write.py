"""Write a made-up company as a program folder."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import yaml

from upskill.data.contract import TABLES

FORMATS = {"date": "%Y-%m-%d", "timestamp": "%Y-%m-%dT%H:%MZ"}


def write_program(simulated, folder, force=False):
    """Write every table as CSV, program.yml and truth.json into `folder`, all or nothing; return the folder.

    Files are UTF-8 with LF line ends, dates ISO, timestamps UTC to the
    minute. An existing folder is replaced if it is empty, holds a made-up
    company (a truth.json of this simulator), or `force` is given; else
    FileExistsError.
    """
    folder = Path(folder).expanduser().resolve()
    if not force and not _may_replace(folder):
        raise FileExistsError(f"{folder} is not empty and holds no made-up company. "
                              "Choose another folder, or use --force.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_files(simulated, temporary)
        temporary.chmod(0o755)
        _swap(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return folder


def read_request(folder):
    """Return the arguments that a folder was simulated with, or None if it was not."""
    try:
        content = json.loads((Path(folder) / "truth.json").read_text(encoding="utf-8"))
        return content["request"] if isinstance(content, dict) else None
    except (OSError, ValueError, KeyError):
        return None


def table_text(name, frame):
    """Return one table as CSV text in the form of the contract."""
    frame = frame.copy()
    for column in frame:
        known = TABLES[name].column(column)
        if known.kind in FORMATS:
            frame[column] = pd.to_datetime(frame[column]).dt.strftime(FORMATS[known.kind])
        elif known.kind == "flag":
            frame[column] = frame[column].map({True: "true", False: "false"})
        elif known.kind in ("number", "share", "whole"):
            frame[column] = [_number(value) for value in frame[column]]
    return frame.to_csv(index=False, lineterminator="\n")


def settings_text(settings):
    """Return program.yml."""
    head = "# A made-up company, written by `upskill simulate`. Every number in this folder is invented.\n"
    return head + yaml.safe_dump(_native(settings), sort_keys=False, allow_unicode=True, width=110)


def truth_text(truth):
    """Return truth.json: one line for each part, so that changes can be read."""
    lines = [f'"{name}": ' + json.dumps(part, allow_nan=False, default=_plain)
             for name, part in truth.items()]
    return "{" + ",\n ".join(lines) + "}\n"


def _number(value):
    """Return the shortest text of a number: whole numbers without a point; missing as empty."""
    if pd.isna(value):
        return ""
    value = float(value)
    return str(int(value)) if value == int(value) else repr(round(value, 4))


def _plain(value):
    return value.item() if hasattr(value, "item") else str(value)


def _write_files(simulated, folder):
    files = {f"{name}.csv": table_text(name, frame) for name, frame in simulated.tables.items()}
    files["program.yml"] = settings_text(simulated.settings)
    files["truth.json"] = truth_text(simulated.truth)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _native(value):
    """Return plain Python values, as YAML writes them."""
    if isinstance(value, dict):
        return {str(key): _native(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_native(entry) for entry in value]
    return value.item() if hasattr(value, "item") else value


def _may_replace(folder):
    return not folder.exists() or not any(folder.iterdir()) or read_request(folder) is not None


def _swap(temporary, folder):
    """Put the finished folder in place of the old one by renames only."""
    if not folder.exists():
        os.replace(temporary, folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent)) / "old"
    os.replace(folder, old)
    os.replace(temporary, folder)
    shutil.rmtree(old.parent, ignore_errors=True)
