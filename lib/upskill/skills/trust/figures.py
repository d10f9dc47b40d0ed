"""Facts and tables about trust."""

from upskill import show
from upskill.skills.figures import record_training
from upskill.skills.instrument import instrument_rows
from upskill.skills.quality_rows import drift_rows, fairness_rows, reliability_rows, training_rows, weakest_rows
from upskill.skills.standing import slug

# Topic, its rows, caption, file name, how many columns name a row.
TABLES = (
    ("reliability", reliability_rows, "How well the items of a domain agree, among people who answered all of them",
     "agreement_of_items", 1),
    ("instrument", instrument_rows, "How good the test is, at the wave that its items were calibrated on", "instrument", 1),
    ("training", training_rows, "Change of trained teams beside that of teams not yet trained", "training", 1),
    ("weakest", weakest_rows, "Items that help little to tell people apart", "weak_items", 2),
    ("drift", drift_rows, "Items that became easier or harder", "drifted_items", 2),
    ("fairness", fairness_rows, "Items that stand out between groups of equal skill", "fairness", 2))


def record(known):
    """Record what is known of the test and of the change; nothing for a team, whose report leaves it to the company's."""
    if known is None:
        return
    found = known.found
    for row in found["reliability"].dropna(subset=["omega"]).itertuples() if "reliability" in found else ():
        show.fact(f"skills.omega.{slug(row.domain)}", row.omega, row.omega_low, row.omega_high, better="higher", digits=2,
                  group_size=row.people)
    if "training" in found:
        record_training(found["training"])
    if "interviews" in found and found["interviews"].alpha is not None:
        quality = found["interviews"]
        show.fact("skills.agreement_of_raters", quality.alpha.value, quality.alpha.low, quality.alpha.high, better="higher",
                  digits=2, group_size=quality.persons)
    if "interviews" in found and found["interviews"].spread is not None:
        show.fact("skills.spread_of_severity", *found["interviews"].spread, unit="levels", better="lower", digits=1,
                  group_size=found["interviews"].raters)
    if "self" in found:
        row = found["self"].iloc[0]
        show.fact("skills.self_rating_correlation", row["correlation"], row["correlation_low"], row["correlation_high"],
                  better="higher", digits=2, group_size=row["people"])
    if "weakest" in found:
        show.fact("skills.weak_items", len(found["weakest"]), better="lower", group_size=False)
    if "drift" in found:
        show.fact("skills.drifted_items", int(found["drift"]["moved"].sum()), better="lower", group_size=False)


def tables(known):
    """Show the details of the company's assessment, those that there are."""
    for topic, rows, caption, name, labels in TABLES if known is not None else ():
        frame = rows(known.found[topic]) if topic in known.found else ()
        if len(frame):
            show.table(frame, caption, name, group_size="People", labels=labels)
