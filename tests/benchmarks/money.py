"""Four options over 36 months with uncertain inputs: this library beside monaco and squigglepy, in one run.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install monaco squigglepy
    python tests/benchmarks/money.py --peers /tmp/peers/bin/python

The peers get the model as somebody would write it for them: monaco calls a
function for each draw, squigglepy fills arrays for all draws at once. They
draw from the same kinds of distributions; their answers stand beside ours.
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

HERE = Path(__file__).resolve().parent
MONTHS, DRAWS = 36, 2**15
GROWTH = (2**12, 2**14, 2**16, 2**18)
HEADS, HOURS, RATE = 114, 1720.0, 0.09
# name: (low, mode, high) with hard ends, so that every library has the same PERT
RANGES = {
    "cost": (160_000, 177_500, 200_000), "exposed": (0.25, 0.35, 0.5), "saving": (-0.1, 0.07, 0.25),
    "realized": (0.2, 0.5, 0.8), "completion": (0.4, 0.75, 0.95), "dip": (0.0, 0.1, 0.25), "dip_months": (1, 2, 4),
    "ramp": (1, 3, 6), "lasting": (0.5, 0.75, 0.95), "half_life": (8, 18, 36), "attrition": (0.05, 0.08, 0.14),
    "failure_cost": (500, 2000, 6000), "failure_change": (-0.2, 0.0, 0.2), "review_share": (0.05, 0.1, 0.2),
    "review_change": (-0.1, 0.0, 0.1), "build_ratio": (0.75, 1, 1.25), "buy_ratio": (0.75, 1, 1.25), "mix_ratio": (0.75, 1, 1.25)}
OPTIONS = {"build": (60_000, 50, 16, 4), "buy": (5_000, 420, 16, 1), "mix": (30_000, 150, 14, 2)}
"""Set-up cost, price, hours, months until the start; the fourth option is no training."""


def plain(values, option):
    """The model in plain numpy: values are numbers, or columns of draws; returns the net flow by month."""
    setup, price, hours, start = OPTIONS[option]
    ends = np.arange(1.0, MONTHS + 1)
    since = ends - start
    middle = np.maximum(since - 0.5, 0)
    staff = HEADS / 12 * np.exp(np.log1p(-values["attrition"]) * middle / 12)

    def area(months):
        inside = np.minimum(np.maximum(months, 0), values["ramp"])
        steep = 2 * np.log(19)
        rise = values["ramp"] / steep * (np.log1p(np.exp(steep * (inside / values["ramp"] - 0.5))) - np.log1p(19**-1.0))
        return (rise - 0.05 * inside) / 0.9 + np.maximum(months, 0) - inside

    adopted = area(since - values["dip_months"]) - area(since - 1 - values["dip_months"])
    settled = np.maximum(since - 0.5 - values["dip_months"] - values["ramp"], 0)
    use = values["completion"] * adopted * (values["lasting"] + (1 - values["lasting"]) * np.exp(-settled / 3))
    in_dip = np.clip(np.minimum(since, values["dip_months"]) - np.maximum(since - 1, 0), 0, 1)
    saving = values["saving"] * values[f"{option}_ratio"] * 2.0 ** (-middle / values["half_life"])
    pay = staff * values["cost"]
    gain = pay * use * values["realized"] * (values["exposed"] * saving - values["review_share"] * values["review_change"])
    gain = gain - staff * use * values["failure_cost"] * values["failure_change"] - pay * values["exposed"] * values["dip"] * in_dip
    course = HEADS * (price + hours * values["cost"] / HOURS)
    first = np.zeros_like(gain[..., :1]) - setup
    flows = np.concatenate([first, gain], axis=-1)
    flows[..., start] -= course[..., 0] if np.ndim(course) else course
    return flows


def outputs(worth, flows):
    """What a report needs of all options: means, intervals, chances, regret, payback and the deepest point."""
    total = [each.cumsum(axis=-1) for each in flows]
    paid_back = [np.where((each >= 0).any(axis=-1) & (each[:, 0] < 0), (each >= 0).argmax(axis=-1), MONTHS) for each in total]
    return {"mean": worth.mean(axis=0), "interval": np.quantile(worth, [0.05, 0.95], axis=0),
            "loss": (worth < 0).mean(axis=0), "best": np.bincount(worth.argmax(axis=1), minlength=4) / len(worth),
            "regret": worth.max(axis=1).mean() - worth.mean(axis=0), "payback": [np.median(each) for each in paid_back],
            "deepest": [each.min(axis=-1).mean() for each in total]}


def discounts():
    return (1 + RATE) ** (-np.arange(MONTHS + 1) / 12)


def ours(draws):
    from upskill import data, roi
    from upskill.data import Assumption, Option
    names = {"cost": "loaded_cost_per_year", "exposed": "exposed_share_of_time", "saving": "training_time_saving",
             "realized": "realized_share", "completion": "completion_share", "dip": "learning_dip_share",
             "dip_months": "learning_dip_months", "ramp": "ramp_months", "lasting": "lasting_use_share",
             "half_life": "skill_half_life_months", "attrition": "attrition_per_year",
             "failure_cost": "failure_cost_per_engineer", "failure_change": "failure_change",
             "review_share": "review_share_of_time", "review_change": "review_change"}
    inputs = {name: roi.Input(each, roi.ASSUMED) for name, each in data.read_reference_assumptions().items()}
    inputs = roi.fix(inputs, engineers=HEADS, hours_per_year=HOURS, discount_rate=RATE, horizon_months=MONTHS)
    for short, name in names.items():
        inputs[name] = roi.Input(range_of(Assumption, name, RANGES[short]), roi.ASSUMED)
    options = [Option("none", trains=False)]
    for name, numbers in OPTIONS.items():
        own = dict(zip(("setup_cost", "price_per_engineer", "hours_per_engineer", "start_delay_months"), numbers, strict=True))
        own = {key: Assumption(key, "constant", {"value": float(value)}) for key, value in own.items()}
        options.append(Option(name, inputs=own | {"saving_ratio": range_of(Assumption, "saving_ratio", RANGES[f"{name}_ratio"])}))
    table = roi.contest_by_blocks(inputs, tuple(options), 1, draws).set_index("option")
    return float(table.loc["buy", "value"])


def range_of(kind, name, three):
    return kind(name, "bounded", dict(zip(("low", "mode", "high"), map(float, three), strict=True)))


def squigglepy(draws):
    import squigglepy as sq
    sq.set_seed(1)
    values = {name: np.asarray(sq.sample(sq.pert(*three), n=draws))[:, None] for name, three in RANGES.items()}
    flows = [np.zeros((draws, MONTHS + 1)), *(plain(values, option) for option in OPTIONS)]
    worth = np.column_stack([each @ discounts() for each in flows])
    return float(outputs(worth, flows)["mean"][2])


def monaco(draws):
    import monaco as mc
    from scipy.stats import beta

    def preprocess(case):
        return ({name: case.invals[name].val for name in RANGES},)

    def run(values):
        flows = [np.zeros(MONTHS + 1), *(plain(values, option) for option in OPTIONS)]
        return ([float(each @ discounts()) for each in flows], flows)

    def postprocess(case, worth, flows):
        for at, (value, flow) in enumerate(zip(worth, flows, strict=True)):
            case.addOutVal(name=f"worth {at}", val=value)
            case.addOutVal(name=f"flow {at}", val=flow)

    sim = mc.Sim(name="money", ndraws=draws, fcns={"preprocess": preprocess, "run": run, "postprocess": postprocess},
                 seed=1, singlethreaded=True, verbose=False, savecasedata=False, savesimdata=False, firstcaseismedian=False)
    for name, (low, mode, high) in RANGES.items():
        a, b = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
        sim.addInVar(name=name, dist=beta, distkwargs={"a": a, "b": b, "loc": low, "scale": high - low})
    sim.runSim()
    worth = np.column_stack([np.asarray(sim.outvars[f"worth {at}"].vals) for at in range(4)])
    flows = [np.array([list(each) for each in sim.outvars[f"flow {at}"].vals]) for at in range(4)]
    return float(outputs(worth, flows)["mean"][2])


LIBRARIES = {"upskill": ours, "squigglepy": squigglepy, "monaco": monaco}


def one(library, draws):
    """Run one library in this process; print its numbers as JSON."""
    LIBRARIES[library](2**12 if library != "monaco" else 16)  # imports and caches
    wall, processor = time.perf_counter(), time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    value = LIBRARIES[library](draws)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"value": value, "wall": time.perf_counter() - wall, "processor": time.process_time() - processor,
                      "before": before, "peak": peak}))


def run(library, draws, python):
    """Return the numbers of one library in a process of its own, or {"failed": why}."""
    alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = {"PYTHONPATH": str(HERE.parents[1] / "lib") if library == "upskill" else ""}
    done = subprocess.run([python, __file__, "--one", library, "--draws", str(draws)], capture_output=True, text=True, check=False,
                          env=os.environ | alone | path)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["?"])[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=sys.executable, help="Python that has monaco and squigglepy")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--one", choices=list(LIBRARIES))
    chosen = parser.parse_args()
    if chosen.one:
        one(chosen.one, chosen.draws)
        return
    print(f"Four options x {MONTHS} months x {chosen.draws:,} draws, one thread, processor time\n")
    print("| library | µs per draw and option | times ours | peak memory, MB | expected value of buy |\n| --- | ---: | ---: | ---: | ---: |")
    base = None
    for library in LIBRARIES:
        found = run(library, chosen.draws, sys.executable if library == "upskill" else chosen.peers)
        if "failed" in found:
            print(f"| {library} | {found['failed']} | | | |", flush=True)
            continue
        each = 1e6 * found["processor"] / chosen.draws / 4
        base = base or each
        print(f"| {library} | {each:.2f} | {each / base:.1f} | {found['peak']:,.0f} | {found['value']:,.0f} |", flush=True)
    print("\nGrowth of ours\n\n| draws | µs per draw and option | peak memory, MB |\n| ---: | ---: | ---: |")
    for draws in GROWTH:
        found = run("upskill", draws, sys.executable)
        print(f"| {draws:,} | {1e6 * found['processor'] / draws / 4:.2f} | {found['peak']:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
