"""How sure the money reports are and what to do next: sentences that follow from an `Appraisal` or a `Contest`."""

from upskill.data import numbered
from upskill.roi.appraisal import CANNOT_TELL, LOSES, PAYS
from upskill.roi.assumptions import DEFAULTS, HOW_TO_MEASURE, LABELS
from upskill.roi.choice.words import how_to_measure, label_of, listed
from upskill.roi.words import futures_text

PRICES = ("price_per_engineer", "seat_price_per_year", "facilitator_price_per_day")


def joined(parts):
    """Write (words in bold, text) as paragraphs; empty texts are left out."""
    return "\n\n".join(f"**{title}** {text}" for title, text in parts if text)


def shortened(names, most=3):
    """Join names, and count those beyond the first few.

    >>> shortened(["a", "b", "c", "d", "e"]), shortened(["a", "b"])
    ('a, b, c and 2 more', 'a and b')
    """
    return listed([*names[:most], f"{len(names) - most} more"] if len(names) > most + 1 else list(names))


def sureness(case, loose, weight, first, share, knowing, is_piloted):
    """Say what the interval means, what is weakest, what is missing, and what would make it surer.

    loose: names of unconfirmed inputs, weight: their share of the uncertainty as text; first: name of the input that
    matters most, share: its share as text, knowing: what knowing it is worth for the decision, as text; is_piloted:
    whether the result of a pilot is entered.
    """
    if not case.is_uncertain:
        return joined([("For this decision.", ("No doubt shows, since every input is a single number: that is not the same as being "
                        "sure. Give low, mode and high for what nobody knows exactly."))])
    assumed = [LABELS[name] for name, each in case.inputs.items() if each.origin in DEFAULTS]
    weakest = f"{_capital(LABELS[first])}: it alone carries {share} of the uncertainty."
    weakest += f" {len(loose)} of {len(case.inputs)} inputs are confirmed by nobody; they carry {weight}." if loose else ""
    missing = [] if is_piloted else ["No pilot of this company is entered."]
    missing += [f"For {len(assumed)} inputs there is no number of your own, but a default: {shortened(assumed)}."] if assumed else []
    surer = f"a measurement of the {LABELS[first]}. {HOW_TO_MEASURE[first]} For this decision, knowing it exactly is worth {knowing}."
    return joined([("For this decision.", _meaning(case)), ("Weakest.", weakest), ("Missing.", " ".join(missing)),
                   ("It would be surer with", surer)])


def _meaning(case):
    loss = futures_text(case.chance_of_loss)
    near = "" if case.verdict_is_stable else " One end lies so near zero that chance decides the verdict."
    if case.verdict == PAYS:
        return f"The whole interval lies above zero: going ahead is wrong in {loss}.{near}"
    if case.verdict == LOSES:
        return f"The whole interval lies below zero: not training in this form is right in {loss}.{near}"
    lean = "a loss is likelier than a gain" if case.chance_of_loss > 0.5 else "a gain is likelier than a loss"
    return f"The interval holds a gain as well as a loss, and {lean}: money is lost in {loss}.{near}"


def next_steps(case, first, loose, ranked, needed, pilot_pays, owner="", by=""):
    """Say what to do, in at most five steps that follow from the verdict; owner, by: who decides next and by when.

    ranked: inputs, the one that matters most first; needed: the break-even saving as text, "" where none pays; pilot_pays: whether a pilot is
    worth its cost.
    """
    costs = [name for name, cost in sorted(case.cost_parts.items(), key=lambda part: -part[1]) if cost > 0][:2]
    cheaper = (f"**Make it shorter or cheaper** before everybody is trained; most of the cost is {listed(costs)}. "
               "Which form is worth most: [training options](03_training_options.ipynb).") if costs else ""
    group = (f"**Train a first group only**, drawn by lot from those who could be trained, and measure the {LABELS[first]} there"
             f"{f'; training pays from a time saving of {needed} on' if needed else ''}.")
    if case.verdict == PAYS:
        steps = [("**Go ahead** with this training.", owner, by),
                 (f"**Keep measuring** the {LABELS[first]}, on which the result turns most.", "", "")]
    elif case.verdict == CANNOT_TELL and case.chance_of_loss <= 0.5:
        steps = [(group, owner, by)]
    else:
        hold = "**Do not train everybody yet** in this form." if case.verdict == CANNOT_TELL else "**Do not train** in this form."
        steps = [(hold, owner, by)] + ([(cheaper, owner, "")] if cheaper else []) + ([(group, owner, "")] if pilot_pays else [])
    unsure = [name for name in ranked if name in set(loose)][:3]
    if unsure:
        steps.append(((f"**Have somebody confirm** the {' and the '.join(LABELS[name] for name in unsure[:2])}: of the inputs that "
                      "nobody stands behind they matter most."), "", by))
    steps.append((("**Compute again** when one of them changes: `upskill run`. The report [What if?](what_if.ipynb) shows what each "
                  "would change."), "", ""))
    return numbered(steps)


def sureness_of_choice(found, first, worth_of_first, regret):
    """Say how sure the choice between options is; first: what is worth most to measure, or None; the others as text."""
    best = found.names[found.best]
    rivals = [found.names[at] for at in found.rivals]
    chance = futures_text(found.chance_of_best[found.best])
    meaning = (f"{_capital(best)} is ahead of every other option with the whole interval; it is best in {chance}." if not rivals else
               f"{_capital(best)} has the highest expected value, and is best in {chance}; {listed(rivals)} cannot be told apart "
               f"from it. Against knowing beforehand, choosing it costs {regret} on average.")
    shipped = [label_of(f"{option.name}.{name}") for option in found.options if option.trains
               for name, each in option.inputs.items() if each.shipped and name == "saving_ratio"]
    missing = (f"How well one course works beside another: nobody has measured it, so {len(shipped)} option"
               f"{'s' if len(shipped) > 1 else ''} carry a default." if shipped else "")
    surer = (f"a measurement of the {label_of(first)}, worth up to {worth_of_first} for this choice. {how_to_measure(first)}" if first else
             "nothing that could be measured: no single number would change the choice.")
    return joined([("For this decision.", meaning), ("Weakest.", ("What training saves at work is common to all options; if it is "
                    "overrated, it is overrated for each of them, and only training nobody gains.")), ("Missing.", missing),
                   ("It would be surer with", surer)])


def steps_of_choice(found, first, worth_of_first, owner="", by=""):
    """Say what to do about the options, in at most five steps."""
    best = found.options[found.best]
    if best.trains and found.can_be_told:
        steps = [(f"**Take {found.names[found.best]}.**", owner, by)]
    elif best.trains:
        steps = [(f"**Prefer {found.names[found.best]}**, as the better bet and not the proven one.", owner, by)]
    else:
        nearest = next((found.names[at] for at in found.order if found.options[at].trains), "")
        steps = [("**Train nobody** by these options for now.", owner, by)]
        steps += [(f"**Make {nearest} shorter or cheaper**, the nearest of them, and compare again.", owner, "")] if nearest else []
    if first:
        steps.append((f"**Measure** the {label_of(first)}, if that costs less than {worth_of_first}. {how_to_measure(first)}", "", by))
    losers = list(found.dominated())
    if losers:
        steps.append((f"**Strike off** {listed(losers)}: another option is better whatever one's taste for risk.", owner, ""))
    loose = sorted({option.name for option in found.options if option.trains for name, each in option.inputs.items()
                    if name in PRICES and not each.shipped and not each.source and any(each.parameters.values())})
    if loose:
        steps.append((f"**Get binding offers**: prices of {listed(loose)} stand in program.yml without a source.", "", by))
    return numbered(steps)


def sureness_of_inputs(case, names, mattering):
    """Say how far the pictures of single inputs can be trusted; names: inputs shown; mattering: those that move most."""
    guessed = [LABELS[name] for name in names if case.inputs[name].origin in DEFAULTS]
    loose = [LABELS[name] for name in dict.fromkeys(mattering) if not case.inputs[name].is_confirmed]
    return joined([
        ("For this decision.", ("Each picture moves one input and leaves the others their range; two together can change more than either "
         f"alone. {_meaning(case)}")),
        ("Weakest.", "The ranges themselves, where they are judged and not measured. " + (
            f"Of the inputs that move most, nobody confirmed the {listed(loose)}." if loose else
            "Those of the inputs that move most are confirmed.")),
        ("Missing.", f"A number of your own for {len(guessed)} of these {len(names)} inputs: {shortened(guessed)}." if guessed else ""),
        ("It would be surer with", "a narrower range of the input on top: its picture shows how much would be decided by it.")])


def steps_of_inputs(case, names, turning, owner="", by=""):
    """Say what to do about single inputs, in at most five steps; turning: those that can decide alone."""
    steps = [(f"**Find out** the {LABELS[name]}, which can decide alone. {HOW_TO_MEASURE[name]}", owner, by) for name in turning[:3]]
    guessed = [name for name in names if case.inputs[name].origin in DEFAULTS]
    if guessed:
        steps.append(((f"**Replace the default** of the {LABELS[guessed[0]]}, the first of these without a number of your own. "
                      f"{HOW_TO_MEASURE[guessed[0]]}"), "", ""))
    steps.append((("**Write new ranges** into `assumptions` of program.yml and run the [money report](06_roi_model.ipynb) again; what is "
                  "dragged here is kept nowhere."), "", ""))
    return numbered(steps)


def _capital(text):
    return text[:1].upper() + text[1:]
