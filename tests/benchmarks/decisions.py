"""What the program's rule decides and claims in eight kinds of made-up company; prints the tables of docs/decision-log.md.

    python tests/benchmarks/decisions.py --companies 200 --keep FOLDER
    python tests/benchmarks/decisions.py --notebooks 5

A company takes about five seconds of processor, one through the notebooks a minute. `--keep` writes what was found
in each company to a file per kind and goes on from there; rules that changed since are applied to what is kept.
"""

import argparse
import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from upskill.simulate import simulate, write_program
from upskill.summary.decision import FIND_OUT, GO_ON, STOP
from upskill.validation.decisions import ENGINEERS, KINDS, SHORTFALLS, TEAMS, found_in, judged

FIRST_SEED = 20261200
CLAIMS = ("effect claimed", "called caused", "pilot worse", "guardrail worse", "indicator worse", "faster on tasks claimed")
# The other kinds have the drawn tasks, and so the money, of the kind that does nothing, seed by seed.
OWN_TASKS = ("worked", "nothing", "reckless")
SPOKEN = {"Go on:": GO_ON, "Not yet:": FIND_OUT, "Stop:": STOP}
ANSWER = re.compile(r"(Go on:|Not yet:|Stop:)")


class Kept:
    """What was found in each company of each kind, kept in a folder where one is given."""

    def __init__(self, folder):
        self.folder, self.found = folder and Path(folder), {}
        for kind in KINDS:
            lines = self._path(kind).read_text().splitlines() if self.folder and self._path(kind).is_file() else []
            self.found[kind.preset] = {row["seed"]: row for row in map(json.loads, lines)}

    def _path(self, kind):
        return self.folder / f"{kind.preset}.jsonl"

    def gather(self, kind, seed):
        if seed in self.found[kind.preset]:
            return
        self.found[kind.preset][seed] = found_in(kind, seed)
        if self.folder:
            self.folder.mkdir(exist_ok=True)
            with self._path(kind).open("a") as file:
                file.write(json.dumps(self.found[kind.preset][seed]) + "\n")


def share(values):
    """Write how many of how many."""
    return f"{np.sum(values):.0f} of {len(values)}"


def print_table(kept, seeds):
    print("| company | " + " | ".join((GO_ON, FIND_OUT, STOP, *CLAIMS)) + " |")
    print("|---" + "|---:" * (3 + len(CLAIMS)) + "|")
    everything = []
    for kind in KINDS:
        rows = pd.DataFrame([judged(kind, kept.found[kind.preset][seed]) for seed in seeds if seed in kept.found[kind.preset]])
        if kind.preset in OWN_TASKS:
            everything.append(rows.assign(helps=kind.helps))
        cells = [share(rows["decision"] == name) for name in (GO_ON, FIND_OUT, STOP)] + [share(rows[name]) for name in CLAIMS]
        print(f"| {kind.name} | " + " | ".join(cells) + " |")
        if kind.of_skills:
            held = rows[SHORTFALLS]
            print(f"\nHalo: {100 * held.mean():.1f} % of the 90 % intervals of shortfalls held the truth in {len(held)} companies\n")
    everything = pd.concat(everything)
    print("\n| chance of gain said | companies | of these training truly helps |\n|---|---:|---:|")
    for chance, rows in everything.groupby(pd.cut(everything["chance of gain"], [-0.01, 0.2, 0.5, 0.8, 1.0])):
        print(f"| {100 * max(chance.left, 0):.0f} to {100 * chance.right:.0f} of 100 | {len(rows)} | {rows['helps'].sum()} |")


def said_by_notebooks(kind, seed):
    """Return the decision that the page of the summary begins with, all its reports made by the batch."""
    with tempfile.TemporaryDirectory() as folder:
        program = write_program(simulate(ENGINEERS, TEAMS, seed=seed, preset=kind.preset), Path(folder) / "company")
        command = [sys.executable, "-m", "upskill", "run", "--program", program, "--only", "09_program_summary", "--team", "",
                   "--output", Path(folder) / "out"]
        made = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        pages = list((Path(folder) / "out").glob("*/09_program_summary/*/report.html"))
        if made.returncode or len(pages) != 1:
            return f"failed: {made.stdout[-300:]} {made.stderr[-300:]}"
        text = html.unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", pages[0].read_text(), flags=re.DOTALL))
        return SPOKEN[ANSWER.search(text).group()]


def print_notebooks(companies):
    print("| company | seed | notebooks | functions | same |\n|---|---:|---|---|---|")
    for seed in range(FIRST_SEED, FIRST_SEED + companies):
        for kind in KINDS:
            said, functions = said_by_notebooks(kind, seed), judged(kind, found_in(kind, seed))["decision"]
            print(f"| {kind.name} | {seed} | {said} | {functions} | {'yes' if said == functions else 'NO'} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--companies", type=int, default=200)
    parser.add_argument("--keep")
    parser.add_argument("--notebooks", type=int, default=0, help="of each kind, through the notebooks instead")
    options = parser.parse_args()
    if options.notebooks:
        return print_notebooks(options.notebooks)
    kept, seeds = Kept(options.keep), range(FIRST_SEED, FIRST_SEED + options.companies)
    for seed in seeds:
        for kind in KINDS:
            kept.gather(kind, seed)
    return print_table(kept, seeds)


if __name__ == "__main__":
    main()
