"""Checks across tables: references, scores, dates, cycles and histories."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from upskill.data.near import did_you_mean
from upskill.data.source import TEXT, fold

FIRST_YEAR = {("people", "start_date"): 1950, ("people", "end_date"): 1950}
LATEST_YEARS = 5
# What is planned or expected may lie ahead; what is recorded shows how far the data go.
PLANS = {("people", "start_date"), ("people", "end_date"), ("memberships", "starts_on"), ("memberships", "ends_on"),
         ("waves", "starts_on"), ("waves", "ends_on"), ("rollout", "starts_on"), ("course_sessions", "starts_on"),
         ("enrolments", "started_on"), ("spend", "date")}


def check_relations(checks):
    """Check tables against each other, those first that others point to; adds faults to each Check."""
    _check_dates(checks)
    for name in in_order(checks):
        check = checks[name]
        for column in check.table.columns:
            if column.refers_to and column.name in check.raw.frame:
                _check_reference(check, column, checks)
        if name in EXTRA:
            EXTRA[name](check, checks)


def in_order(checks):
    """Return the names of the tables, each after those that it points to.

    >>> in_order({})
    []
    """
    order = []

    def visit(name):
        if name in order or name not in checks:
            return
        for column in checks[name].table.columns:
            target = column.refers_to.partition(".")[0]
            if target and target != name:
                visit(target)
        order.append(name)

    for name in ("people", "memberships", *checks):
        visit(name)
    return order


# --- references


def among(values, known):
    """Return a boolean array: which texts are among the known ones (many times as fast as Series.isin)."""
    known = pa.array(known, pa.large_string(), from_pandas=True)
    return pc.is_in(pa.array(values, pa.large_string(), from_pandas=True), value_set=known).to_numpy(False)


def _check_reference(check, column, checks):
    target, _, key = column.refers_to.partition(".")
    if target not in checks or key not in checks[target].raw.frame:
        return
    known, there = _known_values(checks, target, key)
    values = check.frame[column.name]
    lost = values.notna().to_numpy() & ~among(values, known)
    if not lost.any():
        return
    aside = lost & among(values, there)
    place = checks[target].file
    check.mark("key_set_aside", aside, column.name, f"a {key} whose row in {place} has no fault",
               f"Mend that row of {place} first.")
    check.mark("unknown_key", lost & ~aside, column.name, f"a {key} of {place}",
               lambda at: did_you_mean(values.iat[at], known, f"Add it to {place}, or correct it."))


def _known_values(checks, target, key):
    """Return (values of rows without fault, values of all rows); teams of the past count as teams."""
    check = checks[target]
    there = check.frame[key].dropna().unique()
    known = check.frame.loc[~check.bad, key].dropna().unique() if check.bad.any() else there
    if (target, key) == ("people", "team") and "memberships" in checks:
        past = checks["memberships"]
        known = pd.Series([*known, *past.frame.loc[~past.bad, "team"].dropna().unique()], dtype=TEXT).unique()
    return known, there


# --- dates


def _date_columns(checks):
    for name, check in checks.items():
        for column in check.table.columns:
            if column.kind in ("date", "timestamp") and column.name in check.raw.frame:
                yield name, column.name, check.frame[column.name]


def last_plausible(checks):
    """Return the last day that a date may name: 5 years after the records, whatever single slips say.

    Records are taken in order of time from their middle on; a gap of more than
    5 years ends them, so that 2062 written for 2026 does not move the limit.
    """
    columns = list(_date_columns(checks))
    recorded = [values for table, name, values in columns if (table, name) not in PLANS and values.notna().any()]
    every = recorded or [values for table, _, values in columns if table not in ("people", "memberships")]
    days = [np.unique(values.dropna().to_numpy("datetime64[D]")) for values in every]
    days = np.unique(np.concatenate(days)) if days else np.array([], "datetime64[D]")
    if not len(days):
        return pd.Timestamp("2100-01-01")
    late = days[(len(days) - 1) // 2:]
    gaps = np.flatnonzero(np.diff(late) > np.timedelta64(LATEST_YEARS * 366, "D"))
    return pd.Timestamp(late[gaps[0]] if len(gaps) else late[-1]) + pd.DateOffset(years=LATEST_YEARS)


def _check_dates(checks):
    last = last_plausible(checks)
    for table, name, values in _date_columns(checks):
        first = pd.Timestamp(FIRST_YEAR.get((table, name), 1990), 1, 1)
        checks[table].mark("impossible_date", ((values < first) | (values > last)).fillna(False), name,
                           f"a date from {first:%Y} to {last:%Y-%m-%d}",
                           "Correct it, or leave it empty where the end is open.")


# --- single tables


def _check_people(check, checks):
    """Name spellings of one team or role that differ in case or blanks only: each would be a group of its own."""
    for name in ("team", "role"):
        _check_spellings(check, name, check.frame[name])
    ids = check.frame["person_id"]
    folded = ids.map(fold, na_action="ignore")
    first = ids.groupby(folded).transform("first")
    check.mark("inconsistent", (ids != first) & ids.notna(), "person_id",
               lambda at: f"ids that differ in more than case, unlike {first.iat[at]}",
               "Keep one of the two rows; for two people, give ids that differ in a letter or digit.")


def _check_spellings(check, name, values):
    usual = {}
    for spelling in values.value_counts().index:  # the most frequent first, ties as they come
        usual.setdefault(fold(spelling), spelling)
    if len(usual) < values.nunique():
        first = values.map(lambda one: usual[fold(one)], na_action="ignore")
        check.mark("inconsistent", (values != first) & values.notna(), name,
                   lambda at: f"one spelling of each {name}, as in {first.iat[at]}",
                   lambda at: f"Write {first.iat[at]}, or say in mapping.yml that it is meant "
                             f"(values: {{{name}: {{{values.iat[at]}: {first.iat[at]}}}}}).")


def _check_scores(check, checks):
    if "items" not in checks or "maximum_score" not in checks["items"].raw.frame:
        return
    items = checks["items"].good.drop_duplicates("item_id").set_index("item_id")
    low = check.frame["item_id"].map(items["minimum_score"].fillna(0.0)).astype("float64")
    high = check.frame["item_id"].map(items["maximum_score"]).astype("float64")
    score = check.frame["score"]
    check.mark("out_of_range", (score < low) | (score > high), "score",
               lambda at: f"a score from {low.iat[at]:g} to {high.iat[at]:g}, as items says of this item",
               "Correct the score, or the item's minimum_score and maximum_score.")


def _check_items(check, checks):
    low, high = check.frame["minimum_score"].fillna(0.0), check.frame["maximum_score"]
    check.mark("wrong_order", low >= high, "maximum_score", lambda at: f"more than minimum_score ({low.iat[at]:g})",
               "Correct minimum_score or maximum_score.")


def _check_domains(check, checks):
    frame = check.frame
    first = frame.groupby("competency_id")["domain"].transform("first")
    check.mark("inconsistent", (frame["domain"] != first) & frame["domain"].notna() & first.notna(), "domain",
               lambda at: f"the same domain in every row of {frame['competency_id'].iat[at]} ({first.iat[at]})",
               "Write the domain the same in every row.")


def _check_cuts(check, checks):
    frame = check.frame
    if "competencies" in checks:
        known = checks["competencies"].frame
        for scale, column in (("domain", "domain"), ("competency", "competency_id")):
            names = set(known[column].dropna())
            lost = (frame["scale"] == scale) & frame["scale_id"].notna() & ~frame["scale_id"].isin(names)
            check.mark("unknown_key", lost, "scale_id", f"a {column} of competencies", "Correct it.")
    ordered = frame.sort_values(["scale", "scale_id", "level"])
    before = ordered.groupby(["scale", "scale_id"])["cut"].shift().reindex(frame.index)
    check.mark("wrong_order", frame["cut"] < before, "cut",
               lambda at: f"no less than the cut of the level below ({before.iat[at]:g})", "Correct one of the two.")


def _check_cycles(check, checks):
    name = check.table.columns[0].name
    pairs = list(zip(check.frame[name], check.frame["requires"], strict=True))
    on_cycle, path = edges_on_cycles(pairs)
    check.mark("cycle", on_cycle, "requires", lambda at: f"no way back to {pairs[at][0]}",
               lambda at: f"Remove one of: {path[at]}.")


def edges_on_cycles(pairs):
    """Return (flag per edge, {position: the cycle in words}) of a list of (node, required node)."""
    needs = {}
    for node, required in pairs:
        if pd.notna(node) and pd.notna(required):
            needs.setdefault(node, []).append(required)
    paths = {at: _way(needs, required, node) for at, (node, required) in enumerate(pairs) if node in needs}
    words = {at: " → ".join(map(str, [pairs[at][0], *way])) for at, way in paths.items() if way}
    return [at in words for at in range(len(pairs))], words


def _way(needs, start, goal):
    """Return the shortest list of nodes from start to goal, or []."""
    before, queue = {start: None}, [start]
    for node in queue:
        if node == goal:
            way = [node]
            while before[way[-1]] is not None:
                way.append(before[way[-1]])
            return way[::-1]
        for following in needs.get(node, []):
            if following not in before:
                before[following] = node
                queue.append(following)
    return []


def _check_memberships(check, checks):
    frame = check.frame[~check.bad].sort_values(["person_id", "starts_on"])
    if not frame["ends_on"].notna().any():
        return  # without any end, a membership lasts until the next begins
    same = frame["person_id"].eq(frame["person_id"].shift())
    latest = frame["ends_on"].fillna(pd.Timestamp.max).groupby(frame["person_id"]).cummax().shift()
    overlap = (same & (frame["starts_on"] < latest)).reindex(check.frame.index, fill_value=False)
    check.mark("overlap", overlap, "starts_on", "a start after the end of this person's membership before",
               "Give the earlier membership its ends_on, or correct this start.")


def _check_usage(check, checks):
    both = check.raw.frame.reindex(columns=["team", "person_id"]).notna().sum(axis=1)
    check.mark("one_of_two", both != 1, "team", "exactly one of team and person_id",
               "Fill one and leave the other empty.")


def _check_anonymous(check, checks):
    if "people" in checks:
        known = set(checks["people"].frame["person_id"].dropna())
        check.mark("not_pseudonymous", check.frame["respondent_id"].isin(known), "respondent_id",
                   "an anonymous id that is no person_id", "Replace it by an id that leads to nobody.")


def _check_climate(check, checks):
    _check_scores(check, checks)
    _check_anonymous(check, checks)


EXTRA = {
    "people": _check_people,
    "test_responses": _check_scores, "survey_responses": _check_scores, "climate_responses": _check_climate,
    "items": _check_items, "competencies": _check_domains, "cuts": _check_cuts, "prerequisites": _check_cycles,
    "course_prerequisites": _check_cycles, "memberships": _check_memberships, "ai_usage": _check_usage,
    "feedback": _check_anonymous,
}
