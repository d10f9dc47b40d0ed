"""Read a git repository: commits, tags and line counts, without its work tree.

Everything is asked of `git` itself, as epoch seconds and NUL-separated fields: clocks and time zones of
authors, quotes and line ends in messages then cannot be misread. Messages and addresses stay in memory.
"""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

FIELDS = ("%H", "%P", "%at", "%ct", "%aN", "%aE", "%B")
MERGED_REQUEST = re.compile(r"Merge pull request #(\d+) from (\S+)|Merged in (\S+) \(pull request #(\d+)\)")
TRAILING_NUMBER = re.compile(r"\((?:#|!)(\d+)\)\s*$")
GITLAB_NUMBER = re.compile(r"^See merge request \S*!(\d+)\s*$", re.MULTILINE)
MERGED_BRANCH = re.compile(r"Merge (?:remote-tracking )?branch '([^']+)'")
REVERTED_COMMIT = re.compile(r"This reverts commit ([0-9a-f]{7,64})")
REVERTED_NUMBER = re.compile(r"^(?:Revert|Reverts) (?:\".*\(#(\d+)\)\"|\S*#(\d+))", re.MULTILINE)
REVERT_TITLE = re.compile(r"^Revert\b")


class SourceError(ValueError):
    """A source that cannot be imported; the message says why and what to do."""


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


@dataclass(frozen=True)
class Tag:
    """A tag that points to a commit; `tagged` is epoch seconds."""

    name: str
    sha: str
    tagged: int


@dataclass(frozen=True)
class History:
    """All commits reachable from one branch and from the tags of a repository."""

    branch: str
    tip: str
    commits: dict
    tags: tuple[Tag, ...]
    shallow: frozenset = frozenset()
    is_partial: bool = False
    notes: dict = field(default_factory=dict)


def run_git(repository, *arguments, stdin=None):
    """Return what git prints (bytes); raise SourceError with git's own words where it fails."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")}
    environment |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
    settings = ("-c", "log.showSignature=false", "-c", "log.showRoot=true", "-c", "core.quotePath=true")
    try:
        done = subprocess.run(["git", "-C", str(repository), *settings, *arguments], input=stdin or b"",
                              capture_output=True, env=environment, check=False)
    except FileNotFoundError as error:
        raise SourceError("the program git is not installed") from error
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip() or f"exit status {done.returncode}"
        raise SourceError(f"{repository}: git {arguments[0]} failed: {words}")
    return done.stdout


def ask_git(repository, *arguments):
    """Return git's answer as text, or "" where git says no."""
    try:
        return run_git(repository, *arguments).decode("utf-8", "replace").strip()
    except SourceError:
        return ""


def check_repository(path):
    """Refuse a path that is no repository, or only a folder inside one."""
    if not Path(path).is_dir():
        raise SourceError(f"{path}: no such folder; clone the repository first (git clone --mirror URL)")
    run_git(path, "rev-parse", "--git-dir")
    top = ask_git(path, "rev-parse", "--show-toplevel")
    if top and Path(top).resolve() != Path(path).resolve():
        raise SourceError(f"{path}: is a folder inside the repository {top}; give {top} if you mean that")


def repository_name(path):
    """Return the name of a repository: the last part of its origin's address, else of its folder."""
    address = ask_git(path, "config", "--get", "remote.origin.url").rstrip("/")
    folder = Path(path).resolve()
    folder = folder.parent if folder.name == ".git" else folder
    return re.split(r"[/:\\]", address or folder.name)[-1].removesuffix(".git") or folder.name


def find_branch(repository, branch=""):
    """Return (name, sha) of the main line; what the origin calls its head comes first, then usual names."""
    is_bare = ask_git(repository, "rev-parse", "--is-bare-repository") == "true"
    usual = [f"refs/{place}/{name}" for name in ("main", "master", "trunk") for place in ("remotes/origin", "heads")]
    candidates = ["refs/remotes/origin/HEAD", *(["HEAD"] if is_bare else []), *usual, "HEAD"]
    if branch:
        candidates = [f"refs/remotes/origin/{branch}", f"refs/heads/{branch}", branch]
    for candidate in candidates:
        sha = ask_git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", candidate + "^{commit}")
        if sha:
            return _short_name(repository, candidate), sha
    if branch:
        raise SourceError(f"{repository}: has no branch {branch!r}")
    raise SourceError(f"{repository}: has no commits")


def _short_name(repository, reference):
    full = ask_git(repository, "symbolic-ref", "--quiet", reference) or reference
    return full.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def read_history(repository, branch=""):
    """Return the History of a repository; raises SourceError where git cannot read it."""
    name, tip = find_branch(repository, branch)
    tags, odd_tags = read_tags(repository)
    wanted = "\n".join([tip, *(tag.sha for tag in tags)]).encode()
    output = run_git(repository, "log", "-z", "--stdin", "--encoding=UTF-8",
                     "--format=tformat:" + "%x00".join(FIELDS), stdin=wanted)
    values = output.split(b"\0")
    step = len(FIELDS)
    rows = (values[start:start + step] for start in range(0, len(values) - step + 1, step))
    commits = {commit.sha: commit for commit in map(_commit, rows)}
    return History(name, tip, commits, tags, _shallow(repository), _is_partial(repository), {"odd_tags": odd_tags})


def _commit(values):
    sha, parents, authored, committed, name, email, message = (value.decode("utf-8", "replace") for value in values)
    branch = MERGED_BRANCH.match(message)
    number = _number(message)
    is_revert = _is_revert(message, number)
    return Commit(
        sha, tuple(parents.split()), _seconds(authored), _seconds(committed), name,
        _address(values[5], email), number, branch.group(1) if branch else "", is_revert,
        tuple(REVERTED_COMMIT.findall(message)) if is_revert else (),
        tuple(a or b for a, b in REVERTED_NUMBER.findall(message)) if is_revert else ())


def _address(raw, email):
    """Keep two addresses apart that differ only in bytes which are not UTF-8."""
    return raw.decode("latin-1") if "\ufffd" in email else email


def _seconds(text):
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None


def _number(message):
    merged = MERGED_REQUEST.match(message)
    if merged:
        return merged.group(1) or merged.group(4)
    title = TRAILING_NUMBER.search(message.split("\n", 1)[0])
    found = title or GITLAB_NUMBER.search(message)
    return found.group(1) if found else ""


def _is_revert(message, number):
    """Say whether a commit undoes another, by its title (or its pull request's) or, without a number, by its body.

    The body of a squashed pull request lists every commit on the way, so a revert in it may be of its own work.
    """
    lines = [line for line in message.splitlines() if line.strip()]
    titles = lines[:2] if lines and MERGED_REQUEST.match(lines[0]) else lines[:1]
    return any(REVERT_TITLE.match(title) for title in titles) or (
        not number and bool(REVERTED_COMMIT.search(message)))


def read_tags(repository):
    """Return the tags that point to commits, and how many point to something else."""
    form = "%(refname:short)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(creatordate:unix)"
    lines = run_git(repository, "for-each-ref", "refs/tags", f"--format={form}").decode("utf-8", "replace")
    tags, odd = [], 0
    for line in lines.splitlines():
        name, kind, sha, inner_kind, inner_sha, tagged = line.split("\0")
        sha = sha if kind == "commit" else inner_sha if inner_kind == "commit" else ""
        odd += not sha
        if sha:
            tags.append(Tag(name.removeprefix("tags/"), sha, _seconds(tagged) or 0))
    return tuple(tags), odd


def _shallow(repository):
    place = ask_git(repository, "rev-parse", "--git-path", "shallow")
    file = Path(repository, place)
    return frozenset(file.read_text().split()) if place and file.is_file() else frozenset()


def _is_partial(repository):
    return bool(ask_git(repository, "config", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$"))


def count_lines(repository, shas):
    """Return sha -> (lines added, lines deleted) against the first parent; binary files count nothing.

    Raises SourceError where git cannot read a file (partial clone, damaged repository).
    """
    if not shas:
        return {}
    output = run_git(repository, "log", "--no-walk=unsorted", "--stdin", "-m", "--first-parent", "--numstat", "-M",
                     "--no-ext-diff", "--no-textconv", "--format=%x1e%H", stdin="\n".join(shas).encode())
    counts = {}
    for record in output.split(b"\x1e")[1:]:
        sha, *lines = record.decode("utf-8", "replace").splitlines()
        pairs = [line.split("\t", 2)[:2] for line in lines if line]
        counts[sha] = tuple(sum(int(pair[side]) for pair in pairs if pair[side] != "-") for side in (0, 1))
    return counts
