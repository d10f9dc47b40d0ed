"""Everything about trust that needs the whole company, computed once; what cannot be told comes with its reason."""

from dataclasses import dataclass, field

from upskill.data import NotEnoughData
from upskill.skills.assess import assess_skills
from upskill.skills.drift import change_without, item_drift
from upskill.skills.evidence import matrix, test_answers
from upskill.skills.fairness import fairness_table
from upskill.skills.instrument import instrument_quality
from upskill.skills.interviews import interview_quality
from upskill.skills.person_change import count_changes, person_changes
from upskill.skills.quality import reliability_table, weakest_items
from upskill.skills.self_ratings import self_against_tests
from upskill.skills.training import compare_with_untrained


@dataclass(frozen=True)
class Assurance:
    """What is known of the company's assessment, by topic.

    `found`: topic -> result ("reliability", "weakest", "training", "counts",
    "drift", "drift_effect", "fairness", "instrument": `InstrumentQuality`,
    "interviews": `InterviewQuality`, "self": `self_against_tests` of everybody); `reasons`: topic -> why it cannot be
    told. `tested_items`: items of the wave. `minimum`: smallest group.
    """

    minimum: int
    tested_items: int = 0
    found: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)


def assurance(company, calibration, wave, allowed, people=None, changes=None, seed=20261123, level=0.90):
    """Return the `Assurance` of a company at a wave.

    company : the whole company, as released; calibration : of it; allowed :
    its `Limits`; people, changes : as `limits` takes them. Interviews and
    self-ratings count as `company` has them.
    """
    minimum, first = company.settings.minimum_group_size, calibration.waves[0]
    counted = frozenset().union(*allowed.counted.values())
    answers = test_answers(company)
    items = sum(matrix(answers, wave, domain).shape[1] for domain in calibration.scales)
    known = Assurance(minimum, items)
    _add(known, "reliability", lambda: _measured(reliability_table(company, wave, level, counted), calibration))
    _add(known, "weakest", lambda: _measured(weakest_items(company, wave, counted), calibration))
    _add(known, "fairness", lambda: fairness_table(company, wave, counted))
    _add(known, "instrument", lambda: instrument_quality(company, calibration, level))
    _add(known, "interviews", lambda: _interviews(company, wave, level, seed, minimum))
    _add(known, "self", lambda: self_against_tests(company, wave, calibration, level, seed).query("role == ''"))
    if first == wave:
        return known
    _add(known, "training", lambda: compare_with_untrained(company, calibration, people, changes, level, seed))
    _add(known, "counts", lambda: _counts(company, calibration, first, wave, allowed, minimum))
    _add(known, "drift", lambda: item_drift(company, calibration, wave))
    if "drift" in known.found:
        moved = known.found["drift"]
        _add(known, "drift_effect", lambda: change_without(company, calibration, moved.loc[moved["moved"], "item_id"], wave))
    return known


def _add(known, topic, compute):
    try:
        known.found[topic] = compute()
    except NotEnoughData as error:
        known.reasons[topic] = str(error)


def _measured(table, calibration):
    """Keep the domains that have a scale; of the others nothing is shown."""
    return table[table["domain"].isin(calibration.scales)].reset_index(drop=True)


def _interviews(company, wave, level, seed, minimum):
    """Return the `InterviewQuality`; of few raters the spread would tell each how severe the others are."""
    found = interview_quality(company, wave, level, seed)
    if min(found.raters, found.persons) < minimum:
        raise NotEnoughData(f"only {found.raters} raters rated {found.persons} people; shown is what {minimum} or more did.")
    return found


def _counts(company, calibration, first, wave, allowed, minimum):
    scores = [assess_skills(company, one, calibration, sources=("test",)) for one in (first, wave)]
    return count_changes(person_changes(*scores), allowed.changes, minimum)
