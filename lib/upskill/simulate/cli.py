"""`upskill simulate`."""

from pathlib import Path

import click

from upskill.simulate import simulate, write_program
from upskill.simulate.presets import PRESETS


@click.command("simulate", short_help="Make up a company whose truth is known.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--engineers", default=120, show_default=True, help="People over the whole time.")
@click.option("--teams", default=10, show_default=True, help="Teams, at least 3.")
@click.option("--months", default=18, show_default=True, help="Months of data.")
@click.option("--seed", default=20261123, show_default=True, help="Same seed, same company.")
@click.option("--preset", default="lottery", show_default=True, type=click.Choice(list(PRESETS)),
              help="lottery: starts drawn by lot. hostile: everything that misleads. Others: pilots whose verdict is known.")
@click.option("--force", is_flag=True, help="Replace a folder that holds something else.")
def simulate_command(folder, engineers, teams, months, seed, preset, force):
    """Make up a company whose truth is known, and write it to FOLDER."""
    try:
        simulated = simulate(engineers, teams, months, seed, preset)
        written = write_program(simulated, folder, force=force)
    except (ValueError, FileExistsError) as problem:
        raise click.ClickException(str(problem)) from problem
    rows = sum(len(frame) for frame in simulated.tables.values())
    count = len(simulated.tables)
    click.echo(f"Wrote {count} tables ({rows:,} rows), program.yml and truth.json to {written}")
