"""Change of people in trained teams beside that of teams not yet trained, and whether it may be called an effect."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from upskill.data import NotEnoughData
from upskill.skills.evidence import assessed_waves, matrix, test_answers
from upskill.skills.levels import continuous_level, draw_cuts, read_cuts
from upskill.skills.limits import team_changes
from upskill.skills.scoring import calibrate_program, likelihood_on_grid
from upskill.skills.team_means import POINTS, fit_team_means

TRAINED, NOT_YET, NEITHER = "trained", "not yet trained", "neither"
ALL_DOMAINS = "all domains"
FEWEST_TEAMS = 2  # on each side: of one team nobody can tell what is the training and what the team
DRAWS = 12
ASSIGNMENTS = {"chosen": "somebody chose the teams", "volunteered": "teams volunteered",
               "unknown": "nobody recorded how the teams came to their start",
               "mixed": "not all teams got their start by lot"}


@dataclass(frozen=True)
class TrainingComparison:
    """Change since the first wave, of trained teams and of those not yet trained.

    `table`: one row per domain, and, of several with one unit, "all domains" (their mean) last: domain,
    unit, people_trained, people_not_yet, teams_trained, teams_not_yet, change_trained, change_not_yet
    (each with …_low, …_high), difference with low and high. `trained`, `not_yet`: names of teams; `left_out`: how many
    teams are in neither (their training began before the first wave ended, or
    nothing may be shown of them). `assignment`: "lottery", "chosen",
    "volunteered", "unknown" or "mixed".
    """

    table: pd.DataFrame
    first_wave: str
    last_wave: str
    trained: tuple[str, ...]
    not_yet: tuple[str, ...]
    left_out: int
    assignment: str
    level: float

    @property
    def is_effect(self):
        """Whether the difference may be called an effect of the training: only where the starts were drawn by lot."""
        return self.assignment == "lottery"

    @property
    def overall(self):
        """The row of all domains together, or of the only one; None where domains differ in unit or in teams."""
        last = self.table.iloc[-1]
        return last if last["domain"] == ALL_DOMAINS or len(self.table) == 1 else None


def compare_with_untrained(program, calibration=None, people=None, changes=None, level=0.90, seed=20261123):
    """Compare the change of people in trained teams with that of teams not yet trained.

    Parameters
    ----------
    program : the whole company.
    calibration : result of `calibrate_program`; None = made here.
    people, changes : as `limits` takes them: whom earlier reports fixed.
    level : probability of the intervals.
    seed : of the draws of item parameters and cuts.

    Trained = training of the team began after the first wave ended and before
    the last wave began. People count in the teams, and with the answers, of
    which reports on teams may show the change: the comparison adds and
    subtracts these, so nothing can follow from it that they do not show.

    Each team's mean ability at each wave is estimated without drawing it
    toward others (marginal maximum likelihood, Mislevy 1984, Psychometrika
    49, 359-381; items fixed). Then, with d_g the change of team g, n_g its people:

    difference = mean of d over trained - mean over not yet, weighted by n_g;
    variance = s² (1 / n_trained + 1 / n_not_yet) + variance over draws of
    item parameters and cuts; s² = sum n_g (d_g - mean of its side)² / (G - 2)

    with the t distribution of G - 2 degrees of freedom: the analysis of
    cluster means (Donner and Klar 2000, ch. 7; Rubin 1987 for the draws). It
    holds measurement error, differences between people and between teams. It
    supposes that the change of a team varies as 1 / n_g. Where teams differ by more
    than their people do, and much in size, it is too narrow: with teams of 5, 6, 8
    and 40 people on each side and an sd of 0.1 or 0.2 between teams, 90 % intervals
    hold the truth in 86 or 81 of 100; with teams of 6 to 20, in 89.

    Returns a `TrainingComparison`. Raises NotEnoughData where tables or waves
    are missing, or fewer than 2 teams are left on a side.
    """
    program.require("rollout", "waves", "people")
    answers = test_answers(program)
    waves = assessed_waves(program, answers)
    if len(waves) < 2:
        raise NotEnoughData("There is only one wave of tests, so no change can be compared.")
    status = training_status(program, waves[0], waves[-1])
    groups = team_changes(program, people, changes)
    calibration = calibration or calibrate_program(program)
    sides = _sides(status, {team for by_team in groups.values() for team in by_team})
    random = np.random.default_rng(seed)
    cuts = read_cuts(program)
    parts = {scale.domain: _domain(scale, answers, waves, groups.get(scale.domain, {}), sides, cuts, random)
             for scale in calibration.scales.values()}
    parts = {domain: part for domain, part in parts.items() if part is not None}
    if not parts:
        raise NotEnoughData(_too_few(sides))
    table = pd.DataFrame([_row(domain, *part, level) for domain, part in _with_all(parts).items()])
    used = {team for part in parts.values() for team in part[1].index}
    on = {side: tuple(team for team in sorted(used) if sides[team] == side) for side in (TRAINED, NOT_YET)}
    return TrainingComparison(table, waves[0], waves[-1], on[TRAINED], on[NOT_YET],
                              program["people"]["team"].nunique() - len(used), _assignment(program, used), level)


def training_status(program, first_wave, last_wave):
    """Return, by team, whether its training began between the waves: "trained", "not yet trained" or "neither".

    The earliest training of a team counts; teams without one in `rollout` are
    not yet trained; "neither" is trained before the first wave ended.
    """
    dates = program["waves"].set_index("wave")
    training = program["rollout"].query("event == 'training'")
    starts = pd.to_datetime(training["starts_on"]).groupby(training["team"]).min()
    starts = starts.reindex(program["people"]["team"].dropna().unique())
    before = starts <= dates.loc[first_wave, "ends_on"]
    between = (starts > dates.loc[first_wave, "ends_on"]) & (starts < dates.loc[last_wave, "starts_on"])
    return pd.Series(np.select([before, between], [NEITHER, TRAINED], NOT_YET), index=starts.index)


def _sides(status, shown):
    sides = {team: side for team, side in status.items() if team in shown and side != NEITHER}
    if min(_count(sides, TRAINED), _count(sides, NOT_YET)) < FEWEST_TEAMS:
        raise NotEnoughData(_too_few(sides))
    return sides


def _count(sides, side):
    return sum(entry == side for entry in sides.values())


def _too_few(sides):
    return (f"A comparison with people not yet trained needs {FEWEST_TEAMS} teams on each side whose change may be "
            f"shown; here {_count(sides, TRAINED)} trained between the waves and {_count(sides, NOT_YET)} not yet. "
            "What is left is a change, not an effect.")


def _assignment(program, teams):
    rollout = program["rollout"]
    rows = rollout[(rollout["event"] == "training") & rollout["team"].isin(teams)]
    known = rows["assignment"].fillna("unknown") if "assignment" in rows else pd.Series("unknown", index=rows.index)
    kinds = set(known) | ({"unknown"} if set(teams) - set(rows["team"]) else set())
    return kinds.pop() if len(kinds) == 1 else "mixed" if "lottery" in kinds or len(kinds) > 1 else "unknown"


def _domain(scale, answers, waves, by_team, sides, cuts, random):
    """Return (unit, teams table with people and side, changes, draws × teams) of one domain, or None."""
    member = {person: team for team, ids in by_team.items() if team in sides for person in ids}
    first, last = (matrix(answers, wave, scale.domain, scale.items) for wave in (waves[0], waves[-1]))
    both = [person for person in first.index.intersection(last.index) if person in member]
    codes, names = pd.factorize(pd.Series([member[person] for person in both], dtype=object), sort=True)
    teams = pd.DataFrame({"people": np.bincount(codes, minlength=len(names)), "side": [sides[name] for name in names]},
                         index=names)
    if (teams["side"].value_counts().reindex([TRAINED, NOT_YET], fill_value=0) < FEWEST_TEAMS).any():
        return None
    free = np.vstack([scale.calibration.free[None], scale.calibration.draws(DRAWS, random)])
    center, spread = _scale_of(scale, first, free)
    reached = _levels(cuts.get(scale.domain), center, spread, random)
    before, after = (_team_levels(scale, responses.loc[both], codes, free, reached) for responses in (first, last))
    return "levels" if scale.domain in cuts else "sd", teams, after - before


def _likelihoods(scale, responses, free):
    """Return P(answers | theta) of each draw of item parameters, up to a factor, shape (draws, persons, points)."""
    logs = np.stack([likelihood_on_grid(scale.calibration, responses, POINTS, one) for one in free])
    return np.exp(logs - logs.max(axis=2, keepdims=True))


def _scale_of(scale, first, free):
    """Return mean and sd of those assessed first, by draw: they define the scale."""
    mean, sd, _ = fit_team_means(_likelihoods(scale, first, free), np.zeros(len(first), dtype=int))
    return mean[:, 0], sd


def _levels(cuts, center, spread, random):
    """Return the level of each point of ability, by draw (the first with the published cuts); sd without cuts."""
    if cuts is None:
        return (POINTS - center[:, None]) / spread[:, None]
    places = np.vstack([cuts.places[None], draw_cuts(cuts, len(center) - 1, random)])
    places = center[:, None] + spread[:, None] * places
    return np.stack([continuous_level(POINTS, cuts.levels, own) for own in places])


def _team_levels(scale, responses, codes, free, reached):
    """Return the mean level of each team, draws × teams."""
    _, _, posterior = fit_team_means(_likelihoods(scale, responses, free), codes)
    single = np.einsum("mpq,mq->mp", posterior, reached)
    return np.stack([np.bincount(codes, row) for row in single]) / np.bincount(codes)


def _with_all(parts):
    """Add the mean over domains, where all have one unit and the same teams."""
    if len(parts) < 2:
        return parts
    units, teams = {part[0] for part in parts.values()}, [set(part[1].index) for part in parts.values()]
    names = sorted(set.intersection(*teams))
    sides = next(iter(parts.values()))[1]["side"].reindex(names)
    if len(units) > 1 or (sides.value_counts().reindex([TRAINED, NOT_YET], fill_value=0) < FEWEST_TEAMS).any():
        return parts
    kept = [(part[1].loc[names, "people"], [part[1].index.get_loc(name) for name in names], part)
            for part in parts.values()]
    table = pd.DataFrame({"people": np.min([people for people, _, _ in kept], axis=0), "side": sides}, index=names)
    return parts | {ALL_DOMAINS: (units.pop(), table, np.mean([part[2][:, order] for _, order, part in kept], axis=0))}


def _row(domain, unit, teams, changes, level):
    people, trained = teams["people"].to_numpy(float), (teams["side"] == TRAINED).to_numpy()
    return {"domain": domain, "unit": unit, "people_trained": int(people[trained].sum()),
            "people_not_yet": int(people[~trained].sum()), "teams_trained": int(trained.sum()),
            "teams_not_yet": int((~trained).sum()), **_difference(changes, people, trained, level)}


def _difference(values, people, trained, level):
    """Return means of both sides and their difference with intervals; `values`: draws × teams, the first the estimate."""
    weights = [np.where(side, people, 0) / people[side].sum() for side in (trained, ~trained)]
    means = np.stack([values @ weight for weight in weights], axis=1)
    centered = values - np.where(trained, means[:, :1], means[:, 1:])
    freedom = len(people) - 2
    square = float(((centered**2) @ people).mean() / freedom)
    shares = [1 / people[side].sum() for side in (trained, ~trained)]
    quantile = stdtrit(freedom, (1 + level) / 2)
    result = {}
    for name, estimate, share in (("change_trained", means[:, 0], shares[0]), ("change_not_yet", means[:, 1], shares[1]),
                                  ("difference", means[:, 0] - means[:, 1], sum(shares))):
        width = quantile * np.sqrt(square * share + estimate[1:].var(ddof=1) * (1 + 1 / (len(estimate) - 1)))
        start = "" if name == "difference" else f"{name}_"
        result |= {name: float(estimate[0]), f"{start}low": float(estimate[0] - width),
                   f"{start}high": float(estimate[0] + width)}
    return result


def effect_for_money(comparison):
    """Return the row of `comparison.table` that a business case may use, or raise NotEnoughData: change, not effect."""
    if not comparison.is_effect:
        raise NotEnoughData(f"Change, not effect: {ASSIGNMENTS[comparison.assignment]}, so people in trained teams may "
                            "have risen without training. Only a start drawn by lot tells.")
    if comparison.overall is None:
        raise NotEnoughData("Domains differ in their unit or in the teams that may be shown, so there is no effect in common.")
    return comparison.overall
