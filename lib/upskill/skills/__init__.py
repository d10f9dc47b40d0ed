"""Where people stand against the framework, and how sure we are."""

from upskill.skills.agreement import Agreement, intraclass_correlation, krippendorff_alpha
from upskill.skills.assess import assess_skills, fuse_sources
from upskill.skills.calibration import Calibration, SlopePrior, calibrate
from upskill.skills.combine import combine_evidence
from upskill.skills.facets import FacetFit, many_facet_rasch, separate_groups
from upskill.skills.gaps import (
    chance_of_meeting,
    domain_importance,
    expected_shortfall,
    priorities,
    shares_at_levels,
    shortfall_of_draws,
)
from upskill.skills.groups import changes, hidden_roles, hide_small, shortfalls, verdict
from upskill.skills.kappa import kappa_of_counts, weighted_kappa
from upskill.skills.levels import Cuts, continuous_level, domain_targets, level_probabilities, read_cuts
from upskill.skills.plan_words import read_plan
from upskill.skills.planning import AssessmentDesign, AssessmentPlan, design_of, plan_assessment
from upskill.skills.plausible import PlausibleValues, plausible_values
from upskill.skills.reliability import Reliability, coefficient_alpha, precision_table
from upskill.skills.scoring import DomainScale, ProgramCalibration, calibrate_program
from upskill.skills.sources import SOURCES
from upskill.skills.standing import Standing, people_present, slug, standing

__all__ = [
    "SOURCES",
    "Agreement",
    "AssessmentDesign",
    "AssessmentPlan",
    "Calibration",
    "Cuts",
    "DomainScale",
    "FacetFit",
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
    "combine_evidence",
    "continuous_level",
    "design_of",
    "domain_importance",
    "domain_targets",
    "expected_shortfall",
    "fuse_sources",
    "hidden_roles",
    "hide_small",
    "intraclass_correlation",
    "kappa_of_counts",
    "krippendorff_alpha",
    "level_probabilities",
    "many_facet_rasch",
    "people_present",
    "plan_assessment",
    "plausible_values",
    "precision_table",
    "priorities",
    "read_cuts",
    "read_plan",
    "separate_groups",
    "shares_at_levels",
    "shortfall_of_draws",
    "shortfalls",
    "slug",
    "standing",
    "verdict",
    "weighted_kappa",
]
