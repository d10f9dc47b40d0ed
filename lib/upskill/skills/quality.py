"""Tables about the quality of a test, for reports: reliability, items that weaken it, and short sentences about them."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from upskill.data import NotEnoughData
from upskill.skills.classical import item_statistics
from upskill.skills.drift import LARGE, RATE
from upskill.skills.evidence import domains_of, matrix, test_answers
from upskill.skills.omega import coefficient_omega
from upskill.skills.reliability import coefficient_alpha
from upskill.skills.scoring import chosen_wave
from upskill.skills.training import ASSIGNMENTS
from upskill.skills.words import decimals, listed, number

WEAK, EASY, HARD = 0.10, 0.95, 0.05  # item-rest correlation, and shares right, beyond which an item helps little


def reliability_table(program, wave=None, level=0.90, people=None):
    """Return one row per domain: items, people who answered all of them, alpha and omega with intervals.

    `wave`: None = the latest; `people`: ids of those who count, None = all.
    Columns: domain, items, people, alpha, alpha_low, alpha_high, omega,
    omega_low, omega_high, why (what cannot be told, and why; "" where
    nothing). Empty (NaN) where fewer than `minimum_group_size` people answered
    every item. Items that everybody answered alike count for alpha and are
    left out of omega. Raises NotEnoughData without tests.
    """
    answers = test_answers(program)
    wave = chosen_wave(program, answers, wave)
    rows = []
    for domain in domains_of(program):
        wide = _counted(matrix(answers, wave, domain), people)
        if len(wide):
            rows.append({"domain": domain, "items": wide.shape[1], "people": len(wide.dropna()),
                         **_coefficients(wide, program.settings.minimum_group_size, level)})
    return pd.DataFrame(rows)


def _counted(wide, people):
    return wide if people is None else wide[wide.index.isin(people)]


def _coefficients(wide, minimum, level):
    row = dict.fromkeys(("alpha", "alpha_low", "alpha_high", "omega", "omega_low", "omega_high"), np.nan)
    complete = wide.dropna()
    if len(complete) < minimum:
        return row | {"why": f"only {len(complete)} people answered every item" if len(complete) else
                      "nobody answered every item"} | {"people": len(complete)}
    why = []
    varied = complete.loc[:, complete.nunique() > 1]
    for name, estimate, scores in (("alpha", coefficient_alpha, complete), ("omega", coefficient_omega, varied)):
        try:
            found = estimate(scores, level)
            row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
        except NotEnoughData as error:
            why.append(str(error))
    return row | {"why": " ".join(why)}


def weakest_items(program, wave=None, people=None):
    """Return the items that help least to tell people apart, worst first.

    Columns: domain, item_id, people, difficulty (mean share of points;
    high = easy), item_rest_correlation, alpha_if_dropped, why. Listed are items that go with the others less than
    0.10, or that over 95 % or under 5 % of points are reached in, or that
    everybody answered alike. Only items that at least `minimum_group_size`
    people answered. Raises NotEnoughData without tests.
    """
    answers = test_answers(program)
    wave, minimum = chosen_wave(program, answers, wave), program.settings.minimum_group_size
    parts = []
    for domain in domains_of(program):
        wide = _counted(matrix(answers, wave, domain), people)
        try:
            found = item_statistics(wide)
        except NotEnoughData:
            continue
        parts.append(found[found["people"] >= minimum].rename_axis("item_id").reset_index().assign(domain=domain))
    columns = ["domain", "item_id", "people", "difficulty", "item_rest_correlation", "alpha_if_dropped", "why"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    table["why"] = [_why_weak(row) for row in table.itertuples()]
    return table.loc[table["why"] != "", columns].sort_values("item_rest_correlation", na_position="first",
                                                             ignore_index=True)


def _why_weak(row):
    if not row.standard_deviation > 0:
        return "everybody answered alike"
    if row.item_rest_correlation < 0:
        return "contradicts the other items: check its key and wording"
    if row.item_rest_correlation < WEAK:
        return "hardly goes with the other items"
    if row.difficulty > EASY:
        return "too easy: nearly everybody reaches all points"
    return "too hard: hardly anybody reaches a point" if row.difficulty < HARD else ""


def read_reliability(table):
    """Say in a sentence how far sums of items can be trusted, from `reliability_table`."""
    known = table.dropna(subset=["omega"])
    if known.empty:
        return "How well the items of a domain agree cannot be told: too few people answered all of them."
    low, high = known.loc[known["omega"].idxmin()], known.loc[known["omega"].idxmax()]
    def one(row):
        return f"{number(row['omega'], 2)} ({number(row['omega_low'], 2)} to {number(row['omega_high'], 2)})"
    text = f"Of the differences between sums of items, a share of {one(low)} in {low['domain']} is one common skill"
    if len(known) > 1:
        text += f", the least; {one(high)} in {high['domain']} the most"
    left = table.loc[table["omega"].isna(), "domain"]
    return f"{text}." + (f" Not told for {listed(left)}." if len(left) else "")


def read_weakest(table, tested):
    """Say in a sentence how many of `tested` items help little, from `weakest_items`."""
    if table.empty:
        return f"Each of the {tested} items helps to tell people apart."
    one = len(table) == 1
    return (f"{len(table)} of {tested} items {'helps' if one else 'help'} little to tell people apart, "
            f"{'namely' if one else 'first of all'} {listed(table['item_id'], 3)}: look at "
            f"{'its' if one else 'their'} wording and key before the next wave.")


def read_drift(table, effect=None):
    """Say in a sentence which items drifted, from `item_drift` and `change_without`."""
    tested, moved = int(table["testable"].sum()), table[table["moved"]]
    if not tested:
        return "Whether items became easier or harder cannot be told: too few answers in the later wave."
    if moved.empty:
        return (f"None of {tested} items that both waves share became clearly easier or harder; a single item would have "
                f"to move by about {number(_findable(table))} to be noticed.")
    said = [f"{row.item_id} ({'harder' if row.delta_b > 0 else 'easier'} by {number(abs(row.delta_b))})"
            for row in moved.itertuples()]
    text = f"{len(moved)} of {tested} shared items drifted: {listed(said, 4)}, in standard deviations of people."
    if effect is None or effect.empty:
        return text
    shifts = [f"{number(row.change_without, 2)} and not {number(row.change, 2)} in {row.domain}" for row in effect.itertuples()]
    return f"{text} They count in the changes shown; without them the change of all assessed would be {listed(shifts)}."


def _findable(table):
    """Return how far one item of median standard error must seem to move to be named, if it is the only one."""
    errors = table.loc[table["testable"], "standard_error"]
    return max(LARGE, float(errors.median() * ndtri(1 - RATE / (2 * len(errors)))))


def read_training(comparison):
    """Say in two sentences what the comparison with people not yet trained shows, and what it may be called."""
    row = comparison.table.iloc[0] if comparison.overall is None else comparison.overall
    digits = decimals(row["low"], row["high"])
    where = "on average over domains" if row["domain"] == "all domains" else f"in {row['domain']}"
    def say(name):
        return number(row[name], digits)
    text = (f"People in the {row['teams_trained']} teams trained since wave “{comparison.first_wave}” changed by "
            f"{say('change_trained')} {row['unit']} {where}, those in the {row['teams_not_yet']} teams not yet trained by "
            f"{say('change_not_yet')}: a difference of {say('difference')} ({say('low')} to {say('high')}).")
    if comparison.is_effect:
        end = ("Starts were drawn by lot, so the difference may be called an effect of training; to say “caused” would need "
               "a plan for it, registered before the start.")
    else:
        end = f"This is a change, not an effect: {ASSIGNMENTS[comparison.assignment]}. It stays out of the business case."
    return f"{text} {end}"


def read_fairness(table):
    """Say in a sentence how many items could be checked for fairness, and how many stand out, from `fairness_table`."""
    total, tested = table["item_id"].nunique(), table[table["testable"]]
    if tested.empty:
        return f"Fairness cannot be tested: none of {total} items was answered by 50 people of each of two groups."
    flagged = tested.loc[tested["size"] == "C", "item_id"].unique()
    moderate = tested.loc[tested["size"] == "B", "item_id"].nunique()
    named = f" ({listed(sorted(flagged), 5)})" if len(flagged) else ""
    return (f"{tested['item_id'].nunique()} of {total} items testable for fairness between groups of equal skill: "
            f"{len(flagged)} stand out clearly{named}, {moderate} moderately. About one in twenty would by chance.")


def read_reliable_changes(table, minimum):
    """Say in a sentence how many people changed for certain, from `count_changes`."""
    if table.empty:
        return "How many people changed for certain cannot be shown: too few took both tests."
    if table["improved"].isna().all():
        return (f"In no domain can {minimum} or more people be said to have improved beyond what errors of the test "
                "explain: one person's change cannot be told from them.")
    def say(value):
        return f"fewer than {minimum}" if pd.isna(value) else str(int(value))
    said = [f"{say(row.improved)} of {row.people} in {row.domain}" for row in table.itertuples()]
    return f"Improved beyond what errors of the test explain: {listed(said)}; for all others one person's change cannot be told."
