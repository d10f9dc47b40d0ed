"""How far the skill report can be trusted: the test, the raters, the change, fairness."""

from upskill.skills.trust.assurance import Assurance, assurance

__all__ = ["Assurance", "assurance"]
