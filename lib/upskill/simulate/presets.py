"""The numbers that a made-up company is drawn from, and the kinds of company."""

from dataclasses import dataclass

import numpy as np

PARTS = (
    "teams", "people", "memberships", "abilities", "items", "tests", "surveys", "interviews", "climate",
    "learning", "feedback", "delivery", "changes", "operations", "work", "usage", "observations", "pilot",
    "faults")


def generator(seed, part):
    """Return the random generator of one part, independent of all other parts.

    Each part has its own child of the seed, so that drawing more in one part
    changes nothing in another.

    >>> bool(generator(1, "people").random() == generator(1, "people").random())
    True
    >>> bool(generator(1, "people").random() == generator(1, "pilot").random())
    False
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(PARTS.index(part),)))


@dataclass(frozen=True)
class Delivery:
    """Parameters of weekly delivery; log effects are natural logarithms of ratios.

    `training`: full effect on lead time, reached `ramp_weeks` after the
    start. `dip`: slowdown in the first week, gone after `dip_weeks`.
    """

    median_lead_time_hours: float = 52.0
    duration_sd: float = 0.9
    team_sd: float = 0.25
    week_sd: float = 0.12
    week_correlation: float = 0.4
    trend_per_year: float = -0.08
    training: float = -0.18
    ramp_weeks: int = 12
    dip: float = 0.10
    dip_weeks: int = 6
    license: float = -0.03
    volume_per_engineer_week: float = 0.92
    volume_sd: float = 0.10
    volume_training: float = 0.05
    unmerged_share: float = 0.06
    change_failure_rate: float = 0.11
    change_failure_sd: float = 0.25
    change_failure_training: float = 0.0
    restore_median_hours: float = 3.0
    restore_sd: float = 1.0
    failed_deployment_share: float = 0.025
    revert_share: float = 0.15
    work_items_per_engineer_week: float = 0.45
    work_item_median_hours: float = 110.0
    work_item_sd: float = 0.8


@dataclass(frozen=True)
class Pilot:
    """Parameters of the task-level pilot; the effect is a log ratio of minutes."""

    tasks: int = 250
    people: int = 18
    effect: float = -0.13
    person_sd: float = 0.25
    noise_sd: float = 0.45
    median_minutes: float = 95.0
    task_sd: float = 0.7
    forecast_sd: float = 0.35
    felt_mean: float = -0.22
    felt_sd: float = 0.15
    unfinished_share: float = 0.04
    withheld_share: float = 0.05


@dataclass(frozen=True)
class Assessment:
    """Parameters of tests, self-ratings and interviews; abilities have mean 0 and sd 1 at the first wave."""

    domain_correlation: float = 0.6
    person_sd: float = 0.85
    drift_per_wave: float = 0.04
    growth_sd: float = 0.25
    attendance: float = 0.96
    self_leniency: float = 0.6
    self_loading: float = 0.3
    self_person_sd: float = 0.45
    self_noise_sd: float = 0.7
    severity_sd: float = 0.4
    rating_noise_sd: float = 0.5
    raters: int = 8
    interviewed_share: float = 0.5
    not_reached_share: float = 0.08
    climate_answer_share: float = 0.75


DELIVERY = Delivery()
PILOT = Pilot()
ASSESSMENT = Assessment()


@dataclass(frozen=True)
class Preset:
    """What kind of company it is; every field is a knob of the simulator.

    `volunteers`: better teams start first. `license_spread`: weeks over which
    teams get licenses. `halo`: sd of what a rater feels about a person as a
    whole (sd of ability). `movers`, `late_joiners`, `leavers`: shares of
    people. `tail_df`: degrees of freedom of the noise of durations (0 =
    normal). `gaps`: share of team-weeks without delivery data. `empty_cells`:
    share of optional cells left empty. `round_hours`: moments of changes are
    whole hours, and their phases multiples of this, which makes ties (0 =
    not). `selective`: control tasks
    of the pilot that would be slow are withheld. `own_trend`: yearly log
    change of lead time that goes with one sd of a team being better.
    `training`, `dip`, `failures`: full effect on lead time, slowdown at first, effect on
    the logit of the change failure rate; `task_effect`: effect on log minutes of drawn
    tasks. `first_teams`: teams trained by the end, all at the first date (0 = two cohorts of three). `license`: effect of the
    tools on lead time; `license_with_training`: teams get them in the week of their training, and not before. `split`: into
    how many parts trained teams come to cut each change, which shortens changes and delivers nothing more.
    """

    name: str
    assignment: str = "lottery"
    volunteers: bool = False
    license_spread: int = 0
    halo: float = 0.0
    movers: float = 0.0
    late_joiners: float = 0.06
    leavers: float = 0.05
    tiny_teams: int = 0
    tail_df: int = 0
    gaps: float = 0.0
    empty_cells: float = 0.0
    round_hours: int = 0
    selective: bool = False
    own_trend: float = 0.0
    training: float = DELIVERY.training
    dip: float = DELIVERY.dip
    failures: float = DELIVERY.change_failure_training
    task_effect: float = PILOT.effect
    first_teams: int = 0
    license: float = DELIVERY.license
    license_with_training: bool = False
    split: float = 1.0


PRESETS = {
    "lottery": Preset("lottery"),
    "hostile": Preset(
        "hostile", assignment="volunteered", volunteers=True, license_spread=12, halo=0.6, movers=0.12,
        late_joiners=0.18, leavers=0.12, tiny_teams=2, tail_df=3, gaps=0.04, empty_cells=0.05, round_hours=4,
        selective=True, own_trend=-0.12),
    # Pilots that must be told apart: what each found is known.
    "worked": Preset("worked", training=-0.40, dip=0.0, task_effect=-0.40),
    "nothing": Preset("nothing", training=0.0, dip=0.0, task_effect=0.0),
    "harmed": Preset("harmed", training=0.35, failures=0.5, task_effect=0.35),
    "one-team": Preset("one-team", assignment="chosen", first_teams=1),
    # Training that does nothing, and what makes it look otherwise.
    "eager": Preset("eager", assignment="volunteered", volunteers=True, own_trend=-0.12, training=0.0, dip=0.0, task_effect=0.0),
    "licenses": Preset("licenses", license=-0.30, license_with_training=True, training=0.0, dip=0.0, task_effect=0.0),
    "split": Preset("split", split=1.6, training=0.0, dip=0.0, task_effect=0.0),
    "halo": Preset("halo", halo=0.6, training=0.0, dip=0.0, task_effect=0.0),
    "heavy-tails": Preset("heavy-tails", tail_df=3, training=0.0, dip=0.0, task_effect=0.0),
    # Faster work that breaks more.
    "reckless": Preset("reckless", training=-0.25, dip=0.0, failures=0.7, task_effect=-0.25),
}
