"""Which weeks are compared: before and since, from the rollout or, without one, from the calendar."""

from dataclasses import dataclass, field

import pandas as pd

from upskill.kpi.events import WEEK, end_of_data, monday

YEAR, HALF_YEAR = 52, 26


@dataclass(frozen=True)
class Comparison:
    """Before against since.

    `kind`: "training" (each team from its own first training week, which counts as
    since, learning dip included) or "recent" (no training dates: the last weeks
    against as many before). `starts`: Monday from which a team counts as since;
    teams not in it were not trained. `first`: weeks before it are not compared.
    """

    kind: str
    starts: dict = field(compare=False)
    first: pd.Timestamp | None = None
    weeks: int = 0

    @property
    def baseline_end(self):
        """Monday of the first start of all: limits are set from the weeks before it."""
        return min(self.starts.values())

    def start_of(self, teams):
        """Return the start of each team as a Series of timestamps (NaT = not trained)."""
        return pd.to_datetime(teams.map(self.starts))


def rollout_marks(program, event):
    """Return team and Monday of the first `event` ("license", "training") of each team up to the end of the data."""
    if "rollout" not in program:
        return {}
    rows = program["rollout"]
    rows = rows[(rows["event"] == event) & rows["starts_on"].notna() & (rows["starts_on"] <= program.as_of)]
    first = rows.groupby("team")["starts_on"].min()
    return monday(first).to_dict() if len(first) else {}


def compare_phases(program, teams, first_week):
    """Choose before and since by the design alone: training dates where there are any, else the calendar.

    `teams`: teams with delivery data; `first_week`: Monday of the first week. Without
    training dates: the last 52 weeks against the 52 before (so that seasons cancel),
    26 against 26 when history is shorter than two years, else halves.
    """
    starts = {team: start for team, start in rollout_marks(program, "training").items() if team in set(teams)}
    if starts:
        return Comparison("training", starts)
    end = monday(pd.Series([end_of_data(program)]))[0]
    history = (end - first_week) // WEEK
    weeks = YEAR if history >= 2 * YEAR else HALF_YEAR if history >= 2 * HALF_YEAR else max(history // 2, 1)
    return Comparison("recent", dict.fromkeys(teams, end - weeks * WEEK), end - 2 * weeks * WEEK, int(weeks))
