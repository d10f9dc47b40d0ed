"""What should make a reader doubt the skill report: found in the data, said in plain sentences."""

from dataclasses import replace

from upskill.data import NotEnoughData
from upskill.data.computed_once import computed_once
from upskill.skills.evidence import matrix
from upskill.skills.reliability import coefficient_alpha

FEW_LINKS = 3  # items asked in both waves below which one odd item could move a whole domain
MANY_ASSESSED = 0.8  # share of those present from which on the rest can hardly change the picture
ENDS = (0.1, 4.9)  # mean levels beyond which a scale can no longer tell people apart


@computed_once
def only_measured(calibration, answers, waves):
    """Return the calibration without domains that the data cannot speak of; `refused` says why.

    Left out are domains whose items agree no more than chance would have it
    (the interval of coefficient alpha reaches zero) and domains of whose first
    items none was asked again in the latest wave. Raises NotEnoughData where
    no domain is left.
    """
    reasons = {domain: _why_not(scale, answers, waves) for domain, scale in calibration.scales.items()}
    refused = calibration.refused | {domain: reason for domain, reason in reasons.items() if reason}
    scales = {domain: scale for domain, scale in calibration.scales.items() if not reasons[domain]}
    if not scales:
        raise NotEnoughData(" ".join(["No domain can be shown.", *(f"{d}: {r}" for d, r in refused.items())]))
    return replace(calibration, scales=scales, refused=refused)


def _why_not(scale, answers, waves):
    if not _links(scale, answers, waves):
        return f"none of its items of wave “{waves[0]}” was asked again in wave “{waves[-1]}”."
    try:
        alpha = coefficient_alpha(matrix(answers, waves[0], scale.domain, scale.items), missing="pairwise")
    except NotEnoughData:
        return ""
    return "" if alpha.low > 0 else "its items agree no more than chance would have it."


def _links(scale, answers, waves):
    """Count the items of the first wave that the latest wave asked again."""
    last = matrix(answers, waves[-1], scale.domain, scale.items)
    return int(last.notna().any().sum())


def doubts(calibration, answers, waves, domains, assessed, present):
    """Return sentences about what may mislead: thin links, ends of scales, few people."""
    found = [_of_scale(scale, answers, waves) for scale in calibration.scales.values()]
    ends = domains[(domains["unit"] == "levels") & ~domains["reached"].between(*ENDS)]
    found += [
        f"In {name} nearly everybody stands at the end of the scale: check that its cuts belong to this test."
        for name in ends["domain"]
    ]
    if assessed < MANY_ASSESSED * present:
        found.append(
            f"Only {assessed} of {present} people were assessed; those who were not may differ from them."
        )
    return tuple(sentence for sentence in found if sentence)


def _of_scale(scale, answers, waves):
    links = _links(scale, answers, waves)
    if links < FEW_LINKS:
        return (
            f"{scale.domain}: {links} items tie wave “{waves[-1]}” to the first wave; one odd item could move it."
        )
    return ""
