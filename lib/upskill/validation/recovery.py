"""How well true abilities and levels are recovered, by our scores and by what an analyst might do instead.

One replicate is the first assessment of one made-up company, in memory. All
methods see the same tables; the truth is kept from them. The company's cuts
are noisy estimates of the true ones, as their standard errors say.
"""

from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from upskill.data import NotEnoughData, Settings
from upskill.data.program import Program
from upskill.simulate import first_assessment
from upskill.skills import assess_skills, calibrate_program, read_cuts
from upskill.skills.sources import SOURCES
from upskill.validation import rivals
from upskill.validation.coverage import LEVEL, rows_by_seed

NAME = "recovery"
TEAMS = {20: 3, 60: 6, 200: 20, 2000: 200}  # by number of people
SHARE = {2000: 0.2, "likelihood": 0.2}  # of the companies asked for, where one takes long
RATINGS = ("survey_responses", "interview_ratings")
OURS = ("ours, tests, each domain for itself", "ours, tests only", "ours, with interviews and self-ratings")
STATISTICS = ("bias", "error", "covered", "wrong", "far")


def make_company(people, seed, preset="lottery"):
    """Return a program of this many people, true abilities and true levels (persons × domains)."""
    tables, abilities = first_assessment(people, TEAMS[people], seed, preset)
    program = Program(Path("simulated"), tables, Settings(name="simulated"))
    random = np.random.default_rng([seed, 1])
    true_cuts = {name: np.sort(random.normal(cut.places, cut.standard_errors))
                 for name, cut in read_cuts(program).items()}
    levels = abilities.apply(lambda column: np.searchsorted(true_cuts[column.name], column, side="right"))
    return program, abilities, levels


def ours(program):
    """Return our scores from tests alone, each domain for itself and domains together, and from all sources."""
    tables = {name: table for name, table in program.tables.items() if name not in RATINGS}
    bare, calibration = Program(program.folder, tables, program.settings), calibrate_program(program)
    chosen = ((bare, ("test",)), (bare, SOURCES), (program, SOURCES))
    return {name: _scored(seen, calibration, sources) for name, (seen, sources) in zip(OURS, chosen, strict=True)}


def _scored(program, calibration, sources):
    table = assess_skills(program, calibration=calibration, sources=sources)
    table = table[table["scale"] == "domain"].rename(columns={"scale_id": "domain"})
    return table.set_index(["person_id", "domain"])[["score", "standard_error", "level"]]


# One file each of what was computed: a change of ours needs no new rivals.
GROUPS = {"rivals": partial(rivals.assess, rivals.SIMPLE | rivals.ONE_PARAMETER),
          "together": rivals.augmented, "likelihood": partial(rivals.assess, rivals.MAXIMUM_LIKELIHOOD), "ours": ours}
METHODS = {"rivals": (*rivals.SIMPLE, *rivals.ONE_PARAMETER), "together": (rivals.AUGMENTED,),
           "likelihood": (*rivals.MAXIMUM_LIKELIHOOD,), "ours": OURS}


def replicate(people, group, seed, preset="lottery", level=LEVEL):
    """Return {"method: statistic": value} of one company; NaN where nothing can be identified.

    bias and error (root mean square) of scores, in sd of ability; covered:
    share of intervals score ± z × standard error that hold the true ability;
    wrong, far: shares of levels that are not the true one, and more than one off.
    """
    program, abilities, levels = make_company(people, seed, preset)
    try:
        found = GROUPS[group](program)
    except NotEnoughData:
        return {f"{name}: {statistic}": np.nan for name in METHODS[group] for statistic in STATISTICS}
    return {f"{name}: {statistic}": value for name, table in found.items()
            for statistic, value in _statistics(table, abilities.stack(), levels.stack(), level).items()}


def _statistics(table, ability, true_level, level):
    miss = (table["score"] - ability.reindex(table.index)).to_numpy(float)
    off = np.abs(table["level"].to_numpy(float) - true_level.reindex(table.index).to_numpy(float))
    error = table["standard_error"].to_numpy(float)
    covered = (np.abs(miss) <= ndtri((1 + level) / 2) * error).mean() if np.isfinite(error).all() else np.nan
    return {"bias": miss.mean(), "error": np.sqrt((miss**2).mean()), "covered": covered,
            "wrong": (off > 0).mean(), "far": (off > 1).mean()}


def run(seeds, workers=2, progress=lambda name, count: iter, keep=None, sizes=tuple(TEAMS), groups=tuple(GROUPS)):
    """Run the study; return one row per size and method.

    Columns: people, method, companies, then each of `STATISTICS` and its Monte
    Carlo standard error over companies (`bias_error` …). `keep`: folder of
    what was computed, one file per size and group of methods.
    """
    parts = []
    for people, group in product(sizes, groups):
        share = min(SHARE.get(people, 1), SHARE.get(group, 1))
        chosen = list(seeds)[:max(2, round(share * len(seeds)))]
        name = f"{NAME} {people} {group}"
        kept = keep / f"{name.replace(' ', '-')}.csv" if keep else None
        rows = rows_by_seed(partial(replicate, people, group), chosen, workers, progress(name, len(chosen)), kept)
        parts.append(summary(people, METHODS[group], rows))
    return pd.concat(parts, ignore_index=True)


def summary(people, methods, rows):
    """Return one row per method from rows by company, as `run` does."""
    mean, error = rows.mean(), rows.std(ddof=1) / np.sqrt(rows.notna().sum())
    return pd.DataFrame([
        {"people": people, "method": name, "companies": int(rows[f"{name}: error"].notna().sum())}
        | {statistic: mean[f"{name}: {statistic}"] for statistic in STATISTICS}
        | {f"{statistic}_error": error[f"{name}: {statistic}"] for statistic in STATISTICS} for name in methods])
