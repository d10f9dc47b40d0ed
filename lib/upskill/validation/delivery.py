"""Delivery: how often the intervals of changes and levels hold the truth of made-up companies."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from upskill import data, kpi
from upskill.data.cut import cut_program
from upskill.kpi.events import merges_per_engineer_week
from upskill.kpi.usage import ai_use
from upskill.simulate import simulate, write_program
from upskill.simulate.delivery import PHASES, season, training_curve
from upskill.simulate.presets import DELIVERY
from upskill.simulate.usage import adoption


def intervals(seed, level):
    """Every KPI since training started against before, and its level since, of the company and of one trained team.

    The level of rates that rework and reverts add to has no closed form and is left out.
    """
    simulated = simulate(seed=seed, parts=("delivery", "usage"))
    truth, rollout = simulated.truth["delivery"], simulated.tables["rollout"]
    starts = rollout.query("event == 'training'").dropna(subset="starts_on").groupby("team")["starts_on"].min()
    with tempfile.TemporaryDirectory() as folder:
        company = data.read_program(write_program(simulated, Path(folder) / "company"))
    one = cut_program(company, sorted(starts.index)[seed % len(starts)])
    found = {}
    for who, program in (("company", company), ("team", one)):
        true = _true_levels(program, truth, starts[starts.index.isin(program["people"]["team"])], rollout)
        for tracked in kpi.track(program, level=level, names=tuple(true)).kpis:
            before, since = true[tracked.definition.name]
            change, title = tracked.change, tracked.definition.title
            found[f"{title}, {who}: change"] = _inside(change.low, since / before - 1, change.high)
            if tracked.definition.kind == "duration" or tracked.definition.name == "ai_use":
                found[f"{title}, {who}: level since"] = _inside(change.since_low, since, change.since_high)
    return found


def _inside(low, true, high):
    return float(low <= true <= high) if np.isfinite([low, high, true]).all() else np.nan


def _true_levels(program, truth, starts, rollout):
    """Expected level of each KPI before and since the start, over teams as the report pools them.

    Change failures have a rate that stays; deployments are counted up to a constant.
    """
    sides = (False, True)
    hours = [_expected_hours(truth, starts, side) for side in sides]
    engineers, users = (_of_teams(frame, starts) for frame in (merges_per_engineer_week(program), ai_use(program)))
    merged = _pooled(engineers, _expected_volume(pd.DatetimeIndex(engineers["week"]), engineers["since"]))
    team_weeks = engineers["is_since"].value_counts()
    licensed = rollout.query("event == 'license'").groupby("team")["starts_on"].min()
    since_license = (users["week"] - users["team"].map(licensed)).dt.days // 7
    return {
        "lead_time": [_true_median("lead", side) for side in hours],
        "review_time": [_true_median("review", side) for side in hours],
        "recovery_time": [DELIVERY.restore_median_hours] * 2, "change_failure_rate": [1.0, 1.0],
        "throughput": [merged.total[side] / merged.base[side] for side in sides],
        "deployment_frequency": [merged.total[side] / team_weeks[side] for side in sides],
        "ai_use": [(use := _pooled(users, adoption(since_license, users["since"]))).total[side] / use.base[side]
                   for side in sides]}


def _of_teams(weekly, starts):
    """Weeks of the teams that started, with the week since the start, and whether it is since."""
    weekly = weekly[weekly["team"].isin(starts.index)]
    start = weekly["team"].map(starts)
    return weekly.assign(since=(weekly["week"] - start).dt.days // 7, is_since=weekly["week"] >= start)


def _pooled(weekly, expected):
    """Expected numerator and denominator, before and since."""
    sums = weekly.assign(total=expected * weekly["denominator"]).groupby("is_since")[["total", "denominator"]].sum()
    return sums.rename(columns={"denominator": "base"})


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
    return _season_of_volume(weeks.unique()).reindex(weeks).to_numpy() * np.exp(training_curve(weeks_since_start, DELIVERY.volume_training, DELIVERY.ramp_weeks))


def _season_of_volume(weeks):
    return pd.Series(season(weeks)[1], index=weeks)


def _true_median(step, hours):
    """Median over all changes, the few quick reverts of the simulator among them; `hours`: of ordinary ones."""
    ordinary, reverts, share = _changes()
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
