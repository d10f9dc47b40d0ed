"""axe-core on every kind of page, all rules, light and dark, wide and narrow; and the table of rules that ran.

UPSKILL_WRITE_DOCS=1 writes the table into docs/accessibility.md.
"""

import os
import re

import pytest

from browser.upskill_axe import RULES_OF_LOOKS, add_up, run_axe, told, write_table
from upskill.paths import ROOT

CROSSED = ("index", "05_kpi_tracking, company")
# Pages share one style sheet: those with the widest tables, the most figures and the odd ones stand for the others.
NARROW = (*CROSSED, "01_skill_assessment, team", "02_learning_plan, company", "06_roi_model, company", "09_program_summary, company", "failed",
          "skipped", "own page", "framework")
PAGE = ROOT / "docs" / "accessibility.md"
# (width, dark, only rules whose outcome depends on width and colors, kinds of pages or all)
LOOKS = ((1440, False, False, ()), (360, True, True, NARROW), (1440, True, True, CROSSED), (360, False, True, CROSSED))
# What axe cannot decide, looked at by hand; (rule, part of what it points at): why it is right.
LOOKED_AT = {
    ("th-has-data-cells", '<table class="targets">'): "headings over groups of rows have their cells below, axe looks beside",
}
READABLE = 4.5  # contrast of text
# Where axe does not measure contrast, we do, from the color of the text and the ground behind it: signs and single letters,
# and cells of wide tables that are out of sight or reach over the list of contents while nothing scrolls.
MEASURED = ("too short", "non-text characters", "obscured by another element", "overlaps other elements")


@pytest.fixture(scope="module")
def results(visitor, pages, axe):
    """Return {(kind, width, dark): what axe found}; every page light and wide, those of NARROW dark and narrow, some crossed."""
    found = {}
    for width, dark, only_looks, kinds in LOOKS:
        for kind, file in pages.items():
            if not kinds or kind in kinds:
                with visitor(file, width=width, dark=dark, script=axe) as visit:
                    found[kind, width, dark] = run_axe(visit.page, RULES_OF_LOOKS if only_looks else None)
    return found


def test_no_page_violates_a_rule(results):
    assert {look: told(result["violations"]) for look, result in results.items() if result["violations"]} == {}


def test_what_axe_cannot_decide_was_looked_at(results):
    open_points = {(look, rule["id"], node["target"][0], node["why"], node["ratio"]) for look, result in results.items()
                   for rule in result["incomplete"] for node in rule["nodes"] if not is_settled(rule["id"], node)}
    assert open_points == set()


def is_settled(rule, node):
    """Tell whether a point that axe leaves open is one we looked at, or text whose contrast we measured."""
    if rule == "color-contrast":
        return any(reason in node["why"] for reason in MEASURED) and node["ratio"] >= READABLE
    return any(rule == known and part in node["html"] for known, part in LOOKED_AT)


def test_contrast_was_measured_in_every_look(results):
    """A rule that found nothing to measure would pass as well."""
    for look, result in results.items():
        measured = next((rule for rule in result["passes"] if rule["id"] == "color-contrast"), None)
        assert measured and measured["count"] >= 5, look


def test_bad_pages_are_found(visitor, pages, axe, tmp_path):
    text = pages["05_kpi_tracking, company"].read_text(encoding="utf-8")
    hurt = tmp_path / "hurt.html"
    for rule, old, new in (("image-alt", ' alt="', ' data-alt="'), ("html-has-lang", '<html lang="en">', "<html>"),
                           ("heading-order", "<h2", "<h6"), ("scrollable-region-focusable", ' tabindex="0"', ""),
                           ("document-title", "<title>", "<title hidden></title><desc>"),
                           ("empty-table-header", "<thead><tr>", '<thead><tr><th scope="col"></th>')):
        assert old in text, rule
        changed = text.replace(old, new)
        hurt.write_text(changed.replace("</h2>", "</h6>") if rule == "heading-order" else changed, encoding="utf-8")
        with visitor(hurt, width=360, script=axe) as visit:
            assert rule in told(run_axe(visit.page, [rule])["violations"]), rule
    with visitor(pages["index"], script=axe) as visit:
        visit.page.evaluate("() => document.documentElement.style.setProperty('--quiet', '#a0a0a0')")
        assert "color-contrast" in told(run_axe(visit.page, ["color-contrast"])["violations"])


def test_the_table_of_rules_is_the_one_in_the_documentation(results):
    table = add_up(results)
    if os.environ.get("UPSKILL_WRITE_DOCS"):
        write_table(PAGE, table)
    shown = re.search(r"<!-- rules -->\n(.*?)<!-- end of rules -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    assert shown == table, "run this test once with UPSKILL_WRITE_DOCS=1"
