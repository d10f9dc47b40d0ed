"""The pages of the site: those that are written, where the project keeps them, and those made from the code."""

import re
import sys
from importlib import import_module
from pathlib import PurePosixPath
from types import ModuleType

import click

from upskill.cli import COMMANDS, main
from upskill.paths import ROOT

WRITTEN = ("docs/**/*.md", "docs/pictures/*", "data/README.md", "tests/benchmarks/**/README.md",
           "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "VALIDATION.md")
PARTS = ("data", "skills", "learning", "roi", "kpi", "adoption", "roadmap", "summary", "show", "simulate", "privacy",
         "own", "framework")
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^()\s#]+)(#[^()\s]*)?\)")
CODE = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)


def site_pages():
    """Return the pages of the site, bytes by path; the start page is README.md."""
    written = {path.relative_to(ROOT).as_posix(): path.read_bytes()
               for pattern in WRITTEN for path in sorted(ROOT.glob(pattern))}
    made = {f"api/{part}.md": interface_page(part) for part in PARTS} | {"commands.md": commands_page()}
    pages = written | {name: text.encode() for name, text in made.items()}
    return {name: _linked(name, content, pages) if name.endswith(".md") else content for name, content in pages.items()}


def interface_page(part):
    """Return the page of one part of the library: what it exports, from the docstrings."""
    module = import_module(f"upskill.{part}")
    hidden = [f"upskill.{part}.{name}.{name}" for name in module.__all__  # a module of the same name would be shown instead
              if isinstance(sys.modules.get(f"upskill.{part}.{name}"), ModuleType) and callable(getattr(module, name))]
    shown = "".join(f"\n::: {name}\n    options:\n      show_root_heading: true\n      show_root_toc_entry: true\n"
                    for name in hidden)
    return f"# upskill.{part}\n\n::: upskill.{part}\n{shown}"


def commands_page():
    """Return the page of the command line, from what `--help` says."""
    lines = ["# Commands", "", "What `python -m upskill COMMAND --help` says.", ""]
    context = click.Context(main, info_name="upskill")
    for name in sorted(COMMANDS):
        command = main.get_command(context, name)
        helped = command.get_help(click.Context(command, info_name=f"upskill {name}", parent=None))
        lines += [f"## {name}", "", COMMANDS[name][1], "", "```text", helped, "```", ""]
    return "\n".join(lines)


def _linked(name, content, pages):
    """Return a page in which links to files that are no pages are plain words."""
    parts = CODE.split(content.decode())
    folder = PurePosixPath(name).parent

    def kept(match):
        words, target, _ = match.groups()
        is_known = ":" in target or _resolved(folder / target) in pages
        return match[0] if is_known else words

    return "".join(part if number % 2 else LINK.sub(kept, part) for number, part in enumerate(parts)).encode()


def _resolved(path):
    kept = []
    for part in path.parts:
        kept = kept[:-1] if part == ".." else [*kept, part]
    return "/".join(kept)
