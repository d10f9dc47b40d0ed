"""How people take it: safety, readiness, worries, barriers, and where AI has arrived in the life cycle."""

from upskill.adoption.agreement import chance_agreement, group_correlations, shrunken_means, within_group_agreement
from upskill.adoption.barriers import goes_with_use, ranked_barriers
from upskill.adoption.constructs import (
    CHAIN,
    KINDS,
    Answers,
    barrier_point,
    changes,
    climate_answers,
    construct_means,
    response_quality,
    slug,
    with_silent,
)
from upskill.adoption.practice import practice_by_stage
from upskill.adoption.teams import team_climate
from upskill.adoption.use import use_by_stage, use_by_team, use_of_persons

__all__ = ["CHAIN", "KINDS", "Answers", "barrier_point", "chance_agreement", "changes", "climate_answers", "construct_means",
           "goes_with_use", "group_correlations", "practice_by_stage", "ranked_barriers", "response_quality", "shrunken_means", "slug",
           "team_climate", "use_by_stage", "use_by_team", "use_of_persons", "with_silent", "within_group_agreement"]


def __dir__():
    """Offer public names only when somebody presses TAB."""
    return sorted(__all__)
