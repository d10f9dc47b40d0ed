"""Where people stand against the framework, and how sure we are."""

from upskill.skills.agreement import Agreement, intraclass_correlation, krippendorff_alpha
from upskill.skills.calibration import Calibration, SlopePrior, calibrate
from upskill.skills.gaps import (
    chance_of_meeting,
    domain_importance,
    expected_shortfall,
    priorities,
    shares_at_levels,
    shortfall_of_draws,
)
from upskill.skills.groups import changes, hidden_roles, hide_small, shortfalls, verdict
from upskill.skills.levels import Cuts, continuous_level, domain_targets, level_probabilities, read_cuts
from upskill.skills.plan_words import read_plan
from upskill.skills.planning import AssessmentDesign, AssessmentPlan, design_of, plan_assessment
from upskill.skills.plausible import PlausibleValues, plausible_values
from upskill.skills.reliability import Reliability, coefficient_alpha, precision_table
from upskill.skills.scoring import DomainScale, ProgramCalibration, assess_skills, calibrate_program
from upskill.skills.standing import Standing, people_present, slug, standing

__all__ = [
    "Agreement",
    "AssessmentDesign",
    "AssessmentPlan",
    "Calibration",
    "Cuts",
    "DomainScale",
    "PlausibleValues",
    "ProgramCalibration",
    "Reliability",
    "SlopePrior",
    "Standing",
    "assess_skills",
    "calibrate",
    "calibrate_program",
    "chance_of_meeting",
    "changes",
    "coefficient_alpha",
    "continuous_level",
    "design_of",
    "domain_importance",
    "domain_targets",
    "expected_shortfall",
    "hidden_roles",
    "hide_small",
    "intraclass_correlation",
    "krippendorff_alpha",
    "level_probabilities",
    "people_present",
    "plan_assessment",
    "plausible_values",
    "precision_table",
    "priorities",
    "read_cuts",
    "read_plan",
    "shares_at_levels",
    "shortfall_of_draws",
    "shortfalls",
    "slug",
    "standing",
    "verdict",
]
