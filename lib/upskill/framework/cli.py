"""Commands about the framework: `export`, `import`, `check`."""

from pathlib import Path

import click

from upskill.data import NotEnoughData, ProgramError
from upskill.framework.check import check_framework
from upskill.framework.install import InstallError, install
from upskill.framework.page import render_page
from upskill.framework.read import read_framework
from upskill.framework.workbook import WorkbookError, read_workbook, write_workbook

PROGRAM = click.option("--program", default=None, help="The framework of this program folder, not the shipped one.")


@click.group("framework")
def framework_command():
    """Read, download, edit and check the competency framework."""


def _read(program):
    try:
        return read_framework(program)
    except (NotEnoughData, ProgramError) as error:
        raise click.ClickException(str(error)) from error


@framework_command.command("export")
@click.option("--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
@PROGRAM
def export_command(output, program):
    """Write the framework as a page to read and as a workbook to edit."""
    framework = _read(program)
    output.mkdir(parents=True, exist_ok=True)
    (output / "framework.html").write_text(render_page(framework), encoding="utf-8")
    write_workbook(framework, output / "framework.xlsx")
    click.echo(f"Wrote {output / 'framework.html'} to read and {output / 'framework.xlsx'} to edit.")


@framework_command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Program folder that the tables go into.")
def import_command(file, into):
    """Put an edited workbook FILE into a program; nothing is written unless all of it is right."""
    try:
        written = install(read_workbook(file), into)
    except (WorkbookError, InstallError) as error:
        lines = "\n".join(f"- {line}" for line in error.problems)
        raise click.ClickException(f"{file} cannot go into {into}; nothing was written:\n{lines}") from error
    except ProgramError as error:
        raise click.ClickException(str(error)) from error
    for name, state in written.items():
        click.echo(f"{into / name}: {state}")


@framework_command.command("check")
@PROGRAM
def check_command(program):
    """Name everything that is wrong with the framework; exit status 1 when something is."""
    framework = _read(program)
    problems = check_framework(framework)
    for line in problems:
        click.echo(line)
    count, levels = len(framework.titles), len(framework["competencies"])
    click.echo(f"{framework.about['name']}: {count} competencies, {levels} sentences, {len(framework.roles)} roles; "
               f"{len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}.")
    if problems:
        raise SystemExit(1)
