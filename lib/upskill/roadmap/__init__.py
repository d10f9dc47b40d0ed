"""From here to full integration: phases, goals as facts, chances of dates, gates, risks."""

from upskill.roadmap.gates import Judged, chance_of, judge_goals, watched_gates, watched_risks
from upskill.roadmap.phases import Goal, Phase, read_phases
from upskill.roadmap.review import Review, last_review, moved_facts
from upskill.roadmap.rules import Watched, watch
from upskill.roadmap.schedule import Simulated, schedule_of, simulate_schedule

__all__ = ["Goal", "Judged", "Phase", "Review", "Simulated", "Watched", "chance_of", "judge_goals", "last_review", "moved_facts",
           "read_phases", "schedule_of", "simulate_schedule", "watch", "watched_gates", "watched_risks"]


def __dir__():
    """Offer public names only when somebody presses TAB."""
    return sorted(__all__)
