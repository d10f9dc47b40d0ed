"""Rows, seconds and memory of reading one team of a large company, against reading all of it; each in a fresh process.

    python tests/benchmarks/shares.py [--shrink 10]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEAM = "team 017"
CASES = {
    "Parquet, all": ("parquet", ""), "Parquet, first team after a change": ("parquet", TEAM),
    "Parquet, team": ("parquet", TEAM), "Parquet, beside a team": ("parquet", "beside"),
    "PostgreSQL, all": ("postgresql", ""), "PostgreSQL, first team after a change": ("postgresql", TEAM),
    "PostgreSQL, team, version asked": ("postgresql", TEAM), "PostgreSQL, team, version pinned": ("postgresql", TEAM)}


def measure(place, team):
    """Read once and print what it took; rows are those that came out of files or of the server."""
    from upskill import data
    from upskill.data import read

    rows, read_raw = [], read.read_raw

    def counted(source, table):
        raw, faults = read_raw(source, table)
        rows.append(len(raw.frame))
        return raw, faults
    read.read_raw = counted
    before, began, used = peak_megabytes(), time.monotonic(), time.process_time()
    program = data.read_beside(place, TEAM) if team == "beside" else data.read_program(place, team=team)
    seconds, processor = time.monotonic() - began, time.process_time() - used
    print(json.dumps({"rows": sum(rows), "kept": sum(len(frame) for frame in program.tables.values()), "seconds": seconds,
                      "processor": processor, "megabytes": peak_megabytes(), "before": before}))


def peak_megabytes():
    """Return the peak of this process alone; getrusage would count that of the process that started it."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def run_all(shrink):
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    import big_company
    import postgres
    import sqlalchemy

    from upskill import data

    found = {}
    with tempfile.TemporaryDirectory() as scratch, postgres.server(postgres.find_binaries(), "256MB") as port:
        tables = big_company.make(10_000 // shrink, 800 // shrink)
        print(f"{sum(map(len, tables.values())):,} rows: " + ", ".join(f"{name} {len(one):,}" for name, one in tables.items()),
              flush=True)
        big_company.write_parquet(tables, f"{scratch}/big")
        engine = sqlalchemy.create_engine(postgres.address(port))
        big_company.write_postgresql(tables, engine)
        engine.dispose()
        del tables
        environment = {**os.environ, "XDG_CACHE_HOME": f"{scratch}/cache", "OMP_NUM_THREADS": "1"}
        places = {"parquet": f"{scratch}/big", "postgresql": postgres.address(port)}
        for name, (form, team) in CASES.items():
            if name.endswith("pinned"):
                data.pin_version(places[form])
                environment["UPSKILL_PROGRAM_VERSION"] = os.environ["UPSKILL_PROGRAM_VERSION"]
            done = subprocess.run([sys.executable, __file__, "--measure", places[form], team], env=environment, check=True,
                                  capture_output=True, text=True)
            found[name] = json.loads(done.stdout)
            print(name, found[name], flush=True)
    _print(found)


def _print(found):
    print("\n| reading | rows read | clock, s | processor, s | peak memory, MB | all ÷ this: rows | clock | processor | memory |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, one in found.items():
        whole = found[f"{name.split(',')[0]}, all"]
        ratios = [whole["rows"] / one["rows"], whole["seconds"] / one["seconds"], whole["processor"] / one["processor"],
                  whole["megabytes"] / one["megabytes"]]
        print(f"| {name} | {one['rows']:,} | {one['seconds']:.2f} | {one['processor']:.2f} | {one['megabytes']:,.0f} | "
              + " | ".join(f"{ratio:,.1f}" for ratio in ratios) + " |")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--shrink", type=int, default=1)
    arguments.add_argument("--measure", nargs=2)
    given = arguments.parse_args()
    if given.measure:
        measure(*given.measure)
    else:
        run_all(given.shrink)
