"""Write the folder of one report: all of it at once, beside the old one, then swapped."""

import csv
import io
import json
import os
import platform
import shutil
import tempfile
from pathlib import Path

import nbformat

from upskill.batch.outcome import finite
from upskill.batch.pictures import picture_file
from upskill.batch.program import safe_name
from upskill.batch.redact import Redactor
from upskill.batch.render import render_report
from upskill.batch.thumbnail import thumbnail
from upskill.batch.workbook import as_workbook
from upskill.data.names import guarded

SET_ASIDE = "set_aside.csv"
THUMBNAIL = "thumbnail.svg"


def report_files(outcome, record, links, since=None):
    """Return the files of a report: dict of relative path -> text, or bytes of a picture or a workbook.

    `since`: Point of history that it is compared with.

    Facts, tables and figures are there only for a report that can be relied upon.
    """
    files = {"report.html": render_report(outcome, record, links, since), "report.ipynb": nbformat.writes(outcome.notebook) + "\n",
             "run.json": as_json(record)}
    if outcome.ending.status == "ok":
        facts, tables = facts_of(outcome, record), list(_named(outcome.tables))
        files["facts.json"] = as_json(facts)
        files |= {f"tables/{name}.csv": as_csv(table) for name, table in tables}
        files["report.xlsx"] = as_workbook(outcome, record, tables, facts["data_as_of"])
        for name, figure in _named(outcome.figures):
            ending, content = picture_file(figure)
            files[f"figures/{name}.{ending}"] = content
        if not record["parameters"].get("team"):  # the index shows none for teams
            small = next(filter(None, (thumbnail(figure["svg"]) for figure in outcome.figures)), "")
            files |= {THUMBNAIL: small + "\n"} if small else {}
    return files


def facts_of(outcome, record):
    """Return what goes into facts.json."""
    data_as_of = outcome.report.get("data_as_of") or record["parameters"].get("as_of") or None
    return {"report": record["report"], "title": record["title"], "parameters": record["parameters"],
            "data_as_of": data_as_of, "facts": list(outcome.facts)}


def _named(entries):
    used = {}
    for number, entry in enumerate(entries, start=1):
        name = safe_name(str(entry.get("name") or "")).replace("-", "_") or f"unnamed_{number}"
        used[name] = used.get(name, 0) + 1
        yield name + (f"_{used[name]}" if used[name] > 1 else ""), entry


def as_json(content):
    """Return JSON text in which every number is finite."""
    return json.dumps(finite(content), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def compact_json(content):
    """Return JSON text in one line, for machines."""
    return json.dumps(finite(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def as_csv(table):
    """Return a table as CSV; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([guarded(name) for name in table.get("columns") or []])
    writer.writerows([guarded(value) for value in row] for row in table.get("rows") or [])
    return buffer.getvalue()


def write_set_aside(folder, program):
    """Write which rows of a program are set aside and why, without any value of theirs; returns whether there are any.

    What to mend is said with ids masked, for a message may name a person.
    """
    path, redactor = Path(folder) / SET_ASIDE, Redactor(program.personal_ids)
    if not program.set_aside:
        path.unlink(missing_ok=True)
        return False
    rows = [[fault.table, fault.file, fault.row, fault.original or fault.column, redactor.trace(fault.expected),
             redactor.trace(fault.cure), fault.code] for fault in program.set_aside]
    write_file(path, as_csv({"columns": ["table", "file", "row", "column", "expected", "cure", "reason"],
                             "rows": rows}))
    return True


def write_folder(folder, files):
    """Replace a folder by these files; readers see the old folder or the new one, never a mixture."""
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".new", dir=folder.parent))
    try:
        fresh.chmod(0o755)
        for name, content in files.items():
            path = fresh / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh, folder):
    old = fresh.with_suffix(".old")
    if folder.exists():
        os.rename(folder, old)
    try:
        os.rename(fresh, folder)
    except OSError:
        if old.exists():
            os.rename(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_file(path, content):
    """Replace one file at once; `content`: text or bytes."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(fresh, 0o644)
        os.replace(fresh, path)
    except BaseException:
        os.unlink(fresh)
        raise


def hold_alone(output, shared=False):
    """Return an open file that keeps other runs out of a folder until it is closed.

    Raises BlockingIOError, which says who, when another run holds the folder. The lock goes with the process that
    holds it, however that ends. `shared`: let others in that say so too, such as the shards of one batch.
    """
    Path(output).mkdir(parents=True, exist_ok=True)
    guard = (Path(output) / ".lock").open("a+", encoding="utf-8")
    try:
        import fcntl
        fcntl.flock(guard, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except ImportError:  # Windows has no such lock; there two runs at once are the user's care
        return guard
    except BlockingIOError:
        guard.seek(0)
        holder = guard.read().strip()
        guard.close()
        raise BlockingIOError(f"Another run{f' ({holder})' if holder else ''} is writing to {output}") from None
    except OSError:
        return guard  # a network folder that knows no locks
    if not shared:
        guard.truncate(0)
        guard.write(f"process {os.getpid()} on {platform.node()}\n")
        guard.flush()
    return guard


def clear_leftovers(output, folders=None):
    """Remove half-written folders that a killed run left; a folder that it had moved aside comes back.

    `folders`: only of these reports, where others may be at work on the rest.
    """
    def is_ours(left):
        return folders is None or left.parent / left.name[1:].rsplit(".", 2)[0] in folders

    for left in filter(is_ours, list(Path(output).glob("*/*/.*.old"))):
        name = left.name[1:].rsplit(".", 2)[0]
        shutil.rmtree(left) if (left.parent / name).exists() else os.rename(left, left.parent / name)
    for left in filter(is_ours, list(Path(output).glob("*/*/.*.new"))):
        shutil.rmtree(left, ignore_errors=True)
