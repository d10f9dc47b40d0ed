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

from upskill.validation import delivery, money, skills

LEVEL = 0.90
STUDIES = {"01 skills": skills.intervals, "01 reliability": skills.alpha_intervals,
           "05 delivery": delivery.intervals, "06 money": money.intervals}


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
    return STUDIES[name](seed, LEVEL)
