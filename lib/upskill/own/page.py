"""The page of one person about themselves, as HTML: one file, no script, nothing fetched."""

from functools import cache

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from upskill.batch.render import finished, stylesheet
from upskill.numerals import number

LEVEL_WORDS = ("no evidence yet", "aware", "guided", "independent", "multiplying", "shaping")


@cache
def _environment():
    return Environment(loader=PackageLoader("upskill.own", "templates"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)


def own_page(results, program, learning=()):
    """Return the page of one person; `results`: their `OwnResults`, `program`: for purpose, contact and smallest group.

    `learning`: their own learning plan, rows of title, starts_on, hours and reason (text each).
    """
    rows = [_row(row) for row in results.domains.to_dict("records")]
    return finished(_environment().get_template("own_page.html.j2").render(
        style=stylesheet("base", "report"), results=results, rows=rows, learning=learning, settings=program.settings,
        answer=_answer(results), has_levels=(results.domains["unit"] == "levels").any(), chance=_chance(results.domains)))


def rater_page(severity, wave, program):
    """Return the page of one rater; `severity`: (value, low, high, ratings) as from `own_severity`, in levels."""
    value, low, high, ratings = severity
    return finished(_environment().get_template("rater_page.html.j2").render(
        style=stylesheet("base", "report"), wave=wave, ratings=ratings, settings=program.settings,
        answer=_rater_answer(value, low, high)))


def _rater_answer(value, low, high):
    if low > 0 or high < 0:
        side, ends = ("lower", (low, high)) if value > 0 else ("higher", (-high, -low))
        return (f"You rate {number(abs(value))} levels {side} than the average rater ({number(ends[0])} to {number(ends[1])}).",
                "Results of the people whom you met are corrected for it.")
    return ("Your ratings are neither clearly stricter nor milder than those of the average rater.",
            f"Estimate: {number(abs(value))} levels {'lower' if value > 0 else 'higher'} ({number(-high)} to {number(-low)}, minus = lower).")


def _chance(domains):
    right = domains["chance"].dropna()
    return f"{100 * right.mean():.0f}" if len(right) else ""


def _answer(results):
    """Say in three sentences what matters: what is met, what is missing most, what changed."""
    table = results.domains[results.domains["target"].notna()]
    if table.empty:
        return ("Your results are below; there is nothing to hold them against yet.",)
    met, open_ones = table[table["meeting"] >= 0.8], table[table["meeting"] < 0.2]
    rest = len(table) - len(met) - len(open_ones)
    parts = [f"in {len(open_ones)} you probably do not yet"] * bool(len(open_ones)) + [f"for {rest} this test cannot tell"] * bool(rest)
    said = ["; ".join([f"In {len(met)} of {len(table)} domains you probably have what your role needs", *parts]) + "."]
    widest = table.loc[table["missing"].idxmax()]
    if widest["missing"] >= 0.2:
        said.append(f"There is most to gain in {widest['domain']}: about {number(widest['missing'])} levels.")
    rose = results.domains.loc[results.domains["change_low"] > 0, "domain"].tolist()
    if results.domains["change"].notna().any():
        said.append(f"Since wave “{results.first_wave}” you rose beyond what test error explains in {', '.join(rose)}." if rose
                    else f"Since wave “{results.first_wave}” no rise is beyond what test error explains.")
    return tuple(said)


def _row(row):
    """Turn the numbers of one domain into words, and into places on a bar from 0 to 5 (percent)."""
    levels = row["unit"] == "levels"
    shown = {"domain": row["domain"], "items": row["items"], "level": "", "target": "", "meeting": "", "bar": None}
    shown["range"] = f"{number(row['low'])} to {number(row['high'])}" + ("" if levels else " sd of those assessed first")
    if levels:
        shown["level"] = f"{row['level']} ({LEVEL_WORDS[row['level']]})"
        shown["chance"] = f"{100 * row['chance']:.0f} in 100"
        shown["bar"] = {"low": 20 * row["low"], "width": 20 * (row["high"] - row["low"]), "middle": 20 * row["reached"],
                        "target": None if pd.isna(row["target"]) else 20 * row["target"]}
    if not pd.isna(row["target"]):
        shown["target"] = number(row["target"])
        shown["meeting"] = _meeting(row["meeting"])
    return shown | {"change": _changed(row), "self": _self(row), "interview": _interview(row)}


def _meeting(chance):
    """Say a chance in words and in so many of 100."""
    hundred = "over 95" if chance > 0.95 else "under 5" if chance < 0.05 else f"{100 * chance:.0f}"
    word = "probably met" if chance >= 0.8 else "probably not met yet" if chance < 0.2 else "cannot tell"
    return f"{word}: {hundred} in 100"


def _changed(row):
    if pd.isna(row["change"]):
        return "you did not take the first test"
    unit = "levels" if row["unit"] == "levels" else "sd"
    size = f"{number(row['change'])} {unit} ({number(row['change_low'])} to {number(row['change_high'])})"
    if row["change_low"] > 0:
        return f"rose beyond test error: {size}"
    return f"fell beyond test error: {size}" if row["change_high"] < 0 else f"no change that the test can tell: {size}"


def _self(row):
    if pd.isna(row["self_rating"]):
        return "none given"
    said = number(row["self_rating"])
    if row["unit"] != "levels":
        return said
    if row["self_rating"] > row["high"]:
        return f"{said}: higher than the test says"
    return f"{said}: lower than the test says" if row["self_rating"] < row["low"] else f"{said}: as the test says, as far as it can tell"


def _interview(row):
    if not row["ratings"]:
        return "none"
    return f"{number(row['interview'])} (mean of {row['ratings']} rating{'s' if row['ratings'] > 1 else ''})"
