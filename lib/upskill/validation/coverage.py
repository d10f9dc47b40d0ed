"""How often the intervals that the reports print hold the truth, over made-up companies.

Each study takes a seed, makes a company, runs the analysis function that the
report calls, and returns for each kind of interval the share of its intervals
that hold the truth. Companies differ; the Monte Carlo error is over companies.
"""

import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from upskill import data, kpi, roi, skills
from upskill.paths import EXAMPLE
from upskill.roi.uncertainty import draw
from upskill.simulate import simulate, write_program

LEVEL = 0.90
SKILL_DRAWS = 200


def _held(table, truth, by):
    """Share of the rows of a table whose interval holds the true value of their group."""
    joined = table.merge(truth.rename("true").reset_index(), on=by)
    return float(((joined["low"] <= joined["true"]) & (joined["true"] <= joined["high"])).mean())


def skill_intervals(seed):
    """Shortfalls and changes: true abilities against cuts of which the company's are noisy estimates."""
    simulated = simulate(seed=seed, parts=("learning", "skills"))
    with tempfile.TemporaryDirectory() as folder:
        program = data.read_program(write_program(simulated, Path(folder) / "company"))
    drawn = skills.plausible_values(program, skills.calibrate_program(program), draws=SKILL_DRAWS, seed=seed)
    random = np.random.default_rng([seed, 1])
    cuts = {domain: (cut.levels, random.normal(cut.places, cut.standard_errors))
            for domain, cut in skills.read_cuts(program).items()}
    true = _true_gaps(simulated.truth["skills"], program, drawn, cuts)
    last = true[true["wave"] == drawn.waves[-1]]
    by_role = skills.shortfalls(program, drawn, ("role", "domain"), level=LEVEL)
    found = {
        "shortfall of a domain": _held(skills.shortfalls(program, drawn, ("domain",), level=LEVEL),
                                       last.groupby("domain")["gap"].mean(), ["domain"]),
        "shortfall of a role in a domain": _held(by_role[by_role["people"] >= program.settings.minimum_group_size],
                                                 last.groupby(["role", "domain"])["gap"].mean(), ["role", "domain"])}
    return found | {"change of a domain since the first wave": _held(
        skills.changes(program, drawn, LEVEL), _true_changes(true, drawn.waves), ["domain"])}


def _true_gaps(truth, program, drawn, cuts):
    """Target minus true level, per person assessed, wave and domain."""
    roles = program["people"].set_index("person_id")["role"]
    targets = skills.domain_targets(program)
    parts = []
    for (wave, domain), values in drawn.abilities.items():
        number = truth["domains"].index(domain)
        known = {person: row[number] for person, row in zip(truth["persons"], truth["waves"][wave]["ability"]) if row}
        frame = pd.DataFrame({"person_id": values.index, "wave": wave, "domain": domain})
        frame["role"] = frame["person_id"].map(roles)
        reached = skills.continuous_level(frame["person_id"].map(known).to_numpy(float), *cuts[domain])
        target = targets.reindex(pd.MultiIndex.from_frame(frame[["role", "domain"]])).to_numpy(float)
        parts.append(frame.assign(gap=target - reached))
    return pd.concat(parts, ignore_index=True)


def _true_changes(true, waves):
    """Mean change of level per domain, over those assessed in both waves."""
    first, last = (true[true["wave"] == wave] for wave in (waves[0], waves[-1]))
    both = first.merge(last, on=["person_id", "domain"])
    return (both["gap_x"] - both["gap_y"]).groupby(both["domain"]).mean()


def delivery_intervals(seed):
    """Lead time and change failures since training started, of the company and of one trained team."""
    simulated = simulate(seed=seed, parts=("delivery",))
    truth = simulated.truth["delivery"]
    starts = simulated.tables["rollout"].query("event == 'training'").dropna(subset="starts_on")
    true = {row.team: _true_lead_time_change(truth, row.team, row.starts_on) for row in starts.itertuples()}
    team = sorted(true)[seed % len(true)]
    with tempfile.TemporaryDirectory() as folder:
        path = write_program(simulated, Path(folder) / "company")
        company, one = (kpi.track(data.read_program(path, team=name), level=LEVEL) for name in ("", team))
    return {"lead time of the company": _inside(company["lead_time"].change, np.expm1(np.mean(list(true.values())))),
            "change failure rate of the company": _inside(company["change_failure_rate"].change, 0.0),
            "lead time of a team": _inside(one["lead_time"].change, np.expm1(true[team]))}


def _true_lead_time_change(truth, team, start):
    """Difference of the mean log of the expected weekly median, since and before the start."""
    since = pd.to_datetime(truth["weeks"]) >= start
    course = np.log(truth["expected_median_lead_time_hours"][team])
    return course[since].mean() - course[~since].mean()


def _inside(change, true):
    return float(change.low <= true <= change.high)


@cache
def _inputs():
    return roi.gather_inputs(data.read_program(EXAMPLE), data.read_reference_assumptions())


def money_intervals(seed):
    """Net present value: futures drawn with plain random numbers from the inputs of the example.

    This holds the arithmetic of the interval against the inputs; whether the
    inputs are right no simulation can tell.
    """
    inputs = _inputs()
    found = roi.appraise(inputs, seed)
    assumptions = {name: each.assumption for name, each in inputs.items()}
    points = np.random.default_rng([seed, 2]).random((1, len(assumptions)))
    future = roi.cash_flows(draw(assumptions, points), found.horizon_months).net_present_value[0]
    value = found.net_present_value
    return {"net present value of the training": float(value.low <= future <= value.high)}


STUDIES = {"01 skills": skill_intervals, "05 delivery": delivery_intervals, "06 money": money_intervals}


def run(name, seeds, workers=2, progress=iter):
    """Run one study over seeds, in parallel; return one row per kind of interval.

    Columns: report, interval, companies, coverage and its Monte Carlo
    standard error (both shares), over companies.
    """
    with ProcessPoolExecutor(workers) as pool:
        rows = pd.DataFrame(list(progress(pool.map(partial(_call, name), seeds, chunksize=4))))
    error = rows.std(ddof=1) / np.sqrt(rows.notna().sum())
    return pd.DataFrame({"report": name, "interval": rows.columns, "companies": rows.notna().sum().to_numpy(),
                         "coverage": rows.mean().to_numpy(), "monte_carlo_error": error.to_numpy()})


def _call(name, seed):
    return STUDIES[name](seed)
