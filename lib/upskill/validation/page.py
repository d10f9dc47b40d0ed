"""VALIDATION.md: published results beside ours, and coverage with its Monte Carlo error."""

import re
from importlib import metadata

import pandas as pd

from upskill.validation import (
    agreement,
    censoring,
    change,
    choices,
    classical,
    climate,
    control_charts,
    dora,
    evidence,
    gaps,
    information,
    interrupted,
    items,
    money,
    pilot_study,
    pilots,
    raters,
    sensitivity,
    skills,
    uncertainty,
)
from upskill.validation.coverage import COLUMNS, LEVEL

AREAS = (money, evidence, uncertainty, sensitivity, information, skills, items, classical, change, agreement, gaps, control_charts,
         censoring, raters, interrupted, dora, pilots, climate)
VERSIONS = ("numpy", "scipy", "pandas")
HEAD = """# Validation

What this library computes, held against published results and against made-up companies whose truth is known.
Written by `make validate`; a test computes the first table again and fails when a value drifts.

## Published results

A result counts as reproduced when it differs by no more than the tolerance, usually half a unit of the last digit printed.

"""
COVERED = re.compile(r"\| [\d,]+ \| [\d.]+% ± [\d.]+% \|$")  # a row of the table of coverages
COVERAGE = """
## Coverage of the intervals that the reports print

Share of intervals of nominal probability {level:.0%} that hold the truth, over companies of 120 engineers in 10 teams made
up by `upskill simulate` (preset `lottery`, a new seed each). ± is the Monte Carlo standard error over companies. Rows
with fewer companies: in the others the report had too little to print an interval.

- Skills: true abilities of the people assessed; the company's cuts are noisy estimates of the true ones.
- Reliability: normal scores, as the interval supposes; skewed or few-valued scores are not covered by this promise.
- Delivery: the expected course of each team, with training, trend and season; the rate of failures and the time to
  recover do not change in truth. "Level since" of rates that reverts and rework add to has no closed form and is left out.
- Targets: made-up series of 12 to 26 periods, 3 to 9 periods before the day: steady, with heavy tails, with a trend that goes
  on or ends, wandering, or with training that takes hold. One series of each kind per "company".
- Money: futures drawn from the inputs themselves. This tests the arithmetic, not whether the inputs are right.
- Evidence: 3 to 6 studies, a spread between companies of 0 to 0.4 in logs, one further company and its pilot; "far from the
  studies" is a company whose effect is 1.0 higher than they foretell.

"""


def all_cases():
    """Return the cases of every area."""
    return [case for area in AREAS for case in area.cases()]


def _row(cells):
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _table(head, rows, align):
    return _row(head) + _row(align) + "".join(_row(row) for row in rows)


def cases_table(results):
    """Return the table of published results as Markdown."""
    rows = [(result.case.area, result.case.name, f"{result.case.expected:.12g}", f"{result.value:.12g}",
             f"{result.difference:.0e}", f"{result.case.tolerance:.0e}", "yes" if result.reproduced else "**no**",
             result.case.source) for result in results]
    head = ("area", "result", "published", "ours", "difference", "tolerance", "reproduced", "source")
    return _table(head, rows, ("---", "---", "---:", "---:", "---:", "---:", "---", "---"))


def coverage_table(frame):
    """Return the table of coverages as Markdown."""
    rows = [(row.report, row.interval, f"{row.companies:,}", f"{row.coverage:.1%} ± {row.monte_carlo_error:.1%}")
            for row in frame.itertuples()]
    return _table(("report", "interval", "companies", "covered"), rows, ("---", "---", "---:", "---:"))


def reading(frame, level=LEVEL):
    """Say which intervals cover less, or more, than promised by more than twice the Monte Carlo error."""
    off = (frame["coverage"] - level) / frame["monte_carlo_error"].clip(lower=1e-9)
    said = [(f"{word} {level:.0%} by more than twice the Monte Carlo error", frame["interval"][chosen])
            for word, chosen in (("Below", off < -2), ("Above", off > 2))]
    lines = [f"{words}: {'; '.join(names)}." for words, names in said if len(names)]
    return "\n" + ("\n\n".join(lines) or f"None differs from {level:.0%} by more than twice the Monte Carlo error.") + "\n"


def page(results, frame):
    """Return VALIDATION.md as text."""
    reproduced = sum(result.reproduced for result in results)
    count = f"{reproduced} of {len(results)} published results are reproduced.\n\n"
    made = ", ".join(f"{name} {metadata.version(name)}" for name in VERSIONS)
    return (HEAD + count + cases_table(results) + COVERAGE.format(level=LEVEL) + coverage_table(frame)
            + reading(frame) + choices.section() + pilot_study.section() + f"\nMade with {made}.\n")


def read_coverage(text):
    """Return the table of coverages of a page as `coverage_table` took it, to the digits printed."""
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if COVERED.search(line)]
    shares = [[float(share) / 100 for share in row[3].replace("%", "").split("±")] for row in rows]
    return pd.DataFrame([(*row[:2], int(row[2].replace(",", "")), *share) for row, share in zip(rows, shares, strict=True)],
                        columns=COLUMNS)
