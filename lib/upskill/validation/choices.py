"""What choosing by this library costs on average, beside choosing by other rules; programs whose truth is known.

A program's truth is drawn from what is believed of such programs; then every
engineer of every option is simulated: who finishes, takes it up, drops it,
leaves. The rules see what a company sees: its ranges, and in half of the
programs a pilot. Regret is what the best option would have brought more.
"""

from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import starmap
from pathlib import Path

import numpy as np
import pandas as pd

from upskill import data, roi
from upskill.data import Assumption, Option
from upskill.roi.prior import robust
from upskill.roi.uncertainty import quantiles

NAME = "06 choices"
FILE = Path(__file__).with_name("choices.csv")
MONTHS, STEPS, SCRAMBLINGS = 36, 4, 2
PILOT_ERROR, TRANSPORT = 0.08, 0.05
VENDOR_SAVING = 0.55
OURS, DORA, VENDOR, MEANS = "this report", "DORA point return", "vendor says 55 %", "above the hurdle at the means"
RULES = (OURS, DORA, VENDOR, MEANS)
NARROW = 0.5


@dataclass(frozen=True)
class Made:
    """A program: what the company enters, and the truth of its inputs and of those of its options."""

    inputs: dict
    options: tuple
    truth: dict
    plans: dict
    pilot: float | None


@cache
def _shipped():
    return (data.read_reference_assumptions(), data.read_reference_assumptions("options"),
            robust(roi.training_effect(data.read_evidence())))


def make_program(seed):
    """Return a made-up program: size, prices and hours differ widely, the truth lies in what the company enters."""
    defaults, shipped, effects = _shipped()
    rng = np.random.default_rng([seed, 6])
    entered = {name: roi.Input(each, roi.ASSUMED) for name, each in defaults.items()}
    heads, cost = int(np.exp(rng.uniform(np.log(20), np.log(400)))), float(rng.uniform(90_000, 220_000))
    entered = roi.fix(entered, engineers=heads, horizon_months=MONTHS)
    entered["loaded_cost_per_year"] = _range(entered, "loaded_cost_per_year", 0.95 * cost, cost, 1.06 * cost)
    effect = float(effects.quantile(rng.uniform(0.0005, 0.9995)))
    pilot = None
    if rng.random() < 0.5:
        pilot = effect + rng.normal(0, np.hypot(PILOT_ERROR, TRANSPORT))
        known = roi.meet(roi.training_effect(data.read_evidence()), pilot, PILOT_ERROR, TRANSPORT).assumption()
    else:
        known = roi.saving_assumption(effects, "training_time_saving", "studies")
    entered["training_time_saving"] = replace(entered["training_time_saving"], assumption=known)
    truth = {name: float(quantiles(each.assumption, rng.uniform(0.0005, 0.9995))) for name, each in entered.items()}
    truth["training_time_saving"] = -np.expm1(-effect)
    options = (Option(roi.NO_TRAINING, trains=False), *starmap(partial(_option, rng, shipped), KINDS.items()))
    plans = {each.name: {name: float(quantiles(one, rng.uniform(0.0005, 0.9995))) for name, one in each.inputs.items()}
             for each in options}
    return Made(entered, options, truth, plans, None if pilot is None else -np.expm1(-pilot))


KINDS = {"build": {"setup_cost": (5_000, 40_000), "price_per_engineer": (20, 100), "hours_per_engineer": (4, 30),
                   "start_delay_months": (2, 8), "content_hours": (3, 20)},
         "buy": {"setup_cost": (0, 8_000), "price_per_engineer": (100, 1_500), "hours_per_engineer": (4, 30),
                 "start_delay_months": (0, 2)},
         "hybrid": {"setup_cost": (3_000, 20_000), "price_per_engineer": (50, 800), "hours_per_engineer": (4, 30),
                    "start_delay_months": (1, 5), "content_hours": (1, 6)}}


def _option(rng, shipped, name, ranges):
    own = dict(shipped)
    del own["completion_share"]
    for key, (low, high) in ranges.items():
        value = float(rng.uniform(low, high))
        own[key] = Assumption(key, "constant", {"value": round(value) if key == "start_delay_months" else value})
    return Option(name, inputs=own)


def _range(entered, name, low, mode, high):
    changed = replace(entered[name].assumption, kind="quantiles", parameters={"low": low, "mode": mode, "high": high})
    return replace(entered[name], assumption=changed)


def realized(truth, plan, rng):
    """Return the net value that an option has brought, engineer by engineer; money and months of the truth."""
    count, start = int(truth["engineers"]), plan["start_delay_months"]
    hourly, payroll = truth["loaded_cost_per_year"] / truth["hours_per_year"], truth["loaded_cost_per_year"] / 12
    spent = np.zeros(MONTHS + 1)
    written = plan["content_hours"] * plan["authoring_hours_per_hour"] * hourly
    spent[0] = plan["setup_cost"] + written
    spent[int(start)] += count * (plan["price_per_engineer"] + plan["hours_per_engineer"] * hourly)
    spent[int(start) + 1:] += written * (1 - 0.5 ** (1 / plan["content_half_life_months"]))
    times = (np.arange(MONTHS * STEPS) + 0.5) / STEPS
    since = times - start
    full = truth["learning_dip_months"] + truth["ramp_months"]
    share = 0.05 + 0.9 * rng.random((count, 1))
    taken_up = truth["learning_dip_months"] + truth["ramp_months"] * (0.5 + np.log(share / (1 - share)) / (2 * np.log(19)))
    dropped = np.where(rng.random((count, 1)) < truth["lasting_use_share"], np.inf, full + rng.exponential(3.0, (count, 1)))
    left = rng.exponential(12.0, (count, 1)) / -np.log1p(-truth["attrition_per_year"])
    there = (since > 0) & (since < left)
    uses = there & (rng.random((count, 1)) < truth["completion_share"]) & (since > taken_up) & (since < dropped)
    freed = truth["exposed_share_of_time"] * truth["training_time_saving"] * plan["saving_ratio"] * 0.5 ** (
        since / truth["skill_half_life_months"])
    reviews = truth["review_share_of_time"] * truth["review_change"]
    gained = uses * (payroll * truth["realized_share"] * (freed - reviews)
                     - truth["failure_cost_per_engineer"] / 12 * truth["failure_change"])
    dip = there & (since < truth["learning_dip_months"])
    gained = gained - dip * payroll * truth["exposed_share_of_time"] * truth["learning_dip_share"]
    monthly = gained.sum(axis=0).reshape(MONTHS, STEPS).sum(axis=1) / STEPS
    flows = np.concatenate([[0.0], monthly]) - spent
    return float((flows / (1 + truth["discount_rate"]) ** (np.arange(MONTHS + 1) / 12)).sum())


def _middle(each):
    parameters = each.parameters
    return float(parameters.get("mode", parameters.get("value", quantiles(each, 0.5))))


def _mean(each):
    return float(quantiles(each, (np.arange(200) + 0.5) / 200).mean())


def _points(made, told):
    """Return the inputs and plans as single numbers: `told` of each, and the pilot's own number where there is one."""
    values = {name: np.array([told(each.assumption)]) for name, each in made.inputs.items() if name != "horizon_months"}
    if made.pilot is not None:
        values["training_time_saving"] = np.array([made.pilot])
    return values, {each.name: {name: told(one) for name, one in each.inputs.items()} for each in made.options}


def _by_flows(made, told, **changes):
    """Return the net value of each option at single numbers, by our flows."""
    values, plans = _points(made, told)
    values |= {name: np.array([float(value)]) for name, value in changes.items()}
    return [float(roi.cash_flows(values, MONTHS, plans[each.name]).net_present_value[0]) if each.trains else 0.0
            for each in made.options]


def _by_dora(made):
    """Return the net value of each option by the DORA calculator at the most likely numbers."""
    values, plans = _points(made, _middle)
    one = {name: float(each[0]) for name, each in values.items()}
    both = 1 - (1 - one["tool_time_saving"]) * (1 - one["training_time_saving"])
    found = []
    for each in made.options:
        plan = plans[each.name]
        written = plan.get("content_hours", 0) * plan.get("authoring_hours_per_hour", 0) \
            * one["loaded_cost_per_year"] / one["hours_per_year"]
        found.append(float(roi.dora_return(
            staff=one["engineers"], cost_per_year=one["loaded_cost_per_year"], license=one["license_price_per_year"],
            time_saved=both * one["exposed_share_of_time"], training=plan["price_per_engineer"],
            infrastructure=plan["setup_cost"] + written, dip_months=one["learning_dip_months"],
            dip_share=one["learning_dip_share"] * one["exposed_share_of_time"]).net) if each.trains else 0.0)
    return found


def choices(made, seed):
    """Return ({rule: position of the option that it takes}, our Contest)."""
    ours = roi.contest(made.inputs, made.options, seed, scramblings=SCRAMBLINGS)
    taken = {OURS: ours.best, DORA: np.argmax(_by_dora(made)), MEANS: np.argmax(_by_flows(made, _mean)),
             VENDOR: np.argmax(_by_flows(made, _middle, training_time_saving=VENDOR_SAVING, realized_share=1.0))}
    return {rule: int(at) for rule, at in taken.items()}, ours


def one_program(seed):
    """Return what one program shows: regret, and whether the best was taken, by rule; how often intervals held the truth."""
    made = make_program(seed)
    rng = np.random.default_rng([seed, 7])
    worth = np.array([realized(made.truth, made.plans[each.name], rng) if each.trains else 0.0 for each in made.options])
    taken, ours = choices(made, seed)
    found = {f"regret: {rule}": (worth.max() - worth[at]) / made.truth["engineers"] for rule, at in taken.items()}
    found |= {f"best: {rule}": float(at == worth.argmax()) for rule, at in taken.items()}
    trained = [at for at, each in enumerate(made.options) if each.trains]
    estimates = [ours.estimate(ours.worth[:, at]) for at in trained]
    found["covered"] = np.mean([each.low <= worth[at] <= each.high for at, each in zip(trained, estimates, strict=True)])
    found["covered, half as wide"] = np.mean([abs(worth[at] - each.value) <= NARROW * (
        each.high - each.value if worth[at] > each.value else each.value - each.low)
        for at, each in zip(trained, estimates, strict=True)])
    found["gain"] = worth.max() / made.truth["engineers"]
    return found


def run(seeds, progress=iter):
    """Return one row per measure over these programs: measure, programs, mean, monte_carlo_error."""
    rows = pd.DataFrame([one_program(seed) for seed in progress(seeds)])
    error = rows.std(ddof=1) / np.sqrt(len(rows))
    return pd.DataFrame({"measure": rows.columns, "programs": len(rows), "mean": rows.mean().to_numpy(),
                         "monte_carlo_error": error.to_numpy()})


HEAD = """
## What choosing by other rules costs

{programs:,} made-up programs of 20 to 400 engineers with three options and none; half of them have run a pilot. Each engineer of each option
is simulated: who finishes, takes the new way up, drops it, leaves. Truth is drawn from the ranges that the company enters, so that this tests
the model, its intervals and the rules, not whether the ranges of a real company are honest. Regret is what the best option
would have brought more, per engineer of the program, in US dollars; the best choice brings {gain:,.0f} on average. ± is the
Monte Carlo standard error over programs.

"""


def section(frame=None):
    """Return the section of VALIDATION.md on these programs; "" where they were never run."""
    if frame is None and not FILE.exists():
        return ""
    frame = pd.read_csv(FILE) if frame is None else frame
    by_measure = frame.set_index("measure")
    text = HEAD.format(programs=int(frame["programs"].iloc[0]), gain=by_measure.loc["gain", "mean"])
    text += "| rule | average regret | takes the best option |\n| --- | ---: | ---: |\n"
    for rule in RULES:
        regret, best = by_measure.loc[f"regret: {rule}"], by_measure.loc[f"best: {rule}"]
        text += (f"| {rule} | {regret['mean']:,.0f} ± {regret['monte_carlo_error']:,.0f} | "
                 f"{best['mean']:.0%} ± {best['monte_carlo_error']:.1%} |\n")
    covered, narrow = by_measure.loc["covered"], by_measure.loc["covered, half as wide"]
    return text + (f"\nThe 90 % intervals of the net value held what the simulated engineers brought in {covered['mean']:.1%} ± "
                   f"{covered['monte_carlo_error']:.1%} of the options. Intervals half as wide, as of a company that is surer than "
                   f"it should be, would hold {narrow['mean']:.1%}.\n")
