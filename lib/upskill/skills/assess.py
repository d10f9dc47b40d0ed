"""The one call for skills: everybody's scores and levels, from tests, interviews and self-ratings together."""

import numpy as np
import pandas as pd

from upskill.skills import fusion, fusion_maximize
from upskill.skills.evidence import matrix, test_answers
from upskill.skills.levels import read_cuts
from upskill.skills.scoring import (
    GRID,
    calibrate_program,
    chosen_wave,
    likelihood_on_grid,
    only_asked,
    population,
    posterior_on_grid,
    score_table,
    score_tests,
)
from upskill.skills.source_sums import prepare
from upskill.skills.sources import SOURCES, Ratings, interview_ratings, self_ratings

NARROWEST = GRID[1] - GRID[0]  # sd below which a normal curve falls between the points


def assess_skills(program, wave=None, calibration=None, sources=SOURCES, company=None):
    """Score every assessed person in every domain, from all that was measured.

    Parameters
    ----------
    wave : name of a wave; None = the latest with test answers.
    calibration : result of `calibrate_program` on the whole company; None =
        calibrate on what this program has.
    sources : any of "test", "interview", "self"; always with "test", which
        makes the scale. ("test",) = tests alone, each domain for itself.
    company : the whole company when `program` is one team; the worth of
        interviews and self-ratings is then learned from everybody.

    Returns a tidy table: person_id, scale ("domain", "competency"), scale_id,
    score (posterior mean; 0 and 1 are mean and sd of those assessed first),
    standard_error (posterior sd), level (the most probable; null without cuts),
    probability_0 … probability_5 (error of cuts included), sources ("test",
    "test + interview + self", …: what the person has in that domain).

    One row per person and domain with a test or an interview in it. A
    self-rating alone gives no row. Competencies have rows where an interview
    asked about them: ability in the domain and what the raters saw beyond it;
    cuts are the competency's own, else the domain's. A person is seen as one of
    their role, and domains as correlated (`upskill.skills.fusion`), also where a
    program has tests only: what is known of one domain helps with the others.

    `attrs`: "refused" (why domains were left out) and "sources" (the loading of
    interviews and self-ratings, how many people it rests on, and whether it is
    estimated or leans on the prior).

    A domain of which the wave asked no item of the first wave is left out: nothing
    ties it to the scale.

    Raises NotEnoughData without tests or where nothing can be identified,
    ValueError for an unknown wave or source.
    """
    whole = company or program
    answers = test_answers(whole)
    wave = chosen_wave(whole, answers, wave)
    calibration = only_asked(calibration or calibrate_program(whole), answers, wave)
    fused = fuse_sources(whole, wave, calibration, sources)
    result = score_tests(whole, answers, wave, calibration) if fused is None else fused_table(whole, fused)
    if company is not None and "people" in program:
        result = result[result["person_id"].isin(program["people"]["person_id"])].reset_index(drop=True)
    result.attrs["refused"] = dict(calibration.refused)
    result.attrs["sources"] = [] if fused is None else worth_of_sources(fused)
    return result


def fuse_sources(program, wave=None, calibration=None, sources=SOURCES):
    """Fit the model of all sources to one wave; None where only tests are asked for, each domain for itself.

    Person-level and for computing: whole company in, `upskill.skills.fusion.Fusion` out.
    """
    unknown = sorted(set(sources) - set(SOURCES))
    if unknown or "test" not in sources:
        raise ValueError(f"sources={tuple(sources)!r}: expected 'test', with 'interview' or 'self' or both")
    if set(sources) == {"test"}:
        return None
    answers = test_answers(program)
    wave = chosen_wave(program, answers, wave)
    calibration = only_asked(calibration or calibrate_program(program), answers, wave)
    domains = list(calibration.scales)
    nothing = Ratings(pd.DataFrame(columns=["person_id", "competency_id", "domain", "value", "rater_id"]))
    talked = interview_ratings(program, wave, domains) if "interview" in sources else nothing
    own = self_ratings(program, wave, domains) if "self" in sources else nothing
    responses = {name: matrix(answers, wave, name, scale.items) for name, scale in calibration.scales.items()}
    likelihoods = {name: pd.DataFrame(likelihood_on_grid(scale.calibration, responses[name]), responses[name].index)
                   for name, scale in calibration.scales.items()}
    sd = np.array([population(scale, wave, responses[name])[1] for name, scale in calibration.scales.items()])
    data = prepare(program, likelihoods, talked, own)
    return fusion.fit(data, np.clip(sd, 0.3, 2.0))


def worth_of_sources(fused):
    """Return a list of dicts: source, loading (of ratings with sd 1), people with a test too, basis, prior of the loading."""
    data, tested = fused.data, fused.data.tested.any(axis=1)
    seen = {"interview": data.interview_count.any(axis=1), "self": data.self_sums[3] > 0}
    both = {name: (there & tested).sum() for name, there in seen.items()}
    return [{"source": name, "loading": fused.parameters.loadings[name], "people": int(both[name]),
             "basis": _basis(fused.parameters.loadings[name], both[name]), "prior_mean": prior[0], "prior_sd": prior[1]}
            for name, prior in fusion_maximize.LOADING_PRIORS.items() if seen[name].any()]


def _basis(loading, people):
    if loading <= fusion_maximize.LEAST_LOADING:
        return "runs against the tests: not used"
    return "estimated" if people >= fusion.FEWEST_WITH_BOTH else "leans on the prior"


def source_shares(scores):
    """Return what people's scores rest on: sources (all domains of a person together), people, share; most first.

    >>> table = pd.DataFrame({"person_id": ["p", "p", "q"], "sources": ["test", "test + self", "test"], "scale": "domain"})
    >>> source_shares(table).to_numpy().tolist()
    [['test', 1, 0.5], ['test + self', 1, 0.5]]
    """
    own = scores[scores["scale"] == "domain"].groupby("person_id")["sources"].agg(" + ".join)
    parts = own.map(lambda said: " + ".join(name for name in SOURCES if name in said.split(" + ")))
    counts = parts.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    return pd.DataFrame({"sources": counts.index, "people": counts.to_numpy(), "share": counts.to_numpy() / len(parts)})


def fused_table(program, fused):
    """Return the table of `assess_skills` from a fitted model of all sources."""
    data, cuts = fused.data, read_cuts(program)
    center, variance = fused.outside()
    selfish = np.diagonal(data.self_sums[0], axis1=1, axis2=2)[:, :-1] > 0
    parts, curves = [], {}
    for number, domain in enumerate(data.domains):
        rows = np.flatnonzero(data.tested[:, number] | (data.interview_count[:, number] > 0))
        if not len(rows):
            continue
        spread = np.maximum(np.sqrt(variance[rows, number]), NARROWEST)
        posterior = posterior_on_grid(data.likelihood[rows, number], center[rows, number], spread[:, None])
        sources = _names(data.tested[rows, number], data.interview_count[rows, number] > 0, selfish[rows, number])
        parts.append(score_table(data.persons[rows], "domain", domain, posterior, cuts.get(domain), sources))
        mean = posterior @ GRID
        curves[number] = pd.DataFrame(
            {"mean": mean, "variance": posterior @ GRID**2 - mean**2, "sources": sources}, index=rows)
    own = read_cuts(program, "competency")
    return pd.concat([*parts, *_competency_tables(fused, curves, own, cuts)], ignore_index=True)


def _names(tested, talked, selfish):
    return [" + ".join(name for name, there in zip(SOURCES, flags) if there) for flags in zip(tested, talked, selfish)]


def _competency_tables(fused, curves, own, cuts):
    """Return rows of competencies that interviews asked about, one table per domain (or set of cuts of its own)."""
    data, groups = fused.data, fused.data.groups
    if groups.empty or fused.parameters.loadings["interview"] < fusion.LEAST_FOR_COMPETENCIES:
        return []
    groups = groups.join(fusion.deviations(fused)).sort_values(["domain", "competency_id", "person"])
    at_own = groups["competency_id"].where(groups["competency_id"].isin(own), "")
    tables = []
    for (number, special), rows in groups.groupby(["domain", at_own], sort=True):
        person = rows["person"].to_numpy()
        domain = curves[number].loc[person]
        mean, variance = fusion.in_domain(fused, number, person)
        change = rows["with_ability"].to_numpy() / variance
        score = domain["mean"].to_numpy() + rows["deviation"].to_numpy() + change * (domain["mean"].to_numpy() - mean)
        spread = (1 + change) ** 2 * domain["variance"].to_numpy() + rows["variance"].to_numpy() - change**2 * variance
        spread = np.maximum(np.sqrt(np.maximum(spread, 0)), NARROWEST)
        posterior = posterior_on_grid(np.zeros((len(rows), len(GRID))), score, spread[:, None])
        place = own[special] if special else cuts.get(data.domains[number])
        tables.append(score_table(data.persons[person], "competency", rows["competency_id"].to_numpy(), posterior, place,
                                  domain["sources"].to_numpy()))
    return tables
