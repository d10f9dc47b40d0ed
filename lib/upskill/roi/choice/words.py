"""What the report on options says: whole sentences that follow from what the options come to."""

import re

import numpy as np

from upskill.numerals import number
from upskill.roi.assumptions import HOW_TO_MEASURE, LABELS
from upskill.roi.words import futures_text

OPTION_LABELS = {
    "setup_cost": "one-off cost", "price_per_engineer": "price", "hours_per_engineer": "hours in training",
    "completion_share": "share who finish", "saving_ratio": "effect beside that of the other options",
    "start_delay_months": "months until it starts", "content_hours": "hours of own material",
    "authoring_hours_per_hour": "hours to write an hour of material", "author_cost_per_hour": "cost of an author's hour",
    "content_half_life_months": "months until half the material is out of date", "seat_price_per_year": "price of a seat",
    "facilitator_days_per_group": "days of trainers", "facilitator_price_per_day": "price of a trainer's day",
    "hires_trained_share": "share of new engineers trained"}

HOW_TO_TELL = {
    "saving_ratio": "Train one group by each option, drawn by lot, and compare the time that the same kind of tasks takes.",
    "authoring_hours_per_hour": "Write one hour of material and count the hours.",
    "content_half_life_months": "Go through last year's material and mark what no longer holds.",
    "hours_per_engineer": "Run one group and count the hours.", "completion_share": "Count who finishes in a first group.",
    "price_per_engineer": "Ask for a binding offer.", "seat_price_per_year": "Ask for a binding offer.",
    "facilitator_price_per_day": "Ask for a binding offer.", "setup_cost": "Write the budget down, and have finance confirm it.",
    "start_delay_months": "Ask those who would build or sell it for a date that they sign."}


def label_of(name):
    """Return an input in words; an option's own with the option's name.

    >>> label_of("build.saving_ratio"), label_of("discount_rate")
    ('effect beside that of the other options, build', 'discount rate')
    """
    if name in LABELS:
        return LABELS[name]
    option, _, own = name.rpartition(".")
    return f"{OPTION_LABELS.get(own, own.replace('_', ' '))}, {option}"


def how_to_measure(name):
    """Return how an input can be measured."""
    return HOW_TO_MEASURE.get(name) or HOW_TO_TELL.get(name.rpartition(".")[2], "Ask who knows it, and write the answer down.")


def listed(names, last="and"):
    """Return names as a list in words.

    >>> listed(["build"]), listed(["build", "buy", "hybrid"])
    ('build', 'build, buy and hybrid')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def headline(found, worth, months):
    """Say which option is worth most, or which cannot be told apart; worth: {option: net value as text}."""
    best, rivals = found.names[found.best], [found.names[at] for at in found.rivals]
    against = f"over {months} months, against “licenses stay, no training”"
    if found.options[found.best].trains and not rivals:
        return f"{_capital(best)} is worth most: {worth[best]} net {against}."
    if not found.options[found.best].trains:
        nearest = found.names[found.order[1]]
        if not rivals:
            return f"Train nobody by these options: each costs more than it brings. The best of them, {nearest}, " \
                   f"comes to {worth[nearest]} net {against}."
        return f"Whether to train cannot yet be told: {listed([best, *rivals])} cannot be told apart. {_capital(nearest)} " \
               f"comes to {worth[nearest]} net {against}."
    if any(not found.options[at].trains for at in found.rivals):
        return f"Whether to train cannot yet be told: {best} comes to {worth[best]} net {against}; " \
               f"{listed([best, *rivals])} cannot be told apart."
    return f"{_capital(listed([best, *rivals]))} cannot be told apart: {best} comes to {worth[best]} net {against}."


def sureness(found, regret):
    """Say how often the best option is best, and what a wrong choice costs; regret: as text."""
    best = found.names[found.best]
    chance = futures_text(found.chance_of_best[found.best])
    if found.regret[found.best] <= 0:
        return f"{_capital(best)} is best in {chance}: nothing is left to learn for this choice."
    return f"{_capital(best)} is best in {chance}; choosing it costs {regret} on average against knowing beforehand."


def advice(found, first, worth_of_first):
    """Say what to do; first: the input that is worth most to measure, or None; worth_of_first: its worth as text."""
    best = found.names[found.best]
    if first is None or worth_of_first is None:
        tail = " No single number that could be measured would change the choice."
        return (f"Take {best}." if found.options[found.best].trains else "Do not train in these forms.") + tail
    measure = f"the {label_of(first)}: knowing it is worth up to {worth_of_first}"
    if found.can_be_told:
        start = f"Take {best}." if found.options[found.best].trains else \
            "Make them shorter or cheaper before anybody is trained."
        return f"{start} If anything is measured first, {measure}."
    if found.options[found.best].trains:
        return f"Measure first {measure}. Until then {best} is the better bet, not the proven one."
    return (f"Train nobody by these options until more is known. Measuring the {label_of(first)} first pays only if it costs less than "
            f"{worth_of_first}.")


def break_even_text(found, option):
    """Say from how many engineers on an option pays."""
    needed = found.break_even_engineers(option)
    name = found.names[option]
    slope = found.expected[option] + found.fixed[:, option].mean()
    if slope <= 0:
        return f"{name}: at no number of engineers"
    if found.fixed[:, option].mean() <= 0 or np.isnan(needed):
        return f"{name}: at any number of engineers"
    return f"{name}: from {number(int(np.ceil(needed - 1e-9)), 0)} engineers on"


def worth_title(found, worth):
    """Say as a heading what the options come to; worth: {option: net value as text}."""
    best = found.names[found.best]
    others = [found.names[at] for at in found.order if at != found.best]
    told = f"{_capital(best)} is worth most on average" + (f": {worth[best]}" if found.options[found.best].trains else "")
    return f"{told}; next comes {others[0]}" + (f", {worth[others[0]]}" if worth[others[0]] != worth[best] else "") if others else told


def head_count_title(found, trained):
    """Say as a heading from how many engineers on the options pay; trained: positions of those that train."""
    texts = [break_even_text(found, at) for at in trained]
    if all(text.endswith("at no number of engineers") for text in texts):
        return "No option pays on average, however many engineers are trained"
    return f"Expected to pay: {'; '.join(texts)}"


def dominance_text(found):
    """Say which options another one beats whatever one's taste for risk; empty where there is none."""
    ways = {"in every future": "in every single future", "at every level of luck": "at every level of luck"}
    return " ".join(f"{_capital(loser)} can be struck off: {winner} is worth at least as much {ways[how]}."
                    for loser, (winner, how) in found.dominated().items())


def _capital(text):
    return text[:1].upper() + text[1:]


def fact_names(names):
    """Return {option: name for facts}, lower case and unique.

    >>> fact_names(["no training", "Buy!", "buy", "購入"])
    {'no training': 'no_training', 'Buy!': 'buy', 'buy': 'buy_3', '購入': 'option_4'}
    """
    found = {}
    for place, name in enumerate(names, 1):
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or f"option_{place}"
        found[name] = plain if plain not in found.values() else f"{plain}_{place}"
    return found


def leads_title(found, lead):
    """Say as a heading which options the best one is told apart from; lead: over the second, as text."""
    best, rivals = found.names[found.best], [found.names[at] for at in found.rivals]
    if not rivals:
        return f"{_capital(best)} is told apart from every other option; it leads {found.names[found.order[1]]} by {lead}"
    return f"{_capital(best)} cannot be told apart from {listed(rivals, 'or')}"


def crossing_text(found):
    """Say at how many engineers the two best options that train change places; empty where they never do."""
    trained = [int(at) for at in found.order if found.options[at].trains]
    if len(trained) < 2:
        return "There is only one option that trains."
    first, second = trained[:2]
    if not found.draws["engineers"].mean() > 0:
        return "Nobody is to be trained, so that no head count can be compared."
    if all(found.expected[at] + found.fixed[:, at].mean() <= 0 for at in trained):
        return "Each engineer more makes the loss larger, by every option: no head count pays."
    at, names = found.break_even_engineers(first, against=second), (found.names[first], found.names[second])
    if np.isnan(at) or at < 1:
        return f"{_capital(names[0])} is expected to be better than {names[1]} at any number of engineers."
    heads = found.draws["engineers"].mean()
    few, many = names if heads < at else names[::-1]
    return f"{_capital(few)} is better below about {number(at, 0)} engineers, {many} above; we count {number(heads, 0)}."


def entered_text(saving, ours, at_both, worth):
    """Say which saving the money is counted with, and what the other one would give.

    saving: the Input. ours: its value, at_both: the net value with pilot and studies together, worth: the report's, as text.
    """
    if saving.assumption.kind == "tabulated":
        return f"The money in this report is counted with both together (on average {ours})."
    return (f"The money in this report is counted with what program.yml enters as `training_time_saving`, {ours}: {worth}. "
            f"With both together it would be {at_both}. Leave that entry out, and both together are taken.")
