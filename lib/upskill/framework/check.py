"""What a framework must be: whole, observable level by level, and free of circles."""

import re
from graphlib import CycleError, TopologicalSorter

LEVELS = (1, 2, 3, 4, 5)
LONGEST_ANCHOR = 140
UNSEEN = ("knows", "understands", "appreciates", "is aware", "is familiar", "realizes", "believes")
JUDGING = re.compile(r"\b(appropriate|effective|efficient|adequate|proper|excellent|strong|deep|expert|proficient|obvious|"
                     r"best practice|state of the art)(ly|s)?\b", re.IGNORECASE)


def check_framework(framework):
    """Return what is wrong with a framework, one sentence each; an empty list when it is sound."""
    return [*_anchors(framework), *_targets(framework), *_prerequisites(framework), *_maps(framework),
            *_about(framework)]


def _anchors(framework):
    table = framework["competencies"]
    for name, rows in table.groupby("competency_id", sort=False):
        missing = sorted(set(LEVELS) - set(rows["level"]))
        if missing:
            yield f"competencies: {name} has no sentence for level {_listed(missing)}; write one."
        if rows["domain"].nunique() > 1 or rows["competency"].nunique() > 1:
            yield f"competencies: {name} has several names or domains; give it one of each."
    for row in table[table.duplicated(["competency_id", "level"])].itertuples():
        yield f"competencies: {row.competency_id} has level {row.level} twice; keep one."
    for row in table.itertuples():
        yield from _anchor(row)
    for text, rows in table.groupby("anchor"):
        if len(rows) > 1:
            places = [f"{row.competency_id} level {row.level}" for row in rows.itertuples()]
            yield f"competencies: {_listed(places)} have the same sentence, “{text}”; say how they differ."


def _anchor(row):
    where, text = f"competencies: {row.competency_id} level {row.level}", str(row.anchor).strip()
    if row.level not in LEVELS:
        yield f"{where}: levels run from 1 to 5."
    if len(text) > LONGEST_ANCHOR:
        yield f"{where}: {len(text)} characters; a reader takes in {LONGEST_ANCHOR}. Shorten it."
    unseen = next((word for word in UNSEEN if f"{text.lower()} ".startswith(f"{word} ")), None)
    if unseen:
        yield f"{where}: “{unseen}” cannot be seen; say what the person does."
    if judging := JUDGING.search(text):
        yield f"{where}: “{judging[0]}” judges; say what would be seen where it holds."


def _targets(framework):
    known, table = framework.titles, framework["role_targets"]
    for row in table[~table["competency_id"].isin(known)].itertuples():
        yield f"role_targets: {row.role} has a target for {row.competency_id}, which is no competency."
    for row in table[table.duplicated(["role", "competency_id"])].itertuples():
        yield f"role_targets: {row.role} has two targets for {row.competency_id}; keep one."
    for role, rows in table.groupby("role", sort=False):
        missing = [name for name in known if name not in set(rows["competency_id"])]
        if missing:
            yield f"role_targets: {role} has no target for {_listed(missing)}; write 0 where none is needed."
    for column, low, high in (("target_level", 0, 5), ("importance", 1, 5)):
        for row in table[~table[column].between(low, high)].itertuples():
            yield (f"role_targets: {row.role}, {row.competency_id}: {column} is {getattr(row, column)}; "
                   f"expected {low} to {high}.")


def _prerequisites(framework):
    table, known = framework["prerequisites"], framework.titles
    for row in table.itertuples():
        for name in (row.competency_id, row.requires):
            if name not in known:
                yield f"prerequisites: {name} is no competency."
    needs = {name: set(rows["requires"]) for name, rows in table.groupby("competency_id")}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        yield f"prerequisites: {' needs '.join(reversed(error.args[1]))}: a circle; remove one step."


def _maps(framework):
    known, roles = framework.titles, framework.roles
    for name in ("life_cycle", "curriculum", "role_examples"):
        table = framework[name]
        for row in table[~table["competency_id"].isin(known)].itertuples():
            yield f"{name}: {row.competency_id} is no competency."
        for row in table[table.duplicated(list(table.columns)[:2])].itertuples():
            yield f"{name}: {row[1]}, {row[2]} stands there twice."
    for role in sorted(set(framework["role_examples"]["role"]) - set(roles)):
        yield f"role_examples: {role} has no targets."


def _about(framework):
    about = framework.about
    if [entry["level"] for entry in about["levels"]] != list(LEVELS):
        yield "framework.yml: levels must be 1 to 5, in order."
    named = [entry["name"] for entry in about["domains"]]
    if named != list(framework.domains):
        yield f"framework.yml: domains are {_listed(named)}; the table has {_listed(framework.domains)}."
    if about["changelog"] and about["changelog"][0]["version"] != about["version"]:
        yield f"framework.yml: version {about['version']} has no entry on top of the changelog."


def _listed(values):
    return ", ".join(map(str, values))
