"""Parameters of a report: read with `ast`, checked before any kernel starts."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sample_reports import PARAMETERS

from upskill.batch.parameters import ParameterError, check_parameters, declared_parameters, plain_value

DECLARED = declared_parameters(PARAMETERS + "\nshare: float = 0.5  # part\nwide: bool = False  # all")


def problems(given, teams=("core", "web")):
    return check_parameters(DECLARED, given, teams)[1]


def test_names_types_defaults_and_help_are_read():
    seed = DECLARED["seed"]
    assert (seed.kind, seed.default, seed.help) == ("int", 7, "seed of every random draw")


def test_defaults_that_papermill_cannot_read_are_read_here():
    found = declared_parameters('address: str = "http://x#y?a=b"  # where')
    assert found["address"].default == "http://x#y?a=b"
    assert found["address"].help == "where"


def test_a_line_that_is_no_parameter_is_named():
    with pytest.raises(ParameterError, match=r"line 2 .*found `import os`"):
        declared_parameters("a: int = 1\nimport os")
    with pytest.raises(ParameterError, match="not Python"):
        declared_parameters("a: int = ")


def test_unknown_parameter_names_the_nearest():
    assert problems({"teem": "web"}) == ["unknown parameter 'teem'; did you mean 'team'?"]


def test_unknown_team_names_the_nearest():
    assert problems({"team": "wev"}) == ["no team 'wev' in the program; did you mean 'web'?"]
    assert problems({"team": ""}) == []


@pytest.mark.parametrize("given", [{"seed": "7"}, {"seed": 7.5}, {"seed": True}, {"team": 7}, {"wide": 1},
                                   {"share": "half"}, {"team": None}])
def test_wrong_types_are_refused(given):
    assert "expected" in problems(given)[0]


@pytest.mark.parametrize("text", ["2026-13-01", "31.03.2026", "20260331", "2026-W01-1", "yesterday"])
def test_only_iso_dates_are_dates(text):
    assert "ISO date" in problems({"as_of": text})[0]
    assert problems({"as_of": "2026-03-31"}) == []


@pytest.mark.parametrize("name", ["token", "github_token", "SECRET", "db_password", "api_key"])
def test_secrets_are_refused(name):
    assert any("looks like a secret" in problem for problem in problems({name: "x"}))


def test_all_problems_are_told_at_once():
    assert len(problems({"teem": "web", "team": "nobody", "seed": "x", "as_of": "x", "password": "x"})) == 6


@pytest.mark.parametrize(("value", "plain"), [
    (np.int64(5), 5), (np.float64(0.5), 0.5), (np.bool_(True), True), (np.str_("a"), "a"), (Path("a") / "b", "a/b"),
    (pd.Timestamp("2026-03-31"), "2026-03-31"), (datetime.date(2026, 3, 31), "2026-03-31"), ((1, 2), [1, 2]),
    ({2, 1}, [1, 2]), ({"a": np.int32(1)}, {"a": 1}), ("007", "007"), (None, None)])
def test_values_become_plain_json_types(value, plain):
    assert plain_value(value) == plain
    assert type(plain_value(value)) is type(plain)


def test_whole_numbers_serve_as_numbers():
    values, found = check_parameters(DECLARED, {"share": 1}, None)
    assert values == {"share": 1.0} and isinstance(values["share"], float) and not found
