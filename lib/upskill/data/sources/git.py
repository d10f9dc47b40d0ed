"""Read a git repository: commits, tags and line counts, without its work tree.

Everything is asked of `git` itself, as epoch seconds and NUL-separated fields: clocks and time zones of
authors, quotes and line ends in messages then cannot be misread. Messages and addresses stay in memory.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from upskill.data.sources.commits import FIELDS, as_seconds, read_commit

# What a user has set for another purpose must change neither which repository is read nor how it prints.
ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")
ENVIRONMENT = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
CONFIGURATION = ("-c", "log.showSignature=false", "-c", "log.showRoot=true", "-c", "core.quotePath=true",
                 "-c", "diff.algorithm=myers")
PARTIAL = r"^(remote\..*\.promisor|extensions\.partialclone)$"
NUMSTAT = ("log", "--no-walk=unsorted", "--stdin", "-m", "--first-parent", "--numstat", "-M", "--no-ext-diff",
           "--no-textconv", "--format=%x1e%H")
RAW = ("log", "--no-walk=unsorted", "--stdin", "-m", "--first-parent", "--raw", "--no-renames", "--no-abbrev", "--format=%x1e%H")
SUBMODULE = "160000"  # its content lies in another repository, and nothing here counts it
TAG_FIELDS = ("%(refname:short)", "%(objecttype)", "%(objectname)", "%(*objecttype)", "%(*objectname)",
              "%(creatordate:unix)")


class SourceError(ValueError):
    """A source that cannot be imported; the message says why and what to do."""


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
    odd_tags: int = 0


def run_git(repository, *arguments, stdin=None):
    """Return what git prints (bytes); raise SourceError with git's own words where it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    try:
        done = subprocess.run(["git", "-C", str(repository), *CONFIGURATION, *arguments], input=stdin or b"",
                              capture_output=True, env=environment | ENVIRONMENT, check=False)
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
    usual = [f"refs/{place}/{name}"
             for name in ("main", "master", "trunk") for place in ("remotes/origin", "heads")]
    candidates = ["refs/remotes/origin/HEAD", *(["HEAD"] if is_bare else []), *usual, "HEAD"]
    if branch:
        candidates = [f"refs/remotes/origin/{branch}", f"refs/heads/{branch}", branch]
    for candidate in candidates:
        sha = ask_git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options",
                      candidate + "^{commit}")
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
    commits = {commit.sha: commit for commit in map(read_commit, rows)}
    return History(name, tip, commits, tags, _shallow(repository),
                   bool(ask_git(repository, "config", "--get-regexp", PARTIAL)), odd_tags)


def read_tags(repository):
    """Return the tags that point to commits, and how many point to something else."""
    form = "--format=" + "%00".join(TAG_FIELDS)
    lines = run_git(repository, "for-each-ref", "refs/tags", form).decode("utf-8", "replace")
    tags, odd = [], 0
    for line in lines.splitlines():
        name, kind, sha, inner_kind, inner_sha, tagged = line.split("\0")
        sha = sha if kind == "commit" else inner_sha if inner_kind == "commit" else ""
        odd += not sha
        if sha:
            tags.append(Tag(name.removeprefix("tags/"), sha, as_seconds(tagged) or 0))
    return tuple(tags), odd


def _shallow(repository):
    place = ask_git(repository, "rev-parse", "--git-path", "shallow")
    file = Path(repository, place)
    return frozenset(file.read_text().split()) if place and file.is_file() else frozenset()


def count_lines(repository, shas):
    """Return sha -> (lines added, lines deleted) against the first parent; binary files count nothing.

    Raises SourceError where git cannot read a file (partial clone, damaged repository).
    """
    if not shas:
        return {}
    output = run_git(repository, *NUMSTAT, stdin="\n".join(shas).encode())
    counts = {}
    for record in output.split(b"\x1e")[1:]:
        sha, *lines = record.decode("utf-8", "replace").splitlines()
        pairs = [line.split("\t", 2)[:2] for line in lines if line]
        counts[sha] = tuple(sum(int(pair[side]) for pair in pairs if pair[side] != "-") for side in (0, 1))
    return counts


def readable(repository, shas):
    """Return those commits whose changed files are all in this clone, in their order; asks no server for any that is not."""
    here = set(run_git(repository, "cat-file", "--batch-all-objects", "--unordered",
                       "--batch-check=%(objectname)").decode().split())
    output = run_git(repository, *RAW, stdin="\n".join(shas).encode()) if shas else b""
    lacking = set()
    for record in output.split(b"\x1e")[1:]:
        sha, *lines = record.decode("utf-8", "replace").splitlines()
        changes = [line[1:].split(" ", 4)[:4] for line in lines if line.startswith(":")]
        sides = [side for old, new, before, after in changes for side in ((old, before), (new, after))]
        if any(mode != SUBMODULE and blob.strip("0") and blob not in here for mode, blob in sides):
            lacking.add(sha)
    return [sha for sha in shas if sha not in lacking]
