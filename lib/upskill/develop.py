"""Commands for those who explore the notebooks or change the code."""

import os
import subprocess
import sys
from pathlib import Path

import click

from upskill.paths import NOTEBOOKS, ROOT

AUTORELOAD = "c.InteractiveShellApp.exec_lines = ['%load_ext autoreload', '%autoreload 2']\n"


def _with_autoreload():
    """Environment in which changes of lib are seen at once, in Lab only: reports stay clean of it."""
    folder = ROOT / ".ipython"
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_config.py").write_text(AUTORELOAD, encoding="utf-8")
    return {**os.environ, "IPYTHONDIR": str(folder)}


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab_command(options):
    """Open the notebooks in JupyterLab; OPTIONS go to JupyterLab."""
    command = [sys.executable, "-m", "jupyterlab", str(NOTEBOOKS), *options]
    raise SystemExit(subprocess.call(command, env=_with_autoreload()))


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def test_command(options):
    """Run everything that CI checks: style, tests, doctests, notebooks; OPTIONS go to pytest."""
    in_root = {"cwd": Path(ROOT)}
    style = subprocess.call([sys.executable, "-m", "ruff", "check", "lib", "tests"], **in_root)
    tests = subprocess.call([sys.executable, "-m", "pytest", *options], **in_root)
    raise SystemExit(style or tests)
