"""What the program's rule decides and claims in eight kinds of made-up company; prints the table of docs/decision-log.md.

    python tests/benchmarks/decisions.py --companies 200 --keep FOLDER

A company takes about seven seconds of processor; `--keep` writes each kind's outcomes to a CSV file and goes on from there.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from upskill.summary.decision import FIND_OUT, GO_ON, STOP
from upskill.validation.decisions import KINDS, outcome

FIRST_SEED = 20261200


def rows_of(kind, companies, keep):
    path = Path(keep) / f"{kind.preset}.csv" if keep else None
    rows = pd.read_csv(path).to_dict("records") if path and path.is_file() else []
    for seed in range(FIRST_SEED + len(rows), FIRST_SEED + companies):
        rows.append(outcome(kind, seed))
        if path:
            pd.DataFrame(rows).to_csv(path, index=False)
    return pd.DataFrame(rows[:companies])


def share(values):
    values = np.asarray(values, dtype=float)
    return f"{100 * values.mean():.0f} % ± {100 * np.sqrt(values.mean() * (1 - values.mean()) / len(values)):.0f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=200)
    parser.add_argument("--keep")
    options = parser.parse_args()
    print("| company | companies | go on | find out first | stop | effect claimed | called caused | harm seen | faster on tasks claimed |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for kind in KINDS:
        rows = rows_of(kind, options.companies, options.keep)
        cells = [share(rows["decision"] == name) for name in (GO_ON, FIND_OUT, STOP)]
        cells += [share(rows[name]) for name in ("effect claimed", "called caused", "harm seen", "faster on tasks claimed")]
        print(f"| {kind.name} | {len(rows)} |", " | ".join(cells), "|", flush=True)
        if kind.of_skills:
            print(f"\nShortfalls held by their 90 % intervals with halo: {100 * rows['shortfalls held'].mean():.0f} %\n")


if __name__ == "__main__":
    main()
