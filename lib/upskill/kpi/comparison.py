"""Which weeks are compared: before and since, from the rollout or, without one, from the calendar."""

from dataclasses import dataclass, field

import pandas as pd

from upskill.kpi.events import WEEK, end_of_data, monday

YEAR, HALF_YEAR = 52, 26
# Quiet projects need longer spans: at least this many changes in typical four weeks before.
LIVELY = 5
FEWEST_RELEASES = 5


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
    training dates: the last year against the year before, so that seasons cancel; two
    or four years where the time before is quiet or has few releases; half years, or
    halves, when history is shorter than two years.
    """
    starts = {team: start for team, start in rollout_marks(program, "training").items() if team in set(teams)}
    if starts:
        return Comparison("training", starts)
    end = monday(pd.Series([end_of_data(program)]))[0]
    history = (end - first_week) // WEEK
    weeks = _span(_change_weeks(program), _release_weeks(program), end, history)
    return Comparison("recent", dict.fromkeys(teams, end - weeks * WEEK), end - 2 * weeks * WEEK, int(weeks))


def _change_weeks(program):
    """Monday of each change: merged pull requests, else deployments."""
    for table, column in (("pull_requests", "merged_at"), ("deployments", "finished_at")):
        if table in program and program[table][column].notna().any():
            return monday(program[table][column].dropna())
    return pd.Series([], dtype="datetime64[ns]")


def _release_weeks(program):
    """Monday of each deployment or release; none where there is no such table."""
    times = program["deployments"]["finished_at"].dropna() if "deployments" in program else pd.Series([], dtype="datetime64[ns]")
    return monday(times)


def _span(changes, releases, end, history):
    """Weeks on each side: the shortest whole years whose earlier side, which is no result, is lively."""
    if history < 2 * YEAR:
        return HALF_YEAR if history >= 2 * HALF_YEAR else max(history // 2, 1)
    spans = [weeks for weeks in (YEAR, 2 * YEAR, 4 * YEAR) if history >= 2 * weeks]
    for weeks in spans:
        before = changes[(changes >= end - 2 * weeks * WEEK) & (changes < end - weeks * WEEK)]
        blocks = ((end - before) // WEEK // 4).value_counts().reindex(range(weeks // 4, weeks // 2), fill_value=0)
        released = ((releases >= end - 2 * weeks * WEEK) & (releases < end - weeks * WEEK)).sum()
        if blocks.median() >= LIVELY and (released >= FEWEST_RELEASES or releases.empty):
            return weeks
    return spans[-1]
