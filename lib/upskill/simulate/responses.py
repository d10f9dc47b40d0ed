"""What people answer: tests, self-ratings, interviews, climate."""

import numpy as np
import pandas as pd

from upskill.simulate.framework import domain_of, domains
from upskill.simulate.items import CLIMATE, MORE_CLIMATE, probabilities
from upskill.simulate.presets import ASSESSMENT, generator

USED = {"start": ("all", "early"), "middle": ("all", "early"), "end": ("all", "late")}


def make_test_responses(seed, people, waves, abilities, assessed, items):
    """Return the table `test_responses`.

    Equation: score = number of k with U < P(score >= k | ability of the
    item's domain), one uniform U per person, wave and item. Blocks of one
    domain come in random order; a share of people does not reach the last
    items (empty). Reaching does not depend on ability.
    """
    random = generator(seed, "tests")
    parts = []
    for number, wave in enumerate(waves.itertuples()):
        rows = np.flatnonzero(assessed[:, number])
        used = items[items["waves"].isin(USED[wave.wave])]
        scores = _scores(random, abilities[rows, number], used)
        frame = pd.DataFrame(scores, index=people["person_id"].iloc[rows], columns=used["item_id"])
        days = random.integers(0, 5, len(rows)) + 7 * random.integers(0, 3, len(rows))
        date = pd.Series(wave.starts_on + pd.to_timedelta(days, "D"), index=frame.index)
        long = _long(frame).sort_values(["person_id", "item_id"])
        parts.append(long.assign(wave=wave.wave, with_ai=False, date=long["person_id"].map(date)))
    return pd.concat(parts, ignore_index=True)


def _long(frame):
    """Return persons x items as rows of person_id, item_id, score."""
    wide = frame.rename_axis("person_id").reset_index()
    return wide.melt("person_id", var_name="item_id", value_name="score")


def _scores(random, abilities, items):
    """Return scores (persons x items, float; NaN = not reached)."""
    column = {domain: i for i, domain in enumerate(domains())}
    scores = np.empty((len(abilities), len(items)))
    for i, item in enumerate(items.itertuples()):
        above = probabilities(abilities[:, column[item.domain]], item.a, item.b)
        scores[:, i] = (random.random(len(abilities))[:, None] < above).sum(axis=1)
    return _not_reached(random, scores, items["domain"].map(column).to_numpy())


def _not_reached(random, scores, domain):
    """Empty the last items of some people, who see the domains in their own random order."""
    for person in np.flatnonzero(random.random(len(scores)) < ASSESSMENT.not_reached_share):
        place = random.permutation(6)[domain]
        count = min(1 + random.geometric(0.15), len(domain) - 6)
        scores[person, np.argsort(place, kind="stable")[-count:]] = np.nan
    return scores


def make_survey_responses(seed, people, waves, abilities, assessed, preset):
    """Return the table `survey_responses` and the leniency of each person.

    Equation: y = 2 + leniency + 0.3 * ability + s_p + e, with s_p ~
    Normal(0, self_person_sd), e ~ Normal(0, self_noise_sd); rounded and cut
    to 1 .. 5. The slope 0.3 (self-ratings say little of skill: Mabe & West
    1982 find r = .29) is small and the shift is upward (Heidemeier & Moser 2009).
    """
    random = generator(seed, "surveys")
    columns = [domains().index(domain) for domain in domain_of()]
    names = [f"s{number:02d}" for number in range(1, len(columns) + 1)]
    shift = random.normal(0, ASSESSMENT.self_person_sd, len(people))
    parts = []
    for number, wave in enumerate(waves["wave"]):
        rows = np.flatnonzero(assessed[:, number])
        latent = 2 + ASSESSMENT.self_leniency + ASSESSMENT.self_loading * abilities[rows, number][:, columns]
        latent = latent + shift[rows, None] + random.normal(0, ASSESSMENT.self_noise_sd, latent.shape)
        scores = np.where(random.random(latent.shape) < preset.empty_cells, np.nan, latent.round().clip(1, 5))
        frame = pd.DataFrame(scores, index=people["person_id"].iloc[rows], columns=names)
        parts.append(_long(frame).assign(wave=wave))
    return pd.concat(parts, ignore_index=True), shift


def make_interview_ratings(seed, people, waves, abilities, assessed, cuts, preset):
    """Return the table `interview_ratings` and the severity of each rater.

    Equation: rating = number of cuts at or below ability - severity_r + halo_pr + e,
    severity ~ Normal(0, severity_sd) centered to mean 0, e ~ Normal(0, rating_noise_sd),
    halo ~ Normal(0, halo). Each person meets two raters in each round, one
    competency per domain, and the pairs of raters rotate, so that all raters are connected.
    """
    random = generator(seed, "interviews")
    severity = random.normal(0, ASSESSMENT.severity_sd, ASSESSMENT.raters)
    severity -= severity.mean()
    raters = np.array([f"r{number:02d}" for number in range(1, len(severity) + 1)])
    chosen = np.sort(random.permutation(len(people))[: round(ASSESSMENT.interviewed_share * len(people))])
    by_domain = cuts.pivot(index="level", columns="scale_id", values="cut")[domains()].to_numpy()
    parts = []
    for number in sorted({0, len(waves) - 1}):
        there = chosen[assessed[chosen, number]]
        asked = _asked(random, len(there))
        for rater in _pair(np.arange(len(there)) + number, len(severity)):
            noise = random.normal(0, ASSESSMENT.rating_noise_sd, asked.shape)
            feeling = random.normal(0, preset.halo, (len(there), 1)) if preset.halo else 0.0
            felt = abilities[there, number] - severity[rater][:, None] + feeling + noise
            parts.append(pd.DataFrame({
                "person_id": people["person_id"].to_numpy()[there].repeat(6), "order": number,
                "competency_id": asked.ravel(), "rater_id": raters[rater].repeat(6),
                "rating": (felt[:, None, :] >= by_domain).sum(axis=1).ravel()}))
    order = ["order", "person_id", "rater_id", "competency_id"]
    table = pd.concat(parts).sort_values(order, ignore_index=True)
    return table.assign(wave=waves["wave"].to_numpy()[table["order"]]), dict(zip(raters, severity))


def _asked(random, persons):
    """Return one competency per domain for each person (persons x domains)."""
    of_domain = np.array([domain_of().index[domain_of() == domain] for domain in domains()])
    return of_domain[np.arange(6), random.integers(0, 4, (persons, 6))]


def _pair(turn, raters):
    """Return two different raters for each turn; all pairs come, so that everybody is connected.

    >>> first, second = _pair(np.arange(56), 8)
    >>> bool((first == second).any()), len(set(zip(first.tolist(), second.tolist())))
    (False, 56)
    """
    first = turn % raters
    return first, (first + 1 + turn // raters % (raters - 1)) % raters


def make_climate_responses(seed, people, waves, assessed, teams):
    """Return the table `climate_responses` and the true mean of each team.

    Equation: y = 3.4 + team_t + 0.1 * wave + person + e, team ~ Normal(0, 0.35),
    person ~ Normal(0, 0.5), e ~ Normal(0, 0.6), rounded to 1 .. 5; reversed items
    answer 6 - y. Further constructs have a mean of their own beside 3.4; worries fall where the others rise.
    Ids are new in each wave and in random order: nobody can be followed.
    """
    random = generator(seed, "climate")
    further = random.spawn(1)[0]
    means = pd.Series(random.normal(0, 0.35, len(teams)), index=teams["team"])
    names, turned = [item[0] for item in CLIMATE], [item[3] for item in CLIMATE]
    parts = []
    for number, wave in enumerate(waves["wave"]):
        answers = assessed[:, number] & (random.random(len(people)) < ASSESSMENT.climate_answer_share)
        team = random.permutation(people["team"].to_numpy()[answers])
        latent = 3.4 + 0.1 * number + means[team].to_numpy()[:, None] + random.normal(0, 0.5, (len(team), 1))
        scores = (latent + random.normal(0, 0.6, (len(team), len(CLIMATE)))).round().clip(1, 5)
        frame = pd.DataFrame(np.where(turned, 6 - scores, scores), columns=names).join(_further(further, latent))
        ids = [f"a{number}{i + 1:04d}" for i in range(len(team))]
        frame = frame.assign(respondent_id=ids, team=team, wave=wave)
        parts.append(frame.melt(["respondent_id", "team", "wave"], var_name="item_id", value_name="score"))
    return pd.concat(parts, ignore_index=True), means


def _further(random, latent):
    """Return answers on the further constructs, respondents × items."""
    names = [item[0] for item in MORE_CLIMATE]
    sign = np.array([-1.0 if item[1].startswith("worry") else 1.0 for item in MORE_CLIMATE])
    shift = np.array([item[4] for item in MORE_CLIMATE])
    away = 3.4 + shift + sign * (latent - 3.4)
    return pd.DataFrame((away + random.normal(0, 0.6, (len(latent), len(names)))).round().clip(1, 5), columns=names)
