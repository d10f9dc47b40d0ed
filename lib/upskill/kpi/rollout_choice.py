"""Which estimate and which test fit a rollout: chosen from the design, never from what happened after the start."""

from dataclasses import dataclass

import numpy as np

from upskill.data import NotEnoughData
from upskill.kpi.randomization import count_assignments
from upskill.numerals import general

# Up to so many units every test rests on the units' own paths, compared between assignments.
FEW_UNITS = 60
# With so many units in each cohort the gain from the pre-period outweighs the noise of estimating how much.
EFFICIENT_COHORT = 10
# Without a lottery treated units may be noisier than others; the t test for that needs three units on a side.
WELCH_SIDE = 3
METHODS = ("auto", "imputation", "change_scores", "group_time", "efficient", "two_way")
ALIASES = {
    "bjs": "imputation", "borusyak": "imputation", "borusyak_jaravel_spiess": "imputation", "did_imputation": "imputation",
    "callaway_santanna": "group_time", "callaway_sant_anna": "group_time", "cs": "group_time", "att_gt": "group_time",
    "roth_santanna": "efficient", "roth_sant_anna": "efficient", "staggered": "efficient",
    "collapsed": "change_scores", "collapsed_change_scores": "change_scores", "did": "change_scores",
    "twfe": "two_way", "two_way_fixed_effects": "two_way"}
TITLES = {
    "imputation": "imputation (Borusyak, Jaravel and Spiess)", "change_scores": "change scores",
    "group_time": "group-time effects (Callaway and Sant'Anna)",
    "efficient": "efficient estimator for random starts (Roth and Sant'Anna)", "two_way": "two-way fixed effects"}
ASSIGNMENTS = ("lottery", "chosen", "volunteered")


@dataclass(frozen=True)
class Design:
    """What is known before the start.

    `units`, `treated`, `controls` (not treated within the data), `cohorts` (start
    dates); `before`, `after`: periods before the first start and from it on;
    `assignment`: `lottery`, `chosen`, `volunteered` or `not recorded`; `possible`:
    ways in which the starts could have fallen; `smallest_p`: smallest two-sided p that
    comparing them can give.
    """

    units: int
    treated: int
    controls: int
    cohorts: int
    before: int
    after: int
    gaps: int
    smallest_cohort: int
    assignment: str
    possible: int

    @property
    def smallest_p(self):
        return min(1.0, 2 / self.possible)

    @property
    def lottery(self):
        return self.assignment == "lottery"


@dataclass(frozen=True)
class Choice:
    """`method` and `test` (`permutation`, `t`, `welch`, `analytic`, `published`), and why, one sentence each."""

    method: str
    test: str
    why: tuple


def describe(panel, assignment=None):
    """Return the `Design` of a panel."""
    if assignment is not None and assignment not in ASSIGNMENTS:
        raise ValueError(f"assignment is one of {', '.join(ASSIGNMENTS)} or None, not {assignment!r}")
    codes = np.unique(panel.first, return_inverse=True)[1]
    never = int((panel.first == panel.periods).sum())
    start = int(panel.first.min())
    return Design(len(codes), len(codes) - never, never, len(panel.cohorts), start, panel.periods - start,
                  int((~panel.observed).sum()), int(np.bincount(codes).min()), assignment or "not recorded",
                  count_assignments(codes, panel.strata))


def canonical(method):
    """Return the method by our name; raises ValueError naming those there are."""
    name = str(method).lower().replace("-", "_").replace(" ", "_").replace("'", "_")
    name = ALIASES.get(name, name)
    if name not in METHODS:
        raise ValueError(f"method is one of {', '.join(METHODS)}, not {method!r}")
    return name


def choose(design, level=0.90):
    """Choose by the design alone; raises NotEnoughData where nothing can be compared.

    Few units: the imputation estimate (with one start date and no gaps it is the
    difference of change scores) compared between assignments; without a lottery
    and with one start date Welch's t test of the units' changes. Many: the same
    with the spread of the units as its error. Starts by lot in large cohorts: the
    efficient estimator.
    """
    if design.controls == 0 and design.cohorts == 1:
        raise NotEnoughData("all units start at the same time, so there is nobody to compare with; "
                            "interrupted_series looks at one series alone")
    simple = design.cohorts == 1 and not design.gaps
    method = "change_scores" if simple else "imputation"
    why = ["one start date and no gaps: change of treated units less change of comparison units" if simple else
           f"{design.cohorts} start dates{' and gaps' * bool(design.gaps)}: what treated periods would have been is foretold "
           "from untreated ones; two-way fixed effects would compare with units already treated"]
    if design.treated == 1:
        return Choice(method, "permutation", (*why, _one(design)))
    if design.lottery and not design.gaps and design.smallest_cohort >= EFFICIENT_COHORT:
        words = f"starts drawn by lot, {design.smallest_cohort} units or more in each cohort"
        method, why = "efficient", [f"{words}: the time before counts as much as it foretells"]
    if design.possible < 2 / (1 - level) - 1e-9:
        few = f"only {design.possible} ways in which starts could have fallen"
        if design.cohorts == 1 and design.controls > 1:
            few += ", too few to compare: t test of the units' changes, which leans on their being normal"
            return Choice(method, "t", (*why, few))
        return Choice(method, "permutation", (*why, f"{few}: no test of them can be sure enough"))
    if not design.lottery and design.units <= FEW_UNITS and design.cohorts == 1 and design.smallest_cohort >= WELCH_SIDE:
        words = "no lottery recorded: t test of the units' changes, in which treated units may be noisier than the others"
        return Choice(method, "welch", (*why, f"{design.units} units, {words}"))
    if design.lottery or design.units <= FEW_UNITS:
        reason = ("the ways in which the lottery could have fallen" if design.lottery else
                  "the ways in which starts could have fallen among these units; no lottery is recorded, "
                  "so this supposes that any unit could have been chosen")
        return Choice(method, "permutation", (*why, f"{design.units} units: compared between {reason}"))
    return Choice(method, "analytic", (*why, f"{design.units} units: the spread of the units' own parts gives the error"))


def _one(design):
    return (f"one treated unit: its rank among {design.units} units is all that can be said; the smallest possible p is "
            f"{general(design.smallest_p, 2)}, and errors clustered by unit would be wrong in half of all cases")
