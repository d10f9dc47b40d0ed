"""Where people stand against the framework, and how sure we are."""

from upskill.skills.agreement import Agreement, intraclass_correlation, krippendorff_alpha
from upskill.skills.calibration import Calibration, SlopePrior, calibrate
from upskill.skills.groups import changes, hidden_roles, hide_small, shortfalls, verdict
from upskill.skills.levels import Cuts, continuous_level, domain_targets, level_probabilities, read_cuts
from upskill.skills.plausible import PlausibleValues, plausible_values
from upskill.skills.reliability import Reliability, coefficient_alpha, precision_table
from upskill.skills.scoring import DomainScale, ProgramCalibration, assess_skills, calibrate_program
from upskill.skills.standing import Standing, people_present, slug, standing

__all__ = [
    "Agreement",
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
    "changes",
    "coefficient_alpha",
    "continuous_level",
    "domain_targets",
    "hidden_roles",
    "hide_small",
    "intraclass_correlation",
    "krippendorff_alpha",
    "level_probabilities",
    "people_present",
    "plausible_values",
    "precision_table",
    "read_cuts",
    "shortfalls",
    "slug",
    "standing",
    "verdict",
]
