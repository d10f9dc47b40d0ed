"""From tags to releases: which tags count, what each was first to contain, and which had to be mended."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

PATCH_DAYS = 14
REVERT_DAYS = 30
DAY = 86_400
QUICK_PATCH = "quick patch release"
REVERT = "revert of a released change"
VERSION = re.compile(
    r"(?P<prefix>(?:.*[-_/@])?)(?:v|V|release|rel)?[-_.]?(?P<numbers>\d+(?:\.\d+)+|(?<=[vV])\d+)"
    r"(?P<pre>[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|dev|m)[-_.]?\d*(?:\.\d+)*)?"
    r"(?P<post>[-_.]?(?:post|p|r)[-_.]?\d+)?(?:\+.*)?$", re.IGNORECASE)
STAGES = {"dev": 0, "a": 1, "alpha": 1, "m": 1, "b": 2, "beta": 2, "pre": 3, "preview": 3, "c": 3, "rc": 3}


@dataclass(frozen=True)
class Version:
    """A version number: `series` names what patches belong together, `rank` orders it within."""

    prefix: str
    numbers: tuple[int, ...]
    before: tuple
    after: int

    @property
    def padded(self):
        return self.numbers + (0,) * (4 - len(self.numbers))

    @property
    def series(self):
        return self.prefix, self.padded[:2]

    @property
    def rank(self):
        return self.padded, self.before or (9,), self.after

    @property
    def is_final(self):
        return not self.before


@dataclass(frozen=True)
class Release:
    """A tag that counts as a release; times are epoch seconds."""

    name: str
    sha: str
    finished: int
    first_commit: int | None
    version: Version | None


@dataclass(frozen=True)
class Failure:
    """A release that was mended: by a quick patch release, by a revert, or not yet (`mended_by` = "")."""

    release: str
    mended_by: str
    started: int
    resolved: int | None
    rule: str


def read_version(name):
    """Return the Version that a tag's name says, or None.

    >>> read_version("v1.2.10").padded, read_version("2.0rc1").is_final, read_version("latest")
    ((1, 2, 10, 0), False, None)
    """
    found = VERSION.match(name)
    if not found:
        return None
    numbers = tuple(int(number) for number in found["numbers"].split("."))
    post = re.search(r"\d+$", found["post"] or "")
    after = int(post.group()) + 1 if post else 0
    return Version(found["prefix"].lower(), numbers, _stage(found["pre"]), after)


def _stage(text):
    if not text:
        return ()
    word = re.search("[a-z]+", text.lower()).group()
    return STAGES[word], *(int(number) for number in re.findall(r"\d+", text))


def choose_tags(tags, pattern=None):
    """Return (tags that are releases, Counter of those left out).

    Without a pattern: names that read as a version; a pre-release counts only where its final version never
    came. Where no name reads as a version nothing is left out. With a pattern (re): all names that match it.
    """
    if pattern is not None:
        kept = [tag for tag in tags if pattern.match(tag.name)]
        return kept, Counter(other_tags=len(tags) - len(kept))
    versions = {tag.name: read_version(tag.name) for tag in tags}
    finals = {(one.prefix, one.padded) for one in versions.values() if one and one.is_final}
    kept = [tag for tag in tags if (version := versions[tag.name])
            and (version.is_final or (version.prefix, version.padded) not in finals)]
    if not any(versions.values()):
        return list(tags), Counter()
    unread = sum(version is None for version in versions.values())
    return kept, Counter(other_tags=unread, pre_releases=len(tags) - unread - len(kept))


def find_releases(history, tags):
    """Return (releases by time, sha -> name of the first release with it, Counter of repairs and of tags left out).

    A release first contains what no earlier release contains. Its time is the tag's, or that of its commit
    where that is later. Tags that bring no new commit are left out.
    """
    commits, first_release, releases, counts = history.commits, {}, [], Counter()
    dated = [(_finished(tag, commits, counts), tag) for tag in tags if _has_date(tag, commits)]
    for finished, tag in sorted(dated, key=lambda pair: (pair[0], _rank(pair[1].name), pair[1].name)):
        fresh = _claim(commits, tag, first_release)
        if not fresh:
            counts["tags_without_commits"] += 1
            continue
        authored = [commit.authored for commit in fresh if commit.authored is not None]
        is_cut = any(commit.sha in history.shallow for commit in fresh)
        first = None if is_cut or not authored else min(min(authored), finished)
        releases.append(Release(tag.name, tag.sha, finished, first, read_version(tag.name)))
    return releases, first_release, counts


def _has_date(tag, commits):
    return tag.sha in commits and commits[tag.sha].committed is not None


def _rank(name):
    version = read_version(name)
    return (version.prefix, version.rank) if version else ("", ((), (), 0))


def _finished(tag, commits, counts):
    committed = commits[tag.sha].committed
    counts["tag_before_commit"] += tag.tagged < committed
    return max(tag.tagged, committed)


def _claim(commits, tag, first_release):
    fresh, open_shas = [], [tag.sha]
    while open_shas:
        sha = open_shas.pop()
        if sha in commits and sha not in first_release:
            first_release[sha] = tag.name
            fresh.append(commits[sha])
            open_shas.extend(commits[sha].parents)
    return fresh


def find_failures(history, releases, first_release, changes, patch_days=PATCH_DAYS, revert_days=REVERT_DAYS):
    """Return the failures, at most one per release, by time; the earliest mending counts."""
    found = [*_quick_patches(releases, patch_days),
             *_reverted(history, releases, first_release, changes, revert_days)]
    found.sort(key=lambda failure: (failure.started, failure.release, failure.resolved is None,
                                    failure.resolved or 0, failure.rule))
    earliest = {}
    for failure in found:
        earliest.setdefault(failure.release, failure)
    return list(earliest.values())


def _quick_patches(releases, patch_days):
    """A release failed where the next patch of its series followed within `patch_days` days."""
    series = {}
    for release in releases:
        if release.version:
            series.setdefault(release.version.series, []).append(release)
    for members in series.values():
        members.sort(key=lambda release: release.version.rank)
        for earlier, later in pairwise(members):
            if 0 < later.finished - earlier.finished <= patch_days * DAY:
                yield Failure(earlier.name, later.name, earlier.finished, later.finished, QUICK_PATCH)


def _reverted(history, releases, first_release, changes, revert_days):
    """A release failed where a change that it was first to contain was undone within `revert_days` days."""
    by_name = {release.name: release for release in releases}
    by_number = {change.number: change.sha for change in changes if change.number}
    shas = {sha[:7]: sha for sha in history.commits}
    for commit in history.commits.values():
        named = [shas.get(text[:7], "") for text in commit.reverts]
        named += [by_number.get(number, "") for number in commit.reverts_numbers]
        for sha in filter(None, named):
            failed = by_name.get(first_release.get(sha, ""))
            mending = by_name.get(first_release.get(commit.sha, ""))
            if commit.committed and failed and _undone_after(commit, failed, mending, revert_days):
                yield Failure(failed.name, mending.name if mending else "", failed.finished,
                              mending.finished if mending else None, REVERT)


def _undone_after(commit, failed, mending, revert_days):
    is_soon = 0 <= commit.committed - failed.finished <= revert_days * DAY
    return is_soon and (mending is None or mending.finished > failed.finished)
