"""The command that builds the documentation site."""

import shutil
import subprocess
import sys

import click

from upskill.paths import ROOT

SOURCE = ROOT / ".site-source"


def gather():
    """Write all pages of the site below one folder, as they lie in the project; returns the folder."""
    from upskill.documentation.pages import site_pages

    shutil.rmtree(SOURCE, ignore_errors=True)
    for name, content in site_pages().items():
        path = SOURCE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return SOURCE


@click.command()
@click.option("--serve", is_flag=True, help="Show the site at http://localhost:8000 and renew it when a page changes.")
def docs_command(serve):
    """Build the documentation site into site/ (open site/index.html)."""
    gather()
    done = subprocess.call([sys.executable, "-m", "zensical", "serve" if serve else "build"], cwd=ROOT)
    if not done and not serve:
        click.echo(f"Read {ROOT / 'site' / 'index.html'}")
    raise SystemExit(done)
