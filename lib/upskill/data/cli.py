"""Commands about data: `new`, `check` and `dictionary`."""

import os
import re
import sys
from pathlib import Path

import click

from upskill.data.address import keep_password
from upskill.data.dictionary import dictionary
from upskill.data.read import load
from upskill.data.restated import restated_sentence
from upskill.data.schema import ProgramError, fault_lines
from upskill.data.template import write_new_program
from upskill.data.uses import uses
from upskill.paths import ROOT

DICTIONARY = ROOT / "data" / "README.md"


def _currency(context, parameter, value):
    if not re.fullmatch("[A-Za-z]{3}", value):
        raise click.BadParameter(f"{value!r} is no ISO 4217 code of three letters, such as USD or EUR.")
    return value.upper()


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", default="", help="Name of the program, as reports print it.  [default: that of the folder]")
@click.option("--currency", default="USD", show_default=True, callback=_currency, help="The one currency of all money.")
def new_command(folder, name, currency):
    """Start a program FOLDER of your own: settings that read clean, and a template for each table."""
    try:
        written = write_new_program(folder, name, currency)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {folder / 'program.yml'} and {len(written) - 1} more files; templates of all tables are in "
               f"{folder / 'templates'}.\nNext: write the numbers that you know into program.yml, then\n"
               f'  {_python()} -m upskill check "{folder}"\n  {_python()} -m upskill run --program "{folder}"')


def _python():
    """Return how to call this Python from here."""
    own = Path(sys.executable)
    return os.path.relpath(own) if own.is_relative_to(Path.cwd()) else str(own)


@click.command("check")
@click.argument("folder")
def check_command(folder):
    """Name every fault of a program FOLDER or database; exit status 1 for any that is not accepted."""
    try:
        folder = keep_password(folder)
        loaded = load(folder)
    except ProgramError as error:
        raise click.ClickException(str(error)) from error
    faults = loaded.program.faults
    for line in [*tables_read(loaded), *report(folder, faults), "", *uses(loaded)]:
        click.echo(line)
    if any(not fault.accepted for fault in faults):
        raise SystemExit(1)


def tables_read(loaded):
    """Yield what was found: each table with its rows, so that a file passed over is seen to be missing."""
    program = loaded.program
    for name, rows, aside in program.set_aside.itertuples(index=False):
        rows = f"{rows:,} row{'' if rows == 1 else 's'}"
        faulty = f", {aside:,} of them faulty" if aside else ""
        left_out = f"; {loaded.left_out[name]:,} left out, as mapping.yml says" if name in loaded.left_out else ""
        yield f"read {name}: {rows}{faulty}{left_out}"
    if program.set_aside.empty:
        yield "read program.yml; there are no tables beside it"
    changed = restated_sentence(program.folder)
    if changed:
        yield changed
    yield ""


def report(folder, faults):
    """Yield the lines of a check: faults by file, then how many there are."""
    for file in sorted(dict.fromkeys(fault.file for fault in faults), key=lambda file: _only_follows(file, faults)):
        here = [fault for fault in faults if fault.file == file]
        yield f"{file}: {_count(len(here))}"
        for accepted in (False, True):
            lines = fault_lines([fault for fault in here if fault.accepted == accepted])
            yield from (f"  {line.removeprefix(file).lstrip(',: ')}{' (accepted)' if accepted else ''}"
                        for line in lines)
        yield ""
    accepted = sum(fault.accepted for fault in faults)
    if not faults:
        yield f"{folder}: no faults."
    else:
        yield f"{folder}: {_count(len(faults))}, {accepted:,} of them accepted in program.yml."


def _only_follows(file, faults):
    """Say whether a file is at fault only for what it points to: mending that mends it."""
    return {fault.code for fault in faults if fault.file == file} <= {"key_set_aside", "too_many_set_aside"} \
        and any(fault.code == "key_set_aside" for fault in faults if fault.file == file)


def _count(number):
    return f"{number:,} fault{'' if number == 1 else 's'}"


@click.command("dictionary")
@click.option("--write", is_flag=True, help="Write data/README.md instead of printing it.")
def dictionary_command(write):
    """Print the data dictionary, generated from the data contract."""
    if write:
        DICTIONARY.write_text(dictionary(), encoding="utf-8")
        click.echo(f"Wrote {DICTIONARY.relative_to(ROOT)}.")
    else:
        click.echo(dictionary())
