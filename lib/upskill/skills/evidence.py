"""From a program's tables to matrices of answers, domain by domain."""

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData


def test_answers(program):
    """Return the test answers that count: person_id, wave, item_id, domain, score (high = skilled).

    Answers given with AI tools are left out where answers without exist: the
    scale is a person's own skill.
    """
    program.require("test_responses", "items", "competencies")
    answers = program["test_responses"][["person_id", "wave", "item_id", "score", "with_ai"]]
    answers = answers.merge(_test_items(program), on="item_id").dropna(subset=["score"])
    alone = ~answers["with_ai"].fillna(False).astype(bool)
    answers = answers[alone] if alone.any() else answers
    if answers.empty:
        raise NotEnoughData(
            "No answer in test_responses belongs to a test item with a competency of the framework."
        )
    answers["score"] = answers["score"].where(~answers["reversed"], answers["sum"] - answers["score"])
    return answers[["person_id", "wave", "item_id", "domain", "score"]].reset_index(drop=True)


def _test_items(program):
    domains = program["competencies"][["competency_id", "domain"]].drop_duplicates("competency_id")
    columns = [
        "item_id",
        "competency_id",
        "minimum_score",
        "maximum_score",
        "reversed",
    ]  # extra columns may clash
    items = program["items"].query("instrument == 'test'")[columns].merge(domains, on="competency_id")
    lowest = items["minimum_score"].fillna(0)
    return pd.DataFrame(
        {
            "item_id": items["item_id"],
            "domain": items["domain"],
            "sum": lowest + items["maximum_score"],
            "reversed": items["reversed"].fillna(False).astype(bool),
        }
    )


def assessed_waves(program, answers):
    """Return the waves that have answers, earliest first."""
    present = list(answers["wave"].drop_duplicates())
    if "waves" not in program:
        first_days = program["test_responses"].groupby("wave")["date"].min()
        return sorted(present, key=lambda wave: (pd.isna(first_days[wave]), first_days[wave]))
    order = program["waves"].sort_values("starts_on")["wave"].tolist()
    return [wave for wave in order if wave in present]


def matrix(answers, wave, domain, items=None):
    """Return persons × items of one wave and domain; NaN = not asked or not reached."""
    chosen = answers[(answers["wave"] == wave) & (answers["domain"] == domain)]
    rows, persons = pd.factorize(chosen["person_id"], sort=True)
    columns, asked = (
        pd.factorize(chosen["item_id"], sort=True)
        if items is None
        else (pd.Index(items).get_indexer(chosen["item_id"]), items)
    )
    wide = np.full((len(persons), len(asked)), np.nan)
    known = columns >= 0
    wide[rows[known], columns[known]] = chosen["score"].to_numpy(float)[known]  # of two, the last one stands
    wide = pd.DataFrame(wide, pd.Index(persons, name="person_id"), pd.Index(asked, name="item_id"))
    return wide[wide.notna().any(axis=1)]


def domains_of(program):
    """Return the domains in the order of the framework."""
    return list(program["competencies"]["domain"].drop_duplicates())


def roles_and_teams(program, persons):
    """Return role and team by person; persons who are not in `people` have none."""
    if "people" not in program:
        return pd.DataFrame({"role": None, "team": None}, index=persons)
    people = program["people"].drop_duplicates("person_id").set_index("person_id")
    return people[["role", "team"]].reindex(persons)


def codes(values):
    """Return whole-number codes (-1 = missing) and the names behind them."""
    numbers, names = pd.factorize(values, sort=True)
    return np.asarray(numbers), list(names)
