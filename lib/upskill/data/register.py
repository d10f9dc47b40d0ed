"""`upskill register`: fix the plan of a pilot by its hash, in program.yml, and check it later."""

import re
from datetime import date
from pathlib import Path

import click
import yaml

from upskill.data.registration import SHOWN, plan_hash, registration

NEEDED = ("smallest_relevant_change", "rule")


@click.command("register", short_help="Fix the plan of a pilot by its hash, before it starts.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--check", is_flag=True, help="Only say whether the plan is still the registered one; exit status 1 if not.")
@click.option("--on", default="", help="Day of registration, ISO; today if not given.")
def register_command(folder, check, on):
    """Write day and hash of the pilot's plan into FOLDER/program.yml.

    The plan is `pilot:` with its question, design, rollout and registration (primary KPI, smallest relevant
    change, guardrails, rule). Who changes it afterwards is told so by the report: the hash no longer fits.
    Keep the hash where others can see it too, such as in an e-mail.
    """
    path = folder / "program.yml"
    if not path.is_file():
        raise click.ClickException(f"{folder} has no program.yml.")
    text = path.read_text(encoding="utf-8")
    pilot = (yaml.safe_load(text) or {}).get("pilot") or {}
    if check:
        _check(pilot)
        return
    plan = registration(pilot)
    if plan.state in ("registered", "late"):
        click.echo(f"The plan is registered since {plan.on}: {plan.hash}")
        return
    if plan.state == "changed":
        raise click.ClickException(f"The plan was registered on {plan.on} and changed since. Put it back, or remove the hash and write "
                                   "under `deviations:` what changed and why; then register it again.")
    _refuse_incomplete(pilot)
    changed = with_registration(text, on or date.today().isoformat())
    path.write_text(changed, encoding="utf-8", newline="\n")
    done = registration(yaml.safe_load(changed)["pilot"])
    click.echo(f"Registered on {done.on}: {done.hash}")


def _check(pilot):
    plan = registration(pilot)
    words = {"registered": f"The plan is the one registered on {plan.on} ({plan.hash[:SHOWN]}).",
             "changed": f"The plan changed after it was registered on {plan.on}.", "none": "No plan is registered."}
    click.echo(words[plan.state])
    if plan.state != "registered":
        raise SystemExit(1)


def _refuse_incomplete(pilot):
    entry = pilot.get("registration")
    missing = [key for key in NEEDED if not (isinstance(entry, dict) and entry.get(key))]
    if missing:
        raise click.ClickException(f"Write the plan first: pilot: registration: needs {', '.join(missing)}.")


def with_registration(text, day):
    """Return the text of a program.yml with day and hash of its plan; nothing else changes, comments stay.

    Raises ClickException where the entries cannot be found in block form.
    """
    place = re.search(r"^pilot:[ \t]*(#.*)?\n(?:(?:[ \t]+.*|[ \t]*#.*|)\n)*?(?P<indent>[ \t]+)registration:[ \t]*(#.*)?\n", text, re.MULTILINE)
    if place is None:
        raise click.ClickException("Write pilot: registration: in block form, one entry a line, so that it can be filled in.")
    start, indent = place.end(), place["indent"]
    body = re.match(rf"(?:{indent}[ \t]+.*\n|[ \t]*#.*\n|[ \t]*\n)*", text[start:])[0]
    inner = re.match(r"[ \t]+", body)[0]
    kept = "".join(line for line in body.splitlines(keepends=True)
                   if not re.match(rf"{inner}(hash|registered_on):", line))
    with_day = f"{inner}registered_on: {day}\n" + kept
    draft = text[:start] + with_day + text[start + len(body):]
    digest = plan_hash(yaml.safe_load(draft)["pilot"])
    return text[:start] + f"{inner}hash: {digest}\n" + with_day + text[start + len(body):]
