"""One commit: its times, its author, and what its message says about pull requests and reverts."""

import re
from dataclasses import dataclass

FIELDS = ("%H", "%P", "%at", "%ct", "%aN", "%aE", "%B")
MERGED_REQUEST = re.compile(r"(?:Merge pull request #|Merged in \S+ \(pull request #)(\d+)")
TRAILING_NUMBER = re.compile(r"\((?:#|!)(\d+)\)\s*$")
GITLAB_NUMBER = re.compile(r"^See merge request \S*!(\d+)\s*$", re.MULTILINE)
MERGED_BRANCH = re.compile(r"Merge (?:remote-tracking )?branch '([^']+)'")
REVERTED_COMMIT = re.compile(r"This reverts commit ([0-9a-f]{7,64})")
REVERTED_NUMBER = re.compile(r"^(?:Revert|Reverts) (?:\".*\(#(\d+)\)\"|\S*#(\d+))", re.MULTILINE)
REVERT_TITLE = re.compile(r"^Revert\b")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `authored` and `committed` are epoch seconds (None = unreadable)."""

    sha: str
    parents: tuple[str, ...]
    authored: int | None
    committed: int | None
    name: str
    email: str
    number: str = ""
    merged_branch: str = ""
    is_revert: bool = False
    reverts: tuple[str, ...] = ()
    reverts_numbers: tuple[str, ...] = ()


def read_commit(values):
    """Return the Commit of the bytes that git prints for FIELDS."""
    sha, parents, authored, committed, name, email, message = (
        value.decode("utf-8", "replace") for value in values)
    branch = MERGED_BRANCH.match(message)
    number = _number(message)
    is_revert = _is_revert(message, number)
    return Commit(
        sha, tuple(parents.split()), as_seconds(authored), as_seconds(committed), name,
        _address(values[5], email), number, branch.group(1) if branch else "", is_revert,
        tuple(REVERTED_COMMIT.findall(message)) if is_revert else (),
        tuple(a or b for a, b in REVERTED_NUMBER.findall(message)) if is_revert else ())


def _address(raw, email):
    """Keep two addresses apart that differ only in bytes which are not UTF-8."""
    return raw.decode("latin-1") if "\ufffd" in email else email


def as_seconds(text):
    """Return epoch seconds as git prints them; None where git could not read the date either."""
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None


def _number(message):
    title = message.split("\n", 1)[0]
    found = MERGED_REQUEST.match(title) or TRAILING_NUMBER.search(title)
    if not found and "See merge request" in message:
        found = GITLAB_NUMBER.search(message)
    return found.group(1) if found else ""


def _is_revert(message, number):
    """Say whether a commit undoes another: by its title or its pull request's, or by its body.

    Not by the body of a squashed pull request: that lists every commit on the way, and a revert among them
    may be of its own work.
    """
    if "evert" not in message:  # almost all
        return False
    lines = [line for line in message.splitlines() if line.strip()]
    titles = lines[:2] if lines and lines[0].startswith("Merge") else lines[:1]
    return any(REVERT_TITLE.match(title) for title in titles) or (
        not number and bool(REVERTED_COMMIT.search(message)))
