"""`upskill import FILE…`, and `upskill import NAME FILE…` for each source of the registry."""

from pathlib import Path

import click

from upskill.data.schema import ProgramError
from upskill.data.sources import people
from upskill.data.sources.bring import import_exports
from upskill.data.sources.bring_words import summarize
from upskill.data.sources.framework import Context
from upskill.data.sources.git import SourceError
from upskill.data.sources.place import read_teams
from upskill.data.sources.registry import sources


class ImportGroup(click.Group):
    """A group in which a file in the place of a command is an export to recognize."""

    def list_commands(self, context):
        return [*super().list_commands(context), *sources()]

    def get_command(self, context, name):
        known = super().get_command(context, name)
        return known or (source_command(sources()[name]) if name in sources() else None)

    def resolve_command(self, context, arguments):
        if self.get_command(context, arguments[0]) is None and (Path(arguments[0]).exists() or "." in arguments[0]
                                                                or "/" in arguments[0]):
            return "", any_command(), arguments
        return super().resolve_command(context, arguments)

    def parse_args(self, context, arguments):
        """Let options stand before the files: `upskill import --program FOLDER FILE`."""
        if arguments and arguments[0].startswith("-") and arguments[0] not in ("-h", "--help"):
            arguments = [*_files_first(arguments)]
        return super().parse_args(context, arguments)


def _files_first(arguments):
    at = next((at for at, one in enumerate(arguments) if at and Path(one).is_file()), 0)
    return [arguments[at], *arguments[:at], *arguments[at + 1:]]


def any_command():
    """Return the command that recognizes its files."""
    every = {option.name: option for source in sources().values() for option in source.options}
    return _command("", "", "Recognize exports by their columns, and bring them into a program folder.", every.values())


def source_command(source):
    """Return the command of one source."""
    text = (f"{source.title}, into {', '.join(source.tables)}.\n\nExport it so: {source.how}")
    return _command(source.name, source.name, text, source.options)


def _command(name, source, text, options):
    def run(files, folder, key_file, identities, teams_file, **chosen):
        try:
            known = people.read_identities(identities) if identities else {}
            pseudonyms = people.Pseudonyms(people.read_key(key_file, outside=folder), known)
            common = {one: chosen.pop(one) for one in ("team", "team_column", "repository", "keep_bots")}
            context = Context(pseudonyms, teams=read_teams(teams_file) if teams_file else {}, known_as=chosen.pop("known_as"), **common,
                              options={option.name: chosen[option.name.replace("-", "_")] for option in options})
            result = import_exports(files, folder, context, source)
        except (SourceError, ProgramError, OSError) as error:
            raise click.ClickException(str(error)) from error
        click.echo(summarize(result, folder))

    own = [click.Option([f"--{option.name}"], is_flag=option.is_flag, multiple=option.many, help=option.help,
                        default=None if option.many else option.default or (False if option.is_flag else "")) for option in options]
    return click.Command(name, callback=run, help=text, short_help=sources()[source].title if source else None,
                         params=[*COMMON, *own])


COMMON = (
    click.Argument(["files"], metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True)),
    click.Option(["--program", "--into", "folder"], required=True, type=click.Path(file_okay=False, path_type=Path),
                 help="Program folder; made where it is missing, brought up to date where it is there."),
    click.Option(["--team"], default="", help="Team of all rows."),
    click.Option(["--teams", "teams_file"], type=click.Path(exists=True, dir_okay=False, path_type=Path),
                 help="CSV of two columns: a repository or project (or a word of --team-column), and its team."),
    click.Option(["--team-column"], default="", metavar="COLUMN", help="Column of the export that names the team."),
    click.Option(["--repository"], default="", metavar="NAME", help="Repository, where the export does not name it."),
    click.Option(["--keep-bots"], is_flag=True, help="Keep work by robots, marked is_bot; default: leave it out."),
    click.Option(["--known-as"], multiple=True, metavar="COLUMN",
                 help="Column of people with the logins, e-mails or names of the export; default: people has their pseudonyms."),
    click.Option(["--key-file"], type=click.Path(dir_okay=False, path_type=Path), default=people.KEY_FILE, show_default=True,
                 help="Key of the pseudonyms; made on first use. Keep it, and keep it apart."),
    click.Option(["--identities"], type=click.Path(exists=True, dir_okay=False, path_type=Path),
                 help="CSV of two columns: a login or e-mail, and the canonical one of the same person, or its id in people."),
)
