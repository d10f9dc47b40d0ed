"""The company: calendar, teams, people, memberships, rollout."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.simulate.presets import DELIVERY, generator

LAST_DAY = pd.Timestamp("2026-06-28")  # a Sunday, so that every week is whole
ROLES = {  # expected shares beside one manager and one lead in each team
    "developer": 0.52, "data scientist": 0.12, "machine learning engineer": 0.10, "quality engineer": 0.13,
    "reliability engineer": 0.13}
TEAM_NAMES = (
    "platform", "payments", "search", "checkout", "mobile", "data", "identity", "logistics", "pricing",
    "support", "catalog", "messaging", "billing", "security", "analytics", "onboarding", "reporting",
    "inventory", "content", "partners")


@dataclass(frozen=True)
class Calendar:
    """Mondays and milestones; weeks count from the first Monday, 0-based.

    `first_day` and `last_day` bound the data. Milestones are weeks: policy,
    license, pilot (two), training of the three cohorts (None = not yet), and
    the assessment waves.
    """

    weeks: int
    first_day: pd.Timestamp
    last_day: pd.Timestamp
    policy: int
    license: int
    pilot: tuple[int, int]
    training: tuple[int | None, ...]
    waves: dict

    def day(self, week, days=0):
        """Return the date of the Monday of this week, plus days."""
        return self.first_day + pd.Timedelta(days=int(week) * 7 + int(days))

    @property
    def mondays(self):
        return pd.date_range(self.first_day, periods=self.weeks, freq="7D")


def make_calendar(months):
    """Return the calendar of a program of this many months that ends on the last day of the simulator."""
    weeks = int(months * 4.3)
    policy, license, pilot, pilot_end, first, second = (
        round(share * weeks) for share in (0.105, 0.155, 0.195, 0.30, 0.34, 0.507))
    waves = {"start": round(0.052 * weeks), "middle": round(0.468 * weeks), "end": round(0.922 * weeks)}
    first_day = LAST_DAY - pd.Timedelta(days=7 * weeks - 1)
    training = (first, second, None)
    return Calendar(weeks, first_day, LAST_DAY, policy, license, (pilot, pilot_end), training, waves)


def team_sizes(random, engineers, teams, tiny=0):
    """Return whole team sizes that sum to `engineers`; `tiny` teams have 3 or 4 people.

    Sizes are even up to two people; with tiny teams the others differ more.
    """
    sizes = np.zeros(teams, dtype=int)
    sizes[:tiny] = [3 + i % 2 for i in range(tiny)]
    rest = teams - tiny
    weights = random.lognormal(0, 0.4, rest) if tiny else random.uniform(0.85, 1.15, rest)
    free = engineers - sizes.sum() - 5 * rest
    share = np.floor(free * weights / weights.sum()).astype(int)
    share[: free - share.sum()] += 1
    sizes[tiny:] = 5 + share
    return random.permutation(sizes)


def make_teams(seed, preset, engineers, teams, calendar):
    """Return one row per team: size, quality, intercept of log lead time, cohort, weeks of license, training.

    Equation: intercept = -team_sd * quality, quality ~ Normal(0, 1). With a
    lottery the order of starts is a random permutation; volunteers start in
    the order of quality plus Normal(0, 0.5).
    """
    random = generator(seed, "teams")
    names = [TEAM_NAMES[i % 20] + (f"-{i // 20 + 1}" if i >= 20 else "") for i in range(teams)]
    sizes = team_sizes(random, engineers, teams, preset.tiny_teams if teams > 4 else 0)
    quality = random.normal(size=teams)
    order = random.permutation(teams)
    if preset.volunteers:
        order = np.argsort(-(quality + random.normal(0, 0.5, teams)))
    cohort = np.empty(teams, dtype=int)
    split = (order[: preset.first_teams], order[:0], order[preset.first_teams:]) if preset.first_teams else np.array_split(order, 3)
    for number, members in enumerate(split):
        cohort[members] = number
    uneven = random.integers(0, preset.license_spread + 1, teams)
    training = [calendar.training[c] if calendar.training[c] is not None else -1 for c in cohort]
    licenses = np.where(np.array(training) < 0, calendar.weeks, training) if preset.license_with_training else calendar.license + uneven
    return pd.DataFrame({
        "team": names, "size": sizes, "quality": quality, "intercept": -DELIVERY.team_sd * quality,
        "cohort": cohort, "license_week": licenses,
        "training_week": pd.array([w if w >= 0 else pd.NA for w in training], dtype="Int64")})


def _roles(random, size):
    names, shares = list(ROLES), np.array(list(ROLES.values()))
    rest = random.choice(names, size=max(size - 2, 0), p=shares / shares.sum())
    return ["engineering manager", "tech lead", *rest][:size]


def _first_days(random, n, preset, calendar):
    """Return first days (late joiners: an even week of the program), and who the late joiners are."""
    tenure = random.exponential(900, n).astype(int) + 30
    starts = (calendar.first_day - pd.to_timedelta(tenure, unit="D")).to_numpy().copy()
    joiners = random.permutation(n)[: round(preset.late_joiners * n)]
    starts[joiners] = [calendar.day(week) for week in random.integers(6, calendar.weeks - 8, len(joiners))]
    return starts, joiners


def _last_days(random, n, preset, calendar, joiners):
    """Return last days: a Friday of the second half for leavers, who are no late joiners."""
    ends = np.full(n, np.datetime64("NaT"), dtype="datetime64[ns]")
    leavers = np.setdiff1d(random.permutation(n)[: round(preset.leavers * n)], joiners)
    weeks = random.integers(calendar.weeks // 2, calendar.weeks - 4, len(leavers))
    ends[leavers] = [calendar.day(week, 4) for week in weeks]
    return ends


def make_people(seed, preset, teams, calendar):
    """Return the table `people`: roles, seniority, dates, working time, fairness group.

    Ids are drawn at random over teams, so that an id says nothing. Late
    joiners start evenly over the program, leavers go in its second half.
    """
    random = generator(seed, "people")
    role = np.concatenate([_roles(random, size) for size in teams["size"]])
    n = len(role)
    width = max(3, len(str(n)))
    starts, joiners = _first_days(random, n, preset, calendar)
    seniority = random.choice(["junior", "regular", "senior"], n, p=[0.22, 0.45, 0.33])
    people = pd.DataFrame({
        "person_id": [f"p{i + 1:0{width}d}" for i in random.permutation(n)],
        "team": np.repeat(teams["team"].to_numpy(), teams["size"]), "role": role,
        "seniority": np.where(np.isin(role, ["tech lead", "engineering manager"]), "senior", seniority),
        "start_date": starts, "end_date": _last_days(random, n, preset, calendar, joiners),
        "full_time_equivalent": random.choice([1.0, 0.8, 0.6], n, p=[0.88, 0.08, 0.04]),
        "fairness_group": random.choice(["a", "b"], n, p=[0.7, 0.3])})
    return people.sort_values("person_id", ignore_index=True)


def make_memberships(seed, preset, people, calendar):
    """Return the table `memberships`; movers came from another team in the middle third of the program."""
    random = generator(seed, "memberships")
    history = people[["person_id", "team", "start_date", "end_date"]].rename(
        columns={"start_date": "starts_on", "end_date": "ends_on"})
    here = people.index[(people["start_date"] < calendar.first_day) & people["end_date"].isna()].to_numpy()
    movers = random.permutation(here)[: round(preset.movers * len(people))]
    earlier = history.loc[movers].copy()
    weeks = random.integers(calendar.weeks // 3, 2 * calendar.weeks // 3, len(movers))
    days = [calendar.day(week) for week in weeks]
    names = people["team"].unique()
    earlier["team"] = [random.choice(names[names != team]) for team in earlier["team"]]
    earlier["ends_on"] = pd.DatetimeIndex(days) - pd.Timedelta(days=1)
    history.loc[movers, "starts_on"] = days
    return pd.concat([history, earlier]).sort_values(["person_id", "starts_on"], ignore_index=True)


def members(memberships, day):
    """Return the memberships that hold on this day."""
    ends = memberships["ends_on"]
    return memberships[(memberships["starts_on"] <= day) & (ends.isna() | (ends >= day))]


class Roster:
    """Who is in which team in which week (on its Wednesday); `weeks` are week numbers in a row."""

    def __init__(self, memberships, teams, calendar, weeks):
        order = pd.Categorical(memberships["team"], teams["team"]).codes
        rows = memberships.iloc[np.argsort(order, kind="stable")]
        days = pd.DatetimeIndex([calendar.day(week, 2) for week in weeks]).to_numpy()
        ends = rows["ends_on"].fillna(pd.Timestamp.max.floor("D")).to_numpy()
        there = (rows["starts_on"].to_numpy()[:, None] <= days) & (ends[:, None] >= days)
        self.first_week = weeks[0]
        self.persons = rows["person_id"].to_numpy(dtype=object)
        self._sums = np.vstack([np.zeros(len(days), dtype=int), there.cumsum(axis=0)])
        self._begins = np.searchsorted(np.sort(order), np.arange(len(teams) + 1))
        self.heads = np.diff(self._sums[self._begins], axis=0)  # teams x weeks

    def draw(self, random, team, week):
        """Return one member at random for each team number and week number; None where nobody is there."""
        week = np.asarray(week) - self.first_week
        heads = self.heads[team, week]
        wanted = self._sums[self._begins[team], week] + (random.random(len(week)) * heads).astype(int)
        found = np.empty(len(week), dtype=int)
        for one in np.unique(week):
            rows = week == one
            found[rows] = np.searchsorted(self._sums[:, one], wanted[rows] + 1) - 1
        found = np.minimum(found, len(self.persons) - 1)
        return np.where(heads > 0, self.persons[found], None)


def make_rollout(preset, teams, calendar):
    """Return the table `rollout`: policy and licenses, and the training of three cohorts."""
    names = ("first", "second", "third")
    policy = pd.DataFrame({"team": teams["team"], "cohort": "all", "event": "policy",
                           "starts_on": calendar.day(calendar.policy), "assignment": "chosen"})
    license = policy.assign(event="license", starts_on=[
        calendar.day(w) if w < calendar.weeks else pd.NaT for w in teams["license_week"]])
    training = pd.DataFrame({
        "team": teams["team"], "cohort": [names[c] for c in teams["cohort"]], "event": "training",
        "starts_on": [pd.NaT if pd.isna(w) else calendar.day(w) for w in teams["training_week"]],
        "assignment": preset.assignment})
    return pd.concat([policy, license, training], ignore_index=True)
