"""Weekly delivery: the expected course of each team, and the pull requests drawn from it."""

import numpy as np
import pandas as pd

from upskill.simulate.presets import DELIVERY, generator

BURN_IN = 4  # weeks before the data begin, so that the first weeks also see what was opened earlier
PHASES = (4, 2, 4, 2)  # Dirichlet weights of coding, pickup, review, release


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
    """Return the log season of durations and the factor of volume by week.

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


def _expected_log_hours(preset, teams, week, slow, effect):
    """Return log median lead times without noise (teams x weeks)."""
    quality, intercept = (teams[name].to_numpy()[:, None] for name in ("quality", "intercept"))
    trend = (DELIVERY.trend_per_year + preset.own_trend * quality) * week / 52
    licensed = week >= teams["license_week"].to_numpy()[:, None]
    start = np.log(DELIVERY.median_lead_time_hours)
    return start + intercept + trend + slow + preset.license * licensed + effect


def _failure_rate(random, preset, teams, since):
    """Return change failure rates (teams x weeks)."""
    base, sd = DELIVERY.change_failure_rate, DELIVERY.change_failure_sd
    logit = np.log(base / (1 - base)) + random.normal(0, sd, (len(teams), 1))
    logit = logit + training_curve(since, preset.failures, DELIVERY.ramp_weeks)
    return 1 / (1 + np.exp(-logit))


def make_panel(seed, preset, teams, roster, calendar):
    """Return the truth per team and week, in long form (burn-in weeks are negative).

    Equation: log median = log(52 h) + team + trend * years + season +
    license * licensed + training(k) + own_trend * quality * years + noise,
    noise AR(1) by team; volume = 0.92 * heads * season * exp(volume effect + noise);
    change failure rate: logit = logit(0.11) + team + effect * min(1, k / ramp). Changes cut into `split` parts are as many
    more, and each takes 1 / sqrt(split) of the time; work items stay what they are.
    `expected_log_hours` leaves the noise out, `log_hours` has it.
    """
    random, d = generator(seed, "delivery"), DELIVERY
    week = np.arange(-BURN_IN, calendar.weeks)
    slow, busy = season(pd.DatetimeIndex([calendar.day(w) for w in week]))
    starts = teams["training_week"].astype("float").to_numpy()[:, None]
    since = np.where(np.isnan(starts), -1.0, week - starts)
    effect = training_curve(since, preset.training, d.ramp_weeks, preset.dip, d.dip_weeks)
    parts = training_curve(since, np.log(preset.split), d.ramp_weeks)
    expected = _expected_log_hours(preset, teams, week, slow, effect - parts / 2)
    noise = autoregression(random, expected.shape, d.week_sd, d.week_correlation)
    volume = np.exp(training_curve(since, d.volume_training, d.ramp_weeks) + parts)
    rate = d.volume_per_engineer_week * roster.heads * busy * volume
    count = random.poisson(rate * np.exp(random.normal(0, d.volume_sd, rate.shape) - d.volume_sd**2 / 2))
    columns = {
        "expected_log_hours": expected, "log_hours": expected + noise, "training_effect": effect,
        "since_training": since, "heads": roster.heads, "season": np.broadcast_to(busy, rate.shape),
        "expected_count": rate, "count": count, "change_failure_rate": _failure_rate(random, preset, teams, since)}
    index = pd.MultiIndex.from_product([teams["team"], week], names=["team", "week"])
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index).reset_index()


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


def _phases(random, log_hours, preset):
    """Return hours of coding, pickup, review and release (rows x 4), which sum to the lead time."""
    total = np.exp(log_hours + duration_noise(random, len(log_hours), DELIVERY.duration_sd, preset.tail_df))
    parts = random.dirichlet(PHASES, len(total)) * np.clip(total, 0.5, 24 * 365)[:, None]
    step = preset.round_hours
    return np.ceil(parts / step) * step if step else parts


def make_pull_requests(seed, preset, panel, roster, calendar):
    """Return pull requests of all weeks, burn-in too, with all their later events, seen or not.

    Equation: log(hours from first commit to production) = log_hours of the
    week of opening + Normal(0, 0.9); the time splits into coding, pickup,
    review and release with Dirichlet(4, 2, 4, 2) shares. Releases leave at
    the next full half hour. A share of 6 % is closed unmerged instead.
    """
    random = generator(seed, "changes")
    rows = panel.loc[panel.index.repeat(panel["count"])].reset_index(drop=True)
    author = roster.draw(random, pd.factorize(panel["team"])[0].repeat(panel["count"]), rows["week"])
    parts = _phases(random, rows["log_hours"].to_numpy(), preset)
    created = office_times(random, calendar, rows["week"]).floor("h" if preset.round_hours else "min")
    reviewed = created + hours(parts[:, 1])
    merged = reviewed + hours(parts[:, 2])
    size = random.lognormal(3.9, 1.1, len(rows))
    requests = rows[["team", "week", "change_failure_rate"]].assign(
        author_id=author, created_at=created, first_commit_at=created - hours(parts[:, 0]),
        first_review_at=reviewed, merged_at=merged, closed_at=merged,
        deployed_at=(merged + hours(parts[:, 3])).ceil("30min"), additions=size.astype(int),
        deletions=(size * random.beta(1.5, 3, len(rows))).astype(int), is_revert=False)
    requests.loc[random.random(len(rows)) < DELIVERY.unmerged_share, ["merged_at", "deployed_at"]] = pd.NaT
    return requests.sort_values(["created_at", "team", "author_id"], ignore_index=True, kind="stable")


def seen(frame, calendar, first, *later):
    """Keep rows whose `first` moment lies in the data; empty `later` moments that come after the last day."""
    end = calendar.last_day + pd.Timedelta(days=1)
    frame = frame[(frame[first] >= calendar.first_day) & (frame[first] < end)].copy()
    for column in later:
        frame.loc[frame[column] >= end, column] = pd.NaT
    return frame.reset_index(drop=True)
