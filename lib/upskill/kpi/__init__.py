"""How delivery moved: KPI definitions, series, process-behavior limits, change with its interval."""

from upskill.kpi.change import Change, judge
from upskill.kpi.definitions import DEFINITIONS, Definition
from upskill.kpi.process import RULE_SETS, ProcessLimits, calibrated_multiplier, find_signals, process_limits
from upskill.kpi.survival import censored_quantile, kaplan_meier
from upskill.kpi.tracking import Tracked, Tracking, track

__all__ = ["DEFINITIONS", "RULE_SETS", "Change", "Definition", "ProcessLimits", "Tracked", "Tracking",
           "calibrated_multiplier", "censored_quantile", "find_signals", "judge", "kaplan_meier", "process_limits",
           "track"]
