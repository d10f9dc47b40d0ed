"""The same team reports by other ways and by ours, in the same run: clock, processor time, memory.

    .venv/bin/python tests/benchmarks/batch/run.py               # papermill and nbconvert, xargs, ordinary, warm, floor
    .venv/bin/python tests/benchmarks/batch/run.py --growth 50 1000    # a cheap notebook, and a second run of nothing new

Processor time counts all processes that took part. A way that costs much is measured on fewer reports and stated so.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat

from upskill.data import read_program
from upskill.paths import NOTEBOOKS, ROOT

REPORTS = ("01_skill_assessment", "03_training_options", "05_kpi_tracking", "06_roi_model")
PAIR = "papermill {notebook} {out}.ipynb -p team {team} -k python3 --no-progress-bar --log-level ERROR && " \
       "jupyter nbconvert --to html --log-level ERROR {out}.ipynb"
CHEAP = """from upskill import data, show
company = data.read_program(program)
show.scope(company)
show.fact("people.known", len(company["people"]) + seed, 0, 10 ** 6)"""
PARAMETERS = 'program: str = "data/example"  # program folder\nseed: int = 7  # seed of every draw'
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


class Watch:
    """Memory of this process's children, shared pages counted once: the highest sum seen."""

    def __enter__(self):
        self.peak, self.going = 0, True
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.thread.join()

    def _look(self):
        while self.going:
            self.peak = max(self.peak, sum(map(memory, below(os.getpid()))))
            time.sleep(0.5)


def below(pid):
    """Return the numbers of all processes below one."""
    found, new = [], [pid]
    while new:
        new = [int(child) for parent in new for place in Path(f"/proc/{parent}/task").glob("*/children")
               for child in words(place)]
        found += new
    return found


def words(path):
    try:
        return path.read_text().split()
    except OSError:
        return []


def memory(pid):
    """Return the proportional memory of a process in MB."""
    found = words(Path(f"/proc/{pid}/smaps_rollup"))
    return int(found[found.index("Pss:") + 1]) / 1024 if "Pss:" in found else 0


def measured(name, command, count, **environment):
    """Run a command that makes `count` reports; returns a row of the table."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with Watch() as watch:
        done = subprocess.run(command, shell=isinstance(command, str), cwd=ROOT, capture_output=True, text=True,
                              check=False, env={**os.environ, **ONE_THREAD, **environment})
    clock, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    row = {"way": name, "reports": count, "clock": clock / count, "processor": processor / count, "memory": watch.peak,
           "failed": done.returncode != 0}
    print(json.dumps(row), file=sys.stderr, flush=True)
    if done.returncode:
        print((done.stdout + done.stderr)[-2000:], file=sys.stderr)
    return row


def specification(folder, lines, program="data/example"):
    path = folder / "reports.yml"
    path.write_text("\n".join(["defaults:", f"  program: {program}", "reports:", *lines]) + "\n", encoding="utf-8")
    return path


def ours(folder, teams, name, **environment):
    """Make the reports of these teams with `upskill run`."""
    grid = json.dumps(teams)
    spec = specification(folder, [f"  - {{notebook: {report}, grid: {{team: {grid}}}}}" for report in REPORTS])
    command = [sys.executable, "-m", "upskill", "run", str(spec), "--output", str(folder / name), "--workers", "2"]
    return measured(name, command, len(teams) * len(REPORTS), **environment)


def others(folder, teams, name, at_once):
    """Make the reports of these teams with the command lines of papermill and nbconvert, `at_once` at a time."""
    lines = [PAIR.format(notebook=NOTEBOOKS / f"{report}.ipynb", out=folder / f"{at_once}-{report}-{team}", team=team)
             for team in teams for report in REPORTS]
    (folder / "lines").write_text("\n".join(lines), encoding="utf-8")
    command = f"tr '\\n' '\\0' < {folder / 'lines'} | xargs -0 -P{at_once} -I CMD sh -c CMD"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return measured(name, command, len(lines), PATH=path)


def floor(folder, teams, name, once):
    """Run the cells of the same reports in one bare process that has imported everything, without kernels and pages."""
    kept = folder / f"once-{once}"
    kept.mkdir(mode=0o700)
    command = [sys.executable, __file__, "--bare", *teams]
    return measured(name, command, len(teams) * len(REPORTS), PYTHONHASHSEED="0",
                    **({"UPSKILL_COMPUTED_ONCE": str(kept)} if once else {}))


def bare(teams):
    """Be the bare process; prints the seconds of imports, which the floor does not count."""
    from IPython.core.interactiveshell import InteractiveShell

    from upskill.batch import zygote

    zygote.preload()
    print(json.dumps({"imports": time.process_time()}), flush=True)
    for team in teams:
        for report in REPORTS:
            shell = InteractiveShell()
            notebook = nbformat.read(NOTEBOOKS / f"{report}.ipynb", as_version=4)
            for cell in notebook.cells:
                if cell.cell_type == "code" and not shell.run_cell(cell.source, silent=True).success:
                    sys.exit(1)
                if "parameters" in cell.metadata.get("tags", []):
                    shell.run_cell(f"team = {team!r}", silent=True)
    print(json.dumps({"all": time.process_time()}))


def table(rows):
    """Return the rows as Markdown."""
    lines = ["| way | reports | s per report | processor s per report | peak memory, MB |", "| --- | ---: | ---: | ---: | ---: |"]
    return "\n".join(lines + [f"| {row['way']}{' (failed)' if row['failed'] else ''} | {row['reports']} | {row['clock']:.2f} | "
                              f"{row['processor']:.2f} | {row['memory']:,.0f} |" for row in rows])


def compared(folder, peers, mine):
    """Return rows of all ways; `peers`, `mine`: for how many teams."""
    program = read_program("data/example")
    teams = sorted(program["people"]["team"].unique())
    return [others(folder, teams[:peers], "papermill, nbconvert: one after the other", 1),
            others(folder, teams[:peers], "papermill, nbconvert: xargs -P2", 2),
            ours(folder, teams[:peers], "upskill run, ordinary kernels", UPSKILL_ORDINARY_KERNELS="1"),
            ours(folder, teams[:mine], "upskill run, warm kernels"),
            floor(folder, teams[:mine], "floor: bare process", False),
            floor(folder, teams[:mine], "floor: bare process, company computed once", True)]


def growth(folder, counts):
    """Return rows for a cheap notebook, each count of reports made anew and then once more with nothing changed."""
    cells = [nbformat.v4.new_markdown_cell("# Cheap\n\nHow much does a report cost that does next to nothing?"),
             nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), nbformat.v4.new_code_cell(CHEAP)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "cheap.ipynb")
    rows = []
    for count in counts:
        spec = specification(folder, [f"  - {{notebook: cheap, grid: {{seed: {list(range(count))}}}}}"])
        command = [sys.executable, "-m", "upskill", "run", str(spec), "--output", str(folder / f"g{count}"), "--workers", "2"]
        rows += [measured("cheap notebook", command, count), measured("the same, nothing changed", command, count)]
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=int, default=1, help="teams whose reports the dear ways make")
    parser.add_argument("--mine", type=int, default=10, help="teams whose reports ours and the floor make")
    parser.add_argument("--growth", type=int, nargs="*", help="only this: numbers of cheap reports")
    parser.add_argument("--bare", nargs="*", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.bare is not None:
        bare(chosen.bare)
        return
    folder = Path(tempfile.mkdtemp())
    try:
        print(f"{os.cpu_count()} processors, load at the start {os.getloadavg()[0]:.0f}\n")
        print(table(growth(folder, chosen.growth) if chosen.growth else compared(folder, chosen.peers, chosen.mine)))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
