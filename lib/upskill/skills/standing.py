"""Everything that the report on one company or team needs, computed once."""

import re
from dataclasses import dataclass, field, replace

import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills.assess import assess_skills
from upskill.skills.doubts import doubts, only_measured
from upskill.skills.evidence import assessed_waves, test_answers
from upskill.skills.gaps import domain_importance, priorities, shares_at_levels
from upskill.skills.groups import BELOW, MET, NO_TARGET, UNKNOWN, changes, hidden_roles, levels_reached, summarize
from upskill.skills.limits import limits
from upskill.skills.plausible import plausible_values
from upskill.skills.reliability import precision_table
from upskill.skills.scoring import ProgramCalibration, calibrate_program


@dataclass(frozen=True)
class Standing:
    """Where a company or team stands at one wave.

    `domains`, `roles` (role × domain): tables of `shortfalls`; `changes`: since
    the first wave; `precision`: reliability by domain; `hidden`: roles too
    small to show, or hidden to protect those. `present`, `assessed`: people;
    `doubts`: sentences on what may mislead; `held`: whether earlier labelled
    reports fixed these people; `by_lot`: whether changes leave some out.
    `teams` (team × domain): the cells that reports on teams show, of a company
    only; `priorities`: as from `priorities`, of shown roles; `spread`: domain ->
    `shares_at_levels`, where at least twice the smallest group was assessed.
    """

    wave: str
    first_wave: str
    present: int
    assessed: int
    domains: pd.DataFrame
    roles: pd.DataFrame
    changes: pd.DataFrame
    precision: pd.DataFrame
    calibration: ProgramCalibration
    hidden: frozenset
    new_items: int
    draws: int
    doubts: tuple[str, ...] = ()
    held: bool = False
    by_lot: bool = False
    teams: pd.DataFrame = field(default_factory=pd.DataFrame)
    priorities: pd.DataFrame = field(default_factory=pd.DataFrame)
    spread: dict = field(default_factory=dict)

    def with_verdict(self, verdict):
        """Return the names of the domains with this verdict, widest shortfall first."""
        chosen = self.domains[self.domains["verdict"] == verdict]
        return chosen.sort_values("shortfall", ascending=False)["domain"].tolist()

    @property
    def below(self):
        return self.with_verdict(BELOW)

    @property
    def unknown(self):
        return self.with_verdict(UNKNOWN)

    @property
    def met(self):
        return self.with_verdict(MET)

    @property
    def judged(self):
        """The domains that have cuts and targets, widest shortfall first."""
        held = self.domains[self.domains["verdict"] != NO_TARGET]
        return held.sort_values("shortfall", ascending=False)

    @property
    def has_targets(self):
        return len(self.judged) > 0

    @property
    def order(self):
        """The domains in the order of the framework."""
        return self.domains["domain"].tolist()

    @property
    def shown_roles(self):
        return self.roles[~self.roles["role"].isin(self.hidden)]

    @property
    def clear_gaps(self):
        """Shown groups (role × domain) whose interval lies above zero, widest first."""
        shown = self.shown_roles
        return shown[shown["low"] > 0].sort_values("shortfall", ascending=False)

    @property
    def widest(self):
        """The role and domain with the largest shortfall among those shown, or None."""
        known = self.shown_roles.dropna(subset=["shortfall"])
        return known.loc[known["shortfall"].idxmax()] if len(known) else None

    @property
    def rivals(self):
        """How many other shown groups could have the widest gap: their interval reaches the largest estimate's."""
        return 0 if self.widest is None else int((self.shown_roles["high"] > self.widest["low"]).sum()) - 1


def standing(program, company=None, seed=20261123, draws=300, level=0.90, allowed=None):
    """Return the `Standing` of the people of `program`.

    `company`: the whole company when `program` is one team; item parameters
    and the spread of abilities come from it. `allowed`: the `Limits` of what
    may be shown; None = those that follow from the company as it is now.
    Raises NotEnoughData where tests are missing, no domain can be identified,
    or fewer people than `minimum_group_size` were assessed.
    """
    company = company or program
    answers = test_answers(company)
    waves = assessed_waves(company, answers)
    calibration = only_measured(calibrate_program(company), answers, waves)
    drawn = plausible_values(company, calibration, draws=draws, seed=seed)
    wave = drawn.waves[-1]
    minimum = program.settings.minimum_group_size
    scores = _own_scores(program, calibration, wave, minimum)
    allowed = allowed or limits(company, program.team)
    reached = _counted(*levels_reached(program, drawn), allowed)
    domains = _large_enough(summarize(*reached, ("domain",), level), minimum)
    roles = summarize(*reached, ("role", "domain"), level)
    change = _changes(program, drawn, allowed.changes, level)
    counts = [person in allowed.counted.get(domain, ()) for person, domain in zip(scores["person_id"], scores["scale_id"])]
    precision = precision_table(program, scores[counts], wave, level)
    present, assessed = people_present(program, wave), scores["person_id"].nunique()
    hidden = allowed.roles & frozenset(roles["role"]) | frozenset(hidden_roles(roles, minimum))
    return Standing(
        wave,
        drawn.waves[0],
        present,
        assessed,
        domains,
        roles[roles["domain"].isin(domains["domain"])],
        change[change["people"] >= minimum],
        _large_precision(precision[precision["domain"].isin(domains["domain"])], minimum),
        calibration,
        hidden,
        _unused_items(answers, calibration, wave),
        draws,
        doubts(calibration, answers, waves, domains, assessed, present),
        by_lot=bool((change["people"] < change["both"]).any()),
        teams=_teams(reached, allowed, domains, level),
        priorities=_priorities(program, reached, roles, hidden, domains, level),
        spread=_spread(reached, domains, 2 * minimum, level),
    )


def _teams(reached, allowed, domains, level):
    """Return team × domain, as the reports on these teams show them."""
    if not allowed.teams:
        return pd.DataFrame()
    table = summarize(*reached, ("team", "domain"), level)
    shown = [row.domain in allowed.teams.get(row.team, ()) and row.domain in set(domains["domain"]) for row in table.itertuples()]
    return table[shown].reset_index(drop=True)


def _priorities(program, reached, roles, hidden, domains, level):
    """Return the gaps of the groups that may be shown, by importance × levels × people; empty without targets."""
    shown = {(row.role, row.domain) for row in roles.itertuples()
             if row.role not in hidden and row.domain in set(domains["domain"])}
    importance = domain_importance(program) if "role_targets" in program else pd.Series(dtype=float)
    return priorities(*reached, importance, shown, level) if len(importance) else pd.DataFrame()


def _spread(reached, domains, enough, level):
    """Return domain -> shares at levels; of fewer people it would come near to saying of each what their level is."""
    labels, values = reached
    names = domains.loc[(domains["unit"] == "levels") & (domains["people"] >= enough), "domain"]
    return {name: shares_at_levels(values[(labels["domain"] == name).to_numpy()], level) for name in names}


def _counted(labels, reached, allowed):
    """Keep the levels that count and the domains that may be shown."""
    kept = [row.domain in allowed.domains and row.person_id in allowed.counted[row.domain]
            for row in labels[["domain", "person_id"]].itertuples()]
    if not any(kept):
        raise NotEnoughData("Nothing is shown of these people: too few of them were assessed.")
    return labels[kept].reset_index(drop=True), reached[kept]


def _changes(program, drawn, chosen, level):
    """Return `changes` of the people chosen by domain, and in `both` how many took both tests."""
    people, rows = program["people"], []
    for domain in drawn.domains:
        one = replace(drawn, abilities={key: values for key, values in drawn.abilities.items() if key[1] == domain})
        own = people[people["person_id"].isin(chosen.get(domain, ()))]
        part = changes(replace(program, tables=program.tables | {"people": own}), one, level)
        rows.append(part.assign(both=changes(program, one, level)["people"].sum()))
    return pd.concat(rows, ignore_index=True)


def _own_scores(program, calibration, wave, minimum):
    too_few = NotEnoughData(
        f"Fewer than {minimum} of these people were assessed in wave {wave}; "
        "a report on them would show individuals."
    )
    try:
        scores = assess_skills(program, wave, calibration, sources=("test",))
    except (NotEnoughData, ValueError) as error:
        raise too_few from error
    scores = scores[scores["person_id"].isin(program["people"]["person_id"])]
    if scores["person_id"].nunique() < minimum:
        raise too_few
    return scores


def _large_enough(domains, minimum):
    kept = domains[domains["people"] >= minimum].reset_index(drop=True)
    if kept.empty:
        raise NotEnoughData(f"No domain has {minimum} assessed people with a role that has targets.")
    return kept


def _large_precision(precision, minimum):
    """Leave alpha empty where too few people answered every item."""
    few = precision["complete"] < minimum
    return precision.assign(**{name: precision[name].mask(few) for name in ("alpha", "low", "high")})


def _unused_items(answers, calibration, wave):
    """Count items of this wave that the first wave did not have: they are not on the scale."""
    known = {item for scale in calibration.scales.values() for item in scale.items}
    asked = answers[(answers["wave"] == wave) & answers["domain"].isin(calibration.scales)]["item_id"]
    return len(set(asked) - known)


def people_present(program, wave):
    """Count the people who were in the company during the wave."""
    people = program["people"]
    if "waves" not in program:
        return len(people)
    dates = program["waves"].set_index("wave").loc[wave]
    started = ~(people["start_date"] > dates["ends_on"])
    left = people["end_date"] < dates["starts_on"]
    return int((started & ~left).sum())


def slug(name):
    """Return a name in the form of facts.

    >>> slug("AI across the development life cycle")
    'ai_across_the_development_life_cycle'
    """
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "domain"
