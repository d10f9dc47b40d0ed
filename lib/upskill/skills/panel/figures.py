"""The report of a panel: its facts, drawings and tables."""

import pandas as pd
from scipy.special import ndtri

from upskill import show
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
             f"{number(error.max(), 2)} standard deviations of people.")
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
    axes.set(xlabel="score, in standard deviations of those assessed first (0: their mean)", ylim=(-0.6, len(domains) - 0.3))
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
