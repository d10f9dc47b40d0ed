"""What a pilot of some teams would cost and tell about the time that training saves."""

from upskill.roi.pilot_value import PilotPlan, best_pilot, pilot_sizes

TEAMS_PER_ARM = (1, 2, 3, 4, 6, 8, 12)
ENGINEERS_PER_TEAM, DELAY_MONTHS = 6, 4
PERSON_SPREAD, TEAM_SHARE, TRANSPORT_SPREAD = 0.25, 0.10, 0.05
"""Assumed: time savings of people spread by 25 points, a tenth of that variance between teams, and pilot teams differ
from the company by 5 points."""


def pilot_plans(case):
    """Return plans of pilots from two teams up, as far as half of the engineers reach; case: the Appraisal."""
    heads = case.draws["engineers"].mean()
    each = max(case.cost_per_engineer.value, 0.0)
    return [PilotPlan(teams, ENGINEERS_PER_TEAM, PERSON_SPREAD, TEAM_SHARE, transport_sd=TRANSPORT_SPREAD,
                      cost_per_engineer=each, delay_months=DELAY_MONTHS)
            for teams in TEAMS_PER_ARM if 2 * teams * ENGINEERS_PER_TEAM <= heads]


def pilot_worth(case, worth):
    """Return (table of pilots by size, the best one or None); worth: shape (draws, options)."""
    table = pilot_sizes(case.draws, worth, "training_time_saving", pilot_plans(case))
    return table, best_pilot(table)
