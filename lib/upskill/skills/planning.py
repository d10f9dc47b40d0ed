"""Before anything is collected: how often levels will be wrong, and which further evidence is worth its time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from upskill.skills.calibration import calibrate
from upskill.skills.levels import Cuts, continuous_level, level_probabilities, read_cuts
from upskill.skills.scoring import GRID, likelihood_on_grid

MORE_ITEMS = 5
STEP = 0.7  # sd between the middle of an item with three scores and where its scores begin
USUAL_CUTS = (-1.6, -0.6, 0.4, 1.4, 2.4)  # about one standard deviation apart
DECISIONS = 4000  # made up in all, unless the number of replicates is given: an error of about 1 in 100


@dataclass(frozen=True)
class AssessmentDesign:
    """What is to be collected, and what is supposed of it.

    `items`: test items per domain, `graded` of them with three scores instead
    of right and wrong; `raters`: ratings of each person per
    domain, each of another interview; `self_rated`: whether people also rate
    themselves; `competencies` per domain; `group`: people of a team to report
    on. `cuts`: where levels 1, 2, … begin, in standard deviations of those
    assessed, with standard error `cut_error`. `slope`, `slope_spread`: median
    and sd of the logarithm of discriminations; `difficulties`: easiest and
    hardest item. `rating_validity`, `self_validity`: correlation of one rating
    with ability (0.7 and 0.3: what reviews of interviews and self-ratings
    find, Mabe and West 1982, Freund and Kasten 2012). Minutes are of the
    person assessed; a rating takes the rater's as well.
    """

    people: int = 42
    items: int = 20
    graded: int = 0
    raters: int = 0
    self_rated: bool = False
    domains: int = 6
    competencies: int = 4
    group: int = 8
    cuts: tuple[float, ...] = USUAL_CUTS
    cut_error: float = 0.12
    slope: float = 1.0
    slope_spread: float = 0.3
    difficulties: tuple[float, float] = (-1.8, 2.0)
    rating_validity: float = 0.7
    self_validity: float = 0.3
    minutes_per_item: float = 1.5
    minutes_per_rating: float = 8.0
    minutes_per_self_rating: float = 0.3


@dataclass(frozen=True)
class AssessmentPlan:
    """What a design will give.

    `options`: one row per kind of evidence, the design itself first: evidence,
    minutes (of people's time, all domains, per person; of what is added),
    wrong, far (shares of level decisions that are wrong, and wrong by more
    than one level), fewer (wrong decisions saved, as a share), per_hour (wrong
    decisions saved per hour of people's time), each with its Monte Carlo
    standard error in `…_error`. `widths`: width of the 90 % interval of a mean
    level (levels), of the whole company and of a group. `single`: (share wrong,
    error) if levels were given by single competency.
    """

    design: AssessmentDesign
    options: pd.DataFrame
    widths: dict[str, tuple[float, float]]
    single: tuple[float, float]
    replicates: int


def plan_assessment(design=None, replicates=None, seed=20261123, level=0.90):
    """Return the `AssessmentPlan` of a design, by making up `replicates` assessments like it (None: 30 or more).

    Each replicate draws people (mean 0 and sd 1, which is how the scale is
    set), items, answers, ratings and the error of the cuts; calibrates the
    items on these people alone, as the report does; and gives each person the
    most probable level from all the evidence. A rating is normal given ability,
    with error variance 1 / validity² - 1, independent between raters.
    The same random numbers serve all options, so that differences are clear
    long before the shares are. Raises ValueError for a design that is none.
    """
    design = design or AssessmentDesign()
    replicates = max(30, round(DECISIONS / max(design.people, 1))) if replicates is None else replicates
    _check(design, replicates)
    generator = np.random.default_rng(seed)
    found = [_replicate(design, generator) for _ in range(replicates)]
    decisions = {name: np.array([one["decisions"][name] for one in found]) for name in found[0]["decisions"]}
    single = decisions.pop("single")[:, 0]
    errors = {name: np.array([one["errors"][name] for one in found]) for name in found[0]["errors"]}
    return AssessmentPlan(design, _options(design, decisions), _widths(errors, level), _mean(single), replicates)


def _check(design, replicates):
    wrong = [name for name, value, least in (
        ("people", design.people, 15), ("items", design.items, 3), ("raters", design.raters, 0), ("graded", design.graded, 0),
        ("domains", design.domains, 1), ("competencies", design.competencies, 1), ("group", design.group, 1),
        ("replicates", replicates, 2)) if value < least]
    wrong += [name for name in ("rating_validity", "self_validity") if not 0 < getattr(design, name) < 1]
    if len(design.cuts) < 2 or np.any(np.diff(design.cuts) <= 0) or len(design.cuts) > 5:
        wrong.append("cuts")
    if not (design.cut_error >= 0 and design.slope > 0 and design.slope_spread >= 0):
        wrong.append("cut_error, slope or slope_spread")
    if wrong:
        raise ValueError(f"This is no design: {', '.join(wrong)}. At least 15 people and 3 items per domain; two to five "
                         "cuts, rising; validities between 0 and 1.")


def _replicate(design, generator):
    """Make up one assessment: {decisions: {option: (share wrong, share far)}, errors: {group: error of its mean}}."""
    theta = generator.standard_normal(design.people)
    theta = (theta - theta.mean()) / theta.std()
    published = Cuts(np.arange(1, len(design.cuts) + 1), np.array(design.cuts, float), np.full(len(design.cuts), design.cut_error))
    true_cuts = np.sort(generator.normal(published.places, published.standard_errors))
    answers = _answers(design, theta, generator)
    calibration = calibrate(answers, model="graded" if design.graded else "2PL")
    evidence = _evidence(design, theta, answers, calibration, generator)
    true = (theta[:, None] >= true_cuts).sum(axis=1)
    decisions, posteriors = {}, {}
    for name, log_likelihood in evidence.items():
        joint = log_likelihood - GRID**2 / 2
        posterior = np.exp(joint - joint.max(axis=1, keepdims=True))
        posteriors[name] = posterior / posterior.sum(axis=1, keepdims=True)
        away = np.abs(level_probabilities(posteriors[name], GRID, published).argmax(axis=1) - true)
        decisions[name] = ((away > 0).mean(), (away > 1).mean())
    mean = posteriors["design"] @ continuous_level(GRID, published.levels, published.places)
    error = mean - continuous_level(theta, published.levels, true_cuts)
    return {"decisions": decisions, "errors": {"company": error.mean(), "group": error[:design.group].mean()}}


def _answers(design, theta, generator):
    """Draw answers to the items of the design and to a few more, persons × items."""
    count = design.items + MORE_ITEMS
    slopes = generator.lognormal(np.log(design.slope), design.slope_spread, count)
    places = np.concatenate([generator.permutation(np.linspace(*design.difficulties, design.items)),
                             np.linspace(*design.difficulties, MORE_ITEMS)])
    step = np.where(np.arange(count) < design.graded, STEP, 0.0)
    uniform = generator.random((len(theta), count))
    first, second = (uniform < expit(slopes * (theta[:, None] - place)) for place in (places - step, places + step))
    return first.astype(float) + second * (step > 0)


def _evidence(design, theta, answers, calibration, generator):
    """Return log P(evidence | ability) on the grid by option (persons × points)."""
    def test(columns):
        asked = np.full_like(answers, np.nan)
        asked[:, columns] = answers[:, columns]
        return likelihood_on_grid(calibration, pd.DataFrame(asked))

    def rated(validity, count):
        variance = (1 / validity**2 - 1) / max(count, 1)
        seen = theta + generator.normal(0, np.sqrt(variance), len(theta))
        return -(seen[:, None] - GRID) ** 2 / (2 * variance) if count else 0.0

    given = rated(design.rating_validity, design.raters)
    given = given + rated(design.self_validity, int(design.self_rated))
    items = np.arange(design.items)
    base = test(items) + given
    found = {"design": base, "items": test(np.arange(design.items + MORE_ITEMS)) + given,
             "rater": base + rated(design.rating_validity, 1),
             "single": test(items[:max(1, design.items // design.competencies)])}
    if not design.self_rated:
        found["self"] = base + rated(design.self_validity, 1)
    return found


def _mean(values):
    """Return the mean of replicates and its Monte Carlo standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


NAMES = {
    "design": "as planned", "items": f"{MORE_ITEMS} more items per domain", "rater": "one interview, rated in each domain",
    "self": "a self-rating of each competency"}


def _options(design, decisions):
    minutes = {"design": 0.0, "items": MORE_ITEMS * design.minutes_per_item * design.domains,
               "rater": 2 * design.minutes_per_rating * design.domains,
               "self": design.minutes_per_self_rating * design.competencies * design.domains}
    rows = []
    for name, found in decisions.items():
        (wrong, wrong_error), (far, far_error) = (_mean(found[:, column]) for column in (0, 1))
        fewer, fewer_error = _mean(decisions["design"][:, 0] - found[:, 0])
        hours = minutes[name] / 60 / design.domains if minutes[name] else np.nan
        rows.append({"evidence": _name(design, name), "minutes": minutes[name], "wrong": wrong, "wrong_error": wrong_error,
                     "far": far, "far_error": far_error, "fewer": fewer, "fewer_error": fewer_error,
                     "per_hour": fewer / hours, "per_hour_error": fewer_error / hours})
    return pd.DataFrame(rows)


def _name(design, name):
    return "a further rater" if name == "rater" and design.raters else NAMES[name]


def _widths(errors, level):
    wide = 2 * ndtri((1 + level) / 2)
    found = {}
    for name, values in errors.items():
        size = np.sqrt((values**2).mean())
        found[name] = (float(wide * size), float(wide * size / np.sqrt(2 * len(values))))
    return found


def design_of(program, calibration, **given):
    """Return the `AssessmentDesign` that a program stands for: its people, items, cuts and the quality of its items.

    `given`: fields that are known better. People are those of the table, items
    the mean number per domain, cuts those of the first domain that has five or
    fewer; discriminations and difficulties as calibrated.
    """
    slopes, places = [], []
    for scale in calibration.scales.values():
        slope, intercepts = scale.calibration.parameters()
        kept = slope > 0
        slopes += list(slope[kept])
        places += list((-intercepts[kept] / slope[kept, None])[np.isfinite(intercepts[kept])])
    cuts = next(iter(read_cuts(program).values()), None)
    frame = program["competencies"].drop_duplicates("competency_id")
    counts = [(len(one.items), sum(len(seen) > 2 for seen in one.calibration.codes)) for one in calibration.scales.values()]
    items, graded = (round(number) for number in np.mean(counts, axis=0))
    known = {"people": len(program["people"]), "items": items, "graded": graded,
             "domains": len(calibration.scales), "competencies": round(frame.groupby("domain").size().mean()),
             "slope": float(np.exp(np.mean(np.log(slopes)))), "slope_spread": float(np.std(np.log(slopes))),
             "difficulties": tuple(float(end) for end in np.quantile(places, [0.05, 0.95]))}
    if cuts is not None:
        known |= {"cuts": tuple(map(float, cuts.places)), "cut_error": float(cuts.standard_errors.mean())}
    return AssessmentDesign(**known | given)
