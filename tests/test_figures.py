"""Every figure of the reports on the company: it can be read, and its alternative text says the numbers drawn."""

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from upskill import paths, show
from upskill.adoption import figures as adoption_figures
from upskill.kpi.usage import adoption_course
from upskill.learning import figures as learning_figures
from upskill.roadmap import figures as roadmap_figures
from upskill.roadmap.phases import Phase
from upskill.roi import figures as money_figures
from upskill.roi.choice import figures as option_figures
from upskill.show.contrast import figure_faults
from upskill.show.figures import _svg
from upskill.skills.gaps import figures as gap_figures

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
HIDDEN = "enough of them take to be shown"  # of a small team there may be no number to tell
WIDTH = 7.2 * 72  # points, of the house figure


def made():
    """Figures of the company and, where names are longest, of one team of each report."""
    folders = [folder for report in sorted(paths.OUTPUTS.glob("*/*")) if report.is_dir()
               for folder in [report / "company", max(report.glob("*"), key=lambda place: (len(place.name), place.name))]]
    return sorted({path for folder in folders for path in folder.glob("figures/*.svg")})


@pytest.mark.skipif(not made(), reason="no reports here; `make reports` makes them")
def test_figures_of_the_reports_made_here_can_be_read_and_are_told():
    """Those that `make reports` left in outputs/."""
    faults = []
    for path in made():
        text = path.read_text(encoding="utf-8")
        root = ElementTree.fromstring(text)
        alt = root.find("{http://www.w3.org/2000/svg}desc").text
        faults += [f"{path}: {fault}" for fault in figure_faults(text)]
        faults += [f"{path}: wider than a page"] if float(root.get("width")[:-2]) > WIDTH + 1 else []
        faults += [f"{path}: alt tells fewer than three numbers: {alt}"] if len(NUMBER.findall(alt)) < 3 and HIDDEN not in alt else []
    assert not faults


def test_on_a_phone_figures_keep_the_size_of_their_letters():
    style = (paths.ROOT / "lib/upskill/batch/templates/report.css").read_text(encoding="utf-8")
    least = re.search(r"@media screen and \(max-width:[\d.]+rem\)\{figure img\{min-width:([\d.]+)rem\}", style)
    assert float(least[1]) * 16 >= WIDTH * 96 / 72


def frame_of_constructs(shift):
    return pd.DataFrame({"construct": ["confidence", "tool fit"], "kind": ["skill", "integration"], "mean": [3.7 + shift, 2.9],
                         "low": [3.4, 2.6], "high": [4.0, 3.3]})


def frame_of_cells(shift):
    return pd.DataFrame({"role": ["tester", "tester"], "domain": ["A", "B"], "expected": [0.7 + shift, 0.2], "expected_low": [0.4, 0.1],
                         "expected_high": [1.1, 0.4], "verdict": ["below target", "cannot tell"], "unit": "levels"})


def frame_of_shares(shift):
    return {"A": pd.DataFrame({"level": range(3), "share": [0.25 + shift, 0.5, 0.25 - shift], "low": 0.11, "high": 0.67})}


def frame_of_totals(shift):
    return pd.DataFrame({"month": range(13), "mean": np.linspace(-4000, 9000 + 1000 * shift, 13), "low": np.linspace(-6000, 1500, 13),
                         "high": np.linspace(-2500, 20_000, 13)})


CASES = {
    "climate": (frame_of_constructs, adoption_figures.construct_alt, ["3.7", "3.4", "4.0", "2.9"]),
    "heat map": (frame_of_cells, lambda table: gap_figures.heat_alt(table, "role"), ["0.7", "0.4", "1.1", "0.2"]),
    "levels": (frame_of_shares, gap_figures.spread_alt, ["25", "50", "11", "67"]),
    "cash": (frame_of_totals, lambda table: money_figures.total_alt(table, "USD"), ["−$4,000", "$9,000", "$20,000", "$1,500"]),
    "sessions": (lambda shift: pd.DataFrame({"Course": ["c"], "Start": ["2026-06"], "People": [38 + int(10 * shift)]}),
                 learning_figures.cohort_alt, ["38", "2026-06"]),
}


@pytest.mark.parametrize("name", CASES)
def test_alternative_text_is_made_of_the_numbers_and_changes_with_them(name):
    data, words, wanted = CASES[name]
    text = words(data(0.0))
    assert all(number in text for number in wanted), text
    assert words(data(0.2)) != text


def test_estimates_are_told_with_their_intervals():
    assert show.estimates_alt("Lead", ["a"], [(1.0, 0.5, 2.0)], "levels") == "Lead: a 1.0 levels (0.5 to 2.0 levels)."
    assert show.estimates_alt("Lead", ["a"], [(1.0, None, None)], "levels") == "Lead: a 1.0 levels."


def test_a_course_is_told_from_its_first_point_to_its_last():
    table = pd.DataFrame({"at": range(30), "mean": np.arange(30.0), "low": np.arange(30.0) - 1, "high": np.arange(30.0) + 1})
    text = show.course_alt("Course", table, "at", points=3)
    assert [part.split()[0] for part in text.removeprefix("Course: ").split("; ")] == ["0", "14", "29"]
    assert show.course_alt("Course", table.iloc[:1], "at").count("(") == 1


def usage(values, people=40.0):
    return pd.DataFrame({"period": pd.date_range("2026-01-05", periods=len(values), freq="7D"), "value": values, "n": people})


def test_the_adoption_curve_is_as_sure_as_its_people_are_many():
    few, many = (adoption_course(usage([0.5] * 20, people)) for people in (20.0, 80.0))
    assert (few["high"] - few["low"]).median() == pytest.approx(2 * (many["high"] - many["low"]).median(), rel=0.1)
    assert ((few["low"] < few["course"]) & (few["course"] < few["high"])).sum() == 20


def test_the_adoption_curve_weighs_weeks_by_people_and_skips_what_is_hidden():
    series = usage([0.2, 0.8] * 10)
    series.loc[::2, "n"] = 120.0
    assert adoption_course(series)["course"].iloc[10] == pytest.approx(0.2 * 0.75 * 5 / 4.75 + 0.8 * (1 - 0.75 * 5 / 4.75), abs=0.03)
    hidden = usage([np.nan] * 12 + [0.5] * 12)
    course = adoption_course(hidden)["course"]
    assert course.iloc[:11].isna().all() and course.iloc[13:].eq(0.5).all()
    assert adoption_course(usage([np.nan] * 5))["course"].isna().all() and adoption_course(usage([])).empty
    never = adoption_course(usage([0.0] * 12))
    assert never["low"].max() == pytest.approx(0) and never["high"].min() > 0.03


@pytest.mark.parametrize("days", [["2026-01-10", "2026-01-20", "2026-01-30", "2026-09-01"], ["2026-03-01"], []])
def test_gates_that_follow_each_other_closely_do_not_hide_each_other(days):
    phases = [Phase(name="first", starts_on=pd.Timestamp("2026-01-01"), ends_on=pd.Timestamp("2026-06-30"), weeks=(20, 26, 40)),
              Phase(name="a second phase with a rather long name", starts_on=pd.Timestamp("2026-07-01"), ends_on=pd.Timestamp("2026-12-31"), weeks=(20, 26, 40))]
    table = pd.DataFrame({"low": pd.to_datetime(["2026-06-01", "2026-12-01"]), "middle": pd.to_datetime(["2026-07-15", "2027-02-01"]),
                          "high": pd.to_datetime(["2026-10-01", "2027-06-01"]), "chance": [0.4, 0.03]})
    fig = roadmap_figures.timeline(phases, table, [("name", day, "rule") for day in days], "2026-02-15")
    assert not figure_faults(_svg(fig))


@pytest.mark.parametrize(("steps", "size"), [(9, 1e5), (9, 1e9), (9, 1.0), (2, 0.0)])
def test_the_bridge_keeps_its_labels_apart_whatever_the_sums(steps, size):
    changes = np.array([np.nan, *np.linspace(-0.4, 0.2, steps - 2), np.nan])
    values = size * np.nan_to_num(changes).cumsum()
    table = pd.DataFrame({"step": [f"one more rule of counting, number {at}" for at in range(steps)], "change": size * changes, "value": values})
    assert not figure_faults(_svg(option_figures.bridge_steps(table, "USD")))


@pytest.mark.parametrize(("scale", "roles"), [(1.0, ["developer", "tech lead"]), (0.0, ["one role with a name that goes on for a long time"])])
def test_the_heat_map_holds_long_names_and_no_spread(scale, roles):
    domains = [f"domain {at} with quite a long name" for at in range(6)]
    rows = [(role, domain, scale * (0.2 + 0.3 * at)) for role in roles for at, domain in enumerate(domains)]
    table = pd.DataFrame(rows, columns=["role", "domain", "expected"])
    table = table.assign(expected_low=table["expected"] * 0.5, expected_high=table["expected"] * 1.5, verdict="cannot tell")
    assert not figure_faults(_svg(gap_figures.heat_map(table, "role", domains)))
