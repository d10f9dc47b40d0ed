"""Tables of change and of test quality as a report prints them: text in cells, plain headings."""

import pandas as pd

from upskill.skills.words import intervals, number

INTERVAL = "(90 % interval)"


def training_rows(comparison):
    """Return one row per domain: change of trained people, of those not yet trained, and the difference, with people."""
    table = comparison.table
    unit = table["unit"].iloc[0]
    rows = {"Domain": table["domain"], "People": table[["people_trained", "people_not_yet"]].min(axis=1)}
    for heading, name in (("Trained", "change_trained"), ("Not yet trained", "change_not_yet")):
        rows[f"{heading}, {unit} {INTERVAL}"] = intervals(table, name, f"{name}_low", f"{name}_high")
    return pd.DataFrame(rows | {f"Difference, {unit} {INTERVAL}": intervals(table, "difference", "low", "high")})


def reliability_rows(table):
    """Return one row per domain of `reliability_table`: alpha and omega with intervals."""
    rows = {"Domain": table["domain"], "Items": table["items"], "People": table["people"]}
    for name in ("alpha", "omega"):
        rows[f"{name.capitalize()} {INTERVAL}"] = [
            "not known" if pd.isna(value) else f"{number(value, 2)} ({number(low, 2)}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{number(high, 2)})"
            for value, low, high in table[[name, f"{name}_low", f"{name}_high"]].to_numpy(float)]
    return pd.DataFrame(rows)


def weakest_rows(table, most=10):
    """Return the first items of `weakest_items` with the reason why they are there."""
    shown = table.head(most)
    return pd.DataFrame({
        "Item": shown["item_id"], "Domain": shown["domain"], "People": shown["people"],
        "Share of points": [_percent(value) for value in shown["difficulty"]],
        "Goes with the others": [_known(value) for value in shown["item_rest_correlation"]], "Why it is here": shown["why"]})


def drift_rows(table, most=10):
    """Return the items of `item_drift` that moved, the furthest first."""
    shown = table[table["moved"]].sort_values("delta_b", key=abs, ascending=False, kind="stable").head(most)
    return pd.DataFrame({
        "Item": shown["item_id"], "Domain": shown["domain"], "People": shown["people"],
        "Became": ["harder" if value > 0 else "easier" for value in shown["delta_b"]],
        "By, standard deviations of people": [number(abs(value)) for value in shown["delta_b"]],
        "Standard error": [number(value) for value in shown["standard_error"]]})


def fairness_rows(table, most=10):
    """Return the items of `fairness_table` that stand out, the clearest first."""
    shown = table[table["size"].isin(["B", "C"])].sort_values(["size", "p_value"], ascending=[False, True], kind="stable")
    shown = shown.head(most)
    return pd.DataFrame({
        "Item": shown["item_id"], "Domain": shown["domain"], "People": shown[["people_reference", "people_focal"]].min(axis=1),
        "Harder for": [row.focal if row.harder_for == "focal" else row.reference for row in shown.itertuples()],
        "Size": ["large" if size == "C" else "moderate" for size in shown["size"]]})


def _percent(value):
    """Write a share; near all or none it stays vague, as it says of each what holds for all."""
    return "over 95 %" if value > 0.95 else "under 5 %" if value < 0.05 else "not known" if pd.isna(value) else f"{100 * value:.0f} %"


def _known(value):
    return "not known" if pd.isna(value) else number(value, 2)
