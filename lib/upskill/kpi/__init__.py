"""How delivery moved: KPI definitions, series, process-behavior limits, change with its interval."""

from upskill.kpi.attribute import ewma_chart, g_chart, p_chart, t_chart, u_chart
from upskill.kpi.change import Change, judge
from upskill.kpi.definitions import BOARD, DEFINITIONS, Definition
from upskill.kpi.dora import quick_check_score
from upskill.kpi.incidents import link_incidents
from upskill.kpi.interrupted import Effect, InterruptedSeries, interrupted_series
from upskill.kpi.multiplicity import benjamini_hochberg
from upskill.kpi.power import detection_power, minimum_detectable_effect
from upskill.kpi.process import RULE_SETS, ProcessLimits, calibrated_multiplier, find_signals, process_limits
from upskill.kpi.rollout import RolloutEffect, rollout_effect
from upskill.kpi.survival import (
    Incidence,
    censored_quantile,
    cumulative_incidence,
    incidence_quantile,
    kaplan_meier,
    quantile_given_event,
)
from upskill.kpi.task_effect import PilotEffect, pilot_effect
from upskill.kpi.tracking import Tracked, Tracking, track

__all__ = ["BOARD", "DEFINITIONS", "RULE_SETS", "Change", "Definition", "Effect", "Incidence", "InterruptedSeries",
           "PilotEffect", "ProcessLimits", "RolloutEffect", "Tracked", "Tracking", "benjamini_hochberg",
           "calibrated_multiplier", "censored_quantile", "cumulative_incidence", "detection_power",
           "ewma_chart", "find_signals", "g_chart", "incidence_quantile", "interrupted_series", "judge",
           "kaplan_meier", "link_incidents", "minimum_detectable_effect", "p_chart", "pilot_effect",
           "process_limits", "quantile_given_event", "quick_check_score", "rollout_effect", "t_chart",
           "track", "u_chart"]


def __dir__():
    """Offer public names only when somebody presses TAB."""
    return sorted(__all__)
