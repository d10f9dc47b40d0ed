"""The command `plan`."""

import click

from upskill.data import NotEnoughData, ProgramError, read_program

WIDTH = 38


@click.group("plan")
def plan_command():
    """Plan before anything is collected."""


@plan_command.command("assessment")
@click.option("--program", metavar="FOLDER", help="Take people, items, cuts and the quality of items from this program; "
                                                  "the other options change them.")
@click.option("--people", type=click.IntRange(15), help="People to be assessed.  [default: 42]")
@click.option("--items", type=click.IntRange(3), help="Test items per domain.  [default: 20]")
@click.option("--graded", type=click.IntRange(0), help="How many of them have three scores.  [default: 0]")
@click.option("--raters", type=click.IntRange(0), help="Ratings of each person per domain.  [default: 0]")
@click.option("--self-rated", is_flag=True, help="People rate themselves as well.")
@click.option("--domains", type=click.IntRange(1), help="Domains.  [default: 6]")
@click.option("--competencies", type=click.IntRange(1), help="Competencies per domain.  [default: 4]")
@click.option("--group", type=click.IntRange(1), help="People in a team to report on.  [default: 8]")
@click.option("--cut-error", type=click.FloatRange(0), help="Standard error of a cut, in sd of people.  [default: 0.12]")
@click.option("--slope", type=click.FloatRange(0.1), help="Discrimination of the middle item.  [default: 1]")
@click.option("--seed", default=20261123, show_default=True, help="Same seed, same numbers.")
def assessment_command(program, seed, self_rated, **given):
    """Make up assessments like yours and say how often a level will be wrong, and what to add first.

    For example: upskill plan assessment --people 42 --items 20
    """
    from upskill.skills import AssessmentDesign, calibrate_program, design_of, plan_assessment, read_plan

    given = {name: value for name, value in given.items() if value is not None} | {"self_rated": self_rated}
    try:
        if program is None:
            design = AssessmentDesign(**given)
        else:
            known = read_program(program)
            design = design_of(known, calibrate_program(known), **given)
        plan = plan_assessment(design, seed=seed)
    except (NotEnoughData, ProgramError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(read_plan(plan))
    click.echo()
    click.echo(table(plan))
    click.echo(f"\n± is the error of the {plan.replicates} assessments that were made up (seed {seed}). Wrong: another level than "
               "the true one. Minutes: of people's time for one person assessed, all domains.")


def table(plan):
    """Return the options of a plan as lines of text."""
    lines = [f"{'evidence':{WIDTH}}{'minutes':>8}{'wrong':>14}{'off by 2':>14}{'fewer per hour':>17}"]
    for row in plan.options.to_dict("records"):
        hour = "" if row["per_hour"] != row["per_hour"] else f"{row['per_hour']:.2f} ± {row['per_hour_error']:.2f}"
        lines.append(f"{row['evidence']:{WIDTH}}{row['minutes']:8.0f}{_percent(row, 'wrong'):>14}{_percent(row, 'far'):>14}{hour:>17}")
    return "\n".join(lines)


def _percent(row, name):
    return f"{100 * row[name]:.1f} ± {100 * row[f'{name}_error']:.1f} %"
