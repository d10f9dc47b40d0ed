"""From commits to changes: what landed on the main line, when, and whose work it was."""

import re
from collections import Counter
from dataclasses import dataclass, replace

EARLIEST = 631_152_000  # 1990-01-01: older dates are broken clocks
INSTANT = 60  # seconds between writing and committing below which a squash has lost the true date
LONG_LIVED = re.compile(
    r"(?:origin/|upstream/)?(?:main|master|trunk|dev|devel|develop|development|stable|next"
    r"|v?\d+(?:\.\d+)*(?:[.-](?:x|stable|maintenance|dev))?|(?:release|maint|support)[/-].*)$")


@dataclass(frozen=True)
class Change:
    """One change of the main line; times are epoch seconds, `first_commit` None where git has lost it."""

    sha: str
    number: str
    author: tuple[str, str]
    created: int
    first_commit: int | None
    merged: int
    landed_as: str
    is_revert: bool


def repair_times(history, now):
    """Return (history with usable times, Counter of repairs); commits of unusable time keep `committed` None.

    An author date that is missing, before 1990 or after the commit date becomes the commit date.
    """
    counts, commits = Counter(), {}
    for sha, commit in history.commits.items():
        committed = commit.committed
        if committed is None or not EARLIEST <= committed <= now + 86_400:
            committed = None
            counts["bad_commit_dates"] += 1
        authored = commit.authored
        if authored is None or authored < EARLIEST:
            authored = committed
            counts["bad_author_dates"] += committed is not None
        elif committed is not None and authored > committed:
            authored = committed
            counts["author_after_commit"] += 1
        authored = None if committed is None else authored
        commits[sha] = replace(commit, authored=authored, committed=committed)
    return replace(history, commits=commits), counts


def find_changes(history, is_bot):
    """Return (changes oldest first, Counter of what was left out).

    Every commit on the first-parent line is one change; a merge stands for the commits that it brought.
    A merge that only joins long-lived lines (a stable branch into main, main into a local copy) stands for
    the changes on the line that it brought. `is_bot(name, email)` tells whom not to take for an author.
    """
    changes, counts = [], Counter()
    for commit, brought in _landings(history):
        if commit.committed is None:
            counts["changes_without_date"] += 1
        elif commit.sha in history.shallow:
            counts["changes_at_shallow_edge"] += 1
        elif len(commit.parents) > 1 and not brought:
            counts["empty_merges"] += 1
        else:
            changes.append(_change(commit, brought, history.shallow, is_bot))
    return sorted(changes, key=lambda change: (change.merged, change.sha)), counts


def _landings(history):
    """Yield (commit, commits that it brought) along the main line, lines that were joined included."""
    commits, seen = history.commits, set()
    lines = [iter(_line(commits, history.tip, seen))]
    while lines:
        commit = next(lines[-1], None)
        if commit is None:
            lines.pop()
            continue
        seen.add(commit.sha)
        joined = [_line(commits, parent, seen) for parent in commit.parents[1:]]
        if _joins_lines(commit, joined):
            lines.extend(iter(line) for line in reversed(joined))
        else:
            yield commit, _mark(commits, commit.parents[1:], seen)


def _line(commits, tip, seen):
    """Return the first-parent line that ends in `tip` and is not yet seen, oldest first."""
    line = []
    while tip in commits and tip not in seen:
        line.append(commits[tip])
        tip = line[-1].parents[0] if line[-1].parents else None
    return line[::-1]


def _mark(commits, tips, seen):
    """Return the commits reachable from `tips` that are not yet seen, and mark them."""
    found, open_tips = [], list(tips)
    while open_tips:
        sha = open_tips.pop()
        if sha in commits and sha not in seen:
            seen.add(sha)
            found.append(commits[sha])
            open_tips.extend(commits[sha].parents)
    return found


def _joins_lines(merge, lines):
    """Say whether a merge joins long-lived lines, whose changes count one by one."""
    if not any(lines):
        return False
    numbered = sum(bool(commit.number) for line in lines for commit in line)
    if merge.number:
        return numbered >= 2
    return numbered > 0 or bool(LONG_LIVED.match(merge.merged_branch))


def _change(commit, brought, shallow, is_bot):
    work = [part for part in brought if len(part.parents) < 2] or brought or [commit]
    kind = "merge" if brought else "squash" if commit.number else "direct"
    first = min((part.authored for part in work if part.authored is not None), default=commit.committed)
    first = min(first, commit.committed)
    is_lost = (any(part.sha in shallow for part in brought)
               or (kind == "squash" and commit.committed - first < INSTANT))
    return Change(commit.sha, commit.number, _author(work, is_bot), commit.committed if is_lost else first,
                  None if is_lost else first, commit.committed, kind,
                  commit.is_revert or all(part.is_revert for part in work))


def _author(work, is_bot):
    """Return (name, email) of who wrote most commits; people come before bots, the first before others."""
    ordered = sorted(work, key=lambda part: (part.authored or 0, part.sha))
    authors = [(part.name, part.email) for part in ordered]
    people = [author for author in authors if not is_bot(*author)] or authors
    return Counter(people).most_common(1)[0][0]


def change_ids(changes):
    """Return an id per change: its pull request's number or ten digits of its sha; a second use adds them."""
    used, ids = set(), []
    for change in changes:
        name = change.number or change.sha[:10]
        name = name if name not in used else f"{name}-{change.sha[:10]}"
        used.add(name)
        ids.append(name)
    return ids
