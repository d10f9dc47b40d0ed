"""What the money report says: whole sentences that follow from the verdict."""

import numpy as np

from upskill.numerals import number
from upskill.roi.appraisal import CANNOT_TELL, LOSES, PAYS
from upskill.roi.assumptions import DEFAULTS, HOW_TO_MEASURE, LABELS

OPENINGS = {
    PAYS: "Training {people} pays",
    LOSES: "Training {people} loses money",
    CANNOT_TELL: "Whether training {people} pays cannot yet be told",
}
OUTLOOKS = {PAYS: "it would pay", LOSES: "it would lose", CANNOT_TELL: "whether it pays could not be told"}


def engineers_text(count):
    """Return a number of engineers in words.

    >>> engineers_text(1), engineers_text(1200)
    ('1 engineer', '1,200 engineers')
    """
    return f"{number(count, 0)} engineer{'' if round(count) == 1 else 's'}"


def futures_text(chance):
    """Return a chance as futures out of a hundred.

    >>> futures_text(0.953), futures_text(0.9999), futures_text(0.001), futures_text(0.0)
    ('95 of 100 futures', 'more than 99 of 100 futures', 'fewer than 1 of 100 futures', '0 of 100 futures')
    """
    if 0 < chance < 0.005:
        return "fewer than 1 of 100 futures"
    return "more than 99 of 100 futures" if 0.995 <= chance < 1 else f"{100 * chance:.0f} of 100 futures"


def chance_percent(chance):
    """Return a chance in percent; never all or none where something is left.

    >>> chance_percent(0.92), chance_percent(0.9999), chance_percent(0.001), chance_percent(1.0)
    ('92 %', 'more than 99 %', 'less than 1 %', '100 %')
    """
    if 0 < chance < 0.005:
        return "less than 1 %"
    return "more than 99 %" if 0.995 <= chance < 1 else f"{100 * chance:.0f} %"


def payback_text(payback, months):
    """Return when the money is back; payback: Estimate of months, infinite beyond the months counted.

    >>> from upskill.roi import Estimate
    >>> payback_text(Estimate(21.6, 12.2, np.inf), 36), payback_text(Estimate(np.inf, 30.4, np.inf), 36)
    ('22 months (12 to more than 36)', 'not within 36 months (at best 30)')
    >>> payback_text(Estimate(0.0, 0.0, 0.0), 36), payback_text(Estimate(9.0, 9.0, 9.0), 36)
    ('at once', '9 months')
    """
    value, low, high = payback[:3]
    last = f"{high:.0f}" if np.isfinite(high) else f"more than {months}"
    if not np.isfinite(value):
        return f"not within {months} months" + (f" (at best {low:.0f})" if np.isfinite(low) else "")
    if low == high:
        return f"{value:.0f} month{'' if round(value) == 1 else 's'}" if value else "at once"
    return f"{value:.0f} months ({low:.0f} to {last})"


def chance_text(appraisal):
    """Say how often money is lost, or, where no input is uncertain, that the numbers leave no doubt."""
    if appraisal.is_uncertain:
        return f"It loses money in {futures_text(appraisal.chance_of_loss)}."
    return f"That is what these numbers come to: {'a loss' if appraisal.chance_of_loss else 'no loss'}."


def condition_text(appraisal, break_even, needed, saving, of_all=""):
    """Say which time saving is needed; break_even: the estimate; needed, saving: it and ours as text.

    of_all: the same break-even as a share of all working time, as text.
    """
    assumed = appraisal.inputs["training_time_saving"].origin in DEFAULTS
    ours = f"we assume {saving}" if assumed else f"ours is {saving}"
    if not np.isfinite(break_even.value):
        return "On average it would not pay even if all the time on the work that it touches were saved; " \
               f"{ours}."
    if break_even.value <= 0:
        return f"It costs nothing, so that any saving of time is a gain; {ours}."
    whole = f" ({of_all} of all working time)" if of_all else ""
    return f"On average it pays only if it saves at least {needed} of the time spent on the work that it " \
           f"touches{whole}; {ours} of the time on that work."


def trust_text(appraisal, loose, weight):
    """Say how far the inputs can be trusted; loose: names of the unconfirmed ones, weight: their share as text."""
    count = len(appraisal.inputs)
    if all(each.origin in DEFAULTS for each in appraisal.inputs.values()):
        return f"None of these numbers is yours: all {count} inputs are shipped defaults, and the answer is an example."
    if not appraisal.is_uncertain:
        return f"All {count} inputs are single numbers, so that no doubt shows; give low, mode and high instead."
    if not loose:
        return f"All {count} inputs are confirmed."
    return f"{len(loose)} of {count} inputs are confirmed by nobody and carry {weight} of the uncertainty."


def advice_text(appraisal, break_even, first, needed, pilot_pays=True):
    """Say what to do: it follows from the verdict, and from whether the time saving is still a guess.

    first: name of the input that matters most. needed: the break-even saving as text.
    pilot_pays: whether a pilot would be worth its cost before the decision.
    """
    matter = LABELS[first]
    if appraisal.verdict == PAYS:
        return "Go ahead." + (f" Keep measuring what the result turns on most: the {matter}."
                              if appraisal.is_uncertain else "")
    if appraisal.verdict == LOSES:
        is_measured = appraisal.inputs["training_time_saving"].is_confirmed
        could_change = np.isfinite(break_even.value) and not is_measured
        unless = f", unless a pilot shows that it saves {needed} or more" if could_change else ""
        return f"Do not train in this form: make it shorter or cheaper first{unless}."
    if appraisal.chance_of_loss > 0.5 and not pilot_pays:
        return "Do not train everybody yet: a loss is likelier than a gain, and no pilot would be worth its cost. Make " \
               "it shorter or cheaper first."
    if appraisal.chance_of_loss > 0.5:
        return f"Do not train everybody yet: a loss is likelier than a gain. Measure first the {matter}, in a small group."
    return f"Train a first group only, measure the {matter} there, and decide about the others then."


def team_text(inputs, whole):
    """Say what sets a team apart from the company in this model; whole: the inputs of the company.

    Worth grows in step with heads where nothing else differs, so that every team has the same chance of loss.
    """
    own = [LABELS[name] for name, each in inputs.items() if name not in ("engineers", "program_cost")
           and each.assumption.parameters != whole[name].assumption.parameters]
    if own:
        return f"Of this team's own are the head count and the {' and the '.join(own)}; all else is the company's."
    return "Only the head count is this team's own; all else is the company's, the cost of an engineer too, as program.yml " \
           "enters it. So each team has the same chance of loss: this page says what the team's training comes to, not " \
           "whether this team is a better place to begin than another."


def measure_text(first, has_pilot, would_decide=True):
    """Say what to measure next, and how.

    has_pilot: a pilot of tasks has been run already. would_decide: whether
    knowing the input could change the decision.
    """
    if not would_decide:
        return f"The result turns most on the {LABELS[first]}, but measuring it does not pay before this decision: an " \
               "answer would hardly ever change what is best."
    how = HOW_TO_MEASURE[first]
    if first == "training_time_saving" and has_pilot:
        how = "Go on with the pilot: four times as many tasks halve its range."
    return f"**Measure next:** the {LABELS[first]}. {how}"
