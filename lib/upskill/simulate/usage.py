"""Ready-made figures: use of AI tools by week, survey and process figures by month."""

import numpy as np
import pandas as pd

from upskill.simulate.company import members
from upskill.simulate.delivery import training_curve
from upskill.simulate.presets import generator


def adoption(since_license, since_training):
    """Return the expected share of licensed people who are active in a week.

    Equation: 0.25 + 0.30 * (1 - exp(-k / 12)) after the license, plus
    0.25 * min(1, k / 8) after the training.

    >>> adoption([0, 100], [-1, 20]).round(2).tolist()
    [0.25, 0.8]
    """
    since_license = np.asarray(since_license, dtype=float)
    return 0.25 + 0.30 * (1 - np.exp(-since_license / 12)) + training_curve(since_training, 0.25, 8)


def make_ai_usage(seed, panel, teams):
    """Return weekly `ai_usage` per team from the license on: licensed and active users, and suggestions.

    Equation: active ~ Binomial(licensed, adoption); suggestions ~
    Poisson(60 * active); accepted ~ Binomial(suggestions, 0.30).
    """
    random = generator(seed, "usage")
    frame = panel[(panel["week"] >= 0) & (panel["heads"] > 0)]
    frame = frame.merge(teams[["team", "license_week"]], on="team")
    frame = frame[frame["week"] >= frame["license_week"]].sort_values(["week", "team"], ignore_index=True)
    share = adoption(frame["week"] - frame["license_week"], frame["since_training"])
    active = random.binomial(frame["heads"], share)
    suggestions = random.poisson(60 * active)
    wide = frame[["team", "week"]].assign(
        licensed_users=frame["heads"], active_users=active, suggestions=suggestions,
        accepted_suggestions=random.binomial(suggestions, 0.30))
    long = wide.melt(["team", "week"], var_name="measure").assign(tool="assistant")
    return long.sort_values(["week", "team"], kind="stable", ignore_index=True)


def make_kpi_observations(seed, panel, memberships, teams, calendar):
    """Return monthly `kpi_observations`: satisfaction, task_automation_rate, error_rate.

    Equation: satisfaction = mean of n answers Normal(3.7 + team + 0.15 * ramp, 0.8),
    cut to 1 .. 5; task_automation_rate ~ Binomial(40, 0.18 + team + 0.10 * ramp) / 40;
    error_rate ~ Binomial(runs, 0.06) / runs; ramp = min(1, k / 12) after the training.
    """
    random = generator(seed, "observations")
    feel, automate = random.normal(0, 0.2, len(teams)), random.normal(0, 0.03, len(teams))
    since = panel.set_index(["team", "week"])["since_training"]
    rows = []
    for month in pd.date_range(calendar.first_day.replace(day=1), calendar.last_day, freq="MS"):
        middle = month + pd.Timedelta(days=14)
        week = (middle - calendar.first_day).days // 7
        sizes = members(memberships, middle)["team"].value_counts()
        for number, team in enumerate(teams["team"]):
            ramp = float(training_curve(since[team, week], 1.0, 12))
            size = int(sizes.get(team, 0))
            rows += _month(random, month, team, size, ramp, feel[number], automate[number])
    names = ["date", "period", "team", "kpi", "value", "numerator", "denominator", "n"]
    return pd.DataFrame(rows, columns=names)


def _month(random, month, team, size, ramp, feel, automate):
    """Return the three figures of one team and month; the survey has no value where nobody answered."""
    n = int(random.binomial(size, 0.7))
    answers = random.normal(3.7 + feel + 0.15 * ramp, 0.8, n).round().clip(1, 5)
    runs = int(random.poisson(300))
    automated = int(random.binomial(40, np.clip(0.18 + automate + 0.10 * ramp, 0.01, 0.9)))
    errors = int(random.binomial(runs, 0.06))
    satisfaction = round(float(answers.mean()), 3) if n else np.nan
    return [(month, "month", team, "satisfaction", satisfaction, np.nan, np.nan, n),
            (month, "month", team, "task_automation_rate", automated / 40, automated, 40, 40),
            (month, "month", team, "error_rate", round(errors / runs, 4), errors, runs, runs)]
