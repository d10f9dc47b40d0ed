"""Where levels begin: cuts from the ratings of a panel, in the form of the table `cuts`."""

from upskill.skills.panel.cuts import angoff_cuts, booklet, bookmark_cuts
from upskill.skills.panel.made_up import made_up_angoff, made_up_bookmarks
from upskill.skills.panel.program import made_up_panel, panel_of_program, panel_rounds

__all__ = ["angoff_cuts", "booklet", "bookmark_cuts", "made_up_angoff", "made_up_bookmarks", "made_up_panel", "panel_of_program",
           "panel_rounds"]
