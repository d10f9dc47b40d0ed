"""2,000 teams over 104 weeks, staggered: effect, event study and randomization inference, beside diff-diff, csdid and pyfixest.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install diff-diff==3.13.0 csdid==0.4.3 pyfixest==0.60.0
    python tests/benchmarks/rollout.py --peers /tmp/peers/bin/python

Each job runs in a process of its own, one thread, import not counted, on the
same data; peak memory is that of the process. Nobody else offers randomization
inference over start dates for these estimates, so that column is ours alone.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

TEAMS, WEEKS, SEED = 2000, 104, 7
JOBS = ("upskill: all three", "upskill: imputation", "upskill: group-time", "upskill: two-way",
        "diff-diff: imputation", "diff-diff: imputation, event study", "diff-diff: group-time", "csdid: group-time",
        "pyfixest: two-way")
COLUMNS = ("y", "team", "week", "start")


def made_up(shrink=1):
    """Return the panel: AR(1) noise, twelve waves and a quarter never treated, effects that grow."""
    random = np.random.default_rng(SEED)
    teams = TEAMS // shrink
    waves = np.append(np.arange(20, 92, 6), 0)
    start = random.choice(waves, teams, p=np.append(np.full(12, 0.757 / 12), 0.243))
    noise = random.standard_normal((teams, WEEKS))
    noise[:, 1:] *= np.sqrt(1 - 0.4**2)
    for week in range(1, WEEKS):
        noise[:, week] += 0.4 * noise[:, week - 1]
    team, week = (grid.ravel() for grid in np.meshgrid(np.arange(teams), np.arange(1, WEEKS + 1), indexing="ij"))
    begin = start[team]
    effect = np.where((begin > 0) & (week >= begin), -0.15 * (1 - np.exp(-(week - begin + 1) / 10)), 0.0)
    y = 3 + random.normal(0, 0.3, teams)[team] + 0.002 * week + 0.3 * noise.ravel() + effect
    return pd.DataFrame({"team": team, "week": week, "start": begin, "y": y})


def upskill(job, frame):
    from upskill.kpi import rollout_effect
    names = {"all three": ("auto", "lottery"), "imputation": ("imputation", None), "group-time": ("group_time", None),
             "two-way": ("two_way", None)}

    def run():
        method, assignment = names[job]
        control = "never" if job == "group-time" else "not_yet"
        return rollout_effect(frame, *COLUMNS, method=method, assignment=assignment, control=control, draws=999, false_alarm_draws=0)

    def numbers(found):
        inside = found.event_study[found.event_study["event_time"].isin(range(4))]["value"].tolist()
        return {"value": found.overall["value"], "error": found.overall["standard_error"], "events": inside,
                "draws": found.assignments, "method": found.method}
    return run, numbers


def diff_diff(job, frame):
    import diff_diff as library
    names = {"outcome": COLUMNS[0], "unit": COLUMNS[1], "time": COLUMNS[2], "first_treat": COLUMNS[3]}
    if job == "group-time":
        fit = library.CallawaySantAnna(control_group="never_treated")
        return lambda: fit.fit(frame, **names, aggregate="simple"), lambda found: {"value": found.overall_att, "error": found.overall_se}
    fit, kind = library.ImputationDiD(), {"aggregate": "event_study"} if "event" in job else {}

    def numbers(found):
        events = getattr(found, "event_study_effects", None) or {}
        return {"value": found.overall_att, "error": found.overall_se,
                "events": [events[time]["effect"] for time in range(4) if time in events]}
    return lambda: fit.fit(frame, **names, **kind), numbers


def csdid(job, frame):
    from csdid.att_gt import ATTgt

    def run():
        found = ATTgt(yname="y", tname="week", idname="team", gname="start", data=frame, control_group="nevertreated").fit(est_method="reg")
        found.aggte("simple", bstrap=False, cband=False)
        return found
    return run, lambda found: {"value": found.atte["overall_att"], "error": found.atte["overall_se"]}


def pyfixest(job, frame):
    import pyfixest as library
    frame = frame.assign(d=((frame["start"] > 0) & (frame["week"] >= frame["start"])).astype(float))
    return (lambda: library.feols("y ~ d | team + week", frame, vcov={"CRV1": "team"}),
            lambda found: {"value": float(found.coef().iloc[0]), "error": float(found.se().iloc[0])})


def one(job, shrink):
    """Run one job in this process and print what it took and found as JSON."""
    library, task = job.split(": ")
    frame = made_up(shrink)
    run, numbers = {"upskill": upskill, "diff-diff": diff_diff, "csdid": csdid, "pyfixest": pyfixest}[library](task, frame)
    wall, processor = time.perf_counter(), time.process_time()
    found = run()
    took = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print("\n" + json.dumps(numbers(found) | took | {"gigabytes": peak}, default=float))


def table(rows):
    """Return the results as Markdown."""
    text = "| job | seconds | processor s | peak GB | effect | standard error |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
    for job, row in rows.items():
        text += (f"| {job} | {row['failed']} | | | | |\n" if "failed" in row else
                 f"| {job} | {row['seconds']:.2f} | {row['processor']:.2f} | {row['gigabytes']:.2f} | {row['value']:.12f} | {row['error']:.12f} |\n")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default=sys.executable, help="Python that has the peers")
    parser.add_argument("--shrink", type=int, default=1, help="divide the number of teams")
    parser.add_argument("--one", help="run this job here")
    options = parser.parse_args()
    if options.one:
        one(options.one, options.shrink)
        return
    rows = {}
    for job in JOBS:
        ours = job.startswith("upskill")
        environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
        environment["PYTHONPATH"] = str(Path(__file__).parents[2] / "lib") if ours else ""
        done = subprocess.run([sys.executable if ours else options.peers, __file__, "--one", job, "--shrink", str(options.shrink)],
                              capture_output=True, text=True, check=False, env=environment)
        rows[job] = (json.loads(done.stdout.strip().splitlines()[-1]) if not done.returncode else
                     {"failed": (done.stderr.strip().splitlines() or ["failed"])[-1]})
        print(job, rows[job], file=sys.stderr, flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
