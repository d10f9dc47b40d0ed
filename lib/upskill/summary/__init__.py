"""One page for those who decide, from the facts of the other reports."""

from upskill.data import next_gate
from upskill.summary.decision import Decision, decide, disagreements, weakest_link
from upskill.summary.evidence import REPORTS, Evidence, from_reports, recompute

__all__ = ["REPORTS", "Decision", "Evidence", "decide", "disagreements", "from_reports", "next_gate", "recompute",
           "weakest_link"]


def __dir__():
    """Offer public names only when somebody presses TAB."""
    return sorted(__all__)
