"""The evaluation of a pilot: its verdict, whether it may be said to be caused, what is ruled out, what would settle it."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from upskill.data.registration import Registration, registration
from upskill.data.schema import NotEnoughData
from upskill.kpi.change import MARGIN
from upskill.kpi.pilot.context import Context, what_else_happened
from upskill.kpi.pilot.finding import HARMED, SAFE, Finding, find, together
from upskill.kpi.pilot.outcome import starts_of, weeks_since
from upskill.kpi.pilot.settle import Settle, what_would_settle
from upskill.kpi.task_effect import PilotEffect, pilot_effect

PRIMARY, GUARDRAILS = "lead_time", {"change_failure_rate": 0.03, "recovery_time": 0.15}
ALARM_DRAWS = 400
# Smaller changes are faster without more being delivered: of these the second must move with the first.
CHANGES, DELIVERED, MORE_CHANGES = "throughput", "time_to_market", 0.10
OF_CHANGES = ("lead_time", "review_time", "coding_time", "pickup_time", "approval_time")
# Without a lottery a gain must survive drift of this share of the largest seen before the start.
LEAST_DRIFT = 0.25
HEADLINES = {"improved": "Improved", "worsened": "Worsened", "no relevant change": "No change worth acting on",
             "cannot tell": "Cannot tell yet"}


@dataclass(frozen=True)
class Evaluation:
    """What the pilot found.

    `primary`: Finding on the registered KPI, or None where teams cannot be compared
    (`teams_reason` says why); `guardrails`: Findings of the KPIs that must not suffer; `tasks`: PilotEffect
    of the task-level pilot, or None (`tasks_reason`); `plan`: Registration;
    `assignment`: how starts were decided; `starts`: Monday by team; `teams`,
    `controls`, `weeks`: pilot teams, comparison teams, weeks since the first start;
    `settle`: what would settle it; `context`: what else happened; `changes`, `delivered`: Findings of
    how many changes an engineer merges and of how long work items take, where the primary KPI is the time that changes take.
    """

    primary: Finding | None
    guardrails: tuple[Finding, ...]
    tasks: PilotEffect | None
    plan: Registration
    assignment: str | None
    starts: pd.Series = field(compare=False)
    teams: int
    controls: int
    weeks: int
    margin: float
    settle: Settle | None
    context: Context
    teams_reason: str = ""
    tasks_reason: str = ""
    level: float = 0.90
    task_starts_on: str = ""
    changes: Finding | None = None
    delivered: Finding | None = None

    @property
    def verdict(self):
        """One of the four verdicts, of the primary KPI, else of the tasks; no gain where something else explains it."""
        if self.cut_smaller or self.drift_explains:
            return "cannot tell"
        return self.primary.verdict if self.primary else self.tasks.verdict

    @property
    def cut_smaller(self):
        """Whether changes got faster and clearly more, while work items are not shown to be done any faster."""
        return (self.primary is not None and self.primary.verdict == "improved" and self.changes is not None
                and self.changes.known and self.changes.low > MORE_CHANGES
                and not (self.delivered is not None and self.delivered.verdict == "improved"))

    @property
    def drift_explains(self):
        """Whether teams that nobody drew by lot gained no more than a small drift of their own would make.

        Teams that volunteer, or that somebody picks, often were on their way already. A gain counts where the
        smallest drift that would explain it is a quarter of the largest before the start, or more.
        """
        if self.primary is None or self.primary.verdict != "improved" or self.assignment == "lottery":
            return False
        bound = getattr(self.primary.effect, "sensitivity", None)
        return bound is None or bound.breakdown < LEAST_DRIFT

    @property
    def broken(self):
        """Guardrails that got worse."""
        return tuple(one for one in self.guardrails if one.safety == HARMED)

    @property
    def not_shown(self):
        """Guardrails that are not shown to be safe."""
        return tuple(one for one in self.guardrails if one.safety != SAFE)

    @property
    def rule_met(self):
        """Whether the primary KPI is superior and every guardrail safe; None where the rule cannot be told."""
        if self.verdict in ("worsened", "no relevant change") or self.broken:
            return False
        return True if self.verdict == "improved" and not self.not_shown else None

    @property
    def headline(self):
        """The verdict as the first words of the page."""
        if self.cut_smaller:
            return "Cannot tell yet: changes got smaller, so their being faster shows nothing"
        if self.drift_explains:
            return "Cannot tell yet: faster, but by no more than teams not drawn by lot may drift"
        if self.verdict == "improved" and self.broken:
            return "Faster, but quality got worse"
        if self.verdict == "improved" and self.not_shown:
            return "Faster, safety not shown"
        return HEADLINES[self.verdict]

    @property
    def may_say_caused(self):
        """Whether the design and the measured false alarms allow the word."""
        if self.primary is not None and self.primary.effect is not None:
            return bool(self.primary.effect.may_say_caused) and not self.context.bundled and not self.cut_smaller
        return self.primary is None and self.tasks is not None and self.tasks_registered

    @property
    def tasks_registered(self):
        return self.plan.state == "registered" and (not self.task_starts_on or self.plan.on < self.task_starts_on)


def assignment_of(program, starts):
    """Return how the starts were decided, where all rows of the training say the same; None where nothing is recorded."""
    rows = program["rollout"]
    said = rows.loc[(rows["event"] == "training") & rows["team"].isin(starts.index), "assignment"].dropna().unique()
    return str(said[0]) if len(said) == 1 else "chosen" if len(said) else None


def evaluate(program, level=0.90, seed=0, margin=None, alarm_draws=ALARM_DRAWS, team=""):
    """Evaluate the pilot of a program from its tables and its registered plan.

    `margin`: smallest relative change worth acting on; None takes that of the plan, else
    10 %. `alarm_draws`: made-up outcomes by which the method's own false alarms are
    measured. `team`: evaluate this team alone against those that had not started (then
    without tasks). Raises NotEnoughData where there are neither teams to compare nor tasks.
    """
    starts, teams_reason = _starts(program)
    first = starts.min() if len(starts) else None
    plan = registration(program.settings.pilot, first)
    margin = margin or plan.margin or MARGIN
    assignment = assignment_of(program, starts) if len(starts) else None
    tasks, tasks_reason = _tasks(program, level, margin, seed) if not team else (None, "They are of people from many teams.")
    if team and team not in starts:
        raise NotEnoughData(f"The training of {team} has not started: there is nothing to evaluate for this team yet.")
    primary, guardrails = None, ()
    if len(starts):
        common = {"assignment": assignment, "registered": plan.state == "registered", "level": level, "seed": seed,
                  "only": team}
        primary = find(program, plan.primary_kpi or PRIMARY, starts, margin, **common, alarm_draws=alarm_draws)
        guardrails = together([find(program, name, starts, size, **common) for name, size in
                               (plan.guardrails or GUARDRAILS).items() if name != primary.name], level)
        if primary.outcome is None:
            primary, guardrails, teams_reason = None, (), primary.reason
    if primary is None and tasks is None:
        raise NotEnoughData(f"No pilot can be evaluated. Teams: {teams_reason} Tasks: {tasks_reason}")
    changes = delivered = None
    if primary is not None and primary.verdict == "improved" and primary.name in OF_CHANGES:
        changes, delivered = (find(program, name, starts, MARGIN, **common) for name in (CHANGES, DELIVERED))
    units = primary.outcome.frame.groupby("team")["start"].first() if primary else pd.Series(dtype="datetime64[ns]")
    return Evaluation(
        primary, guardrails, tasks, plan, assignment, starts, int(units.notna().sum()), int(units.isna().sum()),
        weeks_since(primary.outcome) if primary else 0, margin, what_would_settle(primary, level) if primary else None,
        what_else_happened(program, starts), teams_reason, tasks_reason, level, _first_task(program),
        changes, delivered)


def _starts(program):
    try:
        starts = starts_of(program)
    except NotEnoughData as error:
        return pd.Series(dtype="datetime64[ns]"), str(error)
    return starts, "" if len(starts) else "The table rollout names no training that has started."


def _tasks(program, level, margin, seed):
    if "pilot_tasks" not in program:
        return None, "There is no table pilot_tasks."
    try:
        return pilot_effect(program["pilot_tasks"], level, margin, seed=seed), ""
    except NotEnoughData as error:
        return None, str(error)


def _first_task(program):
    if "pilot_tasks" not in program or program["pilot_tasks"]["date"].isna().all():
        return ""
    return f"{program['pilot_tasks']['date'].min():%Y-%m-%d}"


def ruled_out(low, high, better):
    """Return (largest gain, largest loss) that the interval leaves possible, both as sizes at or above zero.

    >>> ruled_out(-0.21, -0.04, "lower")
    (0.21, 0.0)
    """
    gain, loss = (-low, high) if better == "lower" else (high, -low)
    return float(np.maximum(gain, 0.0)), float(np.maximum(loss, 0.0))
