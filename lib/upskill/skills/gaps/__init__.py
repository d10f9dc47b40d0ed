"""Gaps: how much is missing to the target, how probably it is met, and which gaps matter most."""

from upskill.skills.gaps.measures import (
    chance_of_meeting,
    domain_importance,
    expected_shortfall,
    priorities,
    shares_at_levels,
    shortfall_of_draws,
)

__all__ = ["chance_of_meeting", "domain_importance", "expected_shortfall", "priorities", "shares_at_levels",
           "shortfall_of_draws"]
