"""The sources whose exports `upskill import` recognizes, and finding the one of a file."""

from importlib import import_module

from upskill.data.near import nearest
from upskill.data.sources.git import SourceError
from upskill.data.sources.surveys.tools import tool_of

# Each has SOURCE, or SOURCES where it reads several.
MODULES = ("hosts.github_pulls", "hosts.github_actions", "hosts.gitlab", "hosts.devlake", "copilot.users", "copilot.totals",
           "copilot.seats", "trackers.jira", "trackers.jira_api", "trackers.linear", "learning.xapi", "learning.coursera",
           "learning.moodle", "ready", "jenkins")
ELSE = ("Tools name columns in the language of the one who exports: try English. Any other table comes in by its columns: write "
        "imports.yml, then upskill import table FILE --into FOLDER (docs/own-data.md).")


def sources():
    """Return {name: Source} of all that can be recognized."""
    modules = [import_module(f"upskill.data.sources.{name}") for name in MODULES]
    found = [source for module in modules for source in getattr(module, "SOURCES", None) or (module.SOURCE,)]
    return {source.name: source for source in found}


def find_source(export, name=""):
    """Return the Source of an export, or the one named; raises SourceError where none or several fit, with the way out."""
    known = sources()
    fitting = [source for source in known.values() if source.recognizes(export)]
    if name:
        if known[name] in fitting:
            return known[name]
        raise SourceError(f"{export.name}: is no export of {known[name].title}: {_lacking(known[name], export)}"
                          + (f" It looks like {fitting[0].title} (upskill import {fitting[0].name})." if fitting else ""))
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = " or ".join(f"upskill import {source.name}" for source in fitting)
        raise SourceError(f"{export.name}: could be {' or '.join(source.title for source in fitting)}; say which: {names}")
    raise SourceError(f"{export.name}: {_unknown(export, known)}")


def _unknown(export, known):
    if not export.records and export.form == "json":
        return "holds no record, so nobody can tell what it is; export a longer period"
    if "download_links" in export.columns:
        return "holds the links to a report, not the report; download the files that its download_links name, and import those"
    tool = tool_of(export)
    if tool:
        return (f"is an export of {tool}. Answers by person or by team: upskill import answers FILE --into FOLDER --wave WAVE; "
                "feedback of participants: upskill import feedback FILE --into FOLDER --cohort COHORT --week WEEK")
    close = max(known.values(), key=lambda source: sum(map(export.has, source.needs)) / len(source.needs), default=None)
    found = ", ".join(map(str, export.columns[:12])) + (" …" if len(export.columns) > 12 else "")
    words = f"is an export of no source that is known here. It has: {found}."
    if close and sum(map(export.has, close.needs)) >= len(close.needs) / 2:
        words += f" Is it {close.title}? {_lacking(close, export)}"
    return f"{words} {ELSE}"


def _lacking(source, export):
    lacks = [name for name in source.needs if not export.has(name)]
    near = {name: nearest(name, map(str, export.columns), 0.85) for name in lacks}
    words = ", ".join(f"{name} (there is {near[name]})" if near[name] else name for name in lacks)
    return (f"It lacks {words}. " if lacks else "") + f"Export it so: {source.how}"
