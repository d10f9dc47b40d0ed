"""Commits per second of `upskill import git` against pydriller on the same history, in the same run.

    python -m venv /tmp/pydriller && /tmp/pydriller/bin/pip install pydriller
    python tests/benchmarks/git_import.py REPOSITORY --peer /tmp/pydriller/bin/python

Ours: the whole command in a fresh process: history, merges, releases, failures, line counts, tables on disk. Pydriller: every
commit of the main line with its author, dates and line counts, and nothing made of them (`lines`); and the same with the
list of modified files, which rework and churn need (`files`).
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = """
import sys
from pydriller import Repository
count = total = 0
for commit in Repository(sys.argv[1]).traverse_commits():
    total += commit.insertions + commit.deletions
    if sys.argv[2] == "files":
        total += sum(file.added_lines for file in commit.modified_files)
    count += 1
print(count)
"""


def timed(command, **options):
    """Return (seconds on the clock, seconds of processor with all children, output)."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, used, done.stdout


def main(repository, peer, kinds):
    commits = int(subprocess.run(["git", "-C", repository, "rev-list", "--count", "HEAD"], capture_output=True, text=True,
                                 check=True).stdout)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "HOME": scratch, "OMP_NUM_THREADS": "1"}
        for attempt in range(3):
            command = [sys.executable, "-m", "upskill", "import", "git", repository, "--into", f"{scratch}/{attempt}"]
            seconds, used, _ = timed(command, env=environment)
            rows.append(("upskill import git", commits, seconds, used))
    for kind in kinds:
        seconds, used, output = timed([peer, "-c", PEER, repository, kind])
        rows.append((f"pydriller, {kind}", int(output), seconds, used))
    best = min(row[3] / row[1] for row in rows[:3])
    print(f"{Path(repository).name}: {commits:,} commits\n")
    print("| | commits | clock, s | processor, s | commits per processor second | times ours |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, count, seconds, used in rows:
        print(f"| {name} | {count:,} | {seconds:.1f} | {used:.1f} | {count / used:,.0f} | {used / count / best:.1f} |")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("repository")
    arguments.add_argument("--peer", required=True, help="a Python that has pydriller")
    arguments.add_argument("--kinds", default="lines,files")
    given = arguments.parse_args()
    main(given.repository, given.peer, given.kinds.split(","))
