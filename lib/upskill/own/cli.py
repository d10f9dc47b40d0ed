"""The command `own-page`."""

from pathlib import Path

import click

from upskill import paths
from upskill.data import NotEnoughData, ProgramError, read_program


@click.command("own-page")
@click.argument("folder")
@click.option("--person", metavar="ID", help="The person whose page is made.")
@click.option("--all", "everybody", is_flag=True, help="One page for each person assessed.")
@click.option("--rater", metavar="ID", help="The rater whose severity is written, for that rater alone.")
@click.option("--as-of", default="", metavar="DATE", help="Only what was known on that day.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Where reports go (default: outputs/).")
def own_page_command(folder, person, everybody, rater, as_of, output):
    """Write a private page for a person about themselves, from the program FOLDER.

    Pages go to outputs/private/, readable by you alone, and into no report and
    no index. Give each to its person and to nobody else.
    """
    from upskill.own.make import make_pages, make_rater_page

    if bool(person) + everybody + bool(rater) != 1:
        raise click.UsageError("Give one of --person, --all and --rater.")
    try:
        program = read_program(folder, as_of=as_of)
        if rater:
            place = make_rater_page(program, output or paths.OUTPUTS, rater)
            click.echo(f"1 page in {place}, for the eyes of one rater.")
            return
        made, without, place = make_pages(program, output or paths.OUTPUTS, None if everybody else person)
    except (NotEnoughData, ProgramError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{made} page{'s' * (made != 1)} in {place}, for the eyes of one person each."
               + (f" {without} people have none: they took no test in the latest wave." if without else ""))
