"""Where people stand against the framework, and how sure we are."""

from upskill.skills.abilities import ability_scores, marginal_reliability, sum_score_table
from upskill.skills.agreement import Agreement, krippendorff_alpha
from upskill.skills.assess import assess_skills, fuse_sources, source_shares
from upskill.skills.calibration import Calibration, SlopePrior, calibrate
from upskill.skills.classical import (
    TrueScore,
    item_statistics,
    spearman_brown,
    standard_error_of_measurement,
    true_score,
)
from upskill.skills.combine import combine_evidence
from upskill.skills.drift import change_without, drift_check, item_drift
from upskill.skills.facets import FacetFit, many_facet_rasch, separate_groups
from upskill.skills.fairness import (
    MantelHaenszel,
    differential_items,
    fairness_table,
    mantel_haenszel,
    mantel_polytomous,
)
from upskill.skills.fit_of_items import item_fit, local_dependence
from upskill.skills.fit_of_people import person_fit, person_fit_across
from upskill.skills.gaps import (
    chance_of_meeting,
    domain_importance,
    expected_shortfall,
    priorities,
    shares_at_levels,
    shortfall_of_draws,
)
from upskill.skills.groups import changes, hidden_roles, hide_small, shortfalls, verdict
from upskill.skills.information import cut_precision, test_information
from upskill.skills.instrument import (
    InstrumentQuality,
    instrument_quality,
    instrument_rows,
    read_items,
    read_levels,
    read_parts,
    read_people,
)
from upskill.skills.interviews import InterviewQuality, interview_quality, own_severity
from upskill.skills.intraclass import intraclass_correlation
from upskill.skills.kappa import kappa_of_counts, weighted_kappa
from upskill.skills.levels import Cuts, continuous_level, domain_targets, level_probabilities, read_cuts
from upskill.skills.linking import Link, calibration_draws, link_scales
from upskill.skills.omega import coefficient_omega, omega_of_covariance, schmid_leiman
from upskill.skills.person_change import (
    CutOffs,
    count_changes,
    cut_offs,
    false_discovery,
    person_changes,
    reliable_change,
    standard_error_of_difference,
)
from upskill.skills.plan_words import read_plan
from upskill.skills.planning import AssessmentDesign, AssessmentPlan, design_of, plan_assessment
from upskill.skills.plausible import PlausibleValues, plausible_values
from upskill.skills.quality import reliability_table, weakest_items
from upskill.skills.reliability import Reliability, coefficient_alpha, precision_table
from upskill.skills.scoring import DomainScale, ProgramCalibration, calibrate_program
from upskill.skills.self_ratings import errors_in_variables, own_calibration, self_against_tests
from upskill.skills.sources import SOURCES
from upskill.skills.standing import Standing, people_present, slug, standing
from upskill.skills.subscores import subscore_value
from upskill.skills.training import TrainingComparison, compare_with_untrained, effect_for_money

__all__ = [
    "SOURCES",
    "Agreement",
    "AssessmentDesign",
    "AssessmentPlan",
    "Calibration",
    "CutOffs",
    "Cuts",
    "DomainScale",
    "FacetFit",
    "InstrumentQuality",
    "InterviewQuality",
    "Link",
    "MantelHaenszel",
    "PlausibleValues",
    "ProgramCalibration",
    "Reliability",
    "SlopePrior",
    "Standing",
    "TrainingComparison",
    "TrueScore",
    "ability_scores",
    "assess_skills",
    "calibrate",
    "calibrate_program",
    "calibration_draws",
    "chance_of_meeting",
    "change_without",
    "changes",
    "coefficient_alpha",
    "coefficient_omega",
    "combine_evidence",
    "compare_with_untrained",
    "continuous_level",
    "count_changes",
    "cut_offs",
    "cut_precision",
    "design_of",
    "differential_items",
    "domain_importance",
    "domain_targets",
    "drift_check",
    "effect_for_money",
    "errors_in_variables",
    "expected_shortfall",
    "fairness_table",
    "false_discovery",
    "fuse_sources",
    "hidden_roles",
    "hide_small",
    "instrument_quality",
    "instrument_rows",
    "interview_quality",
    "intraclass_correlation",
    "item_drift",
    "item_fit",
    "item_statistics",
    "kappa_of_counts",
    "krippendorff_alpha",
    "level_probabilities",
    "link_scales",
    "local_dependence",
    "mantel_haenszel",
    "mantel_polytomous",
    "many_facet_rasch",
    "marginal_reliability",
    "omega_of_covariance",
    "own_calibration",
    "own_severity",
    "people_present",
    "person_changes",
    "person_fit",
    "person_fit_across",
    "plan_assessment",
    "plausible_values",
    "precision_table",
    "priorities",
    "read_cuts",
    "read_items",
    "read_levels",
    "read_parts",
    "read_people",
    "read_plan",
    "reliability_table",
    "reliable_change",
    "schmid_leiman",
    "self_against_tests",
    "separate_groups",
    "shares_at_levels",
    "shortfall_of_draws",
    "shortfalls",
    "slug",
    "source_shares",
    "spearman_brown",
    "standard_error_of_difference",
    "standard_error_of_measurement",
    "standing",
    "subscore_value",
    "sum_score_table",
    "test_information",
    "true_score",
    "verdict",
    "weakest_items",
    "weighted_kappa",
]


def __dir__():
    """Offer public names only when somebody presses TAB."""
    return sorted(__all__)
