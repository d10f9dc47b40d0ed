"""How often the intervals that the reports print hold the truth, over made-up companies.

A study is a function of a seed: it makes a company, runs the analysis function
that the report calls, and returns for each kind of interval the share of its
intervals that hold the truth (NaN where there was none to print). Companies
differ; the Monte Carlo error is over companies.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import pandas as pd

from upskill.validation import delivery, evidence, money, skills, targets

LEVEL = 0.90
STUDIES = {"01 skills": skills.intervals, "01 reliability": skills.alpha_intervals,
           "05 delivery": delivery.intervals, "05 targets": targets.intervals, "06 money": money.intervals, "06 evidence": evidence.intervals}
COLUMNS = ["report", "interval", "companies", "coverage", "monte_carlo_error"]


def run(name, seeds, workers=2, progress=iter, kept=None):
    """Run one study over seeds, in parallel; return one row per kind of interval.

    `kept`: CSV file of rows by seed; those in it are not computed again, others
    are added as they come, so that a long study can be stopped and taken up.
    Columns: report, interval, companies, coverage and its Monte Carlo
    standard error (both shares), over companies.
    """
    rows = rows_by_seed(partial(_call, name), seeds, workers, progress, kept)
    error = rows.std(ddof=1) / np.sqrt(rows.notna().sum())
    return pd.DataFrame({"report": name, "interval": rows.columns, "companies": rows.notna().sum().to_numpy(),
                         "coverage": rows.mean().to_numpy(), "monte_carlo_error": error.to_numpy()})


def rows_by_seed(call, seeds, workers=2, progress=iter, kept=None):
    """Return call(seed), a dict of numbers, as one row per seed; computed in parallel, `kept` as in `run`."""
    done = pd.read_csv(kept, index_col=0) if kept and kept.exists() else pd.DataFrame()
    todo = [seed for seed in seeds if seed not in done.index]
    with ProcessPoolExecutor(workers) as pool:
        for seed, found in zip(todo, progress(pool.map(call, todo, chunksize=2)), strict=True):
            row = pd.DataFrame([found], index=[seed])
            if kept:
                row.to_csv(kept, mode="a", header=not kept.exists())
            done = pd.concat([done, row])
    return done.loc[list(seeds)]


def _call(name, seed):
    return STUDIES[name](seed, LEVEL)
