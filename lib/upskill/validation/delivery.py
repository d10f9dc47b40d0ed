"""Delivery: published results of process-behavior charts, and how often the intervals hold the truth."""

import tempfile
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from upskill import data, kpi
from upskill.kpi.events import merges_per_engineer_week
from upskill.kpi.usage import ai_use
from upskill.simulate import simulate, write_program
from upskill.simulate.delivery import PHASES, season, training_curve
from upskill.simulate.presets import DELIVERY
from upskill.simulate.usage import adoption
from upskill.validation.case import Case

NIST = "NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2"
WHEELER = "Wheeler's constants 2.66 and 3.267 on the NIST flow rates"
MEDIAN = "Wheeler's constant 3.145 for median moving ranges on the NIST flow rates"
FLOW_RATES = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)
EXACT = {"multiplier": 3 / 1.128}
ROWS = (
    ("center", {}, "center", 50.81, 5e-3, NIST), ("upper limit", EXACT, "upper", 55.8041, 5e-5, NIST),
    ("lower limit", EXACT, "lower", 45.8159, 5e-5, NIST),
    ("upper limit, rounded constant", {}, "upper", 55.80488889, 5e-9, WHEELER),
    ("limit of moving ranges", {}, "moving_range_limit", 6.13470, 5e-6, WHEELER),
    ("upper limit from median ranges", {"moving_range": "median"}, "upper", 55.5275, 5e-5, MEDIAN),
    ("lower limit from median ranges", {"moving_range": "median"}, "lower", 46.0925, 5e-5, MEDIAN),
)


def _limit(options, what):
    return getattr(kpi.process_limits(FLOW_RATES, **options), what)


def cases():
    """Return every case of this area."""
    return [Case("Delivery", f"individuals chart: {name}", expected, tolerance, source, partial(_limit, options, what))
            for name, options, what, expected, tolerance, source in ROWS]


def intervals(seed, level):
    """Every KPI since training started against before, and its level since, of the company and of one trained team.

    The level of rates that rework and reverts add to has no closed form and is left out.
    """
    simulated = simulate(seed=seed, parts=("delivery", "usage"))
    truth, rollout = simulated.truth["delivery"], simulated.tables["rollout"]
    starts = rollout.query("event == 'training'").dropna(subset="starts_on").groupby("team")["starts_on"].min()
    with tempfile.TemporaryDirectory() as folder:
        path = write_program(simulated, Path(folder) / "company")
        company = data.read_program(path)
        one = data.read_program(path, team=sorted(starts.index)[seed % len(starts)])
    found = {}
    for who, program in (("company", company), ("team", one)):
        teams = starts[starts.index.isin(program["people"]["team"])]
        for tracked in kpi.track(program, level=level).kpis:
            before, since = _true_levels(tracked.definition.name, program, truth, teams, rollout)
            change, title = tracked.change, tracked.definition.title
            found[f"{title}, {who}: change"] = _inside(change.low, since / before - 1, change.high)
            if tracked.definition.kind == "duration" or tracked.definition.name == "ai_use":
                found[f"{title}, {who}: level since"] = _inside(change.since_low, since, change.since_high)
    return found


def _inside(low, true, high):
    return float(low <= true <= high) if np.isfinite([low, high, true]).all() else np.nan


def _true_levels(name, program, truth, starts, rollout):
    """Expected level of a KPI before and since the start, over teams as the report pools them."""
    if name == "recovery_time":
        return (DELIVERY.restore_median_hours,) * 2
    if name == "change_failure_rate":
        return (1.0, 1.0)
    if name in ("lead_time", "review_time"):
        return tuple(_true_median(name, _expected_hours(truth, starts, side)) for side in (False, True))
    weekly = ai_use(program) if name == "ai_use" else merges_per_engineer_week(program)
    weekly = weekly[weekly["team"].isin(starts.index)]
    weekly = weekly.assign(numerator=_expected_share(name, weekly, starts, rollout) * weekly["denominator"])
    sums = weekly.groupby(weekly["week"] >= weekly["team"].map(starts))[["numerator", "denominator"]].sum()
    base = "team_weeks" if name == "deployment_frequency" else "denominator"
    sums["team_weeks"] = (weekly["week"] >= weekly["team"].map(starts)).value_counts()
    return tuple((sums["numerator"] / sums[base]).reindex([False, True]))


def _expected_hours(truth, starts, is_since):
    """Geometric mean over teams and weeks of the expected median lead time of ordinary changes, by their number."""
    weeks, logs = pd.to_datetime(truth["weeks"]), []
    for team, start in starts.items():
        side = (weeks >= start) == is_since
        volume = _expected_volume(weeks, (weeks - start).days // 7)
        logs.append(np.average(np.log(truth["expected_median_lead_time_hours"][team])[side], weights=volume[side]))
    return float(np.exp(np.mean(logs)))


def _expected_volume(weeks, weeks_since_start):
    """Expected changes by week, up to a constant: season and training."""
    return season(weeks)[1] * np.exp(training_curve(weeks_since_start, DELIVERY.volume_training, DELIVERY.ramp_weeks))


def _true_median(name, hours):
    """Median over all changes, the few quick reverts of the simulator among them; `hours`: of ordinary ones."""
    ordinary, reverts, share = _changes()
    step = "lead" if name == "lead_time" else "review"
    values = np.concatenate([hours * ordinary[step], reverts[step]])
    weights = np.repeat([(1 - share) / len(ordinary), share / len(reverts)], [len(ordinary), len(reverts)])
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), 0.5)])


@cache
def _changes():
    """Draws of lead and review time: ordinary changes (median lead time 1), reverts (hours), share of reverts."""
    random = np.random.default_rng(0)
    lead = np.exp(DELIVERY.duration_sd * random.standard_normal(100_000))
    review = random.beta(PHASES[1] + PHASES[2], PHASES[0] + PHASES[3], len(lead))
    mended = random.lognormal(np.log(DELIVERY.restore_median_hours), DELIVERY.restore_sd, 10_000)
    share = DELIVERY.revert_share * DELIVERY.change_failure_rate
    return (pd.DataFrame({"lead": lead, "review": lead * review}),
            pd.DataFrame({"lead": mended, "review": mended / 2}), share)


def _expected_share(name, weekly, starts, rollout):
    """Expected numerator per unit of the denominator, by team and week; for deployments up to a constant."""
    since = (weekly["week"] - weekly["team"].map(starts)).dt.days // 7
    if name == "ai_use":
        licensed = rollout.query("event == 'license'").groupby("team")["starts_on"].min()
        return adoption((weekly["week"] - weekly["team"].map(licensed)).dt.days // 7, since)
    return _expected_volume(pd.DatetimeIndex(weekly["week"]), since)
