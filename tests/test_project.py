"""Files of the project that say the same thing must say the same thing."""

import re
import tomllib

import yaml

from upskill.cli import COMMANDS
from upskill.paths import ROOT

REQUIREMENT = re.compile(r"([A-Za-z0-9_.-]+)\s*(.*)")


def split(requirements):
    """Names, in one spelling, and bounds."""
    pairs = (REQUIREMENT.fullmatch(text).groups() for text in requirements)
    return {name.lower().replace("_", "-"): bound for name, bound in pairs}


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    everything = project["project"]["dependencies"] + [name for extra in extras.values() for name in extra]
    return project, split(everything)


def locked(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return {match[1].lower().replace("_", "-"): match[2]
            for match in re.finditer(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", text, re.MULTILINE)}


def test_conda_environment_follows_pyproject():
    project, wanted = declared()
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip_section = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    named = split(entry for entry in entries if isinstance(entry, str))
    assert named.pop("python") == project["project"]["requires-python"]
    named.pop("pip")
    build = split(project["build-system"]["requires"])
    assert pip_section == ["-e ."]
    assert named == {**wanted, **build}


def test_locks_hold_every_dependency_with_hashes():
    project, wanted = declared()
    full, run = locked("requirements.lock"), locked("requirements-run.lock")
    needed_to_run = split(project["project"]["dependencies"]) | split(project["build-system"]["requires"])
    assert set(wanted) <= set(full)
    assert set(needed_to_run) <= set(run)
    assert "jupyterlab" not in run
    assert {name: full[name] for name in run} == run
    for name in ("requirements.lock", "requirements-run.lock"):
        entries = re.split(r"\n(?=[a-z])", (ROOT / name).read_text(encoding="utf-8").strip())
        assert all("--hash=sha256:" in entry for entry in entries)


def test_setuptools_is_new_enough_for_an_editable_install_without_isolation():
    major, minor = (int(part) for part in locked("requirements-run.lock")["setuptools"].split(".")[:2])
    assert (major, minor) >= (70, 1)


def test_every_command_exists_and_is_named_in_the_readme():
    from click import Command, Context

    from upskill.cli import main
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert isinstance(main.get_command(Context(main), name), Command)
        assert f"upskill {name}" in readme, f"README does not mention `upskill {name}`"


def test_nothing_tracked_is_ignored_by_a_stock_gitignore_line():
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "lib/" not in lines and "data/" not in lines
