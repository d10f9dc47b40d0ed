"""Published results are reproduced, coverage is near its promise, and the page says both."""

import pandas as pd
import pytest

from upskill.validation import coverage
from upskill.validation.case import Case, Result, check
from upskill.validation.page import all_cases, cases_table, coverage_table, page


@pytest.fixture(scope="module")
def results():
    return check(all_cases())


def test_every_published_result_is_reproduced(results):
    assert [result.case.name for result in results if not result.reproduced] == []
    assert len({result.case.area for result in results}) >= 3


def test_the_page_lists_every_result_and_every_study(results):
    frame = pd.DataFrame({"report": ["01"], "interval": ["x"], "companies": [1000], "coverage": [0.9],
                          "monte_carlo_error": [0.0095]})
    text = page(results, frame)
    assert all(f"| {result.case.name} |" in text for result in results)
    assert f"{len(results)} of {len(results)} published results" in text
    assert "| 01 | x | 1,000 | 90.0% ± 0.9% |" in text


@pytest.mark.parametrize(("name", "companies"), [("01 skills", 4), ("05 delivery", 4), ("06 money", 60)])
def test_a_short_study_is_not_far_from_the_promise(name, companies):
    """Wide bounds: a handful of companies can only show that intervals are not grossly wrong."""
    frame = coverage.run(name, range(5000, 5000 + companies), workers=1)
    assert (frame["companies"] == companies).all()
    assert frame["coverage"].mean() > 0.7
    assert "±" in coverage_table(frame)


def test_a_drifted_result_is_called_so():
    wrong = Result(Case("Area", "name", 1.0, 1e-3, "source", lambda: 1.1), 1.1)
    assert not wrong.reproduced and "**no**" in cases_table([wrong])
    assert not Result(wrong.case, float("nan")).reproduced
