"""How many teams and weeks a pilot takes, from the company's own weeks before it."""

import numpy as np
import pandas as pd

from upskill.data.schema import NotEnoughData
from upskill.kpi.pilot.outcome import team_outcome
from upskill.kpi.pilot.settle import noise_of
from upskill.kpi.power import minimum_detectable_effect

TEAMS, WEEKS = (4, 6, 8, 12, 16, 24, 48), (8, 13, 26, 52)


def size_table(program, name="lead_time", teams=TEAMS, weeks=WEEKS, power=0.8, level=0.90):
    """Return the smallest effect that pilots of several sizes find, one row per number of teams and weeks.

    Columns: teams (half of them start), weeks (as many before as after), detectable (relative
    change; points for shares). Noise and carry-over are those of the program's own teams,
    over all weeks before any training; `power`: chance to find it; `level`: of the interval
    that must exclude zero. Raises NotEnoughData where history is too short.
    """
    starts = pd.Series({"(nobody)": program.as_of + pd.Timedelta(weeks=1)})
    if "rollout" in program:
        rows = program["rollout"]
        dated = rows.loc[(rows["event"] == "training") & rows["starts_on"].notna(), "starts_on"]
        starts = pd.Series({"(nobody)": dated.min()}) if len(dated) else starts
    outcome = team_outcome(program, name, starts)
    sd, rho, periods = noise_of_history(outcome, starts.min())
    rows = []
    for count in teams:
        for span in weeks:
            each = max(span // outcome.length, 1)
            found = minimum_detectable_effect(count // 2, count - count // 2, each, each, sd, rho, power, level)
            rows.append((count, span, float(np.expm1(found)) if outcome.is_log else found))
    table = pd.DataFrame(rows, columns=["teams", "weeks", "detectable"])
    table.attrs |= {"sd": sd, "autocorrelation": rho, "periods": periods, "scale": outcome.scale}
    return table


def noise_of_history(outcome, first):
    """Return (standard deviation, autocorrelation, periods) of the time before `first`."""
    frame = outcome.frame.assign(start=first)
    if (frame["period"] < first).sum() == 0:
        raise NotEnoughData("There is no time before the first training: the noise of a quiet time is not known.")
    return noise_of(type(outcome)(outcome.definition, frame, outcome.scale, outcome.before, outcome.length))
