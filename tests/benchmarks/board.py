"""A board of 10 teams x 12 KPIs on which nothing changes: false alarms per quarter, and weeks to see real shifts.

    python tests/benchmarks/board.py --boards 6

Prints the tables of docs/methods/charts.md. `--choice` compares ways of spending the
budget (weight of the latest point in the smoothed course, part of single points).
"""

import argparse

import numpy as np

from upskill.kpi import calibration
from upskill.kpi.limits import SHIFTS
from upskill.validation.boards import Kind, one_board, summary

KINDS = [Kind(rho) for rho in (0.0, 0.2, 0.4, 0.6)] + [Kind(0.0, 10), Kind(0.4, 10), Kind(0.0, 2)]
CHOICES = [(0.2, 0.25), (0.1, 0.25), (0.4, 0.25), (0.2, 0.5), (0.2, 0.001), (0.2, 0.999)]


def weeks(entry):
    middle, chance = entry
    return f"{'over a year' if np.isinf(middle) else f'{middle:.0f}'} ({chance:.0%})".replace("%)", " %)")


def row(kind, boards, start=0):
    found = summary([one_board(kind, seed) for seed in range(start, start + boards)])
    cells = [kind.name, f"{kind.autocorrelation:g}", f"{found['ours']:.2f} ± {found['ours_error']:.2f}",
             f"{found['nelson']:.0f} ± {found['nelson_error']:.0f}"]
    return cells + [weeks(found[f"{charts} {shift}"]) for charts in ("team", "company") for shift in SHIFTS]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=6)
    parser.add_argument("--kinds", type=int, nargs="*", default=range(len(KINDS)), help="rows of the table, from 0")
    parser.add_argument("--choice", action="store_true")
    options = parser.parse_args()
    if options.choice:
        for smoothing, share in CHOICES:
            calibration.SMOOTHING, calibration.POINTS_SHARE = smoothing, share
            for kind in (Kind(0.0), Kind(0.4)):
                print(f"| {smoothing} | {share} |", " | ".join(row(kind, options.boards)), "|", flush=True)
        return
    print(f"Each row: {options.boards} boards of 120 charts of teams and 12 of the company.", flush=True)
    for kind in (KINDS[place] for place in options.kinds):
        print("|", " | ".join(row(kind, options.boards)), "|", flush=True)


if __name__ == "__main__":
    main()
