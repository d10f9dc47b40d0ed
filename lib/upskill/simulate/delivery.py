"""Weekly delivery: the expected course of each team, and the pull requests drawn from it."""

import numpy as np
import pandas as pd

from upskill.simulate.company import members
from upskill.simulate.presets import DELIVERY, generator

BURN_IN = 4  # weeks before the data begin, so that the first weeks also see what was opened earlier


def training_curve(weeks_since_start, full, ramp, dip=0.0, dip_weeks=1):
    """Return the log effect of training by weeks since its start (0 before it).

    Equation: for k >= 0, effect(k) = full * min(1, k / ramp) + dip * max(0, 1 - k / dip_weeks).

    >>> training_curve([-1, 0, 3, 12, 30], -0.18, 12, 0.10, 6).round(3).tolist()
    [0.0, 0.1, 0.005, -0.18, -0.18]
    """
    k = np.asarray(weeks_since_start, dtype=float)
    curve = full * np.minimum(1, k / ramp) + dip * np.maximum(0, 1 - k / dip_weeks)
    return np.where(k >= 0, curve, 0.0)


def season(mondays):
    """Return the log season of durations and the factor of volume by week: late December and August are slow.

    Durations: +0.20 around New Year, +0.06 in August. Volume: x 0.4 and x 0.8.
    """
    week, month = mondays.isocalendar().week.to_numpy(), mondays.month.to_numpy()
    new_year, august = np.isin(week, (52, 53, 1)), month == 8
    return 0.20 * new_year + 0.06 * august, np.where(new_year, 0.4, np.where(august, 0.8, 1.0))


def autoregression(random, shape, sd, correlation):
    """Return AR(1) series (teams x weeks): x_w = rho x_(w-1) + sqrt(1 - rho^2) sd e_w, stationary."""
    series = random.normal(0, sd, shape)
    for week in range(1, shape[1]):
        series[:, week] = correlation * series[:, week - 1] + np.sqrt(1 - correlation**2) * series[:, week]
    return series


def headcount(memberships, teams, mondays):
    """Return the number of people (teams x weeks) who are in each team on the Wednesday of each week."""
    counts = [members(memberships, monday + pd.Timedelta(days=2))["team"].value_counts() for monday in mondays]
    return np.column_stack([count.reindex(teams["team"], fill_value=0).to_numpy() for count in counts])


def make_panel(seed, preset, teams, memberships, calendar):
    """Return the truth per team and week (burn-in weeks are negative).

    Equation: log median = log(52 h) + team + trend * years + season +
    license * licensed + training(k) + own_trend * quality * years + noise,
    noise AR(1) by team; volume = 0.92 * heads * season * exp(volume effect + noise);
    change failure rate: logit = logit(0.11) + team + effect * min(1, k / ramp).
    `expected_log_hours` leaves the noise out, `log_hours` has it.
    """
    random = generator(seed, "delivery")
    week = np.arange(-BURN_IN, calendar.weeks)
    mondays = pd.DatetimeIndex([calendar.day(w) for w in week])
    slow, busy = season(mondays)
    starts = teams["training_week"].astype("float").to_numpy()[:, None]
    since = np.where(np.isnan(starts), -1.0, week[None] - starts)
    d = DELIVERY
    trend = (d.trend_per_year + preset.own_trend * teams["quality"].to_numpy()[:, None]) * week[None] / 52
    effect = training_curve(since, d.training, d.ramp_weeks, d.dip, d.dip_weeks)
    licensed = week[None] >= teams["license_week"].to_numpy()[:, None]
    expected = (np.log(d.median_lead_time_hours) + teams["intercept"].to_numpy()[:, None] + trend + slow[None]
                + d.license * licensed + effect)
    shape = expected.shape
    heads = headcount(memberships, teams, mondays)
    volume = training_curve(since, d.volume_training, d.ramp_weeks)
    rate = d.volume_per_engineer_week * heads * busy[None] * np.exp(volume)
    failure = np.log(d.change_failure_rate / (1 - d.change_failure_rate)) + random.normal(0, d.change_failure_sd, (shape[0], 1))
    failure = failure + training_curve(since, d.change_failure_training, d.ramp_weeks)
    columns = {
        "expected_log_hours": expected, "training_effect": effect, "since_training": since, "heads": heads,
        "log_hours": expected + autoregression(random, shape, d.week_sd, d.week_correlation), "expected_count": rate,
        "count": random.poisson(rate * np.exp(random.normal(0, d.volume_sd, shape) - d.volume_sd**2 / 2)),
        "change_failure_rate": 1 / (1 + np.exp(-failure))}
    index = pd.MultiIndex.from_product([teams["team"], week], names=["team", "week"])
    return pd.DataFrame({name: np.broadcast_to(values, shape).ravel() for name, values in columns.items()}, index=index).reset_index()


def duration_noise(random, size, sd, tail_df=0):
    """Return log noise of durations: Normal(0, sd), or sd times Student t where tails are heavy."""
    return sd * (random.standard_t(tail_df, size) if tail_df else random.normal(size=size))


def office_times(random, calendar, week):
    """Return moments within working hours of these weeks: Monday to Friday, 8 to 18 h UTC, uniform."""
    minutes = random.integers(0, 5, len(week)) * 1440 + 480 + random.integers(0, 600, len(week))
    return calendar.first_day + pd.to_timedelta(np.asarray(week) * 10080 + minutes, "min")


def hours(values):
    """Return whole-minute durations from hours."""
    return pd.to_timedelta(np.round(np.asarray(values) * 60), "min")


def _authors(random, panel, memberships, calendar):
    """Draw an author among the members of the team for each pull request."""
    chosen = []
    for week, part in panel.groupby("week", sort=False):
        there = members(memberships, calendar.day(week, 2)).groupby("team")["person_id"].apply(np.array)
        chosen.append(pd.DataFrame({"row": part.index, "authors": [
            random.choice(there[team], count) if count else [] for team, count in zip(part["team"], part["count"])]}))
    return np.concatenate(pd.concat(chosen).sort_values("row")["authors"].to_list())


def make_pull_requests(seed, preset, panel, memberships, calendar):
    """Return pull requests of all weeks, burn-in too, with all their later events, seen or not.

    Equation: log(hours from first commit to production) = log_hours of the
    week of opening + Normal(0, 0.9); the time splits into coding, pickup,
    review and release with Dirichlet(4, 2, 4, 2) shares. Releases leave at
    the next full half hour. A share of 6 % is closed unmerged instead.
    """
    random = generator(seed, "operations")
    busy = panel[panel["count"] > 0].reset_index(drop=True)
    authors = _authors(random, busy, memberships, calendar)
    row = np.repeat(np.arange(len(busy)), busy["count"])
    n = len(row)
    total = np.exp(busy["log_hours"].to_numpy()[row] + duration_noise(random, n, DELIVERY.duration_sd, preset.tail_df))
    total = np.clip(total, 0.5, 24 * 365)
    if preset.round_hours:
        total = np.ceil(total / preset.round_hours) * preset.round_hours
    parts = random.dirichlet((4, 2, 4, 2), n) * total[:, None]
    created = office_times(random, calendar, busy["week"].to_numpy()[row])
    merged = created + hours(parts[:, 1] + parts[:, 2])
    size = random.lognormal(3.9, 1.1, n)
    requests = pd.DataFrame({
        "team": busy["team"].to_numpy()[row], "week": busy["week"].to_numpy()[row], "author_id": authors, "created_at": created,
        "first_commit_at": created - hours(parts[:, 0]), "first_review_at": created + hours(parts[:, 1]),
        "merged_at": merged, "closed_at": merged, "deployed_at": (merged + hours(parts[:, 3])).ceil("30min"),
        "additions": size.astype(int), "deletions": (size * random.beta(1.5, 3, n)).astype(int), "is_revert": False,
        "change_failure_rate": busy["change_failure_rate"].to_numpy()[row]})
    requests.loc[random.random(n) < DELIVERY.unmerged_share, ["merged_at", "deployed_at"]] = pd.NaT
    return requests.sort_values(["created_at", "team", "author_id"], ignore_index=True)


def seen(frame, calendar, first, *later):
    """Keep rows whose `first` moment lies in the data, and empty the `later` moments that come after the last day."""
    end = calendar.last_day + pd.Timedelta(days=1)
    frame = frame[(frame[first] >= calendar.first_day) & (frame[first] < end)].copy()
    for column in later:
        frame.loc[frame[column] >= end, column] = pd.NaT
    return frame.reset_index(drop=True)
