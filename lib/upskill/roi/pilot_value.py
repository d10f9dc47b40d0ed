"""Whether a pilot pays, and how large it should be.

A pilot of teams drawn by lot measures one input of the money model, with the
error of a clustered comparison. It costs money and time; what it saves is the
wrong decision that it prevents.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.roi.information import sample_information
from upskill.roi.monte_carlo import BLOCKS


@dataclass(frozen=True)
class PilotPlan:
    """A pilot: teams_per_arm teams of engineers_per_team people in each arm.

    person_sd: standard deviation between people, team differences included, in
    the unit of the input. intraclass_correlation: share of that variance
    between teams, 0 to 1. explained_share: share of the variance that a
    measurement before the start takes away. control_arm: a second arm of
    as many teams without training. transport_sd: what sets the pilot's teams
    apart from the company. Costs are money; delay_months is by how much
    the decision waits.
    """

    teams_per_arm: float
    engineers_per_team: float
    person_sd: float
    intraclass_correlation: float = 0.0
    explained_share: float = 0.0
    control_arm: bool = True
    transport_sd: float = 0.0
    fixed_cost: float = 0.0
    cost_per_engineer: float = 0.0
    cost_per_control_engineer: float = 0.0
    delay_months: float = 0.0

    def __post_init__(self):
        sizes = self.teams_per_arm, self.engineers_per_team, self.person_sd
        shares = self.intraclass_correlation, self.explained_share
        others = (self.transport_sd, self.fixed_cost, self.cost_per_engineer, self.cost_per_control_engineer,
                  self.delay_months)
        if not (all(size > 0 for size in sizes) and all(0 <= share <= 1 for share in shares)
                and all(0 <= other < np.inf for other in others) and self.explained_share < 1):
            raise ValueError(f"{self}: expected sizes above 0, shares from 0 to 1, costs and months of at least 0")

    @property
    def engineers(self):
        """Return how many people are trained in the pilot."""
        return self.teams_per_arm * self.engineers_per_team

    @property
    def standard_error(self):
        """Return the standard error of what the pilot tells of the company.

        Equation: per arm, person_sd ** 2 (1 - explained) (icc / teams + (1 -
        icc) / people); twice that with a control arm; plus transport_sd ** 2.
        """
        between = self.intraclass_correlation / self.teams_per_arm
        within = (1 - self.intraclass_correlation) / self.engineers
        arm = self.person_sd**2 * (1 - self.explained_share) * (between + within)
        return float(np.sqrt(arm * (1 + self.control_arm) + self.transport_sd**2))

    @property
    def cost(self):
        control = self.cost_per_control_engineer * self.engineers if self.control_arm else 0.0
        return self.fixed_cost + self.cost_per_engineer * self.engineers + control


def pilot_sizes(draws, worth, name, plans, loss_per_month=0.0, level=0.90, blocks=BLOCKS):
    """Return what each pilot is worth, costs and leaves, one row per plan.

    Columns: teams (of both arms), engineers (those trained), standard_error,
    worth, monte_carlo_error, cost, waiting, net.

    draws, worth: as for value of information. name: the input that the pilot
    measures. loss_per_month: share of the worth of the best choice that a
    month of waiting takes away, 0 to 1. Equation: net = worth - cost - waiting,
    waiting = (1 - (1 - loss_per_month) ** delay) (best expected worth + worth
    of the pilot), not below zero. What the pilot's own engineers gain or lose is not
    counted. Raises ValueError for a loss outside 0 to 1.
    """
    if not 0 <= loss_per_month <= 1:
        raise ValueError(f"loss_per_month is {loss_per_month}; expected a share from 0 to 1")
    best, rows = float(np.mean(worth, axis=0).max()), []
    for plan in plans:
        found = sample_information(draws, worth, name, plan.standard_error, level, blocks)
        lost = 1 - (1 - loss_per_month) ** plan.delay_months
        waiting = max(0.0, lost * (best + found.value))
        rows.append((plan.teams_per_arm * (1 + plan.control_arm), plan.engineers, plan.standard_error, found.value,
                     found.monte_carlo_error, plan.cost, waiting, found.value - plan.cost - waiting))
    return pd.DataFrame(rows, columns=["teams", "engineers", "standard_error", "worth", "monte_carlo_error", "cost",
                                       "waiting", "net"])


def best_pilot(sizes):
    """Return the row of the pilot with the highest net worth, None where none pays.

    sizes: as from `pilot_sizes`.
    """
    if sizes.empty or not sizes["net"].max() > 0:
        return None
    return sizes.loc[sizes["net"].idxmax()]
