"""Calibrate and score the same data with several libraries, one process each; print a table with ratios.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install -r tests/benchmarks/requirements.txt
    python tests/benchmarks/run.py --peers /tmp/peers/bin/python
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LIBRARIES = ("upskill", "theta-irt", "mirt", "girth")
COLUMNS = (  # name in the table, key, format
    ("first call, s", "first", ".2f"), ("its processor s", "first_processor", ".2f"), ("warm, s", "warm", ".2f"),
    ("its processor s", "warm_processor", ".2f"), ("times ours", "ratio", ".1f"),
    ("slope RMSE", "slope_error", ".4f"), ("slope bias", "slope_bias", "+.3f"),
    ("difficulty RMSE", "place_error", ".4f"), ("log-likelihood", "log_likelihood", ",.3f"),
    ("scoring, s", "scoring", ".3f"), ("ability RMSE", "ability_error", ".4f"),
)


def run(library, case, python, repeats, shrink, seconds):
    """Return the numbers of one library, or {"failed": why}."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = os.pathsep.join(filter(None, (str(HERE.parents[1] / "lib") if library == "upskill" else "",
                                         os.environ.get("PYTHONPATH", "") if library == "upskill" else "")))
    call = [python, str(HERE / "one.py"), library, case, str(repeats), str(shrink)]
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=seconds, check=False,
                              env=os.environ | one_thread | {"PYTHONPATH": path})
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {seconds} s"}
    except OSError as error:
        return {"failed": str(error)}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def table(case, rows):
    """Return the results of one case as Markdown."""
    lines = [f"\n### {case}\n", "| library | " + " | ".join(name for name, _, _ in COLUMNS) + " |",
             "| --- |" + " ---: |" * len(COLUMNS)]
    ours = rows.get("upskill", {}).get("warm_processor")
    for library, row in rows.items():
        if "failed" in row:
            lines.append(f"| {library} | {row['failed'].replace('|', '/')} |" + " |" * (len(COLUMNS) - 1))
            continue
        row = row | {"ratio": row["warm_processor"] / ours if ours else None}  # a busy machine moves clock times
        cells = [format(row[key], form) if row.get(key) is not None else "" for _, key, form in COLUMNS]
        lines.append(f"| {library} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=sys.executable, help="Python that has the other libraries")
    parser.add_argument("--repeats", type=int, default=3, help="warm calls; the fastest counts")
    parser.add_argument("--shrink", type=int, default=1, help="divide people and items, for a quick try")
    parser.add_argument("--timeout", type=int, default=900, help="seconds per library and case")
    parser.add_argument("--cases", nargs="+", default=["2PL", "graded"])
    chosen = parser.parse_args()
    load = ", ".join(f"{value:.0f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    print(f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} processors, Python "
          f"{platform.python_version()}, load at the start {load}")
    for case in chosen.cases:
        rows = {name: run(name, case, sys.executable if name == "upskill" else chosen.peers, chosen.repeats,
                          chosen.shrink, chosen.timeout) for name in LIBRARIES}
        print(table(case, rows), flush=True)


if __name__ == "__main__":
    main()
