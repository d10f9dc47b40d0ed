"""Commands for those who explore the notebooks or change the code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click

from upskill.paths import NOTEBOOKS, ROOT

START = "00_start_here.ipynb"
# Changes of lib are seen at once; errors are short; tables look as on the page. TAB shows public calls first.
CONFIGURATION = """\
c.InteractiveShellApp.extensions = ["autoreload", "upskill.lab"]
c.InteractiveShellApp.exec_lines = ["%autoreload 2"]
"""
# Lab asks no network for news.
PAGE = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


def lab_environment(folder=None):
    """Return the environment of a Lab session: what it adds lies in `folder`, so reports stay clean of it."""
    folder = Path(folder or ROOT / ".ipython")
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_config.py").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "labconfig").mkdir(exist_ok=True)
    (folder / "labconfig" / "page_config.json").write_text(json.dumps(PAGE), encoding="utf-8")
    paths = [str(folder), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {**os.environ, "IPYTHONDIR": str(folder), "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab_command(options):
    """Open the notebooks in JupyterLab, at the first of them; OPTIONS go to JupyterLab (--no-browser, --port, …)."""
    opened = [f"--LabApp.default_url=/lab/tree/{START}", f"--ServerApp.root_dir={NOTEBOOKS}"]
    raise SystemExit(subprocess.call([sys.executable, "-m", "jupyterlab", *opened, *options], env=lab_environment()))


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def test_command(options):
    """Run everything that CI checks: style, tests, doctests, notebooks; OPTIONS go to pytest."""
    in_root = {"cwd": Path(ROOT)}
    style = subprocess.call([sys.executable, "-m", "ruff", "check", "lib", "tests"], **in_root)
    tests = subprocess.call([sys.executable, "-m", "pytest", *options], **in_root)
    raise SystemExit(style or tests)
