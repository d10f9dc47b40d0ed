"""What tests of imports share: a folder to import into, and the command as a user types it."""

import re
from pathlib import Path

from click.testing import CliRunner

from upskill.data.sources.cli import import_command

EXPORTS = Path(__file__).parent / "exports"


def bring(folder, *arguments):
    """Run `upskill import` of files of tests/exports, and options, into a folder; return click's result."""
    words = [str(EXPORTS / one) if (EXPORTS / one).exists() else one for one in map(str, arguments)]
    return CliRunner().invoke(import_command, [*words, "--program", str(folder)])


def refused(folder, *arguments):
    """Return the message of an import that must refuse, and must leave the folder as it was."""
    before = contents(folder)
    result = bring(folder, *arguments)
    assert result.exit_code == 1, result.output
    assert contents(folder) == before
    return result.output


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).glob("*")}


def imported_twice(folder, *arguments):
    """Import twice, assert that the second time changes nothing, and return the first output."""
    first = bring(folder, *arguments)
    assert first.exit_code == 0, first.output
    before = contents(folder)
    again = bring(folder, *arguments)
    assert "nothing changed" in again.output, again.output
    assert contents(folder) == before
    return first.output


def names_in(folder, *names):
    """Return which of these names stand in any file of a folder; digits of a hash may look like one."""
    everything = b"".join(contents(folder).values()).decode()
    return [name for name in names if re.search(rf"(?<![0-9a-z]){name}(?![0-9a-z])", everything, re.IGNORECASE)]


def rows_of(folder, table):
    """Return the rows of a table as dicts of text."""
    import csv

    with open(Path(folder) / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def log_of(folder):
    """Return [(export, table, row, column, before, after), …] of the restatements."""
    lines = (Path(folder) / "restatements.log").read_text().splitlines()
    return [tuple(line.split("\t")[1:]) for line in lines[1:]]


def changed(tmp_path, path, *pairs):
    """Return the path of a copy of an export in which texts are replaced; each must be there."""
    text = (EXPORTS / path).read_bytes().decode()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    copy = tmp_path / f"later-{path.split('/')[-1]}"
    copy.write_bytes(text.encode())
    return copy
