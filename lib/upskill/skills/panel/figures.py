"""The report of a panel: its facts, drawings and tables."""

import pandas as pd
from scipy.special import ndtri

from upskill import show
from upskill.data import numbered
from upskill.numerals import general, number
from upskill.skills.standing import slug

COLORS = show.COLORS


def record_facts(cuts, level=0.90):
    """Record every cut with its interval over panelists."""
    wide = ndtri((1 + level) / 2)
    for row in cuts.itertuples():
        show.fact(f"panel.cut.{slug(row.scale_id)}.level_{row.level}", row.cut, row.cut - wide * row.standard_error,
                  row.cut + wide * row.standard_error, level, unit="sd", digits=2, group_size=False)


def answer(cuts, made_up):
    """Say the answer in two or three sentences."""
    size, error = int(cuts["panel_size"].min()), cuts["standard_error"]
    first = (f"The panel put the cuts of {cuts['scale_id'].nunique()} domains with an error of {number(error.min(), 2)} to "
             f"{number(error.max(), 2)}, where 1 is the usual distance of a person from the mean.")
    if made_up:
        show.answer("This panel is made up, to show the procedure; name a file of ratings to see yours.", first)
    else:
        show.answer(first, f"It had {size} panelists; four times as many would halve these errors.",
                    "Save the table of cuts as cuts.csv in the program folder, and the skill report will speak of levels.")


def intervals(cuts, level=0.90):
    """Draw where each level begins, by domain, with the interval over panelists."""
    wide, domains = ndtri((1 + level) / 2), list(dict.fromkeys(cuts["scale_id"]))[::-1]
    fig, axes = show.new_figure(height=1.0 + 0.5 * len(domains))
    for row in cuts.itertuples():
        spot = domains.index(row.scale_id)
        away = wide * row.standard_error
        axes.plot([row.cut - away, row.cut + away], [spot, spot], color=COLORS.blue, lw=2)
        axes.plot(row.cut, spot, "|", color=COLORS.blue, ms=14, mew=2)
        axes.annotate(str(row.level), (row.cut, spot), (0, 9), textcoords="offset points", ha="center", fontsize=9,
                      color=COLORS.ink)
    axes.set_yticks(range(len(domains)), domains, color=COLORS.ink)
    axes.set(xlabel="score (0: mean of those assessed first; 1: their usual distance from it)", ylim=(-0.6, len(domains) - 0.3))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return fig


def alt(cuts):
    """Say the figure in words and numbers."""
    parts = [f"{domain}: " + ", ".join(f"level {row.level} from {number(row.cut, 2)} (error {number(row.standard_error, 2)})"
                                       for row in rows.itertuples()) for domain, rows in cuts.groupby("scale_id", sort=False)]
    return "Where levels begin. " + "; ".join(parts) + "."


def table(cuts):
    """Return the table `cuts`, rounded."""
    return cuts.round({"cut": 3, "standard_error": 3})


def read_refused(cuts):
    """Say which domains have no cuts, and why."""
    return "\n".join(f"- **No cuts.** {why}" for why in cuts.attrs["refused"]) or "Every domain that was rated has its cuts."


def sureness(cuts, found, made_up, level=0.90):
    """Say what the intervals mean, what is weakest, what is missing and what would make it surer; found: rounds."""
    wide = ndtri((1 + level) / 2)
    worst, size = cuts.loc[cuts["standard_error"].idxmax()], int(cuts["panel_size"].min())
    ordered = cuts.sort_values(["scale_id", "level"])
    low, high = ordered["cut"] - wide * ordered["standard_error"], ordered["cut"] + wide * ordered["standard_error"]
    touching = int(((low < high.shift()) & ordered["scale_id"].eq(ordered["scale_id"].shift())).sum())
    pairs = len(ordered) - ordered["scale_id"].nunique()
    lines = ["**For this decision.** " + ("These cuts are of a made-up panel and decide nothing. " if made_up else "")
             + (f"The panel does not tell {touching} of {pairs} pairs of neighboring levels apart: there the bars touch, and a level more "
                "or less is a matter of taste." if touching else f"The panel tells all {pairs} pairs of neighboring levels apart."),
             (f"**Weakest.** Where level {worst['level']} begins in {worst['scale_id']}: another panel would put it between "
             f"{number(worst['cut'] - wide * worst['standard_error'], 2)} and {number(worst['cut'] + wide * worst['standard_error'], 2)}."),
             "**Missing.** Whether panels of this kind are right at all: no panel can tell that; only work that people do can."
             + (" Which round the ratings belong to." if found.empty else ""),
             f"**It would be surer with** more panelists: {4 * size} instead of {size} would halve the errors."]
    return "\n\n".join(lines)


def next_steps(cuts, found, made_up):
    """Say what to do, from who rated and how far they agree."""
    steps = [("**Run a panel** as described above, and name its file as `ratings`.", "", "")] if made_up else [
        ("**Save** the table of cuts (under How we know) as cuts.csv in the program folder; the skill report then speaks of levels.", "", "")]
    if len(found) < 2:
        steps.append(("**Hold a second round** after a talk about the items that divide the panel.", "", ""))
    if int(cuts["panel_size"].min()) < 5 and not made_up:
        steps.append(("**Invite more people**: below five panelists one of them moves every cut.", "", ""))
    if cuts.attrs["refused"]:
        steps.append(("**Rate what is missing**: some domains have no cuts, with the reason above.", "", ""))
    steps.append(("**Try the cuts** before they count: let team leads say of a few anonymous answer sheets which level they show.", "",
                  ""))
    return numbered(steps)


def assumed(cuts, made_up):
    """Return what the cuts take for granted, as rows (assumption, value, source, who confirmed it)."""
    return [("The panel", f"{int(cuts['panel_size'].min())} people or more for every cut",
             "made up, to show the procedure" if made_up else "file of ratings", "" if made_up else "the panel"),
            ("The items", "as hard as they were for those assessed first", "test_responses, first wave", "not recorded"),
            ("A bookmark", "the page that is mastered two times in three", "rule of the workbook", "rule of the workbook")]


def rounds(found):
    """Return the table of rounds as text."""
    def share(value):
        return "–" if pd.isna(value) else f"{100 * value:.0f} %"
    return pd.DataFrame({
        "Round": [f"round {general(one)}" for one in found["round"]],
        "Panelists": found["panel_size"],
        "Mean error of a cut": [number(value, 2) for value in found["standard_error"]],
        "Mean move of a cut": ["–" if pd.isna(value) else number(value, 2) for value in found["moved"]],
        "Ratings changed": [share(value) for value in found["changed"]]})


def read_rounds(found):
    """Say whether the talk brought the panel together."""
    if found.empty:
        return "The ratings do not say to which round they belong (column `round`), so agreement cannot be followed."
    if len(found) < 2:
        return "There was one round; a second one, after a talk about the items that divide the panel, usually brings it together."
    first, last = found.iloc[0], found.iloc[-1]
    way = "came together" if last["standard_error"] < 0.9 * first["standard_error"] else "did not come together"
    return (f"From the first to the last round the panel {way}: the error of a cut went from {number(first['standard_error'], 2)} to "
            f"{number(last['standard_error'], 2)}. Agreement after a talk can also be loyalty; keep both rounds.")
