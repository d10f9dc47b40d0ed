"""The command `upskill import`."""

import re
import time
from datetime import UTC
from pathlib import Path

import click

from upskill.data.schema import ProgramError
from upskill.data.source import fold
from upskill.data.sources import people, ready, releases
from upskill.data.sources.answers import Options as AnswerOptions
from upskill.data.sources.answers import import_answers
from upskill.data.sources.answers_words import summarize as summarize_answers
from upskill.data.sources.bring_cli import ImportGroup
from upskill.data.sources.git import SourceError
from upskill.data.sources.git_import import import_git
from upskill.data.sources.git_tables import Options
from upskill.data.sources.summary import summarize
from upskill.data.sources.surveys.feedback import Options as FeedbackOptions
from upskill.data.sources.surveys.feedback import import_feedback
from upskill.data.sources.surveys.feedback import summarize as summarize_feedback
from upskill.data.sources.table import import_table
from upskill.data.sources.table import summarize as summarize_table


@click.group("import", cls=ImportGroup)
def import_command():
    """Turn other systems' records into the tables of a program folder.

    `upskill import FILE... --program FOLDER` recognizes an export by its columns; a name before the files says what
    they are. docs/sources.md says how to export from each system, and what each can and cannot tell.
    """


def _pattern(_context, _option, value):
    if value is None:
        return None
    try:
        return re.compile(value)
    except re.error as error:
        raise click.BadParameter(f"not a regular expression: {error}") from error


@import_command.command("git")
@click.argument("repositories", metavar="REPOSITORY...", nargs=-1, required=True)
@click.option("--into", "--program", "folder", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="Program folder; made where it is missing, brought up to date where it is there.")
@click.option("--branch", default="",
              help="Main line to read; default: what the origin calls its head, main, master.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]),
              help="Leave out what landed before this day (UTC).")
@click.option("--team", default="", help="Team of all changes; default: the repository's name.")
@click.option("--tags", callback=_pattern, metavar="PATTERN",
              help="Regular expression that release tags begin with; default: names that read as versions.")
@click.option("--patch-days", type=click.IntRange(0), default=releases.PATCH_DAYS, show_default=True,
              help="A patch release within so many days counts as mending the one before.")
@click.option("--revert-days", type=click.IntRange(0), default=releases.REVERT_DAYS, show_default=True,
              help="A released change undone within so many days counts as a failure.")
@click.option("--keep-bots", is_flag=True,
              help="Keep changes by robots, marked is_bot; default: leave them out.")
@click.option("--key-file", type=click.Path(dir_okay=False, path_type=Path), default=people.KEY_FILE,
              show_default=True, help="Key of the pseudonyms; made on first use. Keep it, and keep it apart.")
@click.option("--identities", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="CSV of two columns: a login or e-mail, and the canonical one of the same person, or its id in people.")
def git_command(repositories, folder, since, key_file, identities, **options):
    """Turn git histories into changes, releases, failures and people.

    REPOSITORY is a clone (bare ones too), or NAME=PATH to name it. Running again updates; running
    twice changes nothing. No names, addresses or messages are written.
    """
    start = int(since.replace(tzinfo=UTC).timestamp()) if since else 0
    try:
        known = people.read_identities(identities) if identities else {}
        pseudonyms = people.Pseudonyms(people.read_key(key_file, outside=folder), known)
        result = import_git(repositories, folder, pseudonyms,
                            Options(since=start, now=int(time.time()), **options))
    except (SourceError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(summarize(result, folder))


SCORES = click.option("--score", "scores", multiple=True, metavar="WORD=NUMBER",
                      help="What a word counts, as 'Agree=4'; words of usual scales are known.")
POINTS = click.option("--points", type=click.IntRange(0), default=0, metavar="NUMBER",
                      help="Points of scales of words, where the words are of several scales.")


def _scores(pairs):
    """Return {folded word: score} of texts such as Agree=4."""
    found = {}
    for pair in pairs:
        word, _, number = pair.rpartition("=")
        try:
            found[fold(word)] = float(number)
        except ValueError as error:
            raise click.UsageError(f"--score {pair}: write it as 'Agree=4'.") from error
    return found


@import_command.command("answers")
@click.argument("export", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", "--program", "folder", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Program folder; it must have people.")
@click.option("--wave", required=True, help="Name of the round of assessment, such as start.")
@click.option("--person", default="", metavar="COLUMN",
              help="Column that says who answered; default: the one that Qualtrics or a forms tool has for it.")
@click.option("--known-as", default="", metavar="COLUMN",
              help="Column of people in which these words stand, such as E-Mail; default: they are person_ids.")
@click.option("--pseudonyms", "is_hashed", is_flag=True,
              help="The words are e-mails or names, of which people has the pseudonyms that a key makes.")
@click.option("--key-file", type=click.Path(dir_okay=False, path_type=Path), default=people.KEY_FILE,
              show_default=True, help="Key of the pseudonyms, with --pseudonyms.")
@click.option("--date", default="", metavar="COLUMN", help="Column of dates; default: Timestamp and the like.")
@click.option("--dates", default="", metavar="FORM", help="Form of the dates, such as MM/DD/YYYY hh:mm:ss, or day-first.")
@click.option("--instrument", type=click.Choice(["test", "survey", "climate"]), default="test", show_default=True,
              help="What new items are part of: a test, people's own ratings, or an anonymous survey by team.")
@click.option("--team-column", default="", metavar="COLUMN", help="Column of teams, for climate.")
@click.option("--team", default="", help="Team of all answers, for climate.")
@SCORES
@POINTS
@click.option("--keep", type=click.Choice(["first", "last"]), default="first", show_default=True,
              help="Which answer counts where a person has several.")
@click.option("--encoding", default="", help="Encoding of a CSV that is not UTF-8, such as windows-1252.")
@click.option("--header-row", type=click.IntRange(1), default=None, help="Row that holds the questions.")
def answers_command(export, folder, header_row, is_hashed, key_file, scores, **options):
    """Turn the export of a forms tool into answers, items and waves.

    FILE is a CSV or workbook with one row per person and one column per question, each answer a score or a word of a usual
    scale; Qualtrics, Microsoft Forms and Google Forms are known by their columns. Keep it outside the program folder.
    Running again replaces the answers of that wave. No names are written.
    """
    if is_hashed and options["known_as"]:
        raise click.UsageError("--pseudonyms and --known-as are two ways to find a person; give one.")
    try:
        key = people.read_key(key_file, outside=folder) if is_hashed or options["team"] or options["team_column"] else b""
        result = import_answers(export, folder, AnswerOptions(
            header_row=header_row or 0, pseudonyms=people.Pseudonyms(key) if is_hashed else None, key=key, scores=_scores(scores),
            **options))
    except (SourceError, ProgramError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(summarize_answers(result, export, folder))


@import_command.command("feedback")
@click.argument("export", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", "folder", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Program folder.")
@click.option("--cohort", required=True, help="Cohort that answered, as in rollout.")
@click.option("--week", required=True, type=click.IntRange(0), help="Week since the start of the cohort.")
@click.option("--comments", multiple=True, metavar="QUESTION",
              help="Keep the free text of this question, to be coded by theme; default: no free text is kept.")
@SCORES
@POINTS
@click.option("--key-file", type=click.Path(dir_okay=False, path_type=Path), default=people.KEY_FILE, show_default=True,
              help="Key of the ids of respondents; made on first use.")
def feedback_command(export, folder, key_file, scores, **options):
    """Turn the export of a forms tool into feedback of participants, under ids that lead to nobody.

    FILE is of Qualtrics, Microsoft Forms or Google Forms. Running again replaces the answers of that cohort and week.
    """
    try:
        result = import_feedback(export, folder, FeedbackOptions(
            key=people.read_key(key_file, outside=folder), scores=_scores(scores), **options))
    except (SourceError, ProgramError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(summarize_feedback(result, export, folder))


@import_command.command("mapping")
@click.argument("name", required=False)
def mapping_command(name):
    """Print a shipped mapping to edit, or list those there are.

    upskill import mapping servicenow > FOLDER/imports.yml, then upskill import table FILE --into FOLDER.
    """
    if not name:
        click.echo("\n".join(f"{one.name:18}{one.title}" for one in ready.ALL))
        return
    try:
        click.echo(ready.text_of(name), nl=False)
    except SourceError as error:
        raise click.ClickException(str(error)) from error


@import_command.command("table")
@click.argument("export", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", "--program", "folder", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Program folder; its imports.yml, of the form of mapping.yml, says what the export calls things.")
@click.option("--table", "tables", multiple=True, metavar="TABLE",
              help="Table that FILE holds; default: as imports.yml or the file's name says.")
@click.option("--whole", is_flag=True, help="FILE holds all rows that there are: remove those that it lacks.")
def table_command(export, folder, tables, whole):
    """Bring this month's export into a table: new rows are added, restated ones replaced and logged.

    FILE is a CSV, workbook or Parquet file; keep it outside the program folder. Rows are known by the key of the
    table. Importing the same file twice changes nothing.
    """
    try:
        result = import_table(export, folder, tables, whole)
    except (SourceError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(summarize_table(result, export, folder))
