"""The commands `privacy` and `purge`."""

from pathlib import Path

import click
import pandas as pd

from upskill import paths
from upskill.data import ProgramError, read_program


@click.command("privacy")
@click.argument("folder")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write, instead of printing.")
@click.option("--forget", metavar="LABEL", help="Withdraw a release whose reports were never handed out: the ledger "
                                                "and the history of its facts forget it, and a later one may show other "
                                                "people.")
@click.option("--reports", type=click.Path(file_okay=False), help="With --forget: where its reports are (default: "
                                                                  "outputs/).")
def privacy_command(folder, output, forget, reports):
    """Say what a program FOLDER holds about people, why, who may see it, how long, and what reports cannot show."""
    from upskill.privacy.account import account
    from upskill.privacy.ledger import LedgerError

    try:
        program = read_program(folder)
        if forget is not None:
            _forget(program, forget, reports or paths.OUTPUTS)
            return
        text = account(program)
    except (ProgramError, LedgerError) as error:
        raise click.ClickException(str(error)) from error
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {output}.")


def _forget(program, label, reports):
    from upskill.batch.history import HistoryError, forget_label, labels
    from upskill.batch.program import safe_name
    from upskill.privacy import ledger

    path, slug = ledger.ledger_path(program.settings.name, program.folder), safe_name(program.slug)
    known = ledger.labels(path)
    remembered = (Path(reports) / slug / "history" / f"{label}.json").is_file()
    if label not in known and not remembered:
        there = list(dict.fromkeys([*known, *labels(reports, slug)]))
        said = f"There are: {', '.join(there)}." if there else "There is none yet."
        raise click.ClickException(f"Nothing was released under the label {label!r}. {said}")
    try:
        points = forget_label(reports, slug, label)
    except (HistoryError, OSError) as error:
        raise click.ClickException(f"Nothing was forgotten. {error}") from None
    click.echo(f"Forgot {ledger.forget(path, label)} entries of {label}. Reports that were made under it must not be "
               "handed out any more.")
    click.echo(f"Forgot what {points} reports said under {label}, in the history in {Path(reports) / slug}."
               if remembered else
               f"The history in {Path(reports) / slug} knows no {label}; where its reports are elsewhere, say --reports.")


@click.command("purge")
@click.argument("folder")
@click.option("--person", metavar="ID", help="Remove this person from all tables.")
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
              help="Remove what was recorded about people before this day.")
@click.option("--yes", is_flag=True, help="Do it; without this, only say what would be removed.")
def purge_command(folder, person, before, yes):
    """Remove a person or a period from the tables of a program FOLDER. There is no way back."""
    from upskill.privacy import purge

    if (person is None) == (before is None):
        raise click.UsageError("Give one of --person and --before.")
    try:
        place, parts = purge.read_parts(folder)
        masks = purge.of_person(parts, person) if person is not None else purge.before_day(parts, pd.Timestamp(before))
        if yes:
            purge.remove(place, parts, masks)
    except (ProgramError, OSError) as error:
        raise click.ClickException(str(error)) from error
    _say(parts, masks, yes)
    if person is not None and purge.settings_mention(place, person):
        click.echo("program.yml names this id too; change it there by hand.")


def _say(parts, masks, is_done):
    total = sum(int(mask.sum()) for mask in masks.values())
    for name, mask in masks.items():
        if mask.sum():
            click.echo(f"{name}: {int(mask.sum()):,} of {len(mask):,} rows{'' if is_done else ' would go'}")
    if not total:
        click.echo("No row about this is held; nothing to remove.")
    elif is_done:
        click.echo(f"{total:,} rows removed. Reports, backups, the list that gave people their ids and the original "
                   "exports are other files: remove them there too, and make the reports again.")
    else:
        click.echo(f"{total:,} rows would go. Nothing was changed; add --yes to remove them.")
