"""Published results are reproduced, coverage is near its promise, and the page says both."""

import pandas as pd
import pytest
from click.testing import CliRunner

from upskill.paths import ROOT
from upskill.validation import coverage
from upskill.validation.case import Case, Result, check
from upskill.validation.cli import validate_command
from upskill.validation.page import all_cases, cases_table, coverage_table, page, read_coverage, reading


@pytest.fixture(scope="module")
def results():
    return check(all_cases())


def test_every_published_result_is_reproduced(results):
    assert [result.case.name for result in results if not result.reproduced] == []
    assert len({result.case.area for result in results}) >= 3
    assert len({result.case.name for result in results}) == len(results), "each row needs a name of its own"


def test_the_page_lists_every_result_and_every_study(results):
    frame = pd.DataFrame({"report": ["01"], "interval": ["x"], "companies": [1000], "coverage": [0.9],
                          "monte_carlo_error": [0.0095]})
    text = page(results, frame)
    assert all(f"| {result.case.name} |" in text for result in results)
    assert f"{len(results)} of {len(results)} published results" in text
    assert "| 01 | x | 1,000 | 90.0% ± 0.9% |" in text


@pytest.mark.parametrize(("name", "companies"), [
    ("01 skills", 2), ("01 reliability", 60), ("05 delivery", 2), ("06 money", 60)])
def test_a_short_study_is_not_far_from_the_promise(name, companies):
    """Wide bounds: a handful of companies can only show that intervals are not grossly wrong."""
    frame = coverage.run(name, range(5000, 5000 + companies), workers=1)
    assert frame["companies"].max() == companies
    assert frame["coverage"].mean() > 0.7
    assert "±" in coverage_table(frame)


def published(path=ROOT / "VALIDATION.md"):
    """Rows of the published page as lists of cells."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]


def test_the_published_page_says_what_is_computed_today(results):
    """Names, published values, tolerances and verdicts; the last digits of ours may differ between machines."""
    rows = {row[1]: row for row in published()}
    for result in results:
        row = rows[result.case.name.replace("|", "\\|")]
        assert row[2] == f"{result.case.expected:.12g}" and row[6] == "yes", row
        assert abs(float(row[3]) - result.value) <= result.case.tolerance, row


def test_the_published_page_covers_every_study_with_a_thousand_companies():
    rows = [row for row in published() if row[0] in coverage.STUDIES]
    assert {row[0] for row in rows} == set(coverage.STUDIES)
    for study in coverage.STUDIES:
        assert max(int(row[2].replace(",", "")) for row in rows if row[0] == study) >= 1000
    share = {row[1]: float(row[3].split("%")[0]) / 100 for row in rows}
    for study in ("01 reliability", "06 money"):
        assert all(name in share for name in coverage.STUDIES[study](1, 0.9)), study
    assert min(share.values()) > 0.8, "an interval that covers so little must not be printed"


def test_one_study_can_be_renewed_and_the_others_stay(tmp_path):
    before = (ROOT / "VALIDATION.md").read_text(encoding="utf-8")
    (copy := tmp_path / "VALIDATION.md").write_text(before, encoding="utf-8")
    options = ["--companies", "3", "--workers", "1", "--output", str(copy)]
    assert CliRunner().invoke(validate_command, ["--study", "06 money", *options]).exit_code == 0
    old, new = (read_coverage(text).set_index(["report", "interval"]) for text in (before, copy.read_text("utf-8")))
    assert (new.loc["06 money", "companies"] == 3).all() and set(new.index) == set(old.index)
    assert new.drop("06 money").sort_index().equals(old.drop("06 money").sort_index())
    assert CliRunner().invoke(validate_command, ["--published-only", *options]).exit_code == 0
    assert read_coverage(copy.read_text("utf-8")).equals(new.reset_index())


def test_a_study_that_was_stopped_goes_on_where_it_was(tmp_path):
    kept = tmp_path / "money.csv"
    coverage.run("06 money", range(1, 4), workers=1, kept=kept)
    before = kept.read_bytes()
    both = coverage.run("06 money", range(1, 7), workers=1, kept=kept)
    assert kept.read_bytes().startswith(before) and len(kept.read_text().splitlines()) == 7
    assert both.equals(coverage.run("06 money", range(1, 7), workers=1))


def test_the_reading_names_what_misses_the_promise():
    frame = pd.DataFrame({"interval": ["short", "fine", "wide"], "coverage": [0.80, 0.89, 0.99],
                          "monte_carlo_error": [0.01, 0.01, 0.003]})
    assert "Below 90% by more than twice the Monte Carlo error: short." in reading(frame)
    assert "Above 90% by more than twice the Monte Carlo error: wide." in reading(frame)
    assert "None differs" in reading(frame[frame["interval"] == "fine"])


def test_a_drifted_result_is_called_so():
    wrong = Result(Case("Area", "name", 1.0, 1e-3, "source", lambda: 1.1), 1.1)
    assert not wrong.reproduced and "**no**" in cases_table([wrong])
    assert not Result(wrong.case, float("nan")).reproduced
