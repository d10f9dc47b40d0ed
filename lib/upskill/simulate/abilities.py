"""Latent abilities, their growth, and the cuts that turn them into levels."""

import numpy as np
import pandas as pd

from upskill.simulate.framework import ROLE_MEANS, domain_of, domains, read_framework
from upskill.simulate.presets import ASSESSMENT, generator

BASE_CUTS = (-1.6, -0.6, 0.4, 1.4, 2.4)


def make_waves(calendar):
    """Return the table `waves`: three rounds of three weeks (to the Friday)."""
    rows = [(name, calendar.day(week), calendar.day(week + 2, 4)) for name, week in calendar.waves.items()]
    return pd.DataFrame(rows, columns=["wave", "starts_on", "ends_on"])


def make_cuts(random):
    """Return the table `cuts`: five per domain, about one standard deviation apart.

    Equation: cut_dk = base_k + shift_d, shift_d ~ Normal(0, 0.15); the
    published cut is the true cut.
    """
    rows = []
    for domain in domains():
        shift = random.normal(0, 0.15)
        for level, base in enumerate(BASE_CUTS, 1):
            error = round(float(random.uniform(0.08, 0.16)), 3)
            rows.append((domain, level, round(base + shift, 3), error))
    cuts = pd.DataFrame(rows, columns=["scale_id", "level", "cut", "standard_error"])
    return cuts.assign(scale="domain", method="bookmark", panel_size=8)


def levels(abilities, cuts):
    """Return true levels 0 to 5 (persons x domains): how many cuts lie at or below the ability."""
    by_domain = cuts.pivot(index="level", columns="scale_id", values="cut")[domains()].to_numpy()
    return (abilities[:, None, :] >= by_domain[None]).sum(axis=1)


def attendance(random, people, waves):
    """Return who is assessed in which wave (persons x waves, bool): in the company, not away by chance."""
    last = people["end_date"].fillna(waves["ends_on"].max())
    here = [(people["start_date"] <= wave.starts_on) & (last >= wave.ends_on) for wave in waves.itertuples()]
    return np.column_stack(here) & (random.random((len(people), len(waves))) < ASSESSMENT.attendance)


def first_abilities(random, people, assessed):
    """Return abilities at the first wave (persons x domains).

    Equation: raw_pd = role_mean + person_sd * (sqrt(r) g_p + sqrt(1 - r) e_pd)
    with g, e ~ Normal(0, 1) and r the correlation of domains within a role;
    then each domain is shifted and scaled so that the people assessed at the
    first wave have mean 0 and sd 1 exactly (divisor n). This names the scale.
    """
    common, own = random.normal(size=(len(people), 1)), random.normal(size=(len(people), 6))
    r = ASSESSMENT.domain_correlation
    raw = np.array([ROLE_MEANS[role] for role in people["role"]])
    raw = raw + ASSESSMENT.person_sd * (np.sqrt(r) * common + np.sqrt(1 - r) * own)
    return (raw - raw[assessed].mean(axis=0)) / raw[assessed].std(axis=0)


def domain_gains(true_gains):
    """Return courses x domains: a domain grows by the mean true gain of the course over its competencies."""
    by_domain = true_gains.assign(domain=true_gains["competency_id"].map(domain_of()))
    counts = domain_of().value_counts()
    total = by_domain.groupby(["course_id", "domain"])["gain"].sum().unstack(fill_value=0.0)
    return total.reindex(columns=domains(), fill_value=0.0) / counts[domains()].to_numpy()


def growth(random, people, waves, enrolments, true_gains):
    """Return growth since the first wave (persons x waves x domains).

    Equation: growth_pwd = drift * w + sum over courses that p completed after
    the first wave began and before wave w of gain_cd * u_p, u_p ~ Normal(1, growth_sd),
    not below 0. One level is about one unit of ability.
    """
    responsiveness = np.maximum(random.normal(1, ASSESSMENT.growth_sd, len(people)), 0)
    gains = domain_gains(true_gains)
    result = np.zeros((len(people), len(waves), len(domains())))
    position = pd.Series(np.arange(len(people)), index=people["person_id"])
    for number, wave in enumerate(waves.itertuples()):
        done = enrolments[(enrolments["completed_on"] <= wave.starts_on)
                          & (enrolments["completed_on"] > waves["starts_on"].iloc[0])]
        where = position[done["person_id"]].to_numpy()
        gained = gains.loc[done["course_id"]].to_numpy() * responsiveness[where, None]
        np.add.at(result[:, number], where, gained)
        result[:, number] += ASSESSMENT.drift_per_wave * number
    return result


def make_abilities(seed, people, waves, enrolments, true_gains):
    """Return `abilities` (persons x waves x domains), `assessed` (persons x waves) and the table `cuts`."""
    random = generator(seed, "abilities")
    cuts = make_cuts(random)
    assessed = attendance(random, people, waves)
    start = first_abilities(random, people, assessed[:, 0])
    return start[:, None, :] + growth(random, people, waves, enrolments, true_gains), assessed, cuts


def shortfalls(people, abilities, cuts):
    """Return the true mean shortfall and gap by role and domain at one wave, in levels.

    Equation: shortfall = max(target - level, 0), gap = target - level, with
    the level of the domain for each competency of the domain; means over the
    competencies (weighted by importance) of the people of the role.
    """
    targets = read_framework()["role_targets"]
    targets["domain"] = targets["competency_id"].map(domain_of())
    level = pd.DataFrame(levels(abilities, cuts), columns=domains()).assign(role=people["role"].to_numpy())
    long = level.melt("role", var_name="domain", value_name="level").merge(targets, on=["role", "domain"])
    gap = long["target_level"] - long["level"]
    long = long.assign(weight=long["importance"], gap=gap * long["importance"],
                       shortfall=gap.clip(lower=0) * long["importance"])
    sums = long.groupby(["role", "domain"], sort=False)[["gap", "shortfall", "weight"]].sum()
    return sums[["gap", "shortfall"]].div(sums["weight"], axis=0).reset_index()
