"""Commits per second of `upskill import git` against pydriller on the same history, in the same run.

    python -m venv /tmp/pydriller && /tmp/pydriller/bin/pip install pydriller
    python tests/benchmarks/git_import.py REPOSITORY --peer /tmp/pydriller/bin/python

- `command`: `upskill import git` in a fresh process: start, history, merges, releases, failures, line counts, tables on disk.
- `command without its start`: less the processor time of `upskill import git --help`. Line counts are taken of what landed on the
  main line, not of every commit of every branch that was merged.
- `reading`: what both do: every commit of the main line with author, dates and line counts, without the start of the process.
- `files` (pydriller only): the same with the list of modified files.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

USED = """
import os, sys
def used():
    return sum(os.times()[:4])
"""
OURS = USED + """
from upskill.data.sources import git
began = used()
history = git.read_history(sys.argv[1])
lines = git.count_lines(sys.argv[1], list(history.commits))
print(len(lines), used() - began)
"""
PEER = USED + """
from pydriller import Repository
began = used()
count = total = 0
for commit in Repository(sys.argv[1]).traverse_commits():
    total += commit.insertions + commit.deletions
    if sys.argv[2] == "files":
        total += sum(file.added_lines for file in commit.modified_files)
    count += 1
print(count, used() - began)
"""


def timed(command, **options):
    """Return (seconds on the clock, seconds of processor with all children, output)."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, used, done.stdout


def main(repository, peer, kinds):
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "HOME": scratch, "OMP_NUM_THREADS": "1"}
        for attempt in range(3):
            command = [sys.executable, "-m", "upskill", "import", "git", repository, "--into", f"{scratch}/{attempt}"]
            seconds, used, _ = timed(command, env=environment)
            rows.append(("upskill, command", _commits(repository), seconds, used))
        rows = [min(rows, key=lambda row: row[3])]
        start = min(timed([*command[:5], "--help"], env=environment)[1] for _ in range(3))
        for name, command in [("upskill, reading", [sys.executable, "-c", OURS, repository])] * 3 + [
                (f"pydriller, {kind}", [peer, "-c", PEER, repository, kind]) for kind in kinds]:
            seconds, _, output = timed(command, env=environment)
            count, used = output.split()
            rows.append((name, int(count), seconds, float(used)))
    ours = [row for row in rows if row[0] == "upskill, reading"]
    best = min(ours, key=lambda row: row[3])
    print(f"{Path(repository).name}: {_commits(repository):,} commits on the main line\n")
    print("| | commits | clock, s | processor, s | commits per processor second | times our reading | times the command without start | times the command |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    bare = ("upskill, command without its start", *rows[0][1:3], rows[0][3] - start)
    for name, count, seconds, used in [rows[0], bare, best, *rows[4:]]:
        ratios = [f"{used / count / (row[3] / row[1]):.1f}" for row in (best, bare, rows[0])]
        print(f"| {name} | {count:,} | {seconds:.1f} | {used:.2f} | {count / used:,.0f} | {' | '.join(ratios)} |")


def _commits(repository):
    asked = ["git", "-C", repository, "rev-list", "--count", "HEAD"]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("repository")
    arguments.add_argument("--peer", required=True, help="a Python that has pydriller")
    arguments.add_argument("--kinds", default="reading,files")
    given = arguments.parse_args()
    main(given.repository, given.peer, given.kinds.split(","))
