"""The section of VALIDATION.md on recovery: what each method gets right, and who wins."""

import numpy as np

from upskill.validation.recovery import OURS, STATISTICS

START = "\n## Recovery of abilities and levels\n"
CLAIM = 1000  # companies from which a coverage is claimed
ALONE, TOGETHER, ALL = OURS
INTRODUCTION = START + """
The first assessment of companies made up by `upskill simulate` (preset `lottery`, a new seed each), scored by us and by what
an analyst might do instead. Six domains of nine test items, two of them with several points; half of the people are
interviewed by two raters, all rate themselves. The company's cuts are noisy estimates of the true ones.

- bias, error: mean, and root mean square, of score minus true ability, over people and domains; the sd of ability is 1.
- covered: share of 90% intervals, score ± 1.645 standard errors, that hold the true ability.
- wrong level: share of levels (0 to 5) that are not the true one; the last column: that are off by more than one.
- ± is the Monte Carlo standard error over companies. All methods see the same companies, counted from the first; where one takes
  long (2,000 people, maximum likelihood), fewer.

"""
HEAD = ("people", "method", "companies", "bias", "error", "covered", "wrong level", "off by more than one")


def section(frame):
    """Return the section as Markdown from the result of `recovery.run`."""
    rows = [_cells(row) for _, row in frame.sort_values("people", kind="stable").iterrows()]
    align = ("---:", "---", *["---:"] * 6)
    table = "".join("| " + " | ".join(cells) + " |\n" for cells in (HEAD, align, *rows))
    return INTRODUCTION + table + "\n" + "\n".join(reading(frame)) + "\n"


def kept(text):
    """Return the section of a page as it stands, or nothing."""
    place = text.find(START)
    return "" if place < 0 else text[place:]


def _cells(row):
    bias, error = (f"{row[name]:.3f} ± {row[f'{name}_error']:.3f}" for name in STATISTICS[:2])
    shares = [f"{row[name]:.1%} ± {row[f'{name}_error']:.1%}" if np.isfinite(row[name]) else "no interval"
              for name in STATISTICS[2:]]
    return (f"{row['people']:,}", row["method"], f"{row['companies']:,}", bias.replace("-0.000", "0.000"), error, *shares)


def reading(frame):
    """Return sentences: whose error and wrong levels are smallest at each size, and what coverage is claimed."""
    found = [_winner(people, part.set_index("method")) for people, part in frame.groupby("people")]
    claimed = frame[(frame["companies"] >= CLAIM) & frame["method"].isin(OURS)]
    if claimed.empty:
        return [*found, f"- No coverage is claimed: that takes {CLAIM:,} companies. It is shown with its error."]
    shares = "; ".join(f"{row.people:,} people, {row.method}: {row.covered:.1%}" for row in claimed.itertuples())
    return [*found, f"- Coverage claimed, with {CLAIM:,} companies or more: {shares}."]


def _winner(people, part):
    others = part.drop(index=list(OURS), errors="ignore")
    words = [_beside(part.loc[TOGETHER], others.loc[others[name].idxmin()], name, unit)
             for name, unit in (("error", "error"), ("wrong", "share of wrong levels"))]
    alone = part.loc[[*others.index, ALONE, TOGETHER, ALL], "error"].idxmin()
    return f"- {people:,} people: smallest error of all: {alone}. From tests alone, ours against the best other: {'; '.join(words)}."


def _beside(ours, other, name, unit):
    """Both Monte Carlo errors add up here as if companies were not the same, so that a lead is never overstated."""
    difference, error = ours[name] - other[name], np.hypot(ours[f"{name}_error"], other[f"{name}_error"])
    verdict = "we win" if difference < -2 * error else "the other wins" if difference > 2 * error else "no clear winner"
    return f"{unit} {ours[name]:.3f} against {other[name]:.3f} ({other.name}; difference {difference:+.3f} ± {error:.3f}: {verdict})"
