"""The command line: names of commands, and where each lives.

Commands are imported when called, so that `upskill check` does not pay for
the batch, nor the batch for the simulator.
"""

from importlib import import_module

import click

COMMANDS = {
    "check": ("upskill.data.cli:check_command", "Name every fault of a program folder, with its cure."),
    "compare": ("upskill.batch.cli:compare_command", "Show the facts that changed between two runs."),
    "dictionary": ("upskill.data.cli:dictionary_command", "Print the data dictionary."),
    "docs": ("upskill.documentation.cli:docs_command", "Build the documentation site."),
    "framework": ("upskill.framework.cli:framework_command", "Read, edit and check the competency framework."),
    "import": ("upskill.data.sources.cli:import_command", "Bring real delivery data into a program folder."),
    "lab": ("upskill.develop:lab_command", "Open the notebooks in JupyterLab."),
    "lint": ("upskill.batch.plain_words:lint_command", "Name method names and missing sections in notebooks."),
    "new": ("upskill.data.cli:new_command", "Start a program folder of your own, with templates."),
    "own-page": ("upskill.own.cli:own_page_command", "Write a private page for a person about themselves."),
    "plan": ("upskill.skills.cli:plan_command", "Before you collect: how often levels will be wrong, and what helps."),
    "privacy": ("upskill.privacy.cli:privacy_command", "Say what is held about people, and what reports cannot show."),
    "purge": ("upskill.privacy.cli:purge_command", "Remove a person or a period from a program folder."),
    "register": ("upskill.data.register:register_command", "Fix the plan of a pilot by its hash, before it starts."),
    "render": ("upskill.batch.cli:render_command", "Make a report of a notebook that was run by hand."),
    "run": ("upskill.batch.cli:run_command", "Run reports: which, for which teams, where to."),
    "simulate": ("upskill.simulate.cli:simulate_command", "Make up a company whose truth is known."),
    "test": ("upskill.develop:test_command", "Run everything that CI checks."),
    "validate": ("upskill.validation.cli:validate_command", "Hold our numbers against published ones and the truth."),
}


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, context):
        return sorted(COMMANDS)

    def get_command(self, context, name):
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        return getattr(import_module(module), attribute)

    def format_commands(self, context, formatter):
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(context)])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="upskill")
def main():
    """The AI Upskilling Workbook: from a program folder to reports."""
