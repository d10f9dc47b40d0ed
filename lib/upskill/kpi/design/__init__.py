"""Before a pilot: who starts when, how many teams and weeks it takes, planned looks."""

from upskill.kpi.design.draw import draw_starts
from upskill.kpi.design.looks import look_boundaries
from upskill.kpi.design.size import size_table

__all__ = ["draw_starts", "look_boundaries", "size_table"]
