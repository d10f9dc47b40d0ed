"""Whom the skill report may be about, and what of it may be shown, so that nobody follows from all reports together.

The reports on the company and on its teams are read side by side, and so are those of this month and of the last.
What is hidden in one must not follow from the others.
"""

import hashlib
import re
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.data.computed_once import computed_once
from upskill.privacy import hidden_cells, hidden_rows
from upskill.skills.evidence import assessed_waves, domains_of, test_answers
from upskill.skills.levels import domain_targets, read_cuts

REST = "(others)"  # teams or roles that are hidden as such
ANSWERS = "answers: "
UNIT = re.compile(r": (levels|sd)$")


@dataclass(frozen=True)
class Limits:
    """What may be shown of one company or team.

    `counted`: domain -> ids of those whose levels count, company-wide;
    `domains`: those that may be shown of this team; `roles`: those that may
    not; `changes`: domain -> ids of those whose change may be shown; `teams`:
    team -> domains that the report on that team may show (of the company only).
    """

    counted: dict[str, frozenset] = field(repr=False)
    domains: frozenset
    roles: frozenset
    changes: dict[str, frozenset] = field(repr=False)
    teams: dict[str, frozenset] = field(default_factory=dict)

    def without_teams(self, names):
        """Return the same with these teams shown nowhere."""
        return replace(self, teams={team: domains for team, domains in self.teams.items() if team not in names})


@computed_once
def members(program, then=None):
    """Return who was assessed in the first and in the latest wave: {wave: people}, earliest first.

    `people`: index = person_id; team, role, and `parts`: the items answered,
    as "domain: unit" the domains in which the person's level counts, and a
    digest of the answers.
    `then`: the like, with teams and roles of an earlier time to reckon with.
    """
    answers = test_answers(program)
    waves = assessed_waves(program, answers)
    if not waves:
        raise NotEnoughData("No answer in test_responses belongs to a wave of the table waves.")
    people = program["people"].drop_duplicates("person_id").set_index("person_id")[["team", "role"]]
    answers = answers[answers["person_id"].isin(people.index)]
    people = people.astype(object).where(people.notna(), "").astype(str)
    on_scale = answers["item_id"].isin(answers.loc[answers["wave"] == waves[0], "item_id"].unique())
    targets = domain_targets(program) if "role_targets" in program else pd.Series(dtype=float)
    found = {}
    for wave in dict.fromkeys([waves[0], waves[-1]]):
        rows, of_wave = answers[answers["wave"] == wave], people
        if then is not None:
            of_wave = then[wave][["team", "role"]].combine_first(people)
        scored = rows.loc[on_scale, ["person_id", "domain"]].drop_duplicates()
        scored = scored.assign(role=scored["person_id"].map(of_wave["role"]))
        found[wave] = _of_wave(of_wave, rows, _units(scored, targets, read_cuts(program)))
    return found


def _of_wave(people, rows, units):
    given = rows["person_id"].astype(str) + " " + rows["item_id"].astype(str) + "=" + rows["score"].astype(str)
    given = given.groupby(rows["person_id"]).agg(_digest).rename("part")
    parts = pd.concat([rows[["person_id", "item_id"]].set_axis(["person_id", "part"], axis=1), units, given.reset_index()])
    found = parts.groupby("person_id")["part"].agg(frozenset)
    return people.loc[found.index].assign(parts=found)


def _digest(answers):
    """Name a person's answers so that a change of any is seen and none can be read."""
    return ANSWERS + hashlib.sha256("\n".join(sorted(answers)).encode()).hexdigest()[:16]


def _units(scored, targets, cuts):
    """Return person_id and part ("domain: levels" or "domain: sd") where a level counts, as in `levels_reached`."""
    in_levels = scored["domain"].isin(cuts) & (len(targets) > 0)
    known = targets.reindex(pd.MultiIndex.from_frame(scored[["role", "domain"]])).notna().to_numpy() if len(
        targets) else np.zeros(len(scored), dtype=bool)
    unit = np.where(in_levels, ": levels", ": sd")
    return scored.assign(part=scored["domain"] + unit)[~in_levels | known][["person_id", "part"]]


@computed_once
def held(program, people):
    """Return (program, people) with the answers, teams and roles of `people`, those released before.

    `people`: {wave: people} as from `members`. Levels count where they counted
    then and do so now. Raises NotEnoughData where something that counted is no
    longer there: a result without it would bare whose it was.
    """
    first, *_, last = (*people, *people)
    # Those who took only the first test keep the team and role of then.
    then = _as_then(_as_then(program["people"], people[first]), people[last])
    tables = {"test_responses": _answers_then(program, people), "people": then}
    program = replace(program, tables=program.tables | tables)
    now = members(program, people)
    for wave in {first, last}:
        needed = people[wave][people[wave].index.isin(people[last].index)]["parts"]
        if why := _why_not(needed, now[wave]["parts"].to_dict(), program.settings.minimum_group_size):
            raise NotEnoughData(LOST.format(wave=wave, why=why, name=program.settings.name))
    return program, {wave: _counting_still(people[wave], now[wave]) for wave in people}


LOST = (
    "Answers of wave {wave} that an earlier labelled report counted {why}, so a new result would bare whose they were. "
    "Put them back as they were (people who left stay in the tables, with an end_date), wait for the next wave, or, if "
    "that report was never handed out, withdraw it: upskill privacy FOLDER --forget LABEL. If this is another program "
    "than the one that was released as {name!r}, give it another name."
)


def _why_not(then, now, minimum):
    """Say what became of the parts that people had then, or return ''; what nobody has any more was taken out for all."""
    known = frozenset().union(*now.values())
    if not all({part for part in parts if part in known and not part.startswith(ANSWERS)} <= now.get(person, frozenset())
               for person, parts in then.items()):
        return "are no longer there"
    changed = sum(not {part for part in parts if part.startswith(ANSWERS)} <= now.get(person, frozenset())
                  for person, parts in then.items())
    return "were changed for a few people" if 0 < changed < minimum else ""


def _counting_still(then, now):
    """Give each person the domains that counted then, in the unit of now, and those that nobody had then."""
    def domains(parts):
        return {UNIT.sub("", part): part for part in parts if UNIT.search(part)}
    here, former = now["parts"].to_dict(), domains(frozenset().union(*then["parts"]))
    parts = [frozenset(part for part in own if not UNIT.search(part)) | {
        unit for domain, unit in domains(here.get(person, own)).items() if domain in domains(own) or domain not in former}
        for person, own in then["parts"].items()]
    return then.assign(parts=pd.Series(parts, index=then.index, dtype=object))


def _answers_then(program, people):
    table = program["test_responses"]
    kept = pd.Series(True, index=table.index)
    for wave, frozen in people.items():
        of_wave = table["wave"].eq(wave) & table["person_id"].isin(program["people"]["person_id"])
        pairs = frozen["parts"].explode()
        known = pd.MultiIndex.from_arrays([pairs.index, pairs.to_numpy()])
        kept &= ~of_wave | pd.MultiIndex.from_frame(table[["person_id", "item_id"]]).isin(known)
    return table[kept].reset_index(drop=True)


def _as_then(table, frozen):
    """Give people the team and role that they had when the wave was first shown."""
    then = {name: table["person_id"].map(frozen[name]) for name in ("team", "role")}
    return table.assign(**{name: values.where(values.notna() & (values != ""), table[name])
                           for name, values in then.items()})


def limits(program, team="", people=None, changes=None):
    """Return the Limits of the company, or of one `team`, for what is shown of the latest wave.

    `people`: {wave: people} as in `members`, `changes`: as from
    `change_groups`; None = worked out from the program. Raises NotEnoughData
    where nothing of a team may be shown.
    """
    people, minimum = people or members(program), program.settings.minimum_group_size
    changes = change_groups(program, people) if changes is None else changes
    labels = _counted(list(people.values())[-1], domains_of(program))
    roles = _hidden_roles(labels, minimum)
    counted = labels.groupby("domain")["person_id"].agg(frozenset).to_dict()
    if not team:
        found = Limits(counted, frozenset(counted), frozenset(roles), changed(changes), _team_domains(labels, minimum))
        return found.without_teams(refused_teams(program))
    shown = frozenset(domain for domain, rows in labels.groupby("domain") if team in _shown_teams(rows, minimum))
    if not shown:
        raise NotEnoughData(f"Nothing is shown of team {team} by itself: fewer than {minimum} of its people were assessed, "
                            "or its result would give away those of such a team.")
    cells = [_hidden_cells(labels[labels["domain"] == domain], team, roles, minimum) for domain in sorted(shown)]
    own = {domain: ids for domain, ids in changed(changes, team).items() if domain in shown}
    return Limits(counted, shown, frozenset(roles).union(*cells), own)


def _team_domains(labels, minimum):
    """Return {team: domains} that the reports on teams may show."""
    found = {}
    for domain, rows in labels.groupby("domain"):
        for team in _shown_teams(rows, minimum):
            found.setdefault(team, set()).add(domain)
    return {team: frozenset(found[team]) for team in sorted(found)}


def refused_teams(program):
    """Return the teams that get no report of their own: too small by now, or needed to protect such a team."""
    people = program["people"]
    left = people["end_date"] < program.as_of if "end_date" in people else pd.Series(False, index=people.index)
    sizes = people["team"].where(~left).value_counts().reindex(people["team"].dropna().unique(), fill_value=0)
    small, beside = hidden_rows(sizes, program.settings.minimum_group_size)
    return frozenset(sizes.index[small | beside])


def team_changes(program, people=None, changes=None):
    """Return {domain: {team: ids}}: whose change reports on teams may show, as `limits` decides for each team.

    `people`, `changes`: as in `limits`. Sums of these over teams tell nothing that the reports on teams do not.
    """
    people, minimum = people or members(program), program.settings.minimum_group_size
    changes = change_groups(program, people) if changes is None else changes
    pairs = changes["parts"].explode().dropna()
    pairs = pairs[pairs.str.startswith(TEAM)].str.removeprefix(TEAM)
    rows = pd.DataFrame({"person_id": pairs.index, "team": changes["team"].reindex(pairs.index).to_numpy(), "domain": pairs.to_numpy()})
    found = {}
    for domain, labels in _counted(list(people.values())[-1], domains_of(program)).groupby("domain"):
        shown = rows[(rows["domain"] == domain) & rows["team"].isin(_shown_teams(labels, minimum))]
        found[domain] = {team: frozenset(part["person_id"]) for team, part in shown.groupby("team")}
    return found


def _counted(frame, domains):
    """Return person_id, team, role and domain of those whose levels count."""
    known = {f"{domain}: {unit}": domain for domain in domains for unit in ("levels", "sd")}
    rows = frame.explode("parts").rename_axis("person_id").reset_index()
    rows = rows.assign(domain=rows["parts"].map(known)).dropna(subset=["domain"])
    return rows[["person_id", "team", "role", "domain"]].reset_index(drop=True)


def _hidden_roles(labels, minimum):
    """Return the roles that no report may show: those too small in any domain, and others that protect them."""
    hidden, before = set(), None
    while hidden != before:
        before = set(hidden)
        for _, rows in labels.groupby("domain"):
            sizes = rows.groupby("role")["person_id"].nunique()
            small, beside = hidden_rows(sizes, minimum, pd.Series(sizes.index.isin(hidden), sizes.index))
            hidden |= set(sizes.index[small | beside])
            # A role that is hidden for another domain must not be the only one that is hidden here.
            alone = sizes[sizes.index.isin(hidden)]
            if len(alone) and (len(alone) < 2 or alone.sum() < minimum):
                hidden |= set(sizes.drop(alone.index).nsmallest(1).index)
    return hidden


def _shown_teams(rows, minimum):
    sizes = rows.groupby("team")["person_id"].nunique()
    small, beside = hidden_rows(sizes, minimum)
    return set(sizes.index[~(small | beside)])


def _hidden_cells(rows, team, roles, minimum):
    """Return the roles that the report on a team may not show, so that no cell of teams and roles follows."""
    teams = rows["team"].where(rows["team"].isin(_shown_teams(rows, minimum)), REST)
    sizes = pd.crosstab(teams, rows["role"].where(~rows["role"].isin(roles), REST))
    small, beside = hidden_cells(sizes, minimum)
    return frozenset(sizes.columns[(small | beside).loc[team]])


# --- changes: the same people at two waves


COMPANY, TEAM = "company: ", "team: "  # what stands before a domain, by which mean change a person is in


@computed_once
def change_groups(program, people, former=()):
    """Return the people whose change may be shown: team, role, and `parts`: "company: domain", "team: domain".

    Levels of the first wave (S) and of the latest (E) and the change of those
    in both (B) give, together, the sum over S without B less that over E
    without B. Where these are fewer people than the minimum, others are left
    out of B by lot until they are enough. `former`: the like of other pairs
    of waves, from which B must not differ by a few either.
    """
    minimum, (first, *_, last) = program.settings.minimum_group_size, (*people, *people)
    if len(people) < 2:
        return people[last].iloc[:0]
    then, now = (_counted(people[wave], domains_of(program)) for wave in (first, last))
    parts = {}
    for domain, rows in now.groupby("domain"):
        before = [_changed(frame, domain) for frame in former]
        for part, ids in _groups_of(then[then["domain"] == domain], rows, before, minimum):
            for person in ids:
                parts.setdefault(person, set()).add(part + domain)
    chosen = people[last].loc[sorted(parts)]
    return chosen.assign(parts=pd.Series({person: frozenset(own) for person, own in parts.items()}, dtype=object))


def changed(groups, team=""):
    """Return {domain: ids} of those whose change may be shown, from `change_groups`."""
    start, chosen = (TEAM, groups[groups["team"] == team]) if team else (COMPANY, groups)
    pairs = chosen["parts"].explode().dropna()
    pairs = pairs[pairs.str.startswith(start)].str.removeprefix(start)
    return {domain: frozenset(rows.index) for domain, rows in pairs.groupby(pairs)}


def _changed(groups, domain):
    """Return {team: ids} of one domain, "" for the company."""
    return {team: changed(groups, team).get(domain, frozenset()) for team in ["", *groups["team"].unique()]}


def _groups_of(first, last, former, minimum):
    """Return [(part, ids), …] of one domain, from rows (person_id, team) of both waves and former changes."""
    before, after = frozenset(first["person_id"]), frozenset(last["person_id"])
    whole = drawn(before & after, before, after, [groups[""] for groups in former], minimum)
    found = {}
    for team, rows in last.groupby("team"):
        then, now = frozenset(first.loc[first["team"] == team, "person_id"]), frozenset(rows["person_id"])
        found[team] = drawn(whole & now, then, now, [groups.get(team, frozenset()) for groups in former], minimum)
    found = {team: ids for team, ids in found.items() if ids}
    while found and 0 < len(whole.difference(*found.values())) < minimum:
        del found[min(found, key=lambda team: (len(found[team]), team))]
    return [(COMPANY, whole), *((TEAM, ids) for ids in found.values())]


def drawn(both, first, last, former, minimum):
    """Return as many of `both` as may be shown, leaving some out by lot; empty where there are too few.

    >>> sorted(drawn(frozenset("abcdefghij"), frozenset("abcdefghij"), frozenset("abcdefghijk"), [], 5))
    ['a', 'b', 'e', 'g', 'h', 'i']
    """
    order = sorted(both, key=lambda person: hashlib.sha256(str(person).encode()).hexdigest())
    for left_out in range(len(order) - minimum + 1):
        chosen = frozenset(order[left_out:])
        apart = [len((first ^ chosen) | (last ^ chosen)), *(len(group ^ chosen) for group in former if group)]
        if not any(0 < size < minimum for size in apart):
            return chosen
    return frozenset()
